"""What would tell us that the line is dead, and what would bring it back: canaries and copies."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, text

from config.doctor.finding import Finding
from config.settings import Settings

MISSED = 3  # canaries in a row: whoever places them does not
OLD = timedelta(hours=26)  # of a copy that is taken every night
_WELL = text("select real_now() - max(placed_real) from canaries where state = 'well'")
_SOMETHING = text("select exists (select from requests)")
_COPY = text("select real_now() - max(snapshot_real) from backups where kind = 'taken'")


def presentation(settings: Settings) -> Iterator[Finding]:
    """What the settings alone tell."""
    if settings.canary_number is None:
        yield Finding(
            False,
            "nobody would notice that the line no longer answers: CANARY_NUMBER is not set",
            "buy a second number at the carrier, and set CANARY_NUMBER to it: the line is called from it",
        )
        return
    by_mail = settings.alert_email is not None and settings.smtp_url is not None
    if not by_mail and settings.heartbeat_url is None:
        yield Finding(
            False,
            "a dead line is told to nobody: neither ALERT_EMAIL with SMTP_URL nor HEARTBEAT_URL is set",
            "set them; HEARTBEAT_URL alone tells too when this machine is gone",
        )
    elif settings.heartbeat_url is None:
        yield Finding(
            False,
            "nobody would notice that this machine is gone: HEARTBEAT_URL is not set",
            "have a watch elsewhere expect a sign of life every CANARY_MINUTES, and set HEARTBEAT_URL to its address",
        )


def canaries(connection: Connection, settings: Settings | None) -> Iterator[Finding]:
    """Whether the line has answered itself lately."""
    if settings is None or settings.canary_number is None:
        return
    age: timedelta | None = connection.execute(_WELL).scalar_one()
    if age is None or age > MISSED * timedelta(minutes=settings.canary_minutes):
        said = "has never answered itself" if age is None else f"last answered itself {_spoken(age)} ago"
        yield Finding(age is not None, f"the line {said}", "see that the line is started, call it, then ask here again")


def copies(connection: Connection) -> Iterator[Finding]:
    """Whether there is something to begin anew from, once there is something to lose."""
    age: timedelta | None = connection.execute(_COPY).scalar_one()
    if not connection.execute(_SOMETHING).scalar_one():
        return
    if age is None or age > OLD:
        said = "no copy of the register was ever taken" if age is None else f"the last copy is {_spoken(age)} old"
        yield Finding(False, said, "rappel24 backup FOLDER, every night; a copy is a folder on another machine's disk")


def _spoken(age: timedelta) -> str:
    minutes = round(age.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
