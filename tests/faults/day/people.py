"""GPs who hear a question and key their answer, whatever comes in between; seniors who pick up, or do not."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator import (
    Behaviour,
    Simulator,
    answers,
    busy,
    hangs_up,
    hears,
    network_voicemail,
    no_answer,
    presses,
    says_nothing,
    takes_the_call,
    unreachable,
)
from simulator.legs import Leg, Sound
from simulator.party import press, speak
from simulator.phones import Phone, SmsPlan, sms_delivered, sms_never_final, sms_undelivered
from simulator.tasks import sleep
from simulator.trace import Entry
from tests.faults.day.plan import Caller, Leaves, Rung, Texter, claims_by_sms, reactions

LINE = "+33199002424"
MESSAGE_SECONDS = 6.0
THINKS_SECONDS = 0.4
WAITS_RINGING = 7.0
REPLIES_AFTER = 3.0
TALKS_SECONDS = 17.0  # of the wall: from fifteen on it was a conversation, whatever is lost on the way
REFERENCE = re.compile(r"\b(\d{6})\b")
# What is asked, and what is keyed. {code}, {back}: the caller's own.
ANSWERS = (
    (re.compile("premières lettres"), "{code}#"),
    (re.compile("est en cours"), "2"),
    (re.compile("Composez le numéro où vous rappeler"), "{back}#"),
    (re.compile("si l'appel a suffi, tapez 1|Pour garder ce numéro, tapez 1|Si c'est exact, tapez 1"), "1"),
    (re.compile("Pour valider votre message, tapez 1|Dès maintenant, tapez 1"), "1"),
)
GOES = {
    Leaves.AT_FIRST_PROMPT: re.compile("premières lettres"),
    Leaves.WHEN_CALLING: re.compile("J'appelle"),
    Leaves.AT_THE_PROMISE: re.compile("vous rappelle avant"),
    Leaves.AFTER_SPEAKING: re.compile("Pour valider votre message"),
}


@dataclass
class Conversation:
    """One caller on his line."""

    exchange: Simulator
    leg: Leg
    caller: Caller

    async def live(self) -> None:
        """Until one of the two hangs up."""
        heard = 0
        while self.leg.live:
            while heard < len(self.leg.sounds) and self.leg.live:
                heard += 1
                await self._answers(self.leg.sounds[heard - 1])
            await self.leg.news(5.0)

    async def _answers(self, sound: Sound) -> None:
        if sound.kind == "ringback" and self.caller.leaves is Leaves.WHILE_RINGING:
            await self._leaves_after(WAITS_RINGING)
        elif sound.kind == "beep":
            await self._speaks()
        elif sound.kind == "say":
            await self._keys(sound)

    async def _keys(self, sound: Sound) -> None:
        going = GOES.get(self.caller.leaves)
        leaves, keys = going is not None and going.search(sound.text), self._reply(sound.text)
        if not leaves and keys is None:
            return
        await sleep(self.exchange.clock, max(0.0, sound.said_at(len(sound.text)) - self.exchange.clock.seconds()))
        if leaves:
            self._hangs_up()
        elif keys is not None and self.leg.live and (sound.end is None or sound.end >= self._now() - 1.0):
            await sleep(self.exchange.clock, THINKS_SECONDS)
            await press(self.exchange.switch, self.leg, keys)

    def _reply(self, text: str) -> str | None:
        """What he keys to this sentence; a menu's option when it is his ward's."""
        ward = self.caller.ward
        if option := re.search(rf"(?:^|{ward.name}, ){ward.hospital}, tapez ([0-9])", text):
            return option[1]
        found = next((keys for asked, keys in ANSWERS if asked.search(text)), None)
        back = "0" + self.caller.call_back.removeprefix("+33")
        return found and found.format(code=ward.code, back=back)

    async def _speaks(self) -> None:
        """A message; or half of one."""
        await sleep(self.exchange.clock, 1.0)
        if not self.leg.live:
            return
        if self.caller.leaves is Leaves.WHILE_SPEAKING:
            await speak(self.exchange.switch, self.leg, "", MESSAGE_SECONDS / 2)
            self._hangs_up()
            return
        await speak(self.exchange.switch, self.leg, "", MESSAGE_SECONDS)
        await press(self.exchange.switch, self.leg, "#")

    async def _leaves_after(self, seconds: float) -> None:
        await sleep(self.exchange.clock, seconds)
        if not any(sound.kind == "bridge" for sound in self.leg.sounds):
            self._hangs_up()

    def _hangs_up(self) -> None:
        self.exchange.switch.party_hung_up(self.leg)

    def _now(self) -> float:
        return self.exchange.clock.seconds()


@dataclass
class People:
    """Everybody with a telephone; `legs` are the GPs' calls as they were dialled, by their numbers."""

    exchange: Simulator
    seed: int
    pace: float
    legs: dict[str, Leg] = field(default_factory=dict)
    staff: set[str] = field(default_factory=set)
    _asked: dict[str, Texter] = field(default_factory=dict)

    def employ(self, numbers: Iterator[str] | list[str]) -> None:
        """These telephones do what the seed says, ring after ring; who reads an alert sometimes writes PRIS."""
        for number in numbers:
            self.staff.add(number)
            phone = self.exchange.phone(number).phone
            phone.queue = Reactions(self.seed, number, self.pace)
            phone.sms_queue = Arrivals(self.seed, number)
        self.exchange.trace.watchers.append(self._reads)

    def decline(self) -> None:
        """From now on every telephone of the staff is busy.

        Each takes one call after the other, while the promise's clock ran far ahead: dozens wait for the busiest.
        """
        for number in self.staff:
            phone = self.exchange.phone(number).phone
            phone.queue, phone.behaviour = deque(), busy()

    @property
    def calling(self) -> bool:
        """Whether some GP is still on the line."""
        with self.exchange.clock.lock:
            return any(leg.live for leg in self.legs.values())

    def dials(self, caller: Caller) -> None:
        """A GP calls the line."""
        phone = self._gp(caller.call_back or caller.number)
        leg = self.exchange.switch.incoming(phone, LINE, "anonymous" if caller.hidden else None)
        self.legs[caller.number] = leg
        self.exchange.clock.spawn(Conversation(self.exchange, leg, caller).live())

    def texts(self, texter: Texter) -> None:
        """A GP writes to the line."""
        phone = self._gp(texter.number)
        if texter.asked:
            self._asked[texter.number] = texter
        self.exchange.messages.receive(phone, LINE, texter.words)

    def _gp(self, number: str) -> Phone:
        """A GP's telephone: he answers when he is called back, or told; nothing that is sent to him is lost."""
        phone = self.exchange.office.telephone(number)
        phone.behaviour = answers(after=2.0)
        return phone

    def _reads(self, entry: Entry) -> None:
        """An SMS lies on a telephone: told under the exchange's lock, so only a timer is set."""
        number = entry.data.get("number", "")
        if entry.kind != "sms" or f"{number} reads: " not in entry.text:
            return
        body = entry.text.partition(" reads: ")[2]
        reply = self._reply(number, body)
        if reply is not None:
            phone = self.exchange.office.telephone(number)
            self.exchange.clock.after(REPLIES_AFTER, lambda: self._sends(phone, reply))

    def _reply(self, number: str, body: str) -> str | None:
        if number in self.staff:
            reference = REFERENCE.search(body)
            claims = reference and "rappel à faire" in body and claims_by_sms(self.seed, number, reference[1])
            return f"PRIS {reference[1]}" if reference and claims else None
        texter = self._asked.get(number)
        if texter is None or "service" not in body or REFERENCE.search(body):
            return None
        return f"{texter.ward.name} {texter.ward.hospital}"

    def _sends(self, phone: Phone, body: str) -> None:
        self.exchange.messages.receive(phone, LINE, body)


