"""Whose figures a visitor asks for, and of when: what he may not see does not exist for him."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request, url_for

from callbacks.figures.periods import Grain, Period, Scope, local_day
from config.numbers import PARIS
from scheduling import store
from scheduling.rota import Ward
from web.office.guard import Visitor

GRAINS = (Grain.WEEK, Grain.MONTH, Grain.YEAR)
_PERIOD = re.compile(r"2[01]\d\d(-W?\d\d)?", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A scope and a period. `place`: "" all hospitals, "h:" and a hospital's name, or a line's slug.

    `ward`: the one line it is of; `beside`: the lines that are compared in it.
    """

    place: str
    name: str
    scope: Scope
    period: Period
    now: datetime
    ward: Ward | None
    beside: Sequence[Ward]

    @property
    def zone(self) -> ZoneInfo:
        """On whose clock its days are drawn."""
        return ZoneInfo(self.beside[0].timezone if self.beside else PARIS)

    @property
    def role(self) -> str:
        """Of the lines that it is compared with."""
        return self.ward.role if self.ward else "ward"

    def address(self, **other: Any) -> str:
        """The page with what is asked, and what is different."""
        fields = {"place": self.place, "period": self.period.name, **other}
        return url_for("figures.see", **{name: value for name, value in fields.items() if value})

    def as_(self, grain: Grain) -> Period:
        """The same time, longer or shorter: with today in it, where it has today."""
        today = local_day(self.now, self.zone)
        return Period.of(grain, today if today in self.period else self.period.first)


def asked(visitor: Visitor) -> Asked | None:
    """What the address asks for; None: he may see no line at all."""
    lines, place = visitor.wards(), request.args.get("place", "")[:200]
    if not visitor.account.administers:
        if not lines:
            return None
        place = place or lines[0].slug
    name, scope, beside = _scope(visitor, place, lines)
    ward = beside[0] if scope == Scope.ward(beside[0].id if beside else 0) else None
    zone = ZoneInfo(beside[0].timezone if beside else PARIS)
    period = _period(request.args.get("period", ""), visitor.moment.now, zone)
    return Asked(place, name, scope, period, visitor.moment.now, ward, beside)


def _scope(visitor: Visitor, place: str, lines: Sequence[Ward]) -> tuple[str, Scope, Sequence[Ward]]:
    if place and not place.startswith("h:"):
        ward = visitor.ward(place)
        return f"{ward.name}, {ward.hospital}", Scope.ward(ward.id), [ward]
    if not visitor.account.administers:
        abort(404)
    if not place:
        return visitor.say("figures_page.everywhere"), Scope.everything(), lines
    named = place.removeprefix("h:")
    id = next((each.id for each in store.hospitals(visitor.conn) if each.name == named), None) or abort(404)
    return named, Scope.hospital(id), [ward for ward in lines if ward.hospital == named]


def _period(named: str, now: datetime, zone: ZoneInfo) -> Period:
    """404 for what is no week, month or year; without a name the month of today."""
    if not named:
        return Period.of(Grain.MONTH, local_day(now, zone))
    if _PERIOD.fullmatch(named) is None:
        abort(404)
    try:
        return Period.parse(named)
    except ValueError:
        abort(404)
