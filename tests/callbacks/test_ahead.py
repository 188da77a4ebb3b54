"""What comes next for many requests, read at once, is what would be said of each of them by itself."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import pytest
from psycopg.types.range import TimestamptzRange
from sqlalchemy import Connection, Engine, insert, update

from callbacks import ahead, ladder, ladders, promise
from callbacks.ahead import Ahead
from callbacks.promise import RequestView, Step
from callbacks.states import State
from callbacks.tables import ladders as stored
from scheduling import store
from scheduling.rota import ALWAYS, OnCall, Person
from scheduling.tables import hospitals, shifts, wards
from tests.callbacks.promised import Story
from tests.callbacks.rotas import PARIS, request

pytestmark = pytest.mark.dates
# An ordinary week, both clock changes, Christmas and the New Year.
WEEKS = ["2026-12-07", "2027-03-26", "2027-10-29", "2026-12-23"]
HOURS = [
    "",
    "mon-fri 08:30-18:30",
    "mon-fri 18:30-08:30; sat,sun,hol 00:00-24:00",
    "mon-sat 22:00-02:30; hol 02:15-03:00",
    "tue 10:00-10:15",
]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROMISES = {"advice": DAY, "admission": 2 * HOUR, "letter": 3 * DAY, "partnership": 14 * DAY}
STATEMENTS = 4  # ladders, wards with those that cover them, shifts, people
MANY = 50


class House:
    """Six wards and their ladders, hours, covers and shifts as they fall around five days."""

    def __init__(self, engine: Engine, begin: datetime) -> None:
        self.dice, self.begin = random.Random(begin.isoformat()), begin
        story, self._ids = Story(engine), count(1)
        self.wards = [story.ward_id, *(story.opens_ward(f"w{number}", f"Unité {number}") for number in range(5))]
        story.empties_the_rota()
        with engine.begin() as conn:
            self._open_wards(conn, list(story.ids.values()))
            conn.execute(insert(shifts), self._rota(list(story.ids.values())))
            conn.execute(insert(stored), self._ladders())
            self.people = store.everybody(conn)

    def _open_wards(self, conn: Connection, people: list[int]) -> None:
        row = insert(hospitals).values(name="Réunion Sud", timezone="Indian/Reunion").returning(hospitals.c.id)
        far = conn.execute(row).scalar_one()
        for ward_id in self.wards:
            others = [each for each in self.wards if each != ward_id]
            columns: dict[str, Any] = {
                "opening": self.dice.choice(HOURS),
                "covered_by_id": self.dice.choice([None, *others]),
                "head_id": self.dice.choice([None, *people]),
                "coordinator_id": self.dice.choice([None, *people]),
                "live_from": self.dice.choice([ALWAYS, ALWAYS, None, self.begin + self.dice.randint(-20, 100) * HOUR]),
            }
            columns |= {"hospital_id": far} if self.dice.random() < 0.3 else {}
            conn.execute(update(wards).where(wards.c.id == ward_id).values(columns))

    def _rota(self, people: list[int]) -> list[dict[str, Any]]:
        """Nights, days and weeks of three ranks, with holes."""
        rows = []
        for ward_id in self.wards:
            for rank in (1, 2, 3):
                at = self.begin - 20 * DAY
                while at < self.begin + 25 * DAY:
                    end = at + self.dice.choice([*(timedelta(minutes=15 * self.dice.randint(1, 96)),) * 9, 7 * DAY])
                    if self.dice.random() < 0.6:
                        who, during = self.dice.choice(people), TimestamptzRange(at, end)
                        rows.append({"ward_id": ward_id, "rank": rank, "person_id": who, "during": during})
                    at = end
        return rows

    def _ladders(self) -> list[dict[str, Any]]:
        """One for every ward's letters, and for advice one ward's own, whose rung by opening time is everybody's."""
        letters = [ladder.written(rung) for rung in ladder.load(kind="letter").rungs]
        own = [ladder.written(rung) for rung in ladder.load().rungs if rung.name != "both"]
        own = [{**entry, "while": "any"} if "after_open" in entry else entry for entry in own]
        common = {"changed_at": self.begin}
        return [
            {"ward_id": None, "kind": "letter", "rungs": [{**letters[0], "by": ["call"]}, *letters[1:]], **common},
            {"ward_id": self.wards[0], "kind": "advice", "rungs": own, **common},
        ]

    def asks(self, now: datetime) -> RequestView:
        """A request somewhere on its way: one in two is claimed, some are late, some stand on a rung that is gone."""
        kind, dice = self.dice.choice([*PROMISES]), self.dice
        filed = now - dice.random() * 1.3 * PROMISES[kind]
        rungs = [rung.name for rung in ladder.load(kind=kind).rungs]
        climbed = dice.randint(0, len(rungs))
        names = tuple(reversed(rungs[:climbed])) if dice.random() < 0.9 else ("gone",)
        view = request(
            filed,
            id=next(self._ids),
            ward_id=dice.choice(self.wards),
            kind=kind,
            timezone=dice.choice(["Europe/Paris", "Indian/Reunion"]),
            due_at=filed + PROMISES[kind],
            last_rung=next(iter(names), None),
            climbed=names,
            climbed_at=filed + dice.random() * (now - filed) if names else None,
            repeats=dice.randint(1, 3) if climbed == len(rungs) else 0,
            next_rung=dice.choice([*rungs, "gone"]),
            next_step_at=now + dice.uniform(-1, 90) * HOUR,
        )
        return self._claimed(view, dice.choice(self.people), now) if dice.random() < 0.5 else view

    def _claimed(self, view: RequestView, by: Person, now: datetime) -> RequestView:
        at = view.created_at + self.dice.random() * (now - view.created_at)
        again = now + self.dice.uniform(0, 30) * HOUR if self.dice.random() < 0.3 else None
        return replace(view, state=State.CLAIMED, claimer=by, claimed_at=at, retry_at=again)


