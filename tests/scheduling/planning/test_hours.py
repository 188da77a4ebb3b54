"""Hours as somebody types them: what was meant, or a sentence that helps."""

import pytest

from scheduling.planning.changes import Refused
from scheduling.planning.hours import Hours, read_hours
from scheduling.planning.wording import said
from tests.scheduling.planning.editors import paris

pytestmark = pytest.mark.dates
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23 08:30", "2026-11-23 18:30"),
        ("2026-11-23T08:30", "2026-11-23T18:30:00"),
        (" 2026-11-23 08:30 ", "2026-11-24"),
    ],
)
def test_hours_are_read_as_forms_and_files_write_them(start: str, end: str) -> None:
    hours = read_hours(start, end, PARIS)
    assert isinstance(hours, Hours)
    assert (hours.start, hours.warnings) == (paris("2026-11-23 08:30"), ())


def test_the_same_hours_elsewhere_are_other_instants() -> None:
    hours = read_hours("2026-11-23 08:30", "2026-11-23 18:30", "Indian/Reunion")
    assert isinstance(hours, Hours)
    assert hours.start == paris("2026-11-23 05:30")


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("2026-11-23 18:30", "2026-11-23 08:30", ["ends_before_start"]),
        ("2026-11-23 18:30", "2026-11-23 18:30", ["ends_before_start"]),
        ("2026-12-01", "2027-01-02", ["too_long"]),
        ("2027-03-28 02:30", "2027-03-28 08:30", ["no_such_hour"]),  # the clock goes from 01:59 to 03:00
        ("2027-03-27 18:30", "2027-03-28 02:00", ["no_such_hour"]),
        ("2027-02-29 08:30", "2027-02-29 18:30", ["no_such_day", "no_such_day"]),
        ("2026-11-23 08:30", "2026-11-23 25:00", ["no_such_day"]),
        ("demain", "", ["not_a_time", "not_a_time"]),
        ("0001-01-01 00:00", "9999-12-31 23:59", ["far_away", "far_away"]),
        ("2026-11-23 08:30+05:00", "2026-11-23 18:30", ["other_offset"]),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_sentence(start: str, end: str, codes: list[str]) -> None:
    refused = read_hours(start, end, PARIS)
    assert isinstance(refused, Refused)
    assert [remark.code for remark in refused.remarks] == codes
    for remark in refused.remarks:
        assert said(remark, "fr").endswith((".", "changement."))
        assert said(remark, "fr") != said(remark, "en")


def test_the_hour_that_does_not_exist_is_named_and_what_to_do_said() -> None:
    refused = read_hours("2027-03-28 02:30", "2027-03-28 08:30", PARIS)
    assert isinstance(refused, Refused)
    sentence = said(refused.remarks[0])
    assert "2027-03-28 02:30" in sentence
    assert "Choisissez une heure avant ou après" in sentence


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "warned"),
    [
        ("2027-10-30 18:30", "2027-10-31 02:30", "2027-10-30T16:30Z", "2027-10-31T00:30Z", 1),
        ("2027-10-31 02:30", "2027-10-31 08:30", "2027-10-31T00:30Z", "2027-10-31T07:30Z", 1),
        ("2027-10-31 02:00", "2027-10-31 02:30", "2027-10-31T00:00Z", "2027-10-31T00:30Z", 2),
        ("2027-10-31 02:30", "2027-10-31 02:30+01:00", "2027-10-31T00:30Z", "2027-10-31T01:30Z", 1),
        ("2027-10-31 02:30+01:00", "2027-10-31 08:30", "2027-10-31T01:30Z", "2027-10-31T07:30Z", 0),
    ],
)
def test_the_hour_that_comes_twice_is_the_first_and_told(
    start: str, end: str, first: str, last: str, warned: int
) -> None:
    hours = read_hours(start, end, PARIS)
    assert isinstance(hours, Hours)
    assert (f"{hours.start:%Y-%m-%dT%H:%MZ}", f"{hours.end:%Y-%m-%dT%H:%MZ}") == (first, last)
    assert [remark.code for remark in hours.warnings] == ["twice"] * warned


def test_what_was_typed_comes_back_shortened() -> None:
    refused = read_hours("x" * 100_000, "2026-11-23", PARIS)
    assert isinstance(refused, Refused)
    assert len(said(refused.remarks[0])) < 200
