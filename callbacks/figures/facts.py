"""What the register says of a call, a request, a poll, a day of a line: one flat row each. Pure.

Figures are made of them. Each is a line of the evaluators' files too: keys (`*_key`) become pseudonyms there, numbers
of rows (`*_id`) stay here. `day` and `at_s` are local: the day and the second of it, as the clock on the hospital's
wall says. `*_s` are whole seconds, None when it has not happened; of texts the empty one is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from callbacks.figures.definitions import Table, exclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all of them have: whose it is, when it was, and why it does not count ("": it does)."""

    ward_id: int | None = None
    hospital_id: int | None = None
    ward: str = ""
    role: str = ""
    hospital: str = ""
    day: date
    at_s: int = 0
    exclusion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact(Fact):
    """A call that came in. `wait_s`: from the first ring of a senior to his 1; `talk_s`: they talked for so long.

    `contact`: a senior took it. `repeat`: the same number called for the same ward within ten minutes before. `asked`,
    `outcome`, `otherwise`: as the ward says; what the GP says stands with his poll.
    """

    call_key: str
    caller_key: str = ""
    practitioner_key: str = ""
    direction: str = "inbound"
    kind: str = "advice"
    result: str
    night: bool = False
    rung: int = 0
    wait_s: int | None = None
    talk_s: int | None = None
    contact: bool = False
    repeat: bool = False
    asked: str = ""
    outcome: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFact(Fact):
    """A request, watched for three weeks at most (`observed_s`). Seconds count from when it was filed.

    `due_s`: so long was promised; `due`: that has passed. `first_try_s`: somebody tried to call back, or answered in
    writing; `contact_s`: with success, which the GP has not denied; `tries`: until then. `contact`: a conversation of
    its own, not a later call that is counted as such. `late`: why it is overdue (unclaimed, untried); `level`: the
    highest rung of the ladder; `breach`: the letter came later than 48 h after the discharge (None: not known).
    """

    request_key: str
    caller_key: str = ""
    practitioner_key: str = ""
    about: str = ""
    kind: str = "advice"
    channel: str = "voice"
    state: str = "open"
    due_s: int
    due: bool = False
    observed_s: int
    claim_s: int | None = None
    first_try_s: int | None = None
    contact_s: int | None = None
    end_s: int | None = None
    tries: int = 0
    withdrawn: bool = False
    late: str = ""
    level: str = ""
    breach: bool | None = None
    contact: bool = False
    repeat: bool = False
    asked: str = ""
    outcome: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFact(Fact):
    """Three questions to a GP; 1 yes, 0 no. `answer_s`: after so long he answered.

    `agrees`: he tells the outcome that the ward tells. `avoided`: without the line, the emergency department or 15;
    with it, neither. Here alone: on a call or a request it would say whose poll this is.
    """

    poll_key: str
    answer_s: int | None = None
    access: int | None = None
    admission: int | None = None
    document: int | None = None
    access_wanted: int | None = None
    admission_wanted: int | None = None
    document_wanted: int | None = None
    agrees: bool | None = None
    avoided: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFact(Fact):
    """A line's day: so long open, so long of it with somebody on its rota; shifts that began; rings, and by night.

    `covered_s` and `shifts`: None once the rule for rotas has destroyed who was on call.
    """

    open_s: int = 0
    covered_s: int | None = 0
    shifts: int | None = 0
    rung: int = 0
    rung_night: int = 0


@dataclass(frozen=True)
class Facts:
    """Facts of some days, each list in the order of its days and seconds.

    `settles`: from when on time alone changes nothing of a request, by its key.
    """

    calls: Sequence[CallFact] = ()
    requests: Sequence[RequestFact] = ()
    polls: Sequence[PollFact] = ()
    lines: Sequence[LineFact] = ()
    settles: Mapping[str, datetime] = field(default_factory=dict)

    def by_table(self) -> Mapping[Table, Sequence[Fact]]:
        """The same, by the name of their table."""
        return {
            Table.CALLS: self.calls,
            Table.REQUESTS: self.requests,
            Table.POLLS: self.polls,
            Table.LINES: self.lines,
        }


OneFact = TypeVar("OneFact", CallFact, RequestFact, PollFact, LineFact)


def judged(table: Table, fact: OneFact) -> OneFact:
    """The fact with the reason why it does not count, if there is one."""
    why = exclusion(table, fact)
    return replace(fact, exclusion=why) if why else fact
