"""What a day shows: one line an invariant of the design and a sentence of what was asked for. Pure.

Whoever counts here knows nothing of how the line works: he has the carrier's own record, the register's rows, and what
was planned.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.faults.day.evidence import Evidence, Heard, RequestRow
from tests.faults.day.lateness import latenesses, wall_of

# Work resumes within thirty seconds (invariant 4): no rung may be later than that, counted from when it was due and
# PostgreSQL was there.
LATE_SECONDS = 30.0
WAITS_SECONDS = 4.5  # a web that gives up early answers within four, and its answer has to travel
HUNG_SECONDS = 3.9  # the carrier waits for four: it got no answer, and not because who answered was killed
HELD_SECONDS = 4.0  # the carrier may hang for five: a transaction that waited for it would stand open as long
SHOWN = 4  # examples of what is wrong
STICKY = frozenset({"delivered", "undelivered", "failed"})
KEPT = frozenset({"stored", "flagged", "discarded", "absent"})
LADDER = ("first", "again", "second", "both", "head", "coordinator", "due")


@dataclass(frozen=True)
class Line:
    """One line of the table: what must hold, what was seen, and each thing that is against it."""

    what: str  # the invariant's number, or the promise's word
    sentence: str
    seen: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


def judge(evidence: Evidence) -> tuple[Line, ...]:
    """Every line, in the order of the design."""
    return tuple(line(evidence) for line in LINES)


# 1 to 12 ----------------------------------------------------------------------------------------------------------


def _every_caller(evidence: Evidence) -> Line:
    ends = [(heard, _end(evidence, heard)) for heard in evidence.heard]
    chose = [(heard, end) for heard, end in ends if heard.chose]
    wrong = [f"{heard.sid}: {end.removeprefix('!')}" for heard, end in chose if end.startswith("!")]
    counts = Counter(end for _, end in chose)
    seen = f"{len(chose)} chose a ward: " + ", ".join(f"{count} {end}" for end, count in sorted(counts.items()))
    return Line("1", "who chose a ward is connected, or on file, or lost with his ward", seen, tuple(wrong))


def _every_call(evidence: Evidence) -> Line:
    missing = [heard.sid for heard in evidence.heard if heard.sid not in evidence.calls]
    open_ones = [sid for sid, row in evidence.calls.items() if row.result == "open"]
    seen = f"{len(evidence.heard)} calls, {len(evidence.calls)} on record"
    wrong = [*(f"{sid} is not on record" for sid in missing), *(f"{sid} has no end" for sid in open_ones)]
    return Line("1", "every call is on record, once, with its end", seen, tuple(wrong))


def _recorded_is_true(evidence: Evidence) -> Line:
    known = {request.reference for request in evidence.requests}
    told = [heard for heard in evidence.heard if heard.said_recorded]
    wrong = [
        f"{heard.sid} was given {reference}"
        for heard in evidence.heard
        for reference in heard.references
        if reference not in known
    ]
    return Line("2", "a reference that was spoken is on file", f"{len(told)} were told that it is noted", tuple(wrong))


def _repeats_get_the_same(evidence: Evidence) -> Line:
    answers: dict[str, set[str]] = defaultdict(set)
    paths: dict[str, str] = {}
    often: Counter[str] = Counter()
    for exchange in evidence.exchanges:
        often[exchange.token] += 1
        if exchange.status is not None and 200 <= exchange.status < 300 and not exchange.one_moment:
            answers[exchange.token].add(exchange.answer)
            paths[exchange.token] = urlsplit(exchange.url).path
    repeated = sum(1 for count in often.values() if count > 1)
    wrong = [f"{paths[token]}: {len(found)} answers" for token, found in answers.items() if len(found) > 1]
    return Line("3", "a webhook that comes again gets the same answer", f"{repeated} came again", tuple(wrong))


def _ends_are_sticky(evidence: Evidence) -> Line:
    theirs = {accepted.sid: accepted.status for accepted in evidence.texts}
    ours = [message for message in evidence.messages if message.channel == "sms" and message.sid in theirs]
    wrong = [
        f"message {message.id}: {message.state} here, {theirs[message.sid]} there"
        for message in ours
        if message.sid is not None and message.state in STICKY and theirs[message.sid] in STICKY
        if message.state != theirs[message.sid]
    ]
    return Line("3", "what became of an SMS is the same here and there", f"{len(ours)} compared", tuple(wrong))


def _no_sms_missing(evidence: Evidence) -> Line:
    there = {accepted.sid for accepted in evidence.texts}
    ours = [
        message
        for message in evidence.messages
        if message.channel == "sms" and message.state != "dropped" and message.due
    ]
    wrong = [
        f"message {message.id} ({message.purpose}) was never at the carrier: {message.error or message.state}"
        for message in ours
        if message.sid not in there
    ]
    return Line("4", "no SMS is missing", f"{len(ours)} to send, {len(there)} at the carrier", tuple(wrong))


def _doubled(evidence: Evidence) -> Line:
    claimed = Counter(message.sid for message in evidence.messages if message.sid)
    doubled = [accepted for accepted in evidence.texts if not claimed[accepted.sid]]
    kills = len(evidence.kills)
    wrong = (f"{len(doubled)} doubled for {kills} kills",) if len(doubled) > kills else ()
    return Line("4", "an SMS is doubled once a kill at the most", f"{len(doubled)} doubled, {kills} kills", wrong)


def _no_text_lost(evidence: Evidence) -> Line:
    senders = [texter.number for texter in evidence.plan.texters]
    wrong = [f"the SMS of {_masked(number)}" for number in senders if not evidence.sms_by_sender.get(number)]
    return Line("4", "every SMS to the line is on file", f"{len(senders)} came", tuple(wrong))


def _no_letter_lost(evidence: Evidence) -> Line:
    counts = evidence.letters_by_sender
    wrong = [
        f"letter {place}: {counts.get(writer.address, 0)} requests"
        for place, writer in enumerate(evidence.plan.writers)
        if counts.get(writer.address, 0) != 1
    ]
    seen = f"{len(evidence.plan.writers)} came, {evidence.letters_sent} of ours were taken by the mail server"
    return Line("4", "every e-mail is one request", seen, tuple(wrong))


def _no_request_doubled(evidence: Evidence) -> Line:
    callers = {caller.call_back or caller.number for caller in evidence.plan.callers}
    texters = {texter.number for texter in evidence.plan.texters}
    ours = Counter(request.caller for request in evidence.requests if request.caller in callers | texters)
    wrong = [f"{_masked(number or '')} has {count}" for number, count in ours.items() if count > 1]
    return Line("4", "no request is doubled", f"{len(evidence.requests)} requests", tuple(wrong))


def _rungs_in_time(evidence: Evidence) -> Line:
    late = [(lateness, step) for step, lateness in latenesses(evidence)]
    worst, limit = max((lateness for lateness, _ in late), default=0.0), LATE_SECONDS * evidence.plan.scale.patience
    wrong = [
        f"request {step.request_id}: {step.rung}, {seconds:.0f} s late" for seconds, step in late if seconds > limit
    ]
    seen = f"{len(late)} climbed, the latest {worst:.1f} s after it was due"
    return Line("4", f"every rung is climbed within {limit:.0f} s of its time", seen, tuple(wrong))


def _whole_ladder(evidence: Evidence) -> Line:
    wrong = [
        f"request {request.id}: {fault}"
        for request in evidence.requests
        if request.closed_at is None
        if (fault := _fault_of_ladder(request, evidence))
    ]
    left = [request for request in evidence.requests if request.closed_at is None]
    seen = f"{len(left)} left alone, {sum(request.apologies for request in left)} apologies"
    return Line("4", "who is not called back: head before the deadline, one apology after it", seen, tuple(wrong))


def _gives_up_early(evidence: Evidence) -> Line:
    answered = [exchange for exchange in evidence.exchanges if exchange.status is not None]
    slowest = max((exchange.seconds for exchange in answered), default=0.0)
    moments = sum(heard.moments for heard in evidence.heard)
    wrong = [
        f"{exchange.url.partition('/webhooks')[2].partition('?')[0]} after {exchange.seconds:.1f} s"
        f" at {datetime.fromtimestamp(exchange.at, UTC):%H:%M:%S}"
        for exchange in evidence.exchanges
        if exchange.seconds > (WAITS_SECONDS if exchange.status else HUNG_SECONDS) * evidence.plan.scale.patience
    ]
    seen = f"{len(answered)} answers, the slowest after {slowest:.1f} s; “un instant” {moments} times"
    return Line("5", "a webhook is answered before the carrier gives up", seen, tuple(wrong))


def _next_steps(evidence: Evidence) -> Line:
    open_ones = [request for request in evidence.requests if request.closed_at is None]
    wrong = [f"request {request.id}" for request in open_ones if not request.planned]
    return Line("6", "a request that is not closed has a next step", f"{len(open_ones)} not closed", tuple(wrong))


def _one_each(evidence: Evidence) -> Line:
    wrong = [f"{evidence.overlaps} overlaps"] * bool(evidence.overlaps)
    wrong += [f"{evidence.off_duty} off duty"] * bool(evidence.off_duty)
    return Line("7", "who was rung was on call, and nobody else held his rank", "no other was rung", tuple(wrong))


def _nothing_raised(evidence: Evidence) -> Line:
    wrong = [f"{what}: {count} times" for what, count in evidence.said.faults.items()]
    wrong += evidence.ended
    return Line("8", "nothing raised that is not an answer", "no other fault in the logs", tuple(wrong))


def _nothing_personal(evidence: Evidence) -> Line:
    seen = f"{evidence.said.scanned // 1024} KiB of logs, addresses and SMS"
    return Line("9", "nothing that GPs said, and none of their numbers, is in them", seen, evidence.said.leaks)


def _no_connection_held(evidence: Evidence) -> Line:
    longest = evidence.idle_seconds
    wrong = (f"one stood open for {longest:.1f} s",) if longest > HELD_SECONDS else ()
    return Line("10", "no transaction stands open while the carrier is asked", f"{longest:.1f} s the longest", wrong)


def _recordings(evidence: Evidence) -> Line:
    said = [each for each in evidence.recordings if each.seconds]
    wrong = [f"{each.sid} is {each.state or 'unknown'}" for each in said if each.state not in KEPT]
    wrong += [f"{each.sid} is stored and does not open" for each in said if each.state == "stored" and not each.opens]
    wrong += [f"{each.sid} is stored and nobody hears of it" for each in said if not each.belongs]
    wrong += [f"{each.sid} is deleted there and {each.state}" for each in said if each.gone and not _safe(each.state)]
    stored = sum(each.state == "stored" for each in said)
    seen = f"{len(said)} spoken, {stored} stored, {sum(each.gone for each in said)} deleted there"
    return Line("11", "what was recorded is stored whole before it is deleted there", seen, tuple(wrong))


def _doors(evidence: Evidence) -> Line:
    wrong = tuple(f"answered {status}" for status in evidence.forged if status not in (403, 503))
    return Line("12", "who is not the carrier is refused", f"{len(evidence.forged)} came unsigned", wrong)


# What else was asked for ------------------------------------------------------------------------------------------


def _nobody_heard_an_error(evidence: Evidence) -> Line:
    wrong = [f"{heard.sid} heard the carrier's" for heard in evidence.heard if heard.error]
    wrong += [f"whom we called heard the carrier's: {why}" for why in evidence.errors]
    incidents = sum(heard.incident for heard in evidence.heard)
    seen = f"{incidents} of {len(evidence.heard)} callers were passed to the switchboard with an apology; "
    seen += f"{evidence.unscreened} seniors were not asked whether they take a call, and not connected"
    return Line("caller", "nobody heard an error", seen, tuple(wrong))


def _nothing_left(evidence: Evidence) -> Line:
    return Line("end", "nothing is left to do", "all done" * (not evidence.still_due), evidence.still_due)


LINES: Sequence[Callable[[Evidence], Line]] = (
    _every_caller, _every_call, _recorded_is_true, _repeats_get_the_same, _ends_are_sticky, _no_sms_missing, _doubled,
    _no_text_lost, _no_letter_lost, _no_request_doubled, _rungs_in_time, _whole_ladder, _gives_up_early, _next_steps,
    _one_each, _nothing_raised, _nothing_personal, _no_connection_held, _recordings, _doors, _nobody_heard_an_error,
    _nothing_left,
)  # fmt: skip


# How a call ended ---------------------------------------------------------------------------------------------------


def _end(evidence: Evidence, heard: Heard) -> str:
    """How it ended for who called, in a word; with a `!`: as it must not."""
    row = evidence.calls.get(heard.sid)
    if row is None:
        return "!not on record"
    talked = [number for number in heard.bridged if number in evidence.staff]
    if any(number not in heard.took for number in talked):
        return "!connected to somebody who did not press 1"
    if row.reference is not None:
        return _filed(evidence, heard, row.reference, row.result)
    if talked:
        return "connected" if row.result == "answered" else f"!connected, and {row.result} on record"
    if heard.switchboard:
        return "switchboard"
    if row.result == "lost" and heard.number is None:
        return "lost with his ward" if row.ward == heard.ward else "!lost without his ward"
    return f"!neither connected nor on file: {row.result}"


def _filed(evidence: Evidence, heard: Heard, reference: str, result: str) -> str:
    request = next((each for each in evidence.requests if each.reference == reference), None)
    if request is None:
        return f"!{reference} is not on file"
    if request.ward != heard.ward:
        return f"!on file for {request.ward} instead of {heard.ward}"
    return "connected" if result == "answered" else "on file"


def _fault_of_ladder(request: RequestRow, evidence: Evidence) -> str | None:
    """What stands against how this request, which nobody closed, was looked after."""
    if not request.deadline_told:
        return "its deadline was never told"
    if request.apologies != 1:
        return f"{request.apologies} apologies"
    if request.head_told_at is None or _late_by(request.head_told_at, request.due_at, evidence):
        return "the head was not told before the deadline"
    places = [LADDER.index(name) for name in request.climbed if name in LADDER]
    return None if places == sorted(places) else f"out of order: {', '.join(request.climbed)}"


def _late_by(told: datetime, due: datetime, evidence: Evidence) -> bool:
    """Whether it was later than a rung may be late; that the rungs came in their order is looked at besides."""
    late = wall_of(told, evidence.marks) - wall_of(due, evidence.marks)
    return late > LATE_SECONDS * evidence.plan.scale.patience


def _safe(state: str | None) -> bool:
    return state in ("stored", "discarded", "absent")


def _masked(number: str) -> str:
    return f"••{number[-4:]}"


def examples(wrong: Iterable[str]) -> str:
    """The first few of them, and how many there are."""
    found = list(wrong)
    more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more
