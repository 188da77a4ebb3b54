"""What is added up as days pass is, to the unit, what one finds who reads the whole register again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks.figures import keeping, read
from callbacks.figures.periods import Period, Scope
from callbacks.figures.read import Reader
from callbacks.figures.report import Report
from callbacks.figures.weeks import WATCHED
from config import clock
from tests.callbacks.figures import plain
from tests.callbacks.figures.past import CARDIO, GASTRO, MATERNITY, SAINT_DENIS, Past, claimed, done, paris, rung, tried
from tests.callbacks.figures.test_small_month import small_month

NOW = paris(20, 15)  # a Friday of November: what was asked yesterday is not due yet
ASKED = [
    (Scope.everything(), Period.month(2026, 11)),
    (Scope.everything(), Period.year(2026)),
    (Scope.hospital(SAINT_DENIS), Period.month(2026, 11)),
    (Scope.ward(CARDIO), Period.week(2026, 47)),
    (Scope.ward(GASTRO), Period.parse("2026-11-20")),
    (Scope.ward(CARDIO), Period.parse("2026-11-17")),
    (Scope.everything(), Period.parse("2026-11-17")),
    (Scope.everything(), Period.month(2026, 10)),
]
RESULTS = ("answered",) * 5 + ("request", "lost", "switchboard", "followup", "senior")
OUTCOMES = ("CONSEIL", "ADM_DIRECTE", "URGENCES", "AUTRE_LIGNE", "DOUBLON", "HORS_CHAMP", "")
KINDS = ("advice",) * 5 + ("admission", "letter", "directory")
SIDES = ("hospital", "practice")


def some_past(chance: Random) -> Past:
    """Three weeks of everything, some of it around midnight, here or there."""
    past = Past()
    for day in range(2, 20, 3):
        past.shift(chance.choice((CARDIO, GASTRO, MATERNITY)), paris(day, 8, 30), chance.choice((4, 10, 30)))
    for _ in range(90):
        _some_call(past, chance)
    for _ in range(50):
        _some_request(past, chance)
    return past


def _some_time(chance: Random) -> datetime:
    hour = chance.choice((8, 9, 10, 11, 12, 15, 19, 20, 21, 22, 23))
    return paris(chance.randrange(2, 20), hour, chance.randrange(60), chance.randrange(60)) + _an_instant(chance)


def _an_instant(chance: Random) -> timedelta:
    return timedelta(microseconds=chance.randrange(10**6))


def _some_call(past: Past, chance: Random) -> None:
    at, result = _some_time(chance), chance.choice(RESULTS)
    nowhere = result in ("followup", "senior") or (result == "lost" and chance.random() < 0.5)
    ward = None if nowhere else chance.choice((CARDIO, GASTRO, MATERNITY))
    gp = chance.choice((None, *range(1, 11)))
    more: dict[str, Any] = {
        "wait": chance.randrange(90),
        "talk": chance.randrange(900),
        "rings": chance.randrange(1, 4),
    }
    outcome = chance.choice(OUTCOMES) or None if result == "answered" else None
    direction = chance.choice(("inbound",) * 19 + ("canary",))
    id = past.call(at, result, gp, ward, **more, outcome=outcome, direction=direction)
    for side in SIDES if result == "answered" else ():
        if chance.random() < 0.5:
            past.says(side, at + timedelta(hours=1), "AVIS_TT", chance.choice(OUTCOMES[:4]), "URGENCES", call_id=id)
    if chance.random() < 0.3:  # and again, soon
        past.call(at + timedelta(minutes=chance.choice((5, 9, 11))), "answered", gp, ward)


def _some_request(past: Past, chance: Random) -> None:
    at, kind = _some_time(chance), chance.choice(KINDS)
    ends: tuple[Any, ...] = (
        done(chance.uniform(1, 60), chance.choice(OUTCOMES[:6])),
        (3.0, "withdrawn", {"outcome": "RETIRE"}),
        (50.0, "unreachable", {"outcome": "NON_JOINT"}),
    )
    happened = [rung(0.1, "first"), claimed(chance.uniform(0.2, 30)), rung(18, "head")][: chance.randrange(4)]
    happened += [tried(chance.uniform(0.5, 40), chance.choice(("busy", "reached", "canceled")))] * chance.randrange(3)
    if chance.random() < 0.7:
        happened.append(chance.choice(ends))
    more: dict[str, Any] = {"event_at": at - timedelta(hours=30)} if kind == "letter" else {}
    who = chance.choice((None, *range(1, 11)))
    id = past.request(at, who, *happened, ward=chance.choice((CARDIO, GASTRO, MATERNITY)), kind=kind, **more)
    if chance.random() < 0.5:
        past.poll(at + timedelta(days=1), chance.choice((None, 2, 700)), 1, 0, 1, 0, 1, 0, request_id=id)
        for side in SIDES if chance.random() < 0.8 else ():
            later = at + timedelta(days=chance.choice((1, 2, 25)))
            past.says(side, later, "AVIS_TT", chance.choice(OUTCOMES[:4]), "URGENCES", request_id=id)


def _as_far(shown: Report, code: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of a figure what the other one says too."""
    figure = shown.of(code)
    return {name: _near(getattr(figure, name), wanted[name]) for name in wanted}


