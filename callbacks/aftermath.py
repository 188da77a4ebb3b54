"""Calls whose ending was lost: the carrier is asked, and what was owed goes on file."""

import structlog
from sqlalchemy import Engine, text

from callbacks import calls
from callbacks.carrier import Carrier, CarrierError, NotThere
from callbacks.line import Line

SILENT_SECONDS = 30.0  # without a webhook before a call is asked for; a conversation is silent for longer
TURNS_KEPT = "1 day"  # answers kept for repeats; the carrier repeats within minutes
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
log = structlog.get_logger(__name__)


def sweep(engine: Engine, carrier: Carrier, line: Line, silent_seconds: float = SILENT_SECONDS) -> int:
    """Settle calls of which nothing was heard for a while. How many were settled. Asks outside any transaction."""
    with engine.begin() as connection:
        silent = calls.unsettled(connection, silent_seconds)
    return sum(_settle(engine, carrier, line, call) for call in silent)


def _settle(engine: Engine, carrier: Carrier, line: Line, call: calls.Unsettled) -> bool:
    try:
        over = call.ended or carrier.call(call.sid).status in OVER
        talked = _talked(carrier, call) if over else None
    except NotThere:
        over, talked = True, None  # deleted at the carrier: nobody is on the line
    except CarrierError as fault:
        log.info("call.not_asked", code=fault.code)
        return False
    if over:
        line.settle_lost(call.sid, talked)
        log.warning("call.ending_lost", call=str(call.id))
        return True
    with engine.begin() as connection:
        calls.settle(connection, call.id, {})  # a sign of life
    return False


def _talked(carrier: Carrier, call: calls.Unsettled) -> float | None:
    """Seconds from our 1 to the end of the senior's leg, when one was accepted."""
    if call.child_sid is None or call.accepted_real is None:
        return None
    leg = carrier.call(call.child_sid)
    return (leg.ended - call.accepted_real).total_seconds() if leg.ended else None


def purge(engine: Engine) -> None:
    """Forget what was answered to calls that ended long ago."""
    with engine.begin() as connection:
        connection.execute(text(f"delete from turns where real < real_now() - interval '{TURNS_KEPT}'"))
