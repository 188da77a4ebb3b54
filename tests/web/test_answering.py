"""A senior answers in writing on her page: her draft is never lost, and nothing leaves that may not."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from callbacks.requests import Filed
from callbacks.tables import outbox
from callbacks.written_tables import answers
from tests.web.conftest import DR_ROUX, Bell, Ward
from tests.web.senior import Senior

PIN = "730418"
WORDS = "Poursuivez le traitement, contrôle de la kaliémie jeudi."


@pytest.fixture
def writing(ward: Ward, amelie: Senior) -> Senior:
    """Amélie has given her PIN, and looks at the writing page."""
    ward.sets_pin(PIN)
    amelie.opens().gives_pin(PIN)
    return goes_to_write(amelie)


def goes_to_write(senior: Senior) -> Senior:
    return senior.opens("/answer")


def drafts(ward: Ward) -> int:
    with ward.engine.connect() as conn:
        return len(conn.execute(select(answers.c.id).where(answers.c.state == "draft")).all())


def sent(ward: Ward) -> list[str]:
    """The words of what waits to be sent to Dr Roux."""
    with ward.engine.connect() as conn:
        return list(conn.execute(select(outbox.c.body).where(outbox.c.purpose == "answer")).scalars())


def test_she_answers_and_the_request_is_closed(writing: Senior, ward: Ward, filed: Filed, bell: Bell) -> None:
    assert writing.reads("Le médecin reçoit par SMS un lien sans contenu")
    writing.sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert writing.reads("Votre réponse est envoyée et la demande est close.")
    assert writing.reads("Amélie Durand a répondu par écrit le")
    assert writing.reads("Pas encore lue.")
    assert writing.reads(WORDS)  # her PIN is given: she may read it again
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")
    assert ward.texts() == [("answer", DR_ROUX)]
    assert {kind for kind, _ in bell.rung} >= {"deliver", "climb"}
    assert "kaliémie" not in "".join(sent(ward))


def test_without_a_pin_there_is_no_page_to_write_on(ward: Ward, amelie: Senior) -> None:
    ward.sets_pin(PIN)
    assert amelie.opens().reads("Pour répondre par écrit, saisissez d'abord votre code PIN.")
    assert amelie.opens("/answer").status == 403
    amelie.opens().sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert (sent(ward), drafts(ward)) == ([], 0)


def test_a_draft_waits_for_her_alone(writing: Senior, ward: Ward, filed: Filed, bruno: Senior) -> None:
    writing.sends("answer", do="save", words="Un début <b>gras</b>")
    assert writing.reads("Brouillon enregistré.")
    assert "Un début &lt;b&gt;gras&lt;/b&gt;</textarea>" in writing.page
    assert writing.opens().reads("Reprendre mon brouillon")
    ward.sets_pin("918273", ward.bruno)
    bruno.opens().gives_pin("918273")
    assert not bruno.reads("Reprendre mon brouillon")
    assert "Un début" not in goes_to_write(bruno).page
    assert ward.state(filed)[0] == "open"


@pytest.mark.parametrize(
    ("words", "outcome", "told"),
    [
        ("   ", "CONSEIL", "Écrivez d'abord votre réponse."),
        (WORDS, "", "Choisissez l'issue."),
        (WORDS, "NON_JOINT", "Choisissez l'issue."),
    ],
)
def test_what_is_missing_is_said_and_what_she_wrote_stays(
    writing: Senior, ward: Ward, words: str, outcome: str, told: str
) -> None:
    writing.sends("answer", do="send", words=words, outcome=outcome)
    assert writing.reads(told)
    assert words.strip() in writing.page
    assert sent(ward) == []


def test_an_unread_message_is_opened_first(ward: Ward, filed: Filed, amelie: Senior) -> None:
    ward.text(filed, "Patient de 80 ans sous AVK")
    ward.sets_pin(PIN)
    amelie.opens().gives_pin(PIN)
    goes_to_write(amelie).sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert amelie.reads("Ouvrez d'abord tous ses messages.")
    assert sent(ward) == []
    amelie.opens().sends("parts")
    assert goes_to_write(amelie).reads("Patient de 80 ans sous AVK")
    amelie.sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert amelie.reads("Votre réponse est envoyée")


def test_what_she_wrote_until_her_pin_was_asked_again_is_kept(writing: Senior, ward: Ward) -> None:
    ward.waits(timedelta(minutes=16))
    writing.sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert writing.reads("Votre texte est gardé en brouillon. Saisissez à nouveau votre code PIN pour continuer.")
    assert "kaliémie" not in writing.page
    assert (sent(ward), drafts(ward)) == ([], 1)
    writing.gives_pin(PIN)
    assert WORDS in goes_to_write(writing).page


def test_a_page_that_was_left_open_empty_does_not_take_away_what_she_wrote_elsewhere(
    writing: Senior, ward: Ward
) -> None:
    writing.sends("answer", do="save", words=WORDS)
    ward.waits(timedelta(minutes=16))
    assert writing.sends("answer", do="save", words="").reads("Votre code est redemandé")
    assert drafts(ward) == 1


def test_an_emptied_draft_is_none_and_nothing_is_said_to_be_kept(writing: Senior, ward: Ward) -> None:
    writing.sends("answer", do="save", words=WORDS)
    assert writing.sends("answer", do="save", words=" ").reads("Le brouillon est effacé.")
    ward.waits(timedelta(minutes=16))
    assert writing.sends("answer", do="save", words=" ").reads("Votre code est redemandé")
    assert drafts(ward) == 0


def test_what_a_script_keeps_in_the_background_is_said_nowhere(writing: Senior, ward: Ward) -> None:
    assert not writing.sends("answer", do="save", words=WORDS, quietly="1").reads("Brouillon enregistré.")
    assert drafts(ward) == 1


def test_another_browser_keeps_nothing_in_her_name(writing: Senior, ward: Ward, app: Flask) -> None:
    writing.sends("answer", do="save", words=WORDS)
    thief = Senior(app.test_client(), writing.path).opens()
    thief.sends("answer", do="save", words="Arrêtez le traitement.")
    assert WORDS in goes_to_write(writing).page


def test_a_template_is_kept_for_the_ward_inserted_and_taken_away(writing: Senior, ward: Ward, bruno: Senior) -> None:
    writing.sends("answer", do="keep_template", words="Bonjour cher confrère,", title=" Début ")
    assert writing.reads("Ce texte est gardé comme modèle du service.")
    ward.sets_pin("918273", ward.bruno)
    bruno.opens().gives_pin("918273")
    goes_to_write(bruno)
    number = bruno.page.split('">Début</option>')[0].rsplit('"', 1)[1]
    bruno.sends("answer", do="insert", words="Cher Dr Roux,", template=number)
    assert "Cher Dr Roux,\n\nBonjour cher confrère,</textarea>" in bruno.page
    bruno.sends("answer", do="drop_template", words="Cher Dr Roux,", template=number)
    assert bruno.reads("Le modèle est supprimé.")
    assert not goes_to_write(writing).reads("Début")


def test_a_ward_without_templates_begins_with_those_of_the_house_which_nobody_takes_away(writing: Senior) -> None:
    writing.sends("answer", do="insert", words="", template="-1")
    assert "Merci pour votre question. Mon avis :" in writing.page
    assert writing.sends("answer", do="drop_template", words="", template="-1").reads(
        "Choisissez un modèle du service."
    )
    writing.sends("answer", do="keep_template", words="Notre avis :", title="Avis")
    assert writing.page.count(">Avis</option>") == 1
    assert "Notre avis :</textarea>" in writing.page


@pytest.mark.parametrize(("title", "words"), [("", WORDS), ("Nom", "  ")])
def test_a_template_has_a_name_and_a_text(writing: Senior, title: str, words: str) -> None:
    writing.sends("answer", do="keep_template", words=words, title=title)
    assert writing.reads("Donnez un nom au modèle, et un texte.")


def test_the_template_of_another_ward_is_neither_inserted_nor_taken_away(writing: Senior) -> None:
    for act in ("insert", "drop_template"):
        writing.sends("answer", do=act, words=WORDS, template="999")
        assert writing.reads("Choisissez un modèle du service.")
    assert WORDS in writing.page


def test_what_a_colleague_has_taken_is_not_hers_to_answer(writing: Senior, ward: Ward, filed: Filed) -> None:
    ward.claims(filed, ward.bruno)
    writing.sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    assert writing.reads("Un confrère a pris cette demande. Votre texte est gardé en brouillon.")
    assert (sent(ward), drafts(ward)) == ([], 1)
    assert goes_to_write(writing).reads("vous ne pouvez pas y répondre")


def test_who_has_no_mobile_and_no_secure_address_is_called_instead(ward: Ward, app: Flask) -> None:
    filed = ward.request("+33199000077")
    ward.sets_pin(PIN)
    amelie = Senior(app.test_client(), ward.link(filed)).opens().gives_pin(PIN)
    assert amelie.reads("ce médecin n'a ni mobile ni messagerie sécurisée. Rappelez-le.")
    assert not goes_to_write(amelie).offered("answer")


def test_a_form_that_asks_for_nothing_we_know_is_refused(writing: Senior) -> None:
    assert writing.sends("answer", do="burn", words=WORDS).status == 400


def test_what_no_key_opens_is_said_so_and_her_page_still_opens(writing: Senior, ward: Ward) -> None:
    writing.sends("answer", do="save", words=WORDS)
    with ward.engine.begin() as conn:
        conn.execute(update(answers).values(body=ward.box.seal(b"x", b"another row")))
    assert goes_to_write(writing).status == 200
    writing.sends("answer", do="send", words=WORDS, outcome="CONSEIL")
    with ward.engine.begin() as conn:
        conn.execute(update(answers).values(body=ward.box.seal(b"x", b"another row")))
    assert writing.opens().reads("Cette réponse ne s'ouvre pas")


def test_her_page_is_kept_by_no_browser(writing: Senior) -> None:
    assert writing.headers["Cache-Control"] == "no-store"
    assert writing.opens("/answer?lang=en").reads("Answer in writing")
