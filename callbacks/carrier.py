"""The carrier: what we ask of it, and the one place that phones it through the `twilio` client.

Every refusal is a CarrierError that says whether asking again can help (`permanent`) and whether the carrier may have
done it all the same (`ambiguous`): 429 was never processed, a 5xx or a time-out may have been (twilio.md 3.4, 3.6).
"""

import logging
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

REAL_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 5.0
MEDIA_SECONDS = 20.0  # for the whole of a recording: well inside a job's 30 s
MEDIA_BYTES = 32 * 1024 * 1024
TOO_LARGE = "too_large"
REDIRECTS = 3  # the address of a picture passes on to where it lies
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

    def picture(self, source: str) -> bytes:
        """What came with an SMS, by the address we were told; raises NotThere until it is ready."""

    def delete_picture(self, source: str) -> None:
        """Delete it at the carrier; well when it was gone already."""


class TwilioCarrier:
    """Twilio, or at `api_url` whatever speaks its language."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._timeout = timeout
        self._account, self._auth = account_sid, (account_sid, auth_token)
        self._base = f"{(api_url or REAL_API).rstrip('/')}/2010-04-01/Accounts/{account_sid}"
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
        return self._download(f"{self._base}/Recordings/{sid}.wav")

    def delete_recording(self, sid: str) -> None:
        """Delete it at the carrier; well when it was gone already."""
        try:
            self._client.recordings(sid).delete()
        except _FAULTS as fault:
            if not _is_absent(fault):
                _raise(fault)

    def picture(self, source: str) -> bytes:
        """What came with an SMS, by the address we were told; raises NotThere until it is ready."""
        message, media = self._place_of(source)
        return self._download(f"{self._base}/Messages/{message}/Media/{media}")

    def delete_picture(self, source: str) -> None:
        """Delete it at the carrier; well when it was gone already."""
        message, media = self._place_of(source)
        try:
            self._client.messages(message).media(media).delete()
        except _FAULTS as fault:
            if not _is_absent(fault):
                _raise(fault)

    def _place_of(self, source: str) -> tuple[str, str]:
        """The message and the picture it names: whatever host it says, we ask the one that we are customers of."""
        found = _PICTURE.fullmatch(urlsplit(source).path)
        if found is None or found["account"] != self._account:
            raise CarrierError("not ours", permanent=True)
        return found["message"], found["media"]

    def _download(self, url: str) -> bytes:
        """A file. Our credentials are for the carrier alone, not for the storage that it passes us on to."""
        end = time.monotonic() + MEDIA_SECONDS
        auth: tuple[str, str] | None = self._auth
        try:
            for _ in range(1 + REDIRECTS):
                with self._asked(url, auth) as answer:
                    if not answer.is_redirect:
                        return _whole(answer, end)
                    url, auth = self._passed_on(url, answer.headers["Location"]), None
        except requests.RequestException as fault:
            _raise(fault)
        raise CarrierError("redirects")

    def _asked(self, url: str, auth: tuple[str, str] | None) -> requests.Response:
        return requests.get(
            url,
            auth=auth,
            headers={"Connection": "close"},
            timeout=self._timeout,
            stream=True,
            allow_redirects=False,
        )

    def _passed_on(self, url: str, location: str) -> str:
        """Where to: never in the clear, but to a carrier on this machine."""
        target = urljoin(url, location)
        if urlsplit(target).scheme != "https" and urlsplit(target)[:2] != urlsplit(self._base)[:2]:
            raise CarrierError("redirects")
        return target


_PICTURE = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})"
    r"/Messages/(?P<message>(?:SM|MM)[0-9a-f]{32})/Media/(?P<media>ME[0-9a-f]{32})"
)


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
    if answer.status_code != requests.codes.ok:
        _refuse(answer.status_code)
    chunks, size = [], 0
    for chunk in answer.iter_content(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > end:
            raise CarrierError("too slow")
        if size > MEDIA_BYTES:
            raise CarrierError(TOO_LARGE, permanent=True)
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
