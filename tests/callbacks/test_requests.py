"""The register of requests against a real database: whatever comes twice or at once, a request stands one way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from callbacks import promise, register, requests
from callbacks.requests import (
    AlreadyClaimed,
    Bridged,
    Claimed,
    Closed,
    Done,
    Released,
    Reopened,
    TooSoon,
    Unheard,
)
from callbacks.states import Kind, State
from callbacks.tables import events, outbox
from callbacks.trying import Result
from scheduling.accounts.tables import accounts
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, EMMA, GP, PRACTICE, Story
from tests.callbacks.rotas import paris


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


# On file ----------------------------------------------------------------------------------------------------------


def test_a_request_on_file_has_a_reference_a_deadline_and_a_next_step(story: Story) -> None:
    story.files(ended=False, message=False)
    view = story.view
    assert 100_000 <= int(view.reference) <= 999_999
    assert (view.state, view.channel, view.parts) == (State.OPEN, "missed_call", 0)
    assert view.due_at == paris(24, 11)
    assert (view.next_rung, view.next_step_at) == ("first", paris(23, 11, 5))


def test_a_hidden_caller_who_keys_his_number_late_is_owed_the_time_he_heard(story: Story) -> None:
    heard_at = story.moment.now
    story.after(minutes=4)
    story.files(ended=False, created_at=heard_at)
    assert story.view.due_at == promise.due_at(heard_at)
    assert story.view.next_step_at == paris(23, 11, 9)  # five minutes after it went on file


def test_a_reference_that_is_taken_is_drawn_again(database: Engine) -> None:
    story = Story(database)
    story.files()
    taken = story.view.reference
    with story.engine.begin() as conn:
        conn.execute(
            text(
                "create function no_luck() returns trigger language plpgsql as $$ begin"
                f" if nextval('draws') <= 3 then new.reference := '{taken}'; end if; return new; end $$"
            )
        )
        conn.execute(text("create sequence draws"))
        conn.execute(text("create trigger no_luck before insert on requests for each row execute function no_luck()"))
    story.files()
    assert story.view.reference != taken
    with story.engine.begin() as conn:
        assert conn.execute(text("select last_value from draws")).scalar_one() == 4


def test_a_request_that_is_owed_always_has_a_next_step(story: Story) -> None:
    story.files()
    with pytest.raises(IntegrityError, match="next_step"), story.engine.begin() as conn:
        conn.execute(text("update requests set next_step_at = null"))


def test_a_message_makes_a_missed_call_a_voice_request_and_taking_it_back_unmakes_it(story: Story) -> None:
    story.files(message=False, ended=False)
    recording_id = story.leaves_message()
    assert story.view.channel == "voice"
    with story.engine.begin() as conn:
        requests.drop_voice_part(conn, story.request_id, recording_id)
    story.hangs_up()
    assert (story.view.channel, story.view.parts) == ("missed_call", 0)


def test_a_recording_that_is_announced_twice_is_one_message(story: Story) -> None:
    story.files(ended=False, message=False)
    recording_id = story.leaves_message()
    with story.engine.begin() as conn:
        requests.add_voice_part(conn, story.request_id, recording_id, None, story.moment)
    assert story.view.parts == 1


@pytest.mark.parametrize("state", ["absent", "discarded"])
def test_a_recording_that_never_was_is_no_message(story: Story, state: str) -> None:
    story.files(message=False, ended=False)
    story.leaves_message(state)
    story.hangs_up()
    assert (story.view.parts, story.view.unheard, story.view.channel) == (0, 0, "missed_call")


def test_a_message_for_a_request_that_was_closed_meanwhile_opens_it_again(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.closes(AMELIE)
    story.leaves_message()
    assert (story.view.state, story.view.unheard) == (State.OPEN, 1)
    assert story.view.next_step_at == story.view.created_at


def test_written_messages_count_too(story: Story) -> None:
    story.files(message=False)
    part_id = uuid4()
    with story.engine.begin() as conn:
        for _ in range(2):
            requests.add_text_part(conn, story.request_id, part_id, b"sealed", story.moment)
    assert (story.view.parts, story.view.unheard) == (1, 1)


def test_where_and_when_the_gp_can_be_reached(story: Story) -> None:
    story.files(PRACTICE)
    with story.engine.begin() as conn:
        requests.set_reach(conn, story.request_id, story.moment, reach="evening")
        requests.set_reach(conn, story.request_id, story.moment, caller=GP)
        log = str(register.timeline(conn, story.request_id))
    assert (story.view.reach, story.view.caller) == ("evening", GP)
    assert GP not in log
    assert PRACTICE not in log


# Claiming ---------------------------------------------------------------------------------------------------------


def test_the_first_who_claims_it_has_it(story: Story) -> None:
    story.files()
    assert story.claims(AMELIE) == Claimed(story.ids[AMELIE])
    assert story.claims(AMELIE) == Claimed(story.ids[AMELIE])
    assert story.claims(BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")


def test_two_who_claim_at_the_same_instant_are_told_apart(story: Story) -> None:
    for _ in range(5):
        story.files()
        with ThreadPoolExecutor(2) as both:
            found = list(both.map(story.claims, (AMELIE, BRUNO)))
        assert sorted(type(each).__name__ for each in found) == ["AlreadyClaimed", "Claimed"]
    with story.engine.begin() as conn:
        claims = conn.execute(select(events.c.id).where(events.c.kind == "claimed")).all()
    assert len(claims) == 5


def test_only_who_has_it_can_give_it_back(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    assert story.gives_back(BRUNO) == AlreadyClaimed(story.ids[AMELIE], "Amélie")
    assert story.gives_back(AMELIE) == Released()
    assert story.gives_back(AMELIE) == Released()
    assert (story.view.state, story.view.claimed_by) == (State.OPEN, None)


def test_a_request_given_back_before_anybody_was_alerted_is_alerted_at_once(story: Story) -> None:
    story.files(ended=False)
    story.claims(AMELIE)
    story.after(minutes=6)
    assert story.view.next_rung == "second"
    story.gives_back(AMELIE)
    story.works()
    assert "11:06 alert sms to Amélie" in story.written()


# Closing ----------------------------------------------------------------------------------------------------------


def test_a_request_is_not_closed_while_a_message_is_unheard(story: Story) -> None:
    story.files()
    assert story.closes(AMELIE) == Unheard(1)
    assert story.view.state is State.OPEN
    story.hears_everything()
    assert story.closes(AMELIE) == Done(State.DONE, "CONSEIL")
    assert story.closes(BRUNO, "AUTRE") == Closed(State.DONE, "CONSEIL")
    assert story.view.next_step_at is None


def test_nobody_says_that_a_gp_is_not_reached_before_three_tries_in_three_windows(story: Story) -> None:
    story.files()
    story.hears_everything()
    assert story.closes(BRUNO, "NON_JOINT") == TooSoon(3)
    story.tries(BRUNO)
    story.after(minutes=30)  # still the morning
    story.tries(BRUNO)
    assert story.closes(BRUNO, "NON_JOINT") == TooSoon(2)
    story.at(paris(23, 12, 30))
    story.tries(BRUNO, Result.SECRETARIAT)
    story.at(paris(23, 15))
    story.tries(BRUNO, Result.CANCELED)  # he hung up himself
    assert story.closes(BRUNO, "NON_JOINT") == TooSoon(1)
    story.tries(BRUNO, Result.UNACCEPTED)
    assert story.closes(BRUNO, "NON_JOINT") == Done(State.UNREACHABLE, "NON_JOINT")


def test_who_could_not_be_reached_was_in_somebodys_hands_and_is_told(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.tries_in_three_windows(BRUNO)
    story.written()
    assert story.closes(BRUNO, "NON_JOINT") == Done(State.UNREACHABLE, "NON_JOINT")
    assert story.standing.claimed_by == story.ids[BRUNO]
    story.works()
    assert story.written() == ["15:00 unreached sms to GP"]


def test_tries_before_the_gp_said_no_count_no_more(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.tries_in_three_windows(BRUNO)
    story.closes(BRUNO, "NON_JOINT")
    story.after(hours=1)
    reopens(story)
    story.claims(BRUNO)
    assert story.closes(BRUNO, "NON_JOINT") == TooSoon(3)


def test_a_try_that_is_tapped_twice_is_written_once_and_the_next_one_is_another(story: Story) -> None:
    story.files()
    assert [story.tries(AMELIE), story.tries(AMELIE)] == [True, False]
    assert story.tries(BRUNO)
    assert story.tries(AMELIE, Result.BUSY)
    story.now += timedelta(minutes=2)
    assert story.tries(AMELIE)
    assert story.happened(Kind.ATTEMPTED) == 4


def test_a_callback_through_the_line_is_one_try_however_often_its_end_is_told(story: Story) -> None:
    story.files()
    one, other = Bridged(uuid4(), seconds=95), Bridged(uuid4())
    assert [story.tries(AMELIE, Result.REACHED, one), story.tries(AMELIE, Result.REACHED, one)] == [True, False]
    assert story.tries(AMELIE, Result.NO_ANSWER, other)
    story.now += timedelta(hours=1)
    assert not story.tries(AMELIE, Result.BUSY, other)
    with story.engine.begin() as conn:
        tried = [entry.detail for entry in register.timeline(conn, story.request_id) if entry.event.kind == "attempted"]
    assert [(detail["how"], detail["result"], detail["seconds"]) for detail in tried] == [
        ("bridge", "reached", 95),
        ("bridge", "no-answer", None),
    ]


def test_the_coordinator_closes_at_his_desk_and_it_is_written_who(story: Story) -> None:
    story.files(message=False)
    with story.engine.begin() as conn:
        row = insert(accounts).values(email="denis@r24.example", name="Denis", role="admin").returning(accounts.c.id)
        account_id = conn.execute(row).scalar_one()
        assert requests.close(conn, story.request_id, None, "AUTRE", story.moment, account_id) == Done(
            State.DONE, "AUTRE"
        )
        by = conn.execute(select(events.c.account_id, events.c.person_id).where(events.c.kind == "done")).one()
    assert tuple(by) == (account_id, None)


def test_an_outcome_that_nobody_knows_is_refused(story: Story) -> None:
    story.files()
    with pytest.raises(KeyError):
        story.closes(AMELIE, "CHOUETTE")


def test_closing_takes_back_every_alert_that_waits(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.closes(AMELIE)
    with story.engine.begin() as conn:
        rows = conn.execute(select(outbox.c.purpose, outbox.c.state).order_by(outbox.c.id)).all()
    assert [tuple(row) for row in rows] == [("confirmation", "waiting"), ("alert", "dropped")]


def test_a_gp_who_withdraws_is_owed_nothing(story: Story) -> None:
    story.files()
    with story.engine.begin() as conn:
        assert requests.withdraw(conn, story.request_id, story.moment)
        assert not requests.withdraw(conn, story.request_id, story.moment)
    assert story.view.state is State.WITHDRAWN
    assert story.claims(AMELIE) == Closed(State.WITHDRAWN, "RETIRE")


def test_who_is_put_through_after_all_is_owed_nothing_unless_he_left_a_message(story: Story) -> None:
    without = story.files(message=False)
    with_message = story.files()
    with story.engine.begin() as conn:
        assert requests.bridged(conn, without, story.ids[AMELIE], story.moment)
        assert not requests.bridged(conn, without, story.ids[AMELIE], story.moment)
        assert not requests.bridged(conn, with_message, story.ids[AMELIE], story.moment)
    assert story.view_of(without).outcome == "JOINT"
    assert story.view_of(with_message).state is State.OPEN
    alerts = [row for row in story.messages() if row.purpose == "alert"]
    assert [(row.request_id, row.state) for row in alerts] == [(without, "dropped"), (with_message, "waiting")]


# Reopening --------------------------------------------------------------------------------------------------------


def reopens(story: Story) -> object:
    with story.engine.begin() as conn:
        return requests.reopen(conn, story.request_id, story.moment)


def test_a_gp_who_was_not_called_opens_his_request_again_and_the_next_rung_comes_at_once(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.closes(AMELIE)
    story.messages()
    story.now = paris(27, 14)
    assert reopens(story) == Reopened()
    assert reopens(story) == Reopened()
    story.after(minutes=60)
    assert story.written() == [
        "14:00 returned sms to Amélie",
        "14:00 returned sms to Bruno",
        "14:00 reminder call to Amélie",
        "14:10 reminder sms to Bruno",
        "14:20 reminder sms to Amélie",
        "14:20 reminder sms to Bruno",
        "14:30 escalation sms to Chloé",
        "14:30 escalation call to Chloé",
        "14:40 escalation sms to Denis",
        "14:50 overdue sms to Chloé",
        "14:50 overdue sms to Denis",
        "14:50 apology sms to GP",
    ]
    assert story.view.due_at == paris(24, 11)


def test_a_second_broken_promise_is_no_second_apology(story: Story) -> None:
    story.files()
    story.at(paris(24, 12))
    story.hears_everything()
    story.closes(AMELIE)
    assert sum("apology" in line for line in story.written()) == 1
    reopens(story)
    story.after(hours=30)
    assert not [line for line in story.written() if "apology" in line]


def test_after_seven_days_he_asks_anew(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.closes(AMELIE)
    story.now += timedelta(days=7, seconds=1)
    assert reopens(story) == Closed(State.DONE, "CONSEIL")


# What waits for whom ----------------------------------------------------------------------------------------------


def pending(story: Story, phone: str) -> list[int]:
    with story.engine.begin() as conn:
        return [each.id for each in requests.pending_for_person(conn, story.ids[phone], story.moment.now)]


def test_what_waits_for_who_is_on_call_and_for_who_has_it(story: Story) -> None:
    one, other = story.files(), story.files()
    story.claims(BRUNO)
    assert (pending(story, AMELIE), pending(story, BRUNO), pending(story, EMMA)) == ([one], [one, other], [])


def test_what_waits_above_a_ward_is_what_one_was_alerted_to(story: Story) -> None:
    request_id = story.files()
    assert pending(story, CHLOE) == []
    story.at(paris(24, 8, 30))
    assert (pending(story, CHLOE), pending(story, DENIS)) == ([request_id], [])


def test_what_waits_for_who_covers_a_closed_ward(story: Story) -> None:
    covering = story.opens_ward("urgences", "Urgences")
    story.puts_on_call(EMMA, ward_id=covering)
    story.changes_ward(opening="mon-fri 08:30-18:30", covered_by_id=covering)
    request_id = story.files()
    assert (pending(story, AMELIE), pending(story, EMMA)) == ([request_id], [])
    story.now = paris(23, 19)
    assert (pending(story, AMELIE), pending(story, EMMA)) == ([], [request_id])


def test_what_waits_is_asked_for_in_one_statement(story: Story, counted: list[str]) -> None:
    story.files()
    counted.clear()
    pending(story, AMELIE)
    assert len(counted) == 1


def test_what_a_caller_waits_for_in_one_ward(story: Story) -> None:
    request_id = story.files()
    with story.engine.begin() as conn:
        assert [each.id for each in requests.open_for_caller(conn, GP, story.ward_id)] == [request_id]
        assert requests.open_for_caller(conn, PRACTICE, story.ward_id) == []
        found = requests.by_reference(conn, story.view.reference)
        assert found is not None
        assert found.id == request_id
        assert requests.by_reference(conn, "000000") is None
        with pytest.raises(requests.NoSuchRequest):
            requests.view(conn, 999)


# The sum of the events --------------------------------------------------------------------------------------------

MOVES: dict[str, Callable[[Story, Connection, int], object]] = {
    "claim": lambda story, conn, who: requests.claim(conn, story.request_id, who, story.moment, "page"),
    "release": lambda story, conn, who: requests.release(conn, story.request_id, who, story.moment),
    "done": lambda story, conn, who: requests.close(conn, story.request_id, who, "CONSEIL", story.moment),
    "unreachable": lambda story, conn, who: requests.close(conn, story.request_id, who, "NON_JOINT", story.moment),
    "withdraw": lambda story, conn, who: requests.withdraw(conn, story.request_id, story.moment),
    "reopen": lambda story, conn, who: requests.reopen(conn, story.request_id, story.moment),
    "bridged": lambda story, conn, who: requests.bridged(conn, story.request_id, who, story.moment),
    "hang up": lambda story, conn, who: requests.call_ended(conn, story.request_id, story.moment),
    "attempt": lambda story, conn, who: requests.attempted(conn, story.request_id, who, story.moment, Result.NO_ANSWER),
}
ANYTHING = st.lists(
    st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from((AMELIE, BRUNO)), st.sampled_from((1, 2))), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=ANYTHING)
def test_whatever_happens_how_often_the_row_is_the_sum_of_its_events(
    story: Story, moves: list[tuple[str, str, int]]
) -> None:
    story.files(message=False)
    for move, phone, times in moves:
        for _ in range(times):
            with story.engine.begin() as conn:
                MOVES[move](story, conn, story.ids[phone])
        story.now += timedelta(minutes=1)
    view, standing = story.view, story.standing
    assert (view.state, view.claimed_by, view.claimed_at) == (standing.state, standing.claimed_by, standing.claimed_at)
    assert (view.closed_at, view.outcome) == (standing.closed_at, standing.outcome)
    assert view.state.closed == (view.next_step_at is None)
