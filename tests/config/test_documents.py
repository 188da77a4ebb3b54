"""What the documents say can be shown: each test and each command they name is there."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from config.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = tuple(name for name in ("privacy.md", "threats.md", "reliability.md") if (ROOT / "docs" / name).exists())
NAMED = re.compile(r"`(tests/[^`\s]+?)`")
COMMAND = re.compile(r"`rappel24 ([^`]+)`")
LINKED = re.compile(r"\]\((?!http|#)([^)#]+)")


@cache
def found_in(file: Path) -> frozenset[str]:
    """The names of the tests that a file holds."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def is_there(named: str) -> bool:
    """Whether a test ("tests/x/test_y.py::test_z"), a file of tests or a folder of them exists."""
    path, _, test = named.partition("::")
    file = ROOT / path
    return file.exists() and (not test or test.partition("[")[0] in found_in(file))


def is_a_command(said: str) -> bool:
    """Whether the words begin with a command of ours, its subcommand, and options it knows."""
    found: click.Command = main
    words = shlex.split(said)
    while isinstance(found, click.Group) and words:
        below = found.get_command(click.Context(found), words[0])
        if below is None:
            break
        found, words = below, words[1:]
    known = {name for parameter in found.params for name in parameter.opts}
    return not isinstance(found, click.Group) and all(word in known for word in words if word.startswith("--"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    named, commands, links = NAMED.findall(text), COMMAND.findall(text), LINKED.findall(text)
    assert [each for each in named if not is_there(each)] == []
    assert [each for each in commands if not is_a_command(each)] == []
    assert [each for each in links if not (ROOT / "docs" / each).exists()] == []


def test_the_privacy_page_shows_what_it_says() -> None:
    text = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert len(NAMED.findall(text)) > 30
    assert len(set(COMMAND.findall(text))) > 8


@pytest.mark.parametrize(
    "missing", ["tests/gone.py", "tests/config/test_documents.py::test_that_nobody_wrote", "tests/nowhere/test_x.py"]
)
def test_a_test_that_is_gone_would_be_missed(missing: str) -> None:
    assert not is_there(missing)


@pytest.mark.parametrize("missing", ["dance", "keys", "keys dance", "export calls --loudly", ""])
def test_a_command_that_is_gone_would_be_missed(missing: str) -> None:
    assert not is_a_command(missing)
