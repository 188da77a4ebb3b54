"""What climbs is counted in the register, and what goes wrong there is seen. How fast anything is, no test says."""

from contextlib import AbstractContextManager
from dataclasses import fields, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text

from benchmarks import ladder, rungs
from benchmarks.climbed import AIMS, Counted, Figures, Pass, Plan, Rings, document, factor, table
from benchmarks.rungs import FIRST, NOW, SECOND
from callbacks import requests as register
from callbacks.requests import Filing
from callbacks.tables import events, outbox, requests
from config.clock import Moment
from config.servers import Urls

DUE = 30
TINY = Plan(60, 240, DUE, 1, (1, 2), second=12, as_it_runs=10, workers=(2,), rung_for=8, warm=5)
ALL = Counted(DUE, 0, 0)
PASS = Pass(due=DUE, climbers=1, seconds=0.3, ours=0.2, postgres=0.1, taken_up=DUE, failed=0, told=ALL)
RINGS = Rings(workers=1, requests=8, seconds=1.0, told=Counted(8, 0, 0))
FIGURES = Figures(TINY, [PASS], [PASS], {FIRST: [PASS]}, PASS, [RINGS])


# Judging ------------------------------------------------------------------------------------------------------------


def test_ratios_are_taken_round_by_round() -> None:
    """The machine was three times as slow in the second round, for both: the ratio does not see it."""
    few = [PASS, replace(PASS, seconds=0.9, ours=0.6), PASS]
    many = [replace(each, seconds=each.seconds * 1.1, ours=each.ours * 2, postgres=0.2) for each in few]
    found = replace(FIGURES, few=few, many=many)
    assert found.ratio == pytest.approx(1.1)
    assert found.processor_ratio == pytest.approx(2.0)


def test_two_are_so_many_times_as_fast_as_one() -> None:
    two = replace(PASS, climbers=2, seconds=0.2)
    assert factor(two, [PASS, two]) == pytest.approx(1.5)
    assert factor(replace(RINGS, workers=2, seconds=0.5), [RINGS]) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (FIGURES, [False, False, False]),
        (replace(FIGURES, many=[replace(PASS, seconds=0.361)]), [True, False, False]),
        (replace(FIGURES, many=[replace(PASS, postgres=0.17)]), [False, True, False]),
        (replace(FIGURES, many=[replace(PASS, postgres=None)]), [False, False, False]),
        (replace(FIGURES, few=[replace(PASS, told=Counted(DUE, 1, 0))]), [False, False, True]),
        (replace(FIGURES, many=[replace(PASS, told=Counted(DUE + 1, 0, 0))]), [False, False, True]),
        (replace(FIGURES, at_once={FIRST: [PASS, replace(PASS, told=Counted(DUE, 0, 1))]}), [False, False, True]),
        (replace(FIGURES, as_it_runs=replace(PASS, told=Counted(DUE - 1, 0, 0))), [False, False, True]),
        (replace(FIGURES, rings=[replace(RINGS, told=Counted(9, 0, 0))]), [False, False, True]),
    ],
)
def test_an_aim_is_missed_by_what_falls_short_of_it(found: Figures, missed: list[bool]) -> None:
    assert [not met(found) for _, met in AIMS] == missed
    assert [aim["met"] for aim in document(found)["aims"]] == [not each for each in missed]
    assert table(found).count(": missed") == sum(missed)


# The register -------------------------------------------------------------------------------------------------------


def a_register(servers: Urls, worker_id: str, open_now: int) -> AbstractContextManager[Engine]:
    """Of this test alone, whoever runs beside it."""
    return rungs.register(servers, f"rungs_{worker_id}", open_now)


def test_a_request_lies_there_as_one_that_was_filed(servers: Urls, worker_id: str) -> None:
    with a_register(servers, worker_id, 3) as engine:
        rungs.fall_due(engine, FIRST, 3, seed=1)
        [made, *_] = rungs.due(engine)
        with engine.begin() as conn:
            one = conn.execute(select(requests).where(requests.c.id == made)).one()
            filed = register.file(
                conn, Filing(one.ward_id, "sms", one.caller, None, None, one.created_at, Moment(NOW, NOW))
            )
            other = conn.execute(select(requests).where(requests.c.id == filed.id)).one()
            logged = [
                [(row.kind, row.detail) for row in conn.execute(select(events).where(events.c.request_id == each))]
                for each in (made, filed.id)
            ]
    own = {"id", "reference"}
    assert {**one._mapping, **dict.fromkeys(own)} == {**other._mapping, **dict.fromkeys(own)}
    assert logged[0] == logged[1] == [("filed", {"channel": "sms"})]


