"""What must not be destroyed, whatever the rules say: one request, one practitioner, one ward, or everything."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from callbacks.tables import calls, requests
from callbacks.trust_tables import holds
from config.clock import Moment
from scheduling.accounts.tables import accounts
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, practitioner_phones, practitioners, wards

LONGEST_REASON = 500
ALONE = "retention"  # of destroying, and of placing a hold: once it is placed, nothing more of it goes


class Refusal(StrEnum):
    """Why no hold is placed."""

    NO_REASON = "no_reason"
    SEVERAL = "several"  # more than one thing is named
    STANDS = "stands"  # there is one already


@dataclass(frozen=True)
class On:
    """What a hold is on; nothing named: everything."""

    request_id: int | None = None
    practitioner_id: int | None = None
    ward_id: int | None = None

    @property
    def several(self) -> bool:
        """Whether more than one thing is named."""
        return sum(each is not None for each in (self.request_id, self.practitioner_id, self.ward_id)) > 1


@dataclass(frozen=True)
class Hold:
    """A hold as a list shows it; `name` of what it is on, "" for everything."""

    id: int
    on: On
    name: str
    reason: str
    placed_at: datetime
    placed_by: str | None
    lifted_at: datetime | None
    lifted_by: str | None


@dataclass(frozen=True)
class Held:
    """What stands under a hold now, and by which numbers and addresses a practitioner who is held is known."""

    everything: bool
    request_ids: frozenset[int]
    practitioner_ids: frozenset[int]
    ward_ids: frozenset[int]
    phones: frozenset[str]
    mails: frozenset[str]

    def of_a_request(self) -> ColumnElement[bool]:
        """Whether a row of `requests` is held."""
        if self.everything:
            return requests.c.id.is_not(None)
        return or_(
            false(),
            _among(requests.c.id, self.request_ids),
            _among(requests.c.practitioner_id, self.practitioner_ids),
            _among(requests.c.ward_id, self.ward_ids),
            _among(requests.c.caller, self.phones),
            _among(requests.c.mail, self.mails),
        )

    def of_a_call(self) -> ColumnElement[bool]:
        """Whether a row of `calls` is held, whatever its request is."""
        if self.everything:
            return calls.c.id.is_not(None)
        return or_(
            false(),
            _among(calls.c.practitioner_id, self.practitioner_ids),
            _among(calls.c.ward_id, self.ward_ids),
            _among(calls.c.caller, self.phones),
        )


def hold_still(conn: Connection) -> None:
    """Nobody destroys anything, nor places a hold, besides this transaction."""
    conn.execute(select(func.pg_advisory_xact_lock(func.hashtext(ALONE))))


def alone(conn: Connection) -> bool:
    """As `hold_still`, when nobody else is at it; else False at once."""
    return bool(conn.execute(select(func.pg_try_advisory_xact_lock(func.hashtext(ALONE)))).scalar_one())


def place(conn: Connection, moment: Moment, by: Actor, on: On, reason: str) -> int | Refusal:
    """From now on nothing of it is destroyed; its number. The trail names who, and what it is on by its id alone."""
    reason = " ".join(reason.replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        return Refusal.NO_REASON
    if on.several:
        return Refusal.SEVERAL
    hold_still(conn)
    if conn.execute(select(holds.c.id).where(_standing(), _is_on(on))).first() is not None:
        return Refusal.STANDS
    values = {"reason": reason, "placed_at": moment.now, "placed_by": by.account_id}
    new = insert(holds).values(**_columns(on), **values).returning(holds.c.id)
    placed: int = conn.execute(new).scalar_one()
    trail.record(conn, moment, by, "retention.held", ward_id=on.ward_id, subject=f"n° {placed}", detail=_columns(on))
    return placed


def lift(conn: Connection, moment: Moment, by: Actor, hold_id: int) -> bool:
    """The rules count again; False when it does not stand."""
    his = update(holds).where(holds.c.id == hold_id, _standing())
    done = conn.execute(his.values(lifted_at=moment.now, lifted_by=by.account_id)).rowcount == 1
    if done:
        trail.record(conn, moment, by, "retention.lifted", subject=f"n° {hold_id}", detail={"id": hold_id})
    return done


def listed(conn: Connection) -> list[Hold]:
    """All that were placed: those that stand first, the latest first."""
    return [_hold(row) for row in conn.execute(_LISTED)]


def request_of(conn: Connection, reference: str) -> int:
    """The request of this reference. LookupError."""
    found: int | None = conn.execute(
        select(requests.c.id).where(requests.c.reference == reference)
    ).scalar_one_or_none()
    if found is None:
        raise LookupError("no request has this reference")
    return found


def held(conn: Connection) -> Held:
    """What is held now."""
    rows = conn.execute(select(holds.c.request_id, holds.c.practitioner_id, holds.c.ward_id).where(_standing())).all()
    practitioner_ids = frozenset(row.practitioner_id for row in rows if row.practitioner_id is not None)
    of_theirs = practitioner_phones.c.practitioner_id.in_(practitioner_ids)
    mails = select(practitioners.c.email).where(practitioners.c.id.in_(practitioner_ids), practitioners.c.email != "")
    return Held(
        everything=any(set(row) == {None} for row in rows),
        request_ids=frozenset(row.request_id for row in rows if row.request_id is not None),
        practitioner_ids=practitioner_ids,
        ward_ids=frozenset(row.ward_id for row in rows if row.ward_id is not None),
        phones=frozenset(conn.execute(select(practitioner_phones.c.phone).where(of_theirs)).scalars()),
        mails=frozenset(mail.lower() for mail in conn.execute(mails).scalars()),
    )


_WARD = wards.c.name + ", " + hospitals.c.name  # two hospitals have wards of one name
_placer, _lifter = accounts.alias("placer"), accounts.alias("lifter")
_LISTED = (
    select(
        holds,
        _placer.c.name.label("placer"),
        _lifter.c.name.label("lifter"),
        func.coalesce(requests.c.reference, practitioners.c.name, _WARD, "").label("name"),
    )
    .outerjoin(_placer, _placer.c.id == holds.c.placed_by)
    .outerjoin(_lifter, _lifter.c.id == holds.c.lifted_by)
    .outerjoin(requests, requests.c.id == holds.c.request_id)
    .outerjoin(practitioners, practitioners.c.id == holds.c.practitioner_id)
    .outerjoin(wards, wards.c.id == holds.c.ward_id)
    .outerjoin(hospitals, hospitals.c.id == wards.c.hospital_id)
    .order_by(holds.c.lifted_at.is_not(None), holds.c.placed_at.desc(), holds.c.id.desc())
)


def _hold(row: Row[Any]) -> Hold:
    on = On(row.request_id, row.practitioner_id, row.ward_id)
    return Hold(row.id, on, row.name, row.reason, row.placed_at, row.placer, row.lifted_at, row.lifter)


def _standing() -> ColumnElement[bool]:
    return holds.c.lifted_at.is_(None)


def _columns(on: On) -> dict[str, int | None]:
    return {"request_id": on.request_id, "practitioner_id": on.practitioner_id, "ward_id": on.ward_id}


def _is_on(on: On) -> ColumnElement[bool]:
    return and_(*(holds.c[name].is_not_distinct_from(value) for name, value in _columns(on).items()))


def _among(column: ColumnElement[Any], known: frozenset[Any]) -> ColumnElement[bool]:
    """Never null: what has no value is not among them."""
    return func.coalesce(column.in_(sorted(known)), False) if known else false()
