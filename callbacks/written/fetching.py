"""Pictures that came with an SMS: fetched at the carrier, checked, stored sealed, and only then deleted there.

What is refused is deleted there too: nothing of a patient stays with a carrier. Whoever is killed in between leaves a
row that is due again. A picture that arrives after its message was read makes that message unread once more.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, func, text, update

from callbacks import alarms
from callbacks.carrier import TOO_LARGE, Carrier, CarrierError
from callbacks.leases import Due
from callbacks.shelf import Shelf
from callbacks.written import pictures
from callbacks.written_tables import attachments

LEASE_SECONDS = 60  # fetching is given twenty
BELL_SECONDS = 5
LATE_SECONDS = 600.0  # a picture that is not here by then is an alarm
LOST_SECONDS = 86_400.0  # and by then it will not come any more
PAUSE_SECONDS = 300.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claimed:
    """A picture that is ours to fetch or to delete until the lease ends. `real`: the real time of claiming it."""

    id: UUID
    written_id: UUID
    state: str
    source: str
    attempts: int
    age_seconds: float
    real: datetime
    worker: str


_FREE = "(lease_real is null or lease_real <= real_now())"
_TAKE = text(
    f"""
    with due as (
        select id, lease_by is not distinct from 'bell' as late from attachments
        where retry_real <= (select real_now()) and {_FREE}
        order by retry_real limit :limit for update skip locked)
    update attachments set lease_by = 'bell', lease_real = real_now() + interval '{BELL_SECONDS} seconds'
    from due where attachments.id = due.id returning attachments.id, due.late"""
)
_CLAIM = text(
    f"""
    update attachments set lease_by = :worker, lease_real = real_now() + interval '{LEASE_SECONDS} seconds'
    where id = (select id from attachments where id = :id and retry_real <= real_now()
                and ({_FREE} or lease_by = 'bell') for update)
    returning id, written_id, state, source, attempts, real_now() as real,
        extract(epoch from real_now() - created_real)::float8 as age_seconds"""
)
# Only while somebody owes the GP an answer: what is closed stays as it was closed.
_UNREAD_ANEW = text(
    """
    update parts set heard_at = null from requests
    where parts.id = :written_id and parts.heard_at is not null
      and requests.id = parts.request_id and requests.state in ('open', 'claimed')"""
)


def take_due(conn: Connection, limit: int) -> list[Due]:
    """What is to be fetched or deleted now; each row to one asker."""
    return [Due(row.id, row.late) for row in conn.execute(_TAKE, {"limit": limit})]


def fetch(engine: Engine, carrier: Carrier, shelf: Shelf, picture_id: UUID, worker: str) -> None:
    """Do what this picture needs next: fetch and store it, or delete it at the carrier. In vain it does no harm."""
    with engine.begin() as conn:
        row = conn.execute(_CLAIM, {"id": picture_id, "worker": worker}).one_or_none()
    if row is None:
        return
    left: Claimed | None = Claimed(**row._mapping, worker=worker)
    while (claimed := left) is not None:
        try:
            left = _STEPS[claimed.state](engine, carrier, shelf, claimed)
        except CarrierError as fault:
            _not_yet(engine, claimed, fault)
            return


def pause_seconds(age_seconds: float) -> float:
    """Real time until the next look: short while the message is new, five minutes at most."""
    return min(PAUSE_SECONDS, max(1.0, age_seconds / 4))


def _fetch(engine: Engine, carrier: Carrier, shelf: Shelf, claimed: Claimed) -> Claimed | None:
    content = carrier.picture(claimed.source)
    checked = pictures.check(content)
    if checked.refused:
        log.info("picture.refused", id=str(claimed.id), reason=checked.refused)
        state, kept = "refused", {"reason": checked.refused}
    else:
        try:
            name = shelf.put_picture(claimed.id, content, claimed.real.date())
        except OSError as failure:
            _no_room(engine, claimed, failure)
            return None
        state, kept = "stored", {"media_type": checked.media_type, "file": name}
    # From here on it is no picture to be fetched: what goes wrong in deleting it takes it from nobody.
    arrived = _arrived(engine, claimed, {"state": state, "size": len(content), **kept})
    return replace(claimed, state=state) if arrived else None


def _delete(engine: Engine, carrier: Carrier, shelf: Shelf, claimed: Claimed) -> None:
    carrier.delete_picture(claimed.source)
    with engine.begin() as conn:
        _set(conn, claimed, {"deleted_real": func.real_now(), "retry_real": None})


# What is left to do after it, if anything.
_STEPS: dict[str, Callable[[Engine, Carrier, Shelf, Claimed], Claimed | None]] = {
    "announced": _fetch,
    "stored": _delete,
    "refused": _delete,
}


def _arrived(engine: Engine, claimed: Claimed, kept: dict[str, object]) -> bool:
    """Whether it was still ours to keep."""
    with engine.begin() as conn:
        if not _set(conn, claimed, kept | {"attempts": claimed.attempts + 1}, release=False):
            return False
        conn.execute(_UNREAD_ANEW, {"written_id": claimed.written_id})
        alarms.clear(conn, f"picture_late:{claimed.id}")
        if "file" in kept:
            alarms.clear(conn, "shelf")
    return True


def _no_room(engine: Engine, claimed: Claimed, failure: OSError) -> None:
    with engine.begin() as conn:
        alarms.raise_alarm(conn, "shelf", "shelf", {"errno": failure.errno})
        _later(conn, claimed)


def _not_yet(engine: Engine, claimed: Claimed, fault: CarrierError) -> None:
    """The carrier does not hand it out, or does not delete it: later, or never when it never will."""
    log.info("picture.not_yet", id=str(claimed.id), state=claimed.state, reason=fault.code)
    over = fault.permanent or claimed.age_seconds > LOST_SECONDS
    with engine.begin() as conn:
        if fault.permanent or claimed.age_seconds > LATE_SECONDS:
            detail = {"reason": fault.code, "state": claimed.state}
            alarms.raise_alarm(conn, "picture_late", f"picture_late:{claimed.id}", detail)
        if not over:
            _later(conn, claimed)
        elif claimed.state == "announced":
            reason = pictures.TOO_LARGE if fault.code == TOO_LARGE else "carrier"
            _set(conn, claimed, {"state": "lost", "reason": reason, "retry_real": None})
        else:
            _set(conn, claimed, {"retry_real": None})


def _later(conn: Connection, claimed: Claimed) -> None:
    pause = func.make_interval(0, 0, 0, 0, 0, 0, pause_seconds(claimed.age_seconds))
    _set(conn, claimed, {"attempts": claimed.attempts + 1, "retry_real": func.real_now() + pause})


def _set(conn: Connection, claimed: Claimed, values: dict[str, object], *, release: bool = True) -> bool:
    """Fencing: the row changes only while it is ours."""
    ours = (attachments.c.id == claimed.id) & (attachments.c.lease_by == claimed.worker)
    released = {"lease_by": None, "lease_real": None} if release else {}
    return conn.execute(update(attachments).where(ours).values(values | released)).rowcount == 1
