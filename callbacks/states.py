"""What a request is: the sum of what happened to it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

FOLLOW_UP = timedelta(days=7)  # how long a GP who was not called may reopen his request


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"

    @property
    def closed(self) -> bool:
        """Whether nothing more is owed."""
        return self not in PENDING


PENDING = frozenset({State.OPEN, State.CLAIMED})


class Kind(StrEnum):
    """What can happen to a request; those without a move in `MOVES` leave its state alone."""

    FILED = "filed"
    CLAIMED = "claimed"
    RELEASED = "released"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    REOPENED = "reopened"
    PART = "part"  # a message was added
    REACH = "reach"  # the GP said where and when he can be reached
    RUNG = "rung"  # the ladder went up a rung
    ATTEMPTED = "attempted"  # somebody tried to call the GP back
    POSTPONED = "postponed"  # who has it says when he tries again, and why
    OFFERED = "offered"  # somebody is asked to take it over
    ACCEPTED = "accepted"  # he takes it over from who had it
    REFUSED = "refused"  # he does not
    CONFIRMED = "confirmed"  # the GP says that he was called back
    DENIED = "denied"  # the GP says that he was not
    CALLED_AGAIN = "called_again"  # the GP phoned again and left no message
    APOLOGY = "apology"  # the GP was told that the promise was broken
    ANSWERED = "answered"  # somebody answered in writing
    READ = "read"  # the GP has read that answer, or heard it
    UNHEEDED = "unheeded"  # an alert did not arrive


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, by whom, and what else is known of it."""

    kind: Kind
    at: datetime
    person_id: int | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Standing:
    """What the events add up to."""

    state: State
    claimed_by: int | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: int | None = None
    outcome: str | None = None


class ImpossibleEvent(ValueError):
    """Something that cannot have happened to a request in this state."""


# domain.md 1.5: what came of it (C), or how the contact ended (A); and where that leaves the request.
OUTCOMES: Mapping[str, State] = MappingProxyType(
    {
        "CONSEIL": State.DONE,
        "TRAITEMENT": State.DONE,
        "EXAMENS": State.DONE,
        "CONSULT_RAPIDE": State.DONE,
        "CONSULT_PROG": State.DONE,
        "HDJ": State.DONE,
        "ADM_DIRECTE": State.DONE,
        "ADM_DIFFEREE": State.DONE,
        "URGENCES": State.DONE,
        "SAMU": State.DONE,
        "DOMICILE": State.DONE,
        "TELEEXPERTISE": State.DONE,
        "AUTRE_LIGNE": State.DONE,
        "DOCUMENT": State.DONE,
        "AUTRE": State.DONE,
        # What comes of the other kinds of request (domain 5).
        "DOC_MSSANTE": State.DONE,
        "DOC_COURRIER": State.DONE,
        "RDV_DONNE": State.DONE,
        "RDV_ATTENTE": State.DONE,
        "RDV_REFUSE": State.DONE,
        "ACCORD": State.DONE,
        "AIDE": State.DONE,
        "CORRIGE": State.DONE,
        "SANS_SUITE": State.DONE,
        "REPONDU": State.DONE,
        "TRANSMIS": State.DONE,
        "RENCONTRE": State.DONE,
        "JOINT": State.DONE,  # put through after all; the GP or the senior says the rest
        "DOUBLON": State.DONE,
        "HORS_CHAMP": State.DONE,
        "RETIRE": State.WITHDRAWN,
        "NON_JOINT": State.UNREACHABLE,
    }
)

_MOVES: Mapping[Kind, tuple[frozenset[State], State]] = MappingProxyType(
    {
        Kind.CLAIMED: (frozenset({State.OPEN}), State.CLAIMED),
        Kind.ACCEPTED: (frozenset({State.CLAIMED}), State.CLAIMED),
        Kind.RELEASED: (frozenset({State.CLAIMED}), State.OPEN),
        Kind.DONE: (PENDING, State.DONE),
        Kind.WITHDRAWN: (PENDING, State.WITHDRAWN),
        Kind.UNREACHABLE: (frozenset({State.CLAIMED}), State.UNREACHABLE),
        Kind.REOPENED: (frozenset({State.DONE, State.UNREACHABLE}), State.OPEN),
    }
)


def fold(events: Iterable[Event]) -> Standing:
    """What the events of one request, in order, add up to; ImpossibleEvent names the first that does not fit."""
    standing: Standing | None = None
    for event in events:
        standing = after(standing, event)
    if standing is None:
        raise ImpossibleEvent("a request begins by being filed")
    return standing


def after(standing: Standing | None, event: Event) -> Standing:
    """The standing once this has happened too."""
    if standing is None or event.kind is Kind.FILED:
        if standing is not None or event.kind is not Kind.FILED:
            raise ImpossibleEvent(f"{event.kind} as a request's {'later' if standing else 'first'} event")
        return Standing(State.OPEN)
    if event.kind not in _MOVES:
        return standing
    if not allows(standing, event.kind, event.at):
        raise ImpossibleEvent(f"{event.kind} of a request that is {standing.state}")
    return _moved(standing, event, _MOVES[event.kind][1])


def allows(standing: Standing, kind: Kind, at: datetime) -> bool:
    """Whether this may happen to a request that stands so."""
    if kind is Kind.REOPENED and standing.closed_at is not None and at > standing.closed_at + FOLLOW_UP:
        return False
    return kind is not Kind.FILED and (kind not in _MOVES or standing.state in _MOVES[kind][0])


def _moved(standing: Standing, event: Event, state: State) -> Standing:
    if state is State.CLAIMED:
        return replace(standing, state=state, claimed_by=event.person_id, claimed_at=event.at)
    if state is State.OPEN:
        return Standing(State.OPEN)
    return replace(standing, state=state, closed_at=event.at, closed_by=event.person_id, outcome=event.outcome)
