"""Where something could leak to, as bytes: Redis whole, the register's rows, what a process list shows."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import Engine, inspect, text


def redis_whole(client: Redis) -> bytes:
    """Every key with all that stands under it."""
    return b"\n".join(key + b" " + b" ".join(_under(client, key)) for key in client.scan_iter())


def _under(client: Any, key: bytes) -> Iterator[bytes]:
    match client.type(key):
        case b"string":
            yield client.get(key) or b""
        case b"hash":
            yield from (piece for pair in client.hgetall(key).items() for piece in pair)
        case b"list":
            yield from client.lrange(key, 0, -1)
        case b"set":
            yield from client.smembers(key)
        case b"zset":
            yield from client.zrange(key, 0, -1)
        case b"stream":
            yield from (piece for _, fields in client.xrange(key) for pair in fields.items() for piece in pair)
        case b"none":
            return  # it ended while we looked
        case other:
            raise AssertionError(f"nobody knows how to read a {other!r}")


def command_lines(pids: Iterable[int]) -> bytes:
    """What `ps` shows of these to everybody on the machine."""
    return b"\n".join(_read(Path(f"/proc/{pid}/cmdline")) + b" " + _read(Path(f"/proc/{pid}/comm")) for pid in pids)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def rows(engine: Engine) -> dict[str, bytes]:
    """Every row of every table, as PostgreSQL would print it in a dump."""
    with engine.connect() as conn:
        tables = inspect(conn).get_table_names()
        return {
            table: "\n".join(
                conn.execute(text(f'select cast(row_to_json(t) as text) from "{table}" t')).scalars()
            ).encode()
            for table in tables
        }


def files(folder: Path) -> bytes:
    """All that lies below a folder."""
    return b"\n".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())
