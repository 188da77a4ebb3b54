"""The page of a GP's request: what he reads there, what he may do, and who cannot open it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from callbacks import gp, requests
from callbacks.requests import Filed
from callbacks.states import Kind
from callbacks.trying import Result
from config import clock
from tests.web.conftest import SECRET, Bell, Ward
from tests.web.senior import TOKEN_FIELD, Senior


def link(filed: Filed) -> str:
    """The path of the link that Dr Roux was texted."""
    return "/g/" + gp.token_for(filed.reference, SECRET)


def closes(ward: Ward, filed: Filed, outcome: str = "CONSEIL") -> None:
    with ward.engine.begin() as conn:
        moment = clock.read(conn)
        requests.claim(conn, filed.id, ward.amelie, moment, "page")
        requests.close(conn, filed.id, ward.amelie, outcome, moment)


def gives_up(ward: Ward, filed: Filed) -> None:
    """Nobody could reach Dr Roux, on three days."""
    with ward.engine.begin() as conn:
        requests.claim(conn, filed.id, ward.amelie, clock.read(conn), "page")
        for days in (3, 2, 1):
            conn.execute(
                text(
                    "insert into events (request_id, at, kind, person_id, detail) values (:id, app_now() -"
                    " make_interval(days => :days), 'attempted', :by, '{\"result\": \"no-answer\"}')"
                ),
                {"id": filed.id, "days": days, "by": ward.amelie},
            )
        closed = requests.close(conn, filed.id, ward.amelie, "NON_JOINT", clock.read(conn))
        assert isinstance(closed, requests.Done)


def happened(ward: Ward, filed: Filed) -> list[Kind]:
    with ward.engine.begin() as conn:
        return [entry.event.kind for entry in requests.timeline(conn, filed.id)]


@pytest.fixture
def filed(ward: Ward) -> Filed:
    return ward.request()


@pytest.fixture
def roux(browser: FlaskClient, filed: Filed) -> Senior:
    """Dr Roux at a browser, with his link."""
    return Senior(browser, link(filed))


def test_a_note_that_another_page_left_in_his_browser_does_him_no_harm(ward: Ward, filed: Filed, roux: Senior) -> None:
    senior = Senior(roux.browser, ward.link(filed)).opens()
    found = TOKEN_FIELD.search(senior.page)
    assert found
    form = {"csrf_token": found[1], "reach": "noon"}
    roux.browser.post(f"{ward.link(filed)}/claim", data=form)
    assert roux.opens().reads("C'est noté : vous la prenez en charge.")
    roux.browser.post(f"{roux.path}/window", data=form)
    assert senior.opens().reads("C'est noté.")


def test_he_reads_until_when_he_is_called_back_and_nothing_that_he_left(ward: Ward, filed: Filed, roux: Senior) -> None:
    ward.text(filed, "Patiente de 71 ans sous digoxine")
    roux.opens()
    assert roux.reads("Votre demande attend un senior. Un médecin senior vous rappelle avant le")
    assert roux.reads("Cardiologie")
    assert not roux.reads("digoxine")
    assert "0639980011" not in roux.page.replace(" ", "")
    assert not roux.reads("Avez-vous été rappelé")


def test_he_reads_who_has_it_by_name_and_when_he_was_tried(ward: Ward, filed: Filed, roux: Senior) -> None:
    with ward.engine.begin() as conn:
        moment = clock.read(conn)
        requests.claim(conn, filed.id, ward.amelie, moment, "page")
        requests.attempted(conn, filed.id, ward.amelie, moment, Result.NO_ANSWER)
    roux.opens()
    assert roux.reads("Le Dr Amélie Durand a pris votre demande en charge et vous rappelle avant le")
    assert roux.reads("Dernier essai pour vous joindre")


def test_once_the_promise_is_broken_no_time_is_promised(ward: Ward, filed: Filed, roux: Senior) -> None:
    ward.waits(timedelta(hours=25))
    assert roux.opens().reads("Le délai promis est dépassé")
    assert not roux.reads("vous rappelle avant le")
    assert roux.reads(f"composez {filed.reference} puis dièse, puis tapez 1. 01 99 00 24 24")


def test_looking_changes_nothing_however_often_a_robot_looks(ward: Ward, filed: Filed, roux: Senior) -> None:
    closes(ward, filed)
    before = happened(ward, filed)
    for _ in range(3):
        roux.opens()
    for door in ("answer", "window", "withdraw"):
        assert roux.browser.get(f"{roux.path}/{door}").status_code == 405
    assert happened(ward, filed) == before


def test_one_touch_says_that_he_was_called(ward: Ward, filed: Filed, roux: Senior) -> None:
    closes(ward, filed)
    roux.opens().sends("answer", called_back="yes")
    assert roux.reads("Merci, c'est noté.")
    assert not roux.reads("Avez-vous été rappelé ?".replace(" ", "\u202f"))
    roux.sends("answer", called_back="yes")
    assert happened(ward, filed).count(Kind.CONFIRMED) == 1
    assert ward.state(filed)[0] == "done"


def test_one_touch_says_that_he_was_not_and_who_must_know_is_told(
    ward: Ward, filed: Filed, roux: Senior, bell: Bell
) -> None:
    closes(ward, filed)
    roux.opens().sends("answer", called_back="no")
    assert roux.reads("votre demande est rouverte")
    assert roux.reads("vous rappelle avant le")
    assert ward.state(filed) == ("open", None, None)
    assert bell.rung == [("climb", filed.id)]
    roux.sends("answer", called_back="no")
    assert roux.reads("Votre demande est déjà ouverte.")
    assert happened(ward, filed)[-2:] == [Kind.DENIED, Kind.REOPENED]


def test_a_yes_that_was_a_slip_of_the_thumb_can_be_taken_back(ward: Ward, filed: Filed, roux: Senior) -> None:
    closes(ward, filed)
    roux.opens().sends("answer", called_back="yes").sends("answer", called_back="no")
    assert ward.state(filed)[0] == "open"


def test_who_could_not_be_reached_opens_his_request_again(ward: Ward, filed: Filed, roux: Senior) -> None:
    gives_up(ward, filed)
    assert roux.opens().reads("Nous n'avons pas pu vous joindre.")
    roux.sends("answer", called_back="no")
    assert ward.state(filed)[0] == "open"
    assert Kind.DENIED not in happened(ward, filed)


def test_he_changes_when_he_can_be_reached(ward: Ward, filed: Filed, roux: Senior) -> None:
    roux.opens().sends("window", reach="evening")
    assert roux.reads("après 18 h")
    with ward.engine.begin() as conn:
        assert requests.view(conn, filed.id).reach == "evening"


def test_he_needs_no_call_any_more(ward: Ward, filed: Filed, roux: Senior, bell: Bell) -> None:
    before = roux.opens().page
    assert roux.sends("withdraw").reads("Votre demande est retirée.")
    assert ward.state(filed)[0] == "withdrawn"
    roux.page = before  # he tapped twice
    assert roux.sends("withdraw").reads("Votre demande est retirée.")
    assert happened(ward, filed).count(Kind.WITHDRAWN) == 1
    assert bell.rung == [("climb", filed.id)]


@pytest.mark.parametrize(("door", "field"), [("answer", "called_back"), ("window", "reach")])
def test_an_answer_that_is_none_of_those_offered_is_none(
    ward: Ward, filed: Filed, roux: Senior, door: str, field: str
) -> None:
    before = happened(ward, filed)
    roux.opens().sends(door, **{field: "perhaps"})
    assert roux.reads("Choisissez une réponse.")
    assert happened(ward, filed) == before


def test_what_is_closed_is_not_changed_nor_withdrawn(ward: Ward, filed: Filed, roux: Senior) -> None:
    roux.opens()
    closes(ward, filed)
    assert roux.sends("window", reach="noon").reads("Cette demande est déjà close.")
    assert roux.sends("withdraw").reads("Cette demande est déjà close.")
    assert ward.state(filed)[0] == "done"


def test_what_the_hospital_asks_of_him_is_not_his_to_withdraw(ward: Ward, filed: Filed, roux: Senior) -> None:
    with ward.engine.begin() as conn:
        conn.execute(text("update requests set kind = 'return_home' where id = :id"), {"id": filed.id})
    assert not roux.opens().reads("Retirer ma demande")
    assert roux.sends("withdraw").reads("lui seul peut l'annuler")
    assert ward.state(filed)[0] == "open"


def test_the_link_goes_out_seven_days_after_the_end(ward: Ward, filed: Filed, roux: Senior) -> None:
    closes(ward, filed)
    ward.waits(timedelta(days=6, hours=23))
    assert roux.opens().status == 200
    ward.waits(timedelta(days=7, minutes=1))
    assert roux.opens().status == 410
    assert roux.sends("answer", called_back="no").status in (400, 410)
    assert ward.state(filed)[0] == "done"


SPOILT: dict[str, Callable[[str], str]] = {
    "another reference": lambda path: path.replace(path[3:9], f"{(int(path[3:9]) + 1) % 1_000_000:06}"),
    "another signature": lambda path: path[:-1] + ("0" if path[-1] != "0" else "1"),
    "cut": lambda path: path[:-1],
    "too long": lambda path: path + "0",
    "letters with accents": lambda path: "/g/" + "é" * 18,
    "figures of another script": lambda path: "/g/" + "٣" * 6 + path[9:],
    "a senior's": lambda path: "/g/1aaaaaaaaaaaa",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_link_we_never_wrote_opens_nothing(browser: FlaskClient, filed: Filed, spoil: Callable[[str], str]) -> None:
    assert browser.get(spoil(link(filed))).status_code == 404


def test_a_senior_s_link_is_not_a_gp_s_nor_the_other_way_round(browser: FlaskClient, ward: Ward, filed: Filed) -> None:
    assert browser.get(ward.link(filed).replace("/r/", "/g/")).status_code == 404
    assert browser.get(link(filed).replace("/g/", "/r/")).status_code == 404


def test_a_request_that_was_purged_is_unknown(browser: FlaskClient) -> None:
    assert browser.get("/g/" + gp.token_for("123456", SECRET)).status_code == 404


def test_who_guesses_is_refused_for_a_while_and_the_right_link_opens_all_the_same(
    browser: FlaskClient, filed: Filed
) -> None:
    tried = [browser.get(f"/g/{number:06}{'0' * 12}").status_code for number in range(25)]
    assert set(tried[:20]) == {404}
    assert tried[-1] == 429
    assert browser.get(link(filed)).status_code == 200


def test_another_site_s_form_moves_nothing(browser: FlaskClient, ward: Ward, filed: Filed) -> None:
    assert browser.post(f"{link(filed)}/withdraw").status_code == 400
    assert ward.state(filed)[0] == "open"


def test_it_reads_in_english_and_stays_so(ward: Ward, filed: Filed, roux: Senior) -> None:
    closes(ward, filed)
    roux.opens("?lang=en")
    assert roux.reads("Were you called back?")
    roux.sends("answer", called_back="no")
    assert roux.reads("Noted: your request is open again and the ward has been told.")


# Answered in writing ----------------------------------------------------------------------------------------------


def test_who_was_answered_in_writing_is_not_asked_for_a_call_but_may_want_one(
    roux: Senior, ward: Ward, bell: Bell, filed: Filed
) -> None:
    ward.answers_in_writing(filed)
    roux.opens()
    assert roux.reads("Le Dr Amélie Durand vous a répondu par écrit")
    assert not roux.reads("Avez-vous été rappelé ?")
    assert not roux.reads("Poursuivez.")
    roux.sends("more")
    assert roux.reads("votre demande est rouverte et le service est prévenu")
    assert ward.state(filed)[0] == "open"
    assert bell.rung[-1] == ("climb", filed.id)
    assert Kind.DENIED not in happened(ward, filed)
    assert not roux.opens().reads("vous a répondu par écrit")


def test_who_was_called_back_is_offered_no_more_of_an_answer(roux: Senior, ward: Ward, filed: Filed) -> None:
    closes(ward, filed)
    roux.opens().sends("more")
    assert ward.state(filed)[0] == "done"
