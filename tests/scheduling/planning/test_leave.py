"""Who is away, and when: kept as few clear absences, and told to who plans."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.planning import leave, trail
from scheduling.planning.changes import Refused
from scheduling.planning.leave import Kind, Leave, Noted
from tests.scheduling.planning.editors import Secretary, at, paris

DAY = timedelta(days=1)


def notes(
    sophie: Secretary, start: str, end: str, kind: Kind = Kind.LEAVE, note: str = "", name: str = "Amélie"
) -> Noted | Refused:
    who = sophie.person(name).id
    return leave.add(sophie.connection, at(sophie.now), sophie.by, who, paris(start), paris(end), kind, note)


def absences(sophie: Secretary, *names: str) -> list[str]:
    found = leave.between(
        sophie.connection,
        [sophie.person(name).id for name in names or ("Amélie",)],
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
    )
    return [_shown(each, sophie) for each in found]


def _shown(one: Leave, sophie: Secretary) -> str:
    start, end = (edge.astimezone(sophie.zone).strftime("%m-%d %H:%M") for edge in (one.start, one.end))
    return f"{one.name} {one.kind} {start} – {end} {one.note}".strip()


def test_an_absence_is_noted_and_read(sophie: Secretary) -> None:
    noted = notes(sophie, "2026-12-21", "2026-12-28", note="Noël")
    assert isinstance(noted, Noted)
    assert noted.warnings == ()
    assert absences(sophie) == ["Amélie leave 12-21 00:00 – 12-28 00:00 Noël"]
    assert leave.leave_of(sophie.connection, noted.leave.id) == noted.leave


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        (("2026-12-25", "2027-01-02"), ["Amélie leave 12-21 00:00 – 01-02 00:00"]),  # overlaps
        (("2026-12-28", "2027-01-02"), ["Amélie leave 12-21 00:00 – 01-02 00:00"]),  # touches
        (("2026-12-22", "2026-12-24"), ["Amélie leave 12-21 00:00 – 12-28 00:00"]),  # inside
        (("2026-12-01", "2027-01-31"), ["Amélie leave 12-01 00:00 – 01-31 00:00"]),  # around
        (
            ("2026-12-29", "2027-01-02"),
            ["Amélie leave 12-21 00:00 – 12-28 00:00", "Amélie leave 12-29 00:00 – 01-02 00:00"],
        ),
    ],
)
def test_absences_that_meet_become_one(sophie: Secretary, second: tuple[str, str], kept: list[str]) -> None:
    notes(sophie, "2026-12-21", "2026-12-28")
    notes(sophie, *second)
    assert absences(sophie) == kept


def test_an_absence_joins_two_and_keeps_what_was_noted_of_each(sophie: Secretary) -> None:
    notes(sophie, "2026-12-21", "2026-12-24", note="Noël")
    notes(sophie, "2026-12-27", "2026-12-30", note="famille")
    notes(sophie, "2026-12-23", "2026-12-28", note="Noël")
    assert absences(sophie) == ["Amélie leave 12-21 00:00 – 12-30 00:00 Noël; famille"]


def test_a_training_during_a_leave_stays_a_training(sophie: Secretary) -> None:
    notes(sophie, "2026-12-21", "2026-12-28")
    notes(sophie, "2026-12-22", "2026-12-23", Kind.TRAINING)
    assert absences(sophie) == [
        "Amélie leave 12-21 00:00 – 12-28 00:00",
        "Amélie training 12-22 00:00 – 12-23 00:00",
    ]


def test_colleagues_absences_stay_theirs(sophie: Secretary) -> None:
    notes(sophie, "2026-12-21", "2026-12-28")
    notes(sophie, "2026-12-22", "2026-12-29", name="Bruno")
    assert absences(sophie, "Bruno") == ["Bruno leave 12-22 00:00 – 12-29 00:00"]
    assert len(absences(sophie, "Amélie", "Bruno")) == 2


def test_an_absence_that_is_noted_already_changes_nothing(sophie: Secretary) -> None:
    first, again = (notes(sophie, "2026-12-21", "2026-12-28") for _ in range(2))
    assert first == again
    assert len(trail.read(sophie.connection, what="leave")) == 1


def test_an_absence_is_struck(sophie: Secretary) -> None:
    noted = notes(sophie, "2026-12-21", "2026-12-28")
    assert isinstance(noted, Noted)
    assert leave.remove(sophie.connection, at(sophie.now), sophie.by, noted.leave.id) == noted.leave
    assert absences(sophie) == []
    again = leave.remove(sophie.connection, at(sophie.now), sophie.by, noted.leave.id)
    assert isinstance(again, Refused)
    assert [remark.code for remark in again.remarks] == ["unknown_leave"]


def test_why_somebody_is_away_is_not_in_the_trail(sophie: Secretary) -> None:
    notes(sophie, "2026-12-21", "2026-12-28", note="opération du genou")
    (line,) = trail.read(sophie.connection, what="leave")
    assert (line.what, line.subject, line.by) == ("leave.added", "Amélie", sophie.by)
    assert "genou" not in str(line)


def test_who_is_on_call_during_his_absence_is_told_and_stays_on_the_rota(sophie: Secretary) -> None:
    sophie.assigns("Amélie", "2026-12-24 18:30", "2026-12-25 08:30")
    sophie.assigns("Amélie", "2026-12-27 18:30", "2026-12-28 08:30")
    noted = notes(sophie, "2026-12-21", "2026-12-28")
    assert isinstance(noted, Noted)
    (warning,) = noted.warnings
    assert (warning.code, warning.values["count"]) == ("still_on_call", 2)
    assert warning.values["hours"] == (paris("2026-12-24 18:30"), paris("2026-12-25 08:30"))
    assert len(sophie.held()) == 2


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-12-28", "2026-12-21", "ends_before_start"),
        ("2026-12-21", "2026-12-21", "ends_before_start"),
        ("2026-12-21", "2028-12-21", "leave_too_long"),
        ("1926-12-21", "1926-12-22", "far_away"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(sophie: Secretary, start: str, end: str, code: str) -> None:
    refused = notes(sophie, start, end)
    assert isinstance(refused, Refused)
    assert [remark.code for remark in refused.remarks] == [code]
    assert absences(sophie) == []


def test_who_has_left_or_never_was_is_not_away(sophie: Secretary) -> None:
    amelie = sophie.person("Amélie").id
    sophie.leaves_the_hospital("Amélie")
    for who in (amelie, 10**6, 10**30):
        refused = leave.add(sophie.connection, at(sophie.now), sophie.by, who, sophie.now, sophie.now + DAY)
        assert isinstance(refused, Refused)
        assert [remark.code for remark in refused.remarks] == ["unknown_person"]


@pytest.mark.parametrize("number", [0, 10**30])
def test_an_absence_that_never_was_is_unknown(sophie: Secretary, number: int) -> None:
    assert leave.leave_of(sophie.connection, number) is None
    assert isinstance(leave.remove(sophie.connection, at(sophie.now), sophie.by, number), Refused)


def test_a_note_is_kept_without_what_no_table_can_hold(sophie: Secretary) -> None:
    noted = notes(sophie, "2026-12-21", "2026-12-28", note=" No\0ël " + "x" * 10_000)
    assert isinstance(noted, Noted)
    assert (noted.leave.note[:4], len(noted.leave.note)) == ("Noël", 500)
