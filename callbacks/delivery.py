"""Sends what the outbox holds: claim, commit, send, record; and asks the carrier before it sends anything twice.

No connection is held while the carrier is asked (invariant 10). A process killed between sending and recording leaves
a row in doubt; whoever claims it next looks for it at the carrier at once, and again after ten seconds, by recipient
and exact text, before another attempt is made.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from callbacks import alarms, bridge, leases, outbox, post, recipients
from callbacks.carrier import Call, Carrier, CarrierError, Seen, Sms
from callbacks.carrier_language import RETRIES
from callbacks.house import House
from callbacks.leases import Claimed, Unanswered
from callbacks.permitted import Refusal
from callbacks.post import Mailer
from callbacks.purposes import TRIGGERED, Purpose
from config import clock, story
from config.clock import Moment
from config.crypto import Unreadable
from config.database import is_away

ASK_AGAIN_SECONDS = 10.0
SEND_WITHIN_SECONDS = 4.0  # of the claim: connecting and waiting for an answer end before the lease does
PAUSE_SECONDS = 60.0  # the longest between two attempts
ALARM_ATTEMPTS = 5
REFUSES_US = " 5.7."  # RFC 3463: security or policy, such as a relay that does not know us
MOST_ATTEMPTS = 500  # some eight hours
RING_SECONDS = 20  # the carrier may add five; a mobile's voicemail answers later
# A test rings as long as a GP's call. A senior who asked to call back has the telephone in his hand: after him answers
# his voicemail, to which no GP is put through. A GP's voicemail is what a word is left on.
RINGS: Mapping[str, int] = {Purpose.TEST_CALL: 15, Purpose.CALLBACK: 15, Purpose.TRIED_CALL: 40}
# Nobody is told again of a call that he asked for himself: what lies elsewhere would promise it.
ASKED_FOR = frozenset({Purpose.CALLBACK, Purpose.TEST_CALL, Purpose.VERIFICATION})
STAFF_SMS_SECONDS = 3600  # an alert that comes hours late finds somebody off duty
GP_SMS_SECONDS = 14_400

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ways:
    """What messages leave by."""

    engine: Engine
    carrier: Carrier
    house: House
    mailer: Mailer | None  # None: no e-mail is sent


@dataclass(frozen=True)
class _Ours:
    """A row that we claimed, and why it must not leave; that may still be undecided."""

    claimed: Claimed
    decided: bool
    refusal: Refusal | None


# What the ladder does about a message that did not arrive: callbacks.climb.alert_failed.
NotArrived = Callable[[Connection, int, Moment], None]


def deliver(
    engine: Engine,
    carrier: Carrier,
    house: House,
    outbox_id: int,
    worker: str,
    stopwatch: Callable[[], float] = time.monotonic,
    mailer: Mailer | None = None,
) -> bool:
    """Send the row if it is due and nobody else's; called twice, late or in vain it does no harm.

    True: the carrier has just taken it, and that is on record; there is nothing to follow up yet.
    """
    ways, claimed_at = Ways(engine, carrier, house, mailer), stopwatch()
    ours = _claim(ways, outbox_id, worker)
    if ours is None:
        return False
    claimed = ours.claimed
    story.follow(claimed.story, request=claimed.request_id or 0, outbox=claimed.id)
    if claimed.attempts > MOST_ATTEMPTS:
        _give_up(engine, claimed)
        return False
    if claimed.ambiguous and not _may_send_again(engine, carrier, claimed):
        return False
    if _refused(ways, ours):
        return False
    # A process that was stopped here and woke after its lease leaves the row to the next.
    awake = claimed.ambiguous or stopwatch() - claimed_at < SEND_WITHIN_SECONDS
    return awake and _send(ways, claimed)


def follow_up(engine: Engine, carrier: Carrier, outbox_id: int, not_arrived: NotArrived) -> None:
    """A message that does not arrive is not an alert: make sure of it, then let the ladder act, once."""
    with engine.connect() as conn:
        row = leases.unanswered(conn, outbox_id)
    if row is None:
        return
    story.follow(row.story, request=row.request_id or 0, outbox=row.id)
    seen = _seen(carrier, row)
    with engine.begin() as conn:
        if seen is not None:
            outbox.record_status(conn, seen.sid, seen.status, seen.error)
        if leases.answer(conn, row):
            moment = clock.read(conn)
            bridge.not_answered(conn, outbox_id, moment)
            not_arrived(conn, outbox_id, moment)


def pause_seconds(attempts: int, chance: float) -> float:
    """Real time until the next attempt: 1, 2, 4, … a minute; `chance` in [0, 1) spreads it by a fifth either way."""
    return float(min(PAUSE_SECONDS, 2.0 ** (attempts - 1))) * (0.8 + 0.4 * chance)


def _claim(ways: Ways, outbox_id: int, worker: str) -> _Ours | None:
    """Make it ours, and decide at once whether it may leave, if that can be decided."""
    try:
        with ways.engine.begin() as conn:
            claimed = leases.claim(conn, outbox_id, worker)
            if claimed is None:
                return None
            if not _is_decided_at_once(claimed):
                return _Ours(claimed, decided=False, refusal=None)
            return _Ours(claimed, decided=True, refusal=_refuse(conn, ways.house, claimed))
    except IntegrityError:
        return None  # at this instant another call was claimed for the same telephone
    except Exception as fault:
        if is_away(fault):
            raise
        # It cannot be decided: claimed all the same, so that the try counts, others act when it does not arrive, and
        # it is given up one day. What is wrong is told where the check is made again.
        with ways.engine.begin() as conn:
            claimed = leases.claim(conn, outbox_id, worker)
        return None if claimed is None else _Ours(claimed, decided=False, refusal=None)


def _is_decided_at_once(claimed: Claimed) -> bool:
    """What is counted is not: two that are claimed at the same instant would not see each other."""
    return claimed.purpose not in TRIGGERED and not claimed.ambiguous and claimed.attempts <= MOST_ATTEMPTS


def _may_send_again(engine: Engine, carrier: Carrier, claimed: Claimed) -> bool:
    """Ask the carrier about an attempt in doubt; True when it has been asked twice and the row is still ours."""
    try:
        found = _look_for(carrier, claimed)
    except CarrierError as fault:
        _later(engine, claimed, fault)
        return False
    with engine.begin() as conn:
        if _adopt(conn, claimed, found):
            log.info("message.found", id=claimed.id, attempts=claimed.attempts)
            return False
        if claimed.asked_real is None:
            leases.asked(conn, claimed, ASK_AGAIN_SECONDS)
            return False
        return leases.send_again(conn, claimed)


def _look_for(carrier: Carrier, claimed: Claimed) -> list[str]:
    if claimed.channel == "sms":
        return carrier.messages_like(claimed.recipient, claimed.body, claimed.attempted_real)
    if claimed.channel == "call":
        return carrier.calls_like(claimed.recipient, claimed.attempted_real)
    return []


def _adopt(conn: Connection, claimed: Claimed, found: list[str]) -> bool:
    """The first message at the carrier that is no other row's is this one."""
    for sid in found:
        try:
            with conn.begin_nested():
                leases.sent(conn, claimed, sid)
        except IntegrityError:
            continue  # another row's
        return True
    return False


