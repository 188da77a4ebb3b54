"""The engine walks any flow: keys, silence, entries, menus, works; pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine import NOTHING, Heard, Recorded, UnknownAnswer, Waiting, Working, answered, begin, failure_of, hear
from ivr.flow import FLOW
from ivr.vocabulary import (
    Announce,
    Ask,
    Bridge,
    Choose,
    Do,
    End,
    Enter,
    Entry,
    Flow,
    Lost,
    Record,
    Ring,
    Step,
    Tell,
    Transfer,
)

STEPS: dict[str, Step] = {
    "start": Tell(say=("hello",), then="ward"),
    "ward": Enter(entry=Entry.WARD, say=("which",), keys={"0": "bye"}, then="find", lost="switchboard"),
    "find": Do(work="find", ok="ask", failed="bye", ways={"several": "menu", "none": "wrong"}),
    "wrong": Lost(say=("unknown",), again="ward", lost="switchboard"),
    "menu": Choose(say=("several",), then="find", lost="switchboard"),
    "ask": Ask(say=("sure",), keys={"1": "ring"}, silence="ring", lost="bye", tries=3),
    "told": Announce(say=("sure",), keys={"2": "find"}, then="ring"),
    "ring": Ring(taken="bye", nobody="leave", failed="bye"),
    "leave": Record(say=("speak",), heard="bye", empty="ask"),
    "call_back": Bridge(reached="bye", not_reached="ask", failed="switchboard"),
    "switchboard": Transfer(say=("wait",), nobody="bye"),
    "bye": End(say=("bye",)),
}
SMALL = Flow(starts=("start",), steps=STEPS, again="again", failure="bye")


def waiting(progress: object) -> Waiting:
    assert isinstance(progress, Waiting)
    return progress


def working(progress: object) -> Working:
    assert isinstance(progress, Working)
    return progress


def said(progress: object) -> list[str]:
    return [each.key for each in waiting(progress).said]


def at(step: str, heard: Heard, **memory: object) -> Waiting | Working:
    return hear(SMALL, step, dict(memory), heard)


def test_what_is_told_on_the_way_is_said_with_the_next_prompt() -> None:
    assert said(begin(SMALL, "start", {})) == ["hello", "which"]


def test_digits_go_to_the_work_and_one_digit_is_a_command() -> None:
    assert working(at("ward", Heard(digits="227"))).heard.digits == "227"
    assert waiting(at("ward", Heard(digits="0"))).step == "bye"


def test_speech_goes_to_the_work_and_is_not_remembered() -> None:
    found = working(at("ward", Heard(speech="cardiologie")))
    assert (found.heard.speech, found.memory) == ("cardiologie", {})


def test_silence_is_asked_once_more_and_then_the_caller_is_lost() -> None:
    first = waiting(at("ward", NOTHING))
    assert (first.step, said(first)) == ("ward", ["which"])
    assert working(hear(SMALL, "ward", first.memory, NOTHING)).work == "transfer"


def test_two_unknown_entries_are_lost_too() -> None:
    first = answered(SMALL, working(at("ward", Heard(digits="99"))), "none", {})
    assert said(first) == ["unknown", "which"]
    again = working(hear(SMALL, "ward", waiting(first).memory, Heard(digits="99")))
    assert working(answered(SMALL, again, "none", again.memory)).work == "transfer"


@pytest.mark.parametrize("stray", ["#", "*"])
def test_a_stray_key_says_the_prompt_again_and_counts_as_nothing(stray: str) -> None:
    for _ in range(5):
        found = waiting(at("ask", Heard(digits=stray)))
        assert (found.step, found.memory) == ("ask", {})


def test_a_wrong_key_is_said_to_be_wrong() -> None:
    assert said(at("ask", Heard(digits="7"))) == ["again", "sure"]


def test_where_silence_is_an_answer_it_leads_there() -> None:
    assert working(at("ask", NOTHING)).work == "ring"


def test_who_is_told_something_goes_on_unless_he_keys_one_of_its_keys() -> None:
    assert said(begin(SMALL, "told", {})) == ["sure"]
    assert working(at("told", Heard(digits="2"))).work == "find"
    assert working(at("told", Heard(digits="2"))).heard.digits == "2"
    for other in ("", "1", "7", "#", "*"):
        assert working(at("told", Heard(digits=other), lost=1)).memory == {"lost": 0}
        assert working(at("told", Heard(digits=other))).work == "ring"


def test_a_menu_is_read_six_at_a_time_and_the_choice_goes_to_the_work() -> None:
    options = [{"id": number, "label": f"Ward {number}"} for number in range(1, 9)]
    first = waiting(answered(SMALL, Working("find", "find", NOTHING, {}, ()), "several", {"options": options}))
    assert said(first) == ["several", *["option"] * 6, "more_options"]
    second = waiting(hear(SMALL, "menu", first.memory, Heard(digits="7")))
    assert said(second) == ["several", "option", "option"]
    chosen = working(hear(SMALL, "menu", second.memory, Heard(digits="2")))
    assert chosen.heard.choice == options[7]
    assert waiting(hear(SMALL, "menu", second.memory, Heard(digits="3"))).step == "menu"


def test_nobody_leads_to_the_message_and_a_refusal_to_the_next_ringing() -> None:
    ringing = working(at("ask", Heard(digits="1")))
    assert waiting(answered(SMALL, ringing, "ringing", {})).step == "ring"
    dialled = working(at("ring", Heard(dial_status="busy")))
    assert dialled.work == "dialled"
    assert working(answered(SMALL, dialled, "not_taken", {})).work == "ring"
    assert waiting(answered(SMALL, ringing, "nobody", {})).step == "leave"


def test_a_gp_is_rung_and_what_came_of_it_leads_on() -> None:
    dialling = working(begin(SMALL, "call_back", {}))
    assert dialling.work == "bridge"
    assert waiting(answered(SMALL, dialling, "ringing", {})).step == "call_back"
    assert working(answered(SMALL, dialling, "failed", {})).work == "transfer"
    over = working(at("call_back", Heard(dial_status="completed", dial_bridged=True)))
    assert (over.work, over.heard.dial_bridged) == ("bridged", True)
    assert waiting(answered(SMALL, over, "reached", {})).step == "bye"
    assert waiting(answered(SMALL, over, "not_reached", {})).step == "ask"
    with pytest.raises(UnknownAnswer):
        answered(SMALL, over, "nobody", {})


def test_a_callback_that_cannot_be_begun_leads_where_its_step_says() -> None:
    assert failure_of(FLOW, "bridge") == "already_closed"


def test_a_recording_is_heard_or_empty() -> None:
    assert waiting(at("leave", Heard(recorded=Recorded("RE1", 9)))).step == "bye"
    assert waiting(at("leave", NOTHING)).step == "ask"


def test_an_answer_nobody_foresaw_is_an_error_that_we_see() -> None:
    with pytest.raises(UnknownAnswer):
        answered(SMALL, working(at("ward", Heard(digits="22"))), "perhaps", {})
    with pytest.raises(UnknownAnswer):
        hear(SMALL, "find", {}, NOTHING)


def test_a_call_that_began_before_a_deploy_goes_on_where_it_was() -> None:
    again = at("start", Heard(digits="1"))
    assert (waiting(again).step, said(again)) == ("ward", ["hello", "which"])


def test_a_work_that_fails_leads_where_its_step_says() -> None:
    assert failure_of(FLOW, "promise") == "not_saved"
    assert failure_of(FLOW, "find_ward") == "incident"
    assert failure_of(FLOW, "a step of last year") == FLOW.failure


@given(st.sampled_from(sorted(name for name, step in FLOW.steps.items() if isinstance(step, Ask))), st.text(max_size=8))
def test_no_key_at_all_breaks_a_question(step: str, keys: str) -> None:
    assert isinstance(hear(FLOW, step, {}, Heard(digits=keys)), Waiting | Working)
