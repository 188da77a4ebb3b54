"""The register of canaries: placed by one tick at a time, met by the line, judged once. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, text

from callbacks.canary import Canary, News, State, Verdict

CANARY = "canary"  # the direction of a call that the line places to itself
LATE = "10 minutes"  # after that a call from our own number is anybody's
RETRY = timedelta(seconds=30)  # between two tries to tell somebody
_LOCK = 0x63616E617279  # "canary"

_COLUMNS = "id, placed_real, state, heard_real, keyed_real, reason"
_LATEST = text(f"select {_COLUMNS} from canaries order by placed_real desc limit :most")
_OPEN = text(f"select {_COLUMNS} from canaries where state = 'placed' order by placed_real for update skip locked")
_JUDGED = text(f"select {_COLUMNS} from canaries where state <> 'placed' order by placed_real desc limit :most")


def alone(conn: Connection) -> bool:
    """Whether no other tick is at this now; until the transaction ends nobody else is."""
    return bool(conn.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one())


def has_wards(conn: Connection) -> bool:
    """Whether there is anybody to call: an empty house has no menu to key in."""
    return bool(conn.execute(text("select exists (select from wards)")).scalar_one())


def latest(conn: Connection, most: int = 3) -> list[Canary]:
    """Newest first."""
    return [_canary(row) for row in conn.execute(_LATEST, {"most": most})]


def judged(conn: Connection, most: int = 3) -> list[Canary]:
    """Those that ended, newest first."""
    return [_canary(row) for row in conn.execute(_JUDGED, {"most": most})]


def undecided(conn: Connection) -> list[Canary]:
    """Those that have not ended, locked."""
    return [_canary(row) for row in conn.execute(_OPEN)]


def place(conn: Connection) -> UUID:
    """Write one down that is about to be placed."""
    placed: UUID = conn.execute(text("insert into canaries default values returning id")).scalar_one()
    return placed


def placed(conn: Connection, id: UUID, sid: str | None, reason: str | None = None) -> None:
    """What the carrier made of it: its sid, or why it refused."""
    record = text("update canaries set sid = :sid, reason = :reason where id = :id")
    conn.execute(record, {"id": id, "sid": sid, "reason": reason})


def heard(conn: Connection, call_id: UUID) -> bool:
    """The line answers a call from the canary's number: whether it is one that we placed and wait for.

    It is then no caller's call: nobody is owed anything for it, and it stands in no export.
    """
    return conn.execute(_HEARD, {"call": call_id}).rowcount == 1


_HEARD = text(
    f"""
    with met as (
        update canaries set heard_real = real_now(), call_id = :call
        where id = (select id from canaries where call_id is null and placed_real > real_now() - interval '{LATE}'
                    order by placed_real desc limit 1 for update skip locked)
        returning id)
    update calls set direction = 'canary' where id = :call and exists (select from met)"""
)


def keyed(conn: Connection, call_id: UUID) -> None:
    """The line understood its key."""
    understood = "update canaries set keyed_real = coalesce(keyed_real, real_now()) where call_id = :call"
    conn.execute(text(understood), {"call": call_id})


def judge(conn: Connection, id: UUID, found: Verdict) -> None:
    """It has ended so."""
    record = text("update canaries set state = :state, reason = :reason, ended_real = real_now() where id = :id")
    conn.execute(record, {"id": id, "state": found.state, "reason": found.reason})


# Telling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToTell:
    """News that is ours to tell until RETRY is over; `since`: the first call that failed, `reason`: of the last."""

    id: UUID
    news: News
    since: datetime | None
    reason: str | None
    now: datetime


def owe(conn: Connection, id: UUID, news: News) -> None:
    """Somebody must hear what this one showed; what was still to be told before is over."""
    conn.execute(text("update canaries set tell_real = null where tell_real is not null"))
    owed = text("update canaries set news = :news, tell_real = real_now() where id = :id")
    conn.execute(owed, {"id": id, "news": news})


def told_dead_since(conn: Connection, since: timedelta) -> bool:
    """Whether it was told, or is being told, lately that the line is dead."""
    found = text(
        "select exists (select from canaries where news = 'dead'"
        " and (tell_real is not null or told_real > real_now() - cast(:since as interval)))"
    )
    return bool(conn.execute(found, {"since": since}).scalar_one())


def take_news(conn: Connection) -> ToTell | None:
    """What is to be told now, if anything, and if nobody else is at it; it is due again in RETRY unless `told`."""
    row = conn.execute(_TAKE, {"retry": RETRY}).one_or_none()
    return None if row is None else ToTell(row.id, News(row.news), row.since, row.reason, row.now)


_TAKE = text(
    """
    with due as (
        select id from canaries where tell_real <= real_now() order by placed_real desc limit 1
        for update skip locked)
    update canaries c set tell_real = real_now() + cast(:retry as interval) from due where c.id = due.id
    returning c.id, c.news, real_now() as now,
        (select b.placed_real from canaries b where b.state = 'broken' and b.placed_real <= c.placed_real
            and b.placed_real > coalesce((select max(w.placed_real) from canaries w
                where w.state = 'well' and w.placed_real < c.placed_real), '-infinity')
            order by b.placed_real limit 1) as since,
        (select b.reason from canaries b where b.state = 'broken' and b.placed_real <= c.placed_real
            order by b.placed_real desc limit 1) as reason"""
)


def told(conn: Connection, id: UUID) -> None:
    """He has it."""
    conn.execute(text("update canaries set tell_real = null, told_real = real_now() where id = :id"), {"id": id})


def _canary(row: Row[tuple[object, ...]]) -> Canary:
    values = dict(row._mapping)
    return Canary(**values | {"state": State(row.state)})
