"""`python -m benchmarks.figures`: a year with a million calls, and how long its figures take to open.

The year is made in the database itself, added up as the tick does, and read at three in the afternoon of its last day:
today and what is still owed come from the register. What is read is compared with the whole register read again.
Beside the time of each answer stands the processor's, which a busy machine changes less.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import click
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text

from benchmarks import cpu, stage
from callbacks.figures import compared, gathering, keeping, read, report, sums
from callbacks.figures.periods import Period, Scope
from callbacks.figures.sums import Tally
from config import clock
from config.app import create_app
from config.migrations import upgrade
from config.servers import Urls
from scheduling.accounts import sessions

YEAR, NOW = 2026, datetime(2026, 12, 31, 14, tzinfo=UTC)
WARDS, GPS = 60, 4000
FULL, QUICK = 1_000_000, 50_000
ROUNDS = 15
AIM = 300  # milliseconds
RESULTS = Path(__file__).parent / "results" / "figures.json"


@dataclass(frozen=True)
class Opened:
    """What is asked for, and how long it takes: milliseconds, the median and the worst of the rounds.

    `processor`: milliseconds of it in this process and in PostgreSQL's, the mean; None where there is no /proc.
    """

    asked: str
    middle: float
    worst: float
    processor: float | None


@dataclass(frozen=True)
class Measured:
    """A year of so many calls: seconds to add it all up and to do so again with nothing new, bytes of it, answers."""

    calls: int
    added_up: float
    again: float
    bytes: int
    opened: tuple[Opened, ...]
    agrees: bool


@click.command()
@click.option("--quick", is_flag=True, help="A twentieth of it.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
def main(quick: bool, into: Path | None) -> None:
    """How long the figures of a year with a million calls take to open; and whether they are the register's.

    A whole year is kept in results/figures.json unless another file is named; a twentieth of one is not kept.
    """
    with stage.servers() as (urls, folder), _year(urls, QUICK if quick else FULL) as engine:
        measured = _measured(engine, urls, folder)
    if into or not quick:
        (into or RESULTS).write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")
    print(table(measured))
    sys.exit(0 if measured.agrees else 1)


def table(measured: Measured) -> str:
    """For a reader."""
    head = [
        f"{measured.calls} calls, added up in {measured.added_up:.1f} s, again in {measured.again:.2f} s,"
        f" {measured.bytes / 2**20:.1f} MiB of sums; the register's figures: {'yes' if measured.agrees else 'NO'}",
        f"{'':<28}{'ms':>8}{'worst':>8}{'cpu':>8}  of at most {AIM}",
    ]
    return "\n".join((*head, *map(_line, measured.opened)))


def _line(each: Opened) -> str:
    processor = "—" if each.processor is None else f"{each.processor:.0f}"
    missed = "" if each.middle < AIM else "  missed"
    return f"{each.asked:<28}{each.middle:>8.0f}{each.worst:>8.0f}{processor:>8}{missed}"


def _measured(engine: Engine, urls: Urls, folder: Path) -> Measured:
    added_up, again = _timed(lambda: _add_up(engine)), _timed(lambda: keeping.keep(engine))
    postgres = stage.postmaster(engine)
    with engine.connect() as conn:
        now = clock.read(conn).now  # what has settled while it was added up stands in the sums as settled
        calls = conn.execute(text("select count(*) from calls")).scalar_one()
        size = conn.execute(text("select pg_total_relation_size('figure_sums')")).scalar_one()
        opened = [_opened(postgres, asked, ask) for asked, ask in _questions(conn, now)]
    opened += [_opened(postgres, asked, ask) for asked, ask in _pages(engine, _app(urls, folder))]
    with engine.connect() as conn:
        return Measured(calls, added_up, again, size, tuple(opened), _agrees(conn, urls, now))


def _add_up(engine: Engine) -> None:
    """Batch after batch, as the tick does."""
    done = 0
    while days := keeping.keep(engine, 1):
        done += days
        _tell(f"days added up: {done}")


def _questions(conn: Connection, now: datetime) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the page asks for."""
    year, month = Period.year(YEAR), Period.month(YEAR, 12)
    weeks = [Period.week(YEAR, week) for week in range(26, 52)]
    yield "everybody's year", partial(read.report, conn, Scope.everything(), year, now)
    yield "a hospital's year", partial(read.report, conn, Scope.hospital(1), year, now)
    yield "a ward's year", partial(read.report, conn, Scope.ward(1), year, now)
    yield "everybody's month", partial(read.report, conn, Scope.everything(), month, now)
    yield "last month, closed", partial(read.report, conn, Scope.everything(), Period.month(YEAR, 11), now)
    yield "a ward's 26 weeks", partial(read.series, conn, Scope.ward(1), weeks, now)
    yield "the wards' median, year", partial(compared.beside, conn, year)
    yield "the wards' median, month", partial(compared.beside, conn, month)


