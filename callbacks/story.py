"""What happened to a request and who did it: its events and the readings of its messages, in order. One SELECT."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from callbacks.readings import of_request

HEARD = "heard"


@dataclass(frozen=True)
class Happening:
    """One thing that happened: a `states.Kind`, or HEARD (detail: how; voice or what). Names are of our own people."""

    at: datetime
    kind: str
    who: str | None  # who did it: a person, or an account of the office
    others: str | None  # whom it was about: who was told, who was asked
    detail: Mapping[str, Any]


_STORY = text(
    f"""
    select e.at, e.kind, coalesce(p.name, a.name) as who, e.detail,
        case e.kind
            when 'offered' then (select o.name from people o where o.id = cast(e.detail ->> 'to' as integer))
            when 'rung' then (
                select string_agg(distinct o.name, ', ') from jsonb_array_elements(e.detail -> 'told') as told
                join people o on o.id = cast(told ->> 'person' as integer))
        end as others, 0 as source, e.id
    from events e left join people p on p.id = e.person_id left join accounts a on a.id = e.account_id
    where e.request_id = :id
    union all
    select h.at, 'heard', p.name, jsonb_build_object('how', h.how, 'voice', m.recording_id is not null), null, 1, h.id
    from parts m join hearings h on h.part_id = m.id join people p on p.id = h.person_id
    where m.request_id = :id
    union all
    select n.at, 'heard', coalesce(p.name, a.name), jsonb_build_object('how', n.how, 'what', n.kind), null, 2, n.id
    from readings n left join people p on p.id = n.person_id left join accounts a on a.id = n.account_id
    where coalesce(p.name, a.name) is not null and {of_request(":id")}
    order by at, source, id"""
)


def read(conn: Connection, request_id: int) -> list[Happening]:
    """All that happened, oldest first."""
    rows = conn.execute(_STORY, {"id": request_id})
    return [Happening(row.at, row.kind, row.who, row.others, row.detail) for row in rows]
