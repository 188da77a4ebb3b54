"""Recordings, numbers, authentication, errors and faults of the REST side, over real HTTP."""

import io
import urllib.request
import wave
from base64 import b64encode

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator import Handset, RestFault, Simulator
from simulator.server import Server
from tests.simulator.application import BASE, LINE, SENIOR, Application
from tests.simulator.connecting import connect

URL = f"{BASE}/alert"


# -- recordings and numbers -----------------------------------------------------------------------------------------


@pytest.fixture
def recorded(server: Server, app: Application, sim: Simulator, gp: Handset) -> dict[str, str]:
    app.pages |= {"/voice": '<Record action="/rec"/>', "/rec": ""}
    gp.dials(LINE).leaves_message(5).presses("#")
    sim.run_until_idle()
    return app.last("/rec")


def test_a_recording_is_fetched_listed_heard_and_deleted(
    recorded: dict[str, str], sim: Simulator, server: Server, client: Client
) -> None:
    sid = recorded["RecordingSid"]
    recording = client.recordings(sid).fetch()
    assert (recording.status, recording.duration, recording.call_sid) == ("completed", "5", recorded["CallSid"])
    assert [one.sid for one in client.recordings.list(call_sid=recorded["CallSid"])] == [sid]
    assert [one.sid for one in client.calls(recorded["CallSid"]).recordings.list()] == [sid]
    assert recorded["RecordingUrl"].startswith(server.url)
    with wave.open(io.BytesIO(download(recorded["RecordingUrl"] + ".wav", sim))) as audio:
        assert audio.getnframes() == 5 * 8000
    assert client.recordings(sid).delete() is True
    with pytest.raises(TwilioRestException):
        client.recordings(sid).fetch()
    assert client.recordings(sid).fetch(include_soft_deleted=True).status == "deleted"
    assert requests.get(recorded["RecordingUrl"], auth=_auth(sim), timeout=20).status_code == 404
    sim.advance(days=41)
    with pytest.raises(TwilioRestException):
        client.recordings(sid).fetch(include_soft_deleted=True)


def _auth(sim: Simulator) -> tuple[str, str]:
    return sim.account.sid, sim.account.auth_token


def download(url: str, sim: Simulator) -> bytes:
    token = b64encode(":".join(_auth(sim)).encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        content = answer.read()
    assert isinstance(content, bytes)
    return content


def test_media_is_refused_without_the_accounts_credentials(recorded: dict[str, str], server: Server) -> None:
    assert requests.get(recorded["RecordingUrl"] + ".wav", timeout=20).status_code == 401


def test_the_numbers_of_the_account_are_listed(client: Client) -> None:
    (number,) = client.incoming_phone_numbers.list()
    assert (number.phone_number, number.voice_url) == (LINE, f"{BASE}/voice")


# -- authentication, errors, faults ---------------------------------------------------------------------------------


def test_a_wrong_secret_is_refused(sim: Simulator, server: Server) -> None:
    stranger = connect(sim, server, "wrong")
    with pytest.raises(TwilioRestException) as refused:
        stranger.calls.create(to=SENIOR, from_=LINE, url=URL)
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_error_of_a_list_is_the_bare_exception(sim: Simulator, server: Server) -> None:
    with pytest.raises(TwilioException) as refused:
        connect(sim, server, "wrong").messages.list()
    assert not isinstance(refused.value, TwilioRestException)


def test_an_api_key_opens_the_account(sim: Simulator, server: Server) -> None:
    key = "SK" + "1" * 32
    sim.account.keys[key] = "key secret"
    client = Client(key, "key secret", sim.account.sid, http_client=TwilioHttpClient(timeout=20))
    client.api.base_url = server.url
    assert client.messages.list() == []


def test_an_error_body_is_as_twilio_writes_it(sim: Simulator, server: Server) -> None:
    url = f"{server.url}/2010-04-01/Accounts/{sim.account.sid}/Calls/CA{'0' * 32}.json"
    answer = requests.get(url, auth=_auth(sim), timeout=20)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (404, 20404, 404)
    assert set(body) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        (RestFault.TOO_MANY, 429, 0),
        (RestFault.SERVER_ERROR, 500, 0),
        (RestFault.UNAVAILABLE, 503, 0),
        (RestFault.ACCEPT_500, 500, 1),
    ],
)
def test_a_fault_of_the_api_is_answered(
    sim: Simulator, client: Client, fault: RestFault, status: int, made: int
) -> None:
    sim.faults.rest_next(fault, on="POST */Messages.json")
    with pytest.raises(TwilioRestException) as failed:
        client.messages.create(to=SENIOR, from_=LINE, body="Bonjour")
    assert failed.value.status == status
    assert len(client.messages.list()) == made


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        (RestFault.REFUSE_CUT, requests.ConnectionError, 0),
        (RestFault.ACCEPT_CUT, requests.ConnectionError, 1),
        (RestFault.ACCEPT_HANG, requests.Timeout, 1),
    ],
)
def test_a_connection_that_dies_may_have_done_the_work(
    sim: Simulator, server: Server, fault: RestFault, error: type[Exception], made: int
) -> None:
    sim.faults.rest_next(fault)
    patience = 1.0 if fault is RestFault.ACCEPT_HANG else 20.0
    with pytest.raises(error):
        connect(sim, server, timeout=patience).messages.create(to=SENIOR, from_=LINE, body="Bonjour")
    assert len(connect(sim, server).messages.list()) == made


def test_a_burst_hits_only_what_it_names_and_then_ends(sim: Simulator, client: Client) -> None:
    sim.faults.rest_next(RestFault.TOO_MANY, times=2, on="POST */Messages.json")
    assert client.calls.list() == []
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            client.messages.create(to=SENIOR, from_=LINE, body="Bonjour")
    assert client.messages.create(to=SENIOR, from_=LINE, body="Bonjour").status == "queued"


def test_the_client_without_a_socket_sees_the_same(sim: Simulator) -> None:
    client = Client(sim.account.sid, sim.account.auth_token, http_client=sim.http_client(requests.ConnectionError))
    sim.faults.rest_next(RestFault.ACCEPT_CUT)
    with pytest.raises(requests.ConnectionError):
        client.messages.create(to=SENIOR, from_=LINE, body="Bonjour")
    assert [message.body for message in client.messages.list(to=SENIOR)] == ["Bonjour"]


def test_what_is_not_simulated_fails_loudly(sim: Simulator, client: Client) -> None:
    with pytest.raises(TwilioRestException, match="not simulated"):
        client.calls.create(to=SENIOR, from_=LINE, url=URL, machine_detection="Enable")
    with pytest.raises(AssertionError, match="not simulated"):
        sim.run_until_idle()
    sim.trace.debugger.clear()


@pytest.mark.parametrize("given", ["PageSize=x", "Page=-1", "DateSent=yesterday"])
def test_a_senseless_filter_is_a_400(sim: Simulator, client: Client, server: Server, given: str) -> None:
    client.messages.create(to=SENIOR, from_=LINE, body="Bonjour")
    url = f"{server.url}/2010-04-01/Accounts/{sim.account.sid}/Messages.json?{given}"
    answer = requests.get(url, auth=_auth(sim), timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
