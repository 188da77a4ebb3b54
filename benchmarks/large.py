"""`python -m benchmarks.large`: a large house. The board with 100,000 open requests; 100,000 practitioners imported.

The board is opened by an administrator, who sees every ward, through the application in this process: from his session
to the last letter of HTML, its SQL statements counted; in turns on a register with few open requests and on one with
many. One in four is claimed, and they are up to thirty hours old: some are at risk, some overdue.

The import is the command itself (`rappel24 import practitioners`) in a process of its own, on an empty register; then
once more, with the same file. The floor: COPY of the same rows into bare tables with the same unique indexes.
"""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from urllib.parse import quote

import click
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, insert, text

from benchmarks import cpu, invented, rota, rungs, stage, where
from benchmarks.grown import Board, Figures, Imported, Opened, Plan, Report, document, table
from benchmarks.invented import Gp
from callbacks.house import Desk
from config.app import Parts, assemble
from config.assembly import box_of, house_of, shelf_of
from config.database import job_engine, web_engine
from config.migrations import upgrade
from config.queue import Doorbell, connect
from config.servers import Urls
from config.settings import Settings, load
from scheduling.accounts import sessions
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import accounts

FULL = Plan(few=1_000, many=100_000, rounds=7, pages=20, practitioners=100_000)
QUICK = Plan(few=1_000, many=20_000, rounds=3, pages=5, practitioners=5_000)
RESULTS = Path(__file__).parent / "results" / "large.json"
MILLI = 1_000
Tell = Callable[[str], None]


