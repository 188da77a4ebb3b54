"""Two who raise the same alarms, or count the same people, wait for each other, and never in a circle."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from callbacks import alarms, climb, ladders, reminders
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, Story
from tests.callbacks.rotas import paris

OF_A_LATER_RELEASE: list[dict[str, Any]] = [{"name": "first", "whom": "of a later release"}]
TWO_AT_FIRST: list[dict[str, Any]] = [
    {"name": "first", "to": ["senior", "second"], "nobody": ["head"], "by": ["sms"], "while": "unclaimed"},
    {"name": "head", "share": 0.75, "to": ["head"], "nobody": ["head"], "by": ["sms"]},
    {"name": "due", "share": 1.0, "to": ["head"], "nobody": ["head"], "by": ["sms"], "repeat": "240m"},
]
TOLD = "update outbox set state = 'delivered', sent_at = due_at, settled_at = due_at where state = 'waiting'"


def keeps(database: Engine, rungs: list[dict[str, Any]], *kinds: str) -> None:
    """The house's own ladders."""
    said = [{"kind": kind, "rungs": json.dumps(rungs)} for kind in kinds]
    with database.begin() as conn:
        conn.execute(
            text("insert into ladders (kind, rungs, changed_at) values (:kind, cast(:rungs as jsonb), now())"), said
        )


def at_once(database: Engine, *doings: Callable[[Connection], object]) -> list[str]:
    """Each in a transaction of its own, all at one time; what went wrong."""
    faults: list[str] = []

    def go(do: Callable[[Connection], object]) -> None:
        try:
            with database.begin() as conn:
                do(conn)
        except DBAPIError as error:
            faults.append(type(error.orig).__name__)

    threads = [threading.Thread(target=go, args=(do,), name=str(number)) for number, do in enumerate(doings)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return faults


def climbs(story: Story, request_id: int) -> Callable[[Connection], object]:
    return lambda conn: climb.climb(conn, request_id, story.moment, story.house)


def meeting() -> Callable[[], None]:
    """Two who call it wait for each other; for three seconds, when one of them cannot come."""
    both = threading.Barrier(2)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(3)

    return meet


def test_a_word_that_is_owed_beside_a_rung_whose_ladder_cannot_be_read(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(database)
    keeps(database, OF_A_LATER_RELEASE, "advice")
    one, other = story.files(), story.files()
    story.at(paris(23, 16, 59))
    story.messages()
    with database.begin() as conn:
        conn.execute(text(TOLD))
    story.request_id = one
    story.claims(BRUNO)  # and what Amélie must hear of it waits
    story.now = paris(23, 17, 30)
    meet, alone, alarm = meeting(), reminders.count_alone, alarms.raise_alarm

    def counts(conn: Connection) -> None:
        alone(conn)
        if threading.current_thread().name == "0":
            meet()

    def raises(conn: Connection, kind: str, key: str, detail: Mapping[str, Any]) -> None:
        alarm(conn, kind, key, detail)
        if kind == "ladder_unreadable" and threading.current_thread().name == "1":
            meet()

    monkeypatch.setattr(reminders, "count_alone", counts)
    monkeypatch.setattr(alarms, "raise_alarm", raises)
    assert at_once(database, climbs(story, one), climbs(story, other)) == []


def test_two_boards_whose_wards_owe_two_kinds_the_other_way_round(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(database)
    first, second = story.ward_id, story.opens_ward("pneumo", "Pneumologie")
    keeps(database, OF_A_LATER_RELEASE, "advice", "letter")
    meet, alarm = meeting(), alarms.raise_alarm

    def slowly(conn: Connection, kind: str, key: str, detail: Mapping[str, Any]) -> None:
        alarm(conn, kind, key, detail)
        meet()

    monkeypatch.setattr(alarms, "raise_alarm", slowly)
    boards = [((first, "letter"), (second, "advice")), ((first, "advice"), (second, "letter"))]
    opened = [lambda conn, places=places: ladders.of_each(conn, places) for places in boards]
    assert at_once(database, *opened) == []


def test_two_wards_with_the_same_seniors_the_other_way_round_both_of_whom_texted_stop(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(database)
    keeps(database, TWO_AT_FIRST, "advice")
    other = story.opens_ward("nephrologie", "Néphrologie", head_id=story.ids[DENIS], coordinator_id=story.ids[CHLOE])
    story.puts_on_call(BRUNO, rank=1, ward_id=other)
    story.puts_on_call(AMELIE, rank=2, ward_id=other)
    here = story.files(ended=False)
    story.ward_id = other
    there = story.files(ended=False)
    story.knows_stop_of(AMELIE)
    story.knows_stop_of(BRUNO)
    with database.begin() as conn:
        conn.execute(text("update requests set next_step_at = :now"), {"now": story.now})
    alarm = alarms.raise_alarm

    def slowly(conn: Connection, kind: str, key: str, detail: Mapping[str, Any]) -> None:
        alarm(conn, kind, key, detail)
        time.sleep(0.4)

    monkeypatch.setattr(alarms, "raise_alarm", slowly)
    assert at_once(database, climbs(story, here), climbs(story, there)) == []
    with database.begin() as conn:
        assert (
            conn.execute(text("select count(distinct request_id) from outbox where purpose = 'alert'")).scalar_one()
            == 2
        )
