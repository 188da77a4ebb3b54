"""PostgreSQL: made once, started by becoming it."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NoReturn

from config import orphans
from config.embedded.account import Account
from config.embedded.errors import BadServers
from config.embedded.place import Place
from config.embedded.programs import Programs, usable
from config.embedded.residents import evict

# SIGINT is the fast shutdown (SIGTERM waits for every client), SIGQUIT the immediate one.
STOP, STOP_NOW = signal.SIGINT, signal.SIGQUIT
# What it answers to who asks whether it is there yet.
MUTE = re.compile(rb"the database system is (starting up|shutting down|not yet accepting connections)")
# An orphan on its way down is given its time, then told, then told louder.
NOTICES = ((None, 0.5), (STOP, 10.0), (STOP_NOW, 5.0), (signal.SIGKILL, 2.0))
OPTIONS = {
    "listen_addresses": "127.0.0.1",  # TCP with a password: no 107-byte path, no permission puzzle
    "unix_socket_directories": "",
    "timezone": "UTC",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    # An ERROR quotes the row that caused it; the application logs its own, without numbers.
    "log_min_messages": "fatal",
    "log_error_verbosity": "terse",
}
# A crash of the machine may lose what is there; a kill -9 of the server may not, not even in tests.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}
# Reckoning the password's 4,096 rounds took as long as the rest of a connection, and tests make thousands.
HASTY = ["--no-sync", "--set=scram_iterations=1"]


def prepare(place: Place) -> None:
    """Make the database cluster and its `rappel24` database if there is none; refuse one of another version."""
    programs = usable(place.account, place.folder)
    if not place.postgres_data.exists():
        _create(place, programs)
    _same_version(place.postgres_data, programs)


def forget_password(place: Place) -> None:
    """Give the cluster the password of `place`, whose own file was lost. The server must not run."""
    evict(place.postgres_data, NOTICES)
    _single_user(place, usable(place.account, place.folder), place.postgres_data, _password(place))


def become(place: Place, parent: int) -> NoReturn:
    """Turn this process into the server, so that signals reach it and nothing stands between."""
    data, account = place.postgres_data, place.account
    programs = usable(account, place.folder)
    evict(data, NOTICES)
    (data / "postmaster.pid").unlink(missing_ok=True)  # nobody lives there: empty, or a recycled number
    options = {**OPTIONS, "port": str(place.postgres_port), **({} if place.durable else FORGETFUL)}
    argv = [str(programs.postgres), "-D", str(data)]
    for name, value in options.items():
        argv += ["-c", f"{name}={value}"]
    if account:
        account.become()
    os.chdir(data)
    orphans.die_with_parent(parent, STOP)
    os.execv(programs.postgres, argv)


def _create(place: Place, programs: Programs) -> None:
    """Aside, then renamed: a half-made folder is never taken for a database."""
    for left in place.folder.glob("postgres.new-*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    aside = place.folder / f"postgres.new-{os.urandom(4).hex()}"
    password = place.folder / f"{aside.name}.password"
    try:
        _own(aside, password, place)
        _run(
            [
                str(programs.initdb), "-D", str(aside), "-U", "rappel24", "-E", "UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",  # the same on every system
                "--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions",
                *([] if place.durable else HASTY),
            ],
            place.account,
        )  # fmt: skip
        _single_user(place, programs, aside, "create database rappel24")
        aside.rename(place.postgres_data)
    finally:
        password.unlink(missing_ok=True)
        shutil.rmtree(aside, ignore_errors=True)


def _own(data: Path, password: Path, place: Place) -> None:
    data.mkdir(mode=0o700)
    with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(place.postgres_password + "\n")
    if place.account:
        os.chown(data, place.account.uid, place.account.gid)
        os.chown(password, place.account.uid, place.account.gid)


def _password(place: Place) -> str:
    return f"alter role rappel24 password '{place.postgres_password}'"


def _single_user(place: Place, programs: Programs, data: Path, statement: str) -> None:
    hasty = [] if place.durable else ["-F"]  # no fsync
    _run([str(programs.postgres), "--single", *hasty, "-D", str(data), "postgres"], place.account, f"{statement};\n")


def _run(argv: list[str], account: Account | None, said: str = "") -> None:
    done = subprocess.run(
        argv,
        input=said,
        text=True,
        check=False,
        capture_output=True,
        preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
        **(account.options() if account else {"cwd": "/"}),
    )
    if done.returncode or "ERROR:" in done.stderr:
        raise BadServers(f"{Path(argv[0]).name} failed:\n{(done.stdout + done.stderr).strip()}")


def _same_version(data: Path, programs: Programs) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    said = subprocess.run([programs.postgres, "--version"], capture_output=True, text=True, check=True).stdout
    ours = said.split()[2].split(".")[0]
    if made_by != ours:
        raise BadServers(
            f"{data} was made by PostgreSQL {made_by}; the one installed is {ours}. "
            "Install the release that made it and export, or carry the data over with pg_upgrade."
        )
