"""`rappel24 admin alarms` and `clear-alarm`: what stands in the way of the promise, and what somebody has mended."""

import click

from callbacks import alarms as standing
from config.commands.shared import Refused, opened, settings_of
from config.doctor.mends import mend_of
from config.settings import Storage


@click.command(name="alarms")
def alarms() -> None:
    """List the alarms that stand, the latest first, each with the key that clears it and what mends it."""
    with opened(settings_of(Storage)) as engine, engine.connect() as connection:
        for alarm in standing.standing(connection):
            about = "".join(f" {name}={value}" for name, value in sorted(alarm.detail.items()))
            click.echo(f"{alarm.key}  since {alarm.first_at:%Y-%m-%d %H:%M} UTC, seen {alarm.count} times{about}")
            click.echo(f"  -> {mend_of(alarm.kind)}")


@click.command(name="clear-alarm")
@click.argument("key")
def clear_alarm(key: str) -> None:
    """Say that what raised an alarm is mended; it comes back by itself when it is not."""
    with opened(settings_of(Storage)) as engine, engine.begin() as connection:
        if not standing.clear(connection, key):
            raise Refused(f"no alarm stands under {key!r}; rappel24 admin alarms lists them")
    click.echo(f"{key} is cleared")
