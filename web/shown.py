"""What stands on the page of a request, in the visitor's words and the hospital's time. Values in, words out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for

from callbacks import pins
from callbacks.sheet import Part, Sheet, text_of
from callbacks.states import OUTCOMES, State
from config import numbers, texts
from web.visit import Visit

SOON = timedelta(hours=6)  # a quarter of the promise: from here on the page warns
WITHOUT_CONVERSATION = ("NON_JOINT", "RETIRE", "DOUBLON", "HORS_CHAMP")
# Put through by the line itself: nobody picks it by hand.
NOT_OFFERED = ("JOINT",)


@dataclass(frozen=True)
class Shown:
    """One visitor's view of one sheet."""

    visit: Visit
    sheet: Sheet

    @property
    def language(self) -> str:
        """The page's language, for its `lang` attribute."""
        return self.visit.language

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"page.{key}", self.visit.language, **values)

    def time(self, at: datetime) -> str:
        """An instant as the hospital's clock shows it."""
        return texts.written_time(at, self.sheet.tz, self.visit.language)

    def to(self, door: str, part_id: UUID | None = None) -> str:
        """The address of one of the page's doors, or of one of a message, in the same language."""
        chosen = None if self.visit.language == self.visit.desk.house.language else self.visit.language
        return url_for(f"link.{door}", token=self.visit.token, part_id=part_id, lang=chosen)

    @property
    def in_the_other_language(self) -> str:
        """The address of this page for who reads the other one."""
        other = next(language for language in texts.LANGUAGES if language != self.visit.language)
        return url_for("link.see", token=self.visit.token, lang=other)

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self.sheet.reference[:3]} {self.sheet.reference[3:]}"

    @property
    def is_mine(self) -> bool:
        """Whether the visitor has claimed it."""
        return self.sheet.state == State.CLAIMED and self.sheet.claimed_by == self.visit.link.person_id

    @property
    def mood(self) -> str:
        """How the page looks: calm, soon, late or closed."""
        if not self.sheet.is_open:
            return "closed"
        left = self.sheet.due_at - self.visit.moment.now
        return "late" if left < timedelta() else "soon" if left < SOON else "calm"

    @property
    def standing(self) -> str:
        """Where the request stands, in a few words."""
        if self.is_mine:
            return self.say("state_mine")
        return self.say(f"state_{self.sheet.state}", name=self.sheet.claimer or "")

    @property
    def time_left(self) -> str:
        """How long until the deadline, or since."""
        left = self.sheet.due_at - self.visit.moment.now
        minutes = abs(int(left.total_seconds())) // 60
        side = "late" if left < timedelta() else "left"
        hours, minutes = divmod(minutes, 60)
        return self.say(f"{side}_hours" if hours else f"{side}_minutes", hours=hours, minutes=f"{minutes:02}")

    @property
    def what_came(self) -> str:
        """What the GP left: so many messages, or a call without any."""
        return self.say("parts", count=len(self.sheet.parts)) if self.sheet.parts else self.say("no_part")

    @property
    def unheard(self) -> int:
        """How many messages nobody has heard yet."""
        return sum(part.heard_at is None for part in self.sheet.parts)

    @property
    def number(self) -> str:
        """Where to call back, as it is dialled in the country."""
        return numbers.national(self.sheet.caller) if self.sheet.caller else ""

    @property
    def pin(self) -> str:
        """What the page asks of the visitor: given, unset, locked, or asked."""
        if self.visit.proof is not None:
            return "given"
        return {pins.Unset: "unset", pins.Locked: "locked", pins.Right: "asked"}[type(self.visit.pin)]

    @property
    def open_until(self) -> str:
        """When the PIN will be asked again, on the hospital's clock."""
        until = self.visit.proof.until if self.visit.proof else self.visit.moment.real
        return texts.written_clock(until, self.sheet.tz, self.visit.language)

    def text(self, part: Part) -> str:
        """What the GP wrote."""
        return text_of(self.visit.desk.box, part)

    def is_opened(self, part: Part) -> bool:
        """Whether the visitor opened this message just now."""
        return self.visit.proof is not None and part.id in self.visit.proof.opened

    @property
    def outcomes(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What may have come of it, in two groups: they spoke, or they did not; each code with its label."""
        spoken = [code for code in OUTCOMES if code not in (*WITHOUT_CONVERSATION, *NOT_OFFERED)]
        return [
            (self.say("outcomes_spoken"), [(code, self.outcome_label(code)) for code in spoken]),
            (self.say("outcomes_unspoken"), [(code, self.outcome_label(code)) for code in WITHOUT_CONVERSATION]),
        ]

    def outcome_label(self, code: str) -> str:
        """An outcome in words."""
        return self.say(f"outcome_{code.lower()}")
