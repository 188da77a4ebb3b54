"""The rows of what is written: every message once, and the one talk that is open with a sender. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, Select, bindparam, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from callbacks import sheet
from callbacks.written.dialogue import Question, Talk
from callbacks.written.incoming import Channel, Incoming
from callbacks.written_tables import dialogues, written
from config.clock import Moment
from config.crypto import Box
from config.sealed_types import any_form

TO_SORT_AFTER = timedelta(minutes=15)
PROMISE = timedelta(hours=24)
LONGEST_NAME = 998  # of a sender, a key, a message: a line of a letter (RFC 5322)
LONGEST_BODY = 400_000  # letters: many times an SMS, more than anybody reads of a letter


@dataclass(frozen=True)
class Dialogue:
    """A talk with a sender as it stands."""

    id: int
    channel: Channel
    sender: str
    state: str
    talk: Talk
    asked: int
    rpps: str  # the number he gave, to say who he is
    practitioner_id: int | None
    request_id: int | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits for something."""
        return self.state == "open"


@dataclass(frozen=True)
class Message:
    """A message that is on file; its body is sealed as a part of a request is."""

    id: UUID
    at: datetime
    body: bytes


def hold(conn: Connection, channel: Channel, sender: str) -> Moment:
    """One at a time for each sender, until the end of this transaction: two messages at once make one talk.

    The moment at which it is his turn.
    """
    row = conn.execute(_HOLD, {"whose": f"written:{channel}:{sender}"}).one()
    return Moment(row.now, row.real)


# Made once, as those below are: putting a statement together costs as much as asking it.
_HOLD = text("select pg_advisory_xact_lock(hashtextextended(:whose, 0)), app_now() as now, real_now() as real")
_KEEP = insert(written).on_conflict_do_nothing(index_elements=["key"]).returning(written.c.id)


def keep(conn: Connection, box: Box, incoming: Incoming, sender: str, moment: Moment) -> Message | None:
    """Put it on file; None when it is there already, by whichever door."""
    written_id = uuid4()
    row: dict[str, Any] = {
        "id": written_id,
        "key": clean(incoming.key),
        "channel": incoming.channel,
        "sender": sender,
        "recipient": clean(incoming.recipient),
        "body": box.seal(shown(incoming).encode(errors="replace"), sheet.context(written_id)),
        "message_id": clean(incoming.message_id) or None,
        "verdict": "waiting",
        "reason": clean(incoming.silent) or None,  # its sender gets no automatic answer
        "at": incoming.came or moment.now,
    }
    new = conn.execute(_KEEP, row).scalar_one_or_none()
    return None if new is None else Message(written_id, incoming.came or moment.now, row["body"])


def clean(value: str) -> str:
    """What PostgreSQL keeps in a text: no NUL, no half of a letter, and not without end."""
    return value.replace("\0", "").encode(errors="replace").decode().strip()[:LONGEST_NAME]


def shown(incoming: Incoming) -> str:
    """What who answers it reads: an e-mail's subject stands above its text."""
    return "\n\n".join(filter(None, (incoming.subject.strip(), incoming.text)))[:LONGEST_BODY]


def words_of(box: Box, message: Message) -> str:
    """What was written; raises Unreadable when no key opens it."""
    return box.open(message.body, sheet.context(message.id)).decode()


def settle(
    conn: Connection,
    written_ids: Sequence[UUID],
    verdict: str,
    *,
    reason: str | None = None,
    dialogue_id: int | None = None,
    request_id: int | None = None,
) -> None:
    """Say what became of these messages; what is not said stays as it is."""
    said = {"verdict": verdict, "reason": reason, "dialogue_id": dialogue_id, "request_id": request_id}
    changes = {name: value for name, value in said.items() if value is not None}
    conn.execute(update(written).where(written.c.id.in_(written_ids)).values(changes))


SOMEBODY_WROTE = ("waiting", "filed", "joined", "command", "idle", "refused")
ASKS_SOMETHING = ("waiting", "filed", "joined", "refused")


def came_since(
    conn: Connection, channel: Channel, sender: str, since: datetime, verdicts: Sequence[str] = SOMEBODY_WROTE
) -> int:
    """How many messages of this sender came after `since`, of those with these verdicts."""
    his = (written.c.channel == channel) & (written.c.sender == sender) & (written.c.at > since)
    found = select(func.count()).where(his, written.c.verdict.in_(verdicts))
    return conn.execute(found).scalar_one()


# Talks ------------------------------------------------------------------------------------------------------------


