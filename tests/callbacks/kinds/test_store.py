"""Which rules count in a hospital, which team owes what is asked, and whom its ladder tells."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text

from callbacks import board
from callbacks.board import Asked
from callbacks.commitment_tables import kinds as rows
from callbacks.kinds import clocks, store
from callbacks.kinds.kind import BadKind, Kind, defaults, settings
from callbacks.kinds.store import Saved, Stale
from scheduling import store as house
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards
from tests.callbacks.promised import CHLOE, DENIS, EMMA, Story
from tests.callbacks.rotas import paris

ADMIN = Actor(None, "Admin")
TWO_DAYS = replace(defaults()["letter"], clock=clocks.parse("2 working days"))


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def opens_desk(story: Story, slug: str, role: str, **columns: object) -> int:
    """A line of this role, with Emma on call, Chloé above her."""
    above = {"head_id": story.ids[CHLOE], "coordinator_id": story.ids[DENIS]}
    desk_id = story.opens_ward(slug, slug.title(), role=role, **above, **columns)
    story.puts_on_call(EMMA, ward_id=desk_id)
    return desk_id


def here(story: Story) -> house.Hospital:
    with story.engine.begin() as conn:
        return house.hospitals(conn)[0]


def saves(story: Story, draft: Kind, seen: str = "", *, everywhere: bool = False) -> Saved | Stale:
    with story.engine.begin() as conn:
        return store.save(conn, story.moment, ADMIN, None if everywhere else here(story), draft, seen)


def resets(story: Story, code: str, *, everywhere: bool = False) -> bool:
    with story.engine.begin() as conn:
        return store.reset(conn, story.moment, ADMIN, None if everywhere else here(story), code)


def counts(story: Story, code: str) -> Kind:
    with story.engine.begin() as conn:
        return store.of_ward(conn, story.ward_id, code)


def stores(story: Story, code: str, said: object) -> None:
    """What another release wrote."""
    with story.engine.begin() as conn:
        conn.execute(insert(rows).values(code=code, settings=said, changed_at=story.now))


# Who owes it ------------------------------------------------------------------------------------------------------


def test_an_admission_and_a_letter_each_land_on_their_team_with_their_own_clock(story: Story) -> None:
    beds = opens_desk(story, "beds", "bed_desk", opening="mon-fri 08:30-18:30")
    letters = opens_desk(story, "letters", "secretariat", opening="mon-fri 08:30-18:30")
    for kind in ("advice", "admission", "letter"):
        story.files(message=False, kind=kind)
    advice, admission, letter = (story.view_of(story.request_id - back) for back in (2, 1, 0))
    assert [each.ward_id for each in (advice, admission, letter)] == [story.ward_id, beds, letters]
    assert [each.about for each in (advice, admission, letter)] == [None, "Cardiologie", "Cardiologie"]
    assert [each.due_at for each in (advice, admission, letter)] == [paris(24, 11), paris(23, 13), paris(24, 11)]


def test_where_a_hospital_has_no_such_line_the_ward_owes_it(story: Story) -> None:
    story.files(message=False, kind="admission")
    assert (story.view.ward_id, story.view.about_id) == (story.ward_id, None)


def test_of_two_bed_desks_the_one_that_was_chosen_answers_and_without_a_choice_the_ward(story: Story) -> None:
    first, second = (opens_desk(story, slug, "bed_desk") for slug in ("north", "south"))
    with story.engine.begin() as conn:
        assert store.team_of(conn, story.ward_id, "bed_desk") == story.ward_id
        conn.execute(
            text("insert into desks (ward_id, role, desk_id) values (:ward, 'bed_desk', :desk)"),
            {"ward": story.ward_id, "desk": second},
        )
        assert store.team_of(conn, story.ward_id, "bed_desk") == second
        assert store.team_of(conn, story.ward_id, "ward") == story.ward_id
    assert first != second


def test_a_desk_of_another_hospital_answers_for_nobody_here(story: Story) -> None:
    with story.engine.begin() as conn:
        other = conn.execute(insert(hospitals).values(name="Avicenne").returning(hospitals.c.id)).scalar_one()
        conn.execute(insert(wards).values(slug="a", name="A", keypad="222", hospital_id=other, role="bed_desk"))
        assert store.team_of(conn, story.ward_id, "bed_desk") == story.ward_id


def test_the_team_is_told_of_what_it_owes_and_pressed_for_a_bed_within_the_hour(story: Story) -> None:
    opens_desk(story, "beds", "bed_desk")
    story.files(message=False, kind="admission")
    story.at(paris(23, 12, 20))
    told = [line for line in story.written() if "Emma" in line or "Chloé" in line]
    assert told == [
        "11:00 alert sms to Emma",
        "11:15 reminder call to Emma",
        *told[2:],
    ]
    assert any("to Chloé" in line for line in told)


def test_a_kind_that_only_another_release_knows_is_owed_by_the_ward_as_advice_is(story: Story) -> None:
    story.files(message=False, kind="telepathy")
    assert (story.view.ward_id, story.view.due_at) == (story.ward_id, paris(24, 11))


# What counts ------------------------------------------------------------------------------------------------------


def test_a_hospitals_own_rule_wins_over_every_hospitals_and_that_over_the_file(story: Story) -> None:
    everywhere = replace(defaults()["letter"], clock=clocks.parse("3 working days"))
    assert counts(story, "letter") == defaults()["letter"]
    assert saves(story, everywhere, everywhere=True) == Saved(changed=True)
    assert counts(story, "letter") == everywhere
    saves(story, TWO_DAYS)
    assert counts(story, "letter") == TWO_DAYS
    assert resets(story, "letter")
    assert counts(story, "letter") == everywhere
    assert resets(story, "letter", everywhere=True)
    assert counts(story, "letter") == defaults()["letter"]
    assert not resets(story, "letter", everywhere=True)
    with story.engine.begin() as conn:
        said = [line.what for line in trail.read(conn)]
    assert said == ["kind.reset", "kind.reset", "kind.changed", "kind.changed"]


def test_what_is_on_file_keeps_the_time_it_was_promised(story: Story) -> None:
    story.files(message=False, kind="letter")
    saves(story, TWO_DAYS)
    assert story.view.due_at == paris(24, 11)
    story.files(message=False, kind="letter")
    assert story.view.due_at == paris(25, 11)


def test_two_kinds_never_have_one_key(story: Story) -> None:
    with pytest.raises(BadKind, match="“32”"):
        saves(story, replace(TWO_DAYS, key="32"))
    saves(story, replace(defaults()["appointment"], key="36"))
    saves(story, replace(TWO_DAYS, key="32"))
    with pytest.raises(BadKind, match="“32”"):
        resets(story, "appointment")
    assert counts(story, "appointment").key == "36"


def test_who_saves_what_somebody_else_changed_meanwhile_is_told(story: Story) -> None:
    saves(story, TWO_DAYS)
    assert isinstance(saves(story, replace(TWO_DAYS, offered=False)), Stale)
    with story.engine.begin() as conn:
        found = store.setting(conn, here(story).id, "letter")
    assert found is not None
    assert saves(story, TWO_DAYS, found.mark) == Saved(changed=False)


UNREADABLE: dict[str, Any] = {"a clock of later": {"clock": "one moon"}, "no settings": [], "a field": {"x": 1}}


@pytest.mark.parametrize("said", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_this_release_cannot_read_is_passed_over_with_an_alarm(story: Story, said: object) -> None:
    stores(story, "letter", said)
    assert counts(story, "letter") == defaults()["letter"]
    assert story.alarms() == ["kind_unreadable"]
    with story.engine.begin() as conn:
        (found,) = store.changed(conn)
    assert found.kind is None
    assert saves(story, TWO_DAYS, found.mark, everywhere=True) == Saved(changed=True)
    assert story.alarms() == []


# The board --------------------------------------------------------------------------------------------------------


def test_the_board_is_filtered_by_what_was_asked(story: Story) -> None:
    for kind in ("advice", "letter", "letter"):
        story.files(message=False, kind=kind)
    with story.engine.begin() as conn:
        found = {
            kind: len(board.page(conn, Asked((story.ward_id,), kind=kind), story.moment.now).rows)
            for kind in (None, "advice", "letter", "admission")
        }
        tally = board.tally(conn, Asked((story.ward_id,), kind="letter"), story.moment.now)
    assert found == {None: 3, "advice": 1, "letter": 2, "admission": 0}
    assert tally.of[board.Standing.OWED] == 2


def test_a_request_of_days_is_at_risk_on_its_last_morning(story: Story) -> None:
    story.files(message=False, kind="partnership")
    with story.engine.begin() as conn:
        risky = Asked((story.ward_id,), board.Standing.AT_RISK)
        assert not board.page(conn, risky, paris(23, 4, 59).replace(month=12, day=7)).rows
        assert len(board.page(conn, risky, paris(23, 5, 1).replace(month=12, day=7)).rows) == 1


def test_a_gp_is_offered_wards_and_no_desk(story: Story) -> None:
    opens_desk(story, "beds", "bed_desk")
    with story.engine.begin() as conn:
        hospital = conn.execute(select(hospitals.c.id)).scalar_one()
        offered = [house.wards_by_keypad(conn, "227"), house.wards_of(conn, hospital), house.all_ward_names(conn)]
        assert [[ward.slug for ward in found] for found in offered] == [["cardiologie"]] * 3
        assert {ward.slug for ward in house.all_line_names(conn)} == {"cardiologie", "beds"}


def test_settings_travel_as_they_are_stored(story: Story) -> None:
    saves(story, TWO_DAYS)
    with story.engine.begin() as conn:
        assert conn.execute(select(rows.c.settings)).scalar_one() == settings(TWO_DAYS)
