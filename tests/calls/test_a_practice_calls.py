"""A secretary calls from a practice of two doctors: greeted by its name, she says for whom, and he is told."""

from sqlalchemy import insert, update

from scheduling import practices
from scheduling.practices import Entry
from scheduling.tables import practitioner_phones, practitioners
from simulator import no_answer
from tests.calls.hospital import LINE, Hospital

PRACTICE, LINA_MOBILE = "+33199000012", "+33639989012"


def opens(hospital: Hospital) -> tuple[int, int]:
    """Dr Nora Blanc and Dr Sacha Roy, at the Maison des Lilas; Nora has a mobile and can be reached at noon."""
    with hospital.engine.begin() as conn:
        row = insert(practitioners).returning(practitioners.c.id)
        nora, sacha = (conn.execute(row.values(name=name)).scalar_one() for name in ("Dr Nora Blanc", "Dr Sacha Roy"))
        for who, phone in ((nora, LINA_MOBILE), (sacha, "+33199000013")):
            conn.execute(insert(practitioner_phones).values(practitioner_id=who, phone=phone))
        conn.execute(update(practitioners).where(practitioners.c.id == nora).values(reach="noon"))
        members = frozenset({nora, sacha})
        practices.write(conn, None, Entry("Maison des Lilas", "group", "", "Les Lilas", None, (PRACTICE,), members))
        return nora, sacha


def test_she_is_greeted_by_the_practice_and_says_for_which_doctor(hospital: Hospital) -> None:
    nora, _ = opens(hospital)
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    hospital.sim.phone(LINA_MOBILE, "Nora")
    gp = hospital.sim.phone(PRACTICE, "Secrétaire").dials(LINE).hears("Bonjour, Maison des Lilas").presses("227#")
    gp.hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#").hears("valider").presses("1")
    gp.hears("Pour quel médecin").hears("Nora Blanc, tapez 1").presses("1")
    gp.hears("garder ce numéro").presses("1").hears("Quand").hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(seconds=30)
    row = hospital.sql("select practitioner_id, caller, reach from requests").one()
    assert (row.practitioner_id, row.caller) == (nora, PRACTICE)
    assert {each["to"] for each in hospital.messages("confirmation")} == {LINA_MOBILE}


def test_who_says_for_nobody_is_not_kept_from_going_on(hospital: Hospital) -> None:
    opens(hospital)
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.sim.phone(PRACTICE, "Secrétaire").dials(LINE).hears("Maison des Lilas").presses("227#")
    gp.hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#").hears("valider").presses("1")
    gp.hears("Pour quel médecin").hears("garder ce numéro", within=60).presses("1").hears("Quand").presses("1")
    gp.hears("noté").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select practitioner_id from requests").scalar_one() is None
