"""A patient goes home: the hospital asks for a call to his GP before, and a senior of the ward makes it (domain 5).

The reverse direction: the GP has asked nothing and is promised nothing; who he treats stands nowhere.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, text

from callbacks import permitted, requests
from callbacks.figures.periods import FOLLOWED
from callbacks.kinds import store as kinds
from callbacks.kinds.kind import Code
from callbacks.permitted import Whose
from callbacks.requests import Filed, Filing
from config.clock import Moment
from config.sealed_types import in_any_form
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

AHEAD = FOLLOWED  # later, the figures would no longer look when it is due


@dataclass(frozen=True)
class Discharge:
    """Whom to call (E.164; of the directory when he is on file), for which ward, before when he goes home."""

    ward: Ward
    number: str
    practitioner_id: int | None
    at: datetime


@dataclass(frozen=True)
class Asked:
    """It is on file; `new` False: it was already, and nothing is asked twice. `filed`: to be told of once committed."""

    id: int
    reference: str
    new: bool
    filed: Filed | None = None


class Refused(StrEnum):
    """Why nothing was asked; `going_home.refused_…` of the catalogue says it."""

    NOT_TAKEN = "not_taken"  # this hospital has no such calls
    NOT_LIVE = "not_live"  # the ward is being prepared: its seniors are told of nothing yet
    PAST = "past"
    FAR = "far"
    NUMBER = "number"  # not one that the line may call


# A second touch waits here for the first, and finds what it filed.
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:of, 0))")
_ALREADY = text(
    """
    select id, reference from requests
    where kind = 'return_home' and state in ('open', 'claimed') and coalesce(about_id, ward_id) = :ward_id
        and event_at = :at and caller = any(:number)
    order by id limit 1"""
).bindparams(*in_any_form("number"))


def ask(
    conn: Connection, moment: Moment, by: Actor, discharge: Discharge, abroad: Collection[str] = ()
) -> Asked | Refused:
    """Put it on file for the ward; after the commit ring `climb` with its id. Nothing here commits."""
    refused = _refused(conn, discharge, moment.now, abroad)
    if refused is not None:
        return refused
    ward_id, at = discharge.ward.id, discharge.at
    conn.execute(_ONE_AT_A_TIME, {"of": f"going_home:{ward_id}:{discharge.number}"})
    already = conn.execute(_ALREADY, {"ward_id": ward_id, "at": at, "number": discharge.number}).one_or_none()
    if already is not None:
        return Asked(already.id, already.reference, new=False)
    filed = requests.file(
        conn,
        Filing(
            ward_id=ward_id,
            kind=Code.RETURN_HOME,
            channel="page",
            caller=discharge.number,
            practitioner_id=discharge.practitioner_id,
            call_id=None,
            created_at=moment.now,
            moment=moment,
            event_at=at,
        ),
    )
    trail.record(conn, moment, by, "request.going_home", ward_id=ward_id, subject=filed.reference)
    return Asked(filed.id, filed.reference, new=True, filed=filed)


def _refused(conn: Connection, discharge: Discharge, now: datetime, abroad: Collection[str]) -> Refused | None:
    if not kinds.of_ward(conn, discharge.ward.id, Code.RETURN_HOME).offered:
        return Refused.NOT_TAKEN
    if not discharge.ward.is_live(now):
        return Refused.NOT_LIVE
    if discharge.at <= now:
        return Refused.PAST
    if discharge.at > now + AHEAD:
        return Refused.FAR
    whose = Whose.OWN if discharge.practitioner_id is None else Whose.ON_FILE
    callable_here = permitted.in_range(discharge.number, whose, (discharge.ward.timezone,), abroad)
    return None if callable_here else Refused.NUMBER
