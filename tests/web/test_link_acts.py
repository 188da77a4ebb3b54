"""What a senior does at her link besides hearing: the callback, its result, the next try, handing it on."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, update

from callbacks.requests import Filed
from callbacks.trying import Result
from scheduling.tables import people
from tests.web.conftest import Bell, Ward
from tests.web.senior import Senior
from web.proof import BY_ITSELF

PIN = "730418"
NUMBER = "06 39 98 00 11"


# The callback through the line ------------------------------------------------------------------------------------


def test_one_touch_rings_her_telephone_and_the_request_is_hers(
    amelie: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    amelie.opens().sends("call")
    assert amelie.reads("Votre téléphone sonne")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    assert ward.calls() == [("callback", "+33639980001")]
    assert ("climb", filed.id) in bell.rung
    assert [kind for kind, _ in bell.rung].count("deliver") == 1


def test_a_second_touch_rings_no_second_time(amelie: Senior, ward: Ward) -> None:
    form = amelie.opens().page
    amelie.sends("call")
    amelie.page = form
    assert amelie.sends("call").reads("Votre téléphone sonne déjà.")
    assert len(ward.calls()) == 1


def test_a_colleague_s_request_is_not_called_back_from_her_link(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens()
    ward.claims(filed, ward.bruno)
    assert amelie.sends("call").reads("Un confrère l'a déjà prise en charge.")
    assert amelie.reads("Vous n'avez rien à faire.")
    assert ward.calls() == []


def test_she_is_not_rung_for_two_requests_at_once(amelie: Senior, ward: Ward) -> None:
    amelie.opens().sends("call")
    other = Senior(amelie.browser, ward.link(ward.request())).opens().sends("call")
    assert other.reads("Un rappel est déjà en cours")
    assert len(ward.calls()) == 1


def test_a_gp_without_a_number_cannot_be_called_and_the_page_says_so(browser: FlaskClient, ward: Ward) -> None:
    filed = ward.request(caller=None)
    amelie = Senior(browser, ward.link(filed)).opens()
    assert not amelie.offered("call")
    assert amelie.reads("Sans numéro, la ligne ne peut pas le rappeler")
    assert amelie.sends("call").reads("Il n'a pas laissé de numéro")
    assert ward.state(filed) == ("open", None, None)


def test_her_own_telephone_that_did_not_answer_is_no_try(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("call")
    ward.hangs_up(filed, "not_rung")
    assert amelie.opens().reads("Votre téléphone n'a pas répondu")
    assert amelie.offered("call")
    assert ward.tried(filed) == []


def test_they_talked_and_one_touch_closes_it(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("call")
    ward.answers(filed)
    assert amelie.opens().reads("Nous appelons le médecin")
    ward.talks(filed)
    ward.hangs_up(filed, Result.REACHED)
    assert amelie.opens().reads("Comment s'est-il terminé ?")
    amelie.sends("close", outcome="CONSEIL")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")
    assert ward.tried(filed) == [("reached", ward.amelie)]
    assert ward.how_tried(filed) == ["bridge"]
    assert amelie.reads("Amélie Durand a essayé : médecin joint.")


@pytest.mark.parametrize("reported", [False, True], ids=["at once", "after the line wrote it down"])
def test_it_was_the_secretary_and_so_the_doctor_is_not_reached(
    amelie: Senior, ward: Ward, filed: Filed, reported: bool
) -> None:
    amelie.opens().sends("call")
    ward.answers(filed)
    ward.talks(filed)
    ward.hangs_up(filed, Result.REACHED)
    if reported:
        ward.reports(filed)
    amelie.opens().sends("attempt", result="secretariat")
    assert amelie.reads("Le secrétariat a répondu")
    assert ward.tried(filed)[-1] == ("secretariat", ward.amelie)
    assert ward.state(filed) == ("claimed", ward.amelie, None)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result.FAILED, "ce numéro n'a pas pu être appelé"),
        (Result.SECRETARIAT, "c'est le secrétariat qui a répondu"),
        (Result.UNACCEPTED, "répondeur, ou télécopie"),
        (Result.NO_ANSWER, ""),
    ],
)
def test_who_comes_next_is_warned_of_a_fax_and_a_switchboard(
    amelie: Senior, bruno: Senior, ward: Ward, filed: Filed, result: Result, words: str
) -> None:
    amelie.opens().sends("claim").sends("attempt", result=result)
    amelie.sends("release")
    bruno.opens()
    assert bruno.reads("Au dernier essai") == bool(words)
    assert bruno.reads(words)


# By her own means -------------------------------------------------------------------------------------------------


def test_she_called_by_her_own_means_and_says_how_it_ended_in_one_touch(
    amelie: Senior, ward: Ward, filed: Filed
) -> None:
    amelie.opens().sends("claim").sends("close", outcome="EXAMENS")
    assert ward.state(filed) == ("done", ward.amelie, "EXAMENS")
    assert ward.tried(filed) == [("reached", ward.amelie)]
    assert ward.how_tried(filed) == ["own"]


def test_a_duplicate_is_closed_without_a_try(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("claim").sends("close", outcome="DOUBLON")
    assert ward.state(filed) == ("done", ward.amelie, "DOUBLON")
    assert ward.tried(filed) == []


def test_what_is_not_closed_for_an_unheard_message_is_no_try_either(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.text(filed, "À rappeler avant midi")
    amelie.opens().sends("claim").sends("close", outcome="CONSEIL")
    assert amelie.reads("Ouvrez d'abord chaque message")
    assert ward.tried(filed) == []


def test_nobody_answered_her_and_the_next_try_is_proposed(amelie: Senior, ward: Ward, filed: Filed, bell: Bell) -> None:
    amelie.opens().sends("claim").sends("attempt", result="no-answer")
    assert amelie.reads("Essai noté.")
    assert amelie.reads("Le médecin n'a pas répondu")
    assert amelie.reads("il faut encore 2 essais")
    assert ward.tried(filed) == [("no-answer", ward.amelie)]
    assert bell.rung[-1] == ("climb", filed.id)


def test_an_open_request_is_hers_with_her_first_try(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("attempt", result="busy")
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_a_colleague_s_request_takes_no_try_of_hers(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens()
    ward.claims(filed, ward.bruno)
    assert amelie.sends("attempt", result="reached").reads("Un confrère l'a déjà prise en charge.")
    assert ward.tried(filed) == []


@pytest.mark.parametrize("result", ["", "canceled", "REACHED", "guéri"])
def test_a_result_nobody_knows_is_none(amelie: Senior, ward: Ward, filed: Filed, result: str) -> None:
    assert amelie.opens().sends("attempt", result=result).reads("Dites ce qu'a donné l'appel.")
    assert ward.tried(filed) == []
    assert ward.state(filed) == ("open", None, None)


def test_not_reached_is_believed_after_three_tries_at_different_times(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.begins_at("2027-03-15T08:30+01:00")
    filed = ward.request()
    amelie.path = ward.link(filed)
    amelie.opens().sends("claim")
    for hours, missing in ((0.5, 2), (4, 1), (10, 0)):
        ward.waits(timedelta(hours=hours))
        amelie.opens().sends("attempt", result="no-answer")
        amelie.sends("close", outcome="NON_JOINT")
        if missing:
            assert amelie.reads(f"Encore {missing} essai")
            assert ward.state(filed) == ("claimed", ward.amelie, None)
    assert amelie.reads("La demande est close. Merci.")
    assert ward.state(filed) == ("unreachable", ward.amelie, "NON_JOINT")


# Later ------------------------------------------------------------------------------------------------------------


def proposed(senior: Senior) -> str:
    """The time that her page proposes."""
    return senior.page.split('name="until" value="')[1].split('"')[0]


def test_the_proposed_try_is_one_touch_and_she_is_left_alone_until_then(
    amelie: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    amelie.opens().sends("claim").sends("attempt", result="no-answer")
    amelie.sends("later", until=proposed(amelie), reason="window")
    assert amelie.reads("Prochain essai le")
    assert amelie.reads("(aux heures du médecin)")
    assert amelie.offered("call")
    assert bell.rung[-1] == ("climb", filed.id)


@pytest.mark.parametrize(
    ("hours", "reason", "words"),
    [
        (2, "awaiting", "Prochain essai le"),
        (-1, "awaiting", "Cette heure est passée, ou après la limite"),
        (24, "asked", "Cette heure est passée, ou après la limite"),
        (2, "congrès", "Choisissez une heure et une raison."),
        (2, "", "Choisissez une heure et une raison."),
    ],
)
def test_a_try_is_put_off_inside_the_promise_for_a_reason(
    amelie: Senior, ward: Ward, filed: Filed, hours: float, reason: str, words: str
) -> None:
    until = filed.due_at - timedelta(hours=24 - hours)
    amelie.opens().sends("claim").sends("later", until=str(int(until.timestamp()) + 60), reason=reason)
    assert amelie.reads(words)


@pytest.mark.parametrize("until", ["", "demain", "-5", "9" * 400, "²", "1e9"])
def test_a_time_that_is_none_puts_nothing_off(amelie: Senior, until: str) -> None:
    amelie.opens().sends("claim").sends("later", until=until, reason="asked")
    assert amelie.reads("Choisissez une heure et une raison.")


def test_what_is_not_hers_she_puts_off_for_nobody(amelie: Senior, ward: Ward, filed: Filed) -> None:
    until = str(int((filed.due_at - timedelta(hours=2)).timestamp()))
    assert amelie.opens().sends("later", until=until, reason="asked").reads("n'est pas entre vos mains")
    ward.claims(filed, ward.bruno)
    assert amelie.sends("later", until=until, reason="asked").reads("n'est pas entre vos mains")


# A colleague ------------------------------------------------------------------------------------------------------


def test_she_hands_it_to_a_colleague_who_accepts(
    amelie: Senior, bruno: Senior, ward: Ward, filed: Filed, bell: Bell
) -> None:
    ward.of_the_ward(ward.amelie, ward.bruno, on_call=ward.bruno)
    amelie.opens().sends("claim")
    assert amelie.reads("De garde maintenant") is False
    assert 'label="De garde maintenant"' in amelie.page
    amelie.sends("hand", to=str(ward.bruno))
    assert amelie.reads("Bruno Petit est prévenu.")
    assert amelie.reads("Vous l'avez ; proposée à Bruno Petit")
    assert bell.rung[-1] == ("climb", filed.id)
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    assert bruno.opens().reads("Amélie Durand vous demande de la reprendre.")
    bruno.sends("claim")
    assert bruno.reads("C'est noté : vous la prenez en charge.")
    assert ward.state(filed) == ("claimed", ward.bruno, None)
    assert amelie.opens().reads("Prise en charge par Bruno Petit")


def test_he_refuses_and_it_stays_hers(amelie: Senior, bruno: Senior, ward: Ward, filed: Filed) -> None:
    ward.of_the_ward(ward.bruno)
    amelie.opens().sends("claim").sends("hand", to=str(ward.bruno))
    form = bruno.opens().page
    assert bruno.sends("refuse").reads("La demande reste où elle était.")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    bruno.page = form
    assert bruno.sends("refuse").reads("On ne vous demande plus de la reprendre.")
    assert amelie.opens().reads("Bruno Petit ne peut pas la reprendre.")


def test_a_request_that_nobody_has_is_offered_by_the_coordinator_and_taken(
    bruno: Senior, ward: Ward, filed: Filed
) -> None:
    ward.is_asked(filed, ward.bruno)
    assert bruno.opens().reads("On vous demande de la prendre.")
    bruno.sends("claim")
    assert ward.state(filed) == ("claimed", ward.bruno, None)


@pytest.mark.parametrize("to", ["", "999999", "Bruno", "²", "own"])
def test_only_a_colleague_of_the_ward_is_asked(amelie: Senior, ward: Ward, filed: Filed, to: str) -> None:
    ward.of_the_ward(ward.amelie)
    amelie.opens().sends("claim").sends("hand", to=str(ward.amelie) if to == "own" else to)
    assert amelie.reads("Choisissez un confrère du service.")
    amelie.sends("hand", to=str(ward.bruno))  # he is not of this ward
    assert amelie.reads("Choisissez un confrère du service.")


def test_what_is_not_hers_she_hands_to_nobody(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.of_the_ward(ward.amelie, ward.bruno)
    assert amelie.opens().sends("hand", to=str(ward.bruno)).reads("n'est pas entre vos mains")
    assert ward.state(filed) == ("open", None, None)


def test_colleagues_who_cannot_be_texted_are_named_so(amelie: Senior, ward: Ward, filed: Filed) -> None:
    ward.of_the_ward(ward.bruno)
    texted_stop(ward, ward.bruno)
    amelie.opens().sends("claim")
    assert amelie.reads("Bruno Petit (par appel : a répondu STOP)")


def test_she_who_texted_stop_is_told_on_the_page(amelie: Senior, ward: Ward) -> None:
    assert not amelie.opens().reads("STOP")
    texted_stop(ward, ward.amelie)
    assert amelie.opens().reads("nos SMS ne vous parviennent plus")
    assert amelie.reads("envoyez START au 01 99 00 24 24")


def texted_stop(ward: Ward, person_id: int) -> None:
    with ward.engine.begin() as conn:
        conn.execute(update(people).where(people.c.id == person_id).values(opted_out_at=func.app_now()))


# What she sees ----------------------------------------------------------------------------------------------------


def test_the_story_tells_who_did_what_and_nothing_of_the_gp(
    amelie: Senior, bruno: Senior, ward: Ward, filed: Filed
) -> None:
    ward.of_the_ward(ward.amelie, ward.bruno)
    part = ward.text(filed, "Mme X tousse")
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}").sends("claim").sends("attempt", result="busy")
    amelie.sends("hand", to=str(ward.bruno))
    bruno.opens()
    story = bruno.text.split("Ce qui s'est passé")[1]
    for sentence in (
        "Appel sans message : demande enregistrée.",
        "Un message s'ajoute.",
        "Message lu par Amélie Durand.",
        "Prise en charge par Amélie Durand.",
        "Amélie Durand a essayé : occupé.",
        "Proposée à Bruno Petit par Amélie Durand.",
    ):
        assert sentence in story
        story = story.split(sentence)[1]
    assert "Mme X" not in bruno.page
    assert "39980011" not in bruno.page.replace(" ", "")


def test_the_script_asks_cheaply_whether_anything_has_changed(amelie: Senior, ward: Ward, filed: Filed) -> None:
    def asks() -> dict[str, object]:
        reply = amelie.browser.get(f"{amelie.path}/live")
        assert reply.headers["Cache-Control"] == "no-store"
        found: dict[str, object] = json.loads(reply.text)
        return found

    amelie.opens()
    first = asks()
    assert f'data-mark="{first["mark"]}"' in amelie.page
    assert first["left"] == "dans 23 h 59"
    assert asks() == first
    seen = [first["mark"]]
    for act in (
        lambda: amelie.sends("call"),
        lambda: ward.answers(filed),
        lambda: ward.talks(filed),
        lambda: ward.hangs_up(filed, Result.REACHED),
        lambda: ward.text(filed, "Encore un mot"),
        lambda: ward.is_asked(filed, ward.bruno),
    ):
        act()
        seen.append(asks()["mark"])
    assert len(set(seen)) == len(seen)
    assert asks()["pause"] == 5000
    part = ward.text(filed, "Et un dernier")
    amelie.opens().chooses_pin(PIN).sends(f"parts/{part}")
    assert asks()["mark"] not in seen


def test_while_the_line_rings_the_script_asks_each_second_and_when_it_is_over_no_more(
    amelie: Senior, filed: Filed, ward: Ward
) -> None:
    amelie.opens().sends("call")
    assert '"pause":1000' in amelie.browser.get(f"{amelie.path}/live").text
    ward.hangs_up(filed, Result.CANCELED)
    amelie.opens().sends("close", outcome="CONSEIL")
    assert '"pause":0' in amelie.browser.get(f"{amelie.path}/live").text
    assert 'data-live=""' in amelie.opens().page


def test_no_robot_that_follows_every_address_changes_anything(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.voice(filed)
    amelie.opens()
    doors = ["", "/live", "/claim", "/call", "/attempt", "/later", "/hand", "/refuse", "/release", "/close", "/pin"]
    for door in [*doors, "/pin/first", "/shut", f"/parts/{part}", f"/parts/{part}/audio"]:
        for method in ("GET", "HEAD", "OPTIONS"):
            amelie.browser.open(f"{amelie.path}{door}", method=method, headers={"User-Agent": "facebookexternalhit/1"})
    assert ward.state(filed) == ("open", None, None)
    assert ward.hearings() == []
    assert ward.calls() == []


def test_the_page_runs_our_script_and_no_other(amelie: Senior) -> None:
    policy = amelie.opens().headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert amelie.page.count("<script") == 1
    assert not any(word in amelie.page for word in ("onclick=", "style=", "javascript:"))


# Signed in instead of a PIN ---------------------------------------------------------------------------------------


def gives_address(ward: Ward, email: str) -> None:
    with ward.engine.begin() as conn:
        conn.execute(update(people).where(people.c.id == ward.amelie).values(email=email))


def test_who_is_signed_in_with_her_own_address_needs_no_pin(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Un mot")
    gives_address(ward, "Amelie@Cochin.example ")
    ward.signs_in(amelie.browser, "amelie@cochin.example")
    assert amelie.opens().reads(NUMBER)
    assert amelie.reads("Ouvert par votre connexion au planning.")
    assert ward.hearings() == []
    assert amelie.sends(f"parts/{part}").reads("Un mot")
    assert ward.hearings() == [(part, ward.amelie, "page")]


@pytest.mark.parametrize("hers", ["", "amelie@cochin.example"])
def test_another_s_session_opens_nothing(amelie: Senior, ward: Ward, hers: str) -> None:
    gives_address(ward, hers)
    ward.signs_in(amelie.browser, "bruno@cochin.example")
    assert not amelie.opens().reads(NUMBER)
    assert amelie.offered("pin/first")


def test_a_session_that_is_over_opens_nothing(amelie: Senior, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Un mot")
    gives_address(ward, "amelie@cochin.example")
    ward.signs_in(amelie.browser, "amelie@cochin.example")
    amelie.opens().sends(f"parts/{part}")
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("delete from sessions")
    assert not amelie.opens().reads(NUMBER)
    assert not amelie.reads("Un mot")
    assert amelie.browser.get(f"{amelie.path}/parts/{part}/audio").status_code == 403


def test_the_page_that_asks_and_asks_keeps_no_session_alive(amelie: Senior, ward: Ward) -> None:
    gives_address(ward, "amelie@cochin.example")
    ward.signs_in(amelie.browser, "amelie@cochin.example")
    amelie.opens()
    for minutes in (10, 20, 29, 31):
        ward.waits(timedelta(minutes=minutes))
        amelie.browser.get(f"{amelie.path}/live")
        amelie.browser.get(amelie.path, headers={BY_ITSELF: "1"})  # something has changed, and is shown
    assert not amelie.opens().reads(NUMBER)


def test_the_way_to_sign_in_leads_back_to_the_page(app: Flask, amelie: Senior, ward: Ward) -> None:
    assert not amelie.opens().reads("connectez-vous")
    gives_address(ward, "amelie@cochin.example")
    ward.signs_in(app.test_client(), "amelie@cochin.example")
    assert f"/signin?next={amelie.path}" in amelie.opens().page
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("update accounts set disabled_at = now()")
    assert not amelie.opens().reads("connectez-vous")


def test_a_locked_pin_is_told_to_its_owner_once(amelie: Senior, ward: Ward) -> None:
    ward.sets_pin(PIN)
    amelie.opens()
    for _ in range(7):
        amelie.gives_pin("000000")
    assert ward.texts() == [("pin_locked", "+33639980001")]


def test_two_links_in_one_browser_are_two_people(amelie: Senior, bruno: Senior, ward: Ward, filed: Filed) -> None:
    ward.sets_pin(PIN)
    with ward.engine.begin() as conn:
        conn.execute(insert(people).values(name="Chloé Martin", phone="+33639980003"))
    bruno.browser = amelie.browser
    amelie.opens().gives_pin(PIN)
    bruno.opens().sends("claim")
    assert ward.state(filed) == ("claimed", ward.bruno, None)
    assert not bruno.reads(NUMBER)
