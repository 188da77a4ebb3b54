"""Looks after the canaries: places them, judges them, and says so where neither the line nor the carrier is needed.

No connection is held while the carrier, the mail server or the other's watch is asked (invariant 10). Killed at any
moment: a call whose placing was not written down is met all the same, and what was not told is told within a minute.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from callbacks import alarms, canaries, canary, heartbeat, post
from callbacks.canaries import ToTell
from callbacks.canary import News, State
from callbacks.carrier import Call, Carrier, CarrierError
from callbacks.heartbeat import Unheard
from callbacks.house import House
from callbacks.leases import Claimed
from callbacks.post import Draft
from callbacks.purposes import Purpose
from callbacks.smtp import Outgoing
from config import texts
from config.database import real_now

ALARM = "line_dead"
RING_SECONDS = 20
ZONE = ZoneInfo("Europe/Paris")  # of who runs the line

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Watch:
    """What the line is watched with. `outgoing`: the mail server, None without one; `heartbeat_url` is a secret."""

    engine: Engine
    carrier: Carrier
    house: House
    every: timedelta
    outgoing: Outgoing | None = None
    heartbeat_url: str | None = None

    def look(self) -> None:
        """Once over: called often, by several, it does what is due."""
        placed = self._begin()
        if placed is not None:
            self._place(placed)
        if self._judge() and self.heartbeat_url is not None:
            self._beat(self.heartbeat_url)
        self._tell()

    def _begin(self) -> UUID | None:
        if self.house.canary_number is None:
            return None
        with self.engine.begin() as conn:
            if not canaries.alone(conn) or not canaries.has_wards(conn):
                return None
            due = canary.is_due(canaries.latest(conn), self.every, real_now(conn))
            return canaries.place(conn) if due else None

    def _place(self, id: UUID) -> None:
        number = self.house.canary_number or ""
        call = Call(self.house.line_number, number, "", "", RING_SECONDS, keys=canary.KEYS)
        sid, reason = None, None
        try:
            sid = self.carrier.place_call(call)
        except CarrierError as fault:
            log.warning("canary.not_placed", code=fault.code, in_doubt=fault.ambiguous)
            reason = None if fault.ambiguous else f"refused {fault.code}"
        with self.engine.begin() as conn:
            canaries.placed(conn, id, sid, reason)

    def _judge(self) -> bool:
        """Whether one was well."""
        well = False
        with self.engine.begin() as conn:
            now = real_now(conn)
            for each in canaries.undecided(conn):
                found = canary.verdict(each, now)
                if found is None:
                    continue
                canaries.judge(conn, each.id, found)
                well |= found.state is State.WELL
                self._conclude(conn, each.id, found)
        return well

    def _conclude(self, conn: Connection, id: UUID, found: canary.Verdict) -> None:
        if found.state is State.WELL:
            if alarms.clear(conn, ALARM):
                canaries.owe(conn, id, News.ALIVE)
            return
        log.warning("canary.broken", reason=found.reason)
        if canary.is_dead(canaries.judged(conn)):
            alarms.raise_alarm(conn, ALARM, ALARM, {"reason": found.reason})
            if not canaries.told_dead_since(conn, canary.AGAIN):
                canaries.owe(conn, id, News.DEAD)

    def _beat(self, url: str) -> None:
        try:
            heartbeat.beat(url)
        except Unheard as fault:
            log.warning("heartbeat.unheard", error=str(fault))

    def _tell(self) -> None:
        """By e-mail, handed to its server from here: what the line and its workers do does not matter."""
        if self.outgoing is None or self.house.alert_email is None:
            return
        with self.engine.begin() as conn:
            news = canaries.take_news(conn)
        if news is None:
            return
        try:
            post.send(self.outgoing, *_letter(news, self.house))
        except CarrierError as fault:
            log.error("canary.not_told", code=fault.code)
            return
        with self.engine.begin() as conn:
            canaries.told(conn, news.id)


def _letter(news: ToTell, house: House) -> tuple[Claimed, Draft]:
    values = {
        "line": house.line_number,
        "address": house.public_url,
        "reason": news.reason or "–",
        "since": texts.written_time(news.since or news.now, ZONE, house.language),
        "now": texts.written_time(news.now, ZONE, house.language),
    }
    subject, body = (texts.say(f"canary.{news.news}{part}", house.language, **values) for part in ("_subject", ""))
    row = Claimed(
        id=0,
        token=news.id,
        channel="email",
        purpose=Purpose.ALARM,
        recipient=house.alert_email or "",
        person_id=None,
        request_id=None,
        body=body,
        attempts=1,
        ambiguous=False,
        attempted_real=news.now,
        asked_real=None,
        detail={"subject": subject},
        worker="",
    )
    return row, Draft(body)
