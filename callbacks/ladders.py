"""The ladder that counts for a ward: its own, else every ward's, else that of this release; changed on the record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from callbacks import alarms, ladder
from callbacks.kinds import kind as kinds
from callbacks.ladder import BadLadder, Fault, Ladder, Rung
from config.clock import Moment
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

Place = tuple[int, str]  # a ward, and a kind of request
_OF_EACH = text(
    """
    select l.id, l.ward_id, l.kind, l.rungs, exists (
        select from alarms where key = 'ladder:' || l.id and cleared_at is null) as alarmed
    from ladders l where l.kind = any(:kinds) and (l.ward_id = any(:ward_ids) or l.ward_id is null)"""
)


def of(conn: Connection, ward_id: int, kind: str) -> Ladder:
    """The rungs of this ward and kind of request.

    A stored one that this release cannot read is passed over, with an alarm: the promise goes on by the next.
    """
    return of_each(conn, [(ward_id, kind)])[ward_id, kind]


def of_each(conn: Connection, places: Iterable[Place]) -> dict[Place, Ladder]:
    """The same of several, in one SELECT; each that is stored is read once, whoever goes by it."""
    asked = sorted(set(places))
    values = {"ward_ids": [ward_id for ward_id, _ in asked], "kinds": list({kind for _, kind in asked})}
    stored = {(row.ward_id, row.kind): row for row in conn.execute(_OF_EACH, values)}

    @cache
    def rungs(ward_id: int | None, kind: str) -> tuple[Rung, ...] | None:
        row = stored.get((ward_id, kind))
        return None if row is None else _rungs(conn, row)

    # Wards first, in their order: two pages that raise the same alarms wait for each other, never in a circle.
    own = {place: rungs(*place) for place in asked}
    of_all = {kind: rungs(None, kind) for kind in sorted({kind for (_, kind), mine in own.items() if not mine})}
    found = {place: mine or of_all[place[1]] for place, mine in own.items()}
    return {place: Ladder(each) if each else ladder.load(kind=place[1]) for place, each in found.items()}


def _rungs(conn: Connection, row: Row[Any]) -> tuple[Rung, ...] | None:
    """Those of a row; None, with an alarm, when this release cannot read them."""
    rungs = _readable(row.rungs)
    if rungs is None:
        about = {"ladder": row.id, "ward": row.ward_id or "all", "kind": row.kind}
        alarms.raise_alarm(conn, "ladder_unreadable", f"ladder:{row.id}", about)
    elif row.alarmed:
        alarms.clear(conn, f"ladder:{row.id}")
    return rungs


def _readable(entries: object) -> tuple[Rung, ...] | None:
    try:
        return ladder.read(entries) if isinstance(entries, list) else None
    except BadLadder:
        return None


# As administrators see them -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """A ladder as somebody changed it; `rungs` None: this release cannot read it."""

    id: int
    ward_id: int | None  # None: every ward that has none of its own
    kind: str
    rungs: tuple[Rung, ...] | None
    changed_at: datetime
    by: str

    @property
    def mark(self) -> str:
        """Changes whenever it is changed: what a form was filled from."""
        return f"{self.id}:{self.changed_at.isoformat()}"


@dataclass(frozen=True)
class Saved:
    """It counts from now on."""


@dataclass(frozen=True)
class Unchanged:
    """It said so already."""


@dataclass(frozen=True)
class Stale:
    """Nothing was changed: somebody else did meanwhile. None: by taking away what was there."""

    meanwhile: Setting | None


_SETTINGS = """
    select l.id, l.ward_id, l.kind, l.rungs, l.changed_at, coalesce(a.name, '') as by
    from ladders l left join accounts a on a.id = l.account_id"""
_EVERY = text(f"{_SETTINGS} order by l.kind, l.ward_id nulls first")
_ONE = text(f"{_SETTINGS} where l.kind = :kind and l.ward_id is not distinct from :ward_id")
# One administrator after the other; who reads is not held up.
_ALONE = text("lock table ladders in share row exclusive mode")
_WRITE = text(
    """
    insert into ladders (ward_id, kind, rungs, changed_at, account_id)
    values (:ward_id, :kind, :rungs, :now, :account_id)
    on conflict (ward_id, kind) do update
    set rungs = excluded.rungs, changed_at = excluded.changed_at, account_id = excluded.account_id
    returning id"""
).bindparams(bindparam("rungs", type_=JSONB))
_REMOVE = text("delete from ladders where id = :id")


def settings(conn: Connection) -> list[Setting]:
    """Every ladder that was changed."""
    return [_setting(row) for row in conn.execute(_EVERY)]


def setting(conn: Connection, ward_id: int | None, kind: str) -> Setting | None:
    """The ladder that was changed for this very ward, or (None) for all that have none of their own."""
    row = conn.execute(_ONE, {"ward_id": ward_id, "kind": kind}).one_or_none()
    return None if row is None else _setting(row)


def standing(conn: Connection, ward_id: int | None, kind: str) -> tuple[Rung, ...]:
    """What counts there now; nothing is written, not even an alarm."""
    for place in dict.fromkeys((ward_id, None)):
        found = setting(conn, place, kind)
        if found is not None and found.rungs is not None:
            return found.rungs
    return ladder.load(kind=kind).rungs


def save(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward: Ward | None,
    kind: str,
    entries: Sequence[Mapping[str, Any]],
    seen: str,
) -> Saved | Unchanged | Stale:
    """Let these rungs count for the ward, or (None) for all that have none of their own; BadLadder.

    `seen`: the mark of the setting that the form was filled from, "" when there was none. A rung without a name gets
    one that it keeps wherever it is moved to: requests under way know their place by it.
    """
    rungs, ward_id = checked(named(entries, moment), kind), _id(ward)
    conn.execute(_ALONE)
    found = setting(conn, ward_id, kind)
    if (found.mark if found else "") != seen:
        return Stale(found)
    if found is not None and found.rungs == rungs:
        return Unchanged()
    before = standing(conn, ward_id, kind)
    written = [ladder.written(rung) for rung in rungs]
    values = {"ward_id": ward_id, "kind": kind, "rungs": written, "now": moment.now}
    row_id = conn.execute(_WRITE, {**values, "account_id": by.account_id}).scalar_one()
    alarms.clear(conn, f"ladder:{row_id}")
    _record(conn, moment, by, ward, _CHANGED, kind, before, rungs)
    return Saved()


def reset(conn: Connection, moment: Moment, by: Actor, ward: Ward | None, kind: str) -> bool:
    """Take a ward's own ladder away: every ward's counts again, or (None) this release's. False: it had none."""
    conn.execute(_ALONE)
    found = setting(conn, _id(ward), kind)
    if found is None:
        return False
    conn.execute(_REMOVE, {"id": found.id})
    alarms.clear(conn, f"ladder:{found.id}")
    _record(conn, moment, by, ward, _RESET, kind, found.rungs or (), standing(conn, _id(ward), kind))
    return True


