"""<Record>: beep, listen, end on silence, key, length or hang-up; the recording becomes ready later."""

from dataclasses import dataclass, field

from simulator import parameters
from simulator.legs import HungUp, Key, Leg, Redirected, Speech
from simulator.office import Office
from simulator.pages import Page, Target
from simulator.prompts import Prompting
from simulator.recordings import Recording, Voice
from simulator.tasks import sleep
from simulator.verbs import Record
from simulator.webhooks import Params, Undelivered, Webhook

BEEP_SECONDS = 0.5
SHORTEST = 0.5  # less than this is no recording at all
AFTER_THE_STATUS = 0.1


@dataclass
class Tape:
    """One recording being made. Times in clock seconds."""

    start: float
    voices: list[tuple[float, float, str]] = field(default_factory=list)
    end: float = 0.0

    @property
    def speaking_until(self) -> float | None:
        return self.voices[-1][1] if self.voices else None

    def cut(self, now: float) -> None:
        """Nobody is recorded after the end."""
        self.end = now
        self.voices = [(start, min(end, now), text) for start, end, text in self.voices if start < now]


class Taping:
    def __init__(self, office: Office, prompts: Prompting) -> None:
        self.office = office
        self.prompts = prompts

    async def run(self, leg: Leg, verb: Record, page: Page) -> Target | None:
        """The action with the recording, or None (nothing recorded) to go on with the next verb."""
        if verb.play_beep:
            await self.prompts.sound(leg, "beep", "", BEEP_SECONDS)
        recording = Recording(self.office.sids.new("RE"), leg.sid, self.office.now)
        tape = Tape(self.office.clock.seconds())
        self._open(leg, verb, page, recording)
        try:
            key = await self._listen(leg, verb, tape)
        except HungUp:
            self._hung_up(leg, verb, page, recording, tape)
            raise
        except Redirected:
            tape.cut(self.office.clock.seconds())
            self._close(leg, verb, page, recording, tape)
            raise
        finally:
            leg.recording = False
            leg.end_sounds()
        leg.inbox.clear()
        if not self._close(leg, verb, page, recording, tape):
            return None
        return self._action(verb, page, recording, key)

    async def _listen(self, leg: Leg, verb: Record, tape: Tape) -> str:
        """The key that ended it, or nothing."""
        clock, key = self.office.clock, ""
        while not key and (left := self._deadline(verb, tape) - clock.seconds()) > 1e-6:
            item = await leg.inbox.get(left)
            if isinstance(item, Key) and item.digit in verb.finish_on_key:
                key = item.digit
            elif isinstance(item, Speech):
                tape.voices.append((clock.seconds(), clock.seconds() + item.seconds, item.text))
        tape.cut(clock.seconds() - (self.office.unknowns.finish_key_clips if key else 0.0))
        return key

    def _deadline(self, verb: Record, tape: Tape) -> float:
        limit = tape.start + verb.max_length
        if tape.speaking_until is not None:
            return min(limit, tape.speaking_until + verb.timeout)
        return min(limit, tape.start + verb.timeout) if self.office.unknowns.initial_silence_in_record else limit

    # -- what becomes of it --------------------------------------------------------------------------------------

    def _open(self, leg: Leg, verb: Record, page: Page, recording: Recording) -> None:
        self.office.recordings.add(recording)
        leg.recording = True
        leg.begin_sound("recording", "")
        self.office.trace.add("recording", "begins", leg.sid, recording=recording.sid)
        self._report(leg, verb, page, recording, "in-progress")

    def _close(self, leg: Leg, verb: Record, page: Page, recording: Recording, tape: Tape) -> bool:
        """False when nothing was recorded."""
        start, end = _kept(tape, trimmed=verb.trim == "trim-silence")
        if end - start < SHORTEST:
            self._settle(leg, verb, page, recording, "absent")
            return False
        recording.duration = max(1, round(end - start))
        recording.voices = tuple(Voice(begin - start, over - start, text) for begin, over, text in tape.voices)
        recording.status = "processing"
        self.office.trace.add("recording", f"{recording.duration} s", leg.sid, recording=recording.sid)
        self.office.clock.spawn(self._process(leg, verb, page, recording))
        return True

    async def _process(self, leg: Leg, verb: Record, page: Page, recording: Recording) -> None:
        """Media becomes ready later than the action, as on the real service."""
        await sleep(self.office.clock, self.office.faults.recording_delay)
        recording.media_404 = self.office.faults.recording_media_404
        self._settle(leg, verb, page, recording, "absent" if self.office.faults.recording_lost else "completed")

    def _settle(self, leg: Leg, verb: Record, page: Page, recording: Recording, status: str) -> None:
        recording.status = status
        recording.updated = self.office.now
        self._report(leg, verb, page, recording, status)

    def _hung_up(self, leg: Leg, verb: Record, page: Page, recording: Recording, tape: Tape) -> None:
        tape.cut(self.office.clock.seconds())
        if self._close(leg, verb, page, recording, tape):
            target = self._action(verb, page, recording, "hangup")
            self.office.clock.spawn(farewell(self.office, leg, target))

    def _action(self, verb: Record, page: Page, recording: Recording, digits: str) -> Target:
        params = (
            ("RecordingUrl", recording_url(self.office, recording)),
            ("RecordingSid", recording.sid),
            ("RecordingDuration", str(recording.duration)),
            ("Digits", digits),
        )
        return Target(page.resolve(verb.action), verb.method, params, "record")

    def _report(self, leg: Leg, verb: Record, page: Page, recording: Recording, status: str) -> None:
        if verb.recording_status_callback is None or status not in verb.recording_status_callback_event:
            return
        params = _status_parameters(self.office, leg, recording, status)
        url = page.resolve(verb.recording_status_callback)
        hook = Webhook("recording-status", url, params, verb.recording_status_callback_method, leg.sid, leg.sid)
        self.office.delivery.notify(hook)


async def farewell(office: Office, leg: Leg, target: Target) -> None:
    """The action requested although the caller is gone: CallStatus is final, the answer has no effect."""
    if not office.unknowns.action_on_hangup_first:
        await sleep(office.clock, AFTER_THE_STATUS)
    params = parameters.base(office, leg) + target.params
    try:
        await office.delivery.fetch(Webhook(target.kind, target.url, params, target.method, leg.sid, leg.sid))
    except Undelivered as failure:
        office.trace.complain(
            failure.code, f"{target.kind} after the hang-up: {failure.reason}", leg.sid, level="error"
        )


def recording_url(office: Office, recording: Recording) -> str:
    """Without extension; `.wav` and `.mp3` may be added."""
    return office.resource_url(f"Recordings/{recording.sid}")


def _kept(tape: Tape, trimmed: bool) -> tuple[float, float]:
    if not trimmed:
        return tape.start, tape.end
    return (tape.voices[0][0], max(end for _, end, _ in tape.voices)) if tape.voices else (tape.start, tape.start)


def _status_parameters(office: Office, leg: Leg, recording: Recording, status: str) -> Params:
    duration = (("RecordingDuration", str(recording.duration)),) if status == "completed" else ()
    return (
        ("AccountSid", office.account.sid),
        ("CallSid", leg.sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", recording_url(office, recording)),
        ("RecordingStatus", status),
        *duration,
        ("RecordingChannels", "1"),
        ("RecordingStartTime", office.rfc2822(recording.created)),
        ("RecordingSource", recording.source),
        ("RecordingTrack", "inbound"),
    )
