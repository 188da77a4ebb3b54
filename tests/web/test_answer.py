"""A GP reads a senior's answer: behind a link and a code to his mobile, in one browser, for half an hour."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from callbacks import gp, requests
from callbacks.answers import access, records
from callbacks.requests import Filed
from callbacks.states import Kind
from callbacks.tables import outbox
from config.crypto import Box
from scheduling.tables import practitioner_phones, practitioners
from tests.web.conftest import DR_ROUX, SECRET, Bell, Ward
from tests.web.senior import Senior

WORDS = "Poursuivez le traitement.\n\nContrôle de la kaliémie <jeudi>."
SECURE = "luc.roux@medecin.mssante.fr"


@pytest.fixture
def filed(ward: Ward) -> Filed:
    """A request that Amélie has answered."""
    return answered(ward, ward.request())


def answered(ward: Ward, filed: Filed, words: str = WORDS) -> Filed:
    ward.answers_in_writing(filed, words)
    return filed


def path(ward: Ward, filed: Filed) -> str:
    """The link that Dr Roux was sent last."""
    with ward.engine.begin() as conn:
        link_id = access.latest_of(conn, records.of_request(conn, filed.id)[-1].id)
    assert link_id is not None
    return f"/a/{access.token_of(link_id, SECRET)}"


def texted(ward: Ward, purpose: str = "answer_code") -> list[str]:
    with ward.engine.connect() as conn:
        return list(
            conn.execute(select(outbox.c.body).where(outbox.c.purpose == purpose).order_by(outbox.c.id)).scalars()
        )


def code(ward: Ward) -> str:
    """The code in the last SMS."""
    found = re.search(r"\b\d{6}\b", texted(ward)[-1])
    assert found
    return found[0]


def happened(ward: Ward, filed: Filed, kind: Kind) -> int:
    with ward.engine.begin() as conn:
        return sum(entry.event.kind is kind for entry in requests.timeline(conn, filed.id))


@pytest.fixture
def roux(app: Flask, ward: Ward, filed: Filed) -> Senior:
    """Dr Roux at his browser, with the link."""
    return Senior(app.test_client(), path(ward, filed))


def reads_it(roux: Senior, ward: Ward) -> Senior:
    return roux.opens().sends("code").sends("open", code=code(ward))


def test_dr_roux_reads_it_behind_a_code_and_his_reading_is_on_the_timeline(
    roux: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    roux.opens()
    assert roux.reads("Le Dr Amélie Durand vous a répondu")
    assert roux.reads("+33 6 •• •• •• 11")
    assert "39980011" not in roux.page
    roux.sends("code")
    assert ("deliver", bell.rung[-1][1]) == bell.rung[-1]
    assert not roux.reads("kaliémie")
    assert happened(ward, filed, Kind.READ) == 0
    roux.sends("open", code=code(ward))
    assert roux.reads("Contrôle de la kaliémie <jeudi>.")
    assert "<jeudi>" not in roux.page
    assert roux.reads("Dr Amélie Durand, Cardiologie, Cochin")
    assert happened(ward, filed, Kind.READ) == 1
    assert roux.opens().reads("kaliémie")
    assert happened(ward, filed, Kind.READ) == 1


def test_looking_at_the_link_changes_nothing(roux: Senior, ward: Ward, filed: Filed) -> None:
    for _ in range(3):
        roux.browser.get(roux.path)
        roux.browser.head(roux.path)
    assert texted(ward) == []
    assert happened(ward, filed, Kind.READ) == 0
    assert reads_it(roux, ward).reads("kaliémie")


@pytest.mark.parametrize("door", ["code", "open", "again", "more", "noted", "shut"])
def test_no_door_opens_to_a_get(roux: Senior, door: str) -> None:
    assert roux.browser.get(f"{roux.path}/{door}").status_code == 405


def test_no_page_of_it_is_kept_framed_or_told_to_others(roux: Senior, ward: Ward) -> None:
    reads_it(roux, ward)
    assert roux.headers["Cache-Control"] == "no-store"
    assert roux.headers["X-Frame-Options"] == "DENY"
    assert int(roux.headers["Refresh"]) <= 30 * 60 + 1  # then it is off the screen
    assert roux.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "script-src" not in roux.headers["Content-Security-Policy"]


def test_the_link_shows_it_in_one_browser_alone(roux: Senior, ward: Ward, app: Flask) -> None:
    reads_it(roux, ward)
    secretary = Senior(app.test_client(), roux.path).opens()
    assert secretary.reads("Ce lien a déjà servi")
    assert not secretary.reads("kaliémie")
    secretary.sends("open", code=code(ward))
    secretary.sends("code")
    assert not secretary.reads("kaliémie")
    assert len(texted(ward)) == 1


def test_half_an_hour_later_it_is_spent_and_a_new_link_can_be_asked(roux: Senior, ward: Ward, filed: Filed) -> None:
    reads_it(roux, ward)
    ward.waits(timedelta(minutes=29))
    assert roux.opens().reads("kaliémie")
    ward.waits(timedelta(minutes=31))
    assert roux.opens().reads("Ce lien a déjà servi")
    assert not roux.reads("kaliémie")
    roux.sends("again")
    assert roux.reads("Un nouveau lien est envoyé.")
    assert len(texted(ward, "answer")) == 2
    ward.waits(timedelta(minutes=42))
    assert path(ward, filed) != roux.path
    newer = Senior(roux.browser, path(ward, filed))
    assert not newer.opens().reads("kaliémie")
    assert reads_it(newer, ward).reads("kaliémie")
    assert roux.opens().reads("Ce lien a déjà servi")


def test_new_links_cannot_be_asked_for_ever(roux: Senior, ward: Ward, filed: Filed) -> None:
    reads_it(roux, ward)
    ward.waits(timedelta(minutes=31))
    roux.opens().sends("again").sends("again")
    assert len(texted(ward, "answer")) == 2  # he tapped twice
    for minutes in range(32, 37):
        ward.waits(timedelta(minutes=minutes))
        roux.opens().sends("again")
    assert roux.reads("Trop d'envois.")
    assert len(texted(ward, "answer")) == access.AN_HOUR


@pytest.mark.parametrize("given", ["", "000", "abcdef", "٠٠٠٠٠٠", "0" * 500])
def test_what_is_no_code_opens_nothing(roux: Senior, ward: Ward, given: str) -> None:
    roux.opens().sends("code").sends("open", code=given)
    assert roux.reads("Ce code n'est pas le bon.")
    assert not roux.reads("kaliémie")


def test_a_code_is_not_guessed(roux: Senior, ward: Ward, filed: Filed) -> None:
    roux.opens().sends("code")
    right = code(ward)
    for guess in range(5):
        roux.sends("open", code=f"{(int(right) + 1 + guess) % 10**6:06}")
    assert roux.reads("Ce code n'est plus valable.")
    roux.sends("open", code=right)
    assert not roux.reads("kaliémie")
    assert happened(ward, filed, Kind.READ) == 0


def test_two_touches_send_one_code(roux: Senior, ward: Ward) -> None:
    roux.opens().sends("code").sends("code")
    assert len(texted(ward)) == 1


def test_the_code_goes_to_the_mobile_on_record_whatever_number_called(ward: Ward, app: Flask) -> None:
    with ward.engine.begin() as conn:
        conn.execute(insert(practitioners).values(id=9, name="Dr Luc Roux"))
        conn.execute(insert(practitioner_phones).values(practitioner_id=9, phone="+33639980077"))
    filed = answered(ward, ward.request(practitioner_id=9))
    Senior(app.test_client(), path(ward, filed)).opens().sends("code")
    assert ward.texts() == [("answer", DR_ROUX), ("answer_code", "+33639980077")]


def test_a_further_question_is_sealed_and_opens_the_request_again(
    roux: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    reads_it(roux, ward).sends("more", wish="question", words="Et si elle est haute ?")
    assert roux.reads("votre demande est rouverte et le service est prévenu")
    assert ward.state(filed)[0] == "open"
    assert bell.rung[-1] == ("climb", filed.id)
    with ward.engine.begin() as conn:
        (part,) = conn.execute(text("select body from parts")).scalars()
    assert b"haute" not in bytes(part)


def test_he_may_ask_for_a_call_without_a_word_and_twice_is_once(roux: Senior, ward: Ward, filed: Filed) -> None:
    reads_it(roux, ward).sends("more", wish="question", words="  ")
    assert roux.reads("Écrivez votre question.")
    roux.sends("more", wish="call")
    roux.sends("more", wish="call")
    assert ward.state(filed)[0] == "open"
    assert happened(ward, filed, Kind.REOPENED) == 1


def test_who_has_not_given_the_code_asks_nothing_in_his_name(roux: Senior, ward: Ward, filed: Filed) -> None:
    roux.opens().sends("more", wish="call")
    assert ward.state(filed)[0] == "done"


def test_a_question_that_comes_after_the_half_hour_is_said_not_to_be_sent(
    roux: Senior, ward: Ward, filed: Filed
) -> None:
    reads_it(roux, ward)
    with ward.engine.begin() as conn:
        conn.execute(text("update answer_links set opened_real = opened_real - interval '31 minutes'"))
    roux.sends("more", wish="question", words="Et la dose ?")
    assert roux.reads("votre message n'est pas parti")
    assert ward.state(filed)[0] == "done"


def test_he_closes_it_before_he_puts_the_telephone_down(roux: Senior, ward: Ward) -> None:
    reads_it(roux, ward).sends("shut")
    assert not roux.reads("kaliémie")
    assert not roux.opens().reads("kaliémie")


def test_what_came_by_secure_mail_is_not_on_the_page_but_its_reading_can_be_confirmed(ward: Ward, app: Flask) -> None:
    with ward.engine.begin() as conn:
        conn.execute(insert(practitioners).values(id=9, name="Dr Luc Roux", email=SECURE))
        conn.execute(insert(practitioner_phones).values(practitioner_id=9, phone="+33199000077"))
    filed = answered(ward, ward.request(practitioner_id=9))
    roux = Senior(app.test_client(), path(ward, filed)).opens()
    assert roux.reads("La réponse est dans votre messagerie sécurisée")
    roux.sends("code")
    roux.sends("open", code="000000")
    assert not roux.reads("kaliémie")
    assert texted(ward) == []
    roux.sends("noted")
    assert roux.reads("Lecture confirmée le")
    assert not roux.reads("Pour entendre la réponse")
    seen = Senior(app.test_client(), f"/g/{gp.token_for(filed.reference, SECRET)}").opens()
    assert seen.reads("vous a répondu le")
    assert seen.reads("par messagerie sécurisée")
    assert happened(ward, filed, Kind.READ) == 1


def test_a_link_that_we_did_not_write_opens_nothing_and_guessing_is_slowed_down(app: Flask, roux: Senior) -> None:
    stranger = app.test_client()
    forged = roux.path[:-1] + ("0" if roux.path[-1] != "0" else "1")
    assert stranger.get(forged).status_code == 404
    assert {stranger.get(f"/a/1{n:012}").status_code for n in range(25)} == {404, 429}
    assert roux.opens().status == 200  # a right link always opens


def test_a_senior_s_link_is_no_link_to_an_answer(app: Flask, ward: Ward, filed: Filed) -> None:
    assert app.test_client().get(ward.link(filed).replace("/r/", "/a/")).status_code == 404


def test_after_thirty_days_it_is_not_ours_to_show(roux: Senior, ward: Ward, filed: Filed) -> None:
    with ward.engine.begin() as conn:
        conn.execute(text("update answers set sent_at = sent_at - interval '31 days'"))
    assert roux.opens().status == 410


def test_an_answer_that_no_key_opens_is_said_so_and_not_called_read(
    roux: Senior, ward: Ward, filed: Filed, box: Box
) -> None:
    with ward.engine.begin() as conn:
        conn.execute(text("update answers set body = :other"), {"other": box.seal(b"x", b"another row")})
    reads_it(roux, ward)
    assert roux.reads("La réponse ne s'ouvre pas.")
    assert happened(ward, filed, Kind.READ) == 0
    assert "message_broken" in ward.alarms()


def test_it_is_read_in_english_too(roux: Senior, ward: Ward) -> None:
    assert roux.opens("?lang=en").reads("Dr Amélie Durand answered you")
    roux.sends("code")
    assert roux.reads("A code was texted")
