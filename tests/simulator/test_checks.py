"""Assertions on what happened can fail."""

import pytest

from simulator import Handset, Simulator, network_voicemail, takes_the_call
from simulator.checks import (
    assert_no_leg_ringing,
    assert_no_long_silence,
    bridged,
    leaks,
    longest_silence,
    rung,
    silences,
    texted,
)
from tests.simulator.application import GP, LINE, SENIOR, Application


def test_a_pause_and_a_wait_for_keys_are_silence(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Say>Bonjour</Say><Pause length="7"/><Gather timeout="4"/><Say>Fin</Say>'
    gp.dials(LINE).is_hung_up_on()
    assert longest_silence(gp.leg) == pytest.approx(11.0)
    assert_no_long_silence(sim, seconds=11.1)
    with pytest.raises(AssertionError, match=r"heard nothing for 11\.0 s"):
        assert_no_long_silence(sim, seconds=10.9)


def test_ringing_talking_and_being_recorded_are_not_silence(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial action='/after'>{SENIOR}</Dial>"
    app.pages |= {"/after": "<Record action='/rec' maxLength='60' timeout='50'/>", "/rec": "<Say>Fin</Say>"}
    sim.phone(SENIOR).behaves(takes_the_call(after=12, conversation=40))
    gp.dials(LINE).leaves_message(20).hears("fin").is_hung_up_on()
    assert longest_silence(gp.leg) < 1


def test_silence_at_the_end_of_a_call_counts(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Say>Bonjour</Say><Pause length="30"/>'
    gp.dials(LINE).is_hung_up_on()
    assert [round(end - start) for start, end in silences(gp.leg)] == [30]


def test_a_call_that_was_never_answered_was_not_silent(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = "<Reject/>"
    gp.dials(LINE).is_hung_up_on()
    assert silences(gp.leg) == []


def test_a_call_still_under_way_is_noticed(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = '<Pause length="30"/>'
    gp.dials(LINE)
    with pytest.raises(AssertionError, match="still under way"):
        assert_no_leg_ringing(sim)
    sim.run_until_idle()
    assert_no_leg_ringing(sim)


def test_who_was_put_through_rung_and_texted(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial>{SENIOR}</Dial>"
    sim.phone(SENIOR).behaves(takes_the_call(conversation=5))
    gp.dials(LINE).is_hung_up_on()
    sim.messages.send(LINE, SENIOR, "Demande 724193")
    assert bridged(sim, GP, SENIOR)
    assert bridged(sim, SENIOR, GP)
    assert not bridged(sim, GP, LINE)
    assert (rung(sim), texted(sim)) == ([SENIOR], [SENIOR])


@pytest.mark.parametrize("place", ["whisper", "url", "sms", "nowhere"])
def test_what_must_not_leave_is_found_where_it_left(app: Application, sim: Simulator, gp: Handset, place: str) -> None:
    secret = "une patiente"
    whisper, query = (secret if place == "whisper" else "Appel"), ("une%20patiente" if place == "url" else "x")
    app.pages["/voice"] = f"<Say>{secret}</Say><Dial><Number url='/w?{query}'>{SENIOR}</Number></Dial>"
    app.pages["/w"] = f"<Say>{whisper}</Say><Hangup/>"
    sim.phone(SENIOR).behaves(network_voicemail(after=1))
    gp.dials(LINE).is_hung_up_on()
    sim.messages.send(LINE, SENIOR, "Pour Une Patiente" if place == "sms" else "Demande")
    found = leaks(sim, [secret, "une%20patiente"])
    assert bool(found) is (place != "nowhere")
    assert all({"whisper": "said to", "url": "URL", "sms": "SMS"}[place] in where for where in found)
