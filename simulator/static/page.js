// The page: asks the simulator what happens, keeps one card a telephone, header, clock, voice.

import { Card } from "./card.js";
import { LANGUAGES, language, readable, setLanguage, t } from "./texts.js";

const byId = (id) => document.getElementById(id);
const cards = new Map();
let caller = null;
let state = { phones: [], lines: [] };

// -- talking to the simulator ---------------------------------------------------------------------------------------

// One after the other: keys typed fast are heard in the order in which they were pressed.
let last = Promise.resolve();

function act(number, action, body = {}) {
  const done = last.then(() => ask(number, action, body));
  last = done.catch(() => {});
  return done;
}

async function ask(number, action, body) {
  const url = `/sim/phones/${encodeURIComponent(number)}/${action}`;
  const answer = await fetch(url, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const said = answer.ok ? "" : (await answer.json()).error;
  trouble(said);
  return answer.ok;
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = !text;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function follow() {
  let seen = null;
  let lost = false;
  for (;;) {
    try {
      const answer = await fetch(seen === null ? "/sim/state" : `/sim/state?seen=${seen}`);
      state = await answer.json();
      seen = state.version;
      if (lost) trouble("");
      lost = false;
      draw();
    } catch {
      lost = true;
      seen = null;
      trouble(t("lost"));
      await pause(1000);
    }
    await pause(60);
  }
}

// -- drawing --------------------------------------------------------------------------------------------------------

const isCaller = (phone) => phone.role === "gp";

function draw() {
  const gps = state.phones.filter(isCaller);
  const others = state.phones.filter((phone) => !isCaller(phone));
  fillCallers(gps);
  turnToWhoIsRung(gps);
  drawCaller(gps.find((phone) => phone.number === byId("from").value));
  byId("hint").textContent = t("hint", { lines: state.lines.map(readable).join(", ") });
  byId("empty").hidden = others.length > 0;
  drawBeside(state.beside ?? {});
  others.forEach(drawOther);
  forgetCallers(gps);
}

// A telephone that was written to before it was known may turn out to be a caller's.
function forgetCallers(gps) {
  for (const { number } of gps) {
    cards.get(number)?.element.remove();
    cards.delete(number);
  }
}

// Other pages of whoever started this one, by name.
function drawBeside(pages) {
  const links = Object.entries(pages).map(([name, href]) => Object.assign(document.createElement("a"), {
    href, textContent: name, target: "_blank", rel: "noopener noreferrer",
  }));
  const nav = byId("beside");
  nav.hidden = links.length === 0;
  if (nav.childElementCount !== links.length) nav.replaceChildren(...links);
}

function fillCallers(gps) {
  const select = byId("from");
  const options = gps.map((phone) => new Option(label(phone) + (isUnread(phone) ? ` · ${t("newText")}` : ""), phone.number));
  const spelt = (list) => [...list].map((option) => option.value + option.text).join("\n");
  if (spelt(select.options) === spelt(options)) return;
  const chosen = select.value;
  select.replaceChildren(...options);
  if (gps.some((phone) => phone.number === chosen)) select.value = chosen;
}

// One of these telephones is on the page at a time: which of the others has an SMS that was not seen there yet?
const seenTexts = new Map();

function isUnread(phone) {
  const newest = phone.texts.at(-1)?.sid;
  return newest !== undefined && newest !== seenTexts.get(phone.number) && phone.number !== byId("from").value;
}

// One of these telephones is on the page at a time: it is the one that rings, unless the one that is there is in use.
function turnToWhoIsRung(gps) {
  const select = byId("from");
  if (gps.find((phone) => phone.number === select.value)?.call?.live) return;
  const rung = gps.find(({ call }) => call?.live && call.status === "ringing" && call.direction === "in");
  if (rung) select.value = rung.number;
}

const label = (phone) => phone.name || readable(phone.number);

const nameOf = (number) => state.phones.find((phone) => phone.number === number && phone.name)?.name ?? readable(number);

function drawCaller(phone) {
  if (!phone) return;
  if (caller?.number !== phone.number) {
    caller = new Card(phone.number, { act, caller: true, dial, send, nameOf, refuse: trouble });
    byId("caller-phone").replaceChildren(caller.element);
  }
  seenTexts.set(phone.number, phone.texts.at(-1)?.sid);
  caller.draw(phone);
  speak(phone);
}

function drawOther(phone) {
  if (!cards.has(phone.number)) {
    const card = new Card(phone.number, { act, caller: false, nameOf });
    cards.set(phone.number, card);
    byId("grid").append(card.element);
  }
  cards.get(phone.number).draw(phone);
}

function dial(number) {
  const shown = byId("shown").value;
  const line = state.lines[0];
  return act(number, "dial", shown ? { to: line, shown_as: shown } : { to: line });
}

// `pictures`: {type, data}, data in base64. Whether it went.
function send(number, body, pictures) {
  const text = { to: state.lines[0], body };
  return act(number, "sms", pictures.length ? { ...text, pictures } : text);
}

// -- voice ----------------------------------------------------------------------------------------------------------

const canSpeak = "speechSynthesis" in window;
let spoken = "";

function speak(phone) {
  if (!canSpeak || !byId("aloud").checked) return;
  const lines = phone.call?.lines.filter((line) => line.who === "line") ?? [];
  const newest = lines.at(-1);
  const key = newest ? `${phone.call.sid} ${newest.at}` : "";
  if (!newest || newest.over || !phone.call.live) {
    if (newest?.cut || !phone.call?.live) speechSynthesis.cancel();
    return;
  }
  if (key === spoken) return;
  spoken = key;
  speechSynthesis.cancel();
  if (newest.kind !== "say" && newest.kind !== "voice") return;
  const words = new SpeechSynthesisUtterance(newest.text);
  words.lang = "fr-FR";
  words.rate = 1.1;
  speechSynthesis.speak(words);
}

// -- clock ----------------------------------------------------------------------------------------------------------

async function watchClock() {
  for (;;) {
    if (state.clock) await readClock();
    await pause(1000);
  }
}

async function readClock() {
  try {
    const answer = await fetch("/sim/clock");
    if (answer.ok) showClock(await answer.json());
  } catch {
    byId("clock").hidden = true;
  }
}

function showClock({ now, rate }) {
  byId("clock").hidden = false;
  const shown = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" };
  byId("now").textContent = new Date(now).toLocaleString(language(), shown);
  byId("now").dateTime = now;
  for (const button of document.querySelectorAll(".rate")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === rate));
  }
}

async function setRate(rate) {
  await fetch("/sim/clock", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rate }),
  });
  await readClock();
}

// -- words ----------------------------------------------------------------------------------------------------------

function translate() {
  document.documentElement.lang = language();
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  byId("language").textContent = t("other");
  byId("language").lang = language() === "fr" ? "en" : "fr";
  caller?.translate();
  cards.forEach((card) => card.translate());
  draw();
}

// -- start ----------------------------------------------------------------------------------------------------------

byId("language").addEventListener("click", () => {
  const codes = Object.keys(LANGUAGES);
  setLanguage(codes[(codes.indexOf(language()) + 1) % codes.length]);
  translate();
});
byId("from").addEventListener("change", draw);
byId("aloud").addEventListener("change", () => canSpeak && speechSynthesis.cancel());
byId("aloud").closest("label").hidden = !canSpeak;
for (const button of document.querySelectorAll(".rate")) {
  button.addEventListener("click", () => setRate(Number(button.dataset.rate)));
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[0-9*#]$/.test(event.key)) return;
  const card = [...cards.values()].find((one) => one.element.contains(document.activeElement)) ?? caller;
  card?.press(event.key);
});

translate();
follow();
watchClock();
