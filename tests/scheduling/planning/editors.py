"""A ward's secretary at work: she says things as she would on the page, and reads the rota back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.planning import desk, trail
from scheduling.planning.changes import Changed, Refused, Slot
from scheduling.planning.trail import Actor, Entry
from scheduling.rota import Held, Person
from tests.scheduling.register import Register

PARIS = ZoneInfo("Europe/Paris")
PHONES = {"Amélie": "+33639980001", "Bruno": "+33639980002", "Chloé": "+33639980003", "Denis": "+262692000001"}
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
BY_SOPHIE = Actor(None, "Sophie")


def paris(text: str) -> datetime:
    """An instant as a wall in Paris shows it: `2026-11-23 08:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def at(instant: datetime) -> Moment:
    return Moment(instant, instant)


@dataclass
class Secretary:
    """Somebody who edits one ward's rota; what was said to her last is in `answer`."""

    connection: Connection
    ward_id: int
    by: Actor = BY_SOPHIE
    now: datetime = NOON
    zone: ZoneInfo = PARIS
    answer: Changed | Refused = field(default_factory=lambda: Changed(None))

    def person(self, name: str) -> Person:
        found = store.person_by_phone(self.connection, PHONES[name])
        assert found is not None
        return found

    def assigns(self, name: str, start: str, end: str, rank: int = 1, why: str = "") -> "Secretary":
        person_id = self.person(name).id
        return self._say(desk.assign(*self._here, rank, person_id, self._local(start), self._local(end), why=why))

    def moves(self, name: str, start: str, end: str, rank: int | None = None, why: str = "") -> "Secretary":
        """Her only shift of his goes to other hours."""
        shift_id = self.shift(name).id
        return self._say(desk.move(*self._here, shift_id, self._local(start), self._local(end), rank, why=why))

    def replaces(self, name: str, by: str, start: str, end: str, why: str = "") -> "Secretary":
        shift_id, person_id = self.shift(name).id, self.person(by).id
        return self._say(desk.replace(*self._here, shift_id, person_id, self._local(start), self._local(end), why=why))

    def hands(self, name: str, to: str, why: str = "") -> "Secretary":
        return self._say(desk.hand(*self._here, self.shift(name).id, self.person(to).id, why=why))

    def swaps(self, name: str, other: str, why: str = "") -> "Secretary":
        return self._say(desk.swap(*self._here, self.shift(name).id, self.shift(other).id, why=why))

    def removes(self, *names: str, why: str = "") -> "Secretary":
        return self._say(desk.remove(*self._here, [self.shift(name).id for name in names], why=why))

    def applies(self, added: Iterable[Slot], removed_ids: Iterable[int] = (), why: str = "") -> "Secretary":
        return self._say(desk.apply(*self._here, "rota.pattern", list(removed_ids), added, why=why))

    def undoes(self, audit_id: int | None = None, why: str = "") -> "Secretary":
        """The change of that id, or her last."""
        wanted = audit_id if audit_id is not None else self.last_change
        return self._say(desk.undo(*self._here, wanted, why=why))

    @property
    def last_change(self) -> int:
        assert isinstance(self.answer, Changed), self.answer
        assert self.answer.audit_id is not None
        return self.answer.audit_id

    @property
    def refusal(self) -> str:
        """The code of the only remark of a refusal."""
        assert isinstance(self.answer, Refused), self.answer
        (remark,) = self.answer.remarks
        return remark.code

    @property
    def warned(self) -> list[str]:
        """Codes of the warnings of a change."""
        assert isinstance(self.answer, Changed), self.answer
        return [remark.code for remark in self.answer.warnings]

    def shift(self, name: str) -> Held:
        """The first shift of his in this ward."""
        return next(each for each in self.held() if each.shift.person.name == name)

    def held(self) -> list[Held]:
        return store.held_between(
            self.connection, [self.ward_id], datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
        )

    def rota(self) -> list[str]:
        """The ward's rota as one reads it: `1 Amélie 11-23 08:30 – 11-23 18:30`."""
        return [
            f"{shift.rank} {shift.person.name} {self._shown(shift.start)} – {self._shown(shift.end)}"
            for shift in (each.shift for each in self.held())
        ]

    def trail(self) -> list[Entry]:
        """Newest first."""
        return trail.read(self.connection, ward_ids=[self.ward_id])

    def leaves_the_hospital(self, name: str) -> None:
        """He is gone from the directory."""
        gone = t.people.update().where(t.people.c.phone == PHONES[name]).values(left_at=self.now)
        self.connection.execute(gone)

    def named_in_the_table_as(self, name: str, category: str) -> None:
        """The law wants his category beside his name."""
        self.connection.execute(t.people.update().where(t.people.c.phone == PHONES[name]).values(category=category))

    @property
    def _here(self) -> tuple[Connection, Moment, Actor, int]:
        return self.connection, at(self.now), self.by, self.ward_id

    def _local(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)

    def _shown(self, instant: datetime) -> str:
        return instant.astimezone(self.zone).strftime("%m-%d %H:%M")

    def _say(self, answer: Changed | Refused) -> "Secretary":
        self.answer = answer
        return self


def secretary(register: Register, slug: str = "medecine", name: str = "Sophie") -> Secretary:
    """She looks after that ward."""
    return Secretary(register.connection, register.ward_id(slug), Actor(None, name))


def verified(connection: Connection) -> None:
    """Every telephone was proved to be its owner's."""
    connection.execute(t.people.update().values(phone_verified_at=NOON))


def members(connection: Connection, ward_id: int, person_ids: Iterable[int]) -> None:
    """These people, and nobody else, belong to the ward."""
    connection.execute(delete(t.ward_seniors).where(t.ward_seniors.c.ward_id == ward_id))
    connection.execute(insert(t.ward_seniors), [{"ward_id": ward_id, "person_id": each} for each in person_ids])


def count_of_shifts(connection: Connection) -> int:
    return len(connection.execute(select(t.shifts.c.id)).all())
