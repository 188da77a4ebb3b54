"""When the carrier's lists are read: every hour, after every outage, after a copy was put back, when asked. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EVERY = timedelta(hours=1)
SILENCE = timedelta(seconds=60)  # since we last looked: whoever stood still for so long may have missed something
LATELY = timedelta(seconds=60)  # several processes that start together ask once
OVERLAP = timedelta(hours=5)  # a call lasts four at most, and an SMS waits as long in the carrier's queue
FIRST = timedelta(days=1)  # how far back the first comparison of a register goes that has been at work


class Why(StrEnum):
    """What it is for."""

    HOURLY = "hourly"
    START = "start"
    OUTAGE = "outage"
    RESTORE = "restore"
    ASKED = "asked"


@dataclass(frozen=True)
class Known:
    """What the register tells, and the process that looks; all of real time."""

    compared_until: datetime | None = None
    began: datetime | None = None  # the latest comparison
    restored: datetime | None = None  # the moment of a copy that was put back, and not compared since
    asked: bool = False  # one waits to be done, or is under way
    at_work: bool = False  # something has ever come in or left
    looked: datetime | None = None  # None: this process has just begun
    away: bool = False  # it lost the register


@dataclass(frozen=True)
class Asked:
    """Compare, from `since` on."""

    why: Why
    since: datetime


def due(known: Known, now: datetime) -> Asked | None:
    """Whether the lists are to be read now, all of real time."""
    usual = since(known, now)
    if known.restored is not None:
        return Asked(Why.RESTORE, min(usual, known.restored - OVERLAP))
    if known.looked is None and (known.began is None or now - known.began > LATELY):
        return Asked(Why.START, usual)
    if known.away or (known.looked is not None and now - known.looked > SILENCE):
        return Asked(Why.OUTAGE, usual)
    if not known.asked and (known.compared_until is None or now - known.compared_until >= EVERY):
        return Asked(Why.HOURLY, usual)
    return None


def since(known: Known, now: datetime) -> datetime:
    """From where on: a little before the last comparison's end. What came before there was a register is not ours."""
    if known.compared_until is not None:
        return min(known.compared_until, now) - OVERLAP
    return now - FIRST if known.at_work else now
