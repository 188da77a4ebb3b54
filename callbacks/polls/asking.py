"""Asking: by SMS or e-mail, by day, within two days of the end; once for a request or a call, once a month for a GP.

After a request that was answered, or a call that a senior took from a doctor on file. Nothing in it names anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, insert, text

from callbacks import letters, outbox, register, ways
from callbacks.answers.ways import is_secure
from callbacks.assessed import ASSESSED
from callbacks.carrier_language import REFUSED_BY_STOP
from callbacks.commitment_tables import polls
from callbacks.errand import Errand
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.polls import answering, declining
from callbacks.purposes import Purpose
from callbacks.quiet import quiet_hours
from callbacks.ways import Way
from config import texts
from config.clock import Moment
from config.sealed_types import in_any_form
from config.texts import gsm7
from scheduling import store

AFTER = timedelta(hours=2)  # whoever was not called back after all has said so by then
UNTIL = timedelta(hours=48)  # indicator 17
A_MONTH = timedelta(days=30)
BATCH = 50
NOT_ASKED_AFTER = ("DOUBLON", "HORS_CHAMP")
BY = ("sms", "email")  # nobody is telephoned for this

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ended:
    """What a GP may be asked about: a request, or a call that a senior took."""

    request_id: int | None
    call_id: UUID | None
    ward_id: int
    hospital: str
    timezone: str
    practitioner_id: int | None
    caller: str | None  # of a call


def ask(conn: Connection, moment: Moment, house: House) -> int:
    """Ask those whose turn it is. How many."""
    if not conn.execute(_ALONE).scalar_one():
        return 0  # another tick is at it
    asked: set[int | None] = set()
    count = 0
    for ended in _due(conn, moment.now):
        if ended.practitioner_id not in asked and _tried(conn, ended, moment, house):
            asked |= {ended.practitioner_id} - {None}
            count += 1
    return count


def _tried(conn: Connection, ended: Ended, moment: Moment, house: House) -> bool:
    try:
        with conn.begin_nested():
            return _ask(conn, ended, moment, house)
    except Exception:  # a poll's edge: one bad row never stops the others
        log.exception("poll.failed", request=ended.request_id, call=str(ended.call_id))
        return False


def _ask(conn: Connection, ended: Ended, moment: Moment, house: House) -> bool:
    by_night = quiet_hours(moment.now, ZoneInfo(ended.timezone)) is not None
    way = None if by_night else next(_open_ways(conn, ended, moment, house), None)
    if way is None:
        return False
    poll_id, about = uuid4(), {"request_id": ended.request_id, "call_id": ended.call_id}
    conn.execute(insert(polls).values(id=poll_id, ward_id=ended.ward_id, asked_at=moment.now, **about))
    outbox.put(conn, [_message(ended, poll_id, way, moment, house)], moment)
    return True


def _open_ways(conn: Connection, ended: Ended, moment: Moment, house: House) -> Iterator[Way]:
    """The ways to him, the best first, that he has not closed; none at all when he was asked lately."""
    found = [way for way in _ways(conn, ended, moment, house) if _may_be_asked(way, house)]
    heard = [conn.execute(_HEARD, {"to": way.recipient, "since": moment.now - A_MONTH}).one() for way in found]
    if any(each.asked or each.declined for each in heard):
        return
    yield from (way for way, each in zip(found, heard, strict=True) if not each.stopped)


def _ways(conn: Connection, ended: Ended, moment: Moment, house: House) -> list[Way]:
    if ended.request_id is not None:
        return ways.to(Errand(conn, register.view(conn, ended.request_id), moment, house))
    known = None if ended.practitioner_id is None else store.practitioner(conn, ended.practitioner_id)
    channels = ways.WITHOUT_MAIL if house.mail_address is None else ways.ALL
    own = [ended.caller] if ended.caller else []
    return ways.in_order(own, known, ended.timezone, channels, abroad=house.abroad)


def _may_be_asked(way: Way, house: House) -> bool:
    """A secure mailbox is for patients' matters: it is not asked its opinion."""
    return way.channel in BY and not is_secure(way.recipient, house.secure_domains)


def _message(ended: Ended, poll_id: UUID, way: Way, moment: Moment, house: House) -> Message:
    link = answering.url(house.public_url, poll_id, house.secret_key)
    values = {"hospital": ended.hospital, "link": link}
    detail: dict[str, object] = {}
    if way.channel == "sms":
        body = gsm7.fit(texts.template("sms.poll", house.language), values, shorten=("hospital",))
    else:
        body = letters.framed(house, ended.hospital, [texts.say("mail.poll", house.language, **values)])
        detail = {"subject": texts.say("mail.poll_subject", house.language)}
    return Message(
        key=f"poll:{poll_id}",
        purpose=Purpose.POLL,
        channel=way.channel,
        recipient=way.recipient,
        person_id=None,
        request_id=ended.request_id,
        body=body,
        due_at=moment.now,
        detail=detail,
    )


# What is on record -------------------------------------------------------------------------------------------------


def _due(conn: Connection, now: datetime) -> list[Ended]:
    values: dict[str, Any] = {
        "oldest": now - UNTIL,
        "newest": now - AFTER,
        "month": now - A_MONTH,
        "kinds": sorted(ASSESSED),
        "unasked": list(NOT_ASKED_AFTER),
        "batch": BATCH,
    }
    return [Ended(*row) for row in conn.execute(_DUE, values)]


_ALONE = text("select pg_try_advisory_xact_lock(hashtext('polls'))")
# By ward: its index finds the latest ends. Some cannot be asked, and are found again each time: drawn by lot, they
# never stand in the way of the others.
_DUE = text(
    f"""
    with lately as (
        select distinct coalesce(r.practitioner_id, c.practitioner_id) as id from polls p
        left join requests r on r.id = p.request_id left join calls c on c.id = p.call_id
        where p.asked_at > :month),
    ended as (
        select r.id as request_id, null::uuid as call_id, coalesce(r.about_id, r.ward_id) as ward_id, h.name,
            h.timezone, r.practitioner_id, null::text as caller
        from wards w join hospitals h on h.id = w.hospital_id join requests r on r.ward_id = w.id
        where r.closed_at > :oldest and r.closed_at <= :newest and r.state = 'done' and r.kind = any(:kinds)
          and not (r.outcome = any(:unasked)) and not exists (select from polls p where p.request_id = r.id)
        union all
        select null, c.id, c.ward_id, h.name, h.timezone, c.practitioner_id, c.caller
        from wards w join hospitals h on h.id = w.hospital_id join calls c on c.ward_id = w.id
        where c.started_at > :oldest and c.ended_at <= :newest and c.result = 'answered' and c.direction = 'inbound'
          and c.practitioner_id is not null and not exists (select from polls p where p.call_id = c.id))
    select * from ended e
    where not exists (select from lately l where l.id = e.practitioner_id)
      and {declining.DECLINED.format(id="e.practitioner_id")} is not true
    order by random() limit :batch"""
)
# What went there before: this question within the month; whether it was declined; whether STOP was texted from there.
_HEARD = text(
    f"""
    select coalesce(bool_or(o.purpose = 'poll' and o.created_at > :since), false) as asked,
        coalesce(bool_or(p.declined_at is not null), false) as declined,
        coalesce(bool_or(o.error = '{REFUSED_BY_STOP}'), false) as stopped
    from outbox o left join polls p on p.id = case when o.purpose = 'poll' then cast(substr(o.key, 6) as uuid) end
    where o.recipient = any(:to)"""
).bindparams(*in_any_form("to"))
