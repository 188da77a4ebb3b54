"""What stands on the page of a request, in the visitor's words and the hospital's time. Values in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from uuid import UUID

from flask import url_for

from callbacks import bridge, colleagues, endings, outcomes, pins, register, sheet, story
from callbacks.board import risky_at
from callbacks.bridge import NOT_RUNG, Bridge, Stage
from callbacks.colleagues import Colleague
from callbacks.kinds.kind import ADVICE, Code
from callbacks.outcomes import Group, Outcome
from callbacks.sheet import Part, Sheet
from callbacks.states import State
from callbacks.story import Happening
from callbacks.trying import ENOUGH, REASONS, Result, Tried, windows_tried
from callbacks.written import pictures
from callbacks.written.pictures import Picture
from config import numbers, texts
from scheduling import practices, store
from web import attached, focus, proof, retold
from web.focus import Focus
from web.visit import Visit

STAGES = (Stage.RINGING_YOU, Stage.RINGING_GP, Stage.TALKING)
# What may come of a call that he made by his own means.
NOT_REACHED = (Result.NO_ANSWER, Result.UNACCEPTED, Result.BUSY, Result.SECRETARIAT, Result.FAILED)
BY_HAND = (Result.REACHED, *NOT_REACHED)


@dataclass(frozen=True)
class Shown:
    """One visitor's view of one sheet, of what happened to it, and of what he may do."""

    visit: Visit
    sheet: Sheet
    bridge: Bridge | None
    seen: str  # the sheet's own mark
    tries: Sequence[Tried] = ()
    happened: Sequence[Happening] = ()
    colleagues: Sequence[Colleague] = ()

    @classmethod
    def of(cls, visit: Visit) -> "Shown":
        """All of the page."""
        glance, conn, request_id = cls.glanced(visit), visit.conn, visit.link.request_id
        his = glance.sheet.claimed_by == visit.link.person_id
        known = colleagues.of(conn, glance.sheet.ward_id, visit.moment.now, visit.link.person_id) if his else ()
        tries, happened = register.tries(conn, request_id), story.read(conn, request_id)
        return cls(visit, glance.sheet, glance.bridge, glance.seen, tries, happened, known)

    @classmethod
    def glanced(cls, visit: Visit) -> "Shown":
        """What tells whether the page is still as it was."""
        conn, request_id = visit.conn, visit.link.request_id
        seen = sheet.mark(conn, request_id)  # read before the rest: what comes meanwhile is seen the next time
        return cls(visit, sheet.read(conn, request_id), bridge.latest(conn, request_id), seen)

    # The page itself --------------------------------------------------------------------------------------------

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

    def near(self, at: datetime) -> str:
        """The same, without its day when that is today."""
        days = (at.astimezone(self.sheet.tz).date() - self.visit.moment.now.astimezone(self.sheet.tz).date()).days
        if days not in (0, 1):
            return self.time(at)
        clock = texts.written_clock(at, self.sheet.tz, self.visit.language)
        return self.say("today" if days == 0 else "tomorrow", clock=clock)

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
    def kind(self) -> str:
        """What is asked for, when it is not advice; of a kind that another release knows, its code."""
        code = self.sheet.kind
        if code == ADVICE:
            return ""
        return texts.say(f"kinds.{code}", self.visit.language) if code in [*Code] else code

    @property
    def mark(self) -> str:
        """Changes whenever something of the page does, but for the time that is left."""
        ringing = "" if self.bridge is None else f"{self.bridge.id.hex[:8]}-{self.bridge.stage}"
        return f"{self.seen}-{self.mood}-{ringing}"

    @property
    def mood(self) -> str:
        """How the page looks: calm, soon, late or closed."""
        if not self.sheet.is_open:
            return "closed"
        now, due = self.visit.moment.now, self.sheet.due_at
        return "late" if now > due else "soon" if now > risky_at(self.sheet.created_at, due) else "calm"

    # Where the request stands -----------------------------------------------------------------------------------

    @cached_property
    def focus(self) -> Focus:
        """The one thing to do now."""
        return focus.focus(self.sheet, self.visit.link.person_id, self.bridge, self.tries)

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self.sheet.reference[:3]} {self.sheet.reference[3:]}"

    @property
    def is_mine(self) -> bool:
        """Whether the visitor has claimed it."""
        return self.sheet.state == State.CLAIMED and self.sheet.claimed_by == self.visit.link.person_id

    @property
    def standing(self) -> str:
        """Where the request stands, in a few words."""
        if self.is_mine:
            return self.say("state_offered", name=self.sheet.asked) if self.sheet.asked else self.say("state_mine")
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
    def retry(self) -> str:
        """When he means to try again, and why; "" when he does not say."""
        if self.sheet.retry_at is None or not self.is_mine:
            return ""
        reason = self.say(f"reason_{self.sheet.retry_reason}")
        return self.say("retry_at", at=self.near(self.sheet.retry_at), reason=reason)

    @property
    def story(self) -> list[tuple[str, str]]:
        """What happened so far, oldest first: when, and a sentence."""
        told = [(self.time(it.at), retold.retold(it, self.sheet.tz, self.language)) for it in self.happened]
        return [(at, words) for at, words in told if words]

    @cached_property
    def opted_out(self) -> str:
        """What is said to a visitor who texted STOP; "" to others."""
        person, house = store.person(self.visit.conn, self.visit.link.person_id), self.visit.desk.house
        if person is None or not person.opted_out:
            return ""
        return self.say("stopped_reply" if house.hears_replies else "stopped", line=numbers.national(house.sms_sender))

    # The callback through the line ------------------------------------------------------------------------------

    @property
    def stages(self) -> list[tuple[str, str]]:
        """How far the callback has come: each stage's words, and whether it is past, now or next."""
        now = STAGES.index(self.bridge.stage) if self.bridge and self.bridge.stage in STAGES else len(STAGES)
        side = ["past" if place < now else "now" if place == now else "next" for place in range(len(STAGES))]
        return [(self.say(f"stage_{stage}"), when) for stage, when in zip(STAGES, side, strict=True)]

    @property
    def ended(self) -> str:
        """What came of his last try, in a sentence; "" without one."""
        last, over = focus.last_try(self.sheet, self.visit.link.person_id, self.bridge, self.tries), self.bridge
        if last is not None:
            return self.say(f"ended_{last.result.replace('-', '_')}", at=self.near(last.at))
        unrung = over is not None and over.person_id == self.visit.link.person_id and over.outcome == NOT_RUNG
        return self.say("ended_not_rung") if unrung and self.is_mine else ""

    @property
    def warning(self) -> str:
        """What is known of the number, before it is called again; "" when nothing speaks against it."""
        found = focus.warning(self.tries)
        return self.say(f"warning_{found}") if found is not None and self.focus is Focus.READY else ""

    # What he may do ---------------------------------------------------------------------------------------------

    @property
    def times(self) -> list[tuple[int, str]]:
        """When he may try again: seconds since 1970, and the words; what is proposed comes first."""
        found = focus.times(self.sheet, self.tries, self.visit.moment.now)
        return [(int(at.timestamp()), self.near(at)) for at in found]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why somebody tries later: each code with its words."""
        return [(code, self.say(f"reason_{code}")) for code in REASONS]

    @property
    def results(self) -> list[tuple[str, str]]:
        """What may have come of a call that did not reach the GP: each code with its words."""
        return [(result, self.say(f"result_{result.replace('-', '_')}")) for result in NOT_REACHED]

    @property
    def missing(self) -> int:
        """How many more tries, each in another part of a day, before the GP may be called unreachable."""
        return max(0, ENOUGH - windows_tried(self.tries, self.sheet.tz))

    @property
    def commonest(self) -> list[Outcome]:
        """The outcomes that have a large button."""
        return [outcome for outcome in self._endings if outcome.key is not None]

    @property
    def others(self) -> list[tuple[str, list[Outcome]]]:
        """The others, by heading; not reached has a button of its own, once there were enough tries."""
        rest = [each for each in self._endings if each.key is None and each.code != outcomes.NOT_REACHED]
        order = list(Group)
        found = groupby(sorted(rest, key=lambda each: order.index(each.group)), key=lambda each: each.group)
        return [(self.say(f"outcomes_{group}"), list(each)) for group, each in found]

    @cached_property
    def _endings(self) -> Sequence[Outcome]:
        return endings.of(self.visit.conn, self.sheet.ward_id, self.sheet.kind)

    def outcome_label(self, code: str) -> str:
        """An outcome in words."""
        return outcomes.words(code, self.visit.language)

    # The GP, and what he left -----------------------------------------------------------------------------------

    @property
    def what_came(self) -> str:
        """What the GP left: so many messages, or a call without any."""
        return self.say("parts", count=len(self.sheet.parts)) if self.sheet.parts else self.say("no_part")

    @property
    def unheard(self) -> int:
        """How many messages nobody has heard yet."""
        return sum(part.heard_at is None and not part.is_gone for part in self.sheet.parts)

    @property
    def number(self) -> str:
        """Where to call back, as it is dialled in the country."""
        return numbers.national(self.sheet.caller) if self.sheet.caller else ""

    @cached_property
    def places(self) -> list[str]:
        """Whose line it is, and who works there: a secretary answers, and must be asked for somebody."""
        if self.pin != "given":
            return []
        found = practices.where_it_rings(self.visit.conn, self.sheet.caller)
        named = [(one.name, ", ".join(one.members)) for one in found]
        return [self.say("at_practice", name=name, members=members) if members else name for name, members in named]

    @property
    def pin(self) -> str:
        """What the page asks of the visitor: given, unset, locked, or asked."""
        if self.visit.proof is not None:
            return "given"
        return {pins.Unset: "unset", pins.Locked: "locked", pins.Right: "asked"}[type(self.visit.pin)]

    @cached_property
    def sign_in(self) -> str:
        """Where he may sign in instead of giving a PIN; "" without an account of his."""
        if self.visit.proof is not None or not proof.could_sign_in(self.visit.conn, self.visit.link.person_id):
            return ""
        return url_for("signin.see", next=self.to("see"))

    @property
    def open_until(self) -> str:
        """When the PIN will be asked again, on the hospital's clock; "" for who is signed in."""
        shown = self.visit.proof
        if shown is None or shown.by_account:
            return ""
        return texts.written_clock(shown.until, self.sheet.tz, self.visit.language)

    @property
    def open_for(self) -> int:
        """For how many seconds of real time more; then it is taken off the screen. 0: it was not opened by a PIN."""
        shown = self.visit.proof
        if shown is None or shown.by_account:
            return 0
        return int((shown.until - self.visit.moment.real).total_seconds()) + 1

    def text(self, part: Part) -> str:
        """What the GP wrote."""
        return sheet.text_of(self.visit.desk.box, part)

    @cached_property
    def _pictures(self) -> list[Picture]:
        """What came with all of his messages."""
        return pictures.of(self.visit.conn, [part.id for part in self.sheet.parts if not part.is_voice])

    def files(self, part: Part) -> list[attached.File]:
        """What came with a message."""
        found, box = [each for each in self._pictures if each.written_id == part.id], self.visit.desk.box
        return [attached.file(each, box, self._file_address, self.language) for each in found]

    def count_of(self, files: Sequence[attached.File]) -> str:
        """How many there are."""
        return texts.say("attached.count", self.language, count=len(files))

    def _file_address(self, picture: Picture) -> str:
        return url_for("pictures.see", token=self.visit.token, part_id=picture.written_id, seq=picture.seq)

    def is_opened(self, part: Part) -> bool:
        """Whether the visitor opened this message just now; a picture that came since makes it unread again."""
        opened = self.visit.proof is not None and part.id in self.visit.proof.opened
        return opened and part.heard_at is not None
