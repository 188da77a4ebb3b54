"""Who hears what when, drawn: a time axis of the promise, one lane a role, a mark an alert; and the same as lines.

Nothing is worked out here: the marks are what `rehearsal.climbs` finds for a request filed at an instant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.ladder import Channel, Ladder, Role
from callbacks.promise import Alert, Cover, RequestView
from callbacks.quiet import quiet_hours
from callbacks.rehearsal import Act, Climbed, climbs
from scheduling.rota import OnCall
from web.office.guard import Visitor
from web.office.rota_words import clock, written
from web.office.rungs_shown import duration

WIDTH, GUTTER, MARGIN = 960, 148, 28  # of the drawing, of its labels, right of the deadline
TOP, LANE, FOOT = 82, 40, 20  # where lanes begin, how high one is, and the strip of quiet hours below them
LANES = (Role.SENIOR, Role.SECOND, Role.HEAD, Role.COORDINATOR)
STEP = timedelta(minutes=5)  # of the bands behind the lanes
AFTER = timedelta(minutes=30)  # what is drawn beyond the deadline
EVERY = 3  # hours between two ticks
NEAR = 19  # nearer than so, numbers of rungs stand one above the other
APART = {Channel.SMS: -8, Channel.CALL: 8}  # of one lane's middle: both may come at once


@dataclass(frozen=True)
class Mark:
    """One alert in its lane."""

    x: float
    y: float
    channel: str
    waits: bool
    title: str


@dataclass(frozen=True)
class Flag:
    """A rung's number over the lanes, and a line down from it."""

    x: float
    y: float
    number: int
    last: bool


@dataclass(frozen=True)
class Band:
    """A stretch of the axis: quiet | covered | closed | nobody."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True)
class Tick:
    """A clock time on the axis."""

    x: float
    label: str
    day: str


@dataclass(frozen=True)
class Lane:
    """A role's line."""

    y: float
    label: str


@dataclass(frozen=True)
class Line:
    """One alert in words, for who does not see the drawing."""

    at: str
    after: str
    number: int
    who: str
    how: str
    remark: str


@dataclass(frozen=True)
class Drawing:
    """Everything the template needs."""

    height: int
    lanes: Sequence[Lane]
    bands: Sequence[Band]
    ticks: Sequence[Tick]
    flags: Sequence[Flag]
    marks: Sequence[Mark]
    lines: Sequence[Line]
    kinds: Sequence[str]  # of bands, for the legend
    remarks: bool  # whether any line has one
    left: int = GUTTER
    right: int = WIDTH - MARGIN
    top: int = TOP
    foot: int = FOOT
    width: int = WIDTH


def draw(visitor: Visitor, view: RequestView, cover: Cover, ladder: Ladder, acts: Sequence[Act] = ()) -> Drawing:
    """What this ladder does for a request, if nothing is done to it but `acts`, until its deadline."""
    climbed = [*_until_deadline(climbs(view, cover, ladder, view.due_at + AFTER, acts))]
    sheet = _Sheet(visitor, view, [rung.name for rung in ladder.rungs])
    roles = [*LANES, *([Role.HOUSE] if any(a.role is Role.HOUSE for each in climbed for a in each.alerts) else [])]
    lines = [sheet.line(each, alert) for each in climbed for alert in each.alerts]
    bands = [
        Band(sheet.x(start), round(sheet.x(end) - sheet.x(start), 1), kind)
        for kind, start, end in sheet.stretches(cover)
    ]
    return Drawing(
        height=TOP + LANE * len(roles) + FOOT,
        lanes=[Lane(TOP + LANE * place + LANE / 2, sheet.role(role)) for place, role in enumerate(roles)],
        bands=bands,
        ticks=list(sheet.ticks()),
        flags=sheet.flags(climbed),
        marks=[sheet.mark(each, alert, roles.index(alert.role)) for each in climbed for alert in each.alerts],
        lines=lines,
        remarks=any(line.remark for line in lines),
        kinds=[kind for kind in BANDS if any(band.kind == kind for band in bands)],
    )


