"""Imports point down. A contract that lets an upward import pass is no contract: each is shown one."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

# Where somebody might write it (a new module, or one that exists), what he imports, the contract that refuses.
UPWARD = [
    ("web.planted", "config.app", "down"),
    ("web.planted", "webhooks", "down"),
    ("webhooks.planted", "web", "down"),
    ("callbacks.planted", "webhooks.voice", "down"),
    ("scheduling.planted", "callbacks.tables", "down"),
    ("config.texts", "callbacks.house", "down"),
    ("config.logs", "config.cli", "config"),
    ("config.supervisor", "config.servers", "config"),
    ("ivr.planted", "config.texts", "ivr"),
    ("ivr.planted", "scheduling.rota", "ivr"),
    ("ivr.planted", "sqlalchemy", "pure"),
    ("callbacks.promise", "callbacks.outbox", "pure"),
    ("callbacks.outbox", "callbacks.line", "stores"),
    ("callbacks.planted", "flask", "use-cases"),
    ("web.planted", "twilio", "carrier"),
    ("callbacks.planted", "twilio", "carrier"),
    ("simulator.planted", "config.settings", "simulator"),
    ("callbacks.planted", "simulator", "application"),
]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the house with all of them in it."""
    house = tmp_path_factory.mktemp("house")
    for room in _contracts()["root_packages"]:
        shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__", "static", "samples"))
    shutil.copy(ROOT / "pyproject.toml", house)
    (house / "config/unplaced.py").touch()
    for module, imported, _ in UPWARD:
        with _file(house, module).open("a") as file:
            file.write(f"\nimport {imported}\n")
    said = subprocess.run([LINTER, "--no-cache"], cwd=house, capture_output=True, text=True, check=False)
    assert said.returncode == 1, said.stdout + said.stderr
    return said.stdout


def _file(house: Path, module: str) -> Path:
    path = house / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _contracts() -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return settings


@pytest.mark.parametrize(("module", "imported", "contract"), UPWARD)
def test_an_upward_import_is_caught(verdict: str, module: str, imported: str, contract: str) -> None:
    assert f"{module} -> {imported}" in _said_under(verdict, contract)


def test_a_circle_is_caught(verdict: str) -> None:
    assert "No cycles are allowed in config" in _said_under(verdict, "circles")


def test_a_new_part_of_config_must_be_given_its_place(verdict: str) -> None:
    assert "config.unplaced" in _said_under(verdict, "config")


def _said_under(verdict: str, contract: str) -> str:
    """The lines below the name of one broken contract."""
    names = {each["id"]: each["name"] for each in _contracts()["contracts"]}
    parts = re.split("|".join(f"\n({re.escape(name)})\n-+\n" for name in names.values()), verdict)
    found = [part for part in parts if part is not None]
    return " ".join(found[found.index(names[contract]) + 1].split())
