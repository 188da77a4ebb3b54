"""What is said of data in the menu: only what is true of every hospital of the line, and nothing that nobody said."""

import pytest

from callbacks import letters
from callbacks.information import TOLD, Contact, Notice, Spoken, spoken
from callbacks.retention.kinds import Kind
from tests.web.conftest import HOUSE

SWITCHBOARD, ANOTHER = "+33199002401", "+33199002402"


def told(days: int | None, phone: str | None = None) -> Notice:
    """What a hospital tells that keeps voice messages so long."""
    kept = dict.fromkeys(TOLD, 7) | {Kind.RECORDINGS: days}
    return Notice(1, "Cochin", Contact(phone=phone), own=True, kept=kept)


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        ([], Spoken(None, None)),
        ([told(30)], Spoken(30, None)),
        ([told(30, SWITCHBOARD)], Spoken(30, SWITCHBOARD)),
        ([told(30, SWITCHBOARD), told(60, SWITCHBOARD)], Spoken(60, SWITCHBOARD)),  # never less than the truth
        ([told(30, SWITCHBOARD), told(None, SWITCHBOARD)], Spoken(None, SWITCHBOARD)),  # one erases nothing
        ([told(30, SWITCHBOARD), told(30, ANOTHER)], Spoken(30, None)),  # he has not said yet which he means
        ([told(30, SWITCHBOARD), told(30)], Spoken(30, None)),
    ],
)
def test_the_telephone_says_what_holds_for_every_hospital(notices: list[Notice], said: Spoken) -> None:
    assert spoken(notices) == said


def test_every_letter_to_a_gp_ends_with_the_way_to_what_he_must_know() -> None:
    body = letters.framed(HOUSE, "Cochin", ["Votre demande est enregistrée."])
    assert body.rstrip().splitlines()[-1] == "Vos données et vos droits : http://localhost/informations"
