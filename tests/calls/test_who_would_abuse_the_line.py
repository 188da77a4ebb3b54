"""Whoever would earn from the line, flood it, or bring it again what it has heard: the promise stands, nothing more."""

from collections.abc import Callable
from datetime import timedelta

from simulator import no_answer, takes_the_call, wsgi
from tests.calls.hospital import AMELIE, BRUNO, LINE, Hospital
from tests.calls.test_leaving_a_message import to_the_promise

REGISTER = ("calls", "requests", "events", "parts", "recordings", "attempts", "outbox", "written", "dialogues")


def rows(hospital: Hospital) -> dict[str, str]:
    """What stands in the register, but for signs of life."""
    told = {
        table: f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} t"
        for table in REGISTER
    }
    told["requests"] = "select md5(string_agg((to_jsonb(r) - 'notice_at')::text, '|' order by id)) from requests r"
    told["calls"] = "select md5(string_agg((to_jsonb(c) - 'heard_real')::text, '|' order by sid)) from calls c"
    return {table: hospital.sql(query).scalar_one() for table, query in told.items()}


def a_call_with_a_message(hospital: Hospital) -> None:
    hospital.amelie.behaves(takes_the_call(conversation=20))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    hospital.sim.advance(seconds=40)
    hospital.gp.hangs_up()
    hospital.sql("delete from shifts")
    gp = to_the_promise(hospital, hospital.gp)
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").presses("1").presses("1").hears("noté")
    hospital.mobile_gp.sends(LINE, "cardiologie : avis pour un patient")
    hospital.sim.run_until_idle()


def test_who_recorded_every_signed_webhook_and_brings_them_again_changes_nothing(
    build: Callable[..., Hospital],
) -> None:
    hospital = build(strict=False)
    a_call_with_a_message(hospital)
    hospital.passes(minutes=1)  # the wards are told of both
    recorded = [request for request, _ in hospital.carried]
    assert len(recorded) > 15
    hospital.silent = True
    for passed in (timedelta(), timedelta(hours=25)):
        hospital.now_is(hospital.sim.now + passed)
        before = rows(hospital)
        for request in recorded:
            wsgi(hospital.app)(request)
        assert rows(hospital) == before
    hospital.ticks()
    assert rows(hospital) == before  # a word may be owed anew, and is found to have been given


def test_a_premium_number_in_the_rota_is_never_dialled(hospital: Hospital) -> None:
    hospital.sql("update people set phone = '+33892123456' where phone = :amelie", amelie=AMELIE)
    hospital.bruno.behaves(takes_the_call())
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == [BRUNO]


def test_a_hidden_caller_cannot_send_a_senior_s_call_abroad(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = to_the_promise(hospital, hospital.gp, shown_as="anonymous")
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("Composez le numéro").presses(
        "0032470123456#"
    )
    gp.hears("ne peut pas être rappelé").hangs_up()
    hospital.sim.run_until_idle()
    assert [(each["caller"], each["parts"]) for each in hospital.requests()] == [(None, 1)]


def test_a_machine_that_dials_all_night_alerts_nobody_a_hundred_times(hospital: Hospital) -> None:
    """Each call is answered and on record; without a message it joins what the number has on file already."""
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    to_the_promise(hospital, hospital.gp).hangs_up()
    hospital.sim.advance(seconds=90)
    hospital.sql(
        "insert into requests (reference, ward_id, channel, caller, created_at, due_at, next_rung, next_step_at)"
        " select 111110 + n, ward_id, channel, caller, created_at, due_at, 'second', due_at from requests"
        " cross join generate_series(1, 9) n"
    )
    before = len(hospital.messages("alert"))
    to_the_promise(hospital, hospital.gp).hangs_up()
    hospital.sim.advance(seconds=90)
    assert (before, len(hospital.requests()), len(hospital.messages("alert"))) == (1, 10, 1)
    assert [call["result"] for call in hospital.calls()] == ["request", "request"]
    to_the_promise(hospital, hospital.gp).leaves_message(seconds=9).hangs_up()
    hospital.sim.advance(seconds=90)
    assert (len(hospital.requests()), len(hospital.messages("alert"))) == (11, 2)
