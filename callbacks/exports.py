"""What leaves the register: calls, requests and messages, with the fields of the contract (design 6, Export).

Instants are ISO 8601 with their offset (UTC), numbers E.164, counts integers; what is not known is null, in CSV empty.
Nothing that a GP said or wrote is in it.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from callbacks import tables as t
from scheduling.plain_text import guarded
from scheduling.tables import people, wards

_NUMBERS = re.compile(r"\+\d+(?:;\+\d+)*")


@dataclass(frozen=True)
class Table:
    """Exported rows, and their fields in order (there may be no row)."""

    fields: tuple[str, ...]
    rows: list[dict[str, Any]]


def calls(connection: Connection) -> list[dict[str, Any]]:
    """Calls that came in, oldest first; `rung` is the numbers tried, in order."""
    return _table(connection, _CALLS).rows


def requests(connection: Connection) -> list[dict[str, Any]]:
    """Requests, oldest first; `parts` counts messages left, `attempts` the tries to call back."""
    return _table(connection, _REQUESTS).rows


def messages(connection: Connection) -> list[dict[str, Any]]:
    """Messages to people, oldest first; those dropped before they were sent are not messages."""
    return _table(connection, _MESSAGES).rows


def export(connection: Connection, what: str, style: str) -> str:
    """The text of `rappel24 export WHAT --format STYLE`; KeyError for what is not in EXPORTS or FORMATS."""
    return FORMATS[style](_table(connection, EXPORTS[what]))


def as_json(table: Table) -> str:
    """A JSON array, one object a line."""
    objects = (json.dumps(row, ensure_ascii=False) for row in table.rows)
    return "[" + ",".join(f"\n{line}" for line in objects) + "\n]\n"


def as_csv(table: Table) -> str:
    """A header and a line for each row; a list is joined by `;`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, table.fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in table.rows)
    return text.getvalue()


def _table(connection: Connection, query: Select[Any]) -> Table:
    result = connection.execute(query)
    rows = [{name: _plain(value) for name, value in row.items()} for row in result.mappings()]
    return Table(tuple(result.keys()), rows)


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would work out is guarded; numbers stay E.164: of digits it makes nothing worse."""
    said = ";".join(value) if isinstance(value, list) else value
    return guarded(said) if isinstance(said, str) and not _NUMBERS.fullmatch(said) else said


def _phone_of(person_id: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(people.c.phone).where(people.c.id == person_id).scalar_subquery()


def _count_of(query: Select[Any]) -> ColumnElement[Any]:
    return query.with_only_columns(func.count()).scalar_subquery()


_rung = select(func.array_agg(aggregate_order_by(t.attempts.c.phone, t.attempts.c.seq))).where(
    t.attempts.c.call_id == t.calls.c.id
)
_CALLS = (
    select(
        t.calls.c.sid,
        t.calls.c.caller,
        wards.c.slug.label("ward"),
        t.calls.c.result,
        _phone_of(t.calls.c.answered_by).label("answered_by"),
        t.calls.c.started_at,
        t.calls.c.answered_at,
        t.calls.c.ended_at,
        func.coalesce(_rung.scalar_subquery(), cast(literal_column("'{}'"), ARRAY(Text))).label("rung"),
    )
    .outerjoin(wards, wards.c.id == t.calls.c.ward_id)
    .where(t.calls.c.direction == "inbound")
    .order_by(t.calls.c.started_at, t.calls.c.sid)
)

_REQUESTS = (
    select(
        t.requests.c.reference,
        wards.c.slug.label("ward"),
        t.requests.c.kind,
        t.requests.c.channel,
        t.requests.c.state,
        t.requests.c.caller,
        t.requests.c.created_at,
        t.requests.c.due_at,
        _phone_of(t.requests.c.claimed_by).label("claimed_by"),
        t.requests.c.claimed_at,
        t.requests.c.closed_at,
        t.requests.c.outcome,
        _count_of(select(t.parts).where(t.parts.c.request_id == t.requests.c.id)).label("parts"),
        _count_of(
            select(t.events).where(t.events.c.request_id == t.requests.c.id, t.events.c.kind == "attempted")
        ).label("attempts"),
    )
    .join(wards, wards.c.id == t.requests.c.ward_id)
    .order_by(t.requests.c.id)
)

_MESSAGES = (
    select(
        t.outbox.c.recipient.label("to"),
        t.outbox.c.purpose,
        t.requests.c.reference,
        t.outbox.c.channel,
        case((t.outbox.c.state == "sending", "waiting"), else_=t.outbox.c.state).label("state"),
        t.outbox.c.provider_sid,
        t.outbox.c.created_at,
        t.outbox.c.sent_at,
        t.outbox.c.attempts,
    )
    .outerjoin(t.requests, t.requests.c.id == t.outbox.c.request_id)
    .where(t.outbox.c.state != "dropped")
    .order_by(t.outbox.c.id)
)

EXPORTS: Mapping[str, Select[Any]] = {"calls": _CALLS, "requests": _REQUESTS, "messages": _MESSAGES}
FORMATS: Mapping[str, Callable[[Table], str]] = {"json": as_json, "csv": as_csv}