@click.command()
@click.option("--quick", is_flag=True, help="A few minutes, for a look.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
def main(quick: bool, into: Path | None) -> None:
    """The board with 100,000 open requests, and 100,000 practitioners imported.

    A whole run is kept in results/large.json unless another file is named; a quick one is not kept.
    """
    with stage.servers() as (urls, folder):
        found, around = figures(urls, folder, QUICK if quick else FULL, _tell)
    if into or not quick:
        written = json.dumps({**around, **document(found)}, indent=1, ensure_ascii=False)
        (into or RESULTS).write_text(written + "\n", encoding="utf-8")
    print(table(found))
    sys.exit(0 if found.right else 1)


def _tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


def figures(urls: Urls, folder: Path, plan: Plan, tell: Tell = lambda said: None) -> tuple[Figures, dict[str, Any]]:
    """All of it, on these servers, in databases of their own; and the circumstances."""
    found = boards(urls, folder, plan, tell)
    engine = job_engine(rota.new_database(urls, "large_import"))
    upgrade(engine)
    file = folder / "practitioners.csv"
    rows = invented.practitioners(plan.practitioners)
    file.write_text(invented.as_csv(rows), encoding="utf-8")
    tell(f"COPY of {plan.practitioners} practitioners")
    copied = [copy(engine, rows)]
    tell(f"the import of {plan.practitioners} practitioners")
    first = imported(engine, urls, folder, file, len(rows))
    before = fingerprint(engine)
    tell("the same file once more")
    again = imported(engine, urls, folder, file, len(rows))
    same = fingerprint(engine) == before
    copied.append(copy(engine, rows))
    around = where.circumstances(engine, ("flask", "sqlalchemy", "psycopg"))
    engine.dispose()
    return Figures(plan, found, first, again, copied, same), around


# The board ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """A browser of an administrator, at an application around one register; the statements that it has asked there."""

    browser: FlaskClient
    asked: list[str]
    postgres: int | None


def boards(urls: Urls, folder: Path, plan: Plan, tell: Tell = lambda said: None) -> list[Board]:
    """The pages, with few and with many open, in turns."""
    with ExitStack() as held:
        offices = []
        for name, count in (("board_few", plan.few), ("board_many", plan.many)):
            tell(f"a board of {count} open requests")
            offices.append(held.enter_context(office(urls, folder, name, count)))
        pages = {"every ward": "/requests", "a hospital": f"/requests?place={quote(f'h:{_hospital(urls)}')}"}
        found = []
        for says, address in pages.items():
            tell(f"the board, {says}")
            for each in offices:
                opened(each, address, 1)  # pages are in memory, statements prepared
            turns = [[opened(each, address, plan.pages) for each in offices] for _ in range(plan.rounds)]
            found.append(Board(says, [few for few, _ in turns], [many for _, many in turns]))
    return found


@contextmanager
def office(urls: Urls, folder: Path, name: str, open_now: int) -> Iterator[Office]:
    """A register of that name with so many open requests of all ages, and an administrator at its application."""
    with rungs.register(urls, name, open_now) as register:
        _aged(register)
        database = register.url.render_as_string(hide_password=False)
        env = stage.environment(Urls(database, urls.redis), folder, secrets.token_hex(16))
        settings = load(env, Settings, dotenv=None)
        engine, asked = web_engine(database), list[str]()
        event.listen(engine, "before_cursor_execute", lambda conn, cursor, said, *_: asked.append(said))
        desk = Desk(engine, Doorbell(urls.redis), box_of(settings), house_of(settings))
        app = assemble(Parts(desk, shelf_of(settings), connect(urls.redis), ["token"], env["TWILIO_API_URL"]))
        with register.begin() as conn:
            row = {"email": "ines@large.test", "name": "Inès", "role": Role.ADMIN}
            account = conn.execute(insert(accounts).values(row).returning(accounts.c.id)).scalar_one()
            token = sessions.begin(conn, account)
        browser = app.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = token
        yield Office(browser, asked, stage.postmaster(register))
        engine.dispose()


def opened(at: Office, address: str, times: int) -> Opened:
    """The page so many times."""
    lasted, before = list[float](), _worked(at.postgres)
    for _ in range(times):
        at.asked.clear()
        began = perf_counter()
        answer = at.browser.get(address)
        said = answer.get_data()
        lasted.append(perf_counter() - began)
        if answer.status_code != 200 or b"<table" not in said:
            raise RuntimeError(f"the board answered {answer.status}")
    after = _worked(at.postgres)
    processor = None if before is None or after is None else (after - before) / times * MILLI
    return Opened(median(lasted) * MILLI, max(lasted) * MILLI, len(at.asked), len(said), processor)


def _worked(postgres: int | None) -> float | None:
    """Seconds of processor of this process and of PostgreSQL."""
    theirs = None if postgres is None else cpu.spent(postgres)
    return None if theirs is None else process_time() + theirs


def _hospital(urls: Urls) -> str:
    """One whose wards owe something: a page full of it, with few open too."""
    engine = job_engine(f"{urls.database.rsplit('/', 1)[0]}/board_few")
    with engine.connect() as conn:
        name: str = conn.execute(text(_LARGEST)).scalar_one()
    engine.dispose()
    return name


_LARGEST = """
    select h.name from requests r join wards w on w.id = r.ward_id join hospitals h on h.id = w.hospital_id
    group by h.name order by count(*) desc, h.name limit 1"""


def _aged(engine: Engine) -> None:
    """Up to thirty hours old, one in four claimed."""
    with engine.begin() as conn:
        conn.execute(text("set local session_replication_role = replica"))
        conn.execute(text("set local statement_timeout = 0"))
        for statement in _AGED:
            conn.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("set statement_timeout = 0"))
        conn.execute(text("vacuum full analyze requests, events"))


_AGED = (
    "update requests set created_at = created_at - make_interval(secs => id * 7919 % 108000)",
    "update requests set due_at = created_at + interval '24 hours'",
    # The next rung comes before the deadline; past it somebody is told again within four hours (design 3).
    """update requests set notice_at = null, next_rung = case when due_at <= app_now() then 'due' else 'head' end,
            next_step_at = app_now() + case when due_at <= app_now() then make_interval(secs => 60 + id * 31 % 14000)
                else (due_at - app_now()) / 2 end""",
    """update requests set state = 'claimed', claimed_at = created_at + interval '20 minutes',
            claimed_by = crew.ids[1 + id % cardinality(crew.ids)]
        from (select array_agg(id order by id) as ids from people where left_at is null) as crew where id % 4 = 0""",
    "update events e set at = r.created_at from requests r where r.id = e.request_id",
    """insert into events (request_id, at, kind, person_id)
        select id, claimed_at, 'claimed', claimed_by from requests where state = 'claimed' order by id""",
)


