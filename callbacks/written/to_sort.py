"""Who is told that a message waits to be sorted: the coordinator at once, then at half and nine tenths of its promise.

By SMS, several in one, and by day: in quiet hours a telling waits for their end if the promise allows it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from callbacks import alarms, outbox
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.promise import BEFORE_QUIET, QUIET_LEAVES
from callbacks.purposes import Purpose
from callbacks.quiet import quiet_hours
from callbacks.written import sorting
from callbacks.written.sorting import ToSort
from config import numbers, texts
from config.clock import Moment
from config.numbers import PARIS
from config.texts import gsm7
from scheduling import store
from scheduling.rota import Person, Ward

SHARES = (0.5, 0.9)  # of the promise, after the first telling
TIMES = 1 + len(SHARES)
APART = timedelta(minutes=15)  # to one telephone: what comes in between stands on the page that it leads to
BATCH = 500
NOBODY = "nobody_to_sort"


@dataclass(frozen=True)
class Told:
    """Somebody who can sort it, or the house's last resort (`person_id` None); `zone` of his clock."""

    phone: str
    person_id: int | None
    zone: ZoneInfo


def next_at(one: ToSort, zone: ZoneInfo) -> datetime:
    """When somebody is told of it next; fewer than TIMES tellings were. Pure."""
    promised = one.due_at - one.created_at
    marks = (one.sort_at, *(one.created_at + share * promised for share in SHARES))
    return max(_by_day(marks[one.told], one.due_at, zone), one.sort_at)


def reached(one: ToSort, now: datetime) -> int:
    """Which telling this is: one that was missed while nobody looked is not made up for. Pure."""
    promised = one.due_at - one.created_at
    return max(one.told + 1, 1 + sum(now >= one.created_at + share * promised for share in SHARES))


def who(one: ToSort, wards: Sequence[Ward]) -> list[Told]:
    """The coordinators of the wards it may be for; of every hospital, when nothing is known. One a hospital. Pure."""
    involved = [ward for ward in wards if ward.id in one.ward_ids] or wards
    by_hospital: dict[str, list[Told]] = {}
    for ward in involved:
        if _can_be_told(ward.coordinator):
            told = Told(ward.coordinator.phone, ward.coordinator.id, ZoneInfo(ward.timezone))
            by_hospital.setdefault(ward.hospital, []).append(told)
    return list(dict.fromkeys(Counter(several).most_common(1)[0][0] for several in by_hospital.values()))


def tell(conn: Connection, moment: Moment, house: House) -> int:
    """Tell whoever must know by now. How many messages were written."""
    if not conn.execute(_ALONE).scalar_one():
        return 0  # another tick is at it
    found = sorting.waiting(conn, moment.now, BATCH, TIMES)
    if not found:
        return 0
    wards, last = store.wards(conn), _last_resort(house)
    asked = {each: who(each, wards) or last for each in found}
    lately = _told_lately(conn, moment, {told for several in asked.values() for told in several})
    news: dict[Told, list[ToSort]] = {}
    for each, several in asked.items():
        for told in _due(conn, moment, each, several, lately):
            news.setdefault(told, []).append(each)
    if news and all(asked.values()):
        alarms.clear(conn, NOBODY)
    return outbox.put(conn, [_message(house, told, several, moment) for told, several in news.items()], moment)


def not_arrived(conn: Connection, lost: Row[Any], moment: Moment, house: House) -> None:
    """A coordinator was not told: the house is, once."""
    last = _last_resort(house)
    if not last or lost.recipient == last[0].phone:
        alarms.raise_alarm(conn, NOBODY, NOBODY)
        return
    again = Message(f"{lost.key}:house", lost.purpose, "sms", last[0].phone, None, None, lost.body, moment.now)
    outbox.put(conn, [again], moment)


def _told_lately(conn: Connection, moment: Moment, asked: Collection[Told]) -> set[Told]:
    values = {"ids": [told.person_id for told in asked if told.person_id], "since": moment.now - APART}
    ids = set(conn.execute(_LATELY, values).scalars())
    return {told for told in asked if told.person_id in ids}


def _due(
    conn: Connection, moment: Moment, one: ToSort, asked: Sequence[Told], lately: Collection[Told]
) -> Iterator[Told]:
    """Whom of these to tell now; it is written down that they were."""
    zones = [told.zone for told in asked] or [ZoneInfo(PARIS)]
    if moment.now < min(next_at(one, zone) for zone in zones):
        return
    if not asked:
        alarms.raise_alarm(conn, NOBODY, NOBODY)
    fresh = [told for told in asked if told not in lately]
    if fresh or not asked:
        conn.execute(_TOLD, {"id": one.id, "now": moment.now, "times": reached(one, moment.now)})
    yield from fresh


def _last_resort(house: House) -> list[Told]:
    phone = house.alert_phone
    return [Told(phone, None, ZoneInfo(PARIS))] if phone is not None and numbers.is_mobile(phone) else []


def _can_be_told(person: Person | None) -> TypeGuard[Person]:
    return person is not None and numbers.is_mobile(person.phone) and not person.opted_out


def _by_day(at: datetime, due_at: datetime, zone: ZoneInfo) -> datetime:
    """This instant; in quiet hours their end, or half an hour before them when the promise does not last so long."""
    quiet = quiet_hours(at, zone)
    if quiet is None:
        return at
    start, end = quiet
    return end if due_at - end >= QUIET_LEAVES else start - BEFORE_QUIET


def _message(house: House, told: Told, several: Sequence[ToSort], moment: Moment) -> Message:
    first = min(several, key=lambda one: (one.due_at, one.id))
    values = {
        "count": len(several),
        "deadline": texts.written_time(first.due_at, told.zone, house.language),
        "link": f"{house.public_url}/unsorted",
    }
    template = texts.template("sms.to_sort" if len(several) == 1 else "sms.to_sort_several", house.language)
    key = f"to_sort:{first.id}:{reached(first, moment.now)}:{told.person_id or 'house'}"
    body = gsm7.fit(template, values)
    return Message(key, Purpose.TO_SORT, "sms", told.phone, told.person_id, None, body, moment.now)


_ALONE = text("select pg_try_advisory_xact_lock(hashtext('to_sort'))")
# Of the house's last resort (null): by the talks that are open.
_LATELY = text(
    """
    select person_id from outbox where person_id = any(:ids) and created_at > :since and purpose = 'to_sort'
    union select null where exists (select from dialogues where state = 'open' and told_at > :since)"""
)
_TOLD = text("update dialogues set told = :times, told_at = :now where id = :id")
