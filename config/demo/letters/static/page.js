// The page: asks what lies in the mailboxes, shows one of them, sends what is written.

import { isChosen, language, setLanguage, t } from "./texts.js";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g;
const HEAVIEST = 30 * 1024 * 1024; // bytes
const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let state = { boxes: [], letters: [], recipients: [] };
let open = null; // the letter that is read
let answered = null; // the letter that is being answered
const seen = new Set(); // letters that were opened here

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = !text;
}

// -- what there is --------------------------------------------------------------------------------------------------

async function follow() {
  let version = null;
  let lost = false;
  for (;;) {
    try {
      const answer = await fetch(version === null ? "/state" : `/state?seen=${version}`);
      if (!answer.ok) throw new Error(answer.status);
      state = await answer.json();
      if (version === null && !isChosen()) {
        setLanguage(state.language, false);
        translate();
      }
      version = state.version;
      if (lost) trouble("");
      lost = false;
      draw();
    } catch {
      lost = true;
      version = null;
      trouble(t("lost"));
      await pause(1000);
    }
    await pause(60);
  }
}

const boxOf = () => state.boxes.find((box) => box.address === byId("box").value);
const lettersOf = (box) => state.letters.filter((letter) => letter.box === box?.address);
const isNew = (letter) => !letter.own && !seen.has(letter.id);

function draw() {
  drawBoxes();
  drawRecipients();
  const box = boxOf();
  byId("telephones").href = state.telephones;
  byId("telephones").hidden = !state.telephones;
  byId("address").textContent = box?.address ?? "";
  byId("form").inert = !box?.writes;
  const letters = lettersOf(box);
  byId("none").hidden = letters.length > 0;
  const held = document.activeElement?.dataset.letter;
  byId("list").replaceChildren(...letters.map(listed));
  byId("list").querySelector(`[data-letter="${held}"]`)?.focus();
}

function drawBoxes() {
  const select = byId("box");
  const chosen = select.value || state.boxes[0]?.address;
  const options = state.boxes.map((box) => {
    const fresh = box.address !== chosen && lettersOf(box).some(isNew);
    return new Option(box.name + (fresh ? ` · ${t("newLetter")}` : ""), box.address);
  });
  const spelt = (list) => [...list].map((option) => option.value + option.text).join("\n");
  if (spelt(select.options) === spelt(options)) return;
  select.replaceChildren(...options);
  select.value = chosen;
}

function drawRecipients() {
  if (byId("recipients").childElementCount === state.recipients.length) return;
  byId("recipients").replaceChildren(...state.recipients.map((value) => make("option", { value })));
  byId("to").value ||= state.recipients[0];
}

const clock = (at) => new Date(at).toLocaleString(language(), { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });

function listed(letter) {
  const who = letter.own ? t("own", { who: letter.to }) : letter.from;
  const button = make(
    "button", { type: "button" },
    make("strong", { textContent: letter.subject || t("noSubject") }),
    make("span", { className: "soft", textContent: `${clock(letter.at)} · ${who}` }),
  );
  button.dataset.letter = letter.id;
  button.setAttribute("aria-current", String(letter.id === open));
  button.addEventListener("click", () => read(letter));
  return make("li", { className: isNew(letter) ? "unread" : "" }, button);
}

// -- reading --------------------------------------------------------------------------------------------------------

function read(letter) {
  open = letter.id;
  seen.add(letter.id);
  const rows = [["from", letter.from], ["to", letter.to], ["at", clock(letter.at)], ["enclosed", letter.enclosed.join(", ")]];
  const head = make("dl", {}, ...rows.filter(([, value]) => value).flatMap(
    ([key, value]) => [make("dt", { textContent: t(key) }), make("dd", { textContent: value })],
  ));
  const parts = [make("h3", { textContent: letter.subject || t("noSubject") }), head];
  if (letter.automatic) parts.push(make("p", { className: "soft", textContent: t("automatic") }));
  parts.push(make("div", { className: "words" }, ...linked(letter.text)));
  if (!letter.own && boxOf()?.writes) {
    const button = make("button", { type: "button", textContent: t("answer") });
    button.addEventListener("click", () => answer(letter));
    parts.push(button);
  }
  byId("letter").replaceChildren(...parts);
  draw();
}

// Addresses become links that open beside this page; nothing is ever read as HTML.
function linked(words) {
  const parts = [];
  let at = 0;
  for (const match of words.matchAll(LINK)) {
    parts.push(words.slice(at, match.index));
    parts.push(make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer", textContent: match[0] }));
    at = match.index + match[0].length;
  }
  return [...parts, words.slice(at)];
}

function close() {
  open = null;
  byId("letter").replaceChildren(make("p", { className: "soft", textContent: t("choose") }));
}

// -- writing --------------------------------------------------------------------------------------------------------

const bareAddress = (from) => from.match(/<([^>]+)>/)?.[1] ?? from;

function answer(letter) {
  answered = letter;
  byId("sent").textContent = "";
  byId("to").value = bareAddress(letter.from);
  byId("subject").value = /^re\s*:/i.test(letter.subject) ? letter.subject : `Re: ${letter.subject}`;
  drawAnswering();
  byId("text").focus();
}

function forget() {
  answered = null;
  byId("form").reset();
  byId("to").value = state.recipients[0];
  drawAnswering();
}

function drawAnswering() {
  byId("answering").hidden = answered === null;
  byId("answering-what").textContent = answered ? t("answering", { subject: answered.subject || t("noSubject") }) : "";
}

async function send() {
  const files = [...byId("enclosed").files];
  if (files.reduce((sum, file) => sum + file.size, 0) > HEAVIEST) return trouble(t("tooLarge"));
  const enclosed = await Promise.all(files.map(async (file) => ({ name: file.name, type: file.type, data: await inBase64(file) })));
  const letter = {
    from: boxOf().address, to: byId("to").value.trim(), subject: byId("subject").value, text: byId("text").value,
    answers: answered?.id ?? null, enclosed,
  };
  const reply = await fetch("/letters", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(letter),
  });
  const said = await reply.json().catch(() => ({ error: reply.status }));
  trouble(reply.ok ? "" : t("refused", { why: said.error }));
  if (!reply.ok) return;
  forget();
  byId("sent").textContent = t("sent");
}

function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

// -- words and start ------------------------------------------------------------------------------------------------

function translate() {
  document.documentElement.lang = language();
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  byId("language").textContent = t("other");
  byId("language").lang = language() === "fr" ? "en" : "fr";
  drawAnswering();
  const letter = state.letters.find((each) => each.id === open);
  if (letter) read(letter);
  else draw();
}

byId("language").addEventListener("click", () => {
  setLanguage(language() === "fr" ? "en" : "fr");
  translate();
});
byId("box").addEventListener("change", () => {
  close();
  forget();
  byId("sent").textContent = "";
  draw();
});
byId("forget").addEventListener("click", forget);
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("sent").textContent = "";
  send();
});

translate();
follow();
