"""The REST subset, driven by the unmodified official client over real HTTP."""

import io
import urllib.request
import wave
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator import Handset, RestFault, Simulator, answers, hangs_up, hears, presses
from simulator.server import Server
from tests.simulator.application import BASE, LINE, SENIOR, Application

URL = f"{BASE}/alert"


@pytest.fixture
def server(sim: Simulator) -> Iterator[Server]:
    with Server(sim) as server:
        yield server


def connect(sim: Simulator, server: Server, secret: str | None = None, timeout: float = 5) -> Client:
    http = TwilioHttpClient(timeout=timeout, max_retries=0)
    client = Client(sim.account.sid, secret or sim.account.auth_token, http_client=http)
    client.api.base_url = server.url
    return client


@pytest.fixture
def client(sim: Simulator, server: Server) -> Client:
    return connect(sim, server)


# -- calls ----------------------------------------------------------------------------------------------------------


def test_a_call_rings_and_its_document_is_fetched_after_the_answer(
    app: Application, sim: Simulator, client: Client, senior: Handset
) -> None:
    app.pages["/alert"] = "<Say>Une demande vous attend</Say>"
    call = client.calls.create(
        to=SENIOR, from_=LINE, url=URL, status_callback=f"{BASE}/st",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    assert (call.status, call.direction, call.duration) == ("queued", "outbound-api", None)
    senior.rings()
    assert not app.at("/alert")
    assert client.calls(call.sid).fetch().status == "ringing"
    senior.answers().hears("une demande").is_hung_up_on()
    assert (app.last("/alert")["Direction"], app.last("/alert")["CallStatus"]) == ("outbound-api", "in-progress")
    assert [a.params["CallStatus"] for a in app.at("/st")] == ["initiated", "ringing", "in-progress", "completed"]
    ended = client.calls(call.sid).fetch()
    assert (ended.status, ended.duration, ended.to, ended.from_formatted) == ("completed", "2", SENIOR, LINE)
    assert isinstance(ended.start_time, datetime)
    assert ended.start_time.tzinfo


def test_inline_twiml_is_used_only_without_a_url(
    app: Application, sim: Simulator, client: Client, senior: Handset
) -> None:
    app.pages["/alert"] = "<Say>Adresse</Say>"
    client.calls.create(to=SENIOR, from_=LINE, url=URL, twiml="<Response><Say>Texte</Say></Response>")
    senior.answers().hears("adresse").is_hung_up_on()
    client.calls.create(to=SENIOR, from_=LINE, twiml="<Response><Say>Texte</Say></Response>")
    senior.answers().hears("texte").is_hung_up_on()


def test_a_call_that_nobody_answers_gives_up(app: Application, sim: Simulator, client: Client) -> None:
    call = client.calls.create(to=SENIOR, from_=LINE, url=URL, timeout=20, status_callback=f"{BASE}/st")
    sim.run_until_idle()
    assert client.calls(call.sid).fetch().status == "no-answer"
    assert (app.last("/st")["CallStatus"], app.last("/st")["CallDuration"]) == ("no-answer", "0")


def test_calls_leave_one_a_second(sim: Simulator, client: Client) -> None:
    made = [client.calls.create(to=f"+3363998000{n}", from_=LINE, url=URL) for n in range(1, 4)]
    assert [call.queue_time for call in made] == ["0", "1000", "2000"]
    sim.advance(seconds=1.9)
    ringing = [client.calls(call.sid).fetch().status for call in made]
    assert ringing == ["ringing", "queued", "queued"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"to": "0639980001"}, 21211),
        ({"to": "+33"}, 21211),
        ({"to": LINE}, 21211),
        ({"from_": "Rappel24"}, 21212),
        ({"from_": "+33199009999"}, 21210),
        ({"url": ""}, 21205),
        ({"url": "alert"}, 21205),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"from_": "+15005550001"}, 21212),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_its_code(client: Client, given: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(**({"to": SENIOR, "from_": LINE, "url": URL} | given))
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_a_live_call_can_be_redirected_and_ended(app: Application, sim: Simulator, client: Client, gp: Handset) -> None:
    pause = '<Pause length="60"/>'
    app.pages |= {"/voice": f"<Say>Bonjour</Say>{pause}", "/alert": f"<Say>Autre chose</Say>{pause}"}
    gp.dials(LINE).hears("bonjour")
    client.calls(gp.leg.sid).update(url=URL)
    gp.hears("autre chose")
    assert client.calls(gp.leg.sid).update(status="completed").status == "completed"
    gp.is_hung_up_on()
    with pytest.raises(TwilioRestException) as refused:
        client.calls(gp.leg.sid).update(url=URL)
    assert (refused.value.code, refused.value.status) == (21220, 400)
    assert "Call is not in-progress. Cannot redirect." in str(refused.value)


@pytest.mark.parametrize("status", ["canceled", "completed"])
def test_a_call_that_still_rings_can_be_called_off(
    sim: Simulator, client: Client, senior: Handset, status: str
) -> None:
    call = client.calls.create(to=SENIOR, from_=LINE, url=URL)
    senior.rings()
    assert client.calls(call.sid).update(status=status).status == "canceled"
    assert senior.phone.leg is None


def test_a_call_that_was_answered_cannot_be_canceled(sim: Simulator, client: Client, senior: Handset) -> None:
    call = client.calls.create(to=SENIOR, from_=LINE, twiml="<Response><Pause length='60'/></Response>")
    senior.answers()
    with pytest.raises(TwilioRestException) as refused:
        client.calls(call.sid).update(status="canceled")
    assert refused.value.code == 21220
    assert client.calls(call.sid).fetch().status == "in-progress"


def test_calls_are_listed_by_their_filters(app: Application, sim: Simulator, client: Client, gp: Handset) -> None:
    app.pages["/voice"] = f'<Dial timeout="5"><Number>{SENIOR}</Number></Dial>'
    gp.dials(LINE).is_hung_up_on()
    sim.advance(days=2)
    client.calls.create(to=SENIOR, from_=LINE, url=URL)
    sim.run_until_idle()
    assert len(client.calls.list()) == 3
    assert [call.direction for call in client.calls.list(parent_call_sid=gp.leg.sid)] == ["outbound-dial"]
    assert [call.direction for call in client.calls.list(to=LINE)] == ["inbound"]
    assert len(client.calls.list(to=SENIOR, from_=LINE)) == 1
    assert len(client.calls.list(status="no-answer")) == 2
    assert len(client.calls.list(start_time=datetime(2026, 11, 23, tzinfo=UTC).date())) == 1
    assert len(client.calls.list(start_time_after=sim.now - timedelta(days=1))) == 0


# -- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"to": "15"}, 21211),
        ({"to": LINE}, 21211),
        ({"to": "+33199000077"}, 21614),
        ({"to": "+33932000000"}, 21614),
        ({"from_": "+33199009999"}, 21606),
        ({"from_": "0123456789012"}, 21212),
        ({"from_": "123"}, 21212),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused_with_its_code(
    client: Client, given: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**({"to": SENIOR, "from_": LINE, "body": "Bonjour"} | given))
    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize("to", ["+33639980001", "+33712345678", "+262692123456", "+590690123456", "+33937123456"])
def test_mobiles_overseas_and_platform_numbers_receive_messages(client: Client, to: str) -> None:
    assert client.messages.create(to=to, from_=LINE, body="Bonjour").status == "queued"


def test_a_message_is_shown_as_the_carrier_shows_it(sim: Simulator, client: Client, senior: Handset) -> None:
    sid = client.messages.create(to=SENIOR, from_=LINE, body="ç" * 80).sid
    senior.reads("ç")
    message = client.messages(sid).fetch()
    assert (message.num_segments, message.direction, message.status) == ("2", "outbound-api", "delivered")
    assert isinstance(message.date_sent, datetime)
    assert message.date_sent.tzinfo
    assert (message.error_code, message.price) == (None, None)


def test_messages_are_listed_newest_first_over_all_pages(client: Client) -> None:
    for n in range(7):
        client.messages.create(to=SENIOR, from_=LINE, body=f"n° {n}")
    bodies = [message.body for message in client.messages.list(page_size=3)]
    assert bodies == [f"n° {n}" for n in reversed(range(7))]
    assert len(client.messages.list(limit=2)) == 2
    assert len(client.messages.list(to="+33639980099")) == 0


def test_new_messages_do_not_shift_the_pages(client: Client) -> None:
    for n in range(4):
        client.messages.create(to=SENIOR, from_=LINE, body=f"n° {n}")
    first = client.messages.page(page_size=2)
    client.messages.create(to=SENIOR, from_=LINE, body="nouveau")
    second = first.next_page()
    assert second is not None
    assert [message.body for message in second] == ["n° 1", "n° 0"]


def test_messages_sent_since_an_instant_are_found(sim: Simulator, client: Client) -> None:
    client.messages.create(to=SENIOR, from_=LINE, body="avant")
    sim.advance(minutes=5)
    since = sim.now
    sim.advance(seconds=2)
    client.messages.create(to=SENIOR, from_=LINE, body="après")
    sim.run_until_idle()
    assert [message.body for message in client.messages.list(to=SENIOR, date_sent_after=since)] == ["après"]
    assert [message.body for message in client.messages.list(to=SENIOR, date_sent_before=since)] == ["avant"]


def test_a_message_is_redacted_canceled_and_deleted(sim: Simulator, client: Client) -> None:
    sent = client.messages.create(to=SENIOR, from_=LINE, body="à effacer")
    late = client.messages.create(to=SENIOR, from_=LINE, body="à arrêter")
    assert client.messages(late.sid).update(status="canceled").status == "canceled"
    sim.run_until_idle()
    assert client.messages(sent.sid).update(body="").body == ""
    assert client.messages(sent.sid).delete() is True
    with pytest.raises(TwilioRestException) as gone:
        client.messages(sent.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert sim.phone(SENIOR).texts == [text for text in sim.phone(SENIOR).texts if text.body == "à effacer"]


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
    assert requests.get(recorded["RecordingUrl"], auth=_auth(sim), timeout=5).status_code == 404
    sim.advance(days=41)
    with pytest.raises(TwilioRestException):
        client.recordings(sid).fetch(include_soft_deleted=True)


def _auth(sim: Simulator) -> tuple[str, str]:
    return sim.account.sid, sim.account.auth_token


def download(url: str, sim: Simulator) -> bytes:
    token = b64encode(":".join(_auth(sim)).encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        content = answer.read()
    assert isinstance(content, bytes)
    return content


def test_media_is_refused_without_the_accounts_credentials(recorded: dict[str, str], server: Server) -> None:
    assert requests.get(recorded["RecordingUrl"] + ".wav", timeout=5).status_code == 401


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
    client = Client(key, "key secret", sim.account.sid, http_client=TwilioHttpClient(timeout=5))
    client.api.base_url = server.url
    assert client.messages.list() == []


def test_an_error_body_is_as_twilio_writes_it(sim: Simulator, server: Server) -> None:
    url = f"{server.url}/2010-04-01/Accounts/{sim.account.sid}/Calls/CA{'0' * 32}.json"
    answer = requests.get(url, auth=_auth(sim), timeout=5)
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
    with pytest.raises(error):
        connect(sim, server, timeout=0.3).messages.create(to=SENIOR, from_=LINE, body="Bonjour")
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


def test_an_alert_call_is_claimed_by_a_person_with_a_script(
    app: Application, sim: Simulator, client: Client, senior: Handset
) -> None:
    app.pages["/alert"] = '<Gather numDigits="1" action="/claim"><Say>Tapez 1 pour prendre</Say></Gather>'
    app.pages["/claim"] = "<Say>Pris en charge</Say>"
    senior.behaves(answers(hears("tapez 1"), presses("1"), hears("pris en charge"), hangs_up()))
    client.calls.create(to=SENIOR, from_=LINE, url=URL)
    sim.run_until_idle()
    assert app.last("/claim")["Digits"] == "1"
