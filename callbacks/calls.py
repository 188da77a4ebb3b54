"""The register of calls: one statement opens a turn, one statement closes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, TextClause, TextualSelect, bindparam, text

from callbacks import attempts, stories
from callbacks.attempts import Attempt, EndedAttempt, NewAttempt
from config.clock import Moment
from config.database import shaped
from config.sealed_types import SealedWithin, in_any_form, opened_within, sealed


@dataclass(frozen=True)
class Call:
    """A call as it stands. Instants are the one clock's; `caller` is E.164, None when hidden."""

    id: UUID
    sid: str
    direction: str
    caller: str | None
    practitioner_id: int | None
    person_id: int | None
    ward_id: int | None
    request_id: int | None
    result: str
    turn: int
    step: str
    memory: dict[str, Any]
    answered_by: int | None
    outcome: str | None
    ended_at: datetime | None


def fresh(
    id: UUID,
    sid: str,
    direction: str,
    step: str,
    memory: dict[str, Any],
    *,
    caller: str | None,
    person_id: int | None,
    request_id: int | None,
) -> Call:
    """A call that has just begun."""
    return Call(
        id=id,
        sid=sid,
        direction=direction,
        caller=caller,
        practitioner_id=None,
        person_id=person_id,
        ward_id=None,
        request_id=request_id,
        result="open",
        turn=0,
        step=step,
        memory=memory,
        answered_by=None,
        outcome=None,
        ended_at=None,
    )


@dataclass(frozen=True)
class Pending:
    """An open request of this caller's number; `of_ward`: the ward it is about, whichever team owes it."""

    id: int
    reference: str
    of_ward: int
    kind: str


@dataclass(frozen=True)
class Opened:
    """A call at one of its turns, with all that its next step may want to know."""

    call: Call
    moment: Moment
    answer: str | None  # what this turn was answered, when the webhook is a repeat
    attempts: tuple[Attempt, ...]
    busy: frozenset[int]  # people being rung, or talking, in other calls, or calling a GP back
    pending: tuple[Pending, ...]
    kinds: tuple[Mapping[str, Any], ...]  # what administrators changed of the kinds of request, a hospital's own first
    story: str = ""  # of the request it is about, else its own


# Scalar subqueries, each on a partial index: a voice webhook may ask four questions of the database, not eight.
_OPEN = """
select {call}, app_now() as now, real_now() as real,
  (select t.answer from turns t where t.call_id = c.id and t.turn = :turn) as answer,
  (select coalesce(jsonb_agg(to_jsonb(a) order by a.seq), '[]') from attempts a where a.call_id = c.id) as attempts,
  (select coalesce(array_agg(a.person_id), '{{}}') from attempts a join calls o on o.id = a.call_id
    where a.ended_real is null and o.ended_at is null and o.id <> c.id
      and a.rung_real > real_now() - interval '4 hours')
  || (select coalesce(array_agg(b.person_id), '{{}}') from bridges b where b.outcome is null) as busy,
  (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'reference', r.reference,
                                                'of_ward', coalesce(r.about_id, r.ward_id), 'kind', r.kind)
                             order by r.created_at), '[]')
    from requests r where r.caller = c.caller and r.state in ('open', 'claimed')) as pending,
  (select coalesce(jsonb_agg(jsonb_build_object('hospital', h.name, 'code', k.code, 'settings', k.settings)
                             order by k.hospital_id nulls last), '[]')
    from kinds k left join hospitals h on h.id = k.hospital_id) as kinds,
  coalesce({story}, cast(c.id as text)) as story,
  (select before.xmin from calls before where before.id = c.id) <> c.xmin as changed
from calls c where {where} for update of c
"""
_CALL = tuple(each.name for each in fields(Call))
_FOUND = (*_CALL, "now", "real", "answer", "attempts", "busy", "pending", "kinds", "story", "changed")


def _opening(where: str) -> TextualSelect:
    columns = ", ".join(f"c.{name}" for name in _CALL)
    return shaped(_OPEN.format(call=columns, story=stories.sql("c.request_id"), where=where), *_FOUND)


_OPEN_BY_ID = _opening("c.id = :id")
_OPEN_BY_SID = _opening("c.sid = :sid")

# A number lies as in the request he is owed, if it does so otherwise: while a key is changed the two are still equal.
_AS_HIS_REQUEST = """(select r.caller from requests r
        where r.caller = any(:forms) and r.state in ('open', 'claimed') order by r.created_at desc limit 1)"""
_BEGIN = shaped(
    f"""
    with begun as (
      insert into calls (id, sid, direction, caller, person_id, request_id, step, started_at)
      values (:id, :sid, :direction, coalesce({_AS_HIS_REQUEST}, :caller), :person_id, :request_id, :step, app_now())
      on conflict (sid) do nothing returning id
    )
    select (select id from begun) as id, app_now() as now, real_now() as real,
      (select t.answer from turns t join calls c on c.id = t.call_id where c.sid = :sid and t.turn = 0) as answer
    """,
    "id",
    "now",
    "real",
    "answer",
    binds=(*sealed("caller"), *in_any_form("forms")),
)

_FIRST_ANSWER = text("select t.answer from turns t join calls c on c.id = t.call_id where c.sid = :sid and t.turn = 0")

_COLUMNS = ("practitioner_id", "person_id", "ward_id", "request_id", "result", "answered_by", "outcome", "kind")
_INSTANTS = ("answered_at", "ended_at")


@dataclass(frozen=True)
class Begun:
    """A call that has just come in; `new` is false for a repeated webhook."""

    new: bool
    moment: Moment
    answer: str | None


