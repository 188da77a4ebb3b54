"""The rota as an administrator imports it, nights of the clock changes included."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from scheduling.importing import Report, import_rota
from scheduling.planning import trail
from scheduling.planning.changes import MOST_AT_ONCE
from tests.locks import until_waiting
from tests.scheduling.conftest import SENIORS, WARDS
from tests.scheduling.register import Register

pytestmark = pytest.mark.dates
HEADER = "ward,start,end,rank,phone"
AMELIE, BRUNO, CHLOE = "06 39 98 00 01", "06 39 98 00 02", "06 39 98 00 03"


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def counts(report: Report) -> tuple[int, int, int]:
    return report.created, report.unchanged, report.removed


def errors(report: Report) -> list[str]:
    return [str(error) for error in report.errors]


MONDAY = rows(
    f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
    f"medecine,2026-11-23 08:30,2026-11-23 18:30,2,{BRUNO}",
    f"medecine,2026-11-23 18:30,2026-11-24 08:30,1,{CHLOE}",
)
MONDAY_AS_READ = [
    "medecine 1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30",
    "medecine 1 Chloé 2026-11-23 18:30 – 2026-11-24 08:30",
    "medecine 2 Bruno 2026-11-23 08:30 – 2026-11-23 18:30",
]


def test_the_rota_is_what_the_file_says(hospital: Register) -> None:
    assert counts(hospital.rota(MONDAY)) == (3, 0, 0)
    assert hospital.shifts() == MONDAY_AS_READ


def test_importing_twice_changes_nothing(hospital: Register) -> None:
    hospital.rota(MONDAY)
    assert counts(hospital.rota(MONDAY)) == (0, 3, 0)
    assert counts(hospital.rota(MONDAY, replace=("2026-11-23", "2026-11-30"))) == (0, 3, 0)
    assert hospital.shifts() == MONDAY_AS_READ


def test_a_shift_may_last_as_long_as_a_file_says(hospital: Register) -> None:
    assert hospital.rota(rows(f"medecine,2026-11-23 00:00,2027-02-01 00:00,1,{AMELIE}")).ok
    assert hospital.shifts() == ["medecine 1 Amélie 2026-11-23 00:00 – 2027-02-01 00:00"]


def test_a_row_given_twice_is_one_shift(hospital: Register) -> None:
    row = f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}"
    assert counts(hospital.rota(rows(row, row))) == (1, 1, 0)


def test_columns_come_in_any_order_and_times_are_local(hospital: Register) -> None:
    hospital.rota("\ufeffphone;rank;end;start;ward\n0692000001;3;2026-11-23 18:30;2026-11-23 08:30;saint-pierre\n")
    assert hospital.shifts(zone="Indian/Reunion") == ["saint-pierre 3 Denis 2026-11-23 08:30 – 2026-11-23 18:30"]
    assert hospital.shifts(zone="UTC") == ["saint-pierre 3 Denis 2026-11-23 04:30 – 2026-11-23 14:30"]


def test_every_wrong_row_is_listed_and_nothing_is_imported(hospital: Register) -> None:
    report = hospital.rota(
        rows(
            f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
            f"nowhere,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
            f",2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
            f"medecine,23/11/2026 08:30,2026-11-23 18:30,1,{AMELIE}",
            f"medecine,2026-11-24 08:30,,1,{AMELIE}",
            f"medecine,2026-11-24 18:30,2026-11-24 08:30,1,{AMELIE}",
            f"medecine,2026-11-24 08:30,2026-11-24 08:30,1,{AMELIE}",
            f"medecine,2026-11-25 08:30,2026-11-25 18:30,4,{AMELIE}",
            f"medecine,2026-11-25 08:30,2026-11-25 18:30,,{AMELIE}",
            "medecine,2026-11-25 08:30,2026-11-25 18:30,1,06 39 98 00 99",
            "medecine,2026-11-25 08:30,2026-11-25 18:30,1,06 39 98 00 90",
            "medecine,2026-11-25 08:30,2026-11-25 18:30,1,112",
            f"medecine,2027-03-28 02:30,2027-03-28 08:30,1,{AMELIE}",
            f"medecine,2026-11-23 12:00,2026-11-23 14:00,1,{BRUNO}",
        )
    )
    assert errors(report) == [
        "line 3: ward: no ward “nowhere”",
        "line 4: ward is empty",
        "line 5: start: “23/11/2026 08:30” is not a time like 2026-11-23 08:30",
        "line 6: end is empty",
        "line 7: end: not after the start",
        "line 8: end: not after the start",
        "line 9: rank: “4” is not 1, 2 or 3",
        "line 10: rank is empty",
        "line 11: phone: no senior has this number; import the seniors first",
        "line 12: phone: no senior has this number; import the seniors first",  # a head who is not on the list
        "line 13: phone: a short number: nobody can be called back on it",
        "line 14: start: “2027-03-28 02:30” does not exist: the clock is put forward over it",
        "line 15: Bruno from 2026-11-23 12:00 to 2026-11-23 14:00 overlaps"
        " Amélie from 2026-11-23 08:30 to 2026-11-23 18:30 (line 2): medecine, rank 1",
    ]
    assert hospital.shifts() == []


def test_an_import_leaves_a_line_for_each_ward_in_the_trail(hospital: Register) -> None:
    file = rows(
        f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
        f"cardio,2026-11-23 08:30,2026-11-23 18:30,1,{BRUNO}",
        f"cardio,2026-11-24 08:30,2026-11-24 18:30,1,{BRUNO}",
    )
    hospital.rota(file)
    hospital.rota(file)  # changes nothing, and says nothing
    told = trail.read(hospital.connection, what="rota.import")
    assert {(line.by.name, line.ward_id, len(line.detail["added"])) for line in told} == {
        ("import", hospital.ward_id("medecine"), 1),
        ("import", hospital.ward_id("cardio"), 2),
    }
    assert len(told) == 2


def test_seven_years_of_a_ward_come_in_at_once(hospital: Register) -> None:
    """More than one change may hold: several are made, or none."""
    first = datetime(2026, 11, 23, tzinfo=UTC).date()
    days = [first + timedelta(days=number) for number in range(MOST_AT_ONCE // 2 + 1)]
    halves = (("08:30", "13:30"), ("13:30", "18:30"))
    file = rows(*(f"medecine,{day} {start},{day} {end},1,{AMELIE}" for day in days for start, end in halves))
    assert counts(hospital.rota(file)) == (2 * len(days), 0, 0)
    assert [len(line.detail["added"]) for line in trail.read(hospital.connection)] == [2, MOST_AT_ONCE]


def test_a_text_that_was_guarded_against_excel_is_read_without_its_guard(hospital: Register) -> None:
    hospital.rota("ward,start,end,rank,phone,name\nmedecine,2026-11-23 08:30,2026-11-23 18:30,1,'+33639980001,'=A\n")
    assert hospital.shifts() == MONDAY_AS_READ[:1]


# --- overlaps -------------------------------------------------------------------------------------------------


def test_an_overlap_in_the_file_names_both_doctors_and_their_hours(hospital: Register) -> None:
    report = hospital.rota(
        rows(
            f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
            f"medecine,2026-11-23 18:00,2026-11-24 08:30,1,{BRUNO}",
        )
    )
    assert errors(report) == [
        "line 3: Bruno from 2026-11-23 18:00 to 2026-11-24 08:30 overlaps"
        " Amélie from 2026-11-23 08:30 to 2026-11-23 18:30 (line 2): medecine, rank 1"
    ]
    assert hospital.shifts() == []


@pytest.mark.parametrize(
    ("start", "end"), [("08:30", "18:30"), ("07:00", "09:00"), ("12:00", "13:00"), ("18:00", "20:00")]
)
def test_an_overlap_with_the_rota_names_both_doctors_and_their_hours(hospital: Register, start: str, end: str) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(rows(f"medecine,2026-11-23 {start},2026-11-23 {end},1,{BRUNO}"))
    assert (
        f"line 2: Bruno from 2026-11-23 {start} to 2026-11-23 {end} overlaps"
        " Amélie from 2026-11-23 08:30 to 2026-11-23 18:30 (already on the rota): medecine, rank 1"
    ) in errors(report)
    assert hospital.shifts() == MONDAY_AS_READ


def test_every_overlap_is_listed(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(
            f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{BRUNO}",
            f"medecine,2026-11-23 09:30,2026-11-23 10:30,2,{CHLOE}",
            f"medecine,2026-11-23 09:30,2026-11-23 10:30,3,{CHLOE}",
        )
    )
    assert [error.line for error in report.errors] == [2, 3]


def test_the_other_ward_the_other_rank_and_the_next_minute_do_not_overlap(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(
            f"cardio,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}",
            f"medecine,2026-11-23 08:30,2026-11-23 18:30,3,{CHLOE}",
            f"medecine,2026-11-24 08:30,2026-11-24 18:30,1,{AMELIE}",
        )
    )
    assert counts(report) == (3, 0, 0)


def test_a_hand_over_in_the_hour_that_exists_twice_has_no_gap_and_no_overlap(hospital: Register) -> None:
    report = hospital.rota(
        rows(
            f"medecine,2027-10-30 18:30,2027-10-31 02:30,1,{AMELIE}",
            f"medecine,2027-10-31 02:30,2027-10-31 08:30,1,{BRUNO}",
        )
    )
    assert counts(report) == (2, 0, 0)
    twice = "the clock shows “2027-10-31 02:30” twice; the first is meant"
    assert [str(warning) for warning in report.warnings] == [f"line 2: end: {twice}", f"line 3: start: {twice}"]
    assert hospital.shifts(zone="UTC") == [
        "medecine 1 Amélie 2027-10-30 16:30 – 2027-10-31 00:30",
        "medecine 1 Bruno 2027-10-31 00:30 – 2027-10-31 07:30",
    ]


# --- replace --------------------------------------------------------------------------------------------------


def test_replacing_a_stretch_puts_the_file_in_its_place(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(f"medecine,2026-11-23 08:30,2026-11-23 18:30,1,{BRUNO}"), replace=("2026-11-23 08:30", "2026-11-23 18:30")
    )
    assert counts(report) == (1, 0, 2)
    assert hospital.shifts() == [
        "medecine 1 Bruno 2026-11-23 08:30 – 2026-11-23 18:30",
        "medecine 1 Chloé 2026-11-23 18:30 – 2026-11-24 08:30",
    ]


def test_a_shift_across_the_edge_of_the_stretch_keeps_the_part_outside(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(f"medecine,2026-11-24 00:00,2026-11-24 08:30,1,{BRUNO}"), replace=("2026-11-24", "2026-11-25")
    )
    assert counts(report) == (1, 0, 1)
    assert hospital.shifts() == [
        "medecine 1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30",
        "medecine 1 Chloé 2026-11-23 18:30 – 2026-11-24 00:00",
        "medecine 1 Bruno 2026-11-24 00:00 – 2026-11-24 08:30",
        "medecine 2 Bruno 2026-11-23 08:30 – 2026-11-23 18:30",
    ]


def test_a_stretch_inside_a_shift_leaves_both_ends(hospital: Register) -> None:
    hospital.rota(rows(f"medecine,2026-11-23 08:30,2026-11-24 08:30,1,{AMELIE}"))
    replace = ("2026-11-23 12:00", "2026-11-23 14:00")
    assert hospital.rota(rows(f"medecine,2026-11-23 12:00,2026-11-23 14:00,1,{BRUNO}"), replace=replace).ok
    assert hospital.shifts() == [
        "medecine 1 Amélie 2026-11-23 08:30 – 2026-11-23 12:00",
        "medecine 1 Bruno 2026-11-23 12:00 – 2026-11-23 14:00",
        "medecine 1 Amélie 2026-11-23 14:00 – 2026-11-24 08:30",
    ]


def test_a_shift_that_the_file_repeats_is_not_cut(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(f"medecine,2026-11-23 18:30,2026-11-24 08:30,1,{CHLOE}"), replace=("2026-11-24", "2026-11-25")
    )
    assert counts(report) == (0, 1, 0)
    assert hospital.shifts() == MONDAY_AS_READ


def test_the_rota_of_wards_that_the_file_does_not_name_is_left_alone(hospital: Register) -> None:
    hospital.rota(MONDAY)
    hospital.rota(rows(f"cardio,2026-11-23 08:30,2026-11-23 18:30,1,{AMELIE}"), replace=("2026-11-01", "2026-12-01"))
    assert len(hospital.shifts()) == 4


def test_outside_the_stretch_an_overlap_is_still_an_error(hospital: Register) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(
        rows(f"medecine,2026-11-23 18:00,2026-11-24 08:30,1,{BRUNO}"), replace=("2026-11-24", "2026-11-25")
    )
    assert [error.line for error in report.errors] == [2, 2]
    assert hospital.shifts() == MONDAY_AS_READ


def test_the_stretch_is_local_to_each_ward(hospital: Register) -> None:
    hospital.rota(rows("saint-pierre,2026-11-23 22:00,2026-11-24 02:00,1,0692000001"))
    hospital.rota(
        rows("saint-pierre,2026-11-24 00:00,2026-11-24 03:00,1,0692000001"), replace=("2026-11-24", "2026-11-25")
    )
    assert hospital.shifts(zone="Indian/Reunion") == [
        "saint-pierre 1 Denis 2026-11-23 22:00 – 2026-11-24 00:00",
        "saint-pierre 1 Denis 2026-11-24 00:00 – 2026-11-24 03:00",
    ]


@pytest.mark.parametrize(
    ("replace", "why"),
    [
        (("yesterday", "2026-11-25"), "--replace: “yesterday” is not a time like 2026-11-23 08:30"),
        (("2026-11-25", "2026-11-24"), "--replace: its end is not after its start"),
        (("2027-03-28 02:30", "2027-03-29"), "--replace: “2027-03-28 02:30” does not exist"),
    ],
)
def test_a_stretch_that_is_none_is_refused(hospital: Register, replace: tuple[str, str], why: str) -> None:
    report = hospital.rota(MONDAY, replace=replace)
    assert len(report.errors) == 1
    assert errors(report)[0].startswith(why)
    assert hospital.shifts() == []


# --- told, not refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"cardio,2026-11-23 08:30,2026-11-23 18:30,1,{CHLOE}", "Chloé is not a senior of cardio"),
        (
            f"cardio,2026-11-23 18:30,2026-11-24 08:30,1,{AMELIE}",
            "cardio is closed all that time: this shift rings nobody",
        ),
        (f"medecine,2026-11-23 12:00,2026-11-23 14:00,3,{AMELIE}", "Amélie holds two ranks of medecine at once"),
    ],
)
def test_what_is_odd_is_told_and_imported(hospital: Register, row: str, told: str) -> None:
    hospital.rota(MONDAY)
    report = hospital.rota(rows(row))
    assert [str(warning) for warning in report.warnings] == [f"line 2: {told}"]
    assert counts(report) == (1, 0, 0)


def test_the_rota_of_the_clock_changes_tiles_the_days(hospital: Register) -> None:
    nights = [("2027-03-27", "2027-03-28"), ("2027-10-30", "2027-10-31")]
    for evening, morning in nights:
        assert hospital.rota(
            rows(
                f"medecine,{evening} 08:30,{evening} 18:30,1,{AMELIE}",
                f"medecine,{evening} 18:30,{morning} 08:30,1,{BRUNO}",
                f"medecine,{morning} 08:30,{morning} 18:30,1,{AMELIE}",
            )
        ).ok
    assert hospital.shifts(zone="UTC") == [
        "medecine 1 Amélie 2027-03-27 07:30 – 2027-03-27 17:30",
        "medecine 1 Bruno 2027-03-27 17:30 – 2027-03-28 06:30",  # 13 h
        "medecine 1 Amélie 2027-03-28 06:30 – 2027-03-28 16:30",
        "medecine 1 Amélie 2027-10-30 06:30 – 2027-10-30 16:30",
        "medecine 1 Bruno 2027-10-30 16:30 – 2027-10-31 07:30",  # 15 h
        "medecine 1 Amélie 2027-10-31 07:30 – 2027-10-31 17:30",
    ]


def test_two_imports_at_the_same_moment_do_not_both_win(database: Engine) -> None:
    """The second waits for the first at the exclusion constraint, and then names who was quicker."""
    with database.begin() as connection:
        register = Register(connection)
        assert register.wards(WARDS).ok
        assert register.seniors(SENIORS).ok
    late: list[Report] = []

    def second_import() -> None:
        with database.connect() as connection:
            file = rows(f"medecine,2026-11-23 12:00,2026-11-23 20:00,1,{BRUNO}")
            late.append(import_rota(connection, file.encode()))

    with database.begin() as connection:
        assert Register(connection).rota(MONDAY).ok
        other = threading.Thread(target=second_import)
        other.start()
        until_waiting(database)
    other.join(timeout=20)
    assert errors(late[0])[0] == (
        "line 2: Bruno from 2026-11-23 12:00 to 2026-11-23 20:00 overlaps"
        " Amélie from 2026-11-23 08:30 to 2026-11-23 18:30 (already on the rota): medecine, rank 1"
    )
