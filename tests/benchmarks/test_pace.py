"""How long people and machines take: sentences are counted as a voice says them, and every figure names who says so."""

import pytest

from benchmarks.menus import Menu, Step, menus
from benchmarks.pace import PACE, Takes, of, seconds, syllables


@pytest.mark.parametrize(
    ("words", "language", "count"),
    [
        ("Urgence vitale", "fr", 4),
        ("raccrochez et composez", "fr", 7),
        ("le 15", "fr", 2),
        ("tapez 0", "fr", 4),
        ("Rappel24", "fr", 5),
        ("trois lettres", "fr", 2),
        ("J'appelle le senior", "fr", 5),
        ("Anesthésie", "fr", 4),
        ("Press 1 for Surgery", "en", 6),
        ("7", "en", 2),
        ("", "fr", 0),
    ],
)
def test_syllables_are_counted_as_they_are_said(words: str, language: str, count: int) -> None:
    assert syllables(words, language) == count


def test_a_sentence_takes_its_syllables_and_its_pauses() -> None:
    assert seconds("Cochin, tapez 1.") == pytest.approx(5 * of(Takes.SYLLABLE) + of(Takes.COMMA) + of(Takes.SENTENCE))
    assert seconds("Cochin") < seconds("Cochin.") < seconds("Cochin. Cochin.")


def test_our_own_rule_of_fourteen_letters_a_second_says_the_same_within_a_sixth() -> None:
    """The catalogue's own measure (config/texts/fr.toml), which counts pauses as letters."""
    prompt = "Rappel24, entre médecins. Tapez les trois premières lettres du service puis dièse. Liste : tapez 0."
    assert seconds(prompt) == pytest.approx(len(prompt) / 14, rel=1 / 6)


@pytest.mark.parametrize("what", Takes)
def test_everything_that_takes_time_takes_some_and_says_by_whose_word(what: Takes) -> None:
    assert 0 < PACE[what].seconds < 2
    assert len(PACE[what].source) > 20


MENU = Menu(
    "Somebody's",
    "https://example.org",
    "published",
    [
        Step(say="Hello.", option="Press {key} for {ward}.", options=3, keys=1, hops=1),
        Step(say="The patient's number.", keys=10, copied=True, hops=1),
        Step(say="Connecting {ward}.", hops=1),
    ],
    ["Surgery", "Urology", "Oncology"],
)


def test_who_calls_for_the_first_time_hears_a_menu_up_to_what_he_wants() -> None:
    heard = "Hello. Press 1 for Surgery. Press 2 for Urology."
    said = sum(seconds(words, "en") for words in (heard, "The patient's number.", "Connecting Surgery."))
    keyed = 2 * of(Takes.THINK) + of(Takes.KEY_LOOKED_FOR) + 10 * of(Takes.KEY_COPIED)
    assert MENU.listened_to() == pytest.approx(said + keyed + 3 * of(Takes.HOP))


def test_who_knows_the_keys_hears_only_what_cannot_be_keyed_away() -> None:
    keyed = 2 * of(Takes.THINK) + of(Takes.KEY_BY_HEART) + 10 * of(Takes.KEY_COPIED)
    assert MENU.by_heart() == pytest.approx(seconds("Connecting Surgery.", "en") + keyed + 3 * of(Takes.HOP))


def test_every_peers_menu_names_its_source_and_whose_words_they_are() -> None:
    found = menus()
    assert len(found) >= 3
    for menu in found:
        assert menu.source.startswith("http")
        assert menu.words in ("published", "shortest")
        assert 0 < menu.by_heart() <= menu.listened_to()
        assert all(step.options <= len(menu.wards) for step in menu.steps)
