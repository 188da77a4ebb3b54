"""What stands before the machines: our own small balancer, or HAProxy with the very settings of docs/machines.md.

Machines are told apart by where they listen, `host:port`.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from config import orphans
from tests.machines.balancer import UP

HERE = Path(__file__).parents[2]
DOCUMENT = HERE / "docs" / "machines.md"
NAMES = ("one", "two", "three")  # of the machines, in the document
BACKENDS = ("calls", "calls_all_the_same", "pages")
LISTENS_WITHIN = 10.0  # seconds
ANSWERS_WITHIN = 2.0


@dataclass
class Front(ABC):
    """A process on `port` of this machine that hands requests to `machines`; what it keeps lies beside `log`."""

    port: int
    machines: Sequence[str]
    log: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """How it is started, whatever it needs being there."""

    @abstractmethod
    def lead_to(self, machines: Collection[str]) -> None:
        """From here on the others get nothing new."""

    @abstractmethod
    def up(self) -> Collection[str]:
        """Whom it takes to be ready, those among them that are led around."""

    def start(self) -> None:
        """Leading to all of them."""
        command = self.command()
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                command,
                cwd=HERE,
                env={**os.environ, "PYTHONPATH": str(HERE)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
            )

    def stop(self) -> None:
        """At once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Ours(Front):
    """`balancer.py`."""

    def command(self) -> Sequence[str]:
        self.lead_to(self.machines)
        return [sys.executable, "-P", "-m", "tests.machines.balancer", str(self.port), str(self._led)]

    def lead_to(self, machines: Collection[str]) -> None:
        aside = self._led.with_suffix(".new")
        aside.write_text("\n".join(machines), encoding="utf-8")
        aside.replace(self._led)

    def up(self) -> Collection[str]:
        return (said(f"127.0.0.1:{self.port}", UP) or "").split()

    @property
    def _led(self) -> Path:
        return self.log.with_name("balancer")


class HAProxy(Front):
    """As the document sets it up, and told over its socket what the document tells it."""

    def command(self) -> Sequence[str]:
        written = self.log.with_name("haproxy.cfg")
        written.write_text(settings(self.port, self.machines, self._socket), encoding="utf-8")
        return ["haproxy", "-db", "-f", str(written)]

    def lead_to(self, machines: Collection[str]) -> None:
        for name, address in zip(NAMES, self.machines, strict=True):
            state = "ready" if address in machines else "drain"
            for backend in BACKENDS:
                self._tell(f"set server {backend}/{name} state {state}")

    def up(self) -> Collection[str]:
        head, *rows = self._tell("show stat").strip("# \n").splitlines()
        status = head.split(",").index("status")
        states = {(row[0], row[1]): row[status] for row in (each.split(",") for each in rows) if len(row) > status}
        return [
            address
            for name, address in zip(NAMES, self.machines, strict=True)
            if states["calls", name].startswith(("UP", "DRAIN"))
        ]

    def _tell(self, command: str) -> str:
        end = time.monotonic() + LISTENS_WITHIN
        while not self._socket.exists():
            assert time.monotonic() < end, "HAProxy has not started"
            time.sleep(0.02)
        with closing(socket.socket(socket.AF_UNIX)) as asked:
            asked.settimeout(ANSWERS_WITHIN)
            asked.connect(str(self._socket))
            asked.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: asked.recv(65536), b"")).decode()

    @property
    def _socket(self) -> Path:
        return self.log.with_name("haproxy")


def settings(port: int, machines: Sequence[str], told_at: Path) -> str:
    """HAProxy's settings out of the document: without TLS, for these machines, with a socket to tell it things."""
    block = re.search(r"```haproxy\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "docs/machines.md says nothing of HAProxy"
    text = block[1].replace("global\n", f"global\n    stats socket {told_at} level admin\n", 1)
    text = re.sub(r"bind :443 .*", f"bind 127.0.0.1:{port}", text).replace("10.0.0.0/8", "127.0.0.0/8")
    for name, address in zip(NAMES, machines, strict=True):
        text = re.sub(rf"(server {name}\s+)\S+", rf"\g<1>{address}", text)
    return text


def said(host: str, path: str) -> str | None:
    """What is answered there; None: nothing, or that it is not well."""
    connection = http.client.HTTPConnection(host, timeout=ANSWERS_WITHIN)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == http.HTTPStatus.OK else None
    return None
