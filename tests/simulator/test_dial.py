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
from tests.simulator.application import GP, LINE, SENIOR, Application
from tests.simulator.screening import dial

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
