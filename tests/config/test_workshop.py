"""What the worker works with, made of the settings: e-mail leaves where a server for it is named, else nowhere."""

from sqlalchemy import Engine

from callbacks import jobs
from config.settings import Settings, load
from config.workshop import workshop_of
from tests.callbacks.mailroom import HOST, mailroom
from tests.callbacks.sending import message, put, row
from tests.config.test_settings import REAL


class NoBell:
    """Nobody is rung: the test does the work."""

    def ring(self, kind: str, id: int | str) -> None:
        """Silence."""


def work(engine: Engine, env: dict[str, str], outbox_id: int) -> None:
    """A worker with these settings sends a row."""
    jobs.run(workshop_of(load(env, Settings, dotenv=None), engine, NoBell()), "deliver", outbox_id)


def a_letter(engine: Engine) -> int:
    (one,) = put(engine, message(channel="email", recipient="ines@cabinet.test", detail={"subject": "Bonjour"}))
    return one


def test_a_worker_sends_letters_by_the_server_of_its_settings(database: Engine) -> None:
    one = a_letter(database)
    with mailroom() as room:
        mail = {"MAIL_ADDRESS": "avis@hopital.example", "SMTP_URL": f"smtp://{HOST}:{room.port}"}
        work(database, REAL | mail, one)
    (got,) = room.letters
    assert (got["From"], got["Subject"]) == ("Rappel24 <avis@hopital.example>", "Bonjour")
    assert row(database, one).state == "sent"


def test_without_one_a_letter_fails_and_the_worker_goes_on(database: Engine) -> None:
    one = a_letter(database)
    work(database, REAL, one)
    assert (row(database, one).state, row(database, one).error) == ("failed", "no mail server")


def test_an_answer_that_was_never_sent_leaves_in_no_letter(database: Engine) -> None:
    detail = {"answer": "00000000-0000-0000-0000-000000000001", "whole": True}
    (one,) = put(database, message(channel="email", recipient="ines@medecin.mssante.fr", body="", detail=detail))
    with mailroom() as room:
        mail = {"MAIL_ADDRESS": "avis@hopital.example", "SMTP_URL": f"smtp://{HOST}:{room.port}"}
        work(database, REAL | mail, one)
    assert (row(database, one).error, room.got) == ("unreadable", [])
