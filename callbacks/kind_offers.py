"""What may be asked of a hospital by a key after the ward, besides advice, which is asked nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from callbacks.kind_words import OTHER
from callbacks.kinds.kind import BadKind, Kind, defaults, read

MENU = "3"  # the key behind which the menu stands: a kind's key "32" is 2 in it
Changed = Mapping[str, Any]  # a row of `kinds`: its hospital's name (None: of every hospital), code, settings


def standing(changed: Iterable[Changed], hospital: str | None) -> Mapping[str, Kind]:
    """The kinds that count in this hospital, by code; `changed`: what administrators changed, a hospital's own first.

    Settings that this release cannot read are passed over: whoever files by them raises the alarm.
    """
    found: dict[str, Kind] = {}
    for row in changed:
        if row["hospital"] in (None, hospital) and row["code"] not in found:
            found |= _readable(row)
    return {**defaults(), **found}


def _readable(row: Changed) -> dict[str, Kind]:
    try:
        return {row["code"]: read(row["code"], row["settings"])}
    except (BadKind, KeyError):  # another release may know more
        return {}


def offers(kinds: Mapping[str, Kind]) -> list[list[str]]:
    """What may be keyed after the ward: kinds with a key of their own, then the menu, if there is anything in it."""
    keyed = [[code, key] for key, code in sorted(_keys(kinds)) if not key.startswith(MENU)]
    return [*keyed, *([[OTHER, MENU]] if menu(kinds) else [])]


def menu(kinds: Mapping[str, Kind]) -> list[list[str]]:
    """What the menu offers, in the order of its keys."""
    return [[code, key.removeprefix(MENU)] for key, code in sorted(_keys(kinds)) if key.startswith(MENU)]


def keyed(kinds: Mapping[str, Kind], key: str) -> Kind | None:
    """The kind of this key: "2", "31"; None: it means nothing here."""
    return next((kinds[code] for other, code in _keys(kinds) if other == key), None)


def _keys(kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str]]:
    return ((kind.key, kind.code) for kind in kinds.values() if kind.key and kind.offered and not kind.reverse)
