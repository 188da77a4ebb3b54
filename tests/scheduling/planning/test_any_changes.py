"""Any sequence of changes and undos: nobody stands in another's place, and the trail replays to the table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from config.clock import Moment
from scheduling import rota
from scheduling.planning import desk, trail
from scheduling.planning.changes import Changed, Refused, Slot
from scheduling.planning.trail import Actor
from scheduling.planning.writing import as_detail, from_detail
from scheduling.rota import Held
from tests.scheduling.planning.editors import Secretary, at, paris

pytestmark = pytest.mark.dates

QUARTER = timedelta(minutes=15)
EVES = [paris("2027-03-27 12:00"), paris("2027-10-30 12:00")]  # days of 23 and of 25 hours follow
NAMES = ("Amélie", "Bruno", "Chloé")


Here = tuple[Connection, Moment, Actor, int]


@dataclass(frozen=True)
class Wish:
    """Something an editor might do; which shift is counted among those that are there."""

    what: str
    who: int
    rank: int
    start: int  # quarters of an hour after the eve's noon
    length: int  # quarters; may be nought or less
    which: int
    other: int


WISHES = st.builds(
    Wish,
    what=st.sampled_from(["assign", "assign", "move", "replace", "inside", "hand", "swap", "remove", "apply", "undo"]),
    who=st.integers(0, 2),
    rank=st.integers(1, 3),
    start=st.integers(0, 140),
    length=st.integers(-2, 48),
    which=st.integers(0, 30),
    other=st.integers(0, 30),
)


@dataclass
class Editor:
    """Carries a wish out on what is there, or finds nothing to do."""

    sophie: Secretary
    eve: datetime

    def does(self, wish: Wish) -> Changed | Refused | None:
        here: Here = self.sophie.connection, at(self.sophie.now), self.sophie.by, self.sophie.ward_id
        held = self.sophie.held()
        person_id = self.sophie.person(NAMES[wish.who]).id
        start = (self.eve + wish.start * QUARTER).astimezone(self.sophie.zone)
        end = (self.eve + (wish.start + wish.length) * QUARTER).astimezone(self.sophie.zone)
        if wish.what == "assign":
            return desk.assign(*here, wish.rank, person_id, start, end)
        if wish.what == "undo":
            return self._undoes(wish, here)
        if not held:
            return None
        one, other = held[wish.which % len(held)], held[wish.other % len(held)]
        inside = one.shift.start + (one.shift.end - one.shift.start) / 4
        ways: dict[str, Callable[[], Changed | Refused]] = {
            "move": lambda: desk.move(*here, one.id, start, end, wish.rank),
            "replace": lambda: desk.replace(*here, one.id, person_id, start, end),
            "inside": lambda: desk.replace(*here, one.id, person_id, inside, one.shift.end - QUARTER / 5),
            "hand": lambda: desk.hand(*here, one.id, person_id),
            "swap": lambda: desk.swap(*here, one.id, other.id),
            "remove": lambda: desk.remove(*here, {one.id, other.id}),
            "apply": lambda: desk.apply(*here, "rota.pattern", {one.id}, self._pattern(wish, person_id, other)),
        }
        return ways[wish.what]()

    def _undoes(self, wish: Wish, here: Here) -> Changed | Refused | None:
        changes = trail.rota_changes(self.sophie.connection, self.sophie.ward_id)
        if not changes:
            return None
        return desk.undo(*here, changes[wish.which % len(changes)].id)

    def _pattern(self, wish: Wish, person_id: int, kept: Held) -> list[Slot]:
        """Three shifts in a row, and one that is there already."""
        start = self.eve + wish.start * QUARTER
        length = max(wish.length, 1) * QUARTER
        row = [Slot(wish.rank, person_id, start + n * length, start + (n + 1) * length) for n in range(3)]
        shift = kept.shift
        return [*row, Slot(shift.rank, shift.person.id, shift.start, shift.end)]


def replayed(sophie: Secretary) -> dict[int, tuple[int, int, datetime, datetime]]:
    """What the trail alone says of the rota."""
    rows: dict[int, tuple[int, int, datetime, datetime]] = {}
    for entry in trail.rota_changes(sophie.connection, sophie.ward_id):
        for gone in entry.detail["removed"]:
            assert rows.pop(gone["id"]) == from_detail(gone)
        for new in entry.detail["added"]:
            assert new["id"] not in rows
            rows[new["id"]] = from_detail(new)
    return rows


def table(sophie: Secretary) -> dict[int, tuple[int, int, datetime, datetime]]:
    return {each.id: from_detail(as_detail(each)) for each in sophie.held()}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVES), st.lists(WISHES, min_size=4, max_size=14))
def test_whatever_is_changed_and_taken_back_the_trail_is_the_rota(
    sophie: Secretary, eve: datetime, wishes: list[Wish]
) -> None:
    with sophie.connection.begin_nested() as example:
        editor = Editor(sophie, eve)
        for wish in wishes:
            before = table(sophie)
            answer = editor.does(wish)
            after = table(sophie)
            assert rota.overlaps(each.shift for each in sophie.held()) == []
            assert replayed(sophie) == after
            if not isinstance(answer, Changed):
                assert after == before, "a refusal changes nothing"
            elif answer.audit_id is None:
                assert after == before, "nothing was said to be done"
            else:
                assert {each.id for each in answer.shifts_added} == after.keys() - before.keys()
        example.rollback()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVES), st.lists(WISHES.filter(lambda wish: wish.what != "undo"), min_size=2, max_size=8))
def test_whatever_was_done_last_can_be_taken_back_one_by_one(
    sophie: Secretary, eve: datetime, wishes: list[Wish]
) -> None:
    """Down to the empty rota, however long the way was."""
    with sophie.connection.begin_nested() as example:
        editor = Editor(sophie, eve)
        done = [
            (answer.audit_id, before)
            for wish in wishes
            for before in [sophie.rota()]
            if isinstance(answer := editor.does(wish), Changed) and answer.audit_id is not None
        ]
        for audit_id, before in reversed(done):
            sophie.undoes(audit_id)
            assert isinstance(sophie.answer, Changed)
            assert sophie.rota() == before
        example.rollback()
