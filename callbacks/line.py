"""The line: each webhook of a call is one turn, one transaction, and one answer that a repeat gets again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection

from callbacks import (
    answer_works,
    bridge,
    bridge_works,
    calls,
    canaries,
    follow_up_works,
    hanging_up,
    information_works,
    kind_works,
    message_works,
    outbox,
    proof_works,
    requests,
    senior_works,
    stories,
    ward_works,
    works,
)
from callbacks.calls import Begun, Opened
from callbacks.canaries import CANARY
from callbacks.house import Desk
from callbacks.outbox import Addressed
from callbacks.purposes import Purpose
from callbacks.talk import Talk
from config import clock, story, tracing
from config.clock import Moment
from ivr.engine import Heard, Memory, Progress, Waiting, answered, begin, hear
from ivr.flow import FLOW
from ivr.vocabulary import Bridge, Record, Ring

_ROOMS = (
    ward_works,
    works,
    kind_works,
    information_works,
    follow_up_works,
    answer_works,
    message_works,
    senior_works,
    bridge_works,
    proof_works,
)
WORKS = {name: work for room in _ROOMS for name, work in room.WORKS.items()}
# Where a call begins that we placed about no request.
BEGINNINGS: Mapping[str, str] = {
    Purpose.SHIFT_START: "shift",
    Purpose.ABSENCE: "shift",
    Purpose.PRESENCE: "presence",
    Purpose.VERIFICATION: "verify",
    Purpose.TEST_CALL: "test",
}
MAX_WORKS = 20  # in one turn; more is a circle in the table
PREFIX = "/webhooks/voice"


class UnknownCall(Exception):
    """A webhook for a call, or a turn of it, that we never handed out."""


class WorkFailed(Exception):
    """The work of `step` could not be done; nothing of this turn was kept."""

    def __init__(self, step: str) -> None:
        super().__init__(f"the work at {step} failed")
        self.step = step


@dataclass(frozen=True)
class Document:
    """What is to be said and done next, and the path (below PUBLIC_URL) that the caller's answer goes to."""

    waiting: Waiting
    moment: Moment
    action: str
    call_id: UUID | None = None


Render = Callable[[Document], str]
NOBODY_LISTENS = Waiting("hang_up", {}, ())


