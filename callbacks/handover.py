"""Hand-over: requests belong to the ward. Who begins a shift is told until when, and of what is open.

Who leaves is asked for what he has in hand, and half an hour later it goes back to the ward.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from callbacks import holding, outbox, wording
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
AFTER_THE_END = timedelta(minutes=30)  # for the callback that he is about to make
LATE = timedelta(days=1)  # a hand-over of requests missed by an outage is made up for this long
LONG_LEFT = timedelta(days=7)  # and what should have gone back for this long
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
# A ward, and those whose line it may answer: they are covered by it, or by one that is.
_ANSWERED_BY = """
    answered_by as (
        select id as ward_id, id as by_id from wards
        union select a.ward_id, w.covered_by_id from answered_by a join wards w on w.id = a.by_id
        where w.covered_by_id is not null)"""
# Each row is a shift of which its holder was not told yet. Only the first of the rota is told of requests: those of
# his ward, and of the wards that it may answer for.
_STARTS = text(
    f"""
    with recursive {_ANSWERED_BY}
    select begun.* from (
        select s.ward_id, s.person_id, s.rank, lower(s.during) as at, w.name as ward, h.timezone, {FIRST} as first,
            w.announces_shift and w.live_from <= :now and lower(s.during) > :fresh as announced,
            w.asks_presence, waiting.requests,
            concat_ws(':', 'shift_start', s.ward_id, s.person_id, extract(epoch from lower(s.during))::bigint,
                nullif(s.rank, 1)) as key
        from wards w
        join hospitals h on h.id = w.hospital_id
        join shifts s on s.ward_id = w.id and s.during @> cast(:now as timestamptz) and lower(s.during) > :oldest
        cross join lateral (
            select coalesce(jsonb_object_agg(r.id, r.ward_id), '{{}}') as requests
            from answered_by a join requests r on r.ward_id = a.ward_id
            where a.by_id = s.ward_id and r.state in ('open', 'claimed') and r.created_at < lower(s.during)
        ) as waiting
        where {BEGINS}) as begun
    where (announced or first and requests <> '{{}}')
    and not exists (select from outbox where outbox.key = begun.key)
    order by at, ward_id, rank"""
)
# The end of a duty during which, or before which, he claimed it: a shift of his in the ward or in one that answers for
# it, which no other of his goes on from. Of two that end together his own ward's counts.
_LEAVING = f"""
    with recursive {_ANSWERED_BY}
    select distinct on (r.id, upper(s.during)) r.id, s.ward_id, s.person_id, upper(s.during) as at
    from requests r
    join answered_by a on a.ward_id = r.ward_id
    join shifts s on s.ward_id = a.by_id and s.person_id = r.claimed_by and r.claimed_at < upper(s.during)
    where r.state = 'claimed' and s.during && tstzrange(:oldest, :until) and upper(s.during) between :oldest and :until
    and not exists (
        select from answered_by b join shifts later on later.ward_id = b.by_id
        where b.ward_id = r.ward_id and later.person_id = s.person_id
        and lower(later.during) <= upper(s.during) and upper(later.during) > upper(s.during))
    order by r.id, upper(s.during), s.ward_id <> r.ward_id"""
# What one tick tells the others need not look for.
_ALONE = text("select pg_try_advisory_xact_lock(hashtextextended('handover', 0))")
_ENDS = text(
    f"""
    select ending.* from (
        select ward_id, person_id, at, (select name from wards where id = ward_id) as ward,
            array_agg(id order by id) as requests,
            concat_ws(':', 'shift_end', ward_id, person_id, extract(epoch from at)::bigint) as key
        from ({_LEAVING}) as leaving group by ward_id, person_id, at) as ending
    where not exists (select from outbox where outbox.key = ending.key)"""
)
# Not while the two are on the telephone, nor from who is on duty again. Its row is ours from here on: who claims it
# again at this instant keeps it.
_LEFT = text(
    f"""
    select r.id, l.ward_id, l.person_id, l.at, (select name from wards where id = l.ward_id) as ward
    from ({_LEAVING}) as l join requests r on r.id = l.id
    where r.state = 'claimed' and r.claimed_by = l.person_id and r.claimed_at < l.at
    and not exists (select from bridges where request_id = r.id and outcome is null)
    and not exists (
        with recursive {_ANSWERED_BY}
        select from answered_by b join shifts again on again.ward_id = b.by_id
        where b.ward_id = r.ward_id and again.person_id = l.person_id
        and lower(again.during) <= :now and upper(again.during) > :now)
    order by r.id for no key update of r skip locked"""
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
    """Take back from who has left, then tell him, who has just come on duty and who is about to leave; each once a
    shift. How many were told.
    """
    if not conn.execute(_ALONE).scalar_one():
        return 0
    oldest, fresh, soon = moment.now - LATE, moment.now - STALE, moment.now + BEFORE_THE_END
    found = _given_back(conn, moment, house)
    starts = conn.execute(_STARTS, {"now": moment.now, "oldest": oldest, "fresh": fresh}).all()
    found += _begun(conn, starts, moment, house)
    ends = conn.execute(_ENDS, {"oldest": oldest, "until": soon}).all()
    found += [_end(conn, row, moment, house) for row in ends]
    return outbox.put(conn, found, moment)


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


def _given_back(conn: Connection, moment: Moment, house: House) -> list[Message]:
    """What who has left had in hand is the ward's again; he is told by day."""
    left: dict[tuple[int, int, datetime], list[Row[Any]]] = {}
    values = {"now": moment.now, "oldest": moment.now - LONG_LEFT, "until": moment.now - AFTER_THE_END}
    for row in conn.execute(_LEFT, values).all():
        if isinstance(holding.release(conn, row.id, row.person_id, moment, "shift_end"), holding.Released):
            left.setdefault((row.ward_id, row.person_id, row.at), []).append(row)
    found = [_told_so(conn, rows, moment, house) for rows in left.values()]
    return [message for message in found if message is not None]


