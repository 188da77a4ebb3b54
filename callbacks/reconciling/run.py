"""Reads the carrier's lists when it is time, compares, mends and writes down what was found; one process at a time.

A row that is not ended is what there is to do. It is leased while somebody is at it: no connection is held while the
carrier is asked. Killed in the middle, the next process begins it again, and what was mended is not mended twice.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, text

from callbacks import alarms, outbox
from callbacks.carrier_faults import CarrierError
from callbacks.carrier_lists import TOO_MANY
from callbacks.house import House as Presented
from callbacks.reconciling import compare, due, known, mending
from callbacks.reconciling.compare import House, Theirs
from callbacks.reconciling.due import OVERLAP, Asked, Why
from callbacks.reconciling.mending import Mended, Tools

GRACE_SECONDS = 30  # what began later may still be on its way to us: the carrier tries again for fifteen
GRACE = timedelta(seconds=GRACE_SECONDS)
LEASE_SECONDS = 120
RETRY_SECONDS = 30
STANDS = "reconciliation"  # the alarm of a comparison that does not come to its end
LONG = timedelta(minutes=30)
# Later, that it was compared may have been forgotten by a rule, and nobody reads months of lists again.
RESTORED_LATELY = "7 days"

log = structlog.get_logger(__name__)
Listed = TypeVar("Listed")


@dataclass(frozen=True)
class Claimed:
    """A comparison that is ours until the lease ends."""

    id: int
    began_real: datetime
    since_real: datetime
    until_real: datetime
    asked_real: datetime
    worker: str


@dataclass(frozen=True)
class Report:
    """What came of it, in figures. `error`: a code of the carrier's, when it has to be tried again."""

    id: int
    why: str
    since: datetime
    until: datetime
    seen: dict[str, int]
    missed: dict[str, int]
    differing: dict[str, int]
    error: str | None
    ended: bool


# Asking -----------------------------------------------------------------------------------------------------------

_ASK = text(
    """
    insert into reconciliations as r (since_real, until_real, why, retry_real)
    values (:since, real_now(), :why, real_now() + make_interval(secs => :wait))
    on conflict (ended_real) where ended_real is null do update set
        since_real = least(r.since_real, excluded.since_real), until_real = excluded.until_real,
        retry_real = least(excluded.retry_real, greatest(r.began_real + interval '5 minutes', real_now())),
        why = case when r.why in ('restore', 'asked') then r.why else excluded.why end
    returning r.id"""
)


def ask(conn: Connection, asked: Asked) -> int:
    """Compare soon: the id of the comparison. One that is under way is followed by another look.

    After an outage it waits for the grace, so that what came in its last moments is seen too.
    """
    wait = GRACE_SECONDS if asked.why in (Why.START, Why.OUTAGE) else 0
    found: int = conn.execute(_ASK, {"since": asked.since, "why": asked.why, "wait": wait}).scalar_one()
    return found


_KNOWN = text(
    f"""
    select (select max(until_real) from reconciliations where ended_real is not null) as compared_until,
        (select max(began_real) from reconciliations) as began,
        (select min(b.snapshot_real) from backups b
            where b.kind = 'restored' and b.real > real_now() - interval '{RESTORED_LATELY}' and not exists (
            select from reconciliations r
            where coalesce(r.ended_real, r.until_real) >= b.real and r.since_real <= b.snapshot_real)) as restored,
        exists (select from reconciliations where ended_real is null) as asked,
        exists (select from calls) or exists (select from written) or exists (select from outbox) as at_work"""
)


def known_of(conn: Connection, looked: datetime | None = None, *, away: bool = False) -> due.Known:
    """What it is decided by."""
    return due.Known(**conn.execute(_KNOWN).one()._mapping, looked=looked, away=away)


# Doing ------------------------------------------------------------------------------------------------------------

_CLAIM = text(
    f"""
    update reconciliations r set lease_by = :worker, lease_real = real_now() + interval '{LEASE_SECONDS} seconds'
    where id = (select id from reconciliations where ended_real is null
                and (retry_real is null or retry_real <= real_now())
                and (lease_real is null or lease_real <= real_now()) for update skip locked)
    returning id, began_real, since_real, real_now() as until_real, until_real as asked_real"""
)


def run(tools: Tools, worker: str) -> Report | None:
    """Do what is asked for, if it is and nobody is at it; None else."""
    engine = tools.desk.engine
    with engine.begin() as conn:
        row = conn.execute(_CLAIM, {"worker": worker}).one_or_none()
    if row is None:
        return None
    claimed = Claimed(**row._mapping, worker=worker)
    try:
        seen = _compared(tools, claimed)
    except CarrierError as fault:
        return _later(engine, claimed, fault.code)
    return _ended(engine, claimed, seen)


def _compared(tools: Tools, claimed: Claimed) -> dict[str, int]:
    until = claimed.until_real - GRACE
    theirs = _theirs(tools, claimed.since_real)
    with tools.desk.engine.connect() as conn:
        ours = known.ours(conn, theirs)
    found = compare.compare(theirs, ours, _house(tools.desk.house), outbox.STATES, until)
    tally = Tally(tools.desk.engine, claimed)
    mending.mend(tools, found, tally.add)
    return {"calls": len(theirs.calls), "messages": len(theirs.texts), "recordings": len(theirs.recordings)}


