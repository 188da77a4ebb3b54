"""What can go wrong at the carrier, said in our words: its own text may carry numbers, and is not passed on.

Every refusal is a CarrierError that says whether asking again can help (`permanent`) and whether the carrier may have
done it all the same (`ambiguous`): 429 was never processed, a 5xx or a time-out may have been (twilio.md 3.4, 3.6).
"""

from typing import NoReturn

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

# Ours to mend or to wait for; the message itself is well.
TEMPORARY_CODES = {10004, 20003, 20429, 21611, 22005, 63038}
TEMPORARY_STATUSES = {401, 403, 408, 425, 429}


class CarrierError(Exception):
    """The carrier did not do it, or did not say. `code` is its own code, an HTTP status, or a word."""

    def __init__(self, code: str, *, permanent: bool = False, ambiguous: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.ambiguous = ambiguous


class NotThere(CarrierError):
    """The carrier has no such thing, or not yet."""


# ValueError: an answer cut off in the middle is no JSON.
FAULTS = (TwilioException, requests.RequestException, ValueError)


def raise_fault(fault: Exception, *, writing: bool = False) -> NoReturn:
    """Say what a fault means; its own text may carry numbers, so it is not passed on (style 20)."""
    if isinstance(fault, TwilioRestException | TwilioServiceException):
        refuse(fault.status, fault.code, writing=writing)
    if isinstance(fault, requests.RequestException) and _never_left(fault):
        raise CarrierError("unreachable") from None
    raise CarrierError("no answer", ambiguous=writing) from None


def refuse(status: int, code: int | None = None, *, writing: bool = False) -> NoReturn:
    """Say what an answer of this HTTP status, or with this code of the carrier's, means."""
    word = str(code or status)
    if status == requests.codes.not_found and not writing:
        raise NotThere(word) from None
    if code in TEMPORARY_CODES or status in TEMPORARY_STATUSES:
        raise CarrierError(word) from None
    if 400 <= status < 500:
        raise CarrierError(word, permanent=True) from None
    raise CarrierError(word, ambiguous=writing) from None


def _never_left(fault: requests.RequestException) -> bool:
    """No connection, so nothing was asked."""
    if isinstance(fault, requests.ConnectTimeout):
        return True
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def is_absent(fault: Exception) -> bool:
    """Whether the carrier has no such thing."""
    return isinstance(fault, TwilioRestException | TwilioServiceException) and fault.status == requests.codes.not_found
