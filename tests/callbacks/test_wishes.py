"""What an SMS to the line asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.wishes import Asked, Wish, read


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("PRIS 724193", Asked(Wish.CLAIM, "724193")),
        ("pris 724 193", Asked(Wish.CLAIM, "724193")),
        ("  Pris: 724193 merci", Asked(Wish.CLAIM, "724193")),
        ("PRIS724193.", Asked(Wish.CLAIM, "724193")),
        ("Fait 724193", Asked(Wish.CLOSE, "724193")),
        ("Rendu 724-193", Asked(Wish.RELEASE, "724193")),
        ("essai 724193", Asked(Wish.ATTEMPT, "724193")),
        ("done 724193", Asked(Wish.CLOSE, "724193")),
        ("PRIS 7241930", Asked(Wish.OTHER)),
        ("PRIS 72419", Asked(Wish.OTHER)),
        ("PRIS", Asked(Wish.OTHER)),
        ("724193", Asked(Wish.OTHER)),
        ("Le patient 724193 est pris", Asked(Wish.OTHER)),
        ("STOP", Asked(Wish.STOP)),
        (" stop. ", Asked(Wish.STOP)),
        ("Arrêt", Asked(Wish.STOP)),
        ("STOP 724193", Asked(Wish.OTHER)),
        ("Faut-il un stop ?", Asked(Wish.OTHER)),
        ("start", Asked(Wish.START)),
        ("", Asked(Wish.OTHER)),
        ("J'ai une question sur un INR à 7", Asked(Wish.OTHER)),
    ],
)
def test_what_is_asked(body: str, asked: Asked) -> None:
    assert read(body) == asked


@pytest.mark.parametrize(("opt_out", "wish"), [("STOP", Wish.STOP), ("START", Wish.START), ("HELP", Wish.OTHER)])
def test_the_carrier_s_word_on_stop_and_start_wins(opt_out: str, wish: Wish) -> None:
    assert read("laissez-moi", opt_out).wish is wish


@given(st.text())
def test_anything_may_be_written(body: str) -> None:
    assert read(body).wish in Wish
