"""A request is the sum of its events (design 3): what may happen to it, and what may not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.states import FOLLOW_UP, OUTCOMES, PENDING, Event, ImpossibleEvent, Kind, Standing, State, after, fold

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AMELIE, BRUNO = 1, 2
FILED = Event(Kind.FILED, NOON)
CLAIMED = Event(Kind.CLAIMED, NOON, AMELIE)
DONE = Event(Kind.DONE, NOON, AMELIE, "CONSEIL")
OFFERED = Event(Kind.OFFERED, NOON, AMELIE)
LATER = NOON + timedelta(hours=1)
HERS = Standing(State.CLAIMED, AMELIE, NOON)
UNREACHED = Event(Kind.UNREACHABLE, NOON, AMELIE, "NON_JOINT")

HISTORIES: dict[str, tuple[list[Event], Standing]] = {
    "filed": ([FILED], Standing(State.OPEN)),
    "claimed": ([FILED, CLAIMED], Standing(State.CLAIMED, AMELIE, NOON)),
    "given back": ([FILED, CLAIMED, Event(Kind.RELEASED, NOON, AMELIE)], Standing(State.OPEN)),
    "done": ([FILED, CLAIMED, DONE], Standing(State.DONE, AMELIE, NOON, NOON, AMELIE, "CONSEIL")),
    "done without a claim": ([FILED, DONE], Standing(State.DONE, None, None, NOON, AMELIE, "CONSEIL")),
    "unreachable": ([FILED, CLAIMED, UNREACHED], Standing(State.UNREACHABLE, AMELIE, NOON, NOON, AMELIE, "NON_JOINT")),
    "withdrawn by the GP": ([FILED, Event(Kind.WITHDRAWN, NOON)], Standing(State.WITHDRAWN, closed_at=NOON)),
    "the GP was not called": ([FILED, DONE, Event(Kind.REOPENED, NOON + FOLLOW_UP)], Standing(State.OPEN)),
    "a colleague accepts": (
        [FILED, CLAIMED, OFFERED, Event(Kind.ACCEPTED, LATER, BRUNO)],
        Standing(State.CLAIMED, BRUNO, LATER),
    ),
    "a colleague refuses": ([FILED, CLAIMED, OFFERED, Event(Kind.REFUSED, LATER, BRUNO)], HERS),
    "put off inside the promise": ([FILED, CLAIMED, Event(Kind.POSTPONED, LATER, AMELIE)], HERS),
    "the GP says that he was called": (
        [FILED, CLAIMED, DONE, Event(Kind.CONFIRMED, LATER)],
        Standing(State.DONE, AMELIE, NOON, NOON, AMELIE, "CONSEIL"),
    ),
    "the GP says that he was not": (
        [FILED, CLAIMED, DONE, Event(Kind.DENIED, LATER), Event(Kind.REOPENED, LATER)],
        Standing(State.OPEN),
    ),
    "an offer of what nobody has is a wish": ([FILED, OFFERED], Standing(State.OPEN)),
    "what else happens leaves it where it is": (
        [FILED, CLAIMED, Event(Kind.RUNG, NOON), Event(Kind.PART, NOON), Event(Kind.ATTEMPTED, NOON, AMELIE)],
        Standing(State.CLAIMED, AMELIE, NOON),
    ),
}


@pytest.mark.parametrize(("events", "standing"), HISTORIES.values(), ids=HISTORIES)
def test_the_state_is_what_the_events_add_up_to(events: list[Event], standing: Standing) -> None:
    assert fold(events) == standing


IMPOSSIBLE: dict[str, list[Event]] = {
    "it begins by being filed": [CLAIMED],
    "and only once": [FILED, FILED],
    "nothing is no request": [],
    "nobody claims what a colleague has": [FILED, CLAIMED, Event(Kind.CLAIMED, NOON, BRUNO)],
    "nobody gives back what nobody has": [FILED, Event(Kind.RELEASED, NOON, AMELIE)],
    "nobody was called who is unreachable": [FILED, UNREACHED],
    "nobody takes over what nobody has": [FILED, Event(Kind.ACCEPTED, NOON, BRUNO)],
    "nor what is closed": [FILED, CLAIMED, DONE, Event(Kind.ACCEPTED, NOON, BRUNO)],
    "what is done is done": [FILED, DONE, DONE],
    "what is done is claimed by nobody": [FILED, DONE, CLAIMED],
    "the GP who withdrew asks anew": [FILED, Event(Kind.WITHDRAWN, NOON), Event(Kind.REOPENED, NOON)],
    "after seven days he asks anew": [FILED, DONE, Event(Kind.REOPENED, NOON + FOLLOW_UP + timedelta(seconds=1))],
}


@pytest.mark.parametrize("events", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_have_happened_is_an_error_with_a_name(events: list[Event]) -> None:
    with pytest.raises(ImpossibleEvent):
        fold(events)


def test_every_outcome_ends_a_request() -> None:
    assert {state.closed for state in OUTCOMES.values()} == {True}
    assert [outcome for outcome, state in OUTCOMES.items() if state is State.UNREACHABLE] == ["NON_JOINT"]


@given(st.lists(st.builds(Event, st.sampled_from(Kind), st.just(NOON), st.sampled_from((AMELIE, BRUNO)))))
def test_whatever_happens_a_request_is_owed_or_closed_and_never_both(events: list[Event]) -> None:
    standing = Standing(State.OPEN)
    for event in events:
        try:
            standing = after(standing, event)
        except ImpossibleEvent:
            continue
        assert (standing.state in PENDING) == (standing.closed_at is None)
        assert standing.state is not State.CLAIMED or standing.claimed_by is not None
