"""Opening hours of wards: what a secretary writes, and when the ward then answers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.holidays_fr import is_holiday
from scheduling.opening import DAYS, BadOpening, Opening, Stretch, join, without

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("", ""),
        (" ; ", ""),
        ("mon-fri 08:30-18:30; sat 08:30-12:30", "mon-fri 08:30-18:30; sat 08:30-12:30"),
        ("sat 08:30-12:30;MON-FRI 8:30 - 18:30;", "mon-fri 08:30-18:30; sat 08:30-12:30"),
        ("mon - fri 08:30-12:30, 14:00-18:00", "mon-fri 08:30-12:30; mon-fri 14:00-18:00"),
        ("mon,wed,hol 00:00-24:00", "mon,wed,hol 00:00-24:00"),
        ("mon-sun,hol 08:00-20:00", "mon-sun,hol 08:00-20:00"),
        ("fri-mon 18:30-08:30", "mon,fri-sun 18:30-08:30"),
        ("sun 22:00-00:00", "sun 22:00-24:00"),
    ],
)
def test_hours_are_read_as_a_secretary_writes_them(written: str, canonical: str) -> None:
    opening = Opening.parse(written)
    assert str(opening) == canonical
    assert Opening.parse(canonical) == opening


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("always", "not understood"),
        ("sat", "not understood"),
        ("mon-fri", "not understood"),
        ("mon-fri 8h30-18h30", "not understood"),
        ("mon-fri 08:30", "not understood"),
        ("lun-ven 08:30-18:30", "unknown day"),
        ("mon-hol 08:30-18:30", "stands alone"),
        ("mon 25:00-26:00", "no such time"),
        ("mon 08:60-09:00", "no such time"),
        ("mon 24:00-08:00", "no such time"),
        ("mon 08:30-24:30", "no such time"),
        ("mon 08:30-08:30", "00:00-24:00"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(BadOpening, match=why):
        Opening.parse(written)


WEEK = "mon-fri 08:30-18:30; sat 08:30-12:30"


@pytest.mark.parametrize(
    ("written", "at", "is_open"),
    [
        (WEEK, "2026-11-23 08:29", False),
        (WEEK, "2026-11-23 08:30", True),
        (WEEK, "2026-11-23 18:29", True),
        (WEEK, "2026-11-23 18:30", False),
        (WEEK, "2026-11-28 12:29", True),
        (WEEK, "2026-11-28 12:30", False),
        (WEEK, "2026-11-29 10:00", False),
        (WEEK, "2027-11-01 10:00", False),  # All Saints, a Monday
        (WEEK, "2027-05-06 10:00", False),  # Ascension
        ("", "2027-11-01 03:00", True),  # always means always
        (WEEK + "; hol 10:00-12:00", "2027-11-01 10:00", True),
        (WEEK + "; hol 10:00-12:00", "2027-11-01 09:00", False),
        (WEEK + "; hol 10:00-12:00", "2026-11-23 09:00", True),
        ("mon-sun 00:00-24:00", "2027-11-01 10:00", False),
        # A night belongs to the evening it starts on …
        ("mon-fri 18:30-08:30", "2026-11-27 23:00", True),
        ("mon-fri 18:30-08:30", "2026-11-28 08:00", True),
        ("mon-fri 18:30-08:30", "2026-11-28 23:00", False),
        ("mon-fri 18:30-08:30", "2026-11-30 03:00", False),
        # … but a public holiday is closed from midnight to midnight, and its evening starts nothing.
        ("mon-fri 18:30-08:30", "2027-05-05 23:59", True),
        ("mon-fri 18:30-08:30", "2027-05-06 00:00", False),
        ("mon-fri 18:30-08:30", "2027-05-06 23:00", False),
        ("mon-fri 18:30-08:30", "2027-05-07 03:00", False),
        ("mon-fri,hol 18:30-08:30", "2027-05-06 03:00", False),
        ("mon-fri,hol 18:30-08:30", "2027-05-07 03:00", True),
    ],
)
def test_a_ward_answers_when_it_is_open(written: str, at: str, is_open: bool) -> None:
    assert Opening.parse(written).is_open(paris(at)) is is_open


def test_a_territory_keeps_its_own_holidays_and_hours() -> None:
    reunion = Opening.parse(WEEK, "Indian/Reunion")
    at = datetime(2027, 12, 20, 5, tzinfo=UTC)  # Monday, 9 o'clock there: the abolition of slavery
    assert not reunion.is_open(at)
    assert reunion.is_open(at + timedelta(days=1))
    assert not Opening.parse(WEEK).is_open(at + timedelta(days=1))  # 6 o'clock in Paris


@pytest.mark.parametrize(
    ("written", "at", "opens"),
    [
        (WEEK, "2026-11-23 10:00", "2026-11-23 10:00"),  # open now
        (WEEK, "2026-11-23 18:30", "2026-11-24 08:30"),
        (WEEK, "2026-11-28 13:00", "2026-11-30 08:30"),
        (WEEK, "2027-05-05 19:00", "2027-05-07 08:30"),  # over Ascension
        ("hol 10:00-12:00", "2027-08-15 12:00", "2027-11-01 10:00"),
        ("", "2027-11-01 03:00", "2027-11-01 03:00"),
    ],
)
def test_a_closed_ward_says_when_it_opens(written: str, at: str, opens: str) -> None:
    assert Opening.parse(written).next_opening(paris(at)) == paris(opens)


@pytest.mark.parametrize(
    ("written", "start", "minutes", "end"),
    [
        (WEEK, "2026-11-23 10:00", 30, "2026-11-23 10:30"),
        (WEEK, "2026-11-23 18:15", 30, "2026-11-24 08:45"),
        (WEEK, "2026-11-28 12:20", 30, "2026-11-30 08:50"),
        (WEEK, "2026-11-29 10:00", 30, "2026-11-30 09:00"),
        (WEEK, "2026-11-23 18:00", 30, "2026-11-23 18:30"),
        ("", "2026-11-29 23:45", 30, "2026-11-30 00:15"),
        ("", "2026-11-29 23:45", 0, "2026-11-29 23:45"),
    ],
)
def test_half_an_hour_of_opening_hours_waits_for_the_ward(written: str, start: str, minutes: int, end: str) -> None:
    assert Opening.parse(written).after_open_time(paris(start), timedelta(minutes=minutes)) == paris(end)


@pytest.mark.parametrize(
    ("evening", "length"),
    [
        ("2027-03-26", 14),
        ("2027-03-27", 13),  # summer time begins in the night
        ("2027-10-29", 14),
        ("2027-10-30", 15),  # and ends
    ],
)
def test_a_night_lasts_as_long_as_it_does(evening: str, length: int) -> None:
    nights = Opening.parse("mon-sun 18:30-08:30")
    noon = paris(f"{evening} 12:00")
    assert nights.open_time_between(noon, noon + hours(24)) == hours(length)


@pytest.mark.parametrize(("day", "length"), [("2027-03-28", 23), ("2027-10-31", 25), ("2027-10-30", 24)])
def test_a_whole_day_is_whole_on_the_days_the_clock_changes(day: str, length: int) -> None:
    midnight = paris(f"{day} 00:00")
    tomorrow = paris(f"{(midnight + timedelta(days=1)).date()} 00:00")
    for written in ("", "mon-sun,hol 00:00-24:00"):
        stretches = Opening.parse(written).between(midnight, tomorrow)
        assert stretches == [(midnight, tomorrow)]
        assert stretches[0][1].astimezone(UTC) - stretches[0][0].astimezone(UTC) == hours(length)


def test_hours_inside_the_hour_that_does_not_exist_are_none_that_day() -> None:
    opening = Opening.parse("mon-sun 02:15-02:45")
    assert opening.open_time_between(paris("2027-03-28 00:00"), paris("2027-03-28 12:00")) == hours(0.5)  # moved
    assert Opening.parse("mon-sun 02:45-03:15").between(paris("2027-03-28 00:00"), paris("2027-03-28 12:00")) == []


bands = st.builds(
    lambda days, start, length: f"{','.join(days)} {clock(start)}-{clock((start + length) % 1440)}",
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=4),
    st.integers(0, 95).map(lambda quarter: quarter * 15),
    st.integers(1, 95).map(lambda quarters: quarters * 15),
)
openings = st.lists(bands, max_size=4).map("; ".join).map(Opening.parse)
# Around both clock changes, Easter, and the holidays of May and November.
starts = st.sampled_from(["2026-11-20", "2027-03-25", "2027-05-05", "2027-10-29", "2027-12-24"]).map(
    lambda day: paris(f"{day} 00:00").astimezone(UTC)
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def open_by_the_clock_on_the_wall(opening: Opening, at: datetime) -> bool:
    """The rule read aloud, without arithmetic on instants; true outside the nights when the clock changes."""
    if not opening.bands:
        return True
    local = at.astimezone(PARIS)
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    kind, kind_before = (7 if is_holiday(day, "Europe/Paris") else day.weekday() for day in (today, yesterday))
    by_day = any(kind in band.days and band.start <= minute < band.end for band in opening.bands)
    cut = kind == 7 and kind_before != 7
    by_night = any(kind_before in band.days and minute < band.end - 1440 for band in opening.bands)
    return by_day or (by_night and not cut)


def quarters(start: datetime, days: int) -> list[datetime]:
    return [start + timedelta(minutes=15 * step) for step in range(days * 96)]


@settings(max_examples=40)
@given(openings, starts)
def test_hours_hold_as_the_clock_on_the_wall_says(opening: Opening, start: datetime) -> None:
    for at in quarters(start, 4):
        if at.astimezone(PARIS).hour not in (2, 3):
            assert opening.is_open(at) is open_by_the_clock_on_the_wall(opening, at), at


@given(openings, starts)
def test_open_and_closed_time_tile_the_week(opening: Opening, start: datetime) -> None:
    end = start + timedelta(days=7)
    opened = opening.between(start, end)
    closed = without(start, end, opened)
    assert join(opened + closed) == [(start, end)]
    assert all(before[1] == after[0] for before, after in pairwise(sorted(opened + closed)))
    assert all(opening.is_open(since) for since, _ in opened)
    assert not any(opening.is_open(since) for since, _ in closed)
    assert opening.open_time_between(start, end) == sum((until - since for since, until in opened), timedelta())


@given(openings, starts, st.integers(0, 60 * 30))
def test_open_time_is_counted_back_as_it_was_counted_out(opening: Opening, start: datetime, minutes: int) -> None:
    duration = timedelta(minutes=minutes)
    end = opening.after_open_time(start, duration)
    assert opening.open_time_between(start, end) == duration


instants = st.integers(0, 48).map(lambda hour: datetime(2027, 3, 27, tzinfo=UTC) + hours(hour))
stretches = st.lists(st.tuples(instants, instants).filter(lambda pair: pair[0] < pair[1]), max_size=6)


@given(stretches)
def test_joined_stretches_are_the_same_time(some: list[Stretch]) -> None:
    joined = join(some)
    for hour in range(49):
        at = datetime(2027, 3, 27, tzinfo=UTC) + hours(hour)
        assert any(a <= at < b for a, b in joined) is any(a <= at < b for a, b in some)
    assert all(first[1] < second[0] for first, second in pairwise(joined))


def test_durations_are_elapsed_time_even_when_asked_in_local_time() -> None:
    evening, morning = paris("2027-10-30 18:30"), paris("2027-10-31 08:30")
    assert Opening.parse("").open_time_between(evening, morning) == hours(15)
    [(since, until)] = Opening.parse("").between(evening, morning)
    assert since.tzinfo is until.tzinfo is UTC  # two times of one zone would be subtracted by the clock on the wall
    [(since, until)] = without(evening, morning, [])
    assert until - since == hours(15)
