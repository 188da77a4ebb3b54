"""A ward in the evening: Amélie takes the line at 18:30, Bruno behind her; and a tick that looks after it all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from callbacks import handover, proofs
from config import clock
from scheduling import store
from scheduling.rota import Ranked
from simulator import answers, hears, presses
from simulator.handset import Handset
from tests.calls.hospital import AMELIE, BRUNO, CHLOE, PARIS, Hospital

SOON, SELDOM = timedelta(seconds=2), timedelta(seconds=16)
EVENING = datetime(2026, 11, 23, 18, 30, tzinfo=PARIS)
MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=PARIS)
NAMES = {AMELIE: "Amélie", BRUNO: "Bruno", CHLOE: "Chloé"}
SECRETARY = "+33639980070"

YES = answers(hears("Êtes-vous de garde"), presses("1"))
NO = answers(hears("Êtes-vous de garde"), presses("2"))


class Evening:
    """A hospital whose tick does all that it does in earnest, every other second."""

    def __init__(self, hospital: Hospital, *ranks: str) -> None:
        self.hospital = hospital
        self.ticks = 1  # as many look at the same moment
        hospital.silent = True
        hospital.sql("delete from shifts")
        hospital.sql("update wards set asks_presence = true where slug = 'cardio'")
        for rank, phone in enumerate(ranks, start=1):
            self.puts_on_call(phone, rank)
        self.editor_id = self._editor()
        self._last, self._pause, self._seen = hospital.sim.now, SOON, 0
        hospital.sim.every(2, self._maybe_looks)

    def puts_on_call(self, phone: str, rank: int, start: datetime = EVENING, end: datetime = MORNING) -> None:
        self.hospital.sql(
            "insert into shifts (ward_id, person_id, rank, during) select w.id, p.id, :rank, tstzrange(:start, :end)"
            " from wards w, people p where w.slug = 'cardio' and p.phone = :phone",
            rank=rank,
            phone=phone,
            start=start,
            end=end,
        )

    def _maybe_looks(self) -> None:
        """At once after whatever happened; then less and less often, for as long as nothing does."""
        now, carried = self.hospital.sim.now, len(self.hospital.carried)
        if carried != self._seen and self._pause <= SELDOM:
            self._pause = SOON
        if now - self._last >= self._pause:
            self._last, self._seen = now, carried
            self._pause = SOON if self.looks() else min(2 * self._pause, SELDOM)

    def looks(self) -> bool:
        """What the tick does; called more often it changes nothing. Whether there was anything to do."""
        busy = False
        for _ in range(self.ticks):
            self.hospital.now_is(self.hospital.sim.now)
            with self.hospital.engine.begin() as conn:
                handover.announce(conn, clock.read(conn), self.hospital.house)
            proofs.look_after(self.hospital.engine, self.hospital.house)
            busy |= self.hospital.tick.once()
        return busy

    def heard(self, handset: Handset) -> str:
        """All that a telephone was told, in all its calls."""
        return " ".join(leg.text_heard() for leg in handset.phone.legs)

    def until(self, hour: int, minute: int = 0, day: int = 23) -> "Evening":
        """Let time pass until that hour, and everything come to rest."""
        target = datetime(2026, 11, day, hour, minute, tzinfo=PARIS)
        self.hospital.sim.advance(seconds=(target - self.hospital.sim.now).total_seconds())
        return self

    def sleeps_until(self, hour: int, minute: int = 0) -> None:
        """Nobody looks until then; then the tick looks a few times."""
        self._pause = timedelta(days=1)
        self.until(hour, minute)
        for _ in range(3):
            self.looks()

    def on_call(self) -> list[str]:
        """Who would be rung now: "1 Amélie", in order."""
        with self.hospital.engine.begin() as conn:
            now = clock.read(conn).now
            return [_shown(each) for each in store.on_call(conn, self.ward_id, now).seniors]

    def rota(self) -> list[str]:
        """The evening's rota: "1 Amélie 18:30-08:30"."""
        rows = self.rows(
            "select s.rank, p.phone, lower(s.during) as start, upper(s.during) as end from shifts s"
            " join people p on p.id = s.person_id order by s.rank, lower(s.during)"
        )
        return [f"{row.rank} {NAMES[row.phone]} {_clock(row.start)}-{_clock(row.end)}" for row in rows]

    def asked(self) -> list[tuple[str, str | None]]:
        """Who was asked, and what he answered."""
        rows = self.rows("select p.phone, q.answer from presences q join people p on p.id = q.person_id order by q.id")
        return [(NAMES[row.phone], row.answer) for row in rows]

    def told(self, purpose: str) -> list[tuple[str, str, str]]:
        """(recipient, channel, when it leaves) of what was written for this purpose."""
        rows = self.rows(
            "select recipient, channel, due_at from outbox where purpose = :purpose and state <> 'dropped' order by id",
            purpose=purpose,
        )
        return [(NAMES.get(row.recipient, row.recipient), row.channel, _clock(row.due_at)) for row in rows]

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return list(self.hospital.sql(statement, **values))

    @property
    def ward_id(self) -> int:
        found: int = self.hospital.sql("select id from wards where slug = 'cardio'").scalar_one()
        return found

    def _editor(self) -> int:
        account = self.hospital.sql(
            "insert into accounts (email, name, phone, role) values ('f@cochin.test', 'Fanny', :phone, 'editor')"
            " returning id",
            phone=SECRETARY,
        ).scalar_one()
        self.hospital.sql("insert into account_wards values (:account, :ward)", account=account, ward=self.ward_id)
        return int(account)


def _shown(ranked: Ranked) -> str:
    return f"{ranked.rank} {NAMES[ranked.person.phone]}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%H:%M}"
