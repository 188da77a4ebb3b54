"""Who agreed to what: when, and where he said so. Taken back, a line stays, for it says until when he did."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless

from config.clock import Moment
from config.numbers import PARIS
from scheduling import tables as t
from scheduling.partner_tables import opt_ins
from scheduling.plain_text import guarded
from scheduling.planning import trail
from scheduling.planning.trail import Actor

LONGEST_SOURCE: Final = 120
COLUMNS: Final = ("name", "email", "practice", "postcode", "source", "given_at")


class Purpose(StrEnum):
    """What for."""

    NEWSLETTER = "newsletter"
    POLL = "poll"  # the three questions after a callback: asked unless he declined


@dataclass(frozen=True)
class OptIn:
    """He agreed at `given_at`, as `source` shows; `withdrawn_at`: until then."""

    purpose: Purpose
    source: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Reader:
    """Somebody who gets the newsletter, and the proof of it."""

    name: str
    email: str
    practice: str
    postcode: str
    source: str
    given_at: datetime


def of(conn: Connection, practitioner_id: int) -> list[OptIn]:
    """All that he said, the latest first."""
    columns = (opt_ins.c.purpose, opt_ins.c.source, opt_ins.c.given_at, opt_ins.c.withdrawn_at)
    his = select(*columns).where(opt_ins.c.practitioner_id == practitioner_id)
    rows = conn.execute(his.order_by(opt_ins.c.given_at.desc(), opt_ins.c.id.desc()))
    return [OptIn(Purpose(row.purpose), row.source, row.given_at, row.withdrawn_at) for row in rows]


def give(
    conn: Connection,
    moment: Moment,
    by: Actor,
    practitioner_id: int,
    purpose: Purpose,
    source: str,
    given_at: datetime | None = None,
) -> bool:
    """He agrees, now or at `given_at`; False: he did already, and the first proof stays."""
    row = {"practitioner_id": practitioner_id, "purpose": purpose, "source": _tidy(source)}
    given = insert_unless(opt_ins).values(row | {"given_at": given_at or moment.now})
    new = conn.execute(given.on_conflict_do_nothing().returning(opt_ins.c.id)).scalar_one_or_none()
    if new is not None:
        _note(conn, moment, by, "practitioner.opted_in", practitioner_id, purpose, _tidy(source))
    return new is not None


def take_back(conn: Connection, moment: Moment, by: Actor, practitioner_id: int, purpose: Purpose) -> bool:
    """He agrees no more; False: he did not."""
    stands = (opt_ins.c.practitioner_id == practitioner_id) & (opt_ins.c.purpose == purpose)
    ended = update(opt_ins).where(stands, opt_ins.c.withdrawn_at.is_(None)).values(withdrawn_at=moment.now)
    if not conn.execute(ended).rowcount:
        return False
    _note(conn, moment, by, "practitioner.opted_out", practitioner_id, purpose, "")
    return True


def decline(conn: Connection, moment: Moment, by: Actor, practitioner_id: int, purpose: Purpose, source: str) -> None:
    """He says no to what is done unless one declines: a line that was over when it began, so that the no is on file."""
    if take_back(conn, moment, by, practitioner_id, purpose) or has_declined(conn, practitioner_id, purpose):
        return
    row = {"practitioner_id": practitioner_id, "purpose": purpose, "source": _tidy(source)}
    conn.execute(insert(opt_ins).values(row | {"given_at": moment.now, "withdrawn_at": moment.now}))
    _note(conn, moment, by, "practitioner.opted_out", practitioner_id, purpose, _tidy(source))


def has_declined(conn: Connection, practitioner_id: int, purpose: Purpose) -> bool:
    """Whether his last word on it is a no."""
    said = [each for each in of(conn, practitioner_id) if each.purpose is purpose]
    return bool(said) and all(each.withdrawn_at is not None for each in said)


def readers(conn: Connection) -> list[Reader]:
    """Who agreed to the newsletter, has not taken it back, and has an address; by name."""
    here = t.practitioners.c
    stands = (opt_ins.c.purpose == Purpose.NEWSLETTER) & opt_ins.c.withdrawn_at.is_(None)
    columns = (here.name, here.email, here.practice, here.postcode, opt_ins.c.source, opt_ins.c.given_at)
    found = select(*columns).join(opt_ins, opt_ins.c.practitioner_id == here.id)
    found = found.where(stands, here.email != "", here.erased_at.is_(None)).order_by(here.folded, here.id)
    return [Reader(*row) for row in conn.execute(found)]


def newsletter(found: Sequence[Reader]) -> bytes:
    """The same as a file that Excel opens, for the tool that sends the newsletter."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in found:
        said = (one.name, one.email, one.practice, one.postcode, one.source)
        writer.writerow([*map(guarded, said), one.given_at.astimezone(ZoneInfo(PARIS)).date().isoformat()])
    return text.getvalue().encode("utf-8-sig")


def _tidy(source: str) -> str:
    return " ".join(source.replace("\0", "").split())[:LONGEST_SOURCE]


def _note(
    conn: Connection, moment: Moment, by: Actor, what: str, practitioner_id: int, purpose: Purpose, source: str
) -> None:
    his = select(t.practitioners.c.name).where(t.practitioners.c.id == practitioner_id)
    name = conn.execute(his).scalar_one()
    detail = {"id": practitioner_id, "purpose": purpose.value, "source": source}
    trail.record(conn, moment, by, what, subject=name, detail=detail)
