"""What a letter says, and which of its parts are files. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callbacks.written.incoming import Attached
from callbacks.written.sniffing import TEXT, sniff
from webhooks.mail import attached, charsets, html
from webhooks.mail.attached import Brought
from webhooks.mail.mime import PACKED, Part

LONGEST = 2_000_000  # bytes of one part that are read as words; a longer one is a file too
_WORDS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_LETTERS = frozenset({"message/rfc822", "message/global", "text/rfc822-headers"})
# What some programs write in place of words for readers of plain text.
_NEEDS_HTML = re.compile(
    r"\bhtml\b|ne (?:supporte|prend|permet) pas|view (?:this|it) (?:e-?mail|message|in)", re.IGNORECASE
)
_LONGEST_EXCUSE = 250  # characters


@dataclass(frozen=True)
class Body:
    """The words of a part and of those within it, and the files."""

    text: str
    files: tuple[Brought, ...] = ()


def of(part: Part) -> Body:
    """What a letter, or a part of it, says and brings."""
    if part.kind in _LETTERS:
        return Body("", _of_a_letter(part))
    if part.kind == "multipart/encrypted":
        return Body("", attached.of(part))
    if part.within or part.kind in PACKED:
        return _joined(part)
    if not _is_words(part):
        return Body("", attached.of(part))
    return Body(_words(part), attached.of(part) if len(part.content) > LONGEST else ())


def _joined(part: Part) -> Body:
    """The parts of a part: all of them, or the best of those that say the same."""
    each = [of(inner) for inner in part.within]
    files = tuple(file for body in each for file in body.files)
    if part.stopped:
        files = (*files, Brought(Attached(part.name, part.kind, refused=part.stopped)))
    texts = _texts(part.within, each)
    if part.kind == "multipart/alternative":
        return Body(_best(texts), files)
    return Body("\n\n".join(texts), files)


def _texts(parts: Sequence[Part], each: Sequence[Body]) -> list[str]:
    """What they say; what a winmail.dat says is what its letter says besides, or all there is."""
    said = [(part.kind in PACKED, body.text) for part, body in zip(parts, each, strict=True) if body.text.strip()]
    return [text for is_packed, text in said if not is_packed] or [text for _, text in said]


def _best(texts: Sequence[str]) -> str:
    """The first, plain, unless it only says that there is another."""
    return next((text for text in texts if not _is_excuse(text)), texts[0] if texts else "")


def _is_excuse(text: str) -> bool:
    return len(text) <= _LONGEST_EXCUSE and _NEEDS_HTML.search(text) is not None


def _is_words(part: Part) -> bool:
    if part.disposition == "attachment" or part.stopped:
        return False
    if part.kind == "text/plain":
        return not part.name
    if part.kind in _WORDS or part.kind.startswith("multipart/"):
        return True
    return part.kind == "application/octet-stream" and not part.name and sniff(part.content) == TEXT


def _words(part: Part) -> str:
    text = charsets.decode(part.content[:LONGEST], _charset(part))
    if part.kind in ("text/html", "text/enriched", "text/richtext"):
        return html.to_text(text)
    flows = part.parameters.get("format", "").lower() == "flowed"
    return _unflowed(text, part.parameters.get("delsp", "").lower() == "yes") if flows else text


def _charset(part: Part) -> str:
    """What its header says, else the markup itself."""
    said = part.parameters.get("charset", "")
    if said or part.kind != "text/html":
        return said
    found = re.search(rb"charset\s*=\s*[\"']?([\w-]{1,40})", part.content[:2000])
    return found[1].decode("ascii", "replace") if found else ""


def _unflowed(text: str, deletes_the_space: bool) -> str:
    """Lines that a program broke joined again (RFC 3676); quoted ones stay as they are."""
    joined: list[str] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if goes_on and not line.startswith((">", "-- ")):
            joined[-1] += line.removeprefix(" ")
        else:
            joined.append(line.removeprefix(" "))
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if goes_on and deletes_the_space:
            joined[-1] = joined[-1][:-1]
    return "\n".join(joined)


def _of_a_letter(part: Part) -> tuple[Brought, ...]:
    """A letter that came as a file: what it says, as a text, and what it brings."""
    if part.stopped:
        return attached.of(part)
    inner = part.within[0] if part.within else part
    body = of(inner) if part.within else Body(charsets.decode(part.content[:LONGEST]))
    head = [charsets.one_line(charsets.header(inner.head.first(name)), 300) for name in ("from", "date", "subject")]
    text = charsets.clean("\n".join([*filter(None, head), "", body.text])).strip()
    name = attached.text_name(head[2]) or part.name
    words = attached.without_places(text).encode(errors="replace")
    return (Brought(attached.checked(name, TEXT, words)), *body.files)
