"""What may be told of a figure: of few people nothing, of what GPs answered only what nobody can subtract."""

from dataclasses import replace

import pytest

from callbacks.figures import report
from callbacks.figures.definitions import BY_CODE
from callbacks.figures.periods import Period
from callbacks.figures.report import Figure
from callbacks.figures.sums import Sums

NOVEMBER, WEEK, YEAR = Period.month(2026, 11), Period.week(2026, 47), Period.year(2026)


def share(code: str, counted: int, of: int, missing: int = 0) -> Figure:
    found = report.figures({code: Sums(counted, of, missing)}, 0)
    return next(figure for figure in found if figure.indicator.code == code)


@pytest.mark.parametrize(
    ("counted", "of", "shown"),
    [(0, 6, False), (6, 6, False), (4, 40, False), (36, 40, False), (5, 10, True), (5, 9, False), (0, 0, True)],
)
@pytest.mark.parametrize("code", ["direct_admissions", "satisfied_access"])
def test_a_share_of_patients_needs_five_on_either_side(code: str, counted: int, of: int, shown: bool) -> None:
    told = report.suppressed(share(code, counted, of))
    assert (not told.suppressed, told.denominator) == (shown, of if shown else None)


@pytest.mark.parametrize(("counted", "of", "shown"), [(0, 6, True), (1, 5, True), (1, 4, False)])
def test_what_the_line_did_needs_five_in_all(counted: int, of: int, shown: bool) -> None:
    assert report.suppressed(share("answered", counted, of)).suppressed is not shown


@pytest.mark.parametrize(
    ("period", "closed", "shown"),
    [(NOVEMBER, True, True), (NOVEMBER, False, False), (WEEK, True, False), (YEAR, True, False)],
)
def test_what_gps_answered_is_told_of_closed_months_alone(period: Period, closed: bool, shown: bool) -> None:
    for code in ("satisfied_access", "expected_document", "both_agree", "emergencies_avoided_gp"):
        assert report.told(share(code, 10, 20), period, closed=closed).suppressed is not shown
    assert not report.told(share("direct_admissions", 10, 20), period, closed=closed).suppressed
    assert not report.told(share("poll_answered", 10, 20), period, closed=closed).suppressed


def test_of_what_is_not_told_nobody_learns_how_many_are_missing() -> None:
    few = share("direct_admissions", 2, 3, missing=1)
    assert few.missing_share == 0.25
    assert report.suppressed(few).missing_share is None
    assert replace(few, denominator=0, missing=0).missing_share is None
    assert BY_CODE["direct_admissions"].sensitive
