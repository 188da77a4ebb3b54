"""Telephones in the hands of a test or a visitor. Scripts read like calls:

gp.dials(line).hears("urgence").presses("227#").hears("J'appelle")
senior.rings().answers().hears("Tapez 1").presses("1")
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, Self

from simulator.legs import Leg, Sound, Status
from simulator.media import Enclosed
from simulator.party import answer, press_now, speak_now
from simulator.phones import Behaviour, Ear, Phone, SmsPlan, Text, normal

if TYPE_CHECKING:
    from simulator.simulator import Simulator

PATIENCE = 120.0
KEY_GAP = 0.25
MARGIN = 0.001


class Handset:
    """One telephone. Every step runs the clock until it has happened, or fails with the transcript."""

    def __init__(self, simulator: "Simulator", phone: Phone) -> None:
        self.simulator = simulator
        self.phone = phone
        self._leg: Leg | None = None
        self._ear = Ear()

    @property
    def number(self) -> str:
        return self.phone.number

    @property
    def leg(self) -> Leg:
        """The call of the script: the one dialled or answered last."""
        assert self._leg, f"{self._who} is in no call"
        return self._leg

    @property
    def texts(self) -> list[Text]:
        """SMS on this telephone, oldest first."""
        return self.phone.texts

    @property
    def heard(self) -> str:
        """All words heard in the script's call so far."""
        return self.leg.text_heard()

    @property
    def _who(self) -> str:
        return self.phone.name or self.phone.number

    # -- how it behaves by itself --------------------------------------------------------------------------------

    def behaves(self, *behaviours: Behaviour) -> Self:
        """One call each, in turn; the last one goes for all further calls."""
        self.phone.queue.extend(behaviours[:-1])
        self.phone.behaviour = behaviours[-1]
        return self

    def next_calls(self, *behaviours: Behaviour) -> Self:
        """For the next calls only."""
        self.phone.queue.extend(behaviours)
        return self

    def receives_sms(self, *plans: SmsPlan) -> Self:
        """How messages to it end: one message each, the last plan for all further ones."""
        self.phone.sms_queue.extend(plans[:-1])
        self.phone.sms_plan = plans[-1]
        return self

    # -- calling -------------------------------------------------------------------------------------------------

    def dials(self, line: str, shown_as: str | None = None) -> Self:
        """Call a line; `shown_as` is what the network shows instead of the number (`anonymous`, `+266696687`)."""
        with self.simulator.clock.lock:
            self._take(self.simulator.switch.incoming(self.phone, line, shown_as))
        return self

    def rings(self, within: float = PATIENCE) -> Self:
        """Wait for a call."""
        if not self._run(lambda: self._ringing() is None, within):
            self._fail(f"did not ring within {within:.0f} s")
        return self

    def answers(self, after: float = 1.0) -> Self:
        """Pick up the call that rings (or is about to)."""
        self.rings()
        self.waits(after)
        leg = self._ringing()
        if leg is None:
            self._fail("the ringing stopped before it was answered")
        self._take(leg)
        with self.simulator.clock.lock:
            answer(leg)
        self._run(lambda: leg.answered is None and leg.live, 5.0)
        return self

    def declines(self) -> Self:
        leg = self._needs_ringing()
        with self.simulator.clock.lock:
            leg.picked_up.set(Status.BUSY)
        self._run(lambda: leg.live, 1.0)
        return self

    def lets_it_ring(self, within: float = PATIENCE) -> Self:
        """Until the caller gives up."""
        leg = self._needs_ringing()
        if not self._run(lambda: leg.live, within):
            self._fail(f"still rings after {within:.0f} s")
        return self

    # -- on the line ---------------------------------------------------------------------------------------------

    def hears(self, words: str, within: float = PATIENCE) -> Self:
        """Until these words have been spoken, after what was heard before. Case does not matter, accents do."""
        clock = self.simulator.clock
        deadline = clock.seconds() + within
        while True:
            found = self._ear.find(self.leg.sounds, words)
            if found and found[1] <= clock.seconds() + MARGIN:
                self._ear = found[0]
                return self
            if clock.seconds() >= deadline or not (found or self.leg.live):
                self._fail(f"did not hear {words!r}")
            self._await_sound(min(deadline, found[1] if found else deadline))

    def expects_no(self, words: str) -> Self:
        """These words have not been heard in this call."""
        if normal(words) in normal(self.heard):
            self._fail(f"should not have heard {words!r}")
        return self

    def hears_ringing(self, within: float = PATIENCE) -> Self:
        """The ring tone of a call being put through."""
        return self._hears_sound("ringback", within)

    def is_put_through(self, to: "Handset | None" = None, within: float = PATIENCE) -> Self:
        """Until bridged (to that telephone)."""
        if not self._run(lambda: self.leg.bridged_to is None and self.leg.live, within) or not self.leg.bridged_to:
            self._fail("was not put through")
        if to is not None and self.leg.bridged_to.party != to.number:
            self._fail(f"was put through to {self.leg.bridged_to.party}, not {to.number}")
        return self

    def is_recorded(self, within: float = PATIENCE) -> Self:
        """Until the beep is over and a recording runs."""
        if not self._run(lambda: not self.leg.recording and self.leg.live, within) or not self.leg.recording:
            self._fail("no recording began")
        return self

    def presses(self, keys: str) -> Self:
        for key in keys:
            self._needs_line()
            with self.simulator.clock.lock:
                press_now(self.simulator.switch, self.leg, key)
            self._run(lambda: True, KEY_GAP)
        return self

    def says(self, text: str, seconds: float | None = None, confidence: float = 0.92) -> Self:
        """Speak: recognised by a speech gather, recorded, or heard by whoever is on the other end."""
        self._needs_line()
        with self.simulator.clock.lock:
            length = speak_now(self.simulator.switch, self.leg, text, seconds, confidence)
        self._run(lambda: self.leg.live, length)
        return self

    def leaves_message(self, seconds: float = 12.0, text: str = "") -> Self:
        """Wait for the beep and speak for so long."""
        return self.is_recorded().says(text, seconds)

    def waits(self, seconds: float) -> Self:
        self._run(lambda: True, seconds)
        return self

    def hangs_up(self) -> Self:
        """And let the application hear of it."""
        with self.simulator.clock.lock:
            self.simulator.switch.party_hung_up(self.leg)
        self._run(lambda: True, 1.0)
        return self

    def is_hung_up_on(self, within: float = PATIENCE) -> Self:
        """Until the other side has ended the call."""
        if not self._run(lambda: self.leg.live, within):
            self._fail(f"is still on the line after {within:.0f} s")
        self._run(lambda: True, 1.0)
        return self

    # -- SMS -----------------------------------------------------------------------------------------------------

    def sends(self, line: str, body: str, *pictures: Enclosed) -> Self:
        """An SMS; with pictures an MMS."""
        with self.simulator.clock.lock:
            self.simulator.messages.receive(self.phone, line, body, pictures=pictures)
        self._run(lambda: True, 1.0)
        return self

    def reads(self, words: str, within: float = PATIENCE) -> Text:
        """The newest SMS with these words, waiting for it if need be."""
        if not self._run(lambda: self._text(words) is None, within):
            self._fail(f"received no SMS with {words!r}; it has {[text.body for text in self.texts]}")
        found = self._text(words)
        assert found
        return found

    def _text(self, words: str) -> Text | None:
        return next((text for text in reversed(self.texts) if normal(words) in normal(text.body)), None)

    # -- inside --------------------------------------------------------------------------------------------------

    def _take(self, leg: Leg) -> None:
        self._leg, self._ear = leg, Ear()

    def _ringing(self) -> Leg | None:
        return next((leg for leg in reversed(self.phone.legs) if leg.status is Status.RINGING
                     and leg.direction != "inbound"), None)  # fmt: skip

    def _needs_ringing(self) -> Leg:
        self.rings()
        leg = self._ringing()
        assert leg
        self._take(leg)
        return leg

    def _needs_line(self) -> None:
        """A key or a word before the answer would go nowhere."""
        if not self._run(lambda: self.leg.answered is None and self.leg.live, PATIENCE) or not self.leg.live:
            self._fail("is not on the line any more")

    def _hears_sound(self, kind: str, within: float) -> Self:
        def heard() -> Sound | None:
            return next((s for s in self.leg.sounds[self._ear.sound :] if s.kind == kind), None)

        if not self._run(lambda: heard() is None and self.leg.live, within) or heard() is None:
            self._fail(f"heard no {kind}")
        return self

    def _await_sound(self, until: float) -> None:
        count, clock = len(self.leg.sounds), self.simulator.clock
        self._run(lambda: len(self.leg.sounds) == count and self.leg.live, max(MARGIN, until - clock.seconds()))

    def _run(self, going: Callable[[], bool], limit: float) -> bool:
        return self.simulator.clock.run_while(going, limit)

    def _fail(self, what: str) -> NoReturn:
        raise AssertionError(f"{self._who} {what}\n{self.simulator.transcript()}")
