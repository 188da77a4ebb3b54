"""The command line of the fuzzer."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO

import psycopg

from config import servers
from config.database import job_engine
from config.migrations import upgrade
from tests.fuzz import guiding, report
from tests.fuzz.doors import ROUND, Done, Job, shoot

TEMPLATE = "fuzz_template"
REQUESTS = 100_000
PARSING = 600.0  # seconds for the parsers, when no time is given
SHARE = 0.5  # of the time that is given
MOST_ROUNDS = 10_000  # of a run whose time is given


def main() -> int:
    """0 when nothing was found, 1 when something was."""
    asked, wrong = _asked(), []
    _say([f"seed {asked.seed}"])
    if asked.only != "parsers":
        wrong += _doors(asked)
    if asked.only != "doors" and not asked.round:
        wrong += _parsers(asked)
    _say(wrong, sys.stderr)
    return 1 if wrong else 0


def _say(lines: Iterable[str], where: TextIO | None = None) -> None:
    for line in lines:
        print(line, file=where, flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=…", description=__doc__)
    parser.add_argument("--seconds", type=float, help="for how long in all; without it, until all is shot")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"at the doors; {REQUESTS}")
    parser.add_argument("--inputs", type=int, help="into each parser, instead of a time")
    parser.add_argument("--seed", default=secrets.token_hex(3), help="what decides all that is shot")
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--only", choices=("doors", "parsers"), help="one of the two")
    parser.add_argument("--round", default="", help="play one round again, by its name")
    return parser.parse_args()


def _doors(asked: argparse.Namespace) -> list[str]:
    began = time.monotonic()
    with _house() as (urls, folder):
        jobs = list(_jobs(asked, urls, folder, began))
        with ProcessPoolExecutor(len(jobs), mp_context=get_context("spawn")) as pool:
            done: list[Done] = list(pool.map(shoot, jobs))
    _say(report.lines(done, time.monotonic() - began))
    return report.faults(done)


def _parsers(asked: argparse.Namespace) -> list[str]:
    if not guiding.possible():
        _say(["the parsers were not tried: atheris is built for Linux on x86-64 alone"])
        return []
    began, seconds = time.monotonic(), (asked.seconds or PARSING) * (1.0 if asked.only else SHARE)
    tried = guiding.guide(seconds, _number(asked.seed), asked.processes, asked.inputs)
    _say(guiding.lines(tried, began))
    return [fault for each in tried for fault in each.faults]


def _number(seed: str) -> int:
    return int(sha256(seed.encode()).hexdigest()[:6], 16)


def _jobs(asked: argparse.Namespace, urls: servers.Urls, folder: Path, began: float) -> Iterator[Job]:
    until = began + asked.seconds * (1.0 if asked.only or asked.round else 1 - SHARE) if asked.seconds else float("inf")
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
