"""What is new in a letter, and what it quotes: cut where the programs of French practices cut. Pure.

The library knows how programs announce a quotation in several languages; it misses the ways of Outlook, Orange, Free
and telephones in French, which stand here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailparser_reply.constants import MAIL_LANGUAGES

from webhooks.mail import signatures

_LIBRARY_LIMIT, _LIBRARY_LINE = 20_000, 1_000  # characters; what it searches with is quadratic in a line
_AHEAD = 4  # lines over which "Le … a écrit :" may be broken
_OF_A_BLOCK = 9  # lines among which the fields of a quoted header stand
_ANNOUNCED = re.compile(
    r"[\s>*]*(?:[-_=*]{2,}\s*)?(?:(?:message|mail|courriel|e-mail) (?:original|initial|d['’ ]origine)"
    r"|original message|ursprüngliche nachricht)\s*:?\s*[-_=*]{2,}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[\s>*]*(?:[-_=*]{2,}\s*(?:forwarded message|(?:message|courriel) (?:transféré|transmis|réexpédié|transfere))\b"
    r"|(?:début du message (?:transféré|réexpédié)|begin forwarded message)\s*:)",
    re.IGNORECASE,
)
_ORANGE = re.compile(r"[\s>]*message du \d\d?/\d\d?/\d\d", re.IGNORECASE)
_FIELD = re.compile(
    r"[\s>*]*(de|from|von|expéditeur|envoyé(?: le)?|sent|date|à|a|to|pour|destinataires?|objet|subject|sujet|cc"
    r"|copie(?: à)?)[ *\xa0]*:",
    re.IGNORECASE,
)
_OPENS_A_BLOCK = frozenset({"de", "from", "von", "expéditeur", "envoyé", "sent", "date"})
_NAMES_ITS_SUBJECT = frozenset({"objet", "subject", "sujet", "à", "a", "to", "pour"})
_RULE = re.compile(r"[\s>]*[-_=]{10,}\s*")
_SAYS_WROTE = re.compile(r"(?:a[ \n]+(?:é|e)crit|wrote|écrivait|schrieb|ha scritto|escribió)\b[^:\n]{0,60}:\s*\*?\s*$")
_OPENS_WROTE = re.compile(r"[\s>*]*(?:le|on|en date|am|el|il)\b|.{1,80}<?\S+@\S+|.{1,60}\ba écrit", re.IGNORECASE)
_DATED = re.compile(r"\d{1,2}[/.: h]\d{2}|\b(?:19|20)\d\d\b|\S@\S")
_QUOTED = re.compile(r"\s*(?:>|\|\s)")
_FORWARDS = re.compile(r"\s*(?:tr|fwd?|wg|i)\s*:", re.IGNORECASE)
_ANSWERS = re.compile(r"\s*(?:re|r[ée]p|réf|aw|sv)\s*(?:\[\d+\]\s*)?:", re.IGNORECASE)


# What the library knows of announcements. The rest of it strips every line, takes lists for signatures, and warns on
# Python 3.13.
_KNOWN = re.compile(
    "|".join(
        MAIL_LANGUAGES[language][announced]
        for language in ("fr", "en", "de", "es", "it", "nl")
        for announced in ("wrote_header", "from_header")
    ),
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """What a letter says itself, and what it hands on or answers. `cut`: more than a signature was left out below."""

    words: str
    quoted: str = ""
    forwards: bool = False
    cut: bool = False


def part(text: str, subject: str = "", *, answers: bool = False) -> Said:
    """A letter's text in two. `answers`: whether its header says so; else a `>` before a line is no quotation."""
    lines = text.split("\n")
    forwards = _FORWARDS.match(subject) is not None
    answers = answers or _ANSWERS.match(subject) is not None
    at = _first_quoted(lines)
    above, below = lines[:at], lines[at:]
    forwards = forwards or any(_FORWARDED.match(line) for line in below[:1])
    own, quoted = _parted(above) if answers else (above, [])
    if answers and not forwards and below:
        later, rest = _after(below)
        own, quoted = [*own, *later], [*quoted, *rest]
    else:
        quoted = [*quoted, *below]
    written = "\n".join(own)
    words = signatures.without(written)
    if not words and below and not answers and not forwards:  # a note that only looks like a quotation
        return Said(signatures.without(text), cut=signatures.leaves_out(text))
    return Said(words, "\n".join(quoted).strip(), forwards, cut=signatures.leaves_out(written))


