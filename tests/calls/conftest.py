"""Two hospitals, six wards, their people; and a hospital whose clock a test holds in its hand."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis
from sqlalchemy import Engine

from config.database import job_engine
from config.servers import Urls
from scheduling import importing
from tests.calls.hospital import (
    AMELIE,
    BRUNO,
    CHLOE,
    DENIS,
    EMMA,
    GP_MOBILE,
    MONDAY_14H,
    SWITCHBOARD,
    Hospital,
    move_time_by_hand,
)

COLUMNS = "ward;hospital;name;keywords;opening;covered_by;head_name;head_phone"
WARDS = f"""{COLUMNS};coordinator_name;coordinator_phone;switchboard
cardio;Cochin;Cardiologie;coeur;;;Chloé Roy;{CHLOE};Denis Faure;{DENIS};{SWITCHBOARD}
rhumato-cochin;Cochin;Rhumatologie;;;;Chloé Roy;{CHLOE};Denis Faure;{DENIS};{SWITCHBOARD}
rhumato-avicenne;Avicenne;Rhumatologie;;;;Chloé Roy;{CHLOE};Denis Faure;{DENIS};
hdj;Cochin;Hôpital de jour;;mon-fri 08:30-18:30;gastro;Chloé Roy;{CHLOE};Denis Faure;{DENIS};{SWITCHBOARD}
gastro;Cochin;Gastro-entérologie;;;;Chloé Roy;{CHLOE};Denis Faure;{DENIS};{SWITCHBOARD}
dermato;Avicenne;Dermatologie;peau;mon-fri 09:00-17:00;;Chloé Roy;{CHLOE};Denis Faure;{DENIS};
"""
SENIORS = f"""name;title;phone;wards
Amélie Blanc;PH;{AMELIE};cardio;
Bruno Leroy;PH;{BRUNO};cardio;
Emma Petit;PH;{EMMA};gastro
""".replace("cardio;\n", "cardio\n")
FOUR_WEEKS = [date(2026, 11, 1) + timedelta(weeks=4 * n) for n in range(15)]
ROTA = "ward;start;end;rank;phone\n" + "".join(
    f"{ward};{start} 08:30;{end} 08:30;{rank};{phone}\n"
    for start, end in pairwise(FOUR_WEEKS)
    for ward, rank, phone in (("cardio", 1, AMELIE), ("cardio", 2, BRUNO), ("gastro", 1, EMMA))
)
PRACTITIONERS = f"""name;phone;practice
Dr Hugo Petit;{GP_MOBILE};Cabinet du Parc
Dr Lina Morel;+33199000011;Cabinet des Lilas
Dr Omar Diallo;+33199000011;Cabinet des Lilas
"""


@pytest.fixture(scope="session")
def _template(servers: Urls, _template: str, worker_id: str) -> str:
    """The migrated database with the two hospitals in it, its time moved by hand; made once a process.

    Whoever else asks for these hospitals (tests/machines) has a fixture of its own of it, and finds it made.
    """
    name = f"template_hospitals_{worker_id}"
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None:
            return name
        copy = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(_template))
        connection.execute(copy)
    engine = job_engine(f"{servers.database.rsplit('/', 1)[0]}/{name}")
    with engine.begin() as connection:
        for importer, text in (
            (importing.import_wards, WARDS),
            (importing.import_seniors, SENIORS),
            (importing.import_rota, ROTA),
            (importing.import_practitioners, PRACTITIONERS),
        ):
            report = importer(connection, text.encode())
            assert report.ok, report.errors
    move_time_by_hand(engine, MONDAY_14H)
    engine.dispose()
    return name


@pytest.fixture
def build(database: Engine, redis: Redis, tmp_path: Path) -> Callable[..., Hospital]:
    """A hospital with its people; keyword arguments go to the hospital or to the simulator."""

    def built(**options: Any) -> Hospital:
        return Hospital(database, redis, tmp_path, **options)

    return built


@pytest.fixture
def hospital(build: Callable[..., Hospital]) -> Iterator[Hospital]:
    """Monday, 14:00 in Paris. At the end everything has come to rest, and nothing rang or was queued unseen."""
    house = build()
    yield house
    assert not house.sim.trace.debugger, house.sim.trace.debugger
