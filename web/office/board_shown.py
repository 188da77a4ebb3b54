"""A request on the board, in the visitor's words and on the hospital's clock. Values in, words out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks import board, outcomes
from callbacks.ahead import Ahead
from callbacks.board import MANY, Row, Standing, Tally
from callbacks.kinds.kind import ADVICE, Code, defaults
from callbacks.ladder import Rung
from callbacks.promise import RequestView
from callbacks.states import State
from web.office.guard import Visitor
from web.office.rota_words import moment, written

BADGES = {Standing.AT_RISK: "soon", Standing.OVERDUE: "bad"}


@dataclass(frozen=True)
class Chip:
    """A standing to look for, and how many there are ("> 500")."""

    standing: Standing
    count: str
    badge: str
    current: bool


def chips(tally: Tally, current: Standing) -> list[Chip]:
    """One for each standing; what is pressing stands out when there is any."""
    return [
        Chip(each, str(count) if count <= MANY else f"> {MANY}", BADGES.get(each, "") if count else "", each is current)
        for each, count in tally.of.items()
    ]


@dataclass(frozen=True)
class Shown:
    """One row. `ahead` None: it is closed."""

    visitor: Visitor
    row: Row
    ahead: Ahead | None

    @property
    def view(self) -> RequestView:
        """The request."""
        return self.row.view

    @property
    def kind(self) -> str:
        """What is asked for, when it is not advice; of a kind that another release knows, its code."""
        if self.view.kind == ADVICE:
            return ""
        return self.visitor.say(f"kinds.{self.view.kind}") if self.view.kind in [*Code] else self.view.kind

    @property
    def breach(self) -> str:
        """When a letter is two days late whatever was promised, where the discharge is known."""
        standard = defaults().get(self.view.kind)
        at = standard.breach_at(self.view.event_at) if standard else None
        return self.at(at) if at else ""

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self.view.reference[:3]} {self.view.reference[3:]}"

    @property
    def mood(self) -> str:
        """calm, soon (at risk), late or closed."""
        if self.view.state.closed:
            return "closed"
        now = self.visitor.moment.now
        return "late" if now >= self.view.due_at else "soon" if now >= self.risky_at else "calm"

    @property
    def risky_at(self) -> datetime:
        """From here on less than a quarter of the promise is left."""
        return risky_at(self.view)

    @property
    def due(self) -> str:
        """The deadline, on the hospital's clock."""
        return self.at(self.view.due_at)

    @property
    def time_left(self) -> str:
        """How long until the deadline, or since."""
        return time_left(self.visitor, self.view)

    @property
    def state(self) -> str:
        """open, claimed, …: who has it stands beside it."""
        return self.visitor.say(f"board.state_{self.view.state}")

    @property
    def who(self) -> str:
        """Who has it, and since when; or how it ended."""
        view, say = self.view, self.visitor.say
        if view.closed_at is not None:
            outcome = outcomes.words(view.outcome, self.visitor.language) if view.outcome else ""
            if view.claimer is None:
                return say("board.closed_since", outcome=outcome, at=self.at(view.closed_at))
            return say("board.closed_with", outcome=outcome, name=view.claimer.name, at=self.at(view.closed_at))
        if view.claimer is None or view.claimed_at is None:
            return ""
        return say("board.claimed_since", name=view.claimer.name, at=self.at(view.claimed_at))

    @property
    def live(self) -> str:
        """A callback that lasts."""
        live = self.row.live
        return self.visitor.say(f"board.live_{live.stage}", name=live.person) if live else ""

    @property
    def asked(self) -> str:
        """Who is asked to take it."""
        name = self.row.offered_to
        return self.visitor.say("board.offered_to", name=name) if name and not self.view.state.closed else ""

    @property
    def step(self) -> str:
        """Which rung comes next."""
        return rung_words(self.visitor, self.ahead.rung, late=self.view.repeats > 0) if self.ahead else ""

    @property
    def step_at(self) -> str:
        """When it comes."""
        return self.at(self.ahead.at) if self.ahead else ""

    @property
    def step_to(self) -> str:
        """Whom it tells."""
        if self.ahead is None:
            return ""
        return ", ".join(self.ahead.told) or self.visitor.say("board.house")

    @property
    def retry(self) -> str:
        """When who has it means to try again."""
        if self.view.retry_at is None or self.view.state is not State.CLAIMED:
            return ""
        return self.visitor.say("board.retry_at", at=self.at(self.view.retry_at))

    def at(self, instant: datetime) -> str:
        """ "14:05" today, with its day on another."""
        return short(instant, self.view.timezone, self.visitor.language, self.visitor.moment.now)

    def whole(self, instant: datetime) -> str:
        """ "lundi 23 novembre, 14:05" """
        return moment(instant, self.view.timezone, self.visitor.language)


def short(at: datetime, timezone: str, language: str, now: datetime) -> str:
    """ "14:05" today, "lun. 23 nov. 14:05" on another day."""
    there, today = (each.astimezone(ZoneInfo(timezone)) for each in (at, now))
    day = "" if there.date() == today.date() else f"{written(there.date(), 'EEE d MMM', language)} "
    return f"{day}{there:%H:%M}"


def risky_at(view: RequestView) -> datetime:
    """From here on less than a quarter of the promise is left, and six hours at most."""
    return board.risky_at(view.created_at, view.due_at)


def time_left(visitor: Visitor, view: RequestView) -> str:
    """How long until the deadline, or since."""
    left = view.due_at - visitor.moment.now
    hours, minutes = divmod(abs(int(left.total_seconds())) // 60, 60)
    side = "late" if left <= timedelta() else "left"
    return visitor.say(f"board.{side}", hours=hours, minutes=f"{minutes:02}")


def rung_words(visitor: Visitor, rung: Rung, *, late: bool = False) -> str:
    """A rung by when it comes: its name is its author's."""
    if rung.repeat is not None:
        return visitor.say("board.rung_again" if late else "board.rung_due")
    if rung.share is not None:
        return visitor.say("board.rung_share", percent=f"{rung.share * 100:g}")
    if rung.after_open is not None:
        return visitor.say("board.rung_open", minutes=int(rung.after_open.total_seconds()) // 60)
    return visitor.say("board.rung_first")
