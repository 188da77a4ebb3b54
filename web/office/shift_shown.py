"""What stands in the forms that change a shift: whom and what one can choose, the usual hours, what was typed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from config import numbers
from scheduling import store
from scheduling.local_time import YEARS
from scheduling.planning import known, team, templates
from scheduling.planning.changes import months_of
from scheduling.rota import RANKS, Held, Person, Ward
from web.office.guard import Visitor
from web.office.period import today_in
from web.office.rota_shown import DUTY
from web.office.rota_words import hours, local

SWAPPED_WITHIN = timedelta(days=62)
_PERIOD = {"month": re.compile(r"\d{4}-\d{2}"), "week": re.compile(r"\d{4}-\d{2}-\d{2}")}


@dataclass(frozen=True)
class Typed:
    """A form as it came."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "").strip()

    def number(self, name: str) -> int:
        """What was chosen from a list; 0 when nothing was."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def hours(self) -> tuple[str, str]:
        """Start and end as local times, with the offset that was chosen where an hour comes twice."""
        return self._time("start"), self._time("end")

    @property
    def why(self) -> str:
        """The reason given."""
        return self.text("why")

    def _time(self, name: str) -> str:
        return self.text(name) + self.text(f"{name}_offset")


@dataclass(frozen=True)
class Usual:
    """Hours that the ward fills again and again, on the day that was pointed at."""

    name: str
    rank: int
    start: str
    end: str


@dataclass(frozen=True)
class ShiftShown:
    """The forms of one shift (`held` None: it is not there), as this visitor reads them."""

    visitor: Visitor
    ward: Ward
    held: Held | None
    typed: Typed
    is_new: bool

    ranks = RANKS

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's."""
        return ZoneInfo(self.ward.timezone)

    @property
    def may_edit(self) -> bool:
        """Whether there are forms at all."""
        return self.visitor.account.may_edit(self.ward.id)

    @property
    def when(self) -> str:
        """The hours of the shift."""
        return self._hours(self.held) if self.held else ""

    @property
    def phone(self) -> str:
        """How its holder is reached."""
        return numbers.national(self.held.shift.person.phone) if self.held else ""

    @cached_property
    def is_published(self) -> bool:
        """Whether a reason will be asked."""
        start, end = self._stretch
        months = months_of(start, max(end, start + timedelta(minutes=1)), self.ward.timezone)
        return bool(known.published(self.visitor.conn, self.ward.id, months))

    def value(self, name: str) -> str:
        """What a field holds: what was typed, else what the shift says."""
        start, end = self._stretch
        shift = {"start": local(start, self.zone), "end": local(end, self.zone)}
        shift["rank"] = str(self.held.shift.rank) if self.held else "1"
        return self.typed.text(name) or shift.get(name, "")

    def offsets(self, name: str) -> list[tuple[str, bool]]:
        """Both offsets of a night in which an hour comes twice, and which of them the field means; else none."""
        at = self._stretch[name == "end"]
        day = datetime.combine(at.astimezone(self.zone).date(), datetime.min.time(), self.zone)
        before, after = day.strftime("%z"), (day + timedelta(days=1)).strftime("%z")
        if (day + timedelta(days=1)).utcoffset() >= day.utcoffset():  # type: ignore[operator]
            return []
        chosen = self.typed.text(f"{name}_offset") or _colon(at.astimezone(self.zone).strftime("%z"))
        return [(_colon(offset), _colon(offset) == chosen) for offset in (before, after)]

    @cached_property
    def of_ward(self) -> list[Person]:
        """The ward's seniors."""
        return [member.person for member in team.of_wards(self.visitor.conn, [self.ward.id])]

    @cached_property
    def of_others(self) -> list[Person]:
        """Seniors of the hospital's other wards that the visitor may see."""
        seen = [ward.id for ward in self.visitor.wards() if ward.hospital == self.ward.hospital]
        own = {person.id for person in self.of_ward}
        return [member.person for member in team.of_wards(self.visitor.conn, seen) if member.person.id not in own]

    def others(self) -> Iterator[tuple[int, str]]:
        """The shifts to swap with: what others hold of this ward, near it and to come."""
        if self.held is None:
            return
        shift = self.held.shift
        since, until = max(shift.start - SWAPPED_WITHIN, self.visitor.moment.now), shift.end + SWAPPED_WITHIN
        if since >= until:  # it was long ago
            return
        for each in store.held_between(self.visitor.conn, [self.ward.id], since, until):
            if each.shift.person.id != shift.person.id:
                rank = self.visitor.say("rota.rank", rank=each.shift.rank)
                yield each.id, f"{self._hours(each)} · {each.shift.person.name} · {rank}"

    def usual(self) -> Iterator[Usual]:
        """The ward's templates on the day that was pointed at."""
        day = self._stretch[0].astimezone(self.zone).date()
        midnight = datetime.combine(day, datetime.min.time())
        for template in templates.of_ward(self.visitor.conn, self.ward.id):
            for band in template.bands:
                if day.weekday() in band.days:
                    start, end = (midnight + timedelta(minutes=edge) for edge in (band.start, band.end))
                    yield Usual(template.name, template.rank, f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}")

    def _hours(self, held: Held) -> str:
        return hours(held.shift.start, held.shift.end, self.ward.timezone, self.visitor.language)

    @property
    def _stretch(self) -> tuple[datetime, datetime]:
        """The hours that the form begins with."""
        if self.held is not None:
            return self.held.shift.start, self.held.shift.end
        today = datetime.combine(self._day, datetime.min.time(), self.zone)
        start, end = (_instant(self.typed.text(name), self.zone) for name in ("start", "end"))
        start = start or (today + DUTY[0]).astimezone(UTC)
        return start, end or max((today + DUTY[1]).astimezone(UTC), start + timedelta(hours=1))

    @property
    def _day(self) -> date:
        return today_in(self.ward.timezone, self.visitor.moment.now)


def period_asked(values: Mapping[str, str]) -> dict[str, Any]:
    """The month or week he came from, to lead him back there."""
    return {name: values[name] for name, shape in _PERIOD.items() if shape.fullmatch(values.get(name, ""))}


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall.replace(tzinfo=zone).astimezone(UTC) if wall.year in YEARS else None


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:]}"
