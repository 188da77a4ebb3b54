"""What a secretary does to her rota, one change at a time."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from scheduling.planning import desk
from scheduling.planning.changes import MOST_AT_ONCE, Changed, Refused, Slot
from tests.scheduling.planning.editors import Secretary, at, count_of_shifts, paris, secretary
from tests.scheduling.register import Register

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
    assert week.warned == []  # he is not in two places for having been there before


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
    assert all(earlier.shift.end == later.shift.start for earlier, later in pairwise(week.held()))
    assert (week.held()[0].shift.start, week.held()[-1].shift.end) == (paris(DAY[0]), paris(NIGHT[1]))


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


def test_a_refusal_leaves_nothing_behind_and_the_transaction_usable(week: Secretary) -> None:
    written = len(week.trail())
    week.moves("Bruno", *DAY)
    assert week.refusal == "overlap"
    assert len(week.trail()) == written
    week.moves("Bruno", *DAY, rank=2)
    assert isinstance(week.answer, Changed)


def test_a_change_that_changes_nothing_is_not_written_down(week: Secretary) -> None:
    before, written = week.held(), len(week.trail())
    week.moves("Amélie", *DAY)
    assert week.answer == Changed(None)
    week.assigns("Amélie", *DAY)
    assert week.answer == Changed(None)
    assert (week.held(), len(week.trail())) == (before, written)


def test_the_same_colleague_cannot_replace_himself(week: Secretary) -> None:
    week.replaces("Amélie", "Amélie", "2026-11-23 14:00", "2026-11-23 18:00")
    assert week.refusal == "same_person"


def test_a_replacement_stays_inside_the_shift(week: Secretary) -> None:
    week.replaces("Amélie", "Chloé", "2026-11-23 14:00", "2026-11-23 19:00")
    assert week.refusal == "outside_shift"


def test_a_doctor_does_not_swap_with_himself(week: Secretary) -> None:
    shift = week.shift("Amélie").id
    week.answer = desk.swap(week.connection, at(week.now), week.by, week.ward_id, shift, shift)
    assert week.refusal == "same_person"


@pytest.mark.parametrize(
    ("start", "end", "rank", "code"),
    [
        ("2026-11-25 18:30", "2026-11-25 08:30", 1, "ends_before_start"),
        ("2026-11-25 08:30", "2026-11-25 08:30", 1, "ends_before_start"),
        ("2026-12-01 00:00", "2027-02-09 00:00", 1, ""),  # as a file may say
        ("2026-11-25 08:30", "2026-11-25 18:30", 0, "no_such_rank"),
        ("2026-11-25 08:30", "2026-11-25 18:30", 4, "no_such_rank"),
        ("1926-11-25 08:30", "1926-11-25 18:30", 1, "far_away"),
        ("2126-11-25 08:30", "2126-11-25 18:30", 1, "far_away"),
    ],
)
def test_what_no_rota_can_hold_is_refused(sophie: Secretary, start: str, end: str, rank: int, code: str) -> None:
    sophie.assigns("Amélie", start, end, rank)
    found = sophie.answer
    assert [remark.code for remark in found.remarks] == [code] if isinstance(found, Refused) else code == ""
    assert len(sophie.held()) == (code == "")


def test_who_has_left_or_never_was_cannot_be_put_on_the_rota(sophie: Secretary) -> None:
    chloe = sophie.person("Chloé").id
    sophie.leaves_the_hospital("Chloé")
    start, end = (paris(edge) for edge in DAY)
    for nobody in (chloe, 10**6, -1, 10**30):
        sophie.answer = desk.assign(sophie.connection, at(sophie.now), sophie.by, sophie.ward_id, 1, nobody, start, end)
        assert sophie.refusal == "unknown_person"


def test_a_shift_of_another_ward_does_not_exist_here(week: Secretary, hospital: Register) -> None:
    """Whatever number is typed into the address: neither seen nor changed, nor named when it is gone."""
    nadia = secretary(hospital, "cardio", "Nadia")
    here = nadia.connection, at(nadia.now), nadia.by, nadia.ward_id
    shift, change = week.shift("Amélie").id, week.last_change
    start, end = (paris(edge) for edge in DAY)
    before = week.rota()
    answers = [
        desk.move(*here, shift, start, end, 3),
        desk.replace(*here, shift, nadia.person("Bruno").id, start, end),
        desk.hand(*here, shift, nadia.person("Bruno").id),
        desk.swap(*here, shift, shift),
        desk.remove(*here, [shift]),
        desk.apply(*here, "rota.pattern", [shift], []),
        desk.undo(*here, change),
    ]
    week.removes("Amélie")
    answers.append(desk.remove(*here, [shift]))
    codes = [remark.code for answer in answers if isinstance(answer, Refused) for remark in answer.remarks]
    assert codes == ["unknown_shift"] * 6 + ["unknown_change", "unknown_shift"]
    assert week.rota() == before[1:]


def test_an_instant_without_a_zone_is_a_mistake_of_ours(sophie: Secretary) -> None:
    naive = datetime.fromisoformat("2026-11-23 08:30")
    here = sophie.connection, at(sophie.now), sophie.by, sophie.ward_id
    with pytest.raises(ValueError, match="zone"):
        desk.assign(*here, 1, sophie.person("Amélie").id, naive, naive)


@pytest.mark.dates
@pytest.mark.parametrize(("day", "hours"), [("2027-03-27", 13), ("2027-10-30", 15), ("2027-06-01", 14)])
def test_a_night_of_the_clock_change_lasts_as_long_as_it_does(sophie: Secretary, day: str, hours: int) -> None:
    evening = datetime.fromisoformat(f"{day} 18:30")
    sophie.assigns("Bruno", str(evening), str(evening + timedelta(hours=14)))
    (held,) = sophie.held()
    assert held.shift.end - held.shift.start == timedelta(hours=hours)
    sophie.replaces("Bruno", "Chloé", str(evening + timedelta(hours=3)), str(evening + timedelta(hours=11)))
    assert isinstance(sophie.answer, Changed)
    assert sum(((each.shift.end - each.shift.start) for each in sophie.held()), timedelta()) == timedelta(hours=hours)


@pytest.mark.dates
def test_the_hour_that_exists_twice_is_a_whole_hour(sophie: Secretary) -> None:
    """02:30 in summer time to 02:30 in winter time, on 31 October 2027: the clock on the wall shows no time at all."""
    first = paris("2027-10-31 02:30")
    here = sophie.connection, at(sophie.now), sophie.by, sophie.ward_id
    twice = [first.astimezone(sophie.zone), (first + timedelta(hours=1)).astimezone(sophie.zone)]
    sophie.answer = desk.assign(*here, 1, sophie.person("Amélie").id, twice[0], twice[1])
    assert isinstance(sophie.answer, Changed)
    sophie.answer = desk.assign(*here, 1, sophie.person("Bruno").id, twice[1], twice[1] + timedelta(hours=1))
    assert isinstance(sophie.answer, Changed)


def nights(sophie: Secretary, count: int, names: tuple[str, ...] = ("Amélie", "Bruno", "Chloé")) -> list[Slot]:
    people = [sophie.person(name).id for name in names]
    start = paris("2026-12-01 18:30")
    return [
        Slot(1, people[day % len(people)], start + timedelta(days=day), start + timedelta(days=day, hours=14))
        for day in range(count)
    ]


def test_a_pattern_is_applied_as_one_change(sophie: Secretary) -> None:
    sophie.applies(nights(sophie, 31))
    assert len(sophie.held()) == 31
    assert len(sophie.trail()) == 1
    sophie.undoes()
    assert sophie.held() == []


def test_a_pattern_that_meets_one_shift_is_not_applied_at_all(sophie: Secretary) -> None:
    sophie.assigns("Chloé", "2026-12-20 20:00", "2026-12-20 21:00")
    sophie.applies(nights(sophie, 31))
    assert sophie.refusal == "overlap"
    assert len(sophie.held()) == 1


def test_what_stands_already_is_not_touched(sophie: Secretary) -> None:
    """A file that is imported twice, or a pattern over its own shifts: the same rows, no line in the trail."""
    sophie.applies(nights(sophie, 31))
    before = sophie.held()
    sophie.applies(nights(sophie, 31))
    assert sophie.answer == Changed(None)
    sophie.applies(nights(sophie, 32), removed_ids=[each.id for each in before])
    assert isinstance(sophie.answer, Changed)
    assert len(sophie.answer.shifts_added) == 1
    assert sophie.held()[:31] == before


def test_a_year_and_a_half_fits_in_one_change_and_not_more(sophie: Secretary) -> None:
    start = paris("2026-12-01 00:00")
    amelie = sophie.person("Amélie").id
    slots = [
        Slot(1 + n % 3, amelie, start + timedelta(hours=n // 3), start + timedelta(hours=n // 3 + 1))
        for n in range(MOST_AT_ONCE + 1)
    ]
    sophie.applies(slots)
    assert sophie.refusal == "too_many"
    assert count_of_shifts(sophie.connection) == 0
    sophie.applies(slots[:-1])
    assert isinstance(sophie.answer, Changed)
    assert len(sophie.answer.shifts_added) == MOST_AT_ONCE
    found = {(each.shift.rank, each.shift.start) for each in sophie.answer.shifts_added}
    assert found == {(slot.rank, slot.start) for slot in slots[:-1]}
    assert sorted(sophie.answer.shifts_added, key=lambda each: each.id) == sorted(
        sophie.held(), key=lambda each: each.id
    )


def test_a_change_is_taken_back(week: Secretary) -> None:
    before = week.rota()
    week.replaces("Amélie", "Chloé", "2026-11-23 14:00", "2026-11-23 18:00").undoes()
    assert week.rota() == before
    assert week.trail()[0].what == "rota.undo"
    assert week.trail()[0].undoes_id == week.trail()[1].id
    assert week.trail()[1].undone_by_id == week.trail()[0].id


def test_taking_back_is_taken_back(week: Secretary) -> None:
    week.swaps("Amélie", "Bruno")
    swapped = week.rota()
    week.undoes().undoes()
    assert week.rota() == swapped


def test_several_changes_are_taken_back_one_after_the_other(week: Secretary) -> None:
    """Each undo gives new rows; what was put in before still stands, by what it says."""
    before = week.rota()
    first = week.hands("Amélie", "Chloé").last_change
    second = week.moves("Chloé", "2026-11-23 09:00", "2026-11-23 18:00").last_change
    week.undoes(second).undoes(first)
    assert isinstance(week.answer, Changed)
    assert week.rota() == before


def test_a_change_is_taken_back_once(week: Secretary) -> None:
    change = week.hands("Amélie", "Chloé").last_change
    week.undoes(change).undoes(change)
    assert week.refusal == "already_undone"


def test_what_was_changed_since_is_not_taken_back(week: Secretary) -> None:
    change = week.hands("Amélie", "Chloé").last_change
    week.by = type(week.by)(None, "Mina")
    week.moves("Chloé", "2026-11-23 09:00", "2026-11-23 18:00").undoes(change)
    assert week.refusal == "changed_since"
    assert isinstance(week.answer, Refused)
    assert week.answer.remarks[0].values["by"] == "Mina"
    assert week.rota()[0] == "1 Chloé 11-23 09:00 – 11-23 18:00"


def test_what_vanished_otherwise_is_not_taken_back(week: Secretary) -> None:
    change = week.hands("Amélie", "Chloé").last_change
    week.connection.execute(text("delete from shifts where id = :id"), {"id": week.shift("Chloé").id})
    week.undoes(change)
    assert week.refusal == "cannot_undo"


def test_taking_back_never_puts_two_people_in_one_place(week: Secretary) -> None:
    change = week.removes("Amélie").last_change
    week.assigns("Chloé", "2026-11-23 12:00", "2026-11-23 13:00").undoes(change)
    assert week.refusal == "overlap"
    assert len(week.held()) == 2


@pytest.mark.parametrize("number", [0, 10**9, 10**30])
def test_only_a_change_of_the_rota_is_taken_back(week: Secretary, number: int) -> None:
    week.undoes(number)
    assert week.refusal == "unknown_change"


@pytest.mark.parametrize("number", [-1, 10**9, 10**30])
def test_a_shift_that_never_was_is_unknown(week: Secretary, number: int) -> None:
    week.answer = desk.remove(week.connection, at(week.now), week.by, week.ward_id, [number])
    assert week.refusal == "unknown_shift"


def test_a_reason_is_kept_without_what_no_table_can_hold(week: Secretary) -> None:
    week.hands("Amélie", "Chloé", why=" congrès\0 " + "x" * 10_000)
    assert week.trail()[0].why.startswith("congrès x")
    assert len(week.trail()[0].why) == 500


def test_the_trail_tells_who_when_why_and_what(week: Secretary) -> None:
    week.hands("Amélie", "Chloé", why="congrès")
    entry = week.trail()[0]
    assert (entry.what, entry.by.name, entry.at, entry.why) == ("rota.hand", "Sophie", week.now, "congrès")
    assert entry.subject == "Amélie, Chloé · 2026-11-23 08:30 – 2026-11-23 18:30"
    removed: list[dict[str, Any]] = entry.detail["removed"]
    assert [(one["person"], one["rank"], one["start"]) for one in removed] == [
        ("Amélie", 1, "2026-11-23T07:30:00+00:00")
    ]
    assert entry.detail["added"][0]["id"] == week.shift("Chloé").id
