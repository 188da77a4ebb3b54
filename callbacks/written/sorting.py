"""What nobody could understand in time, for somebody to sort: to which ward it goes, to which request, or to none.

A talk is to be sorted a quarter of an hour after its first message; until somebody has, the GP's answer still works.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, Row, text

from callbacks.kinds import store as kinds
from callbacks.kinds.kind import Code
from callbacks.written import asked_for, situation, store
from callbacks.written.filing import NotOpen as NotOpen
from callbacks.written.filing import file_dialogue as file_dialogue
from callbacks.written.filing import hold_dialogue
from callbacks.written.filing import join_dialogue as join_dialogue
from config.clock import Moment
from config.crypto import Box, Unreadable
from ivr import finding

SHOWN = 100  # the most pressing; beyond it the page says so by its count
MANY = 500
NEVER_SO_OFTEN = 1000


class Reason(StrEnum):
    """Why no request is made of it."""

    THANKS = "thanks"  # nothing is asked
    ADVERTISING = "advertising"
    NOT_A_DOCTOR = "not_a_doctor"  # a patient, a wrong number: told another way
    TOLD = "told"  # he was called, and answered
    TWICE = "twice"  # the same is on file already


@dataclass(frozen=True)
class ToSort:
    """A talk that somebody must sort before `due_at`. `ward_ids`: those it may be for, as far as anything is known.

    `sender`: a number, an address, or the sid of the call in which it was spoken.
    """

    id: int
    channel: str
    sender: str
    created_at: datetime
    due_at: datetime
    sort_at: datetime
    question: str | None  # what he was asked last
    ward_ids: tuple[int, ...]
    told: int  # how often somebody was told of it
    messages: int


@dataclass(frozen=True)
class Words:
    """One message of it; `text` None: no key opens it any more."""

    id: UUID
    at: datetime
    text: str | None


def waiting(conn: Connection, now: datetime, limit: int = SHOWN, told_less_than: int = NEVER_SO_OFTEN) -> list[ToSort]:
    """What is to be sorted, the most pressing first."""
    values = {"now": now, "limit": limit, "times": told_less_than}
    return [_to_sort(row) for row in conn.execute(_WAITING, values)]


def one(conn: Connection, dialogue_id: int, now: datetime) -> ToSort | None:
    """What is to be sorted under this id; None when it was, or is not yet."""
    row = conn.execute(_ONE, {"id": dialogue_id, "now": now}).one_or_none()
    return None if row is None else _to_sort(row)


def mark(conn: Connection, now: datetime) -> str:
    """A word that changes when something is to be sorted, or was."""
    row = conn.execute(_MARK, {"now": now, "many": MANY}).one()
    return f"{row.count}-{row.last}"


def words(conn: Connection, box: Box, dialogue_id: int) -> list[Words]:
    """What was written, oldest first. Who reads it is recorded by who hands it out."""
    return [Words(each.id, each.at, _opened(box, each)) for each in store.gathered(conn, dialogue_id)]


def understood(conn: Connection, said: Iterable[Words]) -> str:
    """Which kind of request these words ask for, as far as they can be read; advice when they do not say."""
    together = "\n".join(each.text for each in said if each.text)
    wards = [each.ward for each in situation.wards(conn).values()]
    return asked_for.kind(together, finding.named(together, wards))


def may_be_asked(conn: Connection, ward_ids: Iterable[int]) -> list[str]:
    """The kinds of request that a GP may make of the hospitals of these wards, in their order."""
    found = [kind for ward_id in ward_ids for kind in kinds.every_of_ward(conn, ward_id).values()]
    offered = {kind.code for kind in found if kind.offered and not kind.reverse}
    return [code for code in Code if code in offered]


def dismiss(conn: Connection, dialogue_id: int, reason: Reason, moment: Moment, account_id: int | None = None) -> None:
    """Nothing is made of it; NotOpen. Its words are kept as long as those of whatever became nothing."""
    hold_dialogue(conn, dialogue_id)
    settled = [message.id for message in store.gathered(conn, dialogue_id)]
    store.settle(conn, settled, "ignored", reason=f"sorted_{reason}")
    store.end(conn, dialogue_id, "sorted", moment, account_id=account_id)


_COLUMNS = """
    select d.id, d.channel, d.sender, d.created_at, d.due_at, d.sort_at, d.question, d.told,
        case when d.ward_id is not null then array[d.ward_id]
             when d.question = 'among' then array(select value::int from jsonb_array_elements_text(d.choices))
             when d.question in ('which', 'instead') then array(
                select distinct r.ward_id from requests r
                where r.id in (select value::bigint from jsonb_array_elements_text(d.choices)) order by 1)
             else array[]::int[] end as ward_ids,
        (select count(*) from written w where w.dialogue_id = d.id and w.verdict = 'waiting')
        + (select count(*) from recordings r where r.dialogue_id = d.id) as messages
    from dialogues d where d.state = 'open' and d.sort_at <= :now"""
_WAITING = text(f"{_COLUMNS} and d.told < :times order by d.due_at, d.id limit :limit")
_ONE = text(f"{_COLUMNS} and d.id = :id")
_MARK = text(
    """
    select count(*) as count, coalesce(max(id), 0) as last from (
        select id from dialogues where state = 'open' and sort_at <= :now limit :many) open"""
)


def _to_sort(row: Row[tuple[object, ...]]) -> ToSort:
    return ToSort(**{**row._mapping, "ward_ids": tuple(row.ward_ids)})


def _opened(box: Box, message: store.Message) -> str | None:
    try:
        return store.words_of(box, message)
    except Unreadable:
        return None
