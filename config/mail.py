"""The mail process: reads mailboxes, and opens this machine's SMTP door. Start it with `python -m config.mail`.

It keeps nothing of its own: killed at any moment, the next one goes on from what the register knows. Where no mail is
configured it does nothing, and says that it is there.
"""

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from callbacks import jobs
from callbacks.house import Desk
from config import logs, watching
from config.assembly import box_of, database_url, house_of, numbers_at_rest, ours_of, redis_url, shelf_of
from config.database import job_engine
from config.queue import Doorbell
from config.settings import Settings, load
from webhooks.mail.imap import Reader
from webhooks.mail.letterbox import Drop, letterbox
from webhooks.mail.smtp_door import AT_ONCE, SmtpDoor

BEAT_SECONDS = 5.0
LAST_LETTER_SECONDS = 8.0  # to finish what was begun; then it is begun again by the next process
# Nobody looks up from a letter for so long: whatever holds us, another process does better.
FROZEN_SECONDS = 60.0

log = structlog.get_logger(__name__)


def main() -> int:
    """Take mail until SIGTERM or SIGINT, with the settings of this process's environment."""
    logs.configure("mail")
    settings = load(os.environ, Settings)
    watching.configure("mail", settings)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    numbers_at_rest(settings)
    engine = job_engine(database_url(settings), pool_size=len(settings.imap_urls) + AT_ONCE + 1)
    name = jobs.process_name("mail", os.getpid())
    with ExitStack() as held:
        readers: list[Reader] = []
        ours = ours_of(settings)
        if ours is not None:
            desk = Desk(engine, Doorbell(redis_url(settings)), box_of(settings), house_of(settings))
            drop = letterbox(desk, shelf_of(settings), ours)
            readers = readers_of(settings, engine, drop, name)
            if settings.smtp_door is not None:
                held.enter_context(SmtpDoor(drop, settings.smtp_door))
        run(readers, engine, name, stop)
    return 0


def readers_of(settings: Settings, engine: Engine, drop: Drop, name: str) -> list[Reader]:
    """One for each mailbox."""
    return [Reader(server, settings.certificates, engine, drop, name) for server in settings.imap_urls]


class Reads(Protocol):
    """What reads one mailbox."""

    @property
    def is_stuck(self) -> bool:
        """Whether it never comes back from the letter it reads."""

    def run(self, stop: threading.Event) -> None:
        """Until `stop`."""


def run(
    readers: Sequence[Reads],
    engine: Engine,
    name: str,
    stop: threading.Event,
    frozen_seconds: float = FROZEN_SECONDS,
) -> None:
    """Let them read, each in a thread, and give signs of life until `stop`.

    When nobody could for `frozen_seconds`, because of us or of a letter that one does not come back from, we end.
    """
    # Counted in a thread of its own that needs no interpreter: a letter that holds ours fast does not hold that.
    watch = partial(faulthandler.dump_traceback_later, frozen_seconds, exit=True)
    watch()
    threads = [threading.Thread(target=reader.run, args=(stop,), daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        if not any(reader.is_stuck for reader in readers):
            watch()
            _beat(engine, name)
        stop.wait(BEAT_SECONDS)
    for thread in threads:
        thread.join(LAST_LETTER_SECONDS / len(threads))
    faulthandler.cancel_dump_traceback_later()


def _beat(engine: Engine, name: str) -> None:
    try:
        jobs.beat_of(engine, name)
    except SQLAlchemyError as error:
        log.warning("mail.database_away", error=type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
