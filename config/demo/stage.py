"""Where the play is given: a home of its own, real servers and processes, and the telephones in this process."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from config import clock, orphans, sealed_numbers, servers, serving
from config.database import job_engine
from config.demo import identity, telephones
from config.demo.identity import LINE, Ports
from config.demo.letters.boxes import Boxes
from config.demo.letters.mailroom import FOLDER, local_now
from config.demo.letters.page import Hand, hand_to
from config.demo.letters.server import controller
from config.demo.ports import free_ports
from config.demo.prepare import prepare
from config.demo.words import progress, say
from config.embedded.keeper import environment as importable
from config.embedded.place import Place
from config.settings import Settings, load
from simulator import Account, Line, RealClock, Simulator
from simulator.server import Server

PACE = 8.0  # the telephones live so much faster than a visitor: a ring of 15 s is over in two
START = "2026-11-23T14:00:00"  # a Monday
WEEKS = 1  # of rota: the play is over after two days
READY_SECONDS = 90.0
LEAVING = 20.0
LAST_LINES = 30

T = TypeVar("T")


class Broken(Exception):
    """The play showed what must not happen; the text says what."""


@dataclass(frozen=True)
class Stage:
    """What an act needs."""

    simulator: Simulator
    engine: Engine
    env: Mapping[str, str]
    language: str
    boxes: Boxes  # of the GPs
    post_letter: Hand

    def now(self) -> datetime:
        """On the one clock."""
        with self.engine.connect() as connection:
            return clock.read(connection).now

    def run_clock(self, rate: float) -> None:
        """So many times as fast."""
        with self.engine.begin() as connection:
            clock.set_rate(connection, rate)


def until(what: str, ask: Callable[[], T | None], seconds: float = 30.0) -> T:
    """What `ask` finds, at the latest after `seconds`; else Broken says that it did not happen."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > end:
            raise Broken(what)
        time.sleep(0.1)


@contextmanager
def stage(language: str) -> Iterator[Stage]:
    """Everything started; everything gone afterwards, whatever happened. Raises Broken, BadServers."""
    with ExitStack() as held:
        home = held.enter_context(_home())
        urls = held.enter_context(servers.running(home))
        progress(say("ready_servers", language))
        ports = free_ports(0)
        env = _environment(home, ports, language) | {"DATABASE_URL": urls.database, "REDIS_URL": urls.redis}
        settings = load(env, Settings, dotenv=None)
        held.enter_context(sealed_numbers.configured(settings.keys, sealing=settings.seals))
        engine = job_engine(urls.database)
        held.callback(engine.dispose)
        prepare(engine, settings, WEEKS)
        progress(say("ready_hospitals", language))
        simulator = held.enter_context(_simulator(settings, ports))
        with engine.connect() as connection:
            for owner in telephones.directory(connection, language).values():
                simulator.phone(owner.number, owner.name, owner.role)
        boxes = held.enter_context(_mailboxes(home, ports))
        held.enter_context(_house(home, env, ports))
        yield Stage(simulator, engine, env, language, boxes, hand_to(ports.mail_door))


def _environment(home: Path, ports: Ports, language: str) -> dict[str, str]:
    chosen = {"RAPPEL24_LANGUAGE": language, "RAPPEL24_CLOCK_START": START}
    # Who watches the play hears GPs alone, not the line that calls itself.
    return identity.environment(home, ports, identity.secrets_of(home), chosen) | {"CANARY_NUMBER": ""}


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="rappel24-demo-")).resolve()
    home.chmod(0o755)  # as root, the servers run under another account
    try:
        yield home
    finally:
        place = Place.known(home)
        for folder in {home, place.folder if place else home}:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _simulator(settings: Settings, ports: Ports) -> Iterator[Simulator]:
    pace = RealClock(PACE)
    door = f"{settings.public_url}/webhooks"
    line = Line(LINE, f"{door}/voice", f"{door}/voice/status", f"{door}/sms")
    account = Account(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
    simulator = Simulator([line], account=account, clock=pace, strict=False)
    with Server(simulator, ports.telephones):
        pace.start()
        try:
            yield simulator
        finally:
            pace.stop()


@contextmanager
def _mailboxes(home: Path, ports: Ports) -> Iterator[Boxes]:
    """What the house sends lies there."""
    boxes = Boxes(home / FOLDER)
    mail = controller(boxes, ports.post, local_now)
    mail.start()
    try:
        yield boxes
    finally:
        mail.stop()


@contextmanager
def _house(home: Path, env: Mapping[str, str], ports: Ports) -> Iterator[None]:
    """Web, worker, tick and mail, as `rappel24 serve` runs them."""
    log = home / "serve.log"
    with log.open("wb") as output:
        house = subprocess.Popen(
            [sys.executable, "-m", "config.cli", "serve"],
            env={**os.environ, **importable(), **env},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us; we tell it
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        )
    try:
        until_ready = f"the processes are not ready within {READY_SECONDS:.0f} s; their last lines:"
        _wait(house, ports, until_ready, log)
        yield
    finally:
        house.send_signal(signal.SIGTERM)
        try:
            house.wait(LEAVING)
        except subprocess.TimeoutExpired:
            os.killpg(house.pid, signal.SIGKILL)
            house.wait()


def _wait(house: "subprocess.Popen[bytes]", ports: Ports, complaint: str, log: Path) -> None:
    def settled() -> bool:
        return house.poll() is not None or serving.answers(ports.web, "/readyz")

    try:
        until(complaint, settled, READY_SECONDS)
        if house.poll() is not None:
            raise Broken(f"the processes ended with code {house.returncode}; their last lines:")
    except Broken as broken:
        last = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        raise Broken("\n".join([str(broken), *last])) from None