@dataclass(frozen=True)
class Line:
    """The use cases of a call. `render` turns a document into the carrier's language."""

    desk: Desk
    render: Render

    def incoming(self, sid: str, caller: str | None) -> str:
        """A call comes in. Returns the answer; the same one to a repeat."""
        return self._begin("arrive", sid, direction="inbound", caller=caller)

    def outgoing(self, token: UUID, sid: str) -> str:
        """A call that we placed was answered: by a person on call, or by a GP."""
        with self.desk.engine.begin() as connection:
            message = outbox.by_token(connection, token)
            if message is None:
                raise UnknownCall(str(token))
            outbox.record_status(connection, token, "delivered", provider_sid=sid)
        direction = _direction(message)
        start = direction if message.request_id is not None else BEGINNINGS.get(message.purpose, direction)
        memory = {"about": message.request_id, "purpose": message.purpose, "errand": message.detail}
        return self._begin(
            start, sid, direction=direction, person_id=message.person_id, request_id=message.request_id, memory=memory
        )

    def turn(self, call_id: UUID, turn: int, heard: Heard, gone: bool) -> str:
        """The caller answered (or was silent, or has `gone`) at a turn of his call."""
        with self.desk.engine.begin() as connection:
            opened = calls.open_turn(connection, call_id, turn)
            if opened is not None and opened.answer is not None:
                connection.rollback()  # nothing has changed: no wait for the disk
                return opened.answer
            if opened is None or turn != opened.call.turn:  # never handed out, or its answer was purged since
                raise UnknownCall(f"{call_id}/{turn}")
            talk = self._talk(connection, opened)
            if gone or opened.call.ended_at is not None:
                answer = self._left(talk, heard, turn)
            else:
                with tracing.span("decision", step=opened.call.step):
                    waiting = self._walk(talk, hear(FLOW, opened.call.step, opened.call.memory, heard))
                if opened.call.direction == CANARY and heard.digits:
                    canaries.keyed(connection, call_id)
                answer = self._close(talk, waiting, turn)
        self._committed(talk)
        return answer

    def aloud(self, call_id: UUID, turn: int) -> str:
        """The answer in writing that a turn of this call leads to: opened now, for who has proved himself in it, and
        kept nowhere; the same words to a repeat."""
        with self.desk.engine.begin() as connection:
            opened = calls.open_turn(connection, call_id, turn)
            words = None if opened is None else answer_works.aloud(self._talk(connection, opened))
            if opened is not None and words is not None:
                said = answer_works.said(opened.call.step, words)
                waiting = Waiting(opened.call.step, opened.call.memory, said)
                return self.render(Document(waiting, opened.moment, f"{PREFIX}/{call_id}/{turn}", call_id))
        raise UnknownCall(f"{call_id}/{turn}")  # after the commit: that it does not open is an alarm

    def ended(self, sid: str) -> None:
        """The carrier says that a call is over; whatever was promised stands on file from here on."""
        with self.desk.engine.begin() as connection:
            opened = calls.open_by_sid(connection, sid)
            if opened is None:
                return
            talk = self._talk(connection, opened)
            certain = not hanging_up.is_in_doubt(opened)
            hanging_up.finish(talk, certain=certain)
            calls.settle(connection, opened.call.id, talk.changes, end_attempts=certain)
        self._committed(talk)

    def settle_lost(self, sid: str, talked_seconds: float | None) -> None:
        """The carrier's word on a call whose end we missed; seconds from our 1 to the end of the senior's leg."""
        with self.desk.engine.begin() as connection:
            opened = calls.open_by_sid(connection, sid)
            if opened is None or (opened.call.ended_at is not None and opened.call.result != "open"):
                return
            talk = self._talk(connection, opened)
            if hanging_up.is_in_doubt(opened):
                hanging_up.judge_without_action(talk, talked_seconds)
            hanging_up.finish(talk, certain=True)
            calls.settle(connection, opened.call.id, talk.changes, end_attempts=True)
        self._committed(talk)

    def out_ended(self, token: UUID, sid: str, status: str) -> None:
        """A call that we placed is over; unless its words were fetched, it reached nobody."""
        with self.desk.engine.begin() as connection:
            error = None if status == "completed" else status
            changed = outbox.record_status(connection, token, status, error, provider_sid=sid)
            if changed is not None and error is not None:
                bridge.not_answered(connection, changed, clock.read(connection))
        if changed is not None and outbox.says_not_arrived(status):
            self.desk.doorbell.ring("deliver", changed)
        self.ended(sid)

    # Inside a turn

    def _begin(
        self,
        start: str,
        sid: str,
        *,
        direction: str,
        caller: str | None = None,
        person_id: int | None = None,
        request_id: int | None = None,
        memory: Memory | None = None,
    ) -> str:
        call_id = uuid4()
        with self.desk.engine.begin() as connection:
            begun = calls.begin(
                connection,
                call_id,
                sid,
                direction=direction,
                step=start,
                caller=caller,
                person_id=person_id,
                request_id=request_id,
            )
            if not begun.new:
                return self._first_answer(connection, sid, begun)
            story.follow(call_id, call=call_id)
            if request_id is not None:
                stories.follow(connection, request_id)
            if caller is not None and caller == self.desk.house.canary_number and canaries.heard(connection, call_id):
                direction = CANARY
            call = calls.fresh(
                call_id, sid, direction, start, memory or {}, caller=caller, person_id=person_id, request_id=request_id
            )
            talk = Talk(self.desk, connection, begun.moment, call)
            with tracing.span("decision", step=start):
                waiting = self._walk(talk, begin(FLOW, start, call.memory))
            answer = self._close(talk, waiting, 0)
        self._committed(talk)
        return answer

    def _first_answer(self, connection: Connection, sid: str, begun: Begun) -> str:
        """To a repeat; asked for once more when the first webhook was being answered while this one came."""
        answer = begun.answer or calls.first_answer(connection, sid)
        if answer is None:
            raise UnknownCall(sid)  # purged: the call ended long ago
        connection.rollback()
        return answer

    def _talk(self, connection: Connection, opened: Opened) -> Talk:
        call, about = opened.call, opened.call.memory.get("about")
        story.follow(opened.story, call=call.id, request=call.request_id or 0)
        if call.request_id is None and about is not None:  # a senior who calls us: what he has chosen to look after
            stories.follow(connection, about)
        return Talk(
            self.desk,
            connection,
            opened.moment,
            opened.call,
            opened.attempts,
            opened.busy,
            opened.pending,
            opened.kinds,
        )

    def _walk(self, talk: Talk, progress: Progress) -> Waiting:
        for _ in range(MAX_WORKS):
            if isinstance(progress, Waiting):
                return progress
            try:
                way = WORKS[progress.work](talk, progress.heard)
            except Exception as error:  # the edge of a work: the caller is told, nothing half done is kept
                raise WorkFailed(progress.step) from error
            progress = answered(FLOW, progress, way, progress.memory | talk.remembered)
        raise WorkFailed(talk.call.step)

    def _close(self, talk: Talk, waiting: Waiting, turn: int) -> str:
        action = f"{PREFIX}/{talk.call.id}/{turn + 1}"
        answer = self.render(Document(waiting, talk.moment, action, talk.call.id))
        self._keep(talk, waiting, turn, answer)
        return answer

    def _keep(self, talk: Talk, waiting: Waiting, turn: int, answer: str) -> None:
        calls.close_turn(
            talk.connection,
            talk.call.id,
            answered_turn=turn,
            answer=answer,
            turn=turn + 1,
            step=waiting.step,
            memory=waiting.memory,
            changes=talk.changes,
            over=talk.over,
            attempt=talk.ringing,
        )

    def _left(self, talk: Talk, heard: Heard, turn: int) -> str:
        """He has hung up: what he said is kept, and what he was owed is on file."""
        step = FLOW.steps[talk.call.step]
        if isinstance(step, Record) and heard.recorded is not None:
            message_works.keep_message(talk, heard)
        if isinstance(step, Ring):
            works.dialled(talk, heard)
        if isinstance(step, Bridge):
            bridge_works.bridged(talk, heard)
        hanging_up.finish(talk, certain=True)
        answer = self.render(Document(NOBODY_LISTENS, talk.moment, PREFIX))
        self._keep(talk, Waiting(talk.call.step, talk.call.memory | talk.remembered, ()), turn, answer)
        return answer

    def _committed(self, talk: Talk) -> None:
        for filed in talk.filed:
            requests.tell(filed)
        for kind, id in talk.bells:
            self.desk.doorbell.ring(kind, id if isinstance(id, int) else str(id))


def _direction(message: Addressed) -> str:
    """What kind of call of ours it is."""
    if message.purpose == Purpose.CALLBACK:
        return "callback"
    return "notice" if message.person_id is None else "alert"
