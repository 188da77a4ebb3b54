"""What weighs on people: which shift is a night, a week-end or a holiday, and who has a head start."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.planning.fairness import CATCH_UP, Tally, burden, head_starts, total

pytestmark = pytest.mark.dates
PARIS = "Europe/Paris"


def at(text: str, zone: str = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def days(*texts: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, texts))


@pytest.mark.parametrize(
    ("start", "end", "nights", "weekends", "holidays"),
    [
        ("2027-01-04 08:30", "2027-01-04 18:30", (), (), ()),  # a Monday
        ("2027-01-04 18:30", "2027-01-05 08:30", ("2027-01-04",), (), ()),
        ("2027-01-04 20:00", "2027-01-05 03:00", (), (), ()),  # half a night: the deep of it is another's
        ("2027-01-05 03:00", "2027-01-05 08:00", ("2027-01-04",), (), ()),
        ("2027-01-08 18:30", "2027-01-09 08:30", ("2027-01-08",), (), ()),  # Friday night is no week-end
        ("2027-01-09 08:30", "2027-01-09 12:00", (), (), ()),  # Saturday morning is service
        ("2027-01-09 08:30", "2027-01-09 12:30", (), ("2027-01-09",), ()),
        ("2027-01-10 08:30", "2027-01-10 18:30", (), ("2027-01-09",), ()),
        ("2027-01-10 18:30", "2027-01-11 08:30", ("2027-01-10",), ("2027-01-09",), ()),
        ("2027-01-08 18:30", "2027-01-11 08:30", ("2027-01-08", "2027-01-09", "2027-01-10"), ("2027-01-09",), ()),
        ("2026-12-24 18:30", "2026-12-25 08:30", ("2026-12-24",), (), ()),  # the night before Christmas
        ("2026-12-25 08:30", "2026-12-26 08:30", ("2026-12-25",), (), ("2026-12-25",)),
        ("2027-03-28 00:00", "2027-03-28 08:00", ("2027-03-27",), ("2027-03-27",), ()),  # 7 h: the clock goes forward
        ("2027-10-31 00:00", "2027-10-31 08:00", ("2027-10-30",), ("2027-10-30",), ("2027-11-01",)[:0]),
    ],
)
def test_what_a_shift_weighs(
    start: str, end: str, nights: tuple[str, ...], weekends: tuple[str, ...], holidays: tuple[str, ...]
) -> None:
    weight = burden(at(start), at(end), PARIS)
    assert (weight.nights, weight.weekends, weight.holidays) == (days(*nights), days(*weekends), days(*holidays))


def test_hours_are_those_that_pass_and_not_those_of_the_clock() -> None:
    assert burden(at("2027-03-27 18:30"), at("2027-03-28 08:30"), PARIS).time == timedelta(hours=13)
    assert burden(at("2027-10-30 18:30"), at("2027-10-31 08:30"), PARIS).time == timedelta(hours=15)


def test_a_weekend_in_four_shifts_is_one_weekend_and_two_nights() -> None:
    edges = [at(text) for text in ("2027-01-09 08:30", "2027-01-09 18:30", "2027-01-10 08:30", "2027-01-10 18:30")]
    shifts = list(zip(edges, [*edges[1:], at("2027-01-11 08:30")], strict=True))
    assert total(shifts, PARIS).tally == Tally(nights=2, weekends=1, holidays=0, time=timedelta(hours=48))


def test_a_night_in_noumea_is_a_night_of_its_own_clock() -> None:
    zone = "Pacific/Noumea"
    assert burden(at("2027-01-04 18:30", zone), at("2027-01-05 08:30", zone), zone).nights == days("2027-01-04")


@pytest.mark.parametrize(
    ("before", "ahead"),
    [
        ({1: 5, 2: 4, 3: 4}, {1: 1, 2: 0, 3: 0}),
        (
            {1: 20, 2: 19, 3: 0},
            {1: CATCH_UP, 2: CATCH_UP - 1, 3: 0},
        ),  # who has just come does not pay for the years before
        ({}, {}),
    ],
)
def test_who_bore_more_lately_is_ahead_by_so_much_and_no_further(before: dict[int, int], ahead: dict[int, int]) -> None:
    found = head_starts({person: Tally(nights=nights) for person, nights in before.items()})
    assert {person: tally.nights for person, tally in found.items()} == ahead
