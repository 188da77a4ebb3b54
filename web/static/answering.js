// The page on which a senior writes an answer: what he has typed is kept when he turns to something else, and what the
// PIN opened does not lie on the screen when it is asked again. Without script he presses a button for either.
"use strict";

const form = document.getElementById("writing");
const page = document.getElementById("page");
let kept = form ? form.elements.words.value : "";

// In the background, and without a word: the messenger or the telephone that he turns to may end this page.
function keep() {
  const words = form.elements.words.value;
  if (words === kept) return;
  const draft = new FormData(form);
  draft.set("do", "save");
  draft.set("quietly", "1");
  fetch(form.action, { method: "POST", body: draft, keepalive: true }).then((answer) => {
    if (answer.ok) kept = words;
  }, () => {}); // the network is away for a moment: the button is still there
}

// Not one long timer: it stands still while the telephone sleeps.
function shutInTime(openFor) {
  const until = Date.now() + openFor * 1000;
  const each = setInterval(() => {
    if (Date.now() < until) return;
    clearInterval(each);
    // What she did not change here, she may have changed elsewhere since.
    if (form && form.elements.words.value !== kept) form.requestSubmit(form.querySelector("button[value=save]"));
    else location.assign(page.querySelector(".back a").href);
  }, 1000);
}

if (form) document.addEventListener("visibilitychange", () => document.hidden && keep());
if (page.dataset.openFor) shutInTime(Number(page.dataset.openFor));
