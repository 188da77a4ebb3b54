"""Every route of the application, walked as every role: what each gets is said here, and nothing else happens.

What a route asks for is read from its mark, so that a new one is walked as soon as it is there. What stands in a path
is taught below: a path that cannot be filled fails.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import Range
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from callbacks import requests
from callbacks.requests import Filing
from callbacks.tables import calls, recordings
from callbacks.trust_tables import holds
from callbacks.written import pictures
from callbacks.written.incoming import Attached
from callbacks.written_tables import dialogues, written
from config import clock
from config.doors import Who, doors
from scheduling.accounts.roles import Role
from scheduling.partner_tables import practices, registrations
from scheduling.planning.tables import audit, feeds, leaves, shift_templates, test_calls
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.sending import sound as wav
from tests.web.office.conftest import Office

# Who comes. All doors are those of cardio at Cochin; "elsewhere" is gastro at Avicenne.
NOBODY, READER, EDITOR, ADMIN = "nobody", "reader", "editor", "admin"
READER_ELSEWHERE, EDITOR_ELSEWHERE, SWITCHBOARD = "reader elsewhere", "editor elsewhere", "switchboard"
PEOPLE = (NOBODY, READER_ELSEWHERE, READER, SWITCHBOARD, EDITOR_ELSEWHERE, EDITOR, ADMIN)

# What each gets at each kind of door. ASKED: sent to the sign-in page. REFUSED: told that the right is not his.
IN, ASKED, REFUSED, ABSENT = "in", "asked who he is", "refused", "absent"
READERS, EDITORS = (READER, READER_ELSEWHERE, SWITCHBOARD), (EDITOR, EDITOR_ELSEWHERE)
GETS = {
    Who.ANYONE: dict.fromkeys(PEOPLE, IN),
    Who.READER: dict.fromkeys(PEOPLE, IN) | {NOBODY: ASKED},
    Who.EDITOR: dict.fromkeys(PEOPLE, IN) | {NOBODY: ASKED} | dict.fromkeys(READERS, REFUSED),
    Who.ADMIN: dict.fromkeys(PEOPLE, REFUSED) | {NOBODY: ASKED, ADMIN: IN},
    # Doors that ask for something else than an account: no account opens them.
    Who.HALFWAY: dict.fromkeys(PEOPLE, ASKED),
    Who.INVITED: dict.fromkeys(PEOPLE, ABSENT),
    Who.LINK: dict.fromkeys(PEOPLE, ABSENT),
    Who.GP: dict.fromkeys(PEOPLE, ABSENT),
    Who.PIN: dict.fromkeys(PEOPLE, ABSENT),
    Who.CALL: dict.fromkeys(PEOPLE, ABSENT),
    Who.FEED: dict.fromkeys(PEOPLE, ABSENT),
    Who.CARRIER: dict.fromkeys(PEOPLE, REFUSED),
    Who.MAILER: dict.fromkeys(PEOPLE, REFUSED),
}
# A path with one of these belongs to a ward or its hospital: for who is elsewhere it does not exist.
BOUND = frozenset(
    {"slug", "hospital_id", "ward_id", "person_id", "shift_id", "template_id", "leave_id", "test_id", "audit_id"}
    | {"reference", "call_id", "dialogue_id"}
)
ELSEWHERE = frozenset({READER_ELSEWHERE, EDITOR_ELSEWHERE})
# Doors for anyone that lead on: to a provider, which is not named here, or to the sign-in page.
CONDITIONAL = frozenset({"oidc.go", "oidc.back", "signin.home", "signin.give_password"})
# Leaving leads to the sign-in page too.
LEAVING = frozenset({"signin.leave", "signin.leave_everywhere"})
# To who is elsewhere it says what it says of something that is gone already.
SAYS_GONE = frozenset({"leave.remove"})
# What these ask for beside their path, and words that mean another thing in each path.
ASKS = {"now.ring": "?ward=cardio"}
WORDS = {"sheets": {"kind": "wards"}, "transfer": {"kind": "csv"}, "ladders": {"kind": "advice"}}


FORMS = "0" * 40
DECEMBER = (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))


@dataclass(frozen=True)
class Door:
    """One method of one route, filled in."""

    endpoint: str
    method: str
    path: str
    who: Who
    bound: bool

    def gets(self, person: str) -> str:
        """What it answers him."""
        expected = GETS[self.who][person]
        if expected == IN and self.endpoint in LEAVING:
            return ASKED
        return ABSENT if expected == IN and self.bound and person in ELSEWHERE else expected


@pytest.fixture
def house(office: Office) -> Office:
    """Cardio with what a path may name; people of two wards."""
    office.account(READER_ELSEWHERE, Role.READER, "gastro")
    office.account(EDITOR_ELSEWHERE, Role.EDITOR, "gastro")
    office.account("spare", Role.READER, "gastro")
    return office


def known(office: Office) -> dict[str, object]:
    """What stands in a path, by the name of its variable."""
    gp = office.add(practitioners, name="Dr Roux", practice="Cabinet du Port")
    with office.engine.begin() as conn:
        conn.execute(insert(practitioner_phones).values(practitioner_id=gp, phone="+33639980011"))
    return {
        "slug": "cardio",
        "hospital_id": office.hospitals["Cochin"],
        "person_id": office.seniors["Amélie"],
        "account_id": office.accounts["spare"],
        "practitioner_id": gp,
        "code": "letter",
        "practice_id": office.add(practices, name="Cabinet du Port"),
        "registration_id": office.add(registrations, proof="sms", created_at=DECEMBER[0]),
        "shift_id": office.shift("cardio", "Amélie", "2026-11-23 08:30", "2026-11-23 18:30"),
        "template_id": office.add(
            shift_templates, ward_id=office.wards["cardio"], name="Jour", kind="day", hours="mon-fri 08:30-18:30"
        ),
        "leave_id": office.add(
            leaves, person_id=office.seniors["Amélie"], during=Range(*DECEMBER, bounds="[)"), kind="leave"
        ),
        "test_id": office.add(test_calls, ward_id=office.wards["cardio"], began_at=DECEMBER[0]),
        "audit_id": office.add(audit, ward_id=office.wards["cardio"], at=DECEMBER[0], actor="x", what="rota.assign"),
        "reference": _request(office),
        "call_id": office.add(
            calls, sid="CA1", ward_id=office.wards["cardio"], result="lost", step="arrive", started_at=DECEMBER[0]
        ),
        "dialogue_id": (talk := _to_sort(office)),
        "hold_id": office.add(holds, reason="x", placed_at=DECEMBER[0], lifted_at=DECEMBER[0]),
        "written_id": _words(office, talk),
        "recording_id": _said(office, talk),
        "seq": 0,
        "feed_id": office.add(feeds, ward_id=office.wards["cardio"], nonce="n"),
        "month": "2026-11",
        "filename": "icon.svg",
        "token": "1aaaaaaaaaaaa",
        "part_id": uuid4(),
        "step": "arrive",
        "turn": 1,
    }


def _request(office: Office) -> str:
    """Dr Roux waits for cardio to call back; the reference."""
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        filing = Filing(office.wards["cardio"], "missed_call", "+33639980011", None, None, moment.now, moment)
        return requests.file(conn, filing).reference


def _to_sort(office: Office) -> int:
    """Somebody wrote to cardio, and did not say who he is."""
    row = {"channel": "sms", "sender": "+33639980041", "question": "who", "ward_id": office.wards["cardio"]}
    times = dict.fromkeys(("created_at", "sort_at", "due_at"), datetime(2026, 11, 21, tzinfo=UTC))
    return office.add(dialogues, **row, **times)


def _words(office: Office, talk: int) -> UUID:
    """What he wrote, with a photo."""
    shelf = office.app.extensions["shelf"]
    with office.engine.begin() as conn:
        row = {"key": "sms:1", "channel": "sms", "sender": "", "recipient": "", "body": b"", "verdict": "waiting"}
        values = row | {"dialogue_id": talk, "at": DECEMBER[0]}
        id: UUID = conn.execute(insert(written).values(values).returning(written.c.id)).scalar_one()
        pictures.keep(conn, shelf, id, [Attached(content=b"GIF89a\x01\x00\x01\x00;")])
        return id


def _said(office: Office, talk: int) -> UUID:
    """What somebody said to a line that was down, fetched."""
    shelf, id = office.app.extensions["shelf"], uuid4()
    row = {"id": id, "sid": "RE1", "state": "stored", "seconds": 4, "dialogue_id": talk}
    with office.engine.begin() as conn:
        conn.execute(insert(recordings).values(row | {"file": shelf.put(id, wav(4))}))
    return id


def every_door(app: Flask, values: dict[str, object]) -> Iterator[Door]:
    marks = doors(app)
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            bound = bool(BOUND & rule.arguments) or rule.endpoint in ASKS
            path = filled(rule, values | WORDS.get(rule.endpoint.split(".")[0], {})) + ASKS.get(rule.endpoint, "")
            yield Door(rule.endpoint, method, path, marks[rule.endpoint], bound)


def filled(rule: Rule, values: dict[str, object]) -> str:
    """A path that leads somewhere; the carrier's paths may lead nowhere, it is the signature that is missing."""

    def value(found: re.Match[str]) -> str:
        if rule.rule.startswith("/webhooks/"):
            return str(uuid4() if found[1] == "uuid:" else values.get(found[2], 1))
        if (found[1] or "").startswith("any("):
            return re.split(r"[(,)]", found[1])[1]
        assert found[2] in values, f"{rule.rule}: teach `known` what {found[2]} may be"
        return str(values[found[2]])

    return re.sub(r"<([^<>]*:)?(\w+)>", value, rule.rule)


