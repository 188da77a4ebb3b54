"""Who tries links that are none: refused for a while, without asking anything of the house.

A right link always opens, whoever else guesses behind the same address (a hospital has one for all).
"""

from collections import OrderedDict, deque
from threading import Lock

ADDRESSES = 10_000  # remembered at most; a flood of them forgets the oldest, not the memory of the machine


class Strikes:
    """Counts what each address did wrong; per process, so the true limit is this times the processes."""

    def __init__(self, limit: int = 20, seconds: float = 60.0) -> None:
        self._limit = limit
        self._seconds = seconds
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def one_more(self, address: str, now: float) -> bool:
        """Note a wrong try at `now` (seconds of any steady clock); whether the address has had too many lately."""
        with self._lock:
            tries = self._by_address.setdefault(address, deque(maxlen=self._limit + 1))
            self._by_address.move_to_end(address)
            tries.append(now)
            while tries[0] <= now - self._seconds:
                tries.popleft()
            while len(self._by_address) > ADDRESSES:
                self._by_address.popitem(last=False)
            return len(tries) > self._limit
