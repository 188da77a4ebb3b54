"""Two people act on one request at the same instant, for real: PostgreSQL decides who was first, and both are told so.

Each pair is tried both ways: let loose together, and lined up behind a lock on the request, so that each has begun
before the other ends.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from callbacks import bridge, bridges, gp, handover, reminders, requests
from callbacks.purposes import ALERTS, UNCLAIMED
from callbacks.states import Kind, Standing, State
from callbacks.trying import Result
from tests.callbacks.promised import AMELIE, BRUNO, EMMA, Story
from tests.callbacks.rotas import paris
from tests.locks import waiting

ROUNDS = 3  # of each kind
PATIENCE = 1.5  # seconds, below the lock's own

Act = Callable[[Story], object]


@dataclass(frozen=True)
class Pair:
    """Two acts on a request that stands as `given` leaves it.

    `told`: what the two may be told, together; `ends`: how it may stand then; `once`: what happens once in a round.
    """

    given: tuple[Act, ...]
    one: Act
    other: Act
    told: frozenset[tuple[str, str]]
    ends: frozenset[tuple[State, str | None]]
    once: tuple[Kind, ...] = ()


def pair(given: tuple[Act, ...], one: Act, other: Act, told: str, ends: str, *once: Kind) -> Pair:
    """`told`: "A + B, B + A"; `ends`: "claimed Amélie, open"."""
    answers = frozenset((left, right) for left, _, right in (each.partition(" + ") for each in told.split(", ")))
    stands = frozenset(
        (State(state), who or None) for state, _, who in (each.partition(" ") for each in ends.split(", "))
    )
    return Pair(given, one, other, answers, stands, once)


# What somebody does -----------------------------------------------------------------------------------------------


def claims(phone: str) -> Act:
    return lambda story: story.claims(phone)


def gives_back(phone: str) -> Act:
    return lambda story: story.gives_back(phone)


def closes(phone: str, outcome: str = "CONSEIL") -> Act:
    return lambda story: story.closes(phone, outcome)


def offers(to: str, by: str | None = None) -> Act:
    return lambda story: story.offers(to, by=by)


def refuses(phone: str) -> Act:
    return lambda story: story.refuses(phone)


def puts_off(phone: str) -> Act:
    return lambda story: story.puts_off(phone, story.now + timedelta(hours=5))


def tries(phone: str) -> Act:
    return lambda story: story.tries(phone)


def climbs(story: Story) -> None:
    story.climbs(story.request_id)


def withdraws(story: Story) -> bool:
    with story.engine.begin() as conn:
        return gp.withdraw(conn, story.request_id, story.moment)


def denies(story: Story) -> gp.Answer:
    with story.engine.begin() as conn:
        return gp.answer(conn, story.request_id, False, story.moment, "page")


def reopens(story: Story) -> object:
    with story.engine.begin() as conn:
        return requests.reopen(conn, story.request_id, story.moment)


def calls_back(phone: str) -> Act:
    def asks(story: Story) -> object:
        with story.engine.begin() as conn:
            return bridge.ask(conn, story.request_id, story.ids[phone], story.moment, "page")

    return asks


def hands_over(story: Story) -> None:
    with story.engine.begin() as conn:
        handover.announce(conn, story.moment, story.house)


def adds_a_message(story: Story) -> None:
    story.leaves_message()


# How it stands before ---------------------------------------------------------------------------------------------


def rung_is_due(story: Story) -> None:
    assert story.view.next_step_at is not None
    story.now = story.view.next_step_at


def shift_is_over(story: Story) -> None:
    """Amélie's shift ended half an hour ago; nobody has looked yet."""
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=story.now - timedelta(hours=3), end=story.now)
    story.puts_on_call(BRUNO, start=story.now, end=story.now + timedelta(hours=12))
    with story.engine.begin() as conn:
        conn.execute(text("update requests set claimed_at = claimed_at - interval '1 hour' where state = 'claimed'"))
        conn.execute(text("update events set at = at - interval '1 hour' where kind = 'claimed'"))
    story.now += handover.AFTER_THE_END


