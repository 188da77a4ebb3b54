"""Amélie answers a GP in writing: her desk, his record, and what the register then says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text

from callbacks.answers import codes, records, sending
from callbacks.answers.records import Answer
from callbacks.house import Desk
from callbacks.tables import outbox
from callbacks.written_tables import answers
from config.clock import Moment
from config.crypto import Box
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE, GP, HOUSE, Story

WORDS = "Bonjour, poursuivez le traitement et contrôlez la kaliémie jeudi."
SECURE = "ines.morel@medecin.mssante.fr"
ORDINARY = "ines.morel@cabinet.example"
HER_MOBILE = "+33639980102"


@dataclass
class Silence:
    """A doorbell that nobody hears."""

    rung: list[object] = field(default_factory=list)

    def ring(self, kind: str, id: int | str) -> None:
        self.rung.append((kind, id))


@dataclass
class Answering:
    """A story in which seniors write. Real time is the database's, and can be made to pass."""

    story: Story
    box: Box
    passed: timedelta = timedelta()
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        house = replace(HOUSE, mail_address="avis@hopital.mssante.fr")
        self.desk = Desk(self.story.engine, Silence(), self.box, house)

    @property
    def moment(self) -> Moment:
        """Now, on both clocks."""
        here = self.story.moment
        return Moment(here.now, here.real + self.passed)

    def asked(
        self,
        caller: str | None = GP,
        *,
        phones: tuple[str, ...] = (),
        email: str = "",
        heard: bool = True,
        **more: object,
    ) -> int:
        """Dr Morel asks; her record has these telephones and this address. The request's id."""
        if phones or email:
            with self.story.engine.begin() as conn:
                conn.execute(insert(practitioners).values(id=7, name="Dr Inès Morel", email=email))
                for place, phone in enumerate(phones):
                    row = {"practitioner_id": 7, "phone": phone, "position": place}
                    conn.execute(insert(practitioner_phones).values(row))
            more["practitioner_id"] = 7
        request_id = self.story.files(caller, **more)  # type: ignore[arg-type]
        if heard:
            self.story.hears_everything()
        self.story.written()
        return request_id

    def answers(
        self, words: str = WORDS, outcome: str = "CONSEIL", phone: str = AMELIE
    ) -> sending.Sent | sending.Refusal:
        """A senior sends what she wrote."""
        with self.story.engine.begin() as conn:
            ids = self.story.ids
            return sending.send(conn, self.desk, self.story.request_id, ids[phone], words, outcome, self.moment)

    def sent(self) -> Answer:
        """The last answer to the request."""
        with self.story.engine.begin() as conn:
            return records.of_request(conn, self.story.request_id)[-1]

    def asks_for_code(self) -> str | codes.Refusal:
        """The GP asks for a code; the six digits that are texted ("": those before still count)."""
        answer = self.sent()
        with self.story.engine.begin() as conn:
            told = codes.send(conn, self.desk.house, answer, self.moment)
        if not isinstance(told, codes.Sent):
            return told
        return "" if told.outbox_id is None else self.digits(told.outbox_id)

    def digits(self, outbox_id: int) -> str:
        """The code in an SMS."""
        with self.story.engine.begin() as conn:
            body = conn.execute(select(outbox.c.body).where(outbox.c.id == outbox_id)).scalar_one()
        found = re.search(r"\b\d{6}\b", body)
        assert found
        return found[0]

    def tries_code(self, code: str) -> codes.Refusal | None:
        """The GP gives a code."""
        answer = self.sent()
        with self.story.engine.begin() as conn:
            return codes.check(conn, self.desk.house, answer, code, self.moment)

    def does(self, act: Callable[[Connection], object]) -> object:
        """Something else, in a transaction of its own."""
        with self.story.engine.begin() as conn:
            return act(conn)

    def row(self, answer_id: UUID) -> dict[str, object]:
        """An answer as it lies in the table."""
        with self.story.engine.begin() as conn:
            return dict(conn.execute(select(answers).where(answers.c.id == answer_id)).mappings().one())

    def count(self) -> dict[str, int]:
        """How many answers there are of each state."""
        with self.story.engine.begin() as conn:
            found = conn.execute(select(answers.c.state, func.count().label("many")).group_by(answers.c.state))
            return {row.state: row.many for row in found}

    def waits(self, passed: timedelta) -> None:
        """Let real time pass."""
        self.passed += passed
        shifted = f"select clock_timestamp() + make_interval(secs => {self.passed.total_seconds()})"
        with self.story.engine.begin() as conn:
            conn.execute(
                text(
                    "create or replace function real_now() returns timestamptz language sql volatile"
                    f" as $$ {shifted} $$"
                )
            )


@pytest.fixture
def ward(database: Engine) -> Answering:
    return Answering(Story(database), Box([bytes(32)]))
