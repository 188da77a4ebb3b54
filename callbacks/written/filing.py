"""What was written becomes a request, or part of one: the same messages, sealed as they came. Nothing here commits.

After the commit ring `climb` with the request's id: who must be told is told by the ladder's hand.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, text

from callbacks import gp, register, requests, stories
from callbacks.entries import log
from callbacks.kinds.kind import ADVICE, reverse
from callbacks.kinds.promised import promised
from callbacks.promise import RequestView
from callbacks.requests import Filed, Filing
from callbacks.states import Kind, State
from callbacks.written import store, voicemail
from callbacks.written.incoming import Channel
from callbacks.written.situation import Writer, introduced, may_join, writer
from callbacks.written.store import Message
from config.clock import Moment
from scheduling import store as scheduled


class NotOpen(LookupError):
    """The talk was filed, refused or sorted meanwhile."""


_WRITTEN_AT = text(
    """
    update parts set created_at = written.at from written
    where parts.id = written.id and parts.request_id = :id and parts.created_at > written.at"""
)


def file(
    conn: Connection,
    one: Writer,
    ward_id: int,
    messages: Sequence[Message],
    moment: Moment,
    instead: RequestView | None = None,
    kind: str = ADVICE,
) -> Filed:
    """Put a request on file; it is promised from the first of these messages on (at least one).

    `instead` of one that is open: it counts from then on, unless what was promised is broken already.
    """
    began = messages[0].at
    if instead is not None and _still_holds(conn, instead, ward_id, kind, moment):
        began = min(began, instead.created_at)
    by_mail = one.channel is Channel.EMAIL
    filed = requests.file(
        conn,
        Filing(
            ward_id=ward_id,
            kind=kind,
            channel=one.channel,
            caller=_number_of(conn, one) if by_mail else one.sender,
            practitioner_id=one.practitioner_id,
            call_id=None,
            created_at=began,
            moment=moment,
            mail=one.sender if by_mail else None,
        ),
    )
    _add(conn, filed.id, messages, moment)
    if any(message.at != moment.now for message in messages) or len(messages) > 1:
        conn.execute(_WRITTEN_AT, {"id": filed.id})
    store.settle(conn, [message.id for message in messages], "filed", request_id=filed.id)
    return filed


def _still_holds(conn: Connection, old: RequestView, ward_id: int, kind: str, moment: Moment) -> bool:
    """Whether what was promised then lies ahead, and so does what is promised now, counted from then: two hours for a
    bed are over when it is asked for in the evening of a morning's question."""
    return moment.now < min(old.due_at, promised(conn, ward_id, kind, old.created_at).due_at)


def _number_of(conn: Connection, one: Writer) -> str | None:
    """Where who wrote an e-mail is called back."""
    known = None if one.practitioner_id is None else scheduled.practitioner(conn, one.practitioner_id)
    return known.phones[0] if known else None


def join(conn: Connection, request_id: int, messages: Sequence[Message], moment: Moment) -> bool:
    """Add them to a request; one that was closed lately opens again. False: nothing can be added to it any more."""
    if not may_join(register.locked(conn, request_id), moment):
        return False
    stories.follow(conn, request_id)
    _add(conn, request_id, messages, moment)
    store.settle(conn, [message.id for message in messages], "joined", request_id=request_id)
    return True


def _add(conn: Connection, request_id: int, messages: Sequence[Message], moment: Moment) -> None:
    for place, message in enumerate(messages):
        in_order = Moment(moment.now + timedelta(microseconds=place), moment.real)  # parts are shown by their time
        requests.add_text_part(conn, request_id, message.id, message.body, in_order)


_MOVE = text("update parts set request_id = :to where request_id = :from returning id")
_MOVE_WRITTEN = text("update written set request_id = :to where request_id = :from")


def replaceable(conn: Connection, request_id: int) -> RequestView | None:
    """The request, held, while nobody has claimed it and it is his to take back."""
    found = register.locked(conn, request_id)
    return found if found.state is State.OPEN and found.kind not in reverse() else None


def replace(conn: Connection, old: int, new: int, moment: Moment) -> None:
    """What he asked goes with him to the other ward, and the first request is withdrawn."""
    for part_id in conn.execute(_MOVE, {"from": old, "to": new}).scalars().all():
        log(conn, new, Kind.PART, moment, detail={"part": str(part_id)})
    conn.execute(_MOVE_WRITTEN, {"from": old, "to": new})
    gp.withdraw(conn, old, moment)


# By somebody of the office ----------------------------------------------------------------------------------------


def file_dialogue(
    conn: Connection,
    dialogue_id: int,
    ward_id: int,
    moment: Moment,
    account_id: int | None = None,
    kind: str = ADVICE,
) -> Filed:
    """Somebody said for which ward a talk is that nobody understood, and what it asks for: it is filed as the GP would
    have had it. NotOpen."""
    talk = hold_dialogue(conn, dialogue_id)
    if talk.channel is Channel.VOICE:
        filed = voicemail.file(conn, talk, ward_id, moment, kind)
    else:
        one, messages = _waiting(conn, talk)
        filed = file(conn, one, ward_id, messages, moment, kind=kind)
    store.end(conn, dialogue_id, "sorted", moment, request_id=filed.id, account_id=account_id)
    return filed


def join_dialogue(
    conn: Connection, dialogue_id: int, request_id: int, moment: Moment, account_id: int | None = None
) -> bool:
    """Somebody said to which request a talk belongs; False when nothing can be added to that any more. NotOpen."""
    talk = hold_dialogue(conn, dialogue_id)
    if talk.channel is Channel.VOICE:
        if not may_join(register.locked(conn, request_id), moment):
            return False
        voicemail.join(conn, talk, request_id, moment)
    elif not join(conn, request_id, _waiting(conn, talk)[1], moment):
        return False
    return store.end(conn, dialogue_id, "sorted", moment, request_id=request_id, account_id=account_id)


def hold_dialogue(conn: Connection, dialogue_id: int) -> store.Dialogue:
    """The open talk, in which nothing else happens until the end of this transaction. NotOpen."""
    found = store.talk_of(conn, dialogue_id)
    if found is None:
        raise NotOpen(dialogue_id)
    store.hold(conn, found.channel, found.sender)
    still = store.talk_of(conn, dialogue_id)  # who waited here reads what he waited for
    if still is None or still.state != "open":
        raise NotOpen(dialogue_id)
    return still


def _waiting(conn: Connection, dialogue: store.Dialogue) -> tuple[Writer, list[Message]]:
    messages = store.gathered(conn, dialogue.id)
    if not messages:
        raise NotOpen(dialogue.id)
    one = writer(conn, dialogue.channel, dialogue.sender)
    return (introduced(conn, one, dialogue.rpps) if dialogue.rpps and one.practitioner is None else one), messages
