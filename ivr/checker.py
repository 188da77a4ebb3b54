"""Refuses a conversation in which a caller could be stuck or hear nothing. Pure: the catalogue is handed in.

A waiting step's way out for the lost, a work's `failed` way and ringing's `nobody` way are not checked here:
the vocabulary cannot be written without them. Here is what a table can still get wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from ivr.vocabulary import (
    Announce,
    Ask,
    Choose,
    Connect,
    End,
    Enter,
    Flow,
    Lost,
    Record,
    Step,
    Tell,
    Transfer,
    exits,
    prompts,
)

Catalogues = Mapping[str, Mapping[str, str]]  # language -> key -> template

KEYS: Final = frozenset("0123456789*#")
OPTIONS: Final = ("option", "more_options")  # what the engine adds to the words of a menu
FLOW: Final = "the flow"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and with which step."""

    step: str
    problem: str

    def __str__(self) -> str:
        return f"{self.step}: {self.problem}"


def check(flow: Flow, catalogues: Catalogues) -> list[Fault]:
    """Every fault of a flow with its words, in the order of the table; empty when a caller can be let in."""
    found = [*_dead_targets(flow), *_unpressable(flow), *_speechless(flow), *_words_missing(flow, catalogues)]
    if any(fault.problem.startswith("leads to") for fault in found):
        return found  # the rest follows the ways, and some lead nowhere
    return [*found, *_unreached(flow), *_never_left(flow), *_silence_without_end(flow)]


def _dead_targets(flow: Flow) -> Iterator[Fault]:
    for target in (*flow.starts, flow.failure):
        if target not in flow.steps:
            yield Fault(FLOW, f"leads to {target}, which does not exist")
    for name, step in flow.steps.items():
        for way, target in exits(step):
            if target not in flow.steps:
                yield Fault(name, f"leads to {target} on {way!r}, which does not exist")


def _unpressable(flow: Flow) -> Iterator[Fault]:
    for name, step in flow.steps.items():
        if isinstance(step, Announce | Ask | Enter):
            yield from (Fault(name, f"waits for {key!r}, which is no key") for key in step.keys if key not in KEYS)


def _speechless(flow: Flow) -> Iterator[Fault]:
    for name, step in flow.steps.items():
        if isinstance(step, Announce | Ask | Enter | Choose | Record | Tell) and not step.say:
            yield Fault(name, "says nothing, and the caller hears silence")


def _words_missing(flow: Flow, catalogues: Catalogues) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, key in _spoken(flow):
        if key in seen:
            continue
        seen.add(key)
        without = [language for language, words in catalogues.items() if not words.get(key, "").strip()]
        yield from (Fault(name, f"{key} has no words in {language}") for language in without)
        if not without and len({_placeholders(words[key]) for words in catalogues.values()}) > 1:
            yield Fault(name, f"{key} is filled differently in {' and '.join(catalogues)}")


def _spoken(flow: Flow) -> Iterator[tuple[str, str]]:
    """(step, key) of everything a caller may hear."""
    yield FLOW, flow.again
    for name, step in flow.steps.items():
        yield from ((name, key) for key in prompts(step))
        if isinstance(step, Choose):
            yield from ((name, key) for key in OPTIONS)


def _unreached(flow: Flow) -> Iterator[Fault]:
    reached = _walk((*flow.starts, flow.failure), lambda name: [to for _, to in exits(flow.steps[name])])
    yield from (Fault(name, "is reached by nobody") for name in flow.steps if name not in reached)


def _never_left(flow: Flow) -> Iterator[Fault]:
    """A step from which no way, however long, ends the call or connects two people."""
    came_from: dict[str, list[str]] = {name: [] for name in flow.steps}
    for name, step in flow.steps.items():
        for _, target in exits(step):
            came_from[target].append(name)
    left = _walk([name for name, step in flow.steps.items() if _ends(step)], came_from.__getitem__)
    yield from (Fault(name, "is left by nobody") for name in flow.steps if name not in left)


def _silence_without_end(flow: Flow) -> Iterator[Fault]:
    """A caller who says and presses nothing must get out, whatever the works answer."""
    came_from: dict[str, list[str]] = {name: [] for name in flow.steps}
    for name, step in flow.steps.items():
        for target in _on_silence(step):
            came_from[target].append(name)
    left = _walk([name for name, step in flow.steps.items() if _ends(step)], came_from.__getitem__)
    waits = Announce | Ask | Enter | Choose | Record
    waiting = (name for name, step in flow.steps.items() if isinstance(step, waits))
    yield from (Fault(name, "keeps a silent caller for ever") for name in waiting if name not in left)


def _on_silence(step: Step) -> list[str]:
    match step:
        case Ask(silence=str(silence)) | Announce(then=silence):
            return [silence]
        case Ask(lost=lost) | Enter(lost=lost) | Choose(lost=lost) | Lost(lost=lost):
            return [lost]
        case Record(empty=empty):
            return [empty]
        case _:
            return [target for _, target in exits(step)]


def _ends(step: Step) -> bool:
    return isinstance(step, End | Connect | Transfer)


def _walk(starts: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that can be reached from the starts."""
    reached: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(onward(name))
    return reached


def _placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)
