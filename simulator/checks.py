"""Assertions on what happened: silence, ringing, who was put through to whom, what must not have left."""

from collections.abc import Iterable
from itertools import pairwise

from simulator.legs import Leg
from simulator.phones import normal
from simulator.simulator import Simulator

LONGEST_SILENCE = 10.0
NOT_HEARD = frozenset({"pause"})


def silences(leg: Leg) -> list[tuple[float, float]]:
    """Stretches (from, to; clock seconds) in which the party of an answered call heard nothing and was not recorded."""
    if leg.answered is None:
        return []
    now = leg.clock.seconds()
    offset = now - (leg.clock.now - leg.answered).total_seconds()
    over = now if leg.ended is None else now - (leg.clock.now - leg.ended).total_seconds()
    heard = [
        (sound.start, now if sound.end is None else sound.end) for sound in leg.sounds if sound.kind not in NOT_HEARD
    ]
    return _gaps([(offset, offset), *sorted(heard), (over, over)])


def _gaps(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    reached: list[tuple[float, float]] = []
    end = spans[0][1]
    for (_, before), (start, _) in pairwise(spans):
        end = max(end, before)
        if start > end:
            reached.append((end, start))
    return reached


def longest_silence(leg: Leg) -> float:
    """Seconds."""
    return max((end - start for start, end in silences(leg)), default=0.0)


def assert_no_long_silence(simulator: Simulator, seconds: float = LONGEST_SILENCE) -> None:
    """No caller, and nobody who was called, waits in silence for longer."""
    for leg in simulator.office.legs.values():
        quiet = longest_silence(leg)
        assert quiet <= seconds, f"{leg.party} heard nothing for {quiet:.1f} s\n{simulator.transcript(leg.sid)}"


def assert_no_leg_ringing(simulator: Simulator) -> None:
    """Every call has ended."""
    live = [f"{leg.direction} {leg.party}: {leg.status}" for leg in simulator.office.legs.values() if leg.live]
    assert not live, f"still under way: {live}\n{simulator.transcript()}"


def bridged(simulator: Simulator, one: str, other: str) -> bool:
    """Were these two telephones ever put through to each other."""
    return any(
        leg.party == one and sound.kind == "bridge" and sound.text == other
        for leg in simulator.office.legs.values()
        for sound in leg.sounds
    )


def rung(simulator: Simulator) -> list[str]:
    """Numbers the application had dialled, in order."""
    return [leg.to for leg in simulator.office.legs.values() if leg.direction != "inbound"]


def texted(simulator: Simulator) -> list[str]:
    """Numbers the application had texted, in order."""
    return [message.to for message in simulator.messages.by_sid.values() if message.direction == "outbound-api"]


def leaks(simulator: Simulator, words: Iterable[str]) -> list[str]:
    """Where words that are nobody's business appear: URLs, texts, and what is said on a leg not put through."""
    wanted = [normal(word) for word in words]
    places = [(f"URL {entry.data['url']}", entry.data["url"]) for entry in simulator.trace.webhooks()]
    places += [(f"SMS to {message.to}", message.body) for message in simulator.messages.by_sid.values()]
    places += [
        (f"said to {leg.party}", sound.text)
        for leg in simulator.office.legs.values()
        if leg.direction != "inbound"
        for sound in leg.sounds
        if sound.kind in ("say", "play")
    ]
    return [place for place, text in places if any(word in normal(text) for word in wanted)]
