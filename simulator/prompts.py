"""Sounds towards one party: speech at a natural pace, files by their length, pauses, beeps."""

from functools import partial

from simulator.legs import CHARACTERS_A_SECOND, Key, Leg, Sound
from simulator.office import Office
from simulator.pages import Page
from simulator.recordings import media_seconds
from simulator.tasks import sleep
from simulator.verbs import Pause, Play, Prompt, Say
from simulator.webhooks import Undelivered, Webhook

APPLICATION_ERROR = "We're sorry, an application error has occurred. Goodbye."
LOOP_FOR_EVER = 1000
DIGIT_SECONDS = 0.5


class Prompting:
    """Plays to a leg; returns when it is over, stops when the task is interrupted."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def play(self, leg: Leg, prompt: Prompt, page: Page) -> None:
        """One prompt with its repetitions."""
        for _ in range(repetitions(prompt)):
            seconds = await self.seconds(leg, prompt, page)
            if isinstance(prompt, Play):
                self._keys(leg, prompt.digits)
            await self.sound(leg, *label(prompt), seconds=seconds)

    def _keys(self, leg: Leg, digits: str) -> None:
        """Tones are heard at the other end, one after the other; w is half a second of none."""
        for place, key in enumerate(digits):
            if key not in "wW":
                self.office.clock.after(place * DIGIT_SECONDS, partial(self._key, leg, key))

    def _key(self, leg: Leg, key: str) -> None:
        if leg.far and leg.far.live:
            self.office.trace.add("key", key, leg.far.sid, number=leg.far.party)
            leg.far.inbox.put(Key(key))

    async def sound(self, leg: Leg, kind: str, text: str, seconds: float | None = None) -> None:
        length = len(text) / CHARACTERS_A_SECOND if seconds is None else seconds
        sound = self.start(leg, kind, text, length)
        try:
            await sleep(self.office.clock, length)
        finally:
            stop(leg, sound)

    def start(self, leg: Leg, kind: str, text: str, seconds: float) -> Sound:
        self.office.trace.add("sound", f"{kind}: {text}", leg.sid, sound=kind, seconds=seconds, number=leg.party)
        return leg.begin_sound(kind, text, seconds)

    async def seconds(self, leg: Leg, prompt: Prompt, page: Page) -> float:
        match prompt:
            case Say(text):
                return len(text) / CHARACTERS_A_SECOND
            case Pause(length):
                return float(length)
            case Play(_, _, digits) if digits:
                return len(digits) * DIGIT_SECONDS
            case Play(url):
                return await self._file_seconds(leg, page.resolve(url))
        raise AssertionError(prompt)

    async def _file_seconds(self, leg: Leg, url: str) -> float:
        known = self.office.play_seconds
        if url not in known:
            try:
                answer = await self.office.delivery.fetch(Webhook("play", url, (), "GET", leg.sid))
                known[url] = media_seconds(answer.response.body)
            except Undelivered as failure:
                self.office.trace.complain(failure.code, f"play {url}: {failure.reason}", leg.sid, level="error")
                return 0.0
        return known[url]


def repetitions(prompt: Prompt) -> int:
    return 1 if isinstance(prompt, Pause) else prompt.loop or LOOP_FOR_EVER


def label(prompt: Prompt) -> tuple[str, str]:
    """Kind of sound and the words (a file is its address)."""
    match prompt:
        case Say(text):
            return "say", text
        case Play(url, _, digits):
            return "play", url or digits
        case Pause():
            return "pause", ""
    raise AssertionError(prompt)


def stop(leg: Leg, sound: Sound) -> None:
    if sound.end is None:
        sound.end = leg.clock.seconds()
        leg.tell()
