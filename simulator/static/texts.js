// Words of the page, French first.

const FR = {
  title: "Téléphones",
  hint: "La ligne à appeler : {lines}",
  clock: "Horloge de la démonstration",
  aloud: "Lire à voix haute",
  callerTitle: "Le médecin qui appelle",
  othersTitle: "Les téléphones à l’hôpital",
  empty: "Aucun téléphone pour l’instant.",
  from: "Son téléphone",
  shown: "Numéro présenté",
  shownOwn: "le sien",
  shownHidden: "masqué",
  dial: "Appeler la ligne",
  hangup: "Raccrocher",
  answer: "Répondre",
  decline: "Refuser",
  transcript: "Ce qui s’entend, {who}",
  keypad: "Clavier, {who}",
  sayLabel: "Dire",
  sayPlaceholder: "Parler : « cardiologie »",
  say: "Dire",
  leave: "Laisser un message",
  seconds: "secondes",
  texts: "SMS",
  newText: "nouveau SMS",
  writeLabel: "Écrire un SMS à la ligne",
  writePlaceholder: "avis cardio cochin…",
  pictures: "Photo",
  send: "Envoyer",
  tooLarge: "Un message porte au plus 5 Mo de photos.",
  beside: "Autres pages",
  whenItRings: "Appels",
  sms: "SMS",
  idle: "raccroché",
  ringingOut: "appel en cours…",
  ringingIn: "sonne : {with}",
  talking: "en ligne",
  bridged: "parle avec {with}",
  recording: "enregistrement",
  ended: "appel terminé",
  hidden: "numéro masqué",
  self: "vous",
  beep: "bip",
  ringback: "tonalité d’appel",
  bridge: "mis en relation avec {with}",
  spoke: "(parle)",
  b_rings: "vous répondez",
  b_unattended: "personne à côté",
  b_takes: "répond et tape 1",
  b_voicemail: "messagerie",
  b_busy: "occupé",
  b_declines: "refuse",
  b_unreachable: "éteint",
  b_invalid: "n’existe pas",
  b_own: "autre",
  s_delivered: "arrivent",
  s_undelivered: "se perdent",
  s_never_final: "en suspens",
  s_own: "autre",
  lost: "Le simulateur ne répond plus. Nouvel essai…",
  other: "English",
};

const EN = {
  title: "Telephones",
  hint: "The line to call: {lines}",
  clock: "Clock of the demonstration",
  aloud: "Read aloud",
  callerTitle: "The GP who calls",
  othersTitle: "The telephones at the hospital",
  empty: "No telephone yet.",
  from: "Their telephone",
  shown: "Number shown",
  shownOwn: "their own",
  shownHidden: "hidden",
  dial: "Call the line",
  hangup: "Hang up",
  answer: "Answer",
  decline: "Decline",
  transcript: "What is heard, {who}",
  keypad: "Keypad, {who}",
  sayLabel: "Say",
  sayPlaceholder: "Speak: “cardiologie”",
  say: "Say",
  leave: "Leave a message",
  seconds: "seconds",
  texts: "SMS",
  newText: "new SMS",
  writeLabel: "Write an SMS to the line",
  writePlaceholder: "advice cardio cochin…",
  pictures: "Picture",
  send: "Send",
  tooLarge: "A message carries at most 5 MB of pictures.",
  beside: "Other pages",
  whenItRings: "Calls",
  sms: "SMS",
  idle: "on the hook",
  ringingOut: "calling…",
  ringingIn: "rings: {with}",
  talking: "on the line",
  bridged: "talking with {with}",
  recording: "recording",
  ended: "call ended",
  hidden: "hidden number",
  self: "you",
  beep: "beep",
  ringback: "ring tone",
  bridge: "put through to {with}",
  spoke: "(speaks)",
  b_rings: "you answer",
  b_unattended: "nobody near it",
  b_takes: "answers, presses 1",
  b_voicemail: "voicemail",
  b_busy: "busy",
  b_declines: "declines",
  b_unreachable: "switched off",
  b_invalid: "does not exist",
  b_own: "other",
  s_delivered: "arrive",
  s_undelivered: "are lost",
  s_never_final: "in limbo",
  s_own: "other",
  lost: "The simulator does not answer. Trying again…",
  other: "Français",
};

export const LANGUAGES = { fr: FR, en: EN };

let current = localStorage.getItem("language") === "en" ? "en" : "fr";

export function language() {
  return current;
}

export function setLanguage(code) {
  current = code;
  localStorage.setItem("language", code);
  document.documentElement.lang = code;
}

export function t(key, values = {}) {
  return LANGUAGES[current][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// +33639980001 → 06 39 98 00 01
export function readable(number) {
  if (!number || !/^\+\d+$/.test(number)) return t("hidden");
  const french = number.match(/^\+33(\d{9})$/);
  return french ? `0${french[1]}`.replace(/(\d\d)(?=\d)/g, "$1\u00a0") : number;
}
