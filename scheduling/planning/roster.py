"""The seniors of a rotation while its turns are given out: when each is busy, and what each has borne so far."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

from scheduling.opening import Stretch, join
from scheduling.planning.changes import Slot
from scheduling.planning.fairness import CATCH_UP, Burden, Tally, head_starts, total
from scheduling.planning.patterns import Place, local_day, monday_of
from scheduling.planning.wish import Booked, Known, Mode, Reason, Turn, Unfilled, Wish

WEIGHED = ("holidays", "weekends", "nights")  # the heaviest first
REST = timedelta(hours=11)  # order of 30 April 2003, art. 2: after a night; asked for between any two duties


class Senior:
    """One senior of the rotation: when he is busy or away, and what he has borne."""

    def __init__(self, person_id: int, place: int, known: Known, head_start: Tally, own: Iterable[Stretch]) -> None:
        self.id = person_id
        self.place = place  # in the chosen order
        self.away = join(known.leaves.get(person_id, ()))
        self.elsewhere = join(known.elsewhere.get(person_id, ()))
        self.busy = join([*self.elsewhere, *own])
        self.head_start: dict[str, int] = {name: getattr(head_start, name) for name in WEIGHED}
        self.days: dict[str, Counter[date]] = {name: Counter() for name in WEIGHED}
        self.missed = {name: Fraction() for name in WEIGHED}
        self.time = timedelta()
        self.turns: list[Turn] = []

    def is_free(self, stretch: Stretch) -> bool:
        """Whether he can hold it."""
        return not (_meets(self.away, stretch) or _meets(self.busy, stretch))

    def is_away(self, turn: Turn) -> bool:
        """Whether he is on leave for some of it."""
        return any(_meets(self.away, stretch) for stretch in turn.stretches)

    def excuse(self, burden: Burden, present: int) -> None:
        """While he was on leave, so many others shared that turn: he does not come back to all their days."""
        self.time += burden.time / present
        for name in WEIGHED:
            self.missed[name] += Fraction(len(burden.days(name)), present)

    def reason(self, stretch: Stretch) -> Reason:
        """Why he cannot."""
        if _meets(self.away, stretch):
            return Reason.ON_LEAVE
        return Reason.ELSEWHERE if _meets(self.elsewhere, stretch) else Reason.AT_ANOTHER_RANK

    def is_tired(self, stretch: Stretch, turn: Turn) -> bool:
        """Whether he would have less than REST before or after it; inside one turn that is not asked."""
        at = bisect_left(self.busy, stretch)
        after = at + (self.busy[at : at + 1] == [stretch])
        before = [near for near in self.busy[max(at - 1, 0) : at] if near not in turn.stretches]
        behind = [near for near in self.busy[after : after + 1] if near not in turn.stretches]
        return any(stretch[0] - end < REST for _, end in before) or any(
            start - stretch[1] < REST for start, _ in behind
        )

    def count(self, name: str) -> int:
        """How many nights, week-ends or holidays he bears, his head start too."""
        return self.head_start[name] + max(int(self.missed[name]) - CATCH_UP, 0) + len(self.days[name])

    def with_turn(self, name: str, turn: Turn) -> int:
        """How many he would bear with this turn; a week-end he has anyway is not counted twice."""
        return self.count(name) + sum(day not in self.days[name] for day in turn.burden.days(name))

    def take(self, turn: Turn) -> None:
        """The turn is his."""
        self.turns.append(turn)
        self.bear(turn.burden)
        for stretch in turn.stretches:
            insort(self.busy, stretch)

    def give_up(self, turn: Turn) -> None:
        """The turn is somebody else's."""
        self.turns.remove(turn)
        self.time -= turn.burden.time
        for name in WEIGHED:
            self.days[name] -= Counter(turn.burden.days(name))  # what falls to nought is gone
        for stretch in turn.stretches:
            self.busy.remove(stretch)

    def bear(self, burden: Burden) -> None:
        """Count what it weighs."""
        self.time += burden.time
        for name in WEIGHED:
            self.days[name].update(burden.days(name))


