"""The carrier's lists: what came to our numbers and left from them, as it remembers it. Read only, page after page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin

from callbacks.carrier import client_of
from callbacks.carrier_faults import FAULTS, CarrierError, raise_fault
from callbacks.carrier_language import REAL_API
from callbacks.carrier_listed import Call, Recording, Text

PAGE = 1000  # the largest that the carrier gives
MOST = 50_000  # of one kind: months of a busy line; more is a mistake in the date
TOO_MANY = "too many"  # the code of that fault
Listed = TypeVar("Listed", Call, Text, Recording)


@dataclass(frozen=True)
class Enclosed:
    """A picture of a message: where the carrier keeps it, and what its sender says it is."""

    source: str
    media_type: str


class Lists(Protocol):
    """What we ask of the carrier's memory. Everything may raise CarrierError."""

    def calls_to(self, number: str, since: datetime) -> list[Call]:
        """Calls that came to one of our numbers, oldest first."""

    def calls_from(self, number: str, since: datetime) -> list[Call]:
        """Calls that left from one of our numbers, oldest first."""

    def texts_to(self, number: str, since: datetime) -> list[Text]:
        """SMS that came to one of our numbers, oldest first."""

    def texts_from(self, sender: str, since: datetime) -> list[Text]:
        """SMS that left from a number or a name of ours, oldest first."""

    def recordings(self, since: datetime) -> list[Recording]:
        """Recordings of the whole account, oldest first."""

    def enclosed(self, sid: str) -> list[Enclosed]:
        """What came with an SMS, in its order."""

    def call(self, sid: str) -> Call:
        """One call."""

    def recording(self, sid: str) -> Recording:
        """One recording."""


class TwilioLists:
    """Twilio's, or of whatever at `api_url` speaks its language.

    It filters calls by whole days (twilio.md 3.1): what began before `since` is left out here.
    """

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str | None = None, *, page: int = PAGE, most: int = MOST
    ) -> None:
        self._client = client_of(account_sid, auth_token, api_url)
        self._bounds = {"page_size": page, "limit": most}
        self._base = (api_url or REAL_API).rstrip("/")

    def calls_to(self, number: str, since: datetime) -> list[Call]:
        """Calls that came to one of our numbers, oldest first."""
        return self._calls(since, to=number)

    def calls_from(self, number: str, since: datetime) -> list[Call]:
        """Calls that left from one of our numbers, oldest first."""
        return self._calls(since, from_=number)

    def texts_to(self, number: str, since: datetime) -> list[Text]:
        """SMS that came to one of our numbers, oldest first."""
        return self._texts(since, to=number)

    def texts_from(self, sender: str, since: datetime) -> list[Text]:
        """SMS that left from a number or a name of ours, oldest first."""
        return self._texts(since, from_=sender)

    def recordings(self, since: datetime) -> list[Recording]:
        """Recordings of the whole account, oldest first."""
        asked = partial(self._client.recordings.stream, date_created_after=_day(since))
        return self._all(asked, _recording, since)

    def enclosed(self, sid: str) -> list[Enclosed]:
        """What came with an SMS, in its order."""
        try:
            found = self._client.messages(sid).media.list(limit=PAGE)
        except FAULTS as fault:
            raise_fault(fault)
        return [
            Enclosed(urljoin(self._base, str(each.uri).removesuffix(".json")), str(each.content_type)) for each in found
        ]

    def call(self, sid: str) -> Call:
        """One call."""
        try:
            return _call(self._client.calls(sid).fetch())
        except FAULTS as fault:
            raise_fault(fault)

    def recording(self, sid: str) -> Recording:
        """One recording."""
        try:
            return _recording(self._client.recordings(sid).fetch())
        except FAULTS as fault:
            raise_fault(fault)

    def _calls(self, since: datetime, **ends: str) -> list[Call]:
        return self._all(partial(self._client.calls.stream, start_time_after=_day(since), **ends), _call, since)

    def _texts(self, since: datetime, **ends: str) -> list[Text]:
        return self._all(partial(self._client.messages.stream, date_sent_after=_day(since), **ends), _text, since)

    def _all(self, asked: Callable[..., Iterable[Any]], read: Callable[[Any], Listed], since: datetime) -> list[Listed]:
        """Page after page, oldest first: the carrier gives the newest first."""
        try:
            found = [read(each) for each in asked(**self._bounds)]
        except FAULTS as fault:
            raise_fault(fault)
        if len(found) >= self._bounds["limit"]:
            raise CarrierError(TOO_MANY, permanent=True)
        return sorted((each for each in found if each.began >= since), key=lambda each: each.began)


def _day(since: datetime) -> datetime:
    """Its midnight: what the carrier understands."""
    return since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _call(seen: Any) -> Call:
    return Call(
        sid=_named(seen.sid),
        direction=str(seen.direction),
        caller=str(seen._from or ""),
        to=str(seen.to or ""),
        status=str(seen.status),
        began=_at(seen.start_time, seen.date_created),
        ended=seen.end_time,
    )


def _text(seen: Any) -> Text:
    return Text(
        sid=_named(seen.sid),
        direction=str(seen.direction),
        sender=str(seen.from_ or ""),
        to=str(seen.to or ""),
        body=str(seen.body or ""),
        status=str(seen.status),
        error=None if seen.error_code is None else str(seen.error_code),
        began=_at(seen.date_created, seen.date_sent),
        pictures=_whole(seen.num_media) or 0,
    )


def _recording(seen: Any) -> Recording:
    return Recording(
        sid=_named(seen.sid),
        call_sid=str(seen.call_sid or ""),
        status=str(seen.status),
        seconds=_whole(seen.duration),
        began=_at(seen.date_created, seen.start_time),
    )


def _named(sid: object) -> str:
    """The carrier's own name for it; what has none cannot be told apart, and the list is asked for again."""
    if not isinstance(sid, str) or not sid:
        raise CarrierError("no sid")
    return sid


def _at(*dates: object) -> datetime:
    found = next((date for date in dates if isinstance(date, datetime)), None)
    if found is None:
        raise CarrierError("no date")
    return found


def _whole(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
