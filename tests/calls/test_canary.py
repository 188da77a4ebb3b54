"""The line calls itself every few minutes; when it does not answer, somebody hears of it by another way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import Engine, QueuePool, text

from callbacks.canary_watch import Watch
from callbacks.carrier import Call
from simulator import Line, Simulator
from tests.callbacks.mailroom import Mailroom, mailroom, outgoing
from tests.calls.hospital import CANARY, LINE, Hospital, SimulatedTwilio

OPERATOR = "exploitation@cochin.test"
FIVE = timedelta(minutes=5)


@dataclass
class Elsewhere:
    """A watch at another house; what it was told, and what it answers."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    status: int = 200
    on_asked: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/5e-cret"


@contextmanager
def somebody_elsewhere() -> Iterator[Elsewhere]:
    watch = Elsewhere()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            watch.asked.append(self.path)
            watch.on_asked()
            self.send_response(watch.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        watch.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield watch
        server.shutdown()
        thread.join()


class LosesTones(SimulatedTwilio):
    """Carries voices alone."""

    def place_call(self, call: Call) -> str:
        return super().place_call(replace(call, keys=""))


class Killed(BaseException):
    """The process is gone."""


class KillsUs(SimulatedTwilio):
    """Accepts the call, and that is the last we do."""

    def place_call(self, call: Call) -> str:
        super().place_call(call)
        raise Killed


@dataclass
class Watched:
    """A hospital whose line is watched, its operator's mailbox, and the watch elsewhere."""

    hospital: Hospital
    mail: Mailroom
    elsewhere: Elsewhere
    watch: Watch

    def passes(self, **delta: float) -> None:
        """Time, with a look every few seconds while a call is out, and every half minute while none is."""
        hospital, until = self.hospital, self.hospital.sim.now + timedelta(**delta)
        hospital.silent = True  # nobody else's work is wanted here
        while hospital.sim.now < until:
            hospital.now_is(hospital.sim.now)
            self.watch.look()
            hospital.sim.advance(seconds=3 if "placed" in self.states()[-1:] else 60)

    def states(self) -> list[str]:
        return list(self.hospital.sql("select state from canaries order by placed_real").scalars())

    def reasons(self) -> list[str]:
        return list(self.hospital.sql("select distinct reason from canaries where reason is not null").scalars())

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.mail.letters]

    def breaks(self) -> None:
        """The number leads nowhere."""
        self.hospital.sim.office.lines[LINE].voice_url = "https://rappel24.test/nowhere"

    def is_mended(self) -> None:
        self.hospital.sim.office.lines[LINE].voice_url = "https://rappel24.test/webhooks/voice"


@pytest.fixture
def watched(build: Callable[..., Hospital]) -> Iterator[Watched]:
    hospital = build(strict=False)
    hospital.sim.office.add_line(Line(CANARY))
    with mailroom() as mail, somebody_elsewhere() as elsewhere:
        house = replace(hospital.house, alert_email=OPERATOR)
        watch = Watch(hospital.engine, hospital.carrier, house, FIVE, outgoing(mail), elsewhere.url)
        yield Watched(hospital, mail, elsewhere, watch)


def test_the_line_answers_itself_every_five_minutes_and_understands_its_key(watched: Watched) -> None:
    watched.passes(minutes=11)
    assert watched.states() == ["well"] * 3
    assert watched.elsewhere.asked == ["/ping/5e-cret"] * 3
    assert (watched.hospital.alarms(), watched.mail.letters) == ([], [])
    assert not watched.hospital.sim.trace.debugger


def test_it_takes_no_callers_place(watched: Watched) -> None:
    watched.passes(minutes=1)
    hospital = watched.hospital
    assert (hospital.calls(), hospital.requests(), hospital.messages()) == ([], [], [])
    call = hospital.sql("select direction, result, caller, ward_id, step, ended_at from calls").one()
    assert (call.direction, call.result, call.caller, call.ward_id) == ("canary", "followup", CANARY, None)
    assert call.step == "which_hospital"
    assert call.ended_at is not None


def test_while_every_ward_is_being_prepared_it_is_put_through_to_no_switchboard(watched: Watched) -> None:
    watched.hospital.sql("update wards set live_from = null")
    watched.passes(minutes=1)
    assert watched.states() == ["well"]
    assert watched.hospital.sql("select step from calls").scalars().all() == ["no_switchboard"]


def test_a_call_from_that_number_that_nobody_placed_is_a_callers(watched: Watched) -> None:
    hospital = watched.hospital
    somebody = hospital.sim.phone(CANARY)
    somebody.dials(LINE).hears("urgence").hangs_up()
    hospital.sim.run_until_idle()
    assert [call["result"] for call in hospital.calls()] == ["lost"]


def test_broken_once_nobody_is_woken_for(watched: Watched) -> None:
    watched.breaks()
    watched.passes(seconds=50)
    watched.is_mended()
    watched.passes(minutes=2)
    assert watched.states() == ["broken", "well"]
    assert (watched.hospital.alarms(), watched.mail.letters) == ([], [])


