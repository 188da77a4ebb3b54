"""The page of figures: each with how many it is of and how sure it is, charts with their tables, what drifts."""

from collections.abc import Iterator, Sequence
from itertools import dropwhile

from flask import Blueprint

from callbacks.figures import compared, weeks
from callbacks.figures.compared import Lines
from callbacks.figures.periods import DAY, Grain, Period, midnight
from callbacks.figures.read import Reader
from callbacks.figures.report import Figure, Report
from callbacks.figures.weeks import WATCHED
from scheduling.rota import Ward
from web.office import figures_asked, figures_tables
from web.office.figures_asked import GRAINS, Asked
from web.office.figures_drawn import Chart, Drawer
from web.office.figures_shown import Shown
from web.office.guard import Answer, Visitor, signed_in
from web.office.page import page
from web.office.rota_words import month_of, written

blueprint = Blueprint("figures", __name__, url_prefix="/figures")
COMPARED = "answered"  # line by line


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """A week, a month or a year of a line; of a hospital or of all, for administrators."""
    wanted = figures_asked.asked(visitor)
    if wanted is None:
        return page(visitor, "figures.html", "figures", wanted=None)
    reader = Reader.of(visitor.conn, wanted.scope, wanted.now)
    report = reader.report(wanted.period)
    beside = compared.every_line(visitor.conn, wanted.period, wanted.role)
    group = compared.medians(beside, wanted.period)
    lines = visitor.wards()
    return page(
        visitor,
        "figures.html",
        "figures",
        wanted=wanted,
        named=named(wanted.period, visitor.language),
        grains=[(grain, wanted.as_(grain)) for grain in GRAINS],
        lines=lines,
        hospitals=dict.fromkeys(ward.hospital for ward in lines),
        report=report,
        over=wanted.period.over(wanted.now, wanted.zone),
        sections=list(Shown(report, visitor.language, group).sections()),
        charts=list(_charts(visitor, wanted, reader, report, _beside(wanted, report, beside), group.get(COMPARED))),
        grids=list(figures_tables.grids(report, visitor.language)),
    )


def _charts(
    visitor: Visitor,
    wanted: Asked,
    reader: Reader,
    report: Report,
    lines: Sequence[tuple[Ward, Figure]],
    median: float | None,
) -> Iterator[Chart]:
    drawer = Drawer(visitor.language)
    if lines:
        yield drawer.lines(COMPARED, lines, median)
    if waiting := drawer.waiting(report.of("contact_time")):
        yield waiting
    periods = weeks.over(min(wanted.now, midnight(wanted.period.last + DAY, wanted.zone)), wanted.zone)
    found = reader.series(periods, WATCHED)
    for code in WATCHED:
        series = _since_it_began([(week, each.of(code)) for week, each in zip(periods, found, strict=True)])
        if any(figure.value is not None for _, figure in series):
            yield drawer.weeks(code, series)


def _since_it_began(series: Sequence[tuple[Period, Figure]]) -> Sequence[tuple[Period, Figure]]:
    """Without the weeks before there was anything to count."""
    return list(dropwhile(lambda each: not each[1].denominator and not each[1].suppressed, series))


def _beside(wanted: Asked, report: Report, found: Lines) -> Sequence[tuple[Ward, Figure]]:
    """The line asked for; or those of the hospital that anybody called, each with its own figure."""
    if wanted.ward is not None:
        return [(wanted.ward, report.of(COMPARED))]
    return [(ward, found[ward.id][COMPARED]) for ward in wanted.beside if ward.id in found]


def named(period: Period, language: str) -> str:
    """A period in words: "2026", "novembre 2026", "lun. 16 nov. – dim. 22 nov. 2026"."""
    match period.grain:
        case Grain.YEAR:
            return period.name
        case Grain.MONTH:
            return month_of(period.first, language)
        case _:
            return f"{written(period.first, 'EEE d MMM', language)} – {written(period.last, 'EEE d MMM y', language)}"
