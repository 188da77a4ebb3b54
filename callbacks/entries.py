"""How the register is changed: one statement finds a request as it must stand, changes it, and writes the event."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from callbacks.states import Kind
from config.clock import Moment

OPEN = "state = 'open'"
PENDING = "state in ('open', 'claimed')"
_MOVE = """
    with moved as (update requests r set {sets} where id = :id and {condition} returning id),
    logged as (
        insert into events (request_id, at, kind, person_id, account_id, detail)
        select id, :now, :kind, :person_id, :account_id, :detail from moved)
    select count(*) from moved"""


def move(
    conn: Connection,
    request_id: int,
    kind: Kind,
    moment: Moment,
    sets: str,
    values: Mapping[str, object],
    *,
    person_id: int | None = None,
    account_id: int | None = None,
    detail: Mapping[str, object] | None = None,
    of: str = PENDING,
) -> bool:
    """True when the request stood as `of` asks: then it is changed, and the event is written.

    `account_id`: who did it at a desk of the office.
    """
    common: dict[str, object] = {
        "id": request_id,
        "kind": kind,
        "now": moment.now,
        "person_id": person_id,
        "account_id": account_id,
        "detail": detail or {},
    }
    statement = logging(_MOVE.format(sets=sets, condition=of))
    return bool(conn.execute(statement, {**common, **values}).scalar_one())


_LOG = """
    insert into events (request_id, at, kind, person_id, account_id, detail)
    values (:id, :now, :kind, :person_id, :account_id, :detail)"""


def log(
    conn: Connection,
    request_id: int,
    kind: Kind,
    moment: Moment,
    *,
    person_id: int | None = None,
    account_id: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write that something happened which changes nothing else."""
    values = {
        "id": request_id,
        "now": moment.now,
        "kind": kind,
        "person_id": person_id,
        "account_id": account_id,
        "detail": detail or {},
    }
    conn.execute(logging(_LOG), values)


@cache
def logging(statement: str) -> TextClause:
    """A statement that writes an event with its `detail`."""
    return text(statement).bindparams(bindparam("detail", type_=JSONB))