def test_a_line_that_is_dead_is_told_of_by_mail_once_and_so_is_that_it_answers_again(watched: Watched) -> None:
    watched.passes(minutes=1)
    watched.breaks()
    watched.passes(minutes=20)
    assert watched.reasons() == ["not_answered"]
    assert watched.hospital.alarms() == ["line_dead"]
    assert watched.subjects() == ["Rappel24 – LA LIGNE NE RÉPOND PLUS"]
    assert watched.mail.letters[0]["To"] == OPERATOR
    assert "23/11 à 14h05" in watched.mail.letters[0].get_content()
    assert len(watched.elsewhere.asked) == 1  # silence tells there too
    watched.is_mended()
    watched.passes(minutes=12)
    assert watched.hospital.alarms() == []
    assert watched.subjects()[1:] == ["Rappel24 – la ligne répond de nouveau"]
    assert len(watched.elsewhere.asked) > 1


def test_who_was_told_is_told_again_after_four_hours(watched: Watched) -> None:
    watched.breaks()
    watched.passes(minutes=3)
    watched.hospital.sql("update canaries set told_real = told_real - interval '4 hours' where told_real is not null")
    watched.passes(minutes=10)
    assert watched.subjects() == ["Rappel24 – LA LIGNE NE RÉPOND PLUS"] * 2


def test_a_line_that_answers_but_hears_no_key_is_broken(watched: Watched) -> None:
    watched.watch = replace(watched.watch, carrier=LosesTones(watched.hospital.sim))
    watched.passes(minutes=3)
    assert watched.states()[:2] == ["broken", "broken"]
    assert watched.reasons() == ["not_understood"]
    assert watched.hospital.alarms() == ["line_dead"]


def test_a_carrier_that_refuses_the_call_is_a_dead_line_too(watched: Watched) -> None:
    watched.watch = replace(watched.watch, house=replace(watched.watch.house, canary_number="+33199009999"))
    watched.passes(minutes=3)
    assert watched.reasons() == ["refused 21210"]
    assert watched.subjects() == ["Rappel24 – LA LIGNE NE RÉPOND PLUS"]


def test_several_that_look_at_once_place_one_call(watched: Watched) -> None:
    with watched.hospital.engine.begin() as other:
        other.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": 0x63616E617279})
        watched.watch.look()
        assert watched.states() == []
    watched.watch.look()
    watched.watch.look()
    assert watched.states() == ["placed"]


def test_killed_before_it_was_written_down_the_call_is_met_all_the_same(watched: Watched) -> None:
    one_that_goes_on = watched.watch
    watched.watch = replace(watched.watch, carrier=KillsUs(watched.hospital.sim))
    with pytest.raises(Killed):
        watched.watch.look()
    assert watched.hospital.sql("select sid, state from canaries").one() == (None, "placed")
    watched.watch = one_that_goes_on
    watched.passes(minutes=1)
    assert watched.states() == ["well"]


class SeesConnections(SimulatedTwilio):
    """Notes how many connections of ours are lent while it is asked."""

    lent: ClassVar[list[int]] = []

    def __init__(self, simulator: Simulator, engine: Engine) -> None:
        super().__init__(simulator)
        self.engine = engine

    def place_call(self, call: Call) -> str:
        self.lent.append(_lent(self.engine))
        return super().place_call(call)


def _lent(engine: Engine) -> int:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_no_connection_is_held_while_the_carrier_the_mail_server_or_the_watch_elsewhere_is_asked(
    watched: Watched,
) -> None:
    engine = watched.hospital.engine
    lent: list[int] = []

    def notes(server: SMTP) -> str:
        lent.append(_lent(engine))
        return "250 OK"

    watched.mail.says("DATA", notes)
    watched.elsewhere.on_asked = lambda: lent.append(_lent(engine))
    watched.watch = replace(watched.watch, carrier=SeesConnections(watched.hospital.sim, engine))
    watched.passes(minutes=1)
    watched.breaks()
    watched.passes(minutes=10)
    assert len(lent) == 2  # one sign of life, one letter
    assert SeesConnections.lent
    assert not any(lent + SeesConnections.lent)


def test_a_mail_server_that_is_away_is_tried_again(watched: Watched) -> None:
    watched.mail.says("DATA", "451 4.3.0 later", "451 4.3.0 later")
    watched.breaks()
    watched.passes(minutes=6)
    assert len(watched.subjects()) == 1


def test_a_watch_elsewhere_that_does_not_answer_is_nobodys_alarm(watched: Watched) -> None:
    watched.elsewhere.status = 500
    watched.passes(minutes=1)
    assert watched.states() == ["well"]
    assert watched.hospital.alarms() == []


def test_a_house_without_wards_calls_nobody(watched: Watched) -> None:
    watched.hospital.sql("truncate wards cascade")
    watched.passes(minutes=1)
    assert watched.states() == []
