"""A reference is six digits that nobody else has; looking for one ends, whatever is taken."""

from itertools import islice

import pytest
from sqlalchemy import Engine, text

from callbacks import alarms, references
from callbacks.references import DRAWS, LOOKS, NoneLeft
from tests.callbacks.promised import Story

FEW = range(100_000, 100_008)


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def taken(story: Story, *wanted: int) -> None:
    """These are the references of requests, and no others are."""
    for reference in wanted:
        story.files()
        with story.engine.begin() as conn:
            moved = text("update requests set reference = :reference where id = :id")
            conn.execute(moved, {"reference": str(reference), "id": story.request_id})


def found(story: Story) -> list[str]:
    """What is offered where chance has found nothing."""
    with story.engine.begin() as conn:
        return list(islice(references.offered(conn, FEW), DRAWS, None))


def unlucky(story: Story, reference: str, times: int) -> None:
    """So often whatever is drawn turns out to be this one."""
    with story.engine.begin() as conn:
        conn.execute(
            text(
                "create function no_luck() returns trigger language plpgsql as $$ begin"
                f" if nextval('draws') <= {times} then new.reference := '{reference}'; end if; return new; end $$"
            )
        )
        conn.execute(text("create sequence draws"))
        conn.execute(text("create trigger no_luck before insert on requests for each row execute function no_luck()"))


def standing(story: Story) -> list[str]:
    with story.engine.begin() as conn:
        return [alarm.kind for alarm in alarms.standing(conn)]


@pytest.mark.parametrize("free", FEW)
def test_the_last_that_is_free_is_found_whichever_it_is(story: Story, free: int) -> None:
    taken(story, *(each for each in FEW if each != free))
    assert str(free) in found(story)


def test_what_is_free_is_offered_so_often_and_no_more(story: Story) -> None:
    taken(story, *(each for each in FEW if each not in (100_002, 100_005)))
    assert LOOKS < len(found(story)) <= 2 * LOOKS + 1


def test_where_all_are_taken_there_is_an_end(story: Story) -> None:
    taken(story, *FEW)
    assert found(story) == [str(FEW[0])]


def test_they_are_drawn_among_all_that_have_six_digits(story: Story) -> None:
    with story.engine.begin() as conn:
        drawn = list(islice(references.offered(conn), DRAWS))
    assert all(100_000 <= int(each) <= 999_999 for each in drawn)
    assert len(set(drawn)) > DRAWS / 2


def test_a_request_is_filed_when_chance_finds_nothing_and_the_operator_hears_of_it(story: Story) -> None:
    story.files()
    unlucky(story, story.view.reference, DRAWS)
    assert standing(story) == []
    first = story.view.id
    story.files()
    assert story.view.id != first
    assert standing(story) == ["references_scarce"]


def test_without_any_left_nothing_is_filed_and_it_is_said(story: Story) -> None:
    story.files()
    unlucky(story, story.view.reference, 1_000_000)
    with pytest.raises(NoneLeft):
        story.files()
