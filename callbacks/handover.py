"""Hand-over: requests belong to the ward. Who comes on duty is told of them; who leaves closes or gives back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from callbacks import outbox, wording
from callbacks.errand import CALL_WORDS, Errand
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.promise import channels
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.register import Open, open_requests, view
from config.clock import Moment
from scheduling import store

BEFORE_THE_END = timedelta(minutes=15)  # the outgoing senior is still on duty then
LATE = timedelta(days=1)  # a hand-over missed by an outage is made up for this long

# Each row is a shift of which nobody was told yet, with the requests it is about. Who goes on after a shift of his own
# in the same ward takes nothing over; only the first of the rota is told.
_STARTS = text(
    """
    select begun.* from (
        select s.ward_id, s.person_id, lower(s.during) as at, array_agg(r.id) as requests,
            concat_ws(':', 'shift_start', s.ward_id, s.person_id, extract(epoch from lower(s.during))::bigint) as key
        from requests r
        join shifts s on s.ward_id = r.ward_id and s.during @> cast(:now as timestamptz)
            and lower(s.during) > r.created_at
        where r.state in ('open', 'claimed') and lower(s.during) > :oldest
        and not exists (
            select from shifts ahead where ahead.ward_id = s.ward_id and ahead.rank < s.rank
            and ahead.during @> lower(s.during))
        and not exists (
            select from shifts earlier where earlier.ward_id = s.ward_id and earlier.person_id = s.person_id
            and upper(earlier.during) = lower(s.during))
        group by s.ward_id, s.person_id, lower(s.during)) as begun
    where not exists (select from outbox where outbox.key = begun.key)"""
)
_ENDS = text(
    """
    select ending.* from (
        select s.ward_id, s.person_id, upper(s.during) as at, array_agg(r.id) as requests,
            concat_ws(':', 'shift_end', s.ward_id, s.person_id, extract(epoch from upper(s.during))::bigint) as key
        from requests r
        join shifts s on s.ward_id = r.ward_id and s.person_id = r.claimed_by and r.claimed_at < upper(s.during)
        where r.state = 'claimed' and upper(s.during) > :oldest and upper(s.during) <= :soon
        and not exists (
            select from shifts later where later.ward_id = s.ward_id and later.person_id = s.person_id
            and lower(later.during) = upper(s.during))
        group by s.ward_id, s.person_id, upper(s.during)) as ending
    where not exists (select from outbox where outbox.key = ending.key)"""
)


def announce(conn: Connection, moment: Moment, house: House) -> int:
    """Tell who has just come on duty, and who is about to leave; each once a shift. How many were told."""
    values = {"now": moment.now, "oldest": moment.now - LATE, "soon": moment.now + BEFORE_THE_END}
    messages = [_start(conn, row, moment, house) for row in conn.execute(_STARTS, values)]
    messages += [_end(conn, row, moment, house) for row in conn.execute(_ENDS, values)]
    return outbox.put(conn, messages, moment)


def _start(conn: Connection, row: Row[Any], moment: Moment, house: House) -> Message:
    waiting, errand = _waiting(conn, row, moment, house)
    link = errand.link(row.person_id)
    body = wording.shift_start(house, waiting, errand.view.zone, link)
    return _message(conn, row, Purpose.SHIFT_START, body, waiting, moment.now)


def _end(conn: Connection, row: Row[Any], moment: Moment, house: House) -> Message:
    waiting, errand = _waiting(conn, row, moment, house)
    body = wording.shift_end(house, waiting, row.at, errand.view.zone, errand.link(row.person_id))
    on_duty = moment.now < row.at
    at = moment.now if on_duty else by_day(moment.now, errand.view.zone)
    return _message(conn, row, Purpose.SHIFT_END, body, waiting, at)


def _waiting(conn: Connection, row: Row[Any], moment: Moment, house: House) -> tuple[list[Open], Errand]:
    """The requests it is about, most urgent first; the link is of the first."""
    waiting = open_requests(conn, row.requests)
    return waiting, Errand(conn, view(conn, waiting[0].id), moment, house)


def _message(
    conn: Connection, row: Row[Any], purpose: Purpose, body: str, waiting: list[Open], at: datetime
) -> Message:
    (person,) = store.people(conn, [row.person_id])
    (channel,) = channels(person, (Channel.SMS,))
    words = body if channel is Channel.SMS else CALL_WORDS
    detail: dict[str, object] = {"requests": [request.id for request in waiting]}
    return Message(row.key, purpose, channel, person.phone, person.id, waiting[0].id, words, at, detail)
