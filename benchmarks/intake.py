"""Messages taken in a second: SMS at their webhook, e-mails at their door, each of them a request on file afterwards.

The doors say that they have a message once it is stored, and not before: that is what is timed.
"""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from benchmarks import load
from benchmarks.carrier import FIELDS, LINE, signed
from benchmarks.measure import percentile
from benchmarks.stage import NotStarted, Stage, environment
from config import orphans
from config.servers import Urls

ADDRESS = "avis@rappel24.example"
WORDS = "avis {ward} {hospital} svp : INR à 6 sous AVK, pas de saignement, que faire ?"
# The last four digits of mobiles kept for fiction that are no senior's and no GP's of the samples.
STRANGERS = range(1_000, 8_000)
PATIENCE = 60.0  # seconds, for the mail process to listen
REST = 0.1


@dataclass(frozen=True)
class Plan:
    """How often it all goes round, and how many messages by how many at once."""

    rounds: int
    messages: Mapping[int, int]


FULL = Plan(5, {1: 100, 8: 400})
QUICK = Plan(2, {1: 30, 8: 100})


@dataclass(frozen=True)
class Taken:
    """One channel, so many at once: the median pass, in milliseconds; `lost`: acknowledged and not on file."""

    channel: str
    at_once: int
    messages: int
    per_second: float
    p50: float
    p99: float
    lost: int


@dataclass(frozen=True)
class _Pass:
    seconds: float
    latencies: Sequence[float]


Post = Callable[[int, int], _Pass]  # so many messages, so many at once


def figures(
    stage: Stage, urls: Urls, folder: Path, plan: Plan, tell: Callable[[str], None] = lambda said: None
) -> list[Taken]:
    """Both channels in turns, round after round; every message is somebody else's. Raises NotStarted."""
    with mail_process(urls, folder) as door:
        _let_in(stage.engine)
        ways: Mapping[str, Post] = {
            "sms": _Texts(stage, _Senders(stage.engine)).post,
            "email": _Letters(door, _Senders(stage.engine)).post,
        }
        done: dict[tuple[str, int], list[tuple[_Pass, int]]] = {}
        for post in ways.values():
            post(8, 8)
        for turn in range(plan.rounds):
            tell(f"messages, round {turn + 1} of {plan.rounds}")
            for channel, (at_once, messages) in product(ways, plan.messages.items()):
                before = _on_file(stage.engine, channel)
                took = ways[channel](messages, at_once)
                lost = messages - (_on_file(stage.engine, channel) - before)
                done.setdefault((channel, at_once), []).append((took, lost))
    return [_middle(channel, at_once, passes) for (channel, at_once), passes in done.items()]


def _middle(channel: str, at_once: int, passes: Sequence[tuple[_Pass, int]]) -> Taken:
    timed = [each for each, _ in passes]
    return Taken(
        channel,
        at_once,
        messages=sum(len(each.latencies) for each in timed),
        per_second=median(len(each.latencies) / each.seconds for each in timed),
        p50=median(percentile(each.latencies, 50) for each in timed) * 1000,
        p99=median(percentile(each.latencies, 99) for each in timed) * 1000,
        lost=sum(lost for _, lost in passes),
    )


def _let_in(engine: Engine) -> None:
    """None of them is on file, and each is taken at his word."""
    with engine.begin() as connection:
        connection.execute(text("update hospitals set unknown_senders = 'accept'"))


def _on_file(engine: Engine, channel: str) -> int:
    with engine.connect() as connection:
        counted = text("select count(*) from requests where channel = :channel")
        return int(connection.execute(counted, {"channel": channel}).scalar_one())


