"""Who starts the line waits for nothing that few people use: it is loaded when the first of them does."""

import ast
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from config import cli
from config.lazily import lazily

ROOT = Path(__file__).parents[2]
ROOMS = ("ivr", "callbacks", "scheduling", "webhooks", "web", "config")
# Spreadsheets, PDF, calendars, the provider's sign-in, letters as they come from a mailbox.
FOR_FEW = {
    *("openpyxl", "numpy", "reportlab", "PIL", "icalendar", "recurring_ical_events", "authlib", "joserfc"),
    *("webhooks.mail.letter", "webhooks.mail.guards", "aiosmtpd", "imap_tools"),
}
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "PUBLIC_URL": "https://rappel24.example",
    "SECRET_KEY": "a secret of thirty-two characters",
    "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "12345",
    "LINE_NUMBER": "+33199002424",
    "SWITCHBOARD_NUMBER": "+33199002400",
    "RAPPEL24_LANGUAGE": "fr",
}
# Printed by the process itself: what it loaded, its threads, and what it is connected to.
FOUND = """
import json, os, sys, threading
held = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
sockets = [fd for fd in held if "socket:" in os.path.realpath(f"/proc/self/fd/{fd}")]
print(json.dumps({"loaded": sorted(sys.modules), "threads": threading.active_count(), "sockets": len(sockets)}))
"""


def started(statement: str) -> dict[str, object]:
    done = subprocess.run(
        (sys.executable, "-c", statement + FOUND),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_web_loads_nothing_that_few_use_and_is_safe_to_fork() -> None:
    """gunicorn makes the application before it forks: a thread or a connection would be shared, and broken, by all."""
    found = started("from config.app import create_app; create_app()")
    loaded = found["loaded"]
    assert isinstance(loaded, list)
    assert FOR_FEW.isdisjoint(loaded), FOR_FEW & set(loaded)
    assert len([name for name in loaded if name.startswith("web.office.")]) > 30
    assert (found["threads"], found["sockets"]) == (1, 0)


def test_the_worker_and_the_tick_load_no_more() -> None:
    loaded = started("import config.worker, config.tick")["loaded"]
    assert isinstance(loaded, list)
    assert FOR_FEW.isdisjoint(loaded), FOR_FEW & set(loaded)


@pytest.fixture
def rare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of its own for each test, which tells how often it was loaded."""
    name = f"rare_{tmp_path.name}"
    loads = (
        "import builtins, time\nbuiltins.print(end='')\nTIMES = []\nTIMES.append(1)\ntime.sleep(0.05)\nDONE = True\n"
    )
    (tmp_path / f"{name}.py").write_text(loads)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_it_is_loaded_by_the_first_who_uses_it(rare: str) -> None:
    module = lazily(rare)
    assert rare not in sys.modules
    assert module.DONE
    assert sys.modules[rare].TIMES is module.TIMES


def test_two_who_use_it_at_once_wait_for_one_whole_module(rare: str) -> None:
    module, seen = lazily(rare), []
    both = [threading.Thread(target=lambda: seen.append(module.DONE)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert seen == [True, True]
    assert module.TIMES == [1]


def test_what_does_not_exist_is_said_to_who_uses_it() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = lazily("no_such_module").anything


def named() -> Iterator[tuple[Path, str, set[str]]]:
    """Every module loaded later: by which file, and what that file imports for the type checker alone."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            known = {
                f"{node.module}.{alias.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            for node in ast.walk(tree):
                match node:
                    case ast.Call(func=ast.Name(id="lazily"), args=[ast.Constant(value=str(name))]):
                        yield path, name, known


def test_no_wall_is_passed_by_loading_later() -> None:
    """The import contracts read imports: a module of ours stands in one too, and what they forbid is not loaded so."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    walls = {name for contract in contracts for name in contract.get("forbidden_modules", ())} - {*ROOMS}
    found = list(named())
    assert len(found) > 5
    for path, name, known in found:
        assert name.split(".")[0] not in walls, (path, name)
        assert name.split(".")[0] not in ROOMS or name in known, f"{path}: {name} is not imported for its types"


def test_the_command_line_lists_what_it_has_not_loaded() -> None:
    """Whoever asks for help sees every command; each that is named is there, and says what it is for."""
    for group, elsewhere in ((cli.main, cli.ELSEWHERE), (cli.main.commands["admin"], cli.BY_HAND)):
        assert isinstance(group, click.Group)
        context = click.Context(group)
        assert elsewhere.keys() <= set(group.list_commands(context))
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            assert (found.name, bool(found.help)) == (name, True)
        assert group.get_command(context, "nothing") is None


def test_serve_and_migrate_load_no_other_command() -> None:
    loaded = started("import config.cli")["loaded"]
    assert isinstance(loaded, list)
    others = {
        "config.demo",
        "config.doctor",
        "config.commands.keys",
        "callbacks.exports",
        "scheduling.importing",
        "twilio",
    }
    assert others.isdisjoint(loaded), others & set(loaded)
