"""A register with so many open requests, some of them due at once; and what became of those, counted in the register.

A request lies there as `callbacks.requests.file` leaves one that came by SMS, with its event: its first rung, and the
word to its GP, are due at the same instant. Those that are not due wait for six hours and more. Each time it is ten on
the same Tuesday morning, when every ward of the samples is open and has somebody on call.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from benchmarks import rota
from benchmarks.climbed import Counted
from config import clock
from config.database import job_engine
from config.migrations import upgrade
from config.servers import Urls
from scheduling import sample
from scheduling.rota import WARD

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = "first"  # tells the senior on call; with it the GP gets his confirmation
SECOND = "second"  # of those rungs that count what a person gets, one hand a person (`callbacks.reminders`)
MOST = 1_000_000  # a reference has six digits


@contextmanager
def register(urls: Urls, name: str, many: int) -> Iterator[Engine]:
    """A database of that name with the sample hospitals and `many` open requests (MOST at most), none of them due."""
    engine = job_engine(rota.new_database(urls, name))
    try:
        upgrade(engine)
        _furnish(engine, many)
        _tidy(engine)
        yield engine
    finally:
        engine.dispose()


def _furnish(engine: Engine, many: int) -> None:
    with engine.begin() as conn:
        clock.start_at(conn, NOW, 1)
        sample.load(conn, NOW.date(), weeks=1)
        _as_if_it_had_been_there(conn)
        for statement in _MAKE:
            conn.execute(text(statement), {"now": NOW, "many": many, "ward": WARD} if ":many" in statement else {})


def fall_due(engine: Engine, rung: str, many: int, seed: int) -> None:
    """It is ten again: what was climbed is as it was before, and this rung is due of so many, any among all."""
    with engine.begin() as conn:
        _as_if_it_had_been_there(conn)
        for statement in (*_AS_BEFORE, _CHOOSE, *_DUE[rung]):
            values = {"now": NOW, "many": many, "seed": seed}
            conn.execute(text(statement), {name: each for name, each in values.items() if f":{name}" in statement})
    _tidy(engine, _TOUCHED)
    with engine.begin() as conn:
        clock.start_at(conn, NOW, 1)


def due(engine: Engine) -> Sequence[int]:
    """Ids of the requests that fell due the last time."""
    with engine.connect() as conn:
        return list(conn.execute(text("select id from bench_due order by id")).scalars())


def counted(engine: Engine, rung: str) -> Counted:
    """What the register says since they fell due."""
    with engine.begin() as conn:
        conn.execute(text("set local statement_timeout = 0"))
        row = conn.execute(_COUNTED, {"rung": rung}).one()
    return Counted(**row._mapping)


def _as_if_it_had_been_there(conn: Connection) -> None:
    """No trigger tells of it, no key is looked up; and a million rows take their time."""
    conn.execute(text("set local session_replication_role = replica"))
    conn.execute(text("set local statement_timeout = 0"))


def _tidy(engine: Engine, tables: str = "") -> None:
    """As the server keeps it by itself, in time: no pass pays for what was before it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("set statement_timeout = 0"))
        conn.execute(text(f"vacuum analyze {tables}"))
        conn.execute(text("checkpoint"))


# Six hours on and more, spread over most of a day.
_LATER = "cast(:now as timestamptz) + interval '6 hours' + make_interval(secs => {number} % 61200)"
_MAKE = (
    f"""insert into requests (reference, ward_id, channel, caller, created_at, due_at,
            next_rung, next_step_at, notice_at)
        select lpad(cast(n - 1 as text), 6, '0'), ids[1 + n % cardinality(ids)], 'sms',
            '+3363998' || lpad(cast(1000 + n % 7000 as text), 4, '0'), at, at + interval '24 hours',
            '{FIRST}', {_LATER.format(number="n")}, {_LATER.format(number="n")}
        from (select array_agg(id order by id) as ids from wards where role = :ward) as open_now
        cross join generate_series(1, :many) as n
        cross join lateral (
            select cast(:now as timestamptz) - make_interval(secs => 60 + n % 540) as at) as filed""",
    """insert into events (request_id, at, kind, detail)
        select id, created_at, 'filed', '{"channel": "sms"}' from requests order by id""",
    "create table bench_due (id bigint primary key)",
)
_TOUCHED = "requests, events, outbox, links, alarms, figure_touched, bench_due"
_AS_BEFORE = (
    "delete from outbox",
    "delete from links",
    "delete from alarms",
    "delete from figure_touched",
    "delete from bench_due",
    "delete from events where kind <> 'filed'",
    f"""update requests set next_rung = '{FIRST}', climbed_at = null,
            next_step_at = {_LATER.format(number="id")}, notice_at = {_LATER.format(number="id")}
        where climbed_at is not null or next_step_at <= :now or notice_at is null or notice_at <= :now""",
)
_CHOOSE = """
    insert into bench_due select id from requests order by hashint8extended(id, cast(:seed as bigint)) limit :many"""
_DUE = {
    FIRST: ("update requests r set next_step_at = :now, notice_at = :now from bench_due d where d.id = r.id",),
    SECOND: (
        f"""update requests r set next_rung = '{SECOND}', climbed_at = created_at, next_step_at = :now, notice_at = null
            from bench_due d where d.id = r.id""",
        f"""insert into events (request_id, at, kind, detail)
            select r.id, r.created_at, 'rung', '{{"rung": "{FIRST}", "deadline": false, "told": []}}'
            from requests r join bench_due d on d.id = r.id order by r.id""",
    ),
}
_COUNTED = text(
    """
    with climbed as (
        select request_id, detail ->> 'rung' as rung, count(*) as times from events where kind = 'rung' group by 1, 2),
    told as (
        select request_id, purpose, channel, count(*) as times, bool_or(person_id is not null) as the_ward
        from outbox group by 1, 2, 3)
    select (select cast(coalesce(sum(times), 0) as integer) from climbed where rung = :rung) as climbed,
        (select count(*) from climbed where times > 1) + (select count(*) from told where times > 1) as twice,
        (select count(*) from bench_due d
            where not exists (select from climbed c where c.request_id = d.id and c.rung = :rung)
            or not exists (select from told t where t.request_id = d.id and t.the_ward)) as left_out"""
)
