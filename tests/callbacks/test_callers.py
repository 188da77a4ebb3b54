"""Who calls: a doctor, a practice of several, somebody of the house; a line that several share is nobody's."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, insert

from callbacks import callers
from callbacks.callers import STRANGER, Known
from scheduling import practices
from scheduling.partner_tables import practices as rows
from scheduling.practices import Entry
from scheduling.tables import people, practitioner_phones, practitioners

LINE, MOBILE, OTHER = "+33199003009", "+33639989001", "+33639989002"


@pytest.fixture
def conn(database: Engine) -> Iterator[Connection]:
    with database.connect() as connection:
        yield connection


def doctor(conn: Connection, name: str, *phones: str) -> int:
    id: int = conn.execute(insert(practitioners).values(name=name).returning(practitioners.c.id)).scalar_one()
    for position, phone in enumerate(phones):
        conn.execute(insert(practitioner_phones).values(practitioner_id=id, phone=phone, position=position))
    return id


def practice(conn: Connection, *members: int, name: str = "Maison des Lilas") -> int:
    return practices.write(conn, None, Entry(name, "group", "93260", "Les Lilas", None, (LINE,), frozenset(members)))


def test_the_only_doctor_of_a_practice_is_greeted_by_name_on_its_line(conn: Connection) -> None:
    odile = doctor(conn, "Dr Odile Fontaine", MOBILE)
    practice(conn, odile)
    known = callers.recognise(conn, LINE)
    assert (known.practitioner_id, known.practitioner_name) == (odile, "Dr Odile Fontaine")


def test_of_several_the_practice_is_greeted_and_none_of_them(conn: Connection) -> None:
    practice(conn, doctor(conn, "Dr Odile Fontaine", MOBILE), doctor(conn, "Dr Marc Didier", OTHER))
    assert callers.recognise(conn, LINE) == Known(None, None, None, None, None, "Maison des Lilas")
    assert callers.recognise(conn, MOBILE).practitioner_name == "Dr Odile Fontaine"


def test_a_doctor_who_has_the_line_on_his_own_record_too_is_one(conn: Connection) -> None:
    practice(conn, doctor(conn, "Dr Odile Fontaine", LINE))
    assert callers.recognise(conn, LINE).practitioner_name == "Dr Odile Fontaine"
    doctor(conn, "Dr Marc Didier", LINE)  # he has moved in, and nobody has told the practice's entry
    assert callers.recognise(conn, LINE).practitioner_name is None


def test_a_line_of_two_practices_is_nobody_s(conn: Connection) -> None:
    practice(conn)
    practice(conn, name="Centre de santé")
    assert callers.recognise(conn, LINE) == STRANGER


def test_a_practice_without_doctors_is_greeted_all_the_same(conn: Connection) -> None:
    practice(conn)
    assert callers.recognise(conn, LINE).practice_name == "Maison des Lilas"


def test_somebody_of_the_house_is_known_whatever_else_his_number_is(conn: Connection) -> None:
    practice(conn)
    conn.execute(insert(people).values(name="Amélie", phone=LINE))
    assert callers.recognise(conn, LINE).person_name == "Amélie"


def test_a_practice_that_has_closed_is_known_no_more(conn: Connection) -> None:
    id = practice(conn, doctor(conn, "Dr Odile Fontaine", MOBILE))
    conn.execute(rows.delete().where(rows.c.id == id))
    assert callers.recognise(conn, LINE) == STRANGER
