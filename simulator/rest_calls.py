"""Calls over REST: create (so many a second leave the queue), fetch, list, update, delete."""

from collections.abc import Iterator
from typing import Any

from simulator.engine import Engine
from simulator.legs import Leg, Progress, Status
from simulator.office import Office, is_e164
from simulator.pages import Target
from simulator.resources import date, within
from simulator.rest import ROOT, RestError, RestRequest, RestResponse, Route, gone, not_found, ok, page, route
from simulator.switch import Switch

MAX_TWIML = 4000
MAX_QUEUE_SECONDS = 86400.0
BUFFER_SECONDS = 5.0
MAGIC_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
MAGIC_FROM = {"+15005550001": 21212}
UNSIMULATED = ("ApplicationSid", "MachineDetection", "Record", "SendDigits", "AsyncAmd", "Byoc", "SipAuthUsername")
OFF = ("", "false")
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


class Calls:
    def __init__(self, office: Office, switch: Switch, engine: Engine) -> None:
        self.office, self.switch, self.engine = office, switch, engine
        self._next_release = 0.0

    def routes(self) -> Iterator[Route]:
        yield route("POST", "Calls", self.create)
        yield route("GET", "Calls", self.list)
        yield route("GET", "Calls/{sid}", self.fetch)
        yield route("POST", "Calls/{sid}", self.update)
        yield route("DELETE", "Calls/{sid}", self.delete)

    def create(self, request: RestRequest) -> RestResponse:
        to, from_, target = self._validated(request)
        leg = self.office.new_leg(from_, to, "outbound-api")
        leg.progress = _progress(request)
        leg.fallback_url = request.one("FallbackUrl")
        leg.fallback_method = request.one("FallbackMethod") or "POST"
        wait = self._queue(leg)
        timeout = request.whole("Timeout", 60) + BUFFER_SECONDS
        self.office.trace.add("call", f"outbound-api {from_} → {to}: queued", leg.sid, status="queued", number=to)
        self.office.clock.after(wait, lambda: self._release(leg, target, timeout))
        return ok(self.show(leg), 201)

    def fetch(self, request: RestRequest, sid: str) -> RestResponse:
        return ok(self.show(self._find(request, sid)))

    def list(self, request: RestRequest) -> RestResponse:
        legs = [leg for leg in reversed(self.office.legs.values()) if not leg.deleted and _wanted(request, leg)]
        return page(request, "calls", legs, self.show, lambda leg: leg.sid)

    def update(self, request: RestRequest, sid: str) -> RestResponse:
        leg, status = self._find(request, sid), request.one("Status")
        if not leg.live:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status == "completed" or (status == "canceled" and leg.answered is None):
            self.switch.end_by_rest(leg)
        elif status is not None:
            raise RestError(400, 21220, f"Call is {leg.status}; it cannot become {status}.")
        elif leg.answered is None:
            raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
        else:
            self._redirect(leg, _target(request))
        return ok(self.show(leg))

    def _redirect(self, leg: Leg, target: Target) -> None:
        if leg.task is None:
            text = "redirecting the callee of a conversation"
            self.office.trace.complain(0, text, leg.sid, unsimulated=True)
        self.switch.redirect(leg, target)

    def delete(self, request: RestRequest, sid: str) -> RestResponse:
        leg = self._find(request, sid)
        if leg.live:
            raise RestError(400, 20009, "Cannot delete a call that is in progress")
        leg.deleted = True
        return gone()

    # -- creating ------------------------------------------------------------------------------------------------

    def _validated(self, request: RestRequest) -> tuple[str, str, Target]:
        to, from_ = request.one("To"), request.one("From")
        if not to:
            raise RestError(400, 21201, "No 'To' number is specified")
        if not from_:
            raise RestError(400, 21213, "No 'From' number is specified")
        for name in UNSIMULATED:
            if request.one(name) not in (None, *OFF):
                self.office.trace.complain(0, f"Calls create with {name}", unsimulated=True)
        self._check_numbers(to, from_)
        _check_events(request)
        return to, from_, _target(request)

    def _check_numbers(self, to: str, from_: str) -> None:
        if magic := MAGIC_TO.get(to) or MAGIC_FROM.get(from_):
            raise RestError(400, magic, "magic test number")
        if not is_e164(to) or to == from_:
            raise RestError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not is_e164(from_):
            raise RestError(400, 21212, f"Invalid 'From' Phone Number: {from_}")
        if from_ not in self.office.lines and from_ not in self.office.verified:
            message = "The source phone number provided is not yet verified for your account."
            raise RestError(400, 21210, message)

    def _queue(self, leg: Leg) -> float:
        """Seconds until this call leaves: API calls go out one after the other."""
        now = self.office.clock.seconds()
        wait = max(0.0, self._next_release - now)
        if wait > MAX_QUEUE_SECONDS:
            raise RestError(400, 22005, "The call queue holds more than 24 hours of calls")
        self._next_release = now + wait + 1 / self.office.account.calls_a_second
        leg.queue_ms = round(wait * 1000)
        return wait

    def _release(self, leg: Leg, target: Target, timeout: float) -> None:
        if leg.live:
            leg.task = self.office.clock.spawn(self.engine.outgoing(leg, target, timeout))

    # -- showing -------------------------------------------------------------------------------------------------

    def _find(self, request: RestRequest, sid: str) -> Leg:
        leg = self.office.legs.get(sid)
        if leg is None or leg.deleted:
            raise not_found(request.path)
        return leg

    def show(self, leg: Leg) -> dict[str, Any]:
        office, uri = self.office, f"{ROOT}/{self.office.account.sid}/Calls/{leg.sid}"
        line = office.lines.get(leg.to if leg.direction == "inbound" else leg.from_)
        return {
            "sid": leg.sid,
            "account_sid": office.account.sid,
            "parent_call_sid": leg.parent.sid if leg.parent else None,
            "to": leg.to,
            "to_formatted": leg.to,
            "from": leg.from_,
            "from_formatted": leg.from_,
            "phone_number_sid": line.sid if line else None,
            # The resource knows no "initiated": the callbacks alone do.
            "status": "queued" if leg.status is Status.INITIATED else str(leg.status),
            "date_created": date(office, leg.created),
            "date_updated": date(office, leg.ended or leg.created),
            "start_time": date(office, leg.started),
            "end_time": date(office, leg.ended),
            "duration": None if leg.live else str(leg.seconds),
            "price": None,
            "price_unit": "USD",
            "direction": leg.direction,
            "answered_by": None,
            "api_version": "2010-04-01",
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": str(leg.queue_ms),
            "trunk_sid": None,
            "annotation": None,
            "uri": f"{uri}.json",
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        }


