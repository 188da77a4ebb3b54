"""Draws the conversation for the clinicians who approve it: what is said, what may be answered, where it leads.

Two forms of the same boxes: text for a screen or paper, and Mermaid for a page that draws. `words` gives the sentence
behind a key of the catalogue: "voice.promise", "work.find_ward", "way.lost", "step.ask", "start.arrive".
"""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from ivr.vocabulary import (
    PLAYED,
    READ_OUT,
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
    Ring,
    Step,
    Transfer,
)
from ivr.vocabulary import exits as ways_out

Words = Callable[[str], str]

WIDTH: Final = 110
LABEL: Final = 28  # columns for what was answered
_WORKS, _QUESTIONS = ("[[", "]]"), ("{{", "}}")
_SHAPES: Final = dict.fromkeys((Do, Ring, Bridge), _WORKS) | dict.fromkeys((Announce, Ask, Enter, Choose), _QUESTIONS)
_ENDS: Final = ("([", "])")
_FROM_ELSEWHERE: Final = {PLAYED: "step.played", READ_OUT: "step.read_out"}


@dataclass(frozen=True)
class Arrow:
    """One way on: what was answered, the step it leads to."""

    answers: tuple[str, ...]
    to: str


@dataclass(frozen=True)
class Box:
    """One step as it is drawn."""

    number: int
    name: str
    does: str
    says: tuple[str, ...]
    arrows: tuple[Arrow, ...]
    shape: tuple[str, str]


def draw(flow: Flow, words: Words) -> str:
    """The conversation as text, a numbered step a paragraph, in the order of the table."""
    drawn = boxes(flow, words)
    numbers = {box.name: box.number for box in drawn}
    starts = [_line(words(f"start.{name}"), f"→ {numbers[name]} {name}", indent=0) for name in flow.starts]
    return "\n".join([*starts, *(f"\n{_paragraph(box, numbers)}" for box in drawn)]) + "\n"


def mermaid(flow: Flow, words: Words) -> str:
    """The conversation as a Mermaid flowchart."""
    drawn = boxes(flow, words)
    numbers = {box.name: box.number for box in drawn}
    lines = ["flowchart TD"]
    for position, name in enumerate(flow.starts, start=1):
        lines += [f"  a{position}(({_quoted(words(f'start.{name}'))}))", f"  a{position} --> s{numbers[name]}"]
    for box in drawn:
        opened, closed = box.shape
        says = (_said(sentence) for sentence in box.says)
        lines.append(f"  s{box.number}{opened}{_quoted('<br/>'.join((f'{box.number}. {box.does}', *says)))}{closed}")
        lines += [
            f"  s{box.number} -- {_quoted(', '.join(arrow.answers))} --> s{numbers[arrow.to]}" for arrow in box.arrows
        ]
    return "\n".join(lines) + "\n"


def boxes(flow: Flow, words: Words) -> list[Box]:
    """Every step with its words, numbered in the order of the table."""
    return [
        Box(number, name, _does(step, words), _says(step, words), _arrows(step, words), _shape(step))
        for number, (name, step) in enumerate(flow.steps.items(), start=1)
    ]


def _does(step: Step, words: Words) -> str:
    match step:
        case Do(work=work):
            return words(f"work.{work}")
        case Enter(entry=entry):
            return words(f"step.enter_{entry}")
        case Hold(seconds=seconds):
            return words("step.hold").format(seconds=seconds)
        case _:
            return words(f"step.{type(step).__name__.lower()}")


def _says(step: Step, words: Words) -> tuple[str, ...]:
    if isinstance(step, Do | Ring | Bridge | Hold | Connect):
        return ()
    return tuple(words(_FROM_ELSEWHERE.get(key, f"voice.{key}")) for key in step.say)


def _arrows(step: Step, words: Words) -> tuple[Arrow, ...]:
    """The ways out, keys first; those to the same place are one arrow."""
    keys = step.keys if isinstance(step, Announce | Ask | Enter) else {}
    leading: dict[str, list[str]] = {}
    for key in sorted(keys):
        leading.setdefault(keys[key], []).append(key)
    arrows = {target: [words("way.key").format(key=", ".join(pressed))] for target, pressed in leading.items()}
    for way, target in ways_out(step):
        if way not in keys:
            arrows.setdefault(target, []).append(words(f"way.{way}"))
    return tuple(Arrow(tuple(answers), target) for target, answers in arrows.items())


def _shape(step: Step) -> tuple[str, str]:
    return _ENDS if isinstance(step, End | Connect | Transfer) else _SHAPES.get(type(step), ("[", "]"))


def _paragraph(box: Box, numbers: dict[str, int]) -> str:
    lines = [f"{box.number:>3}  {box.name} · {box.does}"]
    for sentence in box.says:
        lines += wrap(_said(sentence), WIDTH, initial_indent=" " * 5, subsequent_indent=" " * 7)
    for arrow in box.arrows:
        lines.append(_line(", ".join(arrow.answers), f"→ {numbers[arrow.to]} {arrow.to}", indent=7))
    return "\n".join(lines)


def _line(label: str, target: str, indent: int) -> str:
    return f"{' ' * indent}{label:<{LABEL}} {target}"


def _said(sentence: str) -> str:
    return f"«\u00a0{sentence}\u00a0»"  # the quotation marks never stand alone on a line


def _quoted(label: str) -> str:
    return '"' + label.replace('"', "#quot;") + '"'
