"""The office of a house with two hospitals, and the people who sign in there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import Engine, Table, event, insert
from sqlalchemy.dialects.postgresql import Range
from werkzeug.test import TestResponse

from config import clock
from scheduling.accounts import sessions
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import account_wards, accounts
from scheduling.tables import hospitals, people, shifts, ward_seniors, wards
from tests.web.office.screens import Seats

CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 11, tzinfo=PARIS)

HOUSE = {"cardio": ("Cochin", "Cardiologie", "227"), "pneumo": ("Cochin", "Pneumologie", "763")} | {
    "gastro": ("Avicenne", "Gastro-entérologie", "427")
}
SENIORS = {
    "cardio": ("Amélie Durand", "Bruno Petit", "Chloé Martin", "David Leroy"),
    "pneumo": ("Élise Moreau", "Farid Benali"),
    "gastro": ("Gaëlle Simon", "Hugo Laurent"),
}


@dataclass
class Office:
    """What a test does without going through a door: its wards and people by name, and browsers signed in."""

    app: Flask
    engine: Engine
    hospitals: dict[str, int] = field(default_factory=dict)
    wards: dict[str, int] = field(default_factory=dict)  # by slug
    seniors: dict[str, int] = field(default_factory=dict)  # by first name
    accounts: dict[str, int] = field(default_factory=dict)  # by what `browse` is asked for

    def add(self, table: Table, **values: object) -> int:
        """A row; its id."""
        with self.engine.begin() as conn:
            key: int = conn.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
            return key

    def account(self, name: str, role: Role, *slugs: str, all_wards: bool = False) -> int:
        """Somebody who may sign in; `browse(name)` signs him in."""
        email = f"{name.replace(' ', '.')}@aphp.example".lower()
        key = self.add(accounts, email=email, name=name.title(), role=role, all_wards=all_wards)
        with self.engine.begin() as conn:
            for slug in slugs:
                conn.execute(insert(account_wards).values(account_id=key, ward_id=self.wards[slug]))
        self.accounts[name] = key
        return key

    def shift(self, slug: str, senior: str, start: str, end: str, rank: int = 1) -> int:
        """A senior (his first name) is on call between these local times ("2026-11-23 08:30"); the shift's id."""
        since, until = (datetime.fromisoformat(text).replace(tzinfo=PARIS) for text in (start, end))
        during = Range(since, until, bounds="[)")
        return self.add(shifts, ward_id=self.wards[slug], person_id=self.seniors[senior], rank=rank, during=during)

    def waits(self, delta: timedelta) -> None:
        """It is so much later than it really is, on both clocks."""
        later = f"select clock_timestamp() + make_interval(secs => {delta.total_seconds()})"
        with self.engine.begin() as conn:
            conn.exec_driver_sql(
                f"create or replace function real_now() returns timestamptz language sql volatile as $$ {later} $$"
            )

    def browse(self, name: str = "") -> FlaskClient:
        """A browser in which that account is signed in: "admin", "editor" and "reader" (of cardio), "elsewhere"
        (an editor of pneumo), "switchboard" (a reader of all), or one that the test made; "": nobody."""
        client = self.app.test_client()
        if name:
            with self.engine.begin() as conn:
                token = sessions.begin(conn, self.accounts[name])
            with client.session_transaction() as session:
                session["_user_id"] = token
        return client


def post(client: FlaskClient, url: str, **form: object) -> TestResponse:
    """Send a form as the page in this browser would: with the token of its forms. Redirects are not followed."""
    return client.post(url, data={"csrf_token": csrf(client), **form})


def script(client: FlaskClient, url: str, **form: object) -> TestResponse:
    """Send what a script of ours sends: the token in a header; the answer is JSON."""
    return client.post(url, data=form, headers={"X-CSRFToken": csrf(client)})


def csrf(client: FlaskClient) -> str:
    """The token of the forms in this browser."""
    found = CSRF.search(client.get("/account", follow_redirects=True).text)
    assert found
    return unescape(found[1])


@contextmanager
def statements() -> Iterator[list[str]]:
    """What this application asks the database meanwhile."""
    asked: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def office(app: Flask, database: Engine) -> Office:
    """It is Monday the 23rd of November there, whatever day it is here."""
    with database.begin() as conn:
        clock.start_at(conn, MONDAY, 1)
    house = Office(app, database)
    phone = iter(range(33639980101, 33639980200))
    for slug, (hospital, name, keypad) in HOUSE.items():
        if hospital not in house.hospitals:
            house.hospitals[hospital] = house.add(hospitals, name=hospital)
        house.wards[slug] = house.add(wards, slug=slug, hospital_id=house.hospitals[hospital], name=name, keypad=keypad)
        for senior in SENIORS[slug]:
            key = house.add(people, name=senior, title="Dr", phone=f"+{next(phone)}", category="PH")
            house.seniors[senior.split()[0]] = key
            with database.begin() as conn:
                conn.execute(insert(ward_seniors).values(ward_id=house.wards[slug], person_id=key))
    house.account("admin", Role.ADMIN)
    house.account("editor", Role.EDITOR, "cardio")
    house.account("reader", Role.READER, "cardio")
    house.account("elsewhere", Role.EDITOR, "pneumo")
    house.account("switchboard", Role.READER, all_wards=True)
    return house


@pytest.fixture
def seats(chromium: Browser, site: str, office: Office) -> Iterator[Seats]:
    """Seats before a screen for whoever has an account; a word on a browser's console fails the test."""
    room = Seats(chromium, site, office.browse)
    yield room
    room.close()
    assert room.said == []
