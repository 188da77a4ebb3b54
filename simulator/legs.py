"""One call resource: its states, its times, what its party heard and did."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.clock import Clock
from simulator.tasks import Event, Mailbox, Task

CHARACTERS_A_SECOND = 14.0
TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Status(StrEnum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


SIP_CODES = {Status.BUSY: 486, Status.NO_ANSWER: 487, Status.CANCELED: 487}


# What a party may do on an answered call.


@dataclass(frozen=True)
class Key:
    digit: str


@dataclass(frozen=True)
class Speech:
    """Words, seconds they take, what the recogniser makes of them (`confidence` 0..1; empty text: noise)."""

    text: str
    seconds: float
    confidence: float = 0.92


# What happens to a call from outside its document.


class HungUp(Exception):
    """The party left, or REST ended the call."""


class Redirected(Exception):
    """REST put another document in force."""

    def __init__(self, target: object) -> None:
        super().__init__("redirected")
        self.target = target


@dataclass(frozen=True)
class Done:
    """What a party did. `kind`: key or voice; `at` in clock seconds."""

    kind: str
    text: str
    at: float


@dataclass(frozen=True)
class Notice:
    """Something happened to a leg this one is waiting for."""

    leg: "Leg"


@dataclass
class Sound:
    """Something a party hears. `kind`: say, play, beep, ringback, bridge, voice, error. Times in clock seconds."""

    kind: str
    text: str
    start: float
    seconds: float | None = None
    end: float | None = None

    def said_at(self, position: int) -> float:
        """When the first `position` characters have been spoken."""
        share = position / len(self.text) if self.text else 1.0
        return self.start + share * (self.seconds or 0.0)

    def heard_by(self, now: float) -> str:
        """The words spoken so far."""
        until = min(now, self.end) if self.end is not None else now
        if not self.seconds or until - self.start >= self.seconds - 1e-6:
            return self.text
        return self.text[: int((until - self.start) / self.seconds * len(self.text) + 1e-6)]


Input = Key | Speech | Notice


@dataclass(frozen=True)
class Progress:
    """Where a leg's progress events go."""

    url: str
    method: str
    events: frozenset[str]
    kind: str


@dataclass(eq=False)
class Leg:
    """A call as REST shows it, and its audio."""

    sid: str
    clock: Clock
    from_: str
    to: str
    direction: str
    parent: "Leg | None" = None
    status: Status = Status.QUEUED
    created: datetime = field(init=False)
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    queue_ms: int = 0
    sip_code: int | None = None
    progress: Progress | None = None
    sequence: int = 0
    sounds: list[Sound] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    bridged_to: "Leg | None" = None
    far: "Leg | None" = None  # the other end, when one number of the account called another
    recording: bool = False
    speaking: tuple[str, float] = ("", 0.0)
    task: Task | None = None
    fallback_url: str | None = None
    fallback_method: str = "POST"
    call_token: str = ""
    party_number: str = ""
    voicemail: bool = False
    deleted: bool = False

    def __post_init__(self) -> None:
        self.created = self.clock.now
        self.inbox: Mailbox[Input] = Mailbox(self.clock)
        self.over: Event[None] = Event()
        self.picked_up: Event[Status] = Event()  # IN_PROGRESS, or how it was refused
        self._waiting: list[Event[None]] = []

    @property
    def live(self) -> bool:
        return self.status not in TERMINAL

    @property
    def party(self) -> str:
        """The number of the telephone at the far end."""
        return self.party_number or (self.from_ if self.direction == "inbound" else self.to)

    @property
    def seconds(self) -> int:
        """Whole seconds from the answer to the end (or to now)."""
        if self.answered is None:
            return 0
        return round(((self.ended or self.clock.now) - self.answered).total_seconds())

    def begin_sound(self, kind: str, text: str, seconds: float | None = None) -> Sound:
        sound = Sound(kind, text, self.clock.seconds(), seconds)
        self.sounds.append(sound)
        self.tell()
        return sound

    def end_sounds(self) -> None:
        for sound in self.sounds:
            if sound.end is None:
                sound.end = self.clock.seconds()

    def tell(self) -> None:
        """Wake whoever waits for news of this leg."""
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            event.set(None)

    async def news(self, timeout: float) -> None:
        """Until a sound begins or the leg changes, or `timeout` seconds."""
        event: Event[None] = Event()
        self._waiting.append(event)
        timer = self.clock.after(max(0.0, timeout), lambda: event.set(None))
        try:
            await event
        finally:
            timer.cancel()

    def text_heard(self) -> str:
        """Everything this party has heard in words so far."""
        now = self.clock.seconds()
        return " ".join(sound.heard_by(now) for sound in self.sounds if sound.kind in WORDS)


WORDS = frozenset({"say", "play", "voice", "error"})
