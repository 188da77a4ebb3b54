"""Who writes what identifies a patient is told that this way is not safe; who does not, is not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.written.identifying import identifies

NAMED = [
    "avis cardio cochin, Mme Durand 72 ans",
    "mme durand 72 ans cardio cochin",
    "M. Petit, cardio Avicenne",
    "M.Petit a une FA",
    "M Petit a une FA",
    "mr petit dialysé",
    "Monsieur Petit-Leroy sort demain",
    "Mlle N’Guyen, asthme",
    "Mme Ly, diabète",
    "Bonjour, Mme Durand, 72 ans",
    "Bonjour Madame Martin, je vous adresse Mme Durand",
    "Patient Durand, FA",
    "patiente DURAND Chloé",
    "Patient : Durand Bruno",
    "Enfant Léa, 4 ans",
    "nom : durand prénom : chloé",
    "née le 12/03/1954",
    "Né le 3 mars 1954",
    "née le 1er août 54",
    "né(e) le 12.03.54",
    "DDN 12/03/1954",
    "ddn: 12031954",
    "date de naissance : 1954-03-12",
    "born on 12/03/1954",
    "homme, 12/03/1954, avis néphro",
    "2 54 03 75 116 001 23",
    "254037511600123",
    "1 54 03 2A 116 001",
    "IPP 8001234567",
    "ins : 254037511600123",
]
NOBODY = [
    "",
    "avis cardio cochin pour un patient sous AVK",
    "Mme D., 72 ans",
    "Mme JD 72 ans",
    "M. de 72 ans",
    "monsieur avec une FA",
    "Patient BPCO, dyspnée",
    "Patient Diabétique de 60 ans",
    "Patient : homme de 60 ans",
    "patient suivi en pneumo",
    "Madame, Monsieur, bonjour",
    "Bonjour Madame Martin, un avis svp",
    "Cher Monsieur, merci",
    "Merci Mme Martin",
    "Dr Fontaine, cabinet de la Glacière",
    "Dr Chloé Perrin, RPPS 10003456789",
    "rappel au 06 39 98 90 07 ou +33 1 99 00 24 24",
    "hospitalisé du 12/11 au 15/11/2026",
    "depuis le 3 novembre 2026",
    "TA 140/90, K 6,2, DFG 45",
    "suivi 724193",
    "enfant de 4 ans, 38,5",
    "il est né prématuré",
    "mme, 72 ans",
]


@pytest.mark.parametrize("text", NAMED)
def test_what_identifies_a_patient(text: str) -> None:
    assert identifies(text)
    assert identifies(unicodedata.normalize("NFD", text))  # as some mail programs write accents


@pytest.mark.parametrize("text", NOBODY)
def test_what_identifies_nobody(text: str) -> None:
    assert not identifies(text)


@given(st.text(max_size=400))
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    identifies(text)


def test_a_long_letter_takes_no_time() -> None:
    assert not identifies("patient " * 20_000 + "1 " * 20_000 + "M. " * 20_000 + "né le " * 20_000)
