"""The file of outcomes: what a senior is offered, and lists that nobody could close a request with."""

from pathlib import Path

import pytest

from callbacks import outcomes
from callbacks.kinds.kind import defaults
from callbacks.outcomes import BadOutcomes, Group
from callbacks.states import OUTCOMES
from config import texts

OTHER = '[[outcome]]\ncode = "AUTRE"\ngroup = "other"\n'
ADVICE = '[[outcome]]\ncode = "CONSEIL"\ngroup = "advice"\nkey = 1\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "outcomes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_some_kind_offers_every_outcome_but_the_one_that_the_line_writes_itself() -> None:
    offered = {outcome.code for kind in defaults().values() for outcome in outcomes.of(kind)}
    assert offered == OUTCOMES.keys() - {"JOINT"}


def test_a_letter_that_was_sent_says_nothing_of_a_conversation() -> None:
    ended = {outcome.code: outcome for outcome in outcomes.of(defaults()["letter"])}
    assert not ended["DOC_MSSANTE"].spoken
    assert not ended["NON_JOINT"].spoken
    assert ended["AUTRE"].spoken
    assert [outcome.key for outcome in ended.values()] == ["1", "2", "3", "4", None, None, None, None]


def test_seven_keys_are_enough_for_an_admission() -> None:
    keyed = outcomes.by_key(outcomes.of(defaults()["admission"]))
    assert [outcome.code for outcome in keyed.values()] == [
        *("ADM_DIRECTE", "ADM_DIFFEREE", "CONSULT_RAPIDE", "HDJ", "URGENCES", "CONSEIL", "AUTRE"),
    ]


def test_seven_keys_of_the_telephone_stand_for_the_commonest() -> None:
    assert {key: outcome.code for key, outcome in outcomes.by_key(outcomes.of(defaults()["advice"])).items()} == {
        "1": "CONSEIL",
        "2": "CONSULT_RAPIDE",
        "3": "ADM_DIRECTE",
        "4": "URGENCES",
        "5": "TRAITEMENT",
        "6": "EXAMENS",
        "7": "AUTRE",
    }


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_outcome_and_every_heading_has_words(language: str) -> None:
    for outcome in {outcome for kind in defaults().values() for outcome in outcomes.of(kind)}:
        assert outcome.group is Group.UNSPOKEN or texts.say(f"voice.outcome_{outcome.code.lower()}", language)
        assert texts.say(f"page.outcome_{outcome.code.lower()}", language)
        assert texts.say(f"page.outcomes_{outcome.group}", language)


def test_a_hospital_offers_what_it_wants_in_the_order_it_wants(tmp_path: Path) -> None:
    other, advice = outcomes.offered(write(tmp_path, OTHER + ADVICE))
    assert (other.code, other.group, other.key) == ("AUTRE", Group.OTHER, None)
    assert (advice.code, advice.group, advice.key) == ("CONSEIL", Group.ADVICE, "1")


BAD = {
    "'GUERI' is no outcome": ADVICE.replace("CONSEIL", "GUERI") + OTHER,
    "'JOINT' is no outcome that a senior can choose": ADVICE.replace("CONSEIL", "JOINT") + OTHER,
    "None is no outcome": ADVICE.replace("code", "name") + OTHER,
    "['CONSEIL'] is no outcome": ADVICE.replace('"CONSEIL"', '["CONSEIL"]') + OTHER,
    "CONSEIL: unknown field colour": ADVICE + 'colour = "red"\n' + OTHER,
    "CONSEIL: group is one of advice, visit": ADVICE.replace("advice", "counsel") + OTHER,
    "CONSEIL: key is a number from 1 to 7": ADVICE.replace("key = 1", "key = 8") + OTHER,
    "key is a number": ADVICE.replace("key = 1", "key = true") + OTHER,
    "NON_JOINT: the key is pressed after a conversation": ADVICE.replace("CONSEIL", "NON_JOINT") + OTHER,
    "CONSEIL stands there twice": ADVICE + ADVICE.replace("key = 1", "") + OTHER,
    "1 stands there twice": ADVICE + OTHER + "key = 1\n",
    "AUTRE is missing": ADVICE,
    "no outcome has a key": OTHER,
    "each outcome begins with [[outcome]]": OTHER.replace("[[outcome]]", "[outcome]"),
    "outcomes.toml: ": "code =",
}


@pytest.mark.parametrize(("reason", "text"), BAD.items(), ids=BAD.keys())
def test_a_list_that_cannot_be_offered_is_refused_with_a_sentence(tmp_path: Path, reason: str, text: str) -> None:
    with pytest.raises(BadOutcomes) as refusal:
        outcomes.offered(write(tmp_path, text))
    assert reason in str(refusal.value)


def test_an_outcome_that_only_another_release_knows_is_shown_by_its_code() -> None:
    assert outcomes.words("GUERI", "fr") == "GUERI"
    assert outcomes.words("RDV_DONNE", "fr") == "Créneau donné"