class _Senders:
    """Somebody new for each message, who asks for one ward after the other."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            found = connection.execute(
                text(
                    "select w.name, h.name from wards w join hospitals h on h.id = w.hospital_id"
                    " where w.role = 'ward' order by w.id"
                )
            )
            self._wards = [(ward, hospital) for ward, hospital in found]
        self._numbers = iter(STRANGERS)

    def next(self) -> tuple[int, str]:
        """A number of his own, and what he writes."""
        number = next(self._numbers)
        ward, hospital = self._wards[number % len(self._wards)]
        return number, WORDS.format(ward=ward, hospital=hospital)


@dataclass(frozen=True)
class _Texts:
    """SMS as the carrier hands them over."""

    stage: Stage
    senders: _Senders

    def post(self, messages: int, at_once: int) -> _Pass:
        prepared = [self._signed(*self.senders.next()) for _ in range(messages)]
        done = load.run(self.stage.app.port, prepared, at_once, expected=b"<Response")
        if done.refused:
            raise RuntimeError(f"{done.refused} SMS were refused")
        return _Pass(done.seconds, done.latencies)

    def _signed(self, number: int, words: str) -> bytes:
        sid = f"SM{uuid4().hex}"
        names = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid)
        whose = {"From": f"+3363998{number:04}", "To": LINE}
        form = FIELDS | names | whose | {"Body": words, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received"}
        return signed(self.stage.app, self.stage.token, "/webhooks/sms", form)


@dataclass(frozen=True)
class _Letters:
    """E-mails, each connection handing over one after the other."""

    door: int
    senders: _Senders

    def post(self, messages: int, at_once: int) -> _Pass:
        letters = [self._letter(*self.senders.next()) for _ in range(messages)]
        shares = [letters[start::at_once] for start in range(at_once)]
        with ThreadPoolExecutor(at_once) as hands:
            began = time.perf_counter()
            latencies = [each for share in hands.map(self._hand_over, shares) for each in share]
            return _Pass(time.perf_counter() - began, latencies)

    def _hand_over(self, letters: Sequence[EmailMessage]) -> list[float]:
        latencies = []
        with smtplib.SMTP("127.0.0.1", self.door, timeout=load.PATIENCE) as line:
            for letter in letters:
                began = time.perf_counter()
                line.send_message(letter)
                latencies.append(time.perf_counter() - began)
        return latencies

    def _letter(self, number: int, words: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = f"Docteur {number} <docteur.{number}@cabinet.example>"
        letter["To"], letter["Subject"], letter["Date"] = ADDRESS, "demande d'avis", formatdate()
        letter["Message-ID"] = make_msgid(domain="cabinet.example")
        letter.set_content(f"Bonjour,\n{words}\nMerci d'avance.\n")
        return letter


@contextmanager
def mail_process(urls: Urls, folder: Path) -> Iterator[int]:
    """The process `mail` as `serve` runs it, with a door on loopback: its port. Raises NotStarted."""
    door, words = _free_port(), folder / "mail.log"
    env = environment(urls, folder, "t" * 32) | {
        "MAIL_ADDRESS": ADDRESS,
        "SMTP_URL": "smtp://127.0.0.1:9",
        "SMTP_DOOR": str(door),
    }
    with words.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "config.mail"),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        )
    try:
        _wait_for(process, door, words)
        yield door
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", door: int, words: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not _greets(door):
        if process.poll() is not None or time.monotonic() > end:
            raise NotStarted(words.read_text(errors="replace")[-2000:])
        time.sleep(REST)


def _greets(door: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", door, timeout=1):
            return True
    except (OSError, smtplib.SMTPException):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def document(taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """The same for the JSON file."""
    return [
        {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(each).items()}
        for each in taken
    ]


def table(taken: Sequence[Taken]) -> str:
    """For a reader."""
    head = f"{'at once':>7}  {'messages taken in':<29}{'per s':>7}{'p50 ms':>8}{'p99 ms':>8}{'lost':>8}"
    short = [f"{_SAYS[each.channel]} ({each.at_once})" for each in taken if each.lost]
    aim = "each is a request on file once it is acknowledged: " + (f"missed by {', '.join(short)}" if short else "met")
    return "\n".join([head, "", *map(_line, taken), "", aim])


_SAYS = {"sms": "an SMS becomes a request", "email": "an e-mail becomes a request"}


def _line(each: Taken) -> str:
    timed = f"{each.per_second:>7.0f}{each.p50:>8.1f}{each.p99:>8.1f}"
    return f"{each.at_once:>7}  {_SAYS[each.channel]:<29}{timed}{each.lost:>8}"
