"""PostgreSQL servers of a test's own: one that takes writes, one that follows it and may take over."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config import orphans
from config.embedded.account import Account, account_for
from config.embedded.programs import Programs, usable
from tests.machines.doorbells import eventually
from tests.ports import free_port

STARTS_WITHIN = 60.0
OPTIONS = {
    "fsync": "off",
    "unix_socket_directories": "",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "hot_standby": "on",
    "log_min_messages": "fatal",
}


@dataclass
class Registers:
    """`folder`: one that every account can enter. Servers are known by their ports; anybody near may come in."""

    folder: Path
    processes: "dict[int, subprocess.Popen[bytes]]" = field(default_factory=dict)
    account: Account | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        self.account = account_for(self.folder / "none")
        if self.account is not None:
            os.chown(self.folder, self.account.uid, self.account.gid)

    def server(self, *addresses: str) -> int:
        """A new one, empty; it listens at these addresses besides our own."""
        data = self.folder / "first"
        self._run("initdb", "-D", str(data), "-U", "rappel24", "-E", "UTF8", "--auth=trust", "--no-sync", "--locale=C")
        with (data / "pg_hba.conf").open("a") as rules:
            rules.writelines(f"host all all {address}/24 trust\n" for address in addresses)
        return self._start(data, addresses)

    def standby(self, of: int) -> int:
        """One that follows it."""
        data = self.folder / "second"
        where = ("-h", "127.0.0.1", "-p", str(of), "-U", "rappel24", "--checkpoint=fast", "--no-sync")
        self._run("pg_basebackup", "-D", str(data), "--write-recovery-conf", *where)
        return self._start(data, ())

    def kill(self, port: int) -> None:
        """All of it at once, as when its machine goes."""
        process = self.processes.pop(port)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for port in list(self.processes):
            self.kill(port)

    def connection(self, port: int, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(f"postgresql://rappel24@127.0.0.1:{port}/{database}", autocommit=True, connect_timeout=5)

    @property
    def _programs(self) -> Programs:
        return usable(self.account, self.folder)

    def _start(self, data: Path, addresses: Sequence[str]) -> int:
        port = free_port()
        options = OPTIONS | {"port": str(port), "listen_addresses": ",".join(("127.0.0.1", *addresses))}
        self.processes[port] = subprocess.Popen(
            [self._programs.postgres, "-D", data, *(f"--{name}={value}" for name, value in options.items())],
            start_new_session=True,
            stderr=subprocess.DEVNULL,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGQUIT),
            **(self.account.options() if self.account else {}),
        )
        eventually(lambda: self._answers(port), STARTS_WITHIN)
        return port

    def _answers(self, port: int) -> bool:
        try:
            self.connection(port).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *options: str) -> None:
        path = self._programs.postgres.with_name(program)
        own = self.account.options() if self.account else {}
        subprocess.run([path, *options], check=True, capture_output=True, **own)
