"""Is this the whole of a recording? RIFF as the carrier sends it, read without trust."""

import struct

TOLERANCE_SECONDS = 2.0  # invariant 11


class Broken(Exception):
    """Not the whole of a wav file; the text says why."""


def fault(sound: bytes, declared_seconds: int | None) -> str | None:
    """Why `sound` cannot be taken for the recording that was declared; None when it can."""
    try:
        length = seconds(sound)
    except Broken as broken:
        return str(broken)
    if declared_seconds is not None and abs(length - declared_seconds) > TOLERANCE_SECONDS:
        return f"{length:.1f} s of {declared_seconds} s"
    return None


def seconds(sound: bytes) -> float:
    """How long it lasts. Raises Broken when it does not parse or is cut short."""
    if len(sound) < 12 or sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
        raise Broken("not a wav file")
    (size,) = struct.unpack("<I", sound[4:8])
    if len(sound) < size + 8:
        raise Broken("cut short")
    rate: int | None = None
    for name, body, length in _chunks(sound):
        if name == b"fmt " and length >= 16:
            (rate,) = struct.unpack("<I", body[8:12])
        if name == b"data":
            if not rate:
                raise Broken("sound without a format")
            return length / rate
    raise Broken("no sound in it")


def _chunks(sound: bytes) -> list[tuple[bytes, bytes, int]]:
    """Name, first bytes and declared length of each chunk."""
    found, at = [], 12
    while at + 8 <= len(sound):
        name, (length,) = sound[at : at + 4], struct.unpack("<I", sound[at + 4 : at + 8])
        if at + 8 + length > len(sound):
            raise Broken("cut short")
        found.append((name, sound[at + 8 : at + 24], length))
        at += 8 + length + length % 2
    return found
