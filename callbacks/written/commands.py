"""What a GP asks of his requests in a word: SUIVI, ANNULER, AIDE; and STOP and START, which are the carrier's. Only of
his own: from the same number or address, or of his record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from callbacks import gp, kind_words, register
from callbacks.answers import records
from callbacks.house import Desk
from callbacks.kinds.kind import ADVICE
from callbacks.polls import declining
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.states import State
from callbacks.written import store
from callbacks.written.asking import Words
from callbacks.written.situation import Known, is_his
from callbacks.written.understanding import Wish
from config import texts
from config.clock import Moment

LISTED_AT_MOST = 4


@dataclass(frozen=True)
class Order:
    """A command at the desk."""

    desk: Desk
    conn: Connection
    moment: Moment
    known: Known


@dataclass(frozen=True)
class Obeyed:
    """What he is told (None: the carrier speaks), and which request the ladder must look at."""

    words: Words | None = None
    climb: int | None = None


def obey(order: Order, wish: Wish) -> Obeyed:
    """Do it; what he is told."""
    return _DEEDS[wish](order)


def _nothing(order: Order) -> Obeyed:
    return Obeyed()


def _stop(order: Order) -> Obeyed:
    """The carrier keeps ours from him; and what nobody needs is not asked of him again."""
    writer = order.known.writer
    declining.stop(order.conn, order.moment, writer.sender, writer.practitioner_id)
    return Obeyed()


def _help(order: Order) -> Obeyed:
    return Obeyed(Words(Purpose.HOW_TO, "help"))


def _status(order: Order) -> Obeyed:
    """Of the request he names, else of all that he is owed."""
    if order.known.meaning.references or order.known.named:
        view = _his(order)
        return Obeyed(_unknown(order) if view is None else _standing(order, view))
    owed = [register.view(order.conn, each.id) for each in order.known.situation.owed]
    if len(owed) == 1:
        return Obeyed(_standing(order, owed[0]))
    if not owed:
        return Obeyed(Words(Purpose.STATUS, "waiting" if order.known.dialogue else "none"))
    return Obeyed(Words(Purpose.STATUS, "status_list", {"count": len(owed), "list": _listed(order, owed)}))


def _withdraw(order: Order) -> Obeyed:
    """The request he names; without a name what we talk about now, else the only one he is owed."""
    if order.known.meaning.references or order.known.named:
        view = _his(order)
        return Obeyed(_unknown(order)) if view is None else _withdrawn(order, view)
    if order.known.dialogue is not None:
        return _dropped(order, order.known.dialogue)
    owed = order.known.situation.owed
    if len(owed) == 1:
        return _withdrawn(order, register.view(order.conn, owed[0].id))
    if not owed:
        return Obeyed(Words(Purpose.STATUS, "none"))
    views = [register.view(order.conn, each.id) for each in owed]
    return Obeyed(Words(Purpose.STATUS, "withdraw_which", {"list": _listed(order, views), "first": owed[0].reference}))


def _withdrawn(order: Order, view: RequestView) -> Obeyed:
    done = gp.withdraw(order.conn, view.id, order.moment)
    values = {"reference": view.reference, "ward": view.ward}
    key = "withdrawn" if done or view.state is State.WITHDRAWN else "over" if view.state.closed else "not_his"
    return Obeyed(Words(Purpose.STATUS, key, values), view.id if done else None)


def _dropped(order: Order, dialogue: store.Dialogue) -> Obeyed:
    """Nothing of it was filed yet."""
    waiting = [message.id for message in store.gathered(order.conn, dialogue.id)]
    store.settle(order.conn, waiting, "command", reason="withdrawn")
    store.end(order.conn, dialogue.id, "idle", order.moment)
    left = order.known.situation.owed
    if not left:
        return Obeyed(Words(Purpose.STATUS, "dropped"))
    views = [register.view(order.conn, each.id) for each in left]
    return Obeyed(Words(Purpose.STATUS, "dropped_but", {"list": _listed(order, views), "count": len(views)}))


def _his(order: Order) -> RequestView | None:
    """What he names, by reference or thread, when it is his; whatever became of it."""
    named = order.known.named
    return named if named is not None and is_his(order.conn, named, order.known.writer) else None


def _unknown(order: Order) -> Words:
    """Not one of his; of another's nothing is said, not even its reference."""
    references = order.known.meaning.references
    return (
        Words(Purpose.STATUS, "unknown", {"reference": references[0]}) if references else Words(Purpose.STATUS, "none")
    )


def _standing(order: Order, view: RequestView) -> Words:
    key = f"status_{view.state}"
    if not view.state.closed and order.moment.now >= view.due_at:
        key = "status_late"
    if records.that_closed(order.conn, view.id, view.closed_at) is not None:
        key = "status_answered"
    values = {
        "reference": view.reference,
        "ward": view.about or view.ward,
        "what": kind_words.of_kind("sms.what", view.kind, order.desk.house.language),
        "deadline": _deadline(order, view),
    }
    return Words(Purpose.STATUS, key if view.kind == ADVICE else _OF_KIND.get(key, key), values)


# Of another kind than advice no senior's call is spoken of.
_OF_KIND = {f"status_{state}": f"status_kind_{state}" for state in ("open", "claimed", "done")}


def _listed(order: Order, views: Sequence[RequestView]) -> str:
    shown = [f"{view.reference} ({view.ward})" for view in views[:LISTED_AT_MOST]]
    return ", ".join((*shown, *(["..."] if len(views) > LISTED_AT_MOST else [])))


def _deadline(order: Order, view: RequestView) -> str:
    return texts.written_time(view.due_at, view.zone, order.desk.house.language)


_DEEDS: Mapping[Wish, Callable[[Order], Obeyed]] = {
    Wish.STATUS: _status,
    Wish.WITHDRAW: _withdraw,
    Wish.HELP: _help,
    Wish.STOP: _stop,
    Wish.START: _nothing,
}