def _target(request: RestRequest) -> Target:
    """Url wins over Twiml."""
    url, inline = request.one("Url"), request.one("Twiml")
    if url:
        if not url.startswith(("http://", "https://")):
            raise RestError(400, 21205, f"Url is not a valid URL: {url}")
        return Target(url, request.one("Method") or "POST")
    if not inline:
        raise RestError(400, 21205, "Url parameter is required.")
    if len(inline) > MAX_TWIML:
        raise RestError(400, 20001, f"Twiml must be at most {MAX_TWIML} characters")
    return Target("", twiml=inline)


def _check_events(request: RestRequest) -> None:
    if unknown := set(request.all("StatusCallbackEvent")) - EVENTS:
        raise RestError(400, 21626, f"Invalid StatusCallbackEvents: {sorted(unknown)}")


def _progress(request: RestRequest) -> Progress | None:
    url = request.one("StatusCallback")
    events = frozenset(request.all("StatusCallbackEvent") or ["completed"])
    return Progress(url, request.one("StatusCallbackMethod") or "POST", events, "status") if url else None


def _wanted(request: RestRequest, leg: Leg) -> bool:
    parent = leg.parent.sid if leg.parent else None
    given = {"To": leg.to, "From": leg.from_, "Status": str(leg.status), "ParentCallSid": parent}
    return (
        all(request.one(name) in (None, value) for name, value in given.items())
        and within(request, "StartTime", leg.started, whole_days=True)
        and within(request, "EndTime", leg.ended, whole_days=True)
    )
