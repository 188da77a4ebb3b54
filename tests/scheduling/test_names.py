"""Whom a ward means when it writes a name its own way."""

import pytest

from scheduling.importing.names import Seniors, Unknown
from scheduling.importing.said import Who
from scheduling.rota import Person


def person(key: int, name: str, email: str = "") -> Person:
    return Person(key, name, "Dr", f"+3363998{key:04}", email, opted_out=False)


AMELIE = person(1, "Amélie Durand", "amelie@aphp.example")
BRUNO = person(2, "Bruno Petit")
PAUL, JEAN = person(3, "Paul Martin"), person(4, "Jean-Paul Martin")
OELIE = person(5, "Noëlle Œillet-N'Guyen")
GAELLE = person(6, "Gaëlle Simon", "gaelle@aphp.example")  # of another ward
SHARED = (person(7, "Hugo", "garde@aphp.example"), person(8, "Inès", "garde@aphp.example"))
WARD = [AMELIE, BRUNO, PAUL, JEAN, OELIE]
SENIORS = Seniors.of([*WARD, GAELLE, *SHARED], WARD)


@pytest.mark.parametrize(
    ("text", "senior"),
    [
        ("Amélie Durand", AMELIE),
        ("DURAND Amelie", AMELIE),
        ("dr. durand", AMELIE),
        ("Pr A. Durand", AMELIE),
        ("Durand A", AMELIE),
        ("amélie", AMELIE),
        ("Mme PETIT", BRUNO),
        ("Paul Martin", PAUL),
        ("MARTIN Jean Paul", JEAN),
        ("Martin J.P.", JEAN),
        ("J. P. Martin", JEAN),
        ("oeillet nguyen", None),
        ("ŒILLET N’GUYEN", OELIE),
    ],
)
def test_accents_capitals_order_titles_and_initials_do_not_matter(text: str, senior: Person | None) -> None:
    found = SENIORS.find(Who(text))
    assert found == senior if senior else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("text", "several", "suggested"),
    [
        ("Martin", True, [PAUL, JEAN]),
        ("Durant", False, [AMELIE]),
        ("Durand / Petit", False, [AMELIE, BRUNO]),  # two in one cell: neither is taken
        ("Durand jusqu'à 12h", False, [AMELIE]),  # more than a name: it is asked
        ("A.", False, []),
        ("Gaëlle Simon", False, []),
        ("", False, []),
        ("Dr", False, []),
    ],
)
def test_a_name_that_may_be_several_or_nobody_is_asked(text: str, several: bool, suggested: list[Person]) -> None:
    assert SENIORS.find(Who(text)) == Unknown(tuple(suggested), several)


@pytest.mark.parametrize(
    ("who", "senior"),
    [
        (Who("?", phone=GAELLE.phone), GAELLE),
        (Who("Durand", phone="+33639989999"), None),  # a number has the last word
        (Who("Garde", emails=("AMELIE@aphp.example".casefold(), "service@aphp.example"), sentence=True), AMELIE),
        (Who("Garde", emails=("amelie@aphp.example", "gaelle@aphp.example"), sentence=True), None),
        (Who("Garde", emails=("garde@aphp.example",), sentence=True), None),  # two share it
        (Who("Astreinte cardio – Dr Durand (rang 2)", sentence=True), AMELIE),
        (Who("Astreinte Paul Martin", sentence=True), PAUL),
        (Who("Astreinte Martin", sentence=True), None),
        (Who("Durand puis Petit", sentence=True), None),
        (Who("Staff du lundi", sentence=True), None),
    ],
)
def test_numbers_addresses_and_sentences_name_people_too(who: Who, senior: Person | None) -> None:
    found = SENIORS.find(who)
    assert found == senior if senior else isinstance(found, Unknown)
