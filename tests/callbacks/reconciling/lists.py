"""The carrier's memory, as a test fills it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from callbacks.carrier_faults import CarrierError, NotThere
from callbacks.carrier_listed import Call, Recording, Text
from callbacks.carrier_lists import Enclosed
from tests.callbacks.written.desk import LINE, ROUX

UNAVAILABLE = CarrierError("503")
Listed = TypeVar("Listed")
Named = TypeVar("Named", Call, Recording)


class Killed(BaseException):
    """Our process ends here."""


@dataclass
class MemoryLists:
    """Hands out what is in it. `faults`: what the next questions get instead; `deadly`: who asks after it is killed."""

    now: datetime
    calls: list[Call] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    left: list[Recording] = field(default_factory=list)
    pictures: dict[str, list[Enclosed]] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    deadly: str = ""
    _minutes: "count[int]" = field(default_factory=lambda: count(60, -1))

    # What happens

    def is_called(self, caller: str = ROUX, seconds: int = 40, **changed: Any) -> Call:
        began = self._then()
        call = Call(_sid("CA"), "inbound", caller, LINE, "completed", began, began + timedelta(seconds=seconds))
        self.calls.append(replace(call, **changed))
        return self.calls[-1]

    def is_written_to(self, body: str = "avis cardio svp", **changed: Any) -> Text:
        text = Text(_sid("SM"), "inbound", ROUX, LINE, body, "received", None, self._then())
        self.texts.append(replace(text, **changed))
        return self.texts[-1]

    def is_sent(self, to: str, body: str, status: str = "delivered", **changed: Any) -> Text:
        text = Text(_sid("SM"), "outbound-api", LINE, to, body, status, None, self._then())
        self.texts.append(replace(text, **changed))
        return self.texts[-1]

    def is_spoken_to(self, call: Call, seconds: int = 9, **changed: Any) -> Recording:
        recording = Recording(_sid("RE"), call.sid, "completed", seconds, call.began)
        self.left.append(replace(recording, **changed))
        return self.left[-1]

    def _then(self) -> datetime:
        """An hour ago, then a minute later each time."""
        return self.now - timedelta(minutes=next(self._minutes))

    # What is asked

    def calls_to(self, number: str, since: datetime) -> list[Call]:
        return self._answer([each for each in self.calls if each.to == number and each.began >= since])

    def calls_from(self, number: str, since: datetime) -> list[Call]:
        return self._answer([each for each in self.calls if each.caller == number and each.began >= since])

    def texts_to(self, number: str, since: datetime) -> list[Text]:
        return self._answer([each for each in self.texts if each.to == number and each.began >= since])

    def texts_from(self, sender: str, since: datetime) -> list[Text]:
        return self._answer([each for each in self.texts if each.sender == sender and each.began >= since])

    def recordings(self, since: datetime) -> list[Recording]:
        return self._answer([each for each in self.left if each.began >= since])

    def enclosed(self, sid: str) -> list[Enclosed]:
        if sid == self.deadly:
            raise Killed
        return self._answer(self.pictures.get(sid, []))

    def call(self, sid: str) -> Call:
        return self._one(self.calls, sid)

    def recording(self, sid: str) -> Recording:
        return self._one(self.left, sid)

    def _one(self, among: Sequence[Named], sid: str) -> Named:
        found = [each for each in self._answer(among) if each.sid == sid]
        if not found:
            raise NotThere("20404")
        return found[0]

    def _answer(self, listed: Sequence[Listed]) -> list[Listed]:
        if self.faults:
            raise self.faults.pop(0)
        return list(listed)


def _sid(prefix: str) -> str:
    return f"{prefix}{uuid4().hex}"
