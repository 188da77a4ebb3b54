"""Reads one mailbox: everything that comes in is dropped into the letterbox, in its order, and nothing twice.

One process reads a mailbox at a time; when it dies, another goes on where it was. A letter that cannot be taken is set
aside and tried again, and the others do not wait for it.
"""

import os
import random
import socket
import threading
import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from callbacks import alarms
from callbacks.written import mailboxes
from callbacks.written.mailboxes import LeaseLost, Progress, Waiting
from config.mail_servers import Certificates, MailServer
from webhooks.mail.letterbox import Drop
from webhooks.mail.session import MailboxAway, Session, SignInRefused, opened

RENEW_SECONDS = 5.0
ANOTHER_READS_SECONDS = 2.0  # between two looks whether it still does
LONGEST_PAUSE = 30.0  # while the server or the register is away: work resumes within so much
REFUSED_SECONDS = 300.0  # a wrong password told again and again locks the account
SILENT_SECONDS = 300.0  # a mailbox that nobody could look into for so long is an alarm
TRIES = 3  # then a letter that cannot be taken is an alarm
STUCK_SECONDS = 120.0  # no letter takes so long: whoever reads it never comes back from it

log = structlog.get_logger(__name__)


@dataclass
class Reader:
    """Reads `server`. `name` is this process's own: "mail:host:pid"."""

    server: MailServer
    certificates: Certificates
    engine: Engine
    drop: Drop
    name: str
    busy_since: float | None = field(default=None, init=False)  # with one letter, on the monotonic clock
    _renewed: float = field(default=0.0, init=False)
    _well: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)  # since the last look

    @property
    def mailbox(self) -> str:
        """The mailbox's name in the register."""
        return self.server.name

    @property
    def is_stuck(self) -> bool:
        """Whether it never comes back from the letter it reads."""
        since = self.busy_since
        return since is not None and time.monotonic() - since > STUCK_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; whatever happens, it is tried again."""
        while not stop.is_set():
            pause = ANOTHER_READS_SECONDS
            try:
                if self._is_ours():
                    self._read(stop)
            except Exception as error:  # noqa: BLE001  the reader's edge, logged in _after: tomorrow's letters must come in
                pause = self._after(error)
            stop.wait(pause * random.uniform(0.8, 1.0))
        self._give_back()

    def look(self, session: Session, stop: threading.Event) -> None:
        """Take all that is there. Raises MailboxAway, LeaseLost, SQLAlchemyError."""
        progress = self._progress(session)
        for uid in [*progress.due, *session.above(progress.last_uid)]:
            if stop.is_set():
                return
            self._take(session, uid, progress.waiting.get(uid))
        with self.engine.begin() as conn:
            mailboxes.looked_into(conn, self.mailbox, self.name)
            if not self._well:
                alarms.clear(conn, self._alarm)
        self._well, self._failures = True, 0

    def _read(self, stop: threading.Event) -> None:
        with opened(self.server, self.certificates) as session:
            log.info("mailbox.open", mailbox=self.mailbox)
            while not stop.is_set():
                self.look(session, stop)
                session.wait(stop, self._renew)

    def _progress(self, session: Session) -> Progress:
        """What the register knows of the folder, in the server's present numbers."""
        validity = session.examine()
        known = self._held()
        if known.validity == validity:
            return known
        log.info("mailbox.numbered_anew", mailbox=self.mailbox, first=known.validity == 0)
        # In this order: a letter that comes in between the two is among those to be taken, or above the highest.
        there = session.above(0)
        unseen = session.since(known.unseen_since.date())
        with self.engine.begin() as conn:
            mailboxes.number_anew(conn, self.mailbox, self.name, validity, max([0, *there, *unseen]), unseen)
            for uid in known.waiting:  # under their old numbers nobody finds them any more
                alarms.clear(conn, self._letter_alarm(uid))
        return self._held()

    def _take(self, session: Session, uid: int, before: Waiting | None) -> None:
        """Set aside first: neither a letter that we cannot take, nor one that its own server cannot tell, holds us."""
        tries = self._attempt(uid, before)
        letter = session.letter(uid)
        self.busy_since = time.monotonic()
        try:
            if letter is not None:
                self.drop(letter)
        except Exception as error:  # one letter's edge
            log.exception("letter.not_taken", mailbox=self.mailbox, uid=uid, error=type(error).__name__)
            return
        finally:
            self.busy_since = None
        with self.engine.begin() as conn:
            mailboxes.taken(conn, self.mailbox, self.name, uid)
            if tries > TRIES:
                alarms.clear(conn, self._letter_alarm(uid))

    def _attempt(self, uid: int, before: Waiting | None) -> int:
        with self.engine.begin() as conn:
            tries = mailboxes.attempt(conn, self.mailbox, self.name, uid, before)
            if tries > TRIES:
                about: dict[str, object] = {"mailbox": self.mailbox, "uid": uid}
                alarms.raise_alarm(conn, "letter_aside", self._letter_alarm(uid), about)
        return tries

    def _held(self) -> Progress:
        with self.engine.begin() as conn:
            progress = mailboxes.hold(conn, self.mailbox, self.name)
        if progress is None:
            raise LeaseLost
        self._renewed = time.monotonic()
        return progress

    def _renew(self) -> None:
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._held()

    def _is_ours(self) -> bool:
        with self.engine.begin() as conn:
            other = mailboxes.holder(conn, self.mailbox)
            if other is not None and other != self.name and is_gone(other):
                mailboxes.release(conn, self.mailbox, other)
            return mailboxes.hold(conn, self.mailbox, self.name) is not None

    def _after(self, error: Exception) -> float:
        """What is said of it, and seconds until the next try."""
        self._failures += 1
        expected = isinstance(error, MailboxAway | LeaseLost | SQLAlchemyError)
        why = str(error) if isinstance(error, MailboxAway) else type(error).__name__
        log.warning("mailbox.away", mailbox=self.mailbox, why=why, failures=self._failures, exc_info=not expected)
        refused = isinstance(error, SignInRefused)
        self._complain(why, at_once=refused)
        return REFUSED_SECONDS if refused else min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 10))

    def _complain(self, why: str, *, at_once: bool) -> None:
        try:
            with self.engine.begin() as conn:
                if at_once or mailboxes.silence(conn, self.mailbox).total_seconds() > SILENT_SECONDS:
                    alarms.raise_alarm(conn, "mailbox_unread", self._alarm, {"mailbox": self.mailbox, "why": why})
                    self._well = False
        except SQLAlchemyError:
            return  # the register is away: its own alarm is louder

    def _give_back(self) -> None:
        try:
            with self.engine.begin() as conn:
                mailboxes.release(conn, self.mailbox, self.name)
        except SQLAlchemyError:
            return  # it runs out by itself

    @property
    def _alarm(self) -> str:
        return f"mailbox_unread:{self.mailbox}"

    def _letter_alarm(self, uid: int) -> str:
        return f"letter_aside:{self.mailbox}:{uid}"


def is_gone(reader: str) -> bool:
    """Whether that process was one of this machine, and is no more: then its mailbox waits for no lease to run out."""
    _, host, pid = reader.split(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
