"""What a GP writes asks for advice unless it plainly asks for something else; thanks ask for nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.understood import wards
from callbacks.written.understanding import Meaning, Wish, among, understand
from ivr.matching import Close, Nothing, Sure

KNOWN = wards()
WARDS = tuple(KNOWN.values())
CARDIO, CARDIO_AVICENNE = KNOWN["cochin-cardiologie"], KNOWN["avicenne-cardiologie"]
PNEUMO, PNEUMO_AVICENNE = KNOWN["cochin-pneumologie"], KNOWN["avicenne-pneumologie"]
NEPHRO = KNOWN["cochin-nephrologie"]


def read(text: str, subject: str = "", where: str = "", opt_out: str = "") -> Meaning:
    return understand(text, subject, WARDS, where, opt_out)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        # How it stands
        ("SUIVI", Wish.STATUS),
        ("suivi 724193 svp", Wish.STATUS),
        ("724193", Wish.STATUS),
        ("réf. 724 193 merci", Wish.STATUS),
        ("où en est ma demande ?", Wish.STATUS),
        ("Bonjour, toujours pas rappelé !", Wish.STATUS),
        ("patient suivi en pneumo à Avicenne", Wish.ASK),
        ("suivi cardio Cochin", Wish.ASK),
        ("suivi de ma patiente, que faire ?", Wish.ASK),
        # Taken back
        ("ANNULER", Wish.WITHDRAW),
        ("annuler 724193", Wish.WITHDRAW),
        ("Bonjour, merci d'annuler ma demande de cardio à Cochin", Wish.WITHDRAW),
        ("plus besoin, merci", Wish.WITHDRAW),
        ("ce n'est plus la peine", Wish.WITHDRAW),
        ("problème résolu merci", Wish.WITHDRAW),
        ("cancel 724193", Wish.WITHDRAW),
        ("rdv annulé par la patiente, avis cardio Cochin", Wish.ASK),
        ("n'annulez surtout pas 724193, il va plus mal", Wish.ASK),
        ("j'ai besoin d'un avis", Wish.ASK),
        # Help
        ("AIDE", Wish.HELP),
        ("?", Wish.HELP),
        ("comment ça marche ?", Wish.HELP),
        ("besoin d'aide pour un patient", Wish.ASK),
        # Between him and the carrier
        ("STOP", Wish.STOP),
        ("Stop svp", Wish.STOP),
        ("START", Wish.START),
        ("stop anticoagulant avant geste ?", Wish.ASK),
        ("arrêt des AVK avant coloscopie", Wish.ASK),
        # Nothing
        ("", Wish.IDLE),
        ("\n ", Wish.IDLE),
        ("👍", Wish.IDLE),
        ("…", Wish.IDLE),
        ("Merci !", Wish.IDLE),
        ("ok", Wish.IDLE),
        ("oui", Wish.IDLE),
        ("non merci", Wish.IDLE),
        ("merci 724193", Wish.IDLE),
        ("merci pour votre rappel", Wish.IDLE),
        ("merci de votre rappel", Wish.ASK),  # he asks for one
        ("rappel merci", Wish.ASK),
        ("merci cardio Cochin", Wish.ASK),
        ("ok pour la consultation, mais quand ?", Wish.ASK),
        ("bonjour", Wish.ASK),
    ],
)
def test_what_is_wished(text: str, wish: Wish) -> None:
    assert read(text).wish is wish


@pytest.mark.parametrize(("word", "wish"), [("STOP", Wish.STOP), ("START", Wish.START), ("HELP", Wish.HELP)])
def test_the_carriers_own_word_wins(word: str, wish: Wish) -> None:
    assert read("avis cardio Cochin", opt_out=word) == Meaning(wish)


@pytest.mark.parametrize(
    ("subject", "text", "wish"),
    [
        ("Avis cardio Cochin", "", Wish.ASK),
        ("Avis cardio Cochin", "Merci", Wish.ASK),  # all is in the subject
        ("Patient de 60 ans", "ok", Wish.ASK),
        ("SUIVI 724193", "", Wish.STATUS),
        ("Annulation", "merci d'annuler la demande 724193", Wish.WITHDRAW),
        ("Re: Rappel24 : demande 724193, Cardiologie Cochin", "Merci", Wish.IDLE),
        ("RE : Rappel24 : demande 724193", "", Wish.IDLE),
        ("", "", Wish.IDLE),
    ],
)
def test_a_letter_says_it_in_its_subject_or_in_its_text(subject: str, text: str, wish: Wish) -> None:
    assert read(text, subject).wish is wish


@pytest.mark.parametrize(
    ("subject", "text", "where", "slug"),
    [
        ("Avis cardio Cochin", "Suivi en pneumo à Avicenne. Avis pneumo déjà pris.", "", "cochin-cardiologie"),
        ("Sortie de cardiologie Cochin", "Je souhaite la gériatrie d'Avicenne", "", "avicenne-geriatrie"),
        ("Question", "avis cardio Cochin", "avis@rappel24.example", "cochin-cardiologie"),
        ("Question", "avis néphro Cochin", "cardiologie.cochin@rappel24.example", "cochin-cardiologie"),
        # What he writes now counts before what he answers
        ("Re: demande 724193, Cardiologie Cochin", "non, plutôt néphro Cochin", "", "cochin-nephrologie"),
        ("", "non, plutôt néphro Cochin", "cardiologie.cochin@rappel24.example", "cochin-nephrologie"),
        ("Re: demande 724193, Cardiologie Cochin", "encore une question", "", "cochin-cardiologie"),
    ],
)
def test_the_ward_of_a_letter(subject: str, text: str, where: str, slug: str) -> None:
    assert read(text, subject, where).ward == Sure(KNOWN[slug].id)


def test_who_answers_with_a_ward_of_both_hospitals_is_not_taken_at_our_own_words() -> None:
    ward = read("non, plutôt néphro svp", "Re: Rappel24 : demande 724193, Cardiologie Cochin").ward
    assert isinstance(ward, Close)
    assert set(ward.ids) == {NEPHRO.id, KNOWN["avicenne-nephrologie"].id}


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("suivi 724193", ("724193",)),
        ("724 193", ("724193",)),
        ("72-41-93", ("724193",)),
        ("724193 et 482913", ("724193", "482913")),
        ("rappel au 06 39 98 90 07", ()),
        ("+33 1 99 00 24 24", ()),
        ("0639989007", ()),
        ("RPPS 10003456789", ()),
        ("1003456", ()),
        ("024193", ()),  # no reference begins with a zero
    ],
)
def test_references_are_never_part_of_another_number(text: str, references: tuple[str, ...]) -> None:
    assert read(text).references == references


def test_a_reference_stands_in_the_subject_too() -> None:
    assert read("voici la photo", "Re: Rappel24 : demande 724193").references == ("724193",)


@pytest.mark.parametrize(
    ("text", "rpps"),
    [
        ("Dr Perrin, RPPS 10003456789", "10003456789"),
        ("100 0345 6789", "10003456789"),
        ("810003456789", ""),
        ("06 39 98 90 07", ""),
        ("+33639989007", ""),
        ("Dr Perrin", ""),
    ],
)
def test_who_says_who_he_is(text: str, rpps: str) -> None:
    assert read(text).rpps == rpps


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("2.", 2),
        ("le 2 svp", 2),
        ("réponse 1", 1),
        ("la deuxième", 2),
        ("2️⃣", 2),
        ("1er choix", 1),
        ("1 ou 2", None),
        ("1 patient de 70 ans", None),
        ("70", None),
        ("", None),
    ],
)
def test_a_number_of_a_list_counts_when_nothing_else_is_said(text: str, number: int | None) -> None:
    assert read(text).number == number


@pytest.mark.parametrize(
    ("text", "yes"),
    [("Oui", True), ("ok merci", True), ("d'accord", True), ("non", False), ("oui mais non", None), ("", None)],
)
def test_a_plain_yes_or_no(text: str, yes: bool | None) -> None:
    assert read(text).yes is yes


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("non, plutôt néphro", True),
        ("finalement uro Cochin", True),
        ("erreur : c'est pour la cardio", True),
        ("pas la cardio mais la néphro", True),
        ("sorry, I meant nephrology", True),
        ("avis néphro Cochin", False),
        ("non", False),  # which ward instead?
    ],
)
def test_who_changes_his_mind(text: str, changes: bool) -> None:
    assert read(text).changes_mind is changes


@pytest.mark.parametrize(
    ("text", "anew"),
    [
        ("nouvelle demande : cardio Cochin", True),
        ("autre patient, néphro", True),
        ("another patient", True),
        ("nouvelle", True),
        ("pas de nouvelles", False),
        ("cardio Cochin", False),
    ],
)
def test_who_speaks_of_somebody_else(text: str, anew: bool) -> None:
    assert read(text).anew is anew


FOUR = (CARDIO, CARDIO_AVICENNE, PNEUMO, PNEUMO_AVICENNE)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", Sure(CARDIO_AVICENNE.id)),
        ("cardio cochin", Sure(CARDIO.id)),
        ("cochin", Close((CARDIO.id, PNEUMO.id))),
        ("pneumo", Close((PNEUMO.id, PNEUMO_AVICENNE.id))),
        ("néphro cochin", Sure(NEPHRO.id)),  # not among them: he has changed his mind
        ("7", Nothing()),
        ("je ne sais pas", Nothing()),
    ],
)
def test_an_answer_to_a_list(text: str, chosen: object) -> None:
    assert among(read(text), FOUR) == chosen


def test_a_hospital_is_answer_enough_between_two() -> None:
    two = (CARDIO, CARDIO_AVICENNE)
    assert among(read("Avicenne svp"), two) == Sure(CARDIO_AVICENNE.id)
    assert among(read("celui de cochin"), two) == Sure(CARDIO.id)


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=40))
def test_nothing_that_is_written_breaks_it(text: str, subject: str, where: str) -> None:
    meaning = understand(text, subject, WARDS, where)
    among(meaning, FOUR)
    assert all(len(reference) == 6 for reference in meaning.references)
    assert meaning.rpps == "" or len(meaning.rpps) == 11
