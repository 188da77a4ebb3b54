"""Three machines in one process, each turn of a call at the next: one goes in mid-call, and the call goes on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from config.database import job_engine
from simulator import no_answer, takes_the_call
from tests.calls.hospital import AMELIE, LINE, Hospital

MACHINES = 3
Build = Callable[..., Hospital]


@dataclass
class Turns:
    """The balancer: each request to the next machine, and to another when that one is off."""

    machines: list[Flask] = field(default_factory=list)
    off: set[int] = field(default_factory=set)
    served: list[int] = field(default_factory=list)

    @property
    def next(self) -> int:
        """Whose turn it is."""
        after = self.served[-1] + 1 if self.served else 0
        return next(number for step in range(MACHINES) if (number := (after + step) % MACHINES) not in self.off)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.served.append(self.next)
        return self.machines[self.served[-1]](environ, start_response)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def hospital(build: Build, turns: Turns, redis: Redis, database_url: str, tmp_path: Path) -> Iterator[Hospital]:
    """Three times the application, each with connections and a memory of its own."""
    house, engines = build(), [job_engine(database_url) for _ in range(MACHINES)]
    own = house.engine
    for house.engine in engines:
        turns.machines.append(house._application(redis, tmp_path))
    house.engine, house.app = own, turns  # type: ignore[assignment]
    yield house
    assert not house.sim.trace.debugger, house.sim.trace.debugger
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("before", [2, 5])
def test_a_message_is_left_whichever_turn_a_machine_goes_before(hospital: Hospital, turns: Turns, before: int) -> None:
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    gp = hospital.gp.dials(LINE)
    steps: list[Callable[[], object]] = [
        lambda: gp.presses("227#"),
        lambda: gp.hears("rappelle avant", within=150).leaves_message(seconds=9),
        lambda: gp.presses("#").hears("valider").presses("1"),
        lambda: gp.hears("garder ce numéro").presses("1"),
        lambda: gp.hears("Quand vous joindre").presses("2"),
        lambda: gp.hears("C'est noté").is_hung_up_on(),
    ]
    for number, step in enumerate(steps, 1):
        if number == before:
            turns.off.add(turns.next)
        step()
    hospital.sim.run_until_idle()
    [request] = hospital.requests()
    assert (request["channel"], request["state"], request["parts"]) == ("voice", "open", 1)
    [call] = hospital.calls()
    assert call["result"] == "request"


def test_two_people_who_talk_are_not_parted_by_a_machine_that_goes(hospital: Hospital, turns: Turns) -> None:
    hospital.amelie.behaves(takes_the_call("tapez 1", conversation=90))
    gp = hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie, within=60)
    turns.off.add(turns.next)
    gp.hears("si l'appel a suffi", within=150).presses("1").is_hung_up_on()
    hospital.sim.run_until_idle()
    [call] = hospital.calls()
    assert (call["result"], call["answered_by"]) == ("answered", AMELIE)
