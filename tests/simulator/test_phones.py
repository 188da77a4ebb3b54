"""Scripts that read like calls fail when the call goes otherwise, and say why."""

import json

import pytest

from simulator import Handset, Simulator, answers, hangs_up, hears, network_voicemail, presses, says, talks
from simulator.legs import Sound
from simulator.phones import Ear, normal
from tests.simulator.application import LINE, SENIOR, Application

MENU = '<Gather numDigits="1" action="/next"><Say>Urgence vitale, composez le quinze.</Say></Gather><Say>Rien</Say>'


def test_waiting_for_words_that_do_not_come_fails_with_the_transcript(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    app.pages["/voice"] = MENU
    with pytest.raises(AssertionError, match="did not hear 'cardiologie'") as failure:
        gp.dials(LINE).hears("cardiologie")
    assert "say: Urgence vitale" in str(failure.value)
    assert "webhook" in str(failure.value)


def test_words_are_heard_when_they_have_been_spoken(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = MENU
    gp.dials(LINE).hears("urgence")
    assert sim.clock.seconds() == pytest.approx(0.1 + 7 / 14, abs=0.01)
    gp.hears("quinze")
    assert sim.clock.seconds() == pytest.approx(0.1 + 34 / 14, abs=0.01)


def test_interrupted_words_are_not_heard(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages |= {"/voice": MENU, "/next": "<Say>Suite</Say>"}
    gp.dials(LINE).hears("urgence").presses("1").hears("suite")
    assert "quinze" not in gp.heard
    with pytest.raises(AssertionError):
        sim.phone("+33199000002").dials(LINE).hears("urgence").presses("1").hears("quinze", within=20)


def test_words_are_heard_in_order_only(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = MENU
    gp.dials(LINE).hears("quinze")
    with pytest.raises(AssertionError):
        gp.hears("urgence", within=20)


def test_unexpected_words_fail(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = MENU
    gp.dials(LINE).hears("quinze")
    with pytest.raises(AssertionError, match="should not have heard"):
        gp.expects_no("vitale")


def test_keys_on_a_dead_line_fail(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = "<Hangup/>"
    gp.dials(LINE).is_hung_up_on()
    with pytest.raises(AssertionError, match="not on the line"):
        gp.presses("1")


def test_a_telephone_that_does_not_ring_fails(sim: Simulator, senior: Handset) -> None:
    with pytest.raises(AssertionError, match="did not ring within 30 s"):
        senior.rings(within=30)


def test_no_sms_fails_and_shows_those_there_are(sim: Simulator, senior: Handset) -> None:
    sim.messages.send(LINE, SENIOR, "Demande 724193")
    senior.reads("724193")
    with pytest.raises(AssertionError, match="Demande 724193"):
        senior.reads("981244", within=5)


def test_declining_and_letting_it_ring(app: Application, sim: Simulator, gp: Handset, senior: Handset) -> None:
    app.pages["/voice"] = f'<Dial timeout="10" action="/after">{SENIOR}</Dial>'
    app.pages["/after"] = "<Say>Suite</Say>"
    gp.dials(LINE)
    senior.declines()
    gp.hears("suite")
    assert app.last("/after")["DialCallStatus"] == "busy"
    gp.is_hung_up_on().dials(LINE)
    senior.lets_it_ring()
    gp.hears("suite")
    assert app.last("/after")["DialCallStatus"] == "no-answer"


def test_people_who_are_put_through_hear_each_other(
    app: Application, sim: Simulator, gp: Handset, senior: Handset
) -> None:
    app.pages["/voice"] = f"<Dial>{SENIOR}</Dial>"
    gp.dials(LINE)
    senior.answers().is_put_through(gp).says("Bonjour, cardiologie")
    gp.hears("cardiologie").says("Bonjour, confrère")
    senior.hears("confrère").hangs_up()
    gp.is_hung_up_on()


def test_being_put_through_to_somebody_else_fails(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial>{SENIOR}</Dial>"
    sim.phone(SENIOR).behaves(answers(talks(5), hangs_up()))
    with pytest.raises(AssertionError, match="not \\+33639980002"):
        gp.dials(LINE).is_put_through(sim.phone("+33639980002"))


def test_a_person_with_a_script_hangs_up_when_the_words_do_not_come(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    app.pages["/voice"] = f"<Dial action='/after'><Number url='/w'>{SENIOR}</Number></Dial>"
    app.pages |= {"/w": '<Pause length="60"/><Hangup/>', "/after": "<Say>Suite</Say>"}
    sim.phone(SENIOR).behaves(answers(hears("tapez", limit=10), presses("1")))
    gp.dials(LINE).hears("suite")
    assert app.last("/after")["DialCallDuration"] == "10"


def test_a_person_may_speak_to_a_machine(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial action='/after'><Number url='/w'>{SENIOR}</Number></Dial>"
    app.pages |= {"/w": '<Gather input="speech" action="/said"/><Hangup/>', "/said": "<Hangup/>", "/after": ""}
    sim.phone(SENIOR).behaves(answers(says("oui je prends", confidence=0.5)))
    gp.dials(LINE).is_hung_up_on()
    assert (app.last("/said")["SpeechResult"], app.last("/said")["Confidence"]) == ("oui je prends", "0.5")


def test_a_voicemail_hangs_up_when_it_is_full(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f"<Dial action='/after'>{SENIOR}</Dial>"
    app.pages["/after"] = ""
    sim.phone(SENIOR).behaves(network_voicemail(after=1, greeting=5, max_record=60))
    gp.dials(LINE).is_hung_up_on()
    assert app.last("/after")["DialCallDuration"] == "65"


def test_apostrophes_and_case_do_not_matter_and_accents_do() -> None:
    assert normal("J’APPELLE  l'Hôpital") == "j'appelle  l'hôpital"
    ear, sounds = Ear(), [Sound("say", "Hôpital Cochin", 0.0, 1.0)]
    assert ear.find(sounds, "hôpital")
    assert ear.find(sounds, "hopital") is None


def test_the_trace_is_exported_in_order(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = MENU
    gp.dials(LINE).hears("rien").is_hung_up_on()
    entries = json.loads(sim.trace.to_json())
    assert [entry["kind"] for entry in entries][:3] == ["call", "webhook", "answer"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert entries[1]["data"]["params"]["CallStatus"] == "ringing"
    assert "<Gather" in entries[2]["data"]["body"]


def test_a_strict_simulator_fails_on_a_warning_and_a_tolerant_one_goes_on(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    app.pages["/voice"] = '<Say foo="1">Bonjour</Say>'
    with pytest.raises(AssertionError, match="12200"):
        gp.dials(LINE).hears("bonjour")
    sim.trace.allowed.add(12200)
    gp.is_hung_up_on().dials(LINE).hears("bonjour")
    assert [complaint.level for complaint in sim.trace.debugger] == ["warning", "warning"]
    sim.trace.debugger.clear()
