"""Whom an SMS or a call may go to, and how often. Pure; asked before each leaves.

Somebody of ours, a practitioner on file, or the number that this caller or writer came from or left: nobody else, never
to paid or far ranges. What strangers can make us say has a ceiling, for each number and for the house: premium numbers,
rotating callers and machines that answer machines live on lines without one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callbacks.purposes import TRIGGERED, Purpose
from config import numbers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Whose(StrEnum):
    """Whose a number is, as far as we know."""

    OURS = "ours"  # somebody of the wards, of the accounts, or the house's own
    ON_FILE = "on_file"  # a practitioner's
    OWN = "own"  # what this request, or this message, came from or left
    NOBODYS = "nobodys"


class Refusal(StrEnum):
    """Why nothing is sent; the code of the row, and of the alarm."""

    UNKNOWN = "number_unknown"
    RANGE = "number_range"
    OFTEN = "number_often"  # this number was told enough
    FLOOD = "number_flood"  # so many unknown numbers are told at once that somebody makes us


@dataclass(frozen=True)
class Cap:
    """So many of these within that time."""

    at_most: int
    within: timedelta
    purposes: Collection[Purpose] = TRIGGERED


# To one number. A GP with ten questions in an hour was told ten references, and hears the eleventh on the telephone.
TO_ONE: Sequence[Cap] = (Cap(10, HOUR, {Purpose.CONFIRMATION}), Cap(20, HOUR), Cap(60, DAY))
TO_STRANGERS = Cap(300, HOUR)  # to all numbers that are on no file of ours


@dataclass(frozen=True)
class Told:
    """Something that went to this number within the day."""

    purpose: str
    at: datetime


@dataclass(frozen=True)
class Recipient:
    """A number (E.164) or an address, and what is known of it. `strangers`: triggered messages of the last hour."""

    address: str
    channel: str  # sms | call | email
    whose: Whose
    zones: Collection[str] = (numbers.PARIS,)  # of our hospitals
    told: Sequence[Told] = ()
    strangers: int = 0


def refusal(to: Recipient, purpose: str, now: datetime, abroad: Collection[str] = ()) -> Refusal | None:
    """Why this must not leave; None: it may. `abroad`: CALLS_ABROAD. An address is only counted: mail costs nobody."""
    if to.channel != "email" and to.whose is Whose.NOBODYS:
        return Refusal.UNKNOWN
    if to.channel != "email" and not in_range(to.address, to.whose, to.zones, abroad):
        return Refusal.RANGE
    if purpose not in TRIGGERED or to.whose is Whose.OURS:
        return None
    if any(_is_full(cap, to.told, purpose, now) for cap in TO_ONE):
        return Refusal.OFTEN
    return Refusal.FLOOD if to.whose is not Whose.ON_FILE and to.strangers >= TO_STRANGERS.at_most else None


def in_range(number: str, whose: Whose, zones: Collection[str], abroad: Collection[str] = ()) -> bool:
    """Whether calls and SMS to this number are what a hospital pays for."""
    known = whose in (Whose.OURS, Whose.ON_FILE)
    allowed = numbers.callable_back if known else numbers.callable_unknown
    return any(allowed(number, zone, abroad) for zone in zones)


def may_be_left(number: str, timezone: str, abroad: Collection[str] = ()) -> bool:
    """Whether a caller may key this number to be called back on: it could be anybody's, and it is not where he is."""
    at_home = numbers.is_french(number) or numbers.region(number) in abroad
    return at_home and numbers.callable_unknown(number, timezone, abroad)


def _is_full(cap: Cap, told: Sequence[Told], purpose: str, now: datetime) -> bool:
    if purpose not in cap.purposes:
        return False
    return sum(each.purpose in cap.purposes and each.at > now - cap.within for each in told) >= cap.at_most
