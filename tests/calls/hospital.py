"""A whole hospital in one process: PostgreSQL, the web application, the tick, and a simulated carrier on one clock.

Calls are scripts: `hospital.gp.dials(LINE).hears("urgence").presses("227#")`. The virtual clock moves the database's
`real_now()` before each webhook, so that 24 hours pass in a second or two.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests as http
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, text

from callbacks import aftermath, climb, exports
from callbacks.carrier import CarrierError, NotThere, TwilioCarrier
from callbacks.house import Desk, House
from callbacks.jobs import Workshop
from callbacks.shelf import Shelf
from config.app import Parts, assemble
from config.crypto import Box
from config.tick import Tick
from simulator import Account, Line, Request, Response, Simulator, wsgi
from simulator.handset import Handset

PARIS = ZoneInfo("Europe/Paris")
LINE = "+33199000024"
CANARY = "+33199000025"  # what the line calls itself from
SWITCHBOARD = "+33199000099"
PUBLIC_URL = "https://rappel24.test"
GP = "+33199000001"  # a practice's landline
GP_MOBILE = "+33639980101"
AMELIE = "+33639980001"  # rank 1, cardiology
BRUNO = "+33639980002"  # rank 2, cardiology
CHLOE = "+33639980003"  # head of cardiology
DENIS = "+33639980004"  # coordinator
EMMA = "+33639980005"  # covers for the day hospital

API_URL = f"https://api.twilio.com/2010-04-01/Accounts/{Account().sid}"
MONDAY_14H = datetime(2026, 11, 23, 14, 0, tzinfo=PARIS)
SOON, SELDOM = timedelta(seconds=2), timedelta(seconds=20)  # between two passes of the tick


class Inline(Executor):
    """Hands that work at once, so that a test knows when they are done."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 — as an executor does
            future.set_exception(error)
        return future


