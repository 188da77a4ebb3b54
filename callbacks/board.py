"""The board: what wards owe, most urgent first, and what they have closed, latest first; by index, page by page.

Nothing is counted over all rows: with a hundred thousand open a page costs what it shows. Nothing that a GP said or
wrote is read here, nor who he is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlalchemy import Row as Found

from callbacks import paging, register
from callbacks.paging import FIRST, LAST, Place
from callbacks.promise import RequestView

PAGE = 50
MANY = 500  # beyond it the board says "more than"
LARGEST = 2**62  # an id
AT_RISK = 0.25  # less than this share of the promise is left …
HOURS_AT_RISK = timedelta(hours=6)  # … and no more than this: a matter of days is pressing on its last one


def risky_at(created_at: datetime, due_at: datetime) -> datetime:
    """From here on a request is at risk."""
    return due_at - min(AT_RISK * (due_at - created_at), HOURS_AT_RISK)


class Standing(StrEnum):
    """Which requests are looked for."""

    OWED = "owed"  # open and claimed
    OPEN = "open"
    CLAIMED = "claimed"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"
    CLOSED = "closed"


@dataclass(frozen=True)
class Asked:
    """What is looked for, in these wards: filed in [since, until), or, of what is closed, closed then."""

    ward_ids: tuple[int, ...]
    standing: Standing = Standing.OWED
    since: datetime = FIRST
    until: datetime = LAST
    kind: str | None = None  # of `kinds.Code`; None: any


@dataclass(frozen=True)
class Live:
    """A callback through the line that lasts: who calls back, and how far it has come."""

    person: str
    stage: str  # ringing_you | ringing_gp | talking


@dataclass(frozen=True)
class Row:
    """A request as the board shows it. `tries` counts from the last time it was opened."""

    view: RequestView
    tries: int
    offered_to: str | None
    live: Live | None


@dataclass(frozen=True)
class Page:
    """Some of what was looked for, and where the list goes on (None: it ends here)."""

    rows: tuple[Row, ...]
    next: Place[int] | None


@dataclass(frozen=True)
class Tally:
    """How many there are of each, as far as they were counted: MANY + 1 stands for all that is beyond."""

    of: Mapping[Standing, int] = field(default_factory=dict)


def place(said: str) -> Place[int] | None:
    """The place that an address names; None for one that we never wrote."""
    return paging.place(said, _id)


def _id(said: str) -> int:
    if not said.isdecimal() or int(said) >= LARGEST:
        raise ValueError("no id of a row")
    return int(said)


def page(conn: Connection, asked: Asked, now: datetime, after: Place[int] | None = None, limit: int = PAGE) -> Page:
    """A page of the list."""
    backwards = asked.standing is Standing.CLOSED
    start = after or (Place(LAST, LARGEST) if backwards else Place(FIRST, 0))
    values = _values(asked, now, limit + 1) | {"at": start.at, "id": start.id}
    found = _planned(conn, _PAGES[asked.standing], values)
    shown = found[:limit]
    more = Place(shown[-1].at, shown[-1].id) if len(found) > limit else None
    return Page(tuple(_rows(conn, [row.id for row in shown])), more)


def row(conn: Connection, request_id: int) -> Row:
    """One request as the board shows it."""
    return _rows(conn, [request_id])[0]


def tally(conn: Connection, asked: Asked, now: datetime) -> Tally:
    """How many of each standing there are among the wards and the time asked for."""
    [row] = _planned(conn, _TALLY, _values(asked, now, MANY + 1))
    return Tally({standing: row._mapping[standing.value] for standing in Standing})


def _planned(conn: Connection, statement: TextClause, values: Mapping[str, object]) -> Sequence[Found[Any]]:
    """Its rows, by a plan for these very values.

    One that PostgreSQL keeps for any values takes the conditions to leave hardly anything, and sorts all that a ward
    owes to show fifty.
    """
    conn.execute(_FOR_THESE_VALUES)
    found = conn.execute(statement, values).all()
    conn.execute(_AS_EVER)
    return found


_FOR_THESE_VALUES = text("set local plan_cache_mode = force_custom_plan")
_AS_EVER = text("set local plan_cache_mode to default")


def _values(asked: Asked, now: datetime, limit: int) -> dict[str, object]:
    return {
        "ward_ids": list(asked.ward_ids),
        "since": asked.since,
        "until": asked.until,
        "kind": asked.kind,
        "now": now,
        "limit": limit,
        "share": AT_RISK,
        "horizon": now + HOURS_AT_RISK,
    }


_KIND = "(cast(:kind as text) is null or r.kind = :kind)"
_PENDING = f"""r.state in ('open', 'claimed') and r.due_at >= :since
    and r.created_at >= :since and r.created_at < :until and {_KIND}"""
# What is due beyond the horizon is not at risk, whatever it was promised: the index stops there.
_AT_RISK = """r.due_at > :now and r.due_at <= :horizon
    and r.due_at - make_interval(secs => :share * extract(epoch from r.due_at - r.created_at)) <= :now"""
_WHERE = {
    Standing.OWED: _PENDING,
    Standing.OPEN: f"{_PENDING} and r.state = 'open'",
    Standing.CLAIMED: f"{_PENDING} and r.state = 'claimed'",
    Standing.AT_RISK: f"{_PENDING} and {_AT_RISK}",
    Standing.OVERDUE: f"{_PENDING} and r.due_at <= :now",
    Standing.CLOSED: f"r.closed_at is not null and r.closed_at >= :since and r.closed_at < :until and {_KIND}",
}
# Ward by ward, which is how the indexes are laid; what the wards have together is at most a page from each.
_IN_WARDS = """
    select found.id, found.at from unnest(cast(:ward_ids as integer[])) as ward(id)
    cross join lateral (
        select r.id, r.{column} as at from requests r where r.ward_id = ward.id and {where}{beyond}
        order by r.{column} {order}, r.id {order} limit :limit) as found"""


def _in_wards(standing: Standing, *, paged: bool) -> str:
    closed = standing is Standing.CLOSED
    column, order, compare = ("closed_at", "desc", "<") if closed else ("due_at", "asc", ">")
    beyond = f" and (r.{column}, r.id) {compare} (:at, :id)" if paged else ""
    found = _IN_WARDS.format(column=column, where=_WHERE[standing], beyond=beyond, order=order)
    return f"{found} order by found.at {order}, found.id {order} limit :limit" if paged else f"{found} limit :limit"


_PAGES: Mapping[Standing, TextClause] = {each: text(_in_wards(each, paged=True)) for each in Standing}
_TALLY = text(
    "select "
    + ", ".join(f"(select count(*) from ({_in_wards(each, paged=False)}) as counted) as {each}" for each in Standing)
)
_BESIDE = text(
    """
    select r.id, asked.name as offered_to, caller.name as calling, b.rung_at, b.accepted_at,
        (select count(*) from events e where e.request_id = r.id and e.kind = 'attempted' and e.id > coalesce(
            (select max(id) from events where request_id = r.id and kind = 'reopened'), 0)) as tries
    from requests r
    left join people asked on asked.id = r.offered_to
    left join bridges b on b.request_id = r.id and b.outcome is null
    left join people caller on caller.id = b.person_id
    where r.id = any(:ids)"""
)


def _rows(conn: Connection, ids: Sequence[int]) -> list[Row]:
    views = register.views(conn, ids)
    beside = {row.id: row for row in conn.execute(_BESIDE, {"ids": list(ids)}).all()}
    return [
        Row(views[id], beside[id].tries, beside[id].offered_to, _live(beside[id].calling, *beside[id][3:5]))
        for id in ids
    ]


def _live(person: str | None, rung_at: datetime | None, accepted_at: datetime | None) -> Live | None:
    if person is None:
        return None
    stage = "talking" if accepted_at else "ringing_gp" if rung_at else "ringing_you"
    return Live(person, stage)


# Whether anything has changed -------------------------------------------------------------------------------------

# Another ward's events push his own out of what is looked at: then the page is fetched once for nothing.
_LATELY = 300
# Not the largest id alone: of two transactions the one that began first may be seen last.
_MARK = text(
    f"""
    select
      (select string_agg(cast(mine.id as text), ',') from (
         select e.id from events e join requests r on r.id = e.request_id
         where e.id > (select max(id) from events) - {_LATELY} and r.ward_id = any(:ward_ids)
         order by e.id desc limit 20) as mine) as events,
      (select max(id) from hearings) as heard,
      (select string_agg(concat_ws(' ', b.id, b.rung_at, b.accepted_at), ',' order by b.id)
         from bridges b join requests r on r.id = b.request_id
         where b.outcome is null and r.ward_id = any(:ward_ids)) as live"""
)
_MARK_OF_ONE = text(
    """
    select
      (select string_agg(cast(e.id as text), ',' order by e.id) from events e where e.request_id = :id) as events,
      (select string_agg(concat_ws(' ', o.id, o.state), ',' order by o.id)
         from outbox o where o.request_id = :id) as messages,
      (select count(*) from hearings h join parts p on p.id = h.part_id where p.request_id = :id) as heard,
      (select string_agg(concat_ws(' ', b.id, b.rung_at, b.accepted_at, b.outcome), ',' order by b.id)
         from bridges b where b.request_id = :id) as callbacks,
      (select string_agg(concat_ws(' ', l.id, l.revoked_at), ',' order by l.id)
         from links l where l.request_id = :id) as links"""
)


def mark(conn: Connection, ward_ids: Sequence[int]) -> str:
    """What changes when something happens to a request of these wards, and hardly ever else; opaque."""
    return _opaque(conn.execute(_MARK, {"ward_ids": list(ward_ids)}).one())


def mark_of(conn: Connection, request_id: int) -> str:
    """What changes when something happens to this request, or to a message about it; opaque."""
    return _opaque(conn.execute(_MARK_OF_ONE, {"id": request_id}).one())


def _opaque(seen: Sequence[object]) -> str:
    return sha256(repr(tuple(seen)).encode()).hexdigest()[:16]
