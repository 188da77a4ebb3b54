"""What the doctor says of e-mail: servers that do not know us, certificates that end, answers nobody would read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import Engine, text

from config.doctor import Finding, mail, work
from config.settings import Settings
from tests.config.test_doctor import settings
from tests.ports import free_port
from tests.webhooks.mail.authority import authority
from tests.webhooks.mail.imap_server import ImapServer

MAIL = {"MAIL_ADDRESS": "avis@hopital.example", "SMTP_URL": "smtp://127.0.0.1:9"}


def said(findings: Iterator[Finding]) -> list[tuple[bool, str]]:
    return [(finding.serious, finding.what) for finding in findings]


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[ImapServer]:
    server = ImapServer(tmp_path / "mail")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def post_office() -> Iterator[int]:
    """A server that takes letters."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def test_without_mail_there_is_nothing_to_say() -> None:
    assert said(mail.presentation(settings())) == said(mail.at_the_servers(settings())) == []


def test_servers_that_know_us_are_well(mailbox: ImapServer, post_office: int) -> None:
    well = settings(**MAIL | {"IMAP_URLS": mailbox.url(), "SMTP_URL": f"smtp://127.0.0.1:{post_office}"})
    assert said(mail.at_the_servers(well)) == said(mail.presentation(well)) == []


def test_a_mailbox_that_does_not_know_us_is_named_by_its_number(mailbox: ImapServer, post_office: int) -> None:
    urls = f"{mailbox.url()},imap://avis:mistyped@127.0.0.1:{mailbox.port}/Avis,imap://avis:x@127.0.0.1:9/INBOX/Avis"
    found = list(
        mail.at_the_servers(settings(**MAIL | {"IMAP_URLS": urls, "SMTP_URL": f"smtp://127.0.0.1:{post_office}"}))
    )
    assert said(iter(found)) == [
        (True, "mailbox 2 of IMAP_URLS does not know us"),
        (True, "mailbox 3 of IMAP_URLS cannot be read (ConnectionRefusedError)"),
    ]
    assert "mistyped" not in str(found)


def test_a_folder_that_is_not_there_is_said(mailbox: ImapServer, post_office: int) -> None:
    url = mailbox.url().replace("/INBOX", "/Avis")
    found = mail.at_the_servers(settings(**MAIL | {"IMAP_URLS": url, "SMTP_URL": f"smtp://127.0.0.1:{post_office}"}))
    assert said(found) == [(True, "mailbox 1 of IMAP_URLS cannot be read (MailboxFolderSelectError)")]


def test_a_server_that_takes_no_letters_is_serious() -> None:
    assert said(mail.at_the_servers(settings(**MAIL))) == [
        (True, "the server of SMTP_URL does not take our letters (unreachable)")
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "nobody reads what comes to MAIL_ADDRESS"),
        ({"SMTP_DOOR": "2525", "TWILIO_API_URL": ""}, "SMTP_DOOR is open"),
    ],
)
def test_what_is_allowed_but_unwise_is_said(typed: dict[str, str], words: str) -> None:
    ((serious, what),) = said(mail.presentation(settings(**MAIL | typed)))
    assert what.startswith(words)
    assert not serious


@pytest.mark.parametrize(("days", "serious"), [(-1, None), (1, False), (31, True)])
def test_a_certificate_that_ends_is_said_a_month_before(tmp_path: Path, days: int, serious: bool | None) -> None:
    ours = authority(tmp_path / "igc").signs("ours")  # good for thirty days
    found = [finding.serious for finding in mail.certificate(ours, datetime.now(UTC) + timedelta(days=days))]
    assert found == ([] if serious is None else [serious])


def test_a_mail_process_that_is_silent_is_serious_where_it_is_needed(database: Engine, database_url: str) -> None:
    with database.begin() as conn:
        beat = "insert into heartbeats (process, real) values (:process, real_now())"
        conn.execute(text(beat), [{"process": "tick:here:1"}, {"process": "worker:here:2"}])
    needed: Settings = settings(**MAIL | {"IMAP_URLS": "imap://avis@127.0.0.1:9"})
    assert (True, "the mail has never reported") in said(work.at_hand(database_url, needed))
    assert "the mail" not in str(list(work.at_hand(database_url, settings())))
