"""The same figures again, slowly: every row of the register, one question after the other, nothing added up beforehand.

Written from the definitions' words, not from the code that is tested: lists instead of counts, `statistics` instead of
ours, conditions as the code book prints them.
"""

import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks.figures.definitions import EXCLUSIONS, INDICATORS, Indicator, Statistic
from callbacks.figures.periods import Level, Period, Scope
from scheduling.opening import Opening

WEEKS = timedelta(weeks=3)
Row = dict[str, Any]
NOT_SPOKEN = {"NON_JOINT", "RETIRE", "DOUBLON", "HORS_CHAMP"}


@dataclass
class Register:
    """All of it."""

    conn: Connection
    now: datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)
    lines: dict[tuple[int, date], Row | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in (
            *("hospitals", "wards", "calls", "attempts", "requests", "events", "assessments", "polls", "practitioners"),
            "shifts",
        ):
            self.rows[table] = [dict(row._mapping) for row in self.conn.execute(text(f"select * from {table}"))]

    @cached_property
    def facts(self) -> dict[str, list[Row]]:
        return {"calls": list(_calls(self)), "requests": list(_requests(self)), "polls": list(_polls(self))}

    def ward(self, id: int | None) -> Row:
        return next((ward for ward in self.rows["wards"] if ward["id"] == id), {"slug": "", "hospital_id": None})

    def zone(self, ward_id: int | None) -> ZoneInfo:
        hospital = self.ward(ward_id)["hospital_id"]
        return ZoneInfo(next((h["timezone"] for h in self.rows["hospitals"] if h["id"] == hospital), "Europe/Paris"))

    def of(self, table: str, **its: Any) -> list[Row]:
        return [row for row in self.rows[table] if all(row[name] == value for name, value in its.items())]


def figures(register: Register, scope: Scope, period: Period) -> dict[str, dict[str, Any]]:
    """Every indicator by its code: what of `Figure` can be worked out by hand."""
    facts = {table: list(_within(register, rows, scope, period)) for table, rows in register.facts.items()}
    facts["lines"] = list(_lines(register, scope, period))
    known = sum(
        row["created_at"].astimezone(ZoneInfo("Europe/Paris")).date() <= period.last and row["erased_at"] is None
        for row in register.rows["practitioners"]
    )
    return {each.code: _figure(each, facts, known) for each in INDICATORS}


def _within(register: Register, rows: Iterable[Row], scope: Scope, period: Period) -> Iterator[Row]:
    for row in rows:
        ward = register.ward(row["ward_id"])
        mine = {
            Level.EVERYTHING: True,
            Level.HOSPITAL: ward["hospital_id"] == scope.id,
            Level.WARD: row["ward_id"] == scope.id,
        }[scope.level]
        if mine and period.first <= row["at"].astimezone(register.zone(row["ward_id"])).date() <= period.last:
            yield {**row, "ward": ward["slug"]}


# Facts --------------------------------------------------------------------------------------------------------------


def _calls(register: Register) -> Iterator[Row]:
    calls = sorted(register.rows["calls"], key=lambda call: call["started_at"])
    for call in calls:
        if call["direction"] not in ("inbound", "canary"):
            continue
        rings = register.of("attempts", call_id=call["id"])
        answered = call["result"] == "answered"
        taken = [ring["accepted_at"] for ring in rings if ring["outcome"] == "taken" and ring["accepted_at"]]
        accepted = min(taken, default=call["answered_at"]) if answered else None
        earlier = [
            other
            for other in calls
            if other["id"] != call["id"]
            and other["direction"] == call["direction"] == "inbound"
            and (other["caller"], other["ward_id"]) == (call["caller"], call["ward_id"])
            and timedelta() <= call["started_at"] - other["started_at"] <= timedelta(minutes=10)
        ]
        hour = call["started_at"].astimezone(register.zone(call["ward_id"])).hour
        yield {
            **{name: call[name] for name in ("ward_id", "direction", "result", "kind")},
            "at": call["started_at"],
            "practitioner_key": str(call["practitioner_id"] or ""),
            "night": hour >= 20 or hour < 8,
            "rung": len(rings),
            "wait_s": _whole(accepted, min(ring["rung_at"] for ring in rings)) if accepted and rings else None,
            "talk_s": _whole(call["ended_at"], call["answered_at"])
            if answered and call["ended_at"] and call["answered_at"]
            else None,
            "contact": answered,
            "repeat": bool(call["caller"] and earlier),
            **_said(register, call["started_at"], call["outcome"], call_id=call["id"]),
        }


def _said(register: Register, since: datetime, ended: str | None, **of: Any) -> Row:
    ward = _sides(register, since, **of).get("hospital", {})
    return {
        "asked": ward.get("asked") or "",
        "outcome": ward.get("outcome") or ended or "",
        "otherwise": ward.get("otherwise") or "",
    }


def _sides(register: Register, since: datetime, **of: Any) -> dict[str, Row]:
    return {row["side"]: row for row in register.of("assessments", **of) if row["at"] <= since + WEEKS}


def _requests(register: Register) -> Iterator[Row]:
    for request in register.rows["requests"]:
        since, due = request["created_at"], request["due_at"]
        until = min(register.now, since + WEEKS)
        went = _went(sorted(_events(register, request, until), key=lambda event: event["at"]))
        contact, end = went["contact"], went["end"]
        withdrawn = went["withdrawn"]
        who = request["caller"] or request["mail"]
        tried_in_time = went["try"] is not None and went["try"] <= due
        discharge = request["event_at"] and request["event_at"] + timedelta(hours=48)
        yield {
            **{name: request[name] for name in ("ward_id", "kind", "channel")},
            "at": since,
            "practitioner_key": str(request["practitioner_id"] or ""),
            "due_s": _whole(due, since),
            "due": due <= until,
            "observed_s": _whole(end if end and not contact else until, since),
            "first_try_s": went["try"] and _whole(went["try"], since),
            "contact_s": contact and _whole(contact, since),
            "end_s": end and _whole(end, since),
            "tries": went["tries"],
            "withdrawn": withdrawn is not None and withdrawn <= due and went["try"] is None,
            "late": ""
            if due > until or tried_in_time
            else ("untried" if went["claim"] and went["claim"] <= due else "unclaimed"),
            "level": went["level"],
            "breach": None if not discharge else (True if (end or until) > discharge else (False if end else None)),
            "contact": contact is not None and went["outcome"] != "JOINT",
            "repeat": bool(
                who
                and any(
                    other["id"] != request["id"]
                    and (other["caller"] or other["mail"], other["ward_id"], other["kind"])
                    == (who, request["ward_id"], request["kind"])
                    and timedelta() <= since - other["created_at"] <= timedelta(minutes=10)
                    for other in register.rows["requests"]
                )
            ),
            **_said(register, since, went["outcome"], request_id=request["id"]),
        }


def _events(register: Register, request: Row, until: datetime) -> list[Row]:
    return [event for event in register.of("events", request_id=request["id"]) if event["at"] <= until]


def _went(events: Sequence[Row]) -> Row:
    went: Row = {"claim": None, "try": None, "contact": None, "end": None, "outcome": "", "tries": 0, "level": ""}
    went |= {"withdrawn": None, "only_closed": False}
    for event in events:
        kind, at, detail = event["kind"], event["at"], event["detail"]
        result = detail.get("result", "no-answer") if kind == "attempted" else None
        spoken = kind == "done" and detail.get("outcome") not in NOT_SPOKEN and went["contact"] is None
        if spoken:
            went["only_closed"] = went["try"] is None
        if spoken or kind == "answered" or (result and result != "canceled"):
            went["try"] = went["try"] or at
            if went["contact"] is None:
                went["tries"] += 1
                went["contact"] = at if result in (None, "reached") else None
        went |= _moved(went, kind, at, detail)
    return went


def _moved(went: Row, kind: str, at: datetime, detail: Row) -> Row:
    match kind:
        case "claimed" | "accepted":
            return {"claim": went["claim"] or at}
        case "withdrawn":
            return {"end": at, "outcome": detail.get("outcome") or "", "withdrawn": at}
        case "done" | "unreachable":
            return {"end": at, "outcome": detail.get("outcome") or ""}
        case "reopened":
            return {"end": None, "outcome": "", "withdrawn": None}
        case "denied" if went["only_closed"]:
            return {"contact": None, "try": None, "tries": 0, "only_closed": False}
        case "denied":
            return {"contact": None}
        case "rung":
            return {"level": detail.get("rung") or ""}
    return {}


def _polls(register: Register) -> Iterator[Row]:
    questions = ("access", "admission", "document", "access_wanted", "admission_wanted", "document_wanted")
    for poll in register.rows["polls"]:
        asked, answered = poll["asked_at"], poll["answered_at"]
        counts = answered is not None and answered <= min(register.now, asked + WEEKS)
        sides = _sides(register, asked, **{name: poll[name] for name in ("request_id", "call_id")})
        ward, gp = sides.get("hospital", {}), sides.get("practice", {})
        both = ward.get("outcome") and gp.get("outcome")
        told = gp.get("outcome") and gp.get("otherwise")
        emergency = ("URGENCES", "SAMU")
        yield {
            "ward_id": poll["ward_id"],
            "at": asked,
            "answer_s": _whole(answered, asked) if counts else None,
            **{name: poll[name] if counts else None for name in questions},
            "agrees": ward["outcome"] == gp["outcome"] if both else None,
            "avoided": gp["otherwise"] in emergency and gp["outcome"] not in emergency if told else None,
        }


def _lines(register: Register, scope: Scope, period: Period) -> Iterator[Row]:
    for ward in register.rows["wards"]:
        theirs = {Level.EVERYTHING: 0, Level.HOSPITAL: ward["hospital_id"], Level.WARD: ward["id"]}
        if theirs[scope.level] == scope.id:
            yield from (line for day in period.days() if (line := _line(register, ward["id"], day)))


def _line(register: Register, ward_id: int, day: date) -> Row | None:
    """Ten minutes after ten minutes: in the tests nothing opens in between."""
    if (ward_id, day) not in register.lines:
        register.lines[ward_id, day] = _made(register, ward_id, day)
    return register.lines[ward_id, day]


def _made(register: Register, ward_id: int, day: date) -> Row | None:
    zone, ward, now = register.zone(ward_id), register.ward(ward_id), register.now.timestamp()
    start = datetime.combine(day, datetime.min.time(), zone).timestamp()
    end = min(datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).timestamp(), now)
    if start >= now or not _begun(register, ward["hospital_id"], day, zone):
        return None
    opening = Opening.parse(ward["opening"], str(zone))
    tens = [datetime.fromtimestamp(at, zone) for at in range(int(start), int(end), 600)]
    open_ = [at for at in tens if opening.is_open(at)]
    shifts = [shift["during"] for shift in register.of("shifts", ward_id=ward_id)]
    calls = [call for call in register.facts["calls"] if call["ward_id"] == ward_id]
    mine = [call for call in calls if call["at"].astimezone(zone).date() == day]
    return {
        "open_s": 600 * len(open_),
        "covered_s": 600 * sum(any(during.lower <= at < during.upper for during in shifts) for at in open_),
        "shifts": sum(start <= during.lower.timestamp() < end for during in shifts),
        "rung": sum(call["rung"] for call in mine),
        "rung_night": sum(call["rung"] for call in mine if call["night"]),
    }


