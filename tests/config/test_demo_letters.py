"""The demo's letters: what a GP writes leaves by SMTP, what is sent to him lies in his mailbox, all on one page."""

import base64
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from config.demo.hospitals import ZONE
from config.demo.letters.boxes import Boxes
from config.demo.letters.letter import Enclosed, Letter, Wish, Writer, compose
from config.demo.letters.mailroom import who_writes, whom_to
from config.demo.letters.page import Around, create_app, hand_to
from config.demo.letters.server import controller
from scheduling import sample
from tests.ports import free_port

ODILE = Writer("odile.fontaine@cabinet.example", "Dr Odile Fontaine")
PAUL = Writer("paul.lefort@cabinet.example", "Dr Paul Lefort", "inconnu")
LINE = "avis@rappel24.example"
AT = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)


def confirmation(to: str = ODILE.address) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = LINE, to
    message["Subject"] = "Rappel24 – demande 724193 enregistrée"
    message["Message-ID"], message["References"] = "<ours@rappel24.example>", "<hers@cabinet.example>"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("Bonjour docteur,\nvotre demande est enregistrée : http://127.0.0.1:8000/a/Xy81.")
    return message


@dataclass
class Door:
    """Where letters leave by: keeps them, or does not take them."""

    refuses: OSError | smtplib.SMTPException | None = None
    took: list[tuple[EmailMessage, str, str]] = field(default_factory=list)

    def __call__(self, message: EmailMessage, sender: str, recipient: str) -> None:
        if self.refuses:
            raise self.refuses
        self.took.append((message, sender, recipient))


@pytest.fixture
def boxes(tmp_path: Path) -> Boxes:
    return Boxes(tmp_path / "letters")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def page(boxes: Boxes, door: Door) -> FlaskClient:
    around = Around([ODILE, PAUL], [LINE, f"cardiologie.cochin@{LINE.partition('@')[2]}"], "http://127.0.0.1:9/", "fr")
    return create_app(boxes, around, door, lambda: AT).test_client()


def typed(**more: object) -> dict[str, object]:
    return {"from": ODILE.address, "to": LINE, "subject": "avis", "text": "Bonjour, avis cardio cochin"} | more


# What he writes


def test_what_a_gp_writes_leaves_under_her_name_and_stays_among_what_she_sent(
    page: FlaskClient, door: Door, boxes: Boxes
) -> None:
    assert page.post("/letters", json=typed()).status_code == 200
    [(message, sender, recipient)] = door.took
    assert (sender, recipient) == (ODILE.address, LINE)
    assert message["From"] == "Dr Odile Fontaine <odile.fontaine@cabinet.example>"
    assert message["Message-ID"].endswith("@cabinet.example>")
    assert message.get_content() == "Bonjour, avis cardio cochin\n"
    [kept] = boxes.newest()
    assert (kept.own, kept.box, kept.name) == (True, ODILE.address, message["Message-ID"])


def test_an_answer_names_what_it_answers_and_quotes_it(page: FlaskClient, door: Door, boxes: Boxes) -> None:
    came = boxes.put(confirmation().as_bytes(), ODILE.address, AT)
    page.post("/letters", json=typed(answers=came.id, text="Merci, et pour l'INR ?"))
    [(message, _, _)] = door.took
    assert message["In-Reply-To"] == "<ours@rappel24.example>"
    assert message["References"].split() == ["<hers@cabinet.example>", "<ours@rappel24.example>"]
    assert message.get_content().startswith("Merci, et pour l'INR ?\n\nLe 23/11/2026 à 14:05, avis@rappel24.example a")
    assert "> votre demande est enregistrée" in message.get_content()


def test_a_letter_without_a_name_is_quoted_but_cannot_be_threaded() -> None:
    came = Letter(1, AT, False, b"From: x@y.example\r\n\r\nBonjour")
    answer = compose(Wish(ODILE, LINE, "Re:", "Merci", answered=came), AT)
    assert answer["In-Reply-To"] is None
    assert "> Bonjour" in answer.get_content()


def test_files_go_along(page: FlaskClient, door: Door) -> None:
    ecg = {"name": "ecg.png", "type": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}
    nameless = {"name": "notes", "type": "", "data": ""}
    page.post("/letters", json=typed(enclosed=[ecg, nameless]))
    parts = list(door.took[0][0].iter_attachments())
    assert [(part.get_filename(), part.get_content_type()) for part in parts] == [
        ("ecg.png", "image/png"),
        ("notes", "application/octet-stream"),
    ]
    assert parts[0].get_content() == b"\x89PNG"


