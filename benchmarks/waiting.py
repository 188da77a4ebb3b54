"""An outbox in which so many SMS wait, as the house leaves them: each in words of its own, so that it can be counted.

Alerts and reminders are about a request each, of a register as `rungs.register` makes it; news of a shift about none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

ALERT, REMINDER, NEWS = "alert", "reminder", "shift_start"
PATIENT = "set local statement_timeout = 0"


@dataclass(frozen=True)
class Message:
    """A row of it: its id, to whom it goes, its words, and the token that names it in the address of its status."""

    id: int
    recipient: str
    body: str
    token: str


def put(conn: Connection, purpose: str, many: int, *, first: int = 0, in_seconds: float = 0.0) -> Sequence[Message]:
    """So many more, due in so many seconds: about the requests from the `first` on, in the order of their ids."""
    values = {"many": many, "first": first, "seconds": in_seconds}
    rows = conn.execute(text(_PUT[purpose]), values).all()
    return [Message(**row._mapping) for row in sorted(rows, key=lambda row: row.id)]


def emptied(engine: Engine) -> None:
    """Nothing waits, and nothing was sent."""
    with engine.begin() as conn:
        conn.execute(text(PATIENT))
        for table in ("outbox", "heartbeats", "alarms"):
            conn.execute(text(f"delete from {table}"))
    tidy(engine)


def tidy(engine: Engine) -> None:
    """As the server keeps it by itself, in time."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("vacuum analyze outbox"))


def unsent(engine: Engine) -> int:
    """How many of them the register does not know to be with the carrier."""
    with engine.connect() as conn:
        found: int = conn.execute(text("select count(*) from outbox where state <> 'sent'")).scalar_one()
        return found


_COLUMNS = "key, purpose, channel, recipient, person_id, request_id, body, due_at, detail, created_at"
_SHOWN = "returning id, recipient, body, cast(token as text) as token"
# Who has a mobile; an SMS to the ward goes to one of them after the other.
_CREW = "(select array_agg(id order by id) as ids from people where phone ~ '^[+]33[67]' and left_at is null) as crew"
_DUE = "app_now() + make_interval(secs => cast(:seconds as double precision))"


def _about_requests(purpose: str, rung: str, words: str) -> str:
    return f"""
        insert into outbox ({_COLUMNS})
        select concat_ws(':', r.id, '{rung}', p.id, 'sms'), '{purpose}', 'sms', p.phone, p.id, r.id,
            '{words} ' || r.reference || ', a rappeler avant demain 10:00. Prendre : http://127.0.0.1/l/'
                || md5(r.reference) || md5(reverse(r.reference)),
            {_DUE}, '{{"rung": "{rung}", "role": "senior"}}', app_now()
        from (select id, reference from requests order by id offset :first limit :many) as r
        cross join {_CREW}
        join people p on p.id = crew.ids[1 + r.id % cardinality(crew.ids)]
        order by r.id {_SHOWN}"""


_PUT: Mapping[str, str] = {
    ALERT: _about_requests("alert", "first", "Rappel24 : nouvelle demande"),
    REMINDER: _about_requests("reminder", "second", "Rappel24 : toujours sans reponse, demande"),
    NEWS: f"""
        insert into outbox ({_COLUMNS})
        select concat_ws(':', '{NEWS}', p.id, n), '{NEWS}', 'sms', p.phone, p.id, null,
            'Rappel24 : votre garde commence, rien n''attend (avis ' || n || ').', {_DUE}, '{{}}', app_now()
        from generate_series(cast(:first as integer) + 1, cast(:first as integer) + cast(:many as integer)) as n
        cross join {_CREW}
        join people p on p.id = crew.ids[1 + n % cardinality(crew.ids)]
        order by n {_SHOWN}""",
}
