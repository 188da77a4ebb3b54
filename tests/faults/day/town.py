"""The stage of a day: PostgreSQL and Valkey of its own, the carrier, the hospital's mail, the house's processes."""

import base64
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from redis import Redis
from sqlalchemy import Engine, text

from config import clock, servers
from config.clock import set_rate
from config.database import job_engine
from config.demo import hospitals
from config.embedded.place import Place
from config.migrations import upgrade
from simulator import Account, Line, RealClock, Simulator, answers, hangs_up, waits
from simulator.server import Server
from tests.faults.day import elsewhere
from tests.faults.day.house import House
from tests.faults.day.people import LINE, People
from tests.faults.day.plan import UNMANNED, Plan
from tests.faults.day.wire import Wire
from tests.ports import free_port
from tests.webhooks.mail.imap_server import ImapServer

SWITCHBOARD = "+33199001000"  # of the sample's Cochin
SWITCHBOARD_TALKS = 8.0
LAST_RESORT = "+33639989990"
ADDRESS = "avis@rappel24.example"
STARTS = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday
WEEKS = 1
# As an operator sets them at the number: retried on whatever fails.
RETRIES = "#rc=5&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000"
KEY = b"d" * 32


class Pace(RealClock):
    """People who telephone faster than life; the dates that the carrier gives stay those of the wall."""

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.seconds() / self.factor)


@dataclass
class PostOffice:
    """The hospital's mail server, which takes our letters."""

    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=default))
        return "250 OK"


@dataclass
class Town:
    """Everything a day needs, running."""

    home: Path
    engine: Engine
    redis: Redis
    exchange: Simulator
    wire: Wire
    people: People
    house: House
    mailbox: ImapServer
    post: PostOffice
    smtp_door: int
    public_url: str
    urls: servers.Urls

    def postmaster(self) -> int | None:
        """PostgreSQL's own process; None while there is none."""
        place = Place.known(self.home)
        assert place is not None
        try:
            return int((place.postgres_data / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return None


Housed = Callable[[Path, Mapping[str, str], Path], House]  # of the tree at, with these settings, which says it there


@contextmanager
def town(plan: Plan, root: Path, housed: Housed = House) -> Iterator[Town]:
    """Everything started but the house; everything gone afterwards. `root`: the tree that the processes run."""
    with ExitStack() as held:
        home = held.enter_context(_home())
        with _said_into(home / "servers.log"):
            urls = held.enter_context(servers.running(home, durable=False))
        engine = job_engine(urls.database)
        held.callback(engine.dispose)
        _hospitals(engine, plan)
        web, door, wire = free_port(), free_port(), Wire()
        public_url = f"http://127.0.0.1:{web}"
        exchange, api = held.enter_context(_exchange(plan, wire))
        mailbox = ImapServer(home / "mail")
        mailbox.start()
        held.callback(mailbox.stop)
        post = PostOffice()
        controller = Controller(post, hostname="127.0.0.1", port=free_port())
        controller.start()
        held.callback(controller.stop)
        env = _settings(urls, public_url, exchange.account, api) | {
            "PORT": str(web),
            "RAPPEL24_HOME": str(home),
            "SMTP_URL": f"smtp://127.0.0.1:{controller.port}",
            "IMAP_URLS": mailbox.url(),
            "SMTP_DOOR": str(door),
        }
        people = People(exchange, plan.seed, plan.scale.pace)
        house = housed(root, env, home / "house.log")
        documents = held.enter_context(elsewhere.hosted(home, house.environment))
        _at_the_number(exchange, public_url, documents)
        env["FALLBACK_URL"] = f"{documents}{elsewhere.DOCUMENTS['broken']}"
        redis = Redis.from_url(urls.redis)
        yield Town(home, engine, redis, exchange, wire, people, house, mailbox, post, door, public_url, urls)


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="rappel24-day-"))
    home.chmod(0o755)  # as root, the servers run under another account
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _said_into(log: Path) -> Iterator[None]:
    """What is started here says what it says there: that PostgreSQL is killed is no news to who plays the day."""
    ours = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)


def _hospitals(engine: Engine, plan: Plan) -> None:
    """The sample hospitals and their rota; one ward has nobody on call, and unknown GPs may write."""
    upgrade(engine)
    with engine.begin() as conn:
        clock.start_at(conn, STARTS, plan.scale.by_day)
        hospitals.settle(conn, WEEKS)
        conn.execute(text("update hospitals set unknown_senders = 'accept'"))
        conn.execute(
            text("delete from shifts using wards where wards.id = ward_id and slug = :slug"), {"slug": UNMANNED}
        )
        conn.execute(text(_WATCHED))
        set_rate(conn, plan.scale.by_day)


# Each plan of a request's next step, as it is made: what was due when, whichever process decided it.
_WATCHED = """
create table watched (id bigserial primary key, request_id bigint, rung text, due timestamptz, climbed timestamptz,
    at timestamptz default app_now(), wall timestamptz default clock_timestamp());
create function watch() returns trigger language plpgsql as $$ begin
    insert into watched (request_id, rung, due, climbed)
        values (new.id, new.next_rung, new.next_step_at, new.climbed_at);
    return new; end $$;
create trigger watch after insert or update of next_rung, next_step_at, climbed_at on requests
    for each row execute function watch();
"""


@contextmanager
def _exchange(plan: Plan, wire: Wire) -> Iterator[tuple[Simulator, str]]:
    """The carrier; its address."""
    pace = Pace(plan.scale.pace)
    exchange = Simulator(
        account=Account(calls_a_second=plan.scale.calls_a_second),
        clock=pace,
        strict=False,
        seed=plan.seed,
        transport=wire,
    )
    with Server(exchange) as server:
        pace.start()
        try:
            yield exchange, server.url
        finally:
            pace.stop()


def _at_the_number(exchange: Simulator, public_url: str, fallback: str) -> None:
    """What an operator sets in the carrier's console."""
    door = f"{public_url}/webhooks"
    line = Line(
        LINE,
        voice_url=f"{door}/voice{RETRIES}",
        status_url=f"{door}/voice/status{RETRIES}",
        sms_url=f"{door}/sms{RETRIES}",
        fallback_url=f"{fallback}{elsewhere.DOCUMENTS['call']}",
        fallback_method="POST",
        sms_fallback_url=f"{fallback}{elsewhere.DOCUMENTS['sms']}",
        sms_fallback_method="POST",
    )
    exchange.office.add_line(line)
    exchange.phone(SWITCHBOARD).behaves(answers(waits(SWITCHBOARD_TALKS), hangs_up(), after=4.0))


def _settings(urls: servers.Urls, public_url: str, account: Account, api: str) -> dict[str, str]:
    return {
        "DATABASE_URL": urls.database,
        "REDIS_URL": urls.redis,
        "PUBLIC_URL": public_url,
        "SECRET_KEY": "a fiction secret, long enough for the line",
        "ENCRYPTION_KEYS": base64.b64encode(KEY).decode(),
        "TWILIO_ACCOUNT_SID": account.sid,
        "TWILIO_AUTH_TOKEN": account.auth_token,
        "TWILIO_API_URL": api,
        "LINE_NUMBER": LINE,
        "SWITCHBOARD_NUMBER": SWITCHBOARD,
        "ALERT_PHONE": LAST_RESORT,
        "MAIL_ADDRESS": ADDRESS,
    }
