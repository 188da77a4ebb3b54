"""Keeping what either side says of a request, or of a call that a senior took at once. Nothing here commits.

One row a side: a tap fills its own field, and who says it again means what he said last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select, text

from callbacks.assessed import ASKED_OF, ASSESSED, UNANSWERED, How, Said, Side
from callbacks.commitment_tables import assessments
from callbacks.promise import RequestView
from callbacks.states import State
from config.clock import Moment


@dataclass(frozen=True)
class About:
    """What is spoken of: a request, or a call; one of the two."""

    request_id: int | None = None
    call_id: UUID | None = None


@dataclass(frozen=True)
class By:
    """Who says it, and where; `person_id`: somebody of the house, by name."""

    side: Side
    how: How
    person_id: int | None = None


def say(conn: Connection, about: About, by: By, said: Said, moment: Moment) -> None:
    """Keep what he says now; what he leaves out stays as it was."""
    statement = _OF_REQUEST if about.call_id is None else _OF_CALL
    values = {
        "request_id": about.request_id,
        "call_id": about.call_id,
        "side": by.side,
        "how": by.how,
        "person_id": by.person_id,
        "asked": said.asked,
        "outcome": said.outcome,
        "otherwise": said.otherwise,
        "now": moment.now,
    }
    conn.execute(statement, values)


def _say(place: str) -> str:
    return f"""
        insert into assessments as kept (request_id, call_id, side, asked, outcome, otherwise, how, person_id, at)
        values (:request_id, :call_id, :side, :asked, :outcome, :otherwise, :how, :person_id, :now)
        on conflict ({place}, side) where {place} is not null do update set
            asked = coalesce(excluded.asked, kept.asked), outcome = coalesce(excluded.outcome, kept.outcome),
            otherwise = coalesce(excluded.otherwise, kept.otherwise),
            how = excluded.how, person_id = coalesce(excluded.person_id, kept.person_id), at = excluded.at"""


_OF_REQUEST, _OF_CALL = text(_say("request_id")), text(_say("call_id"))


def closed(
    conn: Connection,
    request_id: int,
    outcome: str,
    moment: Moment,
    *,
    how: How = How.PAGE,
    person_id: int | None = None,
) -> None:
    """Who closed a request said what came of it; what the ward said of an earlier end counts no more."""
    if outcome in UNANSWERED:
        conn.execute(_TAKE_BACK, {"id": request_id})
        return
    kind = conn.execute(_KIND, {"id": request_id}).scalar_one()
    if kind in ASSESSED:
        said = Said(asked=ASKED_OF.get(kind), outcome=outcome)
        say(conn, About(request_id), By(Side.HOSPITAL, how, person_id), said, moment)


_KIND = text("select kind from requests where id = :id")
_TAKE_BACK = text("delete from assessments where request_id = :id and side = 'hospital'")


def assessable(view: RequestView) -> bool:
    """Whether there is something to say of a request: it was answered, and asked for something for a patient."""
    return view.state is State.DONE and view.kind in ASSESSED and view.outcome not in UNANSWERED


def of(conn: Connection, about: About) -> Mapping[Side, Said]:
    """What each side has said; a side that was silent is not in it."""
    columns = (assessments.c.side, assessments.c.asked, assessments.c.outcome, assessments.c.otherwise)
    its = assessments.c.request_id == about.request_id
    if about.call_id is not None:
        its = assessments.c.call_id == about.call_id
    found = conn.execute(select(*columns).where(its))
    return {Side(row.side): Said(row.asked, row.outcome, row.otherwise) for row in found}


def by_one_side(conn: Connection, about: About, side: Side) -> Said:
    """What that side has said; nothing yet."""
    return of(conn, about).get(side, Said())