class SimulatedTwilio(TwilioCarrier):
    """The application's own carrier, without a socket between it and the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        account = simulator.account
        super().__init__(account.sid, account.auth_token, "https://api.twilio.com")
        self._simulator = simulator
        self._client.http_client = simulator.http_client(http.ConnectionError, http.ReadTimeout)

    def _download(self, url: str) -> bytes:
        status, content = self._simulator.media(url, self._auth)
        if status == 404:
            raise NotThere(str(status))
        if status != 200:
            raise CarrierError(str(status))
        return content


class Bell:
    """A bell that is heard by nobody: the tick does the work itself, and nothing may depend on being rung."""

    def ring(self, kind: str, id: int | str) -> None:
        pass


class Hospital:
    """Two wards of Cochin, their people, a line, and a GP."""

    def __init__(
        self,
        engine: Engine,
        redis: Redis,
        folder: Path,
        start: datetime = MONDAY_14H,
        speech: bool = True,
        **simulated: Any,
    ) -> None:
        self.engine = engine
        self.house = House(
            line_number=LINE,
            sms_sender=LINE,
            alert_caller=LINE,
            public_url=PUBLIC_URL,
            alert_phone="+33639980090",
            alert_email=None,
            switchboard=SWITCHBOARD,
            shows_caller=False,
            language="fr",
            secret_key=b"s" * 32,
            speech=speech,
            canary_number=CANARY,
        )
        self.starts(start)
        self.app = self._application(redis, folder)
        line = Line(
            LINE,
            voice_url=f"{PUBLIC_URL}/webhooks/voice",
            status_url=f"{PUBLIC_URL}/webhooks/voice/status",
            sms_url=f"{PUBLIC_URL}/webhooks/sms",
        )
        simulated.setdefault("transport", self._carry)
        self.sim = Simulator([line], start=start.astimezone(UTC), on_time=self.now_is, **simulated)
        self.tick = self._tick(folder)
        self.carried: list[tuple[Request, Response]] = []  # every webhook and its answer
        self.silent = False  # nobody looks: a test has taken the register away, or looks itself
        self._pause = SOON
        self._last_tick = self.sim.now
        self.sim.every(1, self._maybe_tick)

    # Time

    def starts(self, start: datetime) -> None:
        """Both clocks stand there."""
        self.now_is(start)
        self.sql("update clock set anchor = real_now(), anchor_real = real_now()")

    def now_is(self, now: datetime) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("update test_time set at = :now"), {"now": now})

    def ticks(self) -> bool:
        """One pass of the tick, and of what it does on the side. Whether there was anything to do."""
        self.now_is(self.sim.now)
        return self.tick.once()

    def passes(self, longest: timedelta = timedelta(hours=1), **delta: float) -> None:
        """Let time pass from one thing that is due to the next (the tick looks every second in earnest)."""
        until = self.sim.now + timedelta(**delta)
        by_itself, self.silent = self.silent, True
        while self.sim.now < until:
            step = min(self._until_next(longest), until - self.sim.now)
            self.sim.advance(seconds=step.total_seconds())
            self.ticks()
        self.silent = by_itself

    def _until_next(self, longest: timedelta) -> timedelta:
        """The next rung, message, silence of the carrier or end of a ringing telephone; a second at the least."""
        due = self.sql(
            "select min(at) from ("
            " select next_step_at as at from requests"
            " union all select greatest(due_at, retry_real) from outbox where state in ('waiting', 'sending')"
            " union all select sent_at + interval '181 seconds' from outbox where state = 'sent' and not answered_for"
            " union all select app_now() + interval '20 seconds' from outbox"
            "   where state in ('undelivered', 'failed') and not answered_for"
            ") as next"
        ).scalar_one()
        wait = (due - self.sim.now) if due else longest
        return max(timedelta(seconds=1), min(wait + timedelta(seconds=1), longest))

    def sweeps(self) -> None:
        """Ask the carrier about calls whose ending was lost."""
        self.now_is(self.sim.now)
        aftermath.sweep(self.engine, self.carrier, self.desk_line)

    def _maybe_tick(self) -> None:
        """At once after whatever happened; then less and less often, for as long as nothing does."""
        if not self.silent and self.sim.now - self._last_tick >= self._pause:
            self._last_tick = self.sim.now
            self._pause = SOON if self.ticks() else min(2 * self._pause, SELDOM)

    # People

    @property
    def gp(self) -> Handset:
        return self.sim.phone(GP, "Dr Martin")

    @property
    def mobile_gp(self) -> Handset:
        return self.sim.phone(GP_MOBILE, "Dr Petit")

    @property
    def amelie(self) -> Handset:
        return self.sim.phone(AMELIE, "Amélie")

    @property
    def bruno(self) -> Handset:
        return self.sim.phone(BRUNO, "Bruno")

    @property
    def chloe(self) -> Handset:
        return self.sim.phone(CHLOE, "Chloé")

    @property
    def denis(self) -> Handset:
        return self.sim.phone(DENIS, "Denis")

    @property
    def switchboard(self) -> Handset:
        return self.sim.phone(SWITCHBOARD, "Standard")

    # What is on record

    def requests(self) -> Sequence[dict[str, Any]]:
        with self.engine.begin() as connection:
            return exports.requests(connection)

    def calls(self) -> Sequence[dict[str, Any]]:
        with self.engine.begin() as connection:
            return exports.calls(connection)

    def messages(self, purpose: str = "") -> Sequence[dict[str, Any]]:
        with self.engine.begin() as connection:
            return [each for each in exports.messages(connection) if purpose in each["purpose"]]

    def alarms(self) -> list[str]:
        with self.engine.begin() as connection:
            return list(connection.execute(text("select kind from alarms where cleared_at is null")).scalars())

    def sql(self, statement: str, **values: Any) -> Any:
        self._pause = SOON
        with self.engine.begin() as connection:
            return connection.execute(text(statement), values)

    # Put together

    def moves(self, engine: Engine, redis: Redis, folder: Path) -> None:
        """The house goes on elsewhere: another register, another shelf; the carrier and its telephones stay."""
        self.engine = engine
        self.now_is(self.sim.now)
        self.app, self.tick = self._application(redis, folder), self._tick(folder)

    def _carry(self, request: Request) -> Response:
        """The carrier plays its own recordings from itself; all else goes to the application."""
        if request.url.startswith(API_URL):
            account = self.sim.account
            status, sound = self.sim.media(request.url, (account.sid, account.auth_token))
            return Response(status, {"Content-Type": "audio/wav"}, sound)
        self._pause = SOON
        answer = wsgi(self.app)(request)
        self.carried.append((request, answer))
        return answer

    def _application(self, redis: Redis, folder: Path) -> Flask:
        self.box = Box([b"k" * 32])
        self.shelf = Shelf(folder, self.box)
        desk = Desk(engine=self.engine, doorbell=Bell(), box=self.box, house=self.house)
        app = assemble(Parts(desk, self.shelf, redis, [Account().auth_token], API_URL))
        self.desk_line = app.extensions["line"]
        return app

    def _tick(self, folder: Path) -> Tick:
        self.carrier = SimulatedTwilio(self.sim)
        shop = Workshop(
            engine=self.engine,
            carrier=self.carrier,
            house=self.house,
            shelf=self.shelf,
            bell=Bell(),
            climb=lambda conn, id, moment: climb.climb(conn, id, moment, self.house),
            not_arrived=lambda conn, id, moment: climb.alert_failed(conn, id, moment, self.house),
        )
        return Tick(shop, rings=lambda kind, id: False, due_rungs=climb.due, _hands=Inline())


def forget(hospital: Hospital, start: datetime) -> None:
    """Empty the register of everything that happened, for a test that lives through many days."""
    hospital.sql("truncate calls, requests, recordings, outbox, alarms, texts_in, heartbeats cascade")
    hospital.starts(start)


def move_time_by_hand(engine: Engine, start: datetime) -> None:
    """From now on it is, to this database, what a hospital says it is."""
    with engine.begin() as connection:
        connection.execute(text("create table test_time (at timestamptz)"))
        connection.execute(text("insert into test_time values (:start)"), {"start": start})
        connection.execute(
            text(
                "create or replace function real_now() returns timestamptz language sql volatile as"
                " 'select at from test_time'"
            )
        )
