"""Walks the table of steps: what was heard in, what to do or to say next out. Pure: no Flask, no SQL, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.vocabulary import (
    Announce,
    Ask,
    Bridge,
    Choose,
    Connect,
    Do,
    End,
    Enter,
    Flow,
    Hold,
    Lost,
    Record,
    Ring,
    Step,
    Tell,
    Transfer,
)

Memory = dict[str, Any]  # what a call remembers between two webhooks; JSON, never changed in place
Option = Mapping[str, Any]  # {"id": …, "label": …}

PAGE = 6  # options read at a time
MORE = "7"  # the next page
# What the desk does at a step that rings somebody: at first, and once that telephone is on the hook again.
_DIALS: Mapping[type, tuple[str, str]] = {Ring: ("ring", "dialled"), Bridge: ("bridge", "bridged")}
SILENT_KEYS = frozenset({"#", "*"})  # never a wrong key: the prompt is said once more


class UnknownAnswer(Exception):
    """A work gave an answer that its step has no way for: our mistake, and seen as one."""


@dataclass(frozen=True)
class Recorded:
    """What the carrier says of a recording; seconds as declared."""

    sid: str
    seconds: int


@dataclass(frozen=True)
class Heard:
    """What one webhook brought. Speech is passed on to the work and never remembered."""

    digits: str = ""
    speech: str = ""
    recorded: Recorded | None = None
    choice: Option | None = None
    dial_status: str = ""
    dial_bridged: bool | None = None  # None: the carrier did not say
    dial_sid: str = ""


@dataclass(frozen=True)
class Said:
    """One sentence of the catalogue, with values that are not in the call's memory."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Working:
    """The desk must do `work`; go on with `answered`."""

    step: str
    work: str
    heard: Heard
    memory: Memory
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Waiting:
    """Say this, then wait for the caller as this step does (or hang up, or connect)."""

    step: str
    memory: Memory
    said: tuple[Said, ...]


Progress = Working | Waiting

NOTHING = Heard()


def begin(flow: Flow, start: str, memory: Memory, heard: Heard = NOTHING) -> Progress:
    """A call begins at `start`."""
    return _arrive(flow, start, memory, heard, ())


def hear(flow: Flow, step_name: str, memory: Memory, heard: Heard) -> Progress:
    """The caller, waiting at a step, was heard (or was silent)."""
    match flow.steps[step_name]:
        case Announce() | Ask() as step:
            return _hear_key(flow, step_name, step, memory, heard)
        case Enter() as step:
            return _hear_entry(flow, step_name, step, memory, heard)
        case Choose() as step:
            return _hear_choice(flow, step_name, step, memory, heard)
        case Record(heard=filled, empty=empty):
            return _arrive(flow, filled if heard.recorded else empty, memory, heard, ())
        case Ring() | Bridge() as step:
            return Working(step_name, _DIALS[type(step)][1], heard, memory, ())
        case Transfer(nobody=nobody):
            if heard.dial_status in ("completed", "answered"):
                return Waiting(step_name, memory | {"transfer_to": None}, ())
            return _arrive(flow, nobody, memory, NOTHING, ())
        case Hold(then=then):
            return _arrive(flow, then, memory, NOTHING, ())
        case Tell():  # the release before asked here, in whose time the call began: he is told, and asked further on
            return _arrive(flow, step_name, memory, NOTHING, ())
        case other:
            raise UnknownAnswer(f"nobody waits at {step_name} ({type(other).__name__})")


def answered(flow: Flow, working: Working, way: str, memory: Memory) -> Progress:
    """The desk has done the work and answers `way`."""
    step = flow.steps[working.step]
    match step:
        case Ring():
            return _rang(flow, working, step, way, memory)
        case Bridge():
            return _bridged(flow, working, step, way, memory)
        case Transfer(nobody=nobody):
            if way == "ok":
                return Waiting(working.step, memory, working.said)
            return _arrive(flow, nobody, memory, NOTHING, working.said)
        case Do():
            ways = {"ok": step.ok, "failed": step.failed, **step.ways}
            if way not in ways:
                raise UnknownAnswer(f"{step.work} answered {way!r} at {working.step}")
            reset = {"lost": 0} if way == "ok" else {}
            return _arrive(flow, ways[way], memory | reset, working.heard, working.said)
        case _:
            raise UnknownAnswer(f"{working.step} does no work")


def failure_of(flow: Flow, step_name: str) -> str:
    """Where the caller goes when the work of this step cannot be done."""
    match flow.steps.get(step_name):
        case Do(failed=failed) | Ring(failed=failed) | Bridge(failed=failed):
            return failed
        case _:
            return flow.failure


def options_on_page(memory: Memory) -> tuple[tuple[Option, ...], bool]:
    """The options of the page being read, and whether there are more."""
    start = memory.get("page", 0) * PAGE
    options = memory["options"]
    return tuple(options[start : start + PAGE]), len(options) > start + PAGE


