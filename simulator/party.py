"""The person or machine at the far end of a leg: ringing, answering, keys, words, hanging up."""

from typing import Protocol

from simulator.legs import CHARACTERS_A_SECOND, Done, Key, Leg, Sound, Speech, Status
from simulator.office import Office
from simulator.phones import Behaviour, Ear, HangsUp, Hears, Presses, Reaction, Says, Step, Talks, Waits
from simulator.tasks import sleep


class Switchboard(Protocol):
    """What a party may ask of the exchange."""

    office: Office

    def party_hung_up(self, leg: Leg) -> None: ...


async def react(board: Switchboard, leg: Leg, behaviour: Behaviour) -> None:
    """What the telephone does from the first ring on; runs as a task of its own."""
    clock = board.office.clock
    await sleep(clock, behaviour.after)
    if not leg.live or leg.picked_up.done:
        return
    if behaviour.reaction is Reaction.REJECTS:
        leg.picked_up.set(Status.BUSY)
    elif behaviour.reaction is Reaction.ANSWERS:
        leg.voicemail = behaviour.voicemail
        answer(leg)
        await sleep(clock, 0)
        await follow(board, leg, behaviour.steps)


def answer(leg: Leg) -> None:
    leg.picked_up.set(Status.IN_PROGRESS)


async def follow(board: Switchboard, leg: Leg, steps: tuple[Step, ...]) -> None:
    """Carry out the steps while the call lives."""
    ear = Ear()
    for step in steps:
        if not leg.live:
            return
        ear = await _do(board, leg, step, ear)


async def _do(board: Switchboard, leg: Leg, step: Step, ear: Ear) -> Ear:
    clock = board.office.clock
    match step:
        case Hears(words, limit):
            return await _listen(board, leg, words, limit, ear)
        case Presses(keys, gap):
            await press(board, leg, keys, gap)
        case Says(text, seconds, confidence):
            await speak(board, leg, text, seconds, confidence)
        case Waits(seconds):
            await sleep(clock, seconds)
        case Talks(seconds, limit):
            await _talk(leg, seconds, limit)
        case HangsUp():
            board.party_hung_up(leg)
    return ear


async def _listen(board: Switchboard, leg: Leg, words: str, limit: float, ear: Ear) -> Ear:
    clock = board.office.clock
    deadline = clock.seconds() + limit
    while leg.live and clock.seconds() < deadline:
        found = ear.find(leg.sounds, words)
        if found and found[1] <= clock.seconds() + 1e-6:
            return found[0]
        await leg.news(min(deadline, found[1] if found else deadline) - clock.seconds())
    board.party_hung_up(leg)
    return ear


async def _talk(leg: Leg, seconds: float, limit: float) -> None:
    deadline = leg.clock.seconds() + limit
    while leg.live and leg.bridged_to is None and leg.clock.seconds() < deadline:
        await leg.news(deadline - leg.clock.seconds())
    await sleep(leg.clock, seconds)


async def press(board: Switchboard, leg: Leg, keys: str, gap: float = 0.25) -> None:
    for key in keys:
        if leg.live:
            press_now(board, leg, key)
        await sleep(leg.clock, gap)


def press_now(board: Switchboard, leg: Leg, key: str) -> None:
    if key not in "0123456789*#":
        raise ValueError(f"no such key: {key!r}")
    board.office.trace.add("key", key, leg.sid, number=leg.party)
    leg.done.append(Done("key", key, leg.clock.seconds()))
    leg.inbox.put(Key(key))


async def speak(
    board: Switchboard, leg: Leg, text: str, seconds: float | None = None, confidence: float = 0.92
) -> None:
    length = speak_now(board, leg, text, seconds, confidence)
    await sleep(leg.clock, length)


def speak_now(board: Switchboard, leg: Leg, text: str, seconds: float | None = None, confidence: float = 0.92) -> float:
    """Starts speaking; whoever is bridged hears it. Returns how long it takes."""
    length = len(text) / CHARACTERS_A_SECOND if seconds is None else seconds
    board.office.trace.add("voice", text or f"({length:.0f} s)", leg.sid, number=leg.party)
    leg.done.append(Done("voice", text, leg.clock.seconds()))
    leg.speaking = (text, leg.clock.seconds() + length)
    if leg.bridged_to:
        carry_voice(leg, leg.bridged_to)
    else:
        leg.inbox.put(Speech(text, length, confidence))
    return length


def carry_voice(speaker: Leg, listener: Leg) -> None:
    """The listener hears what is being said; also words begun before the two were put through."""
    text, until = speaker.speaking
    left = until - speaker.clock.seconds()
    if left > 0:
        sound = listener.begin_sound("voice", text, left)
        listener.clock.after(left, lambda: _fall_silent(sound))


def _fall_silent(sound: Sound) -> None:
    if sound.end is None:
        sound.end = sound.start + (sound.seconds or 0.0)
