"""The year's figures, for anybody: what the programme promised to share, hospital by hospital."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import cast
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import ServiceUnavailable

from callbacks.figures import words, yearly
from callbacks.figures.definitions import Unit
from callbacks.figures.periods import local_day
from callbacks.figures.report import Figure
from callbacks.figures.yearly import SHOWN, BeingMade, Shelf, Year
from callbacks.house import Desk
from config import clock
from config.doors import anyone
from config.numbers import PARIS
from web.office import outside, throttle
from web.office.rota_words import written

blueprint = Blueprint("yearly", __name__)
SOON = 5  # seconds


@dataclass(frozen=True)
class Cell:
    """A figure in words: its value ("": too few, or nothing to measure), of how many, between what and what."""

    value: str = ""
    of: int | None = None
    low: str = ""
    high: str = ""
    suppressed: bool = False


@blueprint.record
def _with_a_shelf(state: BlueprintSetupState) -> None:
    state.app.extensions["yearly"] = Shelf()


@blueprint.get("/chiffres")
@anyone
@throttle.readers
def see() -> str:
    """A year: the latest that is over, unless another is asked for."""
    desk = cast(Desk, current_app.extensions["desk"])
    with desk.engine.begin() as conn:
        now = clock.read(conn).now
        years = yearly.years(conn, now)
    year = _asked(years, now)
    found = _found(desk, year, now)
    return outside.show(
        "yearly.html",
        year=year,
        years=years,
        shown=SHOWN,
        rows=_rows(found),
        closed=found.closed,
        until=written(found.until, "d MMMM y", outside.language()) if found.until else "",
    )


def _asked(years: Sequence[int], now: datetime) -> int:
    runs = years[0] == local_day(now, ZoneInfo(PARIS)).year
    named = request.args.get("year", str(years[1] if runs and len(years) > 1 else years[0]))
    if named not in map(str, years):
        abort(404)
    return int(named)


def _found(desk: Desk, year: int, now: datetime) -> Year:
    shelf = cast(Shelf, current_app.extensions["yearly"])
    try:
        return shelf.of(desk.engine, year, now)
    except BeingMade:
        raise ServiceUnavailable(retry_after=SOON) from None


def _rows(found: Year) -> list[tuple[str, list[Cell]]]:
    """The cells of each hospital, and of all together."""
    language = outside.language()
    return [
        (name or outside.say("yearly.together"), [_cell(figure, language) for figure in figures])
        for name, figures in found.rows.items()
    ]


def _cell(figure: Figure, language: str) -> Cell:
    if figure.value is None:
        return Cell(suppressed=figure.suppressed)
    say = _WORDS[figure.indicator.unit]
    low, high = (say(bound, language) if bound is not None else "" for bound in (figure.low, figure.high))
    of = figure.denominator if figure.indicator.unit is not Unit.NUMBER else None
    return Cell(say(figure.value, language), of, low, high)


_WORDS: Mapping[Unit, Callable[[float, str], str]] = MappingProxyType(
    {
        Unit.NUMBER: words.count,
        Unit.SHARE: words.share,
        Unit.SECONDS: lambda value, _: words.seconds(value),
        Unit.MINUTES: lambda value, _: words.minutes(value),
    }
)
