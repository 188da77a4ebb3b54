"""What was asked, what came of it, and without the line? When an emergency visit was avoided, as declared."""

import pytest

from callbacks.assessed import ASKED_OF, ASSESSED, TO_THE_EMERGENCY, UNANSWERED, Otherwise, Said, avoided
from callbacks.kinds.kind import Code
from callbacks.states import OUTCOMES


@pytest.mark.parametrize(
    ("otherwise", "outcome", "found"),
    [
        ("URGENCES", "CONSEIL", True),
        ("SAMU", "ADM_DIRECTE", True),
        ("URGENCES", "URGENCES", False),
        ("URGENCES", "SAMU", False),
        ("SAMU", "URGENCES", False),
        ("CONSULT", "CONSEIL", False),
        ("RIEN", "URGENCES", False),
        (None, "CONSEIL", None),
        ("URGENCES", None, None),
    ],
)
def test_a_visit_was_avoided_when_he_would_have_gone_and_did_not(
    otherwise: str | None, outcome: str | None, found: bool | None
) -> None:
    assert avoided(Said(outcome=outcome, otherwise=otherwise)) is found


def test_every_code_that_is_named_is_a_code() -> None:
    assert OUTCOMES.keys() >= UNANSWERED | TO_THE_EMERGENCY
    assert set(Otherwise) >= TO_THE_EMERGENCY
    assert {*ASKED_OF} <= ASSESSED <= set(Code)
