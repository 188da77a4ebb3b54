"""A carrier that answers each SMS after a tenth of a second, and keeps a book: what it was handed, when, how often."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import uuid4

ANSWERS_AFTER = 0.1  # seconds
_ONE = re.compile(r".*/Messages/(SM[0-9a-f]{32})\.json")


@dataclass(frozen=True)
class Heard:
    """An SMS that it was handed, and when (`time.monotonic`)."""

    sid: str
    form: Mapping[str, str]
    at: float

    @property
    def body(self) -> str:
        """Its words."""
        return self.form.get("Body", "")


@dataclass(frozen=True)
class Counted:
    """Of what was to be sent: how many came; how many more times than once; how many never. `others`: not of it."""

    arrived: int
    twice: int
    missing: int
    others: int

    @property
    def right(self) -> bool:
        """Whether each came once."""
        return self.twice == self.missing == 0


@dataclass
class Book:
    """What it was handed since it last forgot, and when it last had answered."""

    heard: list[Heard] = field(default_factory=list)
    answered: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """A new page."""
        with self._lock:
            self.heard, self.answered = [], 0.0

    def hear(self, form: Mapping[str, str]) -> Heard:
        """One more."""
        one = Heard(f"SM{uuid4().hex}", form, time.monotonic())
        with self._lock:
            self.heard.append(one)
        return one

    def has_answered(self) -> None:
        """One more has its answer."""
        with self._lock:
            self.answered = time.monotonic()

    def counted(self, bodies: Collection[str]) -> Counted:
        """How often each of these, which differ, was handed to it."""
        wanted = set(bodies)
        times = Counter(each.body for each in list(self.heard))
        came = wanted & times.keys()
        return Counted(
            arrived=len(came),
            twice=sum(times[body] - 1 for body in came),
            missing=len(wanted - came),
            others=sum(count for body, count in times.items() if body not in wanted),
        )

    def first(self) -> dict[str, float]:
        """When each was handed to it for the first time, by its words."""
        return {each.body: each.at for each in reversed(list(self.heard))}


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # as many may knock in one instant
    daemon_threads = True
    block_on_close = False

    def __init__(self, book: Book, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.book, self.seconds = book, seconds


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if not urlsplit(self.path).path.endswith("/Messages.json"):
            self._say(404, _NOTHING)
            return
        one = self.server.book.hear(dict(parse_qsl(said, keep_blank_values=True)))
        time.sleep(self.server.seconds)
        self._say(201, _shown(one))
        self.server.book.has_answered()

    def do_GET(self) -> None:
        """A message, or those to a number: who is in doubt asks for them."""
        where = urlsplit(self.path)
        named, known = _ONE.fullmatch(where.path), list(self.server.book.heard)
        if where.path.endswith("/Messages.json"):
            [to] = parse_qs(where.query).get("To", [""])
            found = [_shown(each) for each in reversed(known) if to in ("", each.form.get("To"))]
            self._say(200, {"messages": found, "next_page_uri": None})
            return
        shown = next((_shown(each) for each in known if named and each.sid == named[1]), None)
        self._say(404 if shown is None else 200, shown or _NOTHING)

    def _say(self, status: int, said: Mapping[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # our client asks for it, and must not keep what is closed
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """It keeps a book, no log."""


_NOTHING = {"code": 20404, "message": "The requested resource was not found", "more_info": "", "status": 404}


def _shown(one: Heard) -> dict[str, Any]:
    """As the carrier shows a message that waits in its queue (twilio.md 2.4)."""
    now = format_datetime(datetime.now(UTC))
    return {
        "sid": one.sid,
        "account_sid": "AC" + "0" * 32,
        "api_version": "2010-04-01",
        "body": one.body,
        "num_segments": "1",
        "num_media": "0",
        "direction": "outbound-api",
        "from": one.form.get("From"),
        "to": one.form.get("To"),
        "messaging_service_sid": None,
        "status": "queued",
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "uri": f"/2010-04-01/Accounts/AC{'0' * 32}/Messages/{one.sid}.json",
    }


@dataclass(frozen=True)
class SlowCarrier:
    """Its address, and its book."""

    address: str
    book: Book


@contextmanager
def answering(seconds: float = ANSWERS_AFTER) -> Iterator[SlowCarrier]:
    """In threads of this process, on a port of its own."""
    book = Book()
    with _Server(book, seconds) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield SlowCarrier(f"http://127.0.0.1:{server.server_address[1]}", book)
        finally:
            server.shutdown()
