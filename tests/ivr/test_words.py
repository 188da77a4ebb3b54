"""A message as words, and what a mistyped one stands for."""

import pytest

from ivr.words import slips, words

KNOWN = (
    *("cardiologie", "radiologie", "neurologie", "nephrologie", "urologie", "pneumologie"),
    *("psychiatre", "rhumatologie", "hematologie", "soins", "rein"),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Néphro, SVP !", ["nephro", "svp"]),
        ("l’œil d’Amélie", ["l", "oeil", "d", "amelie"]),
        ("O.R.L. ou o r l", ["orl", "ou", "orl"]),
        ("cardio@avicenne", ["cardio", "avicenne"]),
        ("dr@cardio.example ou https://cardio.example/uro", ["ou"]),
        ("1️⃣ 👍", ["1"]),
        ("", []),
    ],
)
def test_the_words_of_a_message(text: str, said: list[str]) -> None:
    assert [word.letters for word in words(text)] == said


def test_what_stands_between_words_is_kept() -> None:
    assert [word.gap for word in words("Cardio.\n Cochin, svp")] == ["", ".\n ", ", "]


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("cardiolgie", ("cardiologie",)),
        ("pnuemologie", ("pneumologie",)),
        ("neumologie", ("pneumologie",)),  # as it sounds
        ("nefrologie", ("nephrologie",)),
        ("nerologie", ("neurologie",)),
        ("rumatologie", ("rhumatologie",)),
        ("psichiatre", ("psychiatre",)),
        ("eurologie", ("neurologie", "urologie")),  # as near to both
        ("rardiologie", ("cardiologie", "radiologie")),
        ("moins", ()),  # begins otherwise
        ("rien", ()),  # too short to be a slip
        ("biologie", ()),
        ("12345", ()),
    ],
)
def test_what_a_mistyped_word_stands_for(mistyped: str, meant: tuple[str, ...]) -> None:
    assert tuple(sorted(slips(mistyped, KNOWN))) == meant
