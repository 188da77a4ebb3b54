"""A rota that is changed while it rings: who takes the line is told once, who goes on is not told again."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from callbacks import handover
from scheduling import store
from scheduling.planning import desk
from scheduling.planning.changes import Changed, Refused
from scheduling.planning.trail import Actor
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, NAMES, Story
from tests.callbacks.rotas import PARIS, paris

SOPHIE = Actor(None, "Sophie")
EVENING, EIGHT = paris(23, 18, 30), paris(24, 8, 30)


@pytest.fixture
def story(database: Engine) -> Story:
    """Amélie until 18:30, Bruno through the night."""
    story = Story(database)
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=EVENING)
    story.puts_on_call(BRUNO, start=EVENING, end=EIGHT)
    return story


def replaces(story: Story, holder: str, by: str, start: datetime, end: datetime) -> int:
    """Somebody else for some hours; the number of the change."""
    with story.engine.begin() as conn:
        held = store.held_between(conn, [story.ward_id], start, end)
        shift_id = next(each.id for each in held if each.shift.person.id == story.ids[holder])
        return done(desk.replace(conn, story.moment, SOPHIE, story.ward_id, shift_id, story.ids[by], start, end))


def done(answer: Changed | Refused) -> int:
    assert isinstance(answer, Changed), answer
    assert answer.audit_id is not None
    return answer.audit_id


def told(story: Story, *times: datetime) -> list[str]:
    """Who is newly told that he takes the line, looking at those times."""
    for story.now in times:
        with story.engine.begin() as conn:
            handover.announce(conn, story.moment, story.house)
    return [f"{row.due_at.astimezone(PARIS):%H:%M} {NAMES[row.recipient]}" for row in story.messages()]


def test_a_colleague_for_some_hours_is_told_and_so_is_who_comes_back(story: Story) -> None:
    replaces(story, AMELIE, CHLOE, paris(23, 14), paris(23, 18))
    looks = paris(23, 13), paris(23, 14), paris(23, 15), paris(23, 18), paris(23, 18, 20)
    assert told(story, *looks) == ["14:00 Chloé", "18:00 Amélie"]


def test_who_takes_the_hours_that_follow_his_own_is_not_told_again(story: Story) -> None:
    replaces(story, BRUNO, AMELIE, EVENING, paris(23, 20))
    assert told(story, EVENING, paris(23, 19), paris(23, 20)) == ["20:00 Bruno"]


def test_who_was_told_is_not_told_again_when_his_shift_is_cut_and_made_whole_again(story: Story) -> None:
    assert told(story, EVENING) == ["18:30 Bruno"]
    change = replaces(story, BRUNO, CHLOE, paris(23, 22), paris(23, 23))
    assert told(story, paris(23, 18, 40)) == []
    with story.engine.begin() as conn:
        done(desk.undo(conn, story.moment, SOPHIE, story.ward_id, change))
    assert told(story, paris(23, 18, 50), paris(23, 22), paris(23, 23)) == []
