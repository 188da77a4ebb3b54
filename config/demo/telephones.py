"""Whose telephones are on the page, and whose is one that rings without being there yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from config.demo.identity import LAST_RESORT
from scheduling import store
from scheduling.rota import Ward
from scheduling.tables import people, ward_seniors, wards

WARD = "cochin-cardiologie"  # whose people are on the page from the start


@dataclass(frozen=True)
class Telephone:
    """One telephone. `role`: gp, senior, head, coordinator, switchboard, administrator."""

    number: str  # E.164
    name: str
    role: str


# Fiction numbers that are in no file: a practice nobody knows, and one whose number is hidden when it calls.
KNOWN = "+33639989001"
STRANGERS = (
    Telephone("+33199004001", "Dr Paul Lefort (inconnu, ligne fixe)", "gp"),
    Telephone("+33639989101", "Dr Inès Vasseur (numéro masqué)", "gp"),
)
Directory = Mapping[str, Telephone]


def directory(connection: Connection) -> Directory:
    """Everybody of the register who has a telephone, by number; who is a head and a senior too is the head."""
    register = (*_practitioners(connection), *_seniors(connection), *_above(connection))
    last = Telephone(LAST_RESORT, "Administrateur d'astreinte", "administrator")
    return {telephone.number: telephone for telephone in (*register, *STRANGERS, last)}


def cast(connection: Connection, known: Directory) -> list[Telephone]:
    """Who is on the page from the start: three GPs, the people of one ward, its switchboard."""
    ward = next((ward for ward in store.wards(connection) if ward.slug == WARD), None)
    if ward is None:
        return list(STRANGERS)
    numbers = [KNOWN, *(stranger.number for stranger in STRANGERS), *_team(connection), *_office(ward)]
    return [known[number] for number in numbers if number in known]


def _practitioners(connection: Connection) -> Iterator[Telephone]:
    sharing: dict[str, list[str]] = {}
    for gp in store.practitioners(connection):
        for phone in gp.phones:
            sharing.setdefault(phone, []).append(f"Dr {gp.name}")
    yield from (Telephone(phone, f"{' et '.join(names)} (connu)", "gp") for phone, names in sharing.items())


def _seniors(connection: Connection) -> Iterator[Telephone]:
    query = (
        select(people.c.phone, people.c.name, wards.c.name.label("ward"))
        .join(ward_seniors, ward_seniors.c.person_id == people.c.id)
        .join(wards, wards.c.id == ward_seniors.c.ward_id)
        .order_by(wards.c.id, people.c.id)
    )
    yield from (Telephone(row.phone, f"Dr {row.name} ({row.ward})", "senior") for row in connection.execute(query))


def _above(connection: Connection) -> Iterator[Telephone]:
    for ward in store.wards(connection):
        if ward.coordinator:
            yield Telephone(ward.coordinator.phone, f"{ward.coordinator.name} (coordination)", "coordinator")
        if ward.head:
            yield Telephone(ward.head.phone, f"Dr {ward.head.name} (chef de service, {ward.name})", "head")
        if ward.switchboard:
            yield Telephone(ward.switchboard, f"Standard de {ward.hospital}", "switchboard")


def _team(connection: Connection) -> list[str]:
    query = (
        select(people.c.phone)
        .join(ward_seniors, ward_seniors.c.person_id == people.c.id)
        .join(wards, wards.c.id == ward_seniors.c.ward_id)
        .where(wards.c.slug == WARD)
        .order_by(people.c.id)
    )
    return list(connection.execute(query).scalars())


def _office(ward: Ward) -> list[str]:
    people_above = [person.phone for person in (ward.head, ward.coordinator) if person is not None]
    return [*people_above, ward.switchboard] if ward.switchboard else people_above
