"""Hand-over: who begins a shift hears until when, and how many requests are open; who leaves closes or gives back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from callbacks import climb, handover
from config.texts import gsm7
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, Story
from tests.callbacks.rotas import PARIS, paris

EIGHT = paris(24, 8, 30)
EVENING = paris(23, 18, 30)


@pytest.fixture
def story(database: Engine) -> Story:
    """Amélie until 18:30, Bruno through the night, Amélie again from 08:30."""
    story = Story(database)
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
    assert told.body.startswith("Rappel24 : vous prenez la ligne Cardio")
    assert f" jusqu'à 8h30. Demandes ouvertes (2) : {references}." in told.body
    assert "https://r24.example/r/" in told.body
    assert announces(story, paris(23, 19), times=3) == []


def test_nothing_is_open_and_he_hears_until_when_the_line_is_his(story: Story) -> None:
    story.now = EVENING
    with story.engine.begin() as conn:
        assert handover.announce(conn, story.moment, story.house) == 1
    [told] = story.messages()
    assert told.body == "Rappel24 : vous prenez la ligne Cardiologie jusqu'à 8h30. Aucune demande n'est ouverte."
    assert (told.recipient, told.due_at) == (BRUNO, EVENING)  # no hour is quiet for who is on call
    assert announces(story, paris(23, 18, 35), times=3) == []


def test_a_ward_may_do_without_the_message_and_is_told_of_requests_all_the_same(story: Story) -> None:
    story.changes_ward(announces_shift=False)
    assert announces(story, EVENING) == []
    story.now = paris(24, 7)
    story.files()
    assert announces(story, EIGHT) == ["08:30 shift_start sms to Amélie"]


@pytest.mark.parametrize(("minute", "told"), [(59, 1), (1, 0)], ids=["29 minutes late", "31 minutes late"])
def test_that_a_shift_has_begun_is_no_news_half_an_hour_later(story: Story, minute: int, told: int) -> None:
    at = paris(23, 18, minute) if told else paris(23, 19, minute)
    assert len(announces(story, at)) == told


def test_several_looks_at_once_write_one_message(story: Story) -> None:
    story.now = EVENING

    def look(_: int) -> int:
        with story.engine.begin() as conn:
            return handover.announce(conn, story.moment, story.house)

    with ThreadPoolExecutor(4) as ticks:
        assert sum(ticks.map(look, range(8))) == 1
    assert story.written() == ["18:30 shift_start sms to Bruno"]


def test_who_takes_over_for_some_hours_is_told_and_so_is_who_comes_back(story: Story) -> None:
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=paris(24, 8, 30), end=paris(24, 14))
    story.puts_on_call(BRUNO, start=paris(24, 14), end=paris(24, 18))
    story.puts_on_call(AMELIE, start=paris(24, 18), end=paris(24, 18, 30))
    assert announces(story, paris(24, 14, 5)) == ["14:05 shift_start sms to Bruno"]
    assert announces(story, paris(24, 18)) == ["18:00 shift_start sms to Amélie"]


def test_shifts_that_follow_each_other_are_one_to_who_holds_them(story: Story) -> None:
    story.puts_on_call(AMELIE, start=paris(24, 18, 30), end=paris(27, 8, 30))
    story.now = EIGHT
    announces(story, EIGHT)
    with story.engine.begin() as conn:
        body = conn.execute(text("select body from outbox where recipient = :a"), {"a": AMELIE}).scalar_one()
    assert "jusqu'au 27/11 à 8h30." in body
    assert announces(story, paris(24, 18, 30)) == []


@pytest.mark.parametrize(
    ("start", "hours", "until"),
    [
        (datetime(2027, 3, 27, 18, 30, tzinfo=PARIS), 13, "jusqu'à 8h30"),
        (datetime(2027, 10, 30, 18, 30, tzinfo=PARIS), 15, "jusqu'à 8h30"),
    ],
    ids=["spring forward", "fall back"],
)
def test_the_night_of_the_clock_change_ends_when_the_clock_says(
    story: Story, start: datetime, hours: int, until: str
) -> None:
    story.empties_the_rota()
    begins = start.astimezone(story.moment.now.tzinfo)
    story.puts_on_call(BRUNO, start=begins, end=begins + timedelta(hours=hours))
    story.now = begins
    with story.engine.begin() as conn:
        handover.announce(conn, story.moment, story.house)
    assert until in story.messages()[-1].body


def test_what_comes_in_during_the_shift_is_no_hand_over(story: Story) -> None:
    assert announces(story, EVENING) == ["18:30 shift_start sms to Bruno"]
    story.now = paris(23, 18, 31)
    story.files()
    assert announces(story, paris(23, 18, 35)) == []


def test_who_goes_on_takes_nothing_over(story: Story) -> None:
    story.puts_on_call(AMELIE, start=paris(24, 18, 30), end=paris(25, 8, 30))
    story.now = paris(24, 12)
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(24, 18, 30)) == []


def test_each_who_begins_is_told_but_of_the_requests_only_the_first(story: Story) -> None:
    story.files()
    story.puts_on_call(CHLOE, rank=2, start=EVENING, end=EIGHT)
    story.now = EVENING
    with story.engine.begin() as conn:
        handover.announce(conn, story.moment, story.house)
    bodies = {message.recipient: message.body for message in story.messages() if message.purpose == "shift_start"}
    assert "Demandes ouvertes (1)" in bodies[BRUNO]
    assert bodies[CHLOE] == "Rappel24 : vous devenez senior de recours (rang 2), ligne Cardiologie jusqu'à 8h30."
    assert [gsm7.segments(body) for body in bodies.values()] == [1, 1]


def test_who_moves_up_to_the_first_rank_takes_the_line_then(story: Story) -> None:
    story.empties_the_rota()
    story.puts_on_call(CHLOE, rank=2, start=EVENING, end=paris(23, 20))
    story.puts_on_call(CHLOE, rank=1, start=paris(23, 20), end=EIGHT)
    story.puts_on_call(BRUNO, rank=1, start=EVENING, end=paris(23, 20))
    assert announces(story, EVENING) == ["18:30 shift_start sms to Bruno", "18:30 shift_start sms to Chloé"]
    assert announces(story, paris(23, 20)) == ["20:00 shift_start sms to Chloé"]


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


def test_who_texted_stop_is_phoned_also_when_nothing_is_open(story: Story) -> None:
    story.knows_stop_of(BRUNO)
    assert announces(story, EVENING) == ["18:30 shift_start call to Bruno"]


def test_who_is_called_in_any_case_is_not_called_twice(story: Story) -> None:
    story.changes_ward(asks_presence=True)
    story.knows_stop_of(BRUNO)
    assert announces(story, EVENING) == []


def test_a_message_that_does_not_arrive_is_told_by_voice_once(story: Story) -> None:
    announces(story, EVENING)
    for _ in range(2):
        story.loses("shift_start")
    assert story.written() == ["18:30 shift_start call to Bruno"]


def test_a_shift_message_refused_by_stop_is_an_alarm(story: Story) -> None:
    announces(story, EVENING)
    story.loses("shift_start", error=climb.REFUSED_BY_STOP)
    assert story.alarms() == ["opted_out"]
    assert story.written() == ["18:30 shift_start call to Bruno"]
