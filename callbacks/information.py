"""What a caller must be told of his data (GDPR 13): who answers for them, on what ground, how long, whom to ask.

An administrator writes who answers, for the whole house or for a hospital of it; how long each kind of data is kept is
read from the rules that were approved. What nobody has said yet is told as missing, never invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from callbacks.retention import kinds, rules
from callbacks.retention.kinds import Kind
from callbacks.trust_tables import information
from config.clock import Moment
from config.database import shaped
from scheduling.directories.forms import Form, Refused, Saved, Stale, difference, fingerprint
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards

# Of which a caller is told how long they are kept, in the order in which he is.
TOLD = (Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES, Kind.ANSWERS, Kind.CALLERS, Kind.SENT, Kind.READINGS)
LONGEST_POST = 300


class Basis(StrEnum):
    """The legal ground, as the establishment chose it with its data protection officer (GDPR 6)."""

    PUBLIC = "public"  # a task of public interest: 6.1.e
    LEGITIMATE = "legitimate"  # a legitimate interest: 6.1.f


@dataclass(frozen=True)
class Contact:
    """Who answers for the data, and whom a caller may ask; `phone` is E.164."""

    controller: str = ""
    officer: str = ""
    mail: str = ""
    phone: str | None = None
    post: str = ""
    basis: Basis = Basis.PUBLIC

    @property
    def can_be_asked(self) -> bool:
        """Whether there is any way to reach somebody."""
        return bool(self.mail or self.phone or self.post)


@dataclass(frozen=True)
class Notice:
    """What a caller of one hospital is told; `kept`: days, or None where no rule destroys anything."""

    hospital_id: int
    hospital: str
    contact: Contact
    own: bool  # whether the contact is the hospital's own, not the house's
    kept: Mapping[Kind, int | None]


class Kept(NamedTuple):
    """What one hospital tells of a voice message: how many days it is kept (None: no rule), and whom to call."""

    days: int | None
    phone: str | None


@dataclass(frozen=True)
class Spoken:
    """What is said of it in the menu, where no hospital is chosen yet: only what is true of all of them."""

    days: int | None  # the longest time that any of them keeps a voice message
    phone: str | None


def notices(conn: Connection) -> list[Notice]:
    """Of every hospital with a ward, by name."""
    known, approved = _contacts(conn), rules.standing(conn)
    served = hospitals.c.id.in_(select(wards.c.hospital_id))
    found = conn.execute(select(hospitals.c.id, hospitals.c.name).where(served).order_by(hospitals.c.name))
    return [
        Notice(
            hospital_id=row.id,
            hospital=row.name,
            contact=known.get(row.id) or known.get(None) or Contact(),
            own=row.id in known,
            kept={kind: kinds.days_of(approved, kind, row.id) for kind in TOLD},
        )
        for row in found
    ]


def heard(conn: Connection) -> Spoken:
    """What the menu says: what is true of every hospital with a ward. One statement: a caller waits for it."""
    return spoken([Kept(row.days, row.phone) for row in conn.execute(_HEARD, {"kind": Kind.RECORDINGS})])


def spoken(told: Sequence[Kept]) -> Spoken:
    """What holds for all of these. Pure."""
    known = [each.days for each in told if each.days is not None]
    phones = {each.phone for each in told}
    return Spoken(
        days=max(known) if known and len(known) == len(told) else None,
        phone=next(iter(phones)) if len(phones) == 1 else None,
    )


# A hospital's own row counts whole, also where it says nothing: what the house says is not put into its mouth.
_HEARD = shaped(
    """
    select case when rule.id is null then every_rule.days else rule.days end,
        case when own.id is null then house.phone else own.phone end
    from hospitals h
    left join information own on own.hospital_id = h.id
    left join information house on house.hospital_id is null
    left join retention_rules rule on rule.hospital_id = h.id and rule.kind = :kind
    left join retention_rules every_rule on every_rule.hospital_id is null and every_rule.kind = :kind
    where exists (select from wards w where w.hospital_id = h.id)""",
    "days",
    "phone",
)


def contact(conn: Connection, hospital_id: int | None) -> Contact:
    """What is on file for a hospital itself, or (None) for the house; empty when nothing is."""
    return _contacts(conn).get(hospital_id) or Contact()


def read_form(form: Form, zones: Sequence[str]) -> Contact | Refused:
    """What the form says; all its faults at once. `zones`: where its telephone number must mean the same."""
    post, chosen = form.lines("post"), form.text("basis") or Basis.PUBLIC
    if len(post) > LONGEST_POST:
        form.fault("post", "too_long", longest=LONGEST_POST)
    if chosen not in set(Basis):
        form.fault("basis", "unknown_choice")
    said = (form.text("controller"), form.text("officer"), form.email("mail"), form.phone("phone", zones), post)
    return Refused(tuple(form.faults)) if form.faults else Contact(*said, Basis(chosen))


def save(
    conn: Connection, moment: Moment, by: Actor, hospital_id: int | None, draft: Contact, seen: str
) -> Saved | Stale:
    """Write it, and the trail; unless somebody else did since it was shown (`seen`)."""
    before = contact(conn, hospital_id)
    if fingerprint(before) != seen:
        return Stale(next(iter(trail.read(conn, what="information", limit=1)), None))
    said = difference(asdict(before), asdict(draft))
    if said:
        values = asdict(draft) | {"changed_at": moment.now, "account_id": by.account_id}
        new = insert(information).values(hospital_id=hospital_id, **values)
        conn.execute(new.on_conflict_do_update(index_elements=["hospital_id"], set_=values))
        named = conn.execute(select(hospitals.c.name).where(hospitals.c.id == hospital_id)).scalar_one_or_none()
        trail.record(conn, moment, by, "information.changed", subject=named or "", detail=said)
    return Saved(hospital_id or 0, changed=bool(said))


def _contacts(conn: Connection) -> Mapping[int | None, Contact]:
    """What is on file, by hospital; None: for all without their own."""
    columns = [information.c[name] for name in Contact.__dataclass_fields__]
    found = conn.execute(select(information.c.hospital_id, *columns)).mappings()
    return {row["hospital_id"]: _contact(row) for row in found}


def _contact(row: RowMapping) -> Contact:
    values = {name: row[name] for name in Contact.__dataclass_fields__}
    return Contact(**values | {"basis": Basis(row["basis"])})
