"""The steps that are measured, and the floors that they stand on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from benchmarks import carrier, scenes
from benchmarks.scenes import Asked, Scene

if TYPE_CHECKING:
    from benchmarks.stage import Stage  # which records them, and so imports this


class Kind(StrEnum):
    """What a step does to the register; its floor does as much of it as is bare."""

    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True)
class Step:
    """One kind of webhook. `prepare` makes the register ready for `count` of them and returns paths and forms."""

    name: str
    says: str
    kind: Kind
    prepare: Scene
    expected: bytes  # a caller always hears something: an answer of 200 alone proves nothing
    floor: bool = False


def requests(stage: "Stage", step: Step, count: int) -> list[bytes]:
    """`count` signed requests for `step`, ready to be sent."""
    web = stage.floors if step.floor else stage.app
    with stage.engine.begin() as connection:
        asked = step.prepare(connection, count)
    return [carrier.signed(web, stage.token, path, form) for path, form in asked]


def same(step: Step) -> Step:
    """The floor that asks PostgreSQL what this step asks: the same webhooks, at its own door."""

    def prepare(connection: Connection, count: int) -> Asked:
        return [(f"/floor/same/{step.name}{path}", form) for path, form in step.prepare(connection, count)]

    return replace(step, name=f"same_{step.name}", says=f"  floor: its SQL ({step.name})", prepare=prepare, floor=True)


def _floor(name: str) -> Scene:
    def prepare(connection: Connection, count: int) -> Asked:
        return [(f"/floor/{name}/{each}", carrier.call(Digits="9")) for each in scenes.calls(connection, count)]

    return prepare


FLOORS = {
    Kind.READS: Step("floor_read", "floor: signature, SELECT", Kind.READS, _floor("read"), b"<Say>", floor=True),
    Kind.WRITES: Step("floor_write", "floor: the same, INSERT", Kind.WRITES, _floor("write"), b"<Say>", floor=True),
}
_OURS: Sequence[Step] = (
    Step("key", "a key at the menu", Kind.WRITES, scenes.keys, b"<Gather"),
    Step("code", "three letters, two wards", Kind.WRITES, scenes.codes, b"<Gather"),
    Step("arrival", "a call comes in", Kind.WRITES, scenes.arrivals, b"<Gather"),
    Step("repeat", "the same webhook again", Kind.READS, scenes.repeats, b"<Say>"),
    Step("dial", "no answer, the next is rung", Kind.WRITES, scenes.dials, b"<Dial"),
    Step("progress", "a telephone is ringing", Kind.READS, scenes.progress, b""),
    Step("sms", "an SMS comes in", Kind.WRITES, scenes.texts, b"<Response"),
    Step("status", "an SMS has arrived", Kind.WRITES, scenes.delivered, b""),
)
SAME = {step.name: same(step) for step in _OURS}
# Each beside the floor that does its SQL, so that a noisy moment of the machine falls on both.
STEPS: Sequence[Step] = (*FLOORS.values(), *(each for step in _OURS for each in (step, SAME[step.name])))
