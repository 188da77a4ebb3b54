"""The process beside the demo that has the mailboxes: our letters come in by SMTP, theirs are written on a page."""

import os
import signal
import threading
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection
from werkzeug.serving import WSGIRequestHandler, make_server

from config import logs
from config.database import job_engine
from config.demo.hospitals import ZONE
from config.demo.identity import MAIL_ADDRESS, MAIL_DOMAIN
from config.demo.letters.boxes import Boxes
from config.demo.letters.letter import Writer
from config.demo.letters.page import Around, create_app, hand_to
from config.demo.letters.server import controller
from config.demo.words import say
from config.settings import Settings, load
from scheduling import store

FOLDER = "letters"
# Invented, and in no file: what becomes of a letter from somebody unknown.
STRANGER = Writer("paul.lefort@cabinet.example", "Dr Paul Lefort")


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The page asks all the time."""


def main(page: int, post: int, door: int, telephones: str) -> int:
    """Until SIGTERM: the page on `page`, our letters in at `post`, theirs out to `door`."""
    logs.configure("mailroom")
    settings = load(os.environ, Settings, dotenv=None)
    around = _around(settings, telephones)
    boxes = Boxes(settings.home / FOLDER)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mail = controller(boxes, post, local_now)
    mail.start()
    app = create_app(boxes, around, hand_to(door), local_now)
    server = make_server("127.0.0.1", page, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, name="page", daemon=True).start()
    stop.wait()
    server.shutdown()
    mail.stop()
    return 0


def local_now() -> datetime:
    """As a mail program's clock shows it: real time, as the telephones do."""
    return datetime.now(ZONE)


def _around(settings: Settings, telephones: str) -> Around:
    assert settings.database_url is not None
    engine = job_engine(settings.database_url.get_secret_value())
    with engine.connect() as connection:
        writers, recipients = who_writes(connection, settings.language), whom_to(connection)
    engine.dispose()
    return Around(writers, recipients, telephones, settings.language)


def who_writes(connection: Connection, language: str) -> list[Writer]:
    """The GPs of the files who have an address, and one who is in none."""
    known = [Writer(gp.email, f"Dr {gp.name}") for gp in store.practitioners(connection) if gp.email]
    return [*known, replace(STRANGER, note=say("landline", language))]


def whom_to(connection: Connection) -> list[str]:
    """The line's own address, then one a ward: `cardiologie.cochin@…` is the slug turned round."""
    slugs = (ward.slug.partition("-") for ward in store.all_ward_names(connection))
    return [MAIL_ADDRESS, *(f"{ward}.{hospital}@{MAIL_DOMAIN}" for hospital, _, ward in slugs)]