def open_talk(conn: Connection, channel: Channel, sender: str) -> Dialogue | None:
    """The talk that is open with this sender."""
    latest = latest_talk(conn, channel, sender)
    return latest if latest and latest.open else None


def latest_talk(conn: Connection, channel: Channel, sender: str) -> Dialogue | None:
    """The talk that is open with this sender, or else the last one, whatever became of it."""
    return _one(conn, _LATEST, channel=channel, sender=sender)


def talk_of(conn: Connection, dialogue_id: int) -> Dialogue | None:
    """One talk."""
    return _one(conn, _TALK, id=dialogue_id)


def begin(conn: Connection, channel: Channel, sender: str, moment: Moment, *, came: datetime | None = None) -> Dialogue:
    """Open a talk; its clock runs from when its first message `came`, or from now."""
    began = came or moment.now
    row = {
        "channel": channel,
        "sender": sender,
        "created_at": began,
        "due_at": began + PROMISE,
        "sort_at": moment.now + TO_SORT_AFTER,
    }
    return _dialogue(conn.execute(insert(dialogues).values(row).returning(*_COLUMNS)).one())


def note(conn: Connection, dialogue_id: int, talk: Talk, *, asked: bool, rpps: str = "") -> None:
    """Write down what is known so far; `asked`: he was asked once more."""
    known = {"anew": talk.anew} | ({"rpps": rpps} if rpps else {})
    values = {
        "question": talk.question,
        "choices": list(talk.choices),
        "ward_id": talk.ward_id,
        "detail": dialogues.c.detail.op("||")(cast(known, JSONB)),
        "asked": dialogues.c.asked + int(asked),
    }
    conn.execute(update(dialogues).where(dialogues.c.id == dialogue_id).values(values))


def to_be_sorted(conn: Connection, dialogue_id: int, moment: Moment) -> None:
    """Somebody must sort it from now on."""
    due = func.least(dialogues.c.sort_at, moment.now)
    conn.execute(update(dialogues).where(dialogues.c.id == dialogue_id).values(sort_at=due))


def end(
    conn: Connection,
    dialogue_id: int,
    state: str,
    moment: Moment,
    *,
    request_id: int | None = None,
    practitioner_id: int | None = None,
    account_id: int | None = None,
) -> bool:
    """Close an open talk; False when it was closed already."""
    found = (dialogues.c.id == dialogue_id) & (dialogues.c.state == "open")
    ending = {"state": state, "closed_at": moment.now, "request_id": request_id, "account_id": account_id}
    known = {} if practitioner_id is None else {"practitioner_id": practitioner_id}
    return conn.execute(update(dialogues).where(found).values(ending | known)).rowcount == 1


_MESSAGES = select(written.c.id, written.c.at, written.c.body)
_GATHERED = _MESSAGES.where(written.c.dialogue_id == bindparam("dialogue_id"), written.c.verdict == "waiting").order_by(
    written.c.at, written.c.id
)


def gathered(conn: Connection, dialogue_id: int) -> list[Message]:
    """The messages that wait in a talk, oldest first."""
    return [Message(*row) for row in conn.execute(_GATHERED, {"dialogue_id": dialogue_id})]


def message(conn: Connection, written_id: UUID) -> Message:
    """One message that is on file."""
    return Message(*conn.execute(_MESSAGES.where(written.c.id == written_id)).one())


_COLUMNS = tuple(
    dialogues.c[name]
    for name in (
        *("id", "channel", "sender", "state", "question", "choices", "asked", "ward_id", "practitioner_id"),
        *("request_id", "created_at", "closed_at", "detail"),
    )
)


_TALK = select(*_COLUMNS).where(dialogues.c.id == bindparam("id"))
_LATEST = (
    select(*_COLUMNS)
    .where(dialogues.c.channel == bindparam("channel"), dialogues.c.sender == any_form("sender"))
    .order_by((dialogues.c.state == "open").desc(), dialogues.c.id.desc())
    .limit(1)
)


def _one(conn: Connection, query: Select[Any], **values: object) -> Dialogue | None:
    row = conn.execute(query, values).one_or_none()
    return None if row is None else _dialogue(row)


def _dialogue(row: Row[Any]) -> Dialogue:
    detail: Mapping[str, Any] = row.detail
    question = None if row.question is None else Question(row.question)
    talk = Talk(question, tuple(row.choices), row.ward_id, bool(detail.get("anew")))
    return Dialogue(
        row.id,
        Channel(row.channel),
        row.sender,
        row.state,
        talk,
        row.asked,
        str(detail.get("rpps", "")),
        row.practitioner_id,
        row.request_id,
        row.created_at,
        row.closed_at,
    )
