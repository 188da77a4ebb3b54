"""The processes of a running line, and how to kill them."""

import os
import shlex
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.contract.installation import TREE, Installation, wait_until

BACK_WITHIN = 1.0  # seconds until the process is there again; what it imports then takes as long as the machine lets it
LOOKING = 3.0  # what looking costs when the machine is busy
GONE_WITHIN = 30.0  # what a dead process had begun to send may end first


def words(part: str) -> set[str]:
    """What marks the command of a process, as the Procfile says it."""
    lines = dict(line.split(":", 1) for line in (TREE / "Procfile").read_text().splitlines())
    return {word for word in shlex.split(lines[part]) if word == "gunicorn" or word.startswith("config.")}


def below(pid: int) -> list[int]:
    """The process and all its descendants, nearest first."""
    found = [pid]
    for one in found:
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            for task in Path(f"/proc/{one}/task").glob("*/children"):
                found += [int(child) for child in _read(task).split()]
    return found


def process(line: Installation, part: str) -> int | None:
    """The one that runs this part and that `serve` watches."""
    assert line.process is not None
    marks = words(part)
    return next((p for p in below(line.process.pid)[1:] if marks <= set(_read(f"/proc/{p}/cmdline").split("\0"))), None)


def kill(line: Installation, part: str, *, with_children: bool = False) -> None:
    """SIGKILL; it is back within a second, and soon nothing is left of the old one."""
    dead = process(line, part)
    assert dead is not None, f"there is no {part}"
    family = below(dead)
    for pid in family if with_children else [dead]:
        with suppress(ProcessLookupError):  # a job that was done
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: process(line, part) not in (None, *family), BACK_WITHIN + LOOKING, line.tail)
    wait_until(lambda: not running(family), GONE_WITHIN, lambda: said_of(family))


def _read(path: Path | str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def sent_to(line: Installation, *numbers: str) -> Counter[tuple[str, str]]:
    """Every text the carrier took over for them, and how often."""
    messages = line.carrier.messages.values()
    return Counter((m.recipient, m.body) for m in messages if m.direction != "inbound" and m.recipient in numbers)


def running(pids: list[int]) -> list[int]:
    """Those that still do something; a zombie does not."""
    return [pid for pid in pids if _read(f"/proc/{pid}/stat") and ") Z " not in _read(f"/proc/{pid}/stat")]


def said_of(pids: list[int]) -> str:
    """What those who are still there are."""
    return "\n".join(f"{pid}: {_read(f'/proc/{pid}/cmdline')} {_read(f'/proc/{pid}/stat')}" for pid in running(pids))
