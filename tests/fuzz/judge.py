"""What must hold of every answer, whoever asked for whatever."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from config.doors import Who
from simulator.twiml import parse
from simulator.verbs import TwimlError
from tests.fuzz.hostile import MARK
from tests.fuzz.machines import CARRIER, MAILER
from tests.fuzz.shots import Shot
from tests.fuzz.world import Door

SLOW = 1.0  # seconds of processor for this request alone
HUNG = 8.0  # seconds in all: no statement may take three, no lock two
LARGEST = 3_000_000  # bytes of an answer
# Asked of every answer (web/headers.py).
HEADERS = ("content-security-policy", "x-content-type-options", "cache-control")
# They say so by their status: nothing is ready here (no tick), and what is no raw letter is brought again.
UNAVAILABLE = frozenset({"health.readyz", "email.incoming"})
SIGNED = {Who.CARRIER: CARRIER, Who.MAILER: MAILER}


@dataclass(frozen=True)
class Answer:
    """What came back, and what it cost."""

    status: int
    headers: dict[str, str]
    body: bytes
    worked: float  # seconds of processor
    took: float  # seconds
    said: tuple[str, ...] = ()  # what was logged as an error meanwhile
    escaped: str = ""  # an exception that the application let through
    borrowed: int = 0  # connections not given back

    @property
    def kind(self) -> str:
        """Its media type."""
        return self.headers.get("content-type", "").partition(";")[0]


def complaints(shot: Shot, door: Door | None, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer, each as a name and what shows it."""
    if answer.escaped:
        yield f"escaped: {answer.escaped}"
        return
    if answer.status >= 500 and not (answer.status == 503 and door and door.endpoint in UNAVAILABLE):
        yield f"status {answer.status}"
    yield from (f"logged: {line}" for line in answer.said)
    if answer.worked > SLOW or answer.took > HUNG:
        yield f"slow: {answer.worked:.2f} s of work, {answer.took:.2f} s in all"
    if len(answer.body) > LARGEST:
        yield f"large: {len(answer.body)} bytes"
    if answer.borrowed:
        yield f"kept {answer.borrowed} connections"
    if missing := [name for name in HEADERS if name not in answer.headers]:
        yield f"without {missing}"
    yield from _in_the_page(answer)
    yield from _off_the_house(answer)
    if door is not None and shot.method == door.method:
        yield from _let_in(shot, door, answer)


def _in_the_page(answer: Answer) -> Iterator[str]:
    if answer.kind == "text/html" and MARK[:4].encode() in answer.body:
        yield "unescaped in a page"
    if answer.kind == "text/xml" and answer.body:
        try:
            document = parse(answer.body, "voice" if b"<Message" not in answer.body else "messaging")
        except TwimlError as error:
            yield f"no TwiML: {error}"
        else:
            yield from (f"no TwiML: {issue}" for issue in document.issues)


def _off_the_house(answer: Answer) -> Iterator[str]:
    to = answer.headers.get("location", "/")
    if not re.match(r"/(?![/\\])", to) and not to.startswith("http://localhost/"):
        yield "leads off the house"


def _let_in(shot: Shot, door: Door, answer: Answer) -> Iterator[str]:
    """Unsigned, he is refused; without an account he is asked who he is."""
    seal = SIGNED.get(door.who)
    if seal and shot.seal != seal and answer.status < 400:
        yield f"let in unsigned: {answer.status}"
    if door.who in (Who.READER, Who.EDITOR, Who.ADMIN) and shot.role in ("nobody", "holder", "proved", "guest"):
        asked_who = answer.status in (302, 303) and answer.headers.get("location", "").startswith("/signin")
        elsewhere = answer.status == 308  # no such address: the one beside it is named, whoever asks
        if answer.status < 400 and not asked_who and not elsewhere:
            yield f"let in without an account: {answer.status}"
