"""Accounts as an administrator keeps them: who may sign in, as what, for which wards. Each act is on the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from config.clock import Moment
from scheduling.accounts import sessions
from scheduling.accounts.roles import Account, Role
from scheduling.accounts.rows import account_of
from scheduling.accounts.tables import account_wards, accounts, invitations, recovery_codes
from scheduling.accounts.tables import sessions as session_rows
from scheduling.accounts.wish import Refusal, Wish
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import wards


@dataclass(frozen=True)
class Listed:
    """An account as an administrator sees it. Instants are of real time."""

    account: Account
    ward_names: tuple[str, ...]
    has_password: bool
    has_second_factor: bool
    is_linked: bool  # the provider vouches for him
    codes_left: int
    invited_until: datetime | None  # the link that is open still
    locked_until: datetime | None
    seen: datetime | None  # while he is signed in somewhere
    disabled: bool

    @property
    def state(self) -> str:
        """In one word: disabled, locked, active, invited, or waiting (for a new link)."""
        if self.disabled:
            return "disabled"
        if self.locked_until is not None:
            return "locked"
        if self.is_linked or (self.has_password and self.has_second_factor):
            return "active"
        return "invited" if self.invited_until is not None else "waiting"


def create(conn: Connection, moment: Moment, by: Actor, wish: Wish) -> int | Refusal:
    """A new account; its id. It can do nothing until its owner has come with an invitation."""
    objection = wish.objection()
    if objection is not None:
        return objection
    kept = wish.kept
    # Two administrators at once: the second finds the address taken, whatever the table says a moment before.
    conn.execute(text("select pg_advisory_xact_lock(hashtext('accounts'))"))
    if conn.execute(select(exists().where(accounts.c.email == kept.email))).scalar_one():
        return Refusal.TAKEN
    row = insert(accounts).values(**_columns(kept), created_at=moment.now).returning(accounts.c.id)
    account_id: int = conn.execute(row).scalar_one()
    _name_wards(conn, account_id, kept.ward_ids)
    detail = {"after": _told(conn, kept)}
    trail.record(conn, moment, by, "account.created", subject=kept.name, detail=detail)
    return account_id


def change(conn: Connection, moment: Moment, by: Actor, account_id: int, wish: Wish) -> Refusal | None:
    """Another name, role, telephone, other wards; it counts from his next click on."""
    objection = wish.objection()
    if objection is not None:
        return objection
    kept = wish.kept
    conn.execute(text("select pg_advisory_xact_lock(hashtext('accounts'))"))
    before = one(conn, account_id)
    if before is None:
        return Refusal.UNKNOWN
    if kept.role is not Role.ADMIN and _is_last_admin(conn, before):
        return Refusal.LAST_ADMIN
    if conn.execute(select(exists().where(accounts.c.email == kept.email, accounts.c.id != account_id))).scalar_one():
        return Refusal.TAKEN
    was = _told(conn, Wish.of(before.account))
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(**_columns(kept)))
    _name_wards(conn, account_id, kept.ward_ids)
    detail = {"before": was, "after": _told(conn, kept)}
    trail.record(conn, moment, by, "account.changed", subject=kept.name, detail=detail)
    return None


def disable(conn: Connection, moment: Moment, by: Actor, account_id: int) -> Refusal | None:
    """He may not sign in any more, and is out at once, everywhere."""
    conn.execute(text("select pg_advisory_xact_lock(hashtext('accounts'))"))
    found = one(conn, account_id)
    if found is None:
        return Refusal.UNKNOWN
    if _is_last_admin(conn, found):
        return Refusal.LAST_ADMIN
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(disabled_at=moment.now))
    conn.execute(delete(invitations).where(invitations.c.account_id == account_id))
    sessions.end_all(conn, account_id)
    trail.record(conn, moment, by, "account.disabled", subject=found.account.name)
    return None


def enable(conn: Connection, moment: Moment, by: Actor, account_id: int) -> Refusal | None:
    """He may sign in again, as before."""
    found = one(conn, account_id)
    if found is None:
        return Refusal.UNKNOWN
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(disabled_at=None))
    trail.record(conn, moment, by, "account.enabled", subject=found.account.name)
    return None


def forget_second_factor(conn: Connection, moment: Moment, by: Actor, account_id: int) -> Refusal | None:
    """He lost his telephone and his codes: he enrols anew at his next sign-in, with his password."""
    found = one(conn, account_id)
    if found is None:
        return Refusal.UNKNOWN
    _forget_second_factor(conn, account_id)
    trail.record(conn, moment, by, "account.second_factor_reset", subject=found.account.name)
    return None


def reset(conn: Connection, moment: Moment, by: Actor, account_id: int) -> Refusal | None:
    """Everything that proves him is forgotten, and he is out everywhere: he comes with a new invitation."""
    found = one(conn, account_id)
    if found is None:
        return Refusal.UNKNOWN
    _forget_second_factor(conn, account_id)
    values = {"password_hash": None, "oidc_subject": None, "failures": 0, "locked_until_real": None}
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(values))
    trail.record(conn, moment, by, "account.reset", subject=found.account.name)
    return None


def _forget_second_factor(conn: Connection, account_id: int) -> None:
    gone = {"totp_sealed": None, "totp_step": None}
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(gone))
    conn.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    sessions.end_all(conn, account_id)


def choose_language(conn: Connection, account_id: int, language: str) -> None:
    """What he reads from now on."""
    conn.execute(update(accounts).where(accounts.c.id == account_id).values(language=language))


def listed(conn: Connection) -> list[Listed]:
    """Every account, the disabled ones last, by name."""
    rows = conn.execute(_LISTED.order_by(accounts.c.disabled_at.is_not(None), func.lower(accounts.c.name)))
    return [_listed(row) for row in rows]


def one(conn: Connection, account_id: int) -> Listed | None:
    """The account of that id."""
    row = conn.execute(_LISTED.where(accounts.c.id == account_id)).one_or_none()
    return None if row is None else _listed(row)


def id_of(conn: Connection, email: str) -> int | None:
    """The account that signs in with this address."""
    mine = select(accounts.c.id).where(accounts.c.email == email.strip().lower())
    found: int | None = conn.execute(mine).scalar_one_or_none()
    return found


_named = account_wards.join(wards, wards.c.id == account_wards.c.ward_id)
_ward_ids = (
    select(func.array_agg(aggregate_order_by(account_wards.c.ward_id, wards.c.name)))
    .select_from(_named)
    .where(account_wards.c.account_id == accounts.c.id)
)
_ward_names = (
    select(func.array_agg(aggregate_order_by(wards.c.name, wards.c.name)))
    .select_from(_named)
    .where(account_wards.c.account_id == accounts.c.id)
)
_unused = (recovery_codes.c.account_id == accounts.c.id, recovery_codes.c.used_real.is_(None))
_codes = select(func.count()).select_from(recovery_codes).where(*_unused)
_invited = select(func.max(invitations.c.until_real)).where(
    invitations.c.account_id == accounts.c.id,
    invitations.c.used_real.is_(None),
    invitations.c.until_real > func.real_now(),
)
_seen = select(func.max(session_rows.c.seen_real)).where(session_rows.c.account_id == accounts.c.id)
_LISTED = select(
    accounts,
    _ward_ids.scalar_subquery().label("ward_ids"),
    _ward_names.scalar_subquery().label("ward_names"),
    _codes.scalar_subquery().label("codes_left"),
    _invited.scalar_subquery().label("invited_until"),
    _seen.scalar_subquery().label("seen"),
    (accounts.c.locked_until_real > func.real_now()).label("locked"),
)


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        account=account_of(row),
        ward_names=tuple(row.ward_names or ()),
        has_password=row.password_hash is not None,
        has_second_factor=row.totp_sealed is not None,
        is_linked=row.oidc_subject is not None,
        codes_left=row.codes_left,
        invited_until=row.invited_until,
        locked_until=row.locked_until_real if row.locked else None,
        seen=row.seen,
        disabled=row.disabled_at is not None,
    )


def _columns(wish: Wish) -> dict[str, object]:
    return {
        "email": wish.email,
        "name": wish.name,
        "role": wish.role,
        "all_wards": wish.all_wards,
        "phone": wish.phone,
        "language": wish.language,
    }


def _name_wards(conn: Connection, account_id: int, ward_ids: frozenset[int]) -> None:
    conn.execute(delete(account_wards).where(account_wards.c.account_id == account_id))
    if ward_ids:
        rows = [{"account_id": account_id, "ward_id": ward_id} for ward_id in sorted(ward_ids)]
        conn.execute(insert(account_wards), rows)


def _told(conn: Connection, wish: Wish) -> Mapping[str, object]:
    """What the trail keeps of it: no address and no telephone."""
    named = select(wards.c.slug).where(wards.c.id.in_(wish.ward_ids)).order_by(wards.c.slug)
    slugs: Sequence[str] = conn.execute(named).scalars().all() if wish.ward_ids else ()
    return {"name": wish.name, "role": wish.role, "all_wards": wish.all_wards, "wards": list(slugs)}


def _is_last_admin(conn: Connection, found: Listed) -> bool:
    if found.account.role is not Role.ADMIN or found.disabled:
        return False
    others = select(func.count()).where(
        accounts.c.role == Role.ADMIN, accounts.c.disabled_at.is_(None), accounts.c.id != found.account.id
    )
    left: int = conn.execute(others.select_from(accounts)).scalar_one()
    return left == 0
