"""All that happened to one request, in order: events, what was sent and how it arrived, callbacks, readings."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from callbacks.readings import of_request
from callbacks.states import Kind


@dataclass(frozen=True)
class Sent:
    """A message about the request. `person` None: to the GP, or to the house's own telephone (`to_house`)."""

    at: datetime
    person: str | None
    person_id: int | None
    purpose: str
    channel: str  # sms | call | email
    state: str  # of the outbox
    settled_at: datetime | None
    to_house: bool = False


@dataclass(frozen=True)
class Happened:
    """An event. Who did it: a senior, or an account at a desk of the office; `told`: the messages it caused.

    `others`: the names of people that `detail` speaks of, by their ids.
    """

    at: datetime
    kind: Kind
    person: str | None
    account: str | None
    detail: Mapping[str, Any]
    told: tuple[Sent, ...]
    others: Mapping[int, str]


@dataclass(frozen=True)
class Rang:
    """A step of a callback through the line: asked (by `how`), ringing (the GP), talking, or missed (by the senior)."""

    at: datetime
    person: str
    step: str
    how: str


@dataclass(frozen=True)
class Opened:
    """Somebody of ours heard or read something of it, on his page or by telephone."""

    at: datetime
    who: str
    how: str
    what: str  # a code of `readings.What`


Line = Happened | Sent | Rang | Opened
# Of what happened at one instant: what was decided, then what came of it.
_ORDER = (Happened, Rang, Opened, Sent)

_EVENTS = text(
    """
    select e.at, e.kind, p.name as person, a.name as account, e.detail from events e
    left join people p on p.id = e.person_id left join accounts a on a.id = e.account_id
    where e.request_id = :id order by e.id"""
)
_SENT = text(
    """
    select o.created_at as at, p.name as person, o.person_id, o.purpose, o.channel, o.state, o.settled_at,
        o.purpose = 'last_resort' as to_house, o.detail ->> 'rung' as rung
    from outbox o left join people p on p.id = o.person_id
    where o.request_id = :id and o.purpose <> 'callback' order by o.created_at, o.id"""
)
_BRIDGES = text(
    """
    select p.name as person, b.how, b.asked_at, b.rung_at, b.accepted_at, b.ended_at, b.outcome
    from bridges b join people p on p.id = b.person_id where b.request_id = :id order by b.asked_at, b.id"""
)
_OPENED = text(
    f"""
    select h.at, p.name, h.how, case when m.recording_id is null then 'text' else 'voice' end from hearings h
    join parts m on m.id = h.part_id join people p on p.id = h.person_id where m.request_id = :id
    union all
    select n.at, coalesce(p.name, a.name), n.how, n.kind from readings n
    left join people p on p.id = n.person_id left join accounts a on a.id = n.account_id
    where coalesce(p.name, a.name) is not null and {of_request(":id")}
    order by 1, 4"""
)
_NAMES = text("select id, name from people where id = any(:ids)")


def read(conn: Connection, request_id: int) -> list[Line]:
    """The whole story, in order."""
    asked = {"id": request_id}
    by_rung: dict[tuple[datetime, str], list[Sent]] = defaultdict(list)
    alone: list[Line] = []
    for *columns, rung in conn.execute(_SENT, asked):
        message = Sent(*columns)
        by_rung[message.at, rung].append(message) if rung else alone.append(message)
    events = list(_happened(conn, request_id, by_rung))
    alone += [message for left in by_rung.values() for message in left]  # a call in place of an SMS that was lost
    opened = [Opened(*row) for row in conn.execute(_OPENED, asked)]  # its GP's own reading of an answer is an event
    rang = [step for row in conn.execute(_BRIDGES, asked) for step in _rang(row)]
    return sorted([*events, *rang, *opened, *alone], key=lambda line: (line.at, _ORDER.index(type(line))))


@dataclass(frozen=True)
class Holder:
    """Somebody whose link to the request still opens it."""

    person_id: int
    name: str


def holders(conn: Connection, request_id: int) -> list[Holder]:
    """Who holds a link to it, by name."""
    return [Holder(*row) for row in conn.execute(_HOLDERS, {"id": request_id})]


_HOLDERS = text(
    """
    select p.id, p.name from links l join people p on p.id = l.person_id
    where l.request_id = :id and l.revoked_at is null order by p.folded, p.id"""
)


def _happened(conn: Connection, request_id: int, by_rung: dict[tuple[datetime, str], list[Sent]]) -> Iterator[Happened]:
    rows = conn.execute(_EVENTS, {"id": request_id}).all()
    others = _names(conn, [row.detail for row in rows])
    for row in rows:
        rung = row.detail.get("rung") if row.kind == Kind.RUNG else None
        told = tuple(by_rung.pop((row.at, rung), ())) if rung else ()
        yield Happened(row.at, Kind(row.kind), row.person, row.account, row.detail, told, others)


def _names(conn: Connection, details: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    ids = {each.get("person") for detail in details for each in detail.get("told", ())}
    ids |= {detail.get("to") for detail in details}
    known = conn.execute(_NAMES, {"ids": [id for id in ids if isinstance(id, int)]})
    return {row.id: row.name for row in known}


def _rang(row: Any) -> Iterator[Rang]:
    yield Rang(row.asked_at, row.person, "asked", row.how)
    if row.rung_at is not None:
        yield Rang(row.rung_at, row.person, "ringing", row.how)
    if row.accepted_at is not None:
        yield Rang(row.accepted_at, row.person, "talking", row.how)
    if row.outcome == "not_rung":
        yield Rang(row.ended_at or row.asked_at, row.person, "missed", row.how)