HERS: tuple[Act, ...] = (claims(AMELIE),)
ASKED: tuple[Act, ...] = (*HERS, offers(BRUNO, by=AMELIE))
DONE: tuple[Act, ...] = (*HERS, closes(AMELIE))

PAIRS: dict[str, Pair] = {
    "claim, claim": pair(
        (),
        claims(AMELIE),
        claims(BRUNO),
        "Claimed + AlreadyClaimed, AlreadyClaimed + Claimed",
        "claimed Amélie, claimed Bruno",
        Kind.CLAIMED,
    ),
    "she touches twice": pair((), claims(AMELIE), claims(AMELIE), "Claimed + Claimed", "claimed Amélie", Kind.CLAIMED),
    "claim, escalate": pair(
        (rung_is_due,), claims(AMELIE), climbs, "Claimed + NoneType", "claimed Amélie", Kind.CLAIMED
    ),
    "claim, withdraw": pair(
        (), claims(AMELIE), withdraws, "Claimed + True, Closed + True", "withdrawn, withdrawn Amélie", Kind.WITHDRAWN
    ),
    "claim, give back": pair(
        HERS,
        claims(BRUNO),
        gives_back(AMELIE),
        "Claimed + Released, AlreadyClaimed + Released",
        "claimed Bruno, open",
        Kind.RELEASED,
    ),
    "close, escalate": pair((*HERS, rung_is_due), closes(AMELIE), climbs, "Done + NoneType", "done Amélie", Kind.DONE),
    "close, close": pair(
        HERS,
        closes(AMELIE),
        closes(BRUNO, "AUTRE"),
        "Done + Closed, Closed + Done",
        "done Amélie",
        Kind.DONE,
    ),
    "close, add a message": pair(
        HERS,
        closes(AMELIE),
        adds_a_message,
        "Done + NoneType, Unheard + NoneType",
        "open, claimed Amélie",  # nobody has heard it
        Kind.PART,
    ),
    "give back, shift end": pair(
        (*HERS, shift_is_over), gives_back(AMELIE), hands_over, "Released + NoneType", "open", Kind.RELEASED
    ),
    "take over, shift end": pair(
        (*ASKED, shift_is_over), claims(BRUNO), hands_over, "Claimed + NoneType", "claimed Bruno"
    ),
    "close, shift end": pair(
        (*HERS, shift_is_over), closes(AMELIE), hands_over, "Done + NoneType", "done Amélie, done", Kind.DONE
    ),
    "open again, close": pair(
        DONE,
        reopens,
        closes(BRUNO, "AUTRE"),
        "Reopened + Closed, Reopened + Done",
        "open, done",
        Kind.REOPENED,
    ),
    "open again, claim": pair(
        DONE,
        denies,
        claims(BRUNO),
        "reopened + Closed, reopened + Claimed",
        "open, claimed Bruno",
        Kind.REOPENED,
        Kind.DENIED,
    ),
    "no, no": pair(DONE, denies, denies, "reopened + open, open + reopened", "open", Kind.REOPENED, Kind.DENIED),
    "accept, claim": pair(
        ASKED, claims(BRUNO), claims(EMMA), "Claimed + AlreadyClaimed", "claimed Bruno", Kind.ACCEPTED
    ),
    "accept, give back": pair(
        ASKED,
        claims(BRUNO),
        gives_back(AMELIE),
        "Claimed + AlreadyClaimed, Claimed + Released",
        "claimed Bruno",
    ),
    "accept, refuse": pair(
        ASKED,
        claims(BRUNO),
        refuses(BRUNO),
        "Claimed + NotOffered, AlreadyClaimed + Refused",
        "claimed Bruno, claimed Amélie",
    ),
    "accept, ask another": pair(
        ASKED,
        claims(BRUNO),
        offers(EMMA, by=AMELIE),
        "Claimed + AlreadyClaimed, AlreadyClaimed + Offered",
        "claimed Bruno, claimed Amélie",
    ),
    "ask a colleague, close": pair(
        HERS, offers(BRUNO, by=AMELIE), closes(AMELIE), "Offered + Done, Closed + Done", "done Amélie", Kind.DONE
    ),
    "put off, climb": pair(
        (*HERS, rung_is_due), puts_off(AMELIE), climbs, "Postponed + NoneType", "claimed Amélie", Kind.POSTPONED
    ),
    "put off, give back": pair(
        HERS,
        puts_off(AMELIE),
        gives_back(AMELIE),
        "Postponed + Released, Released + Released",
        "open",
        Kind.RELEASED,
    ),
    "try, try": pair(
        HERS, tries(AMELIE), tries(AMELIE), "True + False, False + True", "claimed Amélie", Kind.ATTEMPTED
    ),
    "call back, call back": pair(
        (),
        calls_back(AMELIE),
        calls_back(BRUNO),
        "Asked + AlreadyClaimed, AlreadyClaimed + Asked",
        "claimed Amélie, claimed Bruno",
        Kind.CLAIMED,
    ),
    "she touches “call back” twice": pair(
        (), calls_back(AMELIE), calls_back(AMELIE), "Asked + Live, Live + Asked", "claimed Amélie", Kind.CLAIMED
    ),
    "call back, withdraw": pair(
        HERS, calls_back(AMELIE), withdraws, "Asked + True, Closed + True", "withdrawn Amélie", Kind.WITHDRAWN
    ),
    "withdraw, close": pair(
        HERS, withdraws, closes(AMELIE), "True + Closed, False + Done", "withdrawn Amélie, done Amélie"
    ),
    "climb, climb": pair((rung_is_due,), climbs, climbs, "NoneType + NoneType", "open"),
}


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


