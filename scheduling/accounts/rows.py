"""Rows of the table of accounts as values."""

from typing import Any

from sqlalchemy import Row

from scheduling.accounts.roles import Account, Role


def account_of(row: Row[Any]) -> Account:
    """The account of a row that also has the `ward_ids` named for it (null: none)."""
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        phone=row.phone,
        language=row.language,
        role=Role(row.role),
        all_wards=row.all_wards,
        ward_ids=frozenset(row.ward_ids or ()),
    )
