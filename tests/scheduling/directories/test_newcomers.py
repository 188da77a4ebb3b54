"""A doctor asks to be on file: what he must say, and who on file may be him."""

import pytest

from scheduling.directories import newcomers
from scheduling.directories.forms import Refused
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.directories.practitioners import Entry
from scheduling.likeness import Sign
from tests.scheduling.directories.conftest import Secretary, codes, form
from tests.scheduling.directories.test_practitioners import MARC, ODILE, RPPS, created

INES: dict[str, object] = {"name": "Dr Inès Morel", "phone": ["01 99 00 30 05", "06 39 98 90 05"]}
MAIL = "ines@cabinet.example"


def read(sophie: Secretary, mail: bool = True, **typed: object) -> Newcomer | Refused:
    return newcomers.read_form(sophie.conn, form(**INES | typed), mail=mail)


def test_the_code_goes_to_his_mobile_or_to_his_address_as_he_chooses(sophie: Secretary) -> None:
    by_sms, by_mail = read(sophie), read(sophie, proof="email", email=MAIL)
    assert isinstance(by_sms, Newcomer)
    assert isinstance(by_mail, Newcomer)
    assert (by_sms.proof, by_sms.address) == (Proof.SMS, "+33639989005")
    assert (by_mail.proof, by_mail.address) == (Proof.EMAIL, MAIL)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"phone": "01 99 00 30 05"}, ("phone", "proof_mobile")),
        ({"proof": "email"}, ("email", "proof_email")),
        ({"newsletter": "1"}, ("email", "newsletter_email")),
        ({"name": ""}, ("name", "empty")),
        ({"rpps": "12"}, ("rpps", "rpps")),
        ({"preferred": "pigeon"}, ("preferred", "unknown_choice")),
        ({"phone": ["06 39 98 90 05", "08 99 70 00 00"]}, ("phone", "number_premium")),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    sophie: Secretary, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    assert codes(read(sophie, True, **typed)) == [fault]


def test_without_a_mail_server_the_code_goes_by_sms(sophie: Secretary) -> None:
    said = read(sophie, mail=False, proof="email", email=MAIL)
    assert isinstance(said, Newcomer)
    assert said.proof is Proof.SMS


def test_the_page_never_tells_that_somebody_is_on_file(sophie: Secretary) -> None:
    created(sophie, dict(ODILE))
    assert isinstance(read(sophie, rpps=RPPS), Newcomer)


def test_what_was_sealed_is_read_again(sophie: Secretary) -> None:
    said = read(sophie, email=MAIL, newsletter="1", preferred="sms", reach="noon", postcode="75014")
    assert isinstance(said, Newcomer)
    assert Newcomer.read(said.written()) == said


def test_who_may_be_him_is_found_by_rpps_number_or_name(sophie: Secretary) -> None:
    odile, marc = created(sophie, dict(ODILE)), created(sophie, dict(MARC))
    created(sophie, {"name": "Chloé Martin", "phone": "06 39 98 90 08"})
    said = Entry("FONTAINE Odile", "", None, "", ("+33199003001",))
    assert [(one.one.id, one.sign) for one in newcomers.alike(sophie.conn, said)] == [
        (odile, Sign.NAME_AND_PHONE),
        (marc, Sign.PHONE),
    ]
    by_rpps = Entry("O. Fontaine-Roux", "", RPPS, "", ("+33639989099",))
    assert [(one.one.id, one.sign) for one in newcomers.alike(sophie.conn, by_rpps)] == [(odile, Sign.RPPS)]


def test_who_has_no_rpps_is_not_compared_with_all_those_who_have_none(sophie: Secretary) -> None:
    marc = created(sophie, dict(MARC))
    for place, name in enumerate(("Chloé Martin", "Farid Petit", "Gilles Roy")):
        created(sophie, {"name": name, "phone": f"06 39 98 90 2{place}"})
    without = Entry("Marc Didier", "", None, "", ("+33639989099",))
    assert newcomers.compared(sophie.conn, without) == {marc}


def test_his_known_numbers_stay_first_and_what_he_leaves_out_stays() -> None:
    known = Entry("Odile Fontaine", "odile@cabinet.example", RPPS, "Cabinet Didot", ("+33639989001",), reach="noon")
    said = Entry("Dr O. Fontaine", "", None, "Maison des Lilas", ("+33639989099", "+33639989001"), preferred="sms")
    assert newcomers.joined(known, Newcomer(said, False, Proof.SMS)) == Entry(
        name="Odile Fontaine",
        email="odile@cabinet.example",
        rpps=RPPS,
        practice="Maison des Lilas",
        phones=("+33639989001", "+33639989099"),
        preferred="sms",
        reach="noon",
    )


KNOWN = Entry("Odile Fontaine", "odile@cabinet.example", RPPS, "", ("+33199003001",), mssante="o@paris.mssante.fr")
OTHER_MOBILE = "+33639989099"


@pytest.mark.parametrize(
    ("proof", "email", "phones"),
    [
        (Proof.SMS, "odile@cabinet.example", ("+33199003001", OTHER_MOBILE, "+33199003009")),
        (Proof.EMAIL, MAIL, ("+33199003001", "+33199003009")),
    ],
)
def test_who_takes_her_name_gets_nothing_of_hers_but_where_he_proved_that_he_is(
    proof: Proof, email: str, phones: tuple[str, ...]
) -> None:
    said = Entry("Odile Fontaine", MAIL, RPPS, "", (OTHER_MOBILE, "+33199003009"), mssante="x@mail.mssante.fr")
    entry = newcomers.joined(KNOWN, Newcomer(said, False, proof))
    assert (entry.email, entry.mssante, entry.phones) == (email, KNOWN.mssante, phones)


def test_a_mobile_beside_the_one_that_is_known_comes_after_it() -> None:
    known = Entry("Odile Fontaine", "", None, "", ("+33199003001", "+33639989001"))
    entry = newcomers.joined(known, Newcomer(Entry("O. F.", MAIL, None, "", (OTHER_MOBILE,)), False, Proof.EMAIL))
    assert entry.phones == ("+33199003001", "+33639989001", OTHER_MOBILE)
