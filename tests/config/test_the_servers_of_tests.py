"""What tests/conftest.py promises to every other test."""

import socket

import pytest
from redis import Redis
from sqlalchemy import Engine, text


@pytest.mark.parametrize("turn", range(8))
def test_each_test_finds_a_clean_migrated_database(database: Engine, turn: int) -> None:
    with database.begin() as connection:
        assert connection.execute(text("select rate from clock")).scalar_one() == 1
        connection.execute(text("update clock set rate = 3600"))


@pytest.mark.parametrize("turn", range(2))
def test_what_a_test_sets_for_its_database_is_not_set_for_the_next(database: Engine, turn: int) -> None:
    with database.begin() as connection:
        connection.execute(text("update clock set rate = 3600"))
        connection.execute(
            text(
                "do $$ begin execute format('alter database %I set default_transaction_read_only = on',"
                " current_database()); end $$"
            )
        )


@pytest.mark.parametrize("turn", range(2))
def test_each_test_finds_redis_empty(redis: Redis, turn: int) -> None:
    assert redis.dbsize() == 0
    redis.set("left", "behind")


def test_nothing_leaves_this_machine() -> None:
    with pytest.raises(OSError, match="the network is shut"):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
