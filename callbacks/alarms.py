"""What an operator must know: one row an alarm, counted, standing until it is cleared. No names, no numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from callbacks.tables import alarms


@dataclass(frozen=True)
class Alarm:
    """Something that stands in the way of the promise, since when, and how often it was seen."""

    key: str
    kind: str
    detail: Mapping[str, object]
    count: int
    first_at: datetime
    last_at: datetime


def raise_alarm(conn: Connection, kind: str, key: str, detail: Mapping[str, object] | None = None) -> None:
    """Raise it, or say that it still stands; `key` makes it one (`opted_out:12`). Ids and codes alone in `detail`."""
    new = insert(alarms).values(
        key=key, kind=kind, detail=detail or {}, first_at=func.app_now(), last_at=func.app_now()
    )
    again = {
        "kind": new.excluded.kind,
        "detail": new.excluded.detail,
        "count": alarms.c.count + 1,
        "last_at": new.excluded.last_at,
        "cleared_at": None,
    }
    conn.execute(new.on_conflict_do_update(index_elements=["key"], set_=again))


def clear(conn: Connection, key: str) -> bool:
    """It is mended. False when it did not stand."""
    standing = (alarms.c.key == key) & alarms.c.cleared_at.is_(None)
    return conn.execute(update(alarms).where(standing).values(cleared_at=func.app_now())).rowcount == 1


def standing(conn: Connection) -> list[Alarm]:
    """What stands now, the latest first."""
    columns = (alarms.c.key, alarms.c.kind, alarms.c.detail, alarms.c.count, alarms.c.first_at, alarms.c.last_at)
    found = select(*columns).where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.last_at.desc(), alarms.c.key)
    return [Alarm(**row._mapping) for row in conn.execute(found)]
