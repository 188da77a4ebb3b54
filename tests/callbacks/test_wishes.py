"""What an SMS to the line asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.wishes import Asked, Wish, read


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("PRIS 724193", Asked(Wish.CLAIM, "724193")),
        ("pris 724193", Asked(Wish.CLAIM, "724193")),
        ("Pris724193", Asked(Wish.CLAIM, "724193")),
        ("PRIS724193.", Asked(Wish.CLAIM, "724193")),
        ("  Pris: 724193 merci", Asked(Wish.CLAIM, "724193")),
        ("724193 pris", Asked(Wish.CLAIM, "724193")),
        ("724193pris", Asked(Wish.CLAIM, "724193")),
        ("je prends 724 193", Asked(Wish.CLAIM, "724193")),
        ("Bonjour, je prends la demande n° 724.193, merci !", Asked(Wish.CLAIM, "724193")),
        ("pris 72 41 93", Asked(Wish.CLAIM, "724193")),
        ("ok 724193", Asked(Wish.CLAIM, "724193")),
        ("724193 d’accord", Asked(Wish.CLAIM, "724193")),
        ("I'll take 724193", Asked(Wish.CLAIM, "724193")),
        ("I don't take 724193", Asked(Wish.OTHER)),
        ("taken 724193 thanks", Asked(Wish.CLAIM, "724193")),
        ("pris", Asked(Wish.CLAIM)),
        ("Je le prends, merci", Asked(Wish.CLAIM)),
        ("FAIT 724193 merci", Asked(Wish.CLOSE, "724193")),
        ("Fait 724193 14h30", Asked(Wish.CLOSE, "724193")),
        ("rappel fait 724193", Asked(Wish.CLOSE, "724193")),
        ("724193 pris et fait", Asked(Wish.CLOSE, "724193")),
        ("724193 c'est fait", Asked(Wish.CLOSE, "724193")),
        ("Clôturée 724193", Asked(Wish.CLOSE, "724193")),
        ("done 724193", Asked(Wish.CLOSE, "724193")),
        ("Rendu 724-193", Asked(Wish.RELEASE, "724193")),
        ("released 724193", Asked(Wish.RELEASE, "724193")),
        ("non 724193", Asked(Wish.REFUSE, "724193")),
        ("essai 724193", Asked(Wish.ATTEMPT, "724193")),
        ("essai fait 724193", Asked(Wish.ATTEMPT, "724193")),
        ("724193 injoignable", Asked(Wish.ATTEMPT, "724193")),
        ("tried 724193", Asked(Wish.ATTEMPT, "724193")),
        ("rappel 724193", Asked(Wish.CALL, "724193")),
        ("CALL 724193", Asked(Wish.CALL, "724193")),
        ("je prends et j'appelle 724193", Asked(Wish.CALL, "724193")),
        ("statut", Asked(Wish.STATUS)),
        ("STATUS", Asked(Wish.STATUS)),
        ("Statut ?", Asked(Wish.STATUS)),
        ("statut 724193", Asked(Wish.STATUS, "724193")),
        ("724193", Asked(Wish.STATUS, "724193")),
        ("réf. 724193", Asked(Wish.STATUS, "724193")),
        # A question is answered, not acted upon.
        ("fait 724193 ?", Asked(Wish.STATUS, "724193")),
        ("724193 déjà pris ?", Asked(Wish.STATUS, "724193")),
        # In doubt nothing is done.
        ("pas pris 724193", Asked(Wish.OTHER)),
        ("je ne prends pas 724193", Asked(Wish.OTHER)),
        ("FAIT 724193, non, pas encore", Asked(Wish.OTHER)),
        ("pris 724193 rendu 724193", Asked(Wish.OTHER)),
        ("pris 724193 et 724194", Asked(Wish.OTHER)),
        ("pris 724193, je dis bien 724 193", Asked(Wish.CLAIM, "724193")),
        ("j'ai pris un café", Asked(Wish.OTHER)),
        ("Le patient 724193 est pris", Asked(Wish.OTHER)),
        ("PRIS 7241930", Asked(Wish.OTHER)),
        ("PRIS 72419", Asked(Wish.OTHER)),
        ("rappel 06 39 98 00 01", Asked(Wish.OTHER)),
        ("rappel 0639980001", Asked(Wish.OTHER)),
        ("rappel +33 6 39 98 00 01", Asked(Wish.OTHER)),
        # What we wrote ourselves, coming back.
        ("Rappel24 : 724193 est entre vos mains, à rappeler avant le 24/11 à 11h00.", Asked(Wish.OTHER)),
        ("ok", Asked(Wish.OTHER)),
        ("Merci !", Asked(Wish.OTHER)),
        ("STOP", Asked(Wish.STOP)),
        (" stop. ", Asked(Wish.STOP)),
        ("Arrêt", Asked(Wish.STOP)),
        ("STOP 724193", Asked(Wish.OTHER)),
        ("Faut-il un stop ?", Asked(Wish.OTHER)),
        ("start", Asked(Wish.START)),
        ("", Asked(Wish.OTHER)),
        ("?", Asked(Wish.OTHER)),
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
