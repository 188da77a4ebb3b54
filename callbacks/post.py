"""E-mail out: the message as it is sent, what answers to it belong to, and what came back undelivered.

Its name is made of the row's token: a second sending after a doubt is the same message, and whoever answers, or cannot
deliver it, names the row. Whatever we send says that no machine should answer it (RFC 3834, twilio.md 6.3).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from callbacks import outbox, smtp
from callbacks.carrier import CarrierError
from callbacks.leases import Claimed
from callbacks.purposes import Purpose
from callbacks.smtp import NULL_SENDER, Outgoing, Parcel
from config.sealed_types import in_any_form

OWN_MARK = "X-Rappel24"
SENDER_NAME = "Rappel24"
SUBJECT = "Rappel24"  # of a row that was given none
MOST_NAMES = 20  # of the thread, in one message
# Said because he wrote, and nobody waits for a report of it; anything else comes back to us when it fails.
REPLIES = frozenset(
    {
        Purpose.CONFIRMATION,
        Purpose.ADDITION,
        Purpose.QUESTION,
        Purpose.STATUS,
        Purpose.HOW_TO,
        Purpose.NOT_SECURED,
        Purpose.REFUSED_SENDER,
    }
)


# The words of a senior's answer, by its id: opened as it is sent. Raises Unreadable, LookupError.
Opener = Callable[[Connection, UUID], str]


@dataclass(frozen=True)
class Mailer:
    """How e-mail leaves the house."""

    outgoing: Outgoing
    open_answer: Opener


# The message ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """What a row says, and the names of the messages that it follows, the one it answers last."""

    body: str
    before: Sequence[str] = ()


_BEFORE = text(
    """
    select w.message_id from outbox o
    join written w on w.request_id = o.request_id and w.channel = 'email' and w.sender = any(:address)
    where o.id = :id and w.at <= o.created_at and w.message_id is not null
    order by w.at desc, w.id limit :most"""
).bindparams(*in_any_form("address"))


def draft(conn: Connection, claimed: Claimed, open_answer: Opener) -> Draft:
    """What is to be sent. Raises Unreadable, LookupError."""
    answer = answer_id(claimed)
    body = claimed.body if answer is None else open_answer(conn, answer)
    his = conn.execute(_BEFORE, {"id": claimed.id, "address": claimed.recipient, "most": MOST_NAMES}).scalars().all()
    return Draft(body, _names([*reversed(his), *_said(claimed.detail)]))


def send(outgoing: Outgoing, claimed: Claimed, words: Draft) -> str:
    """Send the row with these words; its name, once the server has it. Raises CarrierError."""
    recipient = ascii_address(claimed.recipient)
    if recipient is None:
        raise CarrierError("address", permanent=True)
    message = compose(outgoing, claimed, recipient, words)
    sender = NULL_SENDER if claimed.purpose in REPLIES else outgoing.address
    smtp.send(outgoing, Parcel(sender, recipient, message.as_bytes()))
    return str(message["Message-ID"])


def compose(outgoing: Outgoing, claimed: Claimed, recipient: str, words: Draft) -> EmailMessage:
    """The message of a row: the same, to the byte, each time it is sent."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(SENDER_NAME, addr_spec=outgoing.address)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = " ".join(str(claimed.detail.get("subject") or SUBJECT).split())
    message["Date"] = claimed.attempted_real
    message["Message-ID"] = name_of(claimed.token, outgoing.domain)
    if words.before:
        message["In-Reply-To"], message["References"] = words.before[-1], " ".join(words.before)
    if answer_id(claimed) is None:  # a senior's own words are no machine's
        message["Auto-Submitted"] = "auto-replied" if claimed.purpose in REPLIES else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message[OWN_MARK] = "1"
    message.set_content(words.body, cte="quoted-printable")
    return message


def name_of(token: UUID, domain: str) -> str:
    """The Message-ID of a row."""
    return f"<{token}@{domain}>"


def answer_id(claimed: Claimed) -> UUID | None:
    """The senior's answer that is sent whole; its words do not stand in the row."""
    return UUID(str(claimed.detail["answer"])) if claimed.detail.get("whole") else None


