"""Executes documents on a leg: fetch, parse, verb after verb, fallback, and what ends it."""

from simulator import parameters
from simulator.dial import Dialling
from simulator.gather import Gathering
from simulator.legs import HungUp, Leg, Redirected, Status
from simulator.office import Line, Office
from simulator.pages import Ending, Page, Target
from simulator.prompts import APPLICATION_ERROR, Prompting
from simulator.record import Taping
from simulator.switch import Switch
from simulator.trace import StrictnessError
from simulator.twiml import parse
from simulator.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    TwimlError,
    Unsimulated,
    Verb,
)  # fmt: skip
from simulator.webhooks import Answer, Params, Undelivered, Webhook

DOCUMENT_TYPES = ("text/xml", "application/xml", "text/html")
MAX_DOCUMENTS_AT_ONE_INSTANT = 50
REJECTED = {"busy": Status.BUSY, "rejected": None}
Step = Target | Ending | None


class ApplicationError(Exception):
    """No document, no fallback: the caller hears so, in English."""


class Engine:
    """One for the whole exchange; all state of a call is on its leg."""

    def __init__(self, office: Office, switch: Switch) -> None:
        self.office = office
        self.switch = switch
        self.prompts = Prompting(office)
        self.gathering = Gathering(office, self.prompts)
        self.taping = Taping(office, self.prompts)
        self.dialling = Dialling(office, switch, self)

    # -- whole calls ---------------------------------------------------------------------------------------------

    async def incoming(self, leg: Leg, line: Line) -> None:
        if line.calls_lead_to:
            await self._converse(leg, Target(line.calls_lead_to, line.voice_method))
        else:
            self.switch.finish(leg, Status.FAILED)  # a number without a URL fails at once, and nothing is logged

    async def outgoing(self, leg: Leg, target: Target, timeout: float) -> None:
        """A call created by REST: ring, and fetch the document once it is answered."""
        giving_up = self.office.clock.after(timeout, lambda: leg.picked_up.set(Status.NO_ANSWER))
        try:
            status = await self.switch.reach(leg)
        except HungUp:
            return
        finally:
            giving_up.cancel()
        if status is Status.IN_PROGRESS:
            await self._converse(leg, target)

    async def _converse(self, leg: Leg, target: Target) -> None:
        try:
            await self.run(leg, target)
        except HungUp:
            return
        except StrictnessError:
            self.switch.finish(leg, Status.FAILED)
            raise
        if leg.live and leg.answered is None:
            self.switch.answer(leg)
        self.switch.finish(leg, Status.COMPLETED)

    async def run(self, leg: Leg, target: Target, context: str = "voice") -> Ending:
        """Follow documents until the chain ends; HungUp when the leg ends first."""
        step: Step = target
        budget = _LoopBudget()
        while isinstance(step, Target):
            try:
                budget.spend(self.office.clock.seconds())
                page = await self._load(leg, step, context)
                step = await self._execute(leg, page)
            except Redirected as redirection:
                step = _target_of(redirection)
            except ApplicationError:
                await self._apologise(leg)
                return Ending.FAILED
        return step or Ending.FELL_OFF

    async def _apologise(self, leg: Leg) -> None:
        self.switch.answer(leg)
        await self.prompts.sound(leg, "error", APPLICATION_ERROR)

    # -- documents -----------------------------------------------------------------------------------------------

    async def _load(self, leg: Leg, target: Target, context: str) -> Page:
        try:
            return await self._page(leg, target, context)
        except Undelivered as failure:
            code, url, reason = failure.code, failure.url, failure.reason
        except TwimlError as error:
            code, url, reason = error.code, target.url, str(error)
        self.office.trace.complain(code, f"{target.kind} {target.url}: {reason}", leg.sid, level="error")
        if not leg.fallback_url or target.is_fallback or context == "whisper":
            raise ApplicationError
        params = (("ErrorCode", str(code)), ("ErrorUrl", url))
        return await self._load(leg, _fallback(leg, params), context)

    async def _page(self, leg: Leg, target: Target, context: str) -> Page:
        if target.twiml is not None:
            return Page(target.url, parse(target.twiml.encode(), context), context)
        params = parameters.base(self.office, leg) + target.params
        answer = await self.office.delivery.fetch(
            Webhook(target.kind, target.url, params, target.method, leg.sid, _jar(leg))
        )
        return Page(answer.url, self._document(answer, context), context)

    def _document(self, answer: Answer, context: str) -> Document:
        content_type = (answer.response.header("Content-Type") or "").partition(";")[0].strip().lower()
        body = answer.response.body
        if content_type in DOCUMENT_TYPES:
            return parse(body, context)
        if content_type.startswith("audio/"):
            return Document((Play(answer.url), Hangup()))
        if content_type == "text/plain":
            return Document((Say(body.decode("utf-8", "replace")), Hangup()))
        raise TwimlError(12300, f"content type {content_type or 'missing'!r}")

    async def _execute(self, leg: Leg, page: Page) -> Step:
        for issue in page.document.issues:
            self.office.trace.complain(issue.code, issue.text, leg.sid, unsimulated=issue.unsimulated)
        for verb in page.document.verbs:
            step = await self._verb(leg, verb, page)
            if step is not None:
                return step
        return None

    async def _verb(self, leg: Leg, verb: Verb, page: Page) -> Step:
        if not isinstance(verb, (Reject, Pause)) and not (isinstance(verb, Dial) and verb.answer_on_bridge):
            self.switch.answer(leg)
        match verb:
            case Say() | Play() | Pause():
                await self.prompts.play(leg, verb, page)
                leg.inbox.clear()
                return None
            case Gather():
                return await self.gathering.run(leg, verb, page)
            case Dial():
                return await self.dialling.run(leg, verb, page)
            case Record():
                return await self.taping.run(leg, verb, page)
        return self._at_once(leg, verb, page)

    def _at_once(self, leg: Leg, verb: Verb, page: Page) -> Step:
        """Verbs that take no time."""
        match verb:
            case Redirect(url, method):
                return Target(page.resolve(url), method, kind="redirect")
            case Hangup():
                return Ending.HUNG_UP
            case Reject(reason):
                return self._reject(leg, reason)
            case Unsimulated(name):
                self.office.trace.complain(0, f"<{name}>", leg.sid, unsimulated=True)
        return None

    def _reject(self, leg: Leg, reason: str) -> Ending:
        if leg.answered is None:
            self.switch.finish(leg, REJECTED[reason] or Status(self.office.unknowns.status_on_reject))
        return Ending.HUNG_UP


class _LoopBudget:
    """Documents that lead to each other without time passing are a loop: Twilio would end the call."""

    def __init__(self) -> None:
        self._instant = -1.0
        self._count = 0

    def spend(self, now: float) -> None:
        self._count = self._count + 1 if now - self._instant < 1.0 else 0
        self._instant = now
        if self._count > MAX_DOCUMENTS_AT_ONE_INSTANT:
            raise ApplicationError


def _fallback(leg: Leg, params: Params) -> Target:
    return Target(leg.fallback_url or "", leg.fallback_method, params, "fallback", is_fallback=True)


def _target_of(redirection: Redirected) -> Target:
    assert isinstance(redirection.target, Target)
    return redirection.target


def _jar(leg: Leg) -> str:
    """Cookies live as long as the call, whisper included."""
    return leg.parent.sid if leg.parent else leg.sid
