"""Calls as a board shows them: those that came in for a ward, and callbacks through the line. Numbers stay unread.

Newest first, page by page, within a stretch of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from callbacks import paging
from callbacks.board import PAGE
from callbacks.explained import Elsewhere, Rung
from callbacks.paging import FIRST, LAST, Place
from ivr.ringing import Candidate

CALLBACK = "callback"
RESULTS = ("answered", "request", "lost", "switchboard", "followup", "open", CALLBACK)


@dataclass(frozen=True)
class Asked:
    """What is looked for. `result`: one of RESULTS, "" for all."""

    ward_ids: tuple[int, ...]
    since: datetime = FIRST
    until: datetime = LAST
    result: str = ""


@dataclass(frozen=True)
class Row:
    """A call. `result`: of RESULTS; `how`: of a callback, what came of it (None: it lasts); `seconds` they talked."""

    id: UUID
    at: datetime
    ward: str
    hospital: str
    timezone: str
    result: str
    how: str | None
    person: str | None
    rung: int
    reference: str | None
    seconds: int | None


@dataclass(frozen=True)
class Page:
    """Some of what was looked for, and where the list goes on (None: it ends here)."""

    rows: tuple[Row, ...]
    next: Place[UUID] | None


def place(said: str) -> Place[UUID] | None:
    """The place that an address names; None for one that we never wrote."""
    return paging.place(said, UUID)


# An inbound call is found ward by ward; callbacks, which are few, by time.
_CALLS = """
    select c.id, c.started_at as at, c.ward_id, c.result, null as how, c.answered_by as person_id, c.request_id,
        (select count(*) from attempts a where a.call_id = c.id) as rung,
        case when c.result = 'answered'
            then cast(extract(epoch from c.ended_at - c.answered_at) as integer) end as seconds
    from unnest(cast(:ward_ids as integer[])) as ward(id)
    cross join lateral (
        select * from calls where ward_id = ward.id and direction = 'inbound'
            and started_at >= :since and started_at < :until and (started_at, id) < (:at, :id)
            and (:result = '' or result = :result)
        order by started_at desc, id desc limit :limit) as c"""
_CALLBACKS = """
    select b.id, b.asked_at, r.ward_id, 'callback', b.outcome, b.person_id, b.request_id,
        (b.rung_at is not null)::integer, b.seconds
    from bridges b join requests r on r.id = b.request_id
    where r.ward_id = any(:ward_ids) and b.asked_at >= :since and b.asked_at < :until
        and (b.asked_at, b.id) < (:at, :id) and :result in ('', 'callback')
    order by b.asked_at desc, b.id desc limit :limit"""
_PAGE = text(
    f"""
    select found.id, found.at, w.name as ward, h.name as hospital, h.timezone, found.result, found.how,
        p.name as person, found.rung, r.reference, found.seconds
    from (({_CALLS}) union all ({_CALLBACKS})) as found
    join wards w on w.id = found.ward_id join hospitals h on h.id = w.hospital_id
    left join people p on p.id = found.person_id left join requests r on r.id = found.request_id
    order by found.at desc, found.id desc limit :limit"""
)


def page(conn: Connection, asked: Asked, after: Place[UUID] | None = None, limit: int = PAGE) -> Page:
    """A page of the list."""
    start = after or Place(LAST, UUID(int=2**128 - 1))
    values = {
        "ward_ids": list(asked.ward_ids),
        "since": asked.since,
        "until": asked.until,
        "result": asked.result,
        "at": start.at,
        "id": start.id,
        "limit": limit + 1,
    }
    found = [Row(**row._mapping) for row in conn.execute(_PAGE, values)]
    shown = tuple(found[:limit])
    return Page(shown, Place(shown[-1].at, shown[-1].id) if len(found) > limit else None)


# One of them ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A call that came in for a ward. `callers_own`: the id of the senior who called, if his number is known."""

    id: UUID
    ward_id: int
    ward: str
    timezone: str
    started_at: datetime
    ended_at: datetime | None
    result: str
    outcome: str | None
    answered_by: int | None
    callers_own: int | None
    reference: str | None
    candidates: tuple[Candidate, ...] | None  # None: nobody was to be rung, for the call went no further
    rungs: tuple[Rung, ...]
    rung_at: tuple[datetime, ...]  # each of `rungs` on the one clock
    elsewhere: tuple[Elsewhere, ...]
    began_real: datetime
    names: dict[int, str]


