"""Telephones: what one does when it rings, as values; queues of behaviours; what it was sent and what it heard."""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from simulator.legs import WORDS, Leg, Sound

# -- what a person on the telephone does, step by step --------------------------------------------------------------


@dataclass(frozen=True)
class Hears:
    """Wait until these words have been spoken; hang up when they do not come within `limit` seconds."""

    words: str
    limit: float = 60.0


@dataclass(frozen=True)
class Presses:
    keys: str
    gap: float = 0.25


@dataclass(frozen=True)
class Says:
    """`seconds` default to the length of the words."""

    text: str
    seconds: float | None = None
    confidence: float = 0.92


@dataclass(frozen=True)
class Waits:
    seconds: float


@dataclass(frozen=True)
class HangsUp:
    pass


@dataclass(frozen=True)
class Talks:
    """Once put through: talk for so long."""

    seconds: float
    limit: float = 60.0


Step = Hears | Presses | Says | Waits | HangsUp | Talks


def hears(words: str, limit: float = 60.0) -> Hears:
    return Hears(words, limit)


def presses(keys: str, gap: float = 0.25) -> Presses:
    return Presses(keys, gap)


def says(text: str, seconds: float | None = None, confidence: float = 0.92) -> Says:
    return Says(text, seconds, confidence)


def waits(seconds: float) -> Waits:
    return Waits(seconds)


def talks(seconds: float) -> Talks:
    return Talks(seconds)


def hangs_up() -> HangsUp:
    return HangsUp()


# -- what a telephone does when it rings ----------------------------------------------------------------------------


class Reaction(Enum):
    RINGS = "rings"
    UNATTENDED = "unattended"
    ANSWERS = "answers"
    BUSY = "busy"
    REJECTS = "rejects"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"


@dataclass(frozen=True)
class Behaviour:
    """`after`: seconds of ringing before the reaction. A voicemail answers, plays `greeting` and records."""

    reaction: Reaction
    after: float = 0.0
    steps: tuple[Step, ...] = ()
    voicemail: bool = False


def rings() -> Behaviour:
    """Rings until somebody (a test, a visitor) picks it up, or the caller gives up."""
    return Behaviour(Reaction.RINGS)


def no_answer() -> Behaviour:
    """Rings out: nobody is near it."""
    return Behaviour(Reaction.UNATTENDED)


def answers(*steps: Step, after: float = 3.0) -> Behaviour:
    """A person answers and follows the steps, then stays on the line until the other side hangs up."""
    return Behaviour(Reaction.ANSWERS, after, steps)


def takes_the_call(prompt: str = "1", after: float = 3.0, conversation: float = 60.0) -> Behaviour:
    """Answers, hears the prompt out up to `prompt`, presses 1, talks, hangs up."""
    return answers(Hears(prompt), Presses("1"), Talks(conversation), HangsUp(), after=after)


def slow_human(*steps: Step, after: float = 14.0) -> Behaviour:
    return answers(*steps, after=after)


def says_nothing(after: float = 3.0) -> Behaviour:
    """Answers and does nothing at all."""
    return answers(after=after)


def busy() -> Behaviour:
    return Behaviour(Reaction.BUSY)


def reject(after: float = 2.0, to_voicemail: bool = False, greeting: float = 6.0) -> Behaviour:
    """Declined on the handset: busy, or the network diverts to the voicemail."""
    if to_voicemail:
        return network_voicemail(after=after, greeting=greeting)
    return Behaviour(Reaction.REJECTS, after)


def unreachable() -> Behaviour:
    """Switched off, no network: SIP 480."""
    return Behaviour(Reaction.UNREACHABLE, after=3.0)


def invalid() -> Behaviour:
    """No such number."""
    return Behaviour(Reaction.INVALID)


GREETING = "Bonjour, vous êtes sur la messagerie. Laissez un message après le signal."


