"""What the acts share: the people on call, the words to wait for, what is on file."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from string import Formatter
from typing import Any

from sqlalchemy import Connection, select

from callbacks import register
from callbacks.promise import RequestView
from config import texts
from config.demo.hospitals import ZONE
from config.demo.identity import LINE
from config.demo.stage import Broken, Stage
from config.demo.telephones import WARD
from config.demo.transcript import Transcript
from config.demo.words import say
from config.embedded.keeper import environment as importable
from scheduling import store
from scheduling.rota import OnCall, Person
from scheduling.tables import wards
from simulator.handset import Handset

EXPORT_SECONDS = 60


@dataclass(frozen=True)
class Play:
    """One performance."""

    stage: Stage
    transcript: Transcript

    @cached_property
    def ward_id(self) -> int:
        """The ward of the play."""
        with self.stage.engine.connect() as connection:
            return int(connection.execute(select(wards.c.id).where(wards.c.slug == WARD)).scalar_one())

    def on_call(self) -> OnCall:
        """Who answers for the ward now."""
        now = self.stage.now()
        with self.stage.engine.connect() as connection:
            return store.on_call(connection, self.ward_id, now)

    def say(self, key: str, **values: object) -> str:
        """A line of somebody's part."""
        return say(key, self.stage.language, **values)

    def telephone_of(self, person: Person | None) -> Handset:
        """Somebody's telephone; Broken when the sample data name nobody."""
        if person is None:
            raise Broken("the sample ward lacks somebody")
        return self.stage.simulator.phone(person.phone)

    def dials_the_ward(self, number: str) -> Handset:
        """A GP calls the line and keys the ward: two hospitals have one of this name, so he is asked which."""
        gp = self.stage.simulator.phone(number).dials(LINE)
        gp.hears(self.words("voice.emergency")).presses("227#")
        gp.hears(self.words("voice.at_which"))
        gp.presses(self._key_of("Cochin"))
        return gp.hears(self.words("voice.calling"))

    def words(self, key: str) -> str:
        """The longest stretch of a sentence that is always the same, whatever is filled in."""
        parts = Formatter().parse(texts.template(key, self.stage.language))
        return max((literal.strip() for literal, *_ in parts), key=len)

    def request_of(self, caller: str) -> RequestView:
        """The newest request of this number; Broken when there is none."""
        with self.stage.engine.connect() as connection:
            waiting = register.open_for_caller(connection, caller, self.ward_id)
            if not waiting:
                raise Broken(f"no request of {caller} is on file")
            return register.view(connection, waiting[-1].id)

    def request_or_none(self, caller: str) -> RequestView | None:
        """The same, while it may still be on its way."""
        try:
            return self.request_of(caller)
        except Broken:
            return None

    def exported(self, what: str) -> list[dict[str, Any]]:
        """What `rappel24 export` says."""
        done = subprocess.run(
            [sys.executable, "-m", "config.cli", "export", what],
            env={**importable(), **self.stage.env},
            cwd=self.stage.env["RAPPEL24_HOME"],
            capture_output=True,
            text=True,
            timeout=EXPORT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Broken(f"rappel24 export {what}: {done.stderr.strip()}")
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def _key_of(self, hospital: str) -> str:
        """The menu is in the order of the hospitals' names."""
        with self.stage.engine.connect() as connection:
            return str(1 + [ward.hospital for ward in _homonyms(connection)].index(hospital))


def _homonyms(connection: Connection) -> list[store.WardName]:
    return store.wards_by_keypad(connection, "227")


def expect(happened: object, what: str) -> None:
    """Broken, in words, when it did not happen."""
    if not happened:
        raise Broken(what)


def hour(at: datetime) -> str:
    """As the hospital's clock shows it."""
    return at.astimezone(ZONE).strftime("%d/%m %H:%M")
