"""A house with its doors, on a clean database: Amélie is on call for cardiology at Cochin, and Dr Roux has called."""

import math
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis as redis_client
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from callbacks import afterwards, alarms, bridge, holding, links, pins, recordings, register, requests, sheet
from callbacks.answers import access, sending
from callbacks.answers import drafts as written_drafts
from callbacks.house import Desk, House
from callbacks.requests import Filed, Filing
from callbacks.shelf import Shelf
from callbacks.tables import calls, hearings, outbox, parts
from callbacks.tables import recordings as recording_rows
from callbacks.trying import Result
from callbacks.written import fetching, pictures
from callbacks.written.incoming import Attached
from callbacks.written_tables import answers, written
from config import clock
from config.app import Parts, assemble
from config.crypto import Box
from scheduling.accounts import sessions
from scheduling.accounts.tables import accounts
from scheduling.tables import hospitals, people, shifts, ward_seniors, wards
from tests.browser import TELEPHONE, served
from tests.callbacks.sending import MemoryCarrier
from tests.engines import Engines
from tests.web.senior import Senior

TOKEN = "12345"
SECRET = b"a secret of thirty-two characters"
DR_ROUX = "+33639980011"
HOUSE = House(
    line_number="+33199002424",
    sms_sender="+33199002424",
    alert_caller="+33199002424",
    public_url="http://localhost",
    alert_phone=None,
    alert_email=None,
    switchboard="+33199002400",
    shows_caller=False,
    language="fr",
    secret_key=SECRET,
)
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 une plaque rouge sur un bras \xff\xd9"


@dataclass
class Bell:
    """A doorbell that only remembers who rang."""

    rung: list[tuple[str, object]] = field(default_factory=list)

    def ring(self, kind: str, id: int | str | UUID) -> None:
        self.rung.append((kind, id))


