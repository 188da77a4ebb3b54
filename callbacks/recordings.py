"""What a GP said: fetched as wav, made sure of, sealed, stored, and only then deleted at the carrier (invariant 11).

A recording is announced, ready to be fetched once it is known to be wanted, then stored, or flagged and kept at the
carrier; discarded when its speaker said it anew; absent when nothing was said; purged once it was destroyed here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, func, select, text, update

from callbacks import alarms, wav
from callbacks.carrier import Carrier, CarrierError
from callbacks.carrier_faults import NotThere
from callbacks.leases import Due
from callbacks.shelf import Shelf
from callbacks.tables import recordings
from config import story

LEASE_SECONDS = 60  # fetching is given twenty
BELL_SECONDS = 5
TRIES = 5  # downloads that do not match before one is stored and flagged
LATE_SECONDS = 600.0  # a recording that is not here by then is an alarm
GONE_SECONDS = 43_200.0  # what the carrier does not know after half a day was deleted there, before a restore say
PAUSE_SECONDS = 60.0
UNCLAIMED = "10 minutes"  # an announced recording whose call was never said to be over is looked at after this

log = structlog.get_logger(__name__)


class NotInTheHouse(LookupError):
    """There is nothing to hear here: not fetched yet, discarded, or absent."""


@dataclass(frozen=True)
class Claimed:
    """A recording that is ours to fetch or to delete until the lease ends."""

    id: UUID
    sid: str
    state: str
    seconds: int | None
    attempts: int
    age_seconds: float
    worker: str
    call_id: UUID | None = None


def announced(
    conn: Connection, sid: str, call_id: UUID | None = None, status: str = "completed", seconds: int | None = None
) -> UUID:
    """The carrier spoke of a recording, whichever way, however often; its id here. `status` is the carrier's word."""
    values = {"sid": sid, "call_id": call_id, "status": status, "seconds": seconds, "complete": status == "completed"}
    found: UUID = conn.execute(_ANNOUNCE, values).scalar_one()
    return found


_ANNOUNCE = text(
    f"""
    insert into recordings as r (sid, call_id, state, seconds, complete, retry_real)
    select :sid, (select id from calls where id = cast(:call_id as uuid)),
           s.state, cast(:seconds as integer), :complete, s.retry_real
    from (select case when :status = 'absent' then 'absent' when over.it then 'ready' else 'announced' end as state,
                 case when :status = 'absent' then null when over.it then real_now()
                      else real_now() + interval '{UNCLAIMED}' end as retry_real
          from (select exists (select 1 from calls
                               where id = cast(:call_id as uuid) and ended_at is not null) as it) over) s
    on conflict (sid) do update set
        call_id = coalesce(r.call_id, excluded.call_id),
        seconds = coalesce(excluded.seconds, r.seconds),
        complete = r.complete or excluded.complete,
        state = case when r.state = 'announced' then excluded.state else r.state end,
        retry_real = case when r.state = 'announced' then excluded.retry_real else r.retry_real end
    returning r.id"""
)


def recording_status(
    conn: Connection, sid: str, call_id: UUID | None, status: str, seconds: int | None = None
) -> UUID | None:
    """The carrier's status callback about a recording; its id to ring for, None when it names none."""
    return announced(conn, sid, call_id, status, seconds) if sid else None


def release_for_fetch(conn: Connection, call_id: UUID) -> list[UUID]:
    """The call is over, or its message validated: what was recorded in it is wanted. Ids to ring for."""
    wanted = (recordings.c.call_id == call_id) & (recordings.c.state == "announced")
    ready = update(recordings).where(wanted).values(state="ready", retry_real=func.real_now())
    return list(conn.execute(ready.returning(recordings.c.id)).scalars())


def release(conn: Connection, recording_id: UUID) -> None:
    """This one is wanted, whatever became of its call."""
    wanted = (recordings.c.id == recording_id) & (recordings.c.state == "announced")
    conn.execute(update(recordings).where(wanted).values(state="ready", retry_real=func.real_now()))


