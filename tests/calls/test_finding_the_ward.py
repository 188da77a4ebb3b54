"""A GP names his ward: by keypad, from the list, by voice; and whoever is lost reaches the switchboard."""

from collections.abc import Callable

import pytest

from callbacks import information
from callbacks.information import Contact
from callbacks.retention import rules
from callbacks.retention.kinds import Kind
from config import clock
from scheduling.directories.forms import fingerprint
from scheduling.planning.trail import Actor
from simulator import takes_the_call
from tests.calls.hospital import LINE, Hospital


def ward_of_last_call(hospital: Hospital) -> str | None:
    hospital.sim.run_until_idle()
    return str(hospital.calls()[-1]["ward"]) if hospital.calls()[-1]["ward"] else None


def test_two_wards_with_one_code_are_told_apart_by_a_short_menu(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("748#").hears("Hôpital").expects_no("Rhumatologie").hears("Avicenne, tapez 1")
    hospital.gp.presses("1").hears("Un médecin senior vous rappelle avant").hangs_up()
    assert ward_of_last_call(hospital) == "rhumato-avicenne"


def test_two_wards_of_one_code_and_two_names_are_both_named(hospital: Hospital) -> None:
    hospital.sql("update wards set name = 'Rhumatismes' where slug = 'rhumato-avicenne'")
    hospital.gp.dials(LINE).presses("748#").hears("Plusieurs services").hears("Rhumatismes, Avicenne, tapez 1").presses(
        "1"
    ).hears("Un médecin senior vous rappelle avant").hangs_up()
    assert ward_of_last_call(hospital) == "rhumato-avicenne"


def test_an_unknown_code_is_asked_once_more_then_the_switchboard(hospital: Hospital) -> None:
    hospital.switchboard.behaves(takes_the_call(prompt=""))
    hospital.gp.dials(LINE).presses("999#").hears("Aucun service").presses("888#").hears("standard")
    hospital.gp.is_put_through(hospital.switchboard).hangs_up()
    assert ward_of_last_call(hospital) is None
    assert hospital.calls()[0]["result"] == "switchboard"
    assert hospital.requests() == []


def test_a_silent_caller_is_asked_twice_then_the_switchboard(hospital: Hospital) -> None:
    hospital.switchboard.behaves(takes_the_call(prompt=""))
    hospital.gp.dials(LINE).hears("dièse").hears("standard", within=60).is_put_through(hospital.switchboard).hangs_up()
    assert ward_of_last_call(hospital) is None


def test_0_reads_the_hospitals_and_then_their_wards(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("0#").hears("Choisissez l'hôpital").hears("Avicenne, tapez 1").presses("2")
    hospital.gp.hears("Choisissez le service").hears("Cardiologie, tapez 1").presses("1").hears("j'appelle").hangs_up()
    assert ward_of_last_call(hospital) == "cardio"


def test_a_long_list_is_read_in_pages_of_six(hospital: Hospital) -> None:
    for number in range(9):
        hospital.sql(
            "insert into wards (slug, hospital_id, name, keypad) select :slug, id, :name, '999' from hospitals"
            " where name = 'Cochin'",
            slug=f"extra-{number}",
            name=f"Unité {number}",
        )
    hospital.gp.dials(LINE).presses("0#").hears("hôpital").presses("2").hears("Pour la suite, tapez 7").presses("7")
    hospital.gp.hears("tapez 1").presses("7").hears("Unité 8, tapez").presses("1").hears("rappelle avant").hangs_up()
    assert (ward_of_last_call(hospital) or "").startswith("extra-")


def test_a_ward_may_be_named_by_voice(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).hears("son nom").says("la cardio s'il vous plaît").hears("j'appelle").hangs_up()
    assert ward_of_last_call(hospital) == "cardio"
    kept = hospital.sql("select memory::text || (select string_agg(answer, '') from turns) from calls").scalar_one()
    assert "s'il vous pla" not in kept  # what was heard is neither stored nor logged


def test_a_name_that_two_hospitals_share_is_told_apart(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).hears("urgence").says("rhumatologie").hears("Rhumatologie, Avicenne, tapez 1").hangs_up()
    hospital.sim.run_until_idle()


def test_without_speech_only_the_keypad_is_asked_for(build: Callable[..., Hospital]) -> None:
    hospital = build(speech=False)
    hospital.gp.dials(LINE).hears("dièse").expects_no("dites son nom").hangs_up()
    hospital.sim.run_until_idle()


def test_a_known_gp_is_greeted_by_name_and_offered_his_last_ward(hospital: Hospital) -> None:
    hospital.mobile_gp.dials(LINE).hears("Bonjour, docteur Hugo Petit").expects_no("tapez 1").presses("227#")
    hospital.mobile_gp.hears("j'appelle").hangs_up()
    hospital.sim.run_until_idle()
    hospital.mobile_gp.dials(LINE).hears("Pour Cardiologie, Cochin, tapez 1").presses("1#").hears("en cours")
    hospital.mobile_gp.hangs_up()
    assert ward_of_last_call(hospital) == "cardio"


def test_a_number_of_several_doctors_is_greeted_as_nobody(hospital: Hospital) -> None:
    practice = hospital.sim.phone("+33199000011", "Cabinet des Lilas")
    practice.dials(LINE).hears("dièse").expects_no("Morel").expects_no("Diallo").presses("227#").hears("j'appelle")
    practice.hangs_up()
    hospital.sim.run_until_idle()
    practice.dials(LINE).hears("dièse").expects_no("Pour Cardiologie").hangs_up()
    hospital.sim.run_until_idle()


def test_his_rights_are_told_on_9(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("9#").hears("délégué à la protection des données").presses("227#").hears(
        "j'appelle"
    )
    hospital.gp.hangs_up()
    assert ward_of_last_call(hospital) == "cardio"


def test_9_says_how_long_a_message_is_kept_and_whom_to_call_once_that_is_decided(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("9#").hears("L'hôpital fixe combien de temps").hangs_up()
    with hospital.engine.begin() as conn:
        moment, by = clock.read(conn), Actor(None, "test")
        rules.approve(conn, moment, by, Kind.RECORDINGS, 45, "La déléguée")
        contact = Contact("Cochin", "La déléguée", phone="+33199000207")
        information.save(conn, moment, by, None, contact, fingerprint(Contact()))
    hospital.gp.dials(LINE).presses("9#").hears("effacé 45 jours après").hears("01, 99, 00, 02, 07").hangs_up()


@pytest.mark.parametrize("keys", ["*", "*#", "1234567890123#", "#", "11#", "0000#"])
def test_garbage_is_answered_with_a_way_on(hospital: Hospital, keys: str) -> None:
    hospital.gp.dials(LINE).hears("urgence").presses(keys)
    hospital.sim.advance(seconds=12)
    hospital.gp.presses("227#").hears("j'appelle", within=60).hangs_up()
    assert ward_of_last_call(hospital) == "cardio"


def test_who_hangs_up_before_choosing_is_a_lost_call_and_is_owed_nothing(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).hears("urgence").hangs_up()
    assert ward_of_last_call(hospital) is None
    assert (hospital.calls()[0]["result"], hospital.requests(), hospital.messages()) == ("lost", [], [])
