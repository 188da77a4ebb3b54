"""The trail is read by who may see it, newest first, and searched."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from scheduling.planning import trail
from scheduling.planning.trail import Actor
from tests.scheduling.planning.editors import NOON, Secretary, at
from tests.scheduling.planning.test_desk import DAY, NIGHT
from tests.scheduling.register import Register


@pytest.fixture
def lines(hospital: Register) -> Register:
    """Four lines of two wards and of none, an hour apart."""
    cardio, medecine = hospital.ward_id("cardio"), hospital.ward_id("medecine")
    written = [
        ("Sophie", "rota.assign", cardio, "Amélie", ""),
        ("Mina", "rota.swap", medecine, "Bruno, Chloé", "congrès de Lyon"),
        ("import", "rota.import", cardio, "50 % de Bruno", ""),
        ("Mina", "ward.changed", None, "Cochin", ""),
    ]
    for hours, (name, what, ward_id, subject, why) in enumerate(written):
        moment = at(NOON + timedelta(hours=hours))
        trail.record(hospital.connection, moment, Actor(None, name), what, ward_id=ward_id, subject=subject, why=why)
    return hospital


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["ward.changed", "rota.import", "rota.swap", "rota.assign"]),
        ({"wards": ["cardio"]}, ["rota.import", "rota.assign"]),
        ({"wards": []}, []),  # who may see no ward sees nothing
        ({"what": "rota"}, ["rota.import", "rota.swap", "rota.assign"]),
        ({"what": "rota.swap"}, ["rota.swap"]),
        ({"what": "rot"}, []),
        ({"search": "bruno"}, ["rota.import", "rota.swap"]),
        ({"search": "bruno lyon"}, ["rota.swap"]),
        ({"search": "mina"}, ["ward.changed", "rota.swap"]),
        ({"search": "%"}, ["rota.import"]),  # a letter like any other
        ({"search": "_"}, []),
        ({"since": 1, "until": 3}, ["rota.import", "rota.swap"]),
        ({"limit": 2}, ["ward.changed", "rota.import"]),
    ],
)
def test_the_trail_is_filtered(lines: Register, asked: dict[str, object], found: list[str]) -> None:
    wards = asked.get("wards")
    since, until = (
        NOON + timedelta(hours=hours) if isinstance(hours := asked.get(edge), int) else None
        for edge in ("since", "until")
    )
    entries = trail.read(
        lines.connection,
        ward_ids=[lines.ward_id(str(slug)) for slug in wards] if isinstance(wards, list) else None,
        what=str(asked.get("what", "")),
        search=str(asked.get("search", "")),
        since=since,
        until=until,
        limit=limit if isinstance(limit := asked.get("limit"), int) else 100,
    )
    assert [entry.what for entry in entries] == found


def test_the_trail_is_read_page_by_page(lines: Register) -> None:
    first = trail.read(lines.connection, limit=3)
    second = trail.read(lines.connection, limit=3, before_id=first[-1].id)
    assert [entry.what for entry in (*first, *second)] == ["ward.changed", "rota.import", "rota.swap", "rota.assign"]
    assert trail.read(lines.connection, before_id=second[-1].id) == []


def test_the_trail_knows_who_took_a_shift_out(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *DAY).assigns("Bruno", *NIGHT)
    amelie, bruno = sophie.shift("Amélie").id, sophie.shift("Bruno").id
    sophie.hands("Amélie", "Chloé")
    found = trail.removal(sophie.connection, amelie)
    assert found is not None
    assert (found.id, found.what) == (sophie.last_change, "rota.hand")
    assert trail.removal(sophie.connection, bruno) is None


def test_who_took_a_shift_out_is_found_by_the_index(sophie: Secretary) -> None:
    """The statement that is really sent: years of changes are not read for it."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(sophie.connection, "before_cursor_execute", note)
    trail.removal(sophie.connection, 1)
    event.remove(sophie.connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    sophie.connection.exec_driver_sql("set local enable_seqscan = off")
    sophie.connection.exec_driver_sql("set local enable_indexscan = off")  # by id, backwards through all of it
    plan = sophie.connection.exec_driver_sql(f"explain {statement}", parameters).scalars()
    assert "ix_audit_detail" in "\n".join(plan)
