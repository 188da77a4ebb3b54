"""What is new in a letter: neither what it quotes, nor its signature, nor what programs add."""

import pytest

from webhooks.mail import quoting, signatures
from webhooks.mail.quoting import Said, part

QUOTED = "Bonjour docteur, votre demande est enregistrée."


@pytest.mark.parametrize(
    "announced",
    [
        "-----Message d'origine-----\nDe : Rappel24 <avis@rappel24.example>",
        "-----Message d’origine-----",
        "-------- Message d'origine --------De : Rappel24 Date : 22/11/2026",
        "----- Mail original -----\nDe: Rappel24",
        "----- Message original -----",
        "-------- Original Message --------",
        "________________________________\nDe : Rappel24 <avis@rappel24.example>\nEnvoyé : dimanche",
        "De : Rappel24 <avis@rappel24.example>\nEnvoyé : dimanche 22 novembre 2026 10:15\nÀ : Dr Roux\nObjet : x",
        "*De :* Rappel24 <avis@rappel24.example>\n*Envoyé :* dimanche\n*À :* Dr Roux\n*Objet :* x",
        "From: Rappel24 <avis@rappel24.example>\nSent: Sunday, 22 November 2026\nTo: Dr Roux\nSubject: x",
        "De : Rappel24\n\nDate : dimanche 22 novembre 2026\n\nÀ : Dr Roux\n\nObjet : x",
        "Le dim. 22 nov. 2026 à 10:15, Rappel24 <avis@rappel24.example> a écrit :",
        "Le 22/11/2026 à 10:15, Rappel24 a écrit\u00a0:".replace("\u00a0", " "),
        "Le dim. 22 nov. 2026 à 10:15, Rappel24 <avis@rappel24.example> a\nécrit :",
        "Le dimanche 22 novembre 2026 à 10:15, Rappel24\n<avis@rappel24.example> a écrit :",
        "Le dimanche 22 novembre 2026 à 10:15:00 UTC+1, Rappel24 <avis@rappel24.example> a écrit :",
        "Rappel24 <avis@rappel24.example> a écrit :",
        "Le 22 nov. 2026 10:15, Rappel24 a écrit :",
        "On Sun, 22 Nov 2026 at 10:15, Rappel24 <avis@rappel24.example> wrote:",
        "On 22 Nov 2026, at 10:15, Rappel24 <avis@rappel24.example>\nwrote:",
        "Am So., 22. Nov. 2026 um 10:15 Uhr schrieb Rappel24 <avis@rappel24.example>:",
        "> Message du 22/11/26 10:15\n> De : Rappel24",
    ],
)
def test_what_follows_the_announcement_of_a_quotation_is_not_new(announced: str) -> None:
    said = part(f"Oui, cardiologie svp.\n\n{announced}\n\n{QUOTED}", "Re: Rappel24")
    assert said.words == "Oui, cardiologie svp."
    assert QUOTED in said.quoted
    assert not said.forwards


@pytest.mark.parametrize(
    "announced",
    [
        "---------- Forwarded message ---------\nDe : Labo <x@labo.example>",
        "---------- Message transféré ---------",
        "-------- Message transféré --------\nSujet : x",
        "Début du message transféré :",
        "Début du message réexpédié :\n\nDe: Labo",
        "Begin forwarded message:",
    ],
)
def test_a_forwarded_letter_is_parted_from_the_words_above_it(announced: str) -> None:
    said = part(f"Qu'en pensez-vous ?\n\n{announced}\n\nPlaquettes : 42", "résultats")
    assert (said.words, said.forwards) == ("Qu'en pensez-vous ?", True)
    assert "Plaquettes : 42" in said.quoted


