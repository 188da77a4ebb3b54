"""What TwiML may say: verbs, attributes, values and nesting, as tables.

Sources: attribute names from the generated builders of twilio-python 9.13, enumerations from twilio-node, warning codes
from Twilio's error dictionary (a value whose own code is not known carries its verb's family code).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.verbs import Dial, Gather, Hangup, Message, Number, Pause, Play, Record, Redirect, Reject, Say

UNKNOWN = 12200


@dataclass(frozen=True)
class Attribute:
    """Where a value goes (`name` of the dataclass field, None when it changes nothing here) and what is allowed."""

    name: str | None
    convert: Callable[[str], Any]
    code: int = UNKNOWN
    simulated: bool = True


@dataclass(frozen=True)
class Spec:
    """One verb or noun. `text`: the field its text fills; `children`: the field its children fill."""

    build: Callable[..., Any]
    attributes: dict[str, Attribute]
    text: str | None = None
    text_code: int = UNKNOWN
    children: str | None = None
    nests: frozenset[str] = field(default_factory=frozenset)
    nest_code: int = UNKNOWN
    ignores: frozenset[str] = field(default_factory=frozenset)


# -- values ------------------------------------------------------------------------------------------------------


def whole(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return convert


def boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def one_of(*allowed: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return text

    return convert


def words_of(*allowed: str) -> Callable[[str], tuple[str, ...]]:
    """A space-separated list (one attribute, never repeated)."""

    def convert(text: str) -> tuple[str, ...]:
        words = tuple(text.split())
        if not words or set(words) - set(allowed):
            raise ValueError("words of " + ", ".join(allowed) + " with a space between")
        return words

    return convert


def matching(pattern: str, what: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(what)
        return text

    return convert


def hints(text: str) -> tuple[str, ...]:
    entries = tuple(entry.strip() for entry in text.split(",") if entry.strip())
    if len(entries) > 500 or any(len(entry) > 100 for entry in entries):
        raise ValueError("at most 500 entries of at most 100 characters")
    return entries


def inputs(text: str) -> frozenset[str]:
    return frozenset(words_of("dtmf", "speech")(text))


def callback_url(text: str) -> str:
    if "_" in text.partition("://")[2].partition("/")[0]:
        raise ValueError("a host name without underscores")
    return text


method = one_of("GET", "POST")
language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}|arb", "a language tag such as fr-FR")
anything = matching(r"(?s).*", "text")
voice = matching(r"man|woman|alice|(Polly|Google)\.[A-Za-z0-9.-]+", "man, woman, Polly.… or Google.…")
speech_timeout = matching(r"auto|[1-9]\d*", "auto or a positive whole number")
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = ("in-progress", "completed", "absent")
RING_TONES = tuple(
    re.findall(
        r"\S+",
        "at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz ph pl pt ru se sg th "
        "uk us us-old tw ve za",
    )
)


def off(*allowed: str) -> Callable[[str], str]:
    """Only the values that switch the thing off."""

    def convert(text: str) -> str:
        if text not in allowed:
            raise ValueError("not simulated")
        return text

    return convert


METHOD_CODES = {"Gather": 13312, "Dial": 13210, "Record": 13610}


def _action(verb: str, code: int) -> dict[str, Attribute]:
    return {
        "action": Attribute("action", callback_url, code),
        "method": Attribute("method", method, METHOD_CODES.get(verb, UNKNOWN)),
    }


def _unsimulated(*names: str) -> dict[str, Attribute]:
    return {name: Attribute(None, off(), simulated=False) for name in names}


# -- verbs -------------------------------------------------------------------------------------------------------

SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})

SAY = Spec(
    Say,
    {
        "voice": Attribute("voice", voice, 13512),
        "language": Attribute("language", language, 13511),
        "loop": Attribute("loop", whole(0, 1000), 13510),
    },
    text="text",
    text_code=13520,
)
PLAY = Spec(
    Play,
    {
        "loop": Attribute("loop", whole(0, 1000), 13410),
        "digits": Attribute("digits", matching(r"[0-9*#wW]+", "digits, *, #, w"), 13420),
    },
    text="url",
    text_code=13420,
)
PAUSE = Spec(Pause, {"length": Attribute("length", whole(1, 3600), 13910)})
PROMPTS = {"Say": SAY, "Play": PLAY, "Pause": PAUSE}

GATHER = Spec(
    Gather,
    {
        **_action("Gather", 13325),
        "input": Attribute("input", inputs, 13326),
        "timeout": Attribute("timeout", whole(1, 600), 13313),
        "speechTimeout": Attribute("speech_timeout", speech_timeout, 13327),
        "finishOnKey": Attribute("finish_on_key", matching(r"[0-9*#]?", "one key, or nothing"), 13311),
        "numDigits": Attribute("num_digits", whole(1, 1000), 13314),
        "language": Attribute("language", language, 13328),
        "hints": Attribute("hints", hints, 13329),
        "bargeIn": Attribute("barge_in", boolean, 13330),
        "actionOnEmptyResult": Attribute("action_on_empty_result", boolean, 13331),
        "profanityFilter": Attribute(None, boolean, 13332),
        "speechModel": Attribute(None, matching(r"[A-Za-z0-9_.-]+", "a model's name"), 13333),
        "enhanced": Attribute(None, boolean, 13334),
        "debug": Attribute(None, boolean),
        "maxSpeechTime": Attribute(None, whole(1, 60), 13335),
        **_unsimulated("partialResultCallback", "partialResultCallbackMethod"),
    },
    children="prompts",
    nests=frozenset(PROMPTS),
    nest_code=13320,
)
NUMBER = Spec(
    Number,
    {
        "url": Attribute("url", callback_url, 13220),
        "method": Attribute("method", method, 13221),
        "statusCallback": Attribute("status_callback", callback_url, 13228),
        "statusCallbackEvent": Attribute("status_callback_event", words_of(*CALL_EVENTS), 13229),
        "statusCallbackMethod": Attribute("status_callback_method", method, 13229),
        **_unsimulated("sendDigits", "byoc", "machineDetection", "machineDetectionTimeout"),
        **_unsimulated("machineDetectionSpeechThreshold", "machineDetectionSpeechEndThreshold"),
        **_unsimulated("machineDetectionSilenceTimeout", "amdStatusCallback", "amdStatusCallbackMethod"),
    },
    text="number",
    text_code=13223,
)
DIAL = Spec(
    Dial,
    {
        **_action("Dial", 13225),
        "timeout": Attribute("timeout", whole(1, 600), 13212),
        "timeLimit": Attribute("time_limit", whole(1, 14400), 13216),
        "hangupOnStar": Attribute("hangup_on_star", boolean, 13213),
        "answerOnBridge": Attribute("answer_on_bridge", boolean, 13218),
        "callerId": Attribute("caller_id", anything, 13214),
        "ringTone": Attribute("ring_tone", one_of(*RING_TONES), 13219),
        "record": Attribute(None, off("do-not-record", "false"), simulated=False),
        "sequential": Attribute(None, off("false"), simulated=False),
        "trim": Attribute(None, one_of("trim-silence", "do-not-trim")),
        **_unsimulated("recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent"),
        **_unsimulated("recordingConfigurationId", "recordingTrack", "referUrl", "referMethod", "events", "passports"),
    },
    children="numbers",
    nests=frozenset({"Number"}),
    nest_code=13215,
)
RECORD = Spec(
    Record,
    {
        **_action("Record", 13618),
        "timeout": Attribute("timeout", whole(1, 600), 13611),
        "finishOnKey": Attribute("finish_on_key", matching(r"[0-9*#]*|-1", "keys"), 13612),
        "maxLength": Attribute("max_length", whole(1, 14400), 13613),
        "playBeep": Attribute("play_beep", boolean, 13614),
        "trim": Attribute("trim", one_of("trim-silence", "do-not-trim"), 13619),
        "transcribe": Attribute(None, off("false"), 13615, simulated=False),
        "recordingStatusCallback": Attribute("recording_status_callback", callback_url, 13620),
        "recordingStatusCallbackMethod": Attribute("recording_status_callback_method", method, 13620),
        "recordingStatusCallbackEvent": Attribute(
            "recording_status_callback_event", words_of(*RECORDING_EVENTS), 13620
        ),
        **_unsimulated("transcribeCallback", "recordingConfigurationId"),
    },
)
REDIRECT = Spec(Redirect, {"method": Attribute("method", method, 13710)}, text="url", text_code=13720)
HANGUP = Spec(Hangup, {}, ignores=frozenset({"Parameter"}))
REJECT = Spec(
    Reject, {"reason": Attribute("reason", one_of("rejected", "busy"), 13810)}, ignores=frozenset({"Parameter"})
)
MESSAGE = Spec(
    Message,
    {
        **_action("Message", 14105),
        "to": Attribute("to", anything, 14101),
        "from": Attribute("from_", anything, 14102),
        "body": Attribute("body", anything, 14103),
        "statusCallback": Attribute("status_callback", callback_url, 14106),
    },
    text="body",
    text_code=14103,
)

VOICE = {
    **PROMPTS,
    "Gather": GATHER,
    "Dial": DIAL,
    "Record": RECORD,
    "Redirect": REDIRECT,
    "Hangup": HANGUP,
    "Reject": REJECT,
}
WHISPER = {**PROMPTS, "Gather": GATHER, "Redirect": REDIRECT, "Hangup": HANGUP}
CONTEXTS: dict[str, dict[str, Spec]] = {
    "voice": VOICE,
    "whisper": WHISPER,
    "messaging": {"Message": MESSAGE, "Redirect": REDIRECT},
}
NOUNS = {"Number": NUMBER, **PROMPTS}

# Twilio executes these; this simulator does not and says so.
UNSIMULATED_VERBS = frozenset(
    {"Connect", "Echo", "Enqueue", "Leave", "Pay", "Prompt", "Queue", "Refer", "Sms", "Start", "Stop", "Siprec"}
    | {"Stream", "Transcription"}
)
UNSIMULATED_NOUNS = frozenset({"Application", "Client", "Conference", "Queue", "Sim", "Sip", "WhatsApp", "Media"})
EVERY_VERB = frozenset({*VOICE, "Message"})
