"""What a rule destroys now, kind by kind. One SELECT each: (id, request_id, dated, hospital_id). Changes nothing.

Never what belongs to an open request, what nobody has heard, what is held, what the carrier still keeps.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)

from callbacks.answers.records import READABLE
from callbacks.retention.holds import Held
from callbacks.retention.kinds import Cutoffs
from callbacks.states import PENDING, State
from callbacks.tables import alarms, calls, hearings, outbox, parts, recordings, requests, texts_in
from callbacks.trust_tables import canaries, readings, reconciliations
from callbacks.written_tables import answers, attachments, dialogues, written
from scheduling.planning.tables import audit, leaves, presences, rota_months, test_calls
from scheduling.tables import shifts, wards

Due = Callable[[Cutoffs, Held, datetime], Select[Any]]
BECAME_NOTHING = ("command", "idle", "refused", "ignored")
_IN_THE_HOUSE = ("stored", "flagged")
_undoing = audit.alias("undoing")


# What belongs to a request ------------------------------------------------------------------------------------------


def recordings_of_requests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Sound that somebody has heard, or that its speaker took back with his request; the carrier has it no more."""
    heard = or_(parts.c.heard_at.is_not(None), requests.c.state == State.WITHDRAWN)
    here = recordings.c.state.in_(_IN_THE_HOUSE) & recordings.c.deleted_real.is_not(None)
    found = recordings.join(parts).join(requests, requests.c.id == parts.c.request_id)
    return _of_requests(found, recordings.c.id, parts.c.created_at, cutoffs, held).where(heard, here)


def texts_of_requests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Words that somebody has read, or that were taken back with their request."""
    read = or_(parts.c.heard_at.is_not(None), requests.c.state == State.WITHDRAWN)
    here = parts.c.body.is_not(None) & parts.c.purged_at.is_(None)
    found = parts.join(requests)
    return _of_requests(found, parts.c.id, parts.c.created_at, cutoffs, held).where(read, here, not_(_pending(parts)))


def pictures_of_requests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Files that came with words that somebody has read; and the names of those that were not kept."""
    read = or_(parts.c.heard_at.is_not(None), requests.c.state == State.WITHDRAWN)
    found = attachments.join(parts, parts.c.id == attachments.c.written_id).join(requests)
    query = _of_requests(found, attachments.c.id, parts.c.created_at, cutoffs, held)
    return query.where(read, _nameable(), attachments.c.retry_real.is_(None))


def answers_of_requests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Answers that their GP's link opens no more."""
    over = (answers.c.state == "sent") & (answers.c.sent_at < now - READABLE) & answers.c.purged_at.is_(None)
    return _of_requests(answers.join(requests), answers.c.id, answers.c.sent_at, cutoffs, held).where(over)


def callers_of_requests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Requests whose GP is still known."""
    query = _of_requests(requests, requests.c.id, requests.c.created_at, cutoffs, held)
    return query.where(requests.c.purged_at.is_(None))


def callers_of_calls(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Calls whose caller is still known: those that are over, and whose request is."""
    found = calls.outerjoin(requests, requests.c.id == calls.c.request_id)
    found = found.outerjoin(wards, wards.c.id == func.coalesce(calls.c.ward_id, requests.c.ward_id))
    over = (calls.c.result != "open") & (calls.c.ended_at < _before(cutoffs)) & calls.c.purged_at.is_(None)
    free = or_(calls.c.request_id.is_(None), _free(cutoffs, held)) & not_(held.of_a_call())
    columns = (calls.c.id, calls.c.request_id, calls.c.started_at.label("dated"), wards.c.hospital_id)
    query = select(*columns).select_from(found).where(over, free).order_by(calls.c.started_at)
    return query.with_for_update(of=calls, skip_locked=True)


