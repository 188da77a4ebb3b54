"""What came with a message, in its reader's words: what is drawn, saved, still coming, or missing and why."""

from collections.abc import Callable
from dataclasses import dataclass

from callbacks.written import pictures
from callbacks.written.pictures import Picture
from config import texts
from config.crypto import Box, Unreadable

# What a door or the carrier said of a file that is not here; any other code is told as "other".
REASONS = ("too_large", "too_many", "type", "empty", "unreadable", "encrypted", "carrier", "purged")


@dataclass(frozen=True)
class File:
    """One file as a page shows it. `address` is "" for one that is not here; `name` is its sender's."""

    address: str
    is_drawn: bool
    words: str
    name: str


def file(picture: Picture, box: Box, address: Callable[[Picture], str], language: str) -> File:
    """For a page whose reader has opened the message."""
    return File(
        address=address(picture) if picture.is_here else "",
        is_drawn=picture.is_shown,
        words=texts.say(f"attached.{_key(picture)}", language, **_values(picture, language)),
        name=_name(box, picture),
    )


def _key(picture: Picture) -> str:
    if picture.is_shown:
        return "drawn"
    return {"announced": "coming", "stored": "saved"}.get(picture.state, "missing")


def _values(picture: Picture, language: str) -> dict[str, object]:
    values: dict[str, object] = {"number": picture.seq + 1}
    if picture.is_here and not picture.is_shown:
        kind = (picture.media_type or "").replace("/", "_").replace("-", "_")
        return values | {"kind": texts.say(f"attached.kind_{kind}", language), "size": _size(picture.size or 0)}
    if picture.is_here or picture.is_coming:
        return values
    known = picture.state if picture.state == "purged" else picture.reason
    reason = known if known in REASONS else "other"
    return values | {"why": texts.say(f"attached.why_{reason}", language)}


def _size(octets: int) -> str:
    """In units that French and English share."""
    return str(-(-octets // 1024))


def _name(box: Box, picture: Picture) -> str:
    """A name that no key opens any more is not worth a broken page."""
    try:
        return pictures.name_of(box, picture)
    except Unreadable:
        return ""