def network_voicemail(after: float = 20.0, greeting: float = 6.0, max_record: float = 120.0) -> Behaviour:
    """A mobile operator's voicemail: it ANSWERS, speaks over whatever is said, records, presses no key, hangs up."""
    steps = (Says(GREETING, greeting), Waits(max_record), HangsUp())
    return Behaviour(Reaction.ANSWERS, after, steps, voicemail=True)


def instant_voicemail(greeting: float = 6.0, max_record: float = 120.0) -> Behaviour:
    return network_voicemail(after=0.0, greeting=greeting, max_record=max_record)


# -- telephones -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """An SMS on the telephone; `pictures`: how many came with it."""

    at: datetime
    from_: str
    body: str
    sid: str
    pictures: int = 0


class Delivered(Enum):
    """How a message to a telephone ends."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    NEVER_FINAL = "sent"


@dataclass(frozen=True)
class SmsPlan:
    """`arrives`: whether the telephone shows it; `after`: seconds from sent to the final state."""

    end: Delivered = Delivered.DELIVERED
    after: float = 2.0
    code: int | None = None
    arrives: bool = True


def sms_delivered(after: float = 2.0) -> SmsPlan:
    return SmsPlan(after=after)


def sms_undelivered(code: int = 30003, after: float = 5.0) -> SmsPlan:
    return SmsPlan(Delivered.UNDELIVERED, after, code, arrives=False)


def sms_failed(code: int = 30008, after: float = 1.0) -> SmsPlan:
    return SmsPlan(Delivered.FAILED, after, code, arrives=False)


def sms_never_final(arrives: bool = False) -> SmsPlan:
    """Stays at `sent`; whether it arrived nobody learns."""
    return SmsPlan(Delivered.NEVER_FINAL, arrives=arrives)


@dataclass(eq=False)
class Phone:
    """A telephone with its behaviour for now, a queue that comes first, its texts and its calls."""

    number: str
    name: str = ""
    role: str = ""
    behaviour: Behaviour = field(default_factory=rings)
    queue: deque[Behaviour] = field(default_factory=deque)
    sms_plan: SmsPlan = field(default_factory=SmsPlan)
    sms_queue: deque[SmsPlan] = field(default_factory=deque)
    texts: list[Text] = field(default_factory=list)
    sent: list[Text] = field(default_factory=list)  # those it wrote
    legs: list[Leg] = field(default_factory=list)

    @property
    def leg(self) -> Leg | None:
        """The call it is in, ringing or answered."""
        return next((leg for leg in reversed(self.legs) if leg.live), None)

    def next_behaviour(self) -> Behaviour:
        if self.leg:
            return busy()
        return self.queue.popleft() if self.queue else self.behaviour

    def next_sms_plan(self) -> SmsPlan:
        return self.sms_queue.popleft() if self.sms_queue else self.sms_plan

    @property
    def recorded(self) -> str:
        """Everything its voicemail was told, over all calls."""
        return " ".join(leg.text_heard() for leg in self.legs if leg.voicemail)


# -- hearing --------------------------------------------------------------------------------------------------------


def normal(text: str) -> str:
    """Case, typographic apostrophes, spaces do not matter; accents do. Same length in, same length out."""
    folded = unicodedata.normalize("NFC", text).replace("’", "'")
    return re.sub(r"\s", " ", folded).lower()


@dataclass(frozen=True)
class Ear:
    """How far somebody has listened: sound index and position in it."""

    sound: int = 0
    position: int = 0

    def find(self, sounds: list[Sound], words: str) -> tuple["Ear", float] | None:
        """Where the words end and when they will have been spoken; interrupted words were not spoken."""
        wanted = normal(words)
        for index in range(self.sound, len(sounds)):
            sound = sounds[index]
            begin = self.position if index == self.sound else 0
            at = normal(sound.text).find(wanted, begin) if sound.kind in WORDS else -1
            if at >= 0 and not _cut_before(sound, when := sound.said_at(at + len(wanted))):
                return replace(self, sound=index, position=at + len(wanted)), when
        return None


def _cut_before(sound: Sound, when: float) -> bool:
    return sound.end is not None and sound.end < when - 1e-6
