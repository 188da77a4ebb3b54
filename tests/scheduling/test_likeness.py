"""Whether two lists speak of one doctor."""

import pytest

from scheduling.likeness import Alike, Sign, Traits, alike, bare, sign
from scheduling.store import Practitioner

MOBILE, PRACTICE = "+33639989001", "+33199003001"
RPPS, OTHER_RPPS = "99700218896", "99700296140"


def traits(name: str = "Odile Fontaine", phone: str = MOBILE, rpps: str | None = None, postcode: str = "") -> Traits:
    return Traits(name, frozenset({phone}), rpps, postcode)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dr FONTAINE Odile", "Odile Fontaine"),
        ("Docteur Élise N’Guyen-Œil", "elise n guyen oeil"),
        ("Pr. Marc  Didier", "DIDIER Marc"),
    ],
)
def test_a_name_is_the_same_with_titles_accents_and_in_any_order(one: str, other: str) -> None:
    assert bare(one) == bare(other)


@pytest.mark.parametrize(("one", "other"), [("Odile Fontaine", "Odette Fontaine"), ("Dr", "Pr"), ("Dr", "Marc")])
def test_other_names_are_others(one: str, other: str) -> None:
    assert bare(one) != bare(other)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (traits(rpps=RPPS), traits("Marc", PRACTICE, RPPS), Sign.RPPS),
        (traits(rpps=RPPS, postcode="75014"), traits(rpps=OTHER_RPPS, postcode="75014"), None),
        (traits(postcode="75014"), traits("FONTAINE Odile", PRACTICE, RPPS, "75014"), Sign.NAME_AND_POSTCODE),
        (traits(postcode="75014"), traits(postcode="75015"), Sign.NAME_AND_PHONE),
        (traits(), traits("Marc Didier"), Sign.PHONE),
        (traits(), traits(phone=PRACTICE), Sign.NAME),
        (traits(postcode="75014"), traits("Marc Didier", PRACTICE, None, "75014"), None),
    ],
)
def test_the_surest_thing_in_common_is_told(one: Traits, other: Traits, found: Sign | None) -> None:
    assert sign(one, other) is found
    assert sign(other, one) is found


def test_the_likeliest_comes_first() -> None:
    known = [
        Practitioner(1, "Marc Didier", "", None, "", (MOBILE,)),
        Practitioner(2, "Odile Fontaine", "", None, "", (PRACTICE,)),
        Practitioner(3, "Fontaine Odile", "", RPPS, "", (PRACTICE,), "75014"),
        Practitioner(4, "Chloé Martin", "", None, "", (PRACTICE,)),
    ]
    found = alike(traits(postcode="75014"), known)
    assert found == [
        Alike(known[2], Sign.NAME_AND_POSTCODE),
        Alike(known[0], Sign.PHONE),
        Alike(known[1], Sign.NAME),
    ]
