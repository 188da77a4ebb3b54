"""Whose telephones are on the page, and whose is one that rings without being there yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from config.demo.identity import LAST_RESORT
from config.demo.words import say
from scheduling import store
from scheduling.rota import WARD as WARDS
from scheduling.rota import Ward
from scheduling.tables import hospitals, people, ward_seniors, wards

WARD = "cochin-cardiologie"  # whose people are on the page from the start


@dataclass(frozen=True)
class Telephone:
    """One telephone. `role` is `gp` for who calls; for others it is shown as it stands."""

    number: str  # E.164
    name: str
    role: str


GP = "gp"
KNOWN = "+33639989001"  # in the sample's files, with a landline and an address besides
# Fiction numbers that are in no file, by the key of the words that stand beside the name.
STRANGERS = {
    "landline": Telephone("+33199004001", "Dr Paul Lefort", GP),
    "hidden": Telephone("+33639989101", "Dr Inès Vasseur", GP),
}
Directory = Mapping[str, Telephone]


def directory(connection: Connection, language: str) -> Directory:
    """Everybody of the register who has a telephone, by number; who is a head and a senior too is the head."""
    callers = (*_practitioners(connection), *_strangers(language))
    staff = (*_seniors(connection), *_above(connection, language))
    last = Telephone(LAST_RESORT, say("last_resort", language), "")
    return {telephone.number: telephone for telephone in (*callers, *staff, last)}


def cast(connection: Connection, known: Directory) -> list[Telephone]:
    """Who is on the page from the start: three GPs, the people of one ward, its switchboard."""
    ward = next((ward for ward in store.wards(connection) if ward.slug == WARD), None)
    staff = [] if ward is None else [*_team(connection), *_office(ward)]
    numbers = [KNOWN, *(stranger.number for stranger in STRANGERS.values()), *staff]
    return [known[number] for number in numbers if number in known]


def _strangers(language: str) -> Iterator[Telephone]:
    for key, stranger in STRANGERS.items():
        yield replace(stranger, name=f"{stranger.name} ({say(key, language)})")


def _practitioners(connection: Connection) -> Iterator[Telephone]:
    sharing: dict[str, list[str]] = {}
    for gp in store.practitioners(connection):
        for phone in gp.phones:
            sharing.setdefault(phone, []).append(f"Dr {gp.name}")
    for phone, names in sharing.items():
        yield Telephone(phone, ", ".join(names), GP)


def _seniors(connection: Connection) -> Iterator[Telephone]:
    query = (
        select(
            people.c.phone, people.c.name, wards.c.role, wards.c.name.label("ward"), hospitals.c.name.label("hospital")
        )
        .join(ward_seniors, ward_seniors.c.person_id == people.c.id)
        .join(wards, wards.c.id == ward_seniors.c.ward_id)
        .join(hospitals, hospitals.c.id == wards.c.hospital_id)
        .order_by(wards.c.id, people.c.id)
    )
    for row in connection.execute(query):
        yield Telephone(row.phone, _called(row.name, row.role), f"{row.ward}, {row.hospital}")


def _called(name: str, role: str) -> str:
    """How somebody of a line is called: behind a desk there are no doctors."""
    return f"Dr {name}" if role == WARDS else name


def _above(connection: Connection, language: str) -> Iterator[Telephone]:
    for ward in store.wards(connection):
        if ward.coordinator:
            role = f"{say('coordinator', language)}, {ward.hospital}"
            yield Telephone(ward.coordinator.phone, ward.coordinator.name, role)
        if ward.head:
            role = f"{say('head', language)}, {ward.name}"
            yield Telephone(ward.head.phone, _called(ward.head.name, ward.role), role)
        if ward.switchboard:
            yield Telephone(ward.switchboard, say("switchboard", language), ward.hospital)


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