@dataclass(frozen=True)
class Ward:
    """The ward and its people, by their ids; what a test does to them without going through a door."""

    engine: Engine
    box: Box
    shelf: Shelf
    id: int
    amelie: int
    bruno: int

    def request(self, caller: str | None = DR_ROUX, practitioner_id: int | None = None) -> Filed:
        """Dr Roux has called, and nobody could answer."""
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            filing = Filing(self.id, "missed_call", caller, practitioner_id, None, moment.now, moment)
            return requests.file(conn, filing)

    def link(self, filed: Filed, person_id: int | None = None) -> str:
        """The path of a person's link to it; Amélie's, if nobody is named."""
        with self.engine.begin() as conn:
            now = clock.read(conn).now
            return "/r/" + links.token_for(conn, filed.id, person_id or self.amelie, now, SECRET)

    def voice(self, filed: Filed, seconds: float = 3.0, state: str = "stored") -> UUID:
        """Dr Roux left a message, and it is in the house (or not yet: `state`); the part's id."""
        with self.engine.begin() as conn:
            recording_id = recordings.announced(conn, f"RE{uuid4().hex}", seconds=int(seconds))
            name = self.shelf.put(recording_id, sound(seconds)) if state == "stored" else None
            changed = update(recording_rows).where(recording_rows.c.id == recording_id)
            conn.execute(changed.values(state=state, file=name))
            requests.add_voice_part(conn, filed.id, recording_id, None, clock.read(conn))
            mine = select(parts.c.id).where(parts.c.recording_id == recording_id)
            part_id: UUID = conn.execute(mine).scalar_one()
            return part_id

    def text(self, filed: Filed, words: str) -> UUID:
        """Dr Roux wrote; the part's id."""
        part_id = uuid4()
        with self.engine.begin() as conn:
            sealed = self.box.seal(words.encode(), sheet.context(part_id))
            requests.add_text_part(conn, filed.id, part_id, sealed, clock.read(conn))
        return part_id

    def picture(self, part_id: UUID, *attached: Attached) -> None:
        """It came with a message of his: a photo, when nothing is said of it."""
        row = {"id": part_id, "key": f"sms:{part_id}", "channel": "sms", "sender": DR_ROUX, "recipient": DR_ROUX}
        with self.engine.begin() as conn:
            filed = {"verdict": "filed", "body": b"", "at": clock.read(conn).now}
            conn.execute(insert(written).values(row | filed))
            pictures.keep(conn, self.shelf, part_id, attached or [Attached("bras.jpg", "image/jpeg", PHOTO)])

    def answers_in_writing(self, filed: Filed, words: str = "Poursuivez le traitement.") -> str:
        """Amélie answers it in writing; the token of the link in its notice."""
        house = replace(HOUSE, mail_address="avis@hopital.mssante.fr")
        with self.engine.begin() as conn:
            desk, moment = Desk(self.engine, Bell(), self.box, house), clock.read(conn)
            told = sending.send(conn, desk, filed.id, self.amelie, words, "CONSEIL", moment)
            assert isinstance(told, sending.Sent)
            link_id = access.latest_of(conn, told.answer_id)
            assert link_id is not None
            return access.token_of(link_id, SECRET)

    def writes(self, filed: Filed, words: str) -> None:
        """Amélie's draft, as another browser of hers keeps it."""
        with self.engine.begin() as conn:
            written_drafts.save(conn, self.box, filed.id, self.amelie, words, clock.read(conn))

    def drafts(self) -> int:
        """How many answers somebody is writing."""
        with self.engine.begin() as conn:
            return len(conn.execute(select(answers.c.id).where(answers.c.state == "draft")).all())

    def fetches(self, source: str, content: bytes) -> None:
        """The carrier hands over what came with an SMS."""
        carrier = MemoryCarrier(pictures={source: content})
        with self.engine.begin() as conn:
            due = fetching.take_due(conn, 10)
        for each in due:
            fetching.fetch(self.engine, carrier, self.shelf, UUID(str(each.id)), "worker")

    def conversation(self) -> str:
        """Amélie took a call of Dr Roux; the path of the link that asks her how it ended."""
        with self.engine.begin() as conn:
            now = clock.read(conn).now
            row = {
                "sid": f"CA{uuid4().hex}",
                "ward_id": self.id,
                "result": "answered",
                "answered_by": self.amelie,
                "answered_at": now,
                "started_at": now,
                "step": "goodbye",
            }
            call_id: UUID = conn.execute(insert(calls).values(row).returning(calls.c.id)).scalar_one()
            return "/c/" + afterwards.token_for(call_id, SECRET)

    def state(self, filed: Filed) -> tuple[str, int | None, str | None]:
        """State, claimer and outcome, as they stand."""
        with self.engine.begin() as conn:
            view = requests.view(conn, filed.id)
            return view.state, view.claimed_by, view.outcome

    def hearings(self) -> list[tuple[UUID, int, str]]:
        """Who heard what, and how."""
        with self.engine.begin() as conn:
            found = select(hearings.c.part_id, hearings.c.person_id, hearings.c.how).order_by(hearings.c.id)
            return [(row.part_id, row.person_id, row.how) for row in conn.execute(found)]

    def alarms(self) -> list[str]:
        """Kinds of what stands."""
        with self.engine.connect() as conn:
            return [alarm.kind for alarm in alarms.standing(conn)]

    def sets_pin(self, pin: str, person_id: int | None = None) -> None:
        """A person has a PIN already."""
        with self.engine.begin() as conn:
            assert pins.set_first(conn, person_id or self.amelie, pin) is None

    def answers(self, filed: Filed) -> None:
        """The senior, who asked to call back, takes up the telephone that rings; the GP's is rung."""
        with self.engine.begin() as conn:
            asked, moment = bridge.latest(conn, filed.id), clock.read(conn)
            assert asked is not None
            row = {"sid": f"CA{uuid4().hex}", "direction": "callback", "started_at": moment.now, "step": "bridge"}
            call_id: UUID = conn.execute(insert(calls).values(row).returning(calls.c.id)).scalar_one()
            assert bridge.answered(conn, asked.id, call_id)
            assert bridge.ring(conn, asked.id, DR_ROUX, moment)

    def talks(self, filed: Filed) -> None:
        """The GP presses 1."""
        with self.engine.begin() as conn:
            asked = bridge.latest(conn, filed.id)
            assert asked is not None
            assert bridge.accept(conn, asked.id, "", clock.read(conn))

    def hangs_up(self, filed: Filed, result: Result | str) -> None:
        """The callback is over."""
        with self.engine.begin() as conn:
            asked = bridge.latest(conn, filed.id)
            assert asked is not None
            assert bridge.settle(conn, asked.id, result, clock.read(conn))

    def reports(self, filed: Filed) -> None:
        """The line writes down what it knows of the try."""
        with self.engine.begin() as conn:
            asked = bridge.latest(conn, filed.id)
            assert asked is not None
            bridge.report(conn, asked.id, clock.read(conn))

    def begins_at(self, at: str) -> None:
        """The one clock shows this instant (ISO 8601); nothing has happened yet."""
        with self.engine.begin() as conn:
            conn.execute(update(clock.clock).values(anchor=datetime.fromisoformat(at), anchor_real=func.real_now()))

    def tried(self, filed: Filed) -> list[tuple[str, int]]:
        """The tries on record: what came of each, and whose it was."""
        with self.engine.begin() as conn:
            return [(each.result, each.by) for each in register.tries(conn, filed.id)]

    def how_tried(self, filed: Filed) -> list[str]:
        """How each try on record was made: by the line's bridge, or by own means."""
        with self.engine.begin() as conn:
            found = register.timeline(conn, filed.id)
            return [entry.detail["how"] for entry in found if entry.event.kind == "attempted"]

    def is_asked(self, filed: Filed, to: int, by: int | None = None) -> None:
        """Somebody asks a colleague to take it over."""
        with self.engine.begin() as conn:
            holding.offer(conn, filed.id, to, clock.read(conn), by=by)

    def claims(self, filed: Filed, person_id: int) -> None:
        """Somebody claims it by telephone."""
        with self.engine.begin() as conn:
            assert isinstance(requests.claim(conn, filed.id, person_id, clock.read(conn), "phone"), requests.Claimed)

    def of_the_ward(self, *person_ids: int, on_call: int | None = None) -> None:
        """Who is on the list of the ward, and who is on call for it now."""
        with self.engine.begin() as conn:
            for person_id in person_ids:
                conn.execute(insert(ward_seniors).values(ward_id=self.id, person_id=person_id))
            if on_call is not None:
                now = clock.read(conn).now
                during = Range(now - timedelta(hours=1), now + timedelta(days=2))
                conn.execute(insert(shifts).values(ward_id=self.id, person_id=on_call, rank=1, during=during))

    def signs_in(self, browser: FlaskClient, email: str) -> None:
        """Somebody with this address signs in at the office with that browser."""
        with self.engine.begin() as conn:
            row = {"email": email, "name": email, "role": "reader"}
            account_id = conn.execute(insert(accounts).values(row).returning(accounts.c.id)).scalar_one()
            token = sessions.begin(conn, account_id)
        with browser.session_transaction() as session:
            session["_user_id"] = token

    def texts(self) -> list[tuple[str, str]]:
        """What waits to be sent by SMS: the purpose, and to whom."""
        with self.engine.connect() as conn:
            waiting = select(outbox.c.purpose, outbox.c.recipient).where(outbox.c.channel == "sms")
            return [(row.purpose, row.recipient) for row in conn.execute(waiting.order_by(outbox.c.id))]

    def calls(self) -> list[tuple[str, str]]:
        """What waits to be rung: the purpose, and whose telephone."""
        with self.engine.connect() as conn:
            waiting = select(outbox.c.purpose, outbox.c.recipient).where(outbox.c.channel == "call")
            return [(row.purpose, row.recipient) for row in conn.execute(waiting.order_by(outbox.c.id))]

    def waits(self, delta: timedelta) -> None:
        """Let time pass, on both clocks."""
        with self.engine.begin() as conn:
            shifted = f"select clock_timestamp() + make_interval(secs => {delta.total_seconds()})"
            conn.exec_driver_sql(
                f"create or replace function real_now() returns timestamptz language sql volatile as $$ {shifted} $$"
            )


