"""The sample hospitals: enough of everything, nothing of anybody."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from config import numbers
from scheduling import checks, practices, sample, store
from scheduling.importing import Report, import_rota
from scheduling.practices import Place

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")
FICTION = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)


START = date(2026, 11, 23)


@pytest.fixture(scope="module")
def loaded(scheduling_database: Engine) -> Iterator[tuple[Connection, list[Report]]]:
    """The sample with two weeks of rota, in a transaction of this module's own, and what its import said."""
    with scheduling_database.connect() as connection:
        yield connection, sample.load(connection, START, weeks=2)


@pytest.fixture
def connection(loaded: tuple[Connection, list[Report]]) -> Iterator[Connection]:
    with loaded[0].begin_nested() as step:
        yield loaded[0]
        step.rollback()


def test_everything_is_imported_without_a_word(loaded: tuple[Connection, list[Report]]) -> None:
    _, reports = loaded
    assert [(report.errors, report.warnings) for report in reports] == [((), ())] * 5
    assert all(report.created and not report.changed and not report.unchanged for report in reports)


def test_a_second_import_changes_nothing(loaded: tuple[Connection, list[Report]], connection: Connection) -> None:
    again = sample.load(connection, START, weeks=2)
    assert [report.unchanged for report in again] == [report.created for report in loaded[1]]
    assert not any(report.created or report.changed or report.removed for report in again)


@pytest.mark.parametrize("start", [date(2026, 12, 2), date(2027, 3, 25), date(2027, 10, 28)])
def test_the_rota_can_begin_on_any_day(connection: Connection, start: date) -> None:
    report = import_rota(connection, sample.rota_csv(start, weeks=1).encode())
    assert report.ok  # also where it overlaps the rota that is there: it says the same
    assert report.created
    midnight = noon(start).replace(hour=0)
    holes = [
        store.holes(connection, ward.id, midnight, midnight + timedelta(days=7)) for ward in store.wards(connection)
    ]
    assert not any(holes)


def test_there_is_nothing_to_mend(connection: Connection) -> None:
    found = {concern.code for concern in checks.concerns(connection, noon(START).replace(hour=0))}
    assert found <= {"unverified", "unpublished"}  # what only people can do


def test_there_are_two_hospitals_with_some_twenty_five_wards_each() -> None:
    wards = Counter(ward["hospital"] for ward in cells(sample.wards_csv()))
    assert set(wards) == {"Cochin", "Avicenne"}
    assert all(24 <= count <= 30 for count in wards.values())


def test_codes_are_shared_across_hospitals_and_inside_one() -> None:
    rows = cells(sample.wards_csv())
    across = Counter(row["keypad"] for row in rows)
    inside = Counter((row["keypad"], row["hospital"]) for row in rows)
    assert across["227"] == 2
    assert max(inside.values()) >= 2
    assert max(across.values()) <= 9  # the menu that tells them apart takes one digit


def test_some_wards_are_closed_at_night_with_and_without_cover(connection: Connection) -> None:
    night = noon(START) + timedelta(hours=10)
    answers = [store.on_call(connection, ward.id, night) for ward in store.wards(connection)]
    assert any(answer.open for answer in answers)
    assert any(answer.answering is None for answer in answers)
    assert any(not answer.open and answer.answering for answer in answers)


def test_two_seniors_stand_by_wherever_a_ward_is_open(connection: Connection) -> None:
    for ward in store.wards(connection):
        answer = store.on_call(connection, ward.id, noon(date(2026, 11, 24)))
        assert [ranked.rank for ranked in answer.seniors] == [1, 2]
        assert answer.seniors[0].person != answer.seniors[1].person


def test_every_number_is_fiction() -> None:
    written = [
        text
        for data in (sample.wards_csv(), sample.seniors_csv(), sample.practitioners_csv())
        for row in cells(data)
        for column, cell in row.items()
        if column.endswith("phone") or column == "switchboard"
        for text in cell.split(";")
    ]
    assert len(written) > 300
    assert [text for text in written if not FICTION.fullmatch(numbers.parse(text))] == []


def test_one_number_is_one_person() -> None:
    people = {(row["phone"], row["name"]) for row in cells(sample.seniors_csv())}
    for role in ("head", "coordinator"):
        people |= {(row[f"{role}_phone"], row[f"{role}_name"]) for row in cells(sample.wards_csv())}
    assert len({phone for phone, _ in people}) == len(people)
    assert len({name for _, name in people}) == len(people)


def test_two_gps_share_a_practices_line(connection: Connection) -> None:
    assert len(store.practitioners_by_phone(connection, "+33199003002")) == 2
    (didot,) = practices.where_it_rings(connection, "+33199003002")
    assert didot == Place("Maison de santé Didot", "Paris", ("Marc Lemoine", "Sonia Haddad"))