def _house(house: Presented) -> House:
    return House(
        line=house.line_number,
        senders=frozenset({house.line_number, house.sms_sender}),
        callers=frozenset({house.line_number, house.alert_caller}),
        canary=house.canary_number,
    )


def _theirs(tools: Tools, since: datetime) -> Theirs:
    """Everything of ours that the carrier lists; outside any transaction."""
    lists, house = tools.lists, _house(tools.desk.house)
    received = {number for number in (house.line, *house.senders) if number.startswith("+")}
    calls = [*lists.calls_to(house.line, since), *_each(lists.calls_from, house.callers, since)]
    texts = [*_each(lists.texts_to, received, since), *_each(lists.texts_from, house.senders, since)]
    return Theirs(tuple(calls), tuple(texts), tuple(lists.recordings(since)))


def _each(listed: Callable[[str, datetime], Sequence[Listed]], names: Collection[str], since: datetime) -> list[Listed]:
    return [each for name in sorted(names) for each in listed(name, since)]


@dataclass
class Tally:
    """How many of each were mended, written down as it goes; each note keeps the lease."""

    engine: Engine
    claimed: Claimed

    def add(self, mended: Mended) -> None:
        """One more."""
        with self.engine.begin() as conn:
            conn.execute(_ADD[mended.sort], {"id": self.claimed.id, "kind": mended.kind})
            if mended.unknown:
                conn.execute(_UNKNOWN, {"id": self.claimed.id, "sid": mended.unknown})


_ADD = {
    sort: text(
        f"""
        update reconciliations set lease_real = real_now() + interval '{LEASE_SECONDS} seconds',
            {sort} = {sort} || jsonb_build_object(cast(:kind as text), coalesce(({sort} ->> :kind)::int, 0) + 1)
        where id = :id"""
    )
    for sort in ("missed", "differing")
}
# By its name: the next comparisons, which reach back a little, do not tell of it again.
_UNKNOWN = text(
    """
    update reconciliations
    set seen = jsonb_set(seen, '{unknown}', coalesce(seen -> 'unknown', '[]') || to_jsonb(cast(:sid as text)))
    where id = :id"""
)


# Its end ----------------------------------------------------------------------------------------------------------

# Asked for once more while it was under way: it is looked at again, from the beginning.
_END = text(
    """
    update reconciliations set seen = seen || cast(:seen as jsonb), error = null, lease_by = null, lease_real = null,
        ended_real = case when until_real = :asked and since_real = :since then real_now() end,
        until_real = case when until_real = :asked and since_real = :since then :until else until_real end
    where id = :id and lease_by = :worker
    returning id"""
)
_LATER = text(
    f"""
    update reconciliations set error = :error, lease_by = null, lease_real = null,
        retry_real = real_now() + interval '{RETRY_SECONDS} seconds',
        since_real = case when :narrower then greatest(
            since_real, least(until_real - cast(:overlap as interval), since_real + (until_real - since_real) / 2))
            else since_real end
    where id = :id and lease_by = :worker"""
)
_REPORT = text(
    """
    select id, why, since_real as since, until_real as until, seen - 'unknown' as seen, missed, differing, error,
        ended_real is not null as ended
    from reconciliations where id = :id"""
)


def report(conn: Connection, id: int) -> Report:
    """One comparison as it stands."""
    return Report(**conn.execute(_REPORT, {"id": id}).one()._mapping)


def _ended(engine: Engine, claimed: Claimed, seen: dict[str, int]) -> Report:
    values = {
        "id": claimed.id,
        "worker": claimed.worker,
        "asked": claimed.asked_real,
        "since": claimed.since_real,
        "until": claimed.until_real - GRACE,
        "seen": json.dumps(seen),
    }
    with engine.begin() as conn:
        ours = conn.execute(_END, values).one_or_none() is not None
        done = report(conn, claimed.id)
        if ours and done.ended:
            alarms.clear(conn, STANDS)
            _tell(conn, done)
    log.info("reconciled", why=done.why, missed=done.missed, differing=done.differing, ended=done.ended)
    return done


def _tell(conn: Connection, done: Report) -> None:
    """What was missed, what left in our name without us, and what tripped us up, is an operator's matter."""
    if done.missed:
        alarms.raise_alarm(conn, "missed_while_away", f"missed_while_away:{done.id}", done.missed)
    for kind, alarm in (("unknown", "left_unknown"), ("failed", "not_taken_in")):
        if count := done.differing.get(kind):
            alarms.raise_alarm(conn, alarm, f"{alarm}:{done.id}", {"count": count})


def _later(engine: Engine, claimed: Claimed, error: str) -> Report:
    log.warning("reconciliation.not_yet", code=error)
    with engine.begin() as conn:
        # More than the carrier's lists can hold: the later half of it, rather than nothing ever again.
        values = {"narrower": error == TOO_MANY, "overlap": OVERLAP}
        conn.execute(_LATER, values | {"id": claimed.id, "worker": claimed.worker, "error": error})
        if claimed.until_real - claimed.began_real > LONG:
            alarms.raise_alarm(conn, STANDS, STANDS, {"code": error})
        return report(conn, claimed.id)