class Roster:
    """Everybody in the rotation."""

    def __init__(self, wish: Wish, known: Known, staying: Iterable[Booked], turns: Sequence[Turn]) -> None:
        self.mode = wish.mode
        ahead = head_starts({person_id: known.before.get(person_id, Tally()) for person_id in wish.seniors})
        own: dict[int, list[Stretch]] = defaultdict(list)
        timezone, days = known.opening.timezone, frozenset(wish.days)
        self.weeks: set[tuple[int, int, date]] = set()  # who holds some of which week already, at which rank
        for shift in staying:
            own[shift.person_id].append((shift.start, shift.end))
            self.weeks.add((shift.person_id, shift.rank, monday_of(local_day(shift.start, timezone))))
        self.seniors = [
            Senior(person_id, place, known, ahead[person_id], own[person_id])
            for place, person_id in enumerate(wish.seniors)
        ]
        for senior in self.seniors:
            senior.bear(total((held for held in own[senior.id] if local_day(held[0], timezone) in days), timezone))
        self._excuse_the_absent(turns)

    def _excuse_the_absent(self, turns: Iterable[Turn]) -> None:
        for turn in turns:
            away = [senior for senior in self.seniors if senior.is_away(turn)]
            for senior in away:
                senior.excuse(turn.burden, max(len(self.seniors) - len(away), 1))

    def give(self, turn: Turn) -> list[Unfilled]:
        """Give the turn to whom it suits best, or what he can hold of it, and the rest to others; what nobody can."""
        free = {senior: [at for at in turn.places if senior.is_free((at.start, at.end))] for senior in self.seniors}
        most = max(map(len, free.values()), default=0)
        if most == 0:
            return [self._unfilled(place) for place in turn.places]
        offers = [(senior, turn.only(held)) for senior, held in free.items() if len(held) == most]
        chosen, his = min(offers, key=lambda offer: self._claim(*offer))
        chosen.take(his)
        rest = [place for place in turn.places if place not in his.places]
        return self.give(turn.only(rest)) if rest else []

    def _claim(self, senior: Senior, turn: Turn) -> tuple[int | timedelta, ...]:
        """The smallest has the turn: rested, then who has borne least, then who comes first in the chosen order."""
        tired = sum(senior.is_tired(stretch, turn) for stretch in turn.stretches)
        at_this_rank = sum(held.rank == turn.rank for held in senior.turns)
        if self.mode is Mode.WEEK:
            weeks = senior.head_start["weekends"] + len(senior.turns)
            return not self._goes_on(senior, turn), tired, weeks, at_this_rank, senior.place
        borne: list[int | timedelta] = [senior.with_turn(name, turn) for name in WEIGHED if turn.burden.days(name)]
        return tired, *(borne or [senior.time]), at_this_rank, senior.place

    def _goes_on(self, senior: Senior, turn: Turn) -> bool:
        """Whether it is the rest of a week that he has begun: months do not end on Sundays."""
        return self.mode is Mode.WEEK and (senior.id, turn.rank, monday_of(turn.places[0].day)) in self.weeks

    def _unfilled(self, place: Place) -> Unfilled:
        return Unfilled(place, tuple((senior.id, senior.reason((place.start, place.end))) for senior in self.seniors))

    def even_out_nights(self) -> None:
        """Hand nights from who has most to who has least, while that keeps everybody's rest."""
        while self._hand_a_night_on():
            pass

    def _hand_a_night_on(self) -> bool:
        by_nights = sorted(self.seniors, key=lambda senior: (senior.count("nights"), senior.place))
        for least in by_nights:
            for most in reversed(by_nights):
                if most.count("nights") - least.count("nights") < 2:
                    break
                if self._relieve(most, least):
                    return True
        return False

    def _relieve(self, most: Senior, least: Senior) -> bool:
        """Take one night from one to the other: as it stands, through a third, or with a day of his given to somebody.

        Each such step makes the nights more even, so that there is an end.
        """
        if _pass_on(most, least):
            return True
        for third in (third for third in self.seniors if third is not most and third is not least):
            for turn in [turn for turn in third.turns if turn.is_a_night and _suits(third, least, turn)]:
                third.give_up(turn)
                if _pass_on(most, third, besides=turn):
                    least.take(turn)
                    return True
                third.take(turn)
        return any(self._make_room(most, least, night) for night in _nights(most))

    def _make_room(self, most: Senior, least: Senior, night: Turn) -> bool:
        """Take this night from one to the other, after the days that leave him no rest for it were handed to others."""
        if not _stays_as_even(most, least, night):
            return False
        most.give_up(night)
        given: list[tuple[Turn, Senior]] = []
        for day in [turn for turn in least.turns if _is_near(turn, night)]:
            taker = None if day.burden.nights else self._taker(least, day)
            if taker is None:
                break
            _hand_over(least, taker, day)
            given.append((day, taker))
        if _is_rested(least, night):
            least.take(night)
            return True
        for day, taker in given:
            _hand_over(taker, least, day)
        most.take(night)
        return False

    def _taker(self, giver: Senior, turn: Turn) -> Senior | None:
        """Whom it suits that has borne least."""
        suited = [senior for senior in self.seniors if senior is not giver and _suits(giver, senior, turn)]
        return min(suited, key=lambda senior: self._claim(senior, turn), default=None)

    def slots(self) -> Iterator[Slot]:
        """What everybody was given."""
        for senior in self.seniors:
            for turn in senior.turns:
                yield from (_slot(senior, place) for place in turn.places)

    def tired(self) -> Iterator[Slot]:
        """What was given with too little rest before or after it."""
        for senior in self.seniors:
            for turn in (turn for turn in senior.turns if not self._goes_on(senior, turn)):
                for place in turn.places:
                    if senior.is_tired((place.start, place.end), turn):
                        yield _slot(senior, place)


