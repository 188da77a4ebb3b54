"""What a picture or a document is, by its bytes: never by its name, nor by what its sender says of it. Pure."""

import re

import puremagic

# What a browser shows, or a reader opens, without running anything that stands in it: no HTML, no SVG, no archive.
_ALIASES = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "image/heif": "image/heif",
    "image/heic": "image/heif",
    "image/tiff": "image/tiff",
    "image/x-ms-bmp": "image/bmp",
    "image/bmp": "image/bmp",
    "application/pdf": "application/pdf",
}
TEXT = "text/plain"
LETTER = "message/rfc822"  # an e-mail as it came, which no door could read: a person looks at it
ALLOWED = frozenset({*_ALIASES.values(), TEXT})
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heif": "heic",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "application/pdf": "pdf",
    TEXT: "txt",
    LETTER: "eml",
}
# What every browser draws; the others are saved and opened with what the senior has.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"})
# Telephones write several kinds of one container, and puremagic 1.30 names the first alone.
_PHOTOGRAPHS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_HEAD = 4096  # bytes of a text that are looked at for markup
_MARKUP = ("<!doctype", "<html", "<svg", "<?xml", "<script", "<head", "<body")
_NOT_WRITTEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def sniff(content: bytes) -> str | None:
    """Its media type if it is one that is kept, else None."""
    text = _text(content)
    if text is None or text.startswith("%PDF-"):
        return _by_its_magic(content)
    return None if any(mark in text[:_HEAD].lower() for mark in _MARKUP) else TEXT


def ending(media_type: str) -> str:
    """What the name of such a file ends in."""
    return _ENDINGS[media_type]


def _by_its_magic(content: bytes) -> str | None:
    if content[4:8] == b"ftyp" and content[8:12] in _PHOTOGRAPHS:
        return "image/heif"
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    best = max(match.confidence for match in found)
    named = [_ALIASES.get(match.mime_type) for match in found if match.confidence == best]
    return next((name for name in named if name), None)


def _text(content: bytes) -> str | None:
    """The words of a file that holds nothing else; in UTF-8, or what Windows writes."""
    for charset in ("utf-8-sig", "cp1252"):
        try:
            words = content.decode(charset)
        except UnicodeDecodeError:
            continue
        return words if words.strip() and _NOT_WRITTEN.search(words) is None else None
    return None
