"""The monthly table: fixed once, then amended with a reason; every version can be read."""

from datetime import date, timedelta

import pytest

from scheduling.planning import publication
from scheduling.planning.changes import Changed, Refused
from scheduling.planning.publication import Draft, Published
from tests.scheduling.planning.editors import Secretary, at, paris, secretary, verified
from tests.scheduling.register import Register

DECEMBER = date(2026, 12, 1)
FIRST = "2026-12-01 08:30", "2026-12-01 18:30"
LAST_NIGHT = "2026-12-31 18:30", "2027-01-01 08:30"


def publishes(sophie: Secretary, month: date = DECEMBER) -> Changed | Refused:
    sophie.answer = publication.publish(sophie.connection, at(sophie.now), sophie.by, sophie.ward_id, month)
    return sophie.answer


def state(sophie: Secretary, month: date = DECEMBER) -> publication.State:
    return publication.state(sophie.connection, sophie.ward_id, month)


def lines(some: tuple[publication.Line, ...]) -> list[str]:
    return [f"{line.rank} {line.person} {line.category}".strip() for line in some]


@pytest.fixture
def december(sophie: Secretary) -> Secretary:
    """Amélie (PH) on the first day, Bruno in the last night; published."""
    sophie.named_in_the_table_as("Amélie", "PH")
    sophie.assigns("Amélie", *FIRST).assigns("Bruno", *LAST_NIGHT)
    assert isinstance(publishes(sophie), Changed)
    return sophie


def test_a_month_is_a_draft_until_somebody_publishes_it(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *FIRST)
    assert state(sophie) == Draft()
    publishes(sophie)
    assert state(sophie) == Published(sophie.now, sophie.by)
    assert state(sophie, date(2027, 1, 1)) == Draft()
    assert sophie.trail()[0].what == "rota.published"


def test_hours_without_anybody_are_told_when_a_month_is_published(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *FIRST)
    publishes(sophie)
    assert isinstance(sophie.answer, Changed)
    (holes,) = sophie.answer.warnings
    assert (holes.code, holes.values["count"]) == ("holes", 2)
    assert holes.values["hours"] == (paris("2026-12-01 00:00"), paris("2026-12-01 08:30"))


def test_a_month_is_published_once(december: Secretary) -> None:
    publishes(december)
    assert december.refusal == "already_published"


def test_an_empty_month_is_not_published(sophie: Secretary) -> None:
    publishes(sophie)
    assert sophie.refusal == "nothing_to_publish"
    assert state(sophie) == Draft()


def test_half_a_month_is_not_published(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *FIRST)
    publishes(sophie, date(2026, 12, 2))
    assert sophie.refusal == "not_a_first"


@pytest.mark.parametrize("why", ["", "  "])
def test_a_published_month_is_not_changed_without_a_reason(december: Secretary, why: str) -> None:
    before = december.rota()
    december.hands("Amélie", "Chloé", why=why)
    assert december.refusal == "needs_why"
    assert december.rota() == before


def test_a_published_month_is_amended_with_a_reason(december: Secretary) -> None:
    december.now += timedelta(days=1)
    december.hands("Amélie", "Chloé", why="Amélie est malade")
    found = publication.table(december.connection, december.ward_id, DECEMBER)
    assert lines(found.first) == ["1 Amélie PH", "1 Bruno"]
    assert lines(found.final) == ["1 Chloé", "1 Bruno"]
    (amendment,) = found.amendments
    assert (amendment.why, amendment.by, amendment.at) == ("Amélie est malade", december.by, december.now)
    assert (lines(amendment.removed), lines(amendment.added)) == (["1 Amélie PH"], ["1 Chloé"])
    assert found.state == Published(december.now - timedelta(days=1), december.by, 1, december.now)


def test_what_was_published_keeps_the_category_of_then(december: Secretary) -> None:
    december.named_in_the_table_as("Amélie", "PU-PH")
    found = publication.table(december.connection, december.ward_id, DECEMBER)
    assert (lines(found.first)[0], lines(found.final)[0]) == ("1 Amélie PH", "1 Amélie PU-PH")


