"""Requests of the past."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callbacks import requests
from callbacks.requests import Filing
from config import clock
from tests.web.office.conftest import Office

PARIS = ZoneInfo("Europe/Paris")


MORNING = time(8, 30)  # whatever the hour is now: a ladder that meets the night is another ladder


def files(office: Office, slug: str, *, days_ago: int, closed_after: int | None = None) -> int:
    """A GP's request of a morning in Paris, left alone until it was closed, so many hours later."""
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        day = moment.now.astimezone(PARIS).date() - timedelta(days=days_ago)
        then = replace(moment, now=datetime.combine(day, MORNING, PARIS).astimezone(UTC))
        filed = requests.file(
            conn, Filing(office.wards[slug], "missed_call", "+33639980011", None, None, then.now, then)
        )
        if closed_after is not None:
            ended = replace(moment, now=then.now + timedelta(hours=closed_after))
            requests.close(conn, filed.id, office.seniors["Amélie"], "CONSEIL", ended)
        return filed.id
