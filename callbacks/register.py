"""Reading the register of requests. One SELECT each, and one to lock; nothing is decided or changed here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from callbacks import stories
from callbacks.promise import RequestView
from callbacks.states import Event, Kind, State
from callbacks.trying import Result, Tried
from config.sealed_types import in_any_form
from scheduling.opening import Opening
from scheduling.rota import Person


class NoSuchRequest(LookupError):
    """No request has this id."""


@dataclass(frozen=True)
class Open:
    """A request that is still owed a call, as a list shows it."""

    id: int
    reference: str
    ward_id: int
    ward: str
    state: State
    due_at: datetime


@dataclass(frozen=True)
class Entry:
    """One event of a request as its timeline shows it."""

    event: Event
    person: str | None
    detail: dict[str, Any]


# A recording that never was, or that the caller took back, is no message. Words whose picture is still at the carrier
# are not read yet; after ten minutes nobody waits for it any more (`written.fetching`).
AUDIBLE = """
    (select count(*) as parts, count(*) filter (where p.heard_at is null or p.body is not null and exists (
         select from attachments a where a.written_id = p.id and a.state = 'announced'
         and a.created_real > real_now() - interval '10 minutes')) as unheard from parts p
     left join recordings on recordings.id = p.recording_id
     where p.request_id = r.id and coalesce(recordings.state, '') not in ('absent', 'discarded'))"""
PARTS = """exists (
    select from parts p left join recordings on recordings.id = p.recording_id
    where p.request_id = {request} and coalesce(recordings.state, '') not in ('absent', 'discarded'))"""
_VIEW = f"""
    select r.id, r.reference, r.ward_id, w.name as ward, h.name as hospital, h.timezone, r.kind, r.channel, r.state,
        r.caller, r.mail, r.practitioner_id, r.reach, r.created_at, r.due_at, r.claimed_by, r.claimed_at, r.closed_at,
        r.outcome, r.next_rung, r.next_step_at, r.climbed_at, r.notice_at, r.retry_at, r.retry_reason, r.offered_to,
        r.about_id, r.event_at, about.name as about,
        left_by_gp.parts, left_by_gp.unheard,
        p.name, p.title, p.phone, p.email, p.opted_out_at is not null as opted_out,
        climbed.last_rung, climbed.repeats, climbed.climbed
    from requests r
    join wards w on w.id = r.ward_id
    join hospitals h on h.id = w.hospital_id
    left join wards about on about.id = r.about_id
    left join people p on p.id = r.claimed_by
    cross join lateral {AUDIBLE} as left_by_gp
    cross join lateral (
        select (array_agg(e.detail ->> 'rung' order by e.id desc))[1] as last_rung,
            coalesce(array_agg(e.detail ->> 'rung' order by e.id desc), '{{{{}}}}') as climbed,
            count(*) filter (where (e.detail ->> 'deadline')::boolean) as repeats
        from events e where e.request_id = r.id and e.kind = 'rung') as climbed
    where {{where}}"""
_BY_ID = text(_VIEW.format(where="r.id = :id"))
# By itself: who waits here reads what he waited for only with his next statement.
_LOCK = text("select from requests where id = :id for no key update")
# Still due, and free: asked in one, of the row as it stands now. Whoever comes too late pays for no more than this.
_TAKE_UP = text(
    f"""
    select {stories.sql("r.id")} as story from requests r
    where r.id = :id and (r.next_step_at <= :now or r.notice_at <= :now) for no key update of r skip locked"""
)
_BY_IDS = text(_VIEW.format(where="r.id = any(:ids)"))
_BY_REFERENCE = text(_VIEW.format(where="r.reference = :reference"))


def view(conn: Connection, request_id: int) -> RequestView:
    """The request. NoSuchRequest."""
    return _found(conn.execute(_BY_ID, {"id": request_id}).one_or_none(), request_id)


def locked(conn: Connection, request_id: int) -> RequestView:
    """The request, which nobody else changes until the end of this transaction. NoSuchRequest."""
    conn.execute(_LOCK, {"id": request_id})
    return view(conn, request_id)


def taken_up(conn: Connection, request_id: int, now: datetime) -> tuple[RequestView, str] | None:
    """As `locked`, with its story, if anything is due about it; None when nothing is any more, when somebody else is
    at it, or when there is none: nobody is waited for.
    """
    story = conn.execute(_TAKE_UP, {"id": request_id, "now": now}).scalar_one_or_none()
    return None if story is None else (view(conn, request_id), story)


def views(conn: Connection, request_ids: Iterable[int]) -> dict[int, RequestView]:
    """Several requests at once, by id; one that is not there is left out."""
    return {row.id: _view(row) for row in conn.execute(_BY_IDS, {"ids": list(request_ids)}).all()}


def by_reference(conn: Connection, reference: str) -> RequestView | None:
    """The request that is spoken, keyed and texted by these six digits."""
    row = conn.execute(_BY_REFERENCE, {"reference": reference}).one_or_none()
    return None if row is None else _view(row)


_OPEN = "select r.id, r.reference, r.ward_id, w.name as ward, r.state, r.due_at"
_OF_CALLER = text(
    f"""{_OPEN} from requests r join wards w on w.id = r.ward_id
    where r.caller = any(:caller) and r.ward_id = :ward_id and r.state in ('open', 'claimed')
    order by r.created_at, r.id"""
).bindparams(*in_any_form("caller"))
_SOME = text(
    f"""{_OPEN} from requests r join wards w on w.id = r.ward_id
    where r.id = any(:ids) order by r.due_at, r.id"""
)
# `mine`: wards he is on the rota of now. `below`: those and all that they may answer for. `chain`: each ward a request
# stands in, and those that cover it, nearest first; which of the live ones answers is decided by their opening hours.
_PENDING = text(
    f"""
    with recursive mine as (
        select ward_id as id from shifts where person_id = :person_id and during @> cast(:now as timestamptz)),
    below as (
        select id from mine
        union select w.id from wards w join below on w.covered_by_id = below.id),
    chain as (
        select id as first, id, covered_by_id, opening, true as live, array[id] as path from wards
        where id in (select id from below)
        union all
        select c.first, w.id, w.covered_by_id, w.opening, coalesce(w.live_from <= :now, false), c.path || w.id
        from chain c join wards w on w.id = c.covered_by_id where w.id <> all (c.path))
    {_OPEN}, r.claimed_by, r.offered_to, h.timezone,
        (select coalesce(array_agg(c.opening order by array_length(c.path, 1)), '{{}}') from chain c
         where c.first = r.ward_id and c.live) as openings,
        (select coalesce(array_agg(c.id in (select id from mine) order by array_length(c.path, 1)), '{{}}') from chain c
         where c.first = r.ward_id and c.live) as his,
        (r.ward_id in (select id from wards where head_id = :person_id or coordinator_id = :person_id)) as above
    from requests r join wards w on w.id = r.ward_id join hospitals h on h.id = w.hospital_id
    where r.state = 'claimed' and r.claimed_by = :person_id
       or r.state in ('open', 'claimed') and r.offered_to = :person_id
       or r.state = 'open' and (
            r.ward_id in (select id from below)
            or :person_id in (w.head_id, w.coordinator_id) and exists (
                select from outbox o where o.request_id = r.id and o.person_id = :person_id))
    order by r.due_at, r.id"""
)


def open_for_caller(conn: Connection, caller: str, ward_id: int) -> list[Open]:
    """What this number still waits for from this ward, oldest first."""
    return [_open(row) for row in conn.execute(_OF_CALLER, {"caller": caller, "ward_id": ward_id})]


def open_requests(conn: Connection, request_ids: Iterable[int]) -> list[Open]:
    """These requests, most urgent first."""
    return [_open(row) for row in conn.execute(_SOME, {"ids": list(request_ids)})]


def pending_for_person(conn: Connection, person_id: int, now: datetime) -> list[Open]:
    """What waits for this person, most urgent first: what he has claimed, what he is asked to take over, what is open
    in the wards whose line he answers now, and, above a ward, what he was alerted to."""
    rows = conn.execute(_PENDING, {"person_id": person_id, "now": now})
    his = (row for row in rows if person_id in (row.claimed_by, row.offered_to) or row.above or _answers(row, now))
    return [_open(row) for row in his]


def _answers(row: Row[Any], now: datetime) -> bool:
    """Whether the first open ward of the chain is one whose rota he is on."""
    for opening, his in zip(row.openings, row.his, strict=True):
        if Opening.parse(opening, row.timezone).is_open(now):
            return bool(his)
    return False


_TRIES = text(
    """
    select e.at, e.person_id, e.detail ->> 'result' as result from events e
    where e.request_id = :id and e.kind = 'attempted' and e.person_id is not null and e.id > coalesce(
        (select max(id) from events where request_id = :id and kind = 'reopened'), 0)
    order by e.id"""
)


def tries(conn: Connection, request_id: int) -> list[Tried]:
    """The documented tries to call the GP back, since the request was last opened again."""
    # Another release wrote no result: "no answer" was all that could be said.
    rows = conn.execute(_TRIES, {"id": request_id})
    return [Tried(row.at, Result(row.result or Result.NO_ANSWER), row.person_id) for row in rows]


_TIMELINE = text(
    """
    select e.kind, e.at, e.person_id, e.detail, p.name from events e left join people p on p.id = e.person_id
    where e.request_id = :id order by e.id"""
)


def timeline(conn: Connection, request_id: int) -> list[Entry]:
    """All that happened to a request, in order; its state is what the events add up to."""
    return [
        Entry(Event(Kind(row.kind), row.at, row.person_id, row.detail.get("outcome")), row.name, row.detail)
        for row in conn.execute(_TIMELINE, {"id": request_id})
    ]


def _found(row: Row[Any] | None, request_id: int) -> RequestView:
    if row is None:
        raise NoSuchRequest(request_id)
    return _view(row)


_FIELDS = frozenset(RequestView.__dataclass_fields__) - {"claimer", "state"}


def _view(row: Row[Any]) -> RequestView:
    values = {name: value for name, value in row._mapping.items() if name in _FIELDS}
    values["climbed"] = tuple(row.climbed)
    return RequestView(**values, state=State(row.state), claimer=_claimer(row))


def _claimer(row: Row[Any]) -> Person | None:
    if row.claimed_by is None:
        return None
    return Person(row.claimed_by, row.name, row.title, row.phone, row.email, row.opted_out)


def _open(row: Row[Any]) -> Open:
    return Open(row.id, row.reference, row.ward_id, row.ward, State(row.state), row.due_at)
