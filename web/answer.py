"""The page behind the notice of an answer: a code to the GP's mobile opens it, in this browser, for half an hour.

A GET changes nothing: messengers and mail servers fetch links to look at them. What opens is a POST.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID, uuid4

import structlog
from flask import Blueprint, Response, make_response, render_template, request, url_for

from callbacks import alarms, gp, register, wording
from callbacks.answers import access, codes, reading, records, sending
from callbacks.answers.access import Wish
from callbacks.answers.reading import Followed
from callbacks.answers.records import Answer
from config import numbers, texts
from config.crypto import Unreadable
from web.reader import Note, Reader, Stage, with_answer_link

blueprint = Blueprint("answer", __name__, url_prefix="/a/<token>")
_log = structlog.get_logger(__name__)


@blueprint.get("")
@with_answer_link
def see(reader: Reader) -> Response:
    """Who answered, and what to do to read it; the answer itself in the browser that opened it."""
    page = Page(reader)
    reply = make_response(render_template("answer.html", page=page, say=page.say, language=reader.language))
    if page.stage is Stage.SHOWN:  # it does not stay on a screen that is put down; no script is needed for it
        reply.headers["Refresh"] = str(page.seconds_left + 1)
    return reply


@blueprint.post("/code")
@with_answer_link
def ask_code(reader: Reader) -> Note:
    """He wants a code."""
    if reader.stage not in (Stage.ASK, Stage.CODE):
        return Note()
    match codes.send(reader.conn, reader.desk.house, reader.answer, reader.moment):
        case codes.Sent(outbox_id=outbox_id):
            return Note("sent", delivers=outbox_id)
        case refusal:
            return Note(refusal, good=False)


@blueprint.post("/open")
@with_answer_link
def open_answer(reader: Reader) -> Note:
    """He gives the code; the reading is recorded once it is certain that it can be read."""
    if reader.stage is not Stage.CODE:
        return Note() if reader.stage is Stage.SHOWN else Note("over", good=False)
    refusal = codes.check(reader.conn, reader.desk.house, reader.answer, request.form.get("code", ""), reader.moment)
    if refusal is not None:
        return Note(refusal, good=False)
    if not _can_be_read(reader):
        return Note("broken", good=False)
    if not access.open_it(reader.conn, reader.access.link_id):
        return Note("over", good=False)
    reading.read(reader.conn, reader.answer, "page", reader.moment)
    return Note(opens=True)


def _can_be_read(reader: Reader) -> bool:
    alarm = f"message_broken:{reader.answer.id}"
    try:
        records.words_of(reader.desk.box, reader.answer)
    except Unreadable as fault:
        _log.error("an answer does not open", answer=str(reader.answer.id), fault=type(fault).__name__)
        alarms.raise_alarm(reader.conn, "message_broken", alarm, {"fault": type(fault).__name__})
        return False
    alarms.clear(reader.conn, alarm)
    return True


@blueprint.post("/again")
@with_answer_link
def ask_link(reader: Reader) -> Note:
    """The link has done its work: he wants another."""
    if reader.stage is not Stage.SPENT:
        return Note()
    match access.another(reader.conn, reader.answer.id):
        case Wish.GRANTED:
            told = sending.notify(reader.conn, reader.desk.house, reader.answer.id, reader.moment)
            return Note("again", delivers=told)
        case Wish.ON_ITS_WAY:
            return Note("again")
        case Wish.TOO_MANY:
            return Note("too_many", good=False)


@blueprint.post("/more")
@with_answer_link
def ask_more(reader: Reader) -> Note:
    """The answer is not enough: he writes a further question, or wants to be called back."""
    if reader.stage is not Stage.SHOWN:
        return Note("not_sent", good=False)
    wish, words = request.form.get("wish", ""), request.form.get("words", "")
    if wish not in ("question", "call") or (wish == "question" and not words.strip()):
        return Note("words_missing", good=False)
    followed = reading.follow_up(reader.conn, reader.desk.box, reader.answer, words, _form_name(), reader.moment)
    return _FOLLOWED[followed]


_FOLLOWED = {
    Followed.REOPENED: Note("reopened", climbs=True),
    Followed.ADDED: Note("added", climbs=True),
    Followed.OVER: Note("too_late", good=False),
}


def _form_name() -> UUID:
    """What makes two touches of one form one message."""
    try:
        return UUID(request.form.get("form", ""))
    except ValueError:
        return uuid4()


@blueprint.post("/noted")
@with_answer_link
def confirm(reader: Reader) -> Note:
    """It came by secure mail, and he has read it."""
    if reader.stage is not Stage.WHOLE:
        return Note()
    reading.read(reader.conn, reader.answer, "mail", reader.moment)
    return Note("noted")


@blueprint.post("/shut")
@with_answer_link
def shut(reader: Reader) -> Note:
    """He puts the telephone down where others may take it up."""
    return Note("shut", shuts=True)


# What stands on it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """The page in his language and the hospital's time."""

    reader: Reader

    @property
    def answer(self) -> Answer:
        """Of which the page says who wrote it, and when."""
        return self.reader.answer

    @property
    def stage(self) -> Stage:
        """What it asks or shows."""
        return self.reader.stage

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"page.{key}", self.reader.language, **values)

    def to(self, door: str) -> str:
        """The address of one of its doors, in the same language."""
        chosen = None if self.reader.language == self.reader.desk.house.language else self.reader.language
        return url_for(f"answer.{door}", token=self.reader.token, lang=chosen)

    @property
    def in_the_other_language(self) -> str:
        """The address of this page for who reads the other one."""
        other = next(language for language in texts.LANGUAGES if language != self.reader.language)
        return url_for("answer.see", token=self.reader.token, lang=other)

    @property
    def author(self) -> str:
        """Who wrote it."""
        return wording.without_title(self.answer.author)

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self.answer.reference[:3]} {self.answer.reference[3:]}"

    @property
    def words(self) -> str:
        """What the senior wrote."""
        return records.words_of(self.reader.desk.box, self.answer)

    @property
    def mobile(self) -> str:
        """Where the code goes, as far as its owner knows it again."""
        return numbers.mask(self.answer.code_to or "").replace(" ", "\u00a0")  # never broken over two lines

    @property
    def sent_at(self) -> str:
        """When it was sent."""
        return self._time(self.answer.sent_at)

    @property
    def read_at(self) -> str:
        """When it was first read; "" while it was not."""
        return self._time(self.answer.read_at) if self.answer.read_at else ""

    @property
    def seconds_left(self) -> int:
        """Then it is taken off the screen."""
        return self.reader.access.seconds_left(self.reader.moment.real)

    @property
    def open_until(self) -> str:
        """When that is, on the hospital's clock."""
        until = self.reader.moment.real + timedelta(seconds=self.seconds_left)
        return texts.written_clock(until, self.answer.zone, self.reader.language)

    @property
    def may_follow_up(self) -> bool:
        """Whether a further question still reaches the ward."""
        view = register.view(self.reader.conn, self.answer.request_id)
        return not view.state.closed or gp.follow(self.reader.conn, view).may_reopen(self.reader.moment.now)

    @cached_property
    def form_name(self) -> str:
        """Makes two touches of one form one message."""
        return str(uuid4())

    @property
    def line(self) -> tuple[str, str]:
        """The line's number: as a telephone takes it, as it is read."""
        number = self.reader.desk.house.line_number
        return number, numbers.national(number)

    def _time(self, at: datetime) -> str:
        return texts.written_time(at, self.answer.zone, self.reader.language)
