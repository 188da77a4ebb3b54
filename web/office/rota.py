"""The rota as one looks at it: a ward's or a hospital's, by month and by week."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, request, url_for

from scheduling import board, store
from scheduling.planning import publication
from scheduling.rota import Ward
from web.office import rota_words, table_shown
from web.office.guard import Answer, Back, Visitor, signed_in
from web.office.hospital_shown import HospitalShown
from web.office.page import page
from web.office.period import BadPeriod, Kind, Period, asked_for, today_in
from web.office.rota_shown import Shown

blueprint = Blueprint("rota", __name__, url_prefix="/rota")


@dataclass(frozen=True)
class House:
    """A hospital and those of its wards that the visitor may see."""

    id: int
    name: str
    timezone: str
    wards: tuple[Ward, ...]


@blueprint.get("")
@signed_in
def find(visitor: Visitor) -> Answer:
    """To the ward or hospital that was picked; else to the one there is to see."""
    kept = {name: request.args[name] for name in ("month", "week") if name in request.args}
    picked = request.args.get("to", "")
    if picked.isascii() and picked.isdigit() and len(picked) < 10:
        return _to("rota.hospital", hospital_id=int(picked), **kept)
    if picked:
        return _to("rota.ward", slug=picked, **kept)
    house = _house(visitor)
    if not house:
        return page(visitor, "rota_nothing.html", "rota")
    if len(house[0].wards) == 1:
        return _to("rota.ward", slug=house[0].wards[0].slug, **kept)
    return _to("rota.hospital", hospital_id=house[0].id, **kept)


@blueprint.get("/ward/<slug>")
@signed_in
def ward(visitor: Visitor, slug: str) -> Answer:
    """One ward: a month of weeks below each other, or one week."""
    seen = visitor.ward(slug)
    period = _period(visitor, seen.timezone)
    weeks = period.weeks
    line = next(iter(board.read(visitor.conn, [seen.id], weeks[0].start, weeks[-1].end)))
    month = period.first if period.kind is Kind.MONTH else None
    shown = Shown(line, visitor.language, visitor.moment.now, month)
    return page(
        visitor,
        "rota_ward.html",
        "rota",
        ward=seen,
        shown=shown,
        strips=shown.strips(weeks),
        state=table_shown.state(visitor, publication.state(visitor.conn, seen.id, period.month), seen.timezone),
        change=table_shown.last_change(visitor, seen),
        may_edit=visitor.account.may_edit(seen.id),
        senior=request.args.get("senior", 0, int),
        **_around(_house(visitor), period, visitor.moment.now),
    )


@blueprint.get("/<int:hospital_id>")
@signed_in
def hospital(visitor: Visitor, hospital_id: int) -> Answer:
    """All wards of a hospital that he may see, days across."""
    house = _house(visitor)
    found = next((each for each in house if each.id == hospital_id), None)
    if found is None:
        abort(404)
    period = _period(visitor, found.timezone)
    ids = [ward.id for ward in found.wards]
    lines = board.read(visitor.conn, ids, period.days.start, period.days.end)
    states = publication.states(visitor.conn, ids, period.month)
    senior = request.args.get("senior", 0, int)
    shown = HospitalShown(lines, period.days, visitor.language, visitor.moment.now, visitor.say, senior)
    return page(
        visitor,
        "rota_hospital.html",
        "rota",
        hospital=found,
        shown=shown,
        states={key: table_shown.state(visitor, state, found.timezone) for key, state in states.items()},
        senior=senior,
        **_around(house, period, visitor.moment.now),
    )


def _period(visitor: Visitor, timezone: str) -> Period:
    try:
        return asked_for(request.args, today_in(timezone, visitor.moment.now), timezone)
    except BadPeriod:
        abort(404)


def _around(house: list[House], period: Period, now: datetime) -> dict[str, object]:
    """What is above every rota: where one can go from here."""
    return {
        "house": house,
        "period": period,
        "today": today_in(period.timezone, now),
        "kinds": tuple(Kind),
        "words": rota_words,
    }


def _house(visitor: Visitor) -> list[House]:
    """What he may see, hospital by hospital."""
    wards = visitor.wards()
    found = []
    for each in store.hospitals(visitor.conn):
        his = tuple(ward for ward in wards if ward.hospital == each.name)
        if his:
            found.append(House(each.id, each.name, each.timezone, his))
    return found


def _to(endpoint: str, **values: Any) -> Answer:
    return Back(url_for(endpoint, **values))
