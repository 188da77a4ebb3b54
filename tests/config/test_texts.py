"""The catalogues hold together, and what they say is safe to hear."""

import re
from string import Formatter

import pytest

from callbacks import kind_offers, kind_words
from callbacks.kinds.kind import defaults
from callbacks.states import OUTCOMES
from config import texts
from config.texts import catalogue, gsm7
from config.texts.catalogue import BadCatalogue, Words, faults, read
from webhooks.twiml import ANNOUNCED_SECONDS

SPEED = 14  # characters a second: how fast a French voice reads


def spoken(key: str, language: str) -> str:
    return texts.template(f"voice.{key}", language)


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("speech", [True, False])
def test_a_first_choice_can_be_keyed_within_twelve_seconds_of_the_answer(language: str, speech: bool) -> None:
    or_say = texts.say("voice.or_say", language) if speech else ""
    heard = f"{texts.say('voice.emergency', language)} {texts.say('voice.ask_ward', language, or_say=or_say)}"
    assert len(heard) / SPEED <= 12


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_who_hears_the_keys_out_is_rung_through_no_later_than_who_adds_to_a_request(language: str) -> None:
    offers = kind_words.offered_briefly(kind_offers.offers(defaults()), language)
    instead = texts.say("voice.instead", language, offers=offers)
    told = texts.say("voice.calling", language, ward="Cardiologie", hospital="Cochin", instead=instead)
    before = texts.say("voice.calling_again", language, ward="Cardiologie", hospital="Cochin")
    assert {"2", "3"} <= set(told)
    assert len(told) / SPEED + ANNOUNCED_SECONDS <= len(before) / SPEED


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize(
    "key", ["emergency", "emergency_reminder", "notice_confirmation", "notice_apology", "notice_apology_kind"]
)
def test_the_caller_is_told_to_dial_15(key: str, language: str) -> None:
    assert re.search(r"\b15\b", spoken(key, language))


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_no_prompt_names_another_emergency_number_than_15(language: str) -> None:
    for sentence in texts.catalogues("voice")[language].values():
        assert not re.search(r"\b(112|114|17|18|116)\b", sentence)


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", ["whisper", "alert_offer", "alert_notice", "alert_gone", "hello_senior", "offer"])
def test_what_a_voicemail_may_record_names_nobody_and_no_number(key: str, language: str) -> None:
    assert {"name", "number", "caller"}.isdisjoint(placeholders(spoken(key, language)))


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize(
    "key", ["callback_whisper", "callback_whisper_again", "notice_tried", "notice_tried_kind", "senior_left"]
)
def test_what_the_voicemail_of_a_gp_may_record_says_nothing_of_a_patient_or_of_his_request(
    key: str, language: str
) -> None:
    allowed = {"hospital", "ward", "name", "line", "calls"} | (
        {"reference"} if key.startswith("notice_tried") else set()
    )
    assert placeholders(spoken(key, language)) <= allowed


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("code", sorted(set(OUTCOMES) - {"JOINT", "NON_JOINT"}))
def test_every_outcome_that_may_have_a_key_is_said_in_a_word_or_two(code: str, language: str) -> None:
    assert len(spoken(f"outcome_{code.lower()}", language)) <= 26


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_gp_who_is_called_back_can_take_the_call_within_eight_seconds(language: str) -> None:
    calls = kind_words.calls("advice", "Amélie Blanc", language)
    heard = texts.say("voice.callback_whisper", language, hospital="Cochin", ward="Cardiologie", calls=calls)
    assert len(heard) / SPEED <= 8


def test_no_prompt_asks_for_a_value_that_a_call_does_not_have() -> None:
    known = {
        "or_say",
        "name",
        "ward",
        "hospital",
        "last_ward",
        "count",
        "label",
        "key",
        "deadline",
        "number",
        "reference",
        "who",
        "tried",
        "retry",
        "until",
        "time",
        "outcomes",
        "next_try",
        "may_close",
        "kept",
        "whom",
        "days",
        # Of the kind that is asked for
        *(
            "kind",
            "answers",
            "answers_him",
            "asks",
            "waits",
            "were_you",
            "which",
            "calls",
            "offers",
            "instead",
            "menu",
            "about",
        ),
    }
    for key, sentence in texts.catalogues("voice")["fr"].items():
        assert placeholders(sentence) <= known | {"reference", "line"}, key


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", ["not_saved", "nothing_kept", "incident"])
def test_the_gp_is_never_told_noted_when_nothing_was_kept(key: str, language: str) -> None:
    assert not re.search(r"not[ée]|référence|rappelle avant|will call you back|reference", spoken(key, language), re.I)


def test_french_prompts_vouvoient() -> None:
    for key, sentence in texts.catalogues("voice")["fr"].items():
        assert not re.search(r"\b(tu|toi|ton|ta|tes)\b", sentence, re.I), key


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sms_text_stays_in_the_cheap_alphabet(language: str) -> None:
    for key in texts.keys("sms"):
        assert gsm7.is_gsm7(texts.template(key, language)), key