def _near(value: Any, wanted: Any) -> Any:
    """Fractions may differ in their sixteenth digit, and nothing else in anything."""
    if isinstance(wanted, tuple) or (isinstance(value, float) and wanted is not None):
        return wanted if value == pytest.approx(wanted, rel=1e-12) else value
    return value


def set_clock(database: Engine, now: datetime) -> None:
    with database.begin() as conn:
        clock.start_at(conn, now, 1)


def agree(database: Engine, now: datetime) -> None:
    """What is shown is what one finds who reads everything again."""
    with database.begin() as conn:
        register = plain.Register(conn, now)
        for scope, period in ASKED:
            shown, found = read.report(conn, scope, period, now, whole=True), plain.figures(register, scope, period)
            assert {code: _as_far(shown, code, wanted) for code, wanted in found.items()} == found, (scope, period)
            assert shown.uncounted == 0
        one_reader_says_the_same(conn, now)


def one_reader_says_the_same(conn: Connection, now: datetime) -> None:
    """Who asks for several periods, or for some figures alone, is told what he is told who asks for each."""
    everything, weeks = Scope.everything(), [Period.week(2026, week) for week in (45, 46, 47)]
    reader = Reader.of(conn, everything, now)
    for period in (Period.year(2026), Period.month(2026, 11), *weeks):
        alone = read.report(conn, everything, period, now)
        assert reader.report(period).figures == alone.figures, period
        some = reader.report(period, codes=WATCHED).figures
        assert {figure.indicator.code: figure for figure in some} == {code: alone.of(code) for code in WATCHED}, period


def test_the_figures_are_those_of_the_register(database: Engine) -> None:
    chance = Random(1)
    some_past(chance).write(database, chance)
    set_clock(database, NOW)
    agree(database, NOW)  # nothing is added up yet
    keeping.keep(database)
    agree(database, NOW)
    _late_events(database)
    agree(database, NOW)  # read beside the sums
    assert keeping.keep(database) > 0
    agree(database, NOW)
    later = NOW + timedelta(days=9)  # promises have come due since, and nobody did anything
    agree(database, later)
    set_clock(database, later)
    keeping.keep(database)
    agree(database, later)


def _late_events(database: Engine) -> None:
    """What comes to days that are over: a callback of last week, a GP who denies his, an outcome told late."""
    statements = (
        "insert into events (request_id, at, kind, detail) select id, created_at + interval '3 days', 'attempted',"
        """ '{"result": "reached"}' from requests where state = 'open' and id % 2 = 0""",
        "insert into events (request_id, at, kind) select id, closed_at + interval '1 hour', 'denied' from requests"
        " where state = 'done' and id % 3 = 0",
        "update calls set outcome = 'EXAMENS' where result = 'answered' and outcome is null",
        "update calls set result = 'lost' where result = 'request' and ward_id = 1",
        "insert into calls (sid, step, result, caller, started_at, ended_at) select 'late' || n, 'x', 'lost',"
        " '+33639980001', now_ - n * interval '30 hours', now_ - n * interval '30 hours' from"
        " (select app_now() as now_) as clock_, generate_series(1, 6) as n",
        "delete from assessments where side = 'hospital' and id % 2 = 0",
        "update polls set answered_at = asked_at + interval '1 day', access = 1 where answered_at is null",
        "update requests set ward_id = 2 where ward_id = 1 and id % 5 = 0",
    )
    with database.begin() as conn:
        for statement in statements:
            conn.execute(text(statement))


def test_in_whatever_order_it_was_written_the_past_is_the_same(database: Engine) -> None:
    sums = []
    for order in (None, Random(3)):
        _empty(database)
        some_past(Random(5)).write(database, order)
        set_clock(database, NOW)
        keeping.keep(database)
        with database.begin() as conn:
            found = conn.execute(text("select level, of_id, grain, first, sums from figure_sums order by 1, 2, 3, 4"))
            sums.append([tuple(row) for row in found])
    assert sums[0] == sums[1]
    assert len(sums[0]) > 90


def _empty(database: Engine) -> None:
    with database.begin() as conn:
        conn.execute(
            text("truncate hospitals, people, practitioners, figure_sums, figure_days, figure_touched cascade")
        )


def test_days_added_up_one_by_one_make_the_sums_of_all_at_once(database: Engine) -> None:
    small_month().write(database)
    for day in range(3, 31, 4):
        set_clock(database, paris(day, 23, 30))
        keeping.keep(database)
    set_clock(database, paris(31, month=12))
    keeping.keep(database)
    one_by_one = _sums(database)
    with database.begin() as conn:
        conn.execute(text("truncate figure_sums, figure_days, figure_waiting, figure_touched"))
    keeping.keep(database)
    assert _sums(database) == one_by_one


def _sums(database: Engine) -> list[tuple[Any, ...]]:
    """All but the days that nobody called on."""
    with database.begin() as conn:
        rows = conn.execute(
            text("select level, of_id, grain, first, sums, forgotten from figure_sums order by 1, 2, 3, 4")
        )
        return [tuple(row) for row in rows]
