"""A calendar's events: what repeats, in whichever zone, and whom they name."""

import time

import pytest

from scheduling.importing import ics
from scheduling.importing.said import BadFile, Finding, Row
from tests.scheduling.brought import MONDAY_NIGHT, asked, calendar, read, said, told, wrong

pytestmark = pytest.mark.dates
NOVEMBER = asked("2026-11-01", "2026-12-01")
FIRST = "1 Garde Dr Durand 2026-11-23 18:30 – 2026-11-24 08:30"


@pytest.mark.parametrize(
    "times",
    [
        "DTSTART;TZID=Europe/Paris:20261123T183000\nDTEND;TZID=Europe/Paris:20261124T083000",
        "DTSTART:20261123T173000Z\nDTEND:20261124T073000Z",
        "DTSTART:20261123T183000\nDURATION:PT14H",  # no zone: the ward's
        "DTSTART;TZID=Romance Standard Time:20261123T183000\nDTEND;TZID=Romance Standard Time:20261124T083000",
        "DTSTART;TZID=America/New_York:20261123T123000\nDTEND:20261124T073000Z",
    ],
)
def test_an_event_is_a_shift_in_whichever_zone_it_is_written(times: str) -> None:
    assert said(read(calendar(f"{times}\nSUMMARY:Garde Dr Durand"))) == [FIRST]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("RRULE:FREQ=DAILY", 8),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH", 3),
        ("RRULE:FREQ=DAILY;COUNT=3", 3),
        ("RRULE:FREQ=DAILY;UNTIL=20261125T235959Z", 3),
        ("RRULE:FREQ=DAILY;INTERVAL=7", 2),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Paris:20261124T183000", 2),
        ("RDATE;TZID=Europe/Paris:20261127T183000", 2),
    ],
)
def test_what_repeats_is_worked_out_inside_the_wanted_days(rule: str, count: int) -> None:
    parsed = read(calendar(f"{MONDAY_NIGHT}\n{rule}"), NOVEMBER)
    assert len(parsed.rows) == count
    assert said(parsed)[0] == FIRST
    assert wrong(parsed) == []


def test_one_evening_of_a_series_that_was_moved_is_where_it_was_moved_to() -> None:
    moved = (
        "UID:0\nRECURRENCE-ID;TZID=Europe/Paris:20261124T183000\nSUMMARY:Garde Dr Petit\n"
        "DTSTART;TZID=Europe/Paris:20261124T200000\nDTEND;TZID=Europe/Paris:20261125T083000"
    )
    assert said(read(calendar(f"UID:0\n{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;COUNT=2", moved))) == [
        FIRST,
        "1 Garde Dr Petit 2026-11-24 20:00 – 2026-11-25 08:30",
    ]