@pytest.mark.parametrize("subject", ["TR: résultats", "Tr : résultats", "Fwd: résultats", "FW: résultats"])
def test_a_subject_says_that_it_forwards(subject: str) -> None:
    assert part("Voir.\n\n-----Message d'origine-----\nDe : Labo\n\nPlaquettes : 42", subject).forwards


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Le 22/11/2026 à 10:15, Rappel24 a écrit :\n> Quel hôpital ?\n\nAvicenne", "Avicenne"),
        ("> 1 : Cochin\n> 2 : Avicenne\n\n2", "2"),
        ("Le 22/11/2026 à 10:15, X a écrit :\n\n> Quel âge ?\n\n72 ans\n\n> Depuis quand ?\n\nHier", "72 ans\n\nHier"),
        (
            "Oui\n> une ligne que le serveur a coupée parce qu'elle était bien trop longue,\net sa fin\n> suite",
            "Oui",
        ),
        ("", ""),
        ("> rien que la question", ""),
    ],
)
def test_what_he_writes_under_or_between_the_lines_is_new(text: str, words: str) -> None:
    assert part(text, answers=True).words == words


@pytest.mark.parametrize(
    "text",
    [
        "> 38,5 de fièvre depuis hier, avis infectio",
        "Le cardiologue a écrit : arrêt des AVK. Êtes-vous d'accord ?",
        "Le patient, vu en 2024, a dit : non. Avis svp",
        "De : Dr Roux\nPour : cardiologie\nObjet : avis\n\nPatient de 72 ans",
        "Date : 22/11\nTA : 16/9\nFC : 110, avis cardio",
        "A : avis demandé\nB : pas d'avis",
    ],
)
def test_a_letter_that_answers_nothing_is_new_as_a_whole(text: str) -> None:
    assert part(text, "Avis").words == text


# Signatures -------------------------------------------------------------------------------------------------------

BODY = "Avis cardiologique pour un homme de 72 ans."


@pytest.mark.parametrize(
    "ending",
    [
        "Cordialement,\nDr Roux, cardiologue",
        "Bien cordialement\nDr Roux",
        "Cordialement",
        "cdlt",
        "Cdt,\nRoux",
        "Bien confraternellement,\n\nDr Amélie Roux\nCabinet de cardiologie",
        "Confraternellement. Dr Roux",
        "Bien à vous,",
        "Bonne journée\nAmélie",
        "Bonne reception",
        "Avec mes salutations confraternelles\nDr Roux",
        "Je vous prie d'agréer, cher confrère, mes salutations.\nDr Roux",
        "Veuillez recevoir, chers confrères, l'expression de mes sentiments.\nDr Roux",
        "Kind regards,\nDr Roux",
        "-- \nDr Roux\nNéphrologie",
        "--\nDr Roux",
        "____________________\nDr Roux",
        "Envoyé de mon iPhone",
        "Envoyé à partir de l’application Outlook pour iOS",
        "Envoyé depuis mon appareil Galaxy",
        "Envoyé à partir de Outlook pour Android<https://aka.ms/AAb9ysg>",
        "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
        "Télécharger Outlook pour Android",
        "Provenance : Courrier pour Windows",
        "Envoyé avec Proton Mail",
        "Sent from my iPhone",
        "Garanti sans virus. www.avast.com",
        "Pensez à l'environnement avant d'imprimer ce message.",
        "Ce message et ses pièces jointes sont confidentiels et établis à l'intention exclusive\nde ses destinataires.",
        "This email and any attachments are confidential.",
        "CONFIDENTIALITÉ : ce courriel est destiné à la personne désignée.\nMerci de le détruire.",
    ],
)
def test_what_ends_a_letter_is_not_its_question(ending: str) -> None:
    assert signatures.without(f"{BODY}\n\n{ending}") == BODY
    assert part(f"{BODY}\n{ending}\n\nLe 22/11/2026 à 10:15, X a écrit :\n> y", "Re: x").words == BODY


