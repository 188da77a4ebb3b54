"""What the caller, the callee and the application see while a call is put through."""

from collections.abc import Callable

import pytest

from simulator import (
    Behaviour,
    Handset,
    Simulator,
    answers,
    busy,
    hangs_up,
    instant_voicemail,
    invalid,
    network_voicemail,
    no_answer,
    takes_the_call,
    unreachable,
    waits,
)
from tests.simulator.application import GP, LINE, OTHER, SENIOR, Application
from tests.simulator.screening import WHISPER, dial

# -- rules ----------------------------------------------------------------------------------------------------------


def test_a_whisper_that_merely_ends_connects_the_parties(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app)
    app.pages["/whisper"] = "<Say>Appel de la ligne</Say>"
    sim.phone(SENIOR).behaves(network_voicemail(after=3))
    gp.dials(LINE).is_put_through(sim.phone(SENIOR)).hears("laissez un message").hangs_up()


def test_the_whisper_is_asked_on_the_childs_leg_when_it_answers(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    dial(app)
    gp.dials(LINE)
    senior.rings()
    assert not app.at("/whisper")
    senior.answers().hears("prendre")
    asked = app.last("/whisper")
    assert asked["ParentCallSid"] == gp.leg.sid
    assert asked["CallSid"] == senior.leg.sid
    assert (asked["To"], asked["Direction"], asked["CallStatus"]) == (SENIOR, "outbound-dial", "in-progress")
    senior.presses("1").is_put_through(gp)


def test_the_caller_hears_ringing_while_the_whisper_runs(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    dial(app)
    gp.dials(LINE)
    senior.answers().hears("prendre")
    ringing = [sound for sound in gp.leg.sounds if sound.end is None]
    assert [sound.kind for sound in ringing] == ["ringback"]
    gp.expects_no("prendre").hangs_up()


def test_a_voicemail_hears_the_whisper_and_presses_nothing(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    dial(app)
    senior.behaves(network_voicemail(after=4))
    gp.dials(LINE).hears("suite")
    assert senior.phone.recorded == "Tapez 1 pour prendre"
    assert not app.at("/key")


def test_progress_of_the_leg_is_reported_in_order_with_the_childs_sid(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    dial(app)
    senior.behaves(takes_the_call(conversation=49))
    gp.dials(LINE).hears("suite")
    events = [asked.params for asked in app.at("/leg")]
    assert [event["CallStatus"] for event in events] == ["initiated", "ringing", "in-progress", "completed"]
    assert [event["SequenceNumber"] for event in events] == ["0", "1", "2", "3"]
    assert {event["ParentCallSid"] for event in events} == {gp.leg.sid}
    assert {event["CallbackSource"] for event in events} == {"call-progress-events"}
    assert (events[3]["CallDuration"], events[3]["Duration"]) == ("50", "1")
    assert "CallDuration" not in events[2]
    assert events[0]["Timestamp"].endswith("+0000")


@pytest.mark.parametrize(
    ("behaviour", "code"), [(busy(), "486"), (unreachable(), "480"), (invalid(), "404"), (no_answer(), "487")]
)
def test_a_leg_that_fails_says_its_sip_code(
    behaviour: Behaviour, code: str, app: Application, sim: Simulator, gp: Handset
) -> None:
    dial(app)
    sim.phone(SENIOR).behaves(behaviour)
    gp.dials(LINE).hears("suite")
    assert app.last("/leg")["SipResponseCode"] == code


def test_without_action_the_document_goes_on_after_the_call(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial timeout='5'>{SENIOR}</Dial><Say>Personne</Say>"
    gp.dials(LINE).hears("personne").is_hung_up_on()


def test_without_a_whisper_the_first_answer_connects(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial>{SENIOR}</Dial>"
    sim.phone(SENIOR).behaves(answers(waits(5), hangs_up()))
    gp.dials(LINE).is_put_through(sim.phone(SENIOR)).is_hung_up_on()


def test_ringing_in_parallel_the_first_answer_cancels_the_others_before_screening(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    """Which is why one number is rung per Dial: a voicemail that picks up at once silences the humans."""
    numbers = "".join(
        f'<Number url="/whisper" statusCallback="/leg" statusCallbackEvent="completed">{n}</Number>'
        for n in (SENIOR, OTHER)
    )
    app.pages |= {
        "/voice": f'<Dial action="/after">{numbers}</Dial>',
        "/whisper": WHISPER,
        "/after": "<Say>Suite</Say>",
    }
    sim.phone(SENIOR).behaves(takes_the_call(after=5))
    sim.phone(OTHER).behaves(instant_voicemail())
    gp.dials(LINE).hears("suite")
    assert app.last("/after")["DialBridged"] == "false"
    ended = {asked.params["To"]: asked.params["CallStatus"] for asked in app.at("/leg")}
    assert ended == {SENIOR: "canceled", OTHER: "completed"}


def test_time_limit_ends_the_conversation(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app, 'timeLimit="60"')
    sim.phone(SENIOR).behaves(takes_the_call(conversation=999))
    gp.dials(LINE).is_put_through().hears("suite")
    assert app.last("/after")["DialCallDuration"] == "61"


def test_star_means_nothing_unless_asked_for(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app)
    sim.phone(SENIOR).behaves(takes_the_call(conversation=30))
    gp.dials(LINE).is_put_through().presses("*").waits(5)
    assert gp.leg.bridged_to
    gp.hears("suite")


def test_answer_on_bridge_leaves_the_call_unanswered_until_somebody_takes_it(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    dial(app, 'answerOnBridge="true"')
    gp.dials(LINE)
    senior.rings()
    assert gp.leg.status == "ringing"
    senior.answers().hears("prendre").presses("1").is_put_through(gp)
    assert gp.leg.status == "in-progress"
    senior.hangs_up()


@pytest.mark.parametrize("caller_id", ["+33699000000", "+266696687", "anonymous", "12"])
def test_a_caller_id_that_is_not_ours_is_refused(
    app: Application, make: Callable[..., Simulator], caller_id: str
) -> None:
    sim = make(strict=False)
    dial(app, f'callerId="{caller_id}"')
    sim.phone(GP).dials(LINE, shown_as="anonymous").hears("suite")
    assert [complaint.code for complaint in sim.trace.debugger] == [13214]
    assert app.last("/after")["DialCallStatus"] == "failed"
    assert not sim.phone(SENIOR).phone.legs


@pytest.mark.parametrize("caller_id", [LINE, GP, "+33199000555"])
def test_our_own_the_callers_and_a_verified_number_may_be_shown(
    app: Application, sim: Simulator, gp: Handset, senior: Handset, caller_id: str
) -> None:
    sim.office.verified.add("+33199000555")
    dial(app, f'callerId="{caller_id}"')
    gp.dials(LINE)
    assert senior.answers().leg.from_ == caller_id
    gp.hangs_up()


@pytest.mark.parametrize("number", ["0639980001", "15", "+33 6 39 98 00 01", "bonjour"])
def test_only_e164_numbers_are_dialled(app: Application, make: Callable[..., Simulator], number: str) -> None:
    sim = make(strict=False)
    dial(app, number=number)
    sim.phone(GP).dials(LINE).hears("suite")
    assert [complaint.code for complaint in sim.trace.debugger] == [13223]
    assert app.last("/after")["DialCallStatus"] == "failed"


def test_a_telephone_in_a_call_is_busy_for_the_next(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app)
    sim.phone(SENIOR).behaves(takes_the_call(conversation=99))
    gp.dials(LINE).is_put_through()
    sim.phone("+33199000002").dials(LINE).hears("suite")
    assert app.last("/after")["DialCallStatus"] == "busy"
    gp.hangs_up()


def test_the_first_attempt_is_busy_and_the_second_answers(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app)
    app.pages["/after"] = lambda asked: (
        "<Say>Pris</Say>" if asked.params["DialBridged"] == "true" else "<Redirect>/voice</Redirect>"
    )
    sim.phone(SENIOR).behaves(busy(), takes_the_call())
    gp.dials(LINE).hears("pris")
    assert [asked.params["DialCallStatus"] for asked in app.at("/after")] == ["busy", "completed"]


def test_after_the_callee_hangs_up_the_caller_goes_on(app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app)
    sim.phone(SENIOR).behaves(takes_the_call(conversation=10))
    gp.dials(LINE).hears("suite").is_hung_up_on()
    assert app.last("/status")["CallStatus"] == "completed"
