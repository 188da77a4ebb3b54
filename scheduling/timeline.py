"""Who is on call from here to there: `rota.on_call` at every instant of a stretch of time, worked out at once."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from scheduling.opening import Opening, Stretch
from scheduling.rota import OnCall, Ranked, Shift, Ward, once_live


@dataclass(frozen=True)
class Segment:
    """From `start` to before `end` nothing changes: `on_call` (asked at `start`) is the answer at every instant."""

    start: datetime
    end: datetime
    on_call: OnCall


def timeline(chain: Sequence[Ward], shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Segment]:
    """The fewest segments that fill [start, end), in order; aware, UTC.

    `shifts` are those of every ward of the chain that touch the stretch, in the order `rota.on_call` would be given.
    """
    since, until = start.astimezone(UTC), end.astimezone(UTC)
    doors = [_Doors.of(ward, since, until, covers=place > 0) for place, ward in enumerate(chain)]
    given = list(shifts)
    present = _Present(given)
    segments: list[Segment] = []
    for at, up_to in _steps(doors, given, since, until):
        found = _answer(doors, present.at(at), at)
        if segments and _same(segments[-1].on_call, found):
            segments[-1] = Segment(segments[-1].start, up_to, segments[-1].on_call)
        else:
            segments.append(Segment(at, up_to, found))
    return segments


def _steps(doors: Iterable["_Doors"], shifts: Iterable[Shift], start: datetime, end: datetime) -> Iterator[Stretch]:
    """The stretches between the instants at which anything may change."""
    edges = {edge for door in doors for stretch in door.open for edge in stretch}
    edges.update(edge for shift in shifts for edge in (shift.start, shift.end))
    inside = [edge.astimezone(UTC) for edge in sorted(edges) if start < edge < end]
    return zip([start, *inside], [*inside, end], strict=True) if start < end else iter(())


def _answer(doors: Sequence["_Doors"], present: Iterable[Shift], at: datetime) -> OnCall:
    answering = next((door.ward for door in doors if door.is_open(at)), None)
    own = doors[0]
    is_open = answering is own.ward
    held = [shift for shift in present if shift.ward_id == answering.id] if answering else []
    return OnCall(
        ward=own.ward,
        at=at,
        open=is_open,
        answering=answering,
        seniors=tuple([Ranked(shift.rank, shift.person) for shift in held]),
        next_opening=None if is_open else own.opens_after(at),
    )


def _same(before: OnCall, after: OnCall) -> bool:
    """Whether two answers about one ward differ in nothing but the instant they were asked about."""
    return (
        before.answering is after.answering
        and before.next_opening == after.next_opening
        and before.seniors == after.seniors
    )


@dataclass(frozen=True)
class _Doors:
    """A ward and when it is open."""

    ward: Ward
    open: Sequence[Stretch]
    starts: Sequence[datetime]

    @staticmethod
    def of(ward: Ward, start: datetime, end: datetime, *, covers: bool) -> "_Doors":
        stretches: Sequence[Stretch] = _open_between(ward.opening, start, end)
        if covers and not ward.is_live(start):
            stretches = once_live(ward.live_from, stretches)
        return _Doors(ward, stretches, [since for since, _ in stretches])

    def is_open(self, at: datetime) -> bool:
        before = bisect_right(self.starts, at)
        return before > 0 and at < self.open[before - 1][1]

    def opens_after(self, at: datetime) -> datetime:
        following = bisect_right(self.starts, at)
        return self.starts[following] if following < len(self.starts) else self.ward.opening.next_opening(at)


@lru_cache(maxsize=512)  # thirty wards of a hospital keep the same few hours
def _open_between(opening: Opening, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    return tuple(opening.between(start, end))


class _Present:
    """The shifts that hold at an instant, by rank, for instants that only go forward."""

    def __init__(self, shifts: Sequence[Shift]) -> None:
        self._coming = sorted(shifts, key=lambda shift: shift.start, reverse=True)
        self._order = {id(shift): (shift.rank, place) for place, shift in enumerate(shifts)}
        self._held: list[Shift] = []

    def at(self, at: datetime) -> list[Shift]:
        came = False
        while self._coming and self._coming[-1].start <= at:
            self._held.append(self._coming.pop())
            came = True
        self._held = [shift for shift in self._held if shift.end > at]
        if came:
            self._held.sort(key=lambda shift: self._order[id(shift)])
        return self._held
