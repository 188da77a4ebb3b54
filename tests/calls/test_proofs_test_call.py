"""A test of a ward's line: those who would be rung are rung in turn and hear that it is one; a GP comes first."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from callbacks import test_call, verification
from callbacks.ladder import Channel
from callbacks.test_call import Refusal, Test
from config import clock
from scheduling.planning.trail import Actor
from simulator import Behaviour, answers, busy, hears, instant_voicemail, invalid, no_answer, presses, says_nothing
from tests.calls.hospital import AMELIE, BRUNO, LINE, Hospital
from tests.calls.proofs import EVENING, NAMES, Evening

ONE = answers(hears("aucun médecin n'attend"), presses("1"))
TWO = answers(hears("Ceci est un essai"), presses("2"))


class Trial(Evening):
    """Amélie and Bruno are on call; Fanny, who edits their rota, tests the line."""

    def begins(self) -> int | Refusal:
        with self.hospital.engine.begin() as conn:
            moment = clock.read(conn)
            return test_call.begin(conn, moment, Actor(self.editor_id, "Fanny"), self.ward_id)

    def runs(self, seconds: float = 120) -> Test:
        """Start a test and wait."""
        assert isinstance(self.begins(), int)
        self.hospital.sim.advance(seconds=seconds)
        return self.latest()

    def latest(self) -> Test:
        with self.hospital.engine.begin() as conn:
            test = test_call.latest(conn, self.ward_id)
        assert test is not None
        return test

    def rung(self) -> list[str]:
        """Whom the carrier rang, in order."""
        rows = self.rows("select recipient from outbox where purpose = 'test_call' and sent_at is not null order by id")
        return [NAMES[row.recipient] for row in rows]


def results(test: Test) -> list[tuple[str, str]]:
    return [(ring.person.split()[0], str(ring.result)) for ring in test.rings]


@pytest.fixture
def trial(build: Callable[..., Hospital]) -> Iterator[Trial]:
    """A ward in the evening, half an hour into its night; it asks nobody whether he is there."""
    trial = Trial(build(start=EVENING + timedelta(hours=1)), AMELIE, BRUNO)
    trial.hospital.sql("update wards set asks_presence = false, announces_shift = false")
    yield trial
    assert not trial.hospital.sim.trace.debugger, trial.hospital.sim.trace.debugger


def test_each_is_rung_in_turn_hears_that_it_is_a_test_and_presses_1(trial: Trial) -> None:
    hospital = trial.hospital
    hospital.amelie.behaves(ONE)
    hospital.bruno.behaves(ONE)
    test = trial.runs()
    assert results(test) == [("Amélie", "taken"), ("Bruno", "taken")]
    assert (test.over, test.by) == (True, "Fanny")
    assert "Cardiologie. Ceci est un essai de la ligne, aucun médecin n'attend" in trial.heard(hospital.amelie)
    # One after the other, never both: Bruno rings when Amélie has hung up.
    amelie, bruno = hospital.amelie.phone.legs[0], hospital.bruno.phone.legs[0]
    assert amelie.ended is not None
    assert bruno.created >= amelie.ended
    assert hospital.requests() == []
    assert hospital.calls() == []  # nothing of it is a call of a GP


def test_who_pressed_1_has_proved_his_telephone(trial: Trial) -> None:
    trial.hospital.amelie.behaves(ONE)
    trial.hospital.bruno.behaves(says_nothing())
    trial.runs()
    verified = trial.rows("select phone from people where phone_verified_at is not null")
    assert [row.phone for row in verified] == [AMELIE]


@pytest.mark.parametrize(
    ("telephone", "result"),
    [
        (TWO, "passed"),
        (no_answer(), "no-answer"),
        (busy(), "busy"),
        (instant_voicemail(), "answered"),
        (says_nothing(), "answered"),
        (invalid(), "failed"),
    ],
    ids=["presses 2", "rings out", "busy", "voicemail", "presses nothing", "no such number"],
)
def test_what_becomes_of_a_ring_is_told_and_the_next_is_rung(trial: Trial, telephone: Behaviour, result: str) -> None:
    trial.hospital.amelie.behaves(telephone)
    trial.hospital.bruno.behaves(ONE)
    test = trial.runs()
    assert results(test) == [("Amélie", result), ("Bruno", "taken")]
    assert test.over


def test_a_telephone_rings_for_a_quarter_of_a_minute(trial: Trial) -> None:
    trial.hospital.amelie.behaves(no_answer())
    trial.hospital.bruno.behaves(ONE)
    trial.runs()
    [leg] = trial.hospital.amelie.phone.legs
    assert leg.ended is not None
    assert timedelta(seconds=15) <= leg.ended - leg.created <= timedelta(seconds=21)  # the carrier may add five


def test_who_talks_with_a_gp_is_not_disturbed(trial: Trial) -> None:
    hospital = trial.hospital
    hospital.bruno.behaves(ONE)
    hospital.gp.dials(LINE).presses("227#")
    hospital.amelie.rings().answers().hears("demande un avis").presses("1")
    hospital.sim.advance(seconds=5)
    test = trial.runs(seconds=60)
    assert results(test) == [("Amélie", "busy"), ("Bruno", "taken")]
    assert trial.rung() == ["Bruno"]


def test_a_gps_call_that_rings_comes_first(trial: Trial) -> None:
    hospital = trial.hospital
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#").hears_ringing()
    assert isinstance(trial.begins(), int)
    hospital.sim.advance(seconds=20)
    assert trial.rung() == []  # while Amélie, then Bruno, is rung for the GP
    hospital.gp.hangs_up()
    hospital.sim.advance(seconds=90)
    assert trial.rung() == ["Amélie", "Bruno"]
    assert trial.latest().over


def test_several_ticks_ring_each_once(trial: Trial) -> None:
    trial.ticks = 3
    trial.hospital.amelie.behaves(ONE)
    trial.hospital.bruno.behaves(no_answer())
    trial.runs()
    assert trial.rung() == ["Amélie", "Bruno"]


def test_a_carrier_that_says_nothing_more_does_not_keep_a_test_for_ever(trial: Trial) -> None:
    trial.hospital.amelie.behaves(no_answer())
    trial.hospital.bruno.behaves(ONE)
    carry = trial.hospital.app.wsgi_app

    def deaf(environ: dict[str, object], start: Callable[..., object]) -> object:
        if str(environ["PATH_INFO"]).endswith("/status"):
            start("204 NO CONTENT", [])
            return [b""]
        return carry(environ, start)  # type: ignore[arg-type]

    trial.hospital.app.wsgi_app = deaf  # type: ignore[assignment,method-assign]
    test = trial.runs(seconds=400)
    assert results(test) == [("Amélie", "no-answer"), ("Bruno", "taken")]
    assert test.over


def test_webhooks_that_come_again_change_nothing(trial: Trial) -> None:
    hospital = trial.hospital
    hospital.amelie.behaves(ONE)
    hospital.bruno.behaves(TWO)
    before = trial.runs()
    for request, answer in list(hospital.carried):
        assert hospital._carry(request).body == answer.body
    hospital.sim.advance(seconds=30)
    assert trial.latest() == before
    assert trial.rung() == ["Amélie", "Bruno"]


def test_one_test_of_a_ward_at_a_time(trial: Trial) -> None:
    trial.hospital.amelie.behaves(ONE)
    trial.hospital.bruno.behaves(ONE)
    assert isinstance(trial.begins(), int)
    assert trial.begins() is Refusal.RUNNING
    trial.hospital.sim.advance(seconds=90)
    assert trial.begins() is Refusal.TOO_SOON
    trial.hospital.sim.advance(seconds=60)
    assert isinstance(trial.begins(), int)


# A telephone that is verified by a call


def test_who_presses_1_in_our_call_has_verified_his_telephone(trial: Trial) -> None:
    trial.hospital.amelie.behaves(answers(hears("joindre à ce numéro"), presses("1")))
    sends(trial, Channel.CALL)
    trial.hospital.sim.advance(seconds=60)
    [row] = trial.rows("select phone from people where phone_verified_at is not null")
    assert row.phone == AMELIE
    assert "votre téléphone est vérifié" in trial.heard(trial.hospital.amelie)
    [line] = trial.rows("select actor from audit where what = 'phone.verified'")
    assert line.actor == "telephone"


@pytest.mark.parametrize("telephone", [instant_voicemail(), answers(presses("5"))], ids=["voicemail", "another key"])
def test_a_voicemail_verifies_nothing(trial: Trial, telephone: Behaviour) -> None:
    trial.hospital.amelie.behaves(telephone)
    sends(trial, Channel.CALL)
    trial.hospital.sim.advance(seconds=120)
    assert trial.rows("select id from people where phone_verified_at is not null") == []


def test_a_number_that_is_no_longer_his_is_not_verified_by_who_answers_it(trial: Trial) -> None:
    sends(trial, Channel.CALL)
    amelie = trial.hospital.amelie.rings(within=60)
    amelie.answers().hears("joindre à ce numéro")
    trial.hospital.sql("update people set phone = '+33639980055' where phone = :phone", phone=AMELIE)
    amelie.presses("1").is_hung_up_on()
    assert trial.rows("select id from people where phone_verified_at is not null") == []


def test_the_code_arrives_by_sms_in_one_segment(trial: Trial) -> None:
    sends(trial, Channel.SMS)
    trial.hospital.sim.advance(seconds=30)
    assert "votre code est" in trial.hospital.amelie.reads("Rappel24").body


def sends(trial: Trial, channel: Channel) -> None:
    hospital = trial.hospital
    amelie = hospital.sql("select id from people where phone = :phone", phone=AMELIE).scalar_one()
    with hospital.engine.begin() as conn:
        moment, by = clock.read(conn), Actor(trial.editor_id, "Fanny")
        sent = verification.send(conn, moment, hospital.house, by, amelie, channel)
    assert isinstance(sent, verification.Sent)