# The import ---------------------------------------------------------------------------------------------------------

_SAID = re.compile(r"practitioners: (\d+) created, (\d+) changed, (\d+) unchanged")


def imported(engine: Engine, urls: Urls, folder: Path, file: Path, rows: int) -> Imported:
    """The file, by the command in a process of its own; raises RuntimeError when that refuses it."""
    database = engine.url.render_as_string(hide_password=False)
    env = {**os.environ, **stage.environment(Urls(database, urls.redis), folder, secrets.token_hex(16))}
    postgres = stage.postmaster(engine)
    before, began = None if postgres is None else cpu.spent(postgres), perf_counter()
    said, used = _run((sys.executable, "-m", "config.cli", "import", "practitioners", str(file)), env, folder)
    seconds = perf_counter() - began
    after = None if postgres is None else cpu.spent(postgres)
    counts = _SAID.search(said)
    if counts is None:
        raise RuntimeError(f"the import said: {said[-2000:]}")
    return Imported(
        rows=rows,
        seconds=seconds,
        ours=used.ru_utime + used.ru_stime,
        postgres=None if before is None or after is None else after - before,
        megabytes=used.ru_maxrss / 1024,
        report=Report(*map(int, counts.groups())),
    )


def _run(command: tuple[str, ...], env: Mapping[str, str], folder: Path) -> tuple[str, Any]:
    """What it said, all of it, and what it used (`resource.struct_rusage`: of memory the most, in kilobytes)."""
    log = folder / "import.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return log.read_text(errors="replace"), used


def fingerprint(engine: Engine) -> object:
    """Of every practitioner, every number, and whatever the trail says."""
    with engine.begin() as conn:
        conn.execute(text("set local statement_timeout = 0"))
        return tuple(conn.execute(text(_FINGERPRINT)).one())


_FINGERPRINT = """
    select (select sum(hashtextextended(cast(p as text), 0)) from practitioners p),
        (select sum(hashtextextended(cast(p as text), 0)) from practitioner_phones p),
        (select count(*) from practitioners), (select count(*) from practitioner_phones),
        (select count(*) from audit)"""


def copy(engine: Engine, rows: Sequence[Gp]) -> float:
    """Seconds of COPY of these rows into bare tables, to the commit."""
    people = "".join(
        f"{number}\t{row.name}\t{row.email}\t{row.rpps}\t{row.practice}\t{row.postcode}\n"
        for number, row in enumerate(rows, 1)
    )
    phones = "".join(f"{number}\t{row.phone}\t0\n" for number, row in enumerate(rows, 1))
    with engine.begin() as conn:
        for statement in _BARE:
            conn.execute(text(statement))
    began = perf_counter()
    with engine.begin() as conn:
        assert conn.connection.driver_connection is not None
        cursor = conn.connection.driver_connection.cursor()
        for into, said in (("bare_practitioners", people), ("bare_phones", phones)):
            with cursor.copy(f"copy {into} from stdin") as taking:
                taking.write(said)
    return perf_counter() - began


_BARE = (
    "drop table if exists bare_practitioners, bare_phones",
    """create table bare_practitioners (id integer primary key, name text not null, email text not null,
        rpps text unique, practice text not null, postcode text not null)""",
    """create table bare_phones (practitioner_id integer, phone text, position smallint not null,
        primary key (practitioner_id, phone), unique (practitioner_id, position) deferrable initially deferred)""",
)


if __name__ == "__main__":
    main()
