"""A past of two hospitals, eleven time zones of a day apart at most: written row by row, in whatever order."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange
from sqlalchemy import Connection, Engine, insert, text

from callbacks.commitment_tables import assessments, polls
from callbacks.tables import attempts, calls, events, requests
from config.database import metadata
from scheduling.tables import hospitals, people, practitioners, shifts, wards

PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")
CARDIO, GASTRO, MATERNITY = 1, 2, 3
COCHIN, SAINT_DENIS = 1, 2
AMELIE = 1
_TABLES = (hospitals, people, wards, practitioners, shifts, requests, calls, attempts, events, assessments, polls)
QUESTIONS = ("access", "admission", "document", "access_wanted", "admission_wanted", "document_wanted")


def paris(day: int, hour: int = 10, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    """An instant of autumn 2026, as the clock in Paris says it."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=PARIS).astimezone(UTC)


def number(gp: int) -> str:
    """The telephone of the GP of this number."""
    return f"+33639980{gp:03}"


@dataclass
class Past:
    """Rows to write, by table. GPs 1 to 8 are in the directory."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._put(hospitals, id=COCHIN, name="Cochin", timezone=PARIS.key)
        self._put(hospitals, id=SAINT_DENIS, name="Saint-Denis", timezone=REUNION.key)
        self._put(people, id=AMELIE, name="Amélie Durand", phone="+33639980901")
        opening = "mon-fri 08:30-18:30"
        for id, slug, hospital in (
            (CARDIO, "cardio", COCHIN),
            (GASTRO, "gastro", COCHIN),
            (MATERNITY, "maternite", SAINT_DENIS),
        ):
            row = {"id": id, "slug": slug, "hospital_id": hospital, "name": slug, "keypad": f"22{id + 1}"}
            self._put(wards, **row, opening=opening)
        for gp in range(1, 9):
            self._put(practitioners, id=gp, name=f"Dr {gp}", created_at=paris(1, month=1))

    def _put(self, table: Any, **row: Any) -> None:
        self.rows[table.name].append(row)

    def shift(self, ward: int, start: datetime, hours: float) -> None:
        """Amélie is on call."""
        during = TimestamptzRange(start, start + timedelta(hours=hours))
        self._put(shifts, ward_id=ward, person_id=AMELIE, rank=1, during=during)

    def call(
        self,
        at: datetime,
        result: str,
        gp: int | None = None,
        ward: int | None = CARDIO,
        *,
        wait: int = 20,
        talk: int = 180,
        rings: int = 1,
        **more: Any,
    ) -> UUID:
        """A GP calls; the first ring is four seconds later, the one who answers does so `wait` seconds after it."""
        id = UUID(int=len(self.rows["calls"]) + 1)
        rung = at + timedelta(seconds=4)
        taken = rung + timedelta(seconds=wait) if result == "answered" else None
        known = gp if gp and gp < 9 else None
        row = {"result": result, "ward_id": ward, "answered_at": taken, "outcome": None, "practitioner_id": known}
        ended = (taken or rung) + timedelta(seconds=talk)
        row |= {"caller": number(gp) if gp else None, "started_at": at, "ended_at": ended, **more}
        self._put(calls, id=id, sid=f"CA{id.hex}", step="x", **row)
        for seq in range(rings if ward else 0):
            last = taken if seq == rings - 1 else None
            rang = {"rung_at": rung + timedelta(seconds=seq), "rung_real": rung, "ended_real": rung}
            outcome = "taken" if last else "no-answer"
            who = {"person_id": AMELIE, "phone": "+33639980901", "rank": 1}
            self._put(attempts, call_id=id, seq=seq + 1, **who, **rang, accepted_at=last, outcome=outcome)
        return id

    def request(
        self,
        at: datetime,
        gp: int | None,
        *happened: tuple[float, str, dict[str, Any]],
        ward: int = CARDIO,
        kind: str = "advice",
        hours: float = 24,
        **more: Any,
    ) -> int:
        """A request, and what happened to it so many hours later."""
        id = len(self.rows["requests"]) + 1
        ends = [event for event in happened if event[1] in ("done", "withdrawn", "unreachable", "reopened")]
        state = ends[-1][1] if ends and ends[-1][1] != "reopened" else "open"
        closed = at + timedelta(hours=ends[-1][0]) if state != "open" else None
        row = {"reference": f"{100000 + id}", "ward_id": ward, "kind": kind, "state": state, "created_at": at}
        row |= {"caller": number(gp) if gp else None, "practitioner_id": gp if gp and gp < 9 else None}
        row |= {"due_at": at + timedelta(hours=hours), "closed_at": closed, "channel": "voice"}
        waits = {"next_rung": None if closed else "due", "next_step_at": None if closed else at}
        self._put(requests, id=id, **{**row, **waits, "event_at": None, "mail": None, **more})
        for later, what, detail in ((0.0, "filed", {}), *happened):
            self._put(events, request_id=id, at=at + timedelta(hours=later), kind=what, detail=detail)
        return id

    def says(self, side: str, at: datetime, asked: str, outcome: str, otherwise: str, **of: Any) -> None:
        """One side says what was asked, what came of it, what else would have been done; "": nothing."""
        said = {"asked": asked or None, "outcome": outcome or None, "otherwise": otherwise or None}
        self._put(assessments, side=side, how="page", at=at, **{"request_id": None, "call_id": None, **of}, **said)

    def poll(self, at: datetime, hours: float | None, *said: int, ward: int = CARDIO, **of: Any) -> None:
        """Three questions; answered after so many hours."""
        answered = None if hours is None else at + timedelta(hours=hours)
        answers = dict.fromkeys(QUESTIONS) | dict(zip(QUESTIONS, said, strict=False))
        row = {"ward_id": ward, "asked_at": at, "answered_at": answered, "request_id": None, "call_id": None}
        self._put(polls, **{**row, **of}, **answers)

    def write(self, engine: Engine, order: Random | None = None) -> None:
        """Write it all; in another `order`, it came to us so."""
        with engine.begin() as conn:
            for table in _TABLES:
                rows = list(self.rows[table.name])
                if order and table in (calls, attempts, events, assessments):
                    order.shuffle(rows)
                for row in rows:
                    conn.execute(insert(table).values(row))
            _go_on_from(conn)


def _go_on_from(conn: Connection) -> None:
    """What is written afterwards gets numbers of its own."""
    for table in ("hospitals", "wards", "people", "practitioners", "requests"):
        assert table in metadata.tables
        conn.execute(text(f"select setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))


def tried(hours: float, result: str = "no-answer") -> tuple[float, str, dict[str, Any]]:
    """Somebody tried to call back."""
    return hours, "attempted", {"result": result, "how": "bridge"}


def claimed(hours: float) -> tuple[float, str, dict[str, Any]]:
    """Amélie took it upon herself."""
    return hours, "claimed", {}


def done(hours: float, outcome: str = "CONSEIL") -> tuple[float, str, dict[str, Any]]:
    """It was closed."""
    return hours, "done", {"outcome": outcome}


def rung(hours: float, name: str) -> tuple[float, str, dict[str, Any]]:
    """The ladder went up."""
    return hours, "rung", {"rung": name}
