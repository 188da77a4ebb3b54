"""Practices and health centres: one number, several doctors."""

from dataclasses import replace

import pytest

from scheduling import store
from scheduling.directories import practices, practitioners
from scheduling.directories.forms import Refused, Saved, Stale, fingerprint
from scheduling.directories.sheets import Kind, give_out, take_in
from scheduling.practices import Entry, Place, doctors_at, of_practitioner, where_it_rings
from scheduling.practices import entry as on_file
from tests.scheduling.directories.conftest import Secretary, codes, form

LINE, MOBILE = "+33199003009", "+33639989001"
LILAS: dict[str, object] = {
    "name": "Maison de santé des Lilas",
    "kind": "group",
    "phone": "01 99 00 30 09",
    "town": "Les Lilas",
}


def doctor(sophie: Secretary, name: str, phone: str, rpps: str = "") -> int:
    draft = practitioners.read_form(sophie.conn, form(name=name, phone=phone, rpps=rpps), None)
    assert isinstance(draft, practitioners.Entry), draft
    saved = practitioners.save(sophie.conn, sophie.moment, sophie.by, None, draft)
    assert isinstance(saved, Saved)
    return saved.id


def read(sophie: Secretary, typed: dict[str, object], practice_id: int | None = None) -> Entry | Refused:
    return practices.read_form(sophie.conn, form(**typed), practice_id)


def saved(sophie: Secretary, typed: dict[str, object], practice_id: int | None = None, seen: str = "") -> int:
    draft = read(sophie, typed, practice_id)
    assert isinstance(draft, Entry), draft
    done = practices.save(sophie.conn, sophie.moment, sophie.by, practice_id, draft, seen)
    assert isinstance(done, Saved)
    return done.id


@pytest.fixture
def odile(sophie: Secretary) -> int:
    return doctor(sophie, "Dr Odile Fontaine", "06 39 98 90 01")


def test_its_doctors_are_found_by_its_number(sophie: Secretary, odile: int) -> None:
    marc = doctor(sophie, "Dr Marc Didier", "06 39 98 90 02")
    lilas = saved(sophie, LILAS | {"add": "Odile"})
    saved(sophie, LILAS | {"member": [odile], "add": "06 39 98 90 02"}, lilas, fingerprint(entry(sophie, lilas)))
    assert doctors_at(sophie.conn, LINE) == {marc: "Dr Marc Didier", odile: "Dr Odile Fontaine"}
    assert [one.id for one in store.practitioners_by_phone(sophie.conn, LINE)] == [marc, odile]
    place = Place("Maison de santé des Lilas", "Les Lilas", ("Dr Marc Didier", "Dr Odile Fontaine"))
    assert where_it_rings(sophie.conn, LINE) == [place]
    assert [one.id for one in of_practitioner(sophie.conn, marc)] == [lilas]


def entry(sophie: Secretary, practice_id: int) -> Entry:
    found = on_file(sophie.conn, practice_id)
    assert found is not None
    return found


def test_who_is_no_longer_ticked_has_left_and_stays_on_file(sophie: Secretary, odile: int) -> None:
    lilas = saved(sophie, LILAS | {"add": "Odile"})
    saved(sophie, LILAS, lilas, fingerprint(entry(sophie, lilas)))
    assert doctors_at(sophie.conn, LINE) == {}
    assert practitioners.entry(sophie.conn, odile) is not None


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": ""}, ("name", "empty")),
        ({"phone": ""}, ("phone", "empty")),
        ({"kind": "castle"}, ("kind", "unknown_choice")),
        ({"postcode": "7501"}, ("postcode", "postcode")),
        ({"finess": "12"}, ("finess", "finess")),
        ({"add": "Zoé"}, ("add", "member_none")),
        ({"add": "Fontaine"}, ("add", "member_several")),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    sophie: Secretary, odile: int, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    doctor(sophie, "Paul Fontaine", "06 39 98 90 03")
    assert codes(read(sophie, {**LILAS, **typed})) == [fault]


def test_one_finess_is_one_practice(sophie: Secretary) -> None:
    lilas = saved(sophie, LILAS | {"finess": "930 000 001"})
    assert codes(read(sophie, LILAS | {"finess": "930000001"})) == [("finess", "finess_taken")]
    assert isinstance(read(sophie, LILAS | {"finess": "930000001"}, lilas), Entry)


