"""What stands in the house that is shot at: somebody of each kind who may enter, and what their paths lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, func, insert, select, update

from callbacks import gp, registering
from callbacks.answers import access
from callbacks.house import Desk
from callbacks.tables import calls
from config import clock
from scheduling.accounts import credentials, proofs
from scheduling.accounts.roles import Role
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.directories.practitioners import Entry
from scheduling.partner_tables import registrations
from scheduling.planning import feeds
from scheduling.planning.feeds import Owner
from scheduling.tables import hospitals, people, ward_seniors, wards
from tests.web.conftest import SECRET, Ward
from tests.web.office.conftest import HOUSE, SENIORS, Office
from tests.web.office.test_roles import known
from tests.web.senior import Senior
from tests.web.test_poll import polled
from web.office import outside

PIN = "730418"
FORMS = "0" * 40  # the secret of every browser's forms
MOMENT = "2026-11-23T10:00:00+01:00"  # a Monday; Amélie is on call for cardiology
OFFICE = ("reader", "editor", "admin", "elsewhere", "switchboard")
# What stands in paths, and is of no use to be looked for: any number will do.
ANYTHING = {"filename": "rappel24.css", "step": "arrive", "turn": "1", "seq": "0"}


@dataclass(frozen=True)
class Furniture:
    """What leads to the doors: the variables of paths by name, tokens by a path's first piece, cookies by role."""

    values: Mapping[str, str]
    tokens: Mapping[str, str]
    cookies: Mapping[str, str]
    form_token: str

    @property
    def names(self) -> dict[str, str]:
        """What is called otherwise in another house: the name that it has in all of them, by what it is here."""
        said = {f"«{name}»": value for name, value in self.values.items() if len(value) >= 6}
        said |= {f"«token of {piece}»": token for piece, token in self.tokens.items()}
        said["«form token»"] = self.form_token
        return {value: name for name, value in said.items()}


def furnished(app: Flask, engine: Engine) -> Furniture:
    """The house of `app`, its register empty until now."""
    office = _office(app, engine)
    desk: Desk = app.extensions["desk"]
    amelie, bruno = office.seniors["Amélie"], office.seniors["Bruno"]
    ward = Ward(engine, desk.box, app.extensions["shelf"], office.wards["cardio"], amelie, bruno)
    ward.begins_at(MOMENT)
    named = {name: str(value) for name, value in known(office).items()}
    filed = ward.request()
    part = ward.voice(filed)
    ward.picture(part)
    ward.text(filed, "Un avis, s'il vous plaît")
    ward.sets_pin(PIN)
    tokens = {
        "r": ward.link(filed).removeprefix("/r/"),
        "c": ward.conversation().removeprefix("/c/"),
        "g": gp.token_for(ward.request().reference, SECRET),
        "a": ward.answers_in_writing(ward.request()),
        "e": polled(ward, ward.request()).removeprefix("/e/"),
        "invitation": _invitation(office),
        "calendar": _calendar(office),
    }
    waiting, undecided = _newcomers(engine, desk)
    values = {"part_id": str(part), "call_id": str(_listening(engine, filed.id, part, amelie)), "turn": "0",
              "registration_id": str(waiting)}  # fmt: skip
    cookies = _cookies(app, office, tokens, part, undecided)
    return Furniture({**named, **ANYTHING, **values}, tokens, cookies, _form_token(app))


def _office(app: Flask, engine: Engine) -> Office:
    office, phone = Office(app, engine), iter(range(33639980001, 33639980100))
    for slug, (hospital, name, keypad) in HOUSE.items():
        if hospital not in office.hospitals:
            office.hospitals[hospital] = office.add(hospitals, name=hospital)
        ward = {"slug": slug, "hospital_id": office.hospitals[hospital], "name": name, "keypad": keypad}
        office.wards[slug] = office.add(wards, **ward)
        for senior in SENIORS[slug]:
            key = office.add(people, name=senior, title="Dr", phone=f"+{next(phone)}", category="PH")
            office.seniors[senior.split()[0]] = key
            with engine.begin() as conn:
                conn.execute(insert(ward_seniors).values(ward_id=office.wards[slug], person_id=key))
    for name, role, slugs in (("admin", Role.ADMIN, ()), ("editor", Role.EDITOR, ("cardio",)),
                              ("reader", Role.READER, ("cardio",)), ("elsewhere", Role.EDITOR, ("pneumo",)),
                              ("spare", Role.READER, ("gastro",)), ("invited", Role.READER, ())):  # fmt: skip
        office.account(name, role, *slugs)
    office.account("switchboard", Role.READER, all_wards=True)
    return office


