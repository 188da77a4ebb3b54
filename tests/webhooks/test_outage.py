"""A web that had to refuse asks for the carrier's lists once it answers again: once, and from when it refused first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, Row, text

from callbacks.reconciling.due import OVERLAP
from tests.webhooks.conftest import Post
from webhooks.outage import APART_SECONDS, Outage

CALL = {"CallSid": "CA" + "1" * 32, "From": "+33199000001", "To": "+33199000100", "CallStatus": "ringing"}


@dataclass
class Watch:
    """A clock in the hand."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def outage(watch: Watch) -> Outage:
    return Outage(watch)


def asked(engine: Engine) -> list[Row[Any]]:
    with engine.connect() as conn:
        return list(conn.execute(text("select why, since_real, real_now() as now from reconciliations order by id")))


def test_while_all_is_well_nothing_is_asked(outage: Outage, database: Engine) -> None:
    outage.answered(database)
    assert asked(database) == []


def test_it_asks_once_from_when_it_began_to_refuse(outage: Outage, watch: Watch, database: Engine) -> None:
    outage.refused()
    watch.at += 600
    outage.refused()
    watch.at += 600
    outage.answered(database)
    outage.answered(database)
    [row] = asked(database)
    began: datetime = row.now - timedelta(seconds=1200) - OVERLAP
    assert row.why == "outage"
    assert abs(row.since_real - began) < timedelta(seconds=20)


def test_a_door_that_fails_now_and_then_asks_once_a_minute(outage: Outage, watch: Watch, database: Engine) -> None:
    for _ in range(5):
        outage.refused()
        watch.at += 1
        outage.answered(database)
    with database.begin() as conn:
        conn.execute(text("update reconciliations set ended_real = real_now()"))
    watch.at += 1
    outage.answered(database)
    assert len(asked(database)) == 1
    watch.at += APART_SECONDS
    outage.answered(database)
    assert len(asked(database)) == 2


def test_it_asks_later_when_the_register_is_away_again(outage: Outage, database: Engine) -> None:
    outage.refused()
    with database.begin() as conn:
        conn.execute(text("alter table reconciliations rename to elsewhere"))
    outage.answered(database)
    with database.begin() as conn:
        conn.execute(text("alter table elsewhere rename to reconciliations"))
    assert asked(database) == []
    outage.answered(database)
    assert [row.why for row in asked(database)] == ["outage"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/webhooks/voice", CALL),
        ("/webhooks/sms/status", {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}),
        ("/webhooks/voice/whisper/00000000-0000-0000-0000-000000000001", CALL),
    ],
)
def test_each_door_that_could_not_do_its_work_counts(
    app: Flask, carrier: Post, database: Engine, path: str, form: dict[str, str]
) -> None:
    tables = ("calls", "outbox", "attempts")
    _rename(database, *((table, f"{table}_away") for table in tables))
    carrier(path, **form)
    _rename(database, *((f"{table}_away", table) for table in tables))
    assert asked(database) == []
    assert carrier("/webhooks/voice/status", **CALL).status_code == 204
    assert [row.why for row in asked(database)] == ["outage"]


def _rename(engine: Engine, *names: tuple[str, str]) -> None:
    with engine.begin() as conn:
        for old, new in names:
            conn.execute(text(f"alter table {old} rename to {new}"))
