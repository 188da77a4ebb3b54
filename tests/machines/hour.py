"""An hour of three machines, while calls are at every stage: one is switched off, or all get another release.

What the callers noticed is read from the carrier's own record.
"""

import math
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from simulator.legs import Leg
from tests.faults.day.collect import collect
from tests.faults.day.evidence import Evidence, Heard
from tests.faults.day.injuries import Injuries
from tests.faults.day.judge import Line, judge
from tests.faults.day.plan import Leaves, Plan, plan
from tests.faults.day.run import ROOT, Letters, calms, opens
from tests.faults.day.scale import Scale
from tests.faults.day.town import Town, town
from tests.faults.day.watch import Watch
from tests.machines.fronts import Front, Ours
from tests.machines.machines import NUMBERS, Machines

# Sixty minutes of the promise in sixty seconds; people telephone three times as fast as in life.
HOUR = Scale(
    calls=30, texts=8, letters=6, kills=0, arrivals=60.0, ladder=5.0, pace=3.0, by_day=60.0, by_ladder=7200.0,
    mishaps=0, patience=2.0,
)  # fmt: skip
VICTIM = 2
# What a caller hears last -> where his call is.
STAGES = {"say": "are told something", "ringback": "hear it ring", "bridge": "talk", "beep": "leave a message"}
STAGES_WITHIN = 40.0  # seconds after half of the hour
RENEWED_WITHIN = 120.0
BREATH = 0.02

Tell = Callable[[str], None]
Deed = Callable[[Machines, Callable[[], None]], None]  # what is done to them; the second: to be called while one waits


def switched_off(machines: Machines, meanwhile: Callable[[], None]) -> None:
    """One of them goes without a word."""
    machines.switch_off(VICTIM)


def renewed(tree: Path) -> Deed:
    """Each gets the release at `tree`, as docs/machines.md says: the first alone, then it answers for all."""

    def deed(machines: Machines, meanwhile: Callable[[], None]) -> None:
        first, *others = NUMBERS
        machines.lead_to(*others)
        _renew(machines, first, tree, meanwhile)
        machines.lead_to(first)
        for number in others:
            _renew(machines, number, tree, meanwhile)
        machines.lead_to(*NUMBERS)

    return deed


def _renew(machines: Machines, number: int, tree: Path, meanwhile: Callable[[], None]) -> None:
    machines.renew(number, tree)
    end = time.monotonic() + RENEWED_WITHIN
    while not machines.ready(number):
        assert time.monotonic() < end, f"machine {number} is not ready"
        meanwhile()


class Hour:
    """One of them. `trees`: of machines that begin with another release than ours."""

    def __init__(
        self,
        seed: int,
        deed: Deed | None,
        *,
        trees: Mapping[int, Path] | None = None,
        apart: bool = False,
        behind: type[Front] = Ours,
    ):
        self.plan: Plan = plan(seed, HOUR)
        self.deed = deed
        self.machines = partial(Machines, trees=dict(trees or {}), apart=apart, behind=behind)
        self.stages: Mapping[str, int] = {}  # when it was done: how many calls were where
        self.ended = math.inf  # seconds since the epoch: when all machines were told to stop

    def play(self, tell: Tell = lambda line: None) -> Evidence:
        """What happened."""
        began = time.monotonic()
        with town(self.plan, ROOT, self.machines) as stage:
            injuries = Injuries(stage)
            try:
                with Watch(stage.urls.database) as watch:
                    opens(stage, self.plan, troubled=False)
                    tell("three machines are ready")
                    self._telephones(stage, injuries, tell)
                    still_due = calms(stage, self.plan, injuries, tell)
                self.ended = time.time()
                stage.house.stop()
                return collect(stage, self.plan, injuries, watch, still_due, time.monotonic() - began)
            finally:
                stage.house.stop()
                injuries.disk.close()

    def _telephones(self, stage: Town, injuries: Injuries, tell: Tell) -> None:
        start, waiting = time.monotonic(), self.deed is not None
        letters = Letters(stage, self.plan.writers, start)
        injuries.note_clock()
        while (now := time.monotonic() - start) < HOUR.injured or waiting:
            if waiting and now >= HOUR.arrivals / 2:
                self.stages = _at_every_stage(stage, now - HOUR.arrivals / 2)
                if self.stages:
                    tell(", ".join(f"{many} {what}" for what, many in self.stages.items()))
                    self._does(stage)
                    waiting = False
            self._breathe(stage)
        letters.end()

    def _does(self, stage: Town) -> None:
        assert isinstance(stage.house, Machines)
        if self.deed is not None:
            self.deed(stage.house, partial(self._breathe, stage))

    @staticmethod
    def _breathe(stage: Town) -> None:
        stage.house.restart_the_dead()
        time.sleep(BREATH)