def ascii_address(address: str) -> str | None:
    """As every server takes it; None for one that cannot be written so."""
    local, _, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return plain if _ADDRESS.fullmatch(plain) else None


# A local part as people have them; a quoted one would be a way to write anything. A dot stands between two letters: the
# library writes no other address, and raises.
_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
)
_NAME = re.compile(r"<[!-;=?-~]{3,250}>")  # printable, without blanks and angles: no header is broken by it


def _said(detail: Mapping[str, object]) -> list[object]:
    """The names that the row itself says."""
    references = detail.get("references")
    return [*(references if isinstance(references, list) else []), detail.get("in_reply_to")]


def _names(said: Sequence[object]) -> list[str]:
    """Each once, at its last place; what a stranger's header may not do to ours is left out."""
    last_first = dict.fromkeys(name for name in map(str, reversed(said)) if _NAME.fullmatch(name))
    return list(last_first)[:MOST_NAMES][::-1]


class _Names(BaseHeader):
    """Names of messages, a line each: the library would encode a long one, and no thread would hold."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """As any header without a form of its own."""
        UnstructuredHeader.parse(value, kwds)

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {' '.join(self.split())}\r\n".replace("> <", ">\r\n <")


_HEADERS = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references"):
    _HEADERS.map_to_type(_name, _Names)
_POLICY = policy.SMTP.clone(header_factory=_HEADERS)

# What belongs to it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thread:
    """What an e-mail belongs to by the messages that it answers; one of the two, or both."""

    request_id: int | None
    dialogue_id: int | None


# A message of ours that is of no request yet answers a message of his, which is of a talk.
_THREAD = text(
    """
    with names as (
        select name, token, place
        from unnest(cast(:names as text[]), cast(:tokens as uuid[])) with ordinality as n (name, token, place)),
    ours as (
        select n.place, o.request_id, o.detail ->> 'in_reply_to' as answered
        from names n join outbox o on o.token = n.token and o.channel = 'email'),
    his as (
        select n.place, n.name from names n union all select o.place, o.answered from ours o)
    select request_id, dialogue_id from (
        select place, 0 as rank, request_id, null::bigint as dialogue_id, null::timestamptz as at
        from ours where request_id is not null
        union all
        select h.place, 1, w.request_id, w.dialogue_id, w.at from his h join written w on w.message_id = h.name
        where w.channel = 'email' and (w.request_id is not null or w.dialogue_id is not null)) as found
    order by place, rank, at desc limit 1"""
)


def thread_of(conn: Connection, names: Sequence[str]) -> Thread | None:
    """What a message that answers these (Message-IDs, nearest first) belongs to: ours, or one that came in before."""
    few = [name for name in names if _NAME.fullmatch(name)][:MOST_NAMES]
    if not few:
        return None
    row = conn.execute(_THREAD, {"names": few, "tokens": [_token(name) for name in few]}).one_or_none()
    return None if row is None else Thread(row.request_id, row.dialogue_id)


_OURS = text("select token from outbox where channel = 'email' and token = any(:tokens) order by id")
_UNANSWERED = text("update outbox set answered_for = false where id = :id and state = 'undelivered'")


def bounced(conn: Connection, names: Sequence[str], code: str = "bounced") -> list[int]:
    """Messages of ours (named by Message-ID) came back: they are undelivered. Ring `deliver` with these ids."""
    tokens = [token for token in map(_token, names) if token]
    ours = conn.execute(_OURS, {"tokens": tokens}).scalars().all()
    came_back = [outbox.record_status(conn, token, "undelivered", code) for token in ours]
    ids = [each for each in came_back if each is not None]
    for each in ids:
        conn.execute(_UNANSWERED, {"id": each})
    return ids


def _token(name: str) -> UUID | None:
    """The row that this message was, if it can have been one of ours."""
    match = _OWN_NAME.fullmatch(name.lower())
    return UUID(match.group(1)) if match else None


_OWN_NAME = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]+>")
