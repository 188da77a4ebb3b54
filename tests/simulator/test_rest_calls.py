"""Calls over REST, driven by the unmodified official client over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import Handset, Line, Simulator, answers, hangs_up, hears, presses
from tests.simulator.application import BASE, LINE, SENIOR, Application

URL = f"{BASE}/alert"


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


def test_an_alert_call_is_claimed_by_a_person_with_a_script(
    app: Application, sim: Simulator, client: Client, senior: Handset
) -> None:
    app.pages["/alert"] = '<Gather numDigits="1" action="/claim"><Say>Tapez 1 pour prendre</Say></Gather>'
    app.pages["/claim"] = "<Say>Pris en charge</Say>"
    senior.behaves(answers(hears("tapez 1"), presses("1"), hears("pris en charge"), hangs_up()))
    client.calls.create(to=SENIOR, from_=LINE, url=URL)
    sim.run_until_idle()
    assert app.last("/claim")["Digits"] == "1"


def test_a_relative_url_in_inline_twiml_leads_nowhere(sim: Simulator, client: Client, senior: Handset) -> None:
    client.calls.create(to=SENIOR, from_=LINE, twiml="<Response><Redirect>/alert</Redirect></Response>")
    senior.answers().hears("application error").is_hung_up_on()
    assert [complaint.code for complaint in sim.trace.debugger] == [11100]
    sim.trace.debugger.clear()


def test_the_callee_of_a_conversation_cannot_be_redirected_here(
    app: Application, sim: Simulator, client: Client, gp: Handset, senior: Handset
) -> None:
    app.pages["/voice"] = f"<Dial>{SENIOR}</Dial>"
    gp.dials(LINE)
    senior.answers().is_put_through(gp)
    with pytest.raises(TwilioRestException, match="not simulated"):
        client.calls(senior.leg.sid).update(url=URL)
    with pytest.raises(AssertionError, match="not simulated"):
        gp.waits(1)
    client.calls(senior.leg.sid).update(status="completed")
    gp.is_hung_up_on()
    sim.trace.debugger.clear()


# -- a number of the account calls the line -------------------------------------------------------------------------

OTHER = "+33199000099"
KEYS = '<Response><Pause length="2"/><Play digits="1w2#"/><Pause length="3"/><Hangup/></Response>'


@pytest.fixture
def other(sim: Simulator) -> str:
    sim.office.add_line(Line(OTHER))
    return OTHER


def test_a_number_of_the_account_calls_the_line_and_its_keys_are_heard_there(
    app: Application, sim: Simulator, client: Client, other: str
) -> None:
    app.pages["/voice"] = f'<Gather action="{BASE}/keyed" finishOnKey="#"><Say>Bonjour</Say></Gather>'
    app.pages["/keyed"] = "<Say>Merci, ne quittez pas, un correspondant va vous répondre</Say><Pause length='60'/>"
    placed = client.calls.create(to=LINE, from_=other, twiml=KEYS)
    sim.run_until_idle()
    arrived = app.last("/voice")
    assert (arrived["From"], arrived["To"], arrived["Direction"]) == (other, LINE, "inbound")
    assert arrived["CallSid"] != placed.sid
    assert app.last("/keyed")["Digits"] == "12"
    assert app.last("/status")["CallStatus"] == "completed"  # who called has hung up
    assert client.calls(placed.sid).fetch().status == "completed"


def test_when_the_line_hangs_up_so_does_who_called_it(
    app: Application, sim: Simulator, client: Client, other: str
) -> None:
    app.pages["/voice"] = "<Hangup/>"
    placed = client.calls.create(to=LINE, from_=other, twiml='<Response><Pause length="600"/></Response>')
    sim.advance(seconds=5)
    assert client.calls(placed.sid).fetch().status == "completed"
    assert app.last("/status")["CallStatus"] == "completed"


def test_a_line_that_refuses_is_busy_to_another_number_of_its_account(
    app: Application, sim: Simulator, client: Client, other: str
) -> None:
    app.pages["/voice"] = '<Reject reason="busy"/>'
    placed = client.calls.create(to=LINE, from_=other, twiml=KEYS)
    sim.advance(seconds=5)
    assert client.calls(placed.sid).fetch().status == "busy"


def test_a_call_to_the_line_that_is_cancelled_ends_there_too(
    app: Application, sim: Simulator, client: Client, other: str
) -> None:
    app.pages["/voice"] = '<Pause length="600"/>'
    placed = client.calls.create(to=LINE, from_=other, twiml=KEYS, timeout=10)
    sim.run_until_idle()
    assert client.calls(placed.sid).fetch().status == "no-answer"
    assert app.last("/status")["CallStatus"] == "no-answer"


def test_a_number_that_leads_nowhere_is_busy(app: Application, sim: Simulator, client: Client, other: str) -> None:
    placed = client.calls.create(to=other, from_=LINE, url=URL)
    sim.advance(seconds=5)
    assert client.calls(placed.sid).fetch().status == "busy"
