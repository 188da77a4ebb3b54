"""Whom a request can be handed to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update
from sqlalchemy.dialects.postgresql import Range

from callbacks import colleagues
from scheduling.tables import hospitals, people, shifts, ward_seniors, wards

NOON = datetime(2027, 3, 15, 11, tzinfo=UTC)
AMELIE, BRUNO, CHLOE, DENIS = 1, 2, 3, 4


@pytest.fixture
def conn(database: Engine) -> Iterator[Connection]:
    """Amélie, Bruno and Chloé are of the ward; Denis only stands on its rota, behind Chloé."""
    with database.begin() as conn:
        conn.execute(insert(hospitals).values(name="Cochin"))
        conn.execute(insert(wards).values(slug="cardio", hospital_id=1, name="Cardiologie", keypad="227"))
        for number, name in enumerate(("Amélie Durand", "Bruno Petit", "Chloé Martin", "Denis Roy"), 1):
            conn.execute(insert(people).values(name=name, phone=f"+3363998000{number}"))
        for person_id in (AMELIE, BRUNO, CHLOE):
            conn.execute(insert(ward_seniors).values(ward_id=1, person_id=person_id))
        during = Range(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
        for rank, person_id in ((1, CHLOE), (2, DENIS)):
            conn.execute(insert(shifts).values(ward_id=1, person_id=person_id, rank=rank, during=during))
    with database.connect() as connection:
        yield connection


def names(conn: Connection, at: datetime = NOON, but: int | None = None) -> list[tuple[str, bool]]:
    return [(each.name, each.on_call) for each in colleagues.of(conn, 1, at, but)]


def test_who_is_on_call_comes_first_by_rank_then_the_others_by_name(conn: Connection) -> None:
    chloe, denis, amelie, bruno = names(conn)
    assert (chloe, denis) == (("Chloé Martin", True), ("Denis Roy", True))
    assert (amelie, bruno) == (("Amélie Durand", False), ("Bruno Petit", False))


@pytest.mark.parametrize("but", [AMELIE, CHLOE])
def test_nobody_hands_it_to_himself(conn: Connection, but: int) -> None:
    assert len(names(conn, but=but)) == 3
    assert but not in [each.id for each in colleagues.of(conn, 1, NOON, but)]


def test_at_night_nobody_is_on_call_and_the_ward_is_asked_all_the_same(conn: Connection) -> None:
    assert [name for name, _ in names(conn, NOON + timedelta(hours=2))] == [
        "Amélie Durand",
        "Bruno Petit",
        "Chloé Martin",
    ]


def test_who_has_left_is_not_asked(conn: Connection) -> None:
    conn.execute(update(people).where(people.c.id == BRUNO).values(left_at=NOON))
    assert "Bruno Petit" not in dict(names(conn))


def test_who_texted_stop_is_marked(conn: Connection) -> None:
    conn.execute(update(people).where(people.c.id.in_([BRUNO, CHLOE])).values(opted_out_at=NOON))
    assert [each.id for each in colleagues.of(conn, 1, NOON) if each.opted_out] == [CHLOE, BRUNO]
