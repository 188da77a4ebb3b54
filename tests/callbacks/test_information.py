"""What is said of data in the menu: only what is true of every hospital of the line, and nothing that nobody said."""

import pytest
from sqlalchemy import Engine, insert

from callbacks import information, letters
from callbacks.information import Contact, Kept, Spoken, spoken
from callbacks.retention import rules
from callbacks.retention.kinds import Kind
from config import clock
from scheduling.directories.forms import fingerprint
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards
from tests.web.conftest import HOUSE

SWITCHBOARD, ANOTHER = "+33199002401", "+33199002402"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], Spoken(None, None)),
        ([Kept(30, None)], Spoken(30, None)),
        ([Kept(30, SWITCHBOARD)], Spoken(30, SWITCHBOARD)),
        ([Kept(30, SWITCHBOARD), Kept(60, SWITCHBOARD)], Spoken(60, SWITCHBOARD)),  # never less than the truth
        ([Kept(30, SWITCHBOARD), Kept(None, SWITCHBOARD)], Spoken(None, SWITCHBOARD)),  # one erases nothing
        ([Kept(30, SWITCHBOARD), Kept(30, ANOTHER)], Spoken(30, None)),  # he has not said yet which he means
        ([Kept(30, SWITCHBOARD), Kept(30, None)], Spoken(30, None)),
    ],
)
def test_the_telephone_says_what_holds_for_every_hospital(told: list[Kept], said: Spoken) -> None:
    assert spoken(told) == said


OWN, HOUSES, EMPTY = "its own", "the house's", "its own, without a telephone"


@pytest.mark.parametrize("rules_of", [(), (HOUSES,), (OWN,), (HOUSES, OWN)])
@pytest.mark.parametrize("contacts_of", [(), (HOUSES,), (OWN,), (HOUSES, OWN), (HOUSES, EMPTY)])
def test_the_telephone_says_what_the_page_says(
    database: Engine, rules_of: tuple[str, ...], contacts_of: tuple[str, ...]
) -> None:
    with database.begin() as conn:
        new = insert(hospitals).returning(hospitals.c.id)
        conn.execute(new.values(name="Sans service", timezone="Europe/Paris"))
        cochin = conn.execute(new.values(name="Cochin", timezone="Europe/Paris")).scalar_one()
        conn.execute(insert(wards).values(hospital_id=cochin, slug="cardio", name="Cardiologie", keypad="227"))
        moment, by = clock.read(conn), Actor(None, "test")
        where = {OWN: cochin, HOUSES: None, EMPTY: cochin}
        for of, days in zip(rules_of, (30, 60), strict=False):
            rules.approve(conn, moment, by, Kind.RECORDINGS, days, "La déléguée", where[of])
        for of, phone in zip(contacts_of, (SWITCHBOARD, ANOTHER), strict=False):
            said = Contact(controller="Fiction", phone=None if of == EMPTY else phone)
            information.save(conn, moment, by, where[of], said, fingerprint(Contact()))
        page = [Kept(each.kept[Kind.RECORDINGS], each.contact.phone) for each in information.notices(conn)]
        assert len(page) == 1
        assert information.heard(conn) == spoken(page)


def test_every_letter_to_a_gp_ends_with_the_way_to_what_he_must_know() -> None:
    body = letters.framed(HOUSE, "Cochin", ["Votre demande est enregistrée."])
    assert body.rstrip().splitlines()[-1] == "Vos données et vos droits : http://localhost/informations"
