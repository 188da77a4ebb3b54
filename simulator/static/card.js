// One telephone: who it is, what it does, what is heard, keys, SMS. Built once, then only its texts change.

import { language, readable, t } from "./texts.js";

const KEYS = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", ""], ["#", ""],
];
const BEHAVIOURS = ["rings", "unattended", "takes", "voicemail", "busy", "declines", "unreachable"];
const SMS_PLANS = ["delivered", "undelivered", "never_final"];
const PICTURES = "image/*,application/pdf";
const LONGEST_TEXT = 1600; // characters, as the carrier takes them
const LARGEST_PICTURES = 5 * 1024 * 1024; // bytes of one message, as the carrier takes them
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export class Card {
  constructor(number, { act, caller, dial, send, nameOf, refuse }) {
    this.number = number;
    this.act = (action, body) => act(number, action, body);
    this.caller = caller;
    this.dial = dial;
    this.send = send;
    this.nameOf = nameOf;
    this.refuse = refuse;
    this.words = [];
    this.phone = null;
    this.logKey = "";
    this.textKey = null;
    this.build();
  }

  // -- building, once ----------------------------------------------------------------------------------------------

  build() {
    this.name = make("h3");
    this.shownNumber = make("span", { className: "number" });
    this.role = make("p", { className: "role" });
    this.status = make("span", { role: "status" });
    this.dialButton = this.button("dial", "go", () => this.dial(this.number));
    this.answerButton = this.button("answer", "go", () => this.act("answer"));
    this.declineButton = this.button("decline", "", () => this.act("decline"));
    this.hangupButton = this.button("hangup", "stop", () => this.act("hangup"));
    this.log = make("div", { className: "log", tabIndex: 0 });
    this.log.setAttribute("role", "log");
    this.log.setAttribute("aria-live", "polite");
    this.keys = this.keypad();
    this.texts = make("ol");
    this.textsTitle = make("h2");
    const actions = make("span", { className: "actions" }, this.dialButton, this.answerButton, this.declineButton, this.hangupButton);
    this.element = make(
      "article", { className: this.caller ? "phone caller" : "phone" },
      make("div", { className: "who" }, this.name, this.shownNumber),
      this.role,
      make("div", { className: "state" }, this.status, actions),
      this.log,
      this.keys,
      ...(this.caller ? [this.speaking(), this.leaving()] : []),
      make("div", { className: "texts" }, this.textsTitle, this.texts),
      this.caller ? this.writing() : this.behaviours(),
    );
  }

  button(key, className, action) {
    const button = make("button", { type: "button", className });
    this.word(button, key);
    button.addEventListener("click", action);
    return button;
  }

  // `key` of the catalogue, written again when the language changes.
  word(element, key, attribute = "textContent") {
    this.words.push(() => {
      const text = t(key, { who: this.title() });
      if (attribute === "textContent") element.textContent = text;
      else element.setAttribute(attribute, text);
    });
  }

  keypad() {
    const keys = KEYS.map(([key, letters]) => {
      const button = make("button", { type: "button" }, key, make("small", { textContent: letters }));
      button.setAttribute("aria-label", letters ? `${key}, ${[...letters].join(" ")}` : key);
      button.addEventListener("click", () => this.press(key));
      return button;
    });
    const pad = make("div", { className: "keys" }, ...keys);
    pad.setAttribute("role", "group");
    this.word(pad, "keypad", "aria-label");
    this.keyButtons = keys;
    return pad;
  }

  speaking() {
    const input = make("input", { type: "text", autocomplete: "off" });
    this.word(input, "sayLabel", "aria-label");
    this.word(input, "sayPlaceholder", "placeholder");
    this.sayButton = make("button", { type: "submit" });
    this.word(this.sayButton, "say");
    const form = make("form", { className: "row" }, make("div", { className: "grow" }, input), this.sayButton);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) this.act("say", { text: input.value.trim() });
      input.value = "";
    });
    return form;
  }

  leaving() {
    const seconds = make("input", { type: "number", min: 1, max: 180, value: 12 });
    this.word(seconds, "seconds", "aria-label");
    const unit = make("span");
    this.word(unit, "seconds");
    this.leaveButton = this.button("leave", "grow", () => this.act("say", { text: "", seconds: Number(seconds.value) }));
    return make("div", { className: "row" }, this.leaveButton, make("label", { className: "inline" }, seconds, unit));
  }

  writing() {
    const words = make("textarea", { rows: 1, maxLength: LONGEST_TEXT });
    this.word(words, "writeLabel", "aria-label");
    this.word(words, "writePlaceholder", "placeholder");
    const files = make("input", { type: "file", accept: PICTURES, multiple: true });
    this.word(files, "pictures", "aria-label");
    const chosen = make("span");
    const count = () => { chosen.textContent = t("pictures") + (files.files.length ? ` (${files.files.length})` : ""); };
    this.words.push(count);
    files.addEventListener("change", count);
    const button = make("button", { type: "submit", className: "go" });
    this.word(button, "send");
    const form = make("form", { className: "row writing" }, words, make("label", { className: "file" }, files, chosen), button);
    words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.post(words.value.trim(), [...files.files], () => { form.reset(); count(); });
    });
    return form;
  }

  async post(body, files, sent) {
    if (files.reduce((sum, file) => sum + file.size, 0) > LARGEST_PICTURES) return this.refuse(t("tooLarge"));
    const pictures = await Promise.all(files.map(async (file) => ({ type: file.type, data: await inBase64(file) })));
    if ((body || pictures.length) && await this.send(this.number, body, pictures)) sent();
  }

  behaviours() {
    this.behaviour = this.choice(BEHAVIOURS, "b_", (value) => this.act("behaviour", { call: value }));
    this.plan = this.choice(SMS_PLANS, "s_", (value) => this.act("behaviour", { sms: value }));
    const rings = make("span");
    const sms = make("span");
    this.word(rings, "whenItRings");
    this.word(sms, "sms");
    return make(
      "div", { className: "row" },
      make("label", { className: "inline grow" }, rings, this.behaviour),
      make("label", { className: "inline" }, sms, this.plan),
    );
  }

  choice(values, prefix, action) {
    const select = make("select");
    for (const value of [...values, "own"]) {
      const option = make("option", { value, hidden: value === "own" });
      this.word(option, prefix + value);
      select.append(option);
    }
    select.addEventListener("change", () => action(select.value));
    return select;
  }

  // -- drawing, each time ------------------------------------------------------------------------------------------

  draw(phone) {
    const first = this.phone === null;
    this.phone = phone;
    if (first) this.translate();
    const call = phone.call;
    const live = Boolean(call?.live);
    const ringing = live && call.status === "ringing" && call.direction === "in";
    const talking = live && call.status === "in-progress";
    this.name.textContent = this.title();
    this.shownNumber.textContent = phone.name ? readable(phone.number) : "";
    this.role.textContent = phone.role;
    this.role.hidden = this.caller || !phone.role;
    const sentence = this.sentence(call, ringing, talking);
    if (this.status.textContent !== sentence) this.status.textContent = this.status.title = sentence;
    this.element.classList.toggle("ringing", ringing);
    this.element.classList.toggle("live", talking);
    this.dialButton.hidden = !this.caller || live;
    this.answerButton.hidden = this.declineButton.hidden = !(ringing && ["rings", "own"].includes(phone.behaviour));
    this.hangupButton.hidden = !live || ringing;
    this.keys.hidden = !this.caller && !talking;
    this.log.hidden = !this.caller && !call?.lines.length;
    this.keyButtons.forEach((button) => { button.disabled = !talking; });
    if (this.sayButton) this.sayButton.disabled = !talking;
    if (this.leaveButton) this.leaveButton.disabled = !call?.recording;
    if (this.behaviour && document.activeElement !== this.behaviour) this.behaviour.value = phone.behaviour;
    if (this.plan && document.activeElement !== this.plan) this.plan.value = phone.sms_plan;
    this.drawLog(call);
    this.drawTexts(phone.texts, phone.sent);
  }

  title() {
    return this.phone?.name || readable(this.number);
  }

  sentence(call, ringing, talking) {
    if (!call) return t("idle");
    if (ringing) return t("ringingIn", { with: this.nameOf(call.with) });
    if (call.live && !talking) return t("ringingOut");
    if (call.bridged_to) return t("bridged", { with: this.nameOf(call.bridged_to) });
    if (call.recording) return t("recording");
    return call.live ? t("talking") : t("ended");
  }

  // Lines are appended, never rebuilt: a screen reader says each once.
  drawLog(call) {
    if (!call) return;
    if (this.logKey !== call.sid) {
      this.logKey = call.sid;
      this.log.replaceChildren();
      this.lines = new Map();
    }
    for (const line of grouped(call.lines)) {
      const id = `${line.who} ${line.kind} ${line.at}`;
      if (!this.lines.has(id)) {
        const item = make("p");
        this.lines.set(id, item);
        this.log.append(item);
      }
      const item = this.lines.get(id);
      const text = this.wording(line);
      if (item.textContent !== text) item.textContent = text;
      item.className = line.who === "self" ? "self" : ["say", "voice", "error", "play"].includes(line.kind) ? "" : "aside";
      item.classList.toggle("cut", line.cut && line.kind === "say");
      item.classList.toggle("current", !line.over && call.live);
    }
    if (call.live) this.log.scrollTop = this.log.scrollHeight;
  }

  wording(line) {
    if (line.kind === "beep" || line.kind === "ringback") return `♪ ${t(line.kind)}`;
    if (line.kind === "bridge") return `↔ ${t("bridge", { with: this.nameOf(line.text) })}`;
    if (line.kind === "play") return `♪ ${line.text.split("/").at(-1)}`;
    if (line.who === "self") return `${t("self")} : ${line.text || t("spoke")}`;
    return line.text;
  }

  drawTexts(texts, sent) {
    this.textsTitle.textContent = `${t("texts")} (${texts.length})`;
    this.textsTitle.hidden = texts.length === 0 && sent.length === 0;
    const key = `${texts.at(-1)?.sid} ${sent.at(-1)?.sid}`;
    if (key === this.textKey) return;
    this.textKey = key;
    const all = [...texts.map((text) => ({ text, own: false })), ...sent.map((text) => ({ text, own: true }))];
    all.sort((one, other) => Date.parse(other.text.at) - Date.parse(one.text.at));
    this.texts.replaceChildren(...all.map(({ text, own }) => textItem(text, own)));
  }

  translate() {
    this.words.forEach((write) => write());
    this.log.setAttribute("aria-label", t("transcript", { who: this.title() }));
    this.logKey = "";
    this.textKey = null;
  }

  press(key) {
    if (!this.keyButtons[0].disabled) this.act("press", { keys: key });
  }
}

// Keys pressed one after the other are one line.
function grouped(lines) {
  const result = [];
  for (const line of lines) {
    const last = result.at(-1);
    if (line.kind === "key" && last?.kind === "key") last.text += line.text;
    else result.push({ ...line });
  }
  return result;
}

function textItem(text, own) {
  const at = new Date(text.at);
  const clock = at.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  const time = make("time", { dateTime: text.at, textContent: clock });
  if (!own) return make("li", {}, time, ...linked(text.body));
  const pictures = text.pictures ? ` 🖼 ${text.pictures}` : "";
  return make("li", { className: "own" }, time, `${t("self")} : ${text.body}${pictures}`);
}

function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

// Addresses become links that open beside this page; nothing is ever read as HTML.
function linked(body) {
  const parts = [];
  let at = 0;
  for (const match of body.matchAll(LINK)) {
    parts.push(body.slice(at, match.index));
    parts.push(make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer", textContent: match[0] }));
    at = match.index + match[0].length;
  }
  parts.push(body.slice(at));
  return parts;
}