def unquoted(quoted: str) -> str:
    """What was quoted, without the marks before its lines."""
    return "\n".join(re.sub(r"^\s*(?:> ?)+", "", line) for line in quoted.split("\n")).strip()


def _first_quoted(lines: Sequence[str]) -> int:
    """Where a quotation is announced; the number of lines when none is."""
    ours = next((at for at in range(len(lines)) if _announces(lines, at)), len(lines))
    text = "\n".join(lines)
    if ours < len(lines) or len(text) > _LIBRARY_LIMIT or max(map(len, lines)) > _LIBRARY_LINE:
        return ours
    found = _KNOWN.search(text)
    return text.count("\n", 0, found.start() + 1) if found else len(lines)


def _announces(lines: Sequence[str], at: int) -> bool:
    line = lines[at][:300]
    if _ANNOUNCED.match(line) or _FORWARDED.match(line) or _ORANGE.match(line):
        return True
    if _RULE.fullmatch(line):
        after = next((later for later in lines[at + 1 : at + 4] if later.strip()), "")
        return _FIELD.match(after[:40]) is not None
    return _opens_a_header(lines, at) or _says_who_wrote(lines, at)


def _opens_a_header(lines: Sequence[str], at: int) -> bool:
    """Whether the fields of a quoted letter begin here: De, Envoyé, À, Objet, three of them at least."""
    first = _name(lines[at])
    if first not in _OPENS_A_BLOCK:
        return False
    names = {_name(line) for line in lines[at : at + _OF_A_BLOCK]} - {""}
    return len(names) >= 3 and not names.isdisjoint(_NAMES_ITS_SUBJECT)


def _name(line: str) -> str:
    found = _FIELD.match(line[:60])
    return found[1].lower().removesuffix(" le") if found else ""


def _says_who_wrote(lines: Sequence[str], at: int) -> bool:
    """Le 23 nov. 2026 à 10:15, X <…> a écrit : over as many lines as it was broken into."""
    if not _OPENS_WROTE.match(lines[at][:300]):
        return False
    for many in range(1, _AHEAD + 1):
        joined = "\n".join(line[:300] for line in lines[at : at + many])
        if not lines[at + many - 1 : at + many] or not lines[at + many - 1].strip():
            return False
        if _SAYS_WROTE.search(joined):
            return _DATED.search(joined) is not None
    return False


def _after(below: Sequence[str]) -> tuple[list[str], list[str]]:
    """What he wrote under a quotation or between its lines, and the quotation; all of it where nothing marks it."""
    marked = [at for at, line in enumerate(below) if _QUOTED.match(line)]
    if not marked or marked[0] > _AHEAD + 1 or _ORANGE.match(below[0]):
        return [], list(below)
    own, quoted = _parted(below[marked[0] :])
    return own, [*below[: marked[0]], *quoted]


def _parted(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Lines that are not quoted, and those that are; the end of one that a server broke goes with it."""
    own: list[str] = []
    quoted: list[str] = []
    for at, line in enumerate(lines):
        is_broken = 0 < at < len(lines) - 1 and _is_long_quote(lines[at - 1]) and _QUOTED.match(lines[at + 1])
        (quoted if _QUOTED.match(line) or (is_broken and line.strip()) else own).append(line)
    return own, quoted


def _is_long_quote(line: str) -> bool:
    return len(line) > 60 and _QUOTED.match(line) is not None
