"""`rappel24 evaluation`: what the evaluators get, pseudonymised, with the code book and the checksums."""

from pathlib import Path

import click

from callbacks import readings
from callbacks.evaluation import exporting
from callbacks.evaluation.packing import Files
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures.periods import FOLLOWED, Grain, Period
from callbacks.readings import How, What
from config import clock
from config.commands.shared import Refused, opened, settings_here
from config.settings import Storage

NO_KEY = (
    "EVALUATION_KEY: missing (base64 of 32 random bytes, of no other use; make it once: openssl rand -base64 32, and"
    " keep it apart from the data: with another one the same caller gets another pseudonym)"
)
NOT_CLOSED = (
    "{period} is not closed: what happens within {days} days of a request still counts; tomorrow it would be another"
    " file. All the same: --open"
)
SEALED = "numbers that stayed sealed: give ENCRYPTION_KEYS, with the key of rappel24 keys status"


@click.group()
def evaluation() -> None:
    """What the evaluators get: facts without names, the code book, checksums. See docs/evaluation/README.md."""


@evaluation.command()
@click.option("--month", metavar="YYYY-MM", help="A month, like 2026-11.")
@click.option("--year", metavar="YYYY", help="A year, like 2026.")
@click.option("--open", "unfinished", is_flag=True, help="Although it may still change.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(month: str | None, year: str | None, unfinished: bool, folder: Path) -> None:
    """Write a month or a year into FOLDER, empty or not there; of a closed one the same bytes each time."""
    period, settings = _period(month, year), settings_here(Storage)
    if settings.pseudonyms_key is None:
        raise Refused(NO_KEY)
    pseudonyms = Pseudonyms(settings.pseudonyms_key)
    with opened(settings) as engine, engine.begin() as conn:
        moment = clock.read(conn)
        if not unfinished and not exporting.closed(conn, period, moment.now):
            raise Refused(NOT_CLOSED.format(period=period.name, days=FOLLOWED.days))
        readings.note(conn, What.EXPORT, f"evaluation:{period.name}", how=How.COMMAND, moment=moment)
        try:
            files = exporting.files(conn, period, pseudonyms, settings.language, moment.now)
        except exporting.StillSealed:
            raise Refused(SEALED) from None
    _write(files, folder)
    click.echo(f"{period.name}: {len(files)} files in {folder}")


def _period(month: str | None, year: str | None) -> Period:
    """The period that is asked for. Raises UsageError, Refused."""
    if (month is None) == (year is None):
        raise click.UsageError("one of --month, --year")
    grain = Grain.MONTH if month else Grain.YEAR
    try:
        return exporting.period_of(month or year or "", grain)
    except ValueError:
        raise Refused("a month is 2026-11, a year is 2026") from None


def _write(files: Files, folder: Path) -> None:
    """Readable by its owner alone, never over another file. Raises Refused."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"{folder} is not empty")
        for name, content in files.items():
            (folder / name).touch(mode=0o600, exist_ok=False)
            (folder / name).write_bytes(content)
    except OSError as failure:
        raise Refused(f"{folder}: {failure.strerror}") from None
