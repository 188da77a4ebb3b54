"""Each place is read whole: what is put there is seen, in whatever form it is kept."""

import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from sqlalchemy import Engine, text

from tests.leaks import places
from tests.leaks.scanning import Plant, scan

WORDS = "plaie creusée du mollet gauche"
PHRASE = Plant("phrase", WORDS)


def test_a_word_is_seen_in_every_kind_of_thing_that_redis_keeps(redis: Redis) -> None:
    job = zlib.compress(f'["config.jobs.deliver", ["{WORDS}"]]'.encode())
    leaky: dict[str, Callable[[], object]] = {
        "string": lambda: redis.set("kept", WORDS),
        "name of a key": lambda: redis.set(WORDS, "1"),
        "job": lambda: redis.hset("rq:job:1", mapping={"data": job}),
        "list": lambda: redis.rpush("kept", "x", WORDS),
        "set": lambda: redis.sadd("kept", WORDS),
        "sorted set": lambda: redis.zadd("kept", {WORDS: 1}),
        "stream": lambda: redis.xadd("kept", {"body": WORDS}),
    }
    for kind, leak in leaky.items():
        redis.flushdb()
        assert scan("Redis", places.redis_whole(redis), [PHRASE]) == []
        leak()
        assert scan("Redis", places.redis_whole(redis), [PHRASE]), kind


def test_a_word_is_seen_in_a_process_list() -> None:
    idle = [sys.executable, "-c", "print('here', flush=True); input()", WORDS]
    with subprocess.Popen(idle, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        assert scan("ps", places.command_lines([process.pid]), [PHRASE])
        process.communicate(b"\n")
    assert places.command_lines([process.pid]).strip() == b""


def test_a_word_is_seen_in_the_register_as_text_as_json_and_as_bytes(database: Engine) -> None:
    leaky = {
        "alarms": "insert into alarms (key, kind, detail) values ('1', 'x', to_jsonb(cast(:words as text)))",
        "hospitals": "insert into hospitals (name) values (:words)",
        "texts_in": "insert into texts_in (sid, sender, body, at) values ('1', '', convert_to(:words, 'UTF8'), now())",
    }
    assert [table for table, rows in places.rows(database).items() if scan(table, rows, [PHRASE])] == []
    with database.begin() as conn:
        for statement in leaky.values():
            conn.execute(text(statement), {"words": WORDS})
    assert sorted(table for table, rows in places.rows(database).items() if scan(table, rows, [PHRASE])) == sorted(
        leaky
    )


def test_a_word_is_seen_in_a_file_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "2026-11-23").mkdir()
    (tmp_path / "2026-11-23" / "recording").write_bytes(b"RIFF" + WORDS.encode())
    assert scan("the shelf", places.files(tmp_path), [PHRASE])
