"""By which way an answer goes: the table of what a GP has, and what becomes of it."""

from dataclasses import replace

import pytest

from callbacks.answers.ways import Left, Way, best, is_secure
from scheduling.store import Practitioner
from tests.callbacks.promised import HOUSE

HOUSE_WITH_MAIL = replace(HOUSE, mail_address="avis@hopital.mssante.fr")
ORDINARY_HOUSE = replace(HOUSE, mail_address="avis@rappel24.example")
SECURE, ORDINARY = "ines.morel@medecin.mssante.fr", "ines.morel@cabinet.example"
CELL, OTHER, DESK = "+33639980101", "+33639980102", "+33199000001"


def on_file(*phones: str, email: str = "") -> Practitioner:
    return Practitioner(7, "Dr Inès Morel", email, None, "", phones)


@pytest.mark.parametrize(
    ("wrote_from", "own", "known", "way"),
    [
        (SECURE, [], None, Way("mssante", SECURE, None)),
        (ORDINARY, [], on_file(CELL, email=SECURE), Way("mssante", SECURE, None)),
        (None, [CELL], on_file(CELL, email=SECURE), Way("mssante", SECURE, None)),
        (ORDINARY, [], on_file(CELL), Way("email", ORDINARY, CELL)),
        (ORDINARY, [], None, None),
        (None, [CELL], None, Way("sms", CELL, CELL)),
        (None, [DESK], None, None),
        (None, [DESK], on_file(DESK, OTHER), Way("sms", OTHER, OTHER)),
        (None, [CELL], on_file(OTHER), Way("sms", CELL, OTHER)),
        (None, [CELL], on_file(DESK), Way("sms", CELL, CELL)),
        (None, [DESK], on_file(DESK, email=ORDINARY), None),
        (None, [], None, None),
    ],
    ids=[
        "wrote from a secure address",
        "has one on record",
        "texted, and has one on record",
        "wrote an ordinary mail",
        "an ordinary mail and no mobile",
        "texted from an unknown mobile",
        "phoned from a landline",
        "phoned from a landline, mobile on record",
        "texted from another mobile than the one on record",
        "only the practice is on record",
        "no mobile anywhere",
        "nothing",
    ],
)
def test_the_way_of_an_answer(
    wrote_from: str | None, own: list[str], known: Practitioner | None, way: Way | None
) -> None:
    assert best(HOUSE_WITH_MAIL, Left(wrote_from, own, own), known) == way


@pytest.mark.parametrize(
    ("keyed", "came_from", "known", "way"),
    [
        (CELL, DESK, None, None),
        (CELL, OTHER, None, Way("sms", CELL, OTHER)),
        (CELL, DESK, on_file(OTHER), Way("sms", CELL, OTHER)),
    ],
    ids=["from a landline", "from a mobile", "on record"],
)
def test_no_code_goes_to_a_number_that_was_only_keyed(
    keyed: str, came_from: str, known: Practitioner | None, way: Way | None
) -> None:
    assert best(HOUSE, Left(None, [keyed, came_from], [came_from]), known) == way


def test_where_the_house_has_no_mail_the_notice_is_texted() -> None:
    left = Left(SECURE, [CELL], [CELL])
    assert best(HOUSE, left, on_file(OTHER, email=SECURE)) == Way("sms", CELL, OTHER)


@pytest.mark.parametrize(
    ("wrote_from", "known", "way"),
    [
        (SECURE, None, None),
        (SECURE, on_file(CELL), Way("email", SECURE, CELL)),
        (ORDINARY, on_file(CELL, email=SECURE), Way("email", ORDINARY, CELL)),
        (None, on_file(CELL, email=SECURE), Way("sms", CELL, CELL)),
    ],
)
def test_from_an_ordinary_mailbox_nothing_is_sent_whole(
    wrote_from: str | None, known: Practitioner | None, way: Way | None
) -> None:
    assert best(ORDINARY_HOUSE, Left(wrote_from, [], []), known) == way


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("ines@medecin.mssante.fr", True),
        ("INES@Medecin.MSSante.FR", True),
        ("ines@mssante.fr", True),
        ("ines@faux-mssante.fr", False),
        ("ines@mssante.fr.example", False),
        ("ines@medecin.mssante.fr.", False),
        ("ines@cabinet.example", False),
        ("ines@cabinet.example, x@mssante.fr", False),
        ("<ines@mssante.fr>", False),
        ("a@b@mssante.fr", False),
        ("ines@mssante.fr\r\nBcc: x@y.example", False),
        ("@mssante.fr", False),
        ("mssante.fr", False),
        ("", False),
    ],
)
def test_which_addresses_are_secure(address: str, secure: bool) -> None:
    assert is_secure(address, ("mssante.fr",)) is secure