def is_ready(conn: Connection, recording_id: UUID) -> bool:
    """Whether the carrier has said that the whole of it can be heard: at once after speaking it mostly cannot."""
    found = select(recordings.c.complete).where(recordings.c.id == recording_id)
    return bool(conn.execute(found).scalar_one_or_none())


def discard(conn: Connection, recording_id: UUID) -> None:
    """Its speaker said it anew: it is deleted at the carrier and never fetched."""
    wanted = (recordings.c.id == recording_id) & recordings.c.state.in_(("announced", "ready"))
    conn.execute(update(recordings).where(wanted).values(state="discarded", retry_real=func.real_now()))


def open_audio(conn: Connection, shelf: Shelf, recording_id: UUID) -> bytes:
    """The wav of a stored recording. Raises NotInTheHouse; OSError and Unreadable when the shelf is damaged."""
    columns = select(recordings.c.file).where(recordings.c.id == recording_id)
    name = conn.execute(columns).scalar_one_or_none()
    if name is None:
        raise NotInTheHouse(str(recording_id))
    return shelf.get(recording_id, name)


_FREE = "(lease_real is null or lease_real <= real_now())"
_TAKE = text(
    f"""
    with due as (
        select id, lease_by is not distinct from 'bell' as late from recordings
        where retry_real <= (select real_now()) and {_FREE}
        order by retry_real limit :limit for update skip locked)
    update recordings set lease_by = 'bell', lease_real = real_now() + interval '{BELL_SECONDS} seconds'
    from due where recordings.id = due.id returning recordings.id, due.late"""
)
_CLAIM = text(
    f"""
    update recordings set lease_by = :worker, lease_real = real_now() + interval '{LEASE_SECONDS} seconds'
    where id = (select id from recordings where id = :id and retry_real <= real_now()
                and ({_FREE} or lease_by = 'bell') for update)
    returning id, sid, state, seconds, attempts, extract(epoch from real_now() - created_real)::float8 as age_seconds,
        call_id"""
)


def take_due(conn: Connection, limit: int) -> list[Due]:
    """What is to be fetched or deleted now; each row to one asker."""
    return [Due(row.id, row.late) for row in conn.execute(_TAKE, {"limit": limit})]


def fetch(engine: Engine, carrier: Carrier, shelf: Shelf, recording_id: UUID, worker: str) -> None:
    """Do what this recording needs next: fetch and store it, or delete it at the carrier. In vain it does no harm."""
    with engine.begin() as conn:
        row = conn.execute(_CLAIM, {"id": recording_id, "worker": worker}).one_or_none()
    if row is None:
        return
    claimed = Claimed(**row._mapping, worker=worker)
    story.follow(claimed.call_id, recording=claimed.id)
    try:
        _STEPS[claimed.state](engine, carrier, shelf, claimed)
    except CarrierError as fault:
        if claimed.state == "ready" and claimed.age_seconds > GONE_SECONDS and _is_gone(carrier, claimed, fault):
            _give_up(engine, claimed)
        else:
            _later(engine, claimed, fault.code)


def pause_seconds(age_seconds: float) -> float:
    """Real time until the next look: short while the call has just ended, a minute at most."""
    return min(PAUSE_SECONDS, max(1.0, age_seconds / 4))


def _fetch(engine: Engine, carrier: Carrier, shelf: Shelf, claimed: Claimed) -> None:
    declared = claimed.seconds
    if declared is None:
        seen = carrier.recording(claimed.sid)
        if seen.status == "absent":
            _record(engine, claimed, state="absent", retry_real=None)
            return
        if seen.status != "completed":
            _later(engine, claimed, seen.status)
            return
        declared = seen.seconds
    sound = carrier.media(claimed.sid)
    fault = wav.fault(sound, declared)
    if fault and claimed.attempts + 1 < TRIES:
        _mismatch(engine, claimed, declared, fault)
    else:
        _store(engine, carrier, shelf, claimed, sound, declared, fault)