@pytest.fixture(scope="module")
def two() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.parametrize("name", PAIRS)
def test_of_two_one_is_first_and_both_are_told(story: Story, two: ThreadPoolExecutor, name: str) -> None:
    tried = PAIRS[name]
    for together in (let_loose, lined_up) * ROUNDS:
        story.now = paris(23, 11)
        story.files(message=False)
        for act in tried.given:
            act(story)
        happened = {kind: story.happened(kind) for kind in tried.once}
        answers = tuple(map(_word, together(story, two, tried.one, tried.other)))
        assert answers in tried.told
        assert (story.view.state, _name(story.standing)) in tried.ends
        assert {kind: story.happened(kind) - happened[kind] for kind in tried.once} == dict.fromkeys(tried.once, 1)
        _all_is_well(story)


def test_two_hands_that_climb_for_the_same_people_never_wait_for_each_other(
    story: Story, two: ThreadPoolExecutor
) -> None:
    for _ in range(ROUNDS):
        story.now = paris(23, 11)
        one, other = climbs_it(story.files(message=False)), climbs_it(story.files(message=False))
        while story.view.repeats < 2:
            assert story.view.next_step_at is not None
            story.now = story.view.next_step_at
            let_loose(story, two, one, other)


def test_a_summary_that_one_mends_and_the_other_adds_to_stops_neither(story: Story, two: ThreadPoolExecutor) -> None:
    story.empties_the_rota()
    story.puts_on_call(AMELIE)
    for _ in range(7):
        story.files()
        story.after(minutes=1)
    story.at(paris(23, 17, 6))  # the seventh is named by a summary that waits
    story.hears_everything()
    story.closes(AMELIE)
    denies(story)  # it is told that it is back, and the head's rung is due, in one
    climbed = story.happened(Kind.RUNG)
    with story.engine.begin() as conn:
        reminders.count_alone(conn)
        begun = two.submit(climbs, story)
        _until_waiting(story, [begun], 1)
        conn.execute(text("select from outbox where purpose = 'summary' and state = 'waiting' for update"))
    begun.result()
    assert story.happened(Kind.RUNG) == climbed + 1


