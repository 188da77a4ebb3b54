"""`rappel24 practitioner`, `rappel24 person`: everything about somebody handed out, or forgotten, on his request."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import click
from sqlalchemy import Connection, Engine

from callbacks import readings
from callbacks.readings import How, What
from callbacks.retention import purging
from callbacks.rights import erasing, of_colleague, of_practitioner, subjects
from callbacks.rights.dossier import Dossier
from callbacks.rights.erasing import Erased, Why
from callbacks.rights.erasing import Refused as NotErased
from callbacks.rights.subjects import Nobody, Several
from config import admin, clock, serving
from config.assembly import box_of, shelf_of
from config.commands.shared import Refused, opened
from config.numbers import BadNumber
from config.settings import BadSettings, Settings
from scheduling.planning.trail import Actor

BY = Actor(None, "rappel24")
WHY = {
    Why.OPEN: "a request of his is not closed: {references}",
    Why.TO_SORT: "a message of his waits to be sorted",
    Why.HELD: "what is kept about him is on hold {references}",
    Why.ON_ITS_WAY: "a call, a message or a picture of his is still on its way; try again in some minutes",
    Why.HERE: "he has not left: take him out of the directory of seniors first",
}
KEPT = {
    "at_the_carrier": "recordings that the carrier still keeps; the line deletes them there in some minutes",
    "shared_numbers": "numbers that others have too: calls from them that name nobody may be theirs",
    "trail": "lines of the trail of the rota that name him; the rule for `trail` forgets them",
    "took_charge_of": "requests that he took charge of or closed, by a number instead of his name",
    "answered": "answers that he wrote to GPs; the rule for `answers` forgets them",
}
Found = TypeVar("Found")


@click.group()
def practitioner() -> None:
    """Everything about one GP, on his request. WHO: his telephone number, RPPS number or e-mail address."""


@practitioner.command(name="export")
@click.argument("who")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The ZIP archive to write.")
def export_practitioner(who: str, to: Path) -> None:
    """Write all that is kept about WHO: a file of data, sounds, pictures. It is health data: hand it to him alone."""
    settings = _settings()
    with opened(settings) as engine:
        subject = _noted(engine, lambda conn: subjects.practitioner(conn, who), lambda one: f"practitioner:{one.id}")
        with engine.begin() as conn:
            _write(of_practitioner.read(conn, shelf_of(settings), subject, clock.read(conn).now), to)


@practitioner.command(name="erase")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def erase_practitioner(who: str, yes: bool) -> None:
    """Forget WHO: his name, numbers, address, words, and the answers to them. Figures stay. It cannot be undone."""
    box = box_of(_settings())

    def act(conn: Connection) -> Erased | NotErased:
        return erasing.practitioner(conn, clock.read(conn), BY, meant(lambda: subjects.practitioner(conn, who)), box)

    _erase(yes, act)


@click.group()
def person() -> None:
    """What is kept about one of the house, on his request. WHO: his number; his id, when another has it since."""


@person.command(name="export")
@click.argument("who")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The ZIP archive to write.")
def export_person(who: str, to: Path) -> None:
    """Write his entry, duties, absences, what he took charge of, heard and was told; not what GPs said."""
    with opened(_settings()) as engine:
        one = _noted(engine, lambda conn: subjects.colleague(conn, who), lambda one: f"person:{one.id}")
        with engine.begin() as conn:
            _write(of_colleague.read(conn, one, clock.read(conn).now), to)


@person.command(name="erase")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def erase_person(who: str, yes: bool) -> None:
    """Forget one of the house who has left: his name, numbers, absences, what he was told. It cannot be undone."""
    _erase(
        yes, lambda conn: erasing.colleague(conn, clock.read(conn), BY, meant(lambda: subjects.colleague(conn, who)))
    )


def _erase(yes: bool, act: Callable[[Connection], Erased | NotErased]) -> None:
    if not yes:
        click.confirm("Destroy it for good?", abort=True, err=True)
    settings = _settings()
    with opened(settings) as engine:
        with engine.begin() as conn:
            done = act(conn)
        if isinstance(done, NotErased):
            raise Refused(WHY[done.why].format(references=", ".join(done.references)).strip())
        purging.sweep(engine, shelf_of(settings))
    for kind, count in done.gone.items():
        click.echo(f"{kind}: {count} destroyed")
    for kept, count in done.kept.items():
        click.echo(f"kept: {count} {KEPT[kept]}")


def _noted(engine: Engine, find: Callable[[Connection], Found], about: Callable[[Found], str]) -> Found:
    """Who is meant; that everything about him is read now is on the log before a word of it is written out."""
    with engine.begin() as conn:
        found = meant(lambda: find(conn))
        readings.note(conn, What.PERSON, about(found), how=How.COMMAND, moment=clock.read(conn))
    return found


def meant(find: Callable[[], Found]) -> Found:
    """Whom `find` finds. Raises Refused, which says why nobody can be meant."""
    try:
        return find()
    except BadNumber as reason:
        raise Refused(f"not a number: {reason}") from None
    except Nobody:
        raise Refused("nobody is known by this") from None
    except Several:
        raise Refused("several have this: give the RPPS number (of one of the house: his id)") from None


def _write(found: Dossier, to: Path) -> None:
    """Readable by its owner alone, never over another file, and whole or not there. Raises Refused."""
    try:
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file, _whole(to):
            _tell(found, file)
    except OSError as failure:
        raise Refused(f"{to}: {failure.strerror}") from None


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Half of what somebody said lies about nowhere."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _tell(found: Dossier, file: IO[bytes]) -> None:
    for name in found.write(file):
        click.echo(f"{name} does not open", err=True)
    click.echo(f"{len(found.files) + 1} files written")


def _settings() -> Settings:
    try:
        return admin.settings_of(serving.environment(), Settings)
    except BadSettings as faults:
        raise Refused(str(faults)) from None