def test_a_sentence_is_filled_and_surplus_values_are_ignored() -> None:
    assert (
        texts.say("voice.hello_name", name="Amélie {Martin}", ward="Cardiologie") == "Bonjour, docteur Amélie {Martin}."
    )
    assert texts.say("voice.hello_name", "en", name="Amélie Martin") == "Hello, Doctor Amélie Martin."


@pytest.mark.parametrize(
    ("count", "language", "heard"),
    [
        (0, "fr", "Aucune demande"),
        (1, "fr", "Une demande vous attend"),
        (2, "fr", "2 demandes vous attendent"),
        (0, "en", "No request"),
        (1, "en", "One request is"),
        (2, "en", "2 requests are"),
    ],
)
def test_a_sentence_follows_its_count(count: int, language: str, heard: str) -> None:
    assert heard in texts.say("voice.hello_senior", language, count=count)


@pytest.mark.parametrize(
    ("count", "language", "said"), [(0, "fr", "one"), (1, "fr", "one"), (0, "en", "other"), (1, "en", "one")]
)
def test_nought_is_singular_in_french_only(count: int, language: str, said: str) -> None:
    assert Words("other", one="one").form(count, language) == said


@pytest.mark.parametrize(("key", "language"), [("voice.welcom", "fr"), ("voice.goodbye", "de"), ("goodbye", "fr")])
def test_a_sentence_that_does_not_exist_is_an_error(key: str, language: str) -> None:
    with pytest.raises(texts.UnknownText, match=key):
        texts.say(key, language)
    with pytest.raises(texts.UnknownText, match=key):
        texts.template(key, language)


@pytest.mark.parametrize(("key", "needed"), [("voice.calling_again", "ward"), ("voice.hello_senior", "count")])
def test_a_sentence_with_a_hole_is_never_said(key: str, needed: str) -> None:
    with pytest.raises(texts.MissingValue, match=f"{key} needs {needed}"):
        texts.say(key)


@pytest.mark.parametrize(
    ("french", "english", "fault"),
    [
        ('a = "Un"', 'a = "One"', None),
        ('a = "Un"', "", "voice.a has no words in en"),
        ("", 'a = "One"', "voice.a has no words in fr"),
        ('a = "Le {ward}"', 'a = "The {war}"', "voice.a has different placeholders (fr: ward; en: war)"),
        ('a = "Le {ward}"', 'a = "The ward"', "voice.a has different placeholders (fr: ward; en: none)"),
        ('a = "Un"', 'a = {one = "1", other = "{count}"}', "voice.a has different placeholders (fr: none; en: count)"),
        ('a = " "', 'a = "One"', "voice.a (fr) is empty"),
        ('a = "Le {ward"', 'a = "The {ward}"', "voice.a (fr) has broken braces: expected '}' before end of string"),
        ('a = "{0}"', 'a = "{0}"', "voice.a (fr) has a placeholder that is not a plain name"),
        ('a = "{a.b}"', 'a = "{a.b}"', "voice.a (fr) has a placeholder that is not a plain name"),
        ('a = "{a!r}"', 'a = "{a}"', "voice.a (fr) has a placeholder that is not a plain name"),
        ('a = "{a:>9}"', 'a = "{a}"', "voice.a (fr) has a placeholder that is not a plain name"),
        ('a = "Reçu"\n[sms]\na = "Reçu"', 'a = "Ok"\n[sms]\na = "Ok"', "sms.a (fr) leaves GSM-7: ç"),
    ],
)
def test_half_a_catalogue_is_refused_and_the_sentence_named(french: str, english: str, fault: str | None) -> None:
    found = faults({"fr": read(f"[voice]\n{french}"), "en": read(f"[voice]\n{english}")})
    assert found == [] if fault is None else fault in found


@pytest.mark.parametrize(
    "source",
    [
        "[voice]\na = 15",
        '[voice]\na = ["Un", "Deux"]',
        '[voice]\na = {one = "1"}',
        '[voice]\na = {one = "1", other = "n", two = "2"}',
        '[voice]\na = {one = 1, other = "n"}',
        'a = "Un"',
    ],
)
def test_an_entry_that_is_no_sentence_is_refused(source: str) -> None:
    with pytest.raises(BadCatalogue):
        read(source)


def test_the_catalogues_of_this_release_are_whole() -> None:
    assert faults(catalogue.load()) == []
    assert {"voice.emergency", "voice.promise"} <= texts.keys()
    assert all(key.startswith("voice.") for key in texts.keys("voice"))


def test_the_checker_of_the_flow_is_handed_sentences_by_name_and_language() -> None:
    handed = texts.catalogues("voice")
    assert list(handed) == ["fr", "en"]
    assert handed["fr"]["goodbye"] == "Au revoir."
    assert handed["fr"].keys() == handed["en"].keys()


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}
