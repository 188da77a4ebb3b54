"""A small November, worked out by hand: every exclusion, every kind of figure."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, insert

from callbacks.figures import keeping, read
from callbacks.figures.periods import Period, Scope
from callbacks.figures.report import Figure, Report
from callbacks.trust_tables import retention_rules
from config import clock
from tests.callbacks.figures.past import CARDIO, Past, claimed, done, paris, rung, tried

NOVEMBER = Period.month(2026, 11)
NEW_YEAR = paris(31, 12, month=12)
HOUR = 3600


def small_month() -> Past:
    """Cardiology at Cochin. On 3 November Amélie is on call, on no other day anybody."""
    past = Past()
    past.shift(CARDIO, paris(3, 8, 30), 10)
    _calls(past)
    _requests(past)
    past.poll(paris(4, 12), 5, 1, 0, 1, 1, 1, 0, request_id=1)
    past.says("hospital", paris(4, 14), "", "CONSEIL", "", request_id=1)
    past.says("practice", paris(4, 17), "AVIS_DIAG", "CONSEIL", "URGENCES", request_id=1)
    past.poll(paris(6, 12), None, request_id=2)
    past.poll(paris(7, 12), 24 * 22, 1, 1, 1, 1, 1, 1, request_id=3)  # after three weeks nobody waits for it
    return past


def _calls(past: Past) -> None:
    past.call(paris(3, 10), "answered", 1, wait=20, talk=180, outcome="CONSEIL")
    second = past.call(paris(3, 11), "answered", 2, wait=40, talk=240, rings=2)
    past.says("hospital", paris(3, 12), "ADMISSION", "ADM_DIRECTE", "URGENCES", call_id=second)
    past.call(paris(3, 12), "answered", 3, wait=60, talk=120)
    past.call(paris(4, 10), "request", 1, rings=3)
    past.call(paris(4, 11), "lost", 4)
    past.call(paris(4, 11, 8), "answered", 4, wait=5)  # a repeat
    late = past.call(paris(4, 11, 25), "answered", 4, wait=30, talk=300)  # not one any more
    past.says("practice", paris(4, 13), "AVIS_DIAG", "URGENCES", "URGENCES", call_id=late)
    past.says("hospital", paris(4, 14), "", "URGENCES", "", call_id=late)
    past.call(paris(4, 12), "lost", None, None, direction="canary")
    past.call(paris(4, 13), "senior", 9, None)
    past.call(paris(5, 10), "answered", 5, outcome="DOUBLON")
    past.call(paris(5, 11), "answered", 6, outcome="HORS_CHAMP")
    past.call(paris(5, 12), "lost", 7, None)
    past.call(paris(5, 13), "switchboard", 8)
    past.call(paris(5, 14), "followup", 1, None)
    past.call(paris(5, 22), "lost", None)  # his number is hidden


def _requests(past: Past) -> None:
    past.request(paris(4, 10, 1), 1, rung(0.01, "first"), claimed(0.5), tried(1), tried(3, "reached"), done(3.1))
    past.request(paris(5), 2, rung(0.01, "first"), rung(18, "head"), tried(25, "reached"), done(25), channel="sms")
    past.request(paris(6), 3, claimed(2))  # for ever
    past.request(paris(9), 4, (2, "withdrawn", {"outcome": "RETIRE"}))
    past.request(paris(9, 11), 5, done(1, "DOUBLON"))
    past.request(paris(9, 12), 6, done(1, "HORS_CHAMP"))
    past.request(paris(10), 7, done(5))  # nobody noted a try
    past.request(paris(10, 10, 6), 7, done(5))  # a repeat
    denied: tuple[tuple[float, str, dict[str, Any]], ...] = ((30, "denied", {}), (30.01, "reopened", {}))
    past.request(paris(12), 8, done(2), *denied, tried(31, "reached"), done(31.1))
    past.request(paris(13), 1, done(10, "DOCUMENT"), kind="letter", event_at=paris(12))
    past.request(paris(16), 2, done(30, "DOCUMENT"), kind="letter", event_at=paris(12))
    past.request(paris(17), 3, (2, "answered", {}), done(2, "TELEEXPERTISE"), channel="email")


def november(database: Engine, now: datetime = NEW_YEAR, *, whole: bool = True) -> Report:
    with database.begin() as conn:
        return read.report(conn, Scope.everything(), NOVEMBER, now, whole=whole)


@pytest.fixture
def whole(database: Engine) -> Report:
    small_month().write(database)
    return november(database)


def fraction(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


# By hand: numerator, denominator, what is not known of how many.
FRACTIONS = {
    "presented": (10, 10, 0),
    "answered": (4, 8, 0),
    "lost": (3, 10, 0),
    "requests": (9, 9, 0),
    "tried_in_time": (3, 6, 0),
    "reached_in_time": (3, 6, 0),
    "overdue": (3, 6, 0),
    "kept_letter": (1, 2, 0),
    "kept_admission": (0, 0, 0),
    "letters_breached": (1, 2, 0),
    "outcome_known": (10, 11, 0),
    "direct_admissions": (1, 10, 1),
    "emergencies_avoided": (1, 1, 10),
    "both_agree": (1, 1, 2),
    "emergencies_avoided_gp": (1, 1, 2),
    "other_line": (0, 10, 1),
    "out_of_scope": (2, 21, 0),
    "coverage": (10 * HOUR, 2 * 19 * 10 * HOUR, 0),
    "recourse": (6, 8, 1),
    "rings_per_shift": (14, 1, 0),
    "rings_at_night": (1, 14, 0),
    "poll_answered": (1, 3, 0),
    "satisfied_access": (1, 1, 2),
    "satisfied_admission": (0, 1, 2),
    "expected_document": (0, 1, 2),
}


@pytest.mark.dates
def test_each_share_is_what_one_counts_on_ones_fingers(whole: Report) -> None:
    found = {code: (*fraction(whole.of(code)), whole.of(code).missing) for code in FRACTIONS}
    assert found == FRACTIONS


def test_days_whose_rota_was_destroyed_are_no_holes(database: Engine) -> None:
    small_month().write(database)
    rule = {"kind": "rota", "days": 45, "approved_by": "Mme Dupré", "approved_at": NEW_YEAR}
    with database.begin() as conn:
        conn.execute(insert(retention_rules).values(rule))  # until 16 November, noon
    found = november(database)
    ten_days = 2 * 10 * 10 * HOUR
    assert (*fraction(found.of("coverage")), found.of("coverage").missing) == (0, ten_days, 2 * 14)
    assert (found.of("rings_per_shift").missing, found.of("rings_at_night").missing) == (2 * 14, 0)
    assert found.of("coverage").missing_share is None  # of hours, days are no share


def test_what_is_left_out_is_told_by_its_reason(whole: Report) -> None:
    assert whole.of("presented").excluded == {"colleague": 1, "double": 1, "out_of_scope": 1, "repeat": 1, "test": 1}
    assert whole.of("answered").excluded == {"double": 1, "out_of_scope": 1, "repeat": 1}
    assert whole.of("tried_in_time").excluded == {"double": 1, "out_of_scope": 1, "repeat": 1, "withdrawn": 1}
    assert whole.of("out_of_scope").excluded == {"colleague": 1, "double": 2, "repeat": 2, "test": 1}


def test_seconds_are_told_with_their_quartiles(whole: Report) -> None:
    access, talk = whole.of("access_time"), whole.of("talk_time")
    assert (access.value, access.quartiles, access.denominator) == (35, (27.5, 45), 4)
    assert talk.value == 210
    assert (access.low, access.high) == (None, None)  # of four nobody can say


def test_who_still_waits_counts_as_long_as_he_was_watched(whole: Report) -> None:
    first_try = whole.of("first_try")
    assert first_try.curve is not None
    steps = [(step.at / 60, step.at_risk, round(step.left, 3)) for step in first_try.curve.steps]
    assert steps == [(1, 7, 0.857), (2, 6, 0.714), (5, 4, 0.536), (25, 3, 0.357), (31, 2, 0.179)]
    assert (first_try.value, first_try.censored, first_try.denominator) == (25 * 60, 2, 7)


def test_tries_are_counted_until_the_gp_was_spoken_to(whole: Report) -> None:
    assert whole.of("tries_per_contact").value == pytest.approx(6 / 5)


def test_tables_tell_how_many_of_each(whole: Report) -> None:
    causes = {("unclaimed", "sms"): 1, ("unclaimed", "voice"): 1, ("untried", "voice"): 1}
    assert whole.of("overdue_causes").cells == causes
    assert whole.of("asked_by_outcome").cells == {("ADMISSION", "ADM_DIRECTE"): 1}
    assert whole.of("asked_by_outcome").missing == 10
    rungs = {("", "advice"): 5, ("", "letter"): 2, ("first", "advice"): 1, ("head", "advice"): 1}
    assert whole.of("escalations").cells == rungs


def test_nobody_is_told_of_fewer_than_five_patients(database: Engine) -> None:
    small_month().write(database)
    told = november(database, whole=False)
    for code in ("direct_admissions", "emergencies_avoided", "satisfied_access", "access_time", "letters_breached"):
        figure = told.of(code)
        assert (figure.value, figure.numerator, figure.denominator, figure.suppressed) == (None, None, None, True)
    assert set(told.of("asked_by_outcome").cells.values()) == {None}
    assert told.of("answered").value == 0.5  # what the line did is nobody's secret


def test_added_up_beforehand_the_month_is_the_same(database: Engine) -> None:
    small_month().write(database)
    before = november(database)
    _at(database, NEW_YEAR)
    assert keeping.keep(database) > 0
    assert november(database) == before
    assert keeping.keep(database) == 0  # it is done once


def test_a_month_is_closed_when_nothing_of_it_is_watched_any_more(database: Engine) -> None:
    small_month().write(database)
    assert not november(database, paris(21, 0, month=12)).closed
    assert november(database, paris(22, 0, month=12)).closed


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Cayenne"])
def test_the_zone_of_the_server_changes_nothing(database: Engine, database_url: str, zone: str) -> None:
    small_month().write(database)
    here = november(database)
    _at(database, NEW_YEAR)
    elsewhere = create_engine(database_url, connect_args={"options": f"-c timezone={zone}"})
    keeping.keep(elsewhere)
    assert november(elsewhere) == here
    elsewhere.dispose()


def _at(database: Engine, now: datetime) -> None:
    with database.begin() as conn:
        clock.start_at(conn, now, 1)
