"""Everything that happened, in order, and the debugger's log. A trace can be read, exported and asserted on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

STRICT_CODES = range(11700, 15000)


class StrictnessError(AssertionError):
    """A document Twilio would have complained about, or one this simulator cannot execute."""


@dataclass(frozen=True)
class Entry:
    """One line of the trace. `kind`: webhook, answer, call, sound, key, sms, rest, debugger."""

    at: datetime
    kind: str
    text: str
    sid: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def line(self, start: datetime) -> str:
        return f"{(self.at - start).total_seconds():10.2f}  {self.kind:<9} {self.sid[-4:]:<4} {self.text}"


@dataclass(frozen=True)
class Complaint:
    """An entry of the debugger. Level `warning` or `error`."""

    at: datetime
    code: int
    level: str
    text: str
    sid: str = ""


class Trace:
    """Append-only. `watchers` are told of each entry (the page of telephones is one)."""

    def __init__(self, now: Callable[[], datetime], strict: bool, limit: int = 200_000) -> None:
        self._now = now
        self._limit = limit
        self.strict = strict
        self.allowed: set[int] = set()
        self.start = now()
        self.entries: list[Entry] = []
        self.debugger: list[Complaint] = []
        self.watchers: list[Callable[[Entry], None]] = []

    def add(self, kind: str, text: str, sid: str = "", **data: Any) -> None:
        entry = Entry(self._now(), kind, text, sid, data)
        self.entries.append(entry)
        if len(self.entries) > self._limit:
            del self.entries[: self._limit // 2]
        for watcher in self.watchers:
            watcher(entry)

    def complain(self, code: int, text: str, sid: str = "", level: str = "warning", unsimulated: bool = False) -> None:
        """Log; where strict, a fault of a document is raised. What is not simulated is always raised."""
        complaint = Complaint(self._now(), code, level, text, sid)
        self.debugger.append(complaint)
        self.add("debugger", f"{level} {code}: {text}", sid, code=code)
        if unsimulated:
            raise StrictnessError(f"not simulated: {text}\n{self.dump(sid)}")
        if self.strict and code in STRICT_CODES and code not in self.allowed:
            raise StrictnessError(f"{code}: {text}\n{self.dump(sid)}")

    def of(self, kind: str, sid: str = "") -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind and sid in ("", entry.sid)]

    def webhooks(self, kind: str = "") -> list[Entry]:
        """Requests that left, by kind (gather, dial, whisper, status, …)."""
        return [entry for entry in self.of("webhook") if kind in ("", entry.data["webhook"])]

    def dump(self, sid: str = "", last: int = 60) -> str:
        """A transcript for people, the last lines of it."""
        lines = [entry for entry in self.entries if sid in ("", entry.sid)]
        return "\n".join(entry.line(self.start) for entry in lines[-last:])

    def to_json(self) -> str:
        return json.dumps([_plain(entry) for entry in self.entries], ensure_ascii=False, indent=1, default=str)


def _plain(entry: Entry) -> dict[str, Any]:
    base = {"at": entry.at.isoformat(), "kind": entry.kind, "sid": entry.sid, "text": entry.text}
    return base | {"data": entry.data} if entry.data else base
