"""GPs who wait, and what the ward does about them, without a door. The clock stands where a test put it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from werkzeug.test import TestResponse

from callbacks import bridge, climb, holding, links, recordings, requests
from callbacks.requests import Filed, Filing
from callbacks.tables import attempts, calls
from callbacks.trying import Result
from config import clock
from config.clock import Moment
from tests.web.conftest import SECRET
from tests.web.office.conftest import PARIS, Office

NOON = datetime(2026, 12, 8, 12, 0, tzinfo=PARIS)
DR_ROUX = "+33639980011"


@dataclass
class Waiting:
    """Tuesday noon; Amélie, then Bruno, are on call for cardiology, Farid for pneumology."""

    office: Office
    now: datetime = NOON
    filed: dict[str, Filed] = field(default_factory=dict)  # by reference

    def __post_init__(self) -> None:
        self.is_now(NOON)
        for slug, senior, rank in (("cardio", "Amélie", 1), ("cardio", "Bruno", 2), ("pneumo", "Farid", 1)):
            self.office.shift(slug, senior, "2026-12-07 08:30", "2026-12-12 08:30", rank)

    def is_now(self, at: datetime) -> Moment:
        """The clock stands there: a microsecond takes a quarter of an hour."""
        self.now = at
        with self.office.engine.begin() as conn:
            clock.start_at(conn, at, 1e-9)
            return clock.read(conn)

    def passes(self, **delta: float) -> None:
        """Time goes by."""
        self.is_now(self.now + timedelta(**delta))

    def asks(self, slug: str = "cardio", ago: timedelta = timedelta(), **said: str) -> str:
        """A GP asked this ward, and nobody could answer; the reference."""
        with self.office.engine.begin() as conn:
            moment = clock.read(conn)
            values = {"channel": "missed_call", "caller": DR_ROUX} | said
            created = moment.now - ago
            filing = Filing(
                self.office.wards[slug], values["channel"], values["caller"], None, None, created, moment,
                values.get("reach", "now"),
            )  # fmt: skip
            filed = requests.file(conn, filing)
        self.filed[filed.reference] = filed
        return filed.reference

    def id(self, reference: str) -> int:
        """The request's row."""
        return self.filed[reference].id

    def climbs(self, reference: str) -> None:
        """What is due about it is done."""
        with self.office.engine.begin() as conn:
            climb.climb(conn, self.id(reference), clock.read(conn), self.office.app.extensions["desk"].house)

    def claims(self, reference: str, senior: str, how: str = "page") -> None:
        """A senior takes it."""
        with self.office.engine.begin() as conn:
            holding.claim(conn, self.id(reference), self.office.seniors[senior], clock.read(conn), how)

    def tries(self, reference: str, senior: str, result: Result = Result.NO_ANSWER) -> None:
        """He called by his own means."""
        with self.office.engine.begin() as conn:
            requests.attempted(conn, self.id(reference), self.office.seniors[senior], clock.read(conn), result)

    def closes(self, reference: str, senior: str, outcome: str = "CONSEIL") -> None:
        """He says how it ended."""
        with self.office.engine.begin() as conn:
            requests.close(conn, self.id(reference), self.office.seniors[senior], outcome, clock.read(conn))

    def says_more(self, reference: str) -> None:
        """The GP left a message that nobody has heard."""
        with self.office.engine.begin() as conn:
            recording = recordings.announced(conn, f"RE{uuid4().hex}", seconds=12)
            requests.add_voice_part(conn, self.id(reference), recording, None, clock.read(conn))

    def calls_back(self, reference: str, senior: str) -> UUID:
        """He asked for a callback through the line."""
        with self.office.engine.begin() as conn:
            asked = bridge.ask(conn, self.id(reference), self.office.seniors[senior], clock.read(conn), "page")
            assert isinstance(asked, bridge.Asked)
            return asked.bridge_id

    def link(self, reference: str, senior: str) -> str:
        """The path of a senior's own page of it."""
        with self.office.engine.begin() as conn:
            now = clock.read(conn).now
            return "/r/" + links.token_for(conn, self.id(reference), self.office.seniors[senior], now, SECRET)

    def events(self, reference: str) -> list[tuple[str, int | None]]:
        """What happened to it: the kind, and the account that did it."""
        found = text("select kind, account_id from events where request_id = :id order by id")
        with self.office.engine.connect() as conn:
            return [(row.kind, row.account_id) for row in conn.execute(found, {"id": self.id(reference)})]

    # Calls

    def call(self, slug: str = "cardio", result: str = "request", **columns: object) -> UUID:
        """A GP called this ward now; its candidates are by first name, in their order."""
        names = columns.pop("candidates", ("Amélie", "Bruno"))
        assert isinstance(names, tuple)
        candidates = [[self.office.seniors[name], "+33639980100", rank] for rank, name in enumerate(names, start=1)]
        values = {
            "sid": f"CA{uuid4().hex}",
            "caller": DR_ROUX,
            "ward_id": self.office.wards[slug],
            "result": result,
            "step": "promise",
            "memory": {"candidates": candidates},
            "started_at": self.now,
            "ended_at": self.now + timedelta(minutes=2),
            "heard_real": self.now + timedelta(minutes=2),
        }
        with self.office.engine.begin() as conn:
            id: UUID = conn.execute(insert(calls).values(values | columns).returning(calls.c.id)).scalar_one()
        return id

    def rings(
        self, call: UUID, senior: str, after: float, lasts: float, outcome: str | None, **columns: object
    ) -> None:
        """His telephone rang in that call, so many seconds after it began."""
        since = self.now + timedelta(seconds=after)
        with self.office.engine.begin() as conn:
            seq = conn.execute(text("select count(*) + 1 from attempts where call_id = :id"), {"id": call}).scalar_one()
            values = {
                "call_id": call,
                "seq": seq,
                "person_id": self.office.seniors[senior],
                "phone": "+33639980100",
                "rank": 1,
                "rung_at": since,
                "rung_real": since,
                "ended_real": since + timedelta(seconds=lasts),
                "outcome": outcome,
                "declined_at": since if outcome == "declined" else None,
            }
            conn.execute(insert(attempts).values(values | columns))


def read(reply: TestResponse) -> str:
    """A page without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", reply.text))).replace("\u202f", " ")


def sentences(reply: TestResponse, kind: str = "story") -> list[str]:
    """The lines of a timeline, or of the telephones of a call ("rings")."""
    found = re.search(rf'<ol class="{kind}[^>]*>(.*?)</ol>', reply.text, re.DOTALL)
    assert found
    return list(_lines(found[1]))


def _lines(html: str) -> Iterator[str]:
    for item in re.split(r"<li(?: class=\"\w+\")?>(?=<time|<div)", html)[1:]:
        words = re.sub(r"<time[^>]*>.*?</time>", "", item)
        yield re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", words))).replace("\u202f", " ").strip()


def order(reply: TestResponse) -> list[str]:
    """The references of the board, from its first row."""
    return re.findall(r'id="r(\d{6})"', reply.text)
