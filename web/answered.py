"""What the page of a request shows of answers in writing: those that were sent, and whether one may be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import structlog
from flask import url_for

from callbacks import register
from callbacks.answers import drafts, records, ways
from callbacks.answers.records import Answer
from callbacks.answers.ways import Way
from callbacks.promise import RequestView
from callbacks.readings import What
from config import numbers, texts
from config.crypto import Unreadable
from web.visit import Visit

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answered:
    """One visitor's view of the answers to his request."""

    visit: Visit

    @cached_property
    def view(self) -> RequestView:
        """The request."""
        return register.view(self.visit.conn, self.visit.link.request_id)

    @property
    def proved(self) -> bool:
        """Whether he may read and write here."""
        return self.visit.proof is not None

    @property
    def may_write(self) -> bool:
        """Whether it is his to answer, or nobody's yet."""
        return not self.view.state.closed and self.view.claimed_by in (None, self.visit.link.person_id)

    @cached_property
    def way(self) -> Way | None:
        """How his answer would go."""
        return ways.of(self.visit.conn, self.visit.desk.house, self.view)

    @property
    def how(self) -> str:
        """The same in words."""
        if self.way is None:
            return self.say("answering_no_way")
        mobile = numbers.mask(self.way.code_to or "").replace(" ", "\u00a0")  # never broken over two lines
        return self.say(f"answering_way_{self.way.name}", address=self.way.recipient, mobile=mobile)

    @cached_property
    def draft(self) -> drafts.Draft | None:
        """What he has written so far; the words are for who has proved that he is he."""
        visit = self.visit
        try:
            return drafts.read(visit.conn, visit.desk.box, visit.link.request_id, visit.link.person_id)
        except Unreadable as fault:
            _log.error("a draft does not open", request=visit.link.request_id, fault=type(fault).__name__)
            return None

    @cached_property
    def sent(self) -> list[Answer]:
        """The answers, oldest first."""
        return records.of_request(self.visit.conn, self.visit.link.request_id)

    def standing(self, answer: Answer) -> str:
        """Who answered and when; whether it was read."""
        said = self.say(f"answered_by_{answer.way}", name=answer.author, at=self.time(answer.sent_at))
        if answer.read_at is not None:
            return f"{said} {self.say(f'answered_read_{answer.read_how}', at=self.time(answer.read_at))}"
        return said if answer.way == ways.WHOLE else f"{said} {self.say('answered_unread')}"

    def text_of(self, answer: Answer) -> str:
        """What was answered; for who has proved that he is he."""
        if answer.purged_at is not None:
            return self.say("answered_gone", at=self.time(answer.purged_at))
        words = self._opened[answer.id]
        return self.say("answered_broken") if words is None else words

    def note_readings(self) -> None:
        """The page is about to show him what was answered: that is recorded."""
        if self.proved:
            for answer_id in (each for each, words in self._opened.items() if words is not None):
                self.visit.reads(What.ANSWER, answer_id)

    @cached_property
    def _opened(self) -> Mapping[UUID, str | None]:
        return {answer.id: self._words_of(answer) for answer in self.sent}

    def _words_of(self, answer: Answer) -> str | None:
        if answer.purged_at is not None:
            return None
        try:
            return records.words_of(self.visit.desk.box, answer)
        except Unreadable as fault:
            _log.error("an answer does not open", answer=str(answer.id), fault=type(fault).__name__)
            return None

    def say(self, key: str, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"page.{key}", self.visit.language, **values)

    def time(self, at: datetime) -> str:
        """An instant as the hospital's clock shows it."""
        return texts.written_time(at, self.view.zone, self.visit.language)

    def to(self, endpoint: str) -> str:
        """The address of one of his pages, in the same language."""
        chosen = None if self.visit.language == self.visit.desk.house.language else self.visit.language
        return url_for(endpoint, token=self.visit.token, lang=chosen)
