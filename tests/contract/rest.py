"""The REST API of the carrier: calls, texts, recordings and their media, the account's numbers; on loopback."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from tests.contract.carrier import Carrier, Message, Refused
from tests.contract.recordings import Recording
from tests.contract.switch import Call

Json = dict[str, Any]
Form = dict[str, list[str]]
Reply = tuple[int, Json | bytes | None]
Thing = TypeVar("Thing")

NOT_FOUND = Refused(20404, "The requested resource was not found", 404)


@contextmanager
def serving(carrier: Carrier) -> Iterator[Carrier]:
    """The carrier, reachable at `carrier.url` while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (Door,), {"carrier": carrier}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    carrier.opened(f"http://127.0.0.1:{server.server_port}")
    try:
        yield carrier
    finally:
        server.shutdown()
        server.server_close()


class Door(BaseHTTPRequestHandler):
    """One request: who asks, what for, answered as twilio.md 3 says."""

    carrier: Carrier
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(parse_qs(body.decode(), keep_blank_values=True))

    def do_DELETE(self) -> None:
        self._answer({})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test says what matters."""

    def _answer(self, form: Form) -> None:
        try:
            status, content = self._asked(form)
        except Refused as refused:
            status = refused.status
            content = {"code": refused.code, "message": refused.message, "more_info": "", "status": status}
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        with suppress(ConnectionError):  # who asked was killed meanwhile
            self._write(status, "audio/x-wav" if isinstance(content, bytes) else "application/json", body)

    def _write(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _asked(self, form: Form) -> Reply:
        secret = base64.b64encode(f"{self.carrier.account}:{self.carrier.auth_token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {secret}":
            raise Refused(20003, "Authenticate", 401)
        target = urlsplit(self.path)
        below = f"/2010-04-01/Accounts/{self.carrier.account}/"
        for method, pattern, handle in ROUTES:
            found = re.fullmatch(below + pattern, target.path)
            if found and method == self.command:
                return handle(self.carrier, found.groups()[-1] if found.groups() else "", form | parse_qs(target.query))
        self.carrier.complaints.append(f"the API has no {self.command} {target.path}")
        raise NOT_FOUND


def _create_call(carrier: Carrier, _sid: str, form: Form) -> Reply:
    events = " ".join(form.get("StatusCallbackEvent", []))
    call = carrier.place(_one(form, "To"), _one(form, "From"), _one(form, "Url"), _one(form, "StatusCallback"), events)
    return 201, _call(call)


def _list_calls(carrier: Carrier, _sid: str, form: Form) -> Reply:
    chosen = [
        _call(call)
        for call in carrier.calls.values()
        if _meets(form, {"To": call.called, "From": call.caller, "Status": call.status, "ParentCallSid": call.parent})
        and _since(form, "StartTime>", call.started)
    ]
    return 200, _page("calls", chosen)


def _fetch_call(carrier: Carrier, sid: str, _form: Form) -> Reply:
    return 200, _call(_kept(carrier.calls, sid))


def _update_call(carrier: Carrier, sid: str, _form: Form) -> Reply:
    if _kept(carrier.calls, sid).ended:
        raise Refused(21220, "Call is not in-progress. Cannot redirect.")
    raise Refused(20001, "this carrier does not redirect live calls")


def _create_message(carrier: Carrier, _sid: str, form: Form) -> Reply:
    message = carrier.send(_one(form, "To"), _one(form, "From"), _one(form, "Body"), _one(form, "StatusCallback"))
    return 201, _message(message)


def _list_messages(carrier: Carrier, _sid: str, form: Form) -> Reply:
    chosen = [
        _message(message)
        for message in carrier.messages.values()
        if _meets(form, {"To": message.recipient, "From": message.sender})
        and _since(form, "DateSent>", message.created)
    ]
    return 200, _page("messages", chosen)


def _fetch_message(carrier: Carrier, sid: str, _form: Form) -> Reply:
    return 200, _message(_kept(carrier.messages, sid))


def _list_recordings(carrier: Carrier, call_sid: str, form: Form) -> Reply:
    wanted = call_sid or _one(form, "CallSid")
    chosen = [_recording(r) for r in carrier.recordings.kept.values() if wanted in ("", r.call_sid) and not r.deleted]
    return 200, _page("recordings", chosen)


def _fetch_recording(carrier: Carrier, sid: str, _form: Form) -> Reply:
    return 200, _recording(_there(carrier, sid))


def _delete_recording(carrier: Carrier, sid: str, _form: Form) -> Reply:
    _there(carrier, sid).deleted = True
    return 204, None


def _media(carrier: Carrier, sid: str, _form: Form) -> Reply:
    recording = _there(carrier, sid)
    if not recording.ready:
        raise NOT_FOUND
    recording.fetched += 1
    return 200, recording.media()


def _list_numbers(carrier: Carrier, _sid: str, _form: Form) -> Reply:
    hook = f"{carrier.public_url}/webhooks"
    number = {
        "sid": "PN" + "0" * 32,
        "account_sid": carrier.account,
        "phone_number": carrier.line,
        "voice_url": f"{hook}/voice",
        "voice_method": "POST",
        "status_callback": f"{hook}/voice/status",
        "status_callback_method": "POST",
        "sms_url": f"{hook}/sms",
        "sms_method": "POST",
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
    }
    return 200, _page("incoming_phone_numbers", [number])


SID = "([A-Z]{2}[0-9a-f]{32})"
ROUTES: list[tuple[str, str, Callable[[Carrier, str, Form], Reply]]] = [
    ("POST", r"Calls\.json", _create_call),
    ("GET", r"Calls\.json", _list_calls),
    ("GET", rf"Calls/{SID}\.json", _fetch_call),
    ("POST", rf"Calls/{SID}\.json", _update_call),
    ("POST", r"Messages\.json", _create_message),
    ("GET", r"Messages\.json", _list_messages),
    ("GET", rf"Messages/{SID}\.json", _fetch_message),
    ("GET", r"Recordings\.json", _list_recordings),
    ("GET", rf"Calls/{SID}/Recordings\.json", _list_recordings),
    ("GET", rf"(?:Calls/CA[0-9a-f]{{32}}/)?Recordings/{SID}\.json", _fetch_recording),
    ("DELETE", rf"(?:Calls/CA[0-9a-f]{{32}}/)?Recordings/{SID}\.json", _delete_recording),
    ("GET", rf"Recordings/{SID}(?:\.wav)?", _media),
    ("GET", r"IncomingPhoneNumbers\.json", _list_numbers),
]


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _meets(form: Form, values: dict[str, str]) -> bool:
    return all(_one(form, name) in ("", value) for name, value in values.items())


def _since(form: Form, name: str, at: datetime) -> bool:
    """Filters know dates only, in UTC."""
    asked = _one(form, name) or _one(form, f"{name}=")
    return not asked or at.date() >= date.fromisoformat(asked[:10])


def _kept(things: dict[str, Thing], sid: str) -> Thing:
    if sid not in things:
        raise NOT_FOUND
    return things[sid]


def _there(carrier: Carrier, sid: str) -> Recording:
    recording = _kept(carrier.recordings.kept, sid)
    if recording.deleted:
        raise NOT_FOUND
    return recording


def _stamp(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None


def _page(name: str, things: Iterable[Json]) -> Json:
    """All on one page, newest first."""
    chosen = list(things)[::-1]
    uri = f"/2010-04-01/{name}?Page=0"
    paging = {"page": 0, "page_size": 1000, "start": 0, "end": len(chosen), "uri": uri, "first_page_uri": uri}
    return paging | {"next_page_uri": None, "previous_page_uri": None, name: chosen}


def _call(call: Call) -> Json:
    return {
        "sid": call.sid,
        "account_sid": call.exchange.account,
        "parent_call_sid": call.parent or None,
        "to": call.called,
        "from": call.caller,
        "status": call.status,
        "direction": call.direction,
        "duration": str(call.seconds()) if call.ended else None,
        "date_created": _stamp(call.started),
        "date_updated": _stamp(call.ended or call.answered or call.started),
        "start_time": _stamp(call.answered or call.started),
        "end_time": _stamp(call.ended),
        "answered_by": None,
    }


def _message(message: Message) -> Json:
    return {
        "sid": message.sid,
        "to": message.recipient,
        "from": message.sender,
        "body": message.body,
        "direction": message.direction,
        "status": message.status,
        "error_code": message.error,
        "error_message": None,
        "num_segments": "1",
        "num_media": "0",
        "date_created": _stamp(message.created),
        "date_sent": _stamp(message.created),
        "date_updated": _stamp(message.created),
    }


def _recording(recording: Recording) -> Json:
    return {
        "sid": recording.sid,
        "account_sid": recording.account,
        "call_sid": recording.call_sid,
        "status": "completed" if recording.ready else "processing",
        "duration": str(recording.seconds),
        "channels": 1,
        "source": "RecordVerb",
        "error_code": None,
        "date_created": _stamp(recording.created),
        "start_time": _stamp(recording.created),
        "media_url": recording.url,
    }
