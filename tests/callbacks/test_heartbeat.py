"""A sign of life is taken or it is not; where it goes is a secret, and nobody is led elsewhere."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from callbacks import heartbeat
from callbacks.heartbeat import Unheard

STATUSES = {"/ok": 200, "/gone": 404, "/broken": 500, "/moved": 302}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Where it is, and what it was asked."""
    asked: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(STATUSES[self.path])
            self.send_header("Location", "/ok")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_sign_of_life_that_is_taken_says_nothing(elsewhere: tuple[str, list[str]]) -> None:
    heartbeat.beat(f"{elsewhere[0]}/ok")


@pytest.mark.parametrize(("path", "said"), [("/gone", "404"), ("/broken", "500"), ("/moved", "302")])
def test_one_that_is_not_taken_is_known_by_its_status_and_goes_nowhere_else(
    path: str, said: str, elsewhere: tuple[str, list[str]]
) -> None:
    address, asked = elsewhere
    asked.clear()
    with pytest.raises(Unheard) as unheard:
        heartbeat.beat(f"{address}{path}")
    assert (str(unheard.value), asked) == (said, [path])


def test_where_nobody_is_the_address_is_not_said() -> None:
    with pytest.raises(Unheard) as unheard:
        heartbeat.beat("http://127.0.0.1:1/very-secret")
    assert "very-secret" not in str(unheard.value)
    assert str(unheard.value) == "ConnectionError"
