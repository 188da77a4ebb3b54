"""Every route, as every role: each door says who may enter, and lets in nobody else (invariant 12)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from callbacks import gp
from config.doors import SilentDoor, Who, anyone, doors
from tests.web.conftest import SECRET, TOKEN, Ward
from tests.web.senior import TOKEN_FIELD, Senior
from tests.web.test_poll import polled
from tests.webhooks.mail.bringing import PUBLIC, brought
from webhooks.mail import sendgrid
from webhooks.signature import HEADER

PIN = "730418"
FORGED = "1aaaaaaaaaaaa"


@dataclass(frozen=True)
class Door:
    """One method of one route, and whom it says it lets in."""

    endpoint: str
    path: str
    method: str
    who: Who


@dataclass(frozen=True)
class Role:
    """Who comes: with which cookie and form token, holding which link and message, signing or not."""

    browser: FlaskClient
    token: str
    part: UUID
    conversation: str = FORGED
    request: str = FORGED
    answer: str = FORGED
    poll: str = FORGED
    form_token: str = ""
    cookie: str = ""
    signs: bool = False
    brings_letters: bool = False

    def tries(self, door: Door) -> int:
        """He goes to the door as best he can, with the cookie he came with; the status he gets."""
        path = filled(door.path, self)
        form, headers = (
            {"csrf_token": self.form_token, "outcome": "CONSEIL", "pin": PIN, "do": "save", "words": "x"},
            {},
        )
        if self.signs:
            form = {"CallSid": "CA1", "MessageSid": "SM1", "CallStatus": "in-progress"}
            headers[HEADER] = RequestValidator(TOKEN).compute_signature("http://localhost" + path, form)
        if self.brings_letters:
            letter = brought(b"Subject: Avis")
            with self.browser.open(path, method=door.method, data=letter.body, headers=letter.headers) as reply:
                return reply.status_code
        if self.cookie:
            self.browser.set_cookie("rappel24", self.cookie)
        with self.browser.open(path, method=door.method, data=form, headers=headers) as reply:
            return reply.status_code


def every_door(app: Flask) -> Iterator[Door]:
    said = doors(app)
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(rule.endpoint, rule.rule, method, said[rule.endpoint])


def filled(rule: str, role: Role) -> str:
    """A path that fits the rule: the role's links, a message of his, and things that exist nowhere."""
    known = {"part_id": str(role.part), "seq": "0", "filename": "rappel24.css", "step": "arrive", "turn": "1"}
    held = {"r": role.token, "c": role.conversation, "g": role.request, "a": role.answer, "e": role.poll}
    token = held.get(rule.split("/")[1])
    if token:
        known["token"] = token
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known.get(found[1], str(uuid4())), rule)


def stranger(app: Flask, ward: Ward) -> Role:
    """He has a link of his own, to another request, hence a session and a form token; and guesses."""
    return replace(holder(app, ward), token=FORGED, conversation=FORGED)


def carrier(app: Flask, ward: Ward) -> Role:
    """The carrier, who signs."""
    return Role(app.test_client(), FORGED, uuid4(), signs=True)


def mailer(app: Flask, ward: Ward) -> Role:
    """Who brings letters."""
    app.extensions.update(sendgrid=sendgrid.key_of(PUBLIC), letterbox=lambda posted: True)
    return Role(app.test_client(), FORGED, uuid4(), brings_letters=True)


def holder(app: Flask, ward: Ward) -> Role:
    """Amélie with her link, her PIN not given."""
    filed = ward.request()
    part = ward.voice(filed)
    ward.picture(part)
    ward.sets_pin(PIN)
    return replace(
        came(Senior(app.test_client(), ward.link(filed)).opens(), part), conversation=ward.conversation()[3:]
    )


def proved(app: Flask, ward: Ward) -> Role:
    """Amélie, who gave her PIN at this link and opened a message."""
    role = holder(app, ward)
    amelie = Senior(role.browser, f"/r/{role.token}").opens().gives_pin(PIN).sends(f"parts/{role.part}")
    return replace(came(amelie, role.part), conversation=role.conversation)


def caller(app: Flask, ward: Ward) -> Role:
    """Dr Roux with the link of his request, that of an answer to another, and of a poll about a third."""
    filed = ward.request()
    token = gp.token_for(filed.reference, SECRET)
    roux = Senior(app.test_client(), f"/g/{token}").opens()
    answer, poll = ward.answers_in_writing(ward.request()), polled(ward, ward.request()).removeprefix("/e/")
    return replace(came(roux, uuid4()), token=FORGED, request=token, answer=answer, poll=poll)


