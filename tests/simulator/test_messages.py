"""SMS both ways: life cycle, plans, opt-out, replies, segments."""

from collections.abc import Callable

import gsm0338
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import (
    Handset,
    Simulator,
    SmsPlan,
    sms_delivered,
    sms_failed,
    sms_never_final,
    sms_undelivered,
)
from simulator.segments import encoding, segments
from tests.simulator.application import BASE, GP, LINE, SENIOR, Answer, Application, Asked, document


def client(sim: Simulator) -> Client:
    return Client(sim.account.sid, sim.account.auth_token, http_client=sim.http_client())


def send(sim: Simulator, body: str = "Demande 724193", to: str = SENIOR) -> str:
    sid = client(sim).messages.create(to=to, from_=LINE, body=body, status_callback=f"{BASE}/sms/status").sid
    assert isinstance(sid, str)
    return sid


# -- outbound -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "told", "code", "arrives"),
    [
        (sms_delivered(), ["sending", "sent", "delivered"], None, True),
        (sms_undelivered(30003), ["sending", "sent", "undelivered"], "30003", False),
        (sms_failed(30008), ["sending", "failed"], "30008", False),
        (sms_never_final(), ["sending", "sent"], None, False),
        (sms_never_final(arrives=True), ["sending", "sent"], None, True),
    ],
)
def test_a_message_ends_as_the_telephone_says(
    app: Application, sim: Simulator, senior: Handset, plan: SmsPlan, told: list[str], code: str | None, arrives: bool
) -> None:
    senior.receives_sms(plan)
    sid = send(sim)
    sim.run_until_idle()
    callbacks = [asked.params for asked in app.at("/sms/status")]
    assert [callback["MessageStatus"] for callback in callbacks] == told
    assert {callback["MessageSid"] for callback in callbacks} == {sid}
    assert callbacks[-1].get("ErrorCode") == code
    assert bool(senior.texts) is arrives
    fetched = client(sim).messages(sid).fetch()
    assert (fetched.status, fetched.error_code) == (told[-1], int(code) if code else None)


def test_the_first_status_is_answered_and_never_called_back(app: Application, sim: Simulator) -> None:
    message = client(sim).messages.create(to=SENIOR, from_=LINE, body="Bonjour", status_callback=f"{BASE}/sms/status")
    assert message.status == "queued"
    sim.run_until_idle()
    assert "queued" not in [asked.params["MessageStatus"] for asked in app.at("/sms/status")]


def test_each_message_follows_the_next_plan_and_the_last_goes_on(sim: Simulator, senior: Handset) -> None:
    senior.receives_sms(sms_undelivered(), sms_delivered())
    sids = [send(sim, f"n° {n}") for n in range(3)]
    sim.run_until_idle()
    assert [client(sim).messages(sid).fetch().status for sid in sids] == ["undelivered", "delivered", "delivered"]


def test_a_delivery_that_takes_ten_minutes_takes_ten_minutes(sim: Simulator, senior: Handset) -> None:
    senior.receives_sms(sms_delivered(after=600))
    send(sim)
    sim.advance(minutes=9)
    assert not senior.texts
    assert senior.reads("724193", within=120).from_ == LINE


def test_an_alphanumeric_sender_is_shown_on_the_telephone(sim: Simulator, senior: Handset) -> None:
    client(sim).messages.create(to=SENIOR, from_="Rappel24", body="Demande")
    assert senior.reads("demande").from_ == "Rappel24"


# -- inbound --------------------------------------------------------------------------------------------------------

CAPTURED = {
    "ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid", "FromState", "SmsStatus",
    "FromCity", "Body", "FromCountry", "To", "ToZip", "NumSegments", "MessageSid", "AccountSid", "From", "ApiVersion",
}  # fmt: skip


