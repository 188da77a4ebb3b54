"""Et si ? The calls of the last four weeks against a rota, a ring time or a second line that nobody has saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from callbacks import last_month
from callbacks.whatif import past
from callbacks.whatif.past import MONTH, Calls
from callbacks.whatif.replay import Plan, Replayed, Situation, moved, replay, situation
from ivr.ringing import RING_SECONDS
from scheduling import store
from scheduling.opening import Stretch
from scheduling.planning import trail
from scheduling.planning.changes import Changed, Refused
from scheduling.planning.writing import from_detail
from scheduling.rota import Shift, Ward

LONGEST = timedelta(days=62)  # of a change: what lies beyond is not looked at
FEW = 30  # calls below which chance has more to say than the rota

Outcome = Changed | Refused


@dataclass(frozen=True)
class Look:
    """What came of a question: the calls that were replayed, and what each plan may expect (None: no call)."""

    past: Calls
    replayed: Replayed | None
    ring_seconds: float = RING_SECONDS
    second: str = ""  # the name of the ward that is rung after this one

    @property
    def few(self) -> bool:
        """Whether there are too few calls to lean on."""
        return self.replayed is not None and self.replayed.calls < FEW


def as_planned(
    conn: Connection, ward: Ward, now: datetime, ring_seconds: float = RING_SECONDS, second: Ward | None = None
) -> Look:
    """By the rota of the four weeks before `now`, by that of the four after it, and by that one rung otherwise."""
    ids = {ward.id} | ({second.id} if second else set())
    covers = last_month.covers(conn, ids, now - MONTH, now + MONTH)
    usual = Plan(covers[ward.id])
    otherwise = Plan(usual.cover, covers[second.id] if second else None, ring_seconds)
    zone, calls = ZoneInfo(ward.timezone), past.calls(conn, ward.id, now - MONTH, now)
    entries = [
        (situation(usual, at, zone), situation(usual, later, zone), situation(otherwise, later, zone))
        for at in calls.at
        for later in moved(at, now, now + MONTH, zone)
    ]
    replayed = _replayed(conn, entries, len(calls.at), now, zone)
    return Look(calls, replayed, ring_seconds, second.name if second else "")


def on_trial(conn: Connection, ward: Ward, now: datetime, act: Callable[[], Outcome]) -> tuple[Outcome, Look | None]:
    """What `act` would return, and what its change would do for the calls that it sends to other people.

    It is really carried out, by whatever decides it, and taken back: nothing of it is left in the transaction. None:
    it is refused, or changes nothing.
    """
    trial = conn.begin_nested()
    try:
        outcome = act()
        stretch = _touched(conn, outcome)
        after = last_month.covers(conn, [ward.id], *stretch)[ward.id] if stretch else None
    finally:
        trial.rollback()
    if stretch is None or after is None:
        return outcome, None
    before = last_month.covers(conn, [ward.id], *stretch)[ward.id]
    return outcome, compared(conn, ward, now, stretch, Plan(before), Plan(after))


def instead(conn: Connection, ward: Ward, now: datetime, stretch: Stretch, shifts: Sequence[Shift]) -> Look:
    """The rota of a stretch as it stands, and with these shifts as all that the ward's own has there."""
    since, until = stretch[0], min(stretch[1], stretch[0] + LONGEST)
    chain = store.chain(conn, ward.id)
    others = store.shifts_between(conn, [link.id for link in chain[1:]], since, until)
    before = last_month.covers(conn, [ward.id], since, until)[ward.id]
    after = last_month.Answers(chain, [*others, *shifts], since, until)
    return compared(conn, ward, now, (since, until), Plan(before), Plan(after))


def compared(conn: Connection, ward: Ward, now: datetime, stretch: Stretch, before: Plan, after: Plan) -> Look:
    """The calls of the four weeks before `now`, at their hour of the week, where the two plans ring other people."""
    zone = ZoneInfo(ward.timezone)
    calls = past.calls(conn, ward.id, now - MONTH, now)
    pairs = [
        [(situation(before, there, zone), situation(after, there, zone)) for there in moved(at, *stretch, zone)]
        for at in calls.at
    ]
    differing = [[pair for pair in each if pair[0] != pair[1]] for each in pairs]
    count = sum(1 for each in differing if each)
    entries = [pair for each in differing for pair in each]
    return Look(calls, _replayed(conn, entries, count, now, zone), after.ring_seconds)


def _touched(conn: Connection, outcome: Outcome) -> Stretch | None:
    """From the first instant that was changed to the last."""
    entry = None if isinstance(outcome, Refused) or outcome.audit_id is None else trail.entry(conn, outcome.audit_id)
    if entry is None:
        return None
    edges = [from_detail(kept)[2:] for kept in (*entry.detail["removed"], *entry.detail["added"])]
    start, end = min(start for start, _ in edges), max(end for _, end in edges)
    return start, min(end, start + LONGEST)


def _replayed(
    conn: Connection, entries: Sequence[tuple[Situation, ...]], calls: int, now: datetime, zone: ZoneInfo
) -> Replayed | None:
    people = {person for entry in entries for each in entry for person in each.people}
    return replay(entries, past.habits(conn, people, now, zone), calls)
