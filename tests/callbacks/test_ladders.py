"""Which ladder counts for a ward: changed on the record, set back, unreadable; and requests that are under way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from callbacks import alarms, ladder, ladders
from callbacks.ladder import BadLadder
from callbacks.ladders import Saved, Stale, Unchanged
from callbacks.tables import ladders as rows
from scheduling import store
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from tests.callbacks.promised import AMELIE, Story

HOUSE_RUNGS = [ladder.written(rung) for rung in ladder.load().rungs]
ADMIN = Actor(None, "Admin")
KIND = "advice"
KINDS = (KIND, "letter")
UNREADABLE = "ladder_unreadable"


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def without(*names: str) -> list[dict[str, Any]]:
    """The house's ladder without these rungs."""
    return [entry for entry in HOUSE_RUNGS if entry["name"] not in names]


def with_share(name: str, share: float) -> list[dict[str, Any]]:
    """The house's ladder with one rung at another time."""
    return [{**entry, "share": share} if entry["name"] == name else entry for entry in HOUSE_RUNGS]


def saves(story: Story, entries: list[dict[str, Any]], *, house: bool = False) -> Saved | Unchanged | Stale:
    with story.engine.begin() as conn:
        ward = None if house else store.ward(conn, story.ward_id)
        seen = ladders.setting(conn, ward.id if ward else None, KIND)
        return ladders.save(conn, story.moment, ADMIN, ward, KIND, entries, seen.mark if seen else "")


def resets(story: Story, *, house: bool = False) -> bool:
    with story.engine.begin() as conn:
        ward = None if house else store.ward(conn, story.ward_id)
        return ladders.reset(conn, story.moment, ADMIN, ward, KIND)


def counts(story: Story) -> list[str]:
    with story.engine.begin() as conn:
        return [rung.name for rung in ladders.of(conn, story.ward_id, KIND).rungs]


def trail_of(story: Story) -> list[tuple[str, int | None]]:
    with story.engine.begin() as conn:
        return [(line.what, line.ward_id) for line in trail.read(conn)]


def stores(story: Story, entries: object, *, house: bool = False) -> None:
    """What another release wrote."""
    with story.engine.begin() as conn:
        ward_id = None if house else story.ward_id
        conn.execute(insert(rows).values(ward_id=ward_id, kind=KIND, rungs=entries, changed_at=story.moment.now))


ALL = ["first", "again", "second", "both", "head", "coordinator", "due"]


def test_a_ward_goes_by_its_own_then_by_every_wards_then_by_the_release(story: Story) -> None:
    assert counts(story) == ALL
    assert saves(story, without("both"), house=True) == Saved()
    assert counts(story) == [name for name in ALL if name != "both"]
    assert saves(story, without("second")) == Saved()
    assert counts(story) == [name for name in ALL if name != "second"]
    assert resets(story)
    assert counts(story) == [name for name in ALL if name != "both"]
    assert resets(story, house=True)
    assert counts(story) == ALL
    assert not resets(story)


def test_every_change_is_in_the_trail_with_what_was_and_what_is(story: Story) -> None:
    saves(story, without("both"), house=True)
    saves(story, without("second"))
    resets(story)
    assert trail_of(story) == [
        ("ladder.reset", story.ward_id),
        ("ladder.changed", story.ward_id),
        ("ladder.house_changed", None),
    ]
    with story.engine.begin() as conn:
        changed = trail.read(conn)[1].detail
    assert [entry["name"] for entry in changed["before"]] == [name for name in ALL if name != "both"]
    assert changed["after"] == without("second")


def test_what_says_the_same_changes_nothing(story: Story) -> None:
    saves(story, without("both"))
    assert saves(story, without("both")) == Unchanged()
    assert len(trail_of(story)) == 1


def test_a_bad_ladder_is_not_written(story: Story) -> None:
    with pytest.raises(BadLadder):
        saves(story, without("head"))
    assert counts(story) == ALL
    assert trail_of(story) == []


def test_opening_minutes_that_come_after_the_shares_above_them_are_refused(story: Story) -> None:
    late = [{**entry, "after_open": "6h"} if entry["name"] == "again" else entry for entry in HOUSE_RUNGS]
    with pytest.raises(BadLadder) as refusal:
        saves(story, late)
    assert [(fault.code, fault.rung) for fault in refusal.value.faults] == [("late_open", 2)]


