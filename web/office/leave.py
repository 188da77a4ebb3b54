"""Leave of the seniors whose wards the visitor edits: listed with the shifts that fall into it, noted, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, request, url_for

from scheduling.local_time import BadTime, read
from scheduling.planning import known, leave, team, wording
from scheduling.planning.changes import Refused, Remark
from scheduling.planning.leave import Kind, Leave
from scheduling.planning.patterns import local_day
from scheduling.rota import Person, Shift, Ward
from web.office.guard import Answer, Back, Visitor, editor
from web.office.page import page
from web.office.period import midnight
from web.office.rota_words import hours, written

blueprint = Blueprint("leave", __name__, url_prefix="/leave")
AHEAD = timedelta(days=400)
MOST_SHOWN = 3  # shifts of one absence, before "and others"
LONGEST_NOTE = 200
UNREADABLE = 422


class Stretch(NamedTuple):
    """From when to before when."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Conflict:
    """A shift that falls into an absence, where it can be handed over."""

    words: str
    url: str


@dataclass(frozen=True)
class Row:
    """One absence as the page lists it."""

    leave: Leave
    when: str
    over: bool
    conflicts: tuple[Conflict, ...]


@blueprint.get("")
@editor
def see(visitor: Visitor) -> Answer:
    """Who is away, from now on."""
    return _page(visitor)


@blueprint.post("")
@editor
def add(visitor: Visitor) -> Answer:
    """Note one; that somebody still holds shifts meanwhile is told, not refused."""
    wards = _wards(visitor)
    person = _chosen(visitor, wards)
    if person is None:
        return _page(visitor, visitor.say("leave.refused_person")), UNREADABLE
    zone = _zone(visitor, wards, person)
    typed = _typed(zone)
    if isinstance(typed, Refused):
        return _page(visitor, *_said(visitor, typed.remarks)), UNREADABLE
    kind, note = request.form.get("kind", ""), request.form.get("note", "").strip()[:LONGEST_NOTE]
    known_kind = Kind(kind) if kind in set(Kind) else Kind.OTHER
    done = leave.add(visitor.conn, visitor.moment, visitor.by, person.id, *typed, known_kind, note, zone)
    if isinstance(done, Refused):
        return _page(visitor, *wording.all_said(done.remarks, visitor.language)), UNREADABLE
    values = {"name": person.name, "when": _when(visitor, done.leave, zone)}
    if not done.warnings:
        return Back(url_for("leave.see"), "leave.added", values=values)
    values["remark"] = " ".join(wording.all_said(done.warnings, visitor.language))
    return Back(url_for("leave.see"), "leave.added_on_call", values=values)


@blueprint.post("/<int:leave_id>/remove")
@editor
def remove(visitor: Visitor, leave_id: int) -> Answer:
    """He is there after all."""
    wards = _wards(visitor)
    found = leave.leave_of(visitor.conn, leave_id)
    theirs = {member.person.id for member in team.of_wards(visitor.conn, [ward.id for ward in wards])}
    if found is None or found.person_id not in theirs:
        return Back(url_for("leave.see"), "leave.already_removed")  # another ward's does not exist for him
    leave.remove(visitor.conn, visitor.moment, visitor.by, leave_id)
    values = {"name": found.name, "when": _when(visitor, found, wards[0].timezone)}
    return Back(url_for("leave.see"), "leave.removed", values=values)


def _wards(visitor: Visitor) -> list[Ward]:
    """Those he edits."""
    return [ward for ward in visitor.wards() if visitor.account.may_edit(ward.id)]


def _chosen(visitor: Visitor, wards: Sequence[Ward]) -> Person | None:
    """The senior of the form, if he belongs to a ward of the visitor's."""
    wanted = request.form.get("person", "")
    members = team.of_wards(visitor.conn, [ward.id for ward in wards])
    return next((member.person for member in members if str(member.person.id) == wanted), None)


def _zone(visitor: Visitor, wards: Sequence[Ward], person: Person) -> str:
    """The clock of the ward he belongs to; one person's wards lie in one territory."""
    now = visitor.moment.now
    his = known.seniors(visitor.conn, [person.id], (now, now))[person.id].ward_ids
    return next(ward.timezone for ward in wards if ward.id in his)


def _typed(zone: str) -> Stretch | Refused:
    """Whole days, or from a time of the first to a time of the last."""
    first, last = request.form.get("from", "").strip(), request.form.get("to", "").strip()
    until_time = request.form.get("to_time", "").strip()
    try:
        date.fromisoformat(first)
        following = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        start = read(f"{first} {request.form.get('from_time', '').strip() or '00:00'}", zone)
        return Stretch(start.at, read(f"{last} {until_time}" if until_time else f"{following} 00:00", zone).at)
    except BadTime as bad:
        return Refused((Remark(bad.code, {"text": f"{first} – {last}"}),))
    except (ValueError, OverflowError):
        return Refused(())


def _said(visitor: Visitor, remarks: Sequence[Remark]) -> list[str]:
    return wording.all_said(remarks, visitor.language) or [visitor.say("leave.refused_days")]


def _page(visitor: Visitor, *faults: str) -> str:
    wards = _wards(visitor)
    members = team.of_wards(visitor.conn, [ward.id for ward in wards])
    rows = _rows(visitor, wards, [member.person.id for member in members]) if wards else []
    return page(
        visitor,
        "leave.html",
        "rota",
        members=members,
        rows=rows,
        conflicts=sum(len(row.conflicts) for row in rows),
        shown=MOST_SHOWN,
        kinds=tuple(Kind),
        typed=request.form,
        faults=faults,
    )


def _rows(visitor: Visitor, wards: Sequence[Ward], ids: Sequence[int]) -> list[Row]:
    span = visitor.moment.now, visitor.moment.now + AHEAD
    found = leave.between(visitor.conn, ids, *span)
    seniors = known.seniors(visitor.conn, {each.person_id for each in found}, span)
    names = {ward.id: ward for ward in visitor.wards()}
    zone = wards[0].timezone
    return [
        Row(
            leave=each,
            when=_when(visitor, each, zone),
            over=each.end <= visitor.moment.now,
            conflicts=tuple(
                _conflict(visitor, names[duty.ward_id], duty)
                for duty in (seniors[each.person_id].duties if each.person_id in seniors else ())
                if duty.ward_id in names and duty.start < each.end and each.start < duty.end
            ),
        )
        for each in found
    ]


def _conflict(visitor: Visitor, ward: Ward, duty: Shift) -> Conflict:
    day = local_day(duty.start, ward.timezone)
    when = hours(duty.start, duty.end, ward.timezone, visitor.language)
    words = visitor.say("leave.conflict", ward=ward.name, rank=duty.rank, hours=when)
    return Conflict(words, url_for("rota.ward", slug=ward.slug, week=day.isoformat()))


def _when(visitor: Visitor, each: Leave, zone: str) -> str:
    """Whole days by their dates: "lun. 7 déc. – ven. 11 déc. 2026"; else with the hours."""
    if not all(at == midnight(local_day(at, zone), zone) for at in (each.start, each.end)):
        return hours(each.start, each.end, zone, visitor.language)
    first, last = local_day(each.start, zone), local_day(each.end, zone) - timedelta(days=1)
    said = written(last, "EEE d MMM y", visitor.language)
    return said if first == last else f"{written(first, 'EEE d MMM', visitor.language)} – {said}"