def test_an_incoming_text_carries_the_captured_parameters(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/sms"] = ""
    gp.sends(LINE, "Avis pour une patiente, ç’est long")
    told = app.last("/sms")
    assert set(told) == CAPTURED
    assert (told["From"], told["To"], told["SmsStatus"], told["NumSegments"]) == (GP, LINE, "received", "1")
    assert told["SmsSid"] == told["SmsMessageSid"] == told["MessageSid"]


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop ", "QUIT", "UNSUBSCRIBE"])
def test_stop_is_delivered_to_the_application_and_then_nothing_goes_out(
    app: Application, sim: Simulator, senior: Handset, word: str
) -> None:
    app.pages["/sms"] = ""
    senior.sends(LINE, word)
    assert (app.last("/sms")["Body"], app.last("/sms")["OptOutType"]) == (word, "STOP")
    senior.reads("unsubscribed")
    with pytest.raises(TwilioRestException) as refused:
        send(sim)
    assert (refused.value.code, refused.value.status) == (21610, 400)
    senior.sends(LINE, "START")
    send(sim)


def test_a_sentence_with_stop_in_it_opts_nobody_out(app: Application, sim: Simulator, senior: Handset) -> None:
    app.pages["/sms"] = ""
    senior.sends(LINE, "Stop, je rappelle")
    assert "OptOutType" not in app.last("/sms")
    send(sim)


def test_opting_out_of_one_sender_leaves_the_others(app: Application, sim: Simulator, senior: Handset) -> None:
    app.pages["/sms"] = ""
    senior.sends(LINE, "STOP")
    client(sim).messages.create(to=SENIOR, from_="Rappel24", body="Demande")
    senior.reads("demande")


@pytest.mark.parametrize(
    ("page", "replies"),
    [
        ("<Message>Reçu</Message>", ["Reçu"]),
        ("<Message><Body>Un</Body></Message><Message>Deux</Message>", ["Un", "Deux"]),
        (lambda asked: (200, {"Content-Type": "text/plain"}, b"Internal Server Error"), ["Internal Server Error"]),
        ("", []),
        (lambda asked: (204, {}, b""), []),
    ],
)
def test_an_answer_may_reply(
    app: Application, sim: Simulator, gp: Handset, page: str | Callable[[Asked], Answer], replies: list[str]
) -> None:
    mobile = sim.phone("+33639980077")
    app.pages["/sms"] = page
    mobile.sends(LINE, "Bonjour").waits(10)
    assert [text.body for text in mobile.texts] == replies


def test_more_than_ten_replies_to_one_message_are_cut(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    app.pages["/sms"] = "<Message>x</Message>" * 12
    mobile = sim.phone("+33639980077").sends(LINE, "Bonjour").waits(10)
    assert (len(mobile.texts), sim.trace.debugger[0].code) == (10, 14109)


def test_two_machines_that_answer_each_other_are_stopped(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    app.pages["/sms"] = "<Message>x</Message>"
    mobile = sim.phone("+33639980077")
    for _ in range(17):
        mobile.sends(LINE, "Bonjour")
    assert [complaint.code for complaint in sim.trace.debugger] == [14107, 14107]


def test_a_failing_answer_goes_to_the_sms_fallback(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    sim.office.lines[LINE].sms_fallback_url = f"{BASE}/sms/fallback"
    app.pages |= {"/sms": lambda asked: (500, {}, b""), "/sms/fallback": lambda asked: (204, {}, b"")}
    sim.phone(GP).sends(LINE, "Bonjour")
    assert (app.last("/sms/fallback")["ErrorCode"], app.last("/sms/fallback")["Body"]) == ("11200", "Bonjour")


def test_a_voice_verb_in_a_reply_is_a_fault(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    app.pages["/sms"] = lambda asked: (200, {"Content-Type": "text/xml"}, document("<Say>x</Say>"))
    sim.phone(GP).sends(LINE, "Bonjour")
    assert [complaint.code for complaint in sim.trace.debugger] == [12200]


# -- segments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "name", "count"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("àéèùäöüæÄÖÜÆÉÇ", "GSM-7", 1),
        ("ç" * 70, "UCS-2", 1),
        ("ç" * 71, "UCS-2", 2),
        ("l’avis" + "a" * 64, "UCS-2", 1),
        ("l’avis" + "a" * 65, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("a" * 66 + "😀" * 3, "UCS-2", 2),
    ],
)
def test_segments_are_counted_by_the_rules(body: str, name: str, count: int) -> None:
    assert (encoding(body).name, segments(body)) == (name, count)


@given(st.text(max_size=400))
@example("\x1b")
def test_our_alphabet_is_the_one_of_the_standard(body: str) -> None:
    try:
        octets = len(body.encode("gsm03.38"))
        known = "\x1b" not in body  # the escape itself is no letter
    except UnicodeError:
        known = False
    if not known:
        assert encoding(body).name == "UCS-2"
        return
    assert gsm0338.Codec
    assert encoding(body).name == "GSM-7"
    assert (segments(body) == 1) is (octets <= 160)
