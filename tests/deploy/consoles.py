"""What a document tells its reader to type, and what it names."""

import re
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import click

from config.cli import main

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^ *```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HERE = re.compile(r"<<'(\w+)'\n.*?^\1$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
# However it is called: by a path, of a release, with other settings before it.
_OURS = re.compile(
    r"(?:^|[|;&{(]|\bsudo\s)\s*(?:[A-Z][A-Z0-9_]*=\S+\s+)*(?:[\w\"$./-]*/)?rappel24(?=\s|$) *([^|;>&#\n]*)"
)
_EITHER = re.compile(r"(?<=\w)\|(?=\w)")
_ENDS = " # "


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """What is to be typed, block by block."""
    return _BLOCK.findall(text)


def inline(text: str) -> list[str]:
    """What stands between backquotes in the prose."""
    return _INLINE.findall(_BLOCK.sub("", text))


def commands(text: str) -> Iterator[list[str]]:
    """The words behind each `rappel24`; `export|erase` is both."""
    typed = (_HERE.sub("", block) for block in blocks(text))
    lines = [line.split(_ENDS)[0] for block in typed for line in block.splitlines()]
    for line in [*lines, *(each for each in inline(text) if each.startswith("rappel24 "))]:
        for said in _OURS.findall(_EITHER.sub("/", line)):
            yield from map(list, product(*(word.split("/") if _is_choice(word) else [word] for word in _words(said))))


def _is_choice(word: str) -> bool:
    return re.fullmatch(r"[a-z]+(/[a-z]+)+", word) is not None


def _words(said: str) -> list[str]:
    try:
        return shlex.split(said)
    except ValueError:  # the rest of a quoted word lies behind a bar or a bracket
        return said.split()


def fault_of(words: list[str]) -> str | None:
    """Why the command line does not know these words; None when it does."""
    found: click.Command = main
    rest = list(words)
    while isinstance(found, click.Group) and rest:
        below = found.get_command(click.Context(found), rest[0])
        if below is None:
            break
        found, rest = below, rest[1:]
    known = {name for parameter in found.params for name in parameter.opts} | {"--help", "--version"}
    strange = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    if strange:
        return f"{' '.join(words)}: no {strange[0]}"
    if isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
        return f"{' '.join(words)}: no {rest[0]}"
    return None


def anchors(text: str) -> set[str]:
    """What a link may point at in it: its headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
