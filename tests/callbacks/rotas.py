"""A ward, its people and its rota as values, and a promise that is left alone: for tests of what is decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from callbacks import ladder, promise
from callbacks.promise import Alert, Cover, RequestView
from callbacks.states import State
from scheduling import rota
from scheduling.opening import Opening
from scheduling.rota import OnCall, Person, Shift, Ward

PARIS = ZoneInfo("Europe/Paris")
LADDER = ladder.load()
DAY = timedelta(hours=24)


def person(id: int, name: str, opted_out: bool = False, phone: str | None = None) -> Person:
    return Person(id, name, "Dr", phone or f"+3363998{id:04}", "", opted_out)


AMELIE, BRUNO = person(1, "Amélie"), person(2, "Bruno")  # ranks 1 and 2
CHLOE, DENIS = person(3, "Chloé"), person(4, "Denis")  # head of ward, coordinator
EMMA = person(5, "Emma")  # on call for the ward that covers


def ward(
    id: int = 1,
    opening: str = "",
    covered_by: int | None = None,
    head: Person | None = CHLOE,
    coordinator: Person | None = DENIS,
) -> Ward:
    return Ward(
        id=id,
        slug=f"ward-{id}",
        name="Cardiologie",
        hospital="Cochin",
        timezone="Europe/Paris",
        keypad="227",
        keywords=(),
        opening=Opening.parse(opening),
        covered_by_id=covered_by,
        head=head,
        coordinator=coordinator,
        switchboard=None,
    )


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 in Paris; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


def always(*seniors: Person, ward_id: int = 1) -> list[Shift]:
    """The same people on call, rank by rank, for years."""
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    return [Shift(ward_id, rank, senior, start, end) for rank, senior in enumerate(seniors, 1)]


def cover(chain: Sequence[Ward], shifts: Sequence[Shift]) -> Cover:
    @cache
    def on_call(at: datetime) -> OnCall:
        return rota.on_call(chain, shifts, at)

    return on_call


def request(created_at: datetime, **changes: object) -> RequestView:
    view = RequestView(
        id=1,
        reference="724193",
        ward_id=1,
        ward="Cardiologie",
        hospital="Cochin",
        timezone="Europe/Paris",
        kind="advice",
        channel="voice",
        state=State.OPEN,
        caller="+33639980101",
        practitioner_id=None,
        reach="now",
        created_at=created_at,
        due_at=promise.due_at(created_at),
        claimer=None,
        claimed_at=None,
        closed_at=None,
        outcome=None,
        parts=1,
        unheard=1,
        last_rung=None,
        climbed_at=None,
        repeats=0,
        next_rung="first",
        next_step_at=created_at,
        notice_at=None,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def claimed(view: RequestView, by: Person, at: datetime) -> RequestView:
    return replace(view, state=State.CLAIMED, claimer=by, claimed_at=at)


@dataclass(frozen=True)
class Climbed:
    """A rung as it was climbed."""

    rung: str
    at: datetime
    alerts: tuple[Alert, ...]

    @property
    def told(self) -> list[str]:
        """ "Chloé sms", in order; the house has no name."""
        return [f"{alert.person.name if alert.person else 'house'} {alert.channel}" for alert in self.alerts]


def left_alone(view: RequestView, on_call: Cover, *, claim: tuple[Person, datetime] | None = None) -> Iterator[Climbed]:
    """What the ladder does, for ever, if nobody does anything but (perhaps) claim it."""
    now = view.next_step_at or view.created_at
    view = replace(view, next_step_at=now)
    while True:
        if claim is not None and claim[1] <= now and view.claimer is None:
            view = claimed(view, *claim)
        rung = LADDER.find(view.next_rung)
        instead = promise.postponed(view, on_call, LADDER, now)
        if instead is None and rung is not None:
            yield Climbed(rung.name, now, promise.who(rung, view, on_call(now), now))
            repeats = view.repeats + (rung.repeat is not None)
            view = replace(view, last_rung=rung.name, climbed_at=now, repeats=repeats)
            instead = promise.next_step(view, on_call, LADDER, now)
        assert instead is not None
        assert instead.at > now or instead.rung != view.next_rung, "it stands still"
        view = replace(view, next_rung=instead.rung, next_step_at=instead.at)
        now = max(now, instead.at)
