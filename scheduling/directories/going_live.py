"""A ward is opened to GPs, at once or from a date on, or taken off the line while it is prepared; on the trail."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from config.clock import Moment
from scheduling import tables as t
from scheduling.directories import wards
from scheduling.directories.forms import Saved, Stale
from scheduling.local_time import show
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

PREPARED = ""  # in a trail and in a file: being prepared, and nobody has said until when


def save(
    conn: Connection, moment: Moment, by: Actor, ward: Ward, live_from: datetime | None, seen: str
) -> Saved | Stale:
    """GPs reach it from then on; None: it is prepared, and they are told so. `seen`: the mark of what he was shown."""
    row = select(t.wards.c.live_from).where(t.wards.c.id == ward.id).with_for_update(key_share=True)
    before = conn.execute(row).scalar_one()
    if before == live_from:
        return Saved(ward.id, changed=False)
    if mark(before) != seen:
        return Stale(wards.last_change(conn, ward.id))
    conn.execute(update(t.wards).where(t.wards.c.id == ward.id).values(live_from=live_from))
    said = {"before": {"live_from": written(before, ward)}, "after": {"live_from": written(live_from, ward)}}
    trail.record(conn, moment, by, "ward.live", ward_id=ward.id, subject=ward.name, detail=said)
    return Saved(ward.id, changed=True)


def written(live_from: datetime | None, ward: Ward) -> str:
    """`2026-12-01 08:00`, local."""
    return PREPARED if live_from is None else show(live_from, ward.timezone)


def mark(live_from: datetime | None) -> str:
    """To the microsecond; what a form keeps of what it showed."""
    return "prepared" if live_from is None else live_from.astimezone(UTC).isoformat()
