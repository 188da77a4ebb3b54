"""Hand-over: who begins a shift hears until when, and how many requests are open; who leaves closes or gives back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from callbacks import climb, handover
from callbacks.states import Kind
from callbacks.tables import outbox
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


@pytest.mark.parametrize("live_from", [None, paris(23, 19)], ids=["no date", "later"])
def test_who_begins_a_shift_in_a_ward_that_gps_do_not_reach_yet_is_left_in_peace(
    story: Story, live_from: datetime | None
) -> None:
    story.changes_ward(live_from=live_from)
    assert announces(story, EVENING) == []


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
        body = conn.execute(select(outbox.c.body).where(outbox.c.recipient == AMELIE)).scalar_one()
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


def test_who_has_left_is_asked_for_it_all_the_same_when_nobody_looked_in_time(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(23, 18, 45)) == [
        "18:45 shift_start sms to Bruno",
        "18:45 shift_end sms to Amélie",
    ]


# Half an hour after the end it goes back --------------------------------------------------------------------------


def test_what_was_claimed_and_not_closed_goes_back_half_an_hour_after_the_shift(story: Story) -> None:
    story.files()
    story.works()
    story.claims(AMELIE)
    announces(story, EVENING)
    assert announces(story, paris(23, 18, 59)) == []
    assert story.view.state == "claimed"
    assert announces(story, paris(23, 19), times=3) == ["19:00 given_back sms to Amélie"]
    assert story.view.state == "open"
    story.works()
    returned = [message for message in story.messages() if message.purpose == "returned"]
    assert [message.recipient for message in returned] == [BRUNO]
    assert "rendue en fin de garde" in returned[0].body
    assert story.happened(Kind.RELEASED) == 1


def test_what_goes_back_is_named_to_who_had_it_and_at_night_he_sleeps(story: Story) -> None:
    first, second = story.files(), story.files()
    for story.request_id in (first, second):
        story.claims(AMELIE)
    story.messages()
    story.now = paris(23, 22)  # nobody looked since 18:00
    with story.engine.begin() as conn:
        handover.announce(conn, story.moment, story.house)
    told = next(message for message in story.messages() if message.recipient == AMELIE)
    assert (told.purpose, told.due_at) == ("given_back", paris(24, 8))
    assert [story.view_of(id).reference in told.body for id in (first, second)] == [True, True]
    assert gsm7.segments(told.body) == 1


def test_who_asked_in_the_evening_is_not_asked_in_the_morning_for_what_went_back(story: Story) -> None:
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=paris(23, 20))
    story.files()
    story.claims(AMELIE)
    assert announces(story, paris(23, 20, 5)) == ["20:05 shift_end sms to Amélie at 08:00"]
    assert announces(story, paris(23, 20, 31)) == ["20:31 given_back sms to Amélie at 08:00"]
    with story.engine.begin() as conn:
        states = conn.execute(text("select purpose, state from outbox where due_at = :at"), {"at": paris(24, 8)})
        assert sorted(tuple(row) for row in states) == [("given_back", "waiting"), ("shift_end", "dropped")]


def test_an_outage_of_days_is_made_up_for(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    with story.engine.begin() as conn:
        conn.execute(text("delete from shifts where lower(during) = :at"), {"at": EIGHT})
    assert announces(story, paris(26, 10)) == ["10:00 given_back sms to Amélie"]
    assert story.view.state == "open"


def test_who_is_on_duty_again_when_somebody_looks_keeps_what_he_has(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    announces(story, paris(24, 10))
    assert story.view.claimed_by == story.ids[AMELIE]


def test_who_goes_on_keeps_what_he_has(story: Story) -> None:
    story.puts_on_call(AMELIE, rank=2, start=EVENING, end=EIGHT)
    story.files()
    story.claims(AMELIE)
    announces(story, paris(23, 22))
    assert story.view.claimed_by == story.ids[AMELIE]


def test_who_goes_on_for_the_ward_that_covers_keeps_what_he_has(story: Story) -> None:
    cover = story.opens_ward("urgences", "Urgences")
    story.changes_ward(covered_by_id=cover)
    story.puts_on_call(AMELIE, ward_id=cover, start=EVENING, end=EIGHT)
    story.files()
    story.claims(AMELIE)
    announces(story, paris(23, 22))
    assert story.view.claimed_by == story.ids[AMELIE]


def test_who_was_never_on_the_rota_keeps_what_he_has(story: Story) -> None:
    story.files()
    story.claims(CHLOE)
    announces(story, paris(24, 20))
    assert story.view.claimed_by == story.ids[CHLOE]


def test_who_claims_after_his_shift_keeps_what_he_has(story: Story) -> None:
    story.files()
    story.now = paris(23, 19, 30)
    story.claims(AMELIE)
    announces(story, paris(23, 22))
    assert story.view.claimed_by == story.ids[AMELIE]


def test_nothing_goes_back_while_the_two_are_on_the_telephone(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    ids = {"request": story.request_id, "person": story.ids[AMELIE], "now": story.now}
    with story.engine.begin() as conn:
        conn.execute(
            text("insert into bridges (request_id, person_id, how, asked_at) values (:request, :person, 'page', :now)"),
            ids,
        )
    announces(story, paris(23, 19, 5))
    assert story.view.state == "claimed"
    with story.engine.begin() as conn:
        conn.execute(text("update bridges set outcome = 'no-answer'"))
    announces(story, paris(23, 19, 6))
    assert story.view.state == "open"


def test_who_texted_stop_is_not_telephoned_about_what_went_back(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.knows_stop_of(AMELIE)
    assert announces(story, paris(23, 19)) == ["19:00 shift_start sms to Bruno"]
    assert story.view.state == "open"


def test_several_looks_at_once_give_it_back_once(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.now = paris(23, 19)

    def look(_: int) -> None:
        with story.engine.begin() as conn:
            handover.announce(conn, story.moment, story.house)

    with ThreadPoolExecutor(4) as ticks:
        list(ticks.map(look, range(8)))
    assert story.happened(Kind.RELEASED) == 1
    assert [line for line in story.written() if "given_back" in line] == ["19:00 given_back sms to Amélie"]


# Through the ward that covers -------------------------------------------------------------------------------------


@pytest.fixture
def covered(story: Story) -> Story:
    """Cardiology closes at 18:30; then the emergency ward answers, where Chloé and after her Bruno are on call."""
    cover = story.opens_ward("urgences", "Urgences")
    story.empties_the_rota()
    story.changes_ward(opening="mon-fri 08:30-18:30", covered_by_id=cover)
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=EVENING)
    story.puts_on_call(CHLOE, ward_id=cover, start=paris(23, 8), end=paris(23, 20))
    story.puts_on_call(BRUNO, ward_id=cover, start=paris(23, 20), end=EIGHT)
    return story


def test_who_begins_for_a_ward_that_covers_hears_what_is_open_in_those_that_are_closed(covered: Story) -> None:
    covered.files()
    covered.messages()
    covered.now = paris(23, 20)
    with covered.engine.begin() as conn:
        handover.announce(conn, covered.moment, covered.house)
    told = next(message for message in covered.messages() if message.recipient == BRUNO)
    assert told.body.startswith("Rappel24 : vous prenez la ligne Urgences")
    assert covered.view.reference in told.body


def test_who_begins_while_the_covered_ward_is_open_hears_nothing_of_it(covered: Story) -> None:
    with covered.engine.begin() as conn:
        conn.execute(
            text("update shifts set during = tstzrange(:nine, :end) where lower(during) = :eight"),
            {"eight": paris(23, 8), "nine": paris(23, 9), "end": paris(23, 20)},
        )
    covered.now = paris(23, 8, 45)
    covered.files()
    covered.messages()
    covered.now = paris(23, 9)
    with covered.engine.begin() as conn:
        handover.announce(conn, covered.moment, covered.house)
    bodies = {message.recipient: message.body for message in covered.messages()}
    assert bodies[CHLOE] == "Rappel24 : vous prenez la ligne Urgences jusqu'à 20h00. Aucune demande n'est ouverte."


def test_a_request_is_named_once_to_who_begins_for_both_wards(covered: Story) -> None:
    covered.empties_the_rota()
    with covered.engine.begin() as conn:
        cover = conn.execute(text("select max(id) from wards")).scalar_one()
    for ward_id in (covered.ward_id, cover):
        covered.puts_on_call(BRUNO, ward_id=ward_id, start=paris(23, 20), end=EIGHT)
    covered.files()
    covered.messages()
    covered.now = paris(23, 20)
    with covered.engine.begin() as conn:
        handover.announce(conn, covered.moment, covered.house)
    bodies = [message.body for message in covered.messages() if message.recipient == BRUNO]
    assert [covered.view.reference in body for body in bodies] == [True, False]
    assert "Cardiologie" in bodies[0]


def test_what_was_claimed_for_the_covered_ward_is_asked_for_and_goes_back(covered: Story) -> None:
    covered.now = paris(23, 19)
    covered.files()
    covered.claims(CHLOE)
    assert announces(covered, paris(23, 19, 46)) == ["19:46 shift_end sms to Chloé"]
    assert announces(covered, paris(23, 20, 30)) == [
        "20:30 given_back sms to Chloé at 08:00",
        "20:30 shift_start sms to Bruno",
    ]
    assert covered.view.state == "open"


# Who cannot be texted ---------------------------------------------------------------------------------------------


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


def test_what_others_have_in_hand_is_not_read_to_find_what_goes_back(story: Story) -> None:
    copied = ("ward_id", "channel", "created_at", "due_at", "next_rung", "next_step_at", "state", "claimed_by")
    many = f"""
        insert into requests (reference, claimed_at, {", ".join(copied)})
        select cast(200000 + n as text), claimed_at, {", ".join(copied)} from requests, generate_series(1, 3000) n"""
    story.files()
    story.claims(CHLOE)
    # Amélie and Bruno have left; neither has anything in hand.
    values = {"now": paris(24, 12), "oldest": paris(17, 12), "until": paris(24, 11, 30)}
    with story.engine.begin() as conn:
        conn.execute(text(many))
        conn.execute(text("analyze"))
        [plan] = conn.execute(text(f"explain (analyze, format json) {handover._LEFT.text}"), values).scalar_one()
    assert _read(plan["Plan"], "requests") < 100


def _read(node: dict[str, Any], table: str) -> int:
    """Rows of this table that were read, those that were thrown away again among them."""
    passed = node["Actual Rows"] + sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    own = passed * node["Actual Loops"] if node.get("Relation Name") == table else 0
    return int(own) + sum(_read(each, table) for each in node.get("Plans", ()))
