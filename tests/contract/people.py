"""Who is at the telephones: what they do when it rings, which keys they press, when they hang up."""

import re
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class HungUp(Exception):
    """The person put the receiver down; `seconds` of speech were recorded before."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True)
class Prompt:
    """What was just said, and what may be keyed: `digits` None when any number up to `#`."""

    text: str
    digits: int | None


class Person(Protocol):
    """Somebody on a line."""

    @property
    def heard(self) -> list[str]:
        """All that was said to him."""

    @property
    def tired_of_ringing(self) -> bool:
        """Whether he hangs up before anybody answers."""

    def keys(self, prompt: Prompt) -> str:
        """What he presses now; nothing when he stays silent. May hang up."""

    def speaks(self) -> int:
        """How many seconds he leaves as a message before `#`. May hang up."""


class HangsUp(Enum):
    """When a caller gives up."""

    NEVER = "never"
    AT_FIRST_PROMPT = "at first prompt"
    WHILE_RINGING = "while ringing"
    WHILE_RECORDING = "while recording"
    INSTEAD_OF_SPEAKING = "instead of speaking"


@dataclass
class Caller:
    """A GP who keys `script` prompt by prompt, then 1 to everything; `call_back` where a number is asked for.

    What he `picks` comes first: the words of an option, keyed as the prompt says ("Cochin, tapez 2"), once each."""

    number: str
    script: list[str]
    call_back: str = ""
    picks: list[str] = field(default_factory=list)
    message: int = 4
    hangs_up: HangsUp = HangsUp.NEVER
    heard: list[str] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)

    @property
    def tired_of_ringing(self) -> bool:
        return self.hangs_up is HangsUp.WHILE_RINGING

    def keys(self, prompt: Prompt) -> str:
        self.prompts.append(prompt)
        if self.hangs_up is HangsUp.AT_FIRST_PROMPT:
            raise HungUp
        if option := self._picked(prompt):
            return option
        if self.script:
            return self.script.pop(0)
        return "1" if prompt.digits == 1 else f"{self.call_back}#"

    def _picked(self, prompt: Prompt) -> str | None:
        for words in self.picks:
            if offered := re.search(rf"{re.escape(words)}[^.]*?, tapez ([0-9])", prompt.text):
                self.picks.remove(words)
                return offered[1]
        return None

    def speaks(self) -> int:
        if self.hangs_up is HangsUp.WHILE_RECORDING:
            raise HungUp(self.message)
        if self.hangs_up is HangsUp.INSTEAD_OF_SPEAKING:
            raise HungUp
        return self.message


class Does(Enum):
    """What happens when a telephone is rung: how the leg ends unless answered, and the key pressed then."""

    TAKES = ("answers", "1")
    DECLINES = ("answers", "2")
    VOICEMAIL = ("answers", "")
    RINGS_OUT = ("no-answer", "")
    BUSY = ("busy", "")
    UNREACHABLE = ("failed", "")

    @property
    def answers(self) -> bool:
        return self.value[0] == "answers"


class Delivery(Enum):
    """What becomes of a text."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    NEVER_KNOWN = "sent"


@dataclass(frozen=True)
class Text:
    """An SMS as it stands in a telephone."""

    sid: str
    sender: str
    body: str


@dataclass
class Telephone:
    """A telephone of the hospital or of a practice. `next` are its next calls; after them `usual`."""

    number: str
    usual: Does = Does.RINGS_OUT
    next: deque[Does] = field(default_factory=deque)
    delivery: Delivery = Delivery.DELIVERED
    texts: list[Text] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    rung: int = 0

    def rings(self) -> "Answering":
        """One call to it."""
        self.rung += 1
        return Answering(self, self.next.popleft() if self.next else self.usual)


@dataclass
class Answering:
    """Who, or what, picks up one call: presses its one key, then puts the receiver down at the next question."""

    telephone: Telephone
    does: Does
    pressed: bool = False
    tired_of_ringing: bool = False

    @property
    def heard(self) -> list[str]:
        return self.telephone.heard

    def keys(self, prompt: Prompt) -> str:
        if self.pressed:
            raise HungUp
        self.pressed = True
        return str(self.does.value[1])

    def speaks(self) -> int:
        raise HungUp
