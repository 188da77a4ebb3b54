"""SendGrid's letters: signed over their very bytes, read as bytes, and acknowledged when they are kept."""

import base64
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from callbacks import alarms
from tests.web.conftest import Ward
from tests.webhooks.mail.bringing import PUBLIC, WHEN, Bringing, brought, signed
from webhooks.mail import sendgrid
from webhooks.mail.letterbox import Posted

# twilio.md 6.1: SendGrid's own example. The body ends with CR LF.
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqI"
    "M8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":'
    b'"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":'
    b'"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":'
    b'"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def test_sendgrids_own_example_is_rightly_signed() -> None:
    key = sendgrid.key_of(KEY)
    assert sendgrid.signed(key, SIGNATURE, "1600112502", BODY)
    assert not sendgrid.signed(key, SIGNATURE, "1600112502", BODY.rstrip())
    assert not sendgrid.signed(key, SIGNATURE, "1600112503", BODY)


@pytest.mark.parametrize(
    "signature", ["", "not base64!", base64.b64encode(b"not a signature").decode(), SIGNATURE[:-4]]
)
def test_what_is_no_signature_opens_nothing(signature: str) -> None:
    assert not sendgrid.signed(sendgrid.key_of(KEY), signature, WHEN, BODY)


# What Flask's own form would spoil: bytes that are not UTF-8, line ends, a line that looks like a boundary.
BYTES = b"Subject: =?latin-1?Q?n=E9phro?=\r\n\r\nP\xe9rim\xe8tre \xff\x00\n--xYzZ\r\n\r\n"


@pytest.mark.parametrize("field", ["email", "rawEmail"])
def test_the_letter_is_read_byte_by_byte(field: str) -> None:
    bringing = brought(BYTES, "dr.roux@cabinet.example", "cardiologie.cochin@hopital.example", field=field)
    posted = sendgrid.read(bringing.body, bringing.headers["Content-Type"])
    assert posted == Posted(BYTES, "dr.roux@cabinet.example", "cardiologie.cochin@hopital.example")


@pytest.mark.parametrize(
    ("envelope", "sender", "recipient"),
    [
        (b'{"to":["a@h.example"],"from":""}', "", "a@h.example"),  # the null sender: never answered
        (b'{"to":["<a@h.example>"],"from":"<>"}', "", "a@h.example"),
        (b'{"to":["a@h.example","b@h.example"],"from":"c@d.example"}', "c@d.example", None),
        (b'{"to":"a@h.example"}', None, None),
        (b"[]", None, None),
        (b"{", None, None),
        (b"\xff", None, None),
        (b"", None, None),
    ],
)
def test_an_envelope_says_what_it_says(envelope: bytes, sender: str | None, recipient: str | None) -> None:
    bringing = signed({"envelope": envelope, "email": b"Subject: x"})
    posted = sendgrid.read(bringing.body, bringing.headers["Content-Type"])
    assert posted == Posted(b"Subject: x", sender, recipient)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"email=Subject", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (b"\x00" * 1000, "multipart/form-data; boundary=\xe9"),
        (signed({f"f{n}": b"" for n in range(200)}).body, "multipart/form-data; boundary=xYzZY"),
        (signed({"text": b"parsed, not raw", "subject": b"Avis"}).body, "multipart/form-data; boundary=xYzZY"),
    ],
)
def test_a_form_without_the_letter_itself_is_none(body: bytes, kind: str) -> None:
    with pytest.raises(sendgrid.NotRaw):
        sendgrid.read(body, kind)


@given(
    body=st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda tail: signed({"email": b"Subject: x"}).body[:-30] + tail),
    kind=st.text(max_size=60) | st.just("multipart/form-data; boundary=xYzZY"),
)
def test_whatever_is_posted_is_a_letter_or_none(body: bytes, kind: str) -> None:
    with suppress(sendgrid.NotRaw):
        assert sendgrid.read(body, kind).content


@dataclass
class Letterbox:
    """Keeps what is dropped; `fails` when there is no room."""

    kept: list[Posted] = field(default_factory=list)
    fails: bool = False

    def drop(self, posted: Posted) -> bool:
        if self.fails:
            raise OSError("no room")
        again = posted in self.kept
        self.kept.append(posted)
        return not again


@pytest.fixture
def box_of_letters(app: Flask) -> Letterbox:
    box = Letterbox()
    app.extensions.update(sendgrid=sendgrid.key_of(PUBLIC), letterbox=box.drop)
    return box


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def status(client: FlaskClient, bringing: Bringing) -> int:
    return client.post("/webhooks/email", data=bringing.body, headers=bringing.headers).status_code


def test_a_letter_is_acknowledged_when_it_is_kept(client: FlaskClient, box_of_letters: Letterbox) -> None:
    assert status(client, brought(BYTES)) == 200
    assert [posted.content for posted in box_of_letters.kept] == [BYTES]
    assert status(client, brought(BYTES)) == 200  # a repeat, which the letterbox knows


def test_what_is_not_kept_comes_again(client: FlaskClient, box_of_letters: Letterbox) -> None:
    box_of_letters.fails = True
    assert status(client, brought(BYTES)) >= 500


def test_a_letter_of_thirty_megabytes_comes_in(client: FlaskClient, box_of_letters: Letterbox) -> None:
    large = b"Subject: Avis\r\n\r\n" + b"x" * 30_000_000
    assert status(client, brought(large)) == 200
    assert len(box_of_letters.kept[0].content) == len(large)


def test_what_no_letter_is_as_long_as_is_refused_unread(client: FlaskClient, box_of_letters: Letterbox) -> None:
    bringing = brought(b"x")
    answer = client.post("/webhooks/email", data=b"x" * (41 * 1024 * 1024), headers=bringing.headers)
    assert answer.status_code == 413
    assert box_of_letters.kept == []


def test_who_signs_with_another_key_or_not_at_all_stays_outside(client: FlaskClient, box_of_letters: Letterbox) -> None:
    right = brought(BYTES)
    another = signed({"email": BYTES}, ec.generate_private_key(ec.SECP256R1()))
    changed = Bringing(right.body.replace(b"P\xe9rim", b"P\xe8rim"), right.headers)
    unsigned = Bringing(right.body, {"Content-Type": right.headers["Content-Type"]})
    assert [status(client, each) for each in (another, changed, unsigned)] == [403] * 3
    assert box_of_letters.kept == []


def test_without_a_key_nobody_comes_in(client: FlaskClient) -> None:
    assert status(client, brought(BYTES)) == 403


def test_letters_that_come_parsed_are_not_acknowledged_and_somebody_is_told(
    client: FlaskClient, box_of_letters: Letterbox, ward: Ward, database: Engine
) -> None:
    assert status(client, signed({"text": b"parsed", "from": b"dr.roux@cabinet.example"})) == 503
    with database.begin() as conn:
        assert [alarm.kind for alarm in alarms.standing(conn)] == ["sendgrid_not_raw"]
    assert status(client, brought(BYTES)) == 200
    with database.begin() as conn:
        assert alarms.standing(conn) == []  # it was set right