@dataclass(frozen=True)
class Met:
    """What somebody got at a door."""

    what: str
    status: int
    text: str


def comes(office: Office, person: str) -> FlaskClient:
    """He sits down at a browser whose forms have a token that is known."""
    browser = office.browse("" if person == NOBODY else person)
    with browser.session_transaction() as session:
        session["csrf_token"] = FORMS
    return browser


# Each door is tried from another place: who tries many links from one is sent away.
_PLACES = cycle(range(250))


def goes(browser: FlaskClient, door: Door) -> Met:
    """He goes there, and sends the token of its forms."""
    key = browser.application.secret_key or ""
    form = {"csrf_token": URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(FORMS)}
    data, place = form if door.method != "GET" else None, {"REMOTE_ADDR": f"10.0.{next(_PLACES)}.1"}
    with closing(browser.open(door.path, method=door.method, data=data, environ_base=place)) as reply:
        text = reply.text if (reply.mimetype or "").startswith("text/") else ""
        return Met(_in_a_word(reply), reply.status_code, text)


def _in_a_word(reply: TestResponse) -> str:
    if reply.status_code in (302, 303) and str(reply.location).startswith("/signin"):
        return ASKED
    # Who has tried too many links that are none is told that of each.
    return {401: ASKED, 403: REFUSED, 404: ABSENT, 429: ABSENT, 500: "broken"}.get(reply.status_code, IN)


