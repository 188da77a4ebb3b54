"""Last month's requests for a rehearsal: what was done to each, and who was on call. Five SELECTs, however many."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from callbacks.promise import Cover, RequestView
from callbacks.rehearsal import Act, Past
from callbacks.states import Kind, State
from scheduling import rota, store
from scheduling.rota import OnCall, Person, Shift, Ward
from scheduling.timeline import timeline

SPAN = timedelta(days=30)
MOST = 1000  # the latest: a second or two of a process that answers the carrier too
AHEAD = timedelta(days=3)  # a ladder looks ahead, by a promise and a half at most


@dataclass(frozen=True)
class Month:
    """What there is to rehearse with."""

    pasts: Sequence[Past]
    left_out: int  # older ones, beyond `MOST`
    covers: Mapping[int, Cover]  # who was on call, by ward

    def cover(self, ward_id: int) -> Cover:
        """Who answered for this ward at an instant."""
        return self.covers[ward_id]


def read(conn: Connection, ward_ids: Collection[int], kind: str, now: datetime, most: int = MOST) -> Month:
    """The requests of these wards that were filed in the thirty days before `now`, the latest `most` of them."""
    values = {"wards": list(ward_ids), "kind": kind, "since": now - SPAN, "now": now, "most": most}
    rows = conn.execute(_REQUESTS, values).all()
    acts = _acts(conn, [row.id for row in rows])
    pasts = [_past(row, acts.get(row.id, []), now) for row in rows]
    wards = {row.ward_id for row in rows}
    return Month(pasts, rows[0].found - len(rows) if rows else 0, covers(conn, wards, now - SPAN, now + AHEAD))


_REQUESTS = text(
    """
    select r.id, r.ward_id, r.kind, r.created_at, r.due_at, h.timezone, count(*) over () as found
    from requests r join wards w on w.id = r.ward_id join hospitals h on h.id = w.hospital_id
    where r.ward_id = any(:wards) and r.kind = :kind and r.created_at >= :since and r.created_at <= :now
    order by r.created_at desc, r.id desc limit :most"""
)
_ENDS = (Kind.DONE, Kind.WITHDRAWN, Kind.UNREACHABLE)
_STEERS = (Kind.CLAIMED, Kind.ACCEPTED, Kind.RELEASED, Kind.POSTPONED, *_ENDS)
_ACTS = text(
    """
    select e.request_id, e.at, e.kind, e.person_id, e.detail ->> 'until' as until from events e
    where e.request_id = any(:ids) and e.kind = any(:kinds) order by e.request_id, e.id"""
)


def _acts(conn: Connection, ids: Sequence[int]) -> dict[int, list[Act]]:
    rows = conn.execute(_ACTS, {"ids": ids, "kinds": [kind.value for kind in _STEERS]}).all()
    people = {one.id: one for one in store.people(conn, {row.person_id for row in rows if row.person_id})}
    acts: dict[int, list[Act]] = {}
    for row in rows:
        acts.setdefault(row.request_id, []).append(_act(row, people))
    return acts


def _act(row: Row[Any], people: Mapping[int, Person]) -> Act:
    until = datetime.fromisoformat(row.until) if row.until else None
    return Act(row.at, Kind(row.kind), people.get(row.person_id), until)


def _past(row: Row[Any], acts: Sequence[Act], now: datetime) -> Past:
    until = next((act.at for act in acts if act.kind in _ENDS), now)
    return Past(_as_filed(row), tuple(act for act in acts if act.at <= until and act.kind not in _ENDS), until)


def _as_filed(row: Row[Any]) -> RequestView:
    return _filed(row.id, row.ward_id, row.timezone, row.kind, row.created_at, row.due_at)


def just_filed(ward: Ward, kind: str, created_at: datetime, due_at: datetime) -> RequestView:
    """A request that nobody made, to see what a ladder would do for it."""
    return _filed(0, ward.id, ward.timezone, kind, created_at, due_at)


def _filed(
    request_id: int, ward_id: int, timezone: str, kind: str, created_at: datetime, due_at: datetime
) -> RequestView:
    """What a ladder goes by, and nothing of who called."""
    return RequestView(
        id=request_id,
        reference="",
        ward_id=ward_id,
        ward="",
        hospital="",
        timezone=timezone,
        kind=kind,
        channel="voice",
        state=State.OPEN,
        caller=None,
        practitioner_id=None,
        reach="now",
        created_at=created_at,
        due_at=due_at,
        claimer=None,
        claimed_at=None,
        closed_at=None,
        outcome=None,
        parts=0,
        unheard=0,
        last_rung=None,
        climbed_at=None,
        repeats=0,
        next_rung=None,
        next_step_at=None,
        notice_at=None,
    )


# Who was on call ----------------------------------------------------------------------------------------------------


def covers(conn: Connection, ward_ids: Collection[int], start: datetime, end: datetime) -> Mapping[int, Cover]:
    """Who answers for each of these wards at any instant of a stretch of time: asked once, looked up after."""
    every = {ward.id: ward for ward in store.wards(conn)}
    chains = {ward_id: list(_chain(every, ward_id)) for ward_id in ward_ids}
    linked = {link.id for chain in chains.values() for link in chain}
    shifts = store.shifts_between(conn, linked, start, end)
    return {ward_id: Answers(chain, shifts, start, end) for ward_id, chain in chains.items()}


def _chain(every: Mapping[int, Ward], ward_id: int) -> Iterator[Ward]:
    """The ward, and those that cover it; a ward met twice ends the walk."""
    met: set[int] = set()
    link: int | None = ward_id
    while link is not None and link not in met:
        met.add(link)
        yield every[link]
        link = every[link].covered_by_id


class Answers:
    """`rota.on_call` at every instant between two, found by looking up a segment."""

    def __init__(self, chain: Sequence[Ward], shifts: Sequence[Shift], start: datetime, end: datetime) -> None:
        own = {link.id for link in chain}
        self._chain, self._end = chain, end
        self._shifts = [shift for shift in shifts if shift.ward_id in own]
        self._segments = timeline(chain, self._shifts, start, end)
        self._starts = [segment.start for segment in self._segments]

    def __call__(self, at: datetime) -> OnCall:
        before = bisect_right(self._starts, at)
        if before == 0 or at >= self._end:
            return rota.on_call(self._chain, self._shifts, at)
        return self._segments[before - 1].on_call
