"""Reads the facts of some days from the register: eight SELECTs for each time zone, however many days.

Numbers are compared as they are, not as they lie: while a key is changed one number lies in two ways.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from callbacks.assessed import Said, avoided
from callbacks.figures import course, extent, queries
from callbacks.figures.course import Happening, Watched
from callbacks.figures.definitions import Table
from callbacks.figures.extent import ELSEWHERE, Line, Wanted
from callbacks.figures.facts import CallFact, Fact, Facts, LineFact, PollFact, RequestFact, judged
from callbacks.figures.periods import DAY, FOLLOWED, Level, Period, Scope, local_day, midnight
from callbacks.retention import kinds, rules
from scheduling import rota, store
from scheduling.opening import Opening
from scheduling.rota import Shift

REPEAT = timedelta(minutes=10)
_NIGHT = (time(20), time(8))


def lines(conn: Connection, scope: Scope) -> list[Line]:
    """The lines of a scope, by id."""
    values = {"level": scope.level, "id": scope.id}
    return [Line(**row._mapping) for row in conn.execute(queries.LINES, values)]


def read(conn: Connection, scope: Scope, period: Period, now: datetime) -> Facts:
    """The facts of a scope and a period, as they stand at `now`."""
    found = lines(conn, scope)
    everywhere, since = scope.level is Level.EVERYTHING, begins(conn)
    return gathered(read_wanted(conn, each, now) for each in extent.wanted(found, period, since, nowhere=everywhere))


def begins(conn: Connection) -> dict[int, date]:
    """The day of the first call or request of each hospital; 0: of the first call without a ward."""
    return {
        row.hospital_id: local_day(row.at, ZoneInfo(row.timezone))
        for row in conn.execute(queries.BEGINS, {"elsewhere": ELSEWHERE.key})
    }


def practitioners(conn: Connection, period: Period) -> int:
    """How many GPs were in the directory when the period ended."""
    until = midnight(period.last + DAY, ELSEWHERE)
    return int(conn.execute(queries.PRACTITIONERS, {"until": until}).scalar_one())


def gathered(parts: Iterable[Facts]) -> Facts:
    """Facts of several zones together, in one order whatever theirs was."""
    every = list(parts)
    return Facts(
        calls=sorted(chain.from_iterable(part.calls for part in every), key=_by("call_key")),
        requests=sorted(chain.from_iterable(part.requests for part in every), key=_by("request_key")),
        polls=sorted(chain.from_iterable(part.polls for part in every), key=_by("poll_key")),
        lines=sorted(chain.from_iterable(part.lines for part in every), key=_by("ward")),
        settles={key: at for part in every for key, at in part.settles.items()},
    )


def _by(key: str) -> Callable[[Fact], tuple[date, int, str]]:
    return lambda fact: (fact.day, fact.at_s, getattr(fact, key))


def read_wanted(conn: Connection, asked: Wanted, now: datetime) -> Facts:
    """The facts of one zone."""
    calls = _calls(conn, asked)
    requests, settles = _requests(conn, asked, now)
    return Facts(calls, requests, _polls(conn, asked, now), _lines(conn, asked, calls, now), settles)


# Calls --------------------------------------------------------------------------------------------------------------


def _calls(conn: Connection, asked: Wanted) -> list[CallFact]:
    rows = conn.execute(queries.CALLS, _values(asked)).all()
    if asked.nowhere:
        rows = [*rows, *conn.execute(queries.LOST_CALLS, _values(asked)).all()]
    again = _repeats(rows, lambda row: (row.caller, row.ward_id) if row.direction == "inbound" else None)
    return [_call(row, asked, again) for row in rows if row.at >= asked.since]


def _call(row: Row[Any], asked: Wanted, again: Collection[object]) -> CallFact:
    answered = row.result == "answered"
    taken = (row.accepted or row.answered_at) if answered else None
    fact = CallFact(
        **_place(asked, row.ward_id, row.at),
        call_key=str(row.id),
        caller_key=row.caller or "",
        practitioner_key=_key(row.practitioner_id),
        direction=row.direction,
        kind=row.kind,
        result=row.result,
        night=_at_night(row.at, asked.zone),
        rung=row.rung,
        wait_s=course.seconds(row.first_rung, taken) if row.first_rung else None,
        talk_s=course.seconds(row.answered_at, row.ended_at) if answered and row.answered_at else None,
        contact=answered,
        repeat=row.id in again,
        **_said(row, row.outcome or ""),
    )
    return judged(Table.CALLS, fact)


def _at_night(at: datetime, zone: ZoneInfo) -> bool:
    evening, morning = _NIGHT
    local = at.astimezone(zone).time()
    return local >= evening or local < morning


def _said(row: Row[Any], ended: str) -> dict[str, Any]:
    """What came of it, as the ward says."""
    return {"asked": row.asked or "", "outcome": row.outcome_said or ended or "", "otherwise": row.otherwise or ""}


# Requests -----------------------------------------------------------------------------------------------------------


def _requests(conn: Connection, asked: Wanted, now: datetime) -> tuple[list[RequestFact], dict[str, datetime]]:
    rows = conn.execute(queries.REQUESTS, _values(asked)).all()
    again = _repeats(rows, lambda row: (row.caller or row.mail, row.ward_id, row.kind))
    return _facts_of(conn, [row for row in rows if row.at >= asked.since], asked, again, now)


def _facts_of(
    conn: Connection, rows: Sequence[Row[Any]], asked: Wanted, again: Collection[object], now: datetime
) -> tuple[list[RequestFact], dict[str, datetime]]:
    happened = _happened(conn, [row.id for row in rows])
    facts, settles = [], {}
    for row in rows:
        watched = Watched.at(now, row.at, row.due_at, row.event_at)
        went = course.course(happened.get(row.id, ()), watched.until)
        facts.append(judged(Table.REQUESTS, _request(row, asked, watched, went, row.id in again)))
        settles[str(row.id)] = course.settles(watched, went)
    return facts, settles


def read_some(conn: Connection, lines: Mapping[int, Line], repeats: Mapping[int, bool], now: datetime) -> Facts:
    """The facts of single requests of these lines, by their ids; and whether each repeats another."""
    rows = conn.execute(queries.SOME_REQUESTS, {"ids": list(repeats)}).all()
    again = {id for id, repeat in repeats.items() if repeat}
    by_zone: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_zone[lines[row.ward_id].timezone].append(row)
    return gathered(
        Facts(requests=facts, settles=settles)
        for zone, theirs in by_zone.items()
        for facts, settles in [_facts_of(conn, theirs, _anywhen(ZoneInfo(zone), lines, now), again, now)]
    )


def _anywhen(zone: ZoneInfo, lines: Mapping[int, Line], now: datetime) -> Wanted:
    today = local_day(now, zone)
    return Wanted(zone, lines, today, today)


def _request(row: Row[Any], asked: Wanted, watched: Watched, went: course.Course, again: bool) -> RequestFact:
    since = watched.created_at
    return RequestFact(
        **_place(asked, row.ward_id, since),
        request_key=str(row.id),
        caller_key=row.caller or row.mail or "",
        practitioner_key=_key(row.practitioner_id),
        about=row.about or "",
        kind=row.kind,
        channel=row.channel,
        state=went.state,
        due_s=course.seconds(since, watched.due_at) or 0,
        due=watched.due_at <= watched.until,
        observed_s=course.seconds(since, course.observed(watched, went)) or 0,
        claim_s=course.seconds(since, went.claim),
        first_try_s=course.seconds(since, went.first_try),
        contact_s=course.seconds(since, went.contact),
        end_s=course.seconds(since, went.end),
        tries=went.tries,
        withdrawn=course.withdrawn(watched, went),
        late=course.late(watched, went),
        level=went.level,
        breach=course.breach(watched, went),
        contact=went.contact is not None and went.outcome != course.BY_A_CALL,
        repeat=again,
        **_said(row, went.outcome),
    )


def _happened(conn: Connection, ids: Sequence[int]) -> Mapping[int, Sequence[Happening]]:
    rows = conn.execute(queries.EVENTS, {"ids": list(ids), "kinds": queries.KINDS})
    return {
        id: [Happening(row.at, row.kind, row.said or "") for row in theirs]
        for id, theirs in groupby(rows, key=lambda row: row.request_id)
    }


# Polls and lines ----------------------------------------------------------------------------------------------------

_QUESTIONS = ("access", "admission", "document", "access_wanted", "admission_wanted", "document_wanted")


def _polls(conn: Connection, asked: Wanted, now: datetime) -> list[PollFact]:
    return [_poll(row, asked, now) for row in conn.execute(queries.POLLS, _values(asked))]


def _poll(row: Row[Any], asked: Wanted, now: datetime) -> PollFact:
    answered = row.answered_at is not None and row.answered_at <= min(now, row.at + FOLLOWED)
    said: dict[str, Any] = {name: getattr(row, name) if answered else None for name in _QUESTIONS}
    answer_s = course.seconds(row.at, row.answered_at) if answered else None
    both = row.outcome_said is not None and row.outcome_gp is not None
    return PollFact(
        **_place(asked, row.ward_id, row.at),
        poll_key=str(row.id),
        answer_s=answer_s,
        agrees=row.outcome_said == row.outcome_gp if both else None,
        avoided=avoided(Said(outcome=row.outcome_gp, otherwise=row.otherwise_gp)),
        **said,
    )


def _lines(conn: Connection, asked: Wanted, calls: Sequence[CallFact], now: datetime) -> list[LineFact]:
    """What each line did each day; of today, until now; who was there, of days whose shifts are kept."""
    until, known_from = min(asked.until, now), _rota_known_from(conn, now)
    shifts: dict[int, list[Shift]] = defaultdict(list)
    if asked.since < until:
        for shift in store.shifts_between(conn, asked.lines, asked.since, until):
            shifts[shift.ward_id].append(shift)
    rings: dict[tuple[int | None, date], list[CallFact]] = defaultdict(list)
    for call in calls:
        rings[call.ward_id, call.day].append(call)
    days = [day for day in asked.days() if midnight(day, asked.zone) < until]
    facts = [
        _line(line, asked, day, until, shifts[line.id], rings[line.id, day])
        for line in asked.lines.values()
        for day in days
        if day >= asked.begins.get(line.hospital_id, date.max)
    ]
    return [
        fact if midnight(fact.day, asked.zone) >= known_from else replace(fact, covered_s=None, shifts=None)
        for fact in facts
    ]


def _rota_known_from(conn: Connection, now: datetime) -> datetime:
    """From when on every shift is kept: the rule for rotas is the whole house's."""
    before = kinds.cutoffs(rules.standing(conn), kinds.Kind.ROTA, now).elsewhere
    return before or datetime.min.replace(tzinfo=UTC)


