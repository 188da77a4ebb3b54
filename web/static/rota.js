// The rota under a hand: a panel instead of a page, arrows instead of tabs, a drag instead of a form.
// Nothing here decides: every change is the form of web/office/shift.py, sent; without this file it is filled by hand.

const QUARTER = 15 * 60e3, DAY = 24 * 3600e3;
const main = document.getElementById("main");
const narrow = matchMedia("(max-width: 46rem)");
const board = () => document.getElementById("board");
const edits = () => board()?.dataset.edit === "true";

// Panel -----------------------------------------------------------------------------------------------------------

const dialog = document.body.appendChild(document.createElement("dialog"));
let opener = null; // the address of what opened it: the element itself may be drawn anew

async function ask(url, options) {
  document.body.classList.add("busy");
  try {
    const response = await fetch(url, options);
    show(new DOMParser().parseFromString(await response.text(), "text/html"), response);
  } catch {
    dialog.close();
    fault(board().dataset.failed);
  } finally {
    document.body.classList.remove("busy");
  }
}

function show(page, response) {
  const panel = page.getElementById("panel");
  if (panel) open(panel);
  else if (page.getElementById("board")) { dialog.close(); draw(page); }
  else location.assign(response.url); // signed out, or something else is wrong: the page says it
}

function open(panel) {
  panel.classList.remove("card");
  dialog.replaceChildren(panel);
  dialog.setAttribute("aria-labelledby", "panel-title");
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("#refused, #tried") ?? dialog.querySelector("details[open] select, .form select") ?? dialog.querySelector("[data-close]"))?.focus();
}

// What was done is told at the foot of the screen: the rota stays where the eye has it.
const told = document.body.appendChild(document.createElement("div"));
told.className = "told";
told.setAttribute("role", "status");

function tell(...notes) {
  const close = Object.assign(document.createElement("button"), { className: "small", textContent: board().dataset.close });
  close.addEventListener("click", () => told.replaceChildren());
  const ends = Object.assign(document.createElement("div"), { className: "ends" });
  const undo = notes.some((note) => note.matches(".good")) && main.querySelector(".last-change button");
  ends.append(...(undo ? [undo.form.cloneNode(true), close] : [close]));
  told.replaceChildren(...notes.sort((a, b) => b.matches(".good") - a.matches(".good")), ends);
}

function fault(words) {
  tell(Object.assign(document.createElement("p"), { className: "note bad", textContent: words }));
}

function draw(page) {
  const fresh = page.getElementById("main"), notes = [...fresh.querySelectorAll(":scope > .note")];
  notes.forEach((note) => { note.remove(); note.removeAttribute("role"); });
  main.replaceChildren(...fresh.children);
  prepare();
  if (notes.length) tell(...notes);
}

addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.matches("#board .bar, #board .gap, #board .hole, [data-panel]")) {
    event.preventDefault();
    if (!dialog.contains(link)) opener = link.getAttribute("href");
    ask(link.href);
  } else if (link.matches("dialog [data-close]")) {
    event.preventDefault();
    dialog.close();
  }
});

dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
dialog.addEventListener("close", () => {
  if (dialog.querySelector("#refused")) refresh(); // another was quicker: here is what he did
  dialog.replaceChildren();
  [...document.querySelectorAll("#board a")].find((link) => link.getAttribute("href") === opener)?.focus();
});

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.matches("dialog form, .last-change")) return;
  event.preventDefault();
  const body = new FormData(form), pressed = event.submitter;
  if (pressed?.name) body.set(pressed.name, pressed.value); // "what if?" is sent as such, and saves nothing
  ask(form.action, { method: "POST", body });
});

// Others change it too: looked at again when one comes back to it, and every minute.
async function refresh() {
  if (document.hidden || dialog.open || hand || !board()) return;
  const page = await fetch(location.href).then((response) => response.text()).then((text) => new DOMParser().parseFromString(text, "text/html")).catch(() => null);
  const fresh = page?.getElementById("board");
  if (!fresh || dialog.open || hand || fresh.textContent === seen) return;
  const focused = document.activeElement?.closest("#board a")?.getAttribute("href");
  draw(page);
  if (focused) [...document.querySelectorAll("#board a")].find((link) => link.getAttribute("href") === focused)?.focus();
}
addEventListener("visibilitychange", refresh);
setInterval(refresh, 60e3);

