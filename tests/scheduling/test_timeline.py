"""A stretch of the rota at once: the same answer as asking about every instant of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import rota
from scheduling.opening import Opening
from scheduling.rota import ALWAYS, Person, Shift, Ward
from scheduling.timeline import Segment, timeline

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")
PEOPLE = [
    Person(number, name, "PH", f"+3363998{number:04}", "", False) for number, name in enumerate(("Amélie", "Bruno"), 1)
]
HOURS = [
    "",
    "mon-fri 08:30-18:30",
    "mon-fri 18:30-08:30; sat,sun,hol 00:00-24:00",
    "mon-sat 22:00-02:30; hol 02:15-03:00",
    "sun 00:00-24:00",
    "tue 10:00-10:15",
]
# A quiet week, both clock changes, Christmas and the New Year, and the holidays of May.
WEEKS = ["2026-11-23", "2027-03-26", "2027-10-29", "2026-12-24", "2027-05-05"]


def a_ward(number: int, opening: str) -> Ward:
    hours = Opening.parse(opening)
    return Ward(
        number, f"ward-{number}", "Cardiologie", "Cochin", "Europe/Paris", "227", (), hours, None, None, None, ""
    )


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


QUARTER = timedelta(minutes=15)
DAYS = 5


@st.composite
def weeks(draw: st.DrawFn) -> tuple[list[Ward], list[Shift], datetime]:
    begin = paris(f"{draw(st.sampled_from(WEEKS))} 00:00")
    opens = st.one_of(st.just(ALWAYS), st.none(), st.integers(-1, DAYS * 96).map(lambda n: begin + n * QUARTER))
    chain = [
        replace(a_ward(number, draw(st.sampled_from(HOURS))), live_from=draw(opens))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    minutes = st.integers(-600, DAYS * 1440)
    shifts = [
        Shift(ward, rank, who, begin + timedelta(minutes=at), begin + timedelta(minutes=at + length))
        for ward, rank, who, at, length in draw(
            st.lists(
                st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from(PEOPLE), minutes, st.integers(1, 2000)),
                max_size=14,
            )
        )
    ]
    return chain, shifts, begin


@given(weeks())
def test_it_is_what_rings_at_every_instant(week: tuple[list[Ward], list[Shift], datetime]) -> None:
    chain, shifts, begin = week
    segments = timeline(chain, shifts, begin, begin + timedelta(days=DAYS))
    assert [segment.start for segment in segments] == [begin, *(segment.end for segment in segments[:-1])]
    assert segments[-1].end == begin + timedelta(days=DAYS)
    edges = [edge for segment in segments for edge in (segment.start, segment.end - timedelta(microseconds=1))]
    quarters = [begin + QUARTER * number for number in range(DAYS * 96)]
    for at in sorted([*edges, *quarters]):
        shown = next(segment.on_call for segment in segments if segment.start <= at < segment.end)
        assert replace(shown, at=at) == rota.on_call(chain, shifts, at)


@given(weeks())
def test_two_segments_that_meet_differ(week: tuple[list[Ward], list[Shift], datetime]) -> None:
    chain, shifts, begin = week
    found = timeline(chain, shifts, begin, begin + timedelta(days=DAYS))
    for before, after in pairwise(found):
        assert replace(before.on_call, at=after.on_call.at) != after.on_call


def test_the_night_of_the_clock_change_is_one_segment() -> None:
    ward = a_ward(1, "")
    night = Shift(1, 1, PEOPLE[0], paris("2027-10-30 18:30"), paris("2027-10-31 08:30"))
    found = timeline([ward], [night], night.start, night.end)
    assert [(segment.end - segment.start, len(segment.on_call.seniors)) for segment in found] == [
        (timedelta(hours=15), 1)
    ]


def test_of_no_time_there_is_nothing_to_say() -> None:
    at = paris("2026-11-23 08:30")
    empty: list[Segment] = []
    assert timeline([a_ward(1, "")], [], at, at) == empty
