"""A recording is whole, or it is not taken for one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks import wav
from tests.callbacks.sending import sound


def test_a_whole_recording_is_taken() -> None:
    assert wav.fault(sound(12), 12) is None
    assert wav.seconds(sound(12)) == 12.0


@pytest.mark.parametrize(
    ("length", "declared", "taken"),
    [(12, 12, True), (12, 14, True), (12, 10, True), (12, 15, False), (12, 9, False), (12, None, True), (0, 0, True)],
)
def test_its_length_is_within_two_seconds_of_the_declared_one(length: int, declared: int | None, taken: bool) -> None:
    assert (wav.fault(sound(length), declared) is None) == taken


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"<html>Not found</html>",
        sound(3)[:-1],
        sound(3)[:60],
        sound(3)[:44],
        b"RIFX" + sound(3)[4:],
        sound(3)[:4] + struct.pack("<I", len(sound(3)) + 100) + sound(3)[8:],
        sound(3)[:8] + b"AVI " + sound(3)[12:],
        sound(3)[:40] + struct.pack("<I", 0xFFFFFFFF) + sound(3)[44:],
        sound(3)[:28] + struct.pack("<I", 0) + sound(3)[32:],
        b"RIFF" + struct.pack("<I", 4) + b"WAVE",
        b"RIFF" + struct.pack("<I", 16) + b"WAVE" + b"data" + struct.pack("<I", 4) + b"....",
    ],
)
def test_what_is_cut_short_or_something_else_is_not(content: bytes) -> None:
    assert wav.fault(content, None) is not None


def test_chunks_it_does_not_know_are_passed_over() -> None:
    whole = sound(3)
    extra = b"LIST" + struct.pack("<I", 5) + b"INFO!\0"
    size = struct.pack("<I", len(whole) - 8 + len(extra))
    assert wav.fault(whole[:4] + size + whole[8:12] + extra + whole[12:], 3) is None


@given(st.binary(max_size=200), st.integers(0, 60))
def test_nothing_that_comes_makes_it_stumble(noise: bytes, at: int) -> None:
    whole = sound(1)
    for content in (noise, whole[:at] + noise + whole[at + len(noise) :], whole[:at] + noise):
        wav.fault(content, 1)
