"""Calls of his wards, and callbacks through the line; why each person was rung, in that order."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, request, url_for

from callbacks import call_board
from callbacks.call_board import RESULTS, Asked, Call, Callback
from config.numbers import PARIS
from scheduling import store
from web.office import calls_shown, spans
from web.office.board import of_place
from web.office.calls_shown import Told
from web.office.guard import Answer, Visitor, signed_in
from web.office.page import page
from web.office.spans import Span

blueprint = Blueprint("calls", __name__, url_prefix="/calls")


@dataclass(frozen=True)
class Filter:
    """What he looks for, as on the board of requests; `result`: one of RESULTS, "" for all."""

    place: str
    result: str
    span: Span

    def address(self, **other: Any) -> str:
        """The list with this filter, and what is different."""
        fields: dict[str, Any] = {
            "place": self.place,
            "result": self.result,
            "time": self.span.name,
            "since": self.span.first,
            "until": self.span.last,
            **other,
        }
        return url_for("calls.see", **{name: value for name, value in fields.items() if value != ""})


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """The calls of the last week, or of another time, the newest first."""
    wards = visitor.wards()
    result = request.args.get("result", "")
    wanted = Filter(
        place=request.args.get("place", "")[:200],
        result=result if result in RESULTS else "",
        span=spans.asked(request.args, visitor.moment.now, wards[0].timezone if wards else PARIS, usual="week"),
    )
    chosen = of_place(visitor, wanted.place, wards)
    asked = Asked(tuple(ward.id for ward in chosen), result=wanted.result)
    asked = replace(asked, since=wanted.span.since or asked.since, until=wanted.span.until or asked.until)
    after = call_board.place(request.args.get("after", ""))
    found = call_board.page(visitor.conn, asked, after)
    return page(
        visitor,
        "calls.html",
        "requests",
        wards=wards,
        hospitals=dict.fromkeys(ward.hospital for ward in wards),
        wanted=wanted,
        results=RESULTS,
        rows=[calls_shown.Shown(visitor, row) for row in found.rows],
        next=wanted.address(after=found.next) if found.next else None,
        paged=after is not None,
    )


@blueprint.get("/<uuid:call_id>")
@signed_in
def one(visitor: Visitor, call_id: UUID) -> Answer:
    """A call told in sentences: who answered for the ward, who was rung and why, what came of it."""
    found = call_board.call(visitor.conn, call_id) or call_board.callback(visitor.conn, call_id)
    if found is None or not visitor.account.may_see(found.ward_id):
        abort(404)
    return page(visitor, "call.html", "requests", told=_told(visitor, found))


def _told(visitor: Visitor, found: Call | Callback) -> Told:
    if isinstance(found, Callback):
        return calls_shown.callback(visitor, found)
    at = found.rung_at[0] if found.rung_at else found.started_at
    return calls_shown.call(visitor, found, store.on_call(visitor.conn, found.ward_id, at))
