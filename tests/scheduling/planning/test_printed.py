"""The month on paper: every name as it is written, the title and the language for who hears it, all its amendments."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.opening import Opening
from scheduling.planning import month_words, monthly, printed
from scheduling.planning.publication import Amendment, Draft, Line, MonthTable, Published, State
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

OFFICE_HOURS = Opening.parse("mon-fri 08:30-18:30")
ALWAYS = Opening()
DECEMBER = date(2026, 12, 1)
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
ODILE = Actor(1, "Odile Garde")


def ward(opening: Opening = ALWAYS) -> Ward:
    return Ward(1, "cardio", "Cœur & vaisseaux", "Cochin", "Europe/Paris", "227", (), opening, None, None, None, None)


def line(start: datetime, hours: float, name: str = "Amélie Dœuvre", person: int = 1, rank: int = 1) -> Line:
    return Line(rank, person, name, "PU-PH", start, start + timedelta(hours=hours))


def table(*lines: Line, state: State | None = None, amendments: tuple[Amendment, ...] = ()) -> MonthTable:
    return MonthTable(DECEMBER, state or Draft(), lines, amendments, lines)


def local(day: date, hour: int, minute: int = 30) -> datetime:
    return datetime(day.year, day.month, day.day, hour - 1, minute, tzinfo=UTC)  # Paris in winter


def test_the_file_says_what_it_is_and_in_which_language() -> None:
    found = printed.month_pdf(ward(), table(line(local(DECEMBER, 8), 24)), "fr", NOW)
    assert found.startswith(b"%PDF-")
    assert b"/Lang (fr-FR)" in found
    assert b"/DisplayDocTitle true" in found
    assert re.search(rb"/Title \(Tableau de service \\205 C\\234ur & vaisseaux \\205 d\\351cembre 2026\)", found)
    assert b"/Lang (en-GB)" in printed.month_pdf(ward(), table(line(local(DECEMBER, 8), 24)), "en", NOW)


def test_a_month_of_amendments_takes_the_pages_that_it_needs() -> None:
    days = monthly.days_of(DECEMBER)
    lines = [line(local(day, 8), 24) for day in days]
    amendments = tuple(
        Amendment(number, NOW, ODILE, "Grippe & <congé>", None, (one,), (one,)) for number, one in enumerate(lines * 3)
    )
    state = Published(NOW, ODILE, len(amendments), NOW)
    short = printed.month_pdf(ward(), table(*lines), "fr", NOW)
    long = printed.month_pdf(ward(), table(*lines, state=state, amendments=amendments), "fr", NOW)
    assert pages(short) == 1
    assert pages(long) > 3


def pages(pdf: bytes) -> int:
    found = re.search(rb"/Count (\d+)", pdf)
    assert found
    return int(found[1])


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("Amélie Dœuvre", "Amélie Dœuvre"),
        ("Élise N’Guyen–Çelik", "Élise N’Guyen–Çelik"),
        ("Ren\u0065\u0301", "René"),
        ("Publié\u202f: « oui »", "Publié\u00a0: « oui »"),
        ("Nguyễn", "Nguyen"),
        ("王", "?"),
    ],
)
def test_a_letter_that_the_font_lacks_loses_its_accent_and_is_never_a_box(written: str, drawn: str) -> None:
    assert printed.drawable(written) == drawn


@pytest.mark.parametrize(
    ("day", "language", "said"),
    [
        (date(2026, 12, 1), "fr", "mardi 1er décembre 2026"),
        (date(2027, 1, 11), "fr", "lundi 11 janvier 2027"),
        (date(2026, 12, 1), "en", "Tuesday 1 December 2026"),
    ],
)
def test_the_first_of_a_month_is_said_as_the_french_say_it(day: date, language: str, said: str) -> None:
    assert month_words.dated(day, "EEEE d MMMM y", language) == said


@pytest.mark.parametrize(
    ("start", "hours", "said"),
    [
        (8, 10, "08:30–18:30"),
        (18, 14, "18:30–08:30"),
        (18, 5.5, "18:30–24:00"),
        (8, 24, "08:30–08:30"),
        (8, 48, "08:30–jeu. 3 déc. 08:30"),
    ],
)
def test_hours_are_said_so_that_nobody_takes_midnight_for_nothing(start: int, hours: float, said: str) -> None:
    one = line(local(DECEMBER, start), hours)
    assert month_words.hours((one.start, one.end), "Europe/Paris", "fr") == said


def test_a_shift_stands_on_the_day_it_begins_and_the_last_of_november_on_the_first() -> None:
    night = line(local(date(2026, 11, 30), 18), 14, "Bruno", 2)
    found = monthly.rows(table(night, line(local(DECEMBER, 8), 48), line(local(DECEMBER, 9), 2, rank=2)), ALWAYS)
    assert len(found) == 31
    assert [[one.person for one in lines] for lines in found[0].ranks] == [
        ["Bruno", "Amélie Dœuvre"],
        ["Amélie Dœuvre"],
    ]
    assert found[0].holes == ()
    assert found[1].ranks == ((), ())
    assert found[3].holes == ((datetime(2026, 12, 3, 23, tzinfo=UTC), datetime(2026, 12, 4, 23, tzinfo=UTC)),)


def test_a_closed_ward_has_no_hole_and_christmas_is_a_holiday() -> None:
    found = monthly.rows(table(), OFFICE_HOURS)
    assert [row.day.day for row in found if not row.holes] == [5, 6, 12, 13, 19, 20, 25, 26, 27]
    assert [row.day.day for row in found if row.holiday] == [25]


def test_an_extract_counts_what_begins_in_the_month() -> None:
    night = line(local(date(2026, 11, 30), 18), 14)
    (found,) = monthly.extracts(table(night, line(local(date(2026, 12, 25), 8), 24)), "Europe/Paris")
    assert (found.tally.nights, found.tally.holidays, found.tally.time) == (1, 1, timedelta(hours=24))
    assert len(found.lines) == 2


@pytest.mark.parametrize(
    ("month", "latest"), [(date(2027, 1, 1), date(2026, 12, 19)), (date(2027, 3, 1), date(2027, 2, 19))]
)
def test_a_month_is_fixed_before_the_twentieth_of_the_one_before(month: date, latest: date) -> None:
    assert monthly.fix_by(month) == latest
