"""What a senior does at the link of her alert, and what she cannot do."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from callbacks.requests import Filed
from scheduling.tables import practitioners
from tests.web.conftest import Bell, Ward, sound
from tests.web.senior import Senior

PIN = "730418"
NUMBER = "06 39 98 00 11"
ABSENCE = "C'est une absence de Mme X, que faire ?"


# Seeing -----------------------------------------------------------------------------------------------------------


def test_she_sees_ward_reference_and_deadline(amelie: Senior, filed: Filed) -> None:
    amelie.opens()
    assert amelie.reads(f"Cochin {filed.reference[:3]} {filed.reference[3:]} Cardiologie À prendre en charge")
    assert amelie.reads("dans 23 h 59")
    assert amelie.reads("Appel sans message")
    assert amelie.reads("composez le 15")


def test_nothing_of_the_gp_shows_before_the_pin(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.text(filed, ABSENCE)
    amelie.opens()
    assert "639980011" not in amelie.page.replace(" ", "")
    assert not amelie.reads("Mme X")
    assert amelie.reads("1 message")


def test_opening_the_link_changes_nothing(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.voice(filed)
    for _ in range(3):
        amelie.opens()
    assert ward.state(filed) == ("open", None, None)
    assert ward.hearings() == []


def test_she_may_read_english(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens("?lang=en")
    assert '<html lang="en">' in amelie.page
    assert amelie.reads("Nobody has it yet")
    amelie.sends("claim")
    assert amelie.reads("Noted: you have it.")


def test_a_language_we_do_not_speak_is_french(amelie: Senior) -> None:
    assert '<html lang="fr">' in amelie.opens("?lang=de").page


@pytest.mark.parametrize(
    ("hours", "mood", "words"),
    [
        (1, "calm", "dans 22 h 59"),
        (19, "soon", "dans 4 h 59"),
        (23.5, "soon", "dans 29 min"),
        (26, "late", "dépassé de 2 h"),
    ],
)
def test_the_page_shows_how_late_it_is(amelie: Senior, ward: Ward, hours: float, mood: str, words: str) -> None:
    ward.waits(timedelta(hours=hours))
    amelie.opens()
    assert f'<body class="{mood}">' in amelie.page
    assert amelie.reads(words)


def test_a_link_wears_out_a_week_after_the_end(amelie: Senior, ward: Ward) -> None:
    amelie.opens().sends("close", outcome="CONSEIL")
    ward.waits(timedelta(days=6))
    assert amelie.opens().status == 200
    ward.waits(timedelta(days=8))
    assert amelie.opens().status == 410


# Claiming and closing ---------------------------------------------------------------------------------------------


def test_she_claims_it_once_however_often_she_taps(amelie: Senior, ward: Ward, filed: Filed) -> None:
    first = amelie.opens().page
    for _ in range(2):
        amelie.page = first
        amelie.sends("claim")
        assert amelie.reads("C'est noté : vous la prenez en charge.")
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_bruno_comes_second_and_is_told(amelie: Senior, bruno: Senior, ward: Ward, filed: Filed) -> None:
    bruno.opens()
    amelie.opens().sends("claim")
    bruno.sends("claim")
    assert bruno.reads("Un confrère l'a déjà prise en charge.")
    assert bruno.reads("Prise en charge par Amélie Durand")
    assert not any(bruno.offered(door) for door in ("claim", "close", "release"))
    bruno.sends("close", outcome="CONSEIL")
    bruno.sends("release")
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_she_gives_it_back_and_those_on_call_are_told_at_once(
    amelie: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    amelie.opens().sends("claim").sends("release")
    assert amelie.reads("La demande est rendue au service.")
    assert ward.state(filed) == ("open", None, None)
    assert bell.rung == [("climb", filed.id)] * 2


@pytest.mark.parametrize(
    ("outcome", "state", "shown"),
    [
        ("ADM_DIRECTE", "done", "Demande close"),
        ("RETIRE", "withdrawn", "Retirée par le médecin"),
    ],
)
def test_she_says_how_it_ended(amelie: Senior, ward: Ward, filed: Filed, outcome: str, state: str, shown: str) -> None:
    amelie.opens().sends("claim").sends("close", outcome=outcome)
    assert amelie.reads("La demande est close. Merci.")
    assert amelie.reads(shown)
    assert ward.state(filed) == (state, ward.amelie, outcome)


def test_closing_it_twice_is_closing_it_once(amelie: Senior, ward: Ward, filed: Filed) -> None:
    form = amelie.opens().sends("claim").page
    for outcome, words in (("CONSEIL", "close. Merci."), ("CONSEIL", "close. Merci."), ("SAMU", "déjà close")):
        amelie.page = form
        assert amelie.sends("close", outcome=outcome).reads(words)
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")


@pytest.mark.parametrize("outcome", ["", "GUERI", "conseil", "CONSEIL\0"])
def test_an_outcome_nobody_knows_closes_nothing(amelie: Senior, ward: Ward, filed: Filed, outcome: str) -> None:
    amelie.opens().sends("claim").sends("close", outcome=outcome)
    assert amelie.reads("Choisissez l'issue du rappel.")
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_it_is_not_closed_while_a_message_is_unheard(amelie: Senior, ward: Ward, filed: Filed) -> None:
    heard, unheard = ward.voice(filed), ward.text(filed, ABSENCE)
    amelie.opens().chooses_pin(PIN).sends(f"parts/{heard}").sends("claim").sends("close", outcome="CONSEIL")
    assert amelie.reads("Ouvrez d'abord chaque message")
    assert amelie.reads("1 message reste à ouvrir avant de clore.")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    amelie.sends(f"parts/{unheard}").sends("close", outcome="CONSEIL")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")


# The PIN ----------------------------------------------------------------------------------------------------------


def test_she_sets_her_pin_at_first_use(amelie: Senior, ward: Ward, filed: Filed) -> None:
    with ward.engine.begin() as conn:
        roux = conn.execute(insert(practitioners).values(name="Jeanne Roux").returning(practitioners.c.id)).scalar_one()
    filed = ward.request(practitioner_id=roux)
    amelie.path = ward.link(filed)
    amelie.opens().chooses_pin(PIN)
    assert amelie.reads("Code enregistré.")
    assert amelie.reads(NUMBER)
    assert amelie.reads("Dr Jeanne Roux")


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("730418", "730419", "Les deux codes diffèrent."),
        ("1234", "1234", "se devine trop vite"),
        ("0001", "0001", "se devine trop vite"),  # the end of her own number
        ("12", "12", "4 à 8 chiffres"),
        ("", "", "4 à 8 chiffres"),
        ("12a456", "12a456", "4 à 8 chiffres"),
        ("٣٤٥٦٧٨", "٣٤٥٦٧٨", "4 à 8 chiffres"),
    ],
)
def test_a_poor_pin_is_refused(amelie: Senior, pin: str, again: str, words: str) -> None:
    amelie.opens().chooses_pin(pin, again)
    assert amelie.reads(words)
    assert amelie.offered("pin/first")
    assert not amelie.reads(NUMBER)


def test_a_pin_is_set_once(amelie: Senior, ward: Ward) -> None:
    amelie.opens()
    ward.sets_pin(PIN)
    amelie.chooses_pin("918273")
    assert amelie.reads("Vous avez déjà un code")
    assert not amelie.reads(NUMBER)
    assert amelie.gives_pin(PIN).reads(NUMBER)


def test_five_wrong_pins_lock_it_even_for_the_right_one(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.sets_pin(PIN)
    amelie.opens()
    for _ in range(3):
        assert amelie.gives_pin("000000").reads("Ce n'est pas votre code.")
    assert amelie.gives_pin("000000").reads("Encore un essai avant le blocage.")
    form = amelie.page
    assert amelie.gives_pin("000000").reads("Code bloqué après cinq essais.")
    amelie.page = form
    assert amelie.gives_pin(PIN).reads("Code bloqué après cinq essais.")
    assert not amelie.reads(NUMBER)
    amelie.sends("claim")
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_a_right_pin_forgives_the_wrong_ones(amelie: Senior, ward: Ward) -> None:
    ward.sets_pin(PIN)
    amelie.opens()
    for _ in range(2):
        for _ in range(4):
            amelie.gives_pin("000000")
        assert amelie.gives_pin(PIN).reads(NUMBER)
        amelie.sends("shut")


def test_the_pin_is_asked_again_after_a_quarter_of_an_hour(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.voice(filed)
    assert amelie.opens().chooses_pin(PIN).reads(NUMBER)
    late = amelie.page
    ward.waits(timedelta(minutes=14))
    assert amelie.opens().reads(NUMBER)
    ward.waits(timedelta(minutes=16))
    assert not amelie.opens().reads(NUMBER)
    amelie.page = late
    assert amelie.sends(f"parts/{part}").reads("Votre code est redemandé")
    assert ward.hearings() == []


def test_she_shuts_it_before_she_hands_the_telephone_on(amelie: Senior) -> None:
    amelie.opens().chooses_pin(PIN).sends("shut")
    assert not amelie.reads(NUMBER)
    assert amelie.offered("pin")


def test_a_proof_does_not_open_a_colleague_s_link_or_another_request(
    amelie: Senior, bruno: Senior, ward: Ward, filed: Filed
) -> None:
    amelie.opens().chooses_pin(PIN)
    other = Senior(amelie.browser, ward.link(ward.request())).opens()
    assert not other.reads(NUMBER)
    bruno.browser = amelie.browser
    assert not bruno.opens().reads(NUMBER)


def test_a_proof_dies_with_the_pin_it_was_given_with(amelie: Senior, ward: Ward) -> None:
    amelie.opens().chooses_pin(PIN)
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("update people set pin_hash = null")
    ward.sets_pin("918273")
    assert not amelie.opens().reads(NUMBER)


def test_a_forged_cookie_opens_nothing(amelie: Senior, ward: Ward) -> None:
    amelie.opens().chooses_pin(PIN)
    cookie = amelie.browser.get_cookie("rappel24")
    assert cookie is not None
    payload, rest = cookie.value.split(".", 1)
    for forged in (f"{payload}A.{rest}", cookie.value[:-1], "", "null"):
        amelie.browser.set_cookie("rappel24", forged)
        assert not amelie.opens().reads(NUMBER)


# Hearing ----------------------------------------------------------------------------------------------------------


def test_every_hearing_is_on_record_with_who_and_how(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.voice(filed)
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}")
    assert "<audio controls" in amelie.page
    assert amelie.reads("déjà écouté")
    ward.waits(timedelta(minutes=16))
    amelie.opens().gives_pin(PIN).sends(f"parts/{part}")
    assert ward.hearings() == [(part, ward.amelie, "page")] * 2


def test_what_was_written_is_read_not_heard(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().chooses_pin(PIN).sends(f"parts/{ward.text(filed, 'INR à 6')}")
    assert amelie.reads("déjà lu")
    assert not amelie.reads("déjà écouté")


def test_the_sound_comes_whole_or_in_ranges_and_is_kept_nowhere(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.voice(filed, seconds=1)
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}")
    address, whole = f"{amelie.path}/parts/{part}/audio", sound(1)
    reply = amelie.browser.get(address)
    assert (reply.status_code, reply.data, reply.mimetype) == (200, whole, "audio/wav")
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Cache-Control"] == "no-store"
    piece = amelie.browser.get(address, headers={"Range": "bytes=8000-8099"})
    assert (piece.status_code, piece.data) == (206, whole[8000:8100])
    assert piece.headers["Content-Range"] == f"bytes 8000-8099/{len(whole)}"
    assert piece.headers["Cache-Control"] == "no-store"
    assert amelie.browser.get(address, headers={"Range": "bytes=999999-"}).status_code == 416


def test_the_sound_stays_shut_until_its_hearing_is_on_record(amelie: Senior, ward: Ward, filed: Filed) -> None:
    opened, other = ward.voice(filed), ward.voice(filed)
    amelie.opens().chooses_pin(PIN).sends(f"parts/{opened}")
    assert amelie.browser.get(f"{amelie.path}/parts/{other}/audio").status_code == 403
    amelie.sends("shut")
    assert amelie.browser.get(f"{amelie.path}/parts/{opened}/audio").status_code == 403


def test_a_message_of_another_request_is_no_message_here(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.voice(filed)
    elsewhere = ward.voice(ward.request())
    amelie.opens().chooses_pin(PIN)
    assert amelie.sends(f"parts/{elsewhere}").status == 404
    assert amelie.browser.get(f"{amelie.path}/parts/{elsewhere}/audio").status_code == 404
    assert ward.hearings() == []


def test_what_a_gp_wrote_is_shown_as_he_wrote_it(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "<script>alert('x')</script> & ça va")
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}")
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; ça va" in amelie.page
    assert ward.hearings() == [(part, ward.amelie, "page")]


def test_a_message_on_its_way_is_announced_and_not_counted_as_heard(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.voice(filed, state="ready")
    amelie.opens().chooses_pin(PIN)
    assert amelie.reads("Le message arrive.")
    amelie.sends(f"parts/{part}")
    assert ward.hearings() == []


@pytest.mark.parametrize("state", ["absent", "discarded"])
def test_a_message_that_is_none_is_not_shown(amelie: Senior, ward: Ward, filed: Filed, state: str) -> None:
    ward.voice(filed, state=state)
    assert amelie.opens().reads("Appel sans message")
    amelie.sends("claim").sends("close", outcome="CONSEIL")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")


def test_a_message_that_does_not_open_is_not_heard_and_somebody_is_told(
    amelie: Senior, ward: Ward, filed: Filed
) -> None:
    part = ward.voice(filed)
    [file] = ward.shelf.folder.rglob("*.sealed")
    whole = file.read_bytes()
    file.write_bytes(b"\x01" + bytes(64))
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}")
    assert amelie.reads("Ce message ne s'ouvre pas.")
    assert ward.hearings() == []
    assert ward.alarms() == ["message_broken"]
    file.write_bytes(whole)
    amelie.sends(f"parts/{part}")
    assert ward.hearings() == [(part, ward.amelie, "page")]
    assert ward.alarms() == []