def sent(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Messages that are on their way no more."""
    found = outbox.outerjoin(requests, requests.c.id == outbox.c.request_id)
    found = found.outerjoin(wards, wards.c.id == requests.c.ward_id)
    over = outbox.c.state.not_in(("waiting", "sending")) & outbox.c.purged_at.is_(None)
    free = or_(outbox.c.request_id.is_(None) & _unheld(held), _free(cutoffs, held))
    columns = (outbox.c.id, outbox.c.request_id, outbox.c.created_at.label("dated"), wards.c.hospital_id)
    query = select(*columns).select_from(found).where(over, free, outbox.c.created_at < _before(cutoffs))
    return query.order_by(outbox.c.id).with_for_update(of=outbox, skip_locked=True)


# What became no request ---------------------------------------------------------------------------------------------


def leftover_words(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Messages that were ignored, refused, idle, a command, or dismissed by somebody; with what came with them."""
    nothing = written.c.verdict.in_(BECAME_NOTHING) & (written.c.body != b"")
    his = written.c.sender.in_(sorted(held.phones | held.mails)) if held.phones | held.mails else literal(False)
    query = _alone(written, written.c.id, written.c.at, cutoffs, held).where(nothing, not_(his))
    return query.where(not_(_pending(written))).with_for_update(of=written, skip_locked=True)


def leftover_sound(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Messages on the line's own machine of which somebody made no request."""
    here = recordings.c.state.in_(_IN_THE_HOUSE) & recordings.c.deleted_real.is_not(None)
    dismissed = (dialogues.c.state != "open") & dialogues.c.request_id.is_(None)
    his = recordings.c.call_id.in_(select(calls.c.id).where(held.of_a_call()))
    query = _alone(recordings.join(dialogues), recordings.c.id, dialogues.c.closed_at, cutoffs, held)
    return query.where(here, dismissed, or_(recordings.c.call_id.is_(None), not_(his))).with_for_update(
        of=recordings, skip_locked=True
    )


def leftover_texts(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """What an earlier release kept of SMS that came in."""
    return _alone(texts_in, texts_in.c.sid, texts_in.c.at, cutoffs, held)


# What the house writes of itself ------------------------------------------------------------------------------------


def read_by_whom(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Lines of the log of readings."""
    found = readings.outerjoin(requests, requests.c.id == readings.c.request_id)
    query = _alone(found, readings.c.id, readings.c.at, cutoffs, held, readings.c.request_id)
    return query.where(_unless_held(readings.c.request_id, held))


def heard_by_whom(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Who heard or read a message of a request, and when."""
    found = hearings.join(parts).join(requests)
    query = _alone(found, hearings.c.id, hearings.c.at, cutoffs, held, parts.c.request_id)
    return query.where(not_(held.of_a_request()))


def trail(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Lines that nothing refers to any more."""
    query = _alone(audit, audit.c.id, audit.c.at, cutoffs, held).where(_unless_of(audit.c.ward_id, held))
    for line in (rota_months.c.audit_id, presences.c.audit_id, _undoing.c.undoes_id):
        query = query.where(not_(select(line).where(line == audit.c.id).exists()))
    return query


def past_shifts(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Who was on call."""
    query = _alone(shifts, shifts.c.id, func.upper(shifts.c.during), cutoffs, held)
    return query.where(_unless_of(shifts.c.ward_id, held))


def past_leaves(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Who was away."""
    return _alone(leaves, leaves.c.id, func.upper(leaves.c.during), cutoffs, held)


def past_presences(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Who said that he was there."""
    query = _alone(presences, presences.c.id, presences.c.asked_at, cutoffs, held)
    return query.where(presences.c.settled_at.is_not(None), _unless_of(presences.c.ward_id, held))


def past_tests(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Tests of a ward's line."""
    query = _alone(test_calls, test_calls.c.id, test_calls.c.began_at, cutoffs, held)
    return query.where(test_calls.c.ended_at.is_not(None), _unless_of(test_calls.c.ward_id, held))


def past_months(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Published tables; the month after theirs had begun by then."""
    over = cast(rota_months.c.month + cast(32, Integer), Date) < cast(_before(cutoffs), Date)
    key = func.concat(rota_months.c.ward_id, ":", rota_months.c.month)
    query = _alone(rota_months, key, rota_months.c.published_at, cutoffs, held)
    return query.where(over, _unless_of(rota_months.c.ward_id, held))


def canary_calls(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Calls of the line to itself; what somebody who shows its number said or asked for in one keeps its call."""
    query = _alone(calls, calls.c.id, calls.c.ended_at, cutoffs, held)
    said = select(recordings.c.id).where(recordings.c.call_id == calls.c.id).exists()
    left = select(parts.c.id).where(parts.c.call_id == calls.c.id).exists()
    return query.where(calls.c.direction == "canary", calls.c.request_id.is_(None), not_(said), not_(left))


def past_canaries(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """That they were placed."""
    query = _alone(canaries, canaries.c.id, canaries.c.placed_real, cutoffs, held)
    return query.where(canaries.c.state != "placed")


def past_comparisons(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """What the carrier's lists said."""
    return _alone(reconciliations, reconciliations.c.id, reconciliations.c.ended_real, cutoffs, held)


def past_alarms(cutoffs: Cutoffs, held: Held, now: datetime) -> Select[Any]:
    """Alarms that stand no more."""
    return _alone(alarms, alarms.c.key, alarms.c.cleared_at, cutoffs, held)


# Parts of these -----------------------------------------------------------------------------------------------------


def _of_requests(
    found: FromClause, id: ColumnElement[Any], dated: ColumnElement[Any], cutoffs: Cutoffs, held: Held
) -> Select[Any]:
    """Rows of requests that ended long enough ago and are not held; nobody opens one again meanwhile."""
    columns = (id, requests.c.id.label("request_id"), dated.label("dated"), wards.c.hospital_id)
    joined = found.join(wards, wards.c.id == requests.c.ward_id)
    query = select(*columns).select_from(joined).where(_free(cutoffs, held)).order_by(requests.c.closed_at, id)
    return query.with_for_update(of=requests, skip_locked=True, key_share=True)


def _free(cutoffs: Cutoffs, held: Held) -> ColumnElement[bool]:
    over = requests.c.state.not_in([str(state) for state in PENDING]) & (requests.c.closed_at < _before(cutoffs))
    return and_(over, not_(held.of_a_request()))


def _alone(
    found: FromClause,
    id: ColumnElement[Any],
    dated: ColumnElement[Any],
    cutoffs: Cutoffs,
    held: Held,
    request_id: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """Rows that belong to no hospital: the house's rule counts."""
    nothing = cast(null(), Integer)
    columns = (id.label("id"), (nothing if request_id is None else request_id).label("request_id"))
    query = select(*columns, dated.label("dated"), nothing.label("hospital_id")).select_from(found)
    return query.where(dated < _instant(cutoffs.elsewhere), _unheld(held)).order_by(dated)


def _before(cutoffs: Cutoffs) -> ColumnElement[datetime]:
    """Before when a row goes whose ward is joined; null: it stays."""
    own = ((wards.c.hospital_id == id, _instant(at)) for id, at in cutoffs.own.items())
    return case(*own, else_=_instant(cutoffs.elsewhere)) if cutoffs.own else _instant(cutoffs.elsewhere)


def _instant(at: datetime | None) -> ColumnElement[datetime]:
    return cast(literal(at, DateTime(timezone=True)), DateTime(timezone=True))


def _unheld(held: Held) -> ColumnElement[bool]:
    return literal(not held.everything)


def _unless_held(request_id: ColumnElement[Any], held: Held) -> ColumnElement[bool]:
    return or_(request_id.is_(None), not_(held.of_a_request()))


def _unless_of(ward_id: ColumnElement[Any], held: Held) -> ColumnElement[bool]:
    return or_(ward_id.is_(None), ward_id.not_in(sorted(held.ward_ids)))


def _pending(of: FromClause) -> ColumnElement[bool]:
    """Whether a picture of this message is still to be fetched, or to be deleted at the carrier."""
    at_work = (attachments.c.written_id == of.c.id) & attachments.c.retry_real.is_not(None)
    return select(attachments.c.id).where(at_work).exists()


def _nameable() -> ColumnElement[bool]:
    kept = attachments.c.state == "stored"
    return or_(kept, attachments.c.state.in_(("refused", "lost")) & attachments.c.name.is_not(None))
