"""A message is a question of medicine unless it clearly asks for something else."""

import pytest

from callbacks.written.asked_for import alone, corrects, kind
from callbacks.written.dialogue import NEW, Ask, File, Heard, Join, Owed, Policy, Question, Situation, Talk, decide
from ivr.matching import Sure

CARDIO = frozenset({"cardio", "cardiologie", "cochin"})


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Cardio Cochin : admission patiente 84 ans", "admission"),
        ("Bonjour, je souhaite une admission directe en cardio", "admission"),
        ("Cardio, besoin d'une hospitalisation pour ma patiente", "admission"),
        ("Bonjour, admission possible demain en cardiologie ?", "admission"),
        ("CRH cardio Cochin non reçu", "letter"),
        ("Cardio : je n'ai pas reçu le compte rendu d'hospitalisation", "letter"),
        ("lettre de sortie", "letter"),
        ("Compte rendu cardio Cochin svp", "letter"),
        ("Bonjour, pourrais-je avoir la lettre de sortie de cardiologie, merci", "letter"),
        ("rdv cardio", "appointment"),
        ("Cardiologie Cochin : demande de rendez-vous rapide", "appointment"),
        ("Erreur d'annuaire : le fax de cardio a changé", "directory"),
        ("Remarque sur la ligne : trop long", "feedback"),
        ("Nous voudrions un partenariat avec le service", "partnership"),
        # Advice
        ("Avis cardio : admission directe ?", "advice"),
        ("Cardio : patient sous AVK depuis son admission, INR 5", "advice"),
        ("Faut-il hospitaliser ce patient de 80 ans, dyspnée depuis hier ?", "advice"),
        ("Peut-on éviter une hospitalisation ? OMI, prise de poids", "advice"),
        ("Cardio Cochin, il a rendez-vous le 12, que faire d'ici là ?", "advice"),
        ("Compte rendu d'échographie : FEVG 35 %, que modifier ?", "advice"),
        ("Compte rendu IRM normal, que faire ?", "advice"),
        ("Admission " + "patient de 80 ans, " * 12, "advice"),
        ("Besoin d'une admission, et demande de rdv", "advice"),
        ("patient sous AVK", "advice"),
        ("", "advice"),
    ],
)
def test_what_is_asked_for_is_clear_or_it_is_advice(said: str, asked: str) -> None:
    assert kind(said, CARDIO) == asked


@pytest.mark.parametrize(
    ("said", "only"),
    [
        ("AVIS", "advice"),
        ("non, un avis svp", "advice"),
        ("Plutôt une admission", "admission"),
        ("lettre de sortie", "letter"),
        ("avis cardio", None),
        ("merci", None),
        ("oui", None),
        ("admission de M. X à 80 ans", None),
    ],
)
def test_a_kind_alone_corrects_what_we_understood(said: str, only: str | None) -> None:
    assert alone(said) == only


@pytest.mark.parametrize(
    ("said", "so"),
    [
        ("AVIS", True),  # what our confirmation tells him to write
        ("Non, plutôt une admission", True),
        ("Pardon, c'est une lettre de sortie", True),
        ("finalement un rdv", True),
        ("je voudrais un RDV svp", False),
        ("RDV non urgent svp", False),
        ("c'est pour une admission", False),
    ],
)
def test_a_correction_has_a_word_that_says_so(said: str, so: bool) -> None:
    assert corrects(said) is so


LETTER = Owed(7, "724193", 1, kind="letter")
POLICIES = {1: Policy.ACCEPT}


def heard(only: str | None, corrects: bool = True) -> Heard:
    return Heard(only_kind=only, kind=only or "advice", corrects=corrects)


def test_his_last_request_becomes_the_one_he_means() -> None:
    situation = Situation(heard("advice"), POLICIES, owed=(Owed(3, "103193", 1), LETTER))
    assert decide(situation) == File(1, instead=7, kind="advice")


def test_so_it_does_right_after_it_was_confirmed_without_any_word_for_it() -> None:
    asks = heard("appointment", corrects=False)
    assert decide(Situation(asks, POLICIES, owed=(LETTER,), just_told=frozenset({7}))) == File(1, 7, "appointment")


@pytest.mark.parametrize("kind", ["appointment", "letter"])
def test_a_day_later_a_kind_alone_takes_nothing_back_and_he_is_asked_which(kind: str) -> None:
    step = decide(Situation(heard(kind, corrects=False), POLICIES, owed=(LETTER,)))
    assert step == Ask(Talk(Question.WHICH, (7, NEW)))


def test_what_it_is_already_is_never_met_with_silence() -> None:
    again = Situation(heard("letter"), POLICIES, owed=(LETTER,), just_told=frozenset({7}))
    assert decide(again) == Ask(Talk(Question.WHICH, (7, NEW)))
    assert decide(Situation(heard("letter"), POLICIES, owed=(LETTER,), named=LETTER)) == Join(7, whole=False)


@pytest.mark.parametrize(
    "situation",
    [
        Situation(heard("advice"), POLICIES, owed=(Owed(7, "724193", 1, claimed=True, kind="letter"),)),
        Situation(heard("advice"), POLICIES, owed=(LETTER,), talk=Talk()),
        Situation(heard("advice"), POLICIES),
    ],
    ids=["somebody has claimed it", "he was asked something", "he has none"],
)
def test_otherwise_it_is_read_as_any_message(situation: Situation) -> None:
    step = decide(situation)
    assert not isinstance(step, File)


def test_a_letter_of_a_ward_that_owes_him_advice_is_a_request_of_its_own() -> None:
    asks = Heard(ward=Sure(1), kind="letter")
    assert decide(Situation(asks, POLICIES, owed=(Owed(3, "103193", 1),))) == File(1)
