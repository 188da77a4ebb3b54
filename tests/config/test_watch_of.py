"""What the line is watched with, made of the settings."""

from datetime import timedelta

from sqlalchemy import create_engine

from config.settings import Settings, load
from config.tick import watch_of
from config.workshop import workshop_of
from tests.config.test_settings import MAIL, REAL
from tests.config.test_workshop import NoBell

NOWHERE = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
WATCHED = {"CANARY_NUMBER": "01 99 00 12 35", "CANARY_MINUTES": "7", "HEARTBEAT_URL": "https://watch.example/ping"}


def test_the_watch_calls_from_its_number_writes_by_our_server_and_beats_elsewhere() -> None:
    settings = load(REAL | MAIL | WATCHED | {"ALERT_EMAIL": "garde@hopital.example"}, Settings, dotenv=None)
    watch = watch_of(settings, workshop_of(settings, NOWHERE, NoBell()))
    assert (watch.house.canary_number, watch.every) == ("+33199001235", timedelta(minutes=7))
    assert watch.heartbeat_url == "https://watch.example/ping"
    assert watch.house.alert_email == "garde@hopital.example"
    assert watch.outgoing is not None
    assert watch.outgoing.server.host == "smtp.hopital.example"


def test_a_line_that_is_not_watched_asks_nobody() -> None:
    settings = load(REAL, Settings, dotenv=None)
    watch = watch_of(settings, workshop_of(settings, NOWHERE, NoBell()))
    assert (watch.house.canary_number, watch.outgoing, watch.heartbeat_url) == (None, None, None)
