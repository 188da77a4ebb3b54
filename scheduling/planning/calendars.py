"""Shifts as a calendar's events (RFC 5545). Pure.

The same shifts make the same bytes: whoever asks again is told that nothing changed. An event's UID stays as long as
the same person begins at the same time, so that a shift that is stretched moves instead of being doubled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config import texts
from config.lazily import lazily
from scheduling.rota import Shift, Ward

icalendar = lazily("icalendar")  # publishes no types
_REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Event:
    """A shift as it is shown: no telephone in it, nor anything of anybody but the title's."""

    uid: str
    title: str
    place: str
    rank: int
    start: datetime
    end: datetime

    @classmethod
    def of(cls, ward: Ward, shift: Shift, title: str) -> "Event":
        """Of a ward's shift, titled by its person or by its ward."""
        begins = shift.start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        uid = f"{shift.ward_id}-{shift.rank}-{shift.person.id}-{begins}@rappel24"
        return cls(uid, title, f"{ward.name}, {ward.hospital}", shift.rank, shift.start, shift.end)


def calendar(name: str, events: Iterable[Event], changed: datetime, language: str) -> bytes:
    """A calendar of that name; `changed` is when any of it last did."""
    book = icalendar.Calendar()
    book.add("prodid", "-//Rappel24//rota//FR")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("name", name)
    book.add("x-wr-calname", name)
    book.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT1H")
    for event in events:
        book.add_component(_component(event, changed, language))
    written: bytes = book.to_ical()
    return written


def _component(event: Event, changed: datetime, language: str) -> Any:
    key = "transfer.event" if event.rank == 1 else "transfer.event_ranked"
    made = icalendar.Event()
    made.add("uid", event.uid)
    made.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
    made.add("dtstart", event.start.astimezone(UTC))
    made.add("dtend", event.end.astimezone(UTC))
    made.add("summary", texts.say(key, language, title=event.title, rank=event.rank))
    made.add("location", event.place)
    return made
