"""A file that an administrator imports by hand leaves its lines in the history too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event

from config import clock
from config.cli import main
from scheduling import store
from scheduling.directories import opt_ins
from scheduling.directories.opt_ins import Purpose
from scheduling.planning import trail
from scheduling.planning.trail import Actor

WARDS = "ward,hospital,name\ncardio,Cochin,Cardiologie\n"
SENIORS = "name,phone,wards\nAmélie,0639980001,cardio\n"
PRACTITIONERS = "name,phone\nOdile,0639989001\n"


@pytest.fixture
def run(database_url: str, redis_url: str, tmp_path: Path) -> "Run":
    return Run({"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(tmp_path)}, tmp_path)


class Run:
    """The command, with the register of this test."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def __call__(self, what: str, text: str, *options: str) -> str:
        file = self._folder / f"{what}.csv"
        file.write_text(text, encoding="utf-8")
        return self.command("import", what, str(file), *options)

    def command(self, *words: str) -> str:
        done = CliRunner().invoke(main, list(words), env=self._environment)
        assert done.exit_code == 0, done.output
        return done.stdout


def lines(database: Engine) -> list[tuple[str, str]]:
    with database.connect() as connection:
        return [(line.by.name, line.what) for line in reversed(trail.read(connection))]


def test_what_a_file_changed_is_in_the_history_by_the_name_of_the_import(run: Run, database: Engine) -> None:
    assert run("wards", WARDS) == "wards: 1 created, 0 changed, 0 unchanged\n"
    run("seniors", SENIORS)
    run("practitioners", PRACTITIONERS)
    expected = ["ward.created", "person.created", "person.joined", "practitioner.imported"]
    assert lines(database) == [("import", what) for what in expected]


def test_a_dry_run_leaves_neither_entry_nor_line(run: Run, database: Engine) -> None:
    assert "dry run" in run("wards", WARDS, "--dry-run")
    assert lines(database) == []


def test_practitioners_are_read_before_the_transaction_that_puts_them_on_file(run: Run) -> None:
    """A hundred thousand rows take a busy machine longer to read than PostgreSQL lets a transaction idle."""
    heard: list[str] = []

    def said(*execution: object) -> None:
        heard.append(str(execution[2]))

    def ended(connection: object) -> None:
        heard.append("ended")

    event.listen(Engine, "before_cursor_execute", said)
    event.listen(Engine, "rollback", ended)
    try:
        run("practitioners", PRACTITIONERS)
    finally:
        event.remove(Engine, "before_cursor_execute", said)
        event.remove(Engine, "rollback", ended)
    zones = next(place for place, words in enumerate(heard) if "FROM hospitals" in words)  # all that reading needs
    alone = next(place for place, words in enumerate(heard) if "hashtextextended('practitioners'" in words)
    assert "ended" in heard[zones:alone]


def test_practices_are_imported_with_their_doctors_and_the_newsletter_names_who_agreed(
    run: Run, database: Engine
) -> None:
    run("practitioners", "name,phone,email\nOdile,0639989001,odile@cabinet.example\nMarc,0639989002,\n")
    assert run("practices", "name,phone,members\nCabinet Didot,0199003010,0639989001\n").startswith(
        "practices: 1 created"
    )
    with database.begin() as connection:
        moment = clock.read(connection)
        for one in store.practitioners(connection):
            args = (one.id, Purpose.NEWSLETTER, "Réunion")
            opt_ins.give(connection, moment, Actor(None, "test"), *args, datetime(2026, 3, 12, tzinfo=UTC))
    assert run.command("newsletter").splitlines() == [
        "name;email;practice;postcode;source;given_at",
        "Odile;odile@cabinet.example;;;Réunion;2026-03-12",
    ]
