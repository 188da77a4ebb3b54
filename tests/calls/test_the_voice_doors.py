"""Whatever comes to the doors of a call: a way on for the caller, a clear log line, never an error, nothing lost."""

import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from simulator import no_answer, takes_the_call
from tests.calls.hospital import GP, LINE, PUBLIC_URL, Hospital

NOBODY = UUID(int=1)
CALL = {"CallSid": "CA" + "1" * 32, "From": GP, "To": LINE, "CallStatus": "ringing", "Direction": "inbound"}


def signed(hospital: Hospital, path: str, form: dict[str, str]) -> dict[str, str]:
    text = PUBLIC_URL + path + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(hospital.sim.account.auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def post(hospital: Hospital, path: str, form: dict[str, str]) -> TestResponse:
    return hospital.app.test_client().post(path, data=form, headers=signed(hospital, path, form), base_url=PUBLIC_URL)


DOORS = [
    "/webhooks/voice",
    f"/webhooks/voice/{NOBODY}/1",
    f"/webhooks/voice/whisper/{NOBODY}",
    f"/webhooks/voice/whisper/{NOBODY}/key",
    f"/webhooks/voice/leg/{NOBODY}",
    f"/webhooks/voice/bridge/{NOBODY}",
    f"/webhooks/voice/bridge/{NOBODY}/key",
    f"/webhooks/voice/bridge/{NOBODY}/leg",
    "/webhooks/voice/status",
    f"/webhooks/voice/recording/{NOBODY}",
    f"/webhooks/voice/out/{NOBODY}",
    f"/webhooks/voice/out/{NOBODY}/status",
    f"/webhooks/voice/late/{NOBODY}/ring",
]
FORMS: dict[str, dict[str, str]] = {
    "a call nobody knows": CALL,
    "nothing at all": {},
    "only surplus": {"Surplus": "1", "CallSid": ""},
    "64 KiB": CALL | {"SpeechResult": "a" * 65_536},
    "no speech": CALL | {"SpeechResult": "", "Confidence": "0.0"},
    "a status of tomorrow": CALL | {"CallStatus": "teleported"},
    "garbage": CALL | {"Digits": "w🙂\x00", "From": "+++", "RecordingDuration": "-1", "RecordingSid": "RE\x00"},
    "a short code": CALL | {"From": "3114"},
    "a premium number": CALL | {"From": "+33899000000"},
    "an emergency number": CALL | {"From": "15"},
    "a key that means nothing": CALL | {"Digits": "*"},
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.replace(str(NOBODY), "x"))
def test_no_input_is_an_error(hospital: Hospital, door: str) -> None:
    for name, form in FORMS.items():
        answer = post(hospital, door, form)
        assert answer.status_code in (200, 204), name
        if answer.status_code == 200:
            assert answer.content_type == "text/xml; charset=utf-8"
            assert "<Response" in answer.text


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.replace(str(NOBODY), "x"))
def test_an_unsigned_request_is_refused(hospital: Hospital, door: str) -> None:
    assert hospital.app.test_client().post(door, data=CALL, base_url=PUBLIC_URL).status_code == 403
    wrong = {"X-Twilio-Signature": base64.b64encode(b"x" * 20).decode()}
    assert hospital.app.test_client().post(door, data=CALL, headers=wrong, base_url=PUBLIC_URL).status_code == 403


def test_a_wrong_content_type_is_no_error(hospital: Hospital) -> None:
    headers = signed(hospital, "/webhooks/voice", {})
    answer = hospital.app.test_client().post(
        "/webhooks/voice", data=b"<xml/>", content_type="text/xml", headers=headers, base_url=PUBLIC_URL
    )
    assert answer.status_code == 200


def test_an_unknown_call_is_passed_to_the_switchboard(hospital: Hospital) -> None:
    answer = post(hospital, f"/webhooks/voice/{uuid4()}/3", CALL | {"Digits": "1"})
    assert "<Dial" in answer.text
    assert "<Record" in answer.text


def test_a_playing_message_needs_a_live_call_that_proved_its_pin(hospital: Hospital) -> None:
    answer = hospital.app.test_client().get(f"/webhooks/voice/audio/{uuid4()}/{uuid4()}", base_url=PUBLIC_URL)
    assert answer.status_code == 404


@contextmanager
def counting(hospital: Hospital) -> Iterator[list[int]]:
    """Statements of each webhook; and the sockets of this thread are shut but for PostgreSQL's."""
    counts: list[int] = []
    inside = [0]

    def executed(*_: object) -> None:
        inside[0] += 1

    def begin() -> None:
        inside[0] = 0

    def done(answer: object) -> object:
        counts.append(inside[0])
        return answer

    event.listen(hospital.engine, "before_cursor_execute", executed)
    hospital.app.before_request_funcs.setdefault(None, []).append(begin)
    hospital.app.after_request_funcs.setdefault(None, []).append(done)
    try:
        yield counts
    finally:
        event.remove(hospital.engine, "before_cursor_execute", executed)


def test_a_voice_webhook_asks_at_most_four_questions(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    with counting(hospital) as counts:
        gp = hospital.mobile_gp.dials(LINE).presses("227#").hears("rappelle avant", within=170)
        gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("garder").presses("1")
        gp.hears("Quand").presses("1").hears("noté").is_hung_up_on()
        hospital.sim.run_until_idle()
        hospital.amelie.behaves(takes_the_call(conversation=20))
        gp.dials(LINE).presses("227#").hears("en cours").presses("1").is_put_through(hospital.amelie)
        gp.hears("Avant de raccrocher", within=60).presses("1").is_hung_up_on()
        hospital.sim.run_until_idle()
    webhooks = [webhook.kind for webhook in hospital.sim.trace.webhooks()]
    assert len(counts) == len(webhooks)
    assert max(counts) <= 4, dict(zip(webhooks, counts, strict=True))


def test_no_webhook_talks_to_anybody_outside(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doors work with every new socket refused: PostgreSQL's connections stand already."""
    hospital.gp.dials(LINE).hears("dièse")  # the pool is filled
    hospital.silent = True

    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"a webhook went outside: {address}")

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        hospital.amelie.behaves(no_answer())
        hospital.bruno.behaves(no_answer())
        gp = hospital.gp.presses("227#").hears("rappelle avant", within=170).leaves_message(seconds=5).presses("#")
        gp.hears("valider").presses("1").hears("garder").hangs_up()
        hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 1
