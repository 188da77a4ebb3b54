"""How requests leave: over a real socket, or into a WSGI application."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask, request

from simulator import ConnectFailed, Line, ReadTimedOut, Request, Simulator, over_http, wsgi
from tests.simulator.application import GP, LINE, XML, document


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = f"{self.command} {self.path} {self.headers['X-Test']} ".encode() + body
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_request_leaves_as_it_is_and_its_answer_comes_back(echo: str) -> None:
    answer = over_http(Request("POST", f"{echo}/a?b=1&c=", {"X-Test": "yes"}, b"body"))
    assert (answer.status, answer.body) == (201, b"POST /a?b=1&c= yes body")
    assert answer.header("content-length") == "23"


@pytest.mark.parametrize(
    ("path", "sent"), [("/é?x=ç", "/%C3%A9?x=%C3%A7"), ("/%C3%A9", "/%C3%A9"), ("", "/"), ("/a b", "/a%20b")]
)
def test_what_is_not_ascii_is_encoded_on_the_wire_and_the_rest_left_alone(echo: str, path: str, sent: str) -> None:
    answer = over_http(Request("GET", echo + path, {"X-Test": "-"}))
    assert answer.body.split()[1].decode() == sent


def test_nobody_there_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectFailed):
        over_http(Request("GET", f"http://127.0.0.1:{port}/"))


def test_an_answer_that_does_not_come_is_not_waited_for(deaf: int) -> None:
    began = time.monotonic()
    with pytest.raises(ReadTimedOut):
        over_http(Request("GET", f"http://127.0.0.1:{deaf}/", connect_timeout=30, read_timeout=0.1))
    assert time.monotonic() - began < 15


def test_a_flask_application_is_called_in_this_process() -> None:
    app = Flask(__name__)

    @app.post("/voice")
    def voice() -> tuple[bytes, dict[str, str]]:
        said = f"{request.form['CallStatus']} {request.environ['RAW_URI']} {request.host} {request.scheme}"
        return document(f"<Say>{said}</Say>"), XML

    sim = Simulator([Line(LINE, "https://app.test/voice?a=%C3%A9")], transport=wsgi(app))
    sim.phone(GP).dials(LINE).hears("ringing /voice?a=%c3%a9 app.test https").is_hung_up_on()
