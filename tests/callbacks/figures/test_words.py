"""Figures are written as their readers write them, and never rounded into a promise."""

import pytest

from callbacks.figures import words


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0.0, "0 %", "0%"),
        (0.0004, "0,1 %", "0.1%"),
        (0.823, "82 %", "82%"),
        (0.996, "99,6 %", "99.6%"),
        (0.9999, "99,9 %", "99.9%"),
        (1.0, "100 %", "100%"),
    ],
)
def test_a_share_is_everybody_only_when_it_is(value: float, french: str, english: str) -> None:
    assert words.share(value, "fr").replace("\xa0", " ") == french
    assert words.share(value, "en") == english


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (192, "3 min 12 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (19_220, "5 h 20"),
        (86_399, "24 h"),
    ],
)
def test_a_time_is_said_in_the_unit_that_reads_best(seconds: float, said: str) -> None:
    assert words.seconds(seconds) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (2, "2 min"), (59.4, "59 min"), (60, "1 h"), (320, "5 h 20"), (1439.6, "24 h")]
)
def test_a_time_in_minutes_has_no_seconds(minutes: float, said: str) -> None:
    assert words.minutes(minutes) == said


def test_large_counts_and_means_are_written_in_the_readers_language() -> None:
    assert (words.count(1234, "en"), words.mean(1.44, "en")) == ("1,234", "1.4")
    assert (words.count(1234, "fr"), words.mean(1.44, "fr")) == ("1\u202f234", "1,4")
