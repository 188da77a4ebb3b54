"""Hand-over: requests belong to the ward. Who begins a shift is told until when, and of what is open; who leaves closes
or gives back.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
LATE = timedelta(days=1)  # a hand-over of requests missed by an outage is made up for this long
STALE = timedelta(minutes=30)  # later, that a shift has begun is no news
SHIFT_WORDS = "voice.shift_begins"  # the catalogue key that a call about a shift speaks

# Who begins: he did not hold the ward at this rank, or nearer to the caller, until then. `first`: nobody is ahead.
BEGINS = """
    not exists (
        select from shifts earlier where earlier.ward_id = s.ward_id and earlier.person_id = s.person_id
        and earlier.rank <= s.rank and upper(earlier.during) = lower(s.during))"""
FIRST = """
    not exists (
        select from shifts ahead where ahead.ward_id = s.ward_id and ahead.rank < s.rank
        and ahead.during @> lower(s.during))"""
# Each row is a shift of which its holder was not told yet. Only the first of the rota is told of requests.
_STARTS = text(
    f"""
    select begun.* from (
        select s.ward_id, s.person_id, s.rank, lower(s.during) as at, w.name as ward, h.timezone, {FIRST} as first,
            w.announces_shift and lower(s.during) > :fresh as announced, w.asks_presence, waiting.requests,
            concat_ws(':', 'shift_start', s.ward_id, s.person_id, extract(epoch from lower(s.during))::bigint,
                nullif(s.rank, 1)) as key
        from wards w
        join hospitals h on h.id = w.hospital_id
        join shifts s on s.ward_id = w.id and s.during @> cast(:now as timestamptz) and lower(s.during) > :oldest
        cross join lateral (
            select coalesce(array_agg(r.id), '{{}}') as requests from requests r
            where r.ward_id = s.ward_id and r.state in ('open', 'claimed') and r.created_at < lower(s.during)
        ) as waiting
        where {BEGINS}) as begun
    where (announced or first and requests <> '{{}}')
    and not exists (select from outbox where outbox.key = begun.key)
    order by at, ward_id, rank"""
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
_UNTIL = text(
    """
    with recursive on_duty as (
        select rank, upper(during) as until from shifts
        where ward_id = :ward_id and person_id = :person_id and rank = :rank and lower(during) = :at
        union
        select s.rank, upper(s.during) from on_duty join shifts s on s.ward_id = :ward_id
            and s.person_id = :person_id and s.rank >= on_duty.rank and lower(s.during) = on_duty.until)
    select max(until) from on_duty"""
)


def announce(conn: Connection, moment: Moment, house: House) -> int:
    """Tell who has just come on duty, and who is about to leave; each once a shift. How many were told."""
    oldest, fresh, soon = moment.now - LATE, moment.now - STALE, moment.now + BEFORE_THE_END
    starts = conn.execute(_STARTS, {"now": moment.now, "oldest": oldest, "fresh": fresh}).all()
    found = [_start(conn, row, moment, house) for row in starts]
    ends = conn.execute(_ENDS, {"oldest": oldest, "soon": soon}).all()
    found += [_end(conn, row, moment, house) for row in ends]
    return outbox.put(conn, [message for message in found if message is not None], moment)


def until(conn: Connection, ward_id: int, person_id: int, rank: int, at: datetime) -> datetime | None:
    """When he who begins at `at` leaves: shifts of his that follow each other are one to him."""
    values = {"ward_id": ward_id, "person_id": person_id, "rank": rank, "at": at}
    end: datetime | None = conn.execute(_UNTIL, values).scalar_one()
    return end


def telephone(conn: Connection, lost: Row[Any], moment: Moment) -> None:
    """That his shift begins did not reach him by SMS: he is told by voice."""
    if lost.channel == Channel.SMS:
        key = f"{lost.key}:call"
        call = Message(
            key, lost.purpose, Channel.CALL, lost.recipient, lost.person_id, None, SHIFT_WORDS, moment.now, lost.detail
        )
        outbox.put(conn, [call], moment)


def _start(conn: Connection, row: Row[Any], moment: Moment, house: House) -> Message | None:
    if not (row.first and row.requests):
        return _begins(conn, row, moment, house)
    waiting, errand = _waiting(conn, row, moment, house)
    end = until(conn, row.ward_id, row.person_id, row.rank, row.at) or row.at
    zone, link = errand.view.zone, errand.link(row.person_id)
    body = wording.shift_start(house, waiting, end, moment.now, zone, link)
    return _message(conn, row, Purpose.SHIFT_START, body, waiting, moment.now)


def _begins(conn: Connection, row: Row[Any], moment: Moment, house: House) -> Message | None:
    """Nothing is open, or he is not the first: until when, and at which rank. None: he is called in any case."""
    (person,) = store.people(conn, [row.person_id])
    (channel,) = channels(person, (Channel.SMS,))
    if channel is Channel.CALL and row.first and row.asks_presence:
        return None
    end = until(conn, row.ward_id, row.person_id, row.rank, row.at) or row.at
    rank = 1 if row.first else row.rank
    body = SHIFT_WORDS
    if channel is Channel.SMS:
        body = wording.shift_begins(house, row.ward, rank, end, moment.now, ZoneInfo(row.timezone))
    detail: dict[str, object] = {"ward": row.ward_id, "rank": rank, "until": end.isoformat()}
    return Message(row.key, Purpose.SHIFT_START, channel, person.phone, person.id, None, body, moment.now, detail)


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
