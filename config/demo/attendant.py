"""Beside the demo: gives the page its clock, keeps its telephones there, and the rota ahead of the clock."""

import os
import signal
import threading
import time

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import WSGIRequestHandler, make_server

from config import logs
from config.assembly import numbers_at_rest
from config.database import job_engine
from config.demo import hospitals, telephones
from config.demo.clock_door import create_app
from config.demo.exchange import Exchange, Unanswered, absent
from config.embedded.errors import BadServers
from config.settings import Storage, load

LOOK_SECONDS = 0.5
ROTA_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Attendant:
    """Looks after the page and the rota until told to stop; whatever is away is asked again."""

    def __init__(self, engine: Engine, exchange: Exchange, language: str) -> None:
        self.engine, self.exchange = engine, exchange
        with engine.connect() as connection:
            self.directory = telephones.directory(connection, language)
            self.cast = telephones.cast(connection, self.directory)
        self._rota_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Look, and look again."""
        while not stop.wait(LOOK_SECONDS):
            self.look_after_telephones()
            if self._rota_at <= time.monotonic():
                self._rota_at = time.monotonic() + ROTA_SECONDS
                self.look_after_rota()

    def look_after_telephones(self) -> None:
        """A simulator that was started anew has none; one that was rung is put there by its number alone."""
        try:
            self.exchange.connect(absent(self.exchange.names(), self.cast, self.directory))
        except Unanswered:
            return  # it comes back, and we look again

    def look_after_rota(self) -> None:
        """At an hour a second three weeks are over in ten minutes."""
        try:
            with self.engine.begin() as connection:
                hospitals.extend_rota(connection)
        except (SQLAlchemyError, BadServers) as error:
            log.warning("rota.not_extended", error=type(error).__name__)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The page asks every second."""


def main(port: int, telephones_url: str) -> int:
    """Until SIGTERM; the clock on that port, the telephones of that simulator, the settings of the environment."""
    logs.configure("attendant")
    settings = load(os.environ, Storage, dotenv=None)
    assert settings.database_url is not None
    numbers_at_rest(settings)
    engine = job_engine(settings.database_url.get_secret_value())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_app(engine)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, name="clock", daemon=True).start()
    Attendant(engine, Exchange(telephones_url), settings.language).run(stop)
    server.shutdown()
    engine.dispose()
    return 0
