"""`rappel24 doctor`: what is missing or unwise, in plain words, and how to mend it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from config import register
from config.doctor import house, line, mail, servers, watch, work
from config.doctor.finding import Finding
from config.embedded.errors import BadServers
from config.settings import BadSettings, Settings, Storage, load

__all__ = ["Finding", "examine"]

DOTENV = Path(".env")


def examine(env: Mapping[str, str], dotenv: Path | None = DOTENV) -> list[Finding]:
    """Everything found, the serious first; empty when all is well. Changes nothing."""
    return sorted(_findings(env, dotenv), key=lambda finding: not finding.serious)


def _findings(env: Mapping[str, str], dotenv: Path | None) -> Iterator[Finding]:
    settings: Settings | None = None
    try:
        settings = load(env, Settings, dotenv)
    except BadSettings as bad:
        yield from (Finding(True, f"{fault.setting}: {fault.problem}", SET_IT) for fault in bad.faults)
    if settings is not None:
        yield from house.presentation(settings)
        yield from mail.presentation(settings)
        yield from watch.presentation(settings)
        yield from line.at_the_carrier(settings)
        yield from mail.at_the_servers(settings)
    yield from _behind(env, dotenv, settings)


SET_IT = "set it in the environment or in .env"


def _behind(env: Mapping[str, str], dotenv: Path | None, settings: Settings | None) -> Iterator[Finding]:
    """The servers and what they hold; they can be looked at although the line's settings are not complete."""
    try:
        storage = settings or load(env, Storage, dotenv)
    except BadSettings:
        return  # already named
    try:
        with register.addresses(storage) as where:
            yield from servers.redis(where.redis)
            yield from servers.postgres(where.database)
            yield from work.at_hand(where.database, settings)
    except BadServers as fault:
        yield Finding(True, f"the servers of {storage.home} do not run", str(fault))
