"""The carrier: what we ask of it, and the one place that phones it through the `twilio` client.

Every refusal is a CarrierError that says whether asking again can help (`permanent`) and whether the carrier may have
done it all the same (`ambiguous`): 429 was never processed, a 5xx or a time-out may have been (twilio.md 3.4, 3.6).
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

REAL_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 5.0
MEDIA_SECONDS = 20.0  # for the whole of a recording: well inside a job's 30 s
MEDIA_BYTES = 32 * 1024 * 1024
LOOK_BACK = timedelta(seconds=60)  # the carrier's clock and ours may differ by this
LISTED = 200  # to one recipient, newest first

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


@dataclass(frozen=True)
class Sms:
    """An SMS to send; `valid_seconds`: after that the carrier no longer tries."""

    to: str
    sender: str
    body: str
    status_url: str
    valid_seconds: int


@dataclass(frozen=True)
class Call:
    """A call to place: `url` answers with what is said once it is picked up."""

    to: str
    caller: str
    url: str
    status_url: str
    ring_seconds: int


@dataclass(frozen=True)
class Seen:
    """A message, call or recording as the carrier has it. `seconds`: how long, `ended`: when, if it says so."""

    sid: str
    status: str
    seconds: int | None = None
    error: str | None = None
    ended: datetime | None = None


class Carrier(Protocol):
    """What we ask of a carrier. Everything may raise CarrierError."""

    def send_sms(self, sms: Sms) -> str:
        """The sid under which it was accepted."""

    def place_call(self, call: Call) -> str:
        """The sid under which it was accepted."""

    def messages_like(self, to: str, body: str, since: datetime) -> list[str]:
        """Sids of SMS with this recipient and exact text, accepted since."""

    def calls_like(self, to: str, since: datetime) -> list[str]:
        """Sids of calls placed by us to this number since."""

    def message(self, sid: str) -> Seen:
        """An SMS as it stands."""

    def call(self, sid: str) -> Seen:
        """A call as it stands."""

    def recording(self, sid: str) -> Seen:
        """A recording as it stands, without its sound."""

    def media(self, sid: str) -> bytes:
        """The sound of a recording, wav; raises NotThere until it is ready."""

    def delete_recording(self, sid: str) -> None:
        """Delete it at the carrier; well when it was gone already."""


class TwilioCarrier:
    """Twilio, or at `api_url` whatever speaks its language."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._timeout = timeout
        self._auth = (account_sid, auth_token)
        self._media_base = f"{(api_url or REAL_API).rstrip('/')}/2010-04-01/Accounts/{account_sid}/Recordings"
        http = TwilioHttpClient(timeout=timeout, logger=_quiet())
        # A kept connection that the other side closed looks like an attempt whose outcome is unknown.
        http.session.headers["Connection"] = "close"
        self._client = Client(account_sid, auth_token, http_client=http)
        if api_url:
            self._client.api.base_url = api_url.rstrip("/")

    def send_sms(self, sms: Sms) -> str:
        """The sid under which it was accepted."""
        try:
            accepted = self._client.messages.create(
                to=sms.to,
                from_=sms.sender,
                body=sms.body,
                status_callback=sms.status_url,
                validity_period=sms.valid_seconds,
            )
        except _FAULTS as fault:
            _raise(fault, writing=True)
        return _sid(accepted.sid)

    def place_call(self, call: Call) -> str:
        """The sid under which it was accepted."""
        try:
            accepted = self._client.calls.create(
                to=call.to,
                from_=call.caller,
                url=call.url,
                method="POST",
                status_callback=call.status_url,
                status_callback_method="POST",
                timeout=call.ring_seconds,
            )
        except _FAULTS as fault:
            _raise(fault, writing=True)
        return _sid(accepted.sid)

    def messages_like(self, to: str, body: str, since: datetime) -> list[str]:
        """Sids of SMS with this recipient and exact text, accepted since."""
        # No filter by date: a message that waits in the carrier's queue has no date of sending yet.
        try:
            found = self._client.messages.list(to=to, limit=LISTED)
        except _FAULTS as fault:
            _raise(fault)
        ours = [message for message in found if message.body == body and message.direction != "inbound"]
        return [_sid(message.sid) for message in ours if _since(message.date_created, since)]

    def calls_like(self, to: str, since: datetime) -> list[str]:
        """Sids of calls placed by us to this number since."""
        try:
            found = self._client.calls.list(to=to, limit=LISTED)
        except _FAULTS as fault:
            _raise(fault)
        ours = [call for call in found if call.direction == "outbound-api"]
        return [_sid(call.sid) for call in ours if _since(call.date_created, since)]

    def message(self, sid: str) -> Seen:
        """An SMS as it stands."""
        try:
            seen = self._client.messages(sid).fetch()
        except _FAULTS as fault:
            _raise(fault)
        error = None if seen.error_code is None else str(seen.error_code)
        return Seen(sid, str(seen.status), error=error)

    def call(self, sid: str) -> Seen:
        """A call as it stands."""
        try:
            seen = self._client.calls(sid).fetch()
        except _FAULTS as fault:
            _raise(fault)
        return Seen(sid, str(seen.status), seconds=_seconds(seen.duration), ended=seen.end_time)

    def recording(self, sid: str) -> Seen:
        """A recording as it stands, without its sound."""
        try:
            seen = self._client.recordings(sid).fetch()
        except _FAULTS as fault:
            _raise(fault)
        return Seen(sid, str(seen.status), seconds=_seconds(seen.duration))

    def media(self, sid: str) -> bytes:
        """The sound of a recording, wav; raises NotThere until it is ready."""
        end = time.monotonic() + MEDIA_SECONDS
        try:
            with requests.get(
                f"{self._media_base}/{sid}.wav",
                auth=self._auth,
                headers={"Connection": "close"},
                timeout=self._timeout,
                stream=True,
            ) as answer:
                if answer.status_code != requests.codes.ok:
                    _refuse(answer.status_code)
                return _whole(answer, end)
        except requests.RequestException as fault:
            _raise(fault)

    def delete_recording(self, sid: str) -> None:
        """Delete it at the carrier; well when it was gone already."""
        try:
            self._client.recordings(sid).delete()
        except _FAULTS as fault:
            if not _is_absent(fault):
                _raise(fault)


