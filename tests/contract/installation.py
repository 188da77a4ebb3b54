"""Rappel24 as an operator runs it: `rappel24 serve` and other commands as processes, settings in the environment."""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contract import hospital
from tests.contract.carrier import Carrier
from tests.contract.wire import Answer, read

TREE = Path(__file__).parents[2]
STARTS_WITHIN = 150.0  # seconds: initdb, migrations, three processes, on a busy machine
STOPS_WITHIN = 40.0
COMMAND_WITHIN = 90.0
LOOK_EVERY = 0.1


@dataclass
class Installation:
    """A folder, a port, the settings; `serve()` and `stop()` as often as wanted."""

    home: Path
    carrier: Carrier
    port: int
    extra: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "serve.log"

    def settings(self) -> dict[str, str]:
        """The environment of design 6, and nothing of the tester's own."""
        kept = {name: os.environ[name] for name in ("PATH", "TZ", "LANG") if name in os.environ}
        return kept | {
            "PYTHONPATH": str(TREE),
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": "a fiction secret, long enough for the line",
            "ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            "TWILIO_ACCOUNT_SID": self.carrier.account,
            "TWILIO_AUTH_TOKEN": self.carrier.auth_token,
            "TWILIO_API_URL": self.carrier.url,
            "LINE_NUMBER": self.carrier.line,
            "SWITCHBOARD_NUMBER": hospital.SWITCHBOARD,
            "ALERT_PHONE": hospital.ALERT_PHONE,
            "RAPPEL24_HOME": str(self.home / "var"),
        } | dict(self.extra)  # fmt: skip

    def serve(self) -> None:
        """Start, and wait until /readyz says so."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._argv("serve"), cwd=self.home, env=self.settings(), stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._ready, STARTS_WITHIN, lambda: f"not ready: {self.get('/readyz')}\n{self.tail()}")

    def stop(self) -> int:
        """SIGTERM, and what the process says at its end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOPS_WITHIN)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Whatever happened, leave no process of ours behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOPS_WITHIN)
        self.process = None

    def run(self, *arguments: str, **otherwise: str) -> "subprocess.CompletedProcess[str]":
        """One command, to its end, with some settings otherwise."""
        return subprocess.run(
            self._argv(*arguments),
            cwd=self.home,
            env=self.settings() | otherwise,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN,
            check=False,
        )

    def bring_in_the_hospital(self, *kinds: str) -> None:
        """The files of an administrator, all four unless named."""
        for kind in kinds or hospital.FILES:
            file = self.home / f"{kind}.csv"
            file.write_text(hospital.FILES[kind](), encoding="utf-8")
            done = self.run("import", kind, str(file))
            assert done.returncode == 0, f"import {kind}: {done.stdout}{done.stderr}"

    def export(self, what: str) -> list[dict[str, Any]]:
        """`rappel24 export … --format json`: standard output is the result alone."""
        done = self.run("export", what, "--format", "json")
        assert done.returncode == 0, done.stderr
        exported: list[dict[str, Any]] = json.loads(done.stdout)
        return exported

    def get(self, path: str) -> Answer:
        return read(urllib.request.Request(f"{self.url}{path}"), 5.0)

    def post(self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        return read(urllib.request.Request(f"{self.url}{path}", body, dict(headers or {}), method="POST"), 5.0)

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _ready(self) -> bool:
        assert self.process is not None
        if (code := self.process.poll()) is not None:
            raise AssertionError(f"serve ended with {code}:\n{self.tail()}")
        return self.get("/readyz").status == 200

    def _argv(self, *arguments: str) -> list[str]:
        """The command as installed; from the tree, where nobody installed it."""
        command = Path(sys.executable).with_name("rappel24")
        return [*([str(command)] if command.exists() else [sys.executable, "-P", "-m", "config.cli"]), *arguments]


def folder() -> Path:
    """A home that the servers' account can reach: pytest's own folders are closed to others."""
    home = Path(tempfile.mkdtemp(prefix="rappel24-contract-"))
    home.chmod(0o755)
    return home


def wait_until(
    met: Callable[[], object], within: float, otherwise: Callable[[], str] = lambda: "", every: float = LOOK_EVERY
) -> None:
    """Look until it is so; fail with what was seen instead."""
    end = time.monotonic() + within
    while not met():
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {otherwise()}")
        time.sleep(every)
