// What happens on the telephone meanwhile is shown as it happens: a part of the page that is live asks for itself anew.
// Without script the link beside it does the same.
"use strict";

const PAUSE = 1500;

async function again() {
  const live = document.querySelector("[data-live=yes]");
  if (!live) return;
  try {
    const answer = await fetch(location.href);
    if (answer.redirected || !answer.ok) return; // his session is over: a page that he loads says so
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(live.id);
    if (fresh && fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
    live.dataset.live = fresh ? fresh.dataset.live : "no";
  } catch {
    // the network is away for a moment
  }
  setTimeout(again, PAUSE);
}

setTimeout(again, PAUSE);
