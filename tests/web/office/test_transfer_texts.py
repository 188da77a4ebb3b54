"""Whatever a reader of files may find wrong has its sentence; and no sentence waits for a fault that is gone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scheduling.importing
from config import texts
from scheduling.importing import preview

READERS = [
    path
    for path in Path(scheduling.importing.__path__[0]).glob("*.py")
    if path.stem in ("said", "table", "xlsx", "layout", "grid", "ics", "reading", "written", "preview")
]
# Chosen by a value, not by a word in the call.
CHOSEN = {
    "fault": {
        *("all_day", "no_start", "no_end", "ends_before_start"),
        *("day_incomplete", "day_not_asked"),
        *("repeats_too_often", "repeats_strangely", "repeats_for_ever"),
    }
}


def codes() -> Iterator[tuple[str, str]]:
    """The kind and code of each fault, note and refusal that the readers write."""
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                said = [each.value for each in node.args if isinstance(each, ast.Constant)]
                kind = {"fault": "fault", "Fault": "fault", "Unclear": "fault", "note": "note", "BadFile": "file"}.get(
                    name
                )
                if kind and said:
                    yield kind, str(said[-1])


WRITTEN = {*codes(), *((kind, code) for kind, found in CHOSEN.items() for code in found)}
SPOKEN = {
    (kind, key.removeprefix(f"transfer.{kind}_"))
    for key in texts.keys("transfer")
    for kind in ("fault", "note", "file")
    if key.startswith(f"transfer.{kind}_")
}
LABELS = {("file", "hint")}  # of a field


def test_each_fault_has_its_sentence_and_each_sentence_its_fault() -> None:
    assert len(WRITTEN) > 40
    assert WRITTEN - {("fault", "")} == SPOKEN - LABELS


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_each_sentence_says_what_to_do(language: str) -> None:
    """A refusal alone helps nobody: there is a second clause."""
    for kind, code in SPOKEN - LABELS:
        if kind != "note":
            words = texts.template(f"transfer.{kind}_{code}", language)
            assert words.count(".") + words.count(":") >= 2 or ". " in words, (kind, code)


def test_an_import_is_named_in_the_trail() -> None:
    assert f"trail.what_{preview.WHAT.replace('.', '_')}" in texts.keys("trail")
