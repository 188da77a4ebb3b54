"""The poll of a GP whose request is over: three questions, twenty seconds, no account; and that he wants no more of it.

A GET changes nothing: messengers fetch links to preview them. What he answers counts for the ward and names nobody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import NamedTuple, cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import Connection

from callbacks import assessments, endings
from callbacks.assessed import UNANSWERED, How, Side
from callbacks.assessments import By
from callbacks.house import Desk
from callbacks.polls import answering, declining, questions
from callbacks.polls.answering import Poll
from callbacks.polls.questions import Question
from config import clock, texts
from config.clock import Moment
from config.doors import Who, admits
from web.taps import ASKED, OTHERWISE, Offered, Tap, tapped, taps
from web.visit import language, refuse_stranger

blueprint = Blueprint("poll", __name__, url_prefix="/e/<token>")


@dataclass(frozen=True)
class Polled:
    """A GP with the link of a poll, inside one transaction."""

    desk: Desk
    conn: Connection
    moment: Moment
    poll: Poll
    token: str
    language: str


class Note(NamedTuple):
    """Back to the page, with a word on top of it."""

    says: str
    good: bool = True


View = Callable[[Polled], str | Note]
Door = Callable[[str], Response]


def with_poll(view: View) -> Door:
    """Open to who holds the link of a poll, for thirty days."""

    @admits(Who.GP)
    @wraps(view)
    def door(token: str) -> Response:
        desk = cast(Desk, current_app.extensions["desk"])
        poll_id = answering.poll_of(token, desk.house.secret_key)
        if poll_id is None:  # the register is not asked about what we never wrote
            refuse_stranger()
        with desk.engine.begin() as conn:
            poll, moment = answering.find(conn, poll_id), clock.read(conn)
            if poll is None:
                abort(404)
            if poll.worn_out(moment.now):
                abort(410)
            answer = view(Polled(desk, conn, moment, poll, token, language()))
        return _settle(token, answer) if isinstance(answer, Note) else make_response(answer)

    return door


def _settle(token: str, note: Note) -> Response:
    flash(texts.say(f"page.note_poll_{note.says}", language()), "good" if note.good else "bad")
    return make_response(redirect(url_for("poll.see", token=token, lang=request.args.get("lang")), code=303))


@blueprint.get("")
@with_poll
def see(polled: Polled) -> str:
    """The questions; once they are answered, what he may add. Changes nothing."""
    page = Page(polled)
    return render_template("poll.html", page=page, say=page.say, language=polled.language)


@blueprint.post("")
@with_poll
def answer(polled: Polled) -> Note:
    """What he answers; who answers again means what he said last."""
    said = questions.answers(request.form)
    if not said:
        return Note("missing", good=False)
    answering.answer(polled.conn, polled.poll.id, said, polled.moment)
    return Note("thanks")


@blueprint.post("/assess")
@with_poll
def assess(polled: Polled) -> Note:
    """What he had asked, what came of it, or what he would have done without the line."""
    said = tapped(request.form, Page(polled).offered)
    if said is None:
        return Note("missing", good=False)
    assessments.say(polled.conn, polled.poll.about, By(Side.PRACTICE, How.POLL), said, polled.moment)
    return Note("thanks")


@blueprint.post("/decline")
@with_poll
def decline(polled: Polled) -> Note:
    """He is not asked again."""
    declining.decline(polled.conn, polled.moment, polled.poll.id)
    return Note("declined")


@dataclass(frozen=True)
class Page:
    """What stands on it, in his language and the hospital's time."""

    polled: Polled

    @property
    def poll(self) -> Poll:
        """What he is asked about."""
        return self.polled.poll

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"page.{key}", self.polled.language, **values)

    def to(self, door: str) -> str:
        """The address of one of the page's doors, in the same language."""
        chosen = None if self.polled.language == self.polled.desk.house.language else self.polled.language
        return url_for(f"poll.{door}", token=self.polled.token, lang=chosen)

    @property
    def in_the_other_language(self) -> str:
        """The address of this page for who reads the other one."""
        other = next(language for language in texts.LANGUAGES if language != self.polled.language)
        return url_for("poll.see", token=self.polled.token, lang=other)

    @property
    def when(self) -> str:
        """When it was over, on the hospital's clock."""
        return texts.written_time(self.poll.over_at, self.poll.zone, self.polled.language)

    @property
    def questions(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """What is asked, in the words of 2016; below each the names of its two answers, with their words."""
        return [(self.say(f"poll_{question}"), self._halves(question)) for question in Question]

    def _halves(self, question: Question) -> Sequence[tuple[str, str]]:
        satisfied, wanted = questions.fields(question)
        return [(satisfied, self.say("poll_satisfied")), (wanted, self.say("poll_wanted"))]

    @property
    def offered(self) -> Offered:
        """What he may say besides; nothing of what asked for nothing."""
        if not self.poll.assessed:
            return {}
        found = endings.of(self.polled.conn, self.poll.ward_id, self.poll.kind)
        common = tuple(each.code for each in found if each.key is not None and each.code not in UNANSWERED)
        return {**ASKED, "outcome": common, **OTHERWISE}

    @property
    def taps(self) -> Sequence[Tap]:
        """The same in words, once he has answered."""
        if self.poll.answered_at is None:
            return ()
        said = assessments.by_one_side(self.polled.conn, self.poll.about, Side.PRACTICE)
        return taps(said, self.offered, self.say)
