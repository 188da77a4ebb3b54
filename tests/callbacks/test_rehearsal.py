"""The dry run over last month: what a ladder would have asked of people, by what really happened to each request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from callbacks import ladder, last_month, rehearsal, requests
from callbacks.ladder import Channel, Ladder, Role
from callbacks.promise import Cover
from callbacks.rehearsal import Act, Climbed, Count, Figures, Past
from callbacks.states import Kind
from scheduling import store
from scheduling.rota import Person
from tests.callbacks.promised import AMELIE as AMELIE_PHONE
from tests.callbacks.promised import BRUNO as BRUNO_PHONE
from tests.callbacks.promised import Story
from tests.callbacks.rotas import (
    AMELIE,
    BRUNO,
    CHLOE,
    EMMA,
    LADDER,
    always,
    cover,
    left_alone,
    paris,
    request,
    ward,
)

USUAL = cover([ward()], always(AMELIE, BRUNO))
CLOSED_AT_NIGHT = cover([ward(opening="mon-fri 08:30-18:30")], always(AMELIE, BRUNO))
NOBODY = cover([ward()], [])
COVERED = cover([ward(opening="mon-fri 08:30-18:30", covered_by=2), ward(2)], always(EMMA, ward_id=2))
RUNGS = [ladder.written(rung) for rung in LADDER.rungs]


def changed(**rungs: dict[str, Any]) -> Ladder:
    """The house's ladder with these entries changed."""
    return Ladder(ladder.read({**entry, **rungs.get(entry["name"], {})} for entry in RUNGS))


def past(filed: datetime, *acts: Act, until: datetime | None = None, id: int = 1) -> Past:
    """A request of the past; without an end it was left alone for three days."""
    return Past(replace(request(filed), id=id), acts, until or filed + timedelta(days=3))


def figures(pasts: Sequence[Past], by: Ladder = LADDER, on_call: Cover = USUAL) -> Figures:
    return rehearsal.figures(pasts, lambda ward_id: on_call, by)


def claim(person: Person, at: datetime) -> Act:
    return Act(at, Kind.CLAIMED, person)


def rungs(climbed: Sequence[Climbed]) -> list[str]:
    return [each.rung for each in climbed]


# One request --------------------------------------------------------------------------------------------------------

STARTS = [paris(23, 11), paris(23, 21), paris(27, 18), paris(28, 3)]
ROTAS = {"usual": USUAL, "closed": CLOSED_AT_NIGHT, "nobody": NOBODY, "covered": COVERED}


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("rota", ROTAS)
@pytest.mark.parametrize("claimed", [None, 5, 300], ids=["unclaimed", "soon", "late"])
def test_a_rehearsal_climbs_as_the_ladder_is_climbed(start: datetime, rota: str, claimed: int | None) -> None:
    at = None if claimed is None else (AMELIE, start + timedelta(minutes=claimed))
    acts = [] if at is None else [claim(*at)]
    view = request(start)
    real = list(islice(left_alone(view, ROTAS[rota], claim=at), 10))
    tried = list(islice(rehearsal.climbs(view, ROTAS[rota], LADDER, start + timedelta(days=9), acts), 10))
    assert [(each.rung, each.at, each.alerts) for each in tried] == [(each.rung, each.at, each.alerts) for each in real]


def test_nothing_is_climbed_once_it_was_closed() -> None:
    closed = paris(23, 20)
    climbed = list(rehearsal.climbs(request(paris(23, 11)), USUAL, LADDER, closed))
    assert rungs(climbed) == ["first", "again", "second"]


TAKEN, BACK = claim(AMELIE, paris(23, 11, 10)), Act(paris(23, 12), Kind.RELEASED, AMELIE)
PUT_OFF = Act(paris(23, 11, 20), Kind.POSTPONED, AMELIE, until=paris(23, 18))
GIVEN_BACK = {
    "it goes on as it was": ([TAKEN, BACK], [("first", paris(23, 11)), ("second", paris(23, 17))]),
    "what was put off is made up for": (
        [TAKEN, PUT_OFF, BACK],
        [("first", paris(23, 11)), ("again", paris(23, 12)), ("second", paris(23, 17))],
    ),
}


@pytest.mark.parametrize(("acts", "expected"), GIVEN_BACK.values(), ids=GIVEN_BACK)
def test_what_is_given_back_goes_on_where_it_stood(acts: list[Act], expected: list[tuple[str, datetime]]) -> None:
    climbed = rehearsal.climbs(request(paris(23, 11)), USUAL, LADDER, paris(23, 20), acts)
    assert [(each.rung, each.at) for each in climbed] == expected