def sound(seconds: float, rate: int = 8000) -> bytes:
    """A wav of a quiet tone."""
    tone = (int(3000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate)))
    file = BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(array("h", tone).tobytes())
    return file.getvalue()


@pytest.fixture
def box() -> Box:
    return Box([bytes(32)])


@pytest.fixture
def shelf(box: Box, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, box)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def ward(database: Engine, box: Box, shelf: Shelf) -> Ward:
    with database.begin() as conn:

        def add(table: Table, **values: object) -> int:
            key: int = conn.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
            return key

        cochin = add(hospitals, name="Cochin")
        amelie = add(people, name="Amélie Durand", title="Dr", phone="+33639980001")
        bruno = add(people, name="Bruno Petit", title="Dr", phone="+33639980002")
        cardiology = add(wards, slug="cochin-cardio", hospital_id=cochin, name="Cardiologie", keypad="227")
    return Ward(database, box, shelf, cardiology, amelie, bruno)


@pytest.fixture
def house() -> House:
    return HOUSE


@pytest.fixture
def app(
    database_url: str,
    engines: Engines,
    redis: redis_client.Redis,
    house: House,
    box: Box,
    bell: Bell,
    shelf: Shelf,
) -> Flask:
    desk = Desk(engines.web(database_url), bell, box, house)
    return assemble(Parts(desk, shelf, redis, [TOKEN], "http://localhost:1"))


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    with served(app) as address:
        yield address


@pytest.fixture
def telephone(chromium: Browser, site: str) -> Iterator[Page]:
    """A page of 360 points; a word on its console fails the test."""
    context = chromium.new_context(base_url=site, viewport=TELEPHONE, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


@pytest.fixture
def filed(ward: Ward) -> Filed:
    """A request of Dr Roux, of which the ward was alerted."""
    return ward.request()


@pytest.fixture
def amelie(browser: FlaskClient, ward: Ward, filed: Filed) -> Senior:
    """She was alerted, and holds her link."""
    return Senior(browser, ward.link(filed))


@pytest.fixture
def bruno(app: Flask, ward: Ward, filed: Filed) -> Senior:
    """A colleague who was alerted too, at his own telephone."""
    return Senior(app.test_client(), ward.link(filed, ward.bruno))
