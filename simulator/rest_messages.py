"""Messages over REST: create, fetch, list, redact, cancel, delete."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulator.messages import FINAL, Message, Messages, is_alphanumeric, is_french_landline
from simulator.office import is_e164
from simulator.resources import date, within
from simulator.rest import ROOT, RestError, RestRequest, RestResponse, Route, gone, not_found, ok, page, route

MAX_BODY = 1600
MAX_VALIDITY = 36000
UNSIMULATED = ("MessagingServiceSid", "MediaUrl", "ContentSid", "SendAt", "ScheduleType")
MAGIC_TO = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408, "+15005550004": 21610,
            "+15005550009": 21614}  # fmt: skip
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
ERROR_TEXTS = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}


class MessageResource:
    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self.office = messages.office

    def routes(self) -> Iterator[Route]:
        yield route("POST", "Messages", self.create)
        yield route("GET", "Messages", self.list)
        yield route("GET", "Messages/{sid}", self.fetch)
        yield route("POST", "Messages/{sid}", self.update)
        yield route("DELETE", "Messages/{sid}", self.delete)

    def create(self, request: RestRequest) -> RestResponse:
        to, from_, body = self._validated(request)
        message = self.messages.send(from_, to, body, request.one("StatusCallback") or "")
        return ok(self.show(message), 201)

    def fetch(self, request: RestRequest, sid: str) -> RestResponse:
        return ok(self.show(self._find(request, sid)))

    def list(self, request: RestRequest) -> RestResponse:
        messages = [m for m in reversed(self.messages.by_sid.values()) if not m.deleted and self._wanted(request, m)]
        return page(request, "messages", messages, self.show, lambda message: message.sid)

    def update(self, request: RestRequest, sid: str) -> RestResponse:
        """Body may only be emptied; Status may only become canceled, before it is sent."""
        message, body, status = self._find(request, sid), request.one("Body"), request.one("Status")
        if body:
            raise RestError(400, 20001, "Body can only be redacted: send an empty one")
        if status is not None:
            self._cancel(message, status)
        if body == "":
            self._redact(message)
        return ok(self.show(message))

    def delete(self, request: RestRequest, sid: str) -> RestResponse:
        message = self._find(request, sid)
        if message.status not in FINAL and message.status != "sent":
            raise RestError(409, 20009, "Cannot delete a message that is on its way")
        message.deleted = True
        return gone()

    def _cancel(self, message: Message, status: str) -> None:
        if status != "canceled" or message.status not in ("queued", "accepted", "scheduled"):
            raise RestError(400, 30409, "Message cannot be canceled any more")
        message.status, message.updated = "canceled", self.office.now

    def _redact(self, message: Message) -> None:
        if message.status not in FINAL and message.status != "sent":
            raise RestError(400, 20009, "Cannot redact a message that is on its way")
        message.body = ""

    # -- creating ------------------------------------------------------------------------------------------------

    def _validated(self, request: RestRequest) -> tuple[str, str, str]:
        to, from_, body = request.one("To"), request.one("From"), request.one("Body")
        for name in UNSIMULATED:
            if request.one(name):
                self.office.trace.complain(0, f"Messages create with {name}", unsimulated=True)
        if not to:
            raise RestError(400, 21604, "A 'To' phone number is required.")
        if not from_:
            raise RestError(400, 21603, "A 'From' phone number is required.")
        if not body:
            raise RestError(400, 21602, "Message body is required.")
        if len(body) > MAX_BODY:
            raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        self._check_validity(request)
        self._check_numbers(to, from_)
        return to, from_, body

    def _check_validity(self, request: RestRequest) -> None:
        period = request.one("ValidityPeriod")
        if period is not None and not (period.isdigit() and 1 <= int(period) <= MAX_VALIDITY):
            raise RestError(400, 20001, f"ValidityPeriod must be from 1 to {MAX_VALIDITY}")

    def _check_numbers(self, to: str, from_: str) -> None:
        if magic := MAGIC_TO.get(to) or MAGIC_FROM.get(from_):
            raise RestError(400, magic, "magic test number")
        if not is_e164(to) or to == from_:
            raise RestError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not is_e164(from_) and not is_alphanumeric(from_):
            raise RestError(400, 21212, f"Invalid From Number (caller ID): {from_}")
        self._check_sender(to, from_)
        if is_french_landline(to):
            raise RestError(400, 21614, f"'To' number is not a valid mobile number: {to}")
        if (from_, to) in self.messages.opted_out:
            raise RestError(400, 21610, "Attempt to send to unsubscribed recipient")

    def _check_sender(self, to: str, from_: str) -> None:
        line = self.office.lines.get(from_)
        if is_e164(from_) and (line is None or not line.sms):
            message = f"The 'From' phone number {from_} is not a valid, SMS-capable phone number for {to}"
            raise RestError(400, 21606, message)

    # -- showing -------------------------------------------------------------------------------------------------

    def _find(self, request: RestRequest, sid: str) -> Message:
        message = self.messages.by_sid.get(sid)
        if message is None or message.deleted:
            raise not_found(request.path)
        return message

    def _wanted(self, request: RestRequest, message: Message) -> bool:
        given = {"To": message.to, "From": message.from_}
        same = all(request.one(name) in (None, value) for name, value in given.items())
        return same and within(request, "DateSent", self._dated(message))

    def _dated(self, message: Message) -> datetime | None:
        undated = None if not self.office.unknowns.queued_messages_have_a_date else message.created
        return message.sent or undated

    def show(self, message: Message) -> dict[str, Any]:
        office = self.office
        uri = f"{ROOT}/{office.account.sid}/Messages/{message.sid}"
        return {
            "sid": message.sid,
            "account_sid": office.account.sid,
            "api_version": "2010-04-01",
            "body": message.body,
            "num_segments": str(message.num_segments),
            "num_media": str(message.num_media),
            "direction": message.direction,
            "from": message.from_,
            "to": message.to,
            "messaging_service_sid": None,
            "status": message.status,
            "error_code": message.error_code,
            "error_message": ERROR_TEXTS.get(message.error_code or 0),
            "price": None,
            "price_unit": "USD",
            "date_created": date(office, message.created),
            "date_sent": date(office, message.sent),
            "date_updated": date(office, message.updated),
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }
