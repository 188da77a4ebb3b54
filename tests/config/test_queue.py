"""The doorbell rings when it can, and never keeps anybody waiting."""

import json
import socket
import time
import zlib
from uuid import UUID

import pytest
from redis import Redis

from config.queue import ENOUGH, QUEUE, TIMEOUT_SECONDS, Doorbell

RECORDING = UUID("11111111-2222-3333-4444-555555555555")


def rung(redis: Redis) -> list[list[object]]:
    """Function and arguments of what waits for a worker."""
    found = []
    for id in redis.lrange(f"rq:queue:{QUEUE}", 0, -1):
        data = redis.hget(f"rq:job:{_text(id)}", "data")
        assert isinstance(data, bytes)
        function, _, args, kwargs = json.loads(zlib.decompress(data))
        assert kwargs == {}
        found.append([function, *args])
    return found


def _text(id: bytes | str) -> str:
    return id if isinstance(id, str) else id.decode()


def test_an_id_alone_travels_as_json(redis: Redis, redis_url: str) -> None:
    bell = Doorbell(redis_url)
    bell.ring("deliver", 12)
    bell.ring("fetch", RECORDING)
    assert rung(redis) == [["callbacks.jobs.deliver", 12], ["callbacks.jobs.fetch", str(RECORDING)]]


def test_a_ring_nobody_hears_is_forgotten(redis: Redis, redis_url: str) -> None:
    Doorbell(redis_url).ring("deliver", 12)
    (id,) = redis.lrange(f"rq:queue:{QUEUE}", 0, -1)
    assert redis.hget(f"rq:job:{_text(id)}", "ttl") == b"60"


def test_rings_do_not_pile_up_in_front_of_workers_who_are_behind(redis: Redis, redis_url: str) -> None:
    bell = Doorbell(redis_url)
    for id in range(3 * ENOUGH):
        bell.ring("deliver", id)
    assert len(rung(redis)) == ENOUGH
    assert bell.room() == 0
    redis.flushdb()
    assert bell.room() == ENOUGH


def test_whether_a_worker_works_is_asked_before_all_that_waits(redis: Redis, redis_url: str) -> None:
    """Behind eight rings, each worked at for seconds, a busy worker was called silent."""
    bell = Doorbell(redis_url)
    for id in range(ENOUGH):
        bell.ring("deliver", id)
    assert bell.rings("beat", 0)
    assert rung(redis) == [["callbacks.jobs.beat", 0], *(["callbacks.jobs.deliver", id] for id in range(ENOUGH))]


def test_nobody_answers_to_another_name(redis_url: str) -> None:
    with pytest.raises(ValueError, match="dance"):
        Doorbell(redis_url).ring("dance", 1)


def test_without_redis_nothing_is_raised_and_it_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    bell = Doorbell(f"redis://127.0.0.1:{port}/0")
    bell.ring("deliver", 12)
    assert not bell.rings("deliver", 12)


def test_a_redis_that_hangs_is_waited_for_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bell = Doorbell(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        for _ in range(20):
            bell.ring("deliver", 12)
        assert time.monotonic() - began < 20 * TIMEOUT_SECONDS / 2