def test_who_saves_second_overwrites_nothing(sophie: Secretary) -> None:
    lilas = saved(sophie, LILAS)
    seen = entry(sophie, lilas)
    args = (sophie.conn, sophie.moment, sophie.by, lilas)
    assert practices.save(*args, replace(seen, town="Bagnolet"), fingerprint(seen)) == Saved(lilas, changed=True)
    assert isinstance(practices.save(*args, replace(seen, town="Paris"), fingerprint(seen)), Stale)
    assert entry(sophie, lilas).town == "Bagnolet"


def test_the_trail_names_its_doctors_by_number_so_that_who_is_forgotten_is_named_nowhere(
    sophie: Secretary, odile: int
) -> None:
    saved(sophie, LILAS | {"add": "Odile"})
    assert sophie.last().detail["after"]["members"] == [odile]
    assert "Odile" not in str(sophie.last().detail)


@pytest.mark.parametrize(("asked", "found"), [("lilas sante", 1), ("0199 00 30", 1), ("bagnolet", 0)])
def test_it_is_found_by_name_town_or_number(sophie: Secretary, asked: str, found: int) -> None:
    saved(sophie, LILAS)
    assert practices.search(sophie.conn, asked, 1).total == found


def test_it_closes_and_its_number_means_nobody(sophie: Secretary, odile: int) -> None:
    lilas = saved(sophie, LILAS | {"add": "Odile"})
    gone = practices.remove(sophie.conn, sophie.moment, sophie.by, lilas, fingerprint(entry(sophie, lilas)))
    assert isinstance(gone, Saved)
    assert store.practitioners_by_phone(sophie.conn, LINE) == []
    assert sophie.last().what == "practice.removed"


# As a file ------------------------------------------------------------------------------------------------------------

FILE = "name;phone;kind;postcode;finess;members\n"
ROW = "Cabinet Didot;01 99 00 30 10;cabinet;75014;750000001;06 39 98 90 01;\n".replace("01;\n", "01\n")


def taken_in(sophie: Secretary, text: str) -> tuple[int, int, int]:
    report = take_in(sophie.conn, sophie.moment, sophie.by, Kind.PRACTICES, text.encode())
    assert report.ok, report.errors
    return report.created, report.changed, report.unchanged


def test_importing_twice_changes_nothing(sophie: Secretary, odile: int) -> None:
    assert taken_in(sophie, FILE + ROW) == (1, 0, 0)
    assert taken_in(sophie, FILE + ROW) == (0, 0, 1)
    assert sophie.lines("practice") == [("practice.created", "Cabinet Didot")]


@pytest.mark.parametrize(
    "row",
    [
        "Cabinet médical Didot;01 99 00 30 11;cabinet;75014;750000001;06 39 98 90 01\n",
        "Cabinet Didot;01 99 00 30 11;cabinet;75014;;06 39 98 90 01\n",
        "CABINET DIDOT;01 99 00 30 10;centre de santé;;;Odile Fontaine\n",
    ],
)
def test_it_is_known_by_finess_or_by_name_and_place_or_number(sophie: Secretary, odile: int, row: str) -> None:
    taken_in(sophie, FILE + ROW)
    assert taken_in(sophie, FILE + row) == (0, 1, 0)
    assert practices.search(sophie.conn, "", 1).total == 1


def test_what_is_given_out_comes_back_unchanged(sophie: Secretary, odile: int) -> None:
    doctor(sophie, "Dr Marc Didier", "06 39 98 90 01")  # their number is shared: he is named otherwise
    saved(sophie, LILAS | {"member": [odile], "add": "Didier"})
    given = give_out(sophie.conn, Kind.PRACTICES).decode("utf-8-sig")
    assert taken_in(sophie, given) == (0, 0, 1)


def test_every_wrong_row_is_listed(sophie: Secretary, odile: int) -> None:
    doctor(sophie, "Odile Fontaine", "06 39 98 90 05")
    rows = (
        "A;01 99 00 30 12;château;;;\nB;01 99 00 30 13;;750;;\nC;01 99 00 30 14;;;12;\n"
        "D;01 99 00 30 15;;;;06 39 98 99 99\nE;01 99 00 30 16;;;;Odile Fontaine\nE;01 99 00 30 16;;;;\n"
    )
    report = take_in(sophie.conn, sophie.moment, sophie.by, Kind.PRACTICES, (FILE + rows).encode())
    assert [(error.line, error.code) for error in report.errors] == [
        (2, "unknown_word"),
        (3, "postcode"),
        (4, "finess"),
        (5, "member_none"),
        (6, "member_several"),
        (7, "same_practice"),
    ]
