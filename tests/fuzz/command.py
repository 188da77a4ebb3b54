"""The command line of the fuzzer."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import psycopg

from config import servers
from config.database import job_engine
from config.migrations import upgrade
from tests.fuzz import report
from tests.fuzz.doors import ROUND, Done, Job, shoot

TEMPLATE = "fuzz_template"
REQUESTS = 100_000
MOST_ROUNDS = 10_000  # of a run whose time is given


def main() -> int:
    """0 when nothing was found, 1 when something was."""
    asked = _asked()
    wrong = _doors(asked)
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=…", description=__doc__)
    parser.add_argument("--seconds", type=float, help="for how long in all; without it, until all is shot")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"at the doors; {REQUESTS}")
    parser.add_argument("--seed", default=secrets.token_hex(3), help="what decides all that is shot")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--round", default="", help="play one round again, by its name")
    return parser.parse_args()


def _doors(asked: argparse.Namespace) -> list[str]:
    began = time.monotonic()
    print(f"seed {asked.seed}")  # noqa: T201
    with _house() as (urls, folder):
        jobs = list(_jobs(asked, urls, folder, began))
        with ProcessPoolExecutor(len(jobs), mp_context=get_context("spawn")) as pool:
            done: list[Done] = list(pool.map(shoot, jobs))
    for line in report.lines(done, time.monotonic() - began):
        print(line)  # noqa: T201
    return report.faults(done)


def _jobs(asked: argparse.Namespace, urls: servers.Urls, folder: Path, began: float) -> Iterator[Job]:
    until = began + asked.seconds if asked.seconds else float("inf")
    rounds = MOST_ROUNDS if asked.seconds else -(-asked.requests // ROUND)
    processes = 1 if asked.round else asked.processes
    for number in range(processes):
        seeds = [asked.round] if asked.round else [f"{asked.seed}:{each}" for each in range(number, rounds, processes)]
        name = f"fuzz{number}"
        yield Job(urls.database, urls.redis, TEMPLATE, folder / name, name, seeds, until=until)


@contextmanager
def _house() -> Iterator[tuple[servers.Urls, Path]]:
    """Servers of this run's own, a migrated database to copy, and a folder for what is kept in files."""
    home = Path(tempfile.mkdtemp(prefix="rappel24-fuzz-"))
    home.chmod(0o755)  # as root, the servers run under another account
    try:
        with servers.running(home / "home", durable=False) as urls:
            with psycopg.connect(urls.database.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f"create database {TEMPLATE}".encode())
            engine = job_engine(f"{urls.database.rsplit('/', 1)[0]}/{TEMPLATE}")
            upgrade(engine)
            engine.dispose()
            yield urls, home
    finally:
        shutil.rmtree(home, ignore_errors=True)
