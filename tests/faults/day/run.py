"""A day from its first call to its last rung: played, injured, calmed, waited for; and what is left of it."""

import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import serving
from tests.faults.day.collect import collect
from tests.faults.day.evidence import Evidence
from tests.faults.day.injuries import Injuries, trouble
from tests.faults.day.plan import Plan, Writer
from tests.faults.day.town import ADDRESS, Town, town
from tests.faults.day.watch import Watch
from tests.webhooks.mail.imap_server import letter

ROOT = Path(__file__).parents[3]
READY_WITHIN = 240.0
CLIMBED_WITHIN = 700.0
SETTLED_WITHIN = 600.0
BREATH = 0.05
STOPPED = 0.001  # the promise's clock, as good as: what is due is done, and nothing new becomes due
MISSED_AFTER = 180.0  # seconds: what the carrier took longer ago than this is no longer on its way
MEANWHILE = 3600.0  # on the promise's clock
_UNCLIMBED = """select count(*) from requests where state in ('open', 'claimed')
    and not exists (select from events where request_id = requests.id and kind = 'rung'
                    and (detail ->> 'deadline')::boolean)"""
STILL_DUE = {
    "messages to send": "select count(*) from outbox where state in ('waiting', 'sending') and due_at <= app_now()",
    "messages to be sure of": """select count(*) from outbox where not answered_for and (
        state in ('undelivered', 'failed') or state = 'sent' and sent_at <= app_now() - interval '3 minutes')""",
    "calls not settled": "select count(*) from calls where ended_at is null or result = 'open'",
    "recordings": "select count(*) from recordings where retry_real is not null",
    "pictures": "select count(*) from attachments where retry_real is not null",
    "rungs": "select count(*) from requests where next_step_at <= app_now() or notice_at <= app_now()",
}


def day(plan: Plan, root: Path = ROOT, tell: Callable[[str], None] = lambda line: None) -> Evidence:
    """Play it on the tree at `root`; what happened."""
    began = time.monotonic()
    with town(plan, root) as stage:
        injuries = Injuries(stage)
        try:
            with Watch(stage.urls.database) as watch:
                opens(stage, plan)
                tell("the line is open")
                _hurt(stage, plan, injuries)
                tell(f"{len(stage.house.kills)} kills; from here on all is well")
                still_due = calms(stage, plan, injuries, tell)
            tell("nothing is due any more")
            stage.house.stop()
            return collect(stage, plan, injuries, watch, still_due, time.monotonic() - began)
        finally:
            stage.house.stop()
            injuries.disk.close()


def opens(stage: Town, plan: Plan, *, troubled: bool = True) -> None:
    """The house is started, people begin to call and write. `troubled`: the carrier and its network are not well."""
    with stage.engine.connect() as conn:
        stage.people.employ(list(conn.execute(text("select phone from people")).scalars()))
    stage.house.start()
    port = int(stage.house.env["PORT"])
    if not until(lambda: serving.answers(port, "/readyz"), READY_WITHIN, stage):
        raise NotReady(stage.house.log.read_text(errors="replace")[-2000:])
    if troubled:
        trouble(stage.exchange.faults, plan.scale.pace)
    clock, pace, people = stage.exchange.clock, plan.scale.pace, stage.people
    for caller in plan.callers:
        clock.after(caller.at * pace, partial(people.dials, caller))
    for texter in plan.texters:
        clock.after(texter.at * pace, partial(people.texts, texter))


def _hurt(stage: Town, plan: Plan, injuries: Injuries) -> None:
    """While people call and write, and while the ladder is climbed."""
    start, waiting, slow = time.monotonic(), list(plan.injuries), True
    letters = Letters(stage, plan.writers, start)
    injuries.note_clock()
    while (now := time.monotonic() - start) < plan.scale.injured:
        while waiting and waiting[0].at <= now:
            injuries.do(waiting.pop(0))
            stage.house.restart_the_dead()
        if slow and now >= plan.scale.arrivals and not stage.people.calling:
            injuries.run_clock(plan.scale.by_ladder)
            slow = False
        stage.house.restart_the_dead()
        time.sleep(BREATH)
    for injury in waiting:
        injuries.do(injury)
        stage.house.restart_the_dead()
    injuries.heal()
    letters.end()