def _listening(engine: Engine, request_id: int, part: UUID, person: int) -> UUID:
    """A senior who has proved his PIN on the telephone is about to hear a message."""
    with engine.begin() as conn:
        until = conn.execute(select(func.extract("epoch", func.real_now()) + 3600)).scalar_one()
        memory = {"proved_for": person, "playing": str(part), "proved_until": float(until)}
        row = {
            "sid": f"CA{uuid4().hex}",
            "step": "welcome",
            "started_at": clock.read(conn).now,
            "memory": memory,
        }
        about = {"person_id": person, "request_id": request_id, "direction": "inbound"}
        found: UUID = conn.execute(insert(calls).values({**row, **about}).returning(calls.c.id)).scalar_one()
        return found


def _invitation(office: Office) -> str:
    with office.engine.begin() as conn:
        known_as = proofs.by_id(conn, office.accounts["admin"])
        assert known_as
        moment = clock.read(conn)
        return proofs.invite(conn, moment, known_as.by, office.accounts["invited"], "Invited")


def _calendar(office: Office) -> str:
    with office.engine.begin() as conn:
        owner = Owner(ward_id=office.wards["pneumo"])
        admin = proofs.by_id(conn, office.accounts["admin"])
        assert admin
        return feeds.token(feeds.renew(conn, clock.read(conn), admin.by, owner, "x", office.wards["pneumo"]), SECRET)


def _newcomers(engine: Engine, desk: Desk) -> tuple[UUID, UUID]:
    """Two doctors who ask to be on file: one has proved his number and waits for a yes, one is to key his code."""
    with engine.begin() as conn:
        moment = clock.read(conn)
        begun = [registering.begin(conn, moment, desk.house, desk.box, _newcomer(digit)) for digit in "56"]
        proved, unproved = (each.id for each in begun if isinstance(each, registering.Begun))
        values = {"state": "proved", "proved_at": moment.now}
        conn.execute(update(registrations).where(registrations.c.id == proved).values(values))
        return proved, unproved


def _newcomer(digit: str) -> Newcomer:
    return Newcomer(Entry("Inès Morel", "", None, "", (f"+3363998900{digit}",)), False, Proof.SMS)


def _cookies(app: Flask, office: Office, tokens: Mapping[str, str], part: UUID, registration: UUID) -> dict[str, str]:
    link = Senior(app.test_client(), f"/r/{tokens['r']}").opens()
    sessions: dict[str, dict[str, Any]] = {"nobody": {}, "holder": _session(link.browser)}
    sessions |= {name: _session(office.browse(name)) for name in OFFICE}
    sessions["proved"] = _session(link.gives_pin(PIN).sends(f"parts/{part}").browser)
    sessions["guest"] = {"answer": access.link_of(tokens["a"], SECRET), "registration": [str(registration), Proof.SMS]}
    sessions["halfway"] = _halfway(app, office)
    keep = SecureCookieSessionInterface().get_signing_serializer(app)
    assert keep
    return {role: f"rappel24={keep.dumps({**said, 'csrf_token': FORMS})}" for role, said in sessions.items()}


def _session(browser: FlaskClient) -> dict[str, Any]:
    with browser.session_transaction() as kept:
        return dict(kept)


def _halfway(app: Flask, office: Office) -> dict[str, Any]:
    with office.engine.begin() as conn:
        spare, real = proofs.by_id(conn, office.accounts["spare"]), clock.read(conn).real
    assert spare
    desk: Desk = app.extensions["desk"]
    with app.test_request_context():
        sealed = proofs.sealed(desk.box, spare.id, credentials.new_secret())
        outside.keep(outside.Halfway.of(spare, real, "/", sealed))
        return dict(session)


def _form_token(app: Flask) -> str:
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(FORMS))