def test_a_draft_has_only_the_table_as_it_stands(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *FIRST)
    found = publication.table(sophie.connection, sophie.ward_id, DECEMBER)
    assert (found.state, found.first, found.amendments, lines(found.final)) == (Draft(), (), (), ["1 Amélie"])


@pytest.mark.dates
@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-11-30 18:30", "2026-12-01 00:00", ""),  # ends with November
        ("2026-11-30 18:30", "2026-12-01 00:01", "needs_why"),
        ("2027-01-01 08:30", "2027-01-01 18:30", ""),
        ("2026-12-15 08:30", "2026-12-15 18:30", "needs_why"),
    ],
)
def test_only_what_touches_the_published_month_needs_a_reason(
    december: Secretary, start: str, end: str, code: str
) -> None:
    december.assigns("Chloé", start, end, rank=2)
    found = december.answer
    assert ([remark.code for remark in found.remarks] if isinstance(found, Refused) else []) == ([code] if code else [])


@pytest.mark.dates
@pytest.mark.parametrize(
    ("start", "end", "amendments"),
    [
        ("2026-11-30 18:30", "2026-12-01 00:00", 0),
        ("2026-11-30 18:30", "2026-12-01 00:30", 1),  # an hour earlier it is still November in UTC
        ("2026-12-31 23:30", "2027-01-01 00:00", 1),
        ("2027-01-01 00:15", "2027-01-01 00:45", 0),  # still December in UTC
    ],
)
def test_the_page_counts_the_amendments_that_the_table_lists(
    december: Secretary, start: str, end: str, amendments: int
) -> None:
    december.assigns("Chloé", start, end, rank=2, why="renfort")
    found = state(december)
    assert isinstance(found, Published)
    listed = publication.table(december.connection, december.ward_id, DECEMBER).amendments
    assert (found.amendments, len(listed)) == (amendments, amendments)


def test_a_change_of_the_next_month_is_no_amendment_of_this_one(december: Secretary) -> None:
    december.assigns("Chloé", "2027-01-02 08:30", "2027-01-02 18:30")
    assert state(december) == Published(december.now, december.by)
    december.moves("Chloé", "2026-12-30 08:30", "2026-12-30 18:30", why="échange")
    assert state(december) == Published(december.now, december.by, 1, december.now)


def test_a_night_across_the_year_stands_in_both_months(december: Secretary) -> None:
    january = publication.table(december.connection, december.ward_id, date(2027, 1, 1))
    assert lines(january.final) == ["1 Bruno"]


def test_an_amendment_is_taken_back_with_its_own_reason(december: Secretary) -> None:
    december.hands("Amélie", "Chloé", why="Amélie est malade").undoes()
    assert isinstance(december.answer, Changed)
    assert december.trail()[0].why == "Amélie est malade"
    found = publication.table(december.connection, december.ward_id, DECEMBER)
    assert [amendment.undoes_id for amendment in found.amendments] == [None, found.amendments[0].audit_id]
    assert lines(found.final) == lines(found.first)


def test_what_was_done_before_the_month_was_published_is_not_taken_back_without_a_reason(sophie: Secretary) -> None:
    change = sophie.assigns("Amélie", *FIRST).last_change
    publishes(sophie)
    sophie.undoes(change)
    assert sophie.refusal == "needs_why"
    sophie.undoes(change, why="erreur de saisie")
    assert sophie.rota() == []


@pytest.mark.dates
@pytest.mark.parametrize(
    ("end", "published"), [("2026-11-30 20:30", False), ("2026-11-30 21:30", True)], ids=["23:30", "00:30 there"]
)
def test_a_month_begins_by_the_hospitals_clock(hospital: Register, end: str, published: bool) -> None:
    """On Réunion, December begins three hours before it does in Paris, whose time these are."""
    verified(hospital.connection)
    mina = secretary(hospital, "saint-pierre", "Mina")
    mina.assigns("Denis", "2026-11-30 18:30", end)
    assert isinstance(publishes(mina), Changed) == published


def test_many_wards_are_asked_at_once(december: Secretary, hospital: Register) -> None:
    cardio = hospital.ward_id("cardio")
    found = publication.states(december.connection, [cardio, december.ward_id], DECEMBER)
    assert found == {cardio: Draft(), december.ward_id: Published(december.now, december.by)}
