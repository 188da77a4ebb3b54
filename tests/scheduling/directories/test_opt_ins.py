"""Who agreed to what: the proof of it, and that a no stays a no."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scheduling.directories import opt_ins
from scheduling.directories.opt_ins import OptIn, Purpose, Reader
from scheduling.tables import practitioners
from tests.scheduling.directories.conftest import AT_NOON, NOON, Secretary
from tests.scheduling.directories.test_practitioners import MARC, ODILE, created

LATER = replace(AT_NOON, now=NOON + timedelta(days=30))
MEETING = "Réunion du 12 mars"


@pytest.fixture
def odile(sophie: Secretary) -> int:
    return created(sophie, dict(ODILE))


def given(sophie: Secretary, practitioner_id: int, purpose: Purpose = Purpose.NEWSLETTER) -> bool:
    return opt_ins.give(sophie.conn, AT_NOON, sophie.by, practitioner_id, purpose, MEETING)


def test_the_first_proof_stays(sophie: Secretary, odile: int) -> None:
    assert given(sophie, odile)
    again = (sophie.conn, LATER, sophie.by, odile, Purpose.NEWSLETTER, "Ailleurs")
    assert not opt_ins.give(*again)
    assert opt_ins.of(sophie.conn, odile) == [OptIn(Purpose.NEWSLETTER, MEETING, NOON, None)]
    assert sophie.last().detail == {"id": odile, "purpose": "newsletter", "source": MEETING}


def test_what_was_taken_back_says_until_when_and_can_be_given_again(sophie: Secretary, odile: int) -> None:
    given(sophie, odile)
    assert opt_ins.take_back(sophie.conn, LATER, sophie.by, odile, Purpose.NEWSLETTER)
    assert not opt_ins.take_back(sophie.conn, LATER, sophie.by, odile, Purpose.NEWSLETTER)
    assert opt_ins.readers(sophie.conn) == []
    assert opt_ins.give(sophie.conn, LATER, sophie.by, odile, Purpose.NEWSLETTER, "Bulletin")
    assert [(one.given_at, one.withdrawn_at) for one in opt_ins.of(sophie.conn, odile)] == [
        (LATER.now, None),
        (NOON, LATER.now),
    ]


def test_who_never_said_yes_may_say_no(sophie: Secretary, odile: int) -> None:
    assert not opt_ins.has_declined(sophie.conn, odile, Purpose.POLL)
    opt_ins.decline(sophie.conn, AT_NOON, sophie.by, odile, Purpose.POLL, "page")
    opt_ins.decline(sophie.conn, LATER, sophie.by, odile, Purpose.POLL, "page")
    assert opt_ins.has_declined(sophie.conn, odile, Purpose.POLL)
    assert len(opt_ins.of(sophie.conn, odile)) == 1
    assert not opt_ins.has_declined(sophie.conn, odile, Purpose.NEWSLETTER)
    given(sophie, odile, Purpose.POLL)
    assert not opt_ins.has_declined(sophie.conn, odile, Purpose.POLL)


def test_the_newsletter_goes_to_who_agreed_and_has_an_address(sophie: Secretary, odile: int) -> None:
    marc = created(sophie, dict(MARC))
    silent = created(sophie, {"name": "Chloé Martin", "phone": "06 39 98 90 08", "email": "chloe@cabinet.example"})
    given(sophie, odile)
    given(sophie, marc)  # no address
    given(sophie, silent, Purpose.POLL)  # that is not the newsletter
    reader = Reader("Odile Fontaine", "odile@cabinet.example", "Cabinet Didot", "", MEETING, NOON)
    assert opt_ins.readers(sophie.conn) == [reader]


def test_who_was_forgotten_gets_no_letter(sophie: Secretary, odile: int) -> None:
    given(sophie, odile)
    sophie.conn.execute(update(practitioners).where(practitioners.c.id == odile).values(erased_at=NOON))
    assert opt_ins.readers(sophie.conn) == []


def test_the_file_keeps_the_proof_and_no_formula() -> None:
    one = Reader("=Odile", "odile@cabinet.example", "", "75014", MEETING, datetime(2026, 3, 11, 23, 30, tzinfo=UTC))
    written = opt_ins.newsletter([one]).decode("utf-8-sig").splitlines()
    assert written == [
        "name;email;practice;postcode;source;given_at",
        "'=Odile;odile@cabinet.example;;75014;Réunion du 12 mars;2026-03-12",  # a quarter to one, in Paris
    ]