def _send(ways: Ways, claimed: Claimed) -> bool:
    """Hand it to the carrier, and write that down: whether it is on record."""
    engine = ways.engine
    if claimed.purpose in _WANTED and not _still_wanted(engine, claimed):
        return False
    try:
        sid = _SENDERS[claimed.channel](ways, claimed)
    except CarrierError as fault:
        _later(engine, claimed, fault)
        return False
    try:
        with engine.begin() as conn:
            ours = leases.sent(conn, claimed, sid)
            if claimed.attempts > 1 or claimed.channel == "email":
                alarms.clear(conn, _alarm(claimed))
    except IntegrityError:
        # A row in doubt with the same text adopted it before we wrote it down: now this one is in doubt.
        _later(engine, claimed, CarrierError("adopted", ambiguous=True))
        return False
    said = {"channel": claimed.channel, "purpose": claimed.purpose, "attempts": claimed.attempts, "recorded": ours}
    log.info("message.sent", id=claimed.id, sid=sid, **said)
    return ours


def _refused(ways: Ways, ours: _Ours) -> bool:
    """Whether it goes where nothing may go, or too often: it has failed, what waited for it goes another way."""
    refusal = ours.refusal
    if not ours.decided:
        with ways.engine.begin() as conn:
            refusal = _refuse(conn, ways.house, ours.claimed)
    if refusal is not None:
        log.warning("message.not_permitted", id=ours.claimed.id, code=refusal)
    return refusal is not None


def _refuse(conn: Connection, house: House, claimed: Claimed) -> Refusal | None:
    """Why it must not leave, and then it has failed; None: it may."""
    refusal = recipients.refusal(conn, house, claimed, clock.read(conn))
    if refusal is not None:
        leases.failed(conn, claimed, refusal)
        detail = {"code": refusal, "outbox": claimed.id}
        alarms.raise_alarm(conn, "not_permitted", f"not_permitted:{refusal}", detail)
    return refusal


