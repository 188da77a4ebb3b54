"""Reports made of a few facts, for tests of how figures are told; what they add up to is tested elsewhere."""

from collections.abc import Sequence
from datetime import date

from callbacks.figures import report as reports
from callbacks.figures.definitions import Table
from callbacks.figures.facts import CallFact, Facts, RequestFact, judged
from callbacks.figures.periods import Period, Scope
from callbacks.figures.report import Report
from callbacks.figures.sums import tally

WEEK = Period.week(2026, 47)


def calls(answered: int = 0, lost: int = 0, wait: int = 40, **more: object) -> list[CallFact]:
    """So many calls to cardiology."""
    results = [("answered", wait)] * answered + [("lost", None)] * lost
    return [
        judged(
            Table.CALLS,
            CallFact(
                call_key=str(number),
                ward="cardio",
                day=WEEK.first,
                result=result,
                wait_s=wait_s,
                contact=result == "answered",
                **more,  # type: ignore[arg-type]
            ),
        )
        for number, (result, wait_s) in enumerate(results)
    ]


def requests(*contacts: int | None, **more: object) -> list[RequestFact]:
    """Requests for advice that were called back after so many seconds, or wait still after two days."""
    return [
        RequestFact(
            request_key=str(number),
            ward="cardio",
            day=date(2026, 11, 16),
            due_s=86_400,
            due=True,
            observed_s=172_800,
            first_try_s=contact_s,
            contact_s=contact_s,
            tries=1,
            **more,  # type: ignore[arg-type]
        )
        for number, contact_s in enumerate(contacts)
    ]


def report(
    calls: Sequence[CallFact] = (), requests: Sequence[RequestFact] = (), *, week: Period = WEEK, closed: bool = True
) -> Report:
    """What the page and the letters are handed for these."""
    found = reports.figures(tally(Facts(calls=calls, requests=requests)), 0)
    return Report(Scope.ward(1), week, tuple(map(reports.suppressed, found)), closed)
