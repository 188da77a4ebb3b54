"""What is written to the line becomes a request, joins one, or is asked back."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from callbacks.written.incoming import Attached, Channel, Incoming
from config import numbers
from config.texts import gsm7
from tests.callbacks.written.desk import BLANC, LANDLINE, LINE, PRACTICE, ROUX, ROUX_MAIL, STRANGER, Line

HOUR = timedelta(hours=1)
CARDIO = "avis cardio cochin pour un patient sous AVK"


# The ward ---------------------------------------------------------------------------------------------------------


def test_a_clear_ward_is_a_request_at_once(line: Line) -> None:
    assert line.sms(ROUX, CARDIO)
    [request] = line.requests()
    assert (request.ward_id, request.channel, request.caller) == (line.ward["cochin cardi"], "sms", ROUX)
    assert line.words_in(request.id) == [CARDIO]
    assert line.bell.rung == [("climb", request.id)]
    assert line.said() == []  # his confirmation is the ladder's hand to give
    assert (request.notice_at, request.next_step_at) == (request.created_at, request.created_at)


def test_a_clear_sms_asks_the_register_seldom(line: Line, counted: list[str]) -> None:
    line.sms(ROUX, "avis cardio cochin pour sa tension")
    counted.clear()
    line.sms(BLANC, CARDIO)
    assert len(counted) <= 15, counted


def test_the_same_message_twice_is_one(line: Line) -> None:
    assert line.sms(ROUX, CARDIO, key="sms:SM7")
    assert not line.sms(ROUX, CARDIO, key="sms:SM7")
    assert len(line.requests()) == 1
    assert len(line.bell.rung) == 1


@pytest.mark.parametrize(
    ("answer", "ward"),
    [
        ("1", "avicenne nephr"),
        ("2", "cochin nephr"),
        ("le 2 svp", "cochin nephr"),
        ("cochin", "cochin nephr"),
        ("Avicenne merci", "avicenne nephr"),
        ("plutôt rhumato en fait", "avicenne rhuma"),
        ("avis cardio avicenne", "avicenne cardi"),
        ("Bonjour, patient de 60 ans à Cochin, créatinine à 300", "cochin nephr"),
    ],
)
def test_a_close_race_is_asked_back_and_answered_in_any_words(line: Line, answer: str, ward: str) -> None:
    line.sms(ROUX, "nephro")
    assert line.requests() == []
    [question] = line.said(ROUX)
    assert "Répondez 1 : Néphrologie Avicenne, 2 : Néphrologie Cochin" in question
    line.waits(HOUR * 20)
    line.sms(ROUX, answer)
    assert line.wards_asked() == [ward]
    [request] = line.requests()
    chosen = answer in ("1", "2", "le 2 svp")  # that is no message which somebody must open
    assert line.words_in(request.id) == ["nephro"] + [answer] * (not chosen)


def test_the_promise_counts_from_his_first_words(line: Line) -> None:
    line.sms(ROUX, "nephro")
    line.waits(HOUR * 5)
    line.sms(ROUX, "2")
    [request] = line.requests()
    with line.engine.connect() as conn:
        began = conn.exec_driver_sql("select min(at) from written").scalar_one()
    assert (request.created_at, request.due_at) == (began, began + HOUR * 24)


def test_nothing_understood_gets_the_short_how_to_once_an_hour(line: Line) -> None:
    line.sms(ROUX, "Bonjour")
    line.sms(ROUX, "c'est pour un patient")
    [how_to] = line.said(ROUX)
    assert "quel service" in how_to
    line.sms(ROUX, "cardio cochin")
    [request] = line.requests()
    assert line.words_in(request.id) == ["Bonjour", "c'est pour un patient", "cardio cochin"]
    assert line.talks() == [("filed", "ward")]


@pytest.mark.parametrize("words", [("cochin", "nephro"), ("nephro", "cochin")])
def test_ward_and_hospital_come_in_any_order(line: Line, words: tuple[str, str]) -> None:
    for each in words:
        line.sms(ROUX, each)
    assert line.wards_asked() == ["cochin nephr"]


@pytest.mark.parametrize("words", ["Merci !", "👍", "", "ok", "Merci, bonne soirée"])
def test_thanks_make_no_request_and_get_no_answer(line: Line, words: str) -> None:
    line.sms(ROUX, words)
    assert (line.requests(), line.said(), line.talks(), line.verdicts()) == ([], [], [], ["idle"])
    assert line.bell.rung == []


def test_thanks_in_between_change_nothing_and_are_no_part(line: Line) -> None:
    line.sms(ROUX, "nephro")
    line.sms(ROUX, "merci")
    line.sms(ROUX, "2")
    [request] = line.requests()
    assert line.words_in(request.id) == ["nephro"]


def test_after_three_questions_nobody_is_asked_any_more_but_his_answer_still_counts(line: Line) -> None:
    for words in ("nephro", "7", "8", "9", "6"):
        line.sms(ROUX, words)
    assert len(line.said(ROUX)) == 3
    line.sms(ROUX, "1")
    assert line.wards_asked() == ["avicenne nephr"]


def test_a_picture_without_a_word_is_asked_about_and_part_of_what_follows(line: Line) -> None:
    line.sms(ROUX, "", attached=(Attached(source="https://api.twilio.com/ME1"),))
    assert len(line.said(ROUX)) == 1
    line.sms(ROUX, "dermato cochin")
    [request] = line.requests()
    assert line.words_in(request.id) == ["", "dermato cochin"]
    assert [kind for kind, _ in line.bell.rung] == ["deliver", "picture", "climb"]


LOGO, LETTER = Attached("logo.png", "image/png", b"\x89PNG"), Attached("courrier.pdf", "application/pdf", b"%PDF-1.4")


@pytest.mark.parametrize(
    ("words", "attached", "verdict"),
    [("Merci !", LOGO, "idle"), ("Merci !", LETTER, "waiting"), ("", LOGO, "waiting"), ("", None, "idle")],
)
def test_the_logo_below_thanks_is_no_request_and_a_document_is(
    line: Line, words: str, attached: Attached | None, verdict: str
) -> None:
    line.mail(ROUX_MAIL, words, attached=(attached,) if attached else ())
    assert line.verdicts() == [verdict]


# To which request it belongs --------------------------------------------------------------------------------------


def test_a_second_message_is_asked_about_and_joins_only_when_he_says_so(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "INR à 7")
    [first] = line.requests()
    [question] = line.said(ROUX)
    assert f"compléter ? Répondez 1 : {first.reference} (Cardiologie), 2 : nouvelle demande" in question
    assert line.words_in(first.id) == [CARDIO]
    line.sms(ROUX, "1")
    assert line.words_in(first.id) == [CARDIO, "INR à 7"]
    assert len(line.requests()) == 1
    assert line.verdicts() == ["filed", "joined", "command"]


@pytest.mark.parametrize("answer", ["2", "nouvelle demande", "c'est pour un autre patient"])
def test_or_it_is_another_patient(line: Line, answer: str) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "cardio cochin, dyspnée")
    line.sms(ROUX, answer)
    assert line.wards_asked() == ["cochin cardi", "cochin cardi"]
    chosen = answer == "2"  # that is no message which somebody must open
    assert line.words_in(line.requests()[1].id) == ["cardio cochin, dyspnée"] + [answer] * (not chosen)


def test_another_ward_is_another_request_without_a_question(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "avis rhumato avicenne pour une goutte")
    assert line.wards_asked() == ["cochin cardi", "avicenne rhuma"]
    assert line.said() == []


def test_two_doctors_of_one_practice_are_never_mixed_up(line: Line) -> None:
    line.calls(PRACTICE, "cochin cardi")
    line.sms(PRACTICE, "cardio cochin, patient suivant")
    assert len(line.requests()) == 1
    assert "compléter" in line.said(PRACTICE)[0]
    line.sms(PRACTICE, "2")
    assert [request.practitioner_id for request in line.requests()] == [None, None]


def test_his_reference_joins_whatever_else_is_open(line: Line) -> None:
    line.sms(ROUX, "nephro")
    first = line.calls(ROUX, "cochin cardi")
    line.sms(ROUX, f"{first.reference} : la patiente va moins bien")
    assert line.words_in(first.id) == [f"{first.reference} : la patiente va moins bien"]
    line.sms(ROUX, "2")  # still answers what he was asked of his other words
    assert line.wards_asked() == ["cochin cardi", "cochin nephr"]


def test_his_reference_answers_which_one_he_means(line: Line) -> None:
    first = line.calls(ROUX, "cochin cardi")
    line.sms(ROUX, "INR à 7")
    line.sms(ROUX, f"{first.reference} svp")
    assert line.words_in(first.id) == ["INR à 7", f"{first.reference} svp"]


def test_the_reference_of_another_gp_joins_nothing(line: Line) -> None:
    theirs = line.calls(BLANC, "cochin cardi")
    line.sms(ROUX, f"{theirs.reference} : un mot de plus")
    assert line.words_in(theirs.id) == []
    assert theirs.reference not in line.said(ROUX)[0]


@pytest.mark.parametrize(("days", "states"), [(6, ["open"]), (8, ["done", "open"])])
def test_a_follow_up_reopens_within_seven_days_and_is_a_new_request_after(
    line: Line, days: int, states: list[str]
) -> None:
    line.sms(ROUX, CARDIO)
    [first] = line.requests()
    line.closes(first.id)
    line.waits(timedelta(days=days))
    line.sms(ROUX, f"{first.reference} : pas d'amélioration, que faire ?")
    assert [request.state for request in line.requests()] == states
    assert {request.ward_id for request in line.requests()} == {first.ward_id}


def test_he_changes_his_mind_before_anybody_has_it(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "non, plutôt néphro cochin")
    [first] = line.requests()
    [question] = line.said(ROUX)
    assert f"{first.reference} (Cardiologie)" in question
    assert "1 : la remplacer par Néphrologie, 2 : garder les deux" in question
    line.sms(ROUX, "1")
    assert line.wards_asked() == ["withdrawn", "cochin nephr"]
    second = line.requests()[1]
    assert line.words_in(second.id) == [CARDIO, "non, plutôt néphro cochin"]
    assert second.due_at == first.due_at  # what was promised still holds
    assert {("climb", first.id), ("climb", second.id)} <= set(line.bell.rung)


def test_or_keeps_both(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "non, plutôt néphro cochin")
    line.sms(ROUX, "2")
    assert line.wards_asked() == ["cochin cardi", "cochin nephr"]


def test_a_request_that_was_claimed_meanwhile_is_not_taken_from_its_senior(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "non, plutôt néphro cochin")
    [first] = line.requests()
    line.claims(first.id)
    line.sms(ROUX, "1")
    assert [request.state for request in line.requests()] == ["claimed", "open"]
    assert line.words_in(first.id) == [CARDIO]


# What somebody sorted ---------------------------------------------------------------------------------------------


def test_an_answer_that_comes_after_it_was_sorted_joins_it(line: Line) -> None:
    line.sms(ROUX, "nephro")
    line.waits(HOUR)
    filed = line.sorts("cochin nephr")
    line.sms(ROUX, "merci")
    line.sms(ROUX, "à Cochin svp")
    assert line.words_in(filed.id) == ["nephro", "à Cochin svp"]
    line.sms(ROUX, "créatinine à 300")  # his next words answer nothing: he is asked
    assert len(line.words_in(filed.id)) == 2
    assert filed.reference in line.said(ROUX)[-1]


def test_a_day_later_it_is_no_answer_any_more(line: Line) -> None:
    line.sms(ROUX, "nephro")
    filed = line.sorts("cochin nephr")
    line.waits(HOUR * 25)
    line.sms(ROUX, "un mot de plus")
    assert line.words_in(filed.id) == ["nephro"]


# Who he is --------------------------------------------------------------------------------------------------------


def test_a_gp_on_file_is_known_and_a_shared_number_is_nobodys(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(PRACTICE, CARDIO)
    assert [request.practitioner_id is None for request in line.requests()] == [False, True]


def test_a_stranger_is_taken_where_the_hospital_takes_him(line: Line) -> None:
    line.policy("Cochin", "accept")
    line.sms(STRANGER, CARDIO)
    assert line.wards_asked() == ["cochin cardi"]


def test_a_stranger_is_asked_who_he_is_once_the_ward_is_known(line: Line) -> None:
    line.sms(STRANGER, "nephro")
    line.sms(STRANGER, "cochin")
    assert line.requests() == []
    assert "RPPS" in line.said(STRANGER)[1]
    line.sms(STRANGER, "Dr Chloé Martin, Paris 14")
    [request] = line.requests()
    assert (request.practitioner_id, request.caller) == (None, STRANGER)
    assert line.words_in(request.id) == ["nephro", "cochin", "Dr Chloé Martin, Paris 14"]
    line.closes(request.id)
    line.sms(STRANGER, "cardio cochin, encore moi")  # he has said it: he is not asked again
    assert line.wards_asked() == ["cochin nephr", "cochin cardi"]


@pytest.mark.parametrize(
    "words", [(CARDIO, "Dr Roux, RPPS 10100000011"), ("RPPS 10100000011", CARDIO), (f"{CARDIO}. RPPS 10100000011",)]
)
def test_his_rpps_number_makes_him_known_whenever_he_gives_it(line: Line, words: tuple[str, ...]) -> None:
    for each in words:
        line.sms(STRANGER, each)
    [request] = line.requests()
    [(name,)] = line.rows("select name from practitioners where id = :id", id=request.practitioner_id)
    assert name == "Dr Roux"


def test_a_public_rpps_number_shows_nobodys_requests(line: Line) -> None:
    theirs = line.calls(ROUX, "cochin cardi", line.rows("select id from practitioners where name = 'Dr Roux'")[0][0])
    line.sms(STRANGER, f"SUIVI {theirs.reference} RPPS 10100000011")
    line.sms(STRANGER, "RPPS 10100000011 SUIVI")
    line.sms(STRANGER, f"RPPS 10100000011 ANNULER {theirs.reference}")
    assert [body for body in line.said(STRANGER) if "Cardiologie (" in body or f"{theirs.reference} (" in body] == []
    assert line.requests()[0].state == "open"


def test_a_stranger_is_kindly_refused_and_what_he_wrote_is_kept(line: Line) -> None:
    line.policy("Cochin", "refuse")
    line.sms(STRANGER, CARDIO)
    assert (line.requests(), line.verdicts()) == ([], ["refused"])
    [body] = line.said(STRANGER)
    assert "01 99 00 24 24" in body
    line.sms(STRANGER, CARDIO)
    assert len(line.said(STRANGER)) == 1  # once an hour


def test_who_cannot_be_told_that_he_is_refused_is_sorted_by_somebody(line: Line) -> None:
    line.policy("Cochin", "refuse")
    line.sms(LANDLINE, CARDIO)
    assert (line.verdicts(), line.said()) == (["waiting"], [])
    assert line.rows("select sort_at <= app_now() as due from dialogues") == [(True,)]


def test_a_landline_is_taken_and_never_texted(line: Line) -> None:
    line.policy("Cochin", "accept")
    line.sms(LANDLINE, CARDIO)
    line.sms(LANDLINE, "une question de plus")
    assert line.wards_asked() == ["cochin cardi"]
    assert line.said() == []
    assert line.talks() == [("open", None)]


@pytest.mark.parametrize("sender", ["Doctolib", "36665", "", "anonymous", "+266696687", "+3312", LINE])
def test_nobody_stands_behind_a_name_or_a_short_code(line: Line, sender: str) -> None:
    line.sms(sender, CARDIO)
    assert (line.requests(), line.said(), line.verdicts()) == ([], [], ["ignored"])


# In a word --------------------------------------------------------------------------------------------------------


def test_suivi_tells_how_the_only_one_stands(line: Line) -> None:
    line.sms(ROUX, "SUIVI")
    assert "aucune demande" in line.said()[-1]
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "SUIVI")
    [request] = line.requests()
    assert f"{request.reference} (Cardiologie) attend" in line.said()[-1]
    line.claims(request.id)
    line.sms(ROUX, request.reference)
    assert "entre les mains d'un senior" in line.said()[-1]
    assert "Petit" not in line.said()[-1]
    line.waits(timedelta(hours=25))
    line.sms(ROUX, f"suivi {request.reference} ?")
    assert "en retard" in line.said()[-1]
    line.closes(request.id)
    line.sms(ROUX, f"SUIVI {request.reference}")
    assert "est close" in line.said()[-1]
    assert line.words_in(request.id) == [CARDIO]


def test_suivi_of_several_names_them_all(line: Line) -> None:
    filed = [line.calls(ROUX, "cochin cardi"), line.calls(ROUX, "cochin nephr")]
    line.sms(ROUX, "où en sont mes demandes ?")
    [body] = line.said()
    assert [each.reference in body for each in filed] == [True, True]


def test_another_gp_s_reference_tells_nothing(line: Line) -> None:
    theirs = line.calls(BLANC, "cochin cardi")
    line.sms(ROUX, f"SUIVI {theirs.reference}")
    line.sms(ROUX, f"ANNULER {theirs.reference}")
    assert all("pas de demande" in body for body in line.said(ROUX))
    assert line.requests()[0].state == "open"


def test_annuler_takes_back_the_only_one_and_asks_of_several(line: Line) -> None:
    first = line.calls(ROUX, "cochin cardi")
    second = line.calls(ROUX, "cochin nephr")
    line.sms(ROUX, "ANNULER")
    assert first.reference in line.said()[0]
    assert second.reference in line.said()[0]
    line.sms(ROUX, f"annuler {second.reference}")
    assert line.wards_asked() == ["cochin cardi", "withdrawn"]
    assert line.bell.rung[-1] == ("climb", second.id)
    line.sms(ROUX, "Annuler svp")
    assert line.wards_asked() == ["withdrawn", "withdrawn"]
    line.sms(ROUX, f"ANNULER {first.reference}")
    assert "est annulée" in line.said()[-1]


def test_annuler_takes_back_what_is_not_filed_yet(line: Line) -> None:
    line.sms(ROUX, "nephro")
    line.sms(ROUX, "ANNULER")
    assert line.talks() == [("idle", "among")]
    assert "aucune demande n'est enregistrée" in line.said()[-1]
    line.sms(ROUX, "2")
    assert line.requests() == []


def test_aide_tells_the_words(line: Line) -> None:
    line.sms(ROUX, "AIDE")
    [body] = line.said()
    assert "SUIVI" in body
    assert "ANNULER" in body


@pytest.mark.parametrize(("words", "opt_out"), [("STOP", ""), ("START", ""), ("INFO", "HELP"), ("cardio", "STOP")])
def test_stop_and_start_are_between_him_and_the_carrier(line: Line, words: str, opt_out: str) -> None:
    line.sms(ROUX, words, opt_out=opt_out)
    assert (line.said(), line.requests(), line.verdicts()) == ([], [], ["command"])


def test_who_writes_stop_is_not_asked_his_opinion_either(line: Line) -> None:
    line.sms(BLANC, "START")
    line.sms(ROUX, "STOP")
    with line.engine.begin() as conn:
        asked = "select phone from practitioner_phones join opt_ins o using (practitioner_id) where o.purpose = 'poll'"
        declined = set(conn.execute(text(f"{asked} and o.withdrawn_at is not null")).scalars())
    assert ROUX in declined
    assert BLANC not in declined


# What he is told --------------------------------------------------------------------------------------------------


def test_who_writes_of_a_patient_by_name_is_told_once_a_day_and_never_quoted(line: Line) -> None:
    for _ in range(2):
        line.sms(ROUX, "cardio cochin pour Mme Durand née le 12/03/1950")
    told = [body for body in line.said() if "pas sécurisé" in body]
    assert len(told) == 1
    assert [body for body in line.said() if "Durand" in body or "1950" in body] == []
    line.waits(timedelta(hours=25))
    line.sms(ROUX, "cardio cochin pour Mme Durand née le 12/03/1950")
    assert len([body for body in line.said() if "pas sécurisé" in body]) == 2


def test_ten_answers_an_hour_and_then_silence(line: Line) -> None:
    for number in range(14):
        line.sms(ROUX, f"SUIVI 12345{number % 10}")
    assert len(line.said(ROUX)) == 10
    line.waits(timedelta(minutes=61))
    line.sms(ROUX, "SUIVI 123456")
    assert len(line.said(ROUX)) == 11


def test_two_machines_never_answer_each_other_for_ever(line: Line) -> None:
    """His telephone sends back whatever it is sent."""
    line.sms(ROUX, "nephro")
    heard = 0
    for _ in range(40):
        answers = line.said(ROUX)
        if len(answers) == heard:
            break
        heard = len(answers)
        line.sms(ROUX, answers[-1])
    assert heard <= 10
    assert len(line.requests()) <= 1


@pytest.mark.parametrize("hears", [True, False])
def test_where_what_we_send_shows_a_name_he_is_told_to_which_number_he_writes(line: Line, hears: bool) -> None:
    line.presented(sms_sender=LINE if hears else "RAPPEL24")
    line.sms(ROUX, "nephro")
    [body] = line.said()
    assert ("Répondez" in body) == hears
    assert (f"Écrivez au {numbers.national(LINE)} 1 : Néphrologie Avicenne" in body) == (not hears)
    line.sms(ROUX, "2")
    assert line.wards_asked() == ["cochin nephr"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_said_by_sms_is_one_segment(line: Line, language: str) -> None:
    line.presented(language=language)
    for policy in ("ask", "refuse"):
        line.policy("Cochin", policy)
        for words in ("bonjour", "nephro", CARDIO):
            line.sms(STRANGER, words)
            line.waits(timedelta(hours=2))
    for words in ("bonjour", "nephro", "2", "un mot", "2", "AIDE", "SUIVI", "SUIVI 999999", "ANNULER", "cardio cochin"):
        line.sms(ROUX, words)
        line.waits(timedelta(hours=2))
    for words in (
        "non, plutôt rhumato avicenne",
        "1",
        "ANNULER",
        "ANNULER",
        "SUIVI",
        "pour Mme Durand née le 12/03/50",
    ):
        line.sms(ROUX, words)
        line.waits(timedelta(hours=2))
    assert len(line.said()) > 15
    assert [body for body in line.said() if gsm7.segments(body) != 1 or not gsm7.is_gsm7(body)] == []


# By e-mail --------------------------------------------------------------------------------------------------------


def test_an_e_mail_is_a_request_with_its_address_and_a_number_to_call_back(line: Line) -> None:
    line.mail(ROUX_MAIL, "Patiente de 70 ans, FA récente.", subject="Avis cardiologie Cochin")
    [request] = line.requests()
    assert (request.channel, request.mail, request.caller) == ("email", ROUX_MAIL, ROUX)
    assert line.words_in(request.id) == ["Avis cardiologie Cochin\n\nPatiente de 70 ans, FA récente."]


def test_the_address_it_was_sent_to_names_the_ward(line: Line) -> None:
    line.mail(ROUX_MAIL, "Que faire ?", recipient="cardiologie.avicenne@rappel24.example")
    assert line.wards_asked() == ["avicenne cardi"]


def test_its_thread_joins_even_from_another_address(line: Line) -> None:
    line.mail(ROUX_MAIL, CARDIO, message_id="<1@cabinet.example>")
    line.mail("secretariat@cabinet.example", "Le bilan est joint.", thread=("<1@cabinet.example>",))
    [request] = line.requests()
    assert line.words_in(request.id) == [CARDIO, "Le bilan est joint."]


def test_another_patient_in_the_thread_of_the_first_is_asked_about(line: Line) -> None:
    line.mail(ROUX_MAIL, CARDIO)
    line.mail(ROUX_MAIL, "Autre patient : avis cardio cochin pour une FA récente", thread=("<1@cabinet.example>",))
    [request] = line.requests()
    [question] = line.said(ROUX_MAIL)
    assert f"1 : {request.reference} (Cardiologie)" in question
    line.mail(ROUX_MAIL, "2", subject="Re: Rappel24", thread=("<2@cabinet.example>",))
    assert line.wards_asked() == ["cochin cardi", "cochin cardi"]
    assert line.words_in(request.id) == [CARDIO]


def test_a_further_question_in_its_thread_or_by_its_reference_joins(line: Line) -> None:
    line.mail(ROUX_MAIL, CARDIO)
    [request] = line.requests()
    line.mail(ROUX_MAIL, "Une autre question : faut-il arrêter ?", thread=("<1@cabinet.example>",))
    line.mail(ROUX_MAIL, f"{request.reference} : ce n'est pas un nouveau patient")
    assert len(line.words_in(request.id)) == 3


def test_in_a_thread_suivi_and_annuler_need_no_reference(line: Line) -> None:
    line.mail(ROUX_MAIL, CARDIO, message_id="<1@cabinet.example>")
    line.mail(ROUX_MAIL, "rhumato avicenne svp")
    line.mail(ROUX_MAIL, "Où en est ma demande ?", thread=("<1@cabinet.example>",))
    [request, _] = line.requests()
    assert request.reference in line.said(ROUX_MAIL)[0]
    line.mail("secretariat@cabinet.example", "Annuler svp", thread=("<1@cabinet.example>",))
    assert "withdrawn" not in line.wards_asked()  # who shares a thread does not take back for him
    line.mail(ROUX_MAIL, "Annuler svp", thread=("<1@cabinet.example>",))
    assert line.wards_asked() == ["withdrawn", "avicenne rhuma"]


def test_an_e_mail_is_answered_once_a_day_in_its_thread_and_never_quoted(line: Line) -> None:
    for _ in range(3):
        line.mail(ROUX_MAIL, "Que faire pour Mme Durand ?", subject="Mme Durand", message_id="<7@cabinet.example>")
    [(body, detail)] = line.rows("select body, detail from outbox")
    assert body.startswith("Bonjour docteur,")
    assert "composez le 15" in body
    assert "Durand" not in body + str(detail)
    assert detail["in_reply_to"] == "<7@cabinet.example>"
    assert detail["references"] == ["<7@cabinet.example>"]
    line.waits(timedelta(hours=25))
    line.mail(ROUX_MAIL, "Que faire ?")
    assert len(line.said()) == 2


@pytest.mark.parametrize(("more", "verdict"), [({"ignored": "bounce"}, "ignored"), ({"silent": "list"}, "waiting")])
def test_a_machine_gets_no_answer(line: Line, more: dict[str, str], verdict: str) -> None:
    line.mail(ROUX_MAIL, "Que faire ?", **more)
    assert (line.said(), line.verdicts()) == ([], [verdict])


def test_why_a_machine_that_counts_gets_no_confirmation_stays_on_file(line: Line) -> None:
    line.mail(ROUX_MAIL, CARDIO, silent="list")
    assert line.wards_asked() == ["cochin cardi"]
    assert line.rows("select reason from written") == [("list",)]


def test_ten_e_mails_an_hour_are_taken_and_the_rest_is_sorted_in_silence_with_one_alarm(line: Line) -> None:
    for number in range(14):
        line.mail(ROUX_MAIL, f"cardio cochin {number}")
    assert line.verdicts().count("filed") == 1
    assert len(line.said()) == 1
    [(sort_now,)] = line.rows("select sort_at <= app_now() from dialogues where state = 'open'")
    assert sort_now
    assert line.rows("select kind, count from alarms") == [("mail_flood", 4)]


# Whatever comes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["\0", "a\0b", "\ud800", "x" * 500_000, "1" * 10_000, "🩺" * 1000, "\n" * 999])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_whatever_is_written_is_kept(line: Line, channel: Channel, words: str) -> None:
    strange = Incoming(f"k\0{words[:3]}", channel, f"{ROUX}\0", f"{LINE}\ud800", words, "\0", "<\0\ud800>", ("\0",))
    assert line.takes(strange)
    assert not line.takes(strange)
    assert len(line.verdicts()) == 1


# A ward that is being prepared ------------------------------------------------------------------------------------


def not_live(line: Line, ward: str) -> None:
    with line.engine.begin() as conn:
        conn.execute(text("update wards set live_from = null where id = :id"), {"id": line.ward[ward]})


def test_who_writes_to_a_ward_that_is_not_open_yet_is_told_whom_to_call_and_nothing_is_promised(line: Line) -> None:
    not_live(line, "cochin cardi")
    line.sms(ROUX, CARDIO)
    assert line.requests() == []
    [said] = line.said(ROUX)
    assert "pas encore ouvert sur cette ligne" in said
    assert "rappel" not in said.removeprefix("Rappel24").lower()
    line.sms(ROUX, "avis cardio avicenne")
    assert line.wards_asked() == ["avicenne cardi"]


def test_who_writes_to_another_of_them_within_the_hour_is_not_left_without_anybody(line: Line) -> None:
    for ward in ("cochin cardi", "cochin nephr"):
        not_live(line, ward)
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "avis nephro cochin")
    assert len(line.said(ROUX)) == 1  # a machine that answers us is not answered for ever
    assert line.rows("select sort_at <= app_now() from dialogues where state = 'open'") == [(True,)]


def test_a_stranger_is_not_asked_who_he_is_for_a_ward_that_is_not_open_yet(line: Line) -> None:
    not_live(line, "cochin cardi")
    line.sms(STRANGER, CARDIO)
    [said] = line.said(STRANGER)
    assert "pas encore ouvert sur cette ligne" in said


def test_who_chooses_it_of_several_is_told(line: Line) -> None:
    not_live(line, "cochin nephr")
    line.sms(ROUX, "nephro")
    line.waits(HOUR)
    line.sms(ROUX, "2")
    assert line.requests() == []
    assert "pas encore ouvert sur cette ligne" in line.said(ROUX)[-1]


def test_a_letter_to_it_is_answered_in_words_that_promise_nothing(line: Line) -> None:
    not_live(line, "cochin cardi")
    line.mail(ROUX_MAIL, CARDIO)
    assert line.requests() == []
    assert "personne ne vous rappellera" in line.said(ROUX_MAIL)[-1]