_WANTED: Mapping[str, Callable[[Connection, int, Moment], bool]] = {
    Purpose.CALLBACK: bridge.still_wanted,
    Purpose.TRIED_CALL: bridge.word_still_wanted,
}


def _still_wanted(engine: Engine, claimed: Claimed) -> bool:
    """Nobody is rung out of the blue: a callback, or a word of one, that comes too late is dropped."""
    with engine.begin() as conn:
        moment = clock.read(conn)
        wanted = _WANTED[claimed.purpose](conn, claimed.id, moment)
        if not wanted:
            leases.dropped(conn, claimed)
            bridge.not_answered(conn, claimed.id, moment)
    return wanted


def _later(engine: Engine, claimed: Claimed, fault: CarrierError) -> None:
    """Record what went wrong, and when to look again."""
    log.warning("message.not_sent", id=claimed.id, code=fault.code, in_doubt=fault.ambiguous, attempts=claimed.attempts)
    pause = 0.0 if fault.ambiguous else pause_seconds(max(1, claimed.attempts), random.random())
    with engine.begin() as conn:
        if fault.permanent:
            leases.failed(conn, claimed, fault.code)
            if claimed.channel == "email" and REFUSES_US in fault.code:
                alarms.raise_alarm(conn, "mail_out", "mail_out", {"code": fault.code})
            return
        # Once in doubt it stays so until it is found: a late acceptance is still looked for.
        leases.postponed(conn, claimed, pause, fault.code, in_doubt=fault.ambiguous or claimed.ambiguous)
        if claimed.attempts >= ALARM_ATTEMPTS:
            alarms.raise_alarm(conn, _alarm(claimed), _alarm(claimed), {"code": fault.code})


def _alarm(claimed: Claimed) -> str:
    """The kind and key of the alarm that says that nothing leaves this way."""
    return "mail_out" if claimed.channel == "email" else "carrier"


def _give_up(engine: Engine, claimed: Claimed) -> None:
    with engine.begin() as conn:
        leases.failed(conn, claimed, "too many attempts")
        alarms.raise_alarm(conn, "message_given_up", f"message_given_up:{claimed.id}", {"outbox": claimed.id})


def _seen(carrier: Carrier, row: Unanswered) -> Seen | None:
    """The message as the carrier has it; None when it has already said so, or cannot say now."""
    if row.state != "sent" or row.provider_sid is None:
        return None
    try:
        return carrier.message(row.provider_sid) if row.channel == "sms" else carrier.call(row.provider_sid)
    except CarrierError:
        return None  # in doubt the person is told another way


def _sms(ways: Ways, claimed: Claimed) -> str:
    house = ways.house
    valid = GP_SMS_SECONDS if claimed.person_id is None else STAFF_SMS_SECONDS
    status_url = f"{house.public_url}/webhooks/sms/status/{claimed.token}{RETRIES}"
    return ways.carrier.send_sms(Sms(claimed.recipient, house.sms_sender, claimed.body, status_url, valid))


def _call(ways: Ways, claimed: Claimed) -> str:
    house = ways.house
    url = f"{house.public_url}/webhooks/voice/out/{claimed.token}"
    seconds = RINGS.get(claimed.purpose, RING_SECONDS)
    # A callback is a person's call, not automated traffic: it shows the line (twilio.md 5.6).
    caller = house.line_number if claimed.purpose == Purpose.CALLBACK else house.alert_caller
    status_url = f"{url}/status{RETRIES}"
    fallback_url = None if claimed.purpose in ASKED_FOR else house.fallback_url
    call = Call(claimed.recipient, caller, f"{url}{RETRIES}", status_url, seconds, fallback_url=fallback_url)
    return ways.carrier.place_call(call)


def _mail(ways: Ways, claimed: Claimed) -> str:
    mailer = ways.mailer
    if mailer is None:
        raise CarrierError("no mail server", permanent=True)
    try:
        with ways.engine.connect() as conn:
            words = post.draft(conn, claimed, mailer.open_answer)
    except (Unreadable, LookupError):
        raise CarrierError("unreadable", permanent=True) from None
    return post.send(mailer.outgoing, claimed, words)


_SENDERS: Mapping[str, Callable[[Ways, Claimed], str]] = {"sms": _sms, "call": _call, "email": _mail}
