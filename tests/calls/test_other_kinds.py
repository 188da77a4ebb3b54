"""A GP asks for something else than advice, by a key or a word: it lands with the team that owes it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from callbacks import board, going_home
from callbacks.going_home import Asked, Discharge
from config import clock
from scheduling import importing, store
from scheduling.planning.trail import Actor
from simulator import instant_voicemail, no_answer, takes_the_call
from simulator.handset import Handset
from tests.calls.callbacks_through_the_line import Owed, asks
from tests.calls.hospital import AMELIE, BRUNO, GP_MOBILE, LINE, PARIS, Hospital
from tests.calls.test_coming_back_with_a_reference import closes

FARID, GERDA = "+33639980006", "+33639980007"  # at the bed desk; in cardiology's secretariat
TEAMS = """ward;hospital;name;role;opening;booking_url
lits;Cochin;Gestion des lits;bed_desk;;
secretariat;Cochin;Secrétariat de cardiologie;secretariat;mon-fri 08:30-17:00;
rdv;Cochin;Consultations;consultations;mon-fri 08:30-17:00;https://rdv.example/cochin
"""
PEOPLE = f"name;phone;wards\nFarid Noël;{FARID};lits\nGerda Lang;{GERDA};secretariat\n"
ROTA = f"""ward;start;end;rank;phone
lits;2026-11-01 08:30;2026-12-27 08:30;1;{FARID}
secretariat;2026-11-01 08:30;2026-12-27 08:30;1;{GERDA}
"""


def with_teams(conn: Connection) -> None:
    """Cochin has a bed desk, a secretariat and a consultation desk, each with its rota."""
    for importer, text in (
        (importing.import_wards, TEAMS),
        (importing.import_seniors, PEOPLE),
        (importing.import_rota, ROTA),
    ):
        report = importer(conn, text.encode())
        assert report.ok, report.errors


@pytest.fixture
def teams(hospital: Hospital) -> Hospital:
    with hospital.engine.begin() as conn:
        with_teams(conn)
    return hospital


@pytest.fixture
def farid(teams: Hospital) -> Handset:
    return teams.sim.phone(FARID, "Farid")


def local(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(PARIS).strftime("%a %H:%M")


def test_for_an_admission_the_ward_is_rung_and_then_the_bed_desk(teams: Hospital, farid: Handset) -> None:
    teams.amelie.behaves(no_answer())
    teams.bruno.behaves(no_answer())
    teams.gp.dials(LINE).presses("227#").hears("admission touche 2").presses("2").hears("Admission directe")
    farid.rings(within=90).answers().hears("demande une admission directe").presses("1").is_put_through(teams.gp)
    farid.hangs_up()
    teams.gp.hears("Avant de raccrocher").presses("3").hears("Merci").is_hung_up_on()
    teams.sim.run_until_idle()
    [call] = teams.calls()
    assert (call["result"], call["rung"]) == ("answered", [AMELIE, BRUNO, FARID])
    assert call["ward"] == "cardio"
    assert teams.requests() == []
    assert teams.sql("select kind from calls").scalar_one() == "admission"


def test_an_admission_that_nobody_takes_is_owed_by_the_bed_desk_within_two_hours(
    teams: Hospital, farid: Handset
) -> None:
    for phone in (teams.amelie, teams.bruno, farid):
        phone.behaves(no_answer())
    gp = teams.mobile_gp.dials(LINE).presses("227#").hears("touche 2").presses("2")
    gp.hears("pour cette admission avant aujourd'hui seize heures", within=150).hangs_up()
    teams.sim.run_until_idle()
    teams.sim.advance(minutes=2)
    [request] = teams.requests()
    assert (request["ward"], request["kind"], request["caller"]) == ("lits", "admission", GP_MOBILE)
    assert local(request["due_at"]) in ("Mon 16:01", "Mon 16:02")
    assert "demande d'admission" in farid.reads("Gestion des lits (Cardiologie)").body
    told = teams.mobile_gp.reads("demande d'admission").body
    assert "Réponse avant le" in told
    assert "senior" not in told
    assert [text for text in teams.amelie.texts if request["reference"] in text.body] == []


def test_a_letter_that_never_came_rings_nobody_and_is_the_secretariats(teams: Hospital) -> None:
    gp = teams.mobile_gp.dials(LINE).presses("227#").hears("autre 3").presses("3")
    gp.hears("Lettre de sortie, tapez 1").presses("1").hears("Lettre de sortie, Cardiologie, Cochin")
    gp.hears("Le secrétariat vous répond avant demain quatorze heures").hears("Parlez après le signal")
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("garder").presses("1")
    gp.hears("Quand").presses("1").hears("Le secrétariat vous répond").is_hung_up_on()
    teams.sim.run_until_idle()
    teams.sim.advance(minutes=2)
    [request] = teams.requests()
    assert (request["ward"], request["kind"], request["parts"]) == ("secretariat", "letter", 1)
    assert local(request["due_at"]).startswith("Tue 14:0")
    assert teams.calls()[0]["rung"] == []
    assert teams.amelie.texts == []
    teams.sim.phone(GERDA).reads("lettre de sortie")
    assert teams.sql("select w.slug from requests r join wards w on w.id = r.about_id").scalar_one() == "cardio"


def asks_for_a_letter(gp: Handset) -> Handset:
    return gp.dials(LINE).presses("227#").hears("autre 3").presses("3").hears("tapez 1").presses("1")


def test_who_hangs_up_once_he_has_chosen_has_asked_for_it_all_the_same(teams: Hospital) -> None:
    teams.gp.dials(LINE).presses("227#").hears("autre 3").presses("3").hears("tapez 1").presses("1").hears(
        "Lettre"
    ).hangs_up()
    teams.sim.run_until_idle()
    [request] = teams.requests()
    assert (request["ward"], request["kind"], request["channel"]) == ("secretariat", "letter", "missed_call")


def test_who_asks_for_a_second_letter_is_asked_whether_it_is_the_same(teams: Hospital) -> None:
    asks_for_a_letter(teams.gp).hears("Le secrétariat").hangs_up()
    teams.sim.run_until_idle()
    gp = asks_for_a_letter(teams.gp).hears("Une demande de ce numéro est en cours").presses("1")
    gp.hears("complète la demande en cours").leaves_message(seconds=5).presses("#").hears("valider").presses("1")
    gp.hears("complète la demande").is_hung_up_on()
    teams.sim.run_until_idle()
    [request] = teams.requests()
    assert request["parts"] == 1


def on_board(hospital: Hospital, slug: str) -> list[tuple[str, str | None, int]]:
    """What the line owes as its board has it: the kind, for which ward, within how many minutes of being asked."""
    with hospital.engine.begin() as conn:
        line = next(ward for ward in store.wards(conn) if ward.slug == slug)
        rows = board.page(conn, board.Asked((line.id,)), clock.read(conn).now).rows
    found = ((row.view, row.view.due_at - row.view.created_at) for row in rows)
    return [(view.kind, view.about, round(left / timedelta(minutes=1))) for view, left in found]


def test_an_admission_and_a_letter_stand_on_the_board_of_their_team_each_with_its_clock(teams: Hospital) -> None:
    teams.mobile_gp.dials(LINE).presses("227#").hears("touche 2").presses("2").hears("Admission directe").hangs_up()
    teams.sim.run_until_idle()
    asks_for_a_letter(teams.gp).hears("Le secrétariat").hangs_up()
    teams.sim.run_until_idle()
    assert on_board(teams, "lits") == [("admission", "Cardiologie", 2 * 60)]
    assert on_board(teams, "secretariat") == [("letter", "Cardiologie", 24 * 60)]
    assert on_board(teams, "cardio") == []


@pytest.mark.parametrize("key", ["1", "#", "7", ""])
def test_any_other_key_or_none_rings_the_senior(teams: Hospital, key: str) -> None:
    teams.amelie.behaves(takes_the_call())
    gp = teams.gp.dials(LINE).presses("227#").hears("j'appelle")
    (gp.presses(key) if key else gp).is_put_through(teams.amelie)
    gp.hangs_up()
    teams.sim.run_until_idle()
    assert teams.calls()[0]["result"] == "answered"
    assert teams.sql("select kind from calls").scalar_one() == "advice"


def test_a_doctor_who_heard_the_keys_of_late_is_rung_through_sooner_and_they_still_work(teams: Hospital) -> None:
    teams.amelie.behaves(takes_the_call())
    gp = teams.mobile_gp.dials(LINE).presses("227#").hears("J'appelle Cardiologie, Cochin ; admission touche 2")
    gp.is_put_through(teams.amelie).hangs_up()
    teams.sim.run_until_idle()
    gp = teams.mobile_gp.dials(LINE).presses("1#").hears("J'appelle Cardiologie, Cochin.").expects_no("touche")
    gp.presses("2").hears("Admission directe").is_put_through(teams.amelie).hangs_up()
    teams.sim.run_until_idle()
    assert teams.sql("select kind from calls order by started_at").scalars().all() == ["advice", "admission"]


def test_after_two_months_he_is_told_the_keys_again(teams: Hospital) -> None:
    teams.amelie.behaves(takes_the_call())
    teams.mobile_gp.dials(LINE).presses("227#").hears("touche 2").is_put_through(teams.amelie).hangs_up()
    teams.sim.run_until_idle()
    teams.sql("update calls set started_at = started_at - interval '57 days'")
    gp = teams.mobile_gp.dials(LINE).presses("1#").hears("J'appelle Cardiologie, Cochin ; admission touche 2")
    gp.is_put_through(teams.amelie).hangs_up()
    teams.sim.run_until_idle()


def test_who_calls_from_a_number_that_nobody_has_told_us_of_is_told_the_keys_each_time(teams: Hospital) -> None:
    """Several doctors may stand behind it."""
    teams.amelie.behaves(takes_the_call())
    for _ in range(2):
        teams.gp.dials(LINE).presses("227#").hears("touche 2").is_put_through(teams.amelie).hangs_up()
        teams.sim.run_until_idle()


def test_who_loses_himself_in_the_menu_is_rung_through_as_for_advice(teams: Hospital) -> None:
    teams.amelie.behaves(takes_the_call())
    gp = teams.gp.dials(LINE).presses("227#").hears("autre 3").presses("3").hears("tapez 1").presses("9")
    gp.hears("pas compris").presses("9").is_put_through(teams.amelie, within=60)
    gp.hangs_up()
    teams.sim.run_until_idle()
    assert teams.sql("select kind from calls").scalar_one() == "advice"


def test_a_closed_ward_is_asked_for_an_admission_too(teams: Hospital) -> None:
    """Dermatology of Avicenne has no rota, and its hospital no bed desk: the ward itself owes it."""
    gp = teams.gp.dials(LINE).presses("337#").hears("Admission directe, tapez 2").presses("2")
    gp.hears("pour cette admission avant", within=60).hangs_up()
    teams.sim.run_until_idle()
    [request] = teams.requests()
    assert (request["ward"], request["kind"]) == ("dermato", "admission")
    assert teams.sql("select about_id from requests").scalar_one() is None


def test_who_keys_the_reference_of_a_letter_hears_who_answers_and_rings_the_secretariat(teams: Hospital) -> None:
    teams.gp.dials(LINE).presses("227#").hears("autre 3").presses("3").hears("tapez 1").presses("1").hears(
        "Lettre"
    ).hangs_up()
    teams.sim.run_until_idle()
    [request] = teams.requests()
    gerda = teams.sim.phone(GERDA, "Gerda")
    gerda.behaves(takes_the_call())
    gp = teams.gp.dials(LINE).presses(f"{request['reference']}#").hears("Le secrétariat vous répond").hears("tapez 1")
    gp.presses("1").is_put_through(gerda, within=60)
    gp.hangs_up()
    teams.sim.run_until_idle()
    assert teams.requests()[0]["state"] == "done"


# The hospital asks --------------------------------------------------------------------------------------------------


def goes_home(hospital: Hospital) -> Owed:
    """A patient goes home in five hours, and the ward asks for a call to his GP."""
    hospital.now_is(hospital.sim.now)
    with hospital.engine.begin() as conn:
        moment = clock.read(conn)
        cardio = next(ward for ward in store.wards(conn) if ward.slug == "cardio")
        leaves = Discharge(cardio, GP_MOBILE, None, moment.now + timedelta(hours=5))
        asked = going_home.ask(conn, moment, Actor(None, "Secrétariat"), leaves)
    assert isinstance(asked, Asked)
    hospital.sim.advance(minutes=1)
    hospital.amelie.reads("retour à domicile")
    return Owed(asked.id, asked.reference)


def test_before_a_discharge_a_senior_calls_the_gp_who_was_told_nothing(hospital: Hospital) -> None:
    asks(hospital, goes_home(hospital))
    amelie = hospital.amelie.rings(within=10).answers().hears("J'appelle le médecin")
    gp = hospital.mobile_gp.rings().answers().hears("Amélie Blanc vous appelle").presses("1")
    gp.is_put_through(hospital.amelie).hangs_up()
    amelie.hears(", 1").presses("1").hears("La demande est close").is_hung_up_on()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=3)
    [request] = hospital.requests()
    assert (request["kind"], request["channel"], request["outcome"]) == ("return_home", "page", "ACCORD")
    assert local(request["due_at"]) == "Mon 17:00"
    assert hospital.mobile_gp.texts == []


def test_to_the_voicemail_of_who_asked_nothing_no_senior_s_call_back_is_spoken_of(hospital: Hospital) -> None:
    request = goes_home(hospital)
    hospital.mobile_gp.behaves(instant_voicemail())
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("sans doute un répondeur", within=90)
    amelie.hears("laisser un message").presses("1").hears("sans nom de patient").hears("Prochain essai").is_hung_up_on()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    recorded = hospital.mobile_gp.phone.recorded
    assert recorded.count("nous avons essayé de vous joindre") == 2
    assert "qui nous a appelés" not in recorded


def test_who_calls_about_it_rings_the_ward_and_has_nothing_to_withdraw(hospital: Hospital) -> None:
    request = goes_home(hospital)
    gp = hospital.mobile_gp.dials(LINE).presses(f"{request.reference}#").hears("L'hôpital souhaite vous parler")
    gp.hears("vous appelle avant", within=60)
    gp.hears("tapez 1", within=60).expects_no("retirer votre demande")
    hospital.amelie.behaves(takes_the_call())
    gp.presses("1").is_put_through(hospital.amelie, within=60)
    gp.hangs_up()
    hospital.sim.run_until_idle()


@pytest.mark.parametrize(("outcome", "state"), [("ACCORD", "done"), ("RETIRE", "withdrawn")])
def test_whom_the_hospital_wanted_to_call_is_not_asked_whether_it_did(
    hospital: Hospital, outcome: str, state: str
) -> None:
    request = goes_home(hospital)
    closes(hospital, AMELIE, outcome)
    gp = hospital.mobile_gp.dials(LINE).presses(f"{request.reference}#").hears("L'hôpital souhaitait vous parler")
    gp.hears("choisissez-le").expects_no("rappelé").is_hung_up_on()
    assert hospital.requests()[0]["state"] == state


# In writing ---------------------------------------------------------------------------------------------------------


def test_an_sms_about_a_letter_goes_to_the_secretariat_and_avis_makes_it_advice(teams: Hospital) -> None:
    petit = teams.mobile_gp
    petit.sends(LINE, "Cardio Cochin, compte rendu d'hospitalisation jamais reçu")
    assert "lettre de sortie" in petit.reads("Réponse avant le").body
    assert "AVIS" in petit.texts[-1].body
    assert [(each["ward"], each["kind"]) for each in teams.requests()] == [("secretariat", "letter")]
    petit.sends(LINE, "AVIS")
    assert "Rappel par un senior" in petit.reads("Rappel par un senior").body
    stands = {(each["ward"], each["kind"], each["state"]) for each in teams.requests()}
    assert stands == {("secretariat", "letter", "withdrawn"), ("cardio", "advice", "open")}


def test_who_asks_for_an_appointment_is_told_where_to_book_one(teams: Hospital) -> None:
    teams.mobile_gp.sends(LINE, "rdv cardiologie Cochin")
    told = teams.mobile_gp.reads("https://rdv.example/cochin").body
    assert "Réponse avant le" in told
    assert [(each["ward"], each["kind"]) for each in teams.requests()] == [("rdv", "appointment")]
