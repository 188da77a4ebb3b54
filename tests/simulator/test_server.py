"""The control API, and the command that serves it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from twilio.rest import Client

from simulator import Simulator
from simulator.server import Server
from tests.simulator.application import GP, LINE, SENIOR, Application


def post(server: Server, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{server.url}/sim/{path}", json=body, timeout=20)


def state(server: Server, seen: int | None = None) -> dict[str, Any]:
    found = requests.get(f"{server.url}/sim/state", params={} if seen is None else {"seen": seen}, timeout=30).json()
    assert isinstance(found, dict)
    return found


def phone(server: Server, number: str) -> dict[str, Any]:
    return next(one for one in state(server)["phones"] if one["number"] == number)


def test_a_visitor_telephones_takes_the_call_and_talks(app: Application, sim: Simulator, server: Server) -> None:
    app.pages["/voice"] = f"<Say>Bonjour</Say><Dial><Number url='/w'>{SENIOR}</Number></Dial>"
    app.pages["/w"] = '<Gather numDigits="1" action="/key"><Say>Tapez 1</Say></Gather><Hangup/>'
    app.pages["/key"] = ""
    assert post(server, "phones", number=SENIOR, name="Dr Bruno Vidal", role="Cardiologie").status_code == 201
    assert post(server, f"phones/{GP}/dial", to=LINE).status_code == 200
    sim.advance(seconds=3)
    ringing = phone(server, SENIOR)
    assert (ringing["name"], ringing["call"]["status"], ringing["call"]["direction"]) == (
        "Dr Bruno Vidal",
        "ringing",
        "in",
    )
    post(server, f"phones/{SENIOR}/answer")
    sim.advance(seconds=1)
    assert post(server, f"phones/{SENIOR}/answer").status_code == 409
    post(server, f"phones/{SENIOR}/press", keys="1")
    sim.advance(seconds=1)
    assert phone(server, GP)["call"]["bridged_to"] == SENIOR
    post(server, f"phones/{GP}/say", text="Bonjour confrère")
    sim.advance(seconds=2)
    lines = phone(server, SENIOR)["call"]["lines"]
    assert [(line["who"], line["kind"], line["text"]) for line in lines] == [
        ("line", "say", "Tapez 1"),
        ("self", "key", "1"),
        ("line", "bridge", GP),
        ("line", "voice", "Bonjour confrère"),
    ]
    assert lines[0]["cut"] is False
    post(server, f"phones/{GP}/hangup")
    sim.advance(seconds=2)
    assert phone(server, SENIOR)["call"]["live"] is False


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (f"phones/{SENIOR}/answer", {}, 409, "does not ring"),
        (f"phones/{SENIOR}/decline", {}, 409, "does not ring"),
        (f"phones/{SENIOR}/press", {"keys": "1"}, 409, "in no call"),
        (f"phones/{SENIOR}/say", {"text": "x"}, 409, "in no call"),
        (f"phones/{SENIOR}/dial", {"to": "+33199009999"}, 409, "not a line"),
        (f"phones/{SENIOR}/dial", {}, 400, "missing: to"),
        (f"phones/{SENIOR}/behaviour", {"call": "dances"}, 409, "one of rings"),
        (f"phones/{SENIOR}/explode", {}, 409, "no such action"),
        ("phones", {"name": "nobody"}, 400, "missing: number"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    server: Server, path: str, body: dict[str, str], status: int, words: str
) -> None:
    answer = post(server, path, **body)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_a_form_of_another_page_cannot_act(server: Server) -> None:
    answer = requests.post(f"{server.url}/sim/phones/{GP}/dial", data={"to": LINE}, timeout=20)
    assert answer.status_code == 415


def test_a_telephone_behaves_as_the_visitor_chose(app: Application, sim: Simulator, server: Server) -> None:
    app.pages["/voice"] = f"<Dial action='/after'>{SENIOR}</Dial>"
    app.pages["/after"] = ""
    post(server, f"phones/{SENIOR}/behaviour", call="busy", sms="undelivered")
    assert (phone(server, SENIOR)["behaviour"], phone(server, SENIOR)["sms_plan"]) == ("busy", "undelivered")
    post(server, f"phones/{GP}/dial", to=LINE)
    sim.messages.send(LINE, SENIOR, "Demande")
    sim.run_until_idle()
    assert app.last("/after")["DialCallStatus"] == "busy"
    assert phone(server, SENIOR)["texts"] == []


def test_a_visitor_texts_the_line_and_reads_what_comes(app: Application, sim: Simulator, server: Server) -> None:
    app.pages["/sms"] = "<Message>Reçu</Message>"
    post(server, f"phones/{SENIOR}/sms", to=LINE, body="Bonjour")
    sim.run_until_idle()
    assert [text["body"] for text in phone(server, SENIOR)["texts"]] == ["Reçu"]


def test_a_visitor_hides_his_number(app: Application, sim: Simulator, server: Server) -> None:
    app.pages["/voice"] = ""
    post(server, f"phones/{GP}/dial", to=LINE, shown_as="anonymous")
    sim.run_until_idle()
    assert app.last("/voice")["From"] == "anonymous"
    assert phone(server, GP)["call"]["with"] == LINE


def test_the_page_waits_for_news(sim: Simulator, server: Server) -> None:
    seen = state(server)["version"]
    timer = threading.Timer(0.1, sim.trace.add, ("control", "news"))
    timer.start()
    assert state(server, seen)["version"] == seen + 1
    timer.join()


def test_the_page_loads_nothing_from_elsewhere(server: Server) -> None:
    answer = requests.get(server.url, timeout=20)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! type=\"module\" src=)|style=|https?://", answer.text)


def test_the_trace_is_there_to_read(sim: Simulator, server: Server) -> None:
    sim.messages.send(LINE, SENIOR, "Demande")
    assert requests.get(f"{server.url}/sim/trace", timeout=20).json()[0]["kind"] == "sms"


class Demo(BaseHTTPRequestHandler):
    """A demo's clock."""

    rate = 1.0

    def do_GET(self) -> None:
        body = json.dumps({"now": "2026-11-23T14:00:00+01:00", "rate": Demo.rate}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        Demo.rate = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["rate"]
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def demo_clock() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Demo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/clock"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_demos_clock_is_read_and_set_through_the_simulator(sim: Simulator, demo_clock: str) -> None:
    with Server(sim, clock_url=demo_clock) as server:
        assert state(server)["clock"] is True
        assert post(server, "clock", rate=3600).json()["rate"] == 3600
        assert requests.get(f"{server.url}/sim/clock", timeout=20).json()["rate"] == 3600


def test_without_a_demos_clock_there_is_none(server: Server) -> None:
    assert state(server)["clock"] is False
    assert requests.get(f"{server.url}/sim/clock", timeout=20).status_code == 404


def test_the_command_serves_in_real_time_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "simulator", "--number", LINE, "--account-sid", "AC" + "7" * 32, "--factor", "50"]
    environment = os.environ | {"TWILIO_AUTH_TOKEN": "a token from the environment"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        match = re.fullmatch(r"simulator ready on (http://127\.0\.0\.1:\d+)\n", ready)
        assert match, ready
        client = Client("AC" + "7" * 32, "a token from the environment")
        client.api.base_url = match[1]
        sid = client.messages.create(to=SENIOR, from_=LINE, body="Bonjour").sid
        found = None
        seen = requests.get(f"{match[1]}/sim/state", timeout=20).json()["version"]
        while found != "delivered":
            found = client.messages(sid).fetch().status
            if found != "delivered":
                requests.get(f"{match[1]}/sim/state", params={"seen": seen - 1}, timeout=20)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        process.stdout.close()
