"""Who has a request in hand, against a real database: each act, twice, by who may not, and on what is closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from callbacks import requests
from callbacks.holding import (
    AlreadyClaimed,
    Claimed,
    Closed,
    NotOffered,
    NotThen,
    Offered,
    Postponed,
    Refused,
    Released,
)
from callbacks.requests import Reopened
from callbacks.states import Kind, State
from callbacks.tables import outbox
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, EMMA, Story
from tests.callbacks.rotas import paris

Act = Callable[[Story], object]


@pytest.fixture
def story(database: Engine) -> Story:
    """Amélie has it in hand since 11:00, and everybody who must know does."""
    story = Story(database)
    story.files(message=False)
    story.claims(AMELIE)
    story.works()
    story.written()
    return story


# Taking over ------------------------------------------------------------------------------------------------------


def test_it_stays_with_who_has_it_until_the_colleague_accepts(story: Story) -> None:
    assert story.offers(BRUNO, by=AMELIE) == Offered(story.ids[BRUNO])
    assert (story.view.claimed_by, story.view.offered_to) == (story.ids[AMELIE], story.ids[BRUNO])
    story.after(minutes=1)
    assert story.claims(BRUNO) == Claimed(story.ids[BRUNO])
    assert story.claims(BRUNO) == Claimed(story.ids[BRUNO])
    assert (story.view.claimed_by, story.view.offered_to) == (story.ids[BRUNO], None)
    assert story.view.claimed_at == story.now
    assert story.claims(AMELIE) == AlreadyClaimed(story.ids[BRUNO], "Bruno")
    assert (story.happened(Kind.OFFERED), story.happened(Kind.ACCEPTED), story.happened(Kind.CLAIMED)) == (1, 1, 1)


def test_a_colleague_who_is_asked_twice_is_asked_once(story: Story) -> None:
    story.offers(BRUNO, by=AMELIE)
    assert story.offers(BRUNO, by=AMELIE) == Offered(story.ids[BRUNO])
    assert story.offers(AMELIE, by=AMELIE) == Offered(story.ids[AMELIE])  # she has it
    assert story.happened(Kind.OFFERED) == 1


def test_the_last_who_is_asked_is_the_one_who_can_accept(story: Story) -> None:
    story.offers(BRUNO, by=AMELIE)
    story.offers(EMMA, by=AMELIE)
    assert story.claims(BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    assert story.refuses(BRUNO) == NotOffered()
    assert story.claims(EMMA) == Claimed(story.ids[EMMA])


def test_a_colleague_who_refuses_leaves_it_where_it_is(story: Story) -> None:
    story.offers(BRUNO, by=AMELIE)
    assert story.refuses(EMMA) == NotOffered()
    assert story.refuses(BRUNO) == Refused()
    assert story.refuses(BRUNO) == NotOffered()
    assert (story.view.claimed_by, story.view.offered_to) == (story.ids[AMELIE], None)
    assert story.claims(BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    assert story.offers(BRUNO, by=AMELIE) == Offered(story.ids[BRUNO])
    assert (story.happened(Kind.OFFERED), story.happened(Kind.REFUSED)) == (2, 1)


def test_nobody_hands_on_what_a_colleague_has(story: Story) -> None:
    assert story.offers(EMMA, by=BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    assert story.view.offered_to is None


def test_the_coordinator_asks_whoever_has_it_and_the_ladder_goes_on(story: Story) -> None:
    step = story.view.next_step_at
    assert story.offers(BRUNO) == Offered(story.ids[BRUNO])
    assert (story.view.claimed_by, story.view.next_step_at) == (story.ids[AMELIE], step)
    story.gives_back(AMELIE)
    assert story.view.offered_to is None  # the ward is asked now
    assert story.offers(EMMA) == Offered(story.ids[EMMA])
    assert story.view.state is State.OPEN
    assert story.claims(EMMA) == Claimed(story.ids[EMMA])
    assert story.standing.claimed_by == story.ids[EMMA]


def test_anybody_may_claim_what_is_only_offered(story: Story) -> None:
    story.gives_back(AMELIE)
    story.offers(EMMA)
    assert story.claims(BRUNO) == Claimed(story.ids[BRUNO])
    assert story.view.offered_to is None


def test_who_takes_over_is_not_bound_by_what_his_colleague_put_off(story: Story) -> None:
    story.puts_off(AMELIE, paris(24, 9))
    story.offers(BRUNO, by=AMELIE)
    story.claims(BRUNO)
    assert (story.view.retry_at, story.view.retry_reason) == (None, None)


# Giving back ------------------------------------------------------------------------------------------------------


def test_who_gives_back_puts_nothing_off_and_asks_nobody_any_more(story: Story) -> None:
    story.puts_off(AMELIE, paris(23, 16))
    story.offers(BRUNO, by=AMELIE)
    assert story.gives_back(BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    assert story.gives_back(AMELIE) == Released()
    assert story.gives_back(AMELIE) == Released()
    view = story.view
    assert (view.state, view.claimed_by, view.retry_at, view.retry_reason, view.offered_to) == (
        State.OPEN,
        None,
        None,
        None,
        None,
    )
    assert story.happened(Kind.RELEASED) == 1


def test_what_ends_with_a_shift_says_so(story: Story) -> None:
    with story.engine.begin() as conn:
        requests.release(conn, story.request_id, story.ids[AMELIE], story.moment, why="shift_end")
        detail = conn.execute(text("select detail from events where kind = 'released'")).scalar_one()
    assert detail == {"why": "shift_end"}


def test_rungs_that_were_left_out_are_made_up_for_when_it_is_given_back(story: Story) -> None:
    story.puts_off(AMELIE, paris(24, 9))
    story.at(paris(23, 17, 30))
    assert (story.view.last_rung, story.view.next_rung) == ("first", "head")
    story.gives_back(AMELIE)
    assert (story.view.next_rung, story.view.next_step_at) == ("again", story.now)


def test_a_colleague_who_took_over_and_gives_back_makes_up_for_them_too(story: Story) -> None:
    story.puts_off(AMELIE, paris(24, 9))
    story.at(paris(23, 17, 30))
    story.offers(BRUNO, by=AMELIE)
    story.claims(BRUNO)
    assert story.view.next_rung == "head"
    story.gives_back(BRUNO)
    assert (story.view.next_rung, story.view.next_step_at) == ("again", story.now)


def test_what_was_given_back_before_anything_was_left_out_keeps_its_next_rung(story: Story) -> None:
    story.puts_off(AMELIE, paris(23, 16))
    story.gives_back(AMELIE)
    assert (story.view.next_rung, story.view.next_step_at) == ("again", paris(23, 11, 30))


# Trying later -----------------------------------------------------------------------------------------------------


def test_who_has_it_puts_it_off_and_hears_of_it_then(story: Story) -> None:
    until = paris(23, 16)
    assert [story.puts_off(AMELIE, until), story.puts_off(AMELIE, until)] == [Postponed(until), Postponed(until)]
    assert (story.view.retry_at, story.view.retry_reason, story.view.notice_at) == (until, "busy", until)
    assert story.happened(Kind.POSTPONED) == 1
    story.at(paris(23, 15, 59))
    assert story.written() == []
    story.at(until)
    assert story.written() == ["16:00 retry sms to Amélie"]
    story.at(paris(23, 16, 59))
    assert story.written() == []


def test_a_word_that_is_owed_sooner_does_not_forget_the_time_to_try_again(story: Story) -> None:
    story.puts_off(AMELIE, paris(23, 16))
    story.after(minutes=10)
    story.leaves_message()
    story.hangs_up()
    story.works()
    assert story.view.notice_at == paris(23, 16)


def test_a_message_added_while_a_try_is_put_off_is_told_of_within_half_an_hour_though_the_hang_up_is_lost(
    story: Story,
) -> None:
    story.puts_off(AMELIE, paris(23, 16))
    story.leaves_message()
    assert story.view.notice_at == paris(23, 11, 30)


def test_putting_off_again_moves_it(story: Story) -> None:
    story.puts_off(AMELIE, paris(23, 13))
    assert story.puts_off(AMELIE, paris(23, 15), "asked") == Postponed(paris(23, 15))
    assert (story.view.retry_at, story.view.retry_reason) == (paris(23, 15), "asked")
    story.at(paris(23, 16))
    assert story.written() == ["15:00 retry sms to Amélie"]


@pytest.mark.parametrize(
    "until", [paris(23, 10, 59), paris(23, 11), paris(24, 11), paris(24, 12)], ids=["past", "now", "due", "later"]
)
def test_a_try_is_put_off_inside_the_promise_or_not_at_all(story: Story, until: object) -> None:
    assert story.puts_off(AMELIE, until) == NotThen(story.view.due_at)  # type: ignore[arg-type]
    assert story.view.retry_at is None


def test_only_who_has_it_puts_it_off_and_for_a_reason_that_is_known(story: Story) -> None:
    assert story.puts_off(BRUNO, paris(23, 16)) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    with pytest.raises(ValueError, match="no reason"):
        story.puts_off(AMELIE, paris(23, 16), "Mme Martin a mal")
    story.gives_back(AMELIE)
    assert story.puts_off(AMELIE, paris(23, 16)) == Released()
    assert story.happened(Kind.POSTPONED) == 0


# What is closed ---------------------------------------------------------------------------------------------------

ACTS: dict[str, Act] = {
    "claims": lambda story: story.claims(BRUNO),
    "is asked and accepts": lambda story: story.claims(EMMA),
    "gives back": lambda story: story.gives_back(AMELIE),
    "offers": lambda story: story.offers(BRUNO, by=AMELIE),
    "is offered by the coordinator": lambda story: story.offers(BRUNO),
    "refuses": lambda story: story.refuses(EMMA),
    "puts off": lambda story: story.puts_off(AMELIE, paris(23, 16)),
    "closes": lambda story: story.closes(AMELIE, "AUTRE"),
}
ENDS: dict[str, tuple[Act, Closed]] = {
    "done": (lambda story: story.closes(AMELIE), Closed(State.DONE, "CONSEIL")),
    "withdrawn": (lambda story: _withdraws(story), Closed(State.WITHDRAWN, "RETIRE")),
}


def _withdraws(story: Story) -> object:
    with story.engine.begin() as conn:
        return requests.withdraw(conn, story.request_id, story.moment)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("act", ACTS)
def test_what_is_closed_stays_as_it_ended_and_says_so(story: Story, act: str, end: str) -> None:
    story.offers(EMMA, by=AMELIE)
    story.puts_off(AMELIE, paris(23, 15))
    ends, closed = ENDS[end]
    ends(story)
    before, events = story.view, len(_events(story))
    assert ACTS[act](story) == closed
    assert story.view == before
    assert (before.retry_at, before.offered_to, before.next_step_at) == (None, None, None)
    assert len(_events(story)) == events


def _events(story: Story) -> list[object]:
    with story.engine.begin() as conn:
        return list(requests.timeline(conn, story.request_id))


# Opened again -----------------------------------------------------------------------------------------------------


def denies(story: Story, *, denied: bool = True) -> object:
    with story.engine.begin() as conn:
        return requests.reopen(conn, story.request_id, story.moment, denied=denied)


def test_a_gp_who_was_not_called_brings_the_heads_rung_at_once(story: Story) -> None:
    story.closes(AMELIE)
    story.after(hours=1)
    story.written()
    assert denies(story) == Reopened()
    assert (story.view.next_rung, story.view.next_step_at, story.view.claimed_by) == ("head", story.now, None)
    story.works()
    lines = story.written()
    assert {"12:00 returned sms to Amélie", "12:00 returned sms to Bruno"} <= set(lines)
    assert {"12:00 escalation sms to Chloé", "12:00 escalation call to Chloé"} <= set(lines)
    assert story.view.next_rung == "coordinator"


def test_whoever_opens_it_again_for_another_reason_goes_on_where_the_ladder_was(story: Story) -> None:
    story.closes(AMELIE)
    story.after(hours=1)
    denies(story, denied=False)
    assert (story.view.next_rung, story.view.next_step_at) == ("again", story.now)


def test_a_second_no_changes_nothing(story: Story) -> None:
    story.closes(AMELIE)
    denies(story)
    story.claims(BRUNO)
    before = story.view
    assert denies(story) == Reopened()
    assert story.view == before


def test_after_the_deadline_was_told_a_no_brings_it_again(story: Story) -> None:
    story.at(paris(24, 12))
    story.closes(AMELIE)
    denies(story)
    assert story.view.next_rung == "due"
    assert story.view.next_step_at == story.now


# What waits to be sent --------------------------------------------------------------------------------------------


def test_a_claim_takes_back_what_looks_for_somebody_and_nothing_else(story: Story) -> None:
    story.gives_back(AMELIE)
    story.works()
    story.claims(BRUNO)
    with story.engine.begin() as conn:
        rows = conn.execute(select(outbox.c.purpose, outbox.c.state)).all()
    states = {(row.purpose, row.state) for row in rows}
    assert {("alert", "dropped"), ("returned", "dropped"), ("confirmation", "waiting")} <= states


def test_the_head_and_the_coordinator_may_claim_like_anyone(story: Story) -> None:
    story.gives_back(AMELIE)
    story.now += timedelta(hours=1)
    assert story.claims(CHLOE) == Claimed(story.ids[CHLOE])
    assert story.claims(DENIS) == AlreadyClaimed(story.ids[CHLOE], "Chloé")
