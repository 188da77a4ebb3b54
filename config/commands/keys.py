"""`rappel24 keys`: which key seals how much, and everything sealed anew with the newest."""

import sys
import time
from collections.abc import Callable, Sequence

import click
from sqlalchemy import Engine

from callbacks.keys import rotating, standing
from callbacks.keys.rotating import Work
from callbacks.keys.standing import Standing
from callbacks.shelf import Shelf
from config.assembly import box_of, shelf_of
from config.commands.shared import Refused, opened, settings_here
from config.settings import Settings

SHOWN = 20  # ids of what no key opens; the log has them all
QUIET_SECONDS = 1.0  # between two words of progress about one place


@click.group()
def keys() -> None:
    """The keys that messages, texts, pictures, second factors and numbers are sealed with."""


@keys.command()
def status() -> None:
    """Count what lies sealed under each key; exit code 1 when a key is missed."""
    settings = settings_here(Settings)
    with opened(settings) as engine:
        standings = _standings(engine, settings)
    click.echo("\n".join(map(_line, standings)))
    sys.exit(1 if any(each.is_missed for each in standings) else 0)


@keys.command()
def rotate() -> None:
    """Seal everything anew with the first key of ENCRYPTION_KEYS, while the line runs; stopped, it goes on next time.

    Exit code 1 when something is still sealed by another key: what no key opens stays as it is.
    """
    settings = settings_here(Settings)
    with opened(settings) as engine:
        work = _rotated(engine, shelf_of(settings))
        standings = _standings(engine, settings)
    _tell_of_the_rest(work)
    click.echo("\n".join(map(_line, standings)))
    sys.exit(1 if any(_is_left(each, settings.seals) for each in standings) else 0)


def _is_left(each: Standing, sealing: bool) -> bool:
    """Whether something still lies otherwise than it should; in clear nothing does while SEAL_NUMBERS is off."""
    should = each.given == 1 or (each.key is None and not sealing)
    return each.total > 0 and not should


def _standings(engine: Engine, settings: Settings) -> list[Standing]:
    return standing.by_key(box_of(settings), standing.count(engine, shelf_of(settings)))


def _rotated(engine: Engine, shelf: Shelf) -> Work:
    try:
        return rotating.rotate(engine, shelf, _telling())
    except OSError as failure:
        raise Refused(f"{shelf.folder}: {failure.strerror}; put it right and run this again, it goes on") from None


def _telling() -> Callable[[str, int], None]:
    """Progress on standard error: the first word of a place at once, then one a second."""
    told: dict[str, float] = {}

    def tell(place: str, number: int) -> None:
        if time.monotonic() - told.get(place, -QUIET_SECONDS) >= QUIET_SECONDS:
            told[place] = time.monotonic()
            click.echo(f"{place}: {number} brought in order", err=True)

    return tell


def _tell_of_the_rest(work: Work) -> None:
    for place, number in work.done.items():
        click.echo(f"{place}: {number} brought in order in all", err=True)
    _list("no key opens these, and they stay as they are", sorted(work.unreadable))
    _list("these files are gone", sorted(work.gone))


def _list(what: str, ids: Sequence[str]) -> None:
    if ids:
        more = [f"and {len(ids) - SHOWN} more"] if len(ids) > SHOWN else []
        click.echo("\n  ".join([f"{what}:", *ids[:SHOWN], *more]), err=True)


def _line(each: Standing) -> str:
    name = each.key.hex() if each.key else "none"
    held = ", ".join(f"{place} {number}" for place, number in each.held.items())
    return f"{name}  {_whose(each)}: {held or 'nothing'}{'; it can go' if each.can_go else ''}"


def _whose(each: Standing) -> str:
    if each.key is None:
        return "in clear"
    if each.given is None:
        return "not in ENCRYPTION_KEYS, nobody can read what it sealed"
    return "seals" if each.given == 1 else f"opens (number {each.given} of ENCRYPTION_KEYS)"
