"""A hospital in a database, its people, and a hand on the clock: for tests of what the house writes and sends."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.range import TimestamptzRange
from sqlalchemy import Engine, Row, func, insert, select, text, update

from callbacks import alarms, climb, holding, ladder, register, requests
from callbacks.house import House
from callbacks.promise import RequestView
from callbacks.requests import Bridged, Filing
from callbacks.states import Kind, Standing, fold
from callbacks.tables import calls, outbox, parts, recordings
from callbacks.trying import Result
from config.clock import Moment
from scheduling.tables import hospitals, people, shifts, wards
from tests.callbacks.rotas import PARIS, paris

AMELIE, BRUNO, CHLOE, DENIS, EMMA = (f"+3363998000{n}" for n in range(1, 6))
GP, PRACTICE, ALERT_PHONE = "+33639980101", "+33199000001", "+33639980090"
NAMES = {AMELIE: "Amélie", BRUNO: "Bruno", CHLOE: "Chloé", DENIS: "Denis", EMMA: "Emma", GP: "GP", PRACTICE: "practice"}
HOUSE = House(
    line_number="+33199000024",
    sms_sender="RAPPEL24",
    alert_caller="+33199000024",
    public_url="https://r24.example",
    alert_phone=ALERT_PHONE,
    alert_email=None,
    switchboard=None,
    shows_caller=False,
    language="fr",
    secret_key=b"k" * 32,
)
LADDER = ladder.load()
MONDAY = paris(23, 11)
YEARS = TimestamptzRange(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


@dataclass
class Story:
    """Cardiology: Amélie and Bruno on call, Chloé its head, Denis its coordinator. Its clock stands still."""

    engine: Engine
    now: datetime = MONDAY
    house: House = HOUSE
    ids: dict[str, int] = field(default_factory=dict)
    ward_id: int = 0
    request_id: int = 0
    _read: int = 0

    def __post_init__(self) -> None:
        with self.engine.begin() as conn:
            for phone in (AMELIE, BRUNO, CHLOE, DENIS, EMMA):
                row = insert(people).values(name=NAMES[phone], phone=phone).returning(people.c.id)
                self.ids[phone] = conn.execute(row).scalar_one()
            conn.execute(insert(hospitals).values(name="Cochin"))
        self.ward_id = self.opens_ward(
            "cardiologie", "Cardiologie", head_id=self.ids[CHLOE], coordinator_id=self.ids[DENIS]
        )
        self.puts_on_call(AMELIE, rank=1)
        self.puts_on_call(BRUNO, rank=2)

    # The hospital

    def opens_ward(self, slug: str, name: str, **columns: object) -> int:
        hospital = select(hospitals.c.id).limit(1).scalar_subquery()
        row = insert(wards).values(slug=slug, name=name, keypad="227", hospital_id=hospital, **columns)
        with self.engine.begin() as conn:
            return int(conn.execute(row.returning(wards.c.id)).scalar_one())

    def changes_ward(self, **columns: object) -> None:
        with self.engine.begin() as conn:
            conn.execute(update(wards).where(wards.c.id == self.ward_id).values(**columns))

    def puts_on_call(
        self, phone: str, rank: int = 1, ward_id: int = 0, start: datetime | None = None, end: datetime | None = None
    ) -> None:
        during = YEARS if start is None else TimestamptzRange(start, end)
        values = {"ward_id": ward_id or self.ward_id, "person_id": self.ids[phone], "rank": rank, "during": during}
        with self.engine.begin() as conn:
            conn.execute(insert(shifts).values(values))

    def empties_the_rota(self) -> None:
        with self.engine.begin() as conn:
            conn.execute(text("delete from shifts"))

    def knows_stop_of(self, phone: str) -> None:
        with self.engine.begin() as conn:
            conn.execute(update(people).where(people.c.phone == phone).values(opted_out_at=self.now))

    # The GP

    @property
    def moment(self) -> Moment:
        return Moment(self.now.astimezone(UTC), datetime.now(UTC))

    def files(self, caller: str | None = GP, *, message: bool = True, ended: bool = True, **more: object) -> int:
        """A GP calls, nobody answers: his request is on file, with a message unless he hung up."""
        with self.engine.begin() as conn:
            call_id = conn.execute(
                insert(calls)
                .values(sid=f"CA{uuid4().hex}", caller=caller, step="x", started_at=self.now)
                .returning(calls.c.id)
            ).scalar_one()
            filing = Filing(self.ward_id, "missed_call", caller, None, call_id, self.moment.now, self.moment)
            self.request_id = requests.file(conn, replace(filing, **more)).id  # type: ignore[arg-type]
        if message:
            self.leaves_message()
        if ended:
            self.hangs_up()
            self.works()
        return self.request_id

    def leaves_message(self, state: str = "stored") -> UUID:
        with self.engine.begin() as conn:
            recording = insert(recordings).values(sid=f"RE{uuid4().hex}", state=state).returning(recordings.c.id)
            recording_id: UUID = conn.execute(recording).scalar_one()
            requests.add_voice_part(conn, self.request_id, recording_id, None, self.moment)
        return recording_id

    def hangs_up(self) -> None:
        with self.engine.begin() as conn:
            requests.call_ended(conn, self.request_id, self.moment)

    # The ward

    def claims(self, phone: str) -> object:
        with self.engine.begin() as conn:
            return requests.claim(conn, self.request_id, self.ids[phone], self.moment, "page")

    def gives_back(self, phone: str) -> object:
        with self.engine.begin() as conn:
            return requests.release(conn, self.request_id, self.ids[phone], self.moment)

    def offers(self, to: str, by: str | None = None, account_id: int | None = None) -> object:
        """Somebody asks a colleague to take it over; `by` nobody: the coordinator does, at a desk of the office."""
        with self.engine.begin() as conn:
            asks = self.ids[by] if by else None
            return holding.offer(conn, self.request_id, self.ids[to], self.moment, by=asks, account_id=account_id)

    def refuses(self, phone: str) -> object:
        with self.engine.begin() as conn:
            return holding.refuse(conn, self.request_id, self.ids[phone], self.moment)

    def puts_off(self, phone: str, until: datetime, reason: str = "busy") -> object:
        with self.engine.begin() as conn:
            return holding.postpone(conn, self.request_id, self.ids[phone], until, reason, self.moment)

    def tries(self, phone: str, result: Result = Result.NO_ANSWER, bridge: Bridged | None = None) -> bool:
        """He calls the GP back, and says what came of it. Whether that was new."""
        with self.engine.begin() as conn:
            return requests.attempted(conn, self.request_id, self.ids[phone], self.moment, result, bridge)

    def tries_in_three_windows(self, phone: str) -> None:
        """In the morning, at noon and in the afternoon, from 11:00 on: nobody answers."""
        self.tries(phone)
        for hours in (1, 3):
            self.after(hours=hours)
            self.tries(phone)

    def hears_everything(self) -> None:
        with self.engine.begin() as conn:
            conn.execute(update(parts).values(heard_at=self.now))

    def closes(self, phone: str, outcome: str = "CONSEIL") -> object:
        with self.engine.begin() as conn:
            return requests.close(conn, self.request_id, self.ids[phone], outcome, self.moment)

    # The house

    def at(self, now: datetime) -> None:
        """Time passes, and everything that was due on the way is done at its time."""
        while (step := self._next_due()) is not None and step <= now:
            self.now = max(self.now, step)
            self.works()
        self.now = now

    def after(self, **passed: float) -> None:
        self.at(self.now + timedelta(**passed))

    def works(self) -> None:
        """Do what is due now."""
        with self.engine.begin() as conn:
            ids = climb.due(conn, self.moment, 100)
        for request_id in ids:
            self.climbs(request_id)

    def climbs(self, request_id: int) -> None:
        with self.engine.begin() as conn:
            climb.climb(conn, request_id, self.moment, self.house)

    def loses(self, purpose: str, error: str | None = None) -> None:
        """The last message of this purpose did not arrive."""
        with self.engine.begin() as conn:
            last = select(func.max(outbox.c.id)).where(outbox.c.purpose == purpose).scalar_subquery()
            row = update(outbox).where(outbox.c.id == last).values(state="undelivered", error=error)
            outbox_id = conn.execute(row.returning(outbox.c.id)).scalar_one()
            climb.alert_failed(conn, outbox_id, self.moment, self.house)

    def loses_all(self, purpose: str, phone: str) -> None:
        """No SMS of this purpose to this person arrived."""
        theirs = (outbox.c.purpose == purpose) & (outbox.c.recipient == phone) & (outbox.c.channel == "sms")
        with self.engine.begin() as conn:
            ids = conn.execute(
                update(outbox).where(theirs).values(state="undelivered").returning(outbox.c.id)
            ).scalars()
            for outbox_id in sorted(ids):
                climb.alert_failed(conn, outbox_id, self.moment, self.house)

    def written(self) -> list[str]:
        """What the house wrote since the last look, "11:00 alert sms to Amélie"; " at 08:00" if it waits."""
        return [_line(row) for row in self.messages()]

    def messages(self) -> list[Row[Any]]:
        with self.engine.begin() as conn:
            rows = conn.execute(select(outbox).where(outbox.c.id > self._read).order_by(outbox.c.id)).all()
        self._read = max((row.id for row in rows), default=self._read)
        return list(rows)

    def happened(self, kind: Kind) -> int:
        """How often this happened to the last request."""
        with self.engine.begin() as conn:
            return sum(entry.event.kind is kind for entry in register.timeline(conn, self.request_id))

    def alarms(self) -> list[str]:
        with self.engine.begin() as conn:
            return [alarm.kind for alarm in alarms.standing(conn)]

    @property
    def view(self) -> RequestView:
        """The last request."""
        return self.view_of(self.request_id)

    def view_of(self, request_id: int) -> RequestView:
        with self.engine.begin() as conn:
            return register.view(conn, request_id)

    @property
    def standing(self) -> Standing:
        """What the events add up to."""
        with self.engine.begin() as conn:
            return fold(entry.event for entry in register.timeline(conn, self.request_id))

    def _next_due(self) -> datetime | None:
        with self.engine.begin() as conn:
            due: datetime | None = conn.execute(
                text("select min(least(next_step_at, notice_at)) from requests")
            ).scalar()
        return due


def _line(row: Row[Any]) -> str:
    written, due = row.created_at.astimezone(PARIS), row.due_at.astimezone(PARIS)
    later = f" at {due:%H:%M}" if due > written else ""
    return f"{written:%H:%M} {row.purpose} {row.channel} to {NAMES.get(row.recipient, row.recipient)}{later}"
