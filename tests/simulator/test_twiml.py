"""Documents are read strictly: what Twilio's debugger would complain about is found."""

import pytest
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from simulator import verbs
from simulator.twiml import parse
from simulator.verbs import TwimlError


def issues(inner: str, context: str = "voice") -> list[int]:
    return [issue.code for issue in parse(f"<Response>{inner}</Response>".encode(), context).issues]


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<Foo/>", 12200),
        ("<say>Bonjour</say>", 12200),
        ('<Say Voice="man">Bonjour</Say>', 12200),
        ('<Say foo="1">Bonjour</Say>', 12200),
        ("Bonjour", 12200),
        ("<Say></Say>", 13520),
        ('<Say language="français">Bonjour</Say>', 13511),
        ('<Say voice="Céline">Bonjour</Say>', 13512),
        ('<Say loop="-1">Bonjour</Say>', 13510),
        ('<Gather timeout="0"/>', 13313),
        ('<Gather timeout="auto"/>', 13313),
        ('<Gather numDigits="x"/>', 13314),
        ('<Gather finishOnKey="##"/>', 13311),
        ('<Gather input="dtmf,speech"/>', 13326),
        ('<Gather method="PUT"/>', 13312),
        ("<Gather><Dial>+33639980001</Dial></Gather>", 13320),
        ("<Gather><Redirect>/x</Redirect></Gather>", 13320),
        ('<Dial timeout="soon">+33639980001</Dial>', 13212),
        ('<Dial timeLimit="0">+33639980001</Dial>', 13216),
        ('<Dial hangupOnStar="1">+33639980001</Dial>', 13213),
        ("<Dial><Say>x</Say></Dial>", 13215),
        ("<Dial><Number></Number></Dial>", 13223),
        ('<Dial ringTone="french">+33639980001</Dial>', 13219),
        ('<Dial><Number statusCallbackEvent="ringing,answered">+33639980001</Number></Dial>', 13229),
        ('<Record timeout="0"/>', 13611),
        ('<Record maxLength="0"/>', 13613),
        ('<Record playBeep="yes"/>', 13614),
        ('<Record finishOnKey="A"/>', 13612),
        ("<Record><Say>x</Say></Record>", 12200),
        ("<Redirect></Redirect>", 13720),
        ('<Reject reason="tired"/>', 13810),
        ('<Pause length="0"/>', 13910),
        ("<Hangup>now</Hangup>", 12200),
        ("<Message>x</Message>", 12200),
    ],
)
def test_what_is_wrong_in_a_document_is_named_by_its_code(inner: str, code: int) -> None:
    assert issues(inner) == [code]


@pytest.mark.parametrize(
    "inner",
    [
        "<Enqueue>x</Enqueue>",
        "<Dial><Conference>x</Conference></Dial>",
        "<Dial><Client>x</Client></Dial>",
        '<Dial record="record-from-answer">+33639980001</Dial>',
        '<Dial sequential="true">+33639980001</Dial>',
        '<Dial><Number machineDetection="Enable">+33639980001</Number></Dial>',
        '<Gather partialResultCallback="/p"/>',
        '<Record transcribe="true"/>',
    ],
)
def test_what_twilio_does_and_we_do_not_is_said_to_be_unsimulated(inner: str) -> None:
    document = parse(f"<Response>{inner}</Response>".encode())
    marked = [issue for issue in document.issues if issue.unsimulated]
    assert marked or any(isinstance(verb, verbs.Unsimulated) for verb in document.verbs)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 11770),
        (b"  \n", 11770),
        (b"<Response><Say>", 12100),
        (b"hello", 12100),
        (b"<response/>", 12102),
        (b"<html><body/></html>", 12102),
        (b"<Response>" + b" " * 65536 + b"</Response>", 11750),
    ],
)
def test_a_body_that_cannot_be_executed_is_an_error(body: bytes, code: int) -> None:
    with pytest.raises(TwimlError) as caught:
        parse(body)
    assert caught.value.code == code


def test_a_whisper_may_not_dial() -> None:
    assert issues("<Dial>+33639980001</Dial>", "whisper") == [12200]


def test_a_wrong_value_leaves_the_default_in_force() -> None:
    (verb,) = parse(b'<Response><Dial timeout="soon">+33639980001</Dial></Response>').verbs
    assert verb == verbs.Dial((verbs.Number("+33639980001"),), timeout=30)


def test_defaults_are_those_of_the_documentation() -> None:
    document = parse(b"<Response><Gather/><Record/><Dial>+33639980001</Dial><Pause/></Response>")
    gather, record, dial, pause = document.verbs
    assert gather == verbs.Gather((), frozenset({"dtmf"}), None, "POST", 5, "auto", "#", None, "en-US")
    assert record == verbs.Record(None, "POST", 5, "1234567890*#", 3600, True, "trim-silence")
    assert isinstance(dial, verbs.Dial)
    assert (dial.timeout, dial.time_limit, dial.hangup_on_star, dial.answer_on_bridge) == (30, 14400, False, False)
    assert pause == verbs.Pause(1)


def test_ssml_is_read_as_its_words() -> None:
    (verb,) = parse(b"<Response><Say>Le <say-as interpret-as='digits'>15</say-as> <break/>ici</Say></Response>").verbs
    assert verb == verbs.Say("Le 15 ici")


def test_what_the_official_builder_writes_is_accepted_without_a_word() -> None:
    response = VoiceResponse()
    gather = Gather(input="dtmf speech", num_digits=1, action="/menu", language="fr-FR", hints="cardiologie, gériatrie",
                    speech_timeout="auto", action_on_empty_result=True)  # fmt: skip
    gather.say("Tapez un & attendez", language="fr-FR", voice="Polly.Lea-Neural")
    response.append(gather)
    dial = Dial(action="/after", timeout=15, ring_tone="fr", caller_id="+33199001234")
    dial.number("+33639980001", url="/whisper", status_callback="/leg",
                status_callback_event="initiated ringing answered completed")  # fmt: skip
    response.append(dial)
    response.record(
        finish_on_key="#", max_length=180, timeout=8, trim="do-not-trim", play_beep=True, action="/rec",
        recording_status_callback="/recst", recording_status_callback_event="in-progress completed absent",
    )  # fmt: skip
    response.redirect("/next", method="POST")
    document = parse(str(response).encode())
    assert document.issues == ()
    assert [type(verb).__name__ for verb in document.verbs] == ["Gather", "Dial", "Record", "Redirect"]
