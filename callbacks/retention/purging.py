"""Destroying what the approved rules say, in small batches: rows first, each with its line of the register, then files.

Killed at any moment it goes on where it was. Whatever is not approved, not over, or held stays as it is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, Table, func, select, update
from sqlalchemy.exc import DataError, IntegrityError

from callbacks import alarms
from callbacks.retention import destroying, disposals, due, holds, kinds, rules
from callbacks.retention.destroying import Destroy
from callbacks.retention.disposals import Gone
from callbacks.retention.due import Due
from callbacks.retention.kinds import Kind, Rule
from callbacks.retention.rules import Rules
from callbacks.shelf import Shelf
from callbacks.tables import alarms as alarms_table
from callbacks.tables import calls, hearings, recordings, texts_in
from callbacks.trust_tables import canaries, readings, reconciliations
from callbacks.written_tables import attachments
from config import clock
from scheduling.planning.tables import audit, leaves, presences, test_calls
from scheduling.tables import shifts

BATCH = 200
ALARM = "not_destroyed"
log = structlog.get_logger(__name__)


class Stopped(Exception):
    """Not all that is due was destroyed; the text names the kinds. The rest was, and it is tried again."""


@dataclass(frozen=True)
class Step:
    """Rows of one kind: what is due of them, and what is done to them.

    `each`: every one has its line in the register; else a batch has one, lest the register be what it speaks of.
    """

    due: Due
    destroy: Destroy
    each: bool = True


def _of_ours(found: Due, table: Table, key: str = "id") -> Step:
    return Step(found, destroying.rows(table, key), each=False)


STEPS: Mapping[Kind, Sequence[Step]] = MappingProxyType(
    {
        Kind.RECORDINGS: (Step(due.recordings_of_requests, destroying.sound),),
        Kind.TEXTS: (Step(due.texts_of_requests, destroying.words),),
        Kind.PICTURES: (Step(due.pictures_of_requests, destroying.pictures),),
        Kind.ANSWERS: (Step(due.answers_of_requests, destroying.replies),),
        Kind.LEFTOVERS: (
            Step(due.leftover_words, destroying.leftovers),
            Step(due.leftover_sound, destroying.leftover_sound),
            Step(due.leftover_texts, destroying.rows(texts_in, "sid")),
        ),
        Kind.SENT: (Step(due.sent, destroying.messages),),
        Kind.CALLERS: (
            Step(due.callers_of_requests, destroying.who_asked),
            Step(due.callers_of_calls, destroying.who_called),
        ),
        Kind.READINGS: (_of_ours(due.read_by_whom, readings), _of_ours(due.heard_by_whom, hearings)),
        Kind.TRAIL: (_of_ours(due.trail, audit),),
        Kind.ROTA: (
            _of_ours(due.past_shifts, shifts),
            _of_ours(due.past_leaves, leaves),
            _of_ours(due.past_presences, presences),
            _of_ours(due.past_tests, test_calls),
            Step(due.past_months, destroying.months, each=False),
        ),
        Kind.MACHINERY: (
            _of_ours(due.canary_calls, calls),
            _of_ours(due.past_canaries, canaries),
            _of_ours(due.past_comparisons, reconciliations),
            _of_ours(due.past_alarms, alarms_table, "key"),
        ),
    }
)


def purge(engine: Engine, shelf: Shelf) -> Counter[Kind]:
    """Destroy all that is due; how many of each kind. Another who is at it is left to it.

    A step that trips over a row holds up no other, nor the files of what is destroyed. Raises Stopped then, at the end.
    """
    done: Counter[Kind] = Counter()
    stopped = [kind for kind, step in _steps() if not _through(engine, kind, step, done)]
    sweep(engine, shelf)
    if done:
        log.info("data.purged", **{kind: done[kind] for kind in done})
    _tell(engine, stopped)
    if stopped:
        raise Stopped(", ".join(dict.fromkeys(stopped)))
    return done


def _tell(engine: Engine, stopped: Sequence[Kind]) -> None:
    """What ought to be destroyed and is not is an operator's matter, until it is."""
    with engine.begin() as conn:
        if stopped:
            alarms.raise_alarm(conn, ALARM, ALARM, {"kinds": sorted(set(stopped))})
        else:
            alarms.clear(conn, ALARM)


def due_now(conn: Connection, most: int | None = None) -> Counter[Kind]:
    """How many of each kind `purge` would destroy now; counted up to `most` of a step, and one more."""
    approved = rules.standing(conn)
    return +Counter({kind: _count(conn, approved, kind, most) for kind in Kind})


def would_go(conn: Connection, rule: Rule, most: int | None = None) -> int:
    """How many of its kind `purge` would destroy now if this rule counted."""
    return _count(conn, {**rules.standing(conn), (rule.kind, rule.hospital_id): rule}, rule.kind, most)


def sweep(engine: Engine, shelf: Shelf) -> None:
    """Take off the shelf what rows say is destroyed. Raises OSError: they are found again the next time."""
    for table in (recordings, attachments):
        while _sweep_some(engine, shelf, table):
            pass


def _count(conn: Connection, approved: Rules, kind: Kind, most: int | None) -> int:
    moment, held = clock.read(conn), holds.held(conn)
    before = kinds.cutoffs(approved, kind, moment.now)
    if before.never:
        return 0
    limit = None if most is None else most + 1
    found = (step.due(before, held, moment.now).order_by(None).limit(limit).subquery() for step in STEPS[kind])
    return sum(conn.execute(select(func.count()).select_from(each)).scalar_one() for each in found)


def _through(engine: Engine, kind: Kind, step: Step, done: Counter[Kind]) -> bool:
    """All that is due of a step; False when the register refused to let go of a row."""
    try:
        while count := _destroy_some(engine, kind, step):
            done[kind] += count
            if count < BATCH:
                break
    except (IntegrityError, DataError):
        log.exception("data.not_purged", kind=kind)
        return False
    return True


def _steps() -> Iterator[tuple[Kind, Step]]:
    return ((kind, step) for kind, steps in STEPS.items() for step in steps)


def _destroy_some(engine: Engine, kind: Kind, step: Step) -> int:
    with engine.begin() as conn:
        if not holds.alone(conn):
            return 0
        moment, approved = clock.read(conn), rules.standing(conn)
        before = kinds.cutoffs(approved, kind, moment.now)
        if before.never:
            return 0
        found = conn.execute(step.due(before, holds.held(conn), moment.now).limit(BATCH)).all()
        if found:
            step.destroy(conn, [row.id for row in found], moment.now)
            gone = [_gone(row, kinds.days_of(approved, kind, row.hospital_id)) for row in found]
            disposals.record(conn, moment.now, kind, gone if step.each else [_together(gone)], disposals.RULE)
    return len(found)


def _gone(row: Row[Any], days: int | None) -> Gone:
    return Gone(str(row.id), row.request_id, row.dated, days)


def _together(gone: Sequence[Gone]) -> Gone:
    """One line for a batch: its first and last, and how many."""
    first, last = gone[0], gone[-1]
    return Gone(f"{first.object}–{last.object} ({len(gone)})", None, last.dated, last.days)


def _sweep_some(engine: Engine, shelf: Shelf, table: Table) -> int:
    purged = (table.c.state == "purged") & table.c.file.is_not(None)
    with engine.begin() as conn:
        query = select(table.c.id, table.c.file).where(purged).limit(BATCH).with_for_update(skip_locked=True)
        found = conn.execute(query).all()
        for row in found:
            shelf.drop(row.file)
        if found:
            conn.execute(update(table).where(table.c.id.in_([row.id for row in found])).values(file=None))
    return len(found)