def _store(
    engine: Engine,
    carrier: Carrier,
    shelf: Shelf,
    claimed: Claimed,
    sound: bytes,
    declared: int | None,
    fault: str | None,
) -> None:
    try:
        name = shelf.put(claimed.id, sound)
    except OSError as failure:
        with engine.begin() as conn:
            alarms.raise_alarm(conn, "shelf", "shelf", {"errno": failure.errno})
        _later(engine, claimed, "not stored")
        return
    kept: dict[str, object] = {"file": name, "seconds": declared, "attempts": claimed.attempts + 1}
    with engine.begin() as conn:
        alarms.clear(conn, "shelf")
        alarms.clear(conn, f"recording_late:{claimed.id}")
        if fault:
            _set(conn, claimed, kept | {"state": "flagged", "flag": fault, "retry_real": None})
            alarms.raise_alarm(conn, "recording_flagged", f"recording_flagged:{claimed.id}", {"fault": fault})
            return
        ours = _set(conn, claimed, kept | {"state": "stored"}, release=False)
    if ours:
        _delete(engine, carrier, shelf, claimed)


def _delete(engine: Engine, carrier: Carrier, shelf: Shelf, claimed: Claimed) -> None:
    carrier.delete_recording(claimed.sid)
    _record(engine, claimed, deleted_real=func.real_now(), retry_real=None)


def _is_gone(carrier: Carrier, claimed: Claimed, fault: CarrierError) -> bool:
    """Whether the carrier has neither its sound nor any record of it."""
    if not isinstance(fault, NotThere):
        return False
    try:
        carrier.recording(claimed.sid)
    except CarrierError as again:
        return isinstance(again, NotThere)
    return False


def _give_up(engine: Engine, claimed: Claimed) -> None:
    """Nobody can hear it any more: its request can be closed without, and somebody is told."""
    log.error("recording.gone", id=str(claimed.id))
    with engine.begin() as conn:
        if _set(conn, claimed, {"state": "absent", "retry_real": None}):
            alarms.raise_alarm(conn, "recording_late", f"recording_late:{claimed.id}", {"reason": "gone"})


def _unclaimed(engine: Engine, carrier: Carrier, shelf: Shelf, claimed: Claimed) -> None:
    """Announced long ago and its call never said to be over: better fetched than lost at the carrier."""
    _record(engine, claimed, state="ready", retry_real=func.real_now())


_STEPS: dict[str, Callable[[Engine, Carrier, Shelf, Claimed], None]] = {
    "announced": _unclaimed,
    "ready": _fetch,
    "stored": _delete,
    "discarded": _delete,
    "purged": _delete,
}


def _mismatch(engine: Engine, claimed: Claimed, declared: int | None, fault: str) -> None:
    log.warning("recording.mismatch", id=str(claimed.id), fault=fault, attempts=claimed.attempts + 1)
    pause = _in_seconds(2.0**claimed.attempts)
    _record(engine, claimed, attempts=claimed.attempts + 1, seconds=declared, retry_real=pause)


def _later(engine: Engine, claimed: Claimed, reason: str) -> None:
    log.info("recording.not_yet", id=str(claimed.id), reason=reason)
    with engine.begin() as conn:
        _set(conn, claimed, {"retry_real": _in_seconds(pause_seconds(claimed.age_seconds))})
        if claimed.age_seconds > LATE_SECONDS:
            alarms.raise_alarm(conn, "recording_late", f"recording_late:{claimed.id}", {"reason": reason})


def _in_seconds(seconds: float) -> object:
    return func.real_now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _record(engine: Engine, claimed: Claimed, **values: object) -> None:
    with engine.begin() as conn:
        _set(conn, claimed, values)


def _set(conn: Connection, claimed: Claimed, values: dict[str, object], *, release: bool = True) -> bool:
    """Fencing: the row changes only while it is ours, and in the state we found it in or put it in."""
    ours = (recordings.c.id == claimed.id) & (recordings.c.lease_by == claimed.worker)
    released = {"lease_by": None, "lease_real": None} if release else {}
    return conn.execute(update(recordings).where(ours).values(values | released)).rowcount == 1
