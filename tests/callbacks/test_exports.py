"""Exports that others script against: the fields of the contract, and nothing that a GP said."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Table, insert

from callbacks import exports
from callbacks import tables as t
from scheduling.tables import hospitals, people, wards

pytestmark = pytest.mark.dates
START = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
AMELIE, BRUNO, GP = "+33639980001", "+33639980002", "+33639989001"


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    with database.connect() as connection:
        put(connection, hospitals, name="Cochin")
        put(connection, wards, slug="cochin-cardiologie", hospital_id=1, name="Cardiologie", keypad="227")
        put(connection, people, name="Amélie", phone=AMELIE)
        put(connection, people, name="Bruno", phone=BRUNO)
        yield connection


def put(connection: Connection, table: Table, **values: Any) -> Any:
    """One row; its id."""
    return connection.execute(insert(table).values(**values).returning(table.c[next(iter(table.c)).name])).scalar_one()


def a_call(connection: Connection, sid: str, **values: Any) -> UUID:
    call_id: UUID = put(connection, t.calls, **{"sid": sid, "step": "start", "started_at": START, **values})
    return call_id


def an_attempt(connection: Connection, call_id: UUID, seq: int, person_id: int, phone: str) -> None:
    rung = {"rung_at": at(seq), "rung_real": at(seq), "rank": person_id}
    put(connection, t.attempts, call_id=call_id, seq=seq, person_id=person_id, phone=phone, **rung)


def a_request(connection: Connection, reference: str, **values: Any) -> int:
    stands = {"ward_id": 1, "channel": "voice", "caller": GP, "created_at": START, "due_at": at(24 * 60)}
    next_step = {"next_rung": "first", "next_step_at": at(5)} if "closed_at" not in values else {}
    request_id: int = put(connection, t.requests, **{"reference": reference, **stands, **next_step, **values})
    return request_id


def a_message(connection: Connection, key: str, **values: Any) -> int:
    stands = {"purpose": "first", "channel": "sms", "recipient": AMELIE, "due_at": START, "created_at": START}
    message_id: int = put(connection, t.outbox, **{"key": key, **stands, **values})
    return message_id


def test_a_call_is_exported_with_who_was_rung_in_order_and_who_answered(connection: Connection) -> None:
    call = a_call(
        connection,
        "CA1",
        caller=GP,
        ward_id=1,
        result="answered",
        answered_by=2,
        answered_at=at(2),
        ended_at=at(9),
    )
    an_attempt(connection, call, 3, 1, AMELIE)
    an_attempt(connection, call, 1, 1, AMELIE)
    an_attempt(connection, call, 2, 2, BRUNO)
    assert exports.calls(connection) == [
        {
            "sid": "CA1",
            "caller": GP,
            "ward": "cochin-cardiologie",
            "result": "answered",
            "answered_by": BRUNO,
            "started_at": "2026-11-23T09:15:00+00:00",
            "answered_at": "2026-11-23T09:17:00+00:00",
            "ended_at": "2026-11-23T09:24:00+00:00",
            "rung": [AMELIE, BRUNO, AMELIE],
        }
    ]


def test_a_hidden_caller_who_chose_nothing_is_exported_too(connection: Connection) -> None:
    a_call(connection, "CA1", result="lost", ended_at=at(1))
    [call] = exports.calls(connection)
    assert (call["caller"], call["ward"], call["answered_by"], call["answered_at"]) == (None, None, None, None)
    assert call["rung"] == []


def test_only_calls_that_came_in_are_calls_oldest_first(connection: Connection) -> None:
    a_call(connection, "CA3", started_at=at(3))
    a_call(connection, "CA1", started_at=at(1))
    a_call(connection, "CA2", started_at=at(2), direction="alert")
    a_call(connection, "CA4", started_at=at(4), direction="notice")
    assert [call["sid"] for call in exports.calls(connection)] == ["CA1", "CA3"]


def test_a_request_is_exported_with_its_parts_and_attempts_counted(connection: Connection) -> None:
    request = a_request(
        connection,
        "724193",
        state="done",
        claimed_by=1,
        claimed_at=at(10),
        closed_at=at(40),
        outcome="CONSEIL",
    )
    for kind in ("filed", "attempted", "claimed", "attempted", "closed"):
        put(connection, t.events, request_id=request, at=START, kind=kind)
    for _ in range(2):
        put(connection, t.parts, request_id=request, body=b"sealed", created_at=START)
    other = a_request(connection, "100000", channel="missed_call", caller=None)
    put(connection, t.events, request_id=other, at=START, kind="filed")
    first, second = exports.requests(connection)
    assert first == {
        "reference": "724193",
        "ward": "cochin-cardiologie",
        "kind": "advice",
        "channel": "voice",
        "state": "done",
        "caller": GP,
        "created_at": "2026-11-23T09:15:00+00:00",
        "due_at": "2026-11-24T09:15:00+00:00",
        "claimed_by": AMELIE,
        "claimed_at": "2026-11-23T09:25:00+00:00",
        "closed_at": "2026-11-23T09:55:00+00:00",
        "outcome": "CONSEIL",
        "parts": 2,
        "attempts": 2,
    }
    assert (second["reference"], second["caller"], second["parts"], second["attempts"]) == ("100000", None, 0, 0)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("waiting", "waiting"),
        ("sending", "waiting"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
    ],
)
def test_a_message_is_exported_with_how_far_it_came(connection: Connection, state: str, shown: str) -> None:
    request = a_request(connection, "724193")
    a_message(connection, "a", request_id=request, state=state, provider_sid="SM1", sent_at=at(1), attempts=2)
    assert exports.messages(connection) == [
        {
            "to": AMELIE,
            "purpose": "first",
            "reference": "724193",
            "channel": "sms",
            "state": shown,
            "provider_sid": "SM1",
            "created_at": "2026-11-23T09:15:00+00:00",
            "sent_at": "2026-11-23T09:16:00+00:00",
            "attempts": 2,
        }
    ]


def test_a_message_dropped_before_it_was_sent_is_none(connection: Connection) -> None:
    a_message(connection, "a", state="dropped")
    a_message(connection, "b")
    [message] = exports.messages(connection)
    assert (message["reference"], message["provider_sid"], message["sent_at"], message["attempts"]) == (
        None,
        None,
        None,
        0,
    )


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("calls", "sid caller ward result answered_by started_at answered_at ended_at rung"),
        (
            "requests",
            "reference ward kind channel state caller created_at due_at claimed_by claimed_at closed_at outcome parts"
            " attempts",
        ),
        ("messages", "to purpose reference channel state provider_sid created_at sent_at attempts"),
    ],
)
def test_the_fields_are_those_of_the_contract_even_when_there_is_nothing(
    connection: Connection, what: str, fields: str
) -> None:
    assert exports.export(connection, what, "csv") == ",".join(fields.split()) + "\n"
    assert json.loads(exports.export(connection, what, "json")) == []


def test_json_is_an_array_of_what_is_there(connection: Connection) -> None:
    a_request(connection, "724193", outcome="Rappelé")
    a_request(connection, "100000")
    text = exports.export(connection, "requests", "json")
    assert json.loads(text) == exports.requests(connection)
    assert "Rappelé" in text


def test_csv_holds_the_same_with_lists_joined_and_the_unknown_empty(connection: Connection) -> None:
    call = a_call(connection, "CA1", caller=GP)
    an_attempt(connection, call, 1, 1, AMELIE)
    an_attempt(connection, call, 2, 2, BRUNO)
    [row] = csv.DictReader(io.StringIO(exports.export(connection, "calls", "csv")))
    assert row["rung"] == f"{AMELIE};{BRUNO}"
    assert row["ward"] == row["ended_at"] == ""
    assert row["started_at"] == "2026-11-23T09:15:00+00:00"


@pytest.mark.parametrize(("what", "style"), [("patients", "json"), ("calls", "xml")])
def test_there_is_nothing_else_to_export(connection: Connection, what: str, style: str) -> None:
    with pytest.raises(KeyError):
        exports.export(connection, what, style)


@pytest.mark.parametrize("sender", ["=1+1@cabinet.example", "+cmd@cabinet.example", "-2+3@x.example", "@sum@x.example"])
def test_an_address_that_a_spreadsheet_would_work_out_is_guarded_in_csv_and_whole_in_json(
    connection: Connection, sender: str
) -> None:
    sent = {"key": "k", "purpose": "confirmation", "channel": "email", "recipient": sender, "body": "x"}
    put(connection, t.outbox, **sent, due_at=START, created_at=START)
    [line] = csv.DictReader(io.StringIO(exports.export(connection, "messages", "csv")))
    assert line["to"] == f"'{sender}"
    assert json.loads(exports.export(connection, "messages", "json"))[0]["to"] == sender


def test_a_number_stays_as_others_script_against_it(connection: Connection) -> None:
    call_id = a_call(connection, "CA1", caller=GP)
    an_attempt(connection, call_id, 1, 1, AMELIE)
    an_attempt(connection, call_id, 2, 2, BRUNO)
    [line] = csv.DictReader(io.StringIO(exports.export(connection, "calls", "csv")))
    assert (line["caller"], line["rung"]) == (GP, f"{AMELIE};{BRUNO}")
