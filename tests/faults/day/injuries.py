"""What breaks, broken for real; and when PostgreSQL was away because of it."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from simulator import Faults, RestFault
from tests.faults.day.evidence import Away, Mark
from tests.faults.day.plan import Breaks, Injury
from tests.faults.day.town import Town

LEAPS = 120.0  # so many seconds of the promise for one
SHELF = 144  # MiB, of the disk for recordings: /readyz wants to see a hundred free
RETURNS_WITHIN = 60.0
_CUT = """select count(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""


def trouble(faults: Faults, pace: float) -> None:
    """How the carrier and its network misbehave all day: shares of its requests, and of ours to it."""
    for fault, share in (
        (RestFault.TOO_MANY, 0.06),
        (RestFault.SERVER_ERROR, 0.04),
        (RestFault.ACCEPT_500, 0.05),
        (RestFault.ACCEPT_CUT, 0.05),
        (RestFault.REFUSE_CUT, 0.03),
        (RestFault.ACCEPT_HANG, 0.01),
    ):
        faults.rest_share(fault, share, on="POST *")
    faults.rest_share(RestFault.UNAVAILABLE, 0.05, on="*")
    faults.lose("*status", 0.06).lose("sms", 0.04).lose_answer("sms", 0.04)
    for document, share in (("voice", 0.03), ("gather", 0.01), ("dial", 0.02), ("record", 0.02)):
        faults.lose(document, share)
    faults.delay("*status", 120.0 * pace, 0.02).delay("*status", 4.0 * pace, 0.05).reorder("*status", 0.08)
    faults.delay("*", 1.5 * pace, 0.04).duplicate("*", 0.12)


@dataclass
class Injuries:
    """Carries out what is planned."""

    town: Town
    done: Counter[Breaks] = field(default_factory=Counter)
    away: list[Away] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    forged: list[int] = field(default_factory=list)
    _skew: float = 0.0

    def __post_init__(self) -> None:
        self.disk = Disk(self.town.home / "recordings")
        self.note_clock()

    def do(self, injury: Injury) -> None:
        """One of them."""
        self._deeds[injury.breaks](injury)
        self.done[injury.breaks] += 1

    def run_clock(self, rate: float) -> None:
        """Another pace from here on."""
        self._patiently(lambda: self._set_rate(rate))
        self.note_clock()

    def jump(self, seconds: float) -> None:
        """The machine's clock is set. Ahead, and the promise's leaps an hour or so; back, and it goes back as far."""
        self._set_ahead(seconds, seconds * (LEAPS if seconds > 0 else 1))

    def minutes_pass(self, seconds: float, promised: float) -> None:
        """As if nobody had called for `seconds`: in `promised` seconds of the promise's clock."""
        self._set_ahead(seconds, promised)

    def _set_ahead(self, seconds: float, promised: float) -> None:
        self._skew += seconds
        self._patiently(lambda: self._set_clock(promised))
        self.note_clock()

    def note_clock(self) -> None:
        """Where the two clocks stand, and how fast the promise's runs from here on."""
        self._patiently(self._note_clock)

    def heal(self) -> None:
        """From here on all is well."""
        self.town.exchange.faults.clear()
        self.disk.free()

    @property
    def _deeds(self) -> dict[Breaks, Callable[[Injury], None]]:
        town = self.town
        return {
            Breaks.KILL: lambda injury: town.house.kill(injury.target),
            Breaks.REDIS_EMPTIED: lambda _: self._empty_redis(),
            Breaks.REDIS_KILLED: lambda _: self._kill_redis(),
            Breaks.DATABASE_KILLED: lambda _: self._restart_database(signal.SIGKILL),
            Breaks.DATABASE_RESTARTED: lambda _: self._restart_database(signal.SIGINT),
            Breaks.CONNECTIONS_CUT: lambda _: self._cut_connections(),
            Breaks.DISK_FULL: lambda _: self.disk.fill(),
            Breaks.DISK_FREE: lambda _: self.disk.free(),
            Breaks.CLOCK_JUMPS: lambda injury: self.jump(injury.amount),
            Breaks.FORGED: lambda _: self._forge(),
        }

    def _empty_redis(self) -> None:
        with suppress(RedisError):
            self.town.redis.flushall()

    def _kill_redis(self) -> None:
        with suppress(RedisError):
            os.kill(int(self.town.redis.info("server")["process_id"]), signal.SIGKILL)

    def _restart_database(self, how: signal.Signals) -> None:
        killed, since = self.town.postmaster(), time.time()
        if killed is None:
            return
        os.kill(killed, how)
        end = time.monotonic() + RETURNS_WITHIN
        while time.monotonic() < end and not self._back(killed):
            self.town.house.restart_the_dead()
            time.sleep(0.05)
        self.away.append(Away(since, time.time()))

    def _back(self, killed: int) -> bool:
        try:
            with self.town.engine.connect() as conn:
                return self.town.postmaster() not in (None, killed) and bool(conn.execute(text("select 1")).scalar())
        except SQLAlchemyError:
            return False

    def _cut_connections(self) -> None:
        since = time.time()
        with suppress(SQLAlchemyError), self.town.engine.connect() as conn:
            conn.execute(text(_CUT))
        self.away.append(Away(since, time.time()))

    def _set_clock(self, promised: float) -> None:
        with self.town.engine.begin() as conn:
            before = conn.execute(text("select app_now()")).scalar_one()
            conn.execute(
                text(
                    "create or replace function real_now() returns timestamptz language sql volatile as"
                    f" 'select clock_timestamp() + interval ''{self._skew} seconds'''"
                )
            )
            there = f"cast(:before as timestamptz) + interval '{promised} seconds'"
            conn.execute(text(f"update clock set anchor = {there}, anchor_real = real_now()"), {"before": before})

    def _set_rate(self, rate: float) -> None:
        with self.town.engine.begin() as conn:
            conn.execute(
                text("update clock set anchor = app_now(), anchor_real = real_now(), rate = :rate"), {"rate": rate}
            )

    def _note_clock(self) -> None:
        with self.town.engine.begin() as conn:
            row = conn.execute(text("select clock_timestamp() as wall, app_now() as app, rate from clock")).one()
            self.marks.append(Mark(row.wall.timestamp(), row.app, row.rate))

    def _patiently(self, do: Callable[[], None]) -> None:
        """Again while connections are being cut."""
        end = time.monotonic() + RETURNS_WITHIN
        while True:
            try:
                do()
            except SQLAlchemyError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return

    def _forge(self) -> None:
        """Somebody who is not the carrier: what he is answered."""
        request = urllib.request.Request(
            f"{self.town.public_url}/webhooks/sms", b"From=%2B33639989999&Body=cardio", {"X-Twilio-Signature": "AAAA"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                self.forged.append(answer.status)
        except urllib.error.HTTPError as refused:
            self.forged.append(refused.code)
        except OSError:
            return  # nobody was there to let him in


class Disk:
    """The place of the recordings: as root a small disk of its own, filled to the last byte; else one that refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ballast = folder, folder / "ballast"
        folder.mkdir(mode=0o700)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SHELF}m,mode=0700", "rappel24-day", str(folder)]
        self.real = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def fill(self) -> None:
        """No room is left."""
        if not self.real:
            self.folder.chmod(0o500)
            return
        with suppress(OSError), self.ballast.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()

    def free(self) -> None:
        """Room again."""
        self.folder.chmod(0o700)
        self.ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing of it is left."""
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)
