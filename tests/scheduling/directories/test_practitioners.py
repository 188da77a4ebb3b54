"""The directory of practitioners: several numbers, an RPPS that does not check, a search among a hundred thousand."""

from dataclasses import replace

import pytest

from scheduling.directories import practitioners
from scheduling.directories.forms import Refused, Saved, Stale, fingerprint
from scheduling.directories.practitioners import Entry
from tests.scheduling.directories.conftest import Secretary, codes, form

# Test identities of the national agency (domain.md 2.7).
RPPS, OTHER_RPPS = "99700218896", "99700296140"
ODILE = {
    "name": "Odile Fontaine",
    "phone": ["06 39 98 90 01", "", "01 99 00 30 01"],
    "rpps": "9970 0218 896",
    "email": "odile@cabinet.example",
    "practice": "Cabinet Didot",
}
MARC = {"name": "Marc Didier", "phone": ["01 99 00 30 01"]}


def read(sophie: Secretary, typed: dict[str, object], practitioner_id: int | None = None) -> Entry | Refused:
    return practitioners.read_form(sophie.conn, form(**typed), practitioner_id)


def created(sophie: Secretary, typed: dict[str, object]) -> int:
    draft = read(sophie, typed)
    assert isinstance(draft, Entry), draft
    saved = practitioners.save(sophie.conn, sophie.moment, sophie.by, None, draft)
    assert isinstance(saved, Saved)
    return saved.id


@pytest.fixture
def odile(sophie: Secretary) -> int:
    return created(sophie, dict(ODILE))


def entry(sophie: Secretary, practitioner_id: int) -> Entry:
    found = practitioners.entry(sophie.conn, practitioner_id)
    assert found is not None
    return found


def test_a_practitioner_has_all_his_numbers_the_preferred_one_first(sophie: Secretary, odile: int) -> None:
    expected = ("+33639989001", "+33199003001")
    assert entry(sophie, odile) == Entry("Odile Fontaine", "odile@cabinet.example", RPPS, "Cabinet Didot", expected)
    assert sophie.lines() == [("practitioner.created", "Odile Fontaine")]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": ""}, ("name", "empty")),
        ({"phone": []}, ("phone", "empty")),
        ({"phone": ["06 39 98 90 01", "rien"]}, ("phone", "number_garbage")),
        ({"phone": ["0690 00 00 01"]}, ("phone", "number_elsewhere")),
        ({"phone": ["+1 212 555 0100"]}, ("phone", "number_far")),
        ({"phone": ["+44 7700 900123"]}, ("phone", "number_far")),
        ({"rpps": "123"}, ("rpps", "rpps")),
        ({"email": "a@b"}, ("email", "email")),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    sophie: Secretary, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    assert codes(read(sophie, {**MARC, **typed})) == [fault]


def test_a_neighbours_practice_may_be_on_file(sophie: Secretary) -> None:
    assert isinstance(read(sophie, {**MARC, "phone": ["+32 2 555 12 12"]}), Entry)


def test_one_rpps_is_one_practitioner(sophie: Secretary, odile: int) -> None:
    assert codes(read(sophie, {**MARC, "rpps": RPPS})) == [("rpps", "rpps_taken")]
    assert isinstance(read(sophie, dict(ODILE), odile), Entry)


def test_an_rpps_that_does_not_check_is_told_not_refused(sophie: Secretary) -> None:
    marc = created(sophie, {**MARC, "rpps": "99700218897"})
    codes_told = [notice.code for notice in practitioners.notices(sophie.conn, marc, entry(sophie, marc))]
    assert codes_told == ["luhn", "no_text_no_mail"]


def test_a_number_that_two_doctors_share_is_told(sophie: Secretary, odile: int) -> None:
    created(sophie, dict(MARC))
    (notice,) = practitioners.notices(sophie.conn, odile, entry(sophie, odile))
    assert (notice.code, notice.values) == ("shared_phone", {"phone": "+33199003001", "names": "Marc Didier"})


def test_who_saves_second_overwrites_nothing(sophie: Secretary, odile: int) -> None:
    seen = entry(sophie, odile)
    args = (sophie.conn, sophie.moment, sophie.by, odile)
    mobile_only = replace(seen, phones=seen.phones[:1])
    assert practitioners.save(*args, mobile_only, fingerprint(seen)) == Saved(odile, changed=True)
    second = practitioners.save(*args, replace(seen, practice="Ailleurs"), fingerprint(seen))
    assert isinstance(second, Stale)
    assert second.change is not None
    assert entry(sophie, odile) == mobile_only
    assert sophie.last().detail["before"] == {"phones": "+33639989001; +33199003001"}


def test_who_asks_to_be_forgotten_is_not_named_in_the_trail_of_it(sophie: Secretary, odile: int) -> None:
    seen = entry(sophie, odile)
    assert isinstance(practitioners.remove(sophie.conn, sophie.moment, sophie.by, odile, fingerprint(seen)), Saved)
    assert practitioners.entry(sophie.conn, odile) is None
    line = sophie.last()
    assert (line.what, line.subject, line.detail) == ("practitioner.removed", "", {"id": odile})


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("odile", ["Odile Fontaine"]),
        ("FONTAINÉ", ["Odile Fontaine"]),
        ("didot", ["Odile Fontaine"]),
        ("did", ["Marc Didier", "Odile Fontaine"]),
        ("did marc", ["Marc Didier"]),
        ("cabinet.example", ["Odile Fontaine"]),
        (RPPS, ["Odile Fontaine"]),
        ("9970 0218", ["Odile Fontaine"]),
        ("01 99 00 30 01", ["Marc Didier", "Odile Fontaine"]),
        ("639989", ["Odile Fontaine"]),
        ("_", ["Marc Didier", "Odile Fontaine"]),
        ("zoe", []),
    ],
)
def test_a_practitioner_is_found_by_name_practice_rpps_or_number(
    sophie: Secretary, odile: int, asked: str, names: list[str]
) -> None:
    created(sophie, dict(MARC))
    found = practitioners.search(sophie.conn, asked, 1)
    assert [one.name for one in found.lines] == names
    assert found.total == len(names)
