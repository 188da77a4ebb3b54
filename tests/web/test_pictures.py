"""Pictures on the senior's page: seen behind the PIN by who has opened their message, and by nobody else."""

import pytest
from flask import Flask
from sqlalchemy import text

from callbacks.requests import Filed
from callbacks.written.incoming import Attached
from tests.web.conftest import PHOTO, Ward
from tests.web.senior import Senior

PIN = "730418"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.fixture
def filed(ward: Ward) -> Filed:
    ward.sets_pin(PIN)
    return ward.request()


def came(app: Flask, ward: Ward, filed: Filed, path: str = "") -> Senior:
    """Amélie at the link, her PIN given."""
    return Senior(app.test_client(), path or ward.link(filed)).opens().gives_pin(PIN)


def test_who_has_read_a_message_sees_the_photo_that_came_with_it(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plaque depuis trois jours")
    ward.picture(part)
    amelie = came(app, ward, filed)
    photo = f"{amelie.path}/parts/{part}/pictures/0"
    assert amelie.reads("1 pièce jointe")
    assert photo not in amelie.page
    assert amelie.browser.get(photo).status_code == 403  # before she has opened the message
    amelie.sends(f"parts/{part}")
    assert f'<img src="{photo}"' in amelie.page
    assert amelie.reads("bras.jpg")
    shown = amelie.browser.get(photo)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/jpeg", PHOTO)
    assert shown.headers["Cache-Control"] == "no-store"
    assert "attachment" not in shown.headers["Content-Disposition"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert ward.hearings() == [(part, ward.amelie, "page")]


def test_a_photo_without_a_word_is_a_message(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "")
    ward.picture(part)
    amelie = came(app, ward, filed).sends(f"parts/{part}")
    assert "<blockquote>" not in amelie.page
    assert "<img" in amelie.page


def test_a_document_is_saved_under_a_name_that_tells_nothing(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Compte rendu joint")
    ward.picture(part, Attached("CR Mme Durand.pdf", "application/pdf", PDF))
    amelie = came(app, ward, filed).sends(f"parts/{part}")
    assert amelie.reads("Enregistrer le fichier 1 (PDF, 1 Ko)")
    saved = amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0")
    assert (saved.mimetype, saved.data) == ("application/pdf", PDF)
    assert saved.headers["Content-Disposition"] == "attachment; filename=rappel24-1.pdf"
    assert saved.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("attached", "words"),
    [
        (Attached(source=MEDIA), "La pièce 1 arrive."),
        (Attached("a.exe", "image/jpeg", b"MZ\x90\x00\x03"), "Pièce 1 : d'un type qui n'est pas accepté"),
        (Attached("a.pdf", refused="too_large"), "Pièce 1 : trop lourde, elle n'est pas gardée."),
        (Attached("a.pdf", refused="a code of another release"), "Pièce 1 : elle n'est pas gardée."),
    ],
)
def test_what_is_not_here_is_named_with_its_reason(
    app: Flask, ward: Ward, filed: Filed, attached: Attached, words: str
) -> None:
    part = ward.text(filed, "Voir la pièce")
    ward.picture(part, attached)
    amelie = came(app, ward, filed).sends(f"parts/{part}")
    assert amelie.reads(words)
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0").status_code == 404


def test_the_photo_of_another_request_is_nobody_s_here(app: Flask, ward: Ward, filed: Filed) -> None:
    mine, theirs = ward.text(filed, "Ceci"), ward.text(ward.request("+33639980012"), "Cela")
    ward.picture(theirs)
    amelie = came(app, ward, filed).sends(f"parts/{mine}")
    assert amelie.browser.get(f"{amelie.path}/parts/{theirs}/pictures/0").status_code == 403
    assert amelie.browser.get(f"{amelie.path}/parts/{mine}/pictures/0").status_code == 404
    assert amelie.browser.get(f"{amelie.path}/parts/{mine}/pictures/99999999999999").status_code == 404


def test_the_photo_of_a_message_that_went_to_another_ward_went_with_it(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plutôt la dermatologie")
    ward.picture(part)
    amelie = came(app, ward, filed).sends(f"parts/{part}")
    with ward.engine.begin() as conn:
        conn.execute(text("update parts set request_id = :id"), {"id": ward.request("+33639980012").id})
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0").status_code == 403


def test_once_the_messages_are_shut_so_are_their_photos(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plaque")
    ward.picture(part)
    amelie = came(app, ward, filed).sends(f"parts/{part}").sends("shut")
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0").status_code == 403


def test_a_photo_that_does_not_open_is_an_alarm_and_the_words_are_read_all_the_same(
    app: Flask, ward: Ward, filed: Filed
) -> None:
    part = ward.text(filed, "Plaque depuis trois jours")
    ward.picture(part)
    (on_disk,) = ward.shelf.folder.rglob("pictures/*/*.sealed")
    on_disk.write_bytes(b"broken")
    amelie = came(app, ward, filed).sends(f"parts/{part}")
    assert amelie.reads("Plaque depuis trois jours")
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0").status_code == 500
    assert ward.alarms() == ["message_broken"]


def test_a_photo_that_arrives_after_the_words_were_read_is_read_too_before_it_is_closed(
    app: Flask, ward: Ward, filed: Filed
) -> None:
    part = ward.text(filed, "Plaque")
    ward.picture(part, Attached(source=MEDIA))
    amelie = came(app, ward, filed).sends("claim").sends(f"parts/{part}")
    assert amelie.reads("La pièce 1 arrive.")
    amelie.sends("close", outcome="CONSEIL")
    assert ward.state(filed)[0] == "claimed"  # it is on its way
    ward.fetches(MEDIA, PHOTO)
    amelie.opens()
    assert "<img" not in amelie.page
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/pictures/0").status_code == 403  # nor by its address
    amelie.sends("close", outcome="CONSEIL")
    assert ward.state(filed)[0] == "claimed"
    amelie.sends(f"parts/{part}")
    assert "<img" in amelie.page
    assert ward.hearings() == [(part, ward.amelie, "page")] * 2
    amelie.sends("close", outcome="CONSEIL")
    assert ward.state(filed)[0] == "done"


def test_nobody_waits_for_a_photo_that_does_not_come(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plaque")
    ward.picture(part, Attached(source=MEDIA))
    amelie = came(app, ward, filed).sends("claim").sends(f"parts/{part}")
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("update attachments set created_real = created_real - interval '11 minutes'")
    amelie.sends("close", outcome="CONSEIL")
    assert ward.state(filed)[0] == "done"
    ward.fetches(MEDIA, PHOTO)
    assert ward.state(filed)[0] == "done"
    assert "<img" in amelie.opens().page  # and he who looks again sees it


def test_a_photo_that_arrives_changes_the_page_by_itself(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plaque")
    ward.picture(part, Attached(source=MEDIA))
    amelie = came(app, ward, filed)
    before = amelie.browser.get(f"{amelie.path}/live").json
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("update attachments set state = 'lost'")
    after = amelie.browser.get(f"{amelie.path}/live").json
    assert before
    assert after
    assert before["mark"] != after["mark"]
