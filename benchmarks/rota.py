"""What a rota costs: who is on call out of ten years of shifts, and the month page of a hospital."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import gettempdir
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, event, insert, text

from benchmarks import stage
from callbacks.house import Desk
from config.app import Parts, assemble
from config.assembly import box_of, house_of, shelf_of
from config.database import job_engine
from config.migrations import upgrade
from config.queue import Doorbell, connect
from config.servers import Urls
from config.settings import Settings, load
from scheduling import store
from scheduling.accounts import sessions
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import accounts
from scheduling.tables import hospitals, people, ward_seniors, wards

WARDS, RANKS, SENIORS = 30, 3, 12  # of the hospital; seniors of a ward
SHIFT = timedelta(hours=12)
AHEAD = 124  # turns still to come: two months
MILLI, MICRO = 1_000, 1_000_000


@dataclass(frozen=True)
class Plan:
    """How many shifts the two rotas have, and how often each question is asked."""

    few: int
    many: int
    rounds: int
    questions: int  # of a round
    pages: int


FULL = Plan(few=1_000, many=1_000_000, rounds=7, questions=300, pages=40)
QUICK = Plan(few=1_000, many=50_000, rounds=3, questions=100, pages=10)


@dataclass(frozen=True)
class Figures:
    """Medians: microseconds of `store.on_call` by how many shifts there are, milliseconds of the month page."""

    shifts: Mapping[str, int]
    on_call_few: float
    on_call_many: float
    on_call_ratio: float  # the median of the rounds, not of their medians
    page: float
    page_statements: int


def figures(urls: Urls, plan: Plan, tell: Callable[[str], None] = lambda said: None) -> Figures:
    """Both rotas on these servers, in databases of their own; questions to one and the other in turns."""
    now = datetime.now(UTC)
    with ExitStack() as held:
        engines = []
        for name, count in (("rota_few", plan.few), ("rota_many", plan.many)):
            tell(f"a rota of {count} shifts")
            engines.append(held.enter_context(_hospital(urls, name, count, now)))
        for engine in engines:
            _ask(engine, now, plan.questions, 0)  # connections are made, statements prepared
        tell("who is on call")
        asks = [partial(_ask, engine, now, plan.questions) for engine in engines]
        pairs = [(asks[0](seed), asks[1](seed)) for seed in range(plan.rounds)]
        tell("the month page")
        page, statements = _page(urls, engines[1], now, plan.pages)
        return Figures(
            shifts=dict(zip(("few", "many"), map(_count, engines), strict=True)),
            on_call_few=median(one for one, _ in pairs),
            on_call_many=median(other for _, other in pairs),
            on_call_ratio=median(other / one for one, other in pairs),
            page=page,
            page_statements=statements,
        )


def table(found: Figures) -> str:
    """The figures and the aims, for a reader."""
    few, many = (f"{count:,}".replace(",", " ") for count in found.shifts.values())
    return "\n".join(
        (
            f"on call, {few} shifts {found.on_call_few:>10.0f} µs",
            f"on call, {many} shifts {found.on_call_many:>10.0f} µs   × {found.on_call_ratio:.2f}",
            f"month page, {WARDS} wards, {RANKS} ranks {found.page:>8.0f} ms   {found.page_statements} statements",
            *(f"{says}: {'met' if met(found) else 'missed'}" for says, met in AIMS),
        )
    )


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    figures = asdict(found)
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


AIMS: tuple[tuple[str, Callable[[Figures], bool]], ...] = (
    ("on call out of a million shifts: at most 1.2 times a thousand's", lambda found: found.on_call_ratio <= 1.2),
    ("month page of a hospital: under 150 ms", lambda found: found.page < 150),
    ("month page of a hospital: under 10 statements", lambda found: found.page_statements < 10),
)


@contextmanager
def _hospital(urls: Urls, name: str, count: int, now: datetime) -> Iterator[Engine]:
    """Thirty wards, three ranks, `count` shifts of twelve hours around `now`: all but a month of them behind it."""
    engine = job_engine(new_database(urls, name))
    upgrade(engine)
    with engine.begin() as conn:
        _people_and_wards(conn)
        _fill(conn, count, now)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("vacuum analyze"))
    yield engine
    engine.dispose()


def new_database(urls: Urls, name: str) -> str:
    """An empty one beside the one given; what had that name goes. Its address."""
    server = create_engine(urls.database, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f"drop database if exists {name} with (force)"))
        conn.execute(text(f"create database {name}"))
    server.dispose()
    return f"{urls.database.rsplit('/', 1)[0]}/{name}"


def _people_and_wards(conn: Connection) -> None:
    home = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
    for place in range(WARDS):
        row = {"slug": f"ward-{place}", "hospital_id": home, "name": f"Service {place + 1}", "keypad": "737"}
        ward = conn.execute(insert(wards).values(row).returning(wards.c.id)).scalar_one()
        crew = [
            {"name": f"Amélie {place}-{each}", "phone": f"+336399{80_000 + place * SENIORS + each}"}
            for each in range(SENIORS)
        ]
        ids = conn.execute(insert(people).values(crew).returning(people.c.id)).scalars()
        conn.execute(insert(ward_seniors), [{"ward_id": ward, "person_id": each} for each in ids])


def _fill(conn: Connection, count: int, now: datetime) -> None:
    """Every rank of every ward, turn after turn; the exclusion constraint is built once, not row by row."""
    turns = max(1, count // (WARDS * RANKS))
    ahead = min(turns // 2, AHEAD)
    first = now.replace(hour=7, minute=30, second=0, microsecond=0) - SHIFT * (turns - ahead)
    values = {"last": turns - 1, "ranks": RANKS, "first": first, "seniors": SENIORS}
    conn.execute(text("set local statement_timeout = 0"))  # a million take longer than a job of the house may
    conn.execute(text("alter table shifts drop constraint shifts_one_person_at_a_time"))
    conn.execute(text(_TURNS), values)
    conn.execute(
        text(
            "alter table shifts add constraint shifts_one_person_at_a_time exclude using gist"
            " (ward_id with =, rank with =, during with &&) deferrable initially immediate"
        )
    )


_TURNS = """
    insert into shifts (ward_id, person_id, rank, during)
    select crew.ward_id, crew.person_id, rank, tstzrange(start, start + interval '12 hours')
    from generate_series(0, :last) as turn
    cross join generate_series(1, :ranks) as rank
    cross join lateral (select cast(:first as timestamptz) + turn * interval '12 hours' as start) as begun
    join (select ward_id, person_id, row_number() over (partition by ward_id order by person_id) - 1 as place
          from ward_seniors) as crew on crew.place = (turn + rank) % :seniors
    order by start
