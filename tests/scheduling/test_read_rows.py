"""A table with a shift in every row, as wards write days, hours and headings."""

from datetime import date, time

import pytest

from scheduling.importing import written
from scheduling.importing.said import BadFile
from scheduling.importing.written import Cell, Days, Unclear
from tests.scheduling.brought import asked, cell, read, said, told, workbook, wrong

pytestmark = pytest.mark.dates
MONDAY = "1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30"
NIGHT = "1 Amélie 2026-11-23 18:30 – 2026-11-24 08:30"
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
YEAR = Days(date(2026, 11, 1), date(2027, 10, 31))


@pytest.mark.parametrize(
    ("file", "shift"),
    [
        ("ward,start,end,rank,phone,name\ncardio,2026-11-23 08:30,2026-11-23 18:30,1,06 39 98 00 01,Amélie\n", MONDAY),
        ("Service;Début;Fin;Rang;Téléphone;Nom\nCARDIOLOGIE;23/11/2026 8h30;23/11/26 18:30;1;;Amélie\n", MONDAY),
        ("Planning de garde\n\nNOM\tDU\tAU\nAmélie\t23-11-2026 08:30\t23.11.2026 18h30\n", MONDAY),
        ("médecin,debut,fin\nAmélie,lundi 23 novembre 2026 à 8h30,lun. 23 nov. 2026 18h30\n", MONDAY),
        ("nom,date,début,fin\nAmélie,lundi 23/11/2026,18h30,8h30\n", NIGHT),
        ("nom,date,début,fin\nAmélie,23 novembre,8h30,18h30\n", MONDAY),
        (
            "nom,début,fin\n'=Amélie,2026-11-23 08:30,2026-11-23 18:30\n",
            "1 =Amélie 2026-11-23 08:30 – 2026-11-23 18:30",
        ),
    ],
)
def test_a_ward_writes_days_and_headings_as_it_is_used_to(file: str, shift: str) -> None:
    parsed = read(file)
    assert said(parsed) == [shift]
    assert wrong(parsed) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found(encoding: str) -> None:
    assert said(read("nom;début;fin\nAmélie;23/11/2026 08:30;23/11/2026 18:30\n".encode(encoding))) == [MONDAY]


def test_a_spreadsheet_holds_days_and_hours_as_text_as_dates_and_as_numbers() -> None:
    parsed = read(
        workbook(
            ("Nom", "Début", "Fin", "Rang", "Téléphone"),
            ("Amélie", cell("2026-11-23 08:30"), cell("2026-11-23 18:29:59.997"), 1, None),
            ("Amélie", "23/11/2026 18:30", "2026-11-24 08:30", "rang 1", None),
            ("Bruno", 46349.3541666667, 46349.7708333333, 2, 639980002),
        )
    )
    assert said(parsed) == [MONDAY, "2 Bruno 2026-11-23 08:30 – 2026-11-23 18:30", NIGHT]
    assert [row.who.phone for row in parsed.rows] == ["", "", "+33639980002"]


@pytest.mark.parametrize(
    ("said_so", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("23/11/2026", date(2026, 11, 23)),
        ("23.11.26", date(2026, 11, 23)),
        ("Lundi 23 Novembre 2026", date(2026, 11, 23)),
        ("lun 23 nov", date(2026, 11, 23)),
        ("L 23", date(2026, 11, 23)),
        ("1er novembre", date(2026, 11, 1)),
        ("23", date(2026, 11, 23)),
        (23, date(2026, 11, 23)),
        (23.0, date(2026, 11, 23)),
        (46349, date(2026, 11, 23)),
        (cell("2026-11-23"), date(2026, 11, 23)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        ("Monday 23 November 2026", date(2026, 11, 23)),
    ],
)
def test_a_day_is_read(said_so: Cell, day: date) -> None:
    assert written.day(said_so, NOVEMBER) == day


@pytest.mark.parametrize(
    ("said_so", "code"),
    [
        ("mardi 23/11/2026", "weekday_differs"),
        ("31/11/2026", "no_such_day"),
        ("29/02/2027", "no_such_day"),
        ("23 vendémiaire", "bad_day"),
        ("Total", "bad_day"),
        ("", "bad_day"),
        (True, "bad_day"),
        (0, "bad_day"),
        (1e18, "bad_day"),
        (float("inf"), "bad_day"),
        ("23", "day_incomplete"),
        (23, "day_incomplete"),
        ("23/09", "day_not_asked_or_found"),
        ("23 juil. 1926", "bad_day"),
        ("٢٣/١١/٢٠٢٦", "bad_day"),
        ("9" * 300, "bad_day"),
        (time(8, 30), "bad_day"),
    ],
)
def test_a_day_that_cannot_be_read_says_why(said_so: Cell, code: str) -> None:
    if code == "day_not_asked_or_found":
        assert written.day(said_so, YEAR) == date(2027, 9, 23)
        with pytest.raises(Unclear, match="day_not_asked"):
            written.day(said_so, NOVEMBER)
        return
    with pytest.raises(Unclear, match=f"^{code}$"):
        written.day(said_so, YEAR)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Nuit 18h30-8h30", (1110, 1950)),
        ("18:30 – 08:30", (1110, 1950)),
        ("de 8h à 18h30", (480, 1110)),
        ("Jour 8h30/18h30", (510, 1110)),
        ("0h-24h", (0, 1440)),
        ("8h30-8h30", (510, 1950)),
        ("Rang 1", None),
        ("2026-11", None),
    ],
)
def test_hours_stand_in_a_heading(text: str, hours: tuple[int, int] | None) -> None:
    assert written.hours(text) == hours


