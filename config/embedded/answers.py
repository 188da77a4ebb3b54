"""Whether the servers of a place answer: the right ones, not a neighbour's on the same port."""

import os
import socket
from pathlib import Path

import psycopg

from config.embedded.place import Place

PATIENCE = 1.0  # seconds; on loopback


def answers(place: Place) -> bool:
    """Both of them, each from its own data folder."""
    return valkey_answers(place) and postgres_answers(place)


def postgres_answers(place: Place) -> bool:
    try:
        with psycopg.connect(
            host="127.0.0.1",
            port=place.postgres_port,
            user="rappel24",
            password=place.postgres_password,
            dbname="rappel24",
            connect_timeout=2,
        ) as connection:
            row = connection.execute("show data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and _same(str(row[0]), place.postgres_data)


def valkey_answers(place: Place) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", place.valkey_port), PATIENCE) as line:
            line.sendall(f"AUTH {place.valkey_password}\r\nCONFIG GET dir\r\n".encode())
            said = _everything(line)
    except OSError:
        return False
    return said.startswith(b"+OK\r\n*2\r\n") and _same(os.fsdecode(said.split(b"\r\n")[5]), place.valkey_data)


def _everything(line: socket.socket) -> bytes:
    """+OK, then an array of two strings: six lines; or one line of refusal."""
    said = b""
    while said.count(b"\r\n") < 6 and not said.startswith(b"-"):
        chunk = line.recv(4096)
        if not chunk:
            break
        said += chunk
    return said


def _same(said: str, folder: Path) -> bool:
    return Path(said).resolve() == folder.resolve()
