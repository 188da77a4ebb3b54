"""Directories as files: what goes out comes back unchanged, a wrong row stops all, the trail tells what changed."""

import csv
import io

import pytest
from sqlalchemy import select

from scheduling import sample, store
from scheduling import tables as t
from scheduling.directories import sheets
from scheduling.directories.sheets import Kind
from scheduling.importing import Report
from tests.scheduling.directories.conftest import Secretary
from tests.scheduling.register import Register


def take_in(sophie: Secretary, kind: Kind, data: bytes | str, *, dry_run: bool = False) -> Report:
    raw = data.encode() if isinstance(data, str) else data
    return sheets.take_in(sophie.conn, sophie.moment, sophie.by, kind, raw, dry_run=dry_run)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_goes_out_comes_back_unchanged(register: Register, kind: Kind) -> None:
    sophie = Secretary(register)
    for which, data in (
        (Kind.WARDS, sample.wards_csv()),
        (Kind.SENIORS, sample.seniors_csv()),
        (Kind.PRACTITIONERS, sample.practitioners_csv()),
        (Kind.PRACTICES, sample.practices_csv()),
    ):
        assert take_in(sophie, which, data).ok
    lines = len(sophie.lines())
    file = sheets.give_out(sophie.conn, kind)
    report = take_in(sophie, kind, file)
    assert (report.errors, report.created, report.changed) == ((), 0, 0)
    assert report.unchanged > 0
    assert len(sophie.lines()) == lines
    assert sheets.give_out(sophie.conn, kind) == file


def test_a_file_from_one_house_fills_another(sophie: Secretary) -> None:
    """Réunion's numbers, the flags and the categories too."""
    sophie.conn.execute(t.wards.update().values(asks_presence=True, announces_shift=False))
    sophie.conn.execute(t.people.update().values(category="PH"))
    files = {kind: sheets.give_out(sophie.conn, kind) for kind in (Kind.WARDS, Kind.SENIORS)}
    for table in (t.ward_seniors, t.wards, t.people, t.hospitals):
        sophie.conn.execute(table.delete())
    for kind, file in files.items():
        assert take_in(sophie, kind, file).ok
        assert sheets.give_out(sophie.conn, kind) == file
    assert set(sophie.conn.execute(select(t.wards.c.asks_presence, t.wards.c.announces_shift))) == {(True, False)}


def test_numbers_are_written_so_that_a_spreadsheet_leaves_them_alone(sophie: Secretary) -> None:
    text = sheets.give_out(sophie.conn, Kind.SENIORS).decode("utf-8-sig")
    rows = {row["name"]: row["phone"] for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert (rows["Amélie"], rows["Denis"]) == ("06 39 98 00 01", "0692 00 00 01")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x.example")', "+Durand", "-1+1", "@SUM(A1)"])
def test_no_name_is_worked_out_by_the_spreadsheet_that_opens_it_and_each_comes_back(
    sophie: Secretary, name: str
) -> None:
    said = io.StringIO()
    csv.writer(said, delimiter=";").writerows([("name", "phone", "practice"), (name, "+33199001212", name)])
    assert take_in(sophie, Kind.PRACTITIONERS, said.getvalue().encode()).ok
    file = sheets.give_out(sophie.conn, Kind.PRACTITIONERS)
    [row] = [row for row in csv.reader(io.StringIO(file.decode("utf-8-sig")), delimiter=";") if name in row[0]]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert take_in(sophie, Kind.PRACTITIONERS, file).unchanged > 0


def test_a_wrong_row_stops_all_of_it(sophie: Secretary) -> None:
    before = sheets.give_out(sophie.conn, Kind.SENIORS)
    report = take_in(sophie, Kind.SENIORS, "name,phone,wards\nFarid,0639980040,cardio\nGaëlle,17,cardio\n,06,x\n")
    assert [error.line for error in report.errors] == [3, 4, 4]
    assert sheets.give_out(sophie.conn, Kind.SENIORS) == before
    assert sophie.lines() == []


def test_a_look_at_a_file_changes_nothing_and_says_what_would(sophie: Secretary) -> None:
    file = "name,phone,wards,category\nFarid,0639980040,cardio,PH\nAmélie,0639980001,cardio;medecine,PU-PH\n"
    report = take_in(sophie, Kind.SENIORS, file, dry_run=True)
    assert (report.created, report.changed) == (1, 1)
    assert store.person_by_phone(sophie.conn, "+33639980040") is None
    assert sophie.lines() == []
    assert take_in(sophie, Kind.SENIORS, file) == report


def test_the_trail_tells_what_a_file_changed(sophie: Secretary) -> None:
    take_in(sophie, Kind.SENIORS, "name,phone,wards\nFarid,0639980040,cardio\nAmélie Durand,0639980001,cardio\n")
    assert sorted(sophie.lines()) == [
        ("person.changed", "Amélie Durand"),
        ("person.created", "Farid"),
        ("person.joined", "Farid"),
        ("person.parted", "Amélie Durand"),
    ]
    take_in(sophie, Kind.WARDS, "ward,hospital,name,opening\ncardio,Cochin,Cardiologie,\n")
    assert sophie.last().detail == {
        "before": {"opening": "mon-fri 08:30-18:30"},
        "after": {"opening": ""},
        "file": True,
    }
    assert sophie.last().ward_id == sophie.ward("cardio")


def test_practitioners_of_a_file_are_one_line_of_the_trail(sophie: Secretary) -> None:
    take_in(sophie, Kind.PRACTITIONERS, "name,phone\nMarc,0199003001\nOdile,0639989001\n")
    take_in(sophie, Kind.PRACTITIONERS, "name,phone,practice\nMarc,0199003001,Didot\n")
    assert sophie.lines() == [("practitioner.imported", ""), ("practitioner.imported", "")]
    (changed,) = sophie.last().detail["changed"]
    assert (changed["name"], changed["before"], changed["after"]) == ("Marc", {"practice": ""}, {"practice": "Didot"})


@pytest.mark.parametrize(("said", "is_asked"), [("yes", True), ("OUI", True), ("0", False), ("", False)])
def test_a_file_may_say_whether_presence_is_asked(sophie: Secretary, said: str, is_asked: bool) -> None:
    take_in(sophie, Kind.WARDS, f"ward,hospital,name,asks_presence\ncardio,Cochin,Cardiologie,{said}\n")
    found = sophie.conn.execute(select(t.wards.c.asks_presence).where(t.wards.c.slug == "cardio")).scalar_one()
    assert found is is_asked


def test_a_flag_that_is_neither_yes_nor_no_is_refused(sophie: Secretary) -> None:
    report = take_in(sophie, Kind.WARDS, "ward,hospital,name,asks_presence\ncardio,Cochin,Cardiologie,peut-être\n")
    assert [error.line for error in report.errors] == [2]
