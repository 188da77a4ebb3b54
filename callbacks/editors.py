"""Who looks after a ward's rota and has a telephone: its editors, else the administrators."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from config import numbers


@dataclass(frozen=True)
class Editor:
    """An account that can be told by SMS, in its language."""

    account_id: int
    phone: str  # E.164, a mobile
    language: str


def of_ward(conn: Connection, ward_id: int) -> list[Editor]:
    """The editors of the ward who have a mobile; the administrators who have one when there are none."""
    rows = conn.execute(_LOOKING_AFTER, {"ward": ward_id})
    found = [(row.role, Editor(row.id, row.phone, row.language)) for row in rows if numbers.is_mobile(row.phone)]
    editors = [each for role, each in found if role == "editor"]
    return editors or [each for _, each in found]


_LOOKING_AFTER = text(
    """
    select a.id, a.role, a.phone, a.language from accounts a
    where a.disabled_at is null and a.phone is not null and (a.role = 'admin' or a.role = 'editor' and exists (
        select from account_wards w where w.account_id = a.id and w.ward_id = :ward))
    order by a.id"""
)
