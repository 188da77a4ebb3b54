"""What the demo says in the terminal, in both languages."""

import sys
from collections.abc import Mapping
from importlib.resources import files

from config.texts.catalogue import LANGUAGES, BadCatalogue, Catalogue, faults, fill, read


def _load() -> Mapping[str, Catalogue]:
    package = files("config.demo")
    found = {name: read(package.joinpath(f"{name}.toml").read_text(encoding="utf-8")) for name in LANGUAGES}
    if wrong := faults(found):
        raise BadCatalogue("\n".join(wrong))
    return found


_CATALOGUES = _load()


def say(key: str, language: str, **values: object) -> str:
    """A sentence of the demo; MissingValue."""
    return fill(key, language, _CATALOGUES[language][f"demo.{key}"], values)


def progress(line: str) -> None:
    """On standard error: standard output is for what was asked."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
