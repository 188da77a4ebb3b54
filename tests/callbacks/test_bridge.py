"""A callback through the line in the register: asked for once, over once, one try of its request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

from callbacks import bridge, delivery, outbox
from callbacks.bridge import NOT_RUNG, Asked, Bridge, Live, NoNumber, Stage
from callbacks.holding import AlreadyClaimed, Closed
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.states import Kind, State
from callbacks.tables import attempts, calls
from callbacks.trying import Result
from config import clock
from tests.callbacks.promised import AMELIE, BRUNO, GP, HOUSE, Story
from tests.callbacks.sending import Hands, MemoryCarrier

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def asks(story: Story, phone: str = AMELIE, how: str = "page", request_id: int = 0) -> object:
    with story.engine.begin() as conn:
        return bridge.ask(conn, request_id or story.request_id, story.ids[phone], story.moment, how)


def asked(story: Story, phone: str = AMELIE) -> Asked:
    found = asks(story, phone)
    assert isinstance(found, Asked)
    return found


def answers(story: Story, bridge_id: UUID, phone: str = AMELIE) -> str:
    """The senior answers, the GP's telephone rings; the sid of the senior's call."""
    sid = f"CA{uuid4().hex}"
    with story.engine.begin() as conn:
        row = {"sid": sid, "direction": "callback", "step": "bridge", "started_at": story.now}
        row |= {"person_id": story.ids[phone]}
        call_id = conn.execute(insert(calls).values(row).returning(calls.c.id)).scalar_one()
        assert bridge.answered(conn, bridge_id, call_id)
        assert bridge.ring(conn, bridge_id, "+33639980101", story.moment)
    return sid


def found(story: Story) -> Bridge:
    with story.engine.begin() as conn:
        latest = bridge.latest(conn, story.request_id)
    assert latest is not None
    return latest


def settles(story: Story, bridge_id: UUID, outcome: str) -> bool:
    with story.engine.begin() as conn:
        return bridge.settle(conn, bridge_id, outcome, story.moment)


# Asked for --------------------------------------------------------------------------------------------------------


def test_a_touch_claims_the_request_and_writes_one_call_to_the_senior(story: Story) -> None:
    story.files()
    story.written()
    asked(story)
    assert story.view.claimed_by == story.ids[AMELIE]
    [call] = [row for row in story.messages() if row.purpose == "callback"]
    assert (call.recipient, call.channel, call.body) == (AMELIE, "call", "voice.callback_ready")


@pytest.mark.parametrize(
    ("caller", "why"),
    [(None, "unknown"), ("+12125550123", "not_callable"), ("+33899123456", "not_callable")],
    ids=["hidden", "abroad", "premium"],
)
def test_a_number_the_line_cannot_call_is_refused_and_nothing_is_claimed(
    story: Story, caller: str | None, why: str
) -> None:
    story.files(caller)
    assert asks(story) == NoNumber(why)
    assert story.view.state is State.OPEN


def test_a_colleague_who_has_it_and_a_closed_request_ring_nobody(story: Story) -> None:
    story.files()
    story.claims(BRUNO)
    assert asks(story) == AlreadyClaimed(story.ids[BRUNO], "Bruno")
    story.hears_everything()
    story.closes(BRUNO)
    assert asks(story) == Closed(State.DONE, "CONSEIL")
    assert not [row for row in story.messages() if row.purpose == "callback"]


def test_a_senior_on_one_callback_begins_no_other(story: Story) -> None:
    story.files()
    first = asked(story)
    story.files("+33639980102")
    again = asks(story)
    assert isinstance(again, Live)
    assert again.bridge is not None
    assert again.bridge.id == first.bridge_id
    settles(story, first.bridge_id, NOT_RUNG)
    asked(story)


@pytest.mark.parametrize("over", [False, True])
def test_a_senior_who_is_rung_in_a_gps_call_is_not_called_away(story: Story, over: bool) -> None:
    story.files()
    with story.engine.begin() as conn:
        row = {"sid": "CAother", "step": "ring", "started_at": story.now}
        call_id = conn.execute(insert(calls).values(row).returning(calls.c.id)).scalar_one()
        ringing = {"call_id": call_id, "seq": 1, "person_id": story.ids[AMELIE], "phone": AMELIE, "rank": 1}
        now = datetime.now(UTC)
        times = {"rung_at": story.now, "rung_real": now, "ended_real": now if over else None}
        conn.execute(insert(attempts).values(ringing | times))
    assert isinstance(asks(story), Asked if over else Live)


def at_once(*acts: Callable[[], object]) -> list[object]:
    barrier = Barrier(len(acts))

    def go(act: Callable[[], object]) -> object:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(go, acts))


def test_a_double_tap_rings_once(story: Story) -> None:
    for _ in range(4):
        story.files()
        told = at_once(lambda: asks(story), lambda: asks(story))
        assert sorted(type(each).__name__ for each in told) == ["Asked", "Live"]
        settles(story, found(story).id, NOT_RUNG)


def test_two_touches_on_two_requests_ring_him_for_one(story: Story) -> None:
    for _ in range(4):
        one, other = story.files(), story.files("+33639980102")
        told = at_once(partial(asks, story, request_id=one), partial(asks, story, request_id=other))
        assert sorted(type(each).__name__ for each in told) == ["Asked", "Live"]
        [asked_for] = [each for each in told if isinstance(each, Asked)]
        settles(story, asked_for.bridge_id, NOT_RUNG)


# Its life ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({}, Stage.RINGING_YOU),
        ({"call_id": uuid4()}, Stage.RINGING_YOU),
        ({"rung_at": NOON}, Stage.RINGING_GP),
        ({"rung_at": NOON, "accepted_at": NOON}, Stage.TALKING),
        ({"rung_at": NOON, "accepted_at": NOON, "outcome": "reached"}, Stage.OVER),
        ({"outcome": NOT_RUNG}, Stage.OVER),
    ],
)
def test_who_watches_sees_how_far_it_has_come(known: dict[str, object], stage: Stage) -> None:
    nothing: dict[str, object] = dict.fromkeys(Bridge.__dataclass_fields__)
    assert Bridge(**nothing | known).stage is stage  # type: ignore[arg-type]


def test_a_gp_who_is_not_reached_is_a_try_at_once_and_once(story: Story) -> None:
    story.files()
    bridge_id = asked(story).bridge_id
    answers(story, bridge_id)
    assert settles(story, bridge_id, Result.BUSY)
    assert not settles(story, bridge_id, Result.REACHED)
    assert found(story).result is Result.BUSY
    assert story.happened(Kind.ATTEMPTED) == 1


def test_a_conversation_is_a_try_when_the_senior_has_said_with_whom(story: Story) -> None:
    story.files()
    bridge_id = asked(story).bridge_id
    sid = answers(story, bridge_id)
    with story.engine.begin() as conn:
        assert bridge.accept(conn, bridge_id, sid, story.moment)
    settles(story, bridge_id, Result.REACHED)
    assert story.happened(Kind.ATTEMPTED) == 0
    for secretary in (True, False):
        with story.engine.begin() as conn:
            bridge.report(conn, bridge_id, story.moment, secretary=secretary)
    assert story.happened(Kind.ATTEMPTED) == 1
    assert found(story).result is Result.SECRETARIAT
    with story.engine.begin() as conn:
        assert not bridge.reached(conn, story.request_id, story.now - timedelta(hours=1))


def test_a_senior_who_was_not_rung_has_not_tried(story: Story) -> None:
    story.files()
    settles(story, asked(story).bridge_id, NOT_RUNG)
    assert story.happened(Kind.ATTEMPTED) == 0


@pytest.mark.parametrize("sid", ["CAsomebody else's", ""])
def test_a_1_counts_for_the_call_it_was_pressed_in(story: Story, sid: str) -> None:
    story.files()
    bridge_id = asked(story).bridge_id
    answers(story, bridge_id)
    with story.engine.begin() as conn:
        assert bridge.accept(conn, bridge_id, sid, story.moment) is (sid == "")  # the carrier did not say


def test_the_gps_telephone_on_the_hook_accepts_nothing_more(story: Story) -> None:
    story.files()
    bridge_id = asked(story).bridge_id
    sid = answers(story, bridge_id)
    with story.engine.begin() as conn:
        caller = bridge.whispered(conn, bridge_id, "CAchild")
        assert caller is not None
        assert (caller.name, caller.ward, caller.hospital) == ("Amélie", "Cardiologie", "Cochin")
        bridge.leg_ended(conn, bridge_id, "CAchild", story.moment)
        assert not bridge.accept(conn, bridge_id, sid, story.moment)


# The senior's telephone -------------------------------------------------------------------------------------------


def test_the_call_shows_the_line_and_gives_up_before_a_voicemail_answers(story: Story, database: Engine) -> None:
    story.files()
    carrier = MemoryCarrier()
    house = replace(HOUSE, alert_caller="+33162000000", fallback_url="https://elsewhere.example/broken.xml")
    with database.begin() as conn:
        conn.execute(text("update outbox set due_at = app_now(), state = 'sent' where purpose <> 'callback'"))
    wanted = asked(story)
    with database.begin() as conn:
        conn.execute(text("update outbox set due_at = app_now() where purpose = 'callback'"))
    delivery.deliver(database, carrier, house, wanted.outbox_id, "worker")
    [call] = carrier.calls
    assert (call.to, call.caller, call.ring_seconds) == (AMELIE, HOUSE.line_number, 15)
    assert call.fallback_url is None  # it says that he is told again, which he is not


def test_too_late_nobody_is_rung_and_the_senior_may_ask_again(story: Story, database: Engine) -> None:
    story.files()
    hands, carrier = Hands(database), MemoryCarrier()
    wanted = asked(story)
    with database.begin() as conn:
        conn.execute(text("update outbox set due_at = app_now() where purpose = 'callback'"))
    hands.pass_seconds(181)
    delivery.deliver(database, carrier, HOUSE, wanted.outbox_id, "worker")
    assert carrier.calls == []
    assert found(story).outcome == NOT_RUNG
    with database.begin() as conn:
        assert conn.execute(text("select state from outbox where purpose = 'callback'")).scalar_one() == "dropped"


def leaves_word(story: Story, bridge_id: UUID) -> int:
    """A word is to be left on the GP's voicemail; the id of its message."""
    with story.engine.begin() as conn:
        word = Message(
            bridge.word_key_of(bridge_id), Purpose.TRIED_CALL, "call", GP, None, story.request_id, "", story.now
        )
        outbox.put(conn, [word], story.moment)
        due = "update outbox set due_at = app_now() where purpose = 'tried_call' returning id"
        return int(conn.execute(text(due)).scalar_one())