def came(senior: Senior, part: UUID) -> Role:
    found, cookie = TOKEN_FIELD.search(senior.page), senior.browser.get_cookie("rappel24")
    assert found
    assert cookie
    token = senior.path.removeprefix("/r/")
    return Role(senior.browser, token, part, form_token=found[1], cookie=cookie.value)


# Who enters these is told, role by role, in tests/web/office/test_roles.py.
OFFICE = (Who.READER, Who.EDITOR, Who.ADMIN)
# What each kind of door answers to who is not let in; a door for anyone lets in all.
KEPT_OUT = {
    Who.CARRIER: {403},
    Who.MAILER: {403},
    Who.LINK: {400, 404},
    Who.GP: {400, 404},
    Who.PIN: {400, 403, 404},
    Who.CALL: {404},
    Who.HALFWAY: {303, 400},
    Who.INVITED: {400, 404},
    Who.FEED: {404},
}
LET_IN: dict[Callable[[Flask, Ward], Role], set[Who]] = {
    stranger: {Who.ANYONE},
    carrier: {Who.ANYONE, Who.CARRIER},
    mailer: {Who.ANYONE, Who.MAILER},
    holder: {Who.ANYONE, Who.LINK},
    proved: {Who.ANYONE, Who.LINK, Who.PIN},
    caller: {Who.ANYONE, Who.GP},
}


@pytest.mark.parametrize("comes", LET_IN, ids=lambda role: role.__name__)
def test_each_role_enters_its_doors_and_no_other(app: Flask, ward: Ward, comes: Callable[[Flask, Ward], Role]) -> None:
    role, tried = comes(app, ward), 0
    for door in (door for door in every_door(app) if door.who not in OFFICE):
        traces = len(ward.hearings()) + ward.drafts()
        status = role.tries(door)
        # Who has guessed too often is not even looked at: 429.
        entered = status not in KEPT_OUT.get(door.who, set()) | {429}
        if door.who is Who.PIN and door.method == "POST":
            entered = len(ward.hearings()) + ward.drafts() > traces  # who is kept out is led back to the page
        assert entered == (door.who in LET_IN[comes]), f"{door} answers {status}"
        tried += 1
    assert tried > 25


def test_the_doors_for_anyone_are_these_and_no_more(app: Flask) -> None:
    open_to_all = {endpoint for endpoint, who in doors(app).items() if who is Who.ANYONE}
    outside = {"static", "health.healthz", "health.here", "health.readyz", "metrics.metrics"}
    office = {"signin.home", "signin.see", "signin.give_password", "oidc.go", "oidc.back", "statement.see"}
    office |= {"informations.told", "lines.see", "lines.poster", "lines.cards", "yearly.see"}
    office |= {f"enrolment.{door}" for door in ("see", "write", "ask_code", "give_code", "done")}
    assert open_to_all == outside | office


def test_every_door_for_machines_is_signed(app: Flask) -> None:
    machines = {
        endpoint: who for endpoint, who in doors(app).items() if endpoint.split(".")[0] in ("voice", "sms", "email")
    }
    assert {endpoint for endpoint, who in machines.items() if who is not Who.CARRIER} == {"email.incoming"}
    assert machines["email.incoming"] is Who.MAILER
    assert {"voice.incoming", "voice.status", "sms.incoming", "sms.status", "email.incoming"} <= machines.keys()


def test_an_application_with_a_silent_door_does_not_start() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/spoken", "spoken", anyone(lambda: ""))
    assert doors(app) == {"spoken": Who.ANYONE}
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(SilentDoor, match="silent"):
        doors(app)


@pytest.mark.parametrize("door", ["claim", "release", "close", "attempt", "pin", "pin/first", "shut"])
def test_another_site_s_form_moves_nothing(app: Flask, ward: Ward, door: str) -> None:
    filed = ward.request()
    amelie = Senior(app.test_client(), ward.link(filed)).opens()
    reply = amelie.browser.post(f"{amelie.path}/{door}", data={"outcome": "CONSEIL", "pin": PIN, "again": PIN})
    assert reply.status_code == 400
    assert "La page a vieilli" in reply.text
    assert ward.state(filed) == ("open", None, None)