def test_who_puts_a_try_off_is_not_reminded_until_then() -> None:
    acts = [claim(AMELIE, paris(23, 11, 10)), Act(paris(23, 11, 20), Kind.POSTPONED, AMELIE, until=paris(23, 19))]
    climbed = list(rehearsal.climbs(request(paris(23, 11)), USUAL, LADDER, paris(24, 11), acts))
    assert rungs(climbed)[:3] == ["first", "both", "head"]


# Figures ------------------------------------------------------------------------------------------------------------


def test_alerts_are_counted_by_role_and_channel_by_day_and_by_night() -> None:
    found = figures([past(paris(23, 11), until=paris(24, 11, 1))])
    assert found.alerts == {
        (Role.SENIOR, Channel.SMS): Count(2, night=1),  # at 11:00, and at 23:00
        (Role.SENIOR, Channel.CALL): Count(1),
        (Role.SECOND, Channel.SMS): Count(2, night=1),
        (Role.HEAD, Channel.SMS): Count(2),
        (Role.HEAD, Channel.CALL): Count(1),
        (Role.COORDINATOR, Channel.SMS): Count(2),
    }
    assert (found.total, found.to_head, found.overdue) == (Count(10, night=2), 1, 1)


def test_a_ladder_that_calls_the_head_sooner_is_seen_to() -> None:
    month = [past(paris(23, 9), until=paris(23, 19), id=1), past(paris(24, 9), until=paris(24, 10), id=2)]
    sooner = changed(second={"to": ["head"]})
    assert figures(month).to_head == 0
    assert figures(month, sooner).to_head == 1
    assert figures(month, sooner).count(Role.HEAD, Channel.SMS) == Count(1)
    assert figures(month, sooner).count(Role.SECOND, Channel.SMS) == Count(0)


def test_an_alert_that_waits_for_the_morning_is_dropped_when_somebody_claims_before() -> None:
    on_call = cover([ward(head=CHLOE)], always(AMELIE))
    rung = {"to": ["senior", "head"]}
    by = changed(both=rung)
    asleep = past(paris(23, 11), until=paris(24, 10))
    claimed = past(paris(23, 11), claim(AMELIE, paris(24, 1)), until=paris(24, 10))
    both = next(each for each in rehearsal.climbs(asleep.view, on_call, by, paris(24, 7)) if each.rung == "both")
    assert [alert.at for alert in both.alerts if alert.person == CHLOE] == [paris(24, 8)]
    told = [figures([each], by, on_call).count(Role.HEAD, Channel.SMS).all for each in (asleep, claimed)]
    assert told == [2, 1]  # of the head's own rung he hears either way


def test_the_busiest_hour_is_any_sixty_minutes_of_one_person() -> None:
    month = [past(paris(23, 9, minute), until=paris(23, 9, minute + 5), id=minute) for minute in (10, 30, 50)]
    month += [past(paris(23, 10, 5), until=paris(23, 10, 8), id=4), past(paris(23, 15), until=paris(23, 15, 5), id=5)]
    found = figures(month).busiest
    assert found is not None
    assert (found.count, found.person, found.at) == (4, AMELIE, paris(23, 9, 10))
    exactly_an_hour = [past(paris(23, 9), until=paris(23, 9, 5)), past(paris(23, 10), until=paris(23, 10, 5), id=2)]
    again = figures(exactly_an_hour).busiest
    assert again is not None
    assert again.count == 1


def test_a_month_without_requests_has_no_figures() -> None:
    assert figures([]) == Figures({}, 0, 0, None)


MINUTES = st.integers(0, 5 * 24 * 60)


@st.composite
def lives(draw: st.DrawFn) -> list[Past]:
    """Requests as they go: claimed, given back, taken again, put off, closed or not."""
    found = []
    for id in range(draw(st.integers(0, 5))):
        filed = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=draw(MINUTES))
        acts: list[Act] = []
        at = filed
        for kind in draw(st.lists(st.sampled_from(["claim", "postpone", "release"]), max_size=4)):
            at += timedelta(minutes=draw(st.integers(1, 600)))
            who = draw(st.sampled_from([AMELIE, BRUNO, CHLOE, EMMA]))
            held = acts and acts[-1].kind is not Kind.RELEASED
            if kind == "claim":
                acts.append(Act(at, Kind.ACCEPTED if held else Kind.CLAIMED, who))
            elif held:
                until = at + timedelta(minutes=draw(st.integers(1, 600)))
                acts.append(Act(at, Kind.RELEASED if kind == "release" else Kind.POSTPONED, who, until))
        found.append(past(filed, *acts, until=filed + timedelta(minutes=draw(st.integers(1, 3000))), id=id))
    return found


