"""What an administrator should know of the rota and the wards before a caller finds out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from config import numbers
from scheduling import rota, store
from scheduling.local_time import show
from scheduling.opening import Stretch
from scheduling.rota import Ward

_YEAR = timedelta(days=366)  # every public holiday once
_FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True)
class Concern:
    """One thing to mend: the ward it is about (slug), and what is wrong, in plain words."""

    ward: str
    what: str


def long_closing(connection: Connection, ward: Ward, now: datetime) -> str | None:
    """What to say of a ward that can be closed for more than 18 h without cover within a year; None when it cannot."""
    found = rota.longest(store.closed_stretches_without_cover(connection, ward.id, now, now + _YEAR))
    if found is None:
        return None
    hours = (found[1] - found[0]) / timedelta(hours=1)
    return f"{ward.slug} can be closed for {hours:.0f} h without cover ({_hours(found, ward)}): name a covering ward"


def concerns(connection: Connection, now: datetime) -> list[Concern]:
    """Everything to mend: holes of the next fourteen days, long closings, missing or unreachable people."""
    found: list[Concern] = []
    for ward in store.wards(connection):
        said = [*_missing(ward), *_holes(connection, ward, now), *_unreachable(connection, ward, now)]
        found += [Concern(ward.slug, what) for what in (*said, long_closing(connection, ward, now)) if what]
    return found


def _missing(ward: Ward) -> list[str]:
    roles = {"head of ward": ward.head, "coordinator": ward.coordinator}
    return [f"no {role}: the ladder skips it" for role, who in roles.items() if who is None]


def _holes(connection: Connection, ward: Ward, now: datetime) -> list[str]:
    holes = store.holes(connection, ward.id, now, now + _FORTNIGHT)
    if not holes:
        return []
    more = f" and {len(holes) - 1} more in two weeks" if len(holes) > 1 else ""
    return [f"nobody on call {_hours(holes[0], ward)}{more}"]


def _unreachable(connection: Connection, ward: Ward, now: datetime) -> list[str]:
    held = store.shifts_between(connection, [ward.id], now, now + _FORTNIGHT)
    on_duty = {shift.person for shift in held}
    texted_stop = [f"{who.name} is on the rota and texted STOP: alerts go by voice" for who in on_duty if who.opted_out]
    no_mobile = [
        f"{who.name} is on the rota without a mobile: alerts go by voice"
        for who in on_duty
        if not numbers.is_mobile(who.phone)
    ]
    return sorted(texted_stop + no_mobile)


def _hours(stretch: Stretch, ward: Ward) -> str:
    return f"from {show(stretch[0], ward.timezone)} to {show(stretch[1], ward.timezone)}"
