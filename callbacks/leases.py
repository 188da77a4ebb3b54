"""Whose a row of the outbox is for now: taken when due, claimed to be sent, given back with what came of it.

A lease ends by itself, so that a process may be killed at any moment; whoever sends after that finds the row in doubt.
What changes a claimed row checks that it is still ours (fencing). Nothing here commits.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, TextClause, case, func, select, text, update

from callbacks import stories
from callbacks.purposes import AT_ONCE, NEWS
from callbacks.tables import outbox, requests

LEASE_SECONDS = 15  # to send in: the carrier's time-out is 5 s
# On the one clock: so long may wait what nobody acts upon by a clock, and news. What must leave first leaves first, and
# is passed only by what falls due within its patience: a burst of reminders holds up no alert, and nothing starves.
PATIENCE = "15 minutes"
NEWS_PATIENCE = "1 hour"
NEWS_AT_ONCE = 2  # a morning's thirty shifts never stand in the workers' queue before an alert
BELL_SECONDS = 5  # for a worker to take what was rung for; then whoever finds the row does the work
ARRIVAL = "3 minutes"  # on the one clock: an SMS not delivered by then has not arrived (design 3)
ARRIVAL_REAL = "2 seconds"  # and at least this in real time, however fast the clock runs
RINGING = "60 seconds"  # real time in which a placed call may still be ringing its telephone


@dataclass(frozen=True)
class Due:
    """A row that wants somebody now; `late` when nobody came after it was rung for."""

    id: int | UUID
    late: bool


@dataclass(frozen=True)
class Claimed:
    """A row that is ours to send until the lease ends. In doubt: an earlier attempt may have been accepted."""

    id: int
    token: UUID
    channel: str
    purpose: str
    recipient: str
    person_id: int | None
    request_id: int | None
    body: str
    attempts: int
    ambiguous: bool
    attempted_real: datetime
    asked_real: datetime | None
    detail: Mapping[str, object]
    worker: str
    story: str = ""


@dataclass(frozen=True)
class Unanswered:
    """A row that did not arrive, or may not have, and about which nothing was done yet."""

    id: int
    channel: str
    state: str
    provider_sid: str | None
    request_id: int | None
    story: str = ""


# A telephone takes one call at a time: the second would find it busy, and count as not delivered. Which ring is found
# once for all rows that are looked at: who is called a lot has hundreds of rows, and dozens of calls that wait.
_RINGING = f"""
    select id, recipient from outbox where channel = 'call' and state = 'sending'
    union all
    select id, recipient from outbox
    where channel = 'call' and state = 'sent' and not answered_for and settled_at is null
      and sent_real > real_now() - interval '{RINGING}'
    union all
    select null, outbox.recipient from calls join outbox on outbox.provider_sid = calls.sid
    where calls.ended_at is null"""
_TELEPHONE_FREE = """(o.channel <> 'call' or not exists (
    select from ringing where ringing.recipient = o.recipient and ringing.id is distinct from o.id))"""
_TO_SEND = f"""o.state in ('waiting', 'sending') and o.due_at <= (select app_now())
    and (o.retry_real is null or o.retry_real <= real_now()) and {_TELEPHONE_FREE}"""
_NOT_ARRIVED = f"""not o.answered_for and (
    o.state in ('undelivered', 'failed')
    or o.state = 'sent' and o.sent_at <= (select app_now()) - interval '{ARRIVAL}'
       and o.sent_real <= real_now() - interval '{ARRIVAL_REAL}')"""
_NOT_SENT = f"""not o.answered_for and o.state in ('waiting', 'sending') and o.attempts > 0
    and o.due_at <= (select app_now()) - interval '{ARRIVAL}'
    and o.attempted_real <= real_now() - interval '{ARRIVAL_REAL}'"""
_FREE = "(o.lease_real is null or o.lease_real <= real_now())"
# Rung for, or soon in a hand of a worker: nobody has begun. A ring stands in the workers' queue behind jobs that go on
# for seconds: a worker with a hand free takes what was rung for too, whoever was meant.
_MARKED = "o.lease_by in ('bell', 'hand')"
_FREE_OR_RUNG = f"({_FREE} or o.lease_by = 'bell')"


def _take(condition: str, order: str, free: str = _FREE, mark: str = "bell") -> str:
    """Rows that want somebody, marked as rung for, each with its turn; each branch reads one partial index."""
    return f"""
        with ringing as materialized ({_RINGING}), due as (
            select o.id, coalesce({_MARKED}, false) as late, {order} as turn from outbox o
            where {condition} and {free} order by turn, o.id limit :limit for update skip locked)
        update outbox set lease_by = '{mark}', lease_real = real_now() + interval '{BELL_SECONDS} seconds'
        from due where outbox.id = due.id returning outbox.id, due.late, due.turn"""


def _among(purposes: Collection[str]) -> str:
    return "o.purpose in (" + ", ".join(f"'{purpose}'" for purpose in sorted(purposes)) + ")"


_IS_NEWS = _among(NEWS)
_TURN = f"""o.due_at + case when {_among(AT_ONCE)} then interval '0' when {_IS_NEWS} then interval '{NEWS_PATIENCE}'
    else interval '{PATIENCE}' end"""
_OLD_NEWS = f"o.due_at <= (select app_now()) - interval '{NEWS_PATIENCE}'"
_BUT_NEWS = f"{_TO_SEND} and (not {_IS_NEWS} or {_OLD_NEWS})"
_TAKE_TO_SEND = text(_take(_BUT_NEWS, _TURN))
_TAKE_IN_HAND = text(_take(_BUT_NEWS, _TURN, _FREE_OR_RUNG, "hand"))
_TAKE_NEWS = text(_take(f"{_TO_SEND} and {_IS_NEWS}", "o.due_at"))
_TAKE_NOT_SENT = text(_take(_NOT_SENT, "o.due_at"))
_TAKE_NOT_ARRIVED = text(_take(_NOT_ARRIVED, "o.sent_at"))
# What was sent between a copy and its restore is on no file of ours, and a rung that is due again says the same words
# once more: for a while the carrier is asked first. Not about a call: another's would be taken for it.
_DOUBT = """select (
        select b.snapshot_real from backups b
        where b.kind = 'restored' and (b.doubt_until_real is null or b.doubt_until_real > real_now())
        order by b.id desc limit 1) as since"""
# Of its request; a message about none is a story of its own.
_STORY = f"coalesce({stories.sql('{row}.request_id')}, cast({{row}}.token as text))"
_IN_DOUBT = "doubt.since is not null and attempts = 0 and channel = 'sms'"
_CLAIM = text(
    f"""
    with doubt as ({_DOUBT}), ringing as materialized ({_RINGING})
    update outbox set
        state = 'sending', lease_by = :worker, lease_real = real_now() + interval '{LEASE_SECONDS} seconds',
        attempts = attempts + case when ambiguous or state = 'sending' then 0 else 1 end,
        attempted_real = case
            when ambiguous or state = 'sending' then attempted_real
            when {_IN_DOUBT} then doubt.since
            else real_now() end,
        asked_real = case when ambiguous then asked_real end,
        ambiguous = ambiguous or state = 'sending' or {_IN_DOUBT}
    from doubt where id = (select o.id from outbox o
                where o.id = :id and {_TO_SEND} and ({_FREE} or {_MARKED}) for update)
    returning
        id, token, channel, purpose, recipient, person_id, request_id, body, attempts, ambiguous, attempted_real,
        asked_real, detail, {_STORY.format(row="outbox")} as story"""
)
_UNANSWERED = text(
    f"""
    select o.id, o.channel, o.state, o.provider_sid, o.request_id, {_STORY.format(row="o")} as story from outbox o
    where o.id = :id and ({_NOT_ARRIVED} or {_NOT_SENT})"""
)


def take_to_send(conn: Connection, limit: int) -> list[Due]:
    """What is to be sent now, `limit` rows at most, what must leave first; each row to one asker, who rings for it.

    News after all else, two at a time, until they have lost their patience.
    """
    return _taken(conn, _TAKE_TO_SEND, limit)


def take_in_hand(conn: Connection, limit: int) -> list[Due]:
    """The same, and what others rang for and nobody has begun, for who does it himself."""
    return _taken(conn, _TAKE_IN_HAND, limit)


def _taken(conn: Connection, statement: TextClause, limit: int) -> list[Due]:
    rows = sorted(conn.execute(statement, {"limit": limit}).all(), key=lambda row: (row.turn, row.id))
    room = min(limit - len(rows), NEWS_AT_ONCE)
    news = conn.execute(_TAKE_NEWS, {"limit": room}).all() if room > 0 else []
    return [Due(row.id, row.late) for row in (*rows, *news)]


def take_unanswered(conn: Connection, limit: int) -> list[Due]:
    """What is to be acted upon because it did not arrive, `limit` rows at most; each row to one asker."""
    rows = conn.execute(_TAKE_NOT_SENT, {"limit": limit}).all()
    others = conn.execute(_TAKE_NOT_ARRIVED, {"limit": limit - len(rows)}).all()
    return [Due(row.id, row.late) for row in (*rows, *others)]


def claim(conn: Connection, outbox_id: int, worker: str) -> Claimed | None:
    """Make the row ours for LEASE_SECONDS; None when it is not due, or somebody else's. Commit before sending.

    Whoever holds it at this instant is waited for: one who came a moment too late to take it holds it all the same, for
    as long as he takes others, and does not do it.
    """
    row = conn.execute(_CLAIM, {"id": outbox_id, "worker": worker}).one_or_none()
    return None if row is None else Claimed(**row._mapping, worker=worker)


def send_again(conn: Connection, claimed: Claimed) -> bool:
    """The carrier knows nothing of the attempt in doubt: start another, if the row is still ours."""
    values = {
        "attempts": outbox.c.attempts + 1,
        "asked_real": None,
        "lease_real": text(f"real_now() + interval '{LEASE_SECONDS} seconds'"),
    }
    return _record(conn, claimed, values, still_leased=True)


def sent(conn: Connection, claimed: Claimed, provider_sid: str) -> bool:
    """The carrier has it. False when the row is no longer ours: its status came first, or another worker has it.

    Of an e-mail nothing more is heard when all goes well: it is not waited for, and acted upon only if it comes back.
    """
    settled = {"state": "sent", "provider_sid": provider_sid, "sent_at": func.app_now(), "sent_real": func.real_now()}
    heard_of = {"ambiguous": False, "error": None, "answered_for": claimed.channel == "email"}
    return _record(conn, claimed, settled | heard_of | _RELEASED)


def postponed(conn: Connection, claimed: Claimed, seconds: float, error: str, *, in_doubt: bool) -> bool:
    """Not sent, or not known: to be looked at again in `seconds` of real time, if it is still wanted then."""
    values = {"retry_real": _in_seconds(seconds), "error": error, "ambiguous": in_doubt, "asked_real": None}
    return _record(conn, claimed, values | _WAITING)


def asked(conn: Connection, claimed: Claimed, seconds: float) -> bool:
    """The carrier was asked about an attempt in doubt and has nothing yet: to be asked again in `seconds`."""
    return _record(conn, claimed, {"retry_real": _in_seconds(seconds), "asked_real": func.real_now()} | _WAITING)


def dropped(conn: Connection, claimed: Claimed) -> bool:
    """Nobody wants it any more: it is not sent."""
    return _record(conn, claimed, {"state": "dropped", "settled_at": func.app_now()} | _RELEASED)


def failed(conn: Connection, claimed: Claimed, error: str) -> bool:
    """The carrier will never take it."""
    values = {"state": "failed", "error": error, "settled_at": func.app_now(), "ambiguous": False}
    return _record(conn, claimed, values | _RELEASED)


_RELEASED: dict[str, object] = {"lease_by": None, "lease_real": None}
_WAITING = _RELEASED | {
    "state": case((outbox.c.unwanted, "dropped"), else_="waiting"),
    "settled_at": case((outbox.c.unwanted, func.app_now())),
}


def _in_seconds(seconds: float) -> object:
    return func.real_now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _record(conn: Connection, claimed: Claimed, values: Mapping[str, object], *, still_leased: bool = False) -> bool:
    """Fencing: exactly one row changes, and only while it is ours."""
    ours = (outbox.c.id == claimed.id) & (outbox.c.lease_by == claimed.worker) & (outbox.c.state == "sending")
    if still_leased:
        ours &= outbox.c.lease_real > func.real_now()
    return conn.execute(update(outbox).where(ours).values(values)).rowcount == 1


def unanswered(conn: Connection, outbox_id: int) -> Unanswered | None:
    """The row if it did not arrive in time and nothing was done about it, else None."""
    row = conn.execute(_UNANSWERED, {"id": outbox_id}).one_or_none()
    return None if row is None else Unanswered(**row._mapping)


def answer(conn: Connection, row: Unanswered) -> bool:
    """Take it upon us to act because it did not arrive; True for one caller alone, in whose transaction he acts."""
    # The request first, then its messages: the order in which a request that is closed locks them.
    conn.execute(select(requests.c.id).where(requests.c.id == row.request_id).with_for_update())
    late = update(outbox).where(
        outbox.c.id == row.id, outbox.c.answered_for.is_(False), outbox.c.state.not_in(("delivered", "dropped"))
    )
    return conn.execute(late.values(answered_for=True)).rowcount == 1
