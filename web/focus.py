"""What the page of a request asks of who looks at it: the one thing to do now. Values in, values out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from callbacks.bridge import Bridge, Stage
from callbacks.sheet import Sheet
from callbacks.trying import Result, Tried, next_try

SOONEST = timedelta(minutes=3)  # a time that is nearer is over before he has chosen it
STEP = timedelta(minutes=5)
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 240))
# What is said before the GP's number is called again: a fax, a secretary, nothing at all may answer there.
WARNINGS = (Result.FAILED, Result.SECRETARIAT, Result.UNACCEPTED)


class Focus(StrEnum):
    """The one thing to do."""

    READY = "ready"  # call the GP back
    CALLING = "calling"  # the line is ringing, or they talk
    TALKED = "talked"  # say how it ended
    MISSED = "missed"  # say when to try again
    ASKED = "asked"  # a colleague asks him to take it over
    THEIRS = "theirs"  # nothing: a colleague has it
    CLOSED = "closed"


def focus(sheet: Sheet, person_id: int, bridge: Bridge | None, tries: Sequence[Tried]) -> Focus:
    """What this person finds on his page."""
    if not sheet.is_open:
        return Focus.CLOSED
    if bridge is not None and bridge.person_id == person_id and bridge.stage is not Stage.OVER:
        return Focus.CALLING
    if sheet.claimed_by != person_id and sheet.offered_to == person_id:
        return Focus.ASKED
    if sheet.claimed_by not in (None, person_id):
        return Focus.THEIRS
    last = last_try(sheet, person_id, bridge, tries)
    if last is None or not (last.result.counts or last.result is Result.REACHED):
        return Focus.READY
    if sheet.retry_at is not None and sheet.retry_at > last.at:
        return Focus.READY  # he has said when he calls again
    return Focus.TALKED if last.result is Result.REACHED else Focus.MISSED


def last_try(sheet: Sheet, person_id: int, bridge: Bridge | None, tries: Sequence[Tried]) -> Tried | None:
    """His last try since he claimed it: through the line, or by his own means."""
    if sheet.claimed_by != person_id or sheet.claimed_at is None:
        return None
    his = [each for each in tries if each.by == person_id]
    if bridge is not None and bridge.person_id == person_id and bridge.result is not None:
        # It is the line's own record, and comes before the try that is written down from it.
        his.append(Tried(bridge.ended_at or bridge.asked_at, bridge.result, person_id))
    since = [each for each in his if each.at >= sheet.claimed_at]
    return max(since, key=lambda each: each.at, default=None)


def warning(tries: Sequence[Tried]) -> Result | None:
    """What the last try found out about the number, if it is worth knowing before the next."""
    return tries[-1].result if tries and tries[-1].result in WARNINGS else None


def times(sheet: Sheet, tries: Sequence[Tried], now: datetime) -> list[datetime]:
    """When he may try again, inside the promise: first what is proposed, in the GP's window, then the rest in order."""
    proposed = next_try(sheet.reach, tries, now, sheet.due_at, sheet.tz)
    after = next_try(sheet.reach, [*tries, Tried(proposed, Result.NO_ANSWER)], proposed, sheet.due_at, sheet.tz)
    found = [rounded(at) for at in (proposed, after, *(now + delay for delay in DELAYS))]
    inside = [at for at in found if now + SOONEST < at < sheet.due_at]
    first = [at for at in inside if at == rounded(proposed)][:1]
    return [*first, *sorted(set(inside) - set(first))]


def rounded(at: datetime) -> datetime:
    """The next five minutes: what a clock on a wall shows."""
    return at + (-timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)) % STEP
