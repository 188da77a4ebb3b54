"""What a GP said or wrote is readable with our keys, in its own row, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.crypto import Box, Unreadable

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=500), st.binary(max_size=40))
def test_what_was_sealed_opens(plain: bytes, context: bytes) -> None:
    box = Box([NEW])
    assert box.open(box.seal(plain, context), context) == plain


def test_it_cannot_be_read_as_it_lies_and_never_looks_the_same() -> None:
    box = Box([NEW])
    once, again = box.seal(b"vertiges depuis hier", b"parts:1"), box.seal(b"vertiges depuis hier", b"parts:1")
    assert b"vertiges" not in once
    assert once != again


def test_moved_to_another_row_it_does_not_open() -> None:
    box = Box([NEW])
    with pytest.raises(Unreadable):
        box.open(box.seal(b"vertiges", b"parts:1"), b"parts:2")


@pytest.mark.parametrize("at", [0, 1, 4, 5, 16, 17, -1])
def test_changed_anywhere_it_does_not_open(at: int) -> None:
    box = Box([NEW])
    sealed = bytearray(box.seal(b"vertiges", b"parts:1"))
    sealed[at] ^= 1
    with pytest.raises(Unreadable):
        box.open(bytes(sealed), b"parts:1")


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(noise: bytes) -> None:
    with pytest.raises(Unreadable):
        Box([NEW]).open(noise, b"parts:1")


def test_after_a_change_of_keys_the_old_still_opens_and_the_new_seals() -> None:
    before, after, gone = Box([OLD]), Box([NEW, OLD]), Box([NEW])
    sealed = before.seal(b"vertiges", b"parts:1")
    assert after.open(sealed, b"parts:1") == b"vertiges"
    assert not after.is_current(sealed)
    assert after.is_current(after.seal(b"vertiges", b"parts:1"))
    assert gone.open(after.seal(b"vertiges", b"parts:1"), b"parts:1") == b"vertiges"
    with pytest.raises(Unreadable):
        gone.open(sealed, b"parts:1")


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b"x" * 31], [b"x" * 33]])
def test_a_key_of_another_length_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Box(keys)


def test_a_key_is_never_shown() -> None:
    assert "nnnn" not in repr(Box([NEW])) + str(vars(Box([NEW])))
