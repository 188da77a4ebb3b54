"""<Gather>: keys and words, while prompts play and after them."""

from dataclasses import dataclass

from simulator.legs import Key, Leg, Notice, Sound, Speech
from simulator.office import Office
from simulator.pages import Page, Target
from simulator.prompts import Prompting, label, repetitions, stop
from simulator.verbs import Gather
from simulator.webhooks import Params

AUTO_SPEECH_TIMEOUT = 1.0


@dataclass
class Heard:
    """What has been keyed or said so far."""

    digits: str = ""
    finished_by: str | None = None
    speech: Speech | None = None

    @property
    def nothing(self) -> bool:
        return not self.digits and self.finished_by is None and self.speech is None


class Gathering:
    def __init__(self, office: Office, prompts: Prompting) -> None:
        self.office = office
        self.prompts = prompts

    async def run(self, leg: Leg, verb: Gather, page: Page) -> Target | None:
        """The action with what was gathered, or None to fall through to the next verb."""
        heard = Heard()
        if not await self._during_prompts(leg, verb, page, heard):
            await self._after_prompts(leg, verb, heard)
        leg.inbox.clear()
        return self._conclude(verb, page, heard)

    async def _during_prompts(self, leg: Leg, verb: Gather, page: Page, heard: Heard) -> bool:
        """True when the input is complete before the prompts were over; the first input silences them."""
        for prompt in verb.prompts:
            for _ in range(repetitions(prompt)):
                seconds = await self.prompts.seconds(leg, prompt, page)
                sound = self.prompts.start(leg, *label(prompt), seconds)
                try:
                    begun, complete = await self._while_playing(leg, verb, sound, heard)
                finally:
                    stop(leg, sound)
                if begun:
                    return complete
        return False

    async def _while_playing(self, leg: Leg, verb: Gather, sound: Sound, heard: Heard) -> tuple[bool, bool]:
        end = sound.start + (sound.seconds or 0.0)
        while (left := end - self.office.clock.seconds()) > 1e-6:
            item = await leg.inbox.get(left)
            if isinstance(item, Speech) and not verb.barge_in:
                continue
            if _interrupts(verb, item):
                stop(leg, sound)
            complete = await self._take(leg, verb, item, heard)
            if not heard.nothing:
                return True, complete
        return False, False

    async def _after_prompts(self, leg: Leg, verb: Gather, heard: Heard) -> None:
        """Each key restarts the timeout."""
        end = self.office.clock.seconds() + verb.timeout
        while (left := end - self.office.clock.seconds()) > 1e-6:
            item = await leg.inbox.get(left)
            if await self._take(leg, verb, item, heard):
                return
            if isinstance(item, Key):
                end = self.office.clock.seconds() + verb.timeout

    async def _take(self, leg: Leg, verb: Gather, item: Key | Speech | Notice | None, heard: Heard) -> bool:
        """True when the input is complete."""
        match item:
            case Key(digit) if "dtmf" in verb.input:
                return _key(verb, digit, heard)
            case Speech() if "speech" in verb.input and not heard.digits:
                return await self._speech(leg, verb, item, heard)
        return False

    async def _speech(self, leg: Leg, verb: Gather, speech: Speech, heard: Heard) -> bool:
        """Words are understood after they are over and the silence that ends them; keys meanwhile win."""
        silence = AUTO_SPEECH_TIMEOUT if verb.speech_timeout == "auto" else float(verb.speech_timeout)
        end = self.office.clock.seconds() + speech.seconds + silence
        while (left := end - self.office.clock.seconds()) > 1e-6:
            item = await leg.inbox.get(left)
            if isinstance(item, Key) and "dtmf" in verb.input:
                return _key(verb, item.digit, heard)
        if not speech.text:
            return False
        heard.speech = speech
        return True

    def _conclude(self, verb: Gather, page: Page, heard: Heard) -> Target | None:
        only_finish_key = heard.finished_by is not None and not heard.digits
        if only_finish_key and self.office.unknowns.only_finish_key == "fall_through":
            return None
        if heard.nothing and not verb.action_on_empty_result:
            return None
        return Target(page.resolve(verb.action), verb.method, _parameters(verb, heard), "gather")


def _interrupts(verb: Gather, item: Key | Speech | Notice | None) -> bool:
    return (isinstance(item, Key) and "dtmf" in verb.input) or (isinstance(item, Speech) and "speech" in verb.input)


def _key(verb: Gather, digit: str, heard: Heard) -> bool:
    if verb.finish_on_key and digit == verb.finish_on_key:
        heard.finished_by = digit
        return True
    heard.digits += digit
    return len(heard.digits) == verb.num_digits


def _parameters(verb: Gather, heard: Heard) -> Params:
    if heard.speech:
        confidence = f"{heard.speech.confidence:.8f}".rstrip("0")
        return (("SpeechResult", heard.speech.text), ("Confidence", confidence), ("Language", verb.language))
    digits = (("msg", "Gather End"), ("Digits", heard.digits), ("FinishedOnKey", heard.finished_by or ""))
    empty_speech = (("SpeechResult", ""),) if heard.nothing and "speech" in verb.input else ()
    return digits + empty_speech
