"""What every command needs: settings or a clear refusal, and the register open for as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from sqlalchemy import Engine

from config import register, serving
from config.lazily import lazily
from config.servers import BadServers
from config.settings import BadSettings, Storage, load

if TYPE_CHECKING:
    from config import admin
else:
    admin = lazily("config.admin")

Needed = TypeVar("Needed", bound=Storage)


class Refused(click.ClickException):
    """We do not go on; the text says what to do."""

    def show(self, file: Any = None) -> None:
        """On standard error, as it is: it may have several lines."""
        click.echo(self.format_message(), err=True)


def settings_of(need: type[Needed]) -> Needed:
    """The settings that a command needs, of the environment and `.env`. Raises Refused, which names every fault."""
    try:
        return load(serving.environment(), need)
    except BadSettings as faults:
        raise Refused(str(faults)) from None


def settings_here(need: type[Needed]) -> Needed:
    """The same; beside a demo, those that it wrote down: it has keys of its own. Raises Refused."""
    try:
        return admin.settings_of(serving.environment(), need)
    except BadSettings as faults:
        raise Refused(str(faults)) from None


@contextmanager
def opened(storage: Storage, wait: float = 0) -> Iterator[Engine]:
    """The register, migrated; with servers of our own for as long as needed where none run. Raises Refused.

    `wait`: seconds that a database which is starting gets.
    """
    try:
        with register.opened(storage, wait) as engine:
            yield engine
    except BadServers as fault:
        raise Refused(str(fault)) from None
