"""Calls whose ending was lost: the carrier is asked, and what was owed goes on file."""

import structlog
from sqlalchemy import Engine, text

from callbacks import alarms, bridge, calls, silent_calls
from callbacks.bridge import Bridge
from callbacks.bridge_works import RESULTS
from callbacks.carrier import Carrier, CarrierError, NotThere
from callbacks.carrier_language import OVER
from callbacks.line import Line
from config import clock, story
from ivr.ringing import verdict_without_action

SILENT_SECONDS = 30.0  # without a webhook before a call is asked for; a conversation is silent for longer
TURNS_KEPT = "1 day"  # answers kept for repeats; the carrier repeats within minutes
log = structlog.get_logger(__name__)


def sweep(engine: Engine, carrier: Carrier, line: Line, silent_seconds: float = SILENT_SECONDS) -> int:
    """Settle calls of which nothing was heard for a while. How many were settled. Asks outside any transaction."""
    with engine.begin() as connection:
        silent = silent_calls.unsettled(connection, silent_seconds)
        bridge.end_unanswered(connection, clock.read(connection))
    settled = 0
    for call in silent:
        with story.chapter(call=str(call.id)):  # what is logged of one is of no other's story
            settled += _settle(engine, carrier, line, call)
    with engine.begin() as connection:
        left_behind = bridge.left_behind(connection)
    for found in left_behind:
        with story.chapter(bridge=str(found.id)):
            settled += _settle_bridge(engine, carrier, found)
    return settled


def _settle(engine: Engine, carrier: Carrier, line: Line, call: silent_calls.Unsettled) -> bool:
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


def _settle_bridge(engine: Engine, carrier: Carrier, found: Bridge) -> bool:
    """A callback whose senior has hung up, and whose dial's result was lost: the length of the GP's leg tells."""
    try:
        ended = found.ended_real or (carrier.call(found.child_sid).ended if found.child_sid else None)
    except NotThere:
        ended = None  # deleted at the carrier
    except CarrierError as fault:
        log.info("bridge.not_asked", code=fault.code)
        return False
    talked = (ended - found.accepted_real).total_seconds() if ended and found.accepted_real else None
    with engine.begin() as connection:
        moment = clock.read(connection)
        alarms.raise_alarm(connection, "dial_result_lost", f"dial_result_lost:{found.id}", {"bridge": str(found.id)})
        bridge.settle(connection, found.id, RESULTS[verdict_without_action(talked)], moment, ended)
        bridge.report(connection, found.id, moment)
    log.warning("bridge.ending_lost", bridge=str(found.id))
    return True


def _talked(carrier: Carrier, call: silent_calls.Unsettled) -> float | None:
    """Seconds from our 1 to the end of the senior's leg, when one was accepted."""
    if call.child_sid is None or call.accepted_real is None:
        return None
    leg = carrier.call(call.child_sid)
    return (leg.ended - call.accepted_real).total_seconds() if leg.ended else None


def purge(engine: Engine) -> None:
    """Forget what was answered to calls that ended long ago."""
    with engine.begin() as connection:
        connection.execute(text(f"delete from turns where real < real_now() - interval '{TURNS_KEPT}'"))
