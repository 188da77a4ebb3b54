"""Rules, holds and the register in an administrator's words. Values in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callbacks.retention import kinds
from callbacks.retention.disposals import Disposal
from callbacks.retention.holds import Hold
from callbacks.retention.kinds import Bounds, Kind, Rule
from callbacks.retention.rules import Rules
from config import texts
from config.numbers import PARIS
from web.office.entries import when
from web.office.guard import Visitor

MANY = 10_000  # counted on a page; beyond it the page says "more than"


@dataclass(frozen=True)
class Line:
    """One kind of data: what it is, what destroying it does, what is proposed, what counts, what is due."""

    kind: str
    name: str
    does: str
    proposed: str
    bounds: str
    days: int  # what its form proposes
    least: int
    most: int | None
    by_hospital: bool
    rules: Sequence[tuple[str, str]]  # how long, and who approved it
    due: str


@dataclass(frozen=True)
class Held:
    """A hold: what it is on, why, since when and by whom; `lifted` "" while it stands."""

    id: int
    on: str
    reason: str
    since: str
    lifted: str


@dataclass(frozen=True)
class Gone:
    """A line of the register."""

    at: str
    kind: str
    object: str
    reference: str
    dated: str
    why: str
    days: str
    by: str


@dataclass(frozen=True)
class Shown:
    """What stands, in the visitor's words."""

    visitor: Visitor
    rules: Rules
    due: Mapping[Kind, int]
    hospitals: Mapping[int, str]

    def lines(self) -> list[Line]:
        """Every kind, in the order of the file."""
        return [self._line(kind, bounds) for kind, bounds in kinds.proposals().items()]

    def to_confirm(self, kind: Kind, count: int) -> str:
        """What a rule destroys within the hour."""
        if count > MANY:
            return self.say("confirm_many", count=MANY, kind=self._name(kind))
        return self.say("confirm_lead", count=count, kind=self._name(kind))

    def hold(self, hold: Hold) -> Held:
        """A hold, as the list shows it."""
        since = self._at(hold.placed_at)
        said = (
            self.say("hold_by", at=since, name=hold.placed_by) if hold.placed_by else self.say("hold_since", at=since)
        )
        lifted = self.say("hold_lifted", at=self._at(hold.lifted_at)) if hold.lifted_at else ""
        return Held(hold.id, self._held(hold), hold.reason, said, lifted)

    def disposal(self, line: Disposal) -> Gone:
        """A line of the register, as the page shows it."""
        return Gone(
            at=self._at(line.at),
            kind=self._name(line.kind),
            object=line.object,
            reference=line.reference or "",
            dated=self._at(line.dated) if line.dated else "",
            why=self._known(f"why_{line.why}", line.why),
            days=self.say("days", count=line.days) if line.days else "",
            by=line.account or "",
        )

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return self.visitor.say(f"retention.{key}", **values)

    def _line(self, kind: Kind, bounds: Bounds) -> Line:
        standing = self.rules.get((kind, None))
        return Line(
            kind=kind,
            name=self._name(kind),
            does=self.say(f"does_{kind}"),
            proposed=self.say("proposed", count=bounds.proposed),
            bounds=self._bounds(bounds),
            days=standing.days if standing and standing.days else bounds.proposed,
            least=bounds.least,
            most=bounds.most,
            by_hospital=kind in kinds.OF_REQUESTS and len(self.hospitals) > 1,
            rules=[self._rule(rule) for (of, _), rule in self._sorted() if of is kind],
            due=self._due(kind),
        )

    def _sorted(self) -> list[tuple[tuple[Kind, int | None], Rule]]:
        """Hospitals with rules of their own first, then all others."""
        return sorted(
            self.rules.items(), key=lambda item: (item[0][1] is None, self.hospitals.get(item[0][1] or 0, ""))
        )

    def _rule(self, rule: Rule) -> tuple[str, str]:
        how_long = self.say("for_good") if rule.days is None else self.say("days", count=rule.days)
        alone = all(id is None for kind, id in self.rules if kind is rule.kind)
        where = self.hospitals.get(rule.hospital_id or 0) or ("" if alone else self.say("elsewhere"))
        approved = self.say("approved", name=rule.approved_by, at=self._at(rule.approved_at))
        return (f"{how_long} ({where})" if where else how_long), approved

    def _bounds(self, bounds: Bounds) -> str:
        if bounds.most is None:
            return self.say("bounds_open", least=bounds.least)
        return self.say("bounds", least=bounds.least, most=bounds.most)

    def _due(self, kind: Kind) -> str:
        count = self.due.get(kind, 0)
        if not count:
            return self.say("due_nothing")
        return self.say("due_many", count=MANY) if count > MANY else self.say("due_now", count=count)

    def _held(self, hold: Hold) -> str:
        on = {"request": hold.on.request_id, "practitioner": hold.on.practitioner_id, "ward": hold.on.ward_id}
        what = next((name for name, id in on.items() if id is not None), None)
        return self.say(f"hold_{what}", name=hold.name) if what else self.say("hold_everything")

    def _name(self, kind: str) -> str:
        return self._known(f"kind_{kind}", kind)

    def _known(self, key: str, code: str) -> str:
        """The words for a code; the code itself when another release wrote it."""
        return self.say(key) if f"retention.{key}" in texts.keys("retention") else code

    def _at(self, at: datetime) -> str:
        return when(self.visitor, at, PARIS)
