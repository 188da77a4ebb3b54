"""A GP comes with the link of an answer in writing: what this browser may see of it. One visit, one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, wraps
from typing import cast

from flask import Response, abort, current_app, flash, make_response, redirect, request, session, url_for
from sqlalchemy import Connection

from callbacks.answers import access, codes, ways
from callbacks.answers.access import Access
from callbacks.answers.records import Answer
from callbacks.house import Desk
from config import clock, texts
from config.clock import Moment
from config.doors import Who, admits
from web.visit import language, refuse_stranger

_OPENED = "answer"  # in the session: the link that was opened in this browser


class Stage(StrEnum):
    """What the page asks or shows."""

    ASK = "ask"  # have a code sent
    CODE = "code"  # give it
    SHOWN = "shown"
    SPENT = "spent"  # have a new link sent
    WHOLE = "whole"  # the answer came by secure mail: say that it was read


@dataclass(frozen=True)
class Reader:
    """Who came with the link of an answer, inside one transaction."""

    desk: Desk
    conn: Connection
    moment: Moment
    access: Access
    token: str
    language: str

    @property
    def answer(self) -> Answer:
        """What he came for."""
        return self.access.answer

    @cached_property
    def stage(self) -> Stage:
        """Where this browser stands."""
        if self.answer.way == ways.WHOLE:
            return Stage.WHOLE
        if not self.access.spent(self.moment.real) and session.get(_OPENED) == self.access.link_id:
            return Stage.SHOWN
        if not self.access.latest or self.access.opened_real is not None:
            return Stage.SPENT
        return Stage.CODE if codes.is_on_its_way(self.conn, self.answer, self.moment) else Stage.ASK


@dataclass(frozen=True)
class Note:
    """Back to the page; with a word on top of it, and what is rung for after the commit."""

    says: str = ""
    good: bool = True
    opens: bool = False
    shuts: bool = False
    climbs: bool = False
    delivers: int | None = None
    values: dict[str, object] = field(default_factory=dict)


View = Callable[[Reader], Response | Note]


def with_answer_link(view: View) -> Callable[[str], Response]:
    """Open to who holds the link of an answer, for as long as it can be read; what stands in it needs the code."""

    @admits(Who.GP)
    @wraps(view)
    def door(token: str) -> Response:
        desk = cast(Desk, current_app.extensions["desk"])
        link_id = access.link_of(token, desk.house.secret_key)
        if link_id is None:  # the register is not asked about what we never wrote
            refuse_stranger()
        with desk.engine.begin() as conn:
            reader = _arrive(conn, desk, link_id, token)
            told = view(reader)
        return _settle(reader, told) if isinstance(told, Note) else told

    return door


def _arrive(conn: Connection, desk: Desk, link_id: int, token: str) -> Reader:
    found, moment = access.arrive(conn, link_id), clock.read(conn)
    if found is None:
        abort(404)
    if not found.answer.readable(moment.now):
        abort(410)
    return Reader(desk, conn, moment, found, token, language())


def _settle(reader: Reader, note: Note) -> Response:
    if note.climbs:
        reader.desk.doorbell.ring("climb", reader.answer.request_id)
    if note.delivers is not None:
        reader.desk.doorbell.ring("deliver", note.delivers)
    if note.opens:
        session[_OPENED] = reader.access.link_id
    if note.shuts:
        session.pop(_OPENED, None)
    if note.says:
        words = texts.say(f"page.note_answer_{note.says}", reader.language, **note.values)
        flash(words, "good" if note.good else "bad")
    return make_response(redirect(url_for("answer.see", token=reader.token, lang=request.args.get("lang")), 303))
