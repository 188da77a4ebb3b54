"""Calls come and go: placing, ringing, ending, redirecting; states and the callbacks they cause."""

from collections.abc import Coroutine
from typing import Any, Protocol

from simulator import parameters
from simulator.legs import TERMINAL, HungUp, Leg, Progress, Redirected, Status
from simulator.office import Line, Office
from simulator.party import carry_voice, react
from simulator.phones import Phone, Reaction
from simulator.tasks import Event, sleep
from simulator.webhooks import Webhook

SETUP_SECONDS = 0.5
FIRST_RING_SECONDS = 1.0
LAST_WORD_SECONDS = 0.05
EVENTS = {
    Status.INITIATED: "initiated",
    Status.RINGING: "ringing",
    Status.IN_PROGRESS: "answered",
}
NO_LINE = {Reaction.INVALID: 404, Reaction.UNREACHABLE: 480}


class CallRefused(Exception):
    """The number dialled is not one of ours."""


class Conversation(Protocol):
    """Whoever executes documents on a leg."""

    def incoming(self, leg: Leg, line: Line) -> Coroutine[Event[Any], None, None]: ...


class Switch:
    """The exchange: moves legs from state to state and tells the application about it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.conversation: Conversation | None = None

    # -- callers -------------------------------------------------------------------------------------------------

    def incoming(self, phone: Phone, to: str, shown_as: str | None = None) -> Leg:
        """A telephone dials one of our lines. `shown_as` replaces its number (a hidden caller)."""
        line = self.office.lines.get(to)
        if line is None or self.conversation is None:
            raise CallRefused(f"{to} is not a line of this account")
        leg = self.office.new_leg(phone.number if shown_as is None else shown_as, to, "inbound")
        leg.party_number = phone.number
        phone.legs.append(leg)
        self._arrive(leg, line, self.conversation)
        return leg

    def _arrive(self, leg: Leg, line: Line, conversation: Conversation) -> None:
        leg.call_token = self.office.sids.new("CT") if self.office.unknowns.call_token else ""
        leg.fallback_url, leg.fallback_method = line.fallback_url or None, line.fallback_method
        if line.status_url:
            leg.progress = Progress(line.status_url, line.status_method, frozenset({"completed"}), "status")
        leg.started = self.office.now
        self.change(leg, Status.RINGING)
        leg.task = self.office.clock.spawn(conversation.incoming(leg, line))

    # -- outgoing ------------------------------------------------------------------------------------------------

    async def reach(self, leg: Leg) -> Status:
        """Ring the far end; IN_PROGRESS when it answers, else how it ended (the leg is then finished)."""
        self.change(leg, Status.INITIATED)
        await sleep(self.office.clock, SETUP_SECONDS)
        line = self.office.lines.get(leg.to)
        if line is not None and line.calls_lead_to and self.conversation is not None:
            return await self._reach_line(leg, line, self.conversation)
        phone = self.office.telephone(leg.to)
        behaviour = phone.next_behaviour()
        if behaviour.reaction in NO_LINE:
            await sleep(self.office.clock, behaviour.after)
            return self._unreached(leg, Status.FAILED, NO_LINE[behaviour.reaction])
        if behaviour.reaction is Reaction.BUSY or leg.to in self.office.lines:
            return self._unreached(leg, Status.BUSY, 486)
        await sleep(self.office.clock, FIRST_RING_SECONDS)
        phone.legs.append(leg)
        self.change(leg, Status.RINGING)
        self.office.clock.spawn(react(self, leg, behaviour))
        return await self._picked_up(leg)

    async def _reach_line(self, leg: Leg, line: Line, conversation: Conversation) -> Status:
        """One number of the account calls another: two calls that live and end together, each with its own document.

        Keys that the one plays reach the other; their voices do not.
        """
        far = self.office.new_leg(leg.from_, leg.to, "inbound")
        leg.far, far.far = far, leg
        self.change(leg, Status.RINGING)
        self._arrive(far, line, conversation)
        return await self._picked_up(leg)

    async def _picked_up(self, leg: Leg) -> Status:
        result = await leg.picked_up
        if result is not Status.IN_PROGRESS:
            return self._unreached(leg, result, None)
        self.answer(leg)
        return result

    def _unreached(self, leg: Leg, status: Status, sip_code: int | None) -> Status:
        leg.sip_code = sip_code
        self.finish(leg, status)
        return status

    # -- states --------------------------------------------------------------------------------------------------

    def change(self, leg: Leg, status: Status) -> None:
        """A live state; terminal ones go through `finish`."""
        leg.status = status
        self.office.trace.add("call", f"{leg.direction} {leg.from_ or '(hidden)'} → {leg.to}: {status}", leg.sid,
                              status=str(status), direction=leg.direction, to=leg.to, number=leg.party)  # fmt: skip
        leg.tell()
        if event := EVENTS.get(status):
            self._report(leg, event, status)

    def answer(self, leg: Leg) -> None:
        if leg.answered is None:
            leg.answered = self.office.now
            leg.started = leg.started or leg.answered
            leg.picked_up.set(Status.IN_PROGRESS)
            self.change(leg, Status.IN_PROGRESS)
            if leg.far:
                leg.far.picked_up.set(Status.IN_PROGRESS)

    def finish(self, leg: Leg, status: Status) -> None:
        """Terminal states are sticky: only the first one counts."""
        if not leg.live:
            return
        leg.ended = self.office.now
        leg.end_sounds()
        self.part(leg)
        self.change(leg, status)
        leg.over.set(None)
        self._report(leg, "completed", status)
        far, leg.far = leg.far, None
        if far:
            far.far = None
            self._end(far, status if far.answered is None else Status.COMPLETED)

    def bridge(self, one: Leg, other: Leg) -> None:
        for leg, peer in ((one, other), (other, one)):
            leg.bridged_to = peer
            leg.begin_sound("bridge", peer.party)
            carry_voice(peer, leg)
        self.office.trace.add("call", f"bridged {one.party} ↔ {other.party}", one.sid, bridged=other.sid)

    def part(self, leg: Leg) -> None:
        """Both ends of a bridge fall silent."""
        peer, leg.bridged_to = leg.bridged_to, None
        if peer:
            peer.bridged_to = None
            peer.end_sounds()
            peer.tell()

    # -- from outside the document -------------------------------------------------------------------------------

    def party_hung_up(self, leg: Leg) -> None:
        """The telephone at the far end hangs up (or gives up ringing us)."""
        if not leg.live:
            return
        self.office.trace.add("call", f"{leg.party} hangs up", leg.sid, hangup=leg.party)
        self._end(leg, Status.COMPLETED if leg.answered else Status.CANCELED)

    def end_by_rest(self, leg: Leg) -> None:
        self._end(leg, Status.COMPLETED if leg.answered else Status.CANCELED)

    def redirect(self, leg: Leg, target: object) -> None:
        if leg.task:
            leg.task.interrupt(Redirected(target))

    def _end(self, leg: Leg, status: Status) -> None:
        if leg.direction != "inbound" and leg.answered is None and not leg.picked_up.done:
            leg.picked_up.set(status)
        self.finish(leg, status)
        if leg.task:
            leg.task.interrupt(HungUp())

    # -- callbacks -----------------------------------------------------------------------------------------------

    def _report(self, leg: Leg, event: str, status: Status) -> None:
        where = leg.progress
        if where is None or event not in where.events:
            return
        sequence, leg.sequence = leg.sequence, leg.sequence + 1
        params = parameters.progress(self.office, leg, status, sequence)
        hook = Webhook(where.kind, where.url, params, where.method, leg.sid, leg.sid)
        late = status in TERMINAL and self.office.unknowns.action_on_hangup_first
        self.office.clock.after(LAST_WORD_SECONDS if late else 0.0, lambda: self.office.delivery.notify(hook))
