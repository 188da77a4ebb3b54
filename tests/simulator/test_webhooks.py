"""What leaves: exact parameters and signatures; when a call begins and ends."""

from collections.abc import Callable

import pytest
from twilio.request_validator import RequestValidator, get_signature_algorithm

from simulator import (
    Handset,
    Line,
    Simulator,
    Unknowns,
    calling,
)
from tests.simulator.application import BASE, GP, LINE, Answer, Application, Asked

ERROR = "We're sorry, an application error has occurred. Goodbye."


def fail(status: int) -> Callable[[Asked], Answer]:
    return lambda asked: (status, {"Content-Type": "text/html"}, b"<p>oops</p>")


def simulator(app: Application, voice: str = f"{BASE}/voice", fallback: str = "", **options: object) -> Simulator:
    line = Line(LINE, voice, f"{BASE}/status", f"{BASE}/sms", fallback)
    return Simulator([line], transport=calling(app), strict=False, **options)  # type: ignore[arg-type]


# -- parameters -----------------------------------------------------------------------------------------------------

CAPTURED = [
    "AccountSid", "ApiVersion", "CallSid", "CallStatus", "Called", "CalledCity", "CalledCountry", "CalledState",
    "CalledZip", "Caller", "CallerCity", "CallerCountry", "CallerState", "CallerZip", "Direction", "From", "FromCity",
    "FromCountry", "FromState", "FromZip", "To", "ToCity", "ToCountry", "ToState", "ToZip",
]  # fmt: skip


