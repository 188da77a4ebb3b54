"""What somebody asks for on the pages of files: days, answers about names; and what was read of a file, sealed."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from werkzeug.datastructures import MultiDict

from config.crypto import Unreadable
from scheduling import store
from scheduling import tables as t
from scheduling.importing import carried, written
from scheduling.importing.preview import Wish
from scheduling.importing.said import Asked, Parsed
from scheduling.importing.written import Unclear
from scheduling.opening import Stretch
from scheduling.planning.patterns import Template
from scheduling.rota import Person, Ward
from web.office.guard import Visitor

LONGEST = timedelta(days=366)
HAND_OVER = "08:30"
_KEPT = timedelta(hours=2)  # a preview may be looked at so long


class BadAnswer(ValueError):
    """A field that cannot be used: `transfer.<code>` says why."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


@dataclass(frozen=True)
class Carried:
    """What was read of a file, and its name."""

    name: str
    parsed: Parsed


def usual(ward: Ward, now: datetime) -> dict[str, str]:
    """From the first of this month on, a year: what most files hold."""
    first = now.astimezone(ZoneInfo(ward.timezone)).date().replace(day=1)
    return {"from": str(first), "to": str(first + LONGEST - timedelta(2)), "hand_over": HAND_OVER}


def asked(form: Mapping[str, str], ward: Ward, templates: Sequence[Template]) -> Asked:
    """What of the file is wanted. BadAnswer."""
    start, end = stretch(form, ward, LONGEST)
    try:
        hand_over = written.clock(form.get("hand_over") or HAND_OVER)
    except Unclear:
        raise BadAnswer("bad_hand_over", "hand_over") from None
    return Asked(ward.slug, ward.name, ward.timezone, start, end, hand_over, tuple(templates))


def stretch(form: Mapping[str, str], ward: Ward, longest: timedelta) -> Stretch:
    """From the first day's midnight to the last one's end, by the ward's calendar (UTC). BadAnswer."""
    first, last = (_day(form, name) for name in ("from", "to"))
    if last < first:
        raise BadAnswer("backwards", "to")
    if last - first >= longest:
        raise BadAnswer("too_far_apart", "to")
    zone = ZoneInfo(ward.timezone)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last + timedelta(1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def _day(form: Mapping[str, str], name: str) -> date:
    try:
        found = date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise BadAnswer("bad_date", name) from None
    if not 2000 <= found.year < 2200:
        raise BadAnswer("bad_date", name)
    return found


def day_of(at: datetime, timezone: str) -> date:
    """The calendar's day of an instant."""
    return written.local_day(at, timezone)


def month_of(at: datetime, timezone: str) -> str:
    """`2026-11`."""
    return str(day_of(at, timezone))[:7]


def wish(form: MultiDict[str, str]) -> Wish:
    """His answers: for each name that nobody knew, the id of who is meant, or that it is left out."""
    answers = zip(form.getlist("called"), form.getlist("is"), strict=False)
    return Wish({name: int(who) for name, who in answers if who.isdecimal() and len(who) < 10}, "replace" in form)


def members(conn: Connection, ward: Ward) -> list[Person]:
    """The ward's seniors, by name: whom a name may mean."""
    ids = select(t.ward_seniors.c.person_id).where(t.ward_seniors.c.ward_id == ward.id)
    own = set(conn.scalars(ids))
    return [person for person in store.everybody(conn) if person.id in own]


def seal(visitor: Visitor, ward: Ward, brought: Carried) -> str:
    """The file's content as a field of the page, for this account and ward alone, until it is too old."""
    until = int((visitor.moment.real + _KEPT).timestamp())
    head = json.dumps([until, brought.name]).encode()
    plain = len(head).to_bytes(2) + head + carried.pack(brought.parsed)
    return base64.urlsafe_b64encode(visitor.desk.box.seal(plain, _context(visitor, ward))).decode()


def unseal(visitor: Visitor, ward: Ward, field: str) -> Carried | None:
    """What was sealed; None when it is not ours, another's, or too old."""
    try:
        plain = visitor.desk.box.open(base64.urlsafe_b64decode(field), _context(visitor, ward))
    except (Unreadable, binascii.Error, ValueError):
        return None
    length = int.from_bytes(plain[:2])
    until, name = json.loads(plain[2 : 2 + length])
    if visitor.moment.real.timestamp() > until:
        return None
    return Carried(name, carried.unpack(plain[2 + length :]))


def _context(visitor: Visitor, ward: Ward) -> bytes:
    return b"import:%d:%d" % (visitor.account.id, ward.id)
