"""A carrier in memory, a clock that can be moved, and messages to send: for tests of what leaves the house."""

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Row, text

from callbacks import outbox
from callbacks.carrier import Call, CarrierError, NotThere, Seen, Sms
from callbacks.house import House
from callbacks.outbox import Message
from config import clock

AMELIE = "+33639980001"
BRUNO = "+33639980002"
HOUSE = House(
    line_number="+33199000100",
    sms_sender="Rappel24",
    alert_caller="+33199000100",
    public_url="https://rappel24.test",
    alert_phone=None,
    alert_email=None,
    switchboard=None,
    shows_caller=False,
    language="fr",
    secret_key=b"k" * 32,
)
LOST_ANSWER = "accepts it, and the answer is lost"


@dataclass
class Hands:
    """Turns the real clock of one test's database; the one clock goes with it."""

    engine: Engine
    ahead: float = 0.0

    def pass_seconds(self, seconds: float) -> None:
        """Let real time pass."""
        self.ahead += seconds
        with self.engine.begin() as conn:
            conn.execute(
                text(
                    "create or replace function real_now() returns timestamptz language sql volatile as"
                    f" 'select clock_timestamp() + make_interval(secs => {self.ahead})'"
                )
            )

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


@dataclass
class Accepted:
    """What the carrier took."""

    sid: str
    to: str
    body: str
    at: datetime
    status: str = "queued"
    error: str | None = None


@dataclass
class MemoryCarrier:
    """Takes everything, unless `answers` says otherwise for the next attempts; knows what it took."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    accepted: list[Accepted] = field(default_factory=list)
    answers: deque[CarrierError | str] = field(default_factory=deque)
    asked: int = 0
    away: bool = False
    before_answering: Callable[[], None] = lambda: None
    sms: list[Sms] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    recordings: dict[str, Seen] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def send_sms(self, sms: Sms) -> str:
        self.sms.append(sms)
        return self._take("SM", sms.to, sms.body)

    def place_call(self, call: Call) -> str:
        self.calls.append(call)
        return self._take("CA", call.to, "")

    def _take(self, prefix: str, to: str, body: str) -> str:
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, CarrierError):
            raise answer
        sid = f"{prefix}{len(self.accepted):032x}"
        self.accepted.append(Accepted(sid, to, body, self.now()))
        self.before_answering()
        if answer == LOST_ANSWER:
            raise CarrierError("no answer", ambiguous=True)
        return sid

    def messages_like(self, to: str, body: str, since: datetime) -> list[str]:
        self.asked += 1
        self._answer()
        return [each.sid for each in self.accepted if (each.to, each.body) == (to, body) and each.at >= since]

    def calls_like(self, to: str, since: datetime) -> list[str]:
        return self.messages_like(to, "", since)

    def message(self, sid: str) -> Seen:
        self.asked += 1
        self._answer()
        found = next((each for each in self.accepted if each.sid == sid), None)
        if found is None:
            raise NotThere("20404")
        return Seen(sid, found.status, error=found.error)

    call = message

    def recording(self, sid: str) -> Seen:
        self._answer()
        if sid not in self.recordings:
            raise NotThere("20404")
        return self.recordings[sid]

    def media(self, sid: str) -> bytes:
        self._answer()
        if sid not in self.sounds:
            raise NotThere("404")
        return self.sounds[sid]

    def delete_recording(self, sid: str) -> None:
        self._answer()
        self.deleted.append(sid)

    def picture(self, source: str) -> bytes:
        self._answer()
        if source not in self.pictures:
            raise NotThere("20404")
        return self.pictures[source]

    def delete_picture(self, source: str) -> None:
        self._answer()
        self.pictures.pop(source, None)
        self.deleted.append(source)

    def _answer(self) -> None:
        if self.away:
            raise CarrierError("unreachable")


def message(key: str = "one", **changes: object) -> Message:
    """An alert to Amélie, due long ago."""
    values: dict[str, object] = {
        "key": key,
        "purpose": "alert",
        "channel": "sms",
        "recipient": AMELIE,
        "person_id": None,
        "request_id": None,
        "body": f"Demande {key}",
        "due_at": datetime(2020, 1, 1, tzinfo=UTC),
    }
    return Message(**values | changes)  # type: ignore[arg-type]


def put(engine: Engine, *messages: Message) -> list[int]:
    """Write them, to people of ours; their ids, in order. Due now, on the one clock, unless they say when."""
    with engine.begin() as conn:
        moment = clock.read(conn)
        conn.execute(_ON_FILE, [{"phone": each.recipient} for each in messages])
        outbox.put(conn, messages, moment)
        conn.execute(text("update outbox set due_at = (select app_now()) where due_at = '2020-01-01Z'"))
        keys = [each.key for each in messages]
        rows = conn.execute(text("select key, id from outbox where key = any(:keys)"), {"keys": keys})
        ids = {row.key: row.id for row in rows}
    return [ids[key] for key in keys]


_ON_FILE = text("insert into people (name, phone) values ('Senior', :phone) on conflict do nothing")


def row(engine: Engine, outbox_id: int) -> Row[tuple[object, ...]]:
    """A row of the outbox as it stands."""
    with engine.connect() as conn:
        return conn.execute(text("select * from outbox where id = :id"), {"id": outbox_id}).one()


def a_request(engine: Engine) -> int:
    """A request on file at Cochin's cardiology."""
    with engine.begin() as conn:
        conn.execute(text("insert into hospitals (name) values ('Cochin')"))
        conn.execute(
            text(
                "insert into wards (slug, hospital_id, name, keypad)"
                " select 'cardiologie', id, 'Cardiologie', '227' from hospitals"
            )
        )
        found: int = conn.execute(
            text(
                "insert into requests (reference, ward_id, channel, created_at, due_at, next_rung, next_step_at)"
                " select '724193', id, 'voice', app_now(), app_now() + interval '24 hours', 'first', app_now()"
                " from wards returning id"
            )
        ).scalar_one()
        return found


def sound(seconds: float, rate: int = 8000) -> bytes:
    """A wav of this length: 8 kHz, mono, 16 bit."""
    samples = b"\1\2" * int(seconds * rate)
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data",
        len(samples),
    ) + samples  # fmt: skip
