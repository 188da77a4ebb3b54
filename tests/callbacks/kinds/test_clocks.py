"""The clocks of requests: elapsed time, opening time, working days of the territory, and what is planned."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbacks.figures.periods import FOLLOWED
from callbacks.kinds import clocks
from callbacks.kinds.clocks import BadClock
from scheduling.opening import Opening

pytestmark = pytest.mark.dates
PARIS = "Europe/Paris"
DAYTIME = "mon-fri 08:30-18:30"


def local(said: str, zone: str = PARIS) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone))


def due(clock: str, asked: str, *, hours: str = DAYTIME, zone: str = PARIS, event: str | None = None) -> str:
    event_at = None if event is None else local(event, zone)
    found = clocks.due_at(clocks.parse(clock), local(asked, zone), Opening.parse(hours, zone), zone, event_at)
    assert found.utcoffset() == timedelta(0)
    return f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


# 27 November 2026 is a Friday, 25 December too, 1 May 2027 a Saturday, 6 May 2027 Ascension Day.
DUE = [
    ("24h", "2026-11-27 15:00", "2026-11-28 15:00"),
    ("24h", "2027-03-27 15:00", "2027-03-28 16:00"),  # the clock goes forward in between
    ("2h open, 24h at most", "2026-11-26 10:15", "2026-11-26 12:15"),
    ("2h open, 24h at most", "2026-11-26 17:30", "2026-11-27 09:30"),
    ("2h open, 24h at most", "2026-11-27 17:30", "2026-11-28 17:30"),  # the week-end: 24 hours are sooner
    ("1 working day", "2026-11-26 10:15", "2026-11-27 10:15"),
    ("1 working day", "2026-11-27 17:00", "2026-11-30 17:00"),  # a Friday evening: Monday
    ("1 working day", "2026-11-28 11:00", "2026-12-01 08:30"),  # a Saturday counts from Monday's opening
    ("1 working day", "2026-11-29 23:59", "2026-12-01 08:30"),
    ("1 working day", "2026-12-24 10:00", "2026-12-28 10:00"),  # Christmas is a Friday
    ("1 working day", "2026-12-25 10:00", "2026-12-29 08:30"),
    ("1 working day", "2027-03-26 10:00", "2027-03-30 10:00"),  # Easter Monday, and the clock goes forward
    ("5 working days", "2026-11-26 10:15", "2026-12-03 10:15"),
    ("5 working days", "2027-04-30 10:15", "2027-05-10 10:15"),  # Ascension Day is a Thursday
    ("10 working days", "2026-12-18 09:00", "2027-01-05 09:00"),  # Christmas and New Year
]


@pytest.mark.parametrize(("clock", "asked", "until"), DUE)
def test_what_is_asked_is_owed_until_a_time_that_can_be_said(clock: str, asked: str, until: str) -> None:
    assert due(clock, asked) == until


def test_working_days_are_those_of_the_territory() -> None:
    # Abolition of slavery, in Guadeloupe; 27 May 2027 is a Thursday.
    assert due("1 working day", "2027-05-26 09:00", zone="America/Guadeloupe") == "2027-05-28 09:00"
    assert due("1 working day", "2027-05-26 09:00") == "2027-05-27 09:00"


def test_a_line_that_never_closes_has_two_hours_and_no_more() -> None:
    assert due("2h open, 24h at most", "2026-11-28 23:00", hours="") == "2026-11-29 01:00"


HOME = "2h before event, else 4h open, 24h at most"
PLANNED = [
    ("2026-11-27 09:00", "2026-11-27 15:00", "2026-11-27 13:00"),
    ("2026-11-27 13:30", "2026-11-27 15:00", "2026-11-27 14:00"),  # half an hour at least
    ("2026-11-27 15:30", "2026-11-27 15:00", "2026-11-27 16:00"),  # he has left already
    ("2026-11-27 09:00", None, "2026-11-27 13:00"),
    ("2026-11-27 17:30", None, "2026-11-28 17:30"),
]


@pytest.mark.parametrize(("asked", "event", "until"), PLANNED)
def test_the_gp_is_called_before_his_patient_goes_home(asked: str, event: str | None, until: str) -> None:
    assert due(HOME, asked, event=event) == until


@pytest.mark.parametrize("said", ["24h", "90m", "2h open, 24h at most", "1 working day", "10 working days", HOME])
def test_a_clock_is_written_as_it_is_read(said: str) -> None:
    assert str(clocks.parse(said)) == said


BAD = ["", "soon", "24", "10m", "0h", "241h", "3h open, 2h at most", "0 working days", "11 working days", 24, None]


@pytest.mark.parametrize("said", [*BAD, f"2h before event, else {HOME}"])
def test_a_clock_that_nobody_could_keep_or_read_is_refused(said: object) -> None:
    with pytest.raises(BadClock) as refusal:
        clocks.parse(said)
    assert refusal.value.part == str(said)


MOST = ["240h", "1h open, 240h at most", "10 working days", "2h before event, else 10 working days"]


@pytest.mark.parametrize("said", MOST)
def test_no_clock_runs_longer_than_requests_are_watched(said: str) -> None:
    clock, start, hours = clocks.parse(said), local("2026-04-20 12:00"), Opening.parse(DAYTIME, PARIS)
    for day in (*range(40), *range(230, 270)):  # the holidays of May, and of Christmas
        asked = start + timedelta(days=day)
        assert timedelta() < clocks.due_at(clock, asked, hours, PARIS) - asked <= FOLLOWED


def test_where_ten_working_days_would_take_longer_they_end_with_the_watch() -> None:
    """In Mayotte 27 April is a holiday, and so are 1, 3, 8 and 14 May 2035."""
    asked = local("2035-04-27 00:00", "Indian/Mayotte")
    assert due("10 working days", "2035-04-27 00:00", zone="Indian/Mayotte") == "2035-05-18 00:00"
    far = asked + timedelta(days=90)
    before = clocks.due_at(clocks.parse(HOME), asked, Opening(), "Indian/Mayotte", far)
    assert before - asked == FOLLOWED
