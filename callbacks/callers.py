"""Who is calling, in one question to the database."""

from dataclasses import dataclass

from sqlalchemy import Connection

from config.database import shaped
from config.sealed_types import in_any_form


@dataclass(frozen=True)
class LastWard:
    """The ward a number chose last."""

    id: int
    name: str
    hospital: str


@dataclass(frozen=True)
class Known:
    """What the number tells: at most a greeting, never health data (caller ID alone opens nothing)."""

    practitioner_id: int | None  # None when nobody, or several, stand behind the number
    practitioner_name: str | None
    person_id: int | None
    person_name: str | None
    last_ward: LastWard | None


STRANGER = Known(None, None, None, None, None)

# Each form that the number may lie in, by itself: the index has its calls in order, however many there are.
_RECOGNISE = shaped(
    """
    select
      (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name)), '[]')
         from practitioner_phones n join practitioners p on p.id = n.practitioner_id where n.phone = :caller)
        as practitioners,
      (select jsonb_build_object('id', s.id, 'name', s.name) from people s
         where s.phone = :caller and s.left_at is null) as person,
      (select jsonb_build_object('id', w.id, 'name', w.name, 'hospital', h.name)
         from unnest(:forms) form cross join lateral (
           select c.ward_id, c.started_at from calls c
            where c.caller = form and c.direction = 'inbound' and c.ward_id is not null
            order by c.started_at desc limit 1) last
         join wards w on w.id = last.ward_id join hospitals h on h.id = w.hospital_id
        order by last.started_at desc limit 1) as last_ward
    """,
    "practitioners",
    "person",
    "last_ward",
    binds=in_any_form("forms"),
)


def recognise(connection: Connection, caller: str) -> Known:
    """Who stands behind this number (E.164)."""
    row = connection.execute(_RECOGNISE, {"caller": caller, "forms": caller}).one()
    only = row.practitioners[0] if len(row.practitioners) == 1 else None
    person = row.person
    return Known(
        practitioner_id=only["id"] if only else None,
        practitioner_name=only["name"] if only else None,
        person_id=person["id"] if person else None,
        person_name=person["name"] if person else None,
        last_ward=LastWard(**row.last_ward) if row.last_ward else None,
    )
