"""Who looks after a ward's rota and can be told of it: its editors, else the administrators."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from config import numbers


@dataclass(frozen=True)
class Editor:
    """An account that can be told something, in its language."""

    account_id: int
    phone: str  # E.164, "" without one
    email: str
    language: str

    @property
    def has_mobile(self) -> bool:
        """Whether an SMS reaches him."""
        return bool(self.phone) and numbers.is_mobile(self.phone)


def of_ward(conn: Connection, ward_id: int, *, by_mail: bool = False) -> list[Editor]:
    """The editors of the ward who can be told: by SMS, or `by_mail` too; the administrators when there are none."""
    rows = conn.execute(_LOOKING_AFTER, {"ward": ward_id})
    all_of_them = [(row.role, Editor(row.id, row.phone or "", row.email, row.language)) for row in rows]
    found = [(role, each) for role, each in all_of_them if by_mail or each.has_mobile]
    editors = [each for role, each in found if role == "editor"]
    return editors or [each for _, each in found]


_LOOKING_AFTER = text(
    """
    select a.id, a.role, a.phone, a.email, a.language from accounts a
    where a.disabled_at is null and (a.role = 'admin' or a.role = 'editor' and exists (
        select from account_wards w where w.account_id = a.id and w.ward_id = :ward))
    order by a.id"""
)
