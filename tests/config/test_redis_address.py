"""How Sentinels are written, and what is made of it."""

import pytest

from config import redis_address
from config.database import sqlalchemy_url
from config.redis_address import Sentinels


@pytest.mark.parametrize(
    "address", ["redis://redis.example/0", "rediss://:pass@redis.example:6380", "unix:///run/redis"]
)
def test_one_server_is_no_sentinel(address: str) -> None:
    assert redis_address.sentinels(address) is None
    assert list(redis_address.faults(address)) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "redis+sentinel://one.example,two.example:26380/rappel24",
            Sentinels((("one.example", 26379), ("two.example", 26380)), "rappel24", {"db": 0}, {}, tls=False),
        ),
        (
            "redis+sentinel://line:p%2Fss@[fd00::1]:26380,[fd00::2]/rappel24/3?sentinel_password=other",
            Sentinels(
                (("fd00::1", 26380), ("fd00::2", 26379)),
                "rappel24",
                {"db": 3, "username": "line", "password": "p/ss"},
                {"password": "other"},
                tls=False,
            ),
        ),
        (
            f"rediss+sentinel://:pass@one.example/rappel24?ssl_ca_certs={__file__}&ssl_check_hostname=no",
            Sentinels(
                (("one.example", 26379),),
                "rappel24",
                {"db": 0, "password": "pass", "ssl_ca_certs": __file__, "ssl_check_hostname": False},
                {"ssl_ca_certs": __file__, "ssl_check_hostname": False},
                tls=True,
            ),
        ),
    ],
)
def test_sentinels_are_read_as_they_are_written(address: str, said: Sentinels) -> None:
    assert list(redis_address.faults(address)) == []
    assert redis_address.sentinels(address) == said


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("postgres://u:p@db.example/rappel24", "postgresql+psycopg://u:p@db.example/rappel24"),
        ("postgresql:///rappel24?host=/run/postgresql", "postgresql+psycopg:///rappel24?host=/run/postgresql"),
        (
            "postgresql://u:p@one.example,[fd00::2]:5433/rappel24?target_session_attrs=read-write",
            "postgresql+psycopg://u:p@/rappel24?host=one.example,fd00::2&port=5432,5433&target_session_attrs=read-write",
        ),
    ],
)
def test_an_address_of_the_register_as_our_driver_wants_it(given: str, ours: str) -> None:
    assert sqlalchemy_url(given) == ours
