"""Who wants no more of it is not asked again: a practitioner by his entry, who is on no file by where he was asked."""

from uuid import UUID

from sqlalchemy import Connection, text, update

from callbacks.commitment_tables import polls
from config.clock import Moment
from config.sealed_types import in_any_form
from scheduling.directories import opt_ins
from scheduling.directories.opt_ins import Purpose
from scheduling.planning.trail import Actor

# As `opt_ins.has_declined` says it, for many at once; null: he never said anything. `{id}`: whose.
DECLINED = """(select bool_and(o.withdrawn_at is not null) from opt_ins o
    where o.practitioner_id = {id} and o.purpose = 'poll')"""


def decline(conn: Connection, moment: Moment, poll_id: UUID) -> None:
    """Whoever was asked by this poll declines; said twice it is said once."""
    own = (polls.c.id == poll_id) & polls.c.declined_at.is_(None)
    conn.execute(update(polls).where(own).values(declined_at=moment.now))
    _note(conn, moment, conn.execute(_WHO, {"id": poll_id}).scalar_one_or_none(), "poll")


def stop(conn: Connection, moment: Moment, sender: str, practitioner_id: int | None) -> None:
    """Somebody wrote STOP: of what nobody needs he gets no more, also where his carrier lets it through again."""
    conn.execute(_ALL_OF_HIS, {"sender": sender, "now": moment.now})
    _note(conn, moment, practitioner_id, "sms")


def _note(conn: Connection, moment: Moment, practitioner_id: int | None, source: str) -> None:
    if practitioner_id is not None:
        opt_ins.decline(conn, moment, Actor(None, source), practitioner_id, Purpose.POLL, source)


_WHO = text(
    """
    select coalesce(r.practitioner_id, c.practitioner_id) from polls p
    left join requests r on r.id = p.request_id left join calls c on c.id = p.call_id where p.id = :id"""
)
_ALL_OF_HIS = text(
    """
    update polls set declined_at = :now where declined_at is null and id in (
        select cast(substr(key, 6) as uuid) from outbox where recipient = any(:sender) and purpose = 'poll')"""
).bindparams(*in_any_form("sender"))
