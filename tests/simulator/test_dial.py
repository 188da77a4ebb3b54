"""<Dial><Number>: the whole outcome table, and what the caller and the application see meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from twilio.rest import Client

from simulator import (
    Behaviour,
    Handset,
    Simulator,
    Unknowns,
    answers,
    busy,
    hangs_up,
    hears,
    instant_voicemail,
    invalid,
    network_voicemail,
    no_answer,
    presses,
    reject,
    says_nothing,
    takes_the_call,
    unreachable,
    waits,
)
from tests.simulator.application import GP, LINE, OTHER, SENIOR, Application, Asked

WHISPER = '<Gather numDigits="1" timeout="4" action="/key"><Say>Tapez 1 pour prendre</Say></Gather><Hangup/>'


def answer_key(asked: Asked) -> str:
    return "" if asked.params["Digits"] == "1" else "<Hangup/>"


def dial(app: Application, attributes: str = "", number: str = SENIOR) -> None:
    app.pages["/voice"] = (
        f'<Dial timeout="15" action="/after" {attributes}>'
        f'<Number url="/whisper" statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">'
        f"{number}</Number></Dial><Say>Jamais</Say>"
    )
    app.pages["/whisper"] = WHISPER
    app.pages["/key"] = answer_key
    app.pages["/after"] = "<Say>Suite</Say>"


Script = Callable[[Simulator, Handset], object]


@dataclass(frozen=True)
class Row:
    """One row of the table. `None` in `duration`: absent; `leg`: its last status."""

    name: str
    behaviour: Behaviour
    status: str
    bridged: str
    duration: str | None
    leg: str
    call_status: str = "in-progress"
    caller: Script = field(default=lambda sim, gp: gp.hears("suite"))
    attributes: str = ""


def talk_then(step: str) -> Script:
    def script(sim: Simulator, gp: Handset) -> object:
        gp.is_put_through().waits(5)
        return gp.hangs_up() if step == "hang up" else gp.presses(step).hears("suite")

    return script


def leave_while(step: str) -> Script:
    def script(sim: Simulator, gp: Handset) -> object:
        gp.hears_ringing()
        senior = sim.phone(SENIOR).rings()
        if step == "screening":
            sim.clock.run_while(lambda: "Tapez" not in senior.phone.legs[-1].text_heard(), 30)
        return gp.hangs_up()

    return script


WRONG_KEY = answers(hears("prendre"), presses("2"))
TABLE = [
    Row("1 rings out", no_answer(), "no-answer", "false", None, "no-answer"),
    Row("2 busy line", busy(), "busy", "false", None, "busy"),
    Row("3 rejected on the handset", reject(), "busy", "false", None, "busy"),
    Row("3 rejected to voicemail", reject(to_voicemail=True), "completed", "false", "6", "completed"),
    Row("4 no such number", invalid(), "failed", "false", None, "failed"),
    Row("4 handset unreachable", unreachable(), "failed", "false", None, "failed"),
    Row("5 voicemail answers", network_voicemail(after=8), "completed", "false", "6", "completed"),
    Row("5 voicemail answers at once", instant_voicemail(), "completed", "false", "6", "completed"),
    Row("6 wrong key", WRONG_KEY, "completed", "false", "2", "completed"),
    Row("6 no key", says_nothing(), "completed", "false", "6", "completed"),
    Row("7 hangs up in the whisper", answers(hears("Tapez"), hangs_up()), "completed", "false", "0", "completed"),
    Row("8 accepts", takes_the_call(conversation=30), "completed", "true", "31", "completed"),
    Row("9 caller leaves while it rings", no_answer(), "canceled", "false", None, "canceled", "completed",
        leave_while("ringing")),
    Row("10 caller leaves in the whisper", says_nothing(), "completed", "false", "2", "completed", "completed",
        leave_while("screening")),
    Row("11 caller leaves the conversation", takes_the_call(conversation=99), "completed", "true", "6", "completed",
        "completed", talk_then("hang up")),
    Row("12 caller presses star", takes_the_call(conversation=99), "completed", "true", "6", "completed",
        "in-progress", talk_then("*"), 'hangupOnStar="true"'),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_action_is_told_the_outcome(row: Row, app: Application, sim: Simulator, gp: Handset) -> None:
    dial(app, row.attributes)
    sim.phone(SENIOR).behaves(row.behaviour)
    gp.dials(LINE)
    row.caller(sim, gp)
    sim.run_until_idle()
    told = app.last("/after")
    assert (told["DialCallStatus"], told["DialBridged"]) == (row.status, row.bridged)
    assert told.get("DialCallDuration") == row.duration
    assert (told["CallStatus"], told["Direction"]) == (row.call_status, "inbound")
    assert app.last("/leg")["CallStatus"] == row.leg
    assert app.last("/leg")["CallSid"] == told["DialCallSid"]
    assert len(app.at("/after")) == 1


def test_13_a_parent_redirected_by_rest_still_asks_the_old_action_and_ignores_its_answer(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    dial(app)
    app.pages["/elsewhere"] = "<Say>Ailleurs</Say>"
    gp.dials(LINE).hears_ringing()
    sim.phone(SENIOR).rings()
    client(sim).calls(gp.leg.sid).update(url="https://app.test/elsewhere")
    gp.hears("ailleurs").is_hung_up_on().expects_no("suite")
    assert app.last("/after")["DialBridged"] == "false"
    assert not sim.phone(SENIOR).phone.leg


def test_13_the_old_action_may_also_not_be_asked(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(unknowns=Unknowns(action_after_redirect=False))
    dial(app)
    gp = sim.phone(GP).dials(LINE).hears_ringing()
    client(sim).calls(gp.leg.sid).update(twiml="<Response><Say>Ailleurs</Say></Response>")
    gp.hears("ailleurs").is_hung_up_on()
    assert not app.at("/after")


def test_14_a_conference_is_refused_as_not_simulated(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = "<Dial><Conference>salle</Conference></Dial>"
    with pytest.raises(AssertionError, match="not simulated"):
        gp.dials(LINE).hears("x", within=5)
    sim.trace.debugger.clear()


def client(sim: Simulator) -> Client:
    return Client(sim.account.sid, sim.account.auth_token, http_client=sim.http_client())


# -- switches: both positions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("position", "bridged"), [("drop", "false"), ("bridge", "true")])
def test_a_whisper_that_fails_is_a_switch(
    app: Application, make: Callable[..., Simulator], position: str, bridged: str
) -> None:
    sim = make(unknowns=Unknowns(whisper_failure=position))
    dial(app)
    app.pages["/whisper"] = lambda asked: (500, {}, b"")
    sim.phone(SENIOR).behaves(answers(waits(30), hangs_up()))
    sim.phone(GP).dials(LINE).hears("suite")
    assert (app.last("/after")["DialBridged"], app.last("/after")["DialCallStatus"]) == (bridged, "completed")


@pytest.mark.parametrize("position", ["canceled", "no-answer"])
def test_the_status_when_the_caller_leaves_while_it_rings_is_a_switch(
    app: Application, make: Callable[..., Simulator], position: str
) -> None:
    sim = make(unknowns=Unknowns(dial_status_on_caller_hangup=position))
    dial(app)
    gp = sim.phone(GP).dials(LINE).hears_ringing()
    sim.phone(SENIOR).rings()
    gp.hangs_up()
    assert app.last("/after")["DialCallStatus"] == position


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (Unknowns(dial_status_when_screened_out="completed"), {"DialCallStatus": "completed"}),
        (Unknowns(dial_status_when_screened_out="no-answer"), {"DialCallStatus": "no-answer"}),
        (Unknowns(dial_duration_when_not_bridged="leg"), {"DialCallDuration": "6"}),
        (Unknowns(dial_duration_when_not_bridged="zero"), {"DialCallDuration": "0"}),
        (Unknowns(dial_duration_when_not_bridged="absent"), {"DialCallDuration": None}),
        (Unknowns(dial_bridged_parameter=True), {"DialBridged": "false"}),
        (Unknowns(dial_bridged_parameter=False), {"DialBridged": None}),
    ],
)
def test_what_the_action_says_of_a_voicemail_is_a_switch(
    app: Application, make: Callable[..., Simulator], switch: Unknowns, expected: dict[str, str | None]
) -> None:
    sim = make(unknowns=switch)
    dial(app)
    sim.phone(SENIOR).behaves(network_voicemail(after=5))
    sim.phone(GP).dials(LINE).hears("suite")
    assert {name: app.last("/after").get(name) for name in expected} == expected


@pytest.mark.parametrize(("position", "duration"), [("absent", None), ("zero", "0")])
def test_the_duration_of_a_busy_leg_is_a_switch(
    app: Application, make: Callable[..., Simulator], position: str, duration: str | None
) -> None:
    sim = make(unknowns=Unknowns(dial_duration_when_busy=position))
    dial(app)
    sim.phone(SENIOR).behaves(busy())
    sim.phone(GP).dials(LINE).hears("suite")
    assert app.last("/after").get("DialCallDuration") == duration


@pytest.mark.parametrize("extra", [0.0, 5.0])
def test_ringing_lasts_as_long_as_asked_and_up_to_five_seconds_more(
    app: Application, make: Callable[..., Simulator], extra: float
) -> None:
    sim = make(unknowns=Unknowns(dial_timeout_extra=extra))
    dial(app)
    gp = sim.phone(GP).dials(LINE).hears("suite")
    ringback = next(sound for sound in gp.leg.sounds if sound.kind == "ringback")
    assert ringback.end is not None
    assert ringback.end - ringback.start == pytest.approx(15 + extra)


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
