"""What is measured, and where: servers of their own, the web server as `serve` runs it, two applications behind it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import cpu, recording, replay
from benchmarks.carrier import LINE, Web
from benchmarks.floors import floor
from config import orphans, serving
from config.database import job_engine
from config.embedded.locks import Lock
from config.migrations import upgrade
from config.servers import Urls, running
from config.settings import Settings, load
from scheduling import sample

PATIENCE = 60.0  # seconds, for a web server to answer
REST = 0.1
APPLICATION = "config.app:create_app()"
FLOORS = "benchmarks.floors:create_app()"
SWITCHBOARD = "+33199000099"


class NotStarted(Exception):
    """A web server did not come up; the text is its last words."""


@dataclass(frozen=True)
class Stage:
    """Everything a pass needs. `token` signs as the carrier does."""

    engine: Engine
    token: str
    app: Web
    floors: Web
    postgres: int | None  # the process at the head of PostgreSQL, where the system can tell


@contextmanager
def servers() -> Iterator[tuple[Urls, Path]]:
    """A durable PostgreSQL (every commit reaches the disk) and a Valkey, and the folder that goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="rappel24-bench-"))
    folder.chmod(0o755)  # as root, the servers run under another account
    try:
        with running(folder / "home") as urls:
            yield urls, folder
        with Lock(folder / "home" / "servers.keeper") as keeper:
            keeper.exclusive()  # they have stopped
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def on(urls: Urls, folder: Path) -> Iterator[Stage]:
    """Both applications on these servers, whose database may be empty; raises NotStarted, NotTheSame."""
    token = secrets.token_hex(16)
    with ExitStack() as held:
        engine = held.enter_context(furnished(urls))
        settings, scripts = environment(urls, folder, token), folder / "scripts.pickle"
        replay.keep(recording.scripts(settings, engine), scripts)
        app = held.enter_context(web(APPLICATION, settings, folder))
        beside = environment(urls, folder, token) | {replay.SCRIPTS: str(scripts)}
        floors = held.enter_context(web(FLOORS, beside, folder))
        yield Stage(engine, token, app, floors, postmaster(engine))


@contextmanager
def furnished(urls: Urls) -> Iterator[Engine]:
    """The database with its tables, the floors' own, and two sample hospitals."""
    engine = job_engine(urls.database)
    upgrade(engine)
    floor.create_all(engine)
    with engine.begin() as connection:
        sample.load(connection, datetime.now(UTC).date(), weeks=1)
    yield engine
    engine.dispose()


def environment(urls: Urls, folder: Path, token: str) -> dict[str, str]:
    """The settings of a house that nobody can telephone, on a free port."""
    port = _free_port()
    return {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": urls.database,
        "REDIS_URL": urls.redis,
        "RAPPEL24_HOME": str(folder / "home"),
        "RAPPEL24_LANGUAGE": "fr",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": b64encode(secrets.token_bytes(32)).decode(),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": token,
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "LINE_NUMBER": LINE,
        "SWITCHBOARD_NUMBER": SWITCHBOARD,
    }


@contextmanager
def web(target: str, env: Mapping[str, str], folder: Path) -> Iterator[Web]:
    """`target` under gunicorn with the application's own settings; raises NotStarted."""
    settings = load(env, Settings, dotenv=None)
    words = folder / f"{settings.port}.log"
    with words.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "gunicorn", "-c", serving.CONF, target),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        )
    try:
        _wait_for(process, settings.port, words)
        yield Web(settings.port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, words: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > end:
            raise NotStarted(words.read_text(errors="replace")[-2000:])
        time.sleep(REST)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def postmaster(engine: Engine) -> int | None:
    """Who started the process that serves our connection."""
    with engine.connect() as connection:
        return cpu.parent_of(connection.execute(text("select pg_backend_pid()")).scalar_one())
