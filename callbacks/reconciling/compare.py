"""The carrier's lists beside ours: what we missed, what differs, what neither of us sent. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callbacks.carrier_language import OVER
from callbacks.carrier_listed import Call, Recording, Text

INBOUND, OURS = "inbound", "outbound-api"  # every message and call of ours leaves by REST
READY = "completed"


@dataclass(frozen=True)
class Theirs:
    """What the carrier has, oldest first."""

    calls: Sequence[Call] = ()
    texts: Sequence[Text] = ()
    recordings: Sequence[Recording] = ()


@dataclass(frozen=True)
class Ours:
    """What of it we have. `sent`: the state of our messages and calls by the carrier's names for them; `deleted`: the
    recordings that were deleted there, as far as we know.
    """

    calls: Collection[str] = ()
    texts: Collection[str] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    recordings: Collection[str] = ()
    deleted: Collection[str] = ()


@dataclass(frozen=True)
class House:
    """Our numbers and names: an account may serve others, too. `canary`: what the line calls itself from."""

    line: str
    senders: Collection[str]
    callers: Collection[str]
    canary: str | None = None


@dataclass(frozen=True)
class Left:
    """A recording that we do not have, and the call it was left in when that is in the list."""

    recording: Recording
    call: Call | None


@dataclass(frozen=True)
class Differences:
    """What is to be done about, oldest first."""

    calls: tuple[Call, ...] = ()  # that came, and we do not have
    texts: tuple[Text, ...] = ()
    recordings: tuple[Left, ...] = ()
    settled: tuple[Text, ...] = ()  # we only know that they left; the carrier knows how it ended
    denied: tuple[Text, ...] = ()  # we think that they arrived, and they did not
    unknown: tuple[Call | Text, ...] = ()  # left in our name, and we know nothing of it
    undeleted: tuple[str, ...] = ()  # recordings that are still there


def compare(theirs: Theirs, ours: Ours, house: House, states: Mapping[str, str], until: datetime) -> Differences:
    """What began up to `until` and is over: the rest is looked at next time. `states`: ours by the carrier's words."""
    calls = [call for call in theirs.calls if call.status in OVER and call.began <= until]
    texts = [message for message in theirs.texts if message.began <= until]
    left = [each for each in theirs.recordings if each.status == READY and each.began <= until]
    return Differences(
        calls=tuple(_lost(calls, ours, house)),
        texts=tuple(_missed(texts, ours, house)),
        recordings=tuple(_left(left, theirs.calls, ours, house)),
        settled=tuple(
            each for each in texts if _is(ours, states, each, "sent", ("delivered", "undelivered", "failed"))
        ),
        denied=tuple(each for each in texts if _is(ours, states, each, "delivered", ("undelivered", "failed"))),
        unknown=tuple(_unknown(calls, texts, ours, house)),
        undeleted=tuple(each.sid for each in left if each.sid in ours.deleted),
    )


def _lost(calls: Iterable[Call], ours: Ours, house: House) -> Iterator[Call]:
    for call in calls:
        if _came(call, house) and call.sid not in ours.calls:
            yield call


def _missed(texts: Iterable[Text], ours: Ours, house: House) -> Iterator[Text]:
    for message in texts:
        mine = message.direction == INBOUND and message.to in {house.line, *house.senders}
        if mine and message.sid not in ours.texts:
            yield message


def _left(left: Iterable[Recording], calls: Iterable[Call], ours: Ours, house: House) -> Iterator[Left]:
    """Of calls to the line: those that we know, and those of the list."""
    came = {call.sid: call for call in calls if _came(call, house)}
    for recording in left:
        mine = recording.call_sid in came or recording.call_sid in ours.calls
        if mine and recording.seconds and recording.sid not in ours.recordings:
            yield Left(recording, came.get(recording.call_sid))


def _unknown(calls: Iterable[Call], texts: Iterable[Text], ours: Ours, house: House) -> Iterator[Call | Text]:
    for call in calls:
        if call.direction == OURS and call.caller in house.callers and call.sid not in {*ours.sent, *ours.calls}:
            yield call
    for message in texts:
        if message.direction == OURS and message.sender in house.senders and message.sid not in ours.sent:
            yield message


def _came(call: Call, house: House) -> bool:
    """From outside: what the line does to see that it works is no caller's."""
    return call.direction == INBOUND and call.to == house.line and call.caller != (house.canary or "")


def _is(ours: Ours, states: Mapping[str, str], message: Text, we_say: str, they_say: Collection[str]) -> bool:
    return ours.sent.get(message.sid) == we_say and states.get(message.status) in they_say