"""


def _ask(engine: Engine, now: datetime, questions: int, seed: int) -> float:
    """Microseconds of `store.on_call`, the median: any ward, any minute of the next hours."""
    chance = random.Random(seed)
    times = []
    with engine.connect() as conn:
        ids = list(conn.execute(text("select id from wards order by id")).scalars())
        for _ in range(questions):
            ward, at = chance.choice(ids), now + timedelta(minutes=chance.randrange(12 * 60))
            began = perf_counter()
            found = store.on_call(conn, ward, at)
            times.append(perf_counter() - began)
            if len(found.seniors) != RANKS:
                raise RuntimeError(f"{len(found.seniors)} on call, not {RANKS}")
    return median(times) * MICRO


def _page(urls: Urls, engine: Engine, now: datetime, pages: int) -> tuple[float, int]:
    """Milliseconds of the month page of the hospital inside the application, the median; and its SQL statements."""
    client = _signed_in(urls, engine)
    url = f"/rota/1?month={now + timedelta(days=15):%Y-%m}"
    times, statements = [], []
    event.listen(Engine, "before_cursor_execute", lambda *_: statements.append(1))
    for _ in range(pages):
        statements.clear()
        began = perf_counter()
        answer = client.get(url)
        times.append(perf_counter() - began)
        if answer.status_code != 200 or answer.text.count("Service ") < WARDS:
            raise RuntimeError(f"the month page answered {answer.status}")
    return median(times) * MILLI, len(statements)


def _signed_in(urls: Urls, engine: Engine) -> FlaskClient:
    """A browser of an administrator, at the application around this database."""
    settings = load(stage.environment(urls, Path(gettempdir()), "token"), Settings, dotenv=None)
    desk = Desk(engine, Doorbell(urls.redis), box_of(settings), house_of(settings))
    app = assemble(Parts(desk, shelf_of(settings), connect(urls.redis), ["token"], "http://127.0.0.1:9"))
    with engine.begin() as conn:
        row = {"email": "bench@rappel24.example", "name": "Bench", "role": Role.ADMIN}
        account = conn.execute(insert(accounts).values(row).returning(accounts.c.id)).scalar_one()
        token = sessions.begin(conn, account)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def _count(engine: Engine) -> int:
    with engine.connect() as conn:
        found: int = conn.execute(text("select count(*) from shifts")).scalar_one()
        return found
