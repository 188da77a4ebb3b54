"""The other telephone of a call that is being put through: what is heard there before the two are connected.

A senior hears which ward and takes a GP's call, or passes; a GP hears who calls him back. Nobody is connected who did
not press 1, and our own record of the 1 is made here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from callbacks import attempts, bridge
from callbacks.bridges import Caller
from callbacks.house import Desk
from callbacks.line import NOBODY_LISTENS, PREFIX, Document, Render
from config import clock
from config.clock import Moment
from ivr.engine import Heard, Memory, Progress, Waiting, Working, answered, begin, hear
from ivr.flow import FLOW


@dataclass(frozen=True)
class Key:
    """A key pressed on the other telephone: of which attempt or bridge, in whose call (its sid), when."""

    id: UUID
    parent_sid: str
    moment: Moment


def _accept(connection: Connection, key: Key) -> str:
    return "ok" if attempts.accept(connection, key.id, key.parent_sid) else "too_late"


def _decline(connection: Connection, key: Key) -> str:
    attempts.decline(connection, key.id)
    return "ok"


def _accept_callback(connection: Connection, key: Key) -> str:
    return "ok" if bridge.accept(connection, key.id, key.parent_sid, key.moment) else "too_late"


PRESSED: dict[str, Callable[[Connection, Key], str]] = {
    "accept": _accept,
    "decline": _decline,
    "accept_callback": _accept_callback,
}


@dataclass(frozen=True)
class Legs:
    """The use cases of the other telephone."""

    desk: Desk
    render: Render

    # A senior who may take a GP's call

    def whisper(self, attempt_id: UUID, child_sid: str) -> str:
        """The senior's telephone was answered: he hears which ward, and presses 1 or 2."""
        with self.desk.engine.begin() as connection:
            words = attempts.whisper(connection, attempt_id, child_sid)
            moment = clock.read(connection)
        start = "caller_left" if words is None or words.over else "whisper"
        return self._answer(begin(FLOW, start, _ward(words)), moment, f"whisper/{attempt_id}")

    def whisper_key(self, attempt_id: UUID, child_sid: str, parent_sid: str, heard: Heard) -> str:
        """He pressed a key, or none."""
        with self.desk.engine.begin() as connection:
            words = attempts.whisper(connection, attempt_id, child_sid)
            key = Key(attempt_id, parent_sid, clock.read(connection))
            progress = _pressed(connection, "whisper", _ward(words), key, heard, over="caller_left")
        return self._answer(progress, key.moment, f"whisper/{attempt_id}")

    def leg_ended(self, attempt_id: UUID, child_sid: str) -> None:
        """The senior's telephone is free again, whatever else gets lost."""
        with self.desk.engine.begin() as connection:
            attempts.leg_ended(connection, attempt_id, child_sid)

    # A GP who is called back

    def bridge_whisper(self, bridge_id: UUID, child_sid: str) -> str:
        """The GP's telephone was answered: he hears who calls him back, and presses 1."""
        with self.desk.engine.begin() as connection:
            caller = bridge.whispered(connection, bridge_id, child_sid)
            moment = clock.read(connection)
        start = "senior_left" if caller is None else "callback_whisper"
        return self._answer(begin(FLOW, start, _caller(caller)), moment, f"bridge/{bridge_id}")

    def bridge_key(self, bridge_id: UUID, child_sid: str, parent_sid: str, heard: Heard) -> str:
        """He pressed a key, or none: a voicemail, a fax, a secretary who does not want the call."""
        with self.desk.engine.begin() as connection:
            caller = bridge.whispered(connection, bridge_id, child_sid)
            key = Key(bridge_id, parent_sid, clock.read(connection))
            progress = _pressed(connection, "callback_whisper", _caller(caller), key, heard, over="senior_left")
        return self._answer(progress, key.moment, f"bridge/{bridge_id}")

    def bridge_leg_ended(self, bridge_id: UUID, child_sid: str) -> None:
        """The GP's telephone is on the hook again, whatever else gets lost."""
        with self.desk.engine.begin() as connection:
            bridge.leg_ended(connection, bridge_id, child_sid, clock.read(connection))

    def _answer(self, progress: Progress, moment: Moment, path: str) -> str:
        waiting = progress if isinstance(progress, Waiting) else NOBODY_LISTENS
        return self.render(Document(waiting, moment, f"{PREFIX}/{path}/key"))


def _pressed(connection: Connection, step: str, memory: Memory, key: Key, heard: Heard, *, over: str) -> Progress:
    """What a key leads to; whoever is asked again hears `over` when there is nobody left to name to him."""
    progress = hear(FLOW, step, memory, heard)
    if not isinstance(progress, Working):
        return progress if memory else begin(FLOW, over, {})
    return answered(FLOW, progress, PRESSED[progress.work](connection, key), progress.memory)


def _ward(words: attempts.Whisper | None) -> Memory:
    return {"ward": words.ward, "kind": words.kind} if words else {}


def _caller(caller: Caller | None) -> Memory:
    if caller is None:
        return {}
    return {"name": caller.name, "ward": caller.ward, "hospital": caller.hospital, "kind": caller.kind}
