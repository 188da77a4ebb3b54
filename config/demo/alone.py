"""The third act: a promise that everybody leaves alone, with the clock running fast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from callbacks import register
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.register import Entry
from callbacks.states import Kind
from callbacks.tables import outbox
from config.demo.acts import PATIENCE
from config.demo.play import Play, expect, hour
from config.demo.stage import Broken, until
from scheduling import store
from simulator.handset import Handset
from simulator.phones import Text

FORGOTTEN = "+33639989005"  # on file by her mobile
FAST = 3600.0  # an hour a second, while nothing happens
SLOW = 60.0  # a minute a second, until what was due is done: the promise is kept on a slow machine too
IN_HAND = ("waiting", "sending", "sent")  # not arrived, nor given up
LONGEST = 150.0  # seconds, for the day of the promise and the four hours after it
TIMES = 2  # how often the deadline's rung is seen: were there a second apology, it would come with the second


def forgotten(play: Play) -> None:
    """The head of ward hears of it before the deadline, the GP after it, once."""
    gp = play.dials_the_ward(FORGOTTEN)
    play.telephone_of(play.on_call().seniors[0].person).rings()
    gp.hangs_up()
    request = until("no request is on file after the hang-up", lambda: play.request_of(FORGOTTEN), PATIENCE)
    gp.reads(request.reference)
    play.transcript.tell("on_file", reference=request.reference, due=hour(request.due_at))
    play.transcript.tell("clock_runs", times=f"{FAST:.0f}")
    play.stage.run_clock(FAST)
    until("the ladder was not climbed to its end", _Climb(play, request.id).look, LONGEST)
    play.stage.run_clock(1)
    _head_knew(play, request)
    _apologised_once(play, request)


@dataclass
class _Climb:
    """Tells each rung as it fires, and for when it was promised."""

    play: Play
    request_id: int
    promised: dict[int, datetime] = field(default_factory=dict)
    told: int = 0
    pace: float = FAST

    def look(self) -> bool:
        """Whether the deadline has passed, and passed again."""
        with self.play.stage.engine.connect() as connection:
            view = register.view(connection, self.request_id)
            rungs = [entry for entry in register.timeline(connection, self.request_id) if entry.event.kind is Kind.RUNG]
        for index in range(self.told, len(rungs)):
            self._tell(rungs[index], self.promised.get(index, rungs[index].event.at))
        self.told = len(rungs)
        if view.next_step_at is not None:
            self.promised[len(rungs)] = view.next_step_at
        self._paces(view)
        return view.repeats >= TIMES

    def _paces(self, request: RequestView) -> None:
        """Through the empty hours fast; slowly while something is due, so that it takes minutes of the promise."""
        now = self.play.stage.now()
        due = request.next_step_at is not None and request.next_step_at <= now
        in_hand = any(each.state in IN_HAND and each.due_at <= now for each in _messages(self.play, request))
        wanted = SLOW if due or in_hand else FAST
        if wanted != self.pace:
            self.play.stage.run_clock(wanted)
            self.pace = wanted

    def _tell(self, rung: Entry, promised: datetime) -> None:
        self.play.transcript.tell(
            "rung",
            rung=self.play.say(f"rung_{rung.detail['rung']}"),
            promised=hour(promised),
            at=hour(rung.event.at),
            who=self._who(rung.detail["told"]),
        )

    def _who(self, told: Sequence[dict[str, Any]]) -> str:
        with self.play.stage.engine.connect() as connection:
            ids = [each["person"] for each in told if each["person"] is not None]
            names = {person.id: person.name for person in store.people(connection, ids)}
        house = self.play.say("last_resort")
        said = [f"{names.get(each['person'], house)} ({self.play.say(each['channel'])})" for each in told]
        return ", ".join(said)


def _head_knew(play: Play, request: RequestView) -> None:
    head = play.telephone_of(play.on_call().ward.head)
    alert = reached_in_time(_messages(play, request), head.number, request.due_at)
    expect(any(text.body == alert.body for text in head.texts), "the head's telephone does not show the SMS")
    play.transcript.tell("head_knew", at=hour(alert.settled_at), due=hour(request.due_at))


def _apologised_once(play: Play, request: RequestView) -> None:
    until("the apology was not sent", lambda: _sent(_messages(play, request), Purpose.APOLOGY), PATIENCE)
    apology = the_apology(_messages(play, request), request.due_at)
    phone = play.stage.simulator.phone(FORGOTTEN)
    until("the GP's telephone shows no apology", lambda: _reads(phone, apology.body), PATIENCE)
    shown = _reads(phone, apology.body)
    expect(len(shown) == 1, f"the GP's telephone shows {len(shown)} apologies, not one")
    play.transcript.tell("apologised", at=hour(apology.sent_at))


def _reads(phone: Handset, body: str) -> list[Text]:
    return [text for text in phone.texts if text.body == body]


def _sent(messages: Iterable[Row[Any]], purpose: Purpose) -> bool:
    return any(each.purpose == purpose and each.sent_at is not None for each in messages)


def reached_in_time(messages: Iterable[Row[Any]], number: str, due_at: datetime) -> Row[Any]:
    """The first message that arrived at this number before the deadline; Broken when none did."""
    arrived = (each for each in messages if each.recipient == number and each.state == "delivered")
    found = next((each for each in arrived if each.settled_at < due_at), None)
    if found is None:
        raise Broken("the head of ward was not reached before the deadline")
    return found


def the_apology(messages: Iterable[Row[Any]], due_at: datetime) -> Row[Any]:
    """The one apology, sent when the deadline had passed; Broken otherwise."""
    apologies = [each for each in messages if each.purpose == Purpose.APOLOGY]
    expect(len(apologies) == 1, f"{len(apologies)} apologies to the GP, not one")
    expect(apologies[0].sent_at is not None, "the apology was not sent")
    expect(apologies[0].sent_at >= due_at, "the apology came before the deadline")
    return apologies[0]


def _messages(play: Play, request: RequestView) -> Sequence[Row[Any]]:
    with play.stage.engine.connect() as connection:
        return connection.execute(select(outbox).where(outbox.c.request_id == request.id).order_by(outbox.c.id)).all()
