"""The export for the evaluators, for administrators: which month, whether it is closed, and the archive."""

from itertools import accumulate, islice, repeat

from flask import Blueprint, Response, abort, current_app, request, url_for

from callbacks.evaluation import exporting, packing
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures.periods import FOLLOWED, Grain, Period
from callbacks.readings import What
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page
from web.office.rota_words import month_of

blueprint = Blueprint("evaluation", __name__, url_prefix="/figures")
OFFERED = 13  # months: last year's is compared with this year's
MOST = 3_000  # calls and requests, about a second; beyond, the command line has the time that a page has not


@blueprint.get("/export")
@admin
def see(visitor: Visitor) -> Answer:
    """Which month, whether it is closed, and what one gets."""
    period = _asked(visitor)
    return page(
        visitor,
        "evaluation.html",
        "figures",
        period=period.name,
        year=period.first.year,
        months=[(each.name, month_of(each.first, visitor.language)) for each in _offered(visitor)],
        named=month_of(period.first, visitor.language),
        closed=exporting.closed(visitor.conn, period, visitor.moment.now),
        too_many=exporting.size(visitor.conn, period) > MOST,
        has_key=_key() is not None,
        tables=exporting.TABLES,
        followed=FOLLOWED.days,
    )


@blueprint.get("/export.zip")
@admin
def take(visitor: Visitor) -> Answer:
    """The archive of a month; of one that may still change, when he says that he knows."""
    period, key = _asked(visitor), _key()
    allowed = exporting.closed(visitor.conn, period, visitor.moment.now) or "open" in request.args
    if key is None or not allowed or exporting.size(visitor.conn, period) > MOST:
        return Back(url_for("evaluation.see", month=period.name), "evaluation.refused", good=False)
    visitor.reads(What.EXPORT, f"evaluation:{period.name}")
    language = visitor.desk.house.language
    files = exporting.files(visitor.conn, period, Pseudonyms(key), language, visitor.moment.now)
    reply = Response(packing.archive(files), mimetype="application/zip")
    reply.headers["Content-Disposition"] = f'attachment; filename="rappel24-{period.name}.zip"'
    return reply


def _asked(visitor: Visitor) -> Period:
    """The month that is asked for; last month when none is."""
    named = request.args.get("month")
    try:
        return exporting.period_of(named, Grain.MONTH) if named else _offered(visitor)[0]
    except ValueError:
        abort(404)


def _offered(visitor: Visitor) -> list[Period]:
    """The months before this one, the latest first."""
    this = Period.of(Grain.MONTH, visitor.moment.now.date())
    return list(islice(accumulate(repeat(this), lambda month, _: month.before), 1, OFFERED + 1))


def _key() -> bytes | None:
    key: bytes | None = current_app.extensions["evaluation_key"]
    return key