def checked(entries: Iterable[Mapping[str, Any]], kind: str) -> tuple[Rung, ...]:
    """The rungs of these entries, which keep the promise of this kind; BadLadder names every fault there is."""
    rungs = ladder.read(entries)
    if found := _too_late(rungs, kinds.spans()[kind]):
        raise BadLadder(*found)
    return rungs


def _too_late(rungs: Sequence[Rung], promise: timedelta) -> list[Fault]:
    """Rungs by opening time that would come after those by share which stand above them, in a ward always open."""
    by_share = next(rung.share for rung in rungs if rung.share is not None) * promise
    places = enumerate(rungs, start=1)
    return [Fault("late_open", place) for place, rung in places if rung.after_open and rung.after_open >= by_share]


def named(entries: Iterable[Mapping[str, Any]], moment: Moment) -> list[dict[str, Any]]:
    """The entries, each with a name: a new one is called after the instant, so that no name ever comes back."""
    new = f"added_{moment.now:%y%m%d_%H%M%S_%f}"
    return [{**entry, "name": entry.get("name") or f"{new}_{place}"} for place, entry in enumerate(entries)]


# What the trail says of a ward's own ladder, and of the one that every other ward follows.
_CHANGED = ("ladder.changed", "ladder.house_changed")
_RESET = ("ladder.reset", "ladder.house_reset")


def _record(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward: Ward | None,
    what: tuple[str, str],
    kind: str,
    before: Iterable[Rung],
    after: Iterable[Rung],
) -> None:
    sides = {"before": before, "after": after}
    detail = {"kind": kind} | {side: [ladder.written(rung) for rung in rungs] for side, rungs in sides.items()}
    trail.record(
        conn,
        moment,
        by,
        what[0] if ward else what[1],
        ward_id=_id(ward),
        subject=ward.name if ward else "",
        detail=detail,
    )


def _id(ward: Ward | None) -> int | None:
    return None if ward is None else ward.id


def _setting(row: Row[Any]) -> Setting:
    return Setting(row.id, row.ward_id, row.kind, _readable(row.rungs), row.changed_at, row.by)
