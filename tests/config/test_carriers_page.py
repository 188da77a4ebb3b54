"""docs/carriers.md names what we ask of a carrier: all of it, and nothing that we no longer ask. Read from the code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import pytest

from callbacks import canary
from callbacks.carrier_language import pressing
from simulator.faults import Unknowns

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/carriers.md"
VERBS = ("say", "play", "pause", "gather", "dial", "number", "record", "redirect", "hangup", "message")
CARRIER = sorted((ROOT / "callbacks").glob("carrier*.py"))
DOORS = [ROOT / "webhooks" / name for name in ("voice.py", "sms.py", "held.py")]
READERS = ("get", "_named")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.title() for word in rest)


def attributes() -> set[str]:
    """`Dial callerId`, `Gather numDigits`, `Hangup`, …"""
    used = set(_written(tree(ROOT / "webhooks/twiml.py")))
    for element in ElementTree.fromstring(pressing(canary.KEYS)):
        used |= {element.tag, *(f"{element.tag} {name}" for name in element.attrib)}
    return used


def _written(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (verb := _verb(node.func)) is not None:
            yield verb
            yield from (f"{verb} {camel(each.arg)}" for each in node.keywords if each.arg)
        if isinstance(node, ast.FunctionDef) and node.name == "_ears":
            keys = [key for each in ast.walk(node) if isinstance(each, ast.Dict) for key in each.keys]
            said = [key.value for key in keys if isinstance(key, ast.Constant)]
            yield from (f"Gather {camel(name)}" for name in said if isinstance(name, str))


def _verb(called: ast.expr) -> str | None:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name.title() if name.lower() in VERBS and name in (*VERBS, "Gather") else None


def resources() -> set[str]:
    """`messages.create`, `calls().fetch`, …: what is asked of the client, and the files that are fetched."""
    return {chain for path in CARRIER for node in ast.walk(tree(path)) if (chain := _chain(node))}


COUNTRIES = "voice.v1.dialing_permissions.countries.list"
ACTS = ("create", "list", "stream", "fetch", "update", "delete")


def _chain(node: ast.AST) -> str:
    """`self._client.messages(sid).media.list` as `messages().media.list`; empty for anything else."""
    if not (isinstance(node, ast.Attribute) and node.attr in ACTS):
        return ""
    parts, at = [node.attr], node.value
    while isinstance(at, ast.Attribute | ast.Call):
        called = isinstance(at, ast.Call)
        named = at.func if isinstance(at, ast.Call) else at
        if not isinstance(named, ast.Attribute):
            return ""
        if named.attr == "_client":
            return ".".join(reversed(parts))
        parts.append(f"{named.attr}()" if called else named.attr)
        at = named.value
    # `countries = self._client.voice.v1.dialing_permissions.countries` stands on a line of its own.
    return COUNTRIES if isinstance(at, ast.Name) and at.id == "countries" else ""


def parameters() -> set[str]:
    """`Digits`, `DialCallStatus`, …: what we read of a webhook."""
    return {name for path in DOORS for node in ast.walk(tree(path)) for name in _read(node)}


def _read(node: ast.AST) -> Iterator[str]:
    found: ast.expr | None = None
    if isinstance(node, ast.Call) and node.args:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        found = node.args[0] if called in READERS else None
    elif isinstance(node, ast.Subscript):
        found = node.slice
    if isinstance(found, ast.JoinedStr):
        found = found.values[0] if isinstance(found.values[0], ast.Constant) else None
    if isinstance(found, ast.Constant) and isinstance(found.value, str) and re.fullmatch(r"[A-Z]\w+", found.value):
        yield found.value


@pytest.mark.parametrize(("what", "used"), [("twiml", attributes()), ("rest", resources()), ("form", parameters())])
def test_the_page_names_what_we_use_and_nothing_else(what: str, used: set[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = text.split(f"<!-- {what} -->")[1].split(f"<!-- /{what} -->")[0]
    named = set(re.findall(r"`([^`]+)`", block))
    assert sorted(used - named) == []
    assert sorted(named - used) == []
    assert len(used) > 10


def test_each_thing_that_nobody_knows_of_the_carrier_is_tried_in_the_protocol() -> None:
    text = (ROOT / "docs/carrier_protocol.md").read_text(encoding="utf-8")
    assert [each.name for each in fields(Unknowns) if f"`{each.name}`" not in text] == []


def test_what_the_protocol_points_at_is_there() -> None:
    text = (ROOT / "docs/carrier_protocol.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z]+/)+[a-z_]+\.(?:py|md))`", text))
    assert len(named) > 5
    assert [each for each in named if not (ROOT / each).exists()] == []
