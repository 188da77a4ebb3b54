"""A register of our own, rolled back after each test, and a small hospital in it."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from config import servers as embedded
from config.database import job_engine
from tests.scheduling.register import Register

# A busy machine is slow, not wrong.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def scheduling_database(servers: embedded.Urls, _template: str, worker_id: str) -> Iterator[Engine]:
    """One migrated database for all of these tests: none of them commits."""
    name = f"scheduling_{worker_id}"
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}" template "{_template}"')
    engine = job_engine(f"{servers.database.rsplit('/', 1)[0]}/{name}")
    yield engine
    engine.dispose()


@pytest.fixture
def register(scheduling_database: Engine) -> Iterator[Register]:
    """An empty register, in a transaction that nobody else sees."""
    with scheduling_database.connect() as connection:
        yield Register(connection)


WARDS = """\
ward,hospital,name,opening,covered_by,head_name,head_phone,coordinator_name,coordinator_phone,switchboard,timezone
cardio,Cochin,Cardiologie,mon-fri 08:30-18:30,medecine,Dr Roux,0639980090,Mme Blanc,0639980091,0199001000,
medecine,Cochin,Médecine interne,,,Dr Roux,0639980090,Mme Blanc,0639980091,0199001000,
saint-pierre,Réunion Sud,Cardiologie,,,Dr Payet,0692000090,Mme Hoarau,0692000091,0262000000,Indian/Reunion
"""
SENIORS = """\
name,phone,title,wards
Amélie,06 39 98 00 01,PH,cardio;medecine
Bruno,06 39 98 00 02,PH,cardio;medecine
Chloé,06 39 98 00 03,CCA,medecine
Denis,0692 00 00 01,PH,saint-pierre
"""


@pytest.fixture
def hospital(register: Register) -> Register:
    """Cardiology by day covered by medicine, always open; and another cardiology on Réunion, three hours away."""
    assert register.wards(WARDS).ok
    assert register.seniors(SENIORS).ok
    return register
