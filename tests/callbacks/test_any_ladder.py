"""Whatever ladder an administrator may save, and whatever the ward: the promise holds."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callbacks import ladders, promise, rehearsal
from callbacks.ladder import FIRST, MOST, BadLadder, Ladder, Role
from callbacks.promise import APART, Cover
from callbacks.rehearsal import Act
from callbacks.states import Kind
from scheduling.rota import Person
from tests.callbacks.rotas import AMELIE, BRUNO, CHLOE, DENIS, EMMA, always, cover, paris, request, ward

pytestmark = pytest.mark.dates
WEEK = "mon-fri 08:30-18:30"
ROTAS: dict[str, Cover] = {
    "two seniors": cover([ward()], always(AMELIE, BRUNO)),
    "one": cover([ward()], always(AMELIE)),
    "closed at night": cover([ward(opening=WEEK)], always(AMELIE, BRUNO)),
    "covered at night": cover([ward(opening=WEEK, covered_by=2), ward(2)], always(AMELIE) + always(EMMA, ward_id=2)),
    "nobody on call": cover([ward()], []),
    "nobody at all": cover([ward(head=None, coordinator=None)], []),
}
INSTANTS = st.integers(0, 8 * 24 * 60).map(lambda minutes: paris(20, 0) + timedelta(minutes=minutes))


def some(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True)


@st.composite
def ladders_that_may_be_saved(draw: st.DrawFn) -> Ladder:
    opened = sorted(draw(st.sets(st.integers(1, 14), max_size=2)))
    shares = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=MOST - 4)))
    times: list[dict[str, Any]] = [{"after_open": f"{minutes}m"} for minutes in opened]
    times += [{"share": share / 100} for share in shares]
    to = [draw(some("senior", "second", "head", "coordinator")) for _ in times]
    to[draw(st.integers(len(opened), len(to) - 1))] = ["head"]
    entries: list[dict[str, Any]] = [{"name": FIRST, "to": ["senior"]}]
    entries += [
        {"name": f"r{place}", "to": roles, **time} for place, (roles, time) in enumerate(zip(to, times, strict=True))
    ]
    entries.append({"name": "due", "to": draw(some("head", "coordinator")), "share": 1.0, "repeat": "4h"})
    for entry in entries:
        entry |= {"nobody": draw(some("head", "coordinator")), "by": draw(some("sms", "call"))}
        if draw(st.booleans()) and entry["to"] != ["head"] and entry["name"] != "due":
            entry["while"] = "unclaimed"
    try:
        return Ladder(ladders.checked(entries, "advice"))
    except BadLadder:
        assume(False)
        raise


@settings(max_examples=150, deadline=None)
@given(
    ladder=ladders_that_may_be_saved(),
    filed=INSTANTS,
    rota=st.sampled_from(list(ROTAS)),
    claim=st.none() | st.tuples(st.sampled_from([AMELIE, BRUNO, CHLOE, DENIS, EMMA]), st.integers(0, 1439)),
)
def test_the_deadline_never_moves_and_somebody_above_has_heard_before(
    ladder: Ladder, filed: datetime, rota: str, claim: tuple[Person, int] | None
) -> None:
    acts = [] if claim is None else [Act(filed + timedelta(minutes=claim[1]), Kind.CLAIMED, claim[0])]
    due = promise.due_at(filed)
    climbed = list(rehearsal.climbs(request(filed), ROTAS[rota], ladder, due + timedelta(hours=13), acts))
    before, after = [each for each in climbed if each.at < due], [each for each in climbed if each.at >= due]
    order = [rung.name for rung in ladder.rungs]

    assert after[0].at == due
    assert after[0].deadline
    assert not any(each.deadline for each in before)
    assert all(two.at - one.at >= APART for one, two in pairwise(climbed))
    assert all(order.index(one.rung) < order.index(two.rung) for one, two in pairwise(before))
    above = [
        alert for each in before for alert in each.alerts if alert.role >= Role.HEAD or alert.person in (CHLOE, None)
    ]
    assert any(alert.at < due for alert in above), "whoever is above the seniors hears before the deadline"