def _begun(register: Register, hospital_id: int, day: date, zone: ZoneInfo) -> bool:
    theirs = {ward["id"] for ward in register.of("wards", hospital_id=hospital_id)}
    first = [call["started_at"] for call in register.rows["calls"] if call["ward_id"] in theirs]
    first += [request["created_at"] for request in register.rows["requests"] if request["ward_id"] in theirs]
    return bool(first) and min(first).astimezone(zone).date() <= day


def _whole(at: datetime, since: datetime) -> int:
    return int((at - since).total_seconds() // 1)


# Figures ------------------------------------------------------------------------------------------------------------


def _holds(condition: str, row: Row) -> bool:
    """What the code book says, as Python reads it; what is not known makes a comparison untrue, but `!=` itself."""
    if not condition:
        return True
    return all(_one(clause, row) for clause in condition.split(" and "))


def _one(clause: str, row: Row) -> bool:
    if unknown := re.fullmatch(r"(\w+) != \1", clause):
        return row[unknown[1]] is None
    if known := re.fullmatch(r"(\w+) == \1", clause):
        return row[known[1]] is not None
    names = [name for name in re.findall(r"\b[a-z_]+\b", re.sub(r'"[^"]*"', "", clause)) if name in row]
    if any(row[name] is None for name in names):
        return False
    return bool(eval(clause, {"__builtins__": {}}, row))


def _figure(indicator: Indicator, facts: dict[str, list[Row]], practitioners: int) -> dict[str, Any]:
    excluded: dict[str, int] = {}
    missing, counted = 0, []
    for table in indicator.tables:
        for row in facts[table]:
            if not _holds(str(indicator.among), row):
                continue
            why = next((each.code for each in EXCLUSIONS[table] if _holds(str(each.where), row)), "")
            why = "" if why in indicator.keeps else why
            why = why or next((each.code for each in indicator.exclusions if _holds(str(each.where), row)), "")
            if why:
                excluded[why] = excluded.get(why, 0) + 1
            elif not _holds(str(indicator.known), row):
                missing += 1
            else:
                counted.append(row)
    return {"excluded": excluded, "missing": missing, **_value(indicator, counted, practitioners)}


def _value(indicator: Indicator, rows: list[Row], practitioners: int) -> dict[str, Any]:
    match indicator.statistic:
        case Statistic.COUNT | Statistic.SHARE:
            numerator = sum(_holds(str(indicator.counted), row) for row in rows)
            share = numerator / len(rows) if rows else None
            value = numerator if indicator.statistic is Statistic.COUNT else share
            return {"numerator": numerator, "denominator": len(rows), "value": value}
        case Statistic.RATIO:
            above, below = (sum(row[name] for row in rows) for name in (indicator.value, indicator.per))
            return {"numerator": above, "denominator": below, "value": above / below if below else None}
        case Statistic.DISTINCT:
            different = len({row[indicator.value] for row in rows})
            value = different / practitioners if practitioners else None
            return {"numerator": different, "denominator": practitioners, "value": value}
        case Statistic.TABLE:
            cells: dict[tuple[str, str], int] = {}
            for row in rows:
                place = (row[indicator.rows], row[indicator.columns])
                cells[place] = cells.get(place, 0) + 1
            return {"cells": cells, "denominator": len(rows)}
        case Statistic.SURVIVAL:
            return _waiting(
                [_begun_minutes(row[indicator.value]) for row in rows if row[indicator.value] is not None],
                [_begun_minutes(row["observed_s"]) for row in rows if row[indicator.value] is None],
            )
        case _:
            return _spread(indicator, sorted(row[indicator.value] for row in rows))


def _spread(indicator: Indicator, values: list[int]) -> dict[str, Any]:
    if not values:
        return {"denominator": 0, "value": None}
    if indicator.statistic is Statistic.MEAN:
        found = {"denominator": len(values), "value": statistics.mean(values)}
        if len(values) > 1:
            found["low"] = found["value"] - 1.959963984540054 * statistics.stdev(values) / sqrt(len(values))
        return found
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {
        "denominator": len(values),
        "value": statistics.median(values),
        "quartiles": (quartiles[0], quartiles[2]),
    }


def _begun_minutes(seconds: int) -> int:
    """A minute and a second are two."""
    return seconds // 60 + (seconds % 60 > 0)


def _waiting(happened: list[int], censored: list[int]) -> dict[str, Any]:
    """Kaplan and Meier, as one would with a pencil."""
    left, times = 1.0, {}
    for at in sorted(set(happened)):
        at_risk = sum(time >= at for time in happened + censored)
        left *= 1 - happened.count(at) / at_risk
        times[at] = left
    return {
        "denominator": len(happened) + len(censored),
        "censored": len(censored),
        "value": next((at for at, left in times.items() if left <= 0.5 + 1e-12), None),
        "p90": next((at for at, left in times.items() if left <= 0.1 + 1e-12), None),
    }
