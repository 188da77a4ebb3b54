"""Whatever is destroyed, in whatever order: what the line did adds up to the same."""

import random

import pytest

from callbacks.retention import figures, holds, kinds, rules
from callbacks.retention.holds import On
from callbacks.retention.kinds import Kind
from config import clock
from tests.callbacks.retention.archive import BY_THE_DPO, NEXT_DOOR, Archive

STEPS = 8


@pytest.mark.parametrize("seed", [3, 11])
def test_no_destroying_changes_a_figure_nor_touches_what_is_open(archive: Archive, seed: int) -> None:
    chance = random.Random(seed)
    archive.lives()
    archive.story.files(NEXT_DOOR)  # somebody still waits
    archive.everything_arrives()
    with archive.engine.connect() as conn:
        before = figures.read(conn)
    days = 0
    for _ in range(STEPS):
        days += chance.randrange(400)
        archive.after(days)
        approves_at_random(archive, chance)
        archive.purges()
        with archive.engine.connect() as conn:
            assert figures.read(conn) == before
        assert archive.planted({NEXT_DOOR}) == {NEXT_DOOR}
    archive.after(days=4000)
    with archive.engine.begin() as conn:
        for hold in holds.listed(conn):
            holds.lift(conn, clock.read(conn), BY_THE_DPO, hold.id)
    archive.approves()
    archive.purges()
    with archive.engine.connect() as conn:
        assert figures.read(conn) == before
    assert archive.planted() == set()
    assert archive.planted({NEXT_DOOR}) == {NEXT_DOOR}


def approves_at_random(archive: Archive, chance: random.Random) -> None:
    """A rule for some kind; now and then a hold on something."""
    kind = chance.choice(list(Kind))
    bounds = kinds.proposals()[kind]
    with archive.engine.begin() as conn:
        moment = clock.read(conn)
        wanted = chance.choice([None, bounds.least, bounds.proposed, bounds.most or bounds.proposed])
        rules.approve(conn, moment, BY_THE_DPO, kind, wanted, "Mme Dupré")
        on = chance.choice([On(request_id=archive.ids["text"]), On(ward_id=archive.story.ward_id), None, None])
        if on is not None:
            holds.place(conn, moment, BY_THE_DPO, on, "Réquisition")


def test_the_figures_are_those_of_the_day(archive: Archive) -> None:
    archive.lives()
    with archive.engine.connect() as conn:
        found = figures.read(conn)["cardiologie", "2026-11"]
    assert found.calls == {"request": 1}
    assert found.rung == {"busy": 1}
    assert found.requests == {"email done": 1, "sms done": 1, "voice done": 1}
    assert found.outcomes == {"CONSEIL": 3}
    assert found.in_time == {"in time": 3}
    assert found.parts == {"voice": 1, "seconds": 12, "written": 1, "files": 1}
    assert found.answers == {"sms read": 1}
    assert round(found.minutes["talked"], 2) == 1.58
    assert "rung" in found.events
