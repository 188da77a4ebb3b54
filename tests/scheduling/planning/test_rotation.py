"""Rotations: nobody twice at once, nobody on leave, nights and week-ends shared out, and what was held is kept."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.opening import Opening, Stretch
from scheduling.planning.fairness import CATCH_UP, Tally
from scheduling.planning.patterns import Kind, Template, offered
from scheduling.planning.rotation import Booked, Known, Mode, Plan, Reason, Slot, Wish, plan

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")
AMELIE, BRUNO, CHLOE, DRISS, ELSA, FARID = range(1, 7)
SIX = (AMELIE, BRUNO, CHLOE, DRISS, ELSA, FARID)
DECEMBER = tuple(date(2026, 12, 1) + timedelta(day) for day in range(31))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ALWAYS = Opening()


def local(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=PARIS).astimezone(UTC)


def templates(ranks: int = 1) -> tuple[Template, ...]:
    return tuple(
        Template(f"{kind} {rank}", kind, bands, rank)
        for rank in range(1, ranks + 1)
        for kind, bands in offered(ALWAYS).items()
    )


def wish(seniors: Sequence[int] = SIX, days: Sequence[date] = DECEMBER, ranks: int = 1) -> Wish:
    return Wish(tuple(days), templates(ranks), tuple(seniors), since=LONG_AGO)


def whole(day: date, days: int = 1) -> Stretch:
    return local(day, "00:00"), local(day + timedelta(days), "00:00")


def holder(found: Plan, at: datetime, rank: int = 1) -> int | None:
    return next((slot.person_id for slot in found.added if slot.rank == rank and slot.start <= at < slot.end), None)


def booked(number: int, person: int, start: datetime, end: datetime, rank: int = 1) -> Booked:
    return Booked(number, rank, person, start, end)


def test_december_for_six_seniors_with_two_leaves_and_christmas_has_no_hole() -> None:
    leaves = {BRUNO: [whole(date(2026, 12, 21), 7)], ELSA: [whole(date(2026, 12, 7), 5)]}
    found = plan(wish(), Known(ALWAYS, leaves=leaves))
    assert found.unfilled == ()
    assert found.tired == ()
    assert found.added[0].start == local(date(2026, 12, 1), "08:30")
    assert found.added[-1].end == local(date(2027, 1, 1), "08:30")
    assert sum((slot.end - slot.start for slot in found.added), timedelta()) == timedelta(days=31)
    nights = [share.after.nights for share in found.shares]
    weekends = [share.after.weekends for share in found.shares]
    assert max(nights) - min(nights) <= 1
    assert max(weekends) - min(weekends) <= 1
    assert sum(share.after.holidays for share in found.shares) == 1


def test_a_weekend_is_one_seniors_unless_the_ward_wants_it_cut() -> None:
    saturday, sunday = local(date(2026, 12, 5), "12:00"), local(date(2026, 12, 6), "23:00")
    together, cut = plan(wish(), Known(ALWAYS)), plan(replace(wish(), together=False), Known(ALWAYS))
    assert holder(together, saturday) == holder(together, sunday)
    assert holder(cut, local(date(2026, 12, 5), "12:00")) != holder(cut, local(date(2026, 12, 5), "23:00"))


def test_one_senior_a_week_goes_by_the_chosen_order() -> None:
    four_weeks = [date(2026, 11, 30) + timedelta(day) for day in range(28)]
    found = plan(replace(wish((DRISS, AMELIE, CHLOE), four_weeks), mode=Mode.WEEK), Known(ALWAYS))
    mondays = [local(day, "09:00") for day in four_weeks[::7]]
    assert [holder(found, monday) for monday in mondays] == [DRISS, AMELIE, CHLOE, DRISS]
    assert all(holder(found, monday + timedelta(days=6, hours=20)) == holder(found, monday) for monday in mondays)


def test_who_is_on_leave_in_his_week_has_the_next_one() -> None:
    three_weeks = [date(2026, 11, 30) + timedelta(day) for day in range(21)]
    away = {AMELIE: [whole(date(2026, 12, 2))]}
    found = plan(replace(wish((AMELIE, BRUNO, CHLOE), three_weeks), mode=Mode.WEEK), Known(ALWAYS, leaves=away))
    assert [holder(found, local(day, "09:00")) for day in three_weeks[::7]] == [BRUNO, AMELIE, CHLOE]


def test_who_has_begun_a_week_in_november_finishes_it_in_december() -> None:
    monday = booked(7, CHLOE, local(date(2026, 11, 30), "08:30"), local(date(2026, 12, 1), "08:30"))
    found = plan(replace(wish((AMELIE, BRUNO, CHLOE)), mode=Mode.WEEK), Known(ALWAYS, held=(monday,)))
    sundays = [local(date(2026, 12, day), "12:00") for day in (6, 13, 20, 27)]
    assert [holder(found, sunday) for sunday in sundays] == [CHLOE, AMELIE, BRUNO, AMELIE]
    assert found.tired == ()


def test_a_week_in_which_everybody_is_away_for_a_day_goes_to_who_can_hold_most_of_it() -> None:
    week = [date(2026, 11, 30) + timedelta(day) for day in range(7)]
    away = {AMELIE: [whole(week[1], 2)], BRUNO: [whole(week[4])]}
    found = plan(replace(wish((AMELIE, BRUNO), week), mode=Mode.WEEK), Known(ALWAYS, leaves=away))
    assert found.unfilled == ()
    assert holder(found, local(week[1], "12:00")) == BRUNO
    assert holder(found, local(week[4], "12:00")) == AMELIE


def test_a_place_that_nobody_can_hold_is_named_with_everybodys_reason() -> None:
    day = date(2026, 12, 1)
    morning = (local(day, "08:00"), local(day, "10:00"))
    known = Known(
        ALWAYS,
        held=(booked(7, CHLOE, *morning, rank=2),),
        leaves={AMELIE: [morning]},
        elsewhere={BRUNO: [morning]},
    )
    found = plan(wish((AMELIE, BRUNO, CHLOE), [day]), known)
    (hole,) = found.unfilled
    assert (hole.place.kind, hole.place.start) == (Kind.DAY, local(day, "08:30"))
    assert hole.why == ((AMELIE, Reason.ON_LEAVE), (BRUNO, Reason.ELSEWHERE), (CHLOE, Reason.AT_ANOTHER_RANK))


def test_nobody_chosen_leaves_every_place_empty() -> None:
    found = plan(wish((), DECEMBER[:1]), Known(ALWAYS))
    assert (found.added, len(found.unfilled)) == ((), 2)


def test_only_the_holes_are_filled_and_what_is_held_counts() -> None:
    day = date(2026, 12, 1)
    held = booked(7, BRUNO, local(day, "10:00"), local(day, "12:00"))
    found = plan(wish((AMELIE, BRUNO), [day]), Known(ALWAYS, held=(held,)))
    assert found.removed == ()
    assert [(slot.start, slot.end) for slot in found.added] == [
        (local(day, "08:30"), local(day, "10:00")),
        (local(day, "12:00"), local(day, "18:30")),
        (local(day, "18:30"), local(day + timedelta(1), "08:30")),
    ]
    assert found.shares[1].after.time >= timedelta(hours=2)


def test_what_is_replaced_goes_and_its_hours_outside_the_places_stay_its_holders() -> None:
    day = date(2026, 12, 1)
    nights = tuple(each for each in templates() if each.kind is Kind.NIGHT)
    all_day = booked(7, BRUNO, local(day, "08:30"), local(day + timedelta(1), "08:30"))
    request = replace(wish((AMELIE,), [day]), templates=nights, replace=True)
    found = plan(request, Known(ALWAYS, held=(all_day,)))
    assert found.removed == (7,)
    assert found.added == (
        Slot(1, BRUNO, local(day, "08:30"), local(day, "18:30")),
        Slot(1, AMELIE, local(day, "18:30"), local(day + timedelta(1), "08:30")),
    )


def test_a_replaced_shift_stays_when_nobody_can_take_it_over() -> None:
    day = date(2026, 12, 1)
    held = booked(7, BRUNO, local(day, "08:30"), local(day, "18:30"))
    known = Known(ALWAYS, held=(held,), leaves={AMELIE: [whole(day)]})
    found = plan(replace(wish((AMELIE,), [day]), replace=True), known)
    assert (found.removed, found.added) == ((), ())
    assert [hole.place.kind for hole in found.unfilled] == [Kind.NIGHT]


def test_replacing_by_the_same_changes_nothing() -> None:
    first = plan(wish(), Known(ALWAYS))
    held = tuple(Booked(number, *slot) for number, slot in enumerate(first.added))
    again = plan(replace(wish(), replace=True), Known(ALWAYS, held=held))
    assert (again.removed, again.added) == ((), ())


def test_what_has_begun_is_left_alone() -> None:
    day = date(2026, 12, 1)
    noon = local(day, "12:00")
    morning = booked(7, BRUNO, local(day, "08:30"), local(day, "18:30"))
    found = plan(replace(wish((AMELIE,), [day]), since=noon, replace=True), Known(ALWAYS, held=(morning,)))
    assert found.removed == ()
    assert [slot.start for slot in found.added] == [local(day, "18:30")]
    empty = plan(replace(wish((AMELIE,), [day]), since=noon), Known(ALWAYS))
    assert [slot.start for slot in empty.added] == [local(day, "18:30")]


def test_hours_when_the_ward_is_closed_are_not_filled() -> None:
    found = plan(wish(SIX, DECEMBER[:7]), Known(Opening.parse("mon-fri 08:30-18:30")))
    assert len(found.added) == 5  # Tuesday to Friday, and Monday
    assert found.closed == 5 + 4


def test_who_had_many_nights_lately_has_fewer_now() -> None:
    before = {AMELIE: Tally(nights=7), BRUNO: Tally(nights=5), CHLOE: Tally(nights=5), DRISS: Tally(nights=5)}
    found = plan(wish((AMELIE, BRUNO, CHLOE, DRISS)), Known(ALWAYS, before=before))
    lately = [share.before.nights + share.after.nights for share in found.shares]
    assert max(lately) - min(lately) <= 1


def test_a_newcomer_does_not_make_up_for_the_nights_before_he_came() -> None:
    before = {person: Tally(nights=20) for person in (AMELIE, BRUNO, CHLOE)}
    found = plan(wish((AMELIE, BRUNO, CHLOE, DRISS)), Known(ALWAYS, before=before))
    others = max(share.after.nights for share in found.shares[:3])
    assert 0 < found.shares[3].after.nights - others <= CATCH_UP


def test_who_comes_back_from_a_long_leave_is_not_given_all_the_nights() -> None:
    quarter = [date(2026, 12, 1) + timedelta(day) for day in range(90)]
    away = {FARID: [whole(date(2026, 12, 1), 75)]}
    found = plan(wish(SIX, quarter), Known(ALWAYS, leaves=away))
    assert 0 < found.shares[5].after.nights <= 15 / 6 + CATCH_UP + 1


def test_who_has_no_rest_for_a_night_gives_a_day_on_and_has_it() -> None:
    """Six days with a public holiday, found among some thousands: one had two nights and one had none."""
    days = [date(2027, 7, 9) + timedelta(day) for day in range(6)]
    found = plan(replace(wish(range(1, 13), days, ranks=2), together=False), Known(ALWAYS))
    assert [share.after.nights for share in found.shares] == [1] * 12
    assert (found.unfilled, found.tired) == ((), ())


def test_two_seniors_for_every_hour_are_tired_and_it_is_said() -> None:
    assert plan(wish((AMELIE, BRUNO)), Known(ALWAYS)).tired


def test_three_months_for_thirty_seniors_at_three_ranks_are_planned_in_less_than_a_second() -> None:
    quarter = [date(2026, 12, 1) + timedelta(day) for day in range(92)]
    away = {person: [whole(date(2026, 12, person), 20)] for person in range(1, 20)}
    began = time.process_time()
    found = plan(wish(range(1, 31), quarter, ranks=3), Known(ALWAYS, leaves=away))
    assert len(found.added) == 3 * 2 * 92
    assert time.process_time() - began < 1


# What must hold for any team, any leave, any rota that is there already.
_months = st.builds(
    lambda first, count: [first + timedelta(day) for day in range(count)],
    st.dates(date(2027, 1, 1), date(2027, 11, 30)),
    st.integers(1, 45),
)


@st.composite
def _leaves(draw: st.DrawFn, days: Sequence[date], seniors: Sequence[int]) -> Mapping[int, list[Stretch]]:
    one = st.tuples(st.sampled_from(seniors), st.sampled_from(days), st.integers(1, 12))
    found: dict[int, list[Stretch]] = {}
    for person, first, count in draw(st.lists(one, max_size=6)):
        found.setdefault(person, []).append(whole(first, count))
    return found


@st.composite
def _held(draw: st.DrawFn, days: Sequence[date], seniors: Sequence[int]) -> tuple[Booked, ...]:
    """A rota as it is: at a rank one after the other."""
    found: list[Booked] = []
    for rank in (1, 2):
        at = local(days[0], "00:00") - timedelta(days=1)
        for gap, length in draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=8)):
            start = at + timedelta(hours=gap)
            at = start + timedelta(hours=length)
            found.append(Booked(len(found) + 1, rank, draw(st.sampled_from(seniors)), start, at))
    return tuple(found)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Wish, Known]:
    days = draw(_months)
    seniors = draw(st.lists(st.integers(1, 12), min_size=1, max_size=12, unique=True))
    request = Wish(
        days=tuple(days),
        templates=templates(draw(st.integers(1, 2))),
        seniors=tuple(seniors),
        since=draw(st.sampled_from([LONG_AGO, local(days[len(days) // 2], "12:00")])),
        mode=draw(st.sampled_from(Mode)),
        together=draw(st.booleans()),
        replace=draw(st.booleans()),
    )
    known = Known(
        opening=draw(st.sampled_from([ALWAYS, Opening.parse("mon-sat 08:00-20:00")])),
        held=draw(_held(days, seniors)),
        elsewhere=draw(_leaves(days, seniors)),
        leaves=draw(_leaves(days, seniors)),
    )
    return request, known


def _meet(one: Stretch, other: Stretch) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _rota_after(found: Plan, known: Known) -> list[Slot]:
    kept = [
        Slot(each.rank, each.person_id, each.start, each.end) for each in known.held if each.id not in found.removed
    ]
    return kept + list(found.added)


@given(_cases())
@settings(max_examples=60, deadline=None)
def test_at_no_rank_do_two_people_overlap_whatever_was_there(case: tuple[Wish, Known]) -> None:
    found = plan(*case)
    after = sorted(_rota_after(found, case[1]), key=lambda slot: (slot.rank, slot.start))
    for one, other in pairwise(after):
        assert one.rank != other.rank or one.end <= other.start


@given(_cases())
@settings(max_examples=60, deadline=None)
def test_nobody_is_placed_in_his_leave_nor_while_on_call_elsewhere(case: tuple[Wish, Known]) -> None:
    request, known = case
    found = plan(request, known)
    for slot in found.added:
        taken = [*known.leaves.get(slot.person_id, ()), *known.elsewhere.get(slot.person_id, ())]
        assert _was_his(slot, found, known) or not any(_meet(slot[2:], stretch) for stretch in taken)


def _was_his(slot: Slot, found: Plan, known: Known) -> bool:
    """Whether it is what is left of a shift that made way: its holder had it before."""
    gone = [Slot(each.rank, each.person_id, each.start, each.end) for each in known.held if each.id in found.removed]
    return any(each[:2] == slot[:2] and each.start <= slot.start and slot.end <= each.end for each in gone)


@given(_cases())
@settings(max_examples=60, deadline=None)
def test_nobody_new_is_put_on_two_ranks_at_once(case: tuple[Wish, Known]) -> None:
    request, known = case
    found = plan(request, known)
    after = _rota_after(found, known)
    for slot in (slot for slot in found.added if not _was_his(slot, found, known)):
        others = [other for other in after if other is not slot and other.person_id == slot.person_id]
        assert not any(_meet(slot[2:], other[2:]) for other in others)


@given(_cases())
@settings(max_examples=40, deadline=None)
def test_every_place_is_held_or_named_as_a_hole(case: tuple[Wish, Known]) -> None:
    request, known = case
    found = plan(request, known)
    asked = plan(replace(request, seniors=()), replace(known, held=())).unfilled
    after = _rota_after(found, known)
    for hole in asked:
        for step in range(int((hole.place.end - hole.place.start) / timedelta(minutes=30))):
            at = hole.place.start + step * timedelta(minutes=30)
            held = any(slot.rank == hole.place.rank and slot.start <= at < slot.end for slot in after)
            named = any(
                left.place.rank == hole.place.rank and left.place.start <= at < left.place.end
                for left in found.unfilled
            )
            assert held != named


@given(_cases())
@settings(max_examples=25, deadline=None)
def test_filling_holes_takes_nothing_out_and_the_same_wish_is_the_same_plan(case: tuple[Wish, Known]) -> None:
    request, known = case
    found = plan(request, known)
    assert request.replace or found.removed == ()
    assert plan(request, known).fingerprint == found.fingerprint


@given(_months, st.integers(2, 12), st.integers(1, 2), st.data())
@settings(max_examples=40, deadline=None)
def test_between_those_who_are_always_there_the_nights_of_a_rota_of_nights_differ_by_one_at_most(
    days: list[date], team: int, ranks: int, data: st.DataObject
) -> None:
    nights = tuple(
        Template(f"Nuit {rank}", Kind.NIGHT, Opening.parse("mon-sun 18:30-08:30").bands, rank)
        for rank in range(1, ranks + 1)
    )
    seniors = tuple(range(1, team * ranks + 3))
    away = data.draw(_leaves(days, seniors[:2]))
    found = plan(replace(wish(seniors, days), templates=nights), Known(ALWAYS, leaves=away))
    there = [share.after.nights for share in found.shares if share.person_id not in away]
    assert max(there) - min(there) <= 1


# Six for each rank, so that everybody can rest: for fewer, rest comes before the last night of difference.
@given(_months, st.integers(6, 12), st.integers(1, 2), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_between_those_who_are_always_there_a_whole_rota_is_even(
    days: list[date], team: int, ranks: int, together: bool, data: st.DataObject
) -> None:
    seniors = tuple(range(1, team * ranks + 1))
    away = data.draw(_leaves(days, seniors[:2]))
    found = plan(replace(wish(seniors, days, ranks), together=together), Known(ALWAYS, leaves=away))
    there = [share.after for share in found.shares if share.person_id not in away]
    for one, other in combinations(there, 2):
        # A week-end given whole is two nights; one that is cut is three people's, none of whom should be tired.
        assert abs(one.nights - other.nights) <= (2 if together else 1)
        assert abs(one.weekends - other.weekends) <= (1 if together else 2)
