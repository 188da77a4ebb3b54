"""What came with a letter: which of its parts are files, and which of those are kept. Pure.

Nothing is unpacked and no picture is drawn: what a file is, is read off its first bytes (callbacks.written.sniffing).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callbacks.written.incoming import Attached
from callbacks.written.sniffing import TEXT, sniff
from webhooks.mail import charsets
from webhooks.mail.mime import Part

LARGEST = 10 * 1024 * 1024  # bytes of one
AT_MOST = 10  # of one letter; of the next ones is said that they were there
NOTED_AT_MOST = 30
TOO_LARGE, TOO_MANY, TYPE, UNREADABLE, ENCRYPTED, EMPTY = (
    "too_large", "too_many", "type", "unreadable", "encrypted", "empty",
)  # fmt: skip

# A signature, a key, a visiting card: of no use to a senior.
_PASSED_OVER = frozenset(
    {
        "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
        "application/pgp-keys", "text/vcard", "text/x-vcard", "text/directory", "application/applefile",
        "message/delivery-status", "message/disposition-notification",
    }
)  # fmt: skip
_SEALED = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted", "multipart/encrypted"}
)
_PIXEL = 2_000  # bytes: what counts readers, an icon
_LOGO = 60_000  # bytes: a photograph, and a tracing that was pasted, are larger
_PLACE = re.compile(r"\[cid:([^\]\s]{1,250})\]")


@dataclass(frozen=True)
class Brought:
    """A file, and by what name the words show it in their midst ("": they do not)."""

    file: Attached
    placed: str = ""
    size: int = 0  # bytes


def limited(files: Sequence[Attached]) -> tuple[Attached, ...]:
    """Those that one letter may bring; the next ones without their content, and no more than can be shown."""
    taken = 0
    kept: list[Attached] = []
    for one in files[:NOTED_AT_MOST]:
        taken += one.content is not None
        kept.append(one if taken <= AT_MOST else refused(one, TOO_MANY))
    return tuple(kept)


def places(text: str) -> set[str]:
    """The names of the pictures that a text shows in its midst, as Outlook writes them in a plain one."""
    return set(_PLACE.findall(text))


def without_places(text: str) -> str:
    """The words alone."""
    return re.sub(r"[ \t]*\n?\[cid:[^\]\s]{1,250}\]", "", text).strip()


def of_his_own(brought: Sequence[Brought], text: str, words: str) -> list[Attached]:
    """All but the small pictures of a signature, and of what is quoted: those that `text` shows and `words` do not."""
    elsewhere = places(text) - places(words)
    return [one.file for one in brought if one.placed not in elsewhere or one.size > _LOGO]


def of(part: Part) -> tuple[Brought, ...]:
    """What a part brings that is not words of the letter; nothing when it is of no use to a senior."""
    if part.kind in _PASSED_OVER or _is_decoration(part):
        return ()
    if part.kind in _SEALED:
        return (Brought(Attached(part.name, part.kind, refused=ENCRYPTED)),)
    if part.stopped:
        return (Brought(Attached(part.name, part.kind, refused=part.stopped)),)
    is_text = part.family == "text" and part.kind != "text/html"
    file = checked(part.name, part.kind, _in_utf8(part) if is_text else part.content)
    return (Brought(file, _placed(part), len(part.content)),)


def checked(name: str, media_type: str, content: bytes) -> Attached:
    """A file as it is handed on: with its content, or with the code of why not."""
    if not content:
        return Attached(name, media_type, refused=EMPTY)
    if len(content) > LARGEST:
        return Attached(name, media_type, refused=TOO_LARGE)
    sniffed = sniff(content)
    if sniffed is None:
        return Attached(name, media_type, refused=TYPE)
    return Attached(name, sniffed, content)


def text_name(subject: str) -> str:
    """What a letter is called as a file."""
    return f"{subject[:100]}.txt" if subject else ""


def refused(one: Attached, reason: str) -> Attached:
    """The same without its content; one that was refused before keeps its reason."""
    if one.refused:
        return one
    return Attached(one.name, one.media_type, refused=reason)


def _in_utf8(part: Part) -> bytes:
    """A text as whoever opens it will read it; what only says that it is one, as it is."""
    if sniff(part.content) not in (TEXT, None):
        return part.content
    return charsets.decode(part.content, part.parameters.get("charset", "")).encode(errors="replace")


def _placed(part: Part) -> str:
    """What the words call a picture; "" when it only hangs on the letter."""
    if part.family != "image" or part.disposition == "attachment":
        return ""
    return part.head.first("content-id").strip("<> ")


def _is_decoration(part: Part) -> bool:
    return bool(_placed(part)) and len(part.content) <= _PIXEL
