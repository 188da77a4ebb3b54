"""What Outlook packs into a winmail.dat for whom it takes for another Outlook (MS-OXTNEF 2.1). Pure; never raises.

Its words in RTF are not read: such a letter brings plain ones besides.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNATURE = 0x223E9F78
_BODY, _CODE_PAGE, _OPENS_A_FILE, _TITLE, _DATA = 0x0002800C, 0x00069007, 0x00069002, 0x00018010, 0x0006800F
_HEAD = struct.Struct("<BII")
_MOST_ATTRIBUTES = 2_000


@dataclass
class Opened:
    """Its words, in `charset`, and its files by their names, which are in `charset` too."""

    charset: str = "cp1252"
    words: bytes = b""
    files: list[tuple[bytes, bytes]] = field(default_factory=list)


def opened(content: bytes) -> Opened:
    """What is in it, up to where it breaks off."""
    found = Opened()
    for name, data in _attributes(content):
        if name == _BODY:
            found.words = data.rstrip(b"\0")
        elif name == _CODE_PAGE and len(data) >= 4:
            found.charset = f"cp{struct.unpack_from('<I', data)[0]}"
        elif name == _OPENS_A_FILE:
            found.files.append((b"", b""))
        elif found.files and name in (_TITLE, _DATA):
            title, held = found.files[-1]
            found.files[-1] = (data.rstrip(b"\0"), held) if name == _TITLE else (title, data)
    return found


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Level, name, length, data and a checksum, one after the other."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if at + _HEAD.size > len(content):
            return
        _, name, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        if at + length > len(content):
            return
        yield name, content[at : at + length]
        at += length + 2