class Reactions(deque[Behaviour]):
    """What one telephone does, ring after ring: never empty."""

    def __init__(self, seed: int, number: str, pace: float) -> None:
        super().__init__()
        self._next, self._pace = reactions(seed, number), pace

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Behaviour:
        return behaviour(next(self._next), self._pace)


class Arrivals(deque[SmsPlan]):
    """What becomes of one SMS after the other to this telephone."""

    _EACH = 25  # of so many one does not arrive, and of one nothing is heard

    def __init__(self, seed: int, number: str) -> None:
        super().__init__()
        self._place = sum(map(ord, f"{seed}{number}"))

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> SmsPlan:
        self._place += 1
        odd = {0: sms_undelivered(), 1: sms_never_final(arrives=True)}
        return odd.get(self._place % self._EACH, sms_delivered())


def behaviour(does: Rung, pace: float) -> Behaviour:
    """What a telephone does once; a conversation lasts as long as it takes the carrier's dates to show it as one."""
    return {
        Rung.TAKES: takes_the_call("tapez 1", conversation=TALKS_SECONDS * pace),
        Rung.PASSES: answers(hears("tapez 2"), presses("2"), hangs_up()),
        Rung.RINGS_OUT: no_answer(),
        Rung.BUSY: busy(),
        Rung.VOICEMAIL: network_voicemail(after=8.0),
        Rung.UNREACHABLE: unreachable(),
        Rung.SILENT: says_nothing(),
    }[does]
