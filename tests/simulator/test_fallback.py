"""What happens to a call and an SMS when the application does not answer: the number's own fallback, by its method."""

import json

import pytest

from simulator import Line, Request, Response, Simulator
from simulator.rest import RestRequest
from simulator.transport import ConnectFailed

LINE, CALLER = "+33199000024", "+33639980101"
SAY = b'<Response><Say language="fr-FR">En panne.</Say><Hangup/></Response>'
REPLY = b"<Response><Message>En panne.</Message></Response>"


class Elsewhere:
    """An application that is down, and a machine that hands out files: to GET alone."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        if request.url.startswith("https://app.test"):
            raise ConnectFailed("refused")
        self.asked.append(request)
        if request.method != "GET":
            return Response(405)
        return Response(200, {"Content-Type": "text/xml"}, SAY if "call" in request.url else REPLY)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


def simulator(elsewhere: Elsewhere, method: str) -> Simulator:
    line = Line(
        LINE,
        voice_url="https://app.test/voice",
        sms_url="https://app.test/sms",
        fallback_url="https://files.test/call.xml",
        fallback_method=method,
        sms_fallback_url="https://files.test/sms.xml",
        sms_fallback_method=method,
    )
    return Simulator([line], transport=elsewhere, strict=False)


def test_a_call_goes_on_with_the_document_that_lies_elsewhere(elsewhere: Elsewhere) -> None:
    sim = simulator(elsewhere, "GET")
    sim.phone(CALLER).dials(LINE).hears("En panne").is_hung_up_on()
    assert "ErrorCode=11205" in elsewhere.asked[0].url


def test_an_sms_is_answered_by_the_document_that_lies_elsewhere(elsewhere: Elsewhere) -> None:
    sim = simulator(elsewhere, "GET")
    sim.phone(CALLER).sends(LINE, "avis").reads("En panne")


def test_a_machine_that_hands_out_files_refuses_a_post_and_the_caller_hears_the_carrier(elsewhere: Elsewhere) -> None:
    sim = simulator(elsewhere, "POST")
    sim.phone(CALLER).dials(LINE).hears("application error").is_hung_up_on()


def test_the_number_tells_how_it_falls_back(elsewhere: Elsewhere) -> None:
    sim = simulator(elsewhere, "GET")
    [number] = _numbers(sim)
    assert (number["voice_fallback_method"], number["sms_fallback_method"]) == ("GET", "GET")


def _numbers(sim: Simulator) -> list[dict[str, str]]:
    account = sim.account
    path = f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers.json"
    answer = sim.rest.handle(RestRequest("GET", path, auth=(account.sid, account.auth_token)))
    found: list[dict[str, str]] = json.loads(answer.body)["incoming_phone_numbers"]
    return found