def _rang(flow: Flow, working: Working, step: Ring, way: str, memory: Memory) -> Progress:
    match way:
        case "ringing":
            return Waiting(working.step, memory, working.said)
        case "not_taken":
            return Working(working.step, "ring", NOTHING, memory, working.said)
        case "taken" | "nobody" | "failed":
            return _arrive(flow, getattr(step, way), memory, NOTHING, working.said)
        case _:
            raise UnknownAnswer(f"ringing answered {way!r}")


def _bridged(flow: Flow, working: Working, step: Bridge, way: str, memory: Memory) -> Progress:
    match way:
        case "ringing":
            return Waiting(working.step, memory, working.said)
        case "reached" | "not_reached" | "failed":
            return _arrive(flow, getattr(step, way), memory, NOTHING, working.said)
        case _:
            raise UnknownAnswer(f"calling back answered {way!r}")


def _arrive(flow: Flow, name: str, memory: Memory, heard: Heard, said: tuple[Said, ...]) -> Progress:
    step = flow.steps[name]
    match step:
        case Do(work=work):
            return Working(name, work, heard, memory, said)
        case Ring() | Bridge():
            return Working(name, _DIALS[type(step)][0], NOTHING, memory, said)
        case Transfer():
            return Working(name, "transfer", NOTHING, memory, said + _spoken(step.say))
        case Tell(say=say, then=then):
            return _arrive(flow, then, memory, NOTHING, said + _spoken(say))
        case Lost():
            return _went_wrong(flow, memory, step.lost, step.again, said + _spoken(step.say))
        case Choose():
            fresh = memory | {"page": 0}
            return Waiting(name, fresh, said + _menu(step, fresh))
        case Announce(say=say) | Ask(say=say) | Enter(say=say) | Record(say=say) | End(say=say):
            return Waiting(name, memory, said + _spoken(say))
        case Hold() | Connect():
            return Waiting(name, memory, said)


def _hear_key(flow: Flow, name: str, step: Announce | Ask, memory: Memory, heard: Heard) -> Progress:
    key = heard.digits
    if isinstance(step, Announce):
        return _arrive(flow, step.keys.get(key, step.then), memory | {"lost": 0}, heard, ())
    if key in step.keys:
        return _arrive(flow, step.keys[key], memory | {"lost": 0}, heard, ())
    if key in SILENT_KEYS:
        return Waiting(name, memory, _spoken(step.say))
    if not key and step.silence is not None:
        return _arrive(flow, step.silence, memory, NOTHING, ())
    return _once_more(flow, name, memory, step.lost, key, _spoken(step.say), step.tries)


def _hear_entry(flow: Flow, name: str, step: Enter, memory: Memory, heard: Heard) -> Progress:
    if heard.digits in step.keys:
        return _arrive(flow, step.keys[heard.digits], memory, NOTHING, ())
    if heard.digits in SILENT_KEYS:
        return Waiting(name, memory, _spoken(step.say))
    if heard.digits or heard.speech:
        return _arrive(flow, step.then, memory, heard, ())
    return _once_more(flow, name, memory, step.lost, "", _spoken(step.say))


def _hear_choice(flow: Flow, name: str, step: Choose, memory: Memory, heard: Heard) -> Progress:
    options, more = options_on_page(memory)
    key = heard.digits
    if key.isdecimal() and len(key) < 3 and 1 <= int(key) <= len(options):
        return _arrive(flow, step.then, memory | {"lost": 0}, Heard(choice=options[int(key) - 1]), ())
    if key == MORE and more:
        turned = memory | {"page": memory["page"] + 1}
        return Waiting(name, turned, _menu(step, turned))
    if key in SILENT_KEYS:
        return Waiting(name, memory, _menu(step, memory))
    return _once_more(flow, name, memory, step.lost, key, _menu(step, memory))


def _once_more(
    flow: Flow, name: str, memory: Memory, lost: str, key: str, prompt: tuple[Said, ...], tries: int = 2
) -> Progress:
    count = memory.get("lost", 0) + 1
    if count >= tries:
        return _arrive(flow, lost, memory | {"lost": 0}, NOTHING, ())
    return Waiting(name, memory | {"lost": count}, (Said(flow.again), *prompt) if key else prompt)


def _went_wrong(flow: Flow, memory: Memory, lost: str, again: str, said: tuple[Said, ...]) -> Progress:
    count = memory.get("lost", 0) + 1
    if count >= 2:
        return _arrive(flow, lost, memory | {"lost": 0}, NOTHING, said)
    return _arrive(flow, again, memory | {"lost": count}, NOTHING, said)


def _menu(step: Choose, memory: Memory) -> tuple[Said, ...]:
    options, more = options_on_page(memory)
    lines = tuple(
        Said("option", {"label": option["label"], "key": str(key)}) for key, option in enumerate(options, start=1)
    )
    return (*_spoken(step.say), *lines, *((Said("more_options", {"key": MORE}),) if more else ()))


def _spoken(keys: tuple[str, ...]) -> tuple[Said, ...]:
    return tuple(Said(key) for key in keys)


def step_of(flow: Flow, waiting: Waiting) -> Step:
    """The step at which the caller waits."""
    return flow.steps[waiting.step]
