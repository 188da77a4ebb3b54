"""The trail: who changed what, when and why. It only grows; what was written is never changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB, array

from config.clock import Moment
from scheduling.planning import tables as p


@dataclass(frozen=True)
class Actor:
    """Who changes something: an account, or a process without one ("import", "presence")."""

    account_id: int | None
    name: str


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    id: int
    at: datetime
    by: Actor
    what: str  # rota.assign, ward.changed, …
    ward_id: int | None
    subject: str
    detail: Mapping[str, Any] = field(hash=False)
    why: str
    undoes_id: int | None
    undone_by_id: int | None  # the later line that took this one back


def record(
    conn: Connection,
    moment: Moment,
    by: Actor,
    what: str,
    *,
    ward_id: int | None = None,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    why: str = "",
    undoes_id: int | None = None,
) -> int:
    """Write one line in the caller's transaction; its id. `detail` is JSON; nothing secret or of a patient in it."""
    values = {
        "at": moment.now,
        "account_id": by.account_id,
        "actor": by.name,
        "what": what,
        "ward_id": ward_id,
        "subject": subject,
        "detail": detail or {},
        "why": why,
        "undoes_id": undoes_id,
    }
    written: int = conn.execute(insert(p.audit).values(values).returning(p.audit.c.id)).scalar_one()
    return written


def read(
    conn: Connection,
    *,
    ward_ids: Collection[int] | None = None,
    account_id: int | None = None,
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
    before_id: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Newest first.

    `ward_ids` None: every line, those of no ward too. `what` is a word ("rota.swap") or its room ("rota"). Each word of
    `search` is in actor, subject or reason. `before_id` is where the page before ended.
    """
    audit = p.audit.c
    wanted = [_says(word) for word in search.split()]
    if ward_ids is not None:
        wanted.append(audit.ward_id.in_(list(ward_ids)))
    if account_id is not None:
        wanted.append(audit.account_id == account_id)
    if what:
        wanted.append(or_(audit.what == what, audit.what.startswith(f"{what}.", autoescape=True)))
    if since is not None:
        wanted.append(audit.at >= since)
    if until is not None:
        wanted.append(audit.at < until)
    if before_id is not None:
        wanted.append(audit.id < before_id)
    query = _ENTRIES.where(*wanted)
    return [_entry(row) for row in conn.execute(query.order_by(audit.id.desc()).limit(limit))]


def entry(conn: Connection, audit_id: int) -> Entry | None:
    """The line of that id."""
    row = conn.execute(_ENTRIES.where(p.audit.c.id == audit_id)).one_or_none()
    return None if row is None else _entry(row)


def actors(conn: Connection, ward_ids: Collection[int] | None = None) -> list[Actor]:
    """The accounts whose lines there are, by name; `ward_ids` as in `read`."""
    audit = p.audit.c
    query = select(audit.account_id, func.max(audit.actor).label("name")).where(audit.account_id.is_not(None))
    if ward_ids is not None:
        query = query.where(audit.ward_id.in_(list(ward_ids)))
    rows = conn.execute(query.group_by(audit.account_id).order_by("name"))
    return [Actor(row.account_id, row.name) for row in rows]


def removal(conn: Connection, shift_id: int) -> Entry | None:
    """The change that took this shift out of the rota; None when none did."""
    row = conn.execute(_REMOVAL, {"shift": [{"id": shift_id}]}).first()
    return None if row is None else _entry(row)


def rota_changes(conn: Connection, ward_id: int, after_id: int = 0) -> list[Entry]:
    """The changes of a ward's rota since that line, oldest first: each took shifts out or put some in."""
    changes = p.audit.c.detail.has_all(array(["removed", "added"]))
    query = _ENTRIES.where(p.audit.c.ward_id == ward_id, p.audit.c.id > after_id, changes).order_by(p.audit.c.id)
    return [_entry(row) for row in conn.execute(query)]


_undoing = p.audit.alias("undoing")
_ENTRIES: Select[Any] = select(p.audit, _undoing.c.id.label("undone_by_id")).outerjoin(
    _undoing, _undoing.c.undoes_id == p.audit.c.id
)
# Written as the index is: `detail['removed']` would not find it.
_REMOVED = p.audit.c.detail.op("->", return_type=JSONB())(literal_column("'removed'"))
_REMOVAL = _ENTRIES.where(_REMOVED.contains(bindparam("shift", type_=JSONB))).order_by(p.audit.c.id.desc()).limit(1)


def _says(word: str) -> ColumnElement[bool]:
    audit = p.audit.c
    return or_(*(column.icontains(word, autoescape=True) for column in (audit.actor, audit.subject, audit.why)))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        by=Actor(row.account_id, row.actor),
        what=row.what,
        ward_id=row.ward_id,
        subject=row.subject,
        detail=row.detail,
        why=row.why,
        undoes_id=row.undoes_id,
        undone_by_id=row.undone_by_id,
    )
