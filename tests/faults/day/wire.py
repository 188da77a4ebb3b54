"""Every request of the carrier to us, timed: how long it waited, and whether a repeat got the same bytes."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from simulator.transport import ConnectFailed, ReadTimedOut, Request, Response, over_http

TOKEN = "I-Twilio-Idempotency-Token"
ONE_MOMENT = b"Un instant"


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it. `status` None: no whole answer. Seconds since the epoch, and of waiting."""

    at: float
    seconds: float
    token: str
    url: str
    status: int | None
    answer: str = ""  # digest of the bytes
    one_moment: bool = False  # he was asked to wait: no answer to his turn


@dataclass
class Wire:
    """A transport of the simulator."""

    seen: list[Exchange] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Response:
        began, at = time.monotonic(), time.time()
        try:
            response = over_http(request)
        except (ConnectFailed, ReadTimedOut):
            self._keep(Exchange(at, time.monotonic() - began, _token(request.headers), request.url, None))
            raise
        digest = sha256(response.body).hexdigest()[:16]
        moment = ONE_MOMENT in response.body
        seconds = time.monotonic() - began
        self._keep(Exchange(at, seconds, _token(request.headers), request.url, response.status, digest, moment))
        return response

    def _keep(self, exchange: Exchange) -> None:
        with self._lock:
            self.seen.append(exchange)


def _token(headers: Mapping[str, str]) -> str:
    return headers.get(TOKEN, "")
