"""The GP after his call: his link, his numbers, whether he was called back, and that he needs no call any more.

Everything may be said twice: what is already so changes nothing and gets the same answer. Nothing here commits. After
the commit ring `climb`: who must be told is told by the ladder's hand.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, text

from callbacks import links, outbox, register, requests
from callbacks.entries import log
from callbacks.kinds.kind import reverse
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.states import FOLLOW_UP, Kind, State
from config.clock import Moment
from scheduling import store

REFERENCE_DIGITS = 6


class Answer(StrEnum):
    """What becomes of what he says: noted; his request is open again, or is still; it is over for good."""

    NOTED = "noted"
    REOPENED = "reopened"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Followed:
    """A request as its GP may see it. `tried_at`: the last try that did not reach him; `said`: his answer."""

    view: RequestView
    tried_at: datetime | None
    said: Kind | None

    def late(self, now: datetime) -> bool:
        """Whether the promise is broken."""
        return not self.view.state.closed and now >= self.view.due_at

    def may_reopen(self, now: datetime) -> bool:
        """Whether a no opens it again: it was closed by the ward, not by him, and lately."""
        return _may_reopen(self.view, now)


# His link ---------------------------------------------------------------------------------------------------------


def token_for(reference: str, secret: bytes) -> str:
    """The token of the page of a request: its reference, and a signature over it. There is no other account of his."""
    return reference + links.signature(_label(reference), secret)


def reference_of(token: str, secret: bytes) -> str | None:
    """The reference, or None for a token we did not write. Pure: no database."""
    reference, signed = token[:REFERENCE_DIGITS], token[REFERENCE_DIGITS:]
    if not (token.isascii() and reference.isdecimal()):
        return None
    return reference if hmac.compare_digest(signed, links.signature(_label(reference), secret)) else None


def url(public_url: str, reference: str, secret: bytes) -> str:
    """The address that stands in the SMS to him."""
    return f"{public_url}/g/{token_for(reference, secret)}"


def _label(reference: str) -> bytes:
    # The secret signs sessions and other links too: the label keeps one signature from standing for another.
    return b"gp:" + reference.encode()


# Who he is --------------------------------------------------------------------------------------------------------

_CALLED_FROM = text(
    """
    select c.caller from events e join calls c on c.id = cast(e.detail ->> 'call' as uuid)
    where e.request_id = :id and e.kind = 'filed' and c.caller is not null"""
)


def own_numbers(conn: Connection, view: RequestView) -> list[str]:
    """The number to call back, then the one he called from. E.164."""
    called_from = conn.execute(_CALLED_FROM, {"id": view.id}).scalars()
    return list(dict.fromkeys(number for number in (view.caller, *called_from) if number))


def is_his(conn: Connection, view: RequestView, number: str | None) -> bool:
    """Whether who calls from this number may act on the request: one of his own, or of his record."""
    if number is None:
        return False
    return number in own_numbers(conn, view) or number in _recorded_numbers(conn, view)


def _recorded_numbers(conn: Connection, view: RequestView) -> tuple[str, ...]:
    known = None if view.practitioner_id is None else store.practitioner(conn, view.practitioner_id)
    return known.phones if known else ()


# What he is told, and says ----------------------------------------------------------------------------------------

# His last answer since the request was last said to be done.
_SAID = text(
    """
    select max(e.id) filter (where e.kind = 'done') is not null as done,
        (array_agg(e.kind order by e.id desc) filter (where e.kind in ('confirmed', 'denied') and e.id > coalesce(
            (select max(id) from events where request_id = :id and kind = 'done'), 0)))[1] as said
    from events e where e.request_id = :id"""
)


def follow(conn: Connection, view: RequestView) -> Followed:
    """How his request stands."""
    tries = [each.at for each in register.tries(conn, view.id) if each.result.counts]
    return Followed(view, max(tries, default=None), _said(conn, view.id)[1])


def answer(conn: Connection, request_id: int, called_back: bool, moment: Moment, how: str) -> Answer:
    """Was he called back? A no, for seven days after the end, opens the request again. `how`: page or phone."""
    found = register.locked(conn, request_id)
    done, said = _said(conn, request_id)
    if called_back:
        if done and said is not Kind.CONFIRMED:
            log(conn, request_id, Kind.CONFIRMED, moment, detail={"how": how})
            outbox.drop_waiting(conn, request_id, {Purpose.ASKED})
        return Answer.NOTED
    if not found.state.closed:
        return Answer.OPEN
    if not _may_reopen(found, moment.now):
        return Answer.OVER
    if found.state is State.DONE:
        log(conn, request_id, Kind.DENIED, moment, detail={"how": how})
    requests.reopen(conn, request_id, moment, denied=found.state is State.DONE)
    return Answer.REOPENED


# Who has it in hand is told, and no summary that waits names it any more.
_WORD_OWED = text("update requests set notice_at = :now where id = :id")


def withdraw(conn: Connection, request_id: int, moment: Moment) -> bool:
    """He needs no call any more; who has it in hand is told. False when it was closed already, or is the hospital's."""
    if register.view(conn, request_id).kind in reverse():
        return False
    withdrawn = requests.withdraw(conn, request_id, moment)
    if withdrawn:
        conn.execute(_WORD_OWED, {"id": request_id, "now": moment.now})
    return withdrawn


def _said(conn: Connection, request_id: int) -> tuple[bool, Kind | None]:
    """Whether it was ever said to be done; what he answered since."""
    row = conn.execute(_SAID, {"id": request_id}).one()
    return row.done, Kind(row.said) if row.said else None


def _may_reopen(view: RequestView, now: datetime) -> bool:
    closed_by_the_ward = view.state in (State.DONE, State.UNREACHABLE)
    return closed_by_the_ward and view.closed_at is not None and now <= view.closed_at + FOLLOW_UP
