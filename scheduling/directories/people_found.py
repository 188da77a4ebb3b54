"""Whom an account finds in the directory of people: those of its wards, by what it asks."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from scheduling import tables as t
from scheduling.accounts.roles import Account
from scheduling.directories.people import Entry, Standing
from scheduling.directories.searching import PAGE, Found, is_number, words_of
from scheduling.rota import Ward


@dataclass(frozen=True)
class Listed:
    """A person in the list."""

    id: int
    name: str
    title: str
    category: str
    phone: str
    verified: bool
    opted_out: bool
    wards: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """Which people are somebody's to see and to change: those of his wards."""

    everything: bool
    wards: frozenset[int]

    @classmethod
    def of(cls, account: Account) -> "Scope":
        """What an account reaches."""
        return cls(account.administers or account.all_wards, account.ward_ids)

    def sees(self, entry: Entry, standing: Standing) -> bool:
        """Whether this person exists for him."""
        return self.everything or bool(self.wards & (entry.ward_ids | standing.above_ids))

    def owns(self, entry: Entry, standing: Standing) -> bool:
        """Whether he alone answers for the entry: the person belongs to no ward but his."""
        theirs = entry.ward_ids | standing.above_ids
        return self.everything or (bool(theirs) and theirs <= self.wards)


def search(conn: Connection, scope: Scope, wards: Collection[Ward], asked: str, page: int) -> Found[Listed]:
    """The people of a scope, by name, those that every word is said of: name, title, telephone, e-mail, ward."""
    condition = and_(t.people.c.left_at.is_(None), _in_scope(scope), *_asked(asked, wards))
    names = func.array_agg(aggregate_order_by(t.wards.c.name, t.wards.c.name)).filter(t.wards.c.id.is_not(None))
    query = (
        select(t.people, names.label("wards"), func.count().over().label("total"))
        .outerjoin(t.ward_seniors, t.ward_seniors.c.person_id == t.people.c.id)
        .outerjoin(t.wards, t.wards.c.id == t.ward_seniors.c.ward_id)
        .where(condition)
        .group_by(t.people.c.id)
        .order_by(t.people.c.folded, t.people.c.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    rows = conn.execute(query).all()
    total = rows[0].total if rows else conn.execute(select(func.count()).where(condition)).scalar_one()
    return Found(tuple(_listed(row) for row in rows), total, page)


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        name=row.name,
        title=row.title,
        category=row.category,
        phone=row.phone,
        verified=row.phone_verified_at is not None,
        opted_out=row.opted_out_at is not None,
        wards=tuple(row.wards or ()),
    )


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    person = t.people.c.id
    if scope.everything:
        return person.is_not(None)
    if not scope.wards:
        return false()
    wards = list(scope.wards)
    members = select(t.ward_seniors.c.person_id).where(t.ward_seniors.c.ward_id.in_(wards))
    theirs = t.wards.alias("theirs")
    above = (theirs.c.head_id == person) | (theirs.c.coordinator_id == person)
    is_above = select(theirs.c.id).where(theirs.c.id.in_(wards), above).correlate(t.people).exists()
    return or_(person.in_(members), is_above)


def _asked(asked: str, wards: Collection[Ward]) -> list[ColumnElement[bool]]:
    if is_number(asked):
        return [t.people.c.phone.contains(is_number(asked), autoescape=True)]
    return [_says(word, wards) for word in words_of(asked)]


def _says(word: str, wards: Collection[Ward]) -> ColumnElement[bool]:
    """The word is in his name, his title or his address, or names one of his wards."""
    named = [ward.id for ward in wards if word in " ".join(words_of(f"{ward.name} {ward.slug}"))]
    members = select(t.ward_seniors.c.person_id).where(t.ward_seniors.c.ward_id.in_(named))
    himself = or_(
        t.people.c.folded.contains(word, autoescape=True),
        *(t.people.c[name].icontains(word, autoescape=True) for name in ("title", "category", "email")),
    )
    return or_(himself, t.people.c.id.in_(members)) if named else himself