// Arrows ----------------------------------------------------------------------------------------------------------

let seen = "";

function prepare() {
  if (!board()) return;
  seen = board().textContent;
  board().classList.toggle("can-drag", edits());
  const links = places();
  links.forEach((link) => { link.tabIndex = -1; });
  const first = links.find((link) => link.closest(".strip").querySelector(".now")) ?? links[0];
  if (first) first.tabIndex = 0;
}

const places = () => [...document.querySelectorAll("#board a.bar, #board a.hole, #board a.gap")];
const rankOf = (link) => Number(link.closest(".lane").dataset.rank);
const startOf = (link) => Date.parse(link.dataset.start);

function go(link) {
  places().forEach((other) => { other.tabIndex = -1; });
  link.tabIndex = 0;
  link.focus();
}

function along(link, step) {
  const lane = places().filter((other) => rankOf(other) === rankOf(link)).sort((a, b) => startOf(a) - startOf(b));
  return lane[lane.indexOf(link) + step];
}

function across(link, step) {
  const lanes = [...document.querySelectorAll("#board .lane[data-rank]")].filter((lane) => lane.querySelector("a"));
  const lane = lanes[lanes.indexOf(link.closest(".lane")) + step];
  const box = link.getBoundingClientRect(), middle = narrow.matches ? box.top : box.left;
  const away = (other) => { const at = other.getBoundingClientRect(); return Math.abs((narrow.matches ? at.top : at.left) - middle); };
  return lane && [...lane.querySelectorAll("a")].sort((a, b) => away(a) - away(b))[0];
}

addEventListener("keydown", (event) => {
  const link = event.target.closest?.("#board .track a");
  if (!link) return;
  if (event.key === "Escape" && hand) { drop(); return; }
  const [back, on, up, down] = narrow.matches ? ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] : ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
  if (!{ [back]: 1, [on]: 1, [up]: 1, [down]: 1 }[event.key]) return;
  event.preventDefault();
  if (event.altKey) {
    if (link.dataset.shift && edits() && (event.key === back || event.key === on)) nudge(link, (event.key === on ? 1 : -1) * QUARTER, event.shiftKey);
    return;
  }
  const to = event.key === back ? along(link, -1) : event.key === on ? along(link, 1) : across(link, event.key === up ? -1 : 1);
  if (to) go(to);
});
addEventListener("keyup", (event) => { if (event.key === "Alt" && hand?.byKey) release(); });

// A hand on a shift: times are those of the clock on the wall, in milliseconds as if the wall hung in Greenwich --------

let hand = null;

const wall = (text) => Date.parse(`${text}Z`);
const text = (at) => new Date(at).toISOString().slice(0, 16);
const said = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(at);

function take(bar, how) {
  const [start, end] = [wall(bar.dataset.wallStart), wall(bar.dataset.wallEnd)];
  hand = { bar, how, start, end, was: { start, end }, rank: rankOf(bar), wasRank: rankOf(bar), item: bar.parentElement, list: bar.closest(".track"), next: bar.parentElement.nextSibling, classes: bar.className, label: document.createElement("div") };
  hand.label.className = "where";
  hand.label.setAttribute("role", "status");
  document.body.append(hand.label);
  document.body.classList.add("dragging");
  bar.classList.add("held");
}

function shift(start, end, track, at) {
  hand.start = Math.min(start, hand.how === "start" ? hand.was.end - QUARTER : start);
  hand.end = Math.max(end, hand.how === "end" ? hand.was.start + QUARTER : end);
  const target = track ?? hand.list;
  hand.rank = hand.how === "move" ? rankOf(target) : hand.rank;
  place(hand.bar, hand.how === "move" ? target : hand.list, hand.start, hand.end);
  hand.label.textContent = `${said(hand.start)} – ${said(hand.end)}`;
  const box = hand.bar.getBoundingClientRect();
  hand.label.style.left = `${Math.min((at?.x ?? box.left) + 12, innerWidth - hand.label.offsetWidth - 8)}px`;
  hand.label.style.top = `${(at?.y ?? box.top) - 36}px`;
}

