"""The GP after his call: his link, the numbers that are his, what he answers, and that each answer may come twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Engine, insert

from callbacks import gp, requests
from callbacks.gp import Answer
from callbacks.states import Kind, State
from callbacks.trying import Result
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE, GP, PRACTICE, Story
from tests.callbacks.rotas import paris

SECRET, OTHER_SECRET = b"k" * 32, b"o" * 32
STRANGER = "+33199000077"


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def is_done(story: Story, outcome: str = "CONSEIL") -> None:
    """Amélie says that she called him."""
    story.files()
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE, outcome)
    story.works()
    story.written()


def says(story: Story, called_back: bool) -> Answer:
    with story.engine.begin() as conn:
        return gp.answer(conn, story.request_id, called_back, story.moment, "page")


def follows(story: Story) -> gp.Followed:
    with story.engine.begin() as conn:
        return gp.follow(conn, requests.view(conn, story.request_id))


# His link ---------------------------------------------------------------------------------------------------------


def test_a_link_carries_the_reference_and_only_we_can_write_it() -> None:
    token = gp.token_for("724193", SECRET)
    assert gp.reference_of(token, SECRET) == "724193"
    assert gp.reference_of(token, OTHER_SECRET) is None
    assert gp.reference_of(gp.token_for("724194", SECRET)[:6] + token[6:], SECRET) is None
    assert token.isalnum()


@pytest.mark.parametrize("token", ["", "724193", "724193" + "0" * 12, "٧٢٤١٩٣" + "0" * 12, "é" * 18, "x" * 5000])
def test_what_we_never_wrote_is_no_link(token: str) -> None:
    assert gp.reference_of(token, SECRET) is None


# Who he is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "his"),
    [(GP, True), (PRACTICE, True), ("+33639980102", True), (STRANGER, False), (None, False)],
    ids=["to call back", "he called from", "of his record", "another", "hidden"],
)
def test_which_numbers_are_his(story: Story, number: str | None, his: bool) -> None:
    with story.engine.begin() as conn:
        conn.execute(insert(practitioners).values(id=7, name="Dr Inès Morel"))
        conn.execute(insert(practitioner_phones).values(practitioner_id=7, phone="+33639980102"))
    story.files(PRACTICE, practitioner_id=7)
    with story.engine.begin() as conn:
        requests.set_reach(conn, story.request_id, story.moment, caller=GP)
        assert gp.is_his(conn, requests.view(conn, story.request_id), number) is his


# What he answers --------------------------------------------------------------------------------------------------


def test_a_yes_is_kept_once_and_closes_the_question(story: Story) -> None:
    is_done(story)
    assert says(story, True) is Answer.NOTED
    assert says(story, True) is Answer.NOTED
    assert story.happened(Kind.CONFIRMED) == 1
    assert story.view.state is State.DONE
    assert follows(story).said is Kind.CONFIRMED
    story._read = 0
    assert [message.state for message in story.messages() if message.purpose == "asked"] == ["dropped"]


def test_a_no_opens_it_again_once_and_the_ward_and_its_head_hear_of_it(story: Story) -> None:
    is_done(story)
    story.at(paris(24, 9))
    assert says(story, False) is Answer.REOPENED
    assert says(story, False) is Answer.OPEN
    assert (story.happened(Kind.DENIED), story.happened(Kind.REOPENED)) == (1, 1)
    assert (story.view.state, story.view.due_at) == (State.OPEN, paris(24, 11))
    story.works()
    told = story.written()
    assert any(" to Amélie" in line for line in told), told
    assert any(" to Chloé" in line for line in told), told


def test_a_yes_after_a_no_is_kept_and_moves_nothing(story: Story) -> None:
    is_done(story)
    says(story, False)
    assert says(story, True) is Answer.NOTED
    assert story.view.state is State.OPEN
    assert follows(story).said is Kind.CONFIRMED


def test_a_no_after_a_yes_counts(story: Story) -> None:
    is_done(story)
    says(story, True)
    assert says(story, False) is Answer.REOPENED


def test_after_the_next_end_he_may_say_no_again(story: Story) -> None:
    is_done(story)
    says(story, False)
    story.after(minutes=30)
    story.claims(AMELIE)
    story.closes(AMELIE)
    assert follows(story).said is None
    assert says(story, False) is Answer.REOPENED
    assert story.happened(Kind.DENIED) == 2


@pytest.mark.parametrize(
    ("then", "answered"),
    [(paris(30, 11), Answer.REOPENED), (paris(30, 11, 1), Answer.OVER)],
    ids=["seven days", "a minute more"],
)
def test_a_no_counts_for_seven_days(story: Story, then: datetime, answered: Answer) -> None:
    is_done(story)
    story.at(then)
    assert says(story, False) is answered
    assert follows(story).may_reopen(story.moment.now) is False
    assert story.happened(Kind.DENIED) == (answered is Answer.REOPENED)


def test_nothing_is_answered_to_what_was_never_done(story: Story) -> None:
    story.files()
    assert says(story, True) is Answer.NOTED
    assert says(story, False) is Answer.OPEN
    assert (story.happened(Kind.CONFIRMED), story.happened(Kind.DENIED), story.happened(Kind.REOPENED)) == (0, 0, 0)


def test_who_withdrew_it_does_not_open_it_again(story: Story) -> None:
    story.files()
    with story.engine.begin() as conn:
        gp.withdraw(conn, story.request_id, story.moment)
    assert says(story, False) is Answer.OVER
    assert story.view.state is State.WITHDRAWN


def test_who_could_not_be_reached_denies_nothing(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.claims(AMELIE)
    for hour in (12, 15, 19):
        story.at(paris(23, hour))
        with story.engine.begin() as conn:
            requests.attempted(conn, story.request_id, story.ids[AMELIE], story.moment, Result.NO_ANSWER)
    assert follows(story).tried_at == paris(23, 19)
    story.closes(AMELIE, "NON_JOINT")
    assert says(story, False) is Answer.REOPENED
    assert story.happened(Kind.DENIED) == 0
    assert follows(story).tried_at is None


def at_once(story: Story, *acts: Callable[[Story], object]) -> list[object]:
    """Several things that happen in the same instant, each in a transaction of its own."""
    with ThreadPoolExecutor(len(acts)) as hands:
        return [done.result(timeout=20) for done in [hands.submit(act, story) for act in acts]]


def test_two_noes_at_once_are_one(story: Story) -> None:
    is_done(story)
    answers = at_once(story, *[lambda story: says(story, False)] * 4)
    assert sorted(map(str, answers)) == ["open", "open", "open", "reopened"]
    assert (story.happened(Kind.DENIED), story.happened(Kind.REOPENED)) == (1, 1)
    assert story.standing.state is State.OPEN


def test_he_withdraws_while_she_closes_and_one_of_them_does(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.claims(AMELIE)

    def withdraws(story: Story) -> object:
        with story.engine.begin() as conn:
            return gp.withdraw(conn, story.request_id, story.moment)

    withdrawn, closed = at_once(story, withdraws, lambda story: story.closes(AMELIE))
    assert withdrawn is not isinstance(closed, requests.Done)
    assert story.standing.state is story.view.state