def begin(
    connection: Connection,
    id: UUID,
    sid: str,
    *,
    direction: str,
    step: str,
    caller: str | None = None,
    person_id: int | None = None,
    request_id: int | None = None,
) -> Begun:
    """Enter a call in the register, once whatever the carrier repeats."""
    row = connection.execute(
        _BEGIN,
        {
            "id": id,
            "sid": sid,
            "direction": direction,
            "step": step,
            "caller": caller,
            "forms": caller,
            "person_id": person_id,
            "request_id": request_id,
        },
    ).one()
    return Begun(row.id is not None, Moment(row.now, row.real), row.answer)


def first_answer(connection: Connection, sid: str) -> str | None:
    """What the call was answered when it came in; None when that was purged."""
    answer: str | None = connection.execute(_FIRST_ANSWER, {"sid": sid}).scalar_one_or_none()
    return answer


def open_turn(connection: Connection, call_id: UUID, turn: int) -> Opened | None:
    """The call, locked, at its turn; None when there is no such call."""
    return _opened(connection, _OPEN_BY_ID, {"id": call_id, "turn": turn})


def open_by_sid(connection: Connection, sid: str) -> Opened | None:
    """The call that the carrier names, locked."""
    return _opened(connection, _OPEN_BY_SID, {"sid": sid, "turn": -1})


def close_turn(
    connection: Connection,
    call_id: UUID,
    *,
    answered_turn: int,
    answer: str,
    turn: int,
    step: str,
    memory: Mapping[str, Any],
    changes: Mapping[str, Any],
    over: EndedAttempt | None = None,
    attempt: NewAttempt | None = None,
) -> None:
    """Keep the answer, where the caller waits, what has changed, who was and who is being rung: one statement."""
    statement, values = _closing(changes, over, attempt)
    connection.execute(
        statement,
        {
            "id": call_id,
            "answered_turn": answered_turn,
            "answer": answer,
            "turn": turn,
            "step": step,
            "memory": dict(memory),
            **values,
        },
    )


def settle(connection: Connection, call_id: UUID, changes: Mapping[str, Any], end_attempts: bool = False) -> None:
    """Change a call outside a turn; its attempts are over too when `end_attempts`."""
    ended = "update attempts set ended_real = real_now() where call_id = :id and ended_real is null"
    with_attempts = f"with over as ({ended}) " if end_attempts else ""
    connection.execute(
        text(f"{with_attempts}update calls set heard_real = real_now(){_sets(changes)} where id = :id"),
        {"id": call_id, **changes},
    )


def _closing(
    changes: Mapping[str, Any], over: EndedAttempt | None, attempt: NewAttempt | None
) -> tuple[TextClause, dict[str, Any]]:
    values = dict(changes)
    if over is not None:
        values |= {"over_id": over.id, "outcome_of": over.outcome, "child_sid": over.child_sid}
    if attempt is not None:
        values |= {
            "attempt_id": attempt.id,
            "seq": attempt.seq,
            "attempt_person": attempt.person_id,
            "phone": attempt.phone,
            "rank": attempt.rank,
        }
    return _close(tuple(changes), over is not None, attempt is not None), values


@cache
def _close(changed: tuple[str, ...], over: bool, attempt: bool) -> TextClause:
    """The one statement; there are a few dozen of them at the most."""
    ended = f", over as ({attempts.END})" if over else ""
    rung = f", rung as ({attempts.RING})" if attempt else ""
    return text(
        f"""
        with kept as (
          insert into turns (call_id, turn, answer) values (:id, :answered_turn, :answer)
          on conflict (call_id, turn) do nothing
        ){ended}{rung}
        update calls set turn = :turn, step = :step, memory = :memory, heard_real = real_now(){_sets(changed)}
        where id = :id
        """
    ).bindparams(bindparam("memory", type_=SealedWithin()), *(sealed("phone") if attempt else ()))


def _sets(changed: Iterable[str]) -> str:
    unknown = set(changed) - {*_COLUMNS, *_INSTANTS}
    if unknown:
        raise ValueError(f"not columns of a call: {sorted(unknown)}")
    return "".join(f", {column} = :{column}" for column in changed)


def _opened(connection: Connection, statement: Any, values: Mapping[str, Any]) -> Opened | None:
    row = connection.execute(statement, values).mappings().one_or_none()
    if row is None:
        return None
    if row["changed"]:
        # We waited for whoever had the call: its own columns are those he left, but the rest is as it was before him
        # (PostgreSQL, "Read Committed"). Now the call is ours: a second look sees all.
        row = connection.execute(statement, values).mappings().one()
    return Opened(
        call=_call(row),
        moment=Moment(row["now"], row["real"]),
        answer=row["answer"],
        attempts=tuple(_attempt(each) for each in row["attempts"]),
        busy=frozenset(row["busy"]),
        pending=tuple(Pending(**each) for each in row["pending"]),
        kinds=tuple(row["kinds"]),
        story=row["story"],
    )


def _call(row: RowMapping) -> Call:
    return Call(**{name: row[name] for name in _CALL} | {"memory": opened_within(row["memory"])})


def _attempt(row: Mapping[str, Any]) -> Attempt:
    return Attempt(
        id=UUID(row["id"]),
        seq=row["seq"],
        person_id=row["person_id"],
        child_sid=row["child_sid"],
        accepted_at=_instant(row["accepted_at"]),
        accepted_real=_instant(row["accepted_real"]),
        declined=row["declined_at"] is not None,
        outcome=row["outcome"],
    )


def _instant(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None
