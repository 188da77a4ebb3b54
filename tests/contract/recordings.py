"""What callers said, as the carrier keeps it: a wav that is ready a moment after the action was asked for."""

import io
import threading
import time
import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin
from uuid import uuid4
from xml.etree.ElementTree import Element

from tests.contract.wire import Wire

READY_AFTER = 0.1  # real carriers need seconds; a fetch before it must be tried again
RATE = 8000


@dataclass
class Recording:
    """A message of so many seconds; `ready` when its media can be fetched."""

    account: str
    call_sid: str
    seconds: int
    url: str
    sid: str
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    ready: bool = False
    deleted: bool = False
    fetched: int = 0

    def params(self) -> dict[str, str]:
        """What `<Record action>` is told."""
        return {"RecordingSid": self.sid, "RecordingUrl": self.url, "RecordingDuration": str(self.seconds)}

    def media(self) -> bytes:
        """8 kHz mono, as long as declared, and unlike any other recording."""
        sound = io.BytesIO()
        with wave.open(sound, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE)
            voice = self.sid.encode() * (2 * RATE * self.seconds // len(self.sid) + 1)
            wav.writeframes(voice[: 2 * RATE * self.seconds])
        return sound.getvalue()


@dataclass
class Recordings:
    """All of them, by SID."""

    wire: Wire
    account: str
    base: str
    kept: dict[str, Recording] = field(default_factory=dict)

    def make(self, call_sid: str, page: str, seconds: int, verb: Element) -> Recording:
        sid = f"RE{uuid4().hex}"
        url = f"{self.base}/2010-04-01/Accounts/{self.account}/Recordings/{sid}"
        recording = self.kept[sid] = Recording(self.account, call_sid, seconds, url, sid)
        where = urljoin(page, verb.get("recordingStatusCallback", ""))
        wanted = verb.get("recordingStatusCallbackEvent", "completed").split()
        told = where if "completed" in wanted and verb.get("recordingStatusCallback") else ""
        threading.Thread(target=self._finish, args=(recording, told), daemon=True).start()
        return recording

    def of(self, call_sid: str) -> list[Recording]:
        """What was recorded in one call."""
        return [recording for recording in self.kept.values() if recording.call_sid == call_sid]

    def _finish(self, recording: Recording, told: str) -> None:
        time.sleep(READY_AFTER)
        recording.ready = True
        if told:
            self.wire.tell(told, self._completed(recording))

    def _completed(self, recording: Recording) -> dict[str, str]:
        return recording.params() | {
            "AccountSid": self.account,
            "CallSid": recording.call_sid,
            "RecordingStatus": "completed",
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingTrack": "inbound",
            "RecordingStartTime": recording.created.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        }