def calms(stage: Town, plan: Plan, injuries: Injuries, tell: Callable[[str], None]) -> tuple[str, ...]:
    """Until every promise is past its deadline and nothing is due; what still is after all patience."""
    until(lambda: not stage.people.calling, CLIMBED_WITHIN, stage)
    _compares(stage, injuries)
    tell("compared with the carrier's lists")
    injuries.run_clock(plan.scale.by_ladder)
    until(lambda: _count(stage, _UNCLIMBED) == 0, CLIMBED_WITHIN, stage)
    injuries.run_clock(STOPPED)
    tell("every ladder is climbed to its deadline")
    stage.people.decline()
    until(lambda: not _still_due(stage), SETTLED_WITHIN, stage)
    return _still_due(stage)


def _compares(stage: Town, injuries: Injuries) -> None:
    """Some minutes later, the carrier's lists are read as every hour: what it could not hand us is found there."""
    injuries.run_clock(1.0)
    injuries.minutes_pass(MISSED_AFTER, MEANWHILE)
    argv = [sys.executable, "-P", "-m", "config.cli", "reconcile"]
    done = subprocess.run(
        argv, cwd=stage.home, env=stage.house.environment, capture_output=True, text=True, check=False, timeout=300
    )
    with stage.house.log.open("a", encoding="utf-8") as log:
        log.write(f"reconcile: {done.returncode}\n{done.stdout}{done.stderr}")


def _still_due(stage: Town) -> tuple[str, ...]:
    counts = {what: _count(stage, query) for what, query in STILL_DUE.items()}
    return tuple(f"{count} {what}" for what, count in counts.items() if count)


def _count(stage: Town, query: str) -> int:
    try:
        with stage.engine.connect() as conn:
            return int(conn.execute(text(query)).scalar_one())
    except SQLAlchemyError:
        return -1


def until(true: Callable[[], bool], seconds: float, stage: Town) -> bool:
    """Wait for it, and bring back who dies meanwhile; False: it never came, and the judge says what is missing."""
    end = time.monotonic() + seconds
    while not (came := true()) and time.monotonic() < end:
        stage.house.restart_the_dead()
        time.sleep(0.25)
    return came


class NotReady(Exception):
    """The line does not start; the text is the end of its log."""


class Letters:
    """GPs' mail servers: into the mailbox, or to the door until the line says that it has the letter."""

    def __init__(self, stage: Town, writers: tuple[Writer, ...], start: float) -> None:
        self.stage, self._start = stage, start
        self._stop = threading.Event()
        by_imap = tuple(writer for writer in writers if not writer.by_smtp)
        self._threads = [threading.Thread(target=self._deliver, args=(by_imap,), name="letters", daemon=True)]
        self._threads += [
            threading.Thread(target=self._leave, args=(writer,), name="letter", daemon=True)
            for writer in writers
            if writer.by_smtp
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Until every letter is where it was to be left."""
        for thread in self._threads:
            thread.join(READY_WITHIN)

    def _deliver(self, writers: tuple[Writer, ...]) -> None:
        for writer in writers:
            self._wait_for(writer)
            self.stage.mailbox.brings(written(writer))

    def _leave(self, writer: Writer) -> None:
        self._wait_for(writer)
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", self.stage.smtp_door, timeout=10) as door:
                    door.sendmail(writer.address, ADDRESS, written(writer))
            except (OSError, smtplib.SMTPException):
                self._stop.wait(0.3)
            else:
                return

    def _wait_for(self, writer: Writer) -> None:
        self._stop.wait(max(0.0, self._start + writer.at - time.monotonic()))


def written(writer: Writer) -> bytes:
    """The letter; the same each time it is sent."""
    return letter(writer.words, "Avis", writer.address, f"<{writer.address}>")
