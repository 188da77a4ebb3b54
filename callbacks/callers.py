"""Who is calling, in one question to the database; and who of a practice, once he has said so."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from config.database import shaped
from config.sealed_types import in_any_form

Offers = list[list[str]]  # as `kind_offers.offers` has them


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
    practice_name: str | None = None  # whose line it is, when it is one practice's
    offered: Sequence[Offers] = ()  # what this number was told of late that it may ask for


STRANGER = Known(None, None, None, None, None)

# A practice's line is that of who works there: of one alone it is his, of several nobody's.
# Each form that the number may lie in, by itself: the index has its calls in order, however many there are.
_RECOGNISE = shaped(
    """
    select
      (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name)), '[]')
         from (select practitioner_id from practitioner_phones where phone = :caller
               union
               select m.practitioner_id from practice_phones n join practice_members m using (practice_id)
                where n.phone = :caller) whose
         join practitioners p on p.id = whose.practitioner_id) as practitioners,
      (select case when count(*) = 1 then min(c.name) end
         from practice_phones n join practices c on c.id = n.practice_id where n.phone = :caller) as practice,
      (select jsonb_build_object('id', s.id, 'name', s.name) from people s
         where s.phone = :caller and s.left_at is null) as person,
      (select jsonb_build_object('id', w.id, 'name', w.name, 'hospital', h.name)
         from unnest(:forms) form cross join lateral (
           select c.ward_id, c.started_at from calls c
            where c.caller = form and c.direction = 'inbound' and c.ward_id is not null
              and exists (select from wards asked where asked.id = c.ward_id and asked.role = 'ward')
            order by c.started_at desc limit 1) last
         join wards w on w.id = last.ward_id join hospitals h on h.id = w.hospital_id
        order by last.started_at desc limit 1) as last_ward,
      (select coalesce(jsonb_agg(distinct told.offered), '[]')
         from unnest(:forms) form cross join lateral (
           select c.memory->'offered' as offered, c.started_at from calls c
            where c.caller = form and c.direction = 'inbound' and c.ward_id is not null
            order by c.started_at desc limit 20) told
        where told.offered is not null and told.started_at > app_now() - interval '8 weeks') as offered
    """,
    "practitioners",
    "practice",
    "person",
    "last_ward",
    "offered",
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
        practice_name=row.practice,
        offered=tuple(row.offered),
    )


def name_practitioner(connection: Connection, request_id: int, practitioner_id: int) -> None:
    """Who of a practice asks, as he said himself; one that names somebody already keeps him."""
    connection.execute(_NAMED, {"id": request_id, "practitioner": practitioner_id})


_NAMED = text("update requests set practitioner_id = :practitioner where id = :id and practitioner_id is null")
