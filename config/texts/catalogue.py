"""The catalogues: every sentence people hear or read, by key and language, from `fr.toml`, `fr/*.toml` and `en` alike.

A key is its section and its name ("voice.welcome"). An entry is a template ("Référence {reference}.") or a table of
`one`, `other` and perhaps `none`, chosen by the value `count`. The languages must hold the same keys and the same
placeholders.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Formatter
from typing import Final

from config.texts.gsm7 import is_gsm7

LANGUAGES: Final = ("fr", "en")
# French counts nought as one: "0 demande", "0 requests".
_SINGULAR: Final[Mapping[str, frozenset[int]]] = {"fr": frozenset({0, 1}), "en": frozenset({1})}


class BadCatalogue(ValueError):
    """The catalogues contradict each other or themselves; every fault is listed."""


class UnknownText(KeyError):
    """No such key, or no such language."""


class MissingValue(KeyError):
    """A placeholder of the template was given no value."""


@dataclass(frozen=True)
class Words:
    """One entry in one language; `one` only where the sentence changes with a count."""

    other: str
    one: str | None = None
    none: str | None = None

    def forms(self) -> tuple[str, ...]:
        """Every template of the entry."""
        return tuple(form for form in (self.none, self.one, self.other) if form is not None)

    def form(self, count: object, language: str) -> str:
        """The template for a count; without one, the plain sentence."""
        if self.none is not None and count == 0:
            return self.none
        return self.one if self.one is not None and count in _SINGULAR[language] else self.other

    def placeholders(self) -> frozenset[str]:
        """What must be filled in; `count` too where it chooses the form."""
        names = {name for form in self.forms() for _, name, _, _ in _fields(form) if name is not None}
        return frozenset(names | ({"count"} if self.one is not None else set()))


Catalogue = Mapping[str, Words]


def load() -> Mapping[str, Catalogue]:
    """The catalogues of this release by language; `BadCatalogue` lists what is wrong with them."""
    catalogues = {language: _together(map(read, _sources(language))) for language in LANGUAGES}
    if found := faults(catalogues):
        raise BadCatalogue("\n".join(found))
    return catalogues


def read(source: str) -> Catalogue:
    """One catalogue out of TOML; an entry that is no sentence is a `BadCatalogue`."""
    catalogue = {}
    for section, entries in tomllib.loads(source).items():
        if not isinstance(entries, dict):
            raise BadCatalogue(f"{section} stands outside any section")
        for name, entry in entries.items():
            catalogue[f"{section}.{name}"] = _words(f"{section}.{name}", entry)
    return catalogue


def faults(catalogues: Mapping[str, Catalogue]) -> list[str]:
    """What is wrong with the catalogues, a line each."""
    return [fault for key in sorted(set().union(*catalogues.values())) for fault in _faults_of(key, catalogues)]


def fill(key: str, language: str, words: Words, values: Mapping[str, object]) -> str:
    """The sentence with its values; surplus values are ignored, a missing one is `MissingValue`."""
    if words.one is not None and "count" not in values:
        raise MissingValue(f"{key} needs count")
    try:
        return words.form(values.get("count"), language).format_map(values)
    except KeyError as missing:
        raise MissingValue(f"{key} needs {missing.args[0]}") from None


def _sources(language: str) -> Iterator[str]:
    here = files(__package__)
    yield here.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    for source in sorted(here.joinpath(language).iterdir(), key=lambda source: source.name):
        yield source.read_text(encoding="utf-8")


def _together(catalogues: Iterable[Catalogue]) -> Catalogue:
    whole: dict[str, Words] = {}
    for catalogue in catalogues:
        if twice := sorted(whole.keys() & catalogue.keys()):
            raise BadCatalogue(f"said in two files: {', '.join(twice)}")
        whole |= catalogue
    return whole


def _words(key: str, entry: object) -> Words:
    match entry:
        case str():
            return Words(entry)
        case dict() if _counted(entry):
            return Words(**entry)
        case _:
            raise BadCatalogue(f"{key} is neither a sentence nor a table of one and other")


def _counted(entry: Mapping[str, object]) -> bool:
    return {"one", "other"} <= set(entry) <= {"none", "one", "other"} and all(
        isinstance(v, str) for v in entry.values()
    )


def _faults_of(key: str, catalogues: Mapping[str, Catalogue]) -> Iterator[str]:
    known = {language: catalogue[key] for language, catalogue in catalogues.items() if key in catalogue}
    yield from (f"{key} has no words in {language}" for language in catalogues if language not in known)
    broken = [f"{key} ({language}) {fault}" for language, words in known.items() for fault in _faults_in(key, words)]
    yield from broken
    if not broken and len({words.placeholders() for words in known.values()}) > 1:
        shown = "; ".join(f"{language}: {_listed(words)}" for language, words in known.items())
        yield f"{key} has different placeholders ({shown})"


def _faults_in(key: str, words: Words) -> Iterator[str]:
    for form in words.forms():
        try:
            fields = _fields(form)
        except ValueError as error:
            yield f"has broken braces: {error}"
            continue
        if not form.strip():
            yield "is empty"
        if any(name is not None and (not name.isidentifier() or spec or how) for _, name, spec, how in fields):
            yield "has a placeholder that is not a plain name"
        # One letter outside GSM-7 more than halves an SMS.
        if key.startswith("sms.") and not is_gsm7(form):
            yield f"leaves GSM-7: {' '.join(sorted({letter for letter in form if not is_gsm7(letter)}))}"


def _fields(form: str) -> Sequence[tuple[str, str | None, str | None, str | None]]:
    """What stands in braces; every process reads every sentence at its start, and most have none. ValueError."""
    return tuple(Formatter().parse(form)) if "{" in form or "}" in form else ()


def _listed(words: Words) -> str:
    return ", ".join(sorted(words.placeholders())) or "none"
