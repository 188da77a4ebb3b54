"""A ladder tried before it counts: drawn for a request that nobody made, and rehearsed on those of last month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import request, url_for

from callbacks import ladders, last_month, rehearsal
from callbacks.kinds import store as kinds
from callbacks.ladder import Ladder, Rung
from callbacks.rehearsal import Act, Figures
from callbacks.states import Kind
from config.numbers import PARIS
from scheduling.rota import Ward
from web.office.entries import short
from web.office.guard import Visitor
from web.office.ladders_drawn import Drawing, draw

CLAIMED_AFTER = timedelta(hours=1)  # in the drawing of a request that somebody claims and does not close
FAR = timedelta(days=400)  # how far from now a drawing may be asked for


@dataclass(frozen=True)
class Place:
    """Whose ladder it is: a ward's own, or (None) that of all that have none of their own."""

    kind: str
    ward: Ward | None

    @property
    def ward_id(self) -> int | None:
        """For the register."""
        return None if self.ward is None else self.ward.id

    @property
    def url(self) -> str:
        """Its page."""
        if self.ward is None:
            return url_for("ladders.house", kind=self.kind)
        return url_for("ladders.ward", kind=self.kind, slug=self.ward.slug)


@dataclass(frozen=True)
class Asked:
    """What a drawing shows: a request to this ward, filed then, with which nothing is done, or a claim and no more."""

    ward: Ward
    at: datetime
    claimed: bool


def asked_for(visitor: Visitor, place: Place) -> Asked | None:
    """What to draw; nothing in a house without a ward."""
    wards = [place.ward] if place.ward else visitor.wards()
    if not wards:
        return None
    chosen = next((each for each in wards if each.slug == request.values.get("ward")), wards[0])
    at = _instant(request.values.get("at", ""), chosen, visitor.moment.now)
    return Asked(chosen, at, request.values.get("life") == "claimed")


def _instant(said: str, ward: Ward, now: datetime) -> datetime:
    """What a field says on the ward's clock; now when it says nothing, or something far away."""
    try:
        at = datetime.fromisoformat(said[:16]).replace(tzinfo=ZoneInfo(ward.timezone)).astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return now
    return at if abs(at - now) < FAR else now


def drawing(visitor: Visitor, kind: str, rungs: tuple[Rung, ...], asked: Asked) -> Drawing:
    due = kinds.of_ward(visitor.conn, asked.ward.id, kind).due_at(asked.at, asked.ward.opening, asked.ward.timezone)
    around = (asked.at - timedelta(days=1), due + timedelta(days=2))
    cover = last_month.covers(visitor.conn, [asked.ward.id], *around)[asked.ward.id]
    view = last_month.just_filed(asked.ward, kind, asked.at, due)
    first = next((each.person for each in cover(asked.at + CLAIMED_AFTER).seniors), asked.ward.head)
    claims = asked.claimed and first is not None
    acts = [Act(asked.at + CLAIMED_AFTER, Kind.CLAIMED, first)] if claims else []
    return draw(visitor, view, cover, Ladder(rungs), acts)


@dataclass(frozen=True)
class Rehearsed:
    """Last month by the ladder that counts, and by the one that is typed."""

    requests: int
    left_out: int
    before: Figures
    after: Figures
    lines: Sequence[tuple[str, str, rehearsal.Count, rehearsal.Count]]
    busiest: tuple[str, str]


def rehearsed(visitor: Visitor, place: Place, rungs: tuple[Rung, ...]) -> Rehearsed:
    settings = {each.ward_id for each in ladders.settings(visitor.conn) if each.kind == place.kind and each.rungs}
    wards = [place.ward] if place.ward else [each for each in visitor.wards() if each.id not in settings]
    month = last_month.read(visitor.conn, [each.id for each in wards], place.kind, visitor.moment.now)
    old = Ladder(ladders.standing(visitor.conn, place.ward_id, place.kind))
    before, after = (rehearsal.figures(month.pasts, month.cover, each) for each in (old, Ladder(rungs)))
    zone = next((each.timezone for each in wards), PARIS)
    return Rehearsed(
        requests=len(month.pasts),
        left_out=month.left_out,
        before=before,
        after=after,
        lines=_lines(visitor, before, after),
        busiest=(_busiest(visitor, before, zone), _busiest(visitor, after, zone)),
    )


def _lines(
    visitor: Visitor, before: Figures, after: Figures
) -> list[tuple[str, str, rehearsal.Count, rehearsal.Count]]:
    keys = sorted({*before.alerts, *after.alerts}, key=lambda key: (key[0], key[1] != "sms"))
    return [
        (
            visitor.say(f"ladders.role_{role.name.lower()}"),
            visitor.say(f"ladders.by_{channel}"),
            before.count(role, channel),
            after.count(role, channel),
        )
        for role, channel in keys
    ]


def _busiest(visitor: Visitor, figures: Figures, zone: str) -> str:
    found = figures.busiest
    if found is None:
        return "–"
    name = found.person.name if found.person else visitor.say("ladders.role_house")
    return visitor.say("ladders.busiest_said", count=found.count, name=name, at=short(visitor, found.at, zone))
