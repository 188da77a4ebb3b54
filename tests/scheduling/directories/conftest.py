"""Sophie looks after the directories of the small hospital."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, select

from config.clock import Moment
from scheduling import tables as t
from scheduling.directories.forms import Form, Refused
from scheduling.planning import trail
from scheduling.planning.trail import Actor, Entry
from tests.scheduling.register import Register

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AT_NOON = Moment(NOON, NOON)
SOPHIE = Actor(None, "Sophie")


@dataclass(frozen=True)
class Secretary:
    """What she fills in, and what the register says."""

    register: Register
    moment: Moment = AT_NOON
    by: Actor = SOPHIE

    @property
    def conn(self) -> Connection:
        return self.register.connection

    def ward(self, slug: str) -> int:
        return self.register.ward_id(slug)

    def person(self, name: str) -> int:
        found: int = self.conn.execute(
            select(t.people.c.id).where(t.people.c.name == name, t.people.c.left_at.is_(None))
        ).scalar_one()
        return found

    def lines(self, what: str = "") -> list[tuple[str, str]]:
        """What is in the trail, oldest first."""
        return [(entry.what, entry.subject) for entry in reversed(trail.read(self.conn, what=what))]

    def last(self) -> Entry:
        return trail.read(self.conn, limit=1)[0]


def form(**fields: object) -> Form:
    """A form as it was sent: a list for a name that comes several times."""
    return Form(
        {name: [str(one) for one in said] if isinstance(said, list) else [str(said)] for name, said in fields.items()}
    )


def codes(refused: object) -> list[tuple[str, str]]:
    """Which fields were refused, and why."""
    assert isinstance(refused, Refused), refused
    return [(fault.name, fault.code) for fault in refused.faults]


@pytest.fixture
def sophie(hospital: Register) -> Secretary:
    return Secretary(hospital)
