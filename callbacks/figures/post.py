"""Letters of figures: who reads a line's, and what was written already. Each goes once to each reader, by day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, text

from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.quiet import quiet_hours
from config.clock import Moment
from scheduling.rota import Person, Ward

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Copy:
    """One reader's letter; `key` makes it one."""

    key: str
    ward: Ward
    reader: Person

    def message(self, subject: str, body: str, moment: Moment) -> Message:
        """As it is sent."""
        detail: dict[str, object] = {"subject": subject, "ward": self.ward.id}
        address = self.reader.email
        return Message(self.key, Purpose.FIGURES, "email", address, self.reader.id, None, body, moment.now, detail)


def copies(edition: str, ward: Ward) -> Iterator[Copy]:
    """Of this ward's letter, one to the head and one to the coordinator, where they have an address."""
    readers = {person.id: person for person in (ward.head, ward.coordinator) if person is not None and person.email}
    for reader in readers.values():
        yield Copy(f"figures:{edition}:{ward.id}:{reader.id}", ward, reader)


def unwritten(conn: Connection, wanted: Sequence[Copy]) -> list[Copy]:
    """Those that were not written before."""
    written = set(conn.execute(_WRITTEN, {"keys": [copy.key for copy in wanted]}).scalars())
    return [copy for copy in wanted if copy.key not in written]


def of_line(ward: Ward, failed: str, write: Callable[[], int]) -> int:
    """How many letters `write` wrote of this line; one that fails is logged as `failed`, and stops no other."""
    try:
        return write()
    except Exception:  # a line's edge: it is looked at again next time
        log.exception(failed, ward=ward.slug)
        return 0


def is_day(ward: Ward, moment: Moment) -> bool:
    """Whether it is no quiet hour there."""
    return quiet_hours(moment.now, ZoneInfo(ward.timezone)) is None


_WRITTEN = text("select key from outbox where key = any(:keys)")
