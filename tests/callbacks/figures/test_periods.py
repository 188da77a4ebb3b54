"""Local days, weeks, months and years, and when nothing of them changes any more."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbacks.figures.periods import Grain, Period, midnight

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2027-W01", date(2027, 1, 4), date(2027, 1, 10)),
        ("2026-11-23", date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_a_period_is_read_as_it_is_written(name: str, first: date, last: date) -> None:
    period = Period.parse(name)
    assert (period.first, period.last, period.name) == (first, last, name)
    assert list(period.days())[:: max(1, (last - first).days)] == sorted({first, last})


@pytest.mark.parametrize("name", ["2026-13", "2026-W54", "november", "2026-11-31", ""])
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Period.parse(name)


@pytest.mark.parametrize("grain", Grain)
def test_what_comes_after_comes_before_the_next(grain: Grain) -> None:
    period = Period.of(grain, date(2027, 1, 1))
    assert period.after.before == period
    assert period.before.last + timedelta(days=1) == period.first
    assert date(2027, 1, 1) in period


def test_the_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    day = date(2027, 10, 31)
    assert midnight(day + timedelta(days=1), PARIS) - midnight(day, PARIS) == timedelta(hours=25)


def test_a_month_is_closed_three_weeks_after_its_last_midnight_there() -> None:
    november, end = Period.month(2026, 11), datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert november.over(end, PARIS)
    assert not november.over(end - timedelta(seconds=1), PARIS)
    assert november.closed(end + timedelta(days=21), PARIS)
    assert not november.closed(end + timedelta(days=21, seconds=-1), PARIS)
    assert not november.over(end, ZoneInfo("America/Martinique"))
