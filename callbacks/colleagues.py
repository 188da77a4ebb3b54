"""Whom a request can be handed to: the seniors of its ward, those who are on call now before the others."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

from scheduling import store
from scheduling.tables import people, ward_seniors


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be asked to take a request over. `opted_out`: he texted STOP, and is telephoned."""

    id: int
    name: str
    on_call: bool
    opted_out: bool


def of(conn: Connection, ward_id: int, at: datetime, but: int | None = None) -> list[Colleague]:
    """The seniors of the ward, without `but`: who is on call first, by rank, then the others by name."""
    present = [each.person for each in store.on_call(conn, ward_id, at).seniors]
    ids = {person.id for person in present} | {but}
    named = select(people.c.id, people.c.name, people.c.opted_out_at).join(ward_seniors)
    others = named.where(ward_seniors.c.ward_id == ward_id, people.c.left_at.is_(None)).order_by(people.c.name)
    return [
        *(Colleague(each.id, each.name, True, each.opted_out) for each in dict.fromkeys(present) if each.id != but),
        *(
            Colleague(row.id, row.name, False, row.opted_out_at is not None)
            for row in conn.execute(others)
            if row.id not in ids
        ),
    ]


_HAS_EMAIL = text(
    """
    select p.id from people p where p.left_at is null and p.email <> '' and lower(p.email) = :email and (
        p.id in (select person_id from ward_seniors where ward_id = :ward_id)
        or p.id in (select unnest(array[head_id, coordinator_id]) from wards where id = :ward_id)
        or p.id = any(:on_call))
    order by p.id limit 1"""
)


def with_email(conn: Connection, ward_id: int, at: datetime, email: str) -> int | None:
    """Who of the ward this address is: a senior, its head, its coordinator, or who answers for it now."""
    on_call = [each.person.id for each in store.on_call(conn, ward_id, at).seniors]
    values = {"ward_id": ward_id, "email": email.lower(), "on_call": on_call}
    return conn.execute(_HAS_EMAIL, values).scalar_one_or_none()
