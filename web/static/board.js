// The board as it stands now. A small question each second: has anything changed? Only then is the page fetched anew,
// and what differs is put in place; focus and scroll stay where they are. Without script, reloading does the same.
"use strict";

const EACH = 1000; // ms between two questions
const AT_LEAST = 30_000; // what changes without an event (a rung that moves) is fetched as often
const live = [...document.querySelectorAll("[data-live]")];
const said = document.getElementById("said");
const root = live[0];

if (root) {
  const began = performance.now();
  const anchor = Number(root.dataset.now);
  const rate = Number(root.dataset.rate || 1);
  let fetched = began;
  const crossed = new Set();
  let leaving = false; // what is said of an act is for the page that follows, not for a question in between
  document.addEventListener("submit", () => (leaving = true));

  const now = () => anchor + (performance.now() - began) * rate;

  // Time left counts on by itself.
  const count = () => {
    let passed = false;
    for (const each of document.querySelectorAll("[data-due]")) {
      const left = Number(each.dataset.due) - now();
      const minutes = Math.floor(Math.abs(left) / 60_000);
      const words = (left > 0 ? root.dataset.left : root.dataset.late)
        .replace("{hours}", Math.floor(minutes / 60))
        .replace("{minutes}", String(minutes % 60).padStart(2, "0"));
      if (each.textContent !== words) each.textContent = words;
      for (const edge of ["risk", "due"]) {
        const key = `${edge}${each.dataset[edge]}`;
        if (now() >= Number(each.dataset[edge]) && !crossed.has(key)) {
          crossed.add(key);
          passed = true;
        }
      }
    }
    return passed;
  };
  count(); // what had passed before is drawn so already

  const rows = () => new Map([...document.querySelectorAll("[data-said]")].map((row) => [row.id, row.dataset.said]));

  // What has the focus, so that it is found again among what is drawn anew: a link by its address, a button by its name.
  const name = (element) =>
    [element.localName, element.getAttribute("href"), element.id || element.getAttribute("aria-label")].join() +
    (element.matches("button") ? element.textContent : "");

  const focusOn = (part, named) => {
    const found = [...part.querySelectorAll("a, button, input, select, [tabindex]")].find((each) => name(each) === named);
    found?.focus({ preventScroll: true });
  };

  // A form in which somebody is busy is left alone.
  const busy = (part) =>
    [...part.querySelectorAll("form")].some(
      (form) =>
        (form.contains(document.activeElement) && document.activeElement.matches("select, input, textarea")) ||
        [...form.elements].some((field) =>
          field.matches("select")
            ? [...field.options].some((option) => option.selected !== option.defaultSelected && field.selectedIndex > 0)
            : field.type !== "hidden" && field.value !== field.defaultValue,
        ),
    );

  const ask = (url) => fetch(url, { headers: { "X-By-Itself": "1" } });

  const stop = () => {
    document.getElementById("over").hidden = false;
  };

  const tell = (before) => {
    const after = rows();
    const told = [...after].filter(([id, words]) => before.get(id) !== words).map(([, words]) => words);
    const gone = [...before.keys()].filter((id) => !after.has(id));
    for (const id of gone) told.push(root.dataset.gone?.replace("{reference}", id.slice(1)) ?? "");
    if (told.length) said.textContent = told.slice(0, 3).join(" ");
  };

  const renew = async () => {
    const answer = await ask(location.href);
    if (answer.redirected) return false;
    if (!answer.ok) return true; // a moment of trouble: the next question comes in a second
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = rows();
    for (const part of live) {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === part.innerHTML || busy(part)) continue;
      const focused = part.contains(document.activeElement) ? name(document.activeElement) : null;
      const scrolled = part.querySelector(".scroll")?.scrollLeft;
      part.replaceChildren(...fresh.childNodes);
      if (focused) focusOn(part, focused);
      if (scrolled) part.querySelector(".scroll")?.scrollTo({ left: scrolled });
    }
    root.dataset.mark = page.getElementById(root.id)?.dataset.mark ?? "";
    fetched = performance.now();
    tell(before);
    return true;
  };

  const look = async () => {
    if (leaving) return;
    try {
      const passed = count();
      const answer = document.hidden ? null : await ask(root.dataset.markUrl);
      if (answer?.redirected) return stop(); // his session is over
      const changed = answer?.ok && (await answer.json()).mark !== root.dataset.mark;
      if (changed || (answer && (passed || performance.now() - fetched > AT_LEAST))) {
        if (!(await renew())) return stop();
        count();
      }
    } catch {
      // the network is away for a moment
    }
    setTimeout(look, EACH);
  };
  setTimeout(look, EACH);
}