def _until_deadline(climbed: Iterable[Climbed]) -> Iterator[Climbed]:
    for each in climbed:
        yield each
        if each.deadline:
            return


@dataclass(frozen=True)
class _Sheet:
    """Where an instant lies on the paper, and in what words things are said on it."""

    visitor: Visitor
    view: RequestView
    names: Sequence[str]

    @property
    def zone(self) -> ZoneInfo:
        return self.view.zone

    def x(self, at: datetime) -> float:
        share = (at - self.view.created_at) / (self.view.due_at - self.view.created_at)
        return round(GUTTER + min(share, 1.02) * (WIDTH - MARGIN - GUTTER), 1)

    def role(self, role: Role) -> str:
        return self.visitor.say(f"ladders.role_{role.name.lower()}")

    def number(self, rung: str) -> int:
        return self.names.index(rung) + 1

    def at(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{written(local.date(), 'EEE d MMM', self.visitor.language)}, {clock(at, self.zone)}"

    def mark(self, climbed: Climbed, alert: Alert, lane: int) -> Mark:
        line = self.line(climbed, alert)
        title = f"{line.at} – {line.who} – {line.how}{f' – {line.remark}' if line.remark else ''}"
        y = TOP + LANE * lane + LANE / 2 + APART[alert.channel]
        return Mark(self.x(alert.at), y, alert.channel.value, alert.at > climbed.at, title)

    def line(self, climbed: Climbed, alert: Alert) -> Line:
        say, person = self.visitor.say, alert.person
        role = self.role(alert.role)
        who = say("ladders.who", name=person.name, role=role) if person else role
        waits = alert.at > climbed.at
        return Line(
            at=self.at(alert.at),
            after=duration(alert.at - self.view.created_at),
            number=self.number(climbed.rung),
            who=who,
            how=say(f"ladders.by_{alert.channel}"),
            remark=say("ladders.waits", at=clock(climbed.at, self.zone)) if waits else "",
        )

    def flags(self, climbed: Sequence[Climbed]) -> list[Flag]:
        """Numbers that would stand in each other's way climb above each other."""
        flags: list[Flag] = []
        for each in climbed:
            x, level = self.x(each.at), 0
            if flags and x - flags[-1].x < NEAR:
                level = (round((TOP - 14 - flags[-1].y) / 18) + 1) % 3
            flags.append(Flag(x, TOP - 14 - 18 * level, self.number(each.rung), each.deadline))
        return flags

    def ticks(self) -> Iterator[Tick]:
        local = self.view.created_at.astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        at = local.astimezone(self.view.created_at.tzinfo)
        while at <= self.view.due_at:
            there = at.astimezone(self.zone)
            if there.hour % EVERY == 0 and at >= self.view.created_at:
                day = written(there.date(), "EEE d", self.visitor.language) if there.hour == 0 else ""
                yield Tick(self.x(at), f"{there:%H} h", day)
            at += timedelta(hours=1)

    def stretches(self, cover: Cover) -> list[tuple[str, datetime, datetime]]:
        """When something holds that moves alerts, or whom they reach; each as long as it holds."""
        found: list[tuple[str, datetime, datetime]] = []
        for kind in BANDS:
            for start, end in self._when(kind, cover):
                if found and found[-1][0] == kind and found[-1][2] == start:
                    found[-1] = (kind, found[-1][1], end)
                else:
                    found.append((kind, start, end))
        return found

    def _when(self, kind: str, cover: Cover) -> Iterator[tuple[datetime, datetime]]:
        at = self.view.created_at
        while at < self.view.due_at:
            until = min(at + STEP, self.view.due_at)
            if BANDS[kind](cover(at), quiet_hours(at, self.zone) is not None):
                yield at, until
            at = until


# What is drawn behind the lanes, and when.
BANDS: Mapping[str, Callable[[OnCall, bool], bool]] = {
    "quiet": lambda on_call, quiet: quiet,
    "covered": lambda on_call, quiet: on_call.answering is not None and not on_call.open and bool(on_call.seniors),
    "closed": lambda on_call, quiet: on_call.answering is None,
    "nobody": lambda on_call, quiet: on_call.answering is not None and not on_call.seniors,
}