def test_an_incoming_call_carries_the_captured_parameters(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Gather action="/next" numDigits="1"/>'
    app.pages["/next"] = ""
    gp.dials(LINE).presses("1")
    first, later = app.at("/voice")[0], app.at("/next")[0]
    assert [name for name, _ in first.pairs] == [*CAPTURED, "CallToken"]
    assert (first.params["CallStatus"], later.params["CallStatus"]) == ("ringing", "in-progress")
    assert (first.params["From"], first.params["To"], first.params["Direction"]) == (GP, LINE, "inbound")
    assert (first.params["FromCity"], first.params["FromCountry"], first.params["ApiVersion"]) == (
        "",
        "FR",
        "2010-04-01",
    )


@pytest.mark.parametrize("shown", ["+266696687", "+7378742833", "anonymous", "Anonymous", "unknown", "private", ""])
def test_a_hidden_caller_shows_what_the_network_shows(
    app: Application, sim: Simulator, gp: Handset, shown: str
) -> None:
    app.pages["/voice"] = "<Hangup/>"
    gp.dials(LINE, shown_as=shown).is_hung_up_on()
    assert (app.last("/voice")["From"], app.last("/voice")["Caller"]) == (shown, shown)
    assert app.last("/status")["CallStatus"] == "completed"


def test_the_end_of_a_call_is_reported_once_with_its_length(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Pause length="70"/><Say>Fin</Say>'
    gp.dials(LINE).hears("fin").is_hung_up_on()
    (told,) = app.at("/status")
    assert (told.params["CallStatus"], told.params["CallDuration"], told.params["Duration"]) == ("completed", "0", "0")
    app.pages["/voice"] = '<Say>Bonjour</Say><Pause length="70"/>'
    gp.dials(LINE).is_hung_up_on()
    assert (app.last("/status")["CallDuration"], app.last("/status")["Duration"]) == ("70", "2")


def test_every_request_is_signed_and_says_who_asks(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Gather action="/next?step=é&amp;n=1" numDigits="1"/>'
    app.pages["/next"] = ""
    gp.dials(LINE).presses("1").is_hung_up_on()
    validator = RequestValidator(sim.account.auth_token)
    for asked in app.asked:
        assert validator.validate(asked.url, asked.params, asked.headers["X-Twilio-Signature"])
        assert asked.headers["User-Agent"] == "TwilioProxy/1.1"
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
        assert asked.headers["I-Twilio-Idempotency-Token"]
    assert app.at("/next")


def test_a_get_carries_its_parameters_in_the_signed_url(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Redirect method="GET">/next?a=1</Redirect>'
    app.pages["/next"] = "<Say>Ici</Say>"
    gp.dials(LINE).hears("ici")
    asked = app.at("/next")[0]
    assert asked.method == "GET"
    assert asked.params["CallSid"] == gp.leg.sid
    assert RequestValidator(sim.account.auth_token).validate(asked.url, {}, asked.headers["X-Twilio-Signature"])


def test_a_shared_key_signs_with_sha256_and_says_so(app: Application, sim: Simulator, gp: Handset) -> None:
    sim.delivery.signer.shared_key = "a shared secret"
    app.pages["/voice"] = "<Hangup/>"
    gp.dials(LINE).is_hung_up_on()
    asked = app.at("/voice")[0]
    algorithm = get_signature_algorithm(asked.headers["X-Twilio-Webhooks-Signature-Settings"])
    validator = RequestValidator("a shared secret")
    assert algorithm == "HMAC_SHA256"
    assert validator.validate(asked.url, asked.params, asked.headers["X-Twilio-Signature"], algorithm)


def test_after_a_rotation_the_old_token_is_dead_at_once(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Gather action="/next" numDigits="1"/>'
    app.pages["/next"] = ""
    gp.dials(LINE)
    gp.waits(1)
    sim.rotate_token("the new token")
    gp.presses("1")
    before, after = app.at("/voice")[0], app.at("/next")[0]
    assert RequestValidator("12345").validate(before.url, before.params, before.headers["X-Twilio-Signature"])
    assert not RequestValidator("12345").validate(after.url, after.params, after.headers["X-Twilio-Signature"])
    assert RequestValidator("the new token").validate(after.url, after.params, after.headers["X-Twilio-Signature"])


# -- calls that do not begin ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "unknowns", "status"),
    [
        ('<Reject reason="busy"/>', Unknowns(), "busy"),
        ("<Reject/>", Unknowns(), "failed"),
        ("<Reject/>", Unknowns(status_on_reject="no-answer"), "no-answer"),
    ],
)
def test_a_rejected_call_is_never_answered(app: Application, verb: str, unknowns: Unknowns, status: str) -> None:
    sim = simulator(app, unknowns=unknowns)
    app.pages["/voice"] = verb
    gp = sim.phone(GP).dials(LINE).is_hung_up_on()
    assert gp.leg.answered is None
    assert app.last("/status")["CallStatus"] == status


def test_a_pause_at_the_beginning_delays_the_answer(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Pause length="4"/><Say>Bonjour</Say>'
    gp.dials(LINE).waits(3)
    assert gp.leg.status == "ringing"
    gp.hears("bonj")
    assert gp.leg.status == "in-progress"
    gp.is_hung_up_on()


def test_a_line_without_a_url_fails_at_once_and_nothing_is_logged(app: Application) -> None:
    sim = simulator(app, voice="")
    gp = sim.phone(GP).dials(LINE).is_hung_up_on()
    assert gp.leg.status == "failed"
    assert not sim.trace.debugger


def test_hanging_up_before_the_answer_is_a_canceled_call(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Pause length="4"/><Say>Bonjour</Say>'
    gp.dials(LINE).waits(1).hangs_up()
    assert app.last("/status")["CallStatus"] == "canceled"


def test_the_applications_clock_is_moved_before_each_request(app: Application) -> None:
    instants: list[str] = []
    sim = simulator(app, on_time=lambda now: instants.append(f"{now:%H:%M:%S}"))
    app.pages["/voice"] = '<Pause length="60"/><Redirect>/next</Redirect>'
    app.pages["/next"] = "<Say>Fin</Say>"
    sim.phone(GP).dials(LINE).hears("fin")
    assert instants == ["13:00:00", "13:01:00"]
