"""The mail process: it says that it is there, ends when it is asked to, and does not hang on a letter for ever."""

import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from callbacks.tables import heartbeats
from config import mail, serving
from config.database import job_engine

ROOT = Path(__file__).parents[2]

# A letter takes hold of the whole process: no thread of it gets a turn any more.
FROZEN = """
    import ctypes, sys, threading
    from config import mail
    from config.database import job_engine

    class Reader:
        is_stuck = False
        def run(self, stop):
            ctypes.PyDLL(None).sleep(60)  # and keeps the interpreter meanwhile

    mail.run([Reader()], job_engine(sys.argv[1]), "mail:here:1", threading.Event(), frozen_seconds=2.0)
"""


@dataclass
class Reader:
    """Reads for ever, until it is told to stop or is stuck."""

    is_stuck: bool = False
    seen: threading.Event = field(default_factory=threading.Event)

    def run(self, stop: threading.Event) -> None:
        self.seen.set()
        stop.wait(60)


def test_it_gives_signs_of_life_and_ends_when_asked(database: Engine) -> None:
    reader, stop = Reader(), threading.Event()
    running = threading.Thread(target=mail.run, args=([reader], database, "mail:here:1", stop))
    running.start()
    assert reader.seen.wait(20)
    end = time.monotonic() + 20
    while not names(database):
        assert time.monotonic() < end
        time.sleep(0.02)
    stop.set()
    running.join(20)
    assert names(database) == ["mail:here:1"]
    assert not running.is_alive()


def test_a_register_that_is_away_ends_nothing() -> None:
    reader, stop = Reader(), threading.Event()
    nowhere = job_engine("postgresql://rappel24@127.0.0.1:9/none")
    running = threading.Thread(target=mail.run, args=([reader], nowhere, "mail:here:1", stop))
    running.start()
    assert reader.seen.wait(20)
    running.join(0.5)
    assert running.is_alive()
    stop.set()
    running.join(20)
    assert not running.is_alive()


@pytest.mark.timeout(60)
def test_a_letter_that_holds_the_whole_process_ends_it(database_url: str) -> None:
    """Whoever watches it starts another; that letter is set aside by then."""
    began = time.monotonic()
    script = [sys.executable, "-c", textwrap.dedent(FROZEN), database_url]
    ended = subprocess.run(script, capture_output=True, text=True, timeout=50)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert time.monotonic() - began < 40


def test_serve_runs_what_the_procfile_names() -> None:
    named = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert [process.name for process in serving.house(8000, {})] == list(named)
    for process in serving.house(8000, {}):
        assert named[process.name].endswith(" ".join(process.argv[1:]))


def test_who_never_comes_back_from_a_letter_is_not_covered_for(database: Engine) -> None:
    stuck, stop = Reader(is_stuck=True), threading.Event()
    running = threading.Thread(target=mail.run, args=([stuck], database, "mail:here:1", stop))
    running.start()
    assert stuck.seen.wait(20)
    stop.set()
    running.join(20)
    assert names(database) == []


def names(database: Engine) -> list[str]:
    with database.connect() as conn:
        return list(conn.execute(select(heartbeats.c.process)).scalars())