def climbed_by_hand(engine: Engine, rung: str = FIRST) -> None:
    """As if somebody had climbed what is due, and told the ward."""
    with engine.begin() as conn:
        person = conn.execute(text("select min(id) from people")).scalar_one()
        for each in conn.execute(text("select id from bench_due")).scalars().all():
            logs_a_rung(engine, each, rung)
            message = {"key": f"{each}:{rung}", "purpose": "alert", "channel": "sms", "recipient": "+33639980001"}
            conn.execute(
                insert(outbox).values(**message, person_id=person, request_id=each, due_at=NOW, created_at=NOW)
            )


def logs_a_rung(engine: Engine, request_id: int, rung: str) -> None:
    with engine.begin() as conn:
        conn.execute(insert(events).values(request_id=request_id, at=NOW, kind="rung", detail={"rung": rung}))


def test_what_is_climbed_twice_told_twice_or_left_out_is_seen(servers: Urls, worker_id: str) -> None:
    with a_register(servers, worker_id, 20) as engine:
        rungs.fall_due(engine, FIRST, 4, seed=1)
        one, other, third, _ = rungs.due(engine)
        assert rungs.counted(engine, FIRST) == Counted(climbed=0, twice=0, left_out=4)
        climbed_by_hand(engine)
        assert rungs.counted(engine, FIRST) == Counted(climbed=4, twice=0, left_out=0)
        logs_a_rung(engine, one, FIRST)
        assert rungs.counted(engine, FIRST) == Counted(climbed=5, twice=1, left_out=0)
        with engine.begin() as conn:
            conn.execute(
                text(
                    """insert into outbox (key, purpose, channel, recipient, person_id, request_id, due_at, created_at)
                    select key || '-again', purpose, channel, recipient, person_id, request_id, due_at, created_at
                    from outbox where request_id = :id"""
                ),
                {"id": other},
            )
        assert rungs.counted(engine, FIRST) == Counted(climbed=5, twice=2, left_out=0)
        with engine.begin() as conn:
            conn.execute(text("delete from outbox where request_id = :id"), {"id": third})
        assert rungs.counted(engine, FIRST) == Counted(climbed=5, twice=2, left_out=1)


def test_each_time_others_fall_due_and_all_is_as_before(servers: Urls, worker_id: str) -> None:
    with a_register(servers, worker_id, 50) as engine:
        rungs.fall_due(engine, FIRST, 10, seed=1)
        before = rungs.due(engine)
        climbed_by_hand(engine)
        rungs.fall_due(engine, SECOND, 10, seed=2)
        assert set(rungs.due(engine)) != set(before)
        assert rungs.counted(engine, SECOND) == Counted(climbed=0, twice=0, left_out=10)
        rungs.fall_due(engine, FIRST, 10, seed=1)
        assert rungs.due(engine) == before
        with engine.connect() as conn:
            due = "select count(*) from requests where next_step_at <= app_now() or notice_at <= app_now()"
            assert conn.execute(text(due)).scalar_one() == 10
            assert conn.execute(text("select count(*) from events where kind <> 'filed'")).scalar_one() == 0
            assert conn.execute(text("select count(*) from outbox")).scalar_one() == 0


# All of it ----------------------------------------------------------------------------------------------------------


def test_every_rung_that_is_due_is_climbed_once_whoever_climbs(servers: Urls, redis_url: str, tmp_path: Path) -> None:
    found, around = ladder.figures(Urls(servers.database, redis_url), tmp_path, TINY)
    assert [each.told for each in (*found.few, *found.many)] == [ALL, ALL]
    several = {rung: [(each.climbers, each.told) for each in passes] for rung, passes in found.at_once.items()}
    seconds = Counted(12, 0, 0)
    assert several == {FIRST: [(1, ALL), (2, ALL)], SECOND: [(1, seconds), (2, seconds)]}
    assert found.as_it_runs.told == Counted(10, 0, 0)
    assert [(each.workers, each.told) for each in found.rings] == [(2, Counted(8, 0, 0))]
    assert found.right
    alone = [*found.few, *found.many, found.as_it_runs]
    assert [each.taken_up for each in alone] == [each.due for each in alone], "nobody else took one up"
    assert [each.failed for each in alone] == [0, 0, 0]
    written = {**around, **document(found)}
    assert {"date", "commit", "machine", "versions", "plan", "ratio", "aims"} <= written.keys()
    assert {each.name for each in fields(Plan)} == written["plan"].keys()