def test_of_two_administrators_at_once_the_second_is_told(story: Story) -> None:
    answers: list[Saved | Unchanged | Stale] = []
    ready = threading.Barrier(2)

    def changes(name: str) -> None:
        with story.engine.begin() as conn:
            ward = store.ward(conn, story.ward_id)
            ready.wait()
            answers.append(ladders.save(conn, story.moment, ADMIN, ward, KIND, without(name), ""))

    both = [threading.Thread(target=changes, args=(name,)) for name in ("second", "both")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(type(answer).__name__ for answer in answers) == ["Saved", "Stale"]
    assert len(trail_of(story)) == 1


def test_a_new_rung_gets_a_name_that_it_keeps_and_that_never_comes_back(story: Story) -> None:
    new = {"to": ["senior"], "nobody": ["head"], "by": ["call"], "share": 0.3, "name": ""}
    saves(story, [*HOUSE_RUNGS[:3], new, *HOUSE_RUNGS[3:]])
    name = counts(story)[3]
    assert name not in ALL
    saves(story, HOUSE_RUNGS)
    story.now += timedelta(minutes=1)
    saves(story, [*HOUSE_RUNGS[:3], new, *HOUSE_RUNGS[3:]])
    assert counts(story)[3] not in (name, *ALL)


# Unreadable -----------------------------------------------------------------------------------------------------------

ROBOT = [{"name": "first", "to": ["robot"], "by": ["telepathy"], "mood": 3}]


@pytest.mark.parametrize("entries", [ROBOT, [], {}, "first", [1], None], ids=str)
def test_a_promise_goes_on_by_the_next_ladder_that_can_be_read(story: Story, entries: object) -> None:
    stores(story, entries)
    assert counts(story) == ALL
    saves(story, without("both"), house=True)
    assert counts(story) == [name for name in ALL if name != "both"]
    assert story.alarms() == [UNREADABLE]


def test_of_several_places_each_goes_by_its_own_and_what_cannot_be_read_is_told_once(story: Story) -> None:
    own, broken, plain = story.ward_id, story.opens_ward("pneumo", "Pneumologie"), story.opens_ward("gastro", "Gastro")
    saves(story, without("second"))
    stores(story, ROBOT, house=True)
    both = [{"ward_id": broken, "kind": kind, "rungs": ROBOT, "changed_at": story.moment.now} for kind in KINDS]
    with story.engine.begin() as conn:
        conn.execute(insert(rows), both)
        places = [(ward_id, kind) for ward_id in (plain, broken, own, plain) for kind in KINDS]
        found = ladders.of_each(conn, places)
        told = {alarm.key: alarm.count for alarm in alarms.standing(conn)}
        assert found == {place: ladders.of(conn, *place) for place in places}
    assert [rung.name for rung in found[own, KIND].rungs] == [name for name in ALL if name != "second"]
    assert found[broken, KIND] == found[plain, KIND] == ladder.load(kind=KIND)
    assert found[own, "letter"] == found[broken, "letter"] == ladder.load(kind="letter")
    assert len(told) == 3, "every ward's for advice, and one ward's for either kind"
    assert set(told.values()) == {1}


def test_of_no_place_there_is_no_ladder(story: Story) -> None:
    with story.engine.begin() as conn:
        assert ladders.of_each(conn, []) == {}


def test_no_request_waits_for_a_ladder_to_be_mended(story: Story) -> None:
    stores(story, ROBOT, house=True)
    story.files()
    story.after(hours=25)
    assert story.view.last_rung == "due"
    assert UNREADABLE in story.alarms()


def test_the_alarm_is_over_when_it_is_saved_again_or_set_back(story: Story) -> None:
    stores(story, ROBOT)
    counts(story)
    with story.engine.begin() as conn:
        ward = store.ward(conn, story.ward_id)
        found = ladders.setting(conn, ward.id, KIND)
        assert found is not None
        assert found.rungs is None
        ladders.save(conn, story.moment, ADMIN, ward, KIND, without("both"), found.mark)
    assert story.alarms() == []


def test_the_alarm_is_over_when_a_release_can_read_it_after_all(story: Story) -> None:
    stores(story, without("both"))
    with story.engine.begin() as conn:
        ladder_id = conn.execute(text("select id from ladders")).scalar_one()
        alarms.raise_alarm(conn, UNREADABLE, f"ladder:{ladder_id}")
    counts(story)
    assert story.alarms() == []


# Requests under way -------------------------------------------------------------------------------------------------


def climbed(story: Story) -> list[str]:
    with story.engine.begin() as conn:
        found = conn.execute(text("select detail ->> 'rung' from events where kind = 'rung' order by id"))
        return list(found.scalars())


def test_the_rung_it_stands_on_is_taken_out(story: Story) -> None:
    story.files()
    story.after(hours=13)  # "both" was climbed at half the promise
    saves(story, without("both"))
    story.after(hours=12)
    assert climbed(story) == ["first", "again", "second", "both", "head", "coordinator", "due"]


def test_the_rung_that_comes_next_is_taken_out(story: Story) -> None:
    story.files()
    story.after(hours=7)
    saves(story, without("both"))
    assert story.view.next_rung == "both"
    story.after(hours=18)
    assert climbed(story) == ["first", "again", "second", "head", "coordinator", "due"]


def test_both_are_taken_out_and_nobody_is_told_again(story: Story) -> None:
    story.files()
    story.after(hours=7)
    saves(story, without("second", "both"))
    story.after(hours=18)
    assert climbed(story) == ["first", "again", "second", "head", "coordinator", "due"]


def test_it_keeps_its_place_when_the_ladder_is_set_back(story: Story) -> None:
    new = {"to": ["second"], "nobody": ["head"], "by": ["sms"], "share": 0.3, "name": ""}
    saves(story, [*HOUSE_RUNGS[:3], new, *HOUSE_RUNGS[3:]])
    added = counts(story)[3]
    story.files()
    story.after(hours=8)
    resets(story)
    story.after(hours=17)
    assert climbed(story) == ["first", "again", "second", added, "both", "head", "coordinator", "due"]


def test_a_rung_below_its_place_is_not_climbed_any_more(story: Story) -> None:
    story.files()
    story.after(hours=13)
    new = {"to": ["second"], "nobody": ["head"], "by": ["sms"], "share": 0.3, "name": ""}
    saves(story, [*HOUSE_RUNGS[:3], new, *HOUSE_RUNGS[3:]])
    story.after(hours=12)
    assert climbed(story) == ALL


def test_a_claimed_request_given_back_goes_on_where_it_stood(story: Story) -> None:
    story.files()
    story.after(hours=7)
    story.claims(AMELIE)
    saves(story, without("second"))
    story.gives_back(AMELIE)
    story.after(hours=18)
    assert climbed(story) == ["first", "again", "second", "both", "head", "coordinator", "due"]


def test_a_rung_whose_time_was_changed_comes_at_its_new_time(story: Story) -> None:
    saves(story, with_share("second", 0.125))
    story.files()
    story.after(hours=3, minutes=1)
    assert climbed(story) == ["first", "again", "second"]