def test_every_wrong_row_is_told_with_its_place() -> None:
    parsed = read(
        "service;début;fin;rang;téléphone;nom\n"
        "cardio;23/11/2026 18:30;23/11/2026 08:30;1;;Amélie\n"
        "pneumo;23/11/2026 08:30;23/11/2026 18:30;1;;Amélie\n"
        "cardio;demain;23/11/2026 18:30;4;;Amélie\n"
        "cardio;23/11/2026 08:30;;1;;\n"
        "cardio;23/11/2026 08:30;23/11/2026 18:30;1;112;\n"
        "cardio;28/03/2027 02:30;28/03/2027 08:30;1;;Amélie\n"
        "cardio;30/10/2027 18:30;31/10/2027 02:30;1;;Amélie\n"
        "cardio;23/11/2030 08:30;23/11/2030 18:30;1;;Amélie\n"
    )
    assert wrong(parsed) == [
        ("2", "ends_before_start"),
        ("3", "other_ward"),
        ("4", "bad_rank"),
        ("4", "bad_moment"),
        ("5", "nobody"),
        ("5", "no_time"),
        ("6", "bad_phone"),
        ("7", "no_such_hour"),
    ]
    assert told(parsed) == [("8", "twice"), ("", "outside")]
    assert said(parsed) == ["1 Amélie 2027-10-30 18:30 – 2027-10-31 02:30"]


def test_the_second_of_two_hours_is_named_by_its_offset() -> None:
    parsed = read("nom,début,fin\nAmélie,2027-10-31 02:30+01:00,2027-10-31 08:30\n")
    assert parsed.rows[0].start.isoformat() == "2027-10-31T01:30:00+00:00"
    assert told(parsed) == [("1", "no_rank")]


def test_a_spreadsheet_s_faults_are_told_by_their_cells() -> None:
    parsed = read(workbook((), ("Nom", "Début", "Fin"), ("Amélie", "hier", "23/11/2026 18:30")))
    assert wrong(parsed) == [("B3", "bad_moment")]


def test_columns_that_are_not_read_are_told() -> None:
    assert told(read("nom,début,fin,rang,prime\nAmélie,23/11/2026 08:30,23/11/2026 18:30,1,oui\n")) == [
        ("1", "column_unread")
    ]


def test_a_heading_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadFile) as refused:
        read("nom,début,fin,Nom\nAmélie,23/11/2026 08:30,23/11/2026 18:30,Bruno\n")
    assert refused.value.code == "column_twice"


def test_what_lies_outside_the_wanted_days_is_counted_and_left() -> None:
    november = asked("2026-11-01", "2026-12-01")
    parsed = read(
        "nom,rang,début,fin\nA,1,30/11/2026 18:30,01/12/2026 8:30\nB,1,01/12/2026 8:30,01/12/2026 18:30\n", november
    )
    assert said(parsed) == ["1 A 2026-11-30 18:30 – 2026-12-01 08:30"]
    assert [(note.code, note.values) for note in parsed.notes] == [("outside", {"count": 1})]
