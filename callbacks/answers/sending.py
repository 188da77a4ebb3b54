"""Sending an answer: it closes the request with its outcome, and goes to the GP whole or as a notice without content.

Nothing here commits. After the commit ring `climb` with the request and `deliver` with the message.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text

from callbacks import assessments, endings, outbox, outcomes, register, requests, wording
from callbacks.answers import access, drafts, records, ways
from callbacks.answers.records import Answer
from callbacks.answers.ways import Way
from callbacks.entries import log
from callbacks.holding import Claimed
from callbacks.house import Desk, House
from callbacks.outbox import Message
from callbacks.outcomes import Outcome
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.requests import Done
from callbacks.states import Kind
from config import numbers, texts
from config.clock import Moment
from config.crypto import Box
from config.sealed_types import sealed
from config.texts import gsm7


@dataclass(frozen=True)
class Sent:
    """It is on its way, and the request is closed; None: it was sent before (he tapped twice)."""

    answer_id: UUID
    outbox_id: int | None


class Refusal(StrEnum):
    """Why nothing was sent; what he wrote is kept as his draft."""

    EMPTY = "empty"
    OUTCOME = "outcome"  # none was chosen
    UNHEARD = "unheard"  # a message of the GP was neither heard nor read
    NO_WAY = "no_way"  # neither a secure address nor a mobile: he must be telephoned
    TAKEN = "taken"  # a colleague has it in hand
    OVER = "over"  # it is closed already


def outcomes_in_writing(conn: Connection, ward_id: int, kind: str) -> tuple[Outcome, ...]:
    """How a request may end that was answered in writing: nobody was called, so nobody was not reached."""
    return tuple(each for each in endings.of(conn, ward_id, kind) if each.code != outcomes.NOT_REACHED)


def send(
    conn: Connection, desk: Desk, request_id: int, person_id: int, words: str, outcome: str, moment: Moment
) -> Sent | Refusal:
    """Send what he wrote; it is his from here on if nobody has it."""
    view = register.locked(conn, request_id)  # two taps at once are told apart
    before = _just_sent(conn, view, person_id)
    if before is not None:
        return Sent(before, None)
    answer_id = drafts.save(conn, desk.box, request_id, person_id, words, moment)
    way = ways.of(conn, desk.house, view)
    allowed = {each.code for each in outcomes_in_writing(conn, view.ward_id, view.kind)}
    refusal = _refusal(view, answer_id, outcome in allowed, way)
    if refusal is not None or answer_id is None or way is None:
        return refusal or Refusal.EMPTY
    if not isinstance(requests.claim(conn, request_id, person_id, moment, "page"), Claimed):
        return Refusal.TAKEN
    sent = {"id": answer_id, "way": way.name, "recipient": way.recipient, "code_to": way.code_to, "now": moment.now}
    conn.execute(_SENT, sent)
    log(
        conn, request_id, Kind.ANSWERED, moment, person_id=person_id, detail={"answer": str(answer_id), "way": way.name}
    )
    closed = requests.close(conn, request_id, person_id, outcome, moment)
    if not isinstance(closed, Done):
        raise RuntimeError(f"answered, but not closed: {type(closed).__name__}")  # nothing of this is kept
    assessments.closed(conn, request_id, outcome, moment, person_id=person_id)
    return Sent(answer_id, notify(conn, desk.house, answer_id, moment))


def notify(conn: Connection, house: House, answer_id: UUID, moment: Moment) -> int:
    """Write the notice of an answer, with a new link; or the answer itself, whose words are opened at its sending."""
    answer = records.by_id(conn, answer_id)
    if answer is None:
        raise LookupError("no answer of this id was sent")
    link_id = access.new_link(conn, answer_id)
    message = Message(
        key=f"answer:{link_id}",
        purpose=Purpose.ANSWER,
        channel="sms" if answer.way == ways.BY_SMS else "email",
        recipient=answer.recipient,
        person_id=None,
        request_id=answer.request_id,
        body=_body(house, answer, access.url(house.public_url, access.token_of(link_id, house.secret_key))),
        due_at=moment.now,
        detail=_detail(house, answer),
    )
    outbox.put(conn, [message], moment)
    outbox_id: int = conn.execute(_ROW, {"key": message.key}).scalar_one()
    return outbox_id


def letter(conn: Connection, box: Box, house: House, answer_id: UUID) -> str:
    """The body of a mail that takes an answer whole to a secure address. Raises Unreadable, LookupError.

    For an outbox row with `detail["answer"]` and no body: it is opened when it is sent, and kept nowhere else.
    """
    answer, link_id = records.by_id(conn, answer_id), access.latest_of(conn, answer_id)
    if answer is None or link_id is None:
        raise LookupError("no answer of this id was sent")
    link = access.url(house.public_url, access.token_of(link_id, house.secret_key))
    return texts.say(
        "answer.letter", house.language, **_values(house, answer, link), words=records.words_of(box, answer)
    )


def _refusal(view: RequestView, answer_id: UUID | None, ends: bool, way: Way | None) -> Refusal | None:
    grounds = {
        Refusal.OVER: view.state.closed,
        Refusal.EMPTY: answer_id is None,
        Refusal.UNHEARD: view.unheard > 0,
        Refusal.NO_WAY: way is None,
        Refusal.OUTCOME: not ends,
    }
    return next((why for why, holds in grounds.items() if holds), None)


def _just_sent(conn: Connection, view: RequestView, person_id: int) -> UUID | None:
    """His answer that closed this request, if one did."""
    answer = records.that_closed(conn, view.id, view.closed_at)
    return answer.id if answer is not None and answer.person_id == person_id else None


def _body(house: House, answer: Answer, link: str) -> str:
    values = _values(house, answer, link)
    if answer.way == ways.WHOLE:
        return ""
    if answer.way == ways.BY_MAIL:
        return texts.say("answer.notice", house.language, **values)
    return _notice(house, values)


def _notice(house: House, values: dict[str, object]) -> str:
    """The SMS; how to hear it by telephone stands in it where there is room for the whole."""
    template = texts.template("sms.answer", house.language)
    by_phone = texts.say("sms.answer_by_phone", house.language, **values)
    whole = gsm7.fit(template, values | {"by_phone": by_phone}, drop=("by_phone",))
    return (
        whole if gsm7.segments(whole) == 1 else gsm7.fit(template, values | {"by_phone": ""}, shorten=("ward", "name"))
    )


def _detail(house: House, answer: Answer) -> dict[str, object]:
    detail: dict[str, object] = {"answer": str(answer.id)}
    if answer.way != ways.BY_SMS:
        detail["subject"] = texts.say("answer.subject", house.language, reference=answer.reference)
    if answer.way == ways.WHOLE:
        detail["whole"] = True
    return detail


def _values(house: House, answer: Answer, link: str) -> dict[str, object]:
    return {
        "name": wording.without_title(answer.author),
        "ward": answer.ward,
        "hospital": answer.hospital,
        "reference": answer.reference,
        "line": numbers.national(house.line_number),
        "link": link,
    }


_SENT = text(
    """
    update answers set state = 'sent', way = :way, recipient = :recipient, code_to = :code_to, sent_at = :now
    where id = :id and state = 'draft'"""
).bindparams(*sealed("recipient", "code_to"))
_ROW = text("select id from outbox where key = :key")
