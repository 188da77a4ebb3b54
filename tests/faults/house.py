"""The house's own processes, as an operator would start them, and ways to hurt them."""

import base64
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

ROOT = Path(__file__).parent.parent.parent
LINE = "+33199000100"


def hurry(engine: Engine, times: float) -> None:
    """Let PostgreSQL's clock run faster from an hour ago: leases and pauses shrink, everything else is real."""
    with engine.begin() as conn:
        conn.execute(
            text(
                "create or replace function real_now() returns timestamptz language sql volatile as 'select"
                f" to_timestamp({time.time() - 3600}) + (clock_timestamp() - to_timestamp({time.time()})) * {times}'"
            )
        )
        conn.execute(text("update clock set anchor = real_now(), anchor_real = real_now()"))


class Processes:
    """Worker and tick processes; one that is killed is started again, as a supervisor does."""

    def __init__(
        self, database_url: str, redis_url: str, api_url: str, folder: Path, auth_token: str, sid: str
    ) -> None:
        self.log = folder / "processes.log"
        self.env = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TWILIO_API_URL": api_url,
            "TWILIO_ACCOUNT_SID": sid,
            "TWILIO_AUTH_TOKEN": auth_token,
            "PUBLIC_URL": "http://127.0.0.1:9",
            "SECRET_KEY": "k" * 32,
            "ENCRYPTION_KEYS": base64.b64encode(b"k" * 32).decode(),
            "LINE_NUMBER": LINE,
            "SWITCHBOARD_NUMBER": "+33199000199",
            "RAPPEL24_HOME": str(folder),
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """`worker-1`, `tick-2`, …"""
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", f"config.{name.split('-')[0]}"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.running[name]

    def kill(self, name: str) -> None:
        """SIGKILL, the horses too; and start it again."""
        process = self.running[name]
        for pid in (*self.horses(name), process.pid):
            self._sigkill(pid)
        process.wait()
        self.start(name)

    def kill_horse(self, name: str, after: float) -> None:
        """SIGKILL to what the worker forked for a job, so long after it was seen."""
        end = time.monotonic() + 1.0
        while not self.horses(name) and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(after)
        for pid in self.horses(name):
            self._sigkill(pid)

    def horses(self, name: str) -> list[int]:
        pid = self.running[name].pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def _sigkill(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
        except ProcessLookupError:
            return

    def stop(self) -> None:
        """Ask them to end, then make them."""
        for process in self.running.values():
            process.terminate()
        for name, process in self.running.items():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                for pid in self.horses(name):
                    self._sigkill(pid)
                process.kill()
                process.wait()


def chaos(seconds: float, every: float, deeds: list[tuple[int, Callable[[], object]]], seed: int) -> None:
    """For so long, one deed after another, drawn by its weight."""
    draw, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        draw.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()
        time.sleep(every * draw.random() * 2)


def eventually(true: Callable[[], bool], seconds: float, what: str = "it") -> float:
    """Wait for it; how long it took. A failure says what never came."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"{what} never came"
        time.sleep(0.1)
    return time.monotonic() - began