def test_a_touch_at_the_instant_at_which_a_callback_ends_stops_neither(story: Story, two: ThreadPoolExecutor) -> None:
    story.files()
    asked = calls_back(AMELIE)(story)
    assert isinstance(asked, bridge.Asked)
    with story.engine.begin() as conn:
        conn.execute(text("select from requests where id = :id for no key update"), {"id": story.request_id})
        begun = two.submit(settles, story, asked.bridge_id)
        _until_waiting(story, [begun], 1)
        again = (conn, uuid4(), story.request_id, story.ids[AMELIE], story.moment, "page", None)
        assert not bridges.insert(*again)  # the last one is not over
    assert begun.result()
    assert story.happened(Kind.ATTEMPTED) == 1


def settles(story: Story, bridge_id: UUID) -> bool:
    with story.engine.begin() as conn:
        return bridge.settle(conn, bridge_id, Result.NO_ANSWER, story.moment)


def climbs_it(request_id: int) -> Act:
    return lambda story: story.climbs(request_id)


# How two act at once ----------------------------------------------------------------------------------------------


def let_loose(story: Story, two: ThreadPoolExecutor, *acts: Act) -> list[object]:
    """They start at the same instant."""
    start = Barrier(len(acts))

    def starts(act: Act) -> object:
        start.wait(timeout=10)
        return act(story)

    return list(two.map(starts, acts))


def lined_up(story: Story, two: ThreadPoolExecutor, *acts: Act) -> list[object]:
    """Each has begun before the other ends: they wait behind somebody who has the request."""
    with story.engine.connect() as conn:
        conn.execute(text("select from requests where id = :id for update"), {"id": story.request_id})
        begun = [two.submit(act, story) for act in acts]
        _until_waiting(story, begun, len(acts))
        conn.rollback()
    return [each.result() for each in begun]


def _until_waiting(story: Story, begun: list[Future[Any]], count: int) -> None:
    end = time.monotonic() + PATIENCE
    while waiting(story.engine) + _over(begun) < count:
        assert time.monotonic() < end, "they do not wait"
        time.sleep(0.005)


def _over(begun: list[Future[Any]]) -> int:
    return sum(each.done() for each in begun)


# What must be so after --------------------------------------------------------------------------------------------


def _word(answer: object) -> str:
    """What somebody was told: the answer's name, or the plain yes or no."""
    return str(answer) if isinstance(answer, bool | str) else type(answer).__name__


def _name(standing: Standing) -> str | None:
    return {1: "Amélie", 2: "Bruno", None: None}[standing.claimed_by]


def _all_is_well(story: Story) -> None:
    """The row is the sum of its events; nothing waits that nobody wants; and the house goes on from there."""
    view, standing = story.view, story.standing
    assert (view.state, view.claimed_by, view.claimed_at) == (standing.state, standing.claimed_by, standing.claimed_at)
    assert (view.closed_at, view.outcome) == (standing.closed_at, standing.outcome)
    assert view.state.closed == (view.next_step_at is None)
    with story.engine.begin() as conn:
        waiting = text("select purpose from outbox where request_id = :id and state = 'waiting'")
        purposes = set(conn.execute(waiting, {"id": story.request_id}).scalars())
    assert not (view.state.closed and purposes & ALERTS)
    assert not (view.state is State.CLAIMED and purposes & UNCLAIMED - {"reminder"})
    for _ in range(5):
        story.works()
    view = story.view
    assert view.state.closed or (view.next_step_at is not None and view.next_step_at > story.now)
    with story.engine.begin() as conn:  # she puts the telephone down
        conn.execute(text("update bridges set outcome = 'not_rung' where outcome is null"))
