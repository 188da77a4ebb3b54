"""A letter as the intake takes it: who wrote to which address, what is new in it, and what it came with. Pure.

Takes any bytes: what cannot be read is kept whole. The same letter by two doors gives the same key.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from callbacks.written.incoming import Attached, Channel, Incoming
from webhooks.mail import attached, bodies, charsets, guards, mime, quoting
from webhooks.mail.guards import Ours, Sent
from webhooks.mail.mime import Head, Part

LARGEST = 30 * 1024 * 1024  # bytes: what SendGrid takes, and what we do
LONGEST_TEXT = 20_000  # characters; the rest is kept as a file
LONGEST_SUBJECT = 300
MOST_NAMES = 30
UNREADABLE = "unreadable"
_NAME = re.compile(r"<([^<>\s\x00-\x1f\x7f-\x9f]{1,250})>")
# Possessive: a long line without an @ is looked at once.
_ADDRESS = re.compile(r"(?<![^\s<>,;:()\[\]\"'])([^\s<>,;:()\[\]\"'@]{1,64}+@[\w.-]{1,253}+)")
_IN_ANGLES = re.compile(r"<\s*([^<>\s@,;:()]{1,64}+@[\w.-]{1,253}+)\s*>")
_DISPLAY_NAME = re.compile(r'"(?:[^"\\]|\\.)*+"')
_LONGEST_LIST = 8_000  # characters of a field of addresses
_DELIVERED_TO = ("x-original-to", "envelope-to", "x-envelope-to", "delivered-to", "x-delivered-to")


def read(raw: bytes, envelope_from: str | None, envelope_to: str | None, ours: Ours, now: datetime) -> Incoming:
    """A letter as it came. Never raises.

    `envelope_from`: "" when it was empty (`<>`), None when the door does not know it. `thread` and `message_id` are in
    angle brackets. Of a bounce, `thread` names our letter that came back.
    """
    try:
        return _read(raw, envelope_from, envelope_to, ours, now)
    except Exception:  # noqa: BLE001 - the edge of whatever bytes come in: none is lost for what we did not foresee
        return _whole(raw, envelope_from, envelope_to, ours)


def _read(raw: bytes, envelope_from: str | None, envelope_to: str | None, ours: Ours, now: datetime) -> Incoming:
    letter = mime.parse(raw[:LARGEST])
    head = letter.head
    subject = charsets.one_line(charsets.header(head.first("subject")), LONGEST_SUBJECT)
    sent = Sent(letter, sender_of(head, envelope_from), envelope_from, subject, ours)
    ignored = guards.ignored(sent)
    thread = guards.returned(sent) if ignored in (guards.BOUNCE, guards.DELAYED) else _thread(head)
    text, files = _taken(letter, subject, ours, bool(thread))
    if len(raw) > LARGEST:
        files = (*files[:-1], *(attached.refused(file, attached.TOO_LARGE) for file in files[-1:]))
    return Incoming(
        key=_key(head, sent.sender, subject, text, files, now),
        channel=Channel.EMAIL,
        sender=sent.sender,
        recipient=recipient_of(head, envelope_to, ours),
        text=text,
        subject=subject,
        message_id=_own_name(head),
        thread=thread,
        attached=() if ignored else files,
        ignored=ignored,
        silent="" if ignored else guards.silent(sent),
    )


def sender_of(head: Head, envelope_from: str | None) -> str:
    """Who wrote it, in small letters; "" when nothing says so."""
    said = [envelope_from or "", *(value for name in ("return-path", "sender", "reply-to") for value in head.all(name))]
    return next((address for value in (*head.all("from"), *said) for address in addresses(value)), "")


def recipient_of(head: Head, envelope_to: str | None, ours: Ours) -> str:
    """Which of our addresses it was written to: one that says more than the line's own, when there is one."""
    delivered = [envelope_to or "", *(value for name in _DELIVERED_TO for value in head.all(name))]
    written = [*head.all("to"), *head.all("cc")]
    to = list(dict.fromkeys(address for value in written for address in addresses(value)))
    reached = [address for value in delivered for address in addresses(value)]
    found = [address for address in (*reached, *to) if address.endswith(f"@{ours.domain}")]
    telling = [address for address in found if address != ours.address.lower()]
    if not telling and len(to) == 1:  # an alias of the hospital's, sent on to us
        return to[0]
    return next(iter((*telling, *found, *reached, *to)), ours.address.lower())


def addresses(value: str) -> list[str]:
    """The addresses in a field, in small letters; those that stand in a display name are none."""
    bare = _DISPLAY_NAME.sub(" ", value[:_LONGEST_LIST])
    found = _IN_ANGLES.findall(bare) or _ADDRESS.findall(bare)
    return [address.lower().rstrip(".") for address in found]


def _taken(letter: Part, subject: str, ours: Ours, answers: bool) -> tuple[str, tuple[Attached, ...]]:
    """What is new, and the files: also of what others wrote and he sends on, which we have not seen yet."""
    body = bodies.of(letter)
    text = charsets.clean(body.text)
    said = quoting.part(text[:LONGEST_TEXT], subject, answers=answers)
    files = attached.of_his_own(body.files, text, said.words)
    if len(text) > LONGEST_TEXT or said.cut:
        files.insert(0, _as_file(subject, text))
    words, quoted = attached.without_places(said.words), quoting.unquoted(said.quoted)
    if not words and said.forwards:
        return quoted, attached.limited(files)
    if quoted and not _is_by_us(quoted, ours):
        files.insert(0, _as_file(subject, quoted))
    return words, attached.limited(files)


def _is_by_us(quoted: str, ours: Ours) -> bool:
    return ours.address.lower() in quoted.lower() or "rappel24" in quoted.lower()


def _as_file(subject: str, text: str) -> Attached:
    return attached.checked(attached.text_name(subject), "text/plain", text.encode())


def _thread(head: Head) -> tuple[str, ...]:
    """The names of what it answers, nearest first."""
    named = [*_names(head.all("in-reply-to")), *reversed(list(_names(head.all("references"))))]
    return tuple(dict.fromkeys(named))[:MOST_NAMES]


def _names(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (f"<{name}>" for name in _NAME.findall(value))


def _own_name(head: Head) -> str:
    return next(_names(head.all("message-id")), "")


def _key(head: Head, sender: str, subject: str, text: str, files: Sequence[Attached], now: datetime) -> str:
    """Of what its writer wrote, never of what servers add. With neither name nor date, of the day it came too."""
    date = " ".join(head.first("date").split())
    name = _own_name(head)
    day = "" if name or date else now.date().isoformat()
    contents = [hashlib.sha256((file.content or b"").replace(b"\r\n", b"\n")).hexdigest() for file in files]
    return _hashed(name, sender, date, subject, " ".join(text.split()), day, *contents)


def _hashed(*values: str) -> str:
    return "mail:" + hashlib.sha256("\0".join(values).encode(errors="replace")).hexdigest()


def _whole(raw: bytes, envelope_from: str | None, envelope_to: str | None, ours: Ours) -> Incoming:
    """A letter that could not be read, as a file; a person looks at it."""
    size = len(raw)
    content = raw if size <= attached.LARGEST else None
    return Incoming(
        key=_hashed(hashlib.sha256(raw).hexdigest()),
        channel=Channel.EMAIL,
        sender=next(iter(addresses(envelope_from or "")), ""),
        recipient=next(iter(addresses(envelope_to or "")), ours.address.lower()),
        text="",
        attached=(Attached("", "message/rfc822", content, refused="" if content else attached.TOO_LARGE),),
        silent=UNREADABLE,
    )
