// Words of the page, French first.

const FR = {
  title: "Courriels",
  hint: "Les messageries des médecins de ville.",
  telephones: "Téléphones",
  boxTitle: "La messagerie de",
  readTitle: "Courriel ouvert",
  writeTitle: "Écrire",
  none: "Aucun courriel.",
  choose: "Choisissez un courriel.",
  from: "De",
  to: "À",
  at: "Le",
  subject: "Objet",
  text: "Message",
  enclosed: "Pièces jointes",
  send: "Envoyer",
  answer: "Répondre",
  answering: "Réponse à « {subject} », qui sera cité dessous.",
  forget: "nouveau message",
  sent: "Envoyé.",
  automatic: "envoi automatique",
  own: "à {who}",
  noSubject: "(sans objet)",
  newLetter: "nouveau courriel",
  refused: "Le courriel n’est pas parti : {why}",
  tooLarge: "Trop lourd : 30 Mo au plus.",
  lost: "Les messageries ne répondent plus. Nouvel essai…",
  other: "English",
};

const EN = {
  title: "Letters",
  hint: "The mailboxes of the GPs.",
  telephones: "Telephones",
  boxTitle: "The mailbox of",
  readTitle: "Open letter",
  writeTitle: "Write",
  none: "No letter.",
  choose: "Choose a letter.",
  from: "From",
  to: "To",
  at: "On",
  subject: "Subject",
  text: "Message",
  enclosed: "Attachments",
  send: "Send",
  answer: "Answer",
  answering: "Answers “{subject}”, which will be quoted below.",
  forget: "new letter",
  sent: "Sent.",
  automatic: "sent automatically",
  own: "to {who}",
  noSubject: "(no subject)",
  newLetter: "new letter",
  refused: "The letter did not leave: {why}",
  tooLarge: "Too heavy: 30 MB at most.",
  lost: "The mailboxes do not answer. Trying again…",
  other: "Français",
};

const LANGUAGES = { fr: FR, en: EN };
let current = localStorage.getItem("language");

export const language = () => (current in LANGUAGES ? current : "fr");

export function setLanguage(code, kept = true) {
  current = code;
  if (kept) localStorage.setItem("language", code);
}

export const isChosen = () => current in LANGUAGES;

export function t(key, values = {}) {
  return LANGUAGES[language()][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
