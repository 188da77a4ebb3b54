"""Climbing the ladder: what is due is decided, written and planned anew, in one transaction under a lock on its row.

A request that was closed meanwhile, or whose rung somebody else has climbed, is left alone.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, text

from callbacks import alarms, between, entries, handover, ladders, promise, reach, reminders, telling
from callbacks.answers import unread
from callbacks.carrier_language import REFUSED_BY_STOP as REFUSED_BY_STOP
from callbacks.errand import Errand
from callbacks.house import House
from callbacks.ladder import Ladder
from callbacks.promise import Alert, Cover, RequestView
from callbacks.purposes import TO_THE_WARD, TOLD_BY_VOICE, Purpose
from callbacks.register import locked, taken_up
from callbacks.states import Kind
from callbacks.tables import outbox
from callbacks.written import to_sort
from config import story
from config.clock import Moment
from scheduling import store
from scheduling.rota import OnCall

log = structlog.get_logger(__name__)

_DUE = text(
    """
    select id from requests where next_step_at <= :now or notice_at <= :now
    order by least(next_step_at, notice_at) limit :limit for update skip locked"""
)
_PLAN = "next_rung = :rung, next_step_at = :at"
# What was owed by now was said. A try that was put off is the next word owed: to who has it.
_GIVEN = """notice_at = case when notice_at is null or notice_at > :now then notice_at
    when state = 'claimed' and retry_at > :now then retry_at end"""
_NOTICE_GIVEN = text(f"update requests set {_GIVEN} where id = :id")
_HURRIED = text(f"update requests set {_PLAN} where id = :id")
_POSTPONED = text(f"update requests set {_PLAN}, {_GIVEN} where id = :id")
_CLIMBED = f"{_PLAN}, climbed_at = :now, {_GIVEN}"
# What a plan asks of the rota, at several instants, is read at once; what lies beyond, each by itself.
BEHIND, AHEAD = timedelta(hours=1), timedelta(hours=36)
_OPT_OUT = text("update people set opted_out_at = coalesce(opted_out_at, :now) where id = :id")


@dataclass(frozen=True)
class Climbed:
    """What was due about a request is done: the rung that was climbed, if any, and how many alerts tell of it."""

    rung: str | None = None
    told: int = 0

    def tell(self) -> None:
        """A line of the log; for who reads it, the rung was climbed: not before that is committed."""
        if self.rung is not None:
            log.info("rung.climbed", rung=self.rung, told=self.told)


def due(conn: Connection, moment: Moment, limit: int) -> Sequence[int]:
    """Requests with a rung to climb, or somebody to be told, now; the first that are. When there are as many as were
    asked for they come in any order: others have been given the same, and do not meet them in step.
    """
    found = list(conn.execute(_DUE, {"now": moment.now, "limit": limit}).scalars())
    return found if len(found) < limit else random.sample(found, len(found))


def climb(conn: Connection, request_id: int, moment: Moment, house: House) -> Climbed | None:
    """Do what is due about this request; None: nothing is any more, or somebody else is at it. Two ticks share what
    is due. Once it is committed, `tell` of it.
    """
    taken = taken_up(conn, request_id, moment.now)
    if taken is None:
        return None
    view, its_story = taken
    story.follow(its_story, request=request_id)
    return _do_what_is_due(Errand(conn, view, moment, house))


def _do_what_is_due(errand: Errand) -> Climbed:
    conn, view, now = errand.conn, errand.view, errand.moment.now
    rung_is_due = view.next_step_at is not None and view.next_step_at <= now
    cover = _cover(conn, view.ward_id, now if rung_is_due else None)
    # Before anybody is counted for: an alarm that it raises is never waited for by who counts alone.
    ladder = ladders.of(conn, view.ward_id, view.kind) if rung_is_due else None
    if view.notice_at is not None and view.notice_at <= now:
        _give_notice(errand, cover)
    if ladder is None:
        conn.execute(_NOTICE_GIVEN, {"id": view.id, "now": now})
        return Climbed()
    instead = promise.postponed(view, cover, ladder, now)
    if instead is None:
        return _climb(errand, cover, ladder)
    conn.execute(_POSTPONED, {"id": view.id, "rung": instead.rung, "at": instead.at, "now": now})
    return Climbed()


def alert_failed(conn: Connection, outbox_id: int, moment: Moment, house: House) -> None:
    """A message did not arrive, and so it alerted nobody: the same person is telephoned, then the next rung comes."""
    lost = conn.execute(select(outbox).where(outbox.c.id == outbox_id)).one_or_none()
    if lost is None:
        return
    if lost.error == REFUSED_BY_STOP and lost.person_id is not None:
        conn.execute(_OPT_OUT, {"id": lost.person_id, "now": moment.now})
        alarms.raise_alarm(conn, "opted_out", f"opted_out:{lost.person_id}", {"person": lost.person_id})
    if lost.request_id is None:
        if lost.purpose in TOLD_BY_VOICE:
            handover.telephone(conn, lost, moment)
        if lost.purpose == Purpose.TO_SORT:
            to_sort.not_arrived(conn, lost, moment, house)
        return
    if lost.purpose == Purpose.UNREAD:
        unread.not_arrived(conn, lost, moment, house)
        return
    request_id = lost.request_id
    if lost.purpose == Purpose.SUMMARY and lost.person_id is not None:
        request_id = reminders.still_his(conn, request_id, lost.person_id, lost.detail)
    errand = Errand(conn, locked(conn, request_id), moment, house)
    if lost.purpose not in TO_THE_WARD:
        reach.not_arrived(errand, lost.purpose, lost.channel)
    elif not errand.view.state.closed and _concerns(errand.view, lost.person_id):
        _unheeded(errand, lost)


def _climb(errand: Errand, cover: Cover, ladder: Ladder) -> Climbed:
    """Tell whom the rung tells, and the GP when the promise is broken; then plan the next step."""
    conn, view, now = errand.conn, errand.view, errand.moment.now
    rung = ladder.find(view.next_rung) or ladder.last
    on_call = cover(now)
    alerts = promise.who(rung, view, on_call, now)
    telling.tell(errand, rung, on_call, alerts, ladder)
    if rung.repeat is not None and not view.repeats:
        sent = reach.apologise(errand, told=on_call.ward.head is not None)
        entries.log(conn, view.id, Kind.APOLOGY, errand.moment, detail={"sent": sent})
    repeats = view.repeats + (rung.repeat is not None)
    climbed = replace(view, last_rung=rung.name, climbed_at=now, repeats=repeats)
    step = promise.next_step(climbed, cover, ladder, now)
    detail = {"rung": rung.name, "deadline": rung.repeat is not None, "told": [_shown(alert) for alert in alerts]}
    values = {"rung": step.rung, "at": step.at}
    entries.move(conn, view.id, Kind.RUNG, errand.moment, _CLIMBED, values, detail=detail)
    return Climbed(rung.name, len(alerts))


def _give_notice(errand: Errand, cover: Cover) -> None:
    """The words that are owed: to the GP, to who has the request, to the ward it was given back to."""
    reach.give_notice(errand)
    between.tell(errand, cover(errand.moment.now))


def _concerns(view: RequestView, person_id: int | None) -> bool:
    """Whether he can still do something about it: nobody has it, or he has, or he is asked to take it over."""
    return view.claimed_by in (None, person_id) or (person_id is not None and view.offered_to == person_id)


def _unheeded(errand: Errand, lost: Row[Any]) -> None:
    telling.telephone(errand, lost)
    detail = {"rung": lost.detail.get("rung"), "channel": lost.channel}
    entries.log(errand.conn, errand.view.id, Kind.UNHEEDED, errand.moment, person_id=lost.person_id, detail=detail)
    if lost.detail.get("rung") != errand.view.last_rung:
        return  # an older rung's alert: the ladder has gone on
    ladder = ladders.of(errand.conn, errand.view.ward_id, errand.view.kind)
    step = promise.hurried(errand.view, _cover(errand.conn, errand.view.ward_id), ladder, errand.moment.now)
    if step is not None:
        errand.conn.execute(_HURRIED, {"id": errand.view.id, "rung": step.rung, "at": step.at})


def _cover(conn: Connection, ward_id: int, planned_from: datetime | None = None) -> Cover:
    """Who is on call for the ward; `planned_from`: many instants about this one are asked for."""
    if planned_from is None:
        return cache(partial(store.on_call, conn, ward_id))
    start, end = planned_from - BEHIND, planned_from + AHEAD
    near = store.answers_between(conn, ward_id, start, end)

    @cache
    def on_call(at: datetime) -> OnCall:
        return near(at) if start <= at < end else store.on_call(conn, ward_id, at)

    return on_call


def _shown(alert: Alert) -> dict[str, object]:
    person_id = alert.person.id if alert.person else None
    return {"person": person_id, "role": alert.role.name.lower(), "channel": alert.channel.value}
