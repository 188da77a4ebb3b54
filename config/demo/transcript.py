"""What the telephones do, line by line as it happens, for who watches the terminal."""

import sys
import threading
from collections.abc import Callable

from config.demo.words import say
from simulator.simulator import Simulator
from simulator.trace import Entry


class Transcript:
    """Follows a simulator. Keys pressed one after the other stand on one line."""

    def __init__(self, simulator: Simulator, language: str, write: Callable[[str], object] = sys.stdout.write) -> None:
        self._simulator, self._language, self._write = simulator, language, write
        self._keys: list[str] = []
        self._presser = ""
        self._guard = threading.Lock()
        self._lines: dict[str, Callable[[Entry], str | None]] = {
            "sound": self._sound,
            "voice": self._voice,
            "call": self._call,
            "sms": self._sms,
        }
        simulator.trace.watchers.append(self.follow)

    def heading(self, key: str, **values: object) -> None:
        """A new act."""
        self._out(f"\n{say(key, self._language, **values)}")

    def tell(self, key: str, **values: object) -> None:
        """Something that no telephone shows: what is on file, what the clock says."""
        self._out(f"    {say(key, self._language, **values)}")

    def follow(self, entry: Entry) -> None:
        """One event of the simulator."""
        with self._guard:
            if entry.kind == "key":
                self._key(entry)
                return
            line = self._lines.get(entry.kind, _nothing)(entry)
            if line:
                self._flush_keys()
                self._print(f"  {line}")

    def _out(self, line: str) -> None:
        with self._guard:
            self._flush_keys()
            self._print(line)

    def _print(self, line: str) -> None:
        self._write(line + "\n")
        sys.stdout.flush()

    def _key(self, entry: Entry) -> None:
        number = str(entry.data["number"])
        if number != self._presser:
            self._flush_keys()
        self._presser = number
        self._keys.append(entry.text)

    def _flush_keys(self) -> None:
        if self._keys:
            self._print("  " + say("presses", self._language, who=self._who(self._presser), keys=" ".join(self._keys)))
        self._keys, self._presser = [], ""

    def _sound(self, entry: Entry) -> str | None:
        if entry.data["sound"] not in ("say", "play", "beep"):
            return None
        words = entry.text.partition(": ")[2] or say(f"sound_{entry.data['sound']}", self._language)
        return say("hears", self._language, who=self._who(entry.data["number"]), words=words)

    def _voice(self, entry: Entry) -> str:
        return say("speaks", self._language, who=self._who(entry.data["number"]), words=entry.text)

    def _call(self, entry: Entry) -> str | None:
        if "hangup" in entry.data:
            return say("hangs_up", self._language, who=self._who(entry.data["hangup"]))
        if "bridged" in entry.data:
            return say("bridged", self._language)
        key = _STATES.get((entry.data.get("direction") == "inbound", str(entry.data.get("status"))))
        return say(key, self._language, who=self._who(entry.data["number"])) if key else None

    def _sms(self, entry: Entry) -> str | None:
        mark = " reads: "
        if mark not in entry.text:
            return None
        body = entry.text.partition(mark)[2]
        return say("reads", self._language, who=self._who(entry.data["number"]), words=body)

    def _who(self, number: object) -> str:
        phone = self._simulator.office.phones.get(str(number))
        return phone.name.partition(" (")[0] if phone and phone.name else str(number)


def _nothing(entry: Entry) -> None:
    return None


# Whether the line was called, and the state of the call; the others say nothing that is not seen otherwise.
_STATES = {
    (True, "ringing"): "calls",
    (False, "ringing"): "rings",
    (False, "in-progress"): "answers",
    (False, "busy"): "declines",
    (False, "no-answer"): "rings_out",
    (False, "canceled"): "rings_out",
}
