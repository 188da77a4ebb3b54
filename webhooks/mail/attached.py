"""What came with a letter: which of its parts are files, and which of those are kept. Pure.

Nothing is unpacked and no picture is drawn: what a file is, is read off its first bytes (callbacks.written.sniffing).
"""

from collections.abc import Sequence

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
_DECORATION = 2_000  # bytes: a pixel that counts readers, an icon


def limited(files: Sequence[Attached]) -> tuple[Attached, ...]:
    """Those that one letter may bring; the next ones without their content, and no more than can be shown."""
    taken = 0
    kept: list[Attached] = []
    for one in files[:NOTED_AT_MOST]:
        taken += one.content is not None
        kept.append(one if taken <= AT_MOST else refused(one, TOO_MANY))
    return tuple(kept)


def of(part: Part) -> tuple[Attached, ...]:
    """What a part brings that is not words of the letter; nothing when it is of no use to a senior."""
    if part.kind in _PASSED_OVER or _is_decoration(part):
        return ()
    if part.kind in _SEALED:
        return (Attached(part.name, part.kind, refused=ENCRYPTED),)
    if part.stopped:
        return (Attached(part.name, part.kind, refused=part.stopped),)
    is_text = part.family == "text" and part.kind != "text/html"
    return (checked(part.name, part.kind, _in_utf8(part) if is_text else part.content),)


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


def _is_decoration(part: Part) -> bool:
    shown_inside = part.head.has("content-id") and part.disposition != "attachment"
    return part.family == "image" and shown_inside and len(part.content) <= _DECORATION
