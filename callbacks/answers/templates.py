"""Sentences that a ward answers with again and again. They hold nothing of a patient, so they are not sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from callbacks.written_tables import templates
from config import texts
from config.clock import Moment

LONGEST_TITLE, LONGEST_BODY = 60, 2000
HOUSE = ("advice", "visit", "urgent")  # texts of the catalogue, whose ids are below zero
MOST = 50  # of one ward: what is longer is not looked through on a telephone


@dataclass(frozen=True)
class Template:
    """A text to begin an answer with; without `ward_id`, every ward's."""

    id: int
    ward_id: int | None
    title: str
    body: str


def offered(conn: Connection, ward_id: int, language: str) -> Sequence[Template]:
    """What this ward's seniors may choose from; at first, and unless they have one of that name, the house's own."""
    kept = of_ward(conn, ward_id)
    own = [
        Template(-place, None, texts.say(f"answer.template_{each}_title", language), _words(each, language))
        for place, each in enumerate(HOUSE, start=1)
    ]
    return [*kept, *(each for each in own if each.title not in {known.title for known in kept})]


def _words(each: str, language: str) -> str:
    return texts.say(f"answer.template_{each}", language).strip()


def of_ward(conn: Connection, ward_id: int) -> Sequence[Template]:
    """What was kept for it, then what was kept for every ward, each by title."""
    columns = (templates.c.id, templates.c.ward_id, templates.c.title, templates.c.body)
    its = (templates.c.ward_id == ward_id) | templates.c.ward_id.is_(None)
    order = (templates.c.ward_id.is_(None), func.lower(templates.c.title), templates.c.id)
    return [Template(*row) for row in conn.execute(select(*columns).where(its).order_by(*order))]


def keep(conn: Connection, ward_id: int, title: str, body: str, person_id: int, moment: Moment) -> bool:
    """Keep a text under this title for the ward; one that has it is replaced. False: nothing to keep, or full."""
    title, body = " ".join(title.split())[:LONGEST_TITLE], body.strip()[:LONGEST_BODY]
    if not title or not body:
        return False
    known = {each.title for each in of_ward(conn, ward_id) if each.ward_id == ward_id}
    if title not in known and len(known) >= MOST:
        return False
    values = {"body": body, "changed_at": moment.now, "person_id": person_id}
    row = insert(templates).values(ward_id=ward_id, title=title, **values)
    conn.execute(row.on_conflict_do_update(index_elements=["ward_id", "title"], set_=values))
    return True


def remove(conn: Connection, ward_id: int, template_id: int) -> bool:
    """Take one of the ward's own away; every ward's stay."""
    its = (templates.c.id == template_id) & (templates.c.ward_id == ward_id)
    return conn.execute(delete(templates).where(its)).rowcount == 1
