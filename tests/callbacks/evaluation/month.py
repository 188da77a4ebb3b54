"""A month of two hospitals in which all that a figure looks at happened; with words planted that must not leave."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from psycopg.types.range import TimestamptzRange
from sqlalchemy import Engine, Table, insert

from callbacks.commitment_tables import assessments, polls
from callbacks.tables import attempts, calls, events, outbox, parts, requests
from scheduling.tables import hospitals, people, practitioner_phones, practitioners, shifts, wards

FIRST = datetime(2026, 11, 2, 8, tzinfo=UTC)
AFTERWARDS = datetime(2027, 1, 5, 9, tzinfo=UTC)
COCHIN, AVICENNE = 1, 2
WARDS = {"cochin-cardiologie": (1, COCHIN), "cochin-pneumologie": (2, COCHIN), "avicenne-gastro": (3, AVICENNE)}
SENIOR, GPS = 1, 9
KINDS = ("advice",) * 6 + ("admission", "letter", "directory")
RESULTS = ("answered",) * 5 + ("request", "lost", "switchboard", "senior")
OUTCOMES = ("CONSEIL", "ADM_DIRECTE", "CONSULT_RAPIDE", "URGENCES", "AUTRE_LIGNE", "DOUBLON", "HORS_CHAMP", None)
QUESTIONS = ("access", "admission", "document", "access_wanted", "admission_wanted", "document_wanted")
# Names, numbers, words: wherever somebody may have left some.
PLANTED = (
    *("Hélène Roux", "Amélie Durand", "Cabinet du Port", "roux@cabinet.example", "garance@hopital.example"),
    *("+3363998", "33639980", "0639980", "1000345678", "ictere nu", "Madame Planque", "la patiente Ondine", "Sycomore"),
)


@dataclass
class Month:
    """What happened in November 2026, the same each time."""

    engine: Engine
    chance: Random = field(default_factory=lambda: Random(7))
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._house()
        for number in range(120):
            self._call(number)
        for number in range(1, 91):
            self._request(number)
        with self.engine.begin() as conn:
            # What was said of calls and of requests comes after both.
            for table in sorted(self.rows, key=lambda table: table in (assessments, polls)):
                conn.execute(insert(table), self.rows[table])

    def _puts(self, table: Table, **row: Any) -> None:
        self.rows[table].append(row)

    def _house(self) -> None:
        for id, name in ((COCHIN, "Cochin"), (AVICENNE, "Avicenne")):
            self._puts(hospitals, id=id, name=name)
        self._puts(people, id=SENIOR, name="Amélie Durand", phone="+33639980001", email="garance@hopital.example")
        for slug, (id, hospital_id) in WARDS.items():
            row = {"slug": slug, "hospital_id": hospital_id, "name": slug.split("-")[1].title(), "keypad": "227"}
            self._puts(wards, id=id, **row, opening="mon-fri 08:30-18:30", head_id=SENIOR)
        for id in range(1, GPS + 1):
            row = {"name": "Dr Hélène Roux", "practice": "Cabinet du Port", "email": "roux@cabinet.example"}
            self._puts(practitioners, id=id, **row, rpps=f"1000345678{id}", created_at=FIRST)
            self._puts(practitioner_phones, practitioner_id=id, phone=number_of(id))
        for week in range(4):
            since = FIRST + timedelta(weeks=week)
            during = TimestamptzRange(since, since + timedelta(days=4, hours=week))
            self._puts(shifts, ward_id=1, person_id=SENIOR, rank=1, during=during)

    def _who(self) -> dict[str, Any]:
        """One of the GPs, or a number that nobody knows."""
        id = self.chance.randint(1, 12)
        return {"caller": number_of(id), "practitioner_id": id if id <= GPS else None}

    def _at(self, number: int) -> datetime:
        """Two in every nine hours, so that some call again within ten minutes."""
        return FIRST + timedelta(hours=number // 2 * 9, seconds=self.chance.randrange(500))

    def _ward(self) -> int:
        return self.chance.choice([id for id, _ in WARDS.values()])

    # Calls

    def _call(self, number: int) -> None:
        id, at, result = UUID(int=self.chance.getrandbits(128)), self._at(number), self.chance.choice(RESULTS)
        direction = "canary" if number % 17 == 0 else "inbound"
        ward_id = None if result == "lost" and number % 2 else self._ward()
        wait, talk = self.chance.randrange(5, 90), self.chance.randrange(30, 600)
        taken = at + timedelta(seconds=wait) if result == "answered" else None
        self._puts(
            calls,
            id=id,
            sid=f"CA{id.hex}",
            step="x",
            direction=direction,
            result=result,
            ward_id=ward_id,
            **self._who(),
            started_at=at,
            answered_at=taken,
            ended_at=at + timedelta(seconds=wait + talk),
            memory={"said": "rappelez la patiente Ondine"},
            outcome=self.chance.choice(OUTCOMES) if taken else None,
        )
        if ward_id and direction == "inbound":
            self._rings(id, at + timedelta(seconds=4), taken)
        if taken:
            self._assess(at + timedelta(hours=2), ward_id, call_id=id, request_id=None)

    def _rings(self, call_id: UUID, at: datetime, taken: datetime | None) -> None:
        rung = {"call_id": call_id, "seq": 1, "person_id": SENIOR, "phone": "+33639980001", "rank": 1}
        ended = {"accepted_at": taken, "outcome": "taken" if taken else "no-answer"}
        self._puts(attempts, **rung, rung_at=at, rung_real=at, ended_real=at, **ended)

    # Requests

    def _request(self, id: int) -> None:
        at, kind, ward_id, outcome = self._at(id), self.chance.choice(KINDS), self._ward(), self.chance.choice(OUTCOMES)
        closed = at + timedelta(hours=self.chance.randrange(1, 60)) if outcome else None
        self._puts(
            requests,
            id=id,
            reference=f"{724100 + id}",
            ward_id=ward_id,
            kind=kind,
            channel=self.chance.choice(("voice", "sms", "email")),
            state="done" if closed else "open",
            **self._who(),
            mail="roux@cabinet.example",
            created_at=at,
            due_at=at + timedelta(hours=24),
            closed_at=closed,
            outcome=outcome,
            next_rung=None if closed else "due",
            next_step_at=None if closed else at,
            event_at=at - timedelta(hours=30) if kind == "letter" else None,
        )
        self._puts(parts, request_id=id, body=b"ictere nu", created_at=at)
        said = {"purpose": "first", "channel": "sms", "recipient": "+33639980001", "body": "Madame Planque"}
        self._puts(outbox, key=f"k{id}", request_id=id, due_at=at, created_at=at, **said)
        self._course(id, at, closed, outcome)
        if closed:
            self._assess(closed, ward_id, call_id=None, request_id=id)

    def _course(self, id: int, at: datetime, closed: datetime | None, outcome: str | None) -> None:
        self._happens(id, "filed", at)
        self._happens(id, "rung", at + timedelta(minutes=5), rung=self.chance.choice(("first", "rank_2", "head")))
        if closed is not None and outcome is not None:
            self._happens(id, "claimed", at + (closed - at) / 4)
            self._happens(id, "attempted", at + (closed - at) / 2, result="no-answer")
            self._happens(id, "attempted", closed, result="reached")
            self._happens(id, "done", closed, outcome=outcome)

    def _happens(self, id: int, kind: str, at: datetime, **detail: str) -> None:
        self._puts(events, request_id=id, at=at, kind=kind, person_id=SENIOR, detail={"note": "Sycomore", **detail})

    # What both sides said

    def _assess(self, at: datetime, ward_id: int | None, **of: object) -> None:
        for side in ("hospital", "practice"):
            if self.chance.random() < 0.7:
                asked, outcome = self.chance.choice(("AVIS_DIAG", "ADMISSION")), self.chance.choice(OUTCOMES[:4])
                said = {
                    "asked": asked,
                    "outcome": outcome,
                    "otherwise": self.chance.choice(("URGENCES", "SAMU", "RIEN")),
                }
                self._puts(assessments, **of, side=side, how="page", at=at, **said)
        if self.chance.random() < 0.6:
            answered = at + timedelta(hours=5) if self.chance.random() < 0.7 else None
            answers = {name: self.chance.choice((0, 1, 1, None)) if answered else None for name in QUESTIONS}
            self._puts(polls, **of, ward_id=ward_id, asked_at=at, answered_at=answered, **answers)


def number_of(id: int) -> str:
    """The number of a GP."""
    return f"+336399801{id:02}"