function place(bar, track, start, end) {
  if (bar.closest(".track") !== track) track.append(bar.parentElement);
  const first = wall(`${track.closest(".strip").querySelector(".day time").dateTime}T00:00`);
  const days = track.closest(".strip").querySelectorAll(".day").length;
  const [from, to] = [start, end].map((at) => Math.max(0, Math.min(days * 96, Math.round((at - first) / QUARTER))));
  const long = Math.max(to - from, 1);
  bar.className = `${bar.className.replace(/ [dqwx]\d+/g, "")} d${Math.floor(from / 96)} q${from % 96} w${Math.floor(long / 96)} x${long % 96}`;
}

function timeAt(track, { clientX, clientY }) {
  const box = track.getBoundingClientRect();
  const part = narrow.matches ? (clientY - box.top) / box.height : (clientX - box.left) / box.width;
  const strip = track.closest(".strip");
  return wall(`${strip.querySelector(".day time").dateTime}T00:00`) + part * strip.querySelectorAll(".day").length * DAY;
}

function edge(bar, { clientX, clientY }) {
  const box = bar.getBoundingClientRect();
  const [at, from, to] = narrow.matches ? [clientY, box.top, box.bottom] : [clientX, box.left, box.right];
  const reach = Math.min(9, (to - from) / 4);
  if (at - from < reach && !bar.classList.contains("came")) return "start";
  if (to - at < reach && !bar.classList.contains("goes")) return "end";
  return "move";
}

addEventListener("pointermove", (event) => {
  const bar = event.target.closest?.(".can-drag .bar[data-shift]");
  if (bar && !hand && event.pointerType !== "touch") bar.style.cursor = edge(bar, event) === "move" ? "" : narrow.matches ? "ns-resize" : "ew-resize";
});

addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.(".can-drag .bar[data-shift]");
  if (!bar || event.button || event.pointerType === "touch" || hand) return; // a finger scrolls, and opens the panel
  const how = edge(bar, event), grabbed = timeAt(bar.closest(".track"), event);
  const follow = (move) => {
    if (!hand && Math.hypot(move.clientX - event.clientX, move.clientY - event.clientY) < 5) return;
    if (!hand) take(bar, how);
    const under = document.elementsFromPoint(move.clientX, move.clientY).map((each) => each.closest?.(".lane[data-rank] .track")).find(Boolean);
    const track = under ?? bar.closest(".track");
    const by = Math.round((timeAt(track, move) - grabbed) / QUARTER) * QUARTER;
    shift(hand.was.start + (how === "end" ? 0 : by), hand.was.end + (how === "start" ? 0 : by), track, { x: move.clientX, y: move.clientY });
  };
  const end = (up) => {
    removeEventListener("pointermove", follow);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    if (!hand) return;
    addEventListener("click", (click) => { click.preventDefault(); click.stopPropagation(); }, { capture: true, once: true, signal: AbortSignal.timeout(50) });
    if (up.type === "pointerup") release();
    else drop();
  };
  addEventListener("pointermove", follow);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
});
addEventListener("dragstart", (event) => { if (event.target.closest?.("#board")) event.preventDefault(); });

function nudge(bar, by, endOnly) {
  if (!hand) { take(bar, endOnly ? "end" : "move"); hand.byKey = true; }
  if (hand.bar === bar) shift(hand.start + (endOnly ? 0 : by), hand.end + by, hand.list);
}

function drop() {
  const { bar, item, list, next, classes, label } = hand;
  bar.className = classes;
  list.insertBefore(item, next);
  label.remove();
  document.body.classList.remove("dragging");
  const focused = hand.byKey;
  hand = null;
  if (focused) bar.focus();
}

function release() {
  const { bar, start, end, was, rank, wasRank } = hand;
  const stays = start === was.start && end === was.end && rank === wasRank;
  drop();
  if (stays) return;
  const to = new URL(bar.href), form = new FormData();
  to.pathname += "/move";
  form.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
  form.set("start", text(start));
  form.set("end", text(end));
  // An edge that stays where it was keeps its side of the hour that comes twice.
  if (start === was.start) form.set("start_offset", bar.dataset.offsetStart);
  if (end === was.end) form.set("end_offset", bar.dataset.offsetEnd);
  form.set("rank", rank);
  opener = bar.getAttribute("href");
  ask(to, { method: "POST", body: form });
}

prepare();
