"""What a secretary does to her rota, one change at a time."""

import pytest

from scheduling.planning.changes import Changed, Refused
from tests.scheduling.planning.editors import Secretary, paris

DAY = "2026-11-23 08:30", "2026-11-23 18:30"
NIGHT = "2026-11-23 18:30", "2026-11-24 08:30"


@pytest.fixture
def week(sophie: Secretary) -> Secretary:
    """Amélie by day, Bruno by night."""
    sophie.assigns("Amélie", *DAY)
    sophie.assigns("Bruno", *NIGHT)
    return sophie


def test_who_is_put_on_the_rota_is_on_it(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *DAY)
    assert sophie.rota() == ["1 Amélie 11-23 08:30 – 11-23 18:30"]
    assert isinstance(sophie.answer, Changed)
    assert [each.id for each in sophie.answer.shifts_added] == [each.id for each in sophie.held()]
    assert sophie.warned == []


def test_a_shift_is_dragged_to_other_hours(week: Secretary) -> None:
    week.moves("Amélie", "2026-11-24 08:30", "2026-11-24 18:30")
    assert week.rota() == ["1 Bruno 11-23 18:30 – 11-24 08:30", "1 Amélie 11-24 08:30 – 11-24 18:30"]


def test_a_shift_is_dragged_to_another_rank(week: Secretary) -> None:
    week.moves("Bruno", *DAY, rank=2)
    assert week.rota() == ["1 Amélie 11-23 08:30 – 11-23 18:30", "2 Bruno 11-23 08:30 – 11-23 18:30"]


def test_a_shift_is_stretched_over_its_own_hours(week: Secretary) -> None:
    week.moves("Amélie", "2026-11-23 07:00", "2026-11-23 18:30")
    assert week.rota()[0] == "1 Amélie 11-23 07:00 – 11-23 18:30"


def test_a_colleague_takes_some_hours(week: Secretary) -> None:
    week.replaces("Amélie", "Chloé", "2026-11-23 14:00", "2026-11-23 18:00")
    assert week.rota() == [
        "1 Amélie 11-23 08:30 – 11-23 14:00",
        "1 Chloé 11-23 14:00 – 11-23 18:00",
        "1 Amélie 11-23 18:00 – 11-23 18:30",
        "1 Bruno 11-23 18:30 – 11-24 08:30",
    ]


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        ("2026-11-23 08:30", "2026-11-23 12:00", ["Chloé", "Amélie"]),
        ("2026-11-23 12:00", "2026-11-23 18:30", ["Amélie", "Chloé"]),
        ("2026-11-23 08:30", "2026-11-23 18:30", ["Chloé"]),
    ],
)
def test_a_colleague_takes_the_beginning_the_end_or_all_of_it(
    week: Secretary, start: str, end: str, left: list[str]
) -> None:
    week.replaces("Amélie", "Chloé", start, end)
    assert [each.shift.person.name for each in week.held()][:-1] == left
    assert [
        (earlier.shift.end, later.shift.start) for earlier, later in zip(week.held(), week.held()[1:], strict=False)
    ]
    assert week.held()[0].shift.start == paris("2026-11-23 08:30")


def test_a_shift_is_given_away(week: Secretary) -> None:
    week.hands("Amélie", "Chloé")
    assert week.rota()[0] == "1 Chloé 11-23 08:30 – 11-23 18:30"


def test_two_doctors_swap(week: Secretary) -> None:
    week.swaps("Amélie", "Bruno")
    assert week.rota() == ["1 Bruno 11-23 08:30 – 11-23 18:30", "1 Amélie 11-23 18:30 – 11-24 08:30"]


def test_shifts_are_taken_out(week: Secretary) -> None:
    week.removes("Amélie", "Bruno")
    assert week.rota() == []


def test_an_overlap_is_refused_with_the_names_and_hours_of_both(week: Secretary) -> None:
    before = week.rota()
    week.assigns("Chloé", "2026-11-23 18:00", "2026-11-23 19:00")
    assert isinstance(week.answer, Refused)
    with_amelie, with_bruno = week.answer.remarks
    assert with_amelie.code == with_bruno.code == "overlap"
    assert (with_amelie.values["name"], with_amelie.values["other"]) == ("Chloé", "Amélie")
    assert with_amelie.values["other_hours"] == (paris(DAY[0]), paris(DAY[1]))
    assert with_bruno.values["other"] == "Bruno"
    assert week.rota() == before
