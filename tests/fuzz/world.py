"""The house that is shot at: its application, what leads to its doors, and a register that is as new when asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import redis as redis_client
from flask import Flask
from werkzeug.routing import Rule

from callbacks.house import Desk
from callbacks.shelf import Shelf
from config.app import Parts, assemble
from config.crypto import Box
from config.database import job_engine, web_engine
from config.doors import Who, doors
from tests.databases import Databases
from tests.fuzz.fields import Noting
from tests.fuzz.furniture import Furniture, furnished
from tests.web.conftest import HOUSE, TOKEN, Bell
from tests.web.office.test_roles import WORDS
from tests.webhooks.mail.bringing import PUBLIC
from webhooks.mail import sendgrid
from webhooks.mail.guards import Ours
from webhooks.mail.letterbox import letterbox

ADDRESS = "avis@hopital.example"


@dataclass(frozen=True)
class Door:
    """A rule of the application with one of its methods; who may enter; the variables of its path and their kinds."""

    rule: str
    endpoint: str
    method: str
    who: Who
    variables: Mapping[str, str]

    @property
    def name(self) -> str:
        """As it is printed."""
        return f"{self.method} {self.rule}"


@dataclass(frozen=True)
class World:
    """One house, as new: its application, its doors, and what opens them."""

    app: Flask
    doors: tuple[Door, ...]
    furniture: Furniture

    def path(self, door: Door) -> dict[str, str]:
        """What the variables of its path are filled with, so that it leads somewhere."""
        things = self.furniture
        found = {name: things.values.get(name, str(uuid4())) for name in door.variables}
        found |= {name: kind for name, kind in door.variables.items() if kind}
        found |= {name: word for name, word in WORDS.get(door.endpoint.split(".")[0], {}).items() if name in found}
        token = things.tokens.get(door.rule.split("/")[1])
        return found | ({"token": token} if token and "token" in found else {})


@dataclass
class House:
    """The application of this process, and how its register is made as new. To be closed."""

    databases: Databases
    template: str
    redis: redis_client.Redis
    folder: Path

    def __post_init__(self) -> None:
        self.engine, box = web_engine(self.databases.like(self.template)), Box([bytes(32)])
        desk, shelf = Desk(self.engine, Bell(), box, HOUSE), Shelf(self.folder, box)
        drop = letterbox(desk, shelf, Ours(ADDRESS, frozenset()))
        self.app = assemble(Parts(desk, shelf, self.redis, [TOKEN], "http://localhost:1", drop=drop))
        self.app.extensions["sendgrid"] = sendgrid.key_of(PUBLIC)
        self.app.request_class = Noting
        self.doors = tuple(_doors(self.app))

    def anew(self) -> World:
        """The same house, and nothing of what happened in it."""
        self.engine.dispose()
        jobs = job_engine(self.databases.like(self.template))
        try:
            return World(self.app, self.doors, furnished(self.app, jobs))
        finally:
            jobs.dispose()

    def close(self) -> None:
        """Nobody comes any more."""
        self.engine.dispose()


def _doors(app: Flask) -> Iterator[Door]:
    said = doors(app)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(rule.rule, rule.endpoint, method, said[rule.endpoint], _variables(rule))


def _variables(rule: Rule) -> dict[str, str]:
    """By name; with the first of the words that a variable may be, where few are allowed."""
    words = {name: getattr(kind, "items", ()) for name, kind in rule._converters.items()}
    return {name: min(allowed, default="") for name, allowed in words.items()}
