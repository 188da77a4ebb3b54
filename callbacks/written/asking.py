"""What a sender is told at once, beyond confirmations: by the channel he used, in few words, and not too often.

Two machines must not answer each other for ever: beyond the limits everything is done in silence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, text

from callbacks import alarms, outbox
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.written.dialogue import NEW, Question, Talk
from callbacks.written.incoming import Channel, Incoming
from callbacks.written.situation import Known
from config import numbers, texts
from config.clock import Moment
from config.sealed_types import in_any_form
from config.texts import gsm7

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What is said because somebody wrote; the condition of an index of its own.
ANSWERS = ("how_to", "reply", "question", "status", "not_secured", "refused_sender")


@dataclass(frozen=True)
class Words:
    """What is said: why, by which key of the catalogues, with which values. `body`: words that are ready already."""

    purpose: Purpose
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    body: str = ""


def question(known: Known, talk: Talk) -> Words:
    """What he is asked, with the numbers behind which the choices of the talk stand."""
    return _QUESTIONS[talk.question or Question.WARD](known, talk)


def _ward(known: Known, talk: Talk) -> Words:
    first = next(iter(known.wards.values()), None)
    example = "" if first is None else f"{first.ward.name} {first.ward.hospital}"
    return Words(Purpose.HOW_TO, "ward", {"example": example})


def _among(known: Known, talk: Talk) -> Words:
    """Where all are of one hospital, its name is not said again and again."""
    wards = [known.wards[each].ward for each in talk.choices]
    alike = len({ward.hospital for ward in wards}) == 1
    names = [ward.name if alike else f"{ward.name} {ward.hospital}" for ward in wards]
    return Words(Purpose.QUESTION, "among", {"list": _numbered(names)})


def _which(known: Known, talk: Talk) -> Words:
    his = [known.requests[each] for each in talk.choices if each != NEW]
    names = [f"{each.reference} ({known.wards[each.ward_id].ward.name})" for each in his]
    return Words(Purpose.QUESTION, "which", {"list": _numbered(names), "last": len(talk.choices)})


def _instead(known: Known, talk: Talk) -> Words:
    old = known.requests[talk.choices[0]]
    values = {"reference": old.reference, "old": known.wards[old.ward_id].ward.name, "ward": _ward_name(known, talk)}
    return Words(Purpose.QUESTION, "instead", values)


def _who(known: Known, talk: Talk) -> Words:
    return Words(Purpose.QUESTION, "who", {"ward": _ward_name(known, talk)})


def _ward_name(known: Known, talk: Talk) -> str:
    return "" if talk.ward_id is None else known.wards[talk.ward_id].ward.name


def _numbered(names: Sequence[str]) -> str:
    return ", ".join(f"{number} : {name}" for number, name in enumerate(names, start=1))


_QUESTIONS: Mapping[Question, Callable[[Known, Talk], Words]] = {
    Question.WARD: _ward,
    Question.AMONG: _among,
    Question.WHICH: _which,
    Question.INSTEAD: _instead,
    Question.WHO: _who,
}


@dataclass(frozen=True)
class Limit:
    """So many of these within that time, to one sender."""

    purposes: tuple[str, ...]
    at_most: int
    within: timedelta


LIMITS: Mapping[Channel, Sequence[Limit]] = {
    Channel.SMS: (
        Limit((Purpose.HOW_TO,), 1, HOUR),
        Limit((Purpose.REFUSED_SENDER,), 1, HOUR),
        Limit((Purpose.NOT_SECURED,), 1, DAY),
        Limit(ANSWERS, 10, HOUR),
    ),
    Channel.EMAIL: (Limit(ANSWERS, 1, DAY),),
}


@dataclass(frozen=True)
class Reply:
    """Who is answered, and about which message."""

    house: House
    conn: Connection
    moment: Moment
    incoming: Incoming
    sender: str
    person_id: int | None = None


def say(reply: Reply, words: Words) -> int | None:
    """Write the answer; its id in the outbox. None: he cannot be told, or was told enough."""
    if not _can_be_told(reply):
        return None
    held = next((limit for limit in LIMITS[reply.incoming.channel] if _is_full(reply, words.purpose, limit)), None)
    if held is not None:
        _note_silence(reply, held)
        return None
    message = Message(
        key=f"{words.purpose}:{reply.incoming.key}",
        purpose=words.purpose,
        channel=reply.incoming.channel,
        recipient=reply.sender,
        person_id=reply.person_id,
        request_id=None,
        body=_body(reply, words),
        due_at=reply.moment.now,
        detail=_headers(reply),
    )
    outbox.put(reply.conn, [message], reply.moment)
    outbox_id: int = reply.conn.execute(_BY_KEY, {"key": message.key}).scalar_one()
    return outbox_id


def _can_be_told(reply: Reply) -> bool:
    if reply.incoming.silent:
        return False
    return reply.incoming.channel is Channel.EMAIL or numbers.is_mobile(reply.sender)


_BY_KEY = text("select id from outbox where key = :key")
_TOLD = text(
    """
    select count(*) from outbox
    where recipient = any(:recipient) and created_at > :since and purpose = any(:purposes)
    and purpose in ('how_to', 'reply', 'question', 'status', 'not_secured', 'refused_sender')"""
).bindparams(*in_any_form("recipient"))


def _is_full(reply: Reply, purpose: Purpose, limit: Limit) -> bool:
    if purpose not in limit.purposes:
        return False
    values = {
        "recipient": reply.sender,
        "since": reply.moment.now - limit.within,
        "purposes": [str(each) for each in limit.purposes],
    }
    told: int = reply.conn.execute(_TOLD, values).scalar_one()
    return told >= limit.at_most


def was_refused(reply: Reply) -> bool:
    """Whether he heard within the day that he is sent to the telephone; a machine need not."""
    lately = Limit((Purpose.REFUSED_SENDER,), 1, DAY)
    return bool(reply.incoming.silent) or _is_full(reply, Purpose.REFUSED_SENDER, lately)


def _note_silence(reply: Reply, held: Limit) -> None:
    """That one of ours is answered no more, somebody must know."""
    if reply.person_id is not None and held.purposes == ANSWERS:
        detail = {"person": reply.person_id}
        alarms.raise_alarm(reply.conn, "replies_held", f"replies_held:{reply.person_id}", detail)


def _headers(reply: Reply) -> dict[str, object]:
    """Of an e-mail: it stands in the thread of his. Its subject is ours: his may name a patient."""
    incoming = reply.incoming
    if incoming.channel is not Channel.EMAIL:
        return {}
    subject = texts.say("written.subject", reply.house.language)
    if not incoming.message_id:
        return {"subject": subject}
    thread = [*reversed(incoming.thread), incoming.message_id]
    return {"subject": subject, "in_reply_to": incoming.message_id, "references": thread}


def _body(reply: Reply, words: Words) -> str:
    if words.body:
        return words.body
    house, incoming = reply.house, reply.incoming
    values = {"line": numbers.national(house.line_number)} | dict(words.values)
    if incoming.channel is Channel.SMS:
        values["answer"] = _how_to_answer(house, incoming)
        shorten = [name for name in ("example", "hospital", "ward") if name in values]
        return gsm7.fit(texts.template(f"sms.written_{words.key}", house.language), values, shorten=shorten)
    values["answer"] = texts.say("written.answer", house.language)
    said = texts.say(f"written.{words.key}", house.language, **values)
    return "\n\n".join(
        (texts.say("written.greeting", house.language), said, texts.say("written.closing", house.language, **values))
    )


def _how_to_answer(house: House, incoming: Incoming) -> str:
    """ "Répondez"; where what we send shows a name instead of a number, to which number he may write."""
    if house.hears_replies:
        return texts.say("sms.written_answer", house.language)
    number = numbers.national(incoming.recipient) if incoming.recipient.startswith("+") else house.line_number
    return texts.say("sms.written_answer_to", house.language, number=number)
