"""What people hear and read: sentences by key and language, times and numbers in words, the length of an SMS."""

from collections.abc import Mapping
from functools import cache

from config.texts.catalogue import LANGUAGES, BadCatalogue, MissingValue, UnknownText, fill, load
from config.texts.spoken import spoken_digits, spoken_number, spoken_time, which_hour, written_clock, written_time

__all__ = [
    "LANGUAGES",
    "BadCatalogue",
    "MissingValue",
    "UnknownText",
    "catalogues",
    "keys",
    "say",
    "spoken_digits",
    "spoken_number",
    "spoken_time",
    "template",
    "which_hour",
    "written_clock",
    "written_time",
]

_CATALOGUES = load()  # a release with half a catalogue does not start


def say(key: str, language: str = "fr", /, **values: object) -> str:
    """The sentence behind a key ("voice.welcome") with its values; `UnknownText`, `MissingValue`."""
    try:
        words = _CATALOGUES[language][key]
    except KeyError:
        raise UnknownText(f"{key} ({language})") from None
    return fill(key, language, words, values)


def template(key: str, language: str = "fr") -> str:
    """The sentence unfilled, for `gsm7.fit`; `UnknownText`."""
    try:
        return _CATALOGUES[language][key].other
    except KeyError:
        raise UnknownText(f"{key} ({language})") from None


@cache
def keys(section: str = "") -> frozenset[str]:
    """Every key, or those of a section ("sms")."""
    return frozenset(key for key in _CATALOGUES["fr"] if key.startswith(f"{section}." if section else ""))


def catalogues(section: str) -> Mapping[str, Mapping[str, str]]:
    """A section's templates by language and name without the section: what the checker of the flow is handed."""
    prefix = f"{section}."
    return {
        language: {key.removeprefix(prefix): words.other for key, words in entries.items() if key.startswith(prefix)}
        for language, entries in _CATALOGUES.items()
    }