def _app(urls: Urls, folder: Path) -> Flask:
    """The application of this process, whose settings are the bench's."""
    os.environ.update(stage.environment(urls, folder, secrets.token_hex(16)))
    return create_app()


def _pages(engine: Engine, app: Flask) -> Iterator[tuple[str, Callable[[], object]]]:
    """The page of figures as an administrator opens it: from his session to the last letter of HTML."""
    browser = app.test_client()
    with engine.begin() as conn:
        token = sessions.begin(conn, conn.execute(_ADMIN).scalar_one())
    with browser.session_transaction() as session:
        session["_user_id"] = token

    def opens(address: str) -> None:
        answer = browser.get(address)
        assert answer.status_code == 200, answer.status

    yield "page: everybody's year", partial(opens, f"/figures?period={YEAR}")
    yield "page: a ward's year", partial(opens, f"/figures?place=ward1&period={YEAR}")
    yield "page: everybody's month", partial(opens, f"/figures?period={YEAR}-12")


_ADMIN = text("insert into accounts (email, name, role) values ('ines@figures.test', 'Inès', 'admin') returning id")


def _opened(postgres: int | None, asked: str, ask: Callable[[], object]) -> Opened:
    ask()  # pages are in memory, statements prepared
    before = _worked(postgres)
    times = [_timed(ask) * 1000 for _ in range(ROUNDS)]
    after = _worked(postgres)
    processor = None if before is None or after is None else (after - before) / ROUNDS * 1000
    opened = Opened(asked, median(times), max(times), processor)
    _tell(_line(opened))
    return opened


def _worked(postgres: int | None) -> float | None:
    """Seconds of processor of this process and of PostgreSQL."""
    theirs = None if postgres is None else cpu.spent(postgres)
    return None if theirs is None else process_time() + theirs


def _timed(do: Callable[[], object]) -> float:
    start = perf_counter()
    do()
    return perf_counter() - start


def _agrees(conn: Connection, urls: Urls, now: datetime) -> bool:
    """Whether the year as it is read is what each fact of the register adds up to, month after month."""
    shown = read.report(conn, Scope.everything(), Period.year(YEAR), now, whole=True)
    with ProcessPoolExecutor() as pool:
        months = list(pool.map(_month, repeat(urls.database), range(1, 13), repeat(now)))
    return report.figures(sums.merged(months), GPS) == shown.figures


def _month(database: str, month: int, now: datetime) -> Tally:
    """What the register says of a month, fact by fact."""
    engine = _engine(database)
    with engine.connect() as conn:
        found = sums.tally(gathering.read(conn, Scope.everything(), Period.month(YEAR, month), now))
    engine.dispose()
    _tell(f"read again: month {month}")
    return found


# A year -------------------------------------------------------------------------------------------------------------


@contextmanager
def _year(urls: Urls, many: int) -> Iterator[Engine]:
    """A database with so many calls of a year, and what came of them."""
    engine = _engine(urls.database)
    upgrade(engine)
    with engine.begin() as conn:
        _tell(f"a year of {many} calls")
        clock.start_at(conn, NOW, 1)
        conn.execute(text("set local session_replication_role = replica"))  # as if it had been there before
        conn.execute(text("set local maintenance_work_mem = '256MB'"))
        conn.execute(text("select setseed(0.24)"))
        with _without_indexes(conn):
            for statement in _MAKE:
                conn.execute(text(statement), {"many": many} if ":many" in statement else {})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("vacuum analyze"))
    yield engine
    engine.dispose()


def _engine(database: str) -> Engine:
    """With patience: between two statements a million facts are counted."""
    options = "-c timezone=UTC -c idle_in_transaction_session_timeout=0 -c statement_timeout=0"
    return create_engine(database, connect_args={"options": options})


@contextmanager
def _without_indexes(conn: Connection) -> Iterator[None]:
    """Rows by the million go in before their indexes: those that stand for no constraint are made again afterwards."""
    found = conn.execute(_INDEXES).all()
    for index in found:
        conn.execute(text(f"drop index {index.name}"))
    yield
    _tell("its indexes")
    for index in found:
        conn.exec_driver_sql(index.made)


_INDEXES = text(
    """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made
    from pg_index i
    where i.indrelid in ('calls'::regclass, 'attempts'::regclass, 'events'::regclass, 'requests'::regclass)
        and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)"""
)


