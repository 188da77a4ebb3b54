"""What came of "et si ?", in sentences: what is expected, between what it lies, and what the reckoning cannot know."""

from collections.abc import Iterator
from dataclasses import dataclass

from callbacks.whatif.asking import Look
from callbacks.whatif.replay import Rate, Replayed
from ivr.ringing import RING_SECONDS
from scheduling import store
from web.office.guard import Visitor


@dataclass(frozen=True)
class Row:
    """A plan in the table: what it is called, what is expected of it, and between what."""

    name: str
    expected: str
    between: str


@dataclass(frozen=True)
class Trial:
    """A change that was tried and not saved."""

    sentences: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def rows(visitor: Visitor, look: Look) -> list[Row]:
    """The last four weeks as they were, the four to come, and what was asked."""
    if look.replayed is None:
        return []
    say, (before, coming, otherwise) = visitor.say, look.replayed.rates
    found = [
        Row(say("whatif.really"), percent(visitor, look.past.share), say("whatif.of_calls", count=look.replayed.calls)),
        Row(say("whatif.replayed"), percent(visitor, before.mean), between(visitor, before)),
        Row(say("whatif.coming"), percent(visitor, coming.mean), between(visitor, coming)),
    ]
    if not asks(look):
        return found
    change = look.replayed.rates[2].mean - coming.mean
    return [*found, Row(_asked(visitor, look), percent(visitor, otherwise.mean), _against(visitor, otherwise, change))]


def asks(look: Look) -> bool:
    """Whether something else than the rota as it stands was asked about."""
    return bool(look.second) or look.ring_seconds != RING_SECONDS


def trial(visitor: Visitor, look: Look | None) -> Trial:
    """What a change of the rota would do, before it is saved."""
    say = visitor.say
    if look is None:
        return Trial((say("whatif.unchanged"),))
    if look.replayed is None:
        return Trial((say("whatif.no_call_there"),))
    (before, after), change = look.replayed.rates, look.replayed.changes[1]
    return Trial(
        (
            say("whatif.there", count=look.replayed.calls),
            say(
                "whatif.from_to",
                before=percent(visitor, before.mean),
                after=percent(visitor, after.mean),
                change=points(visitor, change.mean),
                low=points(visitor, change.low),
                high=points(visitor, change.high),
            ),
        ),
        tuple(doubts(visitor, look, look.replayed)),
    )


def doubts(visitor: Visitor, look: Look, replayed: Replayed) -> Iterator[str]:
    """What makes it less sure than it looks."""
    say = visitor.say
    if replayed.unmanned[-1]:
        yield say("whatif.unmanned", share=percent(visitor, replayed.unmanned[-1]))
    if look.few:
        yield say("whatif.few", count=replayed.calls)
    if replayed.strangers:
        names = ", ".join(person.name for person in store.people(visitor.conn, replayed.strangers))
        yield say("whatif.strangers", names=names)
    if look.ring_seconds > RING_SECONDS:
        yield say("whatif.longer", usual=RING_SECONDS)
    if look.second:
        yield say("whatif.second_doubt", ward=look.second)
    yield say("whatif.supposes")


def percent(visitor: Visitor, share: float) -> str:
    """A share in whole hundredths: more digits would say more than is known."""
    return visitor.say("whatif.percent", value=round(100 * share))


def points(visitor: Visitor, change: float) -> str:
    """A difference of two shares, signed."""
    value = round(100 * change)
    return visitor.say("whatif.points", value=f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value)}")


def between(visitor: Visitor, rate: Rate) -> str:
    """Between what it lies."""
    return visitor.say("whatif.between", low=percent(visitor, rate.low), high=percent(visitor, rate.high))


def _against(visitor: Visitor, rate: Rate, change: float) -> str:
    return f"{between(visitor, rate)} ({points(visitor, change)})"


def _asked(visitor: Visitor, look: Look) -> str:
    ways = []
    if look.ring_seconds != RING_SECONDS:
        ways.append(visitor.say("whatif.with_ring", seconds=round(look.ring_seconds)))
    if look.second:
        ways.append(visitor.say("whatif.with_second", ward=look.second))
    return visitor.say("whatif.otherwise", ways=", ".join(ways))
