"""The monthly table of a ward: draft, published, amended; on the screen, on paper, and an extract for each doctor."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, send_file, url_for

from config.lazily import lazily
from scheduling.holidays_fr import name_of
from scheduling.planning import month_words, monthly, publication, wording
from scheduling.planning.changes import Refused, Remark
from scheduling.planning.publication import MonthTable, Published
from scheduling.rota import Ward
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page
from web.office.period import next_month, today_in
from web.office.rota_words import month_of

if TYPE_CHECKING:
    from scheduling.planning import printed
else:
    printed = lazily("scheduling.planning.printed")

blueprint = Blueprint("months", __name__, url_prefix="/months/<slug>")
_MONTH = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])")


@blueprint.get("")
@signed_in
def find(visitor: Visitor, slug: str) -> Answer:
    """The month to be fixed: the next one."""
    ward = visitor.ward(slug)
    following = next_month(today_in(ward.timezone, visitor.moment.now))
    return Back(url_for("months.see", slug=slug, month=f"{following:%Y-%m}"))


@blueprint.get("/<month>")
@signed_in
def see(visitor: Visitor, slug: str, month: str) -> Answer:
    """The table, its state, what was amended since, and everybody's extract."""
    ward, first = visitor.ward(slug), _month(month)
    table = publication.table(visitor.conn, ward.id, first)
    rows = monthly.rows(table, ward.opening)
    today = today_in(ward.timezone, visitor.moment.now)
    return page(
        visitor,
        "months.html",
        "rota",
        ward=ward,
        month=first,
        before=f"{_before(first):%Y-%m}",
        after=f"{next_month(first):%Y-%m}",
        named=month_of(first, visitor.language),
        table=table,
        badge=_badge(table),
        standing=month_words.standing(table, _moment(visitor, ward), visitor.language),
        rows=rows,
        holes=sum(bool(row.holes) for row in rows),
        unnamed=len({line.person_id for line in table.final if not line.category}),
        extracts=monthly.extracts(table, ward.timezone),
        fix_by=month_words.dated(monthly.fix_by(first), "EEEE d MMMM", visitor.language),
        late=today > monthly.fix_by(first),
        over=today >= next_month(first),
        may_edit=visitor.account.may_edit(ward.id),
        day=lambda at: month_words.dated(at, "EEE d MMM", visitor.language),
        holiday=lambda at: name_of(at, ward.timezone, visitor.language),
        clocks=lambda line: month_words.hours_in(first, line, ward.timezone, visitor.language),
        hole=lambda stretch: month_words.hours(stretch, ward.timezone, visitor.language),
        moment=_moment(visitor, ward),
    )


@blueprint.post("/<month>/publish")
@editor
def publish(visitor: Visitor, slug: str, month: str) -> Answer:
    """Fix it."""
    ward, first = visitor.ward(slug, edit=True), _month(month)
    to = url_for("months.see", slug=slug, month=month)
    done = publication.publish(visitor.conn, visitor.moment, visitor.by, ward.id, first)
    if isinstance(done, Refused):
        return Back(to, "months.refused", good=False, values=_said(visitor, done.remarks))
    values = {"month": month_of(first, visitor.language), **_said(visitor, done.warnings)}
    return Back(to, "months.published_with_holes" if done.warnings else "months.published_now", values=values)


@blueprint.get("/<month>/table.pdf")
@signed_in
def print_table(visitor: Visitor, slug: str, month: str) -> Answer:
    """The table on paper."""
    ward, first = visitor.ward(slug), _month(month)
    table = publication.table(visitor.conn, ward.id, first)
    return _pdf(printed.month_pdf(ward, table, visitor.language, visitor.moment.now), f"{slug}-{month}.pdf")


@blueprint.get("/<month>/<int:person_id>.pdf")
@signed_in
def print_extract(visitor: Visitor, slug: str, month: str, person_id: int) -> Answer:
    """One doctor's part of it, on paper."""
    ward, first = visitor.ward(slug), _month(month)
    table = publication.table(visitor.conn, ward.id, first)
    his = [extract for extract in monthly.extracts(table, ward.timezone) if extract.person_id == person_id]
    if not his:
        abort(404)
    made = printed.extract_pdf(ward, table, his[0], visitor.language, visitor.moment.now)
    return _pdf(made, f"{slug}-{month}-{person_id}.pdf")


def _month(text: str) -> date:
    if _MONTH.fullmatch(text) is None:
        abort(404)
    return date.fromisoformat(f"{text}-01")


def _before(month: date) -> date:
    return (month - timedelta(1)).replace(day=1)


def _badge(table: MonthTable) -> str:
    match table.state:
        case Published(amendments=0):
            return "published"
        case Published():
            return "amended"
        case _:
            return "draft"


def _moment(visitor: Visitor, ward: Ward) -> Callable[[datetime], str]:
    return lambda at: month_words.moment(at, ward.timezone, visitor.language)


def _said(visitor: Visitor, remarks: Iterable[Remark]) -> dict[str, object]:
    return {"remark": " ".join(wording.all_said(remarks, visitor.language))}


def _pdf(made: bytes, name: str) -> Response:
    return send_file(BytesIO(made), mimetype="application/pdf", download_name=name)
