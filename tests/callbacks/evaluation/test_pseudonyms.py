"""A caller is the same in each export and nobody in any: unless one holds the key."""

import pytest

from callbacks.evaluation.pseudonyms import Pseudonyms

OURS, ANOTHER = Pseudonyms(b"k" * 32), Pseudonyms(b"l" * 32)
ROUX = "+33639980101"


def test_a_caller_has_the_same_name_in_november_and_in_march() -> None:
    assert OURS.of("caller", ROUX) == Pseudonyms(b"k" * 32).of("caller", ROUX) != ""


def test_two_callers_are_two() -> None:
    assert len({OURS.of("caller", f"+336399801{n:02}") for n in range(100)}) == 100


def test_with_another_key_he_is_somebody_else() -> None:
    assert OURS.of("caller", ROUX) != ANOTHER.of("caller", ROUX)


def test_the_number_of_a_call_is_not_taken_for_that_of_a_request() -> None:
    assert OURS.of("call", 1) != OURS.of("request", 1)


@pytest.mark.parametrize("nobody", [None, ""])
def test_who_hid_his_number_has_no_pseudonym(nobody: str | None) -> None:
    assert OURS.of("caller", nobody) == ""


def test_the_key_stands_in_no_message_of_an_error() -> None:
    assert "k" * 8 not in repr(OURS)
