"""The month as a ward keeps it on the wall: days down, ranks or bands across, a name in each cell."""

from datetime import date

import pytest

from scheduling.opening import Opening
from scheduling.planning.patterns import Kind, Template
from tests.scheduling.brought import asked, cell, read, said, told, workbook, wrong

pytestmark = pytest.mark.dates
NIGHT = Template("Nuit", Kind.NIGHT, Opening.parse("mon-fri 18:30-08:30").bands)
DAY_2 = Template("Jour (2)", Kind.DAY, Opening.parse("mon-fri 08:30-18:30").bands, rank=2)


def test_ranks_go_from_one_hand_over_to_the_next() -> None:
    parsed = read(
        workbook(
            ("Cardiologie – novembre 2026",),
            ("Date", "Rang 1", "2e rang"),
            (cell("2026-11-23"), "Dr Durand", "PETIT Bruno"),
            (cell("2026-11-24"), "Petit", "-"),
        ),
        asked(hand_over=9 * 60),
    )
    assert said(parsed) == [
        "1 Dr Durand 2026-11-23 09:00 – 2026-11-24 09:00",
        "2 PETIT Bruno 2026-11-23 09:00 – 2026-11-24 09:00",
        "1 Petit 2026-11-24 09:00 – 2026-11-25 09:00",
    ]


def test_hours_in_a_heading_and_the_ward_s_templates_say_when() -> None:
    parsed = read(
        "jour;date;Soirée 18h30-23h rang 3;NUIT;Jour (2);Observations;Interne\n"
        "lundi;23/11/2026;A;B;C;férié ?;Zoé\n"
        "samedi;28/11/2026;A;;;;\n",
        asked(templates=[NIGHT, DAY_2]),
    )
    assert said(parsed) == [
        "2 C 2026-11-23 08:30 – 2026-11-23 18:30",
        "1 B 2026-11-23 18:30 – 2026-11-24 08:30",
        "3 A 2026-11-23 18:30 – 2026-11-23 23:00",
        "3 A 2026-11-28 18:30 – 2026-11-28 23:00",
    ]
    assert told(parsed) == [("1", "column_unread")]
    assert wrong(parsed) == []


def test_a_template_without_hours_on_that_day_is_told_by_its_cell() -> None:
    parsed = read(workbook(("Date", "Nuit"), (cell("2026-11-28"), "Amélie")), asked(templates=[NIGHT]))
    assert wrong(parsed) == [("B2", "no_hours_that_day")]


def test_days_without_month_are_those_of_the_month_that_is_asked_for() -> None:
    november = asked("2026-11-01", "2026-12-01")
    parsed = read("Jour,Rang 1\nD 1,Amélie\nL 2,Bruno\nMa 3,Chloé\n", november)
    assert [row[:21] for row in said(parsed)] == [
        "1 Amélie 2026-11-01 0",
        "1 Bruno 2026-11-02 08",
        "1 Chloé 2026-11-03 08",
    ]
    assert wrong(read("Jour,Rang 1\n1,Amélie\n2,Bruno\n")) == [("2", "day_incomplete"), ("3", "day_incomplete")]


def test_a_name_across_merged_cells_holds_them_all() -> None:
    """A reader that saw the first cell alone would leave Sunday empty, and say nothing."""
    week_end = [(date(2026, 11, 28), "Amélie", "Bruno"), (date(2026, 11, 29), None, "Chloé")]
    parsed = read(workbook(("Date", "Rang 1", "Rang 2"), *week_end, merged=["B2:B3"]))
    assert [row for row in said(parsed) if row.startswith("1")] == [
        "1 Amélie 2026-11-28 08:30 – 2026-11-29 08:30",
        "1 Amélie 2026-11-29 08:30 – 2026-11-30 08:30",
    ]


def test_each_sheet_that_holds_a_month_is_read_and_the_others_told() -> None:
    book = workbook(("Date", "Rang 1"), (cell("2026-11-23"), "Amélie"), sheets=("Novembre", "Copie"))
    parsed = read(book)
    assert [row.place.name for row in parsed.rows] == ["Novembre B2", "Copie B2"]


def test_a_wrong_day_with_a_name_beside_it_is_told() -> None:
    parsed = read("Date,Rang 1\n23/11/2026,Amélie\n31/11/2026,Bruno\nTotal,2\nmardi 23/11/2026,Chloé\n,\n")
    assert wrong(parsed) == [("3", "no_such_day"), ("4", "bad_day"), ("5", "weekday_differs")]


def test_columns_need_a_heading_that_says_something() -> None:
    assert wrong(read("23/11/2026,Amélie\n24/11/2026,Bruno\n")) == [("1", "no_header")]
    nothing = read("Date,Médecins\n23/11/2026,Amélie\n")
    assert (wrong(nothing), told(nothing)) == ([("1", "no_column")], [("1", "column_unread")])


def test_the_nights_of_the_clock_changes_last_as_long_as_they_do() -> None:
    parsed = read("Date,Nuit 18h30-8h30\n27/03/2027,Amélie\n30/10/2027,Bruno\n")
    assert [(row.end - row.start).total_seconds() / 3600 for row in parsed.rows] == [13, 15]
    assert wrong(read("Date,Nuit 2h30-8h30\n28/03/2027,Amélie\n")) == [("2", "no_such_hour")]