def trails(office: Office) -> int:
    with office.engine.connect() as conn:
        lines: int = conn.execute(select(func.count()).select_from(audit)).scalar_one()
        return lines


@pytest.mark.parametrize("person", PEOPLE)
def test_each_gets_what_is_his_at_every_door_and_nothing_else(house: Office, person: str) -> None:
    all_doors = list(every_door(house.app, known(house)))
    assert len(all_doors) > 60
    wrong, before, browser = [], trails(house), comes(house, person)
    # First where he is not let in, where nothing may happen; then where he is; then the ways out.
    for door in sorted(all_doors, key=lambda door: (door.endpoint in LEAVING, door.gets(person) == IN)):
        leaving, expected = door.endpoint in LEAVING, door.gets(person)
        met = goes(comes(house, person) if leaving else browser, door)
        if expected != IN and not leaving and trails(house) != before:
            wrong.append(f"{door.method} {door.path}: wrote in the trail")
        if met.what != expected and door.endpoint not in CONDITIONAL | SAYS_GONE:
            wrong.append(f"{door.method} {door.path}: {met.what} ({met.status}), not {expected}")
        if person in ELSEWHERE and door.who is not Who.ANYONE and "Cardiologie" in met.text:
            wrong.append(f"{door.method} {door.path}: shows a ward that does not exist for him")
    assert not wrong, "\n".join(wrong)
