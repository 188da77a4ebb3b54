"""The exact parameter sets of requests about calls (order and presence as captured from the real service)."""

from math import ceil

from simulator.legs import SIP_CODES, Leg, Status
from simulator.office import Office
from simulator.webhooks import Params

API_VERSION = "2010-04-01"
PLACES = ("City", "Country", "State", "Zip")
COUNTRIES = (("+33", "FR"), ("+32", "BE"), ("+41", "CH"), ("+352", "LU"), ("+262", "RE"), ("+590", "GP"))


def country(number: str) -> str:
    """Two letters, or an empty value: unknown geography is sent empty, never left out."""
    return next((code for prefix, code in COUNTRIES if number.startswith(prefix)), "")


def geography(role: str, number: str) -> list[tuple[str, str]]:
    return [(f"{role}{place}", country(number) if place == "Country" else "") for place in PLACES]


def base(office: Office, leg: Leg, status: Status | None = None) -> Params:
    """What every voice request carries."""
    return (
        ("AccountSid", office.account.sid),
        ("ApiVersion", API_VERSION),
        ("CallSid", leg.sid),
        ("CallStatus", str(status or leg.status)),
        ("Called", leg.to),
        *geography("Called", leg.to),
        ("Caller", leg.from_),
        *geography("Caller", leg.from_),
        ("Direction", leg.direction),
        ("From", leg.from_),
        *geography("From", leg.from_),
        ("To", leg.to),
        *geography("To", leg.to),
        *((("CallToken", leg.call_token),) if leg.call_token else ()),
        *((("ParentCallSid", leg.parent.sid),) if leg.parent else ()),
    )


def progress(office: Office, leg: Leg, status: Status, sequence: int) -> Params:
    """A call progress event. Seconds in CallDuration, minutes rounded up in Duration."""
    ending: Params = ()
    if not leg.live:
        ending = (("CallDuration", str(leg.seconds)), ("Duration", str(ceil(leg.seconds / 60))))
    code = leg.sip_code or SIP_CODES.get(status)
    return (
        *base(office, leg, status),
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", str(sequence)),
        ("Timestamp", office.rfc2822(office.now)),
        *ending,
        *((("SipResponseCode", str(code)),) if code else ()),
    )