def _nights(senior: Senior) -> list[Turn]:
    """His, in order."""
    return sorted((turn for turn in senior.turns if turn.is_a_night), key=lambda turn: turn.places[0].start)


def _hand_over(giver: Senior, taker: Senior, turn: Turn) -> None:
    giver.give_up(turn)
    taker.take(turn)


def _pass_on(giver: Senior, taker: Senior, besides: Turn | None = None) -> bool:
    """Hand over the first night that suits the taker."""
    for turn in _nights(giver):
        if turn is not besides and _suits(giver, taker, turn):
            _hand_over(giver, taker, turn)
            return True
    return False


def _suits(giver: Senior, taker: Senior, turn: Turn) -> bool:
    """Whether the taker can hold it, rested, and week-ends and holidays stay as even as they are."""
    return _stays_as_even(giver, taker, turn) and _is_rested(taker, turn)


def _is_rested(taker: Senior, turn: Turn) -> bool:
    return all(taker.is_free(stretch) and not taker.is_tired(stretch, turn) for stretch in turn.stretches)


def _stays_as_even(giver: Senior, taker: Senior, turn: Turn) -> bool:
    return all(_stays_even(giver, taker, turn, name) for name in ("holidays", "weekends"))


def _is_near(turn: Turn, other: Turn) -> bool:
    """Whether there is less than REST between them."""
    return any(
        start - until < REST and since - end < REST for start, end in turn.stretches for since, until in other.stretches
    )


def _stays_even(giver: Senior, taker: Senior, turn: Turn, name: str) -> bool:
    gained = sum(day not in taker.days[name] for day in turn.burden.days(name))
    lost = sum(giver.days[name][day] == 1 for day in turn.burden.days(name))
    return gained == lost == 0 or (gained == lost and taker.count(name) + gained <= giver.count(name))


def _slot(senior: Senior, place: Place) -> Slot:
    return Slot(place.rank, senior.id, place.start, place.end)


def _meets(stretches: Sequence[Stretch], wanted: Stretch) -> bool:
    """Whether some of `stretches` (in order, apart) shares an instant with the wanted one."""
    at = bisect_left(stretches, (wanted[1],))
    return at > 0 and stretches[at - 1][1] > wanted[0]
