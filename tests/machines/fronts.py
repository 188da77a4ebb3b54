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
# How somebody takes a machine out of each backend, in the document.
_TAKEN_OUT = re.compile(
    r'^ *for b in ([\w ]+); do echo "(set server \$b/one state drain)" \| socat stdio (\S+); done$', re.MULTILINE
)
_SOCKET = re.compile(r"^( +stats socket )(\S+)", re.MULTILINE)
DRAINED = 0x08  # of srv_admin_state: somebody said so at the socket
LISTENS_WITHIN = 10.0  # seconds
ANSWERS_WITHIN = 2.0
READY = "/readyz/here"  # what a machine of this release is asked
THERE = "/healthz"  # what the document has it asked while one of the previous release may stand there


@dataclass
class Front(ABC):
    """A process on `port` of this machine that hands requests to `machines`; what it keeps lies beside `log`.

    `asks`: the door of theirs that says whether they are ready.
    """

    port: int
    machines: Sequence[str]
    log: Path
    asks: str = READY
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
        return [sys.executable, "-P", "-m", "tests.machines.balancer", str(self.port), str(self._led), self.asks]

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
        file = self.log.with_name("haproxy.cfg")
        text = settings(self.port, self.machines, self._socket)
        file.write_text(text.replace(f"httpchk GET {READY}", f"httpchk GET {self.asks}"), encoding="utf-8")
        return ["haproxy", "-db", "-f", str(file)]

    def lead_to(self, machines: Collection[str]) -> None:
        for name, address in zip(NAMES, self.machines, strict=True):
            state = "ready" if address in machines else "drain"
            for told in taken_out():
                self._tell(told.replace("/one ", f"/{name} ").replace(" drain", f" {state}"))

    def up(self) -> Collection[str]:
        head, *rows = self._tell("show stat").strip("# \n").splitlines()
        status = head.split(",").index("status")
        states = {(row[0], row[1]): row[status] for row in (each.split(",") for each in rows) if len(row) > status}
        return [
            address
            for name, address in zip(NAMES, self.machines, strict=True)
            if states["calls", name].startswith(("UP", "DRAIN"))
        ]

    def drained(self) -> Collection[tuple[str, str]]:
        """Who is led around, however ready: backend and name."""
        _, head, *rows = self._tell("show servers state").strip().splitlines()
        columns = head.strip("# ").split()
        servers = [dict(zip(columns, row.split(), strict=False)) for row in rows]
        return {(its["be_name"], its["srv_name"]) for its in servers if int(its["srv_admin_state"]) & DRAINED}

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
    """HAProxy's settings out of the document: without TLS, for these machines, with its socket at `told_at`."""
    text = _SOCKET.sub(rf"\g<1>{told_at}", written())
    text = re.sub(r"bind :443 .*", f"bind 127.0.0.1:{port}", text).replace("10.0.0.0/8", "127.0.0.0/8")
    for name, address in zip(NAMES, machines, strict=True):
        text = re.sub(rf"(server {name}\s+)\S+", rf"\g<1>{address}", text)
    return text


def written() -> str:
    """HAProxy's settings as they stand in the document."""
    block = re.search(r"```haproxy\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "docs/machines.md says nothing of HAProxy"
    return block[1]


def taken_out() -> Sequence[str]:
    """What the document tells HAProxy, at the socket that its settings name, to take the first machine out."""
    loop, told_at = _TAKEN_OUT.search(DOCUMENT.read_text(encoding="utf-8")), _SOCKET.search(written())
    assert loop, "docs/machines.md does not say how a machine is taken out"
    assert told_at, "docs/machines.md gives HAProxy no socket"
    assert loop[3] == told_at[2], "docs/machines.md tells it to a socket that HAProxy does not have"
    return [loop[2].replace("$b", backend) for backend in loop[1].split()]


def said(host: str, path: str) -> str | None:
    """What is answered there; None: nothing, or that it is not well."""
    connection = http.client.HTTPConnection(host, timeout=ANSWERS_WITHIN)
    with closing(connection), suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == http.HTTPStatus.OK else None
    return None
