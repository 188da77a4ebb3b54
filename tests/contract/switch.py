"""One call as the carrier lives it: documents followed verb by verb, in real time with short waits."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urljoin
from uuid import uuid4
from xml.etree.ElementTree import Element

from tests.contract.people import Answering, HungUp, Person, Prompt, Telephone
from tests.contract.recordings import Recordings
from tests.contract.twiml import BadTwiml, parse, said
from tests.contract.wire import Wire

RING = 0.03  # seconds; the application is told nothing of durations it cannot check
TALK = 0.05
LONGEST_PAUSE = 0.2
DOCUMENTS = 80  # a call that needs more goes round in circles
NOWHERE = ("City", "Country", "State", "Zip")


class Ended(Exception):
    """The line is dead: one side put the receiver down."""


class Exchange(Protocol):
    """What a call needs of the carrier."""

    wire: Wire
    recordings: Recordings
    account: str

    def telephone(self, number: str) -> Telephone | None:
        """Whose number it is."""

    def register(self, call: "Call") -> None:
        """A call that can be asked for from now on."""


@dataclass
class Call:
    """A leg. `person` is who listens on it; `ended` is set when it is over."""

    exchange: Exchange
    direction: str
    caller: str
    called: str
    person: Person
    parent: str = ""
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    status: str = "queued"
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered: datetime | None = None
    ended: datetime | None = None
    bridged_to: str = ""
    documents: list[str] = field(default_factory=list)
    _typed_ahead: str = ""
    _events: int = 0

    def __post_init__(self) -> None:
        self.exchange.register(self)

    def params(self) -> dict[str, str]:
        """What every voice webhook carries; unknown geography is sent empty."""
        places = {f"{who}{what}": "" for who in ("Called", "Caller", "From", "To") for what in NOWHERE}
        parent = {"ParentCallSid": self.parent} if self.parent else {}
        return places | parent | {
            "AccountSid": self.exchange.account,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.called,
            "Caller": self.caller,
            "Direction": self.direction,
            "From": self.caller,
            "To": self.called,
        }  # fmt: skip

    def answer(self) -> None:
        self.status, self.answered = "in-progress", datetime.now(UTC)

    def end(self, status: str) -> None:
        self.status, self.ended = status, datetime.now(UTC)

    def seconds(self) -> int:
        """The conversation, 0 when there was none."""
        return int(((self.ended or datetime.now(UTC)) - self.answered).total_seconds()) if self.answered else 0

    def progress(self, url: str, wanted: str, event: str) -> None:
        """A status callback, when somebody asked for this event."""
        if url and event in (wanted or "completed").split():
            self.exchange.wire.tell(url, self.params() | self.news(event))
        self._events += 1

    def news(self, event: str) -> dict[str, str]:
        """What a status callback says besides."""
        stamp = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        told = {"CallbackSource": "call-progress-events", "SequenceNumber": str(self._events), "Timestamp": stamp}
        if event == "completed":
            return told | {"CallDuration": str(self.seconds()), "Duration": str(-(-self.seconds() // 60))}
        return told | ({"CallStatus": event} if event == "initiated" else {})

    def follow(self, url: str) -> None:
        """From the first document to the last verb. Raises Ended when somebody hung up, BadTwiml."""
        goes_to: tuple[str, dict[str, str]] | None = (url, {})
        while goes_to is not None:
            url, more = goes_to
            if len(self.documents) >= DOCUMENTS:
                raise BadTwiml(f"{DOCUMENTS} documents in one call")
            self.documents.append(url)
            verbs = parse(self.exchange.wire.ask(url, self.params() | more))
            if self.direction == "inbound" and not self.answered and verbs and verbs[0].tag != "Reject":
                self.answer()
            goes_to = self._perform(url, verbs)

    def _perform(self, url: str, verbs: list[Element]) -> tuple[str, dict[str, str]] | None:
        for verb in verbs:
            outcome = VERBS[verb.tag](self, verb)
            if outcome is not None:
                target, more = outcome
                return urljoin(url, target), more
        return None

    def _say(self, verb: Element) -> None:
        self.person.heard.append(said(verb))

    def _play(self, verb: Element) -> None:
        self.person.heard.append(f"[{said(verb)}]")

    def _pause(self, verb: Element) -> None:
        time.sleep(min(float(verb.get("length", "1")), LONGEST_PAUSE))

    def _hang_up(self, _verb: Element) -> None:
        raise Ended

    def _redirect(self, verb: Element) -> tuple[str, dict[str, str]]:
        return said(verb), {}

    def _gather(self, verb: Element) -> tuple[str, dict[str, str]] | None:
        for prompt in verb:
            VERBS[prompt.tag](self, prompt)
        digits = int(verb.get("numDigits", "0")) or None
        keys = self._typed_ahead or self.person.keys(Prompt(said(verb), digits))
        typed, self._typed_ahead = collect(keys, digits, verb.get("finishOnKey", "#"))
        if keys or verb.get("actionOnEmptyResult") == "true":
            return verb.get("action", ""), {"Digits": typed}
        return None

    def _record(self, verb: Element) -> tuple[str, dict[str, str]] | None:
        if verb.get("finishOnKey") != "#":
            raise BadTwiml("a message does not end with #")
        try:
            seconds, key = self.person.speaks(), "#"
        except HungUp as gone:
            seconds, key = gone.seconds, "hangup"
            self.end("completed")
        if not seconds and self.ended:
            raise Ended
        if not seconds:
            return None
        recording = self.exchange.recordings.make(self.sid, self.documents[-1], seconds, verb)
        result = verb.get("action", ""), recording.params() | {"Digits": key}
        if key == "hangup":
            self._last_word(*result)
        return result

    def _last_word(self, url: str, more: dict[str, str]) -> None:
        """The action is requested although nobody is on the line; its document has no effect."""
        self.exchange.wire.ask(urljoin(self.documents[-1], url), self.params() | more)
        raise Ended

    def _dial(self, verb: Element) -> tuple[str, dict[str, str]] | None:
        outcome = Dialling(self, verb).outcome()
        action = verb.get("action")
        if self.ended:
            self._last_word(action or "", outcome)
        return (action, outcome) if action else None


@dataclass
class Dialling:
    """A `<Dial>` of one number: rung, asked by a whisper, put through or not (the table of twilio.md 2.4)."""

    parent: Call
    verb: Element

    def outcome(self) -> dict[str, str]:
        """What the action is told."""
        number = self.verb[0] if len(self.verb) else self.verb
        if len(self.verb) > 1:
            raise BadTwiml("more than one number is rung at once")
        telephone = self.parent.exchange.telephone(said(number))
        if telephone is None:
            raise BadTwiml(f"nobody expected a call to {said(number)}")
        answering = telephone.rings()
        child = self._leg(telephone, answering)
        self._ring(child, answering, number)
        self._tell(child, number, "completed")
        return self._told(child)

    def _leg(self, telephone: Telephone, answering: Answering) -> Call:
        shown = self.verb.get("callerId", self.parent.caller)
        return Call(self.parent.exchange, "outbound-dial", shown, telephone.number, answering, self.parent.sid)

    def _tell(self, child: Call, number: Element, event: str) -> None:
        child.progress(number.get("statusCallback", ""), number.get("statusCallbackEvent", ""), event)

    def _ring(self, child: Call, answering: Answering, number: Element) -> None:
        self._tell(child, number, "initiated")
        child.status = "ringing"
        self._tell(child, number, "ringing")
        time.sleep(RING)
        if self.parent.person.tired_of_ringing:
            child.end("canceled")
            self.parent.end("completed")
        elif answering.does.answers:
            self._screened(child, number)
        else:
            child.end(answering.does.value[0])

    def _screened(self, child: Call, number: Element) -> None:
        child.answer()
        self._tell(child, number, "answered")
        try:
            if whisper := number.get("url"):
                child.follow(urljoin(self.parent.documents[-1], whisper))
            self.parent.bridged_to, child.bridged_to = child.called, self.parent.caller
            time.sleep(TALK)
        except (Ended, HungUp):
            pass  # declined, or a voicemail: table 2.4, rows 5 to 7
        child.end("completed")

    def _told(self, child: Call) -> dict[str, str]:
        told = {
            "DialCallStatus": child.status,
            "DialCallSid": child.sid,
            "DialBridged": "true" if child.bridged_to else "false",
        }
        return told | ({"DialCallDuration": str(child.seconds())} if child.answered else {})


def collect(keys: str, digits: int | None, finish: str) -> tuple[str, str]:
    """What a Gather hands on, and the keys left over for the next one."""
    for position, key in enumerate(keys):
        if key in finish:
            return keys[:position], keys[position + 1 :]
        if digits and position + 1 == digits:
            return keys[: position + 1], keys[position + 1 :]
    return keys, ""


Verb = Callable[[Call, Element], tuple[str, dict[str, str]] | None]

VERBS: dict[str, Verb] = {
    "Say": Call._say,
    "Play": Call._play,
    "Pause": Call._pause,
    "Gather": Call._gather,
    "Dial": Call._dial,
    "Record": Call._record,
    "Redirect": Call._redirect,
    "Hangup": Call._hang_up,
    "Reject": Call._hang_up,
}
