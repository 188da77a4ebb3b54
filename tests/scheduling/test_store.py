"""Who is on call, asked of the database: the one function behind calls, alerts and pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from scheduling import store
from scheduling import tables as t
from scheduling.store import NoSuchWard, Practitioner, WardName
from tests.scheduling.register import Register

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")


def paris(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=PARIS).astimezone(UTC)


@contextmanager
def statements(connection: Connection) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


@pytest.fixture
def rota(hospital: Register) -> Register:
    """A week of cardiology by day and of medicine around the clock."""
    hospital.rota(
        """\
        ward,start,end,rank,phone
        cardio,2026-11-23 08:30,2026-11-23 18:30,1,06 39 98 00 01
        cardio,2026-11-23 08:30,2026-11-23 18:30,2,06 39 98 00 02
        medecine,2026-11-23 08:30,2026-11-23 18:30,1,06 39 98 00 03
        medecine,2026-11-23 18:30,2026-11-24 08:30,1,06 39 98 00 02
        medecine,2026-11-23 18:30,2026-11-24 08:30,3,06 39 98 00 03
        """
    )
    return hospital


@pytest.mark.parametrize(
    ("ward", "at", "answering", "names"),
    [
        ("cardio", "2026-11-23 08:29", "medecine", []),
        ("cardio", "2026-11-23 08:30", "cardio", ["Amélie", "Bruno"]),
        ("cardio", "2026-11-23 18:29", "cardio", ["Amélie", "Bruno"]),
        ("cardio", "2026-11-23 18:30", "medecine", ["Bruno", "Chloé"]),
        ("cardio", "2026-11-24 08:30", "cardio", []),
        ("medecine", "2026-11-23 10:00", "medecine", ["Chloé"]),
        ("medecine", "2026-11-24 03:00", "medecine", ["Bruno", "Chloé"]),
        ("medecine", "2026-11-24 08:30", "medecine", []),
    ],
)
def test_the_rota_says_who_answers(rota: Register, ward: str, at: str, answering: str, names: list[str]) -> None:
    answer = store.on_call(rota.connection, rota.ward_id(ward), paris(at))
    assert answer.ward.slug == ward
    assert answer.answering is not None
    assert answer.answering.slug == answering
    assert [ranked.person.name for ranked in answer.seniors] == names


def test_who_is_on_call_is_one_statement(rota: Register) -> None:
    ward = rota.ward_id("cardio")
    with statements(rota.connection) as sent:
        store.on_call(rota.connection, ward, paris("2026-11-23 20:00"))
    assert len(sent) == 1


def test_the_answer_carries_who_stands_above_the_rota(rota: Register) -> None:
    answer = store.on_call(rota.connection, rota.ward_id("cardio"), paris("2026-11-23 20:00"))
    assert answer.ward.head is not None
    assert (answer.ward.head.name, answer.ward.head.phone) == ("Dr Roux", "+33639980090")
    assert answer.ward.coordinator is not None
    assert answer.ward.coordinator.name == "Mme Blanc"
    assert answer.ward.switchboard == "+33199001000"
    assert answer.ward.hospital == "Cochin"
    assert answer.next_opening == paris("2026-11-24 08:30")


def test_who_is_on_call_at_any_instant_of_two_days_is_two_statements_and_the_same_answer(rota: Register) -> None:
    start = paris("2026-11-23 07:00")
    every = [start + timedelta(minutes=30 * step) for step in range(96)]
    for ward in ("cardio", "medecine"):
        ward_id = rota.ward_id(ward)
        with statements(rota.connection) as sent:
            near = store.answers_between(rota.connection, ward_id, start, start + timedelta(days=2))
            answers = [near(at) for at in every]
        assert len(sent) == 2
        assert answers == [store.on_call(rota.connection, ward_id, at) for at in every]


def test_who_texted_stop_is_still_on_call_and_known_as_such(rota: Register) -> None:
    stop = update(t.people).where(t.people.c.name == "Amélie").values(opted_out_at=paris("2026-11-01 10:00"))
    rota.connection.execute(stop)
    answer = store.on_call(rota.connection, rota.ward_id("cardio"), paris("2026-11-23 10:00"))
    assert [(ranked.person.name, ranked.person.opted_out) for ranked in answer.seniors] == [
        ("Amélie", True),
        ("Bruno", False),
    ]


def test_wards_that_cover_each_other_do_not_turn_in_circles(rota: Register) -> None:
    rota.wards(
        """\
        ward,hospital,name,opening,covered_by
        cardio,Cochin,Cardiologie,mon-fri 08:30-18:30,medecine
        medecine,Cochin,Médecine interne,sat 08:30-12:30,urgences
        urgences,Cochin,Urgences,sun 08:30-12:30,cardio
        """
    )
    connection = rota.connection
    assert [ward.slug for ward in store.chain(connection, rota.ward_id("urgences"))] == [
        "urgences",
        "cardio",
        "medecine",
    ]
    night = store.on_call(connection, rota.ward_id("cardio"), paris("2026-11-23 20:00"))
    assert night.answering is None
    assert night.seniors == ()


def test_a_ward_that_is_not_there_is_an_error(register: Register) -> None:
    for ask in (store.ward, store.chain):
        with pytest.raises(NoSuchWard):
            ask(register.connection, 404)
    with pytest.raises(NoSuchWard):
        store.on_call(register.connection, 404, paris("2026-11-23 10:00"))


def test_a_ward_knows_its_zone(hospital: Register) -> None:
    ward = store.ward(hospital.connection, hospital.ward_id("saint-pierre"))
    assert ward.timezone == ward.opening.timezone == "Indian/Reunion"
    assert ward.head is not None
    assert ward.head.phone == "+262692000090"


def test_two_people_cannot_hold_the_same_ward_rank_and_instant(hospital: Register) -> None:
    amelie, bruno = (store.person_by_phone(hospital.connection, f"+3363998000{n}") for n in (1, 2))
    assert amelie is not None
    assert bruno is not None
    ward = hospital.ward_id("cardio")
    start = paris("2026-11-23 08:30")

    def hold(person_id: int, since: datetime, hours: int, rank: int = 1) -> None:
        during = Range(since, since + timedelta(hours=hours), bounds="[)")
        row = {"ward_id": ward, "person_id": person_id, "rank": rank, "during": during}
        with hospital.connection.begin_nested():
            hospital.connection.execute(insert(t.shifts), row)

    hold(amelie.id, start, 10)
    hold(bruno.id, start, 10, rank=2)
    hold(bruno.id, start + timedelta(hours=10), 14)  # a hand-over touches and does not overlap
    with pytest.raises(IntegrityError, match="shifts_one_person_at_a_time"):
        hold(bruno.id, start + timedelta(hours=9), 1)
    with pytest.raises(IntegrityError, match="bounded"):
        hold(bruno.id, start, 0)  # an empty range overlaps nothing


def test_a_hand_over_is_moved_inside_one_transaction(rota: Register) -> None:
    def during(start: str, end: str, name: str) -> None:
        who = store.person_by_phone(rota.connection, {"Chloé": "+33639980003", "Bruno": "+33639980002"}[name])
        assert who is not None
        mine = (
            (t.shifts.c.ward_id == rota.ward_id("medecine")) & (t.shifts.c.rank == 1) & (t.shifts.c.person_id == who.id)
        )
        moved = Range(paris(start), paris(end), bounds="[)")
        rota.connection.execute(update(t.shifts).where(mine).values(during=moved))

    rota.connection.execute(text("set constraints all deferred"))
    during("2026-11-23 08:30", "2026-11-23 20:00", "Chloé")  # overlaps Bruno until he is moved too
    during("2026-11-23 20:00", "2026-11-24 08:30", "Bruno")
    rota.connection.execute(text("set constraints all immediate"))
    answer = store.on_call(rota.connection, rota.ward_id("medecine"), paris("2026-11-23 19:00"))
    assert answer.seniors[0].person.name == "Chloé"


quarter = timedelta(minutes=15)
night_of_15_hours = paris("2027-10-30 12:00")
random_shifts = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 90), st.integers(1, 40)), max_size=10
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_shifts)
def test_the_database_answers_as_a_naive_scan_every_quarter_of_an_hour(
    hospital: Register, shifts: list[tuple[int, int, int, int]]
) -> None:
    connection = hospital.connection
    ward = hospital.ward_id("medecine")
    people = [store.person_by_phone(connection, f"+3363998000{number}") for number in (1, 2, 3)]
    accepted: list[tuple[int, str, datetime, datetime]] = []
    with connection.begin_nested() as example:
        for rank, who, start, length in shifts:
            since, until = (night_of_15_hours + steps * quarter for steps in (start, start + length))
            person = people[who]
            assert person is not None
            row = {"ward_id": ward, "person_id": person.id, "rank": rank, "during": Range(since, until, bounds="[)")}
            try:
                with connection.begin_nested():
                    connection.execute(insert(t.shifts), row)
            except IntegrityError:
                assert any(rank == held[0] and since < held[3] and held[2] < until for held in accepted)
            else:
                accepted.append((rank, person.name, since, until))
        for step in range(130):
            at = night_of_15_hours + step * quarter
            answer = store.on_call(connection, ward, at)
            shown = [(ranked.rank, ranked.person.name) for ranked in answer.seniors]
            assert shown == sorted((rank, name) for rank, name, since, until in accepted if since <= at < until)
            assert len({rank for rank, _ in shown}) == len(shown)
        example.rollback()


def test_callers_find_wards_by_their_letters(hospital: Register) -> None:
    found = store.wards_by_keypad(hospital.connection, "227")
    assert [(ward.slug, ward.hospital) for ward in found] == [("cardio", "Cochin"), ("saint-pierre", "Réunion Sud")]
    assert store.wards_by_keypad(hospital.connection, "999") == []


def test_callers_find_wards_by_hospital(hospital: Register) -> None:
    cochin, reunion = store.hospitals(hospital.connection)
    assert (cochin.name, reunion.name, reunion.timezone) == ("Cochin", "Réunion Sud", "Indian/Reunion")
    assert [ward.name for ward in store.wards_of(hospital.connection, cochin.id)] == ["Cardiologie", "Médecine interne"]


def test_callers_say_a_wards_name_or_its_keywords(hospital: Register) -> None:
    hospital.wards("ward,hospital,name,keywords\ncardio,Cochin,Cardiologie,cœur;cardio\n")
    names = store.all_ward_names(hospital.connection)
    cardio = WardName(hospital.ward_id("cardio"), "cardio", "Cardiologie", "Cochin", "227", ("cœur", "cardio"))
    assert cardio in names
    assert [ward.slug for ward in names] == ["cardio", "medecine", "saint-pierre"]
    assert [ward.slug for ward in store.wards(hospital.connection)] == ["cardio", "medecine", "saint-pierre"]


def test_people_are_known_by_their_phone(hospital: Register) -> None:
    amelie = store.person_by_phone(hospital.connection, "+33639980001")
    assert amelie is not None
    assert (amelie.name, amelie.title, amelie.opted_out) == ("Amélie", "PH", False)
    assert store.person(hospital.connection, amelie.id) == amelie
    assert store.people(hospital.connection, [amelie.id]) == [amelie]
    assert store.person_by_phone(hospital.connection, "+33639980099") is None


def test_doctors_of_one_practice_share_its_line(register: Register) -> None:
    register.practitioners(
        """\
        name,phone,email,rpps,practice
        Odile Fontaine,06 39 98 90 01;01 99 00 30 01,odile@cabinet.example,99700218896,Cabinet Didot
        Marc Lemoine,01 99 00 30 01,,,
        """
    )
    marc, odile = store.practitioners_by_phone(register.connection, "+33199003001")
    assert odile == Practitioner(
        odile.id,
        "Odile Fontaine",
        "odile@cabinet.example",
        "99700218896",
        "Cabinet Didot",
        ("+33639989001", "+33199003001"),
    )
    assert marc.name == "Marc Lemoine"
    assert store.practitioners_by_phone(register.connection, "+33639989001") == [odile]
    assert store.practitioner(register.connection, odile.id) == odile
    assert store.practitioners(register.connection) == [marc, odile]


def test_a_hole_in_the_rota_is_shown(rota: Register) -> None:
    holes = store.holes(rota.connection, rota.ward_id("cardio"), paris("2026-11-23 00:00"), paris("2026-11-25 00:00"))
    assert holes == [(paris("2026-11-24 08:30"), paris("2026-11-24 18:30"))]


def test_shifts_between_two_instants_are_those_that_touch_them(rota: Register) -> None:
    ward = rota.ward_id("medecine")
    found = store.shifts_between(rota.connection, [ward], paris("2026-11-23 18:00"), paris("2026-11-23 18:30"))
    assert [(shift.person.name, shift.rank) for shift in found] == [("Chloé", 1)]
    found = store.shifts_between(rota.connection, [ward], paris("2026-11-23 18:00"), paris("2026-11-23 18:31"))
    assert [(shift.person.name, shift.rank) for shift in found] == [("Chloé", 1), ("Bruno", 1), ("Chloé", 3)]