@settings(max_examples=40, deadline=None)
@given(month=lives(), rota=st.sampled_from(list(ROTAS)))
def test_the_same_ladder_gives_the_same_figures_in_whatever_order(month: list[Past], rota: str) -> None:
    on_call = ROTAS[rota]
    before = figures(month, LADDER, on_call)
    assert figures(list(reversed(month)), Ladder(ladder.read(RUNGS)), on_call) == before
    assert figures(month, changed(head={"share": 0.51}), on_call).overdue == before.overdue
    assert 0 <= before.total.night <= before.total.all
    assert before.busiest is None or 1 <= before.busiest.count <= before.total.all


# Out of the register ------------------------------------------------------------------------------------------------


def told(story: Story) -> dict[tuple[str, str], int]:
    """What was really sent to the ward, by role and channel."""
    query = """
        select alert ->> 'role' as role, alert ->> 'channel' as channel, count(*) as number
        from events, jsonb_array_elements(detail -> 'told') as alert where kind = 'rung' group by 1, 2"""
    with story.engine.connect() as conn:
        return {(row.role, row.channel): row.number for row in conn.execute(text(query))}


def rehearsed(story: Story, by: Ladder = LADDER) -> Figures:
    with story.engine.begin() as conn:
        month = last_month.read(conn, [story.ward_id], "advice", story.now)
        return rehearsal.figures(month.pasts, month.cover, by)


def test_the_rehearsal_of_what_really_was_is_what_really_was(database: Engine) -> None:
    story = Story(database)
    story.files()
    story.after(hours=2)
    story.claims(AMELIE_PHONE)
    story.after(hours=3)
    story.gives_back(AMELIE_PHONE)
    story.after(hours=9)
    story.claims(BRUNO_PHONE)
    story.after(hours=4)
    story.hears_everything()
    story.closes(BRUNO_PHONE)
    story.files("+33639980102")
    story.after(hours=30)
    alerts = rehearsed(story).alerts.items()
    assert {(role.name.lower(), channel.value): count.all for (role, channel), count in alerts} == told(story)


def test_what_was_reopened_counts_until_its_first_end(database: Engine) -> None:
    story = Story(database)
    story.files(message=False)
    story.after(minutes=1)
    story.claims(AMELIE_PHONE)
    story.closes(AMELIE_PHONE)
    with database.begin() as conn:
        requests.reopen(conn, story.request_id, story.moment)
    story.after(hours=40)
    assert story.view.last_rung == "due"
    assert rehearsed(story).total == Count(1)


def test_a_month_is_read_in_a_few_statements(database: Engine, counted: list[str]) -> None:
    story = Story(database)
    for caller in range(12):
        story.files(f"+336399801{caller:02}", message=False)
    story.after(hours=30)
    del counted[:]
    found = rehearsed(story)
    assert found.overdue == 12
    assert len(counted) <= 6, counted


def test_beyond_the_most_the_latest_are_taken(database: Engine) -> None:
    story = Story(database)
    first = story.files()
    story.after(hours=1)
    second = story.files("+33639980102")
    with database.begin() as conn:
        everything = last_month.read(conn, [story.ward_id], "advice", story.now)
        latest = last_month.read(conn, [story.ward_id], "advice", story.now, most=1)
        later = last_month.read(conn, [story.ward_id], "advice", story.now + timedelta(days=31))
    assert sorted(each.view.id for each in everything.pasts) == [first, second]
    assert [each.view.id for each in latest.pasts] == [second]
    assert (everything.left_out, latest.left_out, len(later.pasts)) == (0, 1, 0)


def test_who_was_on_call_then_is_looked_up_as_it_is_asked(database: Engine) -> None:
    story = Story(database)
    covering = story.opens_ward("urgences", "Urgences")
    story.changes_ward(opening="mon-fri 08:30-18:30", covered_by_id=covering)
    story.empties_the_rota()
    story.puts_on_call(AMELIE_PHONE, 1, start=paris(23, 8), end=paris(23, 14))
    story.puts_on_call(BRUNO_PHONE, 1, covering, start=paris(23, 12), end=paris(25, 2))
    start, end = paris(22, 0), paris(26, 0)
    with database.begin() as conn:
        looked_up = last_month.covers(conn, [story.ward_id], start, end)[story.ward_id]
        for hours in range(-5, 110):
            at = (start + timedelta(hours=hours, minutes=30)).astimezone(UTC)
            asked = store.on_call(conn, story.ward_id, at)
            assert replace(looked_up(at), at=at) == asked, at
