"""What a search compares: Python and PostgreSQL fold alike, whatever the cluster's locale."""

import pytest
from sqlalchemy import text

from scheduling.folding import fold, folded_sql
from tests.scheduling.register import Register

NAMES = [
    ("Élise N’Guyen-Œil", "elise n guyen oeil"),
    ("FRANÇOISE D'Ambœise", "francoise d amboeise"),
    ("Zoë  Müller-Strauß", "zoe muller strauss"),
    ("Łukasz Øster", "lukasz oster"),
    ("Ÿves (Dr.)", "yves dr"),
    ("", ""),
]


@pytest.mark.parametrize(("name", "folded"), NAMES)
def test_a_name_is_found_without_its_accents_and_capitals(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(("name", "folded"), NAMES)
def test_the_register_folds_as_we_do(register: Register, name: str, folded: str) -> None:
    said = register.connection.execute(text(f"select {folded_sql('cast(:name as text)')}"), {"name": name}).scalar_one()
    assert " ".join(said.split()) == folded


def test_an_accent_typed_as_a_letter_of_its_own_is_found_too() -> None:
    assert fold("E\u0301lise") == fold("Élise")