# ValueError: an answer cut off in the middle is no JSON.
_FAULTS = (TwilioException, requests.RequestException, ValueError)


def _raise(fault: Exception, *, writing: bool = False) -> NoReturn:
    """Say what a fault means; its own text may carry numbers, so it is not passed on (style 20)."""
    if isinstance(fault, TwilioRestException | TwilioServiceException):
        _refuse(fault.status, fault.code, writing=writing)
    if isinstance(fault, requests.RequestException) and _never_left(fault):
        raise CarrierError("unreachable") from None
    raise CarrierError("no answer", ambiguous=writing) from None


def _refuse(status: int, code: int | None = None, *, writing: bool = False) -> NoReturn:
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


def _is_absent(fault: Exception) -> bool:
    return isinstance(fault, TwilioRestException | TwilioServiceException) and fault.status == requests.codes.not_found


def _whole(answer: requests.Response, end: float) -> bytes:
    chunks, size = [], 0
    for chunk in answer.iter_content(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > end:
            raise CarrierError("too slow")
        if size > MEDIA_BYTES:
            raise CarrierError("too large")
    return b"".join(chunks)


def _since(created: datetime | None, since: datetime) -> bool:
    return created is None or created >= since - LOOK_BACK


def _sid(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise CarrierError("no sid", ambiguous=True)
    return value


def _seconds(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _quiet() -> logging.Logger:
    """The client logs numbers at INFO (twilio.md 3.6)."""
    logger = logging.getLogger("rappel24.carrier.http")
    logger.setLevel(logging.WARNING)
    return logger
