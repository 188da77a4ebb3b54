"""A mailbox is read as it fills: each letter once, none lost, and nothing in it changed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from callbacks import alarms
from callbacks.written import mailboxes
from callbacks.written_tables import mailboxes as rows
from config.mail_servers import Certificates
from tests.webhooks.mail.imap_server import ImapServer, letter
from webhooks.mail import imap, session
from webhooks.mail.imap import Reader
from webhooks.mail.letterbox import Posted
from webhooks.mail.session import MailboxAway, SignInRefused

ME = f"mail:{socket.gethostname()}:1"
SYSTEM = Certificates()


@dataclass
class Letterbox:
    """Keeps what is dropped into it; `refuses` a letter in which that stands."""

    kept: list[Posted] = field(default_factory=list)
    refuses: str = "\0"
    tried: int = 0

    def drop(self, posted: Posted) -> bool:
        if self.refuses.encode() in posted.content:
            self.tried += 1
            raise ValueError("what nobody foresaw")
        self.kept.append(posted)
        return True

    @property
    def texts(self) -> list[str]:
        return [posted.content.decode().split("\n\n")[-1].strip() for posted in self.kept]


@pytest.fixture
def imap_server(tmp_path: Path) -> Iterator[ImapServer]:
    running = ImapServer(tmp_path / "mail")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
def reader(imap_server: ImapServer, database: Engine, box: Letterbox) -> Reader:
    return Reader(imap_server.server(), SYSTEM, database, box.drop, ME)


def looks(reader: Reader) -> None:
    """It signs in, takes what is there, and leaves."""
    with session.opened(reader.server, reader.certificates) as opened:
        reader.look(opened, threading.Event())


@contextmanager
def reading(*readers: Reader) -> Iterator[None]:
    """They read as in their process, each in a thread."""
    stop = threading.Event()
    threads = [threading.Thread(target=reader.run, args=(stop,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def standing(database: Engine) -> list[str]:
    with database.begin() as conn:
        return [alarm.kind for alarm in alarms.standing(conn)]


def now_due(database: Engine) -> None:
    """The letters that were set aside may be tried again now."""
    with database.begin() as conn:
        kept = conn.execute(select(rows.c.aside)).scalar_one()
        sooner = {uid: said | {"again": "2026-01-01T00:00:00+00:00"} for uid, said in kept.items()}
        conn.execute(update(rows).values(aside=sooner))


def test_letters_are_taken_in_their_order_and_once(imap_server: ImapServer, reader: Reader, box: Letterbox) -> None:
    imap_server.brings(letter("un"), letter("deux"))
    looks(reader)
    imap_server.brings(letter("trois"))
    looks(reader)
    looks(reader)
    assert box.texts == ["un", "deux", "trois"]


def test_a_letter_says_when_it_came_in(imap_server: ImapServer, reader: Reader, box: Letterbox) -> None:
    before = datetime.now(UTC) - timedelta(hours=3)
    imap_server.brings(letter("un"), at=before)
    looks(reader)
    (posted,) = box.kept
    assert posted.arrived is not None
    assert abs(posted.arrived - before) < timedelta(seconds=2)
    assert (posted.sender, posted.recipient) == (None, None)


def test_who_else_reads_the_mailbox_finds_it_as_it_was(imap_server: ImapServer, reader: Reader) -> None:
    imap_server.brings(letter("un"))
    looks(reader)
    with imap_server.opened() as mailbox:
        (found,) = mailbox.fetch(mark_seen=False)
    assert "\\Seen" not in found.flags


def test_a_letter_is_taken_as_soon_as_it_is_there(imap_server: ImapServer, reader: Reader, box: Letterbox) -> None:
    with reading(reader):
        imap_server.brings(letter("un"))
        eventually(lambda: box.texts == ["un"])
        time.sleep(0.5)  # it waits for the next by now: the server must tell it
        imap_server.brings(letter("deux"))
        eventually(lambda: box.texts == ["un", "deux"], seconds=session.IDLE_SECONDS / 3)


def test_a_letter_that_came_in_before_the_waiting_ends_it(imap_server: ImapServer) -> None:
    with session.opened(imap_server.server(), SYSTEM) as opened:
        opened.examine()
        assert opened.above(0) == []
        imap_server.brings(letter("un"))
        began = time.monotonic()
        opened.wait(threading.Event(), lambda: None)
        assert time.monotonic() - began < session.IDLE_SECONDS / 3
        opened.examine()
        assert len(opened.above(0)) == 1


def test_a_letter_that_is_announced_with_another_answer_is_not_overheard(imap_server: ImapServer) -> None:
    with session.opened(imap_server.server(), SYSTEM) as opened:
        opened.examine()
        imap_server.brings(letter("un"))
        opened.letter(99)  # the server says at this occasion that there is one more
        began = time.monotonic()
        opened.wait(threading.Event(), lambda: None)
        assert time.monotonic() - began < session.IDLE_SECONDS / 3


def test_the_mailbox_is_not_full_of_old_requests_on_the_first_day(
    imap_server: ImapServer, reader: Reader, box: Letterbox
) -> None:
    now = datetime.now(UTC)
    imap_server.brings(letter("vieux"), at=now - timedelta(days=30))
    imap_server.brings(letter("d'hier soir"), at=now - timedelta(hours=14))
    imap_server.brings(letter("copié d'ailleurs"), at=now - timedelta(days=400))
    looks(reader)
    looks(reader)
    assert box.texts == ["d'hier soir"]
    imap_server.brings(letter("nouveau"))
    looks(reader)
    assert box.texts == ["d'hier soir", "nouveau"]


def test_a_letter_that_comes_in_during_the_first_look_is_taken(
    imap_server: ImapServer, reader: Reader, box: Letterbox
) -> None:
    class Busy(session.Session):
        """A letter comes in after each question."""

        def above(self, uid: int) -> list[int]:
            return brings_after(super().above(uid), "dessus")

        def since(self, day: date) -> list[int]:
            return brings_after(super().since(day), "depuis")

    def brings_after(found: list[int], name: str) -> list[int]:
        imap_server.brings(letter(f"{name} {len(brought)}"))
        brought.append(f"{name} {len(brought)}")
        mailbox.client.noop()  # the server says so
        return found

    brought: list[str] = []
    with imap_server.opened() as mailbox:
        reader.look(Busy(mailbox, "INBOX"), threading.Event())
    looks(reader)
    assert sorted(box.texts) == sorted(brought)
    assert len(brought) == 3


def test_a_mailbox_that_is_numbered_anew_loses_nothing(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    imap_server.brings(letter("ancien"), at=datetime.now(UTC) - timedelta(days=30))
    looks(reader)
    box.refuses = "deux"
    imap_server.brings(letter("un"), letter("deux"))
    looks(reader)
    imap_server.brings(letter("trois"))
    for _ in range(imap.TRIES):
        now_due(database)
        looks(reader)
    assert standing(database) == ["letter_aside"]
    imap_server.numbers_anew()
    box.refuses = "\0"
    looks(reader)
    assert standing(database) == []
    # Those of a day come twice: the intake knows them by their key. Those of a month ago do not.
    assert sorted(set(box.texts)) == ["deux", "trois", "un"]
    with database.begin() as conn:
        assert conn.execute(select(rows.c.aside)).scalar_one() == {}


def test_one_letter_that_cannot_be_taken_keeps_no_other_waiting(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    box.refuses = "impossible"
    imap_server.brings(letter("un"), letter("impossible"), letter("deux"))
    looks(reader)
    assert box.texts == ["un", "deux"]
    looks(reader)
    assert box.tried == 1  # not at once again
    for _ in range(imap.TRIES):
        now_due(database)
        looks(reader)
    assert box.tried == 1 + imap.TRIES
    assert standing(database) == ["letter_aside"]
    box.refuses = "\0"
    now_due(database)
    looks(reader)
    assert box.texts == ["un", "deux", "impossible"]
    assert standing(database) == []


class Stumbling(session.Session):
    """Its server cannot tell the second letter, and drops the connection when it is asked to."""

    def letter(self, uid: int) -> Posted | None:
        if uid == 2:
            raise MailboxAway("abort")
        return super().letter(uid)


def test_a_letter_that_its_own_server_cannot_tell_keeps_no_other_waiting(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    imap_server.brings(letter("un"), letter("illisible"), letter("deux"))
    with imap_server.opened() as mailbox:
        stumbling = Stumbling(mailbox, "INBOX")
        with pytest.raises(MailboxAway):
            reader.look(stumbling, threading.Event())
        reader.look(stumbling, threading.Event())
        assert box.texts == ["un", "deux"]
        for _ in range(imap.TRIES):
            now_due(database)
            with pytest.raises(MailboxAway):
                reader.look(stumbling, threading.Event())
    assert standing(database) == ["letter_aside"]


def test_a_letter_that_somebody_deleted_is_looked_for_no_more(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    box.refuses = "impossible"
    imap_server.brings(letter("impossible"))
    looks(reader)
    imap_server.empties()
    now_due(database)
    looks(reader)
    with database.begin() as conn:
        assert conn.execute(select(rows.c.aside)).scalar_one() == {}


def test_a_server_that_goes_away_and_comes_back_is_read_on(
    imap_server: ImapServer, reader: Reader, box: Letterbox
) -> None:
    with reading(reader):
        imap_server.brings(letter("un"))
        eventually(lambda: box.texts == ["un"])
        imap_server.stop()
        imap_server.start()
        imap_server.brings(letter("deux"))
        eventually(lambda: box.texts == ["un", "deux"])


def test_a_wrong_password_is_an_alarm_and_is_not_told_again_and_again(
    imap_server: ImapServer, database: Engine, box: Letterbox
) -> None:
    reader = Reader(imap_server.server(password="typed wrong"), SYSTEM, database, box.drop, ME)
    with pytest.raises(SignInRefused):
        looks(reader)
    with reading(reader):
        eventually(lambda: standing(database) == ["mailbox_unread"])
        time.sleep(2.5)
    with database.begin() as conn:
        (alarm,) = alarms.standing(conn)
    assert alarm.count == 1
    assert "typed wrong" not in str(alarm)
    reader = Reader(imap_server.server(), SYSTEM, database, box.drop, ME)
    with reading(reader):
        eventually(lambda: standing(database) == [])


def test_a_mailbox_nobody_could_look_into_for_long_is_an_alarm(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    looks(reader)
    imap_server.stop()
    with reading(reader):
        time.sleep(0.5)
        assert standing(database) == []
        with database.begin() as conn:
            conn.execute(update(rows).values(read_real=func.real_now() - timedelta(minutes=6)))
        eventually(lambda: standing(database) == ["mailbox_unread"])
        imap_server.start()
        eventually(lambda: standing(database) == [])


def test_two_processes_read_a_mailbox_one_after_the_other(
    imap_server: ImapServer, reader: Reader, box: Letterbox, database: Engine
) -> None:
    second = Reader(reader.server, SYSTEM, database, box.drop, "mail:another-machine:1")
    with reading(second):
        eventually(lambda: who_reads(database) == second.name)
        with reading(reader):
            imap_server.brings(letter("un"), letter("deux"))
            eventually(lambda: len(box.texts) >= 2)
            assert who_reads(database) == second.name
    assert box.texts == ["un", "deux"]
    with reading(reader):  # given back at the end: nobody waits for it to run out
        eventually(lambda: who_reads(database) == ME, seconds=5)


@pytest.mark.parametrize(("reader_before", "waits"), [("mail:{here}:999999999", False), ("mail:elsewhere:1", True)])
def test_a_reader_who_died_here_is_replaced_at_once(
    reader: Reader, database: Engine, reader_before: str, waits: bool
) -> None:
    with database.begin() as conn:
        mailboxes.hold(conn, reader.mailbox, reader_before.format(here=socket.gethostname()))
    assert reader._is_ours() is not waits
    with database.begin() as conn:
        conn.execute(update(rows).values(lease_real=func.real_now() - timedelta(seconds=1)))
    assert reader._is_ours()


def test_who_lost_the_mailbox_meanwhile_writes_nothing(
    imap_server: ImapServer, reader: Reader, database: Engine, box: Letterbox
) -> None:
    looks(reader)
    imap_server.brings(letter("un"))
    with database.begin() as conn:
        conn.execute(update(rows).values(lease_by="mail:another-machine:1"))
    with pytest.raises(mailboxes.LeaseLost):
        looks(reader)
    assert box.texts == []


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    away = ImapServer(Path("nowhere")).server()
    with pytest.raises(MailboxAway, match=r"^ConnectionRefusedError$"), session.opened(away, SYSTEM):
        pass


def who_reads(database: Engine) -> str | None:
    with database.begin() as conn:
        return conn.execute(select(rows.c.lease_by)).scalar_one_or_none()