@pytest.mark.parametrize(
    "banner",
    [
        "[EXTERNE]",
        "ATTENTION : ce courriel provient de l'extérieur de l'établissement.",
        "CAUTION: This email originated from outside the organization.",
        "Ce message a été envoyé depuis une messagerie sécurisée de santé (MSSanté).",
        "Message envoyé via Mailiz, la messagerie sécurisée des médecins.\nNe pas répondre hors MSSanté.",
    ],
)
def test_what_servers_write_above_a_letter_goes(banner: str) -> None:
    assert signatures.without(f"{banner}\n\n{BODY}") == BODY
    assert signatures.without(f"{banner.splitlines()[0]}\n{BODY}") == BODY


@pytest.mark.parametrize(
    "text",
    [
        "Avis cardio Cochin svp",
        "- fièvre\n- toux\n- dyspnée",
        "Bien à vous de me dire si une hospitalisation est utile",
        "Merci de me dire si ce message est bien arrivé, patient de 72 ans",
        "Ce message concerne une patiente de 40 ans",
        "Envoyé de la maternité hier pour une fièvre",
        "Attention : patient allergique à la pénicilline",
        "Thanks, could you call me about a patient",
        "Best option for a 72-year-old man?",
        "Cette patiente cordialement adressée par le Dr X",
    ],
)
def test_what_only_looks_like_an_ending_is_the_question(text: str) -> None:
    assert signatures.without(text) == text


def test_a_postscript_is_kept() -> None:
    text = f"{BODY}\n\nCordialement,\nDr Roux, cardiologue\n\nPS : allergique à la pénicilline"
    assert signatures.without(text) == f"{BODY}\n\nPS : allergique à la pénicilline"


@pytest.mark.parametrize(
    ("signature", "number"),
    [
        ("Tél : 01 99 00 12 12", "01 99 00 12 12"),
        ("Portable 06.39.98.00.01", "06.39.98.00.01"),
        ("+33 (0)6 39 98 00 01", "+33 (0)6 39 98 00 01"),
        ("T. 0199001212 - F. 0199001213", "0199001212"),
        ("Tél : 01 99 00 12 12\nMob : 06 39 98 00 01", "01 99 00 12 12\n06 39 98 00 01"),
    ],
)
def test_the_number_of_a_signature_is_what_the_senior_calls_back(signature: str, number: str) -> None:
    assert signatures.without(f"{BODY}\n\nCordialement,\nDr Roux\n{signature}") == f"{BODY}\n\n{number}"


@pytest.mark.parametrize("signature", ["Fax : 01 99 00 12 13", "RPPS 10001234567", "75014 Paris"])
def test_other_figures_of_a_signature_are_none(signature: str) -> None:
    assert signatures.without(f"{BODY}\n\nCordialement,\nDr Roux\n{signature}") == BODY


def test_a_number_that_he_wrote_himself_is_not_said_twice() -> None:
    text = "Rappel svp au 01.99.00.12.12, avis cardio"
    assert signatures.without(f"{text}\n\nCordialement,\nTél 01 99 00 12 12") == text


@pytest.mark.parametrize("chosen", ["2", "Le 2 svp", "2."])
def test_a_number_of_a_list_above_a_name_that_nothing_marks_stays_a_number(chosen: str) -> None:
    name = "Dr Amélie Petit\nMédecin généraliste\nCabinet des Tilleuls, 75000 Paris\n01 99 00 12 34"
    assert part(f"{chosen}\n\n{name}", answers=True) == Said(chosen)
    assert part(f"{chosen}\n\nIl a de la fièvre.", answers=True) == Said(f"{chosen}\n\nIl a de la fièvre.")


def test_an_answer_of_one_word_stays_one_word() -> None:
    assert signatures.without("2\n\nCordialement,\nDr Roux 01 99 00 12 12") == "2"


def test_what_is_quoted_is_handed_on_without_its_marks() -> None:
    assert quoting.unquoted("> un\n> > deux\n\ntrois") == "un\ndeux\n\ntrois"
