"""A request that goes from hand to hand, on their telephones: who is asked, who accepts, who need not set out."""

from sqlalchemy import text

from callbacks import holding
from config import clock
from simulator import no_answer
from tests.calls.hospital import AMELIE, BRUNO, LINE, Hospital


def claimed_by_amelie(hospital: Hospital) -> str:
    """A GP has left a message, and Amélie has it; its reference."""
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.mobile_gp
    gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#")
    gp.hears("valider").presses("1").hears("garder").presses("1").hears("Quand").presses("1").hears("noté")
    gp.is_hung_up_on()
    hospital.sim.run_until_idle()
    [request] = hospital.requests()
    reference = str(request["reference"])
    hospital.amelie.reads(reference)
    hospital.amelie.sends(LINE, f"PRIS {reference}")
    hospital.sim.run_until_idle()
    return reference


def offers(hospital: Hospital, to: str) -> None:
    """Amélie asks a colleague to take it over."""
    with hospital.engine.begin() as conn:
        ids = {row.phone: row.id for row in conn.execute(text("select phone, id from people"))}
        request_id = conn.execute(text("select max(id) from requests")).scalar_one()
        holding.offer(conn, request_id, ids[to], clock.read(conn), by=ids[AMELIE])


def test_who_texted_stop_is_rung_when_he_is_asked_and_accepts_with_1(hospital: Hospital) -> None:
    reference = claimed_by_amelie(hospital)
    hospital.sql("update people set opted_out_at = now() where phone = :p", p=BRUNO)
    offers(hospital, BRUNO)
    hospital.bruno.rings(within=120).answers().hears(", ".join(reference)).presses("1").hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    [request] = hospital.requests()
    assert (request["state"], request["claimed_by"]) == ("claimed", BRUNO)
    assert "prise en charge par un confrère" in hospital.amelie.texts[-1].body
