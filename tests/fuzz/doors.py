"""One process that shoots at every door, round after round, until it has shot enough or its time is up."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis as redis_client

from tests.databases import Databases
from tests.fuzz import growth, kept
from tests.fuzz.firing import Range
from tests.fuzz.growth import Held
from tests.fuzz.rounds import Tally, play
from tests.fuzz.world import House

ROUND = 1500  # shots


@dataclass(frozen=True)
class Job:
    """What a process is to do. `rounds`: the seeds of its rounds, played in turn for as long as there is time."""

    database: str  # the address of any database of the server
    redis: str
    template: str
    folder: Path
    name: str
    rounds: Sequence[str]
    shots: int = ROUND
    until: float = float("inf")  # of the steady clock, which all processes of a machine share


@dataclass
class Done:
    """What a process did, and what it held while it did."""

    tally: Tally = field(default_factory=Tally)
    held: list[Held] = field(default_factory=list)


def shoot(job: Job) -> Done:
    """Do it, in a process of its own."""
    done, databases = Done(), Databases(job.database, job.name)
    with redis_client.Redis.from_url(job.redis) as redis:
        house = House(databases, job.template, redis, job.folder)
        with Range(house) as range_:
            for seed in job.rounds:
                if time.monotonic() > job.until:
                    break
                tally = play(range_, seed, job.shots, job.until)
                done.tally.add(tally)
                done.held.append(growth.held(done.tally.shots))
            if done.tally.faults:
                things = house.anew().furniture
                for fault in done.tally.faults:
                    kept.keep(fault, things)
    databases.close()
    return done
