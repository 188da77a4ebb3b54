"""Calls in words: a row of the list, and one call as sentences. Whose number called is said nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks import outcomes
from callbacks.call_board import CALLBACK, Call, Callback, Row
from callbacks.explained import End, Passed, Turn, explain
from ivr.ringing import LAST_START, Dialled
from scheduling.rota import OnCall
from web.office.board_shown import short
from web.office.guard import Visitor
from web.office.rota_words import moment
from web.office.story_shown import talked

BADGES = {"answered": "good", "lost": "bad", "open": "soon", "reached": "good"}


@dataclass(frozen=True)
class Shown:
    """A row of the list."""

    visitor: Visitor
    row: Row

    @property
    def when(self) -> str:
        """When it began, on the hospital's clock."""
        return short(self.row.at, self.row.timezone, self.visitor.language, self.visitor.moment.now)

    @property
    def result(self) -> str:
        """What came of it."""
        if self.row.result != CALLBACK:
            return self.visitor.say(f"board.call_{self.row.result}")
        return self.visitor.say(f"board.callback_{(self.row.how or 'live').replace('-', '_')}")

    @property
    def badge(self) -> str:
        """The look of that."""
        return BADGES.get(self.row.how or "open" if self.row.result == CALLBACK else self.row.result, "off")

    @property
    def talked(self) -> str:
        """For how long they talked."""
        return talked(self.visitor, self.row.seconds) if self.row.seconds else ""


@dataclass(frozen=True)
class Step:
    """A sentence about one telephone; `passed`: it was not rung."""

    words: str
    at: str = ""
    passed: bool = False


@dataclass(frozen=True)
class Told:
    """A call as its page tells it; `reference`: of the request that came of it."""

    title: str
    ward: str
    before: tuple[str, ...]
    steps: tuple[Step, ...]
    after: tuple[str, ...]
    reference: str | None


# A call that came in ----------------------------------------------------------------------------------------------


def call(visitor: Visitor, found: Call, on_call: OnCall) -> Told:
    """Who answered for the ward then, each ring with its reason, and what came of it."""
    ended = None if found.ended_at is None else found.began_real + (found.ended_at - found.started_at)
    why = explain(found.candidates or (), found.rungs, found.elsewhere, found.began_real, ended)
    teller = _Teller(visitor, found)
    steps = [step for number, turn in enumerate(why.turns) for step in teller.turn(number, turn)]
    steps += [teller.passed(each) for each in why.rest]
    return Told(
        title=visitor.say("board.call_title", at=moment(found.started_at, found.timezone, visitor.language)),
        ward=found.ward,
        before=tuple(_before(visitor, found, on_call)),
        steps=tuple(steps),
        after=(*teller.ending(why.end), *_outcome(visitor, found)),
        reference=found.reference,
    )


def _before(visitor: Visitor, found: Call, on_call: OnCall) -> Iterator[str]:
    """The ward at that moment, and the order that the call was given."""
    names = {each.person.id: each.person.name for each in on_call.seniors} | found.names
    if on_call.answering is None:
        yield visitor.say("board.why_closed", ward=found.ward)
    elif not on_call.open:
        yield visitor.say("board.why_covered", ward=found.ward, cover=on_call.answering.name)
    else:
        yield visitor.say("board.why_open", ward=found.ward)
    if found.candidates is None:
        yield visitor.say("board.why_went_no_further")
        return
    listed = [
        visitor.say("board.why_ranked", who=names.get(each.person_id, "?"), rank=each.rank) for each in found.candidates
    ]
    yield visitor.say("board.why_order", names=", ".join(listed)) if listed else visitor.say("board.why_no_one")
    rota = {each.person.id for each in on_call.seniors}
    if found.callers_own in rota:
        yield visitor.say("board.why_callers_own", who=names[found.callers_own or 0])
    if {each.person_id for each in found.candidates} != rota - {found.callers_own}:
        yield visitor.say("board.why_changed")


@dataclass(frozen=True)
class _Teller:
    visitor: Visitor
    found: Call

    def turn(self, number: int, turn: Turn) -> Iterator[Step]:
        """Who was passed over, then who was rung: for how long, and what he did."""
        for each in turn.passed:
            yield self.passed(each)
        rung = turn.rung
        until = rung.accepted or rung.ended
        key = "ring" if until else "ring_live"
        words = self.visitor.say(
            f"board.{key}",
            who=self.found.names[rung.person_id],
            rank=rung.rank,
            seconds=_seconds(until - rung.at) if until else 0,
            result=self._result(turn) if until else "",
        )
        if turn.second:
            words = f"{words} {self.visitor.say('board.ring_second')}"
        yield Step(words, at=_clock(self.found.rung_at[number], self.found.timezone))

    def passed(self, each: Passed) -> Step:
        """Whose turn it was, and why he was left out."""
        who = self.found.names.get(each.person_id, "?")
        last = int(LAST_START)
        return Step(self.visitor.say(f"board.passed_{each.why}", who=who, rank=each.rank, last=last), passed=True)

    def ending(self, end: End) -> Iterator[str]:
        """Why nobody else was rung."""
        if end is not End.TAKEN or self.found.result != "answered":
            yield self.visitor.say(f"board.end_{end}", last=int(LAST_START))

    def _result(self, turn: Turn) -> str:
        rung = turn.rung
        so_far = Dialled.DECLINED if rung.declined else Dialled.TAKEN if rung.accepted else "over"
        return self.visitor.say(f"board.ring_{str(rung.outcome or so_far).replace('-', '_')}")


def _outcome(visitor: Visitor, found: Call) -> Iterator[str]:
    who = found.names.get(found.answered_by or 0, "?")
    yield visitor.say(f"board.came_{found.result}", who=who)
    last = found.rungs[-1] if found.rungs else None
    if found.result == "answered" and last is not None and last.accepted and last.ended:
        yield talked(visitor, _seconds(last.ended - last.accepted))
    if found.outcome:
        yield visitor.say("board.came_outcome", outcome=outcomes.words(found.outcome, visitor.language))


# A callback -------------------------------------------------------------------------------------------------------


def callback(visitor: Visitor, found: Callback) -> Told:
    """Who asked for it, where; whose telephone rang when; what came of it."""
    outcome = (found.outcome or "live").replace("-", "_")
    after = [visitor.say(f"board.callback_{outcome}_told")]
    after += [talked(visitor, found.seconds)] if found.seconds else []
    return Told(
        title=visitor.say("board.callback_title", at=moment(found.asked_at, found.timezone, visitor.language)),
        ward=found.ward,
        before=(visitor.say("board.callback_asked", who=found.person, how=visitor.say(f"board.how_{found.how}")),),
        steps=tuple(_callback_steps(visitor, found)),
        after=tuple(after),
        reference=found.reference,
    )


def _callback_steps(visitor: Visitor, found: Callback) -> Iterator[Step]:
    def step(key: str, at: datetime | None) -> Step:
        return Step(visitor.say(f"board.{key}", who=found.person), at="" if at is None else _clock(at, found.timezone))

    yield step("callback_rings" if found.answered else "callback_rings_alone", found.asked_at)
    if found.rung_at is not None:
        yield step("callback_rings_gp", found.rung_at)
    if found.accepted_at is not None:
        yield step("callback_accepted", found.accepted_at)


def _seconds(lapse: timedelta) -> int:
    return max(0, round(lapse.total_seconds()))


def _clock(at: datetime, timezone: str) -> str:
    """ "14:02:31": a ring lasts seconds."""
    return f"{at.astimezone(ZoneInfo(timezone)):%H:%M:%S}"
