"""<Gather>, rule by rule (the numbers are those of the reference)."""

from collections.abc import Callable

import pytest

from simulator import Handset, Simulator, Unknowns
from tests.simulator.application import GP, LINE, Application

ELSE = "<Say>Rien</Say><Hangup/>"


def ask(app: Application, attributes: str = "", prompt: str = "<Say>Tapez votre choix maintenant</Say>") -> None:
    app.pages["/voice"] = f'<Gather action="/chosen" {attributes}>{prompt}</Gather>{ELSE}'
    app.pages["/chosen"] = "<Say>Merci</Say>"


def test_1_the_first_key_interrupts_the_prompt(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'numDigits="1"', "<Say>Un</Say><Say>Deux et encore bien plus long</Say>")
    gp.dials(LINE).hears("un").presses("5").hears("merci").expects_no("plus long")
    assert app.last("/chosen")["Digits"] == "5"


def test_2_the_timeout_starts_after_the_prompt_and_each_key_restarts_it(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    ask(app, 'timeout="3"')
    gp.dials(LINE).hears("maintenant").waits(2.5).presses("2").waits(2.4).presses("7").hears("merci", within=5)
    assert app.last("/chosen")["Digits"] == "27"


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished"),
    [
        ('numDigits="3"', "227", "227", ""),
        ("", "227#", "227", "#"),
        ('finishOnKey="*"', "22#7*", "22#7", "*"),
        ('finishOnKey="" timeout="2"', "22#", "22#", ""),
        ('timeout="2"', "2", "2", ""),
    ],
)
def test_3_it_ends_on_number_of_digits_finish_key_or_timeout(
    app: Application, sim: Simulator, gp: Handset, attributes: str, keys: str, digits: str, finished: str
) -> None:
    ask(app, attributes)
    gp.dials(LINE).hears("choix").presses(keys).hears("merci")
    assert (app.last("/chosen")["Digits"], app.last("/chosen")["FinishedOnKey"]) == (digits, finished)


def test_4_nothing_keyed_falls_through_to_the_next_verb(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app)
    gp.dials(LINE).hears("rien").is_hung_up_on()
    assert not app.at("/chosen")


def test_4_nothing_keyed_asks_the_action_with_empty_digits_when_told_so(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    ask(app, 'actionOnEmptyResult="true" input="dtmf speech"')
    gp.dials(LINE).hears("merci").expects_no("rien")
    assert (app.last("/chosen")["Digits"], app.last("/chosen")["SpeechResult"]) == ("", "")


@pytest.mark.parametrize(("position", "heard"), [("action", "merci"), ("fall_through", "rien")])
def test_5_only_the_finish_key_is_a_switch(
    app: Application, make: Callable[..., Simulator], position: str, heard: str
) -> None:
    sim = make(unknowns=Unknowns(only_finish_key=position))
    ask(app)
    sim.phone(GP).dials(LINE).hears("choix").presses("#").hears(heard)
    assert [asked.params["Digits"] for asked in app.at("/chosen")] == ([""] if position == "action" else [])


def test_6_verbs_after_a_gather_that_was_answered_are_not_reached(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    ask(app, 'numDigits="1"')
    gp.dials(LINE).hears("choix").presses("1").hears("merci").is_hung_up_on().expects_no("rien")


def test_7_words_end_after_the_silence_that_was_asked_for(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'input="dtmf speech" speechTimeout="3" language="fr-FR"')
    gp.dials(LINE).hears("maintenant").says("cardiologie", confidence=0.87)
    before = sim.clock.seconds()
    gp.hears("merci")
    assert sim.clock.seconds() - before == pytest.approx(3 + 0.1 + 5 / 14, abs=0.02)
    assert {name: app.last("/chosen")[name] for name in ("SpeechResult", "Confidence")} == {
        "SpeechResult": "cardiologie",
        "Confidence": "0.87",
    }
    assert "Digits" not in app.last("/chosen")


def test_7_a_key_wins_over_words_that_are_being_spoken(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'input="dtmf speech" numDigits="1"')
    gp.dials(LINE).hears("maintenant").says("euh attendez voir", seconds=1.0).presses("3").hears("merci")
    assert app.last("/chosen")["Digits"] == "3"


def test_7_noise_is_not_a_result(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'input="dtmf speech"')
    gp.dials(LINE).hears("maintenant").says("", seconds=1.0).hears("rien")


def test_7_words_are_ignored_where_only_keys_are_asked_for(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app)
    gp.dials(LINE).hears("maintenant").says("cardiologie").hears("rien")
    assert not app.at("/chosen")


def test_7_without_barge_in_words_do_not_interrupt_but_keys_do(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'input="dtmf speech" bargeIn="false" numDigits="1"')
    gp.dials(LINE).hears("tapez").says("cardiologie", seconds=0.2).hears("maintenant").presses("4").hears("merci")
    assert app.last("/chosen")["Digits"] == "4"


def test_8_hints_beyond_the_limits_are_a_warning(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    ask(app, f'input="speech" hints="{"x" * 101}"')
    sim.phone(GP).dials(LINE).hears("choix")
    assert [complaint.code for complaint in sim.trace.debugger] == [13329]


def test_9_keys_pressed_during_a_plain_say_are_lost(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = f'<Say>Bienvenue à tous</Say><Gather action="/chosen" numDigits="1"/>{ELSE}'
    gp.dials(LINE).hears("bienvenue").presses("1").hears("rien")
    assert not app.at("/chosen")


def test_without_action_the_current_document_is_asked_again(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/voice"] = lambda asked: "<Say>Encore</Say>" if "Digits" in asked.params else '<Gather numDigits="1"/>'
    gp.dials(LINE).presses("1").hears("encore")
    assert len(app.at("/voice")) == 2


def test_a_stray_finish_key_reaches_the_next_gather(app: Application, sim: Simulator, gp: Handset) -> None:
    """Three letters and # where the third digit already ended the first Gather."""
    ask(app, 'numDigits="3"')
    app.pages["/chosen"] = '<Gather numDigits="1" action="/next"><Say>Suite du menu</Say></Gather><Hangup/>'
    app.pages["/next"] = "<Say>Fin</Say>"
    gp.dials(LINE).hears("choix").presses("227#").hears("fin")
    assert app.last("/next")["Digits"] == ""


def test_a_prompt_repeats_as_often_as_it_says(app: Application, sim: Simulator, gp: Handset) -> None:
    ask(app, 'timeout="1"', '<Say loop="2">Allo</Say>')
    gp.dials(LINE).hears("allo").hears("allo").hears("rien").expects_no("allo Allo Allo")


def test_a_file_plays_for_its_own_length(app: Application, sim: Simulator, gp: Handset) -> None:
    wav = b"RIFF" + b"\0" * 4 + b"WAVE" + b"\0" * 16 + (16000).to_bytes(4, "little") + b"\0" * 12 + bytes(48000)
    app.pages["/prompt.wav"] = lambda asked: (200, {"Content-Type": "audio/wav"}, wav)
    app.pages["/voice"] = "<Play>/prompt.wav</Play><Say>Voilà</Say>"
    gp.dials(LINE).hears("prompt.wav")
    at = sim.clock.seconds()
    gp.hears("voilà")
    assert app.at("/prompt.wav")[0].method == "GET"
    assert sim.clock.seconds() - at <= 0.5
    assert at == pytest.approx(0.1 + 0.1 + 3.0, abs=0.05)
