"""A database that leaves in the middle of a transaction: what is said of it, and who is lent a connection after it."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from config.database import is_away, job_engine, web_engine
from config.patience import give_up_in

MAKERS = (web_engine, job_engine)


@pytest.fixture(params=MAKERS, ids=["web", "job"])
def engine(request: pytest.FixtureRequest, database_url: str) -> Iterator[Engine]:
    """Of the doors, and of what runs behind them."""
    maker: Callable[[str], Engine] = request.param
    give_up_in(None)  # a test before this one may have been a caller in this thread
    made = maker(database_url)
    yield made
    made.dispose()


def idles(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("set local idle_in_transaction_session_timeout = 20"))
        time.sleep(0.3)
        conn.execute(text("select :number"), {"number": "+33639989001"})


def test_who_idles_in_a_transaction_is_told_that_the_database_is_away_and_the_next_one_is_served(
    engine: Engine,
) -> None:
    with pytest.raises(OperationalError) as raised:
        idles(engine)
    assert is_away(raised.value)
    assert "+33639989001" not in str(raised.value)
    with engine.begin() as conn:
        assert conn.execute(text("select 1")).scalar_one() == 1


def _idles(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("set local idle_in_transaction_session_timeout = 20"))
        time.sleep(0.3)
        conn.execute(text("select :number"), {"number": "+33639989001"})


@pytest.mark.parametrize("wrong", ["select 1 / 0", "select nothing", "savepoint a; release b"])
def test_what_was_asked_wrongly_is_no_database_that_is_away(engine: Engine, wrong: str) -> None:
    with pytest.raises(DBAPIError) as raised, engine.begin() as conn:
        conn.exec_driver_sql(wrong)
    assert not is_away(raised.value)
