"""A letter without its signature, nor the words that programs and servers add to it. Pure.

The number in a signature stays: it is what a senior calls back. The speciality in it goes: the ward is not his own.
"""

import re

_CLOSING = (
    r"(?:(?:bien |très |tres )?(?:cordialement|confraternellement|amicalement|respectueusement|sincèrement)"
    r"(?: (?:vôtre|à vous))?|cdlt|cdt|cordt|bien à (?:vous|toi)"
    r"|(?:mes |avec mes |recevez mes )?(?:meilleures |sincères |cordiales )?salutations"
    r"(?: (?:distinguées|confraternelles|cordiales))?|(?:mes |avec mes )?sentiments confraternels"
    r"|(?:bonne|belle) (?:journ(?:é|e)e|soir(?:é|e)e|r(?:é|e)ception|fin de journ(?:é|e)e|semaine)"
    r"|(?:best |kind |warm )?regards|sincerely|yours (?:sincerely|faithfully))"
)
# Alone on its line, or at the end of one; a name may follow.
_CLOSES = re.compile(
    rf"(?:^|(?<=[.,;:!?)])|(?<=\bet)|(?<=\bavance)|(?<=\bmerci)|(?<=\bsvp))[ \t]*\b{_CLOSING}[ \t]*[.,;!]*[ \t]*"
    r"(?:(?:le )?(?:dr|docteur|pr|professeur|mme|m\.)\b[^\n]{0,60})?$",
    re.IGNORECASE | re.MULTILINE,
)
# Only with what such a sentence ends in: "je vous prie de recevoir ce patient" is what he asks.
_POLITE = re.compile(
    r"^[ \t]*(?:(?:dans|en) (?:l['’])?attente de (?:votre|vos) (?:réponse|retour)\S{0,2}, )?"
    r"(?:je vous prie (?:d['’]agréer|de (?:croire|recevoir))|veuillez (?:agréer|recevoir|croire))"
    r"(?=[^.?!:]{0,200}\b(?:salutations?|sentiments?|expression|assurance|considération|respects?|hommages))[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
# The number of a list, and at once his name: most programs mark a signature by nothing at all.
_CHOICE = re.compile(
    r"\s*((?:(?:le|la|choix|réponse)[ :]*|l['’])?[1-9]\b[ ,.!]*(?:svp|merci|s['’]il vous pla[iî]t)?[ .!]*)"
    r"\n[ \t]*\n[ \t\n]*(?=(?:dr|docteur|pr|professeur|cabinet|maison de santé)\b)",
    re.IGNORECASE,
)
_DASHES = re.compile(r"^[ \t]*--[ \t]*$|^_{5,}[ \t]*$", re.MULTILINE)
_POSTSCRIPT = re.compile(r"^[ \t]*p\.? ?-?s\.?[ \t]*[:;–-][^\n]*(?:\n[^\n]+)*", re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"(?<!\d)(?:(?:\+|00)33[ .]?(?:\(0\))?[ .]?[1-9]|0[1-9])(?:[ .-]?\d\d){4}(?!\d)")
_FAX = re.compile(r"\b(?:fax|télécopie|f)[ .:]*$", re.IGNORECASE)
_FEWEST_WORDS = 4  # a shorter one is an answer to a question: a number would change it
_MOST_NUMBERS = 3
_LINES_OF_A_BANNER = 6
_LONGEST = 500  # characters of a signature: titles, two addresses, hours, a motto
_SENTENCE = 8  # words in a line
_OF_AN_ADDRESS = re.compile(r"\b\d{5}\b|@|https?:|www\.|\d\d[ .-]\d\d[ .-]\d\d")

_BY_PROGRAMS = re.compile(
    r"^[ \t>]*(?:"
    r"envoyé (?:de(?:puis)?|à partir de|via|avec|par)[ \t]+(?:mon|ma|my|un|l['’]|la messagerie|le webmail|outlook"
    r"|yahoo|gmail|proton|samsung|orange|iphone|ipad|android|mailiz|free|sfr|courrier)[^\n]{0,120}"
    r"|sent (?:from|with|via) (?:my |the |outlook|yahoo|gmail|proton|samsung|mail|iphone|ipad)[^\n]{0,120}"
    r"|(?:get|obtenir|obtenez|télécharge[rz]) (?:\[?outlook|bluemail|spark)[^\n]{0,120}"
    r"|provenance ?: ?courrier[^\n]{0,120}"
    r"|(?:garanti )?sans virus\.?[^\n]{0,80}|virus-free\.[^\n]{0,80}"
    r"|(?:l['’]absence de virus|cet e-?mail a été vérifié|ce courrier électronique ne contient aucun virus)[^\n]{0,200}"
    r"|(?:https?://)?(?:www\.)?avast\.com\S*"
    r"|[\[(*]*(?:externe|external|ext|mail externe|expéditeur externe)[\])*]+"
    r"|une messagerie gratuite, garantie à vie[^\n]{0,150}"
    r")[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# Up to the end of a sentence: a banner stands above what was written, sometimes without a line between.
_BANNER = re.compile(
    r"^[ \t*=#>|-]*(?:"
    r"(?:ce|cet|le présent|vous avez reçu un) (?:message|courriel|courrier|mail|e-mail)[^\n.!]{0,80}\n?[^\n.!]{0,80}"
    r"(?:mssant(?:é|e)|mailiz|messagerie sécurisée)"
    r"|(?:message|courriel|mail) (?:sécurisé|transmis|envoyé|reçu)[^\n.!]{0,80}"
    r"(?:mssant(?:é|e)|mailiz|messagerie sécurisée)"
    r"|(?:attention|caution|warning|prudence) ?[:!]"
    r"(?=[^\n]{0,80}\n?[^\n]{0,80}(?:mail|courriel|courrier|message|expéditeur|sender|organi[sz]ation))"
    r"[^\n.!]{0,80}\n?[^\n.!]{0,80}(?:extérieur|externe|external|outside|exterieur)"
    r")[^\n.!]*(?:\n[^\n.!]+){0,3}[.!]?[ \t*=#|-]*(?:\n|$)",
    re.IGNORECASE | re.MULTILINE,
)
# To the next empty line. Looking ahead, a line ends at its end alone: else one long line is split in every way.
_DISCLAIMER = re.compile(
    r"^[ \t*>-]*(?:"
    r"(?:ce|cet|le présent) (?:message|courriel|courrier|mail|e-mail)\b"
    r"(?=[^\n]*(?:\n[^\n]*){0,3}(?:confidentiel|destinat|strictement))"
    r"|(?:les|l['’]) ?informations? contenues? dans ce"
    r"|(?:avis|clause|mention) (?:de|légale de) confidentialité|confidentialité ?:|disclaimer ?:|confidentiality notice"
    r"|this (?:e-?mail|message)\b(?=[^\n]*(?:\n[^\n]*){0,3}(?:confidential|intended))"
    r"|(?:pensez|pensons) à l['’](?:environnement|imprim)|(?:avant d['’]imprimer|n['’]imprimez|merci de n['’]imprimer)"
    r"|afin de (?:préserver|contribuer)[^\n]{0,40}(?:environnement|planète)|please consider the environment"
    r"|si vous n['’]êtes pas (?:le|la) (?:bon )?destinataire"
    r")[^\n]*(?:\n[^\n]+)*",
    re.IGNORECASE | re.MULTILINE,
)


def without(text: str) -> str:
    """What he wrote himself, with the telephone numbers of his signature under it."""
    words, signature = _cut(_without_what_programs_add(text))
    postscript = [found[0].strip() for found in _POSTSCRIPT.finditer(signature)]
    said = "\n\n".join(filter(None, [_tidy(words), *postscript]))
    numbers = _numbers(signature, said) if len(said.split()) >= _FEWEST_WORDS else ""
    return "\n\n".join(filter(None, [said, numbers]))


def leaves_out(text: str) -> bool:
    """Whether what is cut off may be more than a signature: something he thought of below it, a report after a rule;
    or all that there is.
    """
    words, signature = _cut(_without_what_programs_add(text))
    below = _POLITE.sub("", signature)
    if len(below) > _LONGEST or any(_is_sentence(line) for line in below.split("\n")):
        return True
    return not words.strip() and len(_BY_PROGRAMS.sub("", text).split()) >= _SENTENCE


def _is_sentence(line: str) -> bool:
    return len(line.split()) >= _SENTENCE and _OF_AN_ADDRESS.search(line) is None


def _without_what_programs_add(text: str) -> str:
    return _DISCLAIMER.sub("", _BY_PROGRAMS.sub("", _without_banner(text)))


def _without_banner(text: str) -> str:
    """A banner that is a paragraph of its own goes whole."""
    first, _, rest = text.strip().partition("\n\n")
    if rest and "?" not in first and first.count("\n") < _LINES_OF_A_BANNER and _BANNER.match(first):
        return rest
    return _BANNER.sub("", text)


def _cut(text: str) -> tuple[str, str]:
    """At the first of what ends a letter."""
    if (chosen := _CHOICE.match(text)) is not None:
        return chosen[1], text[chosen.end() :]
    found = [match for pattern in (_CLOSES, _POLITE, _DASHES) if (match := pattern.search(text))]
    if not found:
        return text, ""
    first = min(found, key=lambda match: match.start())
    return text[: first.start()], text[first.start() :]


def _numbers(signature: str, said: str) -> str:
    known = {_digits(number) for number in _NUMBER.findall(said)}
    found = {_digits(match[0]): match[0] for match in _NUMBER.finditer(signature) if not _is_fax(signature, match)}
    return "\n".join([number for digits, number in found.items() if digits not in known][:_MOST_NUMBERS])


def _is_fax(text: str, found: re.Match[str]) -> bool:
    return _FAX.search(text[max(0, found.start() - 15) : found.start()]) is not None


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)[-9:]


def _tidy(words: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in words.split("\n"))).strip()
