"""What the desk does for a GP who was answered in writing: a code to his mobile, then the answer, read aloud."""

from datetime import timedelta
from uuid import UUID

import structlog

from callbacks import alarms, wording
from callbacks.answers import codes, reading, records
from callbacks.answers.codes import Sent
from callbacks.answers.reading import Followed
from callbacks.answers.records import Answer
from callbacks.promise import RequestView
from callbacks.talk import Talk, Work
from config.crypto import Unreadable
from ivr.engine import Heard, Said
from ivr.flow import FLOW
from ivr.vocabulary import READ_OUT, Ask, Tell

ALOUD, OVER = "answer_aloud", "answer_over"  # the steps at which it is read out, and said what may be keyed then
PROVED_FOR = timedelta(minutes=30)  # of real time, in this call alone
_REFUSED = {
    codes.Refusal.NO_MOBILE: "no_mobile",
    codes.Refusal.TOO_MANY: "too_many",
    codes.Refusal.WRONG: "wrong",
    codes.Refusal.OVER: "over",
}
_log = structlog.get_logger(__name__)


def waits(talk: Talk, view: RequestView) -> bool:
    """Whether the request was closed by an answer in writing that can still be heard; its author is named to its GP."""
    answer = records.that_closed(talk.connection, view.id, view.closed_at)
    if answer is None or not answer.readable(talk.moment.now):
        return False
    talk.remember(answer=str(answer.id), claimer=wording.without_title(answer.author) if talk.recall("his") else None)
    return True


def send_answer_code(talk: Talk, heard: Heard) -> str:
    """A code goes to the mobile of the answer, whoever calls."""
    told = codes.send(talk.connection, talk.desk.house, _answer(talk), talk.moment)
    if not isinstance(told, Sent):
        return _REFUSED[told]
    if told.outbox_id is not None:
        talk.ring_bell("deliver", told.outbox_id)
    return "ok"


def check_answer_code(talk: Talk, heard: Heard) -> str:
    """Who has it, has the GP's mobile in his hand: he hears the answer in this call, and may ask on."""
    answer = _answer(talk)
    refusal = codes.check(talk.connection, talk.desk.house, answer, heard.digits, talk.moment)
    if refusal is not None:
        return _REFUSED[refusal]
    until = (talk.moment.real + PROVED_FOR).timestamp()
    talk.remember(answer_until=until, his=True, claimer=wording.without_title(answer.author))
    return "ok"


def answer_not_enough(talk: Talk, heard: Heard) -> str:
    """He wants to be called back: his request is open again."""
    if not talk.recall("his"):
        raise PermissionError("this is not a number of the request")
    answer = _answer(talk)
    name = talk.call.id  # one call asks once
    followed = reading.follow_up(talk.connection, talk.desk.box, answer, "", name, talk.moment)
    if followed is Followed.OVER:
        return "over"
    talk.ring_bell("climb", answer.request_id)
    return "ok"


def aloud(talk: Talk) -> str | None:
    """The words of the answer, which he hears now; None: he has keyed no code in this call, or it does not open."""
    if talk.call.ended_at is not None or talk.recall("answer_until", 0.0) <= talk.moment.real.timestamp():
        return None
    answer = _answer(talk)
    try:
        words = records.words_of(talk.desk.box, answer)
    except Unreadable as fault:
        kind = type(fault).__name__
        _log.error("an answer does not open", answer=str(answer.id), fault=kind)
        alarms.raise_alarm(talk.connection, "message_broken", f"message_broken:{answer.id}", {"fault": kind})
        return None
    reading.read(talk.connection, answer, "phone", talk.moment)
    return words


def said(step: str, words: str) -> tuple[Said, ...]:
    """What is said when the call waits at this step, to which an answer that is read out leads, with its words."""
    aloud, over = FLOW.steps[ALOUD], FLOW.steps[OVER]
    if step != OVER or not isinstance(aloud, Tell) or not isinstance(over, Ask):
        raise LookupError("nothing is read out before this step")
    return tuple(Said(key, {"words": words} if key == READ_OUT else {}) for key in (*aloud.say, *over.say))


def _answer(talk: Talk) -> Answer:
    known = talk.recall("answer")
    answer = None if known is None else records.by_id(talk.connection, UUID(known))
    if answer is None:
        raise LookupError("this call is about no answer")
    return answer


WORKS: dict[str, Work] = {work.__name__: work for work in (send_answer_code, check_answer_code, answer_not_enough)}
