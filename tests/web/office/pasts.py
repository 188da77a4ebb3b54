"""Requests of the past."""

from dataclasses import replace
from datetime import timedelta

from callbacks import requests
from callbacks.requests import Filing
from config import clock
from tests.web.office.conftest import Office


def files(office: Office, slug: str, *, hours_ago: int, closed_after: int | None = None) -> int:
    """A GP's request of the past, left alone until it was closed."""
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        then = replace(moment, now=moment.now - timedelta(hours=hours_ago))
        filed = requests.file(
            conn, Filing(office.wards[slug], "missed_call", "+33639980011", None, None, then.now, then)
        )
        if closed_after is not None:
            ended = replace(moment, now=then.now + timedelta(hours=closed_after))
            requests.close(conn, filed.id, office.seniors["Amélie"], "CONSEIL", ended)
        return filed.id
