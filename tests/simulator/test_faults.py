"""What goes wrong goes wrong as told, and the same way each time for the same seed."""

from collections.abc import Callable

import pytest

from simulator import Faults, Simulator, calling, takes_the_call
from tests.simulator.application import GP, LINE, SENIOR, Application


def conversation(app: Application) -> None:
    app.pages["/voice"] = (
        f'<Dial action="/after" timeout="15"><Number url="/whisper" statusCallback="/leg" '
        f'statusCallbackEvent="initiated ringing answered completed">{SENIOR}</Number></Dial>'
    )
    app.pages["/whisper"] = '<Gather numDigits="1" action="/key"><Say>Tapez 1</Say></Gather><Hangup/>'
    app.pages |= {"/key": "", "/after": "<Say>Suite</Say>"}


def play(sim: Simulator) -> None:
    sim.phone(SENIOR).behaves(takes_the_call(conversation=10))
    sim.phone(GP).dials(LINE).is_hung_up_on()
    sim.run_until_idle()


def events(app: Application) -> list[str]:
    return [asked.params["CallStatus"] for asked in app.at("/leg")]


IN_ORDER = ["initiated", "ringing", "in-progress", "completed"]


def test_without_faults_everything_arrives_once_and_in_order(app: Application, sim: Simulator) -> None:
    conversation(app)
    play(sim)
    assert events(app) == IN_ORDER
    assert [len(app.at(path)) for path in ("/voice", "/whisper", "/key", "/after", "/status")] == [1, 1, 1, 1, 1]


def test_a_duplicate_carries_the_same_parameters_and_token(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.duplicate("dial").duplicate("number-status", times=1)
    play(sim)
    first, second = app.at("/after")
    assert first.pairs == second.pairs
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    assert events(app) == ["initiated", *IN_ORDER]


def test_a_lost_callback_never_arrives(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.lose("number-status", times=2)
    play(sim)
    assert events(app) == IN_ORDER[2:]


def test_callbacks_come_in_another_order(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.reorder("number-status", share=1.0, times=1)
    play(sim)
    assert events(app) == ["ringing", "initiated", "in-progress", "completed"]
    assert [asked.params["SequenceNumber"] for asked in app.at("/leg")] == ["1", "0", "2", "3"]


def test_a_held_callback_is_not_held_for_ever(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.reorder("*status", share=1.0)
    play(sim)
    assert sorted(events(app)) == sorted(IN_ORDER)
    assert len(app.at("/status")) == 1


def test_a_callback_may_be_late(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.delay("status", seconds=40)
    play(sim)
    waited = next(entry.at for entry in sim.trace.webhooks("status")) - sim.phone(GP).leg.ended  # type: ignore[operator]
    assert waited.total_seconds() == pytest.approx(40.05, abs=0.01)


@pytest.mark.parametrize("kind", ["voice", "dial", "gather"])
def test_a_lost_document_request_is_an_error_for_the_caller(
    app: Application, make: Callable[..., Simulator], kind: str
) -> None:
    sim = make(strict=False)
    conversation(app)
    sim.faults.lose(kind, times=1)
    play(sim)
    assert [complaint.code for complaint in sim.trace.debugger] == [11205]


def test_an_answer_that_is_lost_was_worked_on_all_the_same(app: Application, make: Callable[..., Simulator]) -> None:
    sim = make(strict=False)
    conversation(app)
    sim.faults.lose_answer("dial")
    sim.phone(SENIOR).behaves(takes_the_call(conversation=10))
    sim.phone(GP).dials(LINE).hears("application error")
    assert len(app.at("/after")) == 1


def test_chance_is_the_same_for_the_same_seed_and_not_for_another(make: Callable[..., Simulator]) -> None:
    def outcome(seed: int) -> list[tuple[str, str]]:
        app = Application()
        conversation(app)
        faults = Faults(seed).lose("number-status", 0.3).duplicate("number-status", 0.3).reorder(share=0.4)
        sim = Simulator(make().office.lines.values(), transport=calling(app), faults=faults, strict=False)
        for _ in range(5):
            play(sim)
        return [(asked.path, asked.params["CallStatus"]) for asked in app.asked]

    assert outcome(7) == outcome(7)
    assert outcome(7) != outcome(8)


def test_all_is_well_again_after_clear(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.lose("*")
    sim.faults.clear()
    play(sim)
    assert events(app) == IN_ORDER


def test_a_skewed_clock_shows_in_the_timestamps(app: Application, sim: Simulator) -> None:
    conversation(app)
    sim.faults.clock_skew = -120
    play(sim)
    assert app.at("/leg")[0].params["Timestamp"] == "Mon, 23 Nov 2026 12:58:00 +0000"
