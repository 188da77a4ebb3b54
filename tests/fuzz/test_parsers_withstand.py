"""Every parser takes whatever comes: what was once found, and its seeds, whole and spoiled."""

import time
from random import Random

import pytest

from tests.fuzz import guiding, hostile
from tests.fuzz.parsers import PARSERS, Parser

SECONDS = 0.25  # of work for each; make fuzz has more
LONGEST = 1.0  # seconds of work for one input


def test_what_once_found_a_fault_finds_none() -> None:
    for name, content in guiding.kept():
        PARSERS[name].takes(content)


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_comes_is_read_or_refused(name: str) -> None:
    parser, rng, began = PARSERS[name], Random(name), time.process_time()
    for seed in parser.seeds:
        parser.takes(seed)
    while time.process_time() - began < SECONDS:
        start = time.process_time()
        parser.takes(hostile.spoiled(rng, rng.choice(parser.seeds))[: parser.longest])
        assert time.process_time() - start < LONGEST


def test_an_error_that_a_parser_does_not_announce_is_a_fault() -> None:
    def breaks(content: bytes) -> None:
        raise ValueError(content)

    Parser("refuses", breaks, (), (ValueError,)).takes(b"")
    with pytest.raises(ValueError, match="x"):
        Parser("breaks", breaks, (), (KeyError,)).takes(b"x")
