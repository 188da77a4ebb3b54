"""The closed vocabulary of a call: the only kinds of step there are.

A step that waits for the caller has a way out when he is lost, a step that does work has both an `ok` and a `failed`
way, a step that rings somebody has a `nobody` way. None of these has a default, so none can be forgotten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Ways = Mapping[str, str]

# Played in the middle of a prompt: the caller's own message, or the message a senior may hear.
PLAYED = "@message"
# Read aloud in the middle of a prompt: an answer in writing. Its words stand in no turn and no memory of the call.
READ_OUT = "@answer"


class Entry(StrEnum):
    """What digits up to `#` mean."""

    WARD = "ward"  # a keypad code, or a request's reference; may also be spoken
    NUMBER = "number"  # a telephone number
    PIN = "pin"
    CODE = "code"  # six digits that are on their way by SMS: whoever waits for them is given time


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Say something, go on."""

    say: tuple[str, ...]
    then: str


@dataclass(frozen=True, kw_only=True)
class Announce:
    """Say something and go on by itself. Who keys one of `keys` meanwhile goes there; any other key only hurries on."""

    say: tuple[str, ...]
    keys: Ways
    then: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Say something, wait for one key. A stray `#` is ignored; a wrong key or silence is asked again, then `lost`."""

    say: tuple[str, ...]
    keys: Ways
    lost: str
    silence: str | None = None  # silence is an answer here, and leads there
    tries: int = 2


@dataclass(frozen=True, kw_only=True)
class Enter:
    """Say something, wait for digits up to `#` (or a word). `keys` are commands, told from an entry by their length."""

    entry: Entry
    say: tuple[str, ...]
    then: str
    lost: str
    keys: Ways = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choose:
    """Read the options the last work found, six a page, wait for one key; the choice goes to the work at `then`."""

    say: tuple[str, ...]
    then: str
    lost: str


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The caller went wrong: say so and go `again`; the second time, `lost`."""

    say: tuple[str, ...]
    again: str
    lost: str


@dataclass(frozen=True, kw_only=True)
class Do:
    """Have the desk do something. `ways` are the further answers this work may give."""

    work: str
    ok: str
    failed: str
    ways: Ways = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Ring the seniors one after the other."""

    taken: str
    nobody: str
    failed: str


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """Ring the GP whom the senior on the line calls back; `reached`: they have talked."""

    reached: str
    not_reached: str
    failed: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """Say something, record until `#`, silence or hang-up."""

    say: tuple[str, ...]
    heard: str
    empty: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Wait a moment, go on."""

    seconds: int
    then: str


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Say something, put the caller through to the switchboard; `nobody` when there is none or it does not answer."""

    say: tuple[str, ...]
    nobody: str


@dataclass(frozen=True, kw_only=True)
class Connect:
    """End a whisper so that the two are connected."""


@dataclass(frozen=True, kw_only=True)
class End:
    """Say something, hang up."""

    say: tuple[str, ...] = ()


Step = Tell | Announce | Ask | Enter | Choose | Lost | Do | Ring | Bridge | Record | Hold | Transfer | Connect | End


@dataclass(frozen=True)
class Flow:
    """A conversation: its steps by name, and where each kind of call begins."""

    starts: tuple[str, ...]
    steps: Mapping[str, Step]
    again: str  # said when a key means nothing here
    failure: str  # where a caller goes when we cannot even tell where he was


# Which fields of a step name another step, and what the answer that leads there is called.
_WAYS: Mapping[type, Ways] = {
    Tell: {"then": "then"},
    Announce: {"then": "then"},
    Hold: {"then": "then"},
    Ask: {"lost": "lost", "silence": "silence"},
    Enter: {"entered": "then", "lost": "lost"},
    Choose: {"chosen": "then", "lost": "lost"},
    Lost: {"again": "again", "lost": "lost"},
    Do: {"ok": "ok", "failed": "failed"},
    Ring: {"taken": "taken", "nobody": "nobody", "failed": "failed"},
    Bridge: {"reached": "reached", "not_reached": "not_reached", "failed": "failed"},
    Record: {"heard": "heard", "empty": "empty"},
    Transfer: {"nobody": "nobody"},
    Connect: {},
    End: {},
}


def exits(step: Step) -> Iterator[tuple[str, str]]:
    """Every way out of a step: (name of the answer, step it leads to)."""
    for answer, field_name in _WAYS[type(step)].items():
        target = getattr(step, field_name)
        if target is not None:
            yield answer, target
    if isinstance(step, Announce | Ask | Enter):
        yield from step.keys.items()
    if isinstance(step, Do):
        yield from step.ways.items()


def prompts(step: Step) -> tuple[str, ...]:
    """The catalogue keys a step speaks."""
    match step:
        case Do() | Ring() | Bridge() | Hold() | Connect():
            return ()
        case _:
            return tuple(key for key in step.say if key not in (PLAYED, READ_OUT))
