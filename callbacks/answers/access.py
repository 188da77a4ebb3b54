"""The link in the notice of an answer: one opening, by a code; half an hour later it is spent, and a new one is asked.

The latest link of an answer is the only one that opens it. A wrong token is known for wrong without the database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text

from callbacks import links
from callbacks.answers import records
from callbacks.answers.records import Answer

LASTS = timedelta(minutes=30)  # of real time, from its opening
APART = timedelta(seconds=20)
AN_HOUR, A_DAY = 4, 8  # links of one answer
_LABEL = b"answer"


@dataclass(frozen=True)
class Access:
    """A link that somebody came with; `opened_real`: when the right code opened it."""

    link_id: int
    answer: Answer
    latest: bool
    opened_real: datetime | None

    def spent(self, real: datetime) -> bool:
        """Whether it shows nothing any more to anybody."""
        return not self.latest or (self.opened_real is not None and real >= self.opened_real + LASTS)

    def seconds_left(self, real: datetime) -> int:
        """For how long more the browser that opened it shows the answer."""
        return 0 if self.opened_real is None else max(0, int((self.opened_real + LASTS - real).total_seconds()))


def url(public_url: str, token: str) -> str:
    """The address that stands in the notice."""
    return f"{public_url}/a/{token}"


def new_link(conn: Connection, answer_id: UUID) -> int:
    """A link to this answer; those before it open nothing any more. Its id."""
    link_id: int = conn.execute(_NEW, {"answer_id": answer_id}).scalar_one()
    return link_id


class Wish(StrEnum):
    """What becomes of the wish for another link."""

    GRANTED = "granted"
    ON_ITS_WAY = "on_its_way"  # he tapped twice
    TOO_MANY = "too_many"


def another(conn: Connection, answer_id: UUID) -> Wish:
    """Whether another link to it may be sent now; one wish at a time."""
    conn.execute(_ONE_AT_A_TIME, {"answer_id": str(answer_id)})
    lately = conn.execute(_LATELY, {"answer_id": answer_id, "apart": APART}).one()
    if lately.just_now:
        return Wish.ON_ITS_WAY
    return Wish.GRANTED if lately.hour < AN_HOUR and lately.day < A_DAY else Wish.TOO_MANY


def token_of(link_id: int, secret: bytes) -> str:
    """What stands in its address."""
    return links.sign(link_id, secret, _LABEL)


def link_of(token: str, secret: bytes) -> int | None:
    """The link's id, or None for a token we did not write. Pure: no database."""
    return links.unsign(token, secret, _LABEL)


def latest_of(conn: Connection, answer_id: UUID) -> int | None:
    """The link that opens this answer now."""
    found: int | None = conn.execute(_LATEST, {"answer_id": answer_id}).scalar_one()
    return found


def arrive(conn: Connection, link_id: int) -> Access | None:
    """What the link opens; None: there is no such link."""
    row = conn.execute(_ARRIVE, {"id": link_id}).one_or_none()
    answer = None if row is None else records.by_id(conn, row.answer_id)
    return None if row is None or answer is None else Access(link_id, answer, row.latest, row.opened_real)


def open_it(conn: Connection, link_id: int) -> bool:
    """The right code was given. False: it was opened before, by another browser."""
    return conn.execute(_OPEN, {"id": link_id}).rowcount == 1


_NEW = text("insert into answer_links (answer_id) values (:answer_id) returning id")
_LATEST = text("select max(id) from answer_links where answer_id = :answer_id")
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:answer_id, 0))")
_LATELY = text(
    """
    select count(*) filter (where made_real > real_now() - interval '1 hour') as hour, count(*) as day,
        coalesce(max(made_real) > real_now() - :apart, false) as just_now
    from answer_links where answer_id = :answer_id and made_real > real_now() - interval '1 day'"""
)
_ARRIVE = text(
    """
    select l.answer_id, l.opened_real,
        not exists (select from answer_links newer where newer.answer_id = l.answer_id and newer.id > l.id) as latest
    from answer_links l where l.id = :id"""
)
_OPEN = text("update answer_links set opened_real = real_now() where id = :id and opened_real is null")
