"""What is unusual in a rota is told, never forbidden: nights, rest, week-ends, two places at once, leave, strangers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduling.opening import Opening
from scheduling.planning import limits
from scheduling.planning.changes import Remark
from scheduling.planning.limits import Senior
from scheduling.rota import Person, Shift, Ward
from tests.scheduling.planning.editors import paris

pytestmark = pytest.mark.dates

AMELIE, BRUNO = (Person(number, name, "PH", "", "", False) for number, name in ((1, "Amélie"), (2, "Bruno")))
WARD = Ward(1, "medecine", "Médecine", "Cochin", "Europe/Paris", "633", (), Opening(), None, None, None, None)
MEMBER = Senior(AMELIE, frozenset({WARD.id}), verified=True)


def duty(start: str, end: str, rank: int = 1, ward_id: int = 1, person: Person = AMELIE) -> Shift:
    return Shift(ward_id, rank, person, paris(start), paris(end))


def day(date_: str) -> Shift:
    return duty(f"{date_} 08:30", f"{date_} 18:30")


def night(date_: str, rank: int = 1) -> Shift:
    """From that evening on."""
    start = f"{date_} 18:30"
    return duty(start, str(date.fromisoformat(date_) + timedelta(days=1)) + " 08:30", rank)


def told(added: list[Shift], held: tuple[Shift, ...] = (), senior: Senior = MEMBER, ward: Ward = WARD) -> list[Remark]:
    return limits.warnings(
        ward, added, {AMELIE.id: replace(senior, duties=held), BRUNO.id: replace(MEMBER, person=BRUNO)}
    )


def codes(remarks: list[Remark]) -> list[str]:
    return [remark.code for remark in remarks]


@pytest.mark.parametrize(
    ("held", "added", "expected"),
    [
        ([], [day("2026-12-01")], []),
        ([], [night("2026-12-01")], []),
        # Nights a week: one on site, three from home. The week is Monday to Sunday, by the evening.
        ([night("2026-12-01")], [night("2026-12-03")], ["night_limit"]),
        ([night("2026-12-06")], [night("2026-12-08")], []),
        ([], [night("2026-12-07"), night("2026-12-09"), night("2026-12-11")], ["night_limit"]),
        (
            [],
            [night("2026-12-07"), night("2026-12-08"), night("2026-12-09"), night("2026-12-10")],
            ["rest", "astreinte_limit"],  # from one morning to the evening are ten hours
        ),
        # Two week-ends or holidays a month.
        ([day("2026-12-05"), day("2026-12-13")], [day("2026-12-20")], ["weekend_limit"]),
        ([day("2026-12-05"), day("2026-12-06")], [day("2026-12-13")], []),  # one week-end in two days
        ([day("2026-12-05"), day("2026-12-13")], [day("2026-12-25")], ["weekend_limit"]),  # Christmas, a Friday
        ([day("2026-12-05"), day("2026-12-13")], [day("2026-12-24")], []),
        ([day("2026-11-28"), day("2026-12-05")], [day("2026-12-13")], []),  # of two months
        # Eleven hours after a night.
        ([night("2026-12-01")], [duty("2026-12-02 19:29", "2026-12-02 22:00")], ["rest"]),
        ([night("2026-12-01")], [duty("2026-12-02 19:30", "2026-12-02 22:00")], []),
        ([duty("2026-12-02 14:00", "2026-12-02 18:00")], [night("2026-12-01")], ["rest"]),
        ([day("2026-12-01")], [duty("2026-12-01 20:00", "2026-12-01 22:00")], []),  # no night
        # Twenty-four hours in one go: a night after a day is no rest to take, the day after it is.
        ([day("2026-12-01")], [night("2026-12-01")], []),
        ([day("2026-12-01"), night("2026-12-01")], [day("2026-12-02")], ["long_duty", "rest"]),
        ([], [duty("2026-12-01 08:30", "2026-12-02 08:31")], ["long_duty"]),
        # The night of 30 October 2027 has fifteen hours.
        ([duty("2027-10-30 09:30", "2027-10-30 18:30")], [night("2027-10-30")], []),
        ([duty("2027-10-30 09:29", "2027-10-30 18:30")], [night("2027-10-30")], ["long_duty"]),
        # Two places at once.
        ([duty("2026-12-01 12:00", "2026-12-01 13:00", ward_id=2)], [day("2026-12-01")], ["double_booked"]),
        ([duty("2026-12-01 18:30", "2026-12-01 19:00", ward_id=2)], [day("2026-12-01")], []),
        ([duty("2026-12-01 12:00", "2026-12-01 13:00", rank=2)], [day("2026-12-01")], ["two_ranks"]),
        ([], [day("2026-12-01"), duty("2026-12-01 08:30", "2026-12-01 18:30", rank=2)], ["two_ranks"]),
    ],
)
def test_what_is_beyond_the_usual_is_told(held: list[Shift], added: list[Shift], expected: list[str]) -> None:
    assert codes(told(added, tuple(held))) == expected


def test_what_he_holds_already_is_not_told_again() -> None:
    """Only what the new shifts have a part in."""
    held = (
        night("2026-12-01"),
        day("2026-12-02"),
        night("2026-12-03"),
        duty("2026-12-03 20:00", "2026-12-03 21:00", 2),
    )
    assert told([day("2026-12-15")], held) == []


def test_one_remark_tells_the_first_of_many() -> None:
    nights = [night(f"2026-12-{number:02}") for number in (1, 3, 8, 10, 12)]
    (remark,) = told(nights)
    assert remark.code == "night_limit"
    assert (remark.values["count"], remark.values["week"], remark.values["nights"]) == (2, date(2026, 11, 30), 2)


def test_who_is_away_is_told_with_the_first_shift() -> None:
    away = replace(MEMBER, leaves=((paris("2026-12-02"), paris("2026-12-04")),))
    (remark,) = told([day("2026-12-01"), day("2026-12-02"), day("2026-12-03"), day("2026-12-04")], senior=away)
    assert (remark.code, remark.values["count"]) == ("on_leave", 2)
    assert remark.values["hours"] == (paris("2026-12-02 08:30"), paris("2026-12-02 18:30"))


def test_a_stranger_and_an_unproved_telephone_are_told_once() -> None:
    stranger = replace(MEMBER, ward_ids=frozenset({7}), verified=False)
    assert codes(told([day("2026-12-01"), day("2026-12-03")], senior=stranger)) == ["not_a_member", "unverified_phone"]


def test_a_shift_of_a_closed_ward_rings_nobody() -> None:
    by_day = replace(WARD, opening=Opening.parse("mon-fri 08:30-18:30"))
    assert codes(told([day("2026-12-01"), duty("2026-12-02 18:00", "2026-12-02 20:00")], ward=by_day)) == []
    remarks = told([night("2026-12-01"), day("2026-12-05")], ward=by_day)
    assert codes(remarks) == ["closed"]
    assert (remarks[0].values["count"], remarks[0].values["name"]) == (2, "Amélie")


def test_each_person_is_told_apart() -> None:
    added = [night("2026-12-01"), night("2026-12-03"), duty("2026-12-01 08:30", "2026-12-02 08:31", 2, person=BRUNO)]
    found = sorted((str(remark.values["name"]), remark.code) for remark in told(added))
    assert found == [("Amélie", "night_limit"), ("Bruno", "long_duty")]
