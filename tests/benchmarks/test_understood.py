"""The corpus: messages as GPs would write them, and what a person would do with each."""

import pytest

from benchmarks.understood import (
    HOW,
    NOTHING,
    PARTS,
    RIGHT_AT_LEAST,
    WRONG_AT_MOST,
    Part,
    Verdict,
    figures,
    good,
    lines,
    missed,
    table,
    verdict,
    wards,
)
from callbacks.written.understanding import Wish

COMMANDS = {wish.value for wish in Wish}


@pytest.mark.parametrize("part", PARTS)
def test_written_advice_is_understood_as_well_as_promised(part: str) -> None:
    measured = figures(part)
    what = "\n".join(f"{verdict(line.expected, found)}: {line} -> {found}" for line, found in missed(part))
    assert measured.share(Verdict.RIGHT) >= RIGHT_AT_LEAST, what
    assert measured.share(Verdict.WRONG) <= WRONG_AT_MOST, what


def test_no_message_of_the_corpus_is_taken_for_thanks_or_stop_that_is_none() -> None:
    for part in PARTS:
        for line, found in missed(part):
            assert found not in {NOTHING, Wish.STOP, Wish.START, Wish.WITHDRAW}, line


@pytest.mark.parametrize("part", PARTS)
def test_the_corpus_expects_only_what_there_is(part: str) -> None:
    known = wards().keys()
    for line in lines(part):
        assert set(line.expected.split("?")) <= known | COMMANDS | {HOW, NOTHING}, line
        assert set(line.choices) <= known, line


def test_the_corpus_is_large_and_no_message_stands_in_both_parts() -> None:
    tuned, held_out = (set(lines(part)) for part in PARTS)
    assert len(tuned) >= 300
    assert len(held_out) >= 100
    assert not tuned & held_out
    letters = [line for line in tuned | held_out if line.address]
    assert len(letters) >= 20


@pytest.mark.parametrize(
    ("expected", "found", "judged"),
    [
        ("cochin-cardiologie", "cochin-cardiologie", Verdict.RIGHT),
        ("a?b", "b?a", Verdict.RIGHT),
        ("cochin-cardiologie", "cochin-cardiologie?avicenne-cardiologie", Verdict.ASKED),
        ("cochin-cardiologie", "cochin-cardiologie?", Verdict.ASKED),
        ("cochin-cardiologie", HOW, Verdict.ASKED),
        ("cochin-cardiologie", "avicenne-cardiologie", Verdict.WRONG),
        ("a?b", "a", Verdict.WRONG),
        (HOW, "cochin-cardiologie", Verdict.WRONG),
        ("cochin-cardiologie", NOTHING, Verdict.WRONG),
        ("cochin-cardiologie", "stop", Verdict.WRONG),
    ],
)
def test_what_is_right_asked_and_wrong(expected: str, found: str, judged: Verdict) -> None:
    assert verdict(expected, found) is judged


def test_the_table_says_which_part_falls_short() -> None:
    well = Part("tuned", {Verdict.RIGHT: 99, Verdict.WRONG: 1}, 0.1)
    ill = Part("held_out", {Verdict.RIGHT: 97, Verdict.ASKED: 1, Verdict.WRONG: 2}, 0.1)
    assert good(well)
    assert not good(ill)
    assert table([well]).endswith("met")
    assert table([well, ill]).endswith("missed by held out")
    assert "97.0%" in table([ill])


def test_a_letter_of_the_corpus_has_its_subject_and_its_lines() -> None:
    letters = [line for line in lines("held_out") if "\n" in line.text]
    assert letters
    assert all(line.subject and "@" in line.address for line in letters)
