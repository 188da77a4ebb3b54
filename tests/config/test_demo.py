"""The demo as a visitor meets it: started, phoned, killed, started again, stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from config.demo.identity import LINE, MAIL_ADDRESS
from config.demo.telephones import KNOWN

ROOT = Path(__file__).parent.parent.parent
STARTS = 120.0  # seconds; the machine may be busy
SOON = 60.0
MARC, SONIA = "+33639989002", "sonia.haddad@cabinet.example"  # GPs
AMELIE = "+33639980012"  # cardiology at Cochin, as are the next two
BRUNO, CHLOE, DAVID = "+33639980013", "+33639980014", "+33639980015"


class Demo:
    """`rappel24 demo` in a process of its own, as a terminal would run it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.said = home.parent / "demo.out"
        self.logged = home.parent / "demo.err"
        with self.said.open("w") as out, self.logged.open("a") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.cli", "demo", "--port", "0"],
                env={**os.environ, "RAPPEL24_HOME": str(home)},
                cwd=ROOT,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def telephones(self) -> str:
        """The address of the page."""
        return str(re.findall(r"http://127\.0\.0\.1:\d+", self.said.read_text())[0])

    @property
    def letters(self) -> str:
        """The address of the mailboxes."""
        return str(re.findall(r"http://127\.0\.0\.1:\d+", self.said.read_text())[1])

    def mailbox(self, address: str) -> list[str]:
        """What its owner was sent: subjects, the newest first."""
        found = self._ask("/state", at=self.letters)["letters"]
        return [each["subject"] for each in found if each["box"] == address and not each["own"]]

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.logged.read_text()
        return "http://" in self.said.read_text()

    def started(self) -> Self:
        until(self.is_up, STARTS)
        return self

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("/sim/state")
        return answer

    def telephone(self, number: str) -> dict[str, Any]:
        return next(phone for phone in self.state()["phones"] if phone["number"] == number)

    def names(self) -> set[str]:
        try:
            return {phone["name"] for phone in self.state()["phones"]}
        except OSError:
            return set()

    def act(self, number: str, action: str, **given: object) -> None:
        self._ask(f"/sim/phones/{number}/{action}", given)

    def hears(self, number: str, words: str) -> None:
        until(lambda: words in self._heard(number), SOON)

    def run_clock(self, rate: int) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("/sim/clock", {"rate": rate})
        return answer

    def export(self, what: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "config.cli", "export", what],
            env={**os.environ, "RAPPEL24_HOME": str(self.home)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def children(self) -> list[int]:
        """Every process of this demo: they all know its home."""
        mine = f"RAPPEL24_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mine in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    def simulators(self) -> list[int]:
        return [pid for pid in self.children() if b"simulator" in _read(Path(f"/proc/{pid}/cmdline"))]

    def kill_everything(self) -> None:
        """As a power cut does."""
        for pid in (self.process.pid, *self.children()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def interrupt(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def _heard(self, number: str) -> str:
        call = self.telephone(number)["call"]
        return " ".join(line["text"] for line in call["lines"]) if call else ""

    def writes(self, address: str, subject: str, text: str) -> None:
        """A GP's letter to the line."""
        letter = {"from": address, "to": MAIL_ADDRESS, "subject": subject, "text": text}
        self._ask("/letters", letter, at=self.letters)

    def _ask(self, path: str, given: object = None, at: str = "") -> Any:
        body = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request((at or self.telephones) + path, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def _read(path: Path) -> bytes:
    """Nothing of a process that is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def until(ask: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def home() -> Iterator[Path]:
    """Not pytest's own folder, which only its owner enters: as root, the servers run under another account."""
    folder = Path(tempfile.mkdtemp(prefix="rappel24-demo-"))
    folder.chmod(0o755)
    (folder / "a home").mkdir()
    yield folder / "a home"
    shutil.rmtree(folder)


@pytest.fixture
def demo(home: Path) -> Iterator[Demo]:
    running = Demo(home)
    yield running
    running.kill_everything()
    until(lambda: not running.children(), SOON)


@pytest.mark.timeout(500)
def test_a_visitor_phones_the_demo_kills_it_and_finds_his_request_again(demo: Demo, home: Path) -> None:
    demo.started()
    assert "Dr Amélie Martin" in demo.names()
    assert (home / "demo.env").stat().st_mode & 0o777 == 0o600

    for senior in (AMELIE, BRUNO, CHLOE, DAVID):
        demo.act(senior, "behaviour", call="busy")
    demo.act(KNOWN, "dial", to=LINE)
    demo.hears(KNOWN, "composez le 15")
    demo.act(KNOWN, "press", keys="227#")
    demo.hears(KNOWN, "Hôpital")
    demo.act(KNOWN, "press", keys="2")
    demo.hears(KNOWN, "vous rappelle avant")
    demo.act(KNOWN, "hangup")
    until(lambda: demo.telephone(KNOWN)["texts"], SOON)
    (request,) = demo.export("requests")
    assert (request["state"], request["caller"]) == ("open", KNOWN)

    what_is_written_is_taken_in(demo)
    the_telephones_come_back(demo)
    the_clock_runs(demo)

    demo.kill_everything()
    again = Demo(home)
    try:
        again.started()
        assert request["reference"] in [row["reference"] for row in again.export("requests")]
        assert "enregistrée" in again.mailbox(SONIA)[-1], "the mailboxes are kept too"
        assert a_second_demo_is_refused(home)
        assert again.interrupt() == 0
        until(lambda: not again.children(), 30)
    finally:
        again.kill_everything()


def what_is_written_is_taken_in(demo: Demo) -> None:
    """By SMS and by e-mail, each with its ward; and confirmed the same way."""
    demo.act(MARC, "sms", to=LINE, body="avis nephro cochin svp, creat à 250")
    demo.writes(SONIA, "avis rhumatologie Avicenne", "Bonjour, genou chaud depuis hier, que faire ?")
    until(lambda: demo.mailbox(SONIA), SOON)
    until(lambda: any("enregistrée" in text["body"] for text in demo.telephone(MARC)["texts"]), SOON)
    found = {row["channel"]: (row["ward"], row["state"]) for row in demo.export("requests")}
    assert found["sms"] == ("cochin-nephrologie", "open")
    assert found["email"] == ("avicenne-rhumatologie", "open")


def the_telephones_come_back(demo: Demo) -> None:
    """The simulator dies; the page has its telephones again when it is back."""
    (old,) = demo.simulators()
    os.kill(old, signal.SIGKILL)
    until(lambda: set(demo.simulators()) - {old}, SOON)
    until(lambda: "Dr Amélie Martin" in demo.names(), SOON)


def the_clock_runs(demo: Demo) -> None:
    assert demo.run_clock(14_400)["rate"] == 14_400
    until(lambda: any("ESCALADE" in text["body"] for text in demo.telephone("+33639980011")["texts"]), SOON)
    assert demo.run_clock(1)["rate"] == 1


def a_second_demo_is_refused(home: Path) -> bool:
    said = subprocess.run(
        [sys.executable, "-m", "config.cli", "demo"],
        env={**os.environ, "RAPPEL24_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode == 1 and "déjà" in said.stderr