def test_a_nightly_series_keeps_its_hour_across_the_clock_changes() -> None:
    spring = asked("2027-03-26", "2027-03-30")
    nights = said(read(calendar(f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY"), spring))
    assert nights[1:3] == [
        "1 Garde Dr Durand 2027-03-26 18:30 – 2027-03-27 08:30",
        "1 Garde Dr Durand 2027-03-27 18:30 – 2027-03-28 08:30",
    ]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261124", "all_day"),
        ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=DAILY", "all_day"),
        ("DTSTART:20261123T173000Z", "no_end"),
        ("SUMMARY:Garde", "no_start"),
        ("DTSTART:20261123T173000Z\nDTEND:20261123T163000Z", "ends_before_start"),
        ("DTSTART:20261123T173000Z\nDTEND:20270123T163000Z", "too_long_event"),
        ("DTSTART;TZID=Europe/Paris:20270328T023000\nDTEND;TZID=Europe/Paris:20270328T083000", "no_such_hour"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=SECONDLY", "repeats_too_often"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=MINUTELY;COUNT=10", "repeats_too_often"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=HOURLY", "repeats_too_often"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=1,2,3", "repeats_strangely"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;INTERVAL=0", "repeats_strangely"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=-1DAY", "repeats_strangely"),
        ("DTSTART:20261399T183000\nDTEND:20261124T083000", "no_start"),
        ("DTSTART;TZID=Europe/Paris:20261123T183000\nDTEND:2026", "no_end"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "repeats_strangely"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;BYSETPOS=2", "repeats_strangely"),
        (f"{MONDAY_NIGHT}\nRRULE:FREQ=YEARLY;BYYEARDAY=366", "repeats_strangely"),
        ("DTSTART:00010101T000000Z\nDTEND:00010101T010000Z\nRRULE:FREQ=DAILY", "repeats_for_ever"),
        ("DTSTART:19700101T000000\nDTEND:19700101T010000\nRRULE:FREQ=DAILY", "repeats_for_ever"),
    ],
)
def test_what_is_no_shift_is_told_with_its_event_and_at_once(event: str, code: str) -> None:
    began = time.monotonic()
    parsed = read(calendar(event))
    assert [found for _, found in wrong(parsed)] == [code]
    assert time.monotonic() - began < 20  # not for ever; a busy machine is slow, not wrong


def test_an_event_is_told_by_its_title_and_day() -> None:
    assert wrong(read(calendar("DTSTART;VALUE=DATE:20261123\nSUMMARY:Congés"))) == [("Congés · 2026-11-23", "all_day")]


def test_a_cancelled_event_is_left_and_told() -> None:
    parsed = read(calendar(f"{MONDAY_NIGHT}\nSTATUS:CANCELLED"))
    assert (said(parsed), told(parsed)) == ([], [("Garde Dr Durand · 2026-11-23", "cancelled")])


@pytest.mark.parametrize(
    ("lines", "phone", "emails", "rank"),
    [
        ("ATTENDEE;CN=Amélie:mailto:Amelie@aphp.example", "", ("amelie@aphp.example",), 1),
        ("DESCRIPTION:Joindre au 06 39 98 00 01 (rang 2)", "+33639980001", (), 2),
        ("DESCRIPTION:+33 6 39 98 00 01 ou 06 39 98 00 02", "", (), 1),
        ("DESCRIPTION:amelie@aphp.example\\, chambre 12\nCATEGORIES:Garde,Rang 3", "", ("amelie@aphp.example",), 3),
    ],
)
def test_whom_an_event_names(lines: str, phone: str, emails: tuple[str, ...], rank: int) -> None:
    row = read(calendar(f"{MONDAY_NIGHT}\n{lines}")).rows[0]
    assert (row.who.phone, row.who.emails, row.rank, row.who.sentence) == (phone, emails, rank, True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"BEGIN:VCALENDAR\r\nnonsense", "not_ics"),
        (calendar(MONDAY_NIGHT.replace("Paris", "P" * 300)), "not_ics"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "no_event"),
        ("BEGIN:VCALENDAR\r\nX:é\r\nEND:VCALENDAR\r\n".encode("latin-1"), "not_utf8"),
        (b"BEGIN:VCALENDAR\r\n" + b"X:" + b"a" * 3_000_000, "calendar_too_large"),
        (calendar(*[MONDAY_NIGHT] * (ics.MOST_EVENTS + 1)), "too_many_events"),
        (b"BEGIN:VCALENDAR\r\n" + b"\r\n" * 100_000, "too_many_events"),
        (calendar(*[f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY"] * 20), "too_many_events"),
    ],
)
def test_a_calendar_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(data)
    assert refused.value.code == code


def test_events_nested_in_events_do_not_break_the_reader() -> None:
    nested = "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 2000 + "END:VEVENT\r\n" * 2000 + "END:VCALENDAR\r\n"
    assert [code for _, code in wrong(read(nested))] == ["no_start"]


def test_that_the_machine_is_busy_is_not_held_against_a_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy(Finding):
        def row(self, row: Row) -> None:
            time.sleep(0.4)
            super().row(row)

    monkeypatch.setattr(ics, "_SECONDS", 0.5)
    read(calendar(MONDAY_NIGHT))  # what is loaded at the first one is loaded
    busy = Busy(NOVEMBER)
    ics.read(calendar(f"{MONDAY_NIGHT}\nRRULE:FREQ=DAILY;COUNT=3"), busy)
    assert len(busy.parsed().rows) == 3


def test_a_calendar_that_takes_too_long_is_given_up() -> None:
    """Series that never come true again are walked to the year 9999: some are known for it, the clock stops others."""
    slow = f"{MONDAY_NIGHT}\nRRULE:FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=3"
    began = time.monotonic()
    with pytest.raises(BadFile) as refused:
        read(calendar(*[slow] * 60))
    assert refused.value.code == "too_slow"
    assert time.monotonic() - began < 10 * ics._SECONDS