def _at_every_stage(stage: Town, waited: float) -> Mapping[str, int]:
    """How many callers are where; nobody yet while a stage is empty, unless we have waited long."""
    with stage.exchange.clock.lock:
        where = [STAGES.get(leg.sounds[-1].kind) for leg in stage.people.legs.values() if _on_the_line(leg)]
    counts = {what: where.count(what) for what in STAGES.values()}
    return counts if all(counts.values()) or waited > STAGES_WITHIN else {}


def _on_the_line(leg: Leg) -> bool:
    return leg.live and bool(leg.sounds)


# What they noticed --------------------------------------------------------------------------------------------------


def lines(evidence: Evidence, hour: Hour) -> tuple[Line, ...]:
    """The day's, and those of an hour of which nobody who calls may notice anything."""
    return (*judge(evidence), _every_stage(hour), _noticed(evidence), _answered(evidence, hour), _once(evidence))


def _every_stage(hour: Hour) -> Line:
    seen = ", ".join(f"{many} {what}" for what, many in hour.stages.items())
    wrong = [f"none {what}" for what, many in hour.stages.items() if not many]
    wrong += ["nothing was done to the machines"] * (hour.deed is not None and not hour.stages)
    return Line("off", "calls were at every stage when it was done", seen, tuple(wrong))


def _noticed(evidence: Evidence) -> Line:
    """Neither an error, nor an apology, nor “un instant”; and who stayed to the end was connected or promised."""
    patient = {caller.number for caller in evidence.plan.callers if caller.leaves is Leaves.AT_THE_END}
    wrong = [f"{heard.sid} {what}" for heard in evidence.heard if (what := _odd(heard, heard.number in patient))]
    return Line("off", "no caller noticed", f"{len(evidence.heard)} called", tuple(wrong))


def _odd(heard: Heard, stayed: bool) -> str | None:
    if heard.error or heard.incident:
        return "heard an error"
    if heard.moments:
        return "heard “un instant”"
    return "was neither connected nor promised" if stayed and not (heard.bridged or heard.references) else None


def _answered(evidence: Evidence, hour: Hour) -> Line:
    """Behind a balancer the carrier never sees that a machine is gone; that the hour is over and all are, it does."""
    exchanges = [exchange for exchange in evidence.exchanges if exchange.at < hour.ended]
    slow = max((exchange.seconds for exchange in exchanges), default=0.0)
    wrong = [
        f"{exchange.status or 'nothing'} after {exchange.seconds:.1f} s at {_door(exchange.url)}"
        for exchange in exchanges
        if exchange.status is None or exchange.status >= 500
    ]
    seen = f"{len(exchanges)} webhooks, the slowest answered after {slow:.1f} s"
    return Line("off", "the carrier was answered each time", seen, tuple(wrong))


def _door(url: str) -> str:
    """The address without what is one call's own."""
    return re.sub(r"[^/]*[0-9][^/]*", "…", urlsplit(url).path)


def _once(evidence: Evidence) -> Line:
    """After the deadline it is told again and again; before, each rung is for once."""
    wrong = tuple(
        f"request {request.id}: {rung} {request.climbed.count(rung)} times"
        for request in evidence.requests
        for rung in sorted(set(request.climbed[: _deadline(request.climbed)]))
        if request.climbed.count(rung) > 1
    )
    return Line("off", "every rung was climbed once", f"{len(evidence.requests)} requests", wrong)


def _deadline(climbed: tuple[str, ...]) -> int:
    return climbed.index("due") if "due" in climbed else len(climbed)
