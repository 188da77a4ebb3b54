"""Hand-over (design 3): the incoming senior hears how many are open, the outgoing one closes or gives back."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from callbacks import handover
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, Story
from tests.callbacks.rotas import paris

EIGHT = paris(24, 8, 30)
EVENING = paris(23, 18, 30)


@pytest.fixture
def story(emptied: Engine) -> Story:
    """Amélie until 18:30, Bruno through the night, Amélie again from 08:30."""
    story = Story(emptied)
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=EVENING)
    story.puts_on_call(BRUNO, start=EVENING, end=EIGHT)
    story.puts_on_call(AMELIE, start=EIGHT, end=paris(24, 18, 30))
    return story


def announces(story: Story, at: datetime, times: int = 1) -> list[str]:
    """What is written about a hand-over at that time, however often one looks."""
    story.now = at
    story.messages()
    for _ in range(times):
        with story.engine.begin() as conn:
            handover.announce(conn, story.moment, story.house)
    return story.written()


def test_the_incoming_senior_hears_once_how_many_are_open_and_which(story: Story) -> None:
    first, second = story.files(), story.files()
    story.now = EVENING
    with story.engine.begin() as conn:
        assert handover.announce(conn, story.moment, story.house) == 1
    told = story.messages()[-1]
    references = ", ".join(story.view_of(request_id).reference for request_id in (first, second))
    assert told.body.startswith(f"Rappel24 : vous prenez la ligne Cardiologie. Demandes ouvertes (2) : {references}.")
    assert "https://r24.example/r/" in told.body
    assert announces(story, paris(23, 19), times=3) == []


def test_nothing_open_nothing_said(story: Story) -> None:
    assert announces(story, EVENING) == []


def test_what_comes_in_during_the_shift_is_no_hand_over(story: Story) -> None:
    story.now = paris(23, 18, 31)
    story.files()
    assert announces(story, paris(23, 18, 35)) == []


def test_who_goes_on_takes_nothing_over(story: Story) -> None:
    story.puts_on_call(AMELIE, start=paris(24, 18, 30), end=paris(25, 8, 30))
    story.now = paris(24, 12)
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(24, 18, 30)) == []


def test_only_the_first_of_the_rota_is_told(story: Story) -> None:
    story.files()
    story.puts_on_call(CHLOE, rank=2, start=EVENING, end=EIGHT)
    assert announces(story, EVENING) == ["18:30 shift_start sms to Bruno"]


def test_the_outgoing_senior_is_reminded_of_what_he_has_in_hand(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(23, 18, 14)) == []
    assert announces(story, paris(23, 18, 15), times=2) == ["18:15 shift_end sms to Amélie"]
    assert announces(story, EVENING) == ["18:30 shift_start sms to Bruno"]


def test_who_left_long_ago_is_reminded_by_day(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(23, 22)) == [
        "22:00 shift_start sms to Bruno",
        "22:00 shift_end sms to Amélie at 08:00",
    ]


def test_who_texted_stop_is_phoned(story: Story) -> None:
    story.files()
    story.knows_stop_of(BRUNO)
    assert announces(story, EVENING) == ["18:30 shift_start call to Bruno"]