def _line(
    line: Line, asked: Wanted, day: date, until: datetime, shifts: Sequence[Shift], calls: Sequence[CallFact]
) -> LineFact:
    start, end = midnight(day, asked.zone), min(until, midnight(day + DAY, asked.zone))
    opening = Opening.parse(line.opening, line.timezone)
    open_time = opening.open_time_between(start, end)
    holes = sum((until - since for since, until in rota.holes(opening, shifts, start, end)), timedelta())
    return LineFact(
        **_place(asked, line.id, start),
        open_s=open_time // timedelta(seconds=1),
        covered_s=(open_time - holes) // timedelta(seconds=1),
        shifts=sum(start <= shift.start < end for shift in shifts),
        rung=sum(call.rung for call in calls),
        rung_night=sum(call.rung for call in calls if call.night),
    )


# What they share ----------------------------------------------------------------------------------------------------


def _place(asked: Wanted, ward_id: int | None, at: datetime) -> dict[str, Any]:
    """Whose it is, and when it was there."""
    local = at.astimezone(asked.zone)
    when = {"day": local.date(), "at_s": local.hour * 3600 + local.minute * 60 + local.second}
    if ward_id is None:
        return when
    line = asked.lines[ward_id]
    whose = {"ward_id": line.id, "hospital_id": line.hospital_id, "ward": line.slug, "role": line.role}
    return {**when, **whose, "hospital": line.hospital}


def _repeats(rows: Sequence[Row[Any]], same: Callable[[Row[Any]], tuple[Any, ...] | None]) -> set[object]:
    """The ids of those that come within ten minutes of another one of the same; a hidden number is like no other."""
    last: dict[tuple[Any, ...], datetime] = {}
    found = set()
    for row in sorted(rows, key=lambda row: (row.at, str(row.id))):
        who = same(row)
        if who is None or not who[0]:
            continue
        if who in last and row.at - last[who] <= REPEAT:
            found.add(row.id)
        last[who] = row.at
    return found


def _key(id: int | None) -> str:
    return "" if id is None else str(id)


def _values(asked: Wanted) -> dict[str, object]:
    return {"wards": list(asked.lines), "since": asked.since, "before": asked.since - REPEAT, "until": asked.until}
