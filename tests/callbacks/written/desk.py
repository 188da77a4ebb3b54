"""A line at which GPs write: two hospitals, two GPs and a practice they share, and a clock that can be moved on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, text, update

from callbacks import register, requests, sheet
from callbacks.house import Desk, House
from callbacks.promise import RequestView
from callbacks.requests import Filed, Filing
from callbacks.shelf import Shelf
from callbacks.tables import outbox, parts
from callbacks.tables import requests as request_rows
from callbacks.written import filing, intake
from callbacks.written.incoming import Channel, Incoming
from callbacks.written_tables import dialogues, written
from config import clock
from config.crypto import Box
from scheduling.tables import hospitals, people, practitioner_phones, practitioners, wards

LINE = "+33199002424"
ROUX, BLANC, PRACTICE = "+33639980011", "+33639980012", "+33639980013"
STRANGER, LANDLINE = "+33639980099", "+33199001234"
ROUX_MAIL, STRANGER_MAIL = "roux@cabinet.example", "inconnu@ailleurs.example"
OUR_MAIL = "avis@rappel24.example"


@dataclass
class Bell:
    """A doorbell that only remembers who rang."""

    rung: list[tuple[str, object]] = field(default_factory=list)

    def ring(self, kind: str, id: object) -> None:
        self.rung.append((kind, id))


HOUSE = House(
    line_number=LINE,
    sms_sender=LINE,
    alert_caller=LINE,
    public_url="http://localhost",
    alert_phone=None,
    alert_email=None,
    switchboard="+33199001000",
    shows_caller=False,
    language="fr",
    secret_key=b"a secret of thirty-two characters",
    mail_address=OUR_MAIL,
)


@dataclass
class Line:
    """The intake of a house, and what a test asks of it. `ward`: ids by "cochin cardio"."""

    engine: Engine
    desk: Desk
    shelf: Shelf
    bell: Bell
    ward: dict[str, int]
    amelie: int
    count: int = 0

    # What is written

    def sms(self, sender: str, words: str, **more: Any) -> bool:
        """An SMS comes in; whether it was new."""
        self.count += 1
        fields = {"key": f"sms:SM{self.count}", "recipient": LINE} | more
        return self.takes(Incoming(channel=Channel.SMS, sender=sender, text=words, **fields))

    def mail(self, sender: str, words: str, **more: Any) -> bool:
        """An e-mail comes in; whether it was new."""
        self.count += 1
        name = f"<{self.count}@cabinet.example>"
        fields = {"key": f"mail:{self.count}", "recipient": OUR_MAIL, "message_id": name} | more
        return self.takes(Incoming(channel=Channel.EMAIL, sender=sender, text=words, **fields))

    def takes(self, incoming: Incoming) -> bool:
        return intake.take(self.desk, self.shelf, incoming)

    def presented(self, **changes: Any) -> None:
        """The house presents itself otherwise."""
        self.desk = replace(self.desk, house=replace(self.desk.house, **changes))

    # What came of it

    def requests(self) -> list[RequestView]:
        """All that are on file, oldest first."""
        with self.engine.connect() as conn:
            ids = conn.execute(select(request_rows.c.id).order_by(request_rows.c.id)).scalars()
            return [register.view(conn, each) for each in ids]

    def wards_asked(self) -> list[str]:
        """Of every request its ward, or that it is withdrawn."""
        names = {id: name for name, id in self.ward.items()}
        return [names[each.ward_id] if each.state != "withdrawn" else "withdrawn" for each in self.requests()]

    def words_in(self, request_id: int) -> list[str]:
        """What its parts say, as its page shows them."""
        with self.engine.connect() as conn:
            return [sheet.text_of(self.desk.box, part) for part in sheet.parts_of(conn, request_id)]

    def said(self, to: str | None = None) -> list[str]:
        """What waits to be said (to one of them), in order."""
        wanted = outbox.c.recipient == to if to else outbox.c.recipient.is_not(None)
        with self.engine.connect() as conn:
            return list(conn.execute(select(outbox.c.body).where(wanted).order_by(outbox.c.id)).scalars())

    def verdicts(self) -> list[str]:
        """What became of each message, in order."""
        with self.engine.connect() as conn:
            return list(conn.execute(select(written.c.verdict).order_by(written.c.at, written.c.key)).scalars())

    def talks(self) -> list[tuple[str, str | None]]:
        """State and question of every talk, oldest first."""
        found = select(dialogues.c.state, dialogues.c.question).order_by(dialogues.c.id)
        with self.engine.connect() as conn:
            return [(row.state, row.question) for row in conn.execute(found)]

    def talk_id(self) -> int:
        """The latest talk."""
        with self.engine.connect() as conn:
            found: int = conn.execute(text("select max(id) from dialogues")).scalar_one()
            return found

    # What else happens

    def waits(self, span: timedelta) -> None:
        """Time passes on the one clock."""
        with self.engine.begin() as conn:
            conn.execute(update(clock.clock).values(anchor=clock.clock.c.anchor + span))

    def calls(self, caller: str, ward: str, practitioner_id: int | None = None) -> Filed:
        """Somebody telephoned and left no message."""
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            number = self.ward[ward]
            return requests.file(conn, Filing(number, "missed_call", caller, practitioner_id, None, moment.now, moment))

    def claims(self, request_id: int) -> None:
        with self.engine.begin() as conn:
            requests.claim(conn, request_id, self.amelie, clock.read(conn), "page")

    def closes(self, request_id: int) -> None:
        """Amélie reads what is there, and closes it."""
        with self.engine.begin() as conn:
            now = clock.read(conn)
            conn.execute(update(parts).where(parts.c.request_id == request_id).values(heard_at=now.now))
            assert isinstance(requests.close(conn, request_id, self.amelie, "CONSEIL", now), requests.Done)

    def sorts(self, ward: str) -> Filed:
        """Somebody of the office chooses the ward of the latest talk."""
        with self.engine.begin() as conn:
            return filing.file_dialogue(conn, self.talk_id(), self.ward[ward], clock.read(conn))

    def policy(self, hospital: str, policy: str) -> None:
        """What a hospital does with who is not on file."""
        with self.engine.begin() as conn:
            conn.execute(update(hospitals).where(hospitals.c.name == hospital).values(unknown_senders=policy))

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        with self.engine.connect() as conn:
            return conn.execute(text(statement), values).all()


def furnished(engine: Engine, shelf: Shelf, box: Box) -> Line:
    """Cardiology and nephrology at Cochin and Avicenne, rheumatology at Avicenne alone; two GPs on file."""
    bell = Bell()
    ward: dict[str, int] = {}
    with engine.begin() as conn:
        amelie = conn.execute(
            insert(people).values(name="Amélie Petit", phone="+33639980001").returning(people.c.id)
        ).scalar_one()
        for hospital, names in (
            ("Cochin", ("Cardiologie", "Néphrologie", "Dermatologie")),
            ("Avicenne", ("Cardiologie", "Néphrologie", "Rhumatologie")),
        ):
            hospital_id = conn.execute(insert(hospitals).values(name=hospital).returning(hospitals.c.id)).scalar_one()
            for name in names:
                slug = f"{hospital.lower()} {name[:5].lower().replace('é', 'e')}"
                keypad = {"Cardiologie": "227", "Néphrologie": "637", "Dermatologie": "337", "Rhumatologie": "748"}[
                    name
                ]
                row = {"slug": slug, "hospital_id": hospital_id, "name": name, "keypad": keypad}
                ward[slug] = conn.execute(insert(wards).values(row).returning(wards.c.id)).scalar_one()
        for name, phones, email, rpps in (
            ("Dr Roux", [ROUX, PRACTICE], ROUX_MAIL, "10100000011"),
            ("Dr Blanc", [BLANC, PRACTICE], "", "10100000012"),
        ):
            row = {"name": name, "email": email, "rpps": rpps}
            id = conn.execute(insert(practitioners).values(row).returning(practitioners.c.id)).scalar_one()
            for position, phone in enumerate(phones):
                conn.execute(insert(practitioner_phones).values(practitioner_id=id, phone=phone, position=position))
    return Line(engine, Desk(engine, bell, box, HOUSE), shelf, bell, ward, amelie)
