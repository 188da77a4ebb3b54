// The senior's page: what happens on the telephone meanwhile is shown as it happens, and a message has speeds and jumps.
// Without script the page does the same by being loaded again, and the browser's own player plays the message.
"use strict";

const RETRY = 3000;
// What is new on the page, told to who does not see it: how far the callback is, what came of it, or who has it.
const SAID = ["#now [aria-current=step]", "#now .came", "#now .state"];
const page = () => document.getElementById("page");

document.documentElement.classList.add("script");

// He types, chooses, or listens: nothing is taken from under his hand.
function isBusy() {
  const typing = page().contains(document.activeElement) && document.activeElement.matches("input, select");
  const typed = [...page().querySelectorAll("input:not([type=hidden])")].some((field) => field.value && !field.hidden);
  const listening = [...page().querySelectorAll("audio")].some((sound) => sound.currentTime > 0 && !sound.ended);
  return typing || typed || listening;
}

function replace(here, fresh) {
  const open = [...here.querySelectorAll("details[open]")].map((details) => details.id);
  here.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "X-By-Itself": "1" } }); // keeps nobody signed in
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const whole = fresh.getElementById("page");
  if (!whole) return;
  document.body.className = fresh.body.className;
  const busy = isBusy();
  if (busy) replace(document.getElementById("now"), fresh.getElementById("now"));
  else replace(page(), whole);
  document.getElementById("stale").hidden = !busy;
  document.getElementById("said").textContent = (SAID.map((each) => document.querySelector(each)).find(Boolean)?.textContent ?? "").trim();
  page().dataset.mark = whole.dataset.mark;
  page().dataset.live = whole.dataset.live;
}

async function look() {
  const address = page()?.dataset.live;
  if (!address) return;
  if (document.hidden) return void setTimeout(look, RETRY);
  let pause = RETRY;
  try {
    const answer = await fetch(address);
    if (answer.status >= 400 && answer.status < 500) return location.reload(); // withdrawn: the page says so
    const now = await answer.json();
    pause = now.pause;
    const left = document.getElementById("left");
    if (left && now.left && left.textContent !== now.left) left.textContent = now.left;
    if (now.mark !== page().dataset.mark) await refresh();
  } catch {
    // the network is away for a moment
  }
  if (pause) setTimeout(look, pause);
}

// What the PIN opened does not lie on the screen when it is asked again; a message that plays is heard to its end.
// Not one long timer: it stands still while the telephone sleeps.
function shutInTime(openFor) {
  const until = Date.now() + openFor * 1000;
  const each = setInterval(() => {
    const plays = [...document.querySelectorAll("audio")].some((sound) => !sound.paused);
    if (Date.now() < until || plays) return;
    clearInterval(each);
    location.reload();
  }, 1000);
}

document.addEventListener("click", (click) => {
  const key = click.target.closest("button[data-seek], button[data-rate]");
  const sound = key?.closest(".player").querySelector("audio");
  if (!sound) return;
  if (key.dataset.seek) {
    const last = Number.isFinite(sound.duration) ? sound.duration : Infinity;
    sound.currentTime = Math.min(last, Math.max(0, sound.currentTime + Number(key.dataset.seek)));
  } else {
    sound.playbackRate = sound.defaultPlaybackRate = Number(key.dataset.rate);
    for (const each of key.parentElement.children) each.setAttribute("aria-pressed", String(each === key));
  }
});

if (page()?.dataset.openFor) shutInTime(Number(page().dataset.openFor));
setTimeout(look, 1000);
