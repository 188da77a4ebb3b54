"""docs/commitments.md leaves out no promise, and what it names is there: pages, commands, kinds, indicators, files."""

import re
from pathlib import Path

import pytest

from callbacks.figures.definitions import BY_CODE
from callbacks.kinds.kind import defaults
from callbacks.states import OUTCOMES
from tests.config.test_documents import is_a_command

ROOT = Path(__file__).parents[2]
DOORS = {line.split()[2] for line in (ROOT / "tests/web/doors.txt").read_text("utf-8").splitlines() if " GET " in line}
TEXT = (ROOT / "docs/commitments.md").read_text("utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in TEXT.splitlines()
    if re.match(r"\| \d+ \|", line)
]
PROMISES = 32  # of the letter of April 2016 and its slides

HOW = re.compile(r"(core|data|outside|kind `\w+`)(, (kind `\w+`))?")
QUOTED = re.compile(r"(\w+ )?`([^`]+)`")
LINKED = re.compile(r"\]\((?!http|#)([^)#]+)")


def faults(how: str, where: str) -> list[str]:
    """What a row says that is not so."""
    wrong = [] if HOW.fullmatch(how) else [f"neither core, kind, data nor outside: {how}"]
    for before, named in QUOTED.findall(f"{how}; {where}"):
        if not is_there(before.strip(), named):
            wrong.append(named)
    wrong += [path for path in LINKED.findall(where) if not (ROOT / "docs" / path).exists()]
    shown = QUOTED.findall(where) or LINKED.findall(where) or "kind" in how
    return wrong if shown else [*wrong, "names nothing"]


def is_there(before: str, named: str) -> bool:
    """Whether what stands in quotes exists: a `/page`, `rappel24 command`, kind `code`, `OUTCOME`, file, indicator."""
    if named.startswith("/"):
        return named in DOORS or re.sub(r"/\w+$", "/<kind>", named) in DOORS
    if named.startswith("rappel24 "):
        return is_a_command(named.removeprefix("rappel24 "))
    if before == "kind":
        return named in defaults()
    if named.isupper():
        return named in OUTCOMES
    return (ROOT / named).exists() if "/" in named else named in BY_CODE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_a_promise_names_is_there(row: tuple[str, ...]) -> None:
    number, promised, how, where = row
    assert promised
    assert faults(how, where) == [], f"row {number}"


def test_no_promise_is_left_out() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, PROMISES + 1))


def test_every_kind_that_can_be_asked_is_promised_somewhere() -> None:
    assert {named for row in ROWS for before, named in QUOTED.findall(row[2]) if before == "kind "} == set(defaults())


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ("perhaps", "`/lignes`"),
        ("core", "`/nowhere`"),
        ("data", "`rappel24 dance`"),
        ("kind `dance`", "`/lignes`"),
        ("data", "indicator `made_up`"),
        ("data", "[why](decisions/9999.md)"),
        ("outside", "somebody else does it"),
        ("core", "`config/gone.toml`"),
        ("core", "ends as `SOMEHOW`"),
    ],
)
def test_a_row_that_names_what_is_not_there_would_be_seen(how: str, where: str) -> None:
    assert faults(how, where) != []
