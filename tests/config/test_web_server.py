"""The web as it runs in a hospital: gunicorn, its settings, the application of an environment."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine
from twilio.request_validator import RequestValidator

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PUBLIC = "https://rappel24.example"
LISTENING = re.compile(r"Listening at: http://([\d.]+):(\d+)")
SERVER = (sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn")


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """What an operator sets."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(free_port()),
        "PUBLIC_URL": PUBLIC,
        "SECRET_KEY": "a secret of thirty-two characters",
        "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "12345",
        "LINE_NUMBER": "+33199002424",
        "SWITCHBOARD_NUMBER": "+33199002400",
        "RAPPEL24_HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
    }


@dataclass
class Web:
    """A running web server, and all it said."""

    process: subprocess.Popen[str]
    host: str
    port: int
    said: list[str] = field(default_factory=list)

    def asks(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, dict(headers or {}))
            reply = connection.getresponse()
            return reply.status, reply.read().decode()

    def calls(self, path: str, **form: str) -> tuple[int, str]:
        """The carrier posts, signed for our public address."""
        signature = RequestValidator("12345").compute_signature(PUBLIC + path, form)
        body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in form.items())
        kind = "application/x-www-form-urlencoded"
        return self.asks("POST", path, body, {"X-Twilio-Signature": signature, "Content-Type": kind})


@pytest.fixture
def web(environment: dict[str, str]) -> Iterator[Web]:
    process = subprocess.Popen(SERVER, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if found := LISTENING.search(line):
            break
    else:
        process.wait(20)
        pytest.fail("".join(said))
    reader = threading.Thread(target=lambda: said.extend(process.stderr or ()))
    reader.start()
    yield Web(process, found[1], int(found[2]), said)
    process.terminate()
    process.wait(20)
    reader.join()
    process.stderr.close()


def test_it_serves_and_says_nothing_of_who_came(web: Web, tmp_path: Path) -> None:
    assert web.host == "0.0.0.0"  # a public address: others must reach us
    assert web.asks("GET", "/healthz") == (200, '{"alive":true}\n')
    assert web.asks("GET", "/r/1aaaaaaaaaaaa")[0] == 404
    assert web.calls("/webhooks/sms/status/some-token", MessageSid="SM1", MessageStatus="sent")[0] == 204
    assert web.calls("/webhooks/sms", MessageSid="SM1", From="+33639980011", To="+33199002424", Body="Hi")[0] == 200
    assert web.asks("POST", "/webhooks/sms", "From=x")[0] == 403
    _, figures = web.asks("GET", "/metrics")
    assert 'rappel24_answers_total{door="sms.incoming",status="403"} 1.0' in figures
    assert list(tmp_path.glob("rappel24-metrics-*"))
    web.process.terminate()
    assert web.process.wait(20) == 0
    heard = "".join(web.said)
    assert "signature refused" in heard
    for secret in ("1aaaaaaaaaaaa", "some-token", "639980011"):
        assert secret not in heard
    assert not list(tmp_path.glob("rappel24-metrics-*"))


def test_it_finishes_what_it_began_before_it_leaves(web: Web, database: Engine) -> None:
    """A deploy in mid-request: the SMS that is being kept is kept, and acknowledged."""
    answers: list[tuple[int, str]] = []

    def writes() -> None:
        form = {"MessageSid": "SM1", "From": "+33639980011", "To": "+33199002424", "Body": "Bonjour"}
        answers.append(web.calls("/webhooks/sms", **form))

    with database.begin() as conn:
        conn.exec_driver_sql("lock table written in exclusive mode")
        gp = threading.Thread(target=writes)
        gp.start()
        waiting = "select count(*) from pg_locks where not granted and relation = 'written'::regclass"
        while not conn.exec_driver_sql(waiting).scalar_one():
            assert gp.is_alive(), answers
        web.process.send_signal(signal.SIGTERM)
    gp.join()
    assert [status for status, _ in answers] == [200]
    assert web.process.wait(20) == 0


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("PUBLIC_URL", "http://rappel24.example", "PUBLIC_URL"),
        ("DATABASE_URL", "", "DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(
    environment: dict[str, str], setting: str, value: str, complaint: str
) -> None:
    done = subprocess.run(
        SERVER, cwd=ROOT, env=environment | {setting: value}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert complaint in done.stderr
    assert value == "" or "12345" not in done.stderr