def _told_so(conn: Connection, rows: Sequence[Row[Any]], moment: Moment, house: House) -> Message | None:
    """That he has nothing more in hand; None: he cannot be texted, and nothing is asked of him that is worth a call."""
    row, ids = rows[0], sorted({row.id for row in rows})
    about = f"{row.ward_id}:{row.person_id}:{int(row.at.timestamp())}"
    outbox.take_back(conn, [f"shift_end:{about}"])
    (person,) = store.people(conn, [row.person_id])
    if channels(person, (Channel.SMS,)) != (Channel.SMS,):
        return None
    body = wording.given_back(house, row.ward, open_requests(conn, ids))
    at = by_day(moment.now, view(conn, ids[0]).zone)
    detail: dict[str, object] = {"requests": ids}
    key = f"given_back:{about}:{ids[0]}"
    return Message(key, Purpose.GIVEN_BACK, Channel.SMS, person.phone, person.id, ids[0], body, at, detail)


def _begun(conn: Connection, rows: Sequence[Row[Any]], moment: Moment, house: House) -> list[Message]:
    """One message for each who begins; a request stands in one of them alone, that of its own ward if there is one."""
    named = {(row.person_id, id) for row in rows for id in _own(row)}
    found = []
    for row in rows:
        covered = [id for id in _covered(conn, row) if (row.person_id, id) not in named]
        named |= {(row.person_id, id) for id in covered}
        found.append(_start(conn, row, [*_own(row), *covered], moment, house))
    return [message for message in found if message is not None]


def _own(row: Row[Any]) -> list[int]:
    """What is open in the ward itself, if he is the first to be told of it."""
    return [int(id) for id, ward_id in row.requests.items() if row.first and ward_id == row.ward_id]


def _covered(conn: Connection, row: Row[Any]) -> list[int]:
    """What is open in the wards that his answers for when he begins."""
    wards = set(row.requests.values()) - {row.ward_id} if row.first else ()
    answering = {ward_id: store.on_call(conn, ward_id, row.at).answering for ward_id in wards}
    his = {ward_id for ward_id, ward in answering.items() if ward is not None and ward.id == row.ward_id}
    return [int(id) for id, ward_id in row.requests.items() if ward_id in his]


def _start(conn: Connection, row: Row[Any], requests: Sequence[int], moment: Moment, house: House) -> Message | None:
    if not requests:
        return _begins(conn, row, moment, house) if row.announced else None
    waiting, errand = _waiting(conn, requests, moment, house)
    end = until(conn, row.ward_id, row.person_id, row.rank, row.at) or row.at
    zone, link = ZoneInfo(row.timezone), errand.link(row.person_id)
    body = wording.shift_start(house, row.ward, waiting, end, moment.now, zone, link)
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
    waiting, errand = _waiting(conn, row.requests, moment, house)
    body = wording.shift_end(house, row.ward, waiting, row.at, errand.view.zone, errand.link(row.person_id))
    on_duty = moment.now < row.at
    at = moment.now if on_duty else by_day(moment.now, errand.view.zone)
    return _message(conn, row, Purpose.SHIFT_END, body, waiting, at)


def _waiting(conn: Connection, request_ids: Sequence[int], moment: Moment, house: House) -> tuple[list[Open], Errand]:
    """The requests it is about, most urgent first; the link is of the first."""
    waiting = open_requests(conn, request_ids)
    return waiting, Errand(conn, view(conn, waiting[0].id), moment, house)


def _message(
    conn: Connection, row: Row[Any], purpose: Purpose, body: str, waiting: list[Open], at: datetime
) -> Message:
    (person,) = store.people(conn, [row.person_id])
    (channel,) = channels(person, (Channel.SMS,))
    words = body if channel is Channel.SMS else CALL_WORDS
    detail: dict[str, object] = {"requests": [request.id for request in waiting]}
    return Message(row.key, purpose, channel, person.phone, person.id, waiting[0].id, words, at, detail)
