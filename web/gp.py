"""The page of a GP's request: how it stands, whether he was called back, what he may change. No account, no content.

A GET changes nothing: messengers fetch links to preview them. Every form is a POST that leads back to the page.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import uuid4

from flask import Blueprint, render_template, request, url_for

from callbacks import gp, kind_words, requests, wording
from callbacks.answers import reading, records, ways
from callbacks.answers.reading import Followed
from callbacks.answers.records import Answer as InWriting
from callbacks.gp import Answer
from callbacks.kinds.kind import ADVICE, reverse
from callbacks.states import Kind, State
from config import numbers, texts
from web.guest import Guest, Note, with_gp_link

blueprint = Blueprint("gp", __name__, url_prefix="/g/<token>")
REACHES = ("now", "noon", "evening")
_SAID_OF_KINDS = frozenset(
    {"gp_open", "gp_open_late", "gp_claimed", "gp_claimed_late", "gp_asked", "gp_yes", "gp_no", "gp_confirmed"}
    | {"gp_denied", "gp_not_after_all"}
)


@blueprint.get("")
@with_gp_link
def see(guest: Guest) -> str:
    """How his request stands, and what he may say of it. Changes nothing."""
    page = Page(guest)
    return render_template("gp.html", page=page, say=page.say, language=guest.language)


@blueprint.post("/answer")
@with_gp_link
def answer(guest: Guest) -> Note:
    """Whether he was called back; a no opens the request again."""
    called_back = {"yes": True, "no": False}.get(request.form.get("called_back", ""))
    if called_back is None:
        return Note("missing", good=False)
    return _ANSWERED[gp.answer(guest.conn, guest.followed.view.id, called_back, guest.moment, "page")]


_ANSWERED = {
    Answer.NOTED: Note("noted"),
    Answer.REOPENED: Note("reopened", moved=True),
    Answer.OPEN: Note("still_open"),
    Answer.OVER: Note("over", good=False),
}


@blueprint.post("/more")
@with_gp_link
def ask_more(guest: Guest) -> Note:
    """He was answered in writing, and wants to be called back."""
    view = guest.followed.view
    answer = records.that_closed(guest.conn, view.id, view.closed_at)
    if answer is None:
        return Note("over", good=False) if view.state.closed else Note("still_open")
    return _FOLLOWED[reading.follow_up(guest.conn, guest.desk.box, answer, "", uuid4(), guest.moment)]


_FOLLOWED = {
    Followed.REOPENED: Note("reopened", moved=True),
    Followed.ADDED: Note("still_open"),
    Followed.OVER: Note("over", good=False),
}


@blueprint.post("/window")
@with_gp_link
def change_window(guest: Guest) -> Note:
    """When he can be reached."""
    reach = request.form.get("reach", "")
    if reach not in REACHES:
        return Note("missing", good=False)
    if guest.followed.view.state.closed:
        return Note("closed", good=False)
    requests.set_reach(guest.conn, guest.followed.view.id, guest.moment, reach=reach)
    return Note("window")


@blueprint.post("/withdraw")
@with_gp_link
def withdraw(guest: Guest) -> Note:
    """He needs no call any more."""
    if gp.withdraw(guest.conn, guest.followed.view.id, guest.moment):
        return Note("withdrawn", moved=True)
    view = guest.followed.view
    if view.state is State.WITHDRAWN:  # he tapped twice
        return Note("withdrawn")
    return Note("closed" if view.state.closed else "not_his", good=False)


@dataclass(frozen=True)
class Page:
    """What stands on his page, in his language and the hospital's time."""

    guest: Guest

    @property
    def _view(self) -> requests.RequestView:
        return self.guest.followed.view

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page; of another kind than advice in words that promise no senior."""
        language, kind = self.guest.language, self._view.kind
        if kind == ADVICE or key not in _SAID_OF_KINDS:
            return texts.say(f"page.{key}", language, **values)
        what = kind_words.of_kind("voice.named", kind, language)
        return texts.say(f"page.{key}_kind", language, what=what, **values)

    def to(self, door: str) -> str:
        """The address of one of the page's doors, in the same language."""
        chosen = None if self.guest.language == self.guest.desk.house.language else self.guest.language
        return url_for(f"gp.{door}", token=self.guest.token, lang=chosen)

    @property
    def in_the_other_language(self) -> str:
        """The address of this page for who reads the other one."""
        other = next(language for language in texts.LANGUAGES if language != self.guest.language)
        return url_for("gp.see", token=self.guest.token, lang=other)

    @property
    def ward(self) -> str:
        """The ward he asked."""
        return self._view.about or self._view.ward

    @property
    def hospital(self) -> str:
        """Its hospital."""
        return self._view.hospital

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self._view.reference[:3]} {self._view.reference[3:]}"

    @property
    def is_open(self) -> bool:
        """Whether a call is owed to him."""
        return not self._view.state.closed

    @property
    def may_withdraw(self) -> bool:
        """Whether it is his to take back: what the hospital asks him is not."""
        return self.is_open and self._view.kind not in reverse()

    @property
    def mood(self) -> str:
        """How the page looks: calm, late or closed."""
        return "closed" if not self.is_open else "late" if self._late else "calm"

    @property
    def _late(self) -> bool:
        return self.guest.followed.late(self.guest.moment.now)

    @cached_property
    def answered(self) -> InWriting | None:
        """The answer in writing by which his request was closed."""
        return records.that_closed(self.guest.conn, self._view.id, self._view.closed_at)

    @property
    def standing(self) -> str:
        """How his request stands, in a sentence or two."""
        view, answer = self._view, self.answered
        if answer is not None:
            name, at = wording.without_title(answer.author), self._time(answer.sent_at)
            key = "gp_answered_whole" if answer.way == ways.WHOLE else "gp_answered"
            return self.say(key, name=name, at=at, reference=view.reference)
        key = {State.OPEN: "gp_open", State.CLAIMED: "gp_claimed"}.get(view.state, f"gp_{view.state}")
        return self.say(
            f"{key}_late" if self._late else key,
            name=wording.without_title(view.claimer.name) if view.claimer else "",
            deadline=self._time(view.due_at),
            closed=self._time(view.closed_at or view.due_at),
        )

    @property
    def tries(self) -> list[str]:
        """When he was tried at, and when the next try is."""
        followed, view = self.guest.followed, self._view
        coming = view.retry_at is not None and view.retry_at > self.guest.moment.now
        times = {"gp_tried": followed.tried_at, "gp_retry": view.retry_at if coming else None}
        return [self.say(key, time=self._time(at)) for key, at in times.items() if at and self.is_open]

    @property
    def asks(self) -> bool:
        """Whether he is asked if he was called back."""
        unasked = self._view.state is State.DONE and self.guest.followed.said is None and self.answered is None
        return unasked and self._view.kind not in reverse()

    @property
    def said(self) -> str:
        """What he has answered, while it is still so."""
        said, state = self.guest.followed.said, self._view.state
        stands = (said is Kind.CONFIRMED and state is State.DONE) or (said is Kind.DENIED and self.is_open)
        return self.say(f"gp_{said}") if stands else ""

    @property
    def takes_a_no(self) -> bool:
        """Whether he who said yes may say that it was not so."""
        return self.guest.followed.said is Kind.CONFIRMED and self._view.state is State.DONE

    @property
    def offers_again(self) -> bool:
        """Whether he could not be reached, and may ask for another try."""
        return self._view.state is State.UNREACHABLE

    @property
    def reach(self) -> str:
        """When he said that he can be reached."""
        return self._view.reach

    @property
    def reaches(self) -> tuple[str, ...]:
        """What else he may choose."""
        return tuple(each for each in REACHES if each != self.reach)

    @property
    def how_to_call(self) -> str:
        """How to reach the ward by telephone."""
        return self.say("gp_call" if self.is_open else "gp_call_anew", reference=self._view.reference)

    @property
    def line(self) -> tuple[str, str]:
        """The line's number: as a telephone takes it, as it is read."""
        number = self.guest.desk.house.line_number
        return number, numbers.national(number)

    def _time(self, at: datetime) -> str:
        return texts.written_time(at, self._view.zone, self.guest.language)
