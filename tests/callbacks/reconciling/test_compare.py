"""Two lists side by side: what is missed, what differs, and what is none of our business."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callbacks.carrier_listed import Call, Recording, Text
from callbacks.outbox import STATES
from callbacks.reconciling.compare import Differences, House, Left, Ours, Theirs, compare

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINE, SENDER, CANARY, GP = "+33199000024", "Rappel24", "+33199000025", "+33199000001"
HOUSE = House(LINE, frozenset({LINE, SENDER}), frozenset({LINE}), CANARY)
CALL = Call("CA1", "inbound", GP, LINE, "completed", NOON, NOON + timedelta(minutes=1))
TEXT = Text("SM1", "inbound", GP, LINE, "avis cardio", "received", None, NOON)
SENT = Text("SM2", "outbound-api", SENDER, GP, "Rappel24 : ...", "delivered", None, NOON)
LEFT = Recording("RE1", "CA1", "completed", 9, NOON)
NOTHING = Differences()


def compared(theirs: Theirs, ours: Ours | None = None, until: datetime = NOON) -> Differences:
    return compare(theirs, ours or Ours(), HOUSE, STATES, until)


def test_nothing_is_nothing() -> None:
    assert compared(Theirs()) == NOTHING


def test_what_we_have_is_not_missed() -> None:
    theirs = Theirs((CALL,), (TEXT, SENT), (LEFT,))
    ours = Ours(calls={"CA1"}, texts={"SM1"}, sent={"SM2": "delivered"}, recordings={"RE1"})
    assert compared(theirs, ours) == NOTHING


def test_what_we_do_not_have_is_missed() -> None:
    assert compared(Theirs((CALL,), (TEXT,), (LEFT,))) == Differences(
        calls=(CALL,), texts=(TEXT,), recordings=(Left(LEFT, CALL),)
    )


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (Theirs((replace(CALL, status="in-progress", ended=None),)), "it lasts"),
        (Theirs((replace(CALL, began=NOON + timedelta(seconds=1)),)), "it may still be on its way to us"),
        (Theirs((replace(CALL, to="+33199000077"),)), "another number of the same account"),
        (Theirs((replace(CALL, direction="outbound-dial", caller=LINE, to=GP),)), "a senior who was rung in a call"),
        (Theirs((replace(CALL, caller=CANARY),)), "the line calls itself"),
        (Theirs((replace(CALL, direction="outbound-api", caller=CANARY),)), "the line calls itself"),
        (Theirs((), (replace(TEXT, to="+33199000077"),)), "another number of the same account"),
        (Theirs((), (replace(TEXT, direction="outbound-reply", sender=LINE),)), "the carrier's own word on STOP"),
        (Theirs((), (replace(SENT, sender="Autre"),)), "another service of the same account"),
        (Theirs((), (), (replace(LEFT, call_sid="CA9"),)), "a call of another service"),
        (Theirs((CALL,), (), (replace(LEFT, status="in-progress", seconds=None),)), "it is not whole"),
        (Theirs((CALL,), (), (replace(LEFT, seconds=0),)), "nothing was said"),
    ],
)
def test_what_is_not_missed(theirs: Theirs, why: str) -> None:
    assert compared(theirs, Ours(calls={"CA1"} if theirs.recordings else ())) == NOTHING, why


def test_a_recording_of_a_call_that_we_have_is_missed_though_the_call_is_not_in_the_list() -> None:
    assert compared(Theirs((), (), (LEFT,)), Ours(calls={"CA1"})).recordings == (Left(LEFT, None),)


@pytest.mark.parametrize(
    ("we_say", "they_say", "group"),
    [
        ("sent", "delivered", "settled"),
        ("sent", "undelivered", "settled"),
        ("sent", "failed", "settled"),
        ("sent", "sent", None),
        ("sent", "queued", None),
        ("delivered", "undelivered", "denied"),
        ("delivered", "failed", "denied"),
        ("delivered", "sent", None),  # the carrier's list may be behind
        ("undelivered", "delivered", None),  # he was told another way
        ("failed", "failed", None),
        ("dropped", "delivered", None),
    ],
)
def test_what_became_of_ours(we_say: str, they_say: str, group: str | None) -> None:
    message = replace(SENT, status=they_say)
    expected = NOTHING if group is None else Differences(**{group: (message,)})  # type: ignore[arg-type]
    assert compared(Theirs((), (message,)), Ours(sent={"SM2": we_say})) == expected


def test_what_left_in_our_name_without_us_is_told() -> None:
    call = replace(CALL, sid="CA7", direction="outbound-api", caller=LINE, to=GP)
    assert compared(Theirs((call,), (SENT,))).unknown == (call, SENT)


def test_a_recording_that_we_thought_deleted_is_deleted_again() -> None:
    ours = Ours(calls={"CA1"}, recordings={"RE1"}, deleted={"RE1"})
    assert compared(Theirs((), (), (LEFT,)), ours).undeleted == ("RE1",)
