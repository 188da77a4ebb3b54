"""Letters as the programs of French practices write them, and what is read out of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callbacks.written.incoming import Channel, Incoming
from webhooks.mail.guards import Ours
from webhooks.mail.letter import read

SAMPLES = Path(__file__).parent / "samples"
OURS = Ours("avis@rappel24.example")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OUR_LETTER = "<0b0c7a52-6f0e-4b43-9d7c-2f8f6d1f3a11@rappel24.example>"
ITCH = "L’œsophage brûle : 37°5, ça dure depuis l'été, coût élevé…"


def sample(name: str) -> Incoming:
    """A letter of the collection, read."""
    return reads((SAMPLES / f"{name}.eml").read_bytes())


def reads(raw: bytes, sender: str | None = None, recipient: str | None = None) -> Incoming:
    """These bytes, as a door hands them over."""
    return read(raw, sender, recipient, OURS, NOW)


@dataclass(frozen=True)
class Says:
    """What is read out of a letter. `files`: their names with their types, or with why they were not taken."""

    text: str
    files: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()
    to: str = "avis@rappel24.example"


LETTERS = {
    "outlook_new": Says(
        "Bonjour,\n\nJe souhaite l’avis d'un néphrologue pour un homme de 71 ans dont la créatinine passe de 130 à"
        " 210 µmol/l.\nDois-je arrêter le sartan ?\n\n01 99 00 12 12",
    ),
    "outlook_reply": Says(
        "Le potassium vient de tomber : 6,1. Faut-il l'adresser aux urgences ?",
        thread=(OUR_LETTER, "<CAB9first@mail.gmail.com>"),
    ),
    "outlook_web_reply": Says("2, plutôt la néphrologie d’Avicenne", thread=(OUR_LETTER,)),
    "apple_mail_photo": Says(
        "Bonjour, pouvez-vous me dire si cette lésion du dos vous inquiète ? Elle a grossi en deux mois.\n\n"
        "Elle saigne au contact.\n\nMerci d'avance,",
        ("photo lésion.jpeg image/jpeg",),
        to="dermatologie.cochin@rappel24.example",
    ),
    "iphone_reply": Says("1", thread=(OUR_LETTER,)),
    "gmail_reply": Says(
        "Merci ! Je précise : pas de fièvre, CRP à 12.", thread=(OUR_LETTER, "<CADfirst=one@mail.gmail.com>")
    ),
    "gmail_forward": Says(
        "Que pensez-vous de cette thrombopénie ? Faut-il la voir vite ?",
        ("Fwd: résultats d'analyses.txt text/plain",),
        to="avis+hematologie.cochin@rappel24.example",
    ),
    "orange_reply": Says("Bonjour,\nLa patiente préfère être vue à Avicenne."),
    "free_zimbra_reply": Says("ANNULER, j'ai eu le confrère au téléphone.", thread=(OUR_LETTER,)),
    "mailiz": Says(
        "Cher confrère,\n\nMonsieur D., 82 ans, FA découverte hier, Cockcroft 38. Quel anticoagulant et à quelle"
        " dose ?\n\n06 39 98 00 01",
        ("ECG du 21.11.pdf application/pdf",),
        to="avis+cardiologie@rappel24.example",
    ),
    "html_only": Says(
        "Bonjour,\n\nNourrisson de 3 mois, fièvre à 38,9 depuis hier ; T° > 38 :\n\n- diurèse conservée\n- bon contact"
        "\n\nHospitalisation ?\nMerci.",
        to="pediatrie.avicenne@rappel24.example",
    ),
    "winmail": Says(
        "Douleurs inflammatoires des mains, que faire ?",
        ("résultats.pdf application/pdf", "photo.jpg image/jpeg"),
    ),
    "mislabelled_cp1252_as_latin1": Says(ITCH),
    "mislabelled_utf8_as_latin1": Says(ITCH),
    "mislabelled_cp1252_as_utf8": Says(ITCH),
    "mislabelled_as_ascii": Says(ITCH),
    "unlabelled": Says(ITCH),
    "nonsense_label": Says(ITCH),
    "encoded_twice": Says(ITCH),
    "utf16_label": Says(ITCH),
    "raw_8bit_headers": Says("Patient de 40 ans."),
    "attachment_names": Says(
        "Voir les documents.",
        (
            "bilan thyroïdien du 20 novembre.pdf application/pdf",
            "échographie.jpg image/jpeg",
            "photo.jpg image/jpeg",
            "examens.zip type",
            "facture.jpg type",
        ),
    ),
    "no_message_id_no_date": Says("Un avis svp pour une syncope."),
    "smime_encrypted": Says("", ("smime.p7m encrypted",), to="cardiologie.cochin@rappel24.example"),
    "smime_signed": Says("Patient apyrétique, souffle nouveau.", to="cardiologie.cochin@rappel24.example"),
    "smime_opaque": Says(
        "Souffle nouveau, apyrétique.", ("ecg.pdf application/pdf",), to="cardiologie.cochin@rappel24.example"
    ),
    "thunderbird_bottom_reply": Says(
        "La deuxième, à Avicenne. Le patient habite Bobigny.\n\n02 61 91 00 10", thread=(OUR_LETTER,)
    ),
    "samsung_reply": Says("Oui, je suis joignable jusqu'à 20h au 06 39 98 00 03"),
    "yahoo_reply": Says("Avicenne", thread=(OUR_LETTER,)),
    "forwarded_as_attachment": Says(
        "Le message de mon associé, avec sa photo.", ("œil rouge.txt text/plain", "oeil.jpg image/jpeg")
    ),
    "scanner_pdf_alone": Says("", ("SCAN0042.PDF application/pdf",)),
    "outlook_pasted_ecg": Says("Que pensez-vous de ce tracé ?", ("image002.png image/png",)),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_gp_s_letter_is_read_whatever_he_writes_it_with(name: str) -> None:
    read_so, says = sample(name), LETTERS[name]
    assert read_so.text == says.text
    assert [f"{one.name} {one.refused or one.media_type}" for one in read_so.attached] == list(says.files)
    assert (read_so.thread, read_so.recipient) == (says.thread, says.to)
    assert (read_so.channel, read_so.ignored, read_so.silent) == (Channel.EMAIL, "", "")


MACHINES = {
    "bounce_postfix": "bounce",
    "bounce_exim": "bounce",
    "bounce_exchange_fr": "bounce",
    "bounce_delayed": "delayed",
    "read_receipt": "receipt",
    "out_of_office_exchange": "out_of_office",
    "out_of_office_without_headers": "out_of_office",
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_a_machine_wrote_is_nobody_s_question(name: str) -> None:
    assert (sample(name).ignored, sample(name).attached) == (MACHINES[name], ())


def test_every_letter_of_the_collection_is_looked_at() -> None:
    assert {path.stem for path in SAMPLES.glob("*.eml")} == {*LETTERS, *MACHINES}


@pytest.mark.parametrize("name", ["bounce_postfix", "bounce_exim", "bounce_exchange_fr", "bounce_delayed"])
def test_a_bounce_names_the_letter_that_came_back(name: str) -> None:
    assert sample(name).thread == (OUR_LETTER,)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("outlook_new", "Avis néphro Cochin - créatinine à 210"),
        ("outlook_reply", "RE: Rappel24 – demande 482913 enregistrée"),
        ("apple_mail_photo", "Avis dermato – lésion du dos"),
        ("raw_8bit_headers", "Avis hématologie pour une anémie ferriprive résistante"),
        ("attachment_names", "Pièces – avis endocrino à Avicenne pour une hyperthyroïdie"),  # cut within a letter
        ("samsung_reply", "Ré : Rappel24 - demande 482913"),
    ],
)
def test_a_subject_is_read_in_its_letters(name: str, subject: str) -> None:
    assert sample(name).subject == subject


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("outlook_new", "amelie.roux@cabinet-des-lilas.example"),
        ("mailiz", "amelie.roux@medecin.mssante.fr"),
        ("orange_reply", "cabinet.roux@wanadoo.example"),
    ],
)
def test_its_sender_is_an_address_in_small_letters(name: str, sender: str) -> None:
    assert sample(name).sender == sender


def test_what_a_colleague_wrote_and_a_gp_sends_on_is_kept_whole() -> None:
    [forwarded] = sample("gmail_forward").attached
    assert b"Plaquettes : 42 G/l" in (forwarded.content or b"")
    [words, _] = sample("forwarded_as_attachment").attached
    assert "Œil rouge et douloureux depuis ce matin." in (words.content or b"").decode()


REPORT = "Histoire : dyspnée depuis trois semaines.\nBiologie : créatinine 180 µmol/l.\n" * 8
NAME = "Dr Amélie Petit\nCabinet des Tilleuls, 3 rue des Tilleuls, 75000 Paris\nTél. 01 99 00 12 34\n"


@pytest.mark.parametrize("end", ["Cordialement,\nDr Amélie Petit\n", "______________________\n", "--\n"])
def test_a_report_that_is_pasted_below_a_name_or_a_rule_is_kept_whole(end: str) -> None:
    letter = reads(f"From: a@cabinet.example\nSubject: avis\n\nQue faire de plus ?\n\n{end}\n{REPORT}".encode())
    [whole] = letter.attached
    assert letter.text == "Que faire de plus ?"
    assert (whole.content or b"").decode().count("créatinine 180") == 8


@pytest.mark.parametrize(
    "below",
    [
        "Bonne journée\nLe patient a aussi de la fièvre depuis hier soir.",
        "Cordialement,\nDr Petit\n\nPar ailleurs il prend de la metformine et du ramipril",
    ],
)
def test_what_he_thought_of_below_his_name_is_kept(below: str) -> None:
    [whole] = reads(f"From: a@cabinet.example\nSubject: avis\n\nQue faire ?\n{below}".encode()).attached
    assert below.splitlines()[-1] in (whole.content or b"").decode()


@pytest.mark.parametrize(
    "text",
    [
        "Je vous prie de recevoir ce patient rapidement pour une douleur thoracique. Avis cardio Cochin ?",
        "Veuillez recevoir en consultation ce patient de 60 ans, essoufflé.\nAvis cardio Cochin",
        "Dans l'attente de votre retour, je vous prie de me rappeler.\nCardio Cochin",
        "Attention : patient porteur de BMR, soins externes en cours.\nAvis infectio",
    ],
)
def test_what_only_begins_like_a_closing_or_a_banner_is_his_question(text: str) -> None:
    letter = reads(f"From: a@cabinet.example\nSubject: avis\n\n{text}".encode())
    assert (letter.text, letter.attached) == (text, ())


def test_when_nothing_would_be_left_it_is_kept_whole() -> None:
    text = "Si vous n'êtes pas le bon destinataire, merci de transférer à la néphro.\nPatient de 60 ans"
    [whole] = reads(f"From: a@cabinet.example\nSubject: avis\n\n{text}".encode()).attached
    assert (whole.content or b"").decode() == text


@pytest.mark.parametrize(
    "end",
    [
        "",
        "Je vous prie de croire, cher confrère, à l'assurance de mes sentiments confraternels.",
        "Ce message est confidentiel et réservé à ses destinataires. " * 12,
    ],
)
def test_of_a_name_alone_nothing_is_kept_besides(end: str) -> None:
    letter = f"From: a@cabinet.example\nSubject: avis\n\nQue faire ?\n\nCordialement,\n{NAME}\n{end}"
    assert reads(letter.encode()).attached == ()


# The same letter by two doors -------------------------------------------------------------------------------------


def test_the_same_letter_by_two_doors_is_one() -> None:
    raw = (SAMPLES / "mailiz.eml").read_bytes()
    by_another = b"Received: from mx (192.0.2.1)\r\nReturn-Path: <x@y.example>\r\nX-Spam-Score: 0\r\n" + raw
    by_a_third = raw.replace(b"\r\n", b"\n")
    assert reads(raw).key == reads(by_another, "amelie.roux@medecin.mssante.fr").key == reads(by_a_third).key
    assert reads(raw, None, "avis@rappel24.example").key == reads(raw).key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"1556677.889900", b"1556677.889901"),
        (b"17:10:05", b"17:10:06"),
        (b"Cockcroft 38", b"Cockcroft 83"),
        (b"From: =?utf-8?Q?Am=C3=A9lie_ROUX?= <amelie.roux@", b"From: <bruno.caron@"),
        (b"homme_de_82", b"homme_de_28"),
        (b"JVBERi0xLjQK", b"JVBERi0xLjUK"),
    ],
    ids=["name", "date", "words", "sender", "subject", "file"],
)
def test_another_letter_is_another(before: bytes, after: bytes) -> None:
    raw = (SAMPLES / "mailiz.eml").read_bytes()
    assert raw.count(before)
    assert reads(raw).key != reads(raw.replace(before, after)).key


def test_a_letter_without_name_and_date_is_the_same_within_its_day_alone() -> None:
    raw = (SAMPLES / "no_message_id_no_date.eml").read_bytes()
    today, later, tomorrow = (read(raw, None, None, OURS, NOW + timedelta(hours=hours)).key for hours in (0, 5, 24))
    assert today == later != tomorrow


def test_a_letter_with_a_name_is_the_same_whenever_it_comes() -> None:
    raw = (SAMPLES / "mailiz.eml").read_bytes()
    assert read(raw, None, None, OURS, NOW).key == read(raw, None, None, OURS, NOW + timedelta(days=3)).key


# Whom it was written to, and by whom ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "envelope", "recipient"),
    [
        ("To: avis@rappel24.example", None, "avis@rappel24.example"),
        ("To: Cardio <Cardiologie.Cochin@Rappel24.example>", None, "cardiologie.cochin@rappel24.example"),
        ("To: avis@rappel24.example", "avis+cardiologie@rappel24.example", "avis+cardiologie@rappel24.example"),
        (
            "Delivered-To: avis@rappel24.example\r\nTo: a@b.example, orl.avicenne@rappel24.example",
            None,
            "orl.avicenne@rappel24.example",
        ),
        ("X-Original-To: orl@rappel24.example\r\nTo: avis@rappel24.example", None, "orl@rappel24.example"),
        # An alias of the hospital's, sent on to our mailbox.
        (
            "Delivered-To: avis@rappel24.example\r\nTo: cardiologie@hopital.example",
            None,
            "cardiologie@hopital.example",
        ),
        # Hidden from the others: whoever else it was written to says nothing.
        ("To: a@b.example, c@d.example", "avis@rappel24.example", "avis@rappel24.example"),
        ("To: undisclosed-recipients:;", None, "avis@rappel24.example"),
        ("", None, "avis@rappel24.example"),
        ('To: "orl@rappel24.example" <avis@rappel24.example>', None, "avis@rappel24.example"),
    ],
)
def test_the_address_that_tells_most_is_the_one_he_wrote_to(headers: str, envelope: str | None, recipient: str) -> None:
    raw = f"From: a@cabinet.example\r\n{headers}\r\n\r\navis".replace("\r\n\r\n\r\n", "\r\n\r\n").encode()
    assert reads(raw, None, envelope).recipient == recipient


@pytest.mark.parametrize(
    ("headers", "envelope", "sender"),
    [
        ("From: Dr Roux <Roux@Cabinet.example>", "other@mailer.example", "roux@cabinet.example"),
        ("From: roux@cabinet.example (Dr Roux)", None, "roux@cabinet.example"),
        ('From: "roux@evil.example" <roux@cabinet.example>', None, "roux@cabinet.example"),
        ("From: a@cabinet.example, b@cabinet.example\r\nSender: c@cabinet.example", None, "a@cabinet.example"),
        ("From: =?utf-8?q?Am=C3=A9lie?= <a@cabinet.example>", None, "a@cabinet.example"),
        ("From: Dr Roux", "roux@cabinet.example", "roux@cabinet.example"),
        ("Return-Path: <roux@cabinet.example>", None, "roux@cabinet.example"),
        ("Reply-To: roux@cabinet.example", None, "roux@cabinet.example"),
        ("From: " + "(" * 5000, None, ""),
        ("X: y", "", ""),
    ],
)
def test_who_wrote_it_is_whom_it_says_it_is_from(headers: str, envelope: str | None, sender: str) -> None:
    assert reads(f"{headers}\r\n\r\navis cardio".encode(), envelope).sender == sender


def test_a_letter_from_nobody_is_kept_and_not_answered() -> None:
    letter = reads(b"Subject: avis cardio\r\n\r\nun avis")
    assert (letter.text, letter.ignored, letter.silent) == ("un avis", "", "no_sender")


def test_a_subject_cannot_bring_a_line_of_its_own() -> None:
    raw = b"From: a@b.example\r\nSubject: =?utf-8?q?avis=0D=0ABcc:_x@y.example?=\r\n  et\r\n\tsuite\r\n\r\nx"
    assert reads(raw).subject == "avis Bcc: x@y.example et suite"
