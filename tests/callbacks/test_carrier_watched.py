"""Each request to the carrier that is not answered well is counted, by what was asked; nothing else is."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from redis import Redis

from callbacks.carrier import Call, CarrierError, Sms, TwilioCarrier
from config import tally

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ACCOUNT = f"AC{'0' * 32}"
SMS = Sms("+33639980011", "+33199000024", "Bonjour", "https://line.example/s", 60)
CALL = Call("+33639980011", "+33199000024", "https://line.example/v", "https://line.example/s", 20)


@pytest.fixture
def counted(redis: Redis) -> Iterator[Redis]:
    tally.configure(redis)
    yield redis
    tally.configure(None)


def answering(status: int) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    return type("Every", (Door,), {f"do_{method}": Door.answer for method in ("GET", "POST", "DELETE")})


ASKS: dict[str, Callable[[TwilioCarrier], object]] = {
    "messages": lambda carrier: carrier.send_sms(SMS),
    "calls": lambda carrier: carrier.place_call(CALL),
    "recordings": lambda carrier: carrier.media(f"RE{'1' * 32}"),
    "media": lambda carrier: carrier.delete_picture(
        f"https://api.example/2010-04-01/Accounts/{ACCOUNT}/Messages/SM{'1' * 32}/Media/ME{'1' * 32}"
    ),
}
ANSWERS = {400: "refused", 401: "denied", 403: "denied", 404: None, 429: "busy", 500: "failed", 503: "failed"}


def badly(redis: Redis) -> dict[tuple[str, ...], int]:
    return {series: number for series, number in tally.read(redis)["rappel24_carrier_errors"].items() if number}


@pytest.mark.parametrize("status", ANSWERS)
def test_what_is_answered_badly_is_counted_by_what_was_asked(counted: Redis, status: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering(status))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    carrier = TwilioCarrier(ACCOUNT, "token", f"http://127.0.0.1:{server.server_port}")
    for ask in ASKS.values():
        if status == 404 and ask is ASKS["media"]:
            ask(carrier)  # gone already: that is well
            continue
        with pytest.raises(CarrierError):
            ask(carrier)
    server.shutdown()
    thread.join()
    server.server_close()
    word = ANSWERS[status]
    assert badly(counted) == ({} if word is None else {(asked, word): 1 for asked in ASKS})


def test_no_answer_is_counted_too(counted: Redis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(CarrierError):
        TwilioCarrier(ACCOUNT, "token", f"http://127.0.0.1:{port}").messages_like(SMS.to, SMS.body, NOW)
    assert badly(counted) == {("messages", "silent"): 1}
