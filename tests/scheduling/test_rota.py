"""Who is on call: the decision, without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import rota
from scheduling.opening import Opening
from scheduling.rota import OnCall, Overlap, Person, Ranked, Shift, Ward, keypad_code

pytestmark = pytest.mark.dates
PARIS = ZoneInfo("Europe/Paris")


def doctor(number: int, name: str) -> Person:
    return Person(number, name, "PH", f"+3363998{number:04}", "", False)


AMELIE, BRUNO, CHLOE = doctor(1, "Amélie"), doctor(2, "Bruno"), doctor(3, "Chloé")


def a_ward(number: int, opening: str = "", covered_by: int | None = None) -> Ward:
    hours = Opening.parse(opening)
    return Ward(
        number,
        f"ward-{number}",
        "Cardiologie",
        "Cochin",
        "Europe/Paris",
        "227",
        (),
        hours,
        covered_by,
        None,
        None,
        None,
    )


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def shift(ward: int, who: Person, start: str, end: str, rank: int = 1) -> Shift:
    return Shift(ward, rank, who, paris(start), paris(end))


DAY = "mon-fri 08:30-18:30"
CARDIO = a_ward(1, DAY, covered_by=2)
COVER = a_ward(2, "mon-fri 18:30-08:30; sat,sun,hol 00:00-24:00", covered_by=3)
MEDICINE = a_ward(3)


def names(answer: OnCall) -> list[str]:
    return [ranked.person.name for ranked in answer.seniors]


def test_the_seniors_of_an_open_ward_answer_in_the_order_of_their_ranks() -> None:
    shifts = [
        shift(1, BRUNO, "2026-11-23 08:30", "2026-11-23 18:30", rank=2),
        shift(1, AMELIE, "2026-11-23 08:30", "2026-11-23 18:30", rank=1),
        shift(1, CHLOE, "2026-11-24 08:30", "2026-11-24 18:30", rank=1),
    ]
    answer = rota.on_call([CARDIO, COVER, MEDICINE], shifts, paris("2026-11-23 10:00"))
    assert answer.open
    assert answer.answering == CARDIO
    assert answer.seniors == (Ranked(1, AMELIE), Ranked(2, BRUNO))
    assert answer.next_opening is None


@pytest.mark.parametrize(("at", "present"), [("08:29", False), ("08:30", True), ("18:29", True), ("18:30", False)])
def test_a_shift_holds_from_its_first_minute_to_before_its_last(at: str, present: bool) -> None:
    shifts = [shift(3, AMELIE, "2026-11-23 08:30", "2026-11-23 18:30")]
    answer = rota.on_call([MEDICINE], shifts, paris(f"2026-11-23 {at}"))
    assert names(answer) == (["Amélie"] if present else [])


def test_nobody_on_call_is_an_answer() -> None:
    answer = rota.on_call([MEDICINE], [], paris("2026-11-23 10:00"))
    assert answer.open
    assert answer.answering == MEDICINE
    assert answer.seniors == ()


def test_closed_wins_over_a_shift_in_the_table() -> None:
    alone = a_ward(1, DAY)
    shifts = [shift(1, AMELIE, "2026-11-23 08:30", "2026-11-24 08:30")]
    answer = rota.on_call([alone], shifts, paris("2026-11-23 20:00"))
    assert not answer.open
    assert answer.answering is None
    assert answer.seniors == ()
    assert answer.next_opening == paris("2026-11-24 08:30")


def test_while_it_is_closed_the_covering_wards_rota_answers() -> None:
    shifts = [
        shift(1, AMELIE, "2026-11-23 08:30", "2026-11-24 08:30"),
        shift(2, BRUNO, "2026-11-23 18:30", "2026-11-24 08:30"),
    ]
    answer = rota.on_call([CARDIO, COVER, MEDICINE], shifts, paris("2026-11-23 20:00"))
    assert not answer.open
    assert answer.answering == COVER
    assert names(answer) == ["Bruno"]
    assert answer.ward == CARDIO  # the request stays with it


def test_a_covering_ward_that_is_closed_is_passed_over() -> None:
    by_day_only = a_ward(2, DAY, covered_by=3)
    shifts = [
        shift(2, BRUNO, "2026-11-23 18:30", "2026-11-24 08:30"),
        shift(3, CHLOE, "2026-11-23 18:30", "2026-11-24 08:30"),
    ]
    answer = rota.on_call([CARDIO, by_day_only, MEDICINE], shifts, paris("2026-11-23 20:00"))
    assert answer.answering == MEDICINE
    assert names(answer) == ["Chloé"]


def test_a_covering_ward_with_nobody_on_call_is_not_passed_over() -> None:
    shifts = [shift(3, CHLOE, "2026-11-23 18:30", "2026-11-24 08:30")]
    answer = rota.on_call([CARDIO, COVER, MEDICINE], shifts, paris("2026-11-23 20:00"))
    assert answer.answering == COVER
    assert answer.seniors == ()


def test_a_public_holiday_is_covered_like_a_sunday() -> None:
    shifts = [
        shift(1, AMELIE, "2027-11-01 08:30", "2027-11-01 18:30"),
        shift(2, BRUNO, "2027-11-01 08:30", "2027-11-01 18:30"),
    ]
    answer = rota.on_call([CARDIO, COVER, MEDICINE], shifts, paris("2027-11-01 10:00"))
    assert names(answer) == ["Bruno"]


@pytest.mark.parametrize(
    ("evening", "morning", "length"),
    [("2027-03-27", "2027-03-28", 13), ("2027-10-30", "2027-10-31", 15), ("2026-11-23", "2026-11-24", 14)],
)
def test_a_night_is_held_to_its_end_when_the_clock_changes(evening: str, morning: str, length: int) -> None:
    night = shift(3, AMELIE, f"{evening} 18:30", f"{morning} 08:30")
    day = shift(3, BRUNO, f"{morning} 08:30", f"{morning} 18:30")
    assert night.end - night.start == timedelta(hours=length)
    minutes = [night.start + timedelta(minutes=minute) for minute in range(length * 60)]
    assert {tuple(names(rota.on_call([MEDICINE], [night, day], at))) for at in minutes} == {("Amélie",)}
    assert names(rota.on_call([MEDICINE], [night, day], night.end)) == ["Bruno"]


def test_a_hole_is_open_time_without_a_senior() -> None:
    opening = Opening.parse("mon-fri 08:30-18:30")
    shifts = [
        shift(1, AMELIE, "2026-11-23 08:30", "2026-11-23 14:00"),
        shift(1, BRUNO, "2026-11-23 15:00", "2026-11-24 12:00", rank=2),
    ]
    assert rota.holes(opening, shifts, paris("2026-11-23 00:00"), paris("2026-11-25 00:00")) == [
        (paris("2026-11-23 14:00"), paris("2026-11-23 15:00")),
        (paris("2026-11-24 12:00"), paris("2026-11-24 18:30")),
    ]


@pytest.mark.parametrize(
    ("live_from", "since", "until"),
    [
        (None, "2026-11-27 18:30", "2026-11-30 08:30"),
        (paris("2026-11-28 12:00"), "2026-11-27 18:30", "2026-11-28 12:00"),
    ],
)
def test_a_ward_that_is_being_prepared_covers_nobody_until_it_is_live(
    live_from: datetime | None, since: str, until: str
) -> None:
    cover = replace(CARDIO, id=9, opening=Opening(), live_from=live_from)
    assert rota.uncovered([CARDIO, cover], paris("2026-11-27 12:00"), paris("2026-11-30 12:00")) == [
        (paris(since), paris(until))
    ]


def test_time_that_no_covering_ward_is_open_is_uncovered() -> None:
    saturdays = a_ward(2, "sat 08:00-20:00")
    assert rota.uncovered([CARDIO, saturdays], paris("2026-11-27 00:00"), paris("2026-11-30 12:00")) == [
        (paris("2026-11-27 00:00"), paris("2026-11-27 08:30")),
        (paris("2026-11-27 18:30"), paris("2026-11-28 08:00")),
        (paris("2026-11-28 20:00"), paris("2026-11-30 08:30")),
    ]


def test_the_longest_of_no_stretches_is_none() -> None:
    assert rota.longest([]) is None


quarter = timedelta(minutes=15)
begin = paris("2027-10-30 00:00")  # the day before a day of 25 hours
shifts_of_two_wards = st.lists(
    st.builds(
        lambda ward, rank, who, start, length: Shift(
            ward, rank, who, begin + start * quarter, begin + (start + length) * quarter
        ),
        st.sampled_from([1, 2]),
        st.sampled_from([1, 2, 3]),
        st.sampled_from([AMELIE, BRUNO, CHLOE]),
        st.integers(0, 190),
        st.integers(1, 60),
    ),
    max_size=12,
)


def without_overlap(shifts: Sequence[Shift]) -> list[Shift]:
    """What the exclusion constraint lets in, one after the other."""
    let_in: list[Shift] = []
    for new in shifts:
        if not any(rota.rank_of_ward(new) == rota.rank_of_ward(old) and meet(new, old) for old in let_in):
            let_in.append(new)
    return let_in


def meet(one: Shift, other: Shift) -> bool:
    return one.start < other.end and other.start < one.end


@settings(max_examples=40)
@given(shifts_of_two_wards.map(without_overlap))
def test_at_most_one_person_a_rank_and_it_is_who_a_naive_scan_finds(shifts: list[Shift]) -> None:
    chain = [a_ward(1, "sat,sun 08:00-20:00; hol 09:00-10:00", covered_by=2), a_ward(2)]
    for step in range(48 * 4):
        at = begin + step * quarter
        answer = rota.on_call(chain, shifts, at)
        ward = 1 if 8 <= at.astimezone(PARIS).hour < 20 else 2
        scanned = sorted((s.rank, s.person.name) for s in shifts if s.ward_id == ward and s.start <= at < s.end)
        assert [(ranked.rank, ranked.person.name) for ranked in answer.seniors] == scanned
        assert len({rank for rank, _ in scanned}) == len(scanned)


@given(shifts_of_two_wards)
def test_every_overlap_is_found_and_nothing_else(shifts: list[Shift]) -> None:
    found = rota.overlaps(shifts)
    for overlap in found:
        assert rota.rank_of_ward(overlap.first) == rota.rank_of_ward(overlap.second)
        assert meet(overlap.first, overlap.second)
    same_place = [pair for pair in combinations(shifts, 2) if rota.rank_of_ward(pair[0]) == rota.rank_of_ward(pair[1])]
    assert bool(found) is any(meet(one, other) for one, other in same_place)
    # Whoever takes out the later of each overlap has a rota that the constraint accepts.
    later = [overlap.second for overlap in found]
    left = [one for one in shifts if not any(one is other for other in later)]
    assert rota.overlaps(left) == []


def test_one_person_twice_is_found_across_ranks() -> None:
    first = shift(1, AMELIE, "2026-11-23 08:30", "2026-11-23 18:30", rank=1)
    second = shift(1, AMELIE, "2026-11-23 12:00", "2026-11-23 14:00", rank=2)
    assert rota.overlaps([first, second]) == []
    assert rota.overlaps([first, second], rota.person_of_ward) == [Overlap(first, second)]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Cardiologie", "227"),
        ("CARDIOLOGIE", "227"),
        ("Pneumologie", "763"),
        ("Psychiatrie", "779"),
        ("Urologie", "876"),
        ("Médecine interne", "633"),
        ("Hématologie", "436"),
        ("Hôpital de jour", "467"),
        ("Œsophage", "637"),
        ("Zoé", "963"),
        ("ORL", "675"),
        ("O.R.L.", "675"),
        ("Service de cardiologie", "227"),
        ("Service d'hématologie", "436"),
        ("Service d’hématologie", "436"),
        ("Service des maladies infectieuses", "625"),
        ("Département de la douleur", "368"),
        ("Pôle de gériatrie", "437"),
        ("Les urgences", "874"),
        ("L'urologie", "876"),
        ("Service", "737"),
        ("2e cardiologie", "322"),
        ("U", "8"),
        ("7", ""),
    ],
)
def test_a_wards_code_is_its_first_three_letters_on_the_keypad(name: str, code: str) -> None:
    assert keypad_code(name) == code
