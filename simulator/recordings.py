"""Recordings: the resource, its life, and media generated on demand (WAV 8 kHz mono 16 bit, MP3 8 kHz)."""

import struct
from dataclasses import dataclass, field
from datetime import datetime

RATE = 8000
_TONE = struct.pack("<8h", 0, 5657, 8000, 5657, 0, -5657, -8000, -5657)  # one period of 1 kHz at 8 kHz
_SILENCE = bytes(len(_TONE))
# MPEG-2.5 layer III, 8 kbit/s, 8 kHz, mono: 72 bytes hold 72 ms; zeros decode to silence.
_MP3_FRAME = b"\xff\xe3\x18\xc0" + bytes(68)
MP3_FRAME_SECONDS = 0.072


@dataclass(frozen=True)
class Voice:
    """A stretch in which somebody spoke, seconds from the start of the recording."""

    start: float
    end: float
    text: str = ""


@dataclass
class Recording:
    """What REST shows of it. `duration` in whole seconds, after trimming."""

    sid: str
    call_sid: str
    created: datetime
    status: str = "in-progress"
    source: str = "RecordVerb"
    duration: int | None = None
    voices: tuple[Voice, ...] = ()
    updated: datetime | None = None
    error_code: int | None = None
    media_404: int = 0
    deleted: datetime | None = None

    @property
    def text(self) -> str:
        return " ".join(voice.text for voice in self.voices if voice.text)

    @property
    def ready(self) -> bool:
        return self.status == "completed" and self.deleted is None


@dataclass
class Recordings:
    by_sid: dict[str, Recording] = field(default_factory=dict)

    def add(self, recording: Recording) -> Recording:
        self.by_sid[recording.sid] = recording
        return recording

    def of_call(self, call_sid: str) -> list[Recording]:
        return [recording for recording in self.by_sid.values() if recording.call_sid == call_sid]


def wav(recording: Recording) -> bytes:
    """A whole RIFF file whose length is the declared duration: tone where somebody spoke, silence elsewhere."""
    periods = RATE // 8 * (recording.duration or 0)
    samples = bytearray(_SILENCE * periods)
    for voice in recording.voices:
        start, end = (min(periods, max(0, int(at * RATE) // 8)) for at in (voice.start, voice.end))
        samples[start * 16 : end * 16] = _TONE * (end - start)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2,
                         2, 16, b"data", len(samples))  # fmt: skip
    return header + bytes(samples)


def mp3(recording: Recording) -> bytes:
    """Silent frames of the declared length."""
    return _MP3_FRAME * round((recording.duration or 0) / MP3_FRAME_SECONDS)


def media_seconds(content: bytes) -> float:
    """How long a played file lasts: exact for PCM WAV, else guessed at 64 kbit/s."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE" and len(content) >= 44:
        rate = struct.unpack("<I", content[28:32])[0]
        return (len(content) - 44) / rate if rate else 0.0
    return len(content) / 8000
