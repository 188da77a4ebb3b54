"""TwiML as values: one small frozen dataclass a verb, with Twilio's defaults."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Issue:
    """A debugger entry about a document. `unsimulated` marks what Twilio can do and this simulator cannot."""

    code: int
    text: str
    unsimulated: bool = False


class TwimlError(Exception):
    """The document cannot be executed at all."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass(frozen=True)
class Say:
    text: str
    voice: str = "man"
    language: str = "en-US"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True)
class Pause:
    length: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True)
class Gather:
    prompts: tuple[Prompt, ...] = ()
    input: frozenset[str] = frozenset({"dtmf"})
    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    speech_timeout: str = "auto"
    finish_on_key: str = "#"
    num_digits: int | None = None
    language: str = "en-US"
    hints: tuple[str, ...] = ()
    barge_in: bool = True
    action_on_empty_result: bool = False


@dataclass(frozen=True)
class Number:
    number: str
    url: str | None = None
    method: str = "POST"
    status_callback: str | None = None
    status_callback_event: tuple[str, ...] = ("completed",)
    status_callback_method: str = "POST"


@dataclass(frozen=True)
class Dial:
    numbers: tuple[Number, ...] = ()
    action: str | None = None
    method: str = "POST"
    timeout: int = 30
    time_limit: int = 14400
    hangup_on_star: bool = False
    answer_on_bridge: bool = False
    caller_id: str | None = None
    ring_tone: str | None = None


@dataclass(frozen=True)
class Record:
    action: str | None = None
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True
    trim: str = "trim-silence"
    recording_status_callback: str | None = None
    recording_status_callback_method: str = "POST"
    recording_status_callback_event: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Message:
    """A messaging reply."""

    body: str
    to: str | None = None
    from_: str | None = None
    action: str | None = None
    method: str = "POST"
    status_callback: str | None = None


@dataclass(frozen=True)
class Unsimulated:
    """A verb that Twilio has and that is not executed here: meeting it is a failure that says so."""

    name: str


Verb = Say | Play | Pause | Gather | Dial | Record | Redirect | Hangup | Reject | Message | Unsimulated


@dataclass(frozen=True)
class Document:
    verbs: tuple[Verb, ...]
    issues: tuple[Issue, ...] = field(default=())