def test_a_subject_of_several_lines_is_one() -> None:
    sent = compose(
        Wish(ODILE, LINE, "avis\r\nBcc: tous@cabinet.example", "x", [Enclosed("a\nb", "text/plain", b"")]), AT
    )
    assert message_from_bytes(sent.as_bytes(), policy=policy.default)["Bcc"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "nobody@cabinet.example"},
        {"to": ""},
        {"to": "avis"},
        {"to": "avis@a.example, avis@b.example"},
        {"enclosed": [{"name": "x"}]},
        {"enclosed": [{"name": "x", "type": "", "data": "%"}]},
        {"enclosed": ["x"]},
    ],
)
def test_what_is_no_letter_is_not_sent(page: FlaskClient, door: Door, boxes: Boxes, wrong: dict[str, object]) -> None:
    assert page.post("/letters", json=typed(**wrong)).status_code == 400
    assert (door.took, boxes.count) == ([], 0)


REFUSALS = {
    "away": (ConnectionRefusedError(), "ConnectionRefusedError"),
    "too large": (smtplib.SMTPDataError(552, b"too large"), "552 too large"),
    "not him": (smtplib.SMTPRecipientsRefused({LINE: (550, b"unknown")}), "550 unknown"),
}


@pytest.mark.parametrize(("error", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_letter_that_the_door_did_not_take_is_not_among_what_was_sent(
    page: FlaskClient, door: Door, boxes: Boxes, error: OSError | smtplib.SMTPException, why: str
) -> None:
    door.refuses = error
    answer = page.post("/letters", json=typed())
    assert (answer.status_code, answer.json) == (502, {"error": why})
    assert boxes.count == 0


def test_no_form_of_another_page_writes_in_a_gps_name(page: FlaskClient, door: Door) -> None:
    assert page.post("/letters", data=typed()).status_code == 415
    assert door.took == []


# What comes for him


@pytest.fixture
def post(boxes: Boxes) -> Iterator[int]:
    port = free_port()
    server = controller(boxes, port, lambda: AT)
    server.start()
    yield port
    server.stop()


def test_what_is_sent_to_a_gp_lies_in_his_mailbox_alone(page: FlaskClient, boxes: Boxes, post: int) -> None:
    hand_to(post)(confirmation(), LINE, ODILE.address)
    shown = page.get("/state").json
    assert shown is not None
    [letter] = shown["letters"]
    assert (letter["box"], letter["own"], letter["automatic"]) == (ODILE.address, False, True)
    assert letter["subject"] == "Rappel24 – demande 724193 enregistrée"
    assert "votre demande est enregistrée" in letter["text"]


def test_somebody_without_a_mailbox_has_one_as_soon_as_he_is_written_to(page: FlaskClient, post: int) -> None:
    hand_to(post)(confirmation(), LINE, "quentin.martinez@cochin.example")
    shown = page.get("/state").json
    assert shown is not None
    assert shown["boxes"][-1] == {
        "address": "quentin.martinez@cochin.example",
        "name": "quentin.martinez@cochin.example",
        "writes": False,
    }


def test_the_page_hears_of_a_letter_as_soon_as_it_came(page: FlaskClient, boxes: Boxes) -> None:
    boxes.put(confirmation().as_bytes(), ODILE.address, AT)
    assert page.get("/state?seen=0").json["version"] == 1  # type: ignore[index]


def test_a_second_run_of_the_demo_shows_what_the_first_one_brought(tmp_path: Path) -> None:
    first = Boxes(tmp_path)
    first.put(confirmation().as_bytes(), ODILE.address, AT)
    first.put(confirmation().as_bytes(), PAUL.address, AT, own=True)
    assert [letter.shown() for letter in Boxes(tmp_path).newest()] == [letter.shown() for letter in first.newest()]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nBonjour",
        b"Subject: =?x?q?=ZZ?=\r\n\r\n",
    ],
)
def test_a_letter_that_nobody_can_read_still_has_its_place(boxes: Boxes, page: FlaskClient, raw: bytes) -> None:
    boxes.put(raw, ODILE.address, AT)
    shown = page.get("/state").json
    assert shown is not None
    assert [letter["box"] for letter in shown["letters"]] == [ODILE.address]


def test_the_gps_of_the_files_have_mailboxes_and_each_ward_an_address(database: Engine) -> None:
    with database.begin() as connection:
        sample.load(connection, AT.date(), 1)
        writers, recipients = who_writes(connection, "fr"), whom_to(connection)
    assert ODILE in writers
    assert Writer("helene.roussel@medecin.mssante.example", "Dr Hélène Roussel") in writers
    assert writers[-1] == PAUL
    assert recipients[0] == LINE
    assert "cardiologie.cochin@rappel24.example" in recipients
