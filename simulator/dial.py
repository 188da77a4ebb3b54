"""<Dial><Number>: ring, screen by whisper, bridge; the outcome table of what the action is told."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from simulator.legs import HungUp, Key, Leg, Notice, Progress, Redirected, Status
from simulator.office import HIDDEN, Office, is_e164
from simulator.pages import Ending, Page, Target
from simulator.record import farewell
from simulator.switch import Switch
from simulator.verbs import Dial, Number
from simulator.webhooks import Params


class Runner(Protocol):
    """Executes a document on a leg."""

    async def run(self, leg: Leg, target: Target, context: str = "voice") -> Ending: ...


@dataclass
class Attempt:
    """One <Dial>: its legs, who answered first, whether the parties spoke."""

    children: list[Leg]
    winner: Leg | None = None
    accepted: bool | None = None
    bridged: bool = False
    refused: bool = False

    @property
    def ringing(self) -> list[Leg]:
        return [child for child in self.children if child.live and child.answered is None]

    @property
    def shown(self) -> Leg | None:
        """The leg the action speaks of."""
        return self.winner or (self.children[0] if self.children else None)


class Dialling:
    def __init__(self, office: Office, switch: Switch, runner: Runner) -> None:
        self.office = office
        self.switch = switch
        self.runner = runner

    async def run(self, leg: Leg, verb: Dial, page: Page) -> Target | None:
        """The action with the outcome, or None to go on with the next verb."""
        attempt = Attempt([])
        try:
            await self._attempt(leg, verb, page, attempt)
        except HungUp:
            status = self._caller_gone(attempt)
            self._farewell(leg, verb, page, attempt, status)
            raise
        except Redirected:
            status = self._caller_gone(attempt)
            if self.office.unknowns.action_after_redirect:
                self._farewell(leg, verb, page, attempt, status)
            raise
        leg.inbox.clear()
        return self._action(verb, page, attempt, self._status(attempt)) if verb.action else None

    async def _attempt(self, leg: Leg, verb: Dial, page: Page, attempt: Attempt) -> None:
        caller_id = verb.caller_id or leg.from_
        if not self._dialable(leg, verb):
            attempt.refused = True
            return
        attempt.children.extend(self._start(leg, number, page, caller_id) for number in verb.numbers)
        ringback = leg.begin_sound("ringback", "")
        try:
            await self._ring(leg, verb, attempt)
            await self._screen(leg, verb, page, attempt)
        finally:
            ringback.end = self.office.clock.seconds()
        if attempt.accepted and attempt.winner and attempt.winner.live:
            await self._talk(leg, attempt.winner, verb, attempt)

    def _dialable(self, leg: Leg, verb: Dial) -> bool:
        if verb.caller_id is not None and not self._may_present(leg, verb.caller_id):
            self.office.trace.complain(13214, f"callerId {verb.caller_id!r} is not ours to show", leg.sid)
            return False
        wrong = [number.number for number in verb.numbers if not is_e164(number.number)]
        if wrong:
            self.office.trace.complain(13223, f"{wrong[0]!r} is not an E.164 number", leg.sid)
        return bool(verb.numbers) and not wrong

    def _may_present(self, leg: Leg, number: str) -> bool:
        """The calling number, the called one, a number of the account, a verified one; never a hidden one."""
        owned = number in self.office.lines or number in self.office.verified
        return (owned or number in (leg.from_, leg.to)) and number not in HIDDEN

    # -- ringing -------------------------------------------------------------------------------------------------

    def _start(self, leg: Leg, number: Number, page: Page, caller_id: str) -> Leg:
        child = self.office.new_leg(caller_id, number.number, "outbound-dial", leg)
        if number.status_callback:
            url, events = page.resolve(number.status_callback), frozenset(number.status_callback_event)
            child.progress = Progress(url, number.status_callback_method, events, "number-status")
        child.task = self.office.clock.spawn(self._reach(leg, child))
        self.office.clock.spawn(self._watch(leg, child))
        return child

    async def _reach(self, leg: Leg, child: Leg) -> None:
        with suppress(HungUp):
            await self.switch.reach(child)
        leg.inbox.put(Notice(child))

    async def _watch(self, leg: Leg, child: Leg) -> None:
        await child.over
        leg.inbox.put(Notice(child))

    async def _ring(self, leg: Leg, verb: Dial, attempt: Attempt) -> None:
        """Until the first answers (the others are cancelled at once, before any screening) or none is left."""
        clock = self.office.clock
        end = clock.seconds() + verb.timeout + self.office.unknowns.dial_timeout_extra
        while attempt.winner is None and any(child.live for child in attempt.children):
            if (left := end - clock.seconds()) <= 1e-6:
                break
            await leg.inbox.get(left)
            attempt.winner = next((child for child in attempt.children if child.live and child.answered), None)
        for child in attempt.ringing:
            self._give_up(child, Status.NO_ANSWER if attempt.winner is None else Status.CANCELED)

    def _give_up(self, child: Leg, status: Status) -> None:
        self.switch.finish(child, status)
        child.picked_up.set(status)

    # -- screening -----------------------------------------------------------------------------------------------

    async def _screen(self, leg: Leg, verb: Dial, page: Page, attempt: Attempt) -> None:
        """The whisper runs on the callee's leg while the caller hears ringing."""
        child = attempt.winner
        if child is None:
            return
        url = next(number.url for number in verb.numbers if number.number == child.to)
        if url is None:
            attempt.accepted = True
            return
        method = next(number.method for number in verb.numbers if number.number == child.to)
        target = Target(page.resolve(url), method, kind="whisper")
        child.task = self.office.clock.spawn(self._whisper(leg, child, target, attempt))
        while child.live and attempt.accepted is None:
            await leg.inbox.get(None)

    async def _whisper(self, leg: Leg, child: Leg, target: Target, attempt: Attempt) -> None:
        try:
            ending = await self.runner.run(child, target, "whisper")
        except HungUp:
            ending = Ending.HUNG_UP
        failed_but_bridged = ending is Ending.FAILED and self.office.unknowns.whisper_failure == "bridge"
        attempt.accepted = ending is Ending.FELL_OFF or failed_but_bridged
        if not attempt.accepted:
            self.switch.finish(child, Status.COMPLETED)
        leg.inbox.put(Notice(child))

    # -- talking -------------------------------------------------------------------------------------------------

    async def _talk(self, leg: Leg, child: Leg, verb: Dial, attempt: Attempt) -> None:
        clock = self.office.clock
        self.switch.answer(leg)
        attempt.bridged = True
        child.task = None
        self.switch.bridge(leg, child)
        end = clock.seconds() + verb.time_limit
        while child.live and (left := end - clock.seconds()) > 1e-6:
            item = await leg.inbox.get(left)
            if item == Key("*") and verb.hangup_on_star:
                break
        self.switch.finish(child, Status.COMPLETED)

    # -- what the action is told ---------------------------------------------------------------------------------

    def _caller_gone(self, attempt: Attempt) -> str:
        """Ends the callee's side; the status depends on how far it had come."""
        unanswered = attempt.winner is None and all(child.answered is None for child in attempt.children)
        for child in attempt.children:
            if child.live:
                status = Status.CANCELED if child.answered is None else Status.COMPLETED
                self._give_up(child, status)
                _interrupt(child)
        return self.office.unknowns.dial_status_on_caller_hangup if unanswered else self._status(attempt)

    def _status(self, attempt: Attempt) -> str:
        child = attempt.shown
        if attempt.refused or child is None:
            return "failed"
        if child.answered is None:
            return str(child.status)
        return "completed" if attempt.bridged else self.office.unknowns.dial_status_when_screened_out

    def _farewell(self, leg: Leg, verb: Dial, page: Page, attempt: Attempt, status: str) -> None:
        if verb.action:
            self.office.clock.spawn(farewell(self.office, leg, self._action(verb, page, attempt, status)))

    def _action(self, verb: Dial, page: Page, attempt: Attempt, status: str) -> Target:
        return Target(page.resolve(verb.action), verb.method, self._parameters(attempt, status), "dial")

    def _parameters(self, attempt: Attempt, status: str) -> Params:
        child, unknowns = attempt.shown, self.office.unknowns
        sid = (("DialCallSid", child.sid),) if child else ()
        duration = (("DialCallDuration", seconds),) if (seconds := self._duration(attempt)) is not None else ()
        bridged = (("DialBridged", "true" if attempt.bridged else "false"),) if unknowns.dial_bridged_parameter else ()
        return (("DialCallStatus", status), *sid, *duration, *bridged)

    def _duration(self, attempt: Attempt) -> str | None:
        child, unknowns = attempt.shown, self.office.unknowns
        if child is None or child.answered is None:
            busy = child is not None and child.status is Status.BUSY
            return "0" if busy and unknowns.dial_duration_when_busy == "zero" else None
        if attempt.bridged:
            return str(child.seconds)
        return {"leg": str(child.seconds), "zero": "0", "absent": None}[unknowns.dial_duration_when_not_bridged]


def _interrupt(child: Leg) -> None:
    if child.task:
        child.task.interrupt(HungUp())