def _tell(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


_AT = f"timestamptz '{YEAR}-01-01 00:00+01' + (timestamptz '{NOW.isoformat()}' - timestamptz '{YEAR}-01-01 00:00+01')"
_MAKE = (
    "insert into hospitals (id, name, timezone) values (1, 'Cochin', 'Europe/Paris'), (2, 'Avicenne', 'Europe/Paris')",
    "insert into people (id, name, phone) values (1, 'Amélie Durand', '+33639980001')",
    f"""insert into wards (id, slug, hospital_id, name, keypad, opening)
        select n, 'ward' || n, 1 + n % 2, 'Ward ' || n, '227', 'mon-fri 08:30-18:30'
        from generate_series(1, {WARDS}) n""",
    f"""insert into practitioners (id, name, created_at)
        select n, 'Dr ' || n, timestamptz '2025-06-01' from generate_series(1, {GPS}) n""",
    f"""insert into shifts (ward_id, person_id, rank, during)
        select w, 1, 1, tstzrange(d + interval '8 hours', d + interval '17 hours')
        from generate_series(1, {WARDS}) w, generate_series(timestamptz '{YEAR}-01-01 00:00+00',
            timestamptz '{YEAR}-12-31 00:00+00', interval '1 day') d where random() < 0.9""",
    f"""insert into calls
            (sid, step, result, ward_id, practitioner_id, caller, started_at, answered_at, ended_at, outcome)
        select 'B' || n, 'x', result, case when result = 'lost' and n % 20 < 10 then null else 1 + n / 10 % {WARDS} end,
            gp, '+3363998' || lpad(gp::text, 4, '0'), at,
            case when result = 'answered' then at + make_interval(secs => 5 + 80 * random() ^ 2) end,
            at + make_interval(secs => 90 + 500 * random()),
            case when result = 'answered' and n % 3 <> 0 then (array['CONSEIL','ADM_DIRECTE','URGENCES'])[1 + n % 3] end
        from (
            select n, {_AT} * random() as at, 1 + (random() * {GPS - 1})::integer as gp,
                (array['answered','answered','answered','answered','answered','answered','request','request','lost',
                    'switchboard'])[1 + n % 10] as result
            from generate_series(1, :many) n) made""",
    """insert into attempts (call_id, seq, person_id, phone, rank, rung_at, rung_real, accepted_at, ended_real, outcome)
        select id, 1, 1, '', 1, started_at + interval '2 seconds', started_at, answered_at, started_at,
            case when result = 'answered' then 'taken' else 'no-answer' end from calls where ward_id is not null""",
    """insert into assessments (call_id, side, asked, outcome, otherwise, how, at)
        select id, 'hospital', 'AVIS_TT', outcome, (array['URGENCES','RIEN'])[1 + (random() * 1)::integer], 'page',
            ended_at + interval '1 hour' from calls where outcome is not null and random() < 0.5""",
    """insert into requests (id, reference, ward_id, kind, channel, state, caller, practitioner_id, created_at, due_at,
            closed_at, outcome, next_rung, next_step_at)
        select n, lpad(n::text, 6, '0'), ward_id, (array['advice','advice','advice','letter'])[1 + n % 4], 'voice',
            case when over then 'done' else 'open' end, caller, practitioner_id, at, at + interval '24 hours',
            case when over then closed end, case when over then 'CONSEIL' end,
            case when not over then 'due' end, case when not over then at end
        from (
            select row_number() over (order by started_at) as n, ward_id, caller, practitioner_id, started_at as at,
                started_at + make_interval(secs => 172800 * random() ^ 3) as closed, app_now() as now_
            from calls where result = 'request') made
        cross join lateral (select closed < now_ and n % 100 <> 0 as over) ended""",
    """insert into events (request_id, at, kind, detail)
        select id, at, kind, cast(detail as jsonb) from (
            select id, created_at + interval '1 second', 'rung', '{"rung": "first"}' from requests
            union all select id, created_at + (closed_at - created_at) / 3, 'claimed', '{}'
                from requests where state = 'done'
            union all select id, created_at + (closed_at - created_at) / 2, 'attempted', '{"result": "busy"}'
                from requests where state = 'done' and id % 2 = 0
            union all select id, closed_at, 'attempted', '{"result": "reached"}' from requests where state = 'done'
            union all select id, closed_at, 'done', '{"outcome": "CONSEIL"}' from requests where state = 'done'
        ) happened (id, at, kind, detail)""",
    """insert into polls (request_id, ward_id, asked_at, answered_at, access, admission, document)
        select id, ward_id, closed_at, case when id % 2 = 0 then closed_at + interval '2 hours' end, id % 3 % 2, 1, 0
        from requests where state = 'done' and id % 5 = 0""",
)


if __name__ == "__main__":
    main()
