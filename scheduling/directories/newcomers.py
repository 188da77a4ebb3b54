"""A doctor who asks to be on file: what he says of himself, who on file may be him, and both joined into one entry."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, false, or_, select

from config import numbers
from scheduling import likeness, store
from scheduling import tables as t
from scheduling.directories.forms import Form, Refused
from scheduling.directories.practitioners import (
    MOST_PHONES,
    PREFERRED,
    REACH,
    Entry,
    read_choice,
    read_phones,
    read_postcode,
    read_rpps,
)
from scheduling.likeness import Alike, Traits, bare

MOST_ALIKE = 200  # of those with his name alone who are looked at


class Proof(StrEnum):
    """By what he shows that he is where he says."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True)
class Newcomer:
    """What he wrote; `newsletter`: he ticked the box."""

    entry: Entry
    newsletter: bool
    proof: Proof

    @property
    def address(self) -> str:
        """Where the code goes: a mobile (E.164), or his e-mail address."""
        mobile = next((phone for phone in self.entry.phones if numbers.is_mobile(phone)), "")
        return mobile if self.proof is Proof.SMS else self.entry.email

    def written(self) -> bytes:
        """As it is sealed."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def read(cls, written: bytes) -> "Newcomer":
        """What was sealed; what a later release said beside it is left out."""
        said: Mapping[str, Any] = json.loads(written)
        known = {name: value for name, value in said["entry"].items() if name in Entry.__dataclass_fields__}
        return cls(Entry(**known | {"phones": tuple(known["phones"])}), said["newsletter"], Proof(said["proof"]))


def read_form(conn: Connection, form: Form, *, mail: bool) -> Newcomer | Refused:
    """What the public form says; `mail`: the house has a mail server. It never tells who is on file already."""
    zones = {hospital.timezone for hospital in store.hospitals(conn)} or {numbers.PARIS}
    said = Entry(
        name=form.text("name", required=True, longest=80),
        email=form.email("email"),
        rpps=read_rpps(form),
        practice=form.text("practice"),
        phones=read_phones(form, zones),
        postcode=read_postcode(form),
        mssante=form.email("mssante"),
        preferred=read_choice(form, "preferred", PREFERRED),
        reach=read_choice(form, "reach", REACH),
    )
    by_mail = mail and form.text("proof") == Proof.EMAIL
    found = Newcomer(said, form.flag("newsletter"), Proof.EMAIL if by_mail else Proof.SMS)
    if not found.address:
        form.fault("email" if by_mail else "phone", "proof_email" if by_mail else "proof_mobile")
    if found.newsletter and not said.email:
        form.fault("email", "newsletter_email")
    return Refused(tuple(form.faults)) if form.faults else found


def alike(conn: Connection, said: Entry) -> list[Alike]:
    """Who on file may be him, the likeliest first."""
    traits = Traits(said.name, frozenset(said.phones), said.rpps, said.postcode)
    return likeness.alike(traits, store.practitioners_of(conn, compared(conn, said)))


def compared(conn: Connection, said: Entry) -> set[int]:
    """Whom on file he is compared with: who has his number or RPPS, and the first MOST_ALIKE of his name."""
    his = t.practitioners.c
    words = and_(*(his.folded.contains(word, autoescape=True) for word in bare(said.name)))
    having = select(t.practitioner_phones.c.practitioner_id).where(t.practitioner_phones.c.phone.in_(said.phones))
    here = select(his.id).where(his.erased_at.is_(None))
    # Who has no RPPS has none in common with the others who have none.
    same_rpps = his.rpps == said.rpps if said.rpps else false()
    sure = conn.execute(here.where(or_(his.id.in_(having), same_rpps))).scalars()
    by_name = conn.execute(here.where(words).order_by(his.id).limit(MOST_ALIKE)).scalars()
    return {*sure, *by_name}


def whose_rpps(conn: Connection, said: Entry) -> int | None:
    """Who on file has this RPPS."""
    his = t.practitioners.c
    return conn.execute(select(his.id).where(his.rpps == said.rpps)).scalar_one_or_none() if said.rpps else None


def proved(one: Newcomer, contact: str) -> bool:
    """Whether the code went to this number or address."""
    return contact == one.address


def joined(known: Entry, one: Newcomer) -> Entry:
    """His entry with what he says now. What is known of him stays where he says nothing.

    Answers and codes go to the first mobile and to his addresses, and whoever has his RPPS number can write his name:
    those that are known stay, and where there is none yet only the one that he has proved is taken.
    """
    said = one.entry
    names = ("rpps", "practice", "postcode", "preferred", "reach")
    new = {name: getattr(said, name) or getattr(known, name) for name in names}
    mails = {name: getattr(known, name) for name in ("email", "mssante")}
    mails |= {name: value for name in mails if (value := getattr(said, name)) and proved(one, value)}
    return replace(known, **new, **mails, phones=_phones(known.phones, one))


def _phones(known: tuple[str, ...], one: Newcomer) -> tuple[str, ...]:
    """The known ones first. A first mobile is one that he proved by SMS; where he proved none, none is taken."""
    trusted = one.proof is Proof.SMS or any(numbers.is_mobile(phone) for phone in known)
    said = [phone for phone in one.entry.phones if trusted or not numbers.is_mobile(phone)]
    return tuple(dict.fromkeys((*known, *said)))[:MOST_PHONES]
