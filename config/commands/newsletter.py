"""`rappel24 newsletter`: who agreed to the newsletter, for the tool that sends it. Sending is not ours."""

import click

from callbacks import readings
from callbacks.readings import How, What
from config import clock
from config.commands.shared import opened, settings_of
from config.settings import Storage
from scheduling.directories import opt_ins


@click.command(name="newsletter")
def newsletter() -> None:
    """Write who agreed to the newsletter as CSV: name, address, practice, where and on which day each said so."""
    with opened(settings_of(Storage)) as engine, engine.begin() as connection:
        readings.note(connection, What.EXPORT, "newsletter", how=How.COMMAND, moment=clock.read(connection))
        written = opt_ins.newsletter(opt_ins.readers(connection))
    click.echo(written.decode("utf-8-sig"), nl=False)