@dataclass(frozen=True)
class Callback:
    """A callback through the line; instants are the one clock's."""

    id: UUID
    ward_id: int
    ward: str
    timezone: str
    reference: str
    person: str
    how: str
    asked_at: datetime
    rung_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    seconds: int | None
    answered: bool  # the senior took up his telephone


_CALL = text(
    """
    select c.id, c.ward_id, w.name as ward, h.timezone, c.started_at, c.ended_at, c.result, c.outcome, c.answered_by,
        c.caller, r.reference, c.memory -> 'candidates' as candidates, c.heard_real,
        (select min(t.real) from turns t where t.call_id = c.id) as first_real
    from calls c join wards w on w.id = c.ward_id join hospitals h on h.id = w.hospital_id
    left join requests r on r.id = c.request_id
    where c.id = :id and c.direction = 'inbound'"""
)
# Beside the call, whose number lies sealed; the directory's do not.
_OWN = text("select id from people where phone = :caller and left_at is null")
_RUNGS = text(
    """
    select person_id, rank, rung_real as at, accepted_real as accepted, ended_real as ended,
        declined_at is not null as declined, outcome, rung_at
    from attempts where call_id = :id order by seq"""
)
_MEANWHILE = """
    select person_id, rung_real as since, ended_real as until from attempts
    where person_id = any(:ids) and call_id <> :id and rung_real <= :until and rung_real > {longest}
        and coalesce(ended_real, 'infinity') >= :since
    union all
    select person_id, asked_real, ended_real from bridges
    where person_id = any(:ids) and asked_real <= :until and asked_real > {longest}
        and coalesce(ended_real, 'infinity') >= :since"""
_ELSEWHERE = text(_MEANWHILE.format(longest="cast(:since as timestamptz) - interval '4 hours'"))
_NAMES = text("select id, name from people where id = any(:ids)")
_CALLBACK = text(
    """
    select b.id, r.ward_id, w.name as ward, h.timezone, r.reference, p.name as person, b.how, b.asked_at, b.rung_at,
        b.accepted_at, b.ended_at, b.outcome, b.seconds, b.call_id is not null as answered
    from bridges b join requests r on r.id = b.request_id join people p on p.id = b.person_id
    join wards w on w.id = r.ward_id join hospitals h on h.id = w.hospital_id where b.id = :id"""
)


def call(conn: Connection, call_id: UUID) -> Call | None:
    """A call that came in for a ward, with all that explains its ringing; None: there is none of that id."""
    row = conn.execute(_CALL, {"id": call_id}).one_or_none()
    if row is None:
        return None
    candidates = None if row.candidates is None else tuple(Candidate(*each) for each in row.candidates)
    found = conn.execute(_RUNGS, {"id": call_id}).all()
    rungs = tuple(Rung(*each[:-1]) for each in found)
    since, until = (rungs[0].at if rungs else row.first_real or row.heard_real), row.heard_real
    named = {each.person_id for each in candidates or ()} | {each.person_id for each in rungs}
    own = conn.execute(_OWN, {"caller": row.caller}).scalar_one_or_none()
    ids = sorted(named | ({row.answered_by, own} - {None}))
    return Call(
        **{name: row._mapping[name] for name in _OF_CALL},
        callers_own=own,
        candidates=candidates,
        rungs=rungs,
        rung_at=tuple(each.rung_at for each in found),
        elsewhere=tuple(_elsewhere(conn, call_id, ids, since, max(since, until), whole=not rungs)),
        began_real=since,
        names={each.id: each.name for each in conn.execute(_NAMES, {"ids": ids})},
    )


_OF_CALL = (
    *("id", "ward_id", "ward", "timezone", "started_at", "ended_at", "result", "outcome", "answered_by"),
    "reference",
)


def _elsewhere(
    conn: Connection, call_id: UUID, ids: Sequence[int], since: datetime, until: datetime, *, whole: bool
) -> list[Elsewhere]:
    """Where their telephones were meanwhile. `whole`: nobody was rung, and when that was decided is not known; then
    whoever was elsewhere at any moment of the call was so from its beginning."""
    values: dict[str, Any] = {"id": call_id, "ids": list(ids), "since": since, "until": until}
    found = [Elsewhere(*row) for row in conn.execute(_ELSEWHERE, values)]
    return [replace(each, since=min(each.since, since)) for each in found] if whole else found


def callback(conn: Connection, bridge_id: UUID) -> Callback | None:
    """A callback through the line; None: there is none of that id."""
    row = conn.execute(_CALLBACK, {"id": bridge_id}).one_or_none()
    return None if row is None else Callback(**row._mapping)