def just_after(story: Story) -> None:
    """A minute has passed."""
    Hands(story.engine).pass_seconds(60)


def ten_minutes_after(story: Story) -> None:
    Hands(story.engine).pass_seconds(601)


def he_is_reached(story: Story) -> None:
    again = asked(story)
    sid = answers(story, again.bridge_id)
    with story.engine.begin() as conn:
        assert bridge.accept(conn, again.bridge_id, sid, story.moment)


def it_is_closed(story: Story) -> None:
    story.hears_everything()
    story.closes(AMELIE)


@pytest.mark.parametrize(
    ("meanwhile", "rung"), [(just_after, [GP]), (ten_minutes_after, []), (he_is_reached, []), (it_is_closed, [])]
)
def test_a_word_on_his_voicemail_is_left_soon_after_the_try_or_not_at_all(
    story: Story, database: Engine, meanwhile: Callable[[Story], None], rung: list[str]
) -> None:
    story.files()
    tried = asked(story)
    answers(story, tried.bridge_id)
    settles(story, tried.bridge_id, Result.UNACCEPTED)
    with database.begin() as conn:
        conn.execute(text("update calls set ended_at = app_now()"))
    carrier, word = MemoryCarrier(), leaves_word(story, tried.bridge_id)
    meanwhile(story)
    delivery.deliver(database, carrier, HOUSE, word, "worker")
    assert [call.to for call in carrier.calls] == rung


@pytest.mark.parametrize(
    ("state", "seconds", "over"),
    [
        ("waiting", 60, False),
        ("waiting", 181, True),
        ("sent", 30, False),
        ("sent", 61, True),
        ("delivered", 30, False),
        ("delivered", 61, True),
        ("undelivered", 1, True),
        ("failed", 1, True),
    ],
)
def test_the_sweep_ends_what_will_not_be_answered(
    story: Story, database: Engine, state: str, seconds: float, over: bool
) -> None:
    story.files()
    asked(story)
    with database.begin() as conn:
        change = text("update outbox set state = :state, sent_real = real_now() where purpose = 'callback'")
        conn.execute(change, {"state": state})
    Hands(database).pass_seconds(seconds)
    with database.begin() as conn:
        bridge.end_unanswered(conn, clock.read(conn))
    assert (found(story).outcome == NOT_RUNG) is over
