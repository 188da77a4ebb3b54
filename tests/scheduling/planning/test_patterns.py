"""Templates: which hours of which days are to be held, through week-ends, holidays and clock changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.opening import Band, Opening
from scheduling.planning.patterns import Fault, Kind, Place, Template, fault, offered, places

PARIS = "Europe/Paris"
pytestmark = pytest.mark.dates


def template(kind: Kind, hours: str, rank: int = 1) -> Template:
    return Template(kind.value, kind, Opening.parse(hours).bands, rank)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(offset) for offset in range(count)]


def standard() -> list[Template]:
    return [Template(kind.value, kind, bands) for kind, bands in offered(Opening()).items()]


def hours_of(place: Place) -> float:
    return (place.end - place.start) / timedelta(hours=1)


def test_what_a_new_ward_is_offered_leaves_no_minute_of_the_year_without_anybody() -> None:
    year = places(standard(), days(date(2027, 1, 1), 365), PARIS)
    edges = [(place.start, place.end) for place in year]
    assert all(before[1] == after[0] for before, after in pairwise(edges))
    assert edges[-1][1] - edges[0][0] == timedelta(days=365)


@pytest.mark.parametrize(("evening", "hours"), [((2027, 3, 27), 13), ((2027, 10, 30), 15), ((2027, 6, 1), 14)])
def test_a_night_lasts_as_long_as_its_clock_makes_it(evening: tuple[int, int, int], hours: int) -> None:
    nights = template(Kind.NIGHT, "mon-sun 18:30-08:30")
    assert [hours_of(place) for place in places([nights], [date(*evening)], PARIS)] == [hours]


def test_christmas_is_held_as_a_holiday_and_the_night_before_it_runs_to_its_morning() -> None:
    found = places(standard(), days(date(2026, 12, 24), 2), PARIS)  # a Thursday and the Friday
    assert [(place.kind, place.start.hour, hours_of(place)) for place in found] == [
        (Kind.DAY, 7, 10),
        (Kind.NIGHT, 17, 14),
        (Kind.HOLIDAY, 7, 10),
        (Kind.HOLIDAY, 17, 14),
    ]


def test_a_holiday_on_a_sunday_is_held_as_a_holiday() -> None:
    (day, night) = places(standard(), [date(2027, 8, 15)], PARIS)
    assert {day.kind, night.kind} == {Kind.HOLIDAY}


def test_without_a_template_for_holidays_the_days_own_hours_count() -> None:
    working = [each for each in standard() if each.kind is not Kind.HOLIDAY]
    assert [place.kind for place in places(working, [date(2026, 12, 25)], PARIS)] == [Kind.DAY, Kind.NIGHT]


def test_a_weekend_that_covers_part_of_the_night_leaves_the_night_the_rest() -> None:
    nights, weekend = template(Kind.NIGHT, "mon-sun 18:30-08:30"), template(Kind.WEEKEND, "sat-sun 00:00-24:00")
    friday, saturday = date(2027, 1, 8), date(2027, 1, 9)
    found = places([nights, weekend], [friday, saturday, date(2027, 1, 10)], PARIS)
    assert found[0] == Place(
        Kind.NIGHT, 1, friday, datetime(2027, 1, 8, 17, 30, tzinfo=UTC), datetime(2027, 1, 8, 23, 0, tzinfo=UTC)
    )
    assert [place.kind for place in found] == [Kind.NIGHT, Kind.WEEKEND, Kind.WEEKEND, Kind.NIGHT]


def test_the_first_rank_takes_nothing_from_the_second() -> None:
    first, second = template(Kind.WEEKEND, "sat 08:30-18:30"), template(Kind.DAY, "sat 08:30-18:30", rank=2)
    assert [place.rank for place in places([first, second], [date(2027, 1, 9)], PARIS)] == [1, 2]


def test_in_reunion_the_end_of_slavery_is_a_holiday() -> None:
    (day, night) = places(standard(), [date(2027, 12, 20)], "Indian/Reunion")
    assert {day.kind, night.kind} == {Kind.HOLIDAY}


@pytest.mark.parametrize(
    ("opening", "kinds"),
    [
        ("", {"day", "night", "weekend", "holiday"}),
        ("mon-fri 08:30-18:30", {"day"}),
        ("mon-fri 08:30-18:30; sat 08:30-12:30", {"day", "weekend"}),
        ("mon-sun,hol 08:30-18:30", {"day", "weekend", "holiday"}),
        ("mon-fri 18:30-08:30", {"night"}),
        ("mon-fri 00:00-24:00", {"day", "night"}),
    ],
)
def test_a_ward_is_offered_the_kinds_that_it_is_open_for(opening: str, kinds: set[str]) -> None:
    hours = offered(Opening.parse(opening))
    assert {kind.value for kind in hours} == kinds
    assert all(fault(Template("name", kind, bands)) is None for kind, bands in hours.items())


def test_a_ward_that_is_open_on_saturday_mornings_is_offered_its_own_saturday() -> None:
    assert Template("", Kind.WEEKEND, offered(Opening.parse("sat 08:30-12:30"))[Kind.WEEKEND]).hours == (
        "sat 08:30-12:30"
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Template(" ", Kind.DAY, (Band((0,), 510, 1110),)), Fault.NO_NAME),
        (Template("Jour", Kind.DAY, ()), Fault.NO_DAY),
        (Template("Jour", Kind.DAY, (Band((0, 7), 510, 1110),)), Fault.HOLIDAY_ALONE),
        (Template("Férié", Kind.HOLIDAY, (Band((6, 7), 510, 1110),)), Fault.HOLIDAY_ALONE),
        (Template("Nuit", Kind.NIGHT, (Band((0, 1), 1110, 2000),)), None),
        (Template("Nuit", Kind.NIGHT, (Band((0,), 510, 1110), Band((0,), 1000, 1400))), Fault.OVERLAPS_ITSELF),
        (Template("Nuit", Kind.NIGHT, (Band((6,), 1110, 2000), Band((0,), 500, 600))), Fault.OVERLAPS_ITSELF),
        (Template("Jour", Kind.DAY, (Band((0,), 510, 1110),), rank=4), Fault.BAD_RANK),
    ],
)
def test_a_template_that_makes_no_sense_is_refused_with_its_reason(given: Template, found: Fault | None) -> None:
    assert fault(given) is found


_bands = st.builds(
    lambda days, start, length: Band(tuple(sorted(days)), start, start + length),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 47).map(lambda half: half * 30),
    st.integers(1, 48).map(lambda half: half * 30),
)
_templates = st.builds(
    Template, st.just("x"), st.sampled_from(Kind), st.lists(_bands, max_size=3).map(tuple), st.sampled_from((1, 2))
)


@given(st.lists(_templates, max_size=4), st.dates(date(2027, 3, 20), date(2027, 11, 5)), st.integers(1, 21))
def test_nobody_is_ever_asked_for_twice_at_a_rank(templates: list[Template], first: date, count: int) -> None:
    found = places(templates, days(first, count), PARIS)
    for rank in (1, 2):
        held = [place for place in found if place.rank == rank]
        assert all(before.end <= after.start for before, after in pairwise(held))
    assert all(place.start < place.end for place in found)
