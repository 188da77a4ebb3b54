"""The board of requests: what his wards owe, most urgent first, as it stands now; and what they have closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, jsonify, request, url_for

from callbacks import ahead, board, register
from callbacks.board import Asked, Standing
from callbacks.kinds.kind import Code
from callbacks.written import sorting
from config import clock
from config.numbers import PARIS
from scheduling.rota import Ward
from web.office import spans, written_shown
from web.office.board_shown import Shown, chips
from web.office.guard import Answer, Back, Visitor, signed_in
from web.office.page import page
from web.office.spans import Span

blueprint = Blueprint("board", __name__, url_prefix="/requests")


@dataclass(frozen=True)
class Filter:
    """What he looks for. `place`: "h:" and a hospital, or a ward's slug; "" all that he may see."""

    place: str
    standing: Standing
    span: Span
    kind: str = ""  # a code of `kinds.Code`; "" any

    def address(self, **other: Any) -> str:
        """The board with this filter, and what is different."""
        days = {"since": self.span.first, "until": self.span.last} if self.span.name == spans.CHOSEN else {}
        fields: dict[str, Any] = {
            "place": self.place,
            "state": self.standing.value,
            "time": self.span.name,
            "kind": self.kind,
            **days,
            **other,
        }
        return url_for("board.see", **{name: value for name, value in fields.items() if value not in ("", spans.ANY)})


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """The requests of his wards, fifty at a time."""
    wards = visitor.wards()
    zone = wards[0].timezone if wards else PARIS
    wanted = _filter(visitor, zone)
    asked, now = _asked(visitor, wanted, wards), visitor.moment.now
    after = board.place(request.args.get("after", ""))
    mark = _mark(visitor, wards)  # before the rows: what comes between is fetched again
    found = board.page(visitor.conn, asked, now, after)
    steps = ahead.of(visitor.conn, [row.view for row in found.rows], now)
    return page(
        visitor,
        "board.html",
        "requests",
        wards=wards,
        hospitals=dict.fromkeys(ward.hospital for ward in wards),
        wanted=wanted,
        kinds=[code.value for code in Code],
        chips=chips(board.tally(visitor.conn, asked, now), wanted.standing),
        rows=[Shown(visitor, row, steps.get(row.view.id)) for row in found.rows],
        unsorted=len(written_shown.waiting(visitor)),
        next=wanted.address(after=found.next) if found.next else None,
        paged=after is not None,
        mark=mark,
        rate=clock.rate(visitor.conn),
    )


@blueprint.get("/mark")
@signed_in
def mark(visitor: Visitor) -> Answer:
    """A word that changes when something happens to a request of his wards: a page that is open asks each second."""
    return jsonify(mark=_mark(visitor, visitor.wards()))


@blueprint.get("/find")
@signed_in
def find(visitor: Visitor) -> Answer:
    """The request of a reference; of a ward that is not his there is none."""
    reference = "".join(each for each in request.args.get("reference", "")[:20] if each.isdecimal())
    found = register.by_reference(visitor.conn, reference)
    if found is None or not visitor.account.may_see(found.ward_id):
        return Back(url_for("board.see"), "board.not_found", good=False)
    return Back(url_for("requests.see", reference=reference))


def _mark(visitor: Visitor, wards: Sequence[Ward]) -> str:
    """Of the requests, and of what waits to be sorted."""
    requests = board.mark(visitor.conn, [ward.id for ward in wards])
    return f"{requests}-{sorting.mark(visitor.conn, visitor.moment.now)}"


def _filter(visitor: Visitor, zone: str) -> Filter:
    state = request.args.get("state", "")
    return Filter(
        place=request.args.get("place", "")[:200],
        standing=Standing(state) if state in [*Standing] else Standing.OWED,
        kind=kind if (kind := request.args.get("kind", "")) in [*Code] else "",
        span=spans.asked(request.args, visitor.moment.now, zone),
    )


def _asked(visitor: Visitor, wanted: Filter, wards: Sequence[Ward]) -> Asked:
    chosen = of_place(visitor, wanted.place, wards)
    asked = Asked(tuple(ward.id for ward in chosen), wanted.standing, kind=wanted.kind or None)
    since, until = wanted.span.since or asked.since, wanted.span.until or asked.until
    return replace(asked, since=since, until=until)


def of_place(visitor: Visitor, place: str, wards: Sequence[Ward]) -> Sequence[Ward]:
    """His wards at that place: of a hospital ("h:" and its name), or one (404: it does not exist for him)."""
    if place.startswith("h:"):
        return [ward for ward in wards if ward.hospital == place.removeprefix("h:")]
    return [visitor.ward(place)] if place else wards
