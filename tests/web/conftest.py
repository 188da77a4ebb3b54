"""A house with its doors, on a clean database: Amélie is on call for cardiology at Cochin, and Dr Roux has called."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import redis as redis_client
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, insert, text

from callbacks import links
from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from callbacks.tables import requests
from config import clock
from config.app import Parts, assemble
from config.crypto import Box
from config.database import web_engine
from scheduling.tables import hospitals, people, practitioners, wards

TOKEN = "12345"
SECRET = b"a secret of thirty-two characters"
DR_ROUX = "+33639980011"


@dataclass
class Bell:
    """A doorbell that only remembers who rang."""

    rung: list[tuple[str, object]] = field(default_factory=list)

    def ring(self, kind: str, id: int | str | UUID) -> None:
        self.rung.append((kind, id))


@dataclass(frozen=True)
class Ward:
    """The ward and its people, by their ids."""

    engine: Engine
    box: Box
    id: int
    amelie: int
    bruno: int

    def request(self, reference: str = "724193", person: int | None = None, **values: object) -> str:
        """A request of Dr Roux; the token of Amélie's link to it."""
        with self.engine.begin() as conn:
            now = clock.read(conn).now
            row: dict[str, object] = {
                "reference": reference,
                "ward_id": self.id,
                "channel": "voice",
                "caller": DR_ROUX,
                "created_at": now,
                "due_at": now + timedelta(hours=24),
                "next_rung": "first",
                "next_step_at": now + timedelta(minutes=5),
            }
            request_id: int = conn.execute(insert(requests).values(row | values).returning(requests.c.id)).scalar_one()
            return links.token_for(conn, request_id, person or self.amelie, now, SECRET)

    def ages(self, delta: timedelta) -> None:
        """Let time pass on both clocks."""
        seconds = delta.total_seconds()
        with self.engine.begin() as conn:
            conn.execute(
                text(
                    "create or replace function real_now() returns timestamptz language sql volatile as"
                    f" 'select clock_timestamp() + interval ''{seconds} seconds'''"
                )
            )


@pytest.fixture
def box() -> Box:
    return Box([bytes(32)])


@pytest.fixture
def shelf(box: Box, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, box)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def ward(database: Engine, box: Box) -> Ward:
    with database.begin() as conn:

        def add(table: Table, **values: object) -> int:
            key: int = conn.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
            return key

        cochin = add(hospitals, name="Cochin")
        amelie = add(people, name="Amélie Durand", title="Dr", phone="+33639980001")
        bruno = add(people, name="Bruno Petit", title="Dr", phone="+33639980002")
        add(practitioners, name="Roux")
        cardiology = add(wards, slug="cochin-cardio", hospital_id=cochin, name="Cardiologie", keypad="227")
    return Ward(database, box, cardiology, amelie, bruno)


@pytest.fixture
def house() -> House:
    return House(
        line_number="+33199002424",
        sms_sender="+33199002424",
        alert_caller="+33199002424",
        public_url="http://localhost",
        alert_phone=None,
        alert_email=None,
        switchboard="+33199002400",
        shows_caller=False,
        language="fr",
        secret_key=SECRET,
    )


@pytest.fixture
def app(
    database_url: str, redis: redis_client.Redis, house: House, box: Box, bell: Bell, shelf: Shelf
) -> Iterator[Flask]:
    engine = web_engine(database_url)
    desk = Desk(engine, bell, box, house)
    yield assemble(Parts(desk, shelf, redis, [TOKEN], "http://localhost:1"))
    engine.dispose()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()
