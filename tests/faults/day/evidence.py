"""What is left of a day: the carrier's own record of it, and the register's rows. Values only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.faults.day.house import Kill
from tests.faults.day.plan import Breaks, Plan
from tests.faults.day.wire import Exchange


@dataclass(frozen=True)
class Away:
    """PostgreSQL did not answer; seconds since the epoch."""

    since: float
    until: float


@dataclass(frozen=True)
class Mark:
    """From `wall` (seconds since the epoch) on the promise's clock stood at `app` and ran `rate` times as fast."""

    wall: float
    app: datetime
    rate: float


@dataclass(frozen=True)
class Heard:
    """One GP's call, as the carrier knows it. `number`: where he can be called back; None: nowhere.

    `chose`: he heard what comes after his choice of ward. `bridged`: whom he was connected to, with a 1 pressed or not.
    """

    sid: str
    number: str | None
    ward: str
    chose: bool
    bridged: tuple[str, ...] = ()
    took: frozenset[str] = frozenset()  # who pressed 1
    switchboard: bool = False  # he was put through there
    references: frozenset[str] = frozenset()  # spoken to him
    said_recorded: bool = False  # he was told that it is noted
    moments: int = 0  # how often he was asked to wait
    error: bool = False  # the carrier's own apology
    incident: bool = False  # ours


@dataclass(frozen=True)
class CallRow:
    """A call in the register; its request by reference."""

    result: str
    ward: str | None
    reference: str | None
    answered_by: str | None
    caller: str | None


@dataclass(frozen=True)
class RequestRow:
    """A request in the register."""

    id: int
    reference: str
    ward: str
    channel: str
    state: str
    caller: str | None
    mail: str | None
    created_at: datetime
    due_at: datetime
    planned: bool  # has a next step with a time
    parts: int
    deadline_told: int  # how often the rung of the deadline was climbed
    head_told_at: datetime | None
    climbed: tuple[str, ...] = ()
    apologies: int = 0
    closed_at: datetime | None = None


@dataclass(frozen=True)
class MessageRow:
    """A message in the register."""

    id: int
    channel: str
    purpose: str
    recipient: str
    body: str
    state: str
    sid: str | None
    attempts: int
    answered_for: bool
    due: bool  # its time has come
    error: str | None = None


@dataclass(frozen=True)
class Accepted:
    """An SMS or a call that the carrier took from us."""

    sid: str
    to: str
    body: str  # of a call: nothing
    status: str
    at: float  # seconds since the epoch


@dataclass(frozen=True)
class Step:
    """A request's next step, as it was planned at `wall`; `climbed` is when the one before was climbed."""

    request_id: int
    rung: str | None
    due: datetime | None
    climbed: datetime | None
    wall: float


@dataclass(frozen=True)
class RecordingSeen:
    """A recording: what the carrier made of it, and what became of it here."""

    sid: str
    seconds: int | None
    gone: bool  # deleted at the carrier
    state: str | None  # in the register; None: not there
    opens: bool = False  # what lies here can be opened, and is as long
    belongs: bool = True  # to a request, or to what somebody sorts


@dataclass(frozen=True)
class Said:
    """What the processes wrote: what of it must never happen, and what was planted and found again."""

    faults: Mapping[str, int] = field(default_factory=dict)
    leaks: tuple[str, ...] = ()
    scanned: int = 0  # bytes


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    plan: Plan
    done: Counter[Breaks]
    kills: tuple[Kill, ...]
    marks: tuple[Mark, ...]
    away: tuple[Away, ...]
    heard: tuple[Heard, ...]
    calls: Mapping[str, CallRow]
    requests: tuple[RequestRow, ...]
    messages: tuple[MessageRow, ...]
    texts: tuple[Accepted, ...]  # SMS that the carrier took from us
    steps: tuple[Step, ...]
    recordings: tuple[RecordingSeen, ...]
    exchanges: tuple[Exchange, ...]
    said: Said
    sms_by_sender: Mapping[str, int]  # number -> requests, open talks or messages on file
    letters_by_sender: Mapping[str, int]
    letters_sent: int  # that our mail server took
    staff: frozenset[str]
    errors: tuple[str, ...]  # what the carrier complained of in calls of ours whose callee heard its apology
    unscreened: int  # seniors who heard it in place of the question whether they take a GP's call: never connected
    idle_seconds: float  # the longest that a transaction stood open with nothing asked
    forged: tuple[int, ...]  # statuses that unsigned webhooks got
    overlaps: int  # shifts of one ward and rank at one instant
    off_duty: int  # telephones rung whose owner was not on call for that ward, or for the one that covers it
    ended: tuple[str, ...]  # processes that ended by themselves
    still_due: tuple[str, ...]  # what was not done at the end
    seconds: float  # the day took
