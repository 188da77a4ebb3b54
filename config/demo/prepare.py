"""The demo's database, migrated, with its clock and its hospitals. Then it ends."""

import os
import sys

from sqlalchemy import Engine, inspect

from config import register
from config.assembly import box_of
from config.database import job_engine
from config.demo import accounts, hospitals, identity
from config.embedded.errors import BadServers
from config.settings import Settings, load


def prepare(engine: Engine, settings: Settings, weeks: int = hospitals.FIRST_WEEKS) -> bool:
    """Whether hospitals or shifts were added. BadServers when the database is somebody else's: nothing is touched."""
    if inspect(engine).has_table("wards"):
        with engine.connect() as connection:
            hospitals.refuse_strangers(connection)
    register.migrate(engine)
    register.start_clock(engine, settings)
    with engine.begin() as connection:
        return hospitals.settle(connection, weeks)


def main() -> int:
    """0, or 1 with the reason on standard error."""
    settings = load(os.environ, Settings, dotenv=None)
    assert settings.database_url is not None
    engine = job_engine(settings.database_url.get_secret_value())
    try:
        prepare(engine, settings)
        with engine.begin() as connection:
            accounts.settle(connection, box_of(settings), os.environ[identity.PASSWORD], settings.language)
    except BadServers as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        engine.dispose()
    return 0