def by_itself(conn: Connection, view: RequestView, now: datetime) -> Ahead:
    """The same, each instant asked of the one function that calls and alerts ask."""

    @cache
    def cover(at: datetime) -> OnCall:
        return store.on_call(conn, view.ward_id, at)

    rungs = ladders.of(conn, view.ward_id, view.kind)
    if view.claimer is None and view.next_rung is not None and view.next_step_at is not None:
        step = Step(view.next_rung, view.next_step_at)
    else:
        step = promise.next_step(view, cover, rungs, now)
    rung, at = rungs.find(step.rung) or rungs.last, max(step.at, now)
    told = (alert.person for alert in promise.who(rung, view, cover(at), at))
    return Ahead(rung, at, tuple(dict.fromkeys(person.name for person in told if person is not None)))


@pytest.fixture(params=WEEKS)
def house(database: Engine, request: pytest.FixtureRequest) -> House:
    return House(database, datetime.fromisoformat(request.param).replace(tzinfo=PARIS).astimezone(UTC))


def test_of_many_requests_it_says_what_it_would_say_of_each_and_asks_as_little(
    house: House, database: Engine, counted: list[str]
) -> None:
    for _ in range(3):
        now = house.begin + house.dice.uniform(0, 5) * DAY
        views = [house.asks(now) for _ in range(MANY)]
        with database.begin() as conn:
            expected = {view.id: by_itself(conn, view, now) for view in views}
            counted.clear()
            found = ahead.of(conn, views, now)
            asked = len(counted)
        assert found == expected
        assert asked == STATEMENTS


def test_of_one_it_asks_as_much(house: House, database: Engine, counted: list[str]) -> None:
    for _ in range(20):
        view = house.asks(house.begin)
        with database.begin() as conn:
            counted.clear()
            ahead.of(conn, [view], house.begin)
        assert len(counted) == STATEMENTS


def test_of_what_is_closed_there_is_nothing_to_say_or_ask(house: House, database: Engine, counted: list[str]) -> None:
    closed = replace(house.asks(house.begin), state=State.DONE, next_rung=None, next_step_at=None)
    with database.begin() as conn:
        counted.clear()
        assert ahead.of(conn, [closed], house.begin) == {}
    assert counted == []


def test_what_was_not_read_is_asked_for_by_itself(house: House, database: Engine) -> None:
    """Slower, and as right."""
    ward_id, read = house.wards[0], (house.begin, house.begin + HOUR)
    with database.begin() as conn:
        cover = ahead._covers(conn, {ward_id: [read]})[ward_id]
        for at in (read[0], read[1], house.begin + 3 * DAY):
            assert cover(at) == store.on_call(conn, ward_id, at)
