"""Numbers of the account over REST: listed, fetched, led elsewhere; and the caller IDs that were verified.

Fields as in the IncomingPhoneNumber resource of twilio-python 9.13.0. What is set here is what calls and SMS follow.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from simulator.office import Line, Office
from simulator.rest import ROOT, RestError, RestRequest, RestResponse, Route, not_found, ok, page, route

BAD_URL, BAD_METHOD = 21402, 21403
METHODS = ("GET", "POST")
# What may be set, and where a line keeps it.
ADDRESSES = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "fallback_url",
    "StatusCallback": "status_url",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
HOW = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "fallback_method",
    "StatusCallbackMethod": "status_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
}
INSTEAD = {
    "VoiceApplicationSid": "voice_application_sid",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
    "VoiceReceiveMode": "receives",
}


class NumberResource:
    def __init__(self, office: Office) -> None:
        self.office = office

    def routes(self) -> Iterator[Route]:
        yield route("GET", "IncomingPhoneNumbers", self.list)
        yield route("GET", "IncomingPhoneNumbers/{sid}", self.fetch)
        yield route("POST", "IncomingPhoneNumbers/{sid}", self.update)
        yield route("GET", "OutgoingCallerIds", self.caller_ids)

    def list(self, request: RestRequest) -> RestResponse:
        lines = [line for line in self.office.lines.values() if request.one("PhoneNumber") in (None, line.number)]
        return page(request, "incoming_phone_numbers", lines, self.show, lambda line: line.sid)

    def fetch(self, request: RestRequest, sid: str) -> RestResponse:
        return ok(self.show(self._find(request, sid)))

    def update(self, request: RestRequest, sid: str) -> RestResponse:
        """What is named is changed, an empty value clears it; the rest stays."""
        line, given = self._find(request, sid), dict(request.form)
        for name in given.keys() - (ADDRESSES | HOW | INSTEAD).keys() - {"VoiceCallerIdLookup"}:
            self.office.trace.complain(0, f"IncomingPhoneNumbers update with {name}", line.sid, unsimulated=True)
        _check(given)
        for name, attribute in (ADDRESSES | HOW | INSTEAD).items():
            if name in given:
                setattr(line, attribute, given[name])
        if "VoiceCallerIdLookup" in given:
            line.looks_up_callers = given["VoiceCallerIdLookup"].lower() == "true"
        if given.get("TrunkSid"):  # each of the two deletes the other
            line.voice_application_sid = ""
        elif given.get("VoiceApplicationSid"):
            line.trunk_sid = ""
        return ok(self.show(line))

    def caller_ids(self, request: RestRequest) -> RestResponse:
        wanted = request.one("PhoneNumber")
        numbers = [number for number in sorted(self.office.verified) if wanted in (None, number)]
        return page(request, "outgoing_caller_ids", numbers, self._show_caller_id, _caller_id)

    def _find(self, request: RestRequest, sid: str) -> Line:
        found = next((line for line in self.office.lines.values() if line.sid == sid), None)
        if found is None:
            raise not_found(request.path)
        return found

    def show(self, line: Line) -> dict[str, Any]:
        account = self.office.account.sid
        return {
            "sid": line.sid,
            "account_sid": account,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": "2010-04-01",
            "beta": False,
            "bundle_sid": None,
            "capabilities": {"voice": line.voice, "sms": line.sms, "mms": False, "fax": False},
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "friendly_name": line.number,
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": line.number,
            "sms_application_sid": line.sms_application_sid,
            "sms_fallback_method": line.sms_fallback_method,
            "sms_fallback_url": line.sms_fallback_url,
            "sms_method": line.sms_method,
            "sms_url": line.sms_url,
            "status": "in-use",
            "status_callback": line.status_url,
            "status_callback_method": line.status_method,
            "trunk_sid": line.trunk_sid or None,
            "uri": f"{ROOT}/{account}/IncomingPhoneNumbers/{line.sid}.json",
            "voice_application_sid": line.voice_application_sid,
            "voice_caller_id_lookup": line.looks_up_callers,
            "voice_fallback_method": line.fallback_method,
            "voice_fallback_url": line.fallback_url,
            "voice_method": line.voice_method,
            "voice_receive_mode": line.receives,
            "voice_url": line.voice_url,
        }

    def _show_caller_id(self, number: str) -> dict[str, Any]:
        account, sid = self.office.account.sid, _caller_id(number)
        uri = f"{ROOT}/{account}/OutgoingCallerIds/{sid}.json"
        return {"sid": sid, "account_sid": account, "friendly_name": number, "phone_number": number, "uri": uri}


def _caller_id(number: str) -> str:
    return "PN" + sha256(number.encode()).hexdigest()[:32]


def _check(given: dict[str, str]) -> None:
    for name in ADDRESSES.keys() & given.keys():
        parts = urlsplit(given[name])
        if given[name] and not (parts.scheme in ("http", "https") and parts.hostname and "_" not in parts.hostname):
            raise RestError(400, BAD_URL, f"{name} is not valid")
    for name in HOW.keys() & given.keys():
        if given[name] not in METHODS:
            raise RestError(400, BAD_METHOD, f"{name} is not valid")
