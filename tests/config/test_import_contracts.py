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

# Where somebody might write it, what he imports, the contract that refuses.
UPWARD = [
    ("web", "config.app", "down"),
    ("web", "webhooks", "down"),
    ("webhooks", "web", "down"),
    ("callbacks", "webhooks.voice", "down"),
    ("scheduling", "callbacks.tables", "down"),
    ("config.texts", "callbacks.house", "down"),
    ("config.embedded", "config.servers", "down"),
    ("ivr", "config.texts", "ivr"),
    ("ivr", "scheduling.rota", "ivr"),
    ("ivr", "sqlalchemy", "pure"),
    ("callbacks", "flask", "use-cases"),
    ("web", "twilio", "carrier"),
    ("callbacks", "twilio", "carrier"),
    ("simulator", "config.settings", "simulator"),
    ("callbacks", "simulator", "application"),
]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the house with all of them in it."""
    house = tmp_path_factory.mktemp("house")
    for room in _contracts()["root_packages"]:
        shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__", "static", "samples"))
    shutil.copy(ROOT / "pyproject.toml", house)
    for number, (room, imported, _) in enumerate(UPWARD):
        (house / room.replace(".", "/") / f"planted_{number}.py").write_text(f"import {imported}\n")
    said = subprocess.run([LINTER, "--no-cache"], cwd=house, capture_output=True, text=True, check=False)
    assert said.returncode == 1, said.stdout + said.stderr
    return said.stdout


def _contracts() -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return settings


@pytest.mark.parametrize("number", range(len(UPWARD)), ids=[f"{room} imports {what}" for room, what, _ in UPWARD])
def test_an_upward_import_is_caught(verdict: str, number: int) -> None:
    room, imported, contract = UPWARD[number]
    assert f"{room}.planted_{number} -> {imported}" in _said_under(verdict, contract)


def _said_under(verdict: str, contract: str) -> str:
    """The lines below the name of one broken contract."""
    names = {each["id"]: each["name"] for each in _contracts()["contracts"]}
    parts = re.split("|".join(f"\n({re.escape(name)})\n-+\n" for name in names.values()), verdict)
    found = [part for part in parts if part is not None]
    return " ".join(found[found.index(names[contract]) + 1].split())
