"""How well written advice is understood: the corpus, each message beside what a person would do with it."""

import csv
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import scheduling
from callbacks.written.understanding import Meaning, Wish, among, understand
from ivr.matching import Candidate, Close, Nothing, Sure

CORPUS = Path(__file__).parent / "corpus"
SAMPLE = Path(scheduling.__file__).parent / "samples" / "wards.csv"
PARTS = ("tuned", "held_out")
RIGHT_AT_LEAST, WRONG_AT_MOST = 0.95, 0.01
HOW, NOTHING = "how", "-"


class Verdict(StrEnum):
    """What became of one message, beside what a person would have done."""

    RIGHT = "right"
    ASKED = "asked"
    WRONG = "wrong"  # without asking


@dataclass(frozen=True)
class Line:
    """One message of the corpus; `choices`: the wards that its sender was asked about before."""

    expected: str
    text: str
    address: str = ""
    subject: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """How one part of the corpus was understood; `seconds` of the processor for all of it."""

    name: str
    verdicts: Mapping[Verdict, int]
    seconds: float

    @property
    def messages(self) -> int:
        return sum(self.verdicts.values())

    def share(self, verdict: Verdict) -> float:
        """Of the messages, 0 to 1."""
        return self.verdicts.get(verdict, 0) / self.messages


def lines(part: str) -> list[Line]:
    """The messages of a part of the corpus."""
    written = (CORPUS / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    return [_line(each) for each in written if each and not each.startswith("#")]


def _line(written: str) -> Line:
    expected, *fields, text = (field.strip() for field in written.split("|"))
    said = dict(field.split(":", 1) for field in fields)
    return Line(
        expected=expected,
        text=text.replace("\\n", "\n"),
        address=said.get("to", "").strip(),
        subject=said.get("subject", "").strip(),
        choices=tuple(said.get("asked", "").split()),
    )


def wards() -> dict[str, Candidate]:
    """The wards of the sample hospitals by their slugs; their desks are offered to nobody who writes."""
    rows = csv.DictReader(SAMPLE.read_text(encoding="utf-8-sig").splitlines())
    return {
        row["ward"]: Candidate(
            number, row["name"], row["hospital"], tuple(filter(None, row["keywords"].split(";"))), row["keypad"]
        )
        for number, row in enumerate(rows, start=1)
        if row["role"] in ("", "ward")
    }


def outcome(line: Line, known: Mapping[str, Candidate]) -> str:
    """What would be done with a message, as the corpus writes it."""
    meaning = understand(line.text, line.subject, tuple(known.values()), line.address)
    if meaning.wish is not Wish.ASK:
        return NOTHING if meaning.wish is Wish.IDLE else meaning.wish
    return _ward(meaning, [known[slug] for slug in line.choices], known)


def _ward(meaning: Meaning, choices: Sequence[Candidate], known: Mapping[str, Candidate]) -> str:
    slugs = {ward.id: slug for slug, ward in known.items()}
    match among(meaning, choices) if choices else meaning.ward:
        case Sure(id=ward_id):
            return slugs[ward_id]
        case Close(ids=ids):
            return "?".join(slugs[ward_id] for ward_id in ids) + ("?" if len(ids) == 1 else "")
        case Nothing():
            return "?".join(slugs[ward.id] for ward in choices) or HOW


def verdict(expected: str, found: str) -> Verdict:
    """Beside what a person would do; the order in which wards are offered is no matter."""
    if sorted(expected.split("?")) == sorted(found.split("?")):
        return Verdict.RIGHT
    return Verdict.ASKED if "?" in found or found == HOW else Verdict.WRONG


def missed(part: str) -> Iterator[tuple[Line, str]]:
    """The messages that were not understood as a person would, and what was made of them."""
    known = wards()
    for line in lines(part):
        if verdict(line.expected, found := outcome(line, known)) is not Verdict.RIGHT:
            yield line, found


def figures(part: str) -> Part:
    """All messages of a part, understood."""
    known, written = wards(), lines(part)
    began = time.process_time()
    found = [outcome(line, known) for line in written]
    seconds = time.process_time() - began
    verdicts = Counter(verdict(line.expected, each) for line, each in zip(written, found, strict=True))
    return Part(part, verdicts, seconds)


def table(parts: Sequence[Part]) -> str:
    """A row for each part, and the aims."""
    head = f"{'written advice':<16}{'messages':>9}{'right':>8}{'asked':>8}{'wrong':>8}{'µs each':>9}"
    rows = [
        f"{part.name.replace('_', ' '):<16}{part.messages:>9}"
        + "".join(f"{part.share(each):>8.1%}" for each in Verdict)
        + f"{part.seconds / part.messages * 1e6:>9.0f}"
        for part in parts
    ]
    short = [part.name.replace("_", " ") for part in parts if not good(part)]
    aim = f"at least {RIGHT_AT_LEAST:.0%} right, at most {WRONG_AT_MOST:.0%} wrong without asking: "
    return "\n".join([head, *rows, aim + (f"missed by {', '.join(short)}" if short else "met")])


def good(part: Part) -> bool:
    """Whether a part is understood as well as we want."""
    return part.share(Verdict.RIGHT) >= RIGHT_AT_LEAST and part.share(Verdict.WRONG) <= WRONG_AT_MOST


def document(parts: Sequence[Part]) -> dict[str, Any]:
    """The same for the JSON file."""
    return {
        part.name: {"messages": part.messages, **{each.value: part.verdicts.get(each, 0) for each in Verdict}}
        for part in parts
    }
