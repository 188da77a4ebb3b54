"""The carrier: what we ask of it, and the one place that phones it through the `twilio` client."""

import logging
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from callbacks.carrier_faults import FAULTS, is_absent, raise_fault, refuse
from callbacks.carrier_faults import CarrierError as CarrierError
from callbacks.carrier_faults import NotThere as NotThere
from callbacks.carrier_language import account_url, pressing
from config import outside

TIMEOUT_SECONDS = 5.0
MEDIA_SECONDS = 20.0  # for the whole of a recording: well inside a job's 30 s
MEDIA_BYTES = 32 * 1024 * 1024
TOO_LARGE = "too_large"
REDIRECTS = 3  # the address of a picture passes on to where it lies
LOOK_BACK = timedelta(seconds=60)  # the carrier's clock and ours may differ by this
LISTED = 200  # to one recipient, newest first


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
    """A call to place: `url` answers with what is said once it is picked up; `keys` are pressed, and nothing is said.

    `fallback_url` is asked when nothing answers; without one `url` is, once more.
    """

    to: str
    caller: str
    url: str
    status_url: str
    ring_seconds: int
    keys: str | None = None  # then no URL is asked
    fallback_url: str | None = None


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


def client_of(account_sid: str, auth_token: str, api_url: str | None, timeout: float = TIMEOUT_SECONDS) -> Client:
    """A client that gives up early, asks once, and logs no number."""
    http = _Wire(timeout=timeout, logger=_quiet())
    # A kept connection that the other side closed looks like an attempt whose outcome is unknown.
    http.session.headers["Connection"] = "close"
    client = Client(account_sid, auth_token, http_client=http)
    if api_url:
        client.api.base_url = api_url.rstrip("/")
    return client


class _Wire(TwilioHttpClient):  # type: ignore[misc]
    """Each request is traced, and counted when it is not answered well."""

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Response:
        """As the client asks it."""
        with outside.asking(method.upper(), url) as asked:
            response = super().request(method, url, *rest, **more)
            asked.status = response.status_code
        return response


class TwilioCarrier:
    """Twilio, or at `api_url` whatever speaks its language."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._timeout = timeout
        self._account, self._auth = account_sid, (account_sid, auth_token)
        self._base = account_url(account_sid, api_url)
        self._client = client_of(account_sid, auth_token, api_url, timeout)

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
        except FAULTS as fault:
            raise_fault(fault, writing=True)
        return _sid(accepted.sid)

    def place_call(self, call: Call) -> str:
        """The sid under which it was accepted."""
        # When nothing of ours answered in time: he hears a sentence, or we are asked once more, but not of an error.
        fallback = call.fallback_url or call.url
        asked = {"url": call.url, "fallback_url": fallback, "status_callback": call.status_url}
        methods = {"method": "POST", "fallback_method": "POST", "status_callback_method": "POST"}
        says = asked | methods if call.keys is None else {"twiml": pressing(call.keys)}
        try:
            accepted = self._client.calls.create(to=call.to, from_=call.caller, timeout=call.ring_seconds, **says)
        except FAULTS as fault:
            raise_fault(fault, writing=True)
        return _sid(accepted.sid)

    def messages_like(self, to: str, body: str, since: datetime) -> list[str]:
        """Sids of SMS with this recipient and exact text, accepted since."""
        # No filter by date: a message that waits in the carrier's queue has no date of sending yet.
        try:
            found = self._client.messages.list(to=to, limit=LISTED)
        except FAULTS as fault:
            raise_fault(fault)
        ours = [message for message in found if message.body == body and message.direction != "inbound"]
        return [_sid(message.sid) for message in ours if _since(message.date_created, since)]

    def calls_like(self, to: str, since: datetime) -> list[str]:
        """Sids of calls placed by us to this number since."""
        try:
            found = self._client.calls.list(to=to, limit=LISTED)
        except FAULTS as fault:
            raise_fault(fault)
        ours = [call for call in found if call.direction == "outbound-api"]
        return [_sid(call.sid) for call in ours if _since(call.date_created, since)]

    def message(self, sid: str) -> Seen:
        """An SMS as it stands."""
        try:
            seen = self._client.messages(sid).fetch()
        except FAULTS as fault:
            raise_fault(fault)
        error = None if seen.error_code is None else str(seen.error_code)
        return Seen(sid, str(seen.status), error=error)

    def call(self, sid: str) -> Seen:
        """A call as it stands."""
        try:
            seen = self._client.calls(sid).fetch()
        except FAULTS as fault:
            raise_fault(fault)
        return Seen(sid, str(seen.status), seconds=_seconds(seen.duration), ended=seen.end_time)

    def recording(self, sid: str) -> Seen:
        """A recording as it stands, without its sound."""
        try:
            seen = self._client.recordings(sid).fetch()
        except FAULTS as fault:
            raise_fault(fault)
        return Seen(sid, str(seen.status), seconds=_seconds(seen.duration))

    def media(self, sid: str) -> bytes:
        """The sound of a recording, wav; raises NotThere until it is ready."""
        return self._download(f"{self._base}/Recordings/{sid}.wav")

    def delete_recording(self, sid: str) -> None:
        """Delete it at the carrier; well when it was gone already."""
        try:
            self._client.recordings(sid).delete()
        except FAULTS as fault:
            if not is_absent(fault):
                raise_fault(fault)

    def picture(self, source: str) -> bytes:
        """What came with an SMS, by the address we were told; raises NotThere until it is ready."""
        message, media = self._place_of(source)
        return self._download(f"{self._base}/Messages/{message}/Media/{media}")

    def delete_picture(self, source: str) -> None:
        """Delete it at the carrier; well when it was gone already."""
        message, media = self._place_of(source)
        try:
            self._client.messages(message).media(media).delete()
        except FAULTS as fault:
            if not is_absent(fault):
                raise_fault(fault)

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
            raise_fault(fault)
        raise CarrierError("redirects")

    def _asked(self, url: str, auth: tuple[str, str] | None) -> requests.Response:
        with outside.asking("GET", url) as asked:
            answer = requests.get(
                url,
                auth=auth,
                headers={"Connection": "close"},
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
            asked.status = answer.status_code
        return answer

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


def _whole(answer: requests.Response, end: float) -> bytes:
    if answer.status_code != requests.codes.ok:
        refuse(answer.status_code)
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
