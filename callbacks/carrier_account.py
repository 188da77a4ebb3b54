"""Our account at the carrier: what its numbers lead to and can do, where it may call and text, who hears recordings.

Fields of a number carry the carrier's own names (`voice_url`, …): that is what its console shows too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import requests

from callbacks.carrier import TIMEOUT_SECONDS, client_of
from callbacks.carrier_faults import FAULTS, CarrierError, raise_fault, refuse
from callbacks.carrier_language import account_url

Found = TypeVar("Found")

ADDRESSES = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
METHODS = ("voice_method", "voice_fallback_method", "status_callback_method", "sms_method", "sms_fallback_method")
# Where one of these is set, the carrier asks it, and ignores the addresses above.
INSTEAD = ("trunk_sid", "voice_application_sid", "sms_application_sid")
FIELDS = (*ADDRESSES, *METHODS, *INSTEAD, "voice_receive_mode", "voice_caller_id_lookup")
NONSENSE = (AttributeError, KeyError, TypeError)  # JSON, but of another shape: its client falls over it
COUNTRIES = 1000  # the largest page; there are some 220


@dataclass(frozen=True)
class Standing:
    """Whether the account is `active`, and `Full` or `Trial`."""

    status: str
    kind: str


@dataclass(frozen=True)
class Number:
    """A number of the account: its fields of `FIELDS` as text, empty where nothing is set; what it can do."""

    sid: str
    number: str  # E.164
    fields: Mapping[str, str]
    able: Mapping[str, bool]  # voice, sms, …


@dataclass(frozen=True)
class Dialing:
    """A country as it may be dialled: ordinary numbers, special services, ranges known for toll fraud."""

    name: str
    codes: Sequence[int]  # calling codes
    ordinary: bool
    special: bool
    fraud: bool


class Account(Protocol):
    """What we ask of our account. Everything may raise CarrierError."""

    def standing(self) -> Standing:
        """Whether it is active, and whether it was paid for."""

    def number(self, e164: str) -> Number | None:
        """One of its numbers; None: it has no such."""

    def configure(self, sid: str, fields: Mapping[str, str]) -> None:
        """Set these fields of a number; the others stay. Buys nothing."""

    def is_verified(self, e164: str) -> bool:
        """Whether a number that is not the account's may be shown as its caller."""

    def dialing(self) -> Sequence[Dialing]:
        """Every country that the carrier calls."""

    def texting(self) -> Mapping[str, bool]:
        """Country (ISO 3166, two letters) -> whether it may be texted."""

    def hands_out_recordings(self) -> bool | None:
        """Whether anybody may fetch the sound of a recording; None: there is none to try it on."""


class TwilioAccount:
    """At Twilio, or at `api_url` whatever speaks its language: there all of its hosts are one."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str | None = None) -> None:
        self._client = client_of(account_sid, auth_token, api_url)
        if api_url:
            for domain in (self._client.voice, self._client.accounts):
                domain.base_url = api_url.rstrip("/")
        self._sid = account_sid
        self._base = account_url(account_sid, api_url)

    def standing(self) -> Standing:
        """Whether it is active, and whether it was paid for."""
        found = _asked(lambda: self._client.api.accounts(self._sid).fetch())
        return Standing(str(found.status), str(found.type))

    def number(self, e164: str) -> Number | None:
        """One of its numbers; None: it has no such."""
        listed = _asked(lambda: self._client.incoming_phone_numbers.list(phone_number=e164, limit=20))
        # The filter matches parts of numbers too.
        return next((_number(each) for each in listed if each.phone_number == e164), None)

    def configure(self, sid: str, fields: Mapping[str, str]) -> None:
        """Set these fields of a number; the others stay. Buys nothing."""
        _asked(lambda: self._client.incoming_phone_numbers(sid).update(**_typed(fields)), writing=True)

    def is_verified(self, e164: str) -> bool:
        """Whether a number that is not the account's may be shown as its caller."""
        listed = _asked(lambda: self._client.outgoing_caller_ids.list(phone_number=e164, limit=20))
        return any(each.phone_number == e164 for each in listed)

    def dialing(self) -> Sequence[Dialing]:
        """Every country that the carrier calls."""
        countries = self._client.voice.v1.dialing_permissions.countries
        return [_dialing(each) for each in _asked(lambda: countries.list(page_size=COUNTRIES))]

    def texting(self) -> Mapping[str, bool]:
        """Country (ISO 3166, two letters) -> whether it may be texted."""
        found = _asked(lambda: self._client.accounts.v1.messaging_geopermissions.fetch())
        return {
            str(each["country_code"]): each.get("enabled") is True
            for each in found.permissions or ()
            if each.get("type", "country") == "country"
        }

    def hands_out_recordings(self) -> bool | None:
        """Whether anybody may fetch the sound of a recording; None: there is none to try it on."""
        latest = _asked(lambda: self._client.recordings.list(limit=1))
        if not latest:
            return None
        return _asked(lambda: self._given_to_anybody(latest[0].sid))

    def _given_to_anybody(self, sid: str) -> bool | None:
        """Asked without credentials, and nothing of it read."""
        url = f"{self._base}/Recordings/{sid}.wav"
        with requests.get(url, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False) as answer:
            if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
                return False
            return True if answer.ok else None


def _asked(ask: Callable[[], Found], *, writing: bool = False) -> Found:
    try:
        return ask()
    except FAULTS as fault:
        if (status := _of_a_list(fault)) is not None:
            refuse(status)
        raise_fault(fault, writing=writing)
    except NONSENSE:
        raise CarrierError("no answer", ambiguous=writing) from None


def _of_a_list(fault: Exception) -> int | None:
    """The status of a list that was refused: its fault tells none, but hands the answer over (twilio.md 3.6)."""
    status = getattr(fault.args[1], "status_code", None) if len(fault.args) > 1 else None
    return status if isinstance(status, int) and status >= 400 else None


def _number(seen: Any) -> Number:
    able = seen.capabilities if isinstance(seen.capabilities, Mapping) else {}
    fields = {name: _text(getattr(seen, name)) for name in FIELDS}
    return Number(str(seen.sid), str(seen.phone_number), fields, {name: value is True for name, value in able.items()})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _typed(fields: Mapping[str, str]) -> dict[str, object]:
    """As the client takes them: the one that is no text is written as the carrier does."""
    return {name: value == "true" if name == "voice_caller_id_lookup" else value for name, value in fields.items()}


def _dialing(seen: Any) -> Dialing:
    codes = [int(code.removeprefix("+").replace(" ", "")) for code in seen.country_codes or () if _is_code(code)]
    return Dialing(
        name=str(seen.name),
        codes=codes,
        ordinary=seen.low_risk_numbers_enabled is True,
        special=seen.high_risk_special_numbers_enabled is True,
        fraud=seen.high_risk_tollfraud_numbers_enabled is True,
    )


def _is_code(code: object) -> bool:
    return isinstance(code, str) and code.removeprefix("+").replace(" ", "").isdigit()
