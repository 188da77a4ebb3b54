"""Local times of a rota, in the nights when the clock changes too."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.local_time import BadTime, read, show

pytestmark = pytest.mark.dates
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("written", "zone", "instant", "twice"),
    [
        ("2026-11-23 08:30", PARIS, "2026-11-23T07:30", False),
        ("2026-11-23T08:30", PARIS, "2026-11-23T07:30", False),
        ("2026-11-23 08:30:00", PARIS, "2026-11-23T07:30", False),
        ("2026-12-01", PARIS, "2026-11-30T23:00", False),
        ("2027-07-14 08:30", PARIS, "2027-07-14T06:30", False),
        ("2027-03-28 01:59", PARIS, "2027-03-28T00:59", False),
        ("2027-03-28 03:00", PARIS, "2027-03-28T01:00", False),
        ("2027-10-31 02:30", PARIS, "2027-10-31T00:30", True),  # the first: summer time
        ("2027-10-31 02:30+02:00", PARIS, "2027-10-31T00:30", False),
        ("2027-10-31 02:30+01:00", PARIS, "2027-10-31T01:30", False),
        ("2027-10-31 03:00", PARIS, "2027-10-31T02:00", False),
        ("2027-03-28 02:30", "Indian/Reunion", "2027-03-27T22:30", False),
        ("2026-11-23 08:30", "America/Martinique", "2026-11-23T12:30", False),
    ],
)
def test_a_local_time_is_one_instant(written: str, zone: str, instant: str, twice: bool) -> None:
    found = read(written, zone)
    assert found.at == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert found.twice is twice


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2027-03-28 02:30", "put forward over it"),
        ("2027-03-28 02:00", "put forward over it"),
        ("2027-02-29 08:30", "calendar"),
        ("2026-11-23 24:00", "calendar"),
        ("23/11/2026 08:30", "not a time like"),
        ("2026-11-23 8h30", "not a time like"),
        ("2026-11-23 08:30:15", "not a time like"),
        ("", "not a time like"),
        ("2026-11-23 08:30+02:00", "another offset"),
    ],
)
def test_a_time_that_is_none_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(BadTime, match=why):
        read(written, PARIS)


@given(st.integers(0, 3 * 366 * 24 * 4), st.sampled_from([PARIS, "America/Miquelon"]))
def test_what_is_shown_reads_back_as_the_same_instant(quarters: int, zone: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    assert read(show(at, zone), zone).at == at


def test_the_hour_that_exists_twice_is_shown_with_its_offset_the_second_time() -> None:
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert show(first, PARIS) == "2027-10-31 02:30"
    assert show(first + timedelta(hours=1), PARIS) == "2027-10-31 02:30+01:00"


def test_the_present_moment_is_shown_to_the_minute() -> None:
    assert show(datetime(2026, 11, 23, 7, 30, 59, 999, tzinfo=UTC), PARIS) == "2026-11-23 08:30"
