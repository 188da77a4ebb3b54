"""The letter within a signed one that hides it from who reads no signatures (S/MIME, RFC 5652). Pure; never raises.

The signature is not checked: nothing is taken for truer because it is signed. What is encrypted stays closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OBJECT, _OCTETS, _CONSTRUCTED = 0x06, 0x04, 0x20
_INDEFINITE = 0x80
_DEEPEST = 5
_MOST_VALUES = 100_000  # thirty megabytes in the pieces that programs write


class _Broken(ValueError):
    """It is not what it says."""


@dataclass(frozen=True)
class _Value:
    """One value of ASN.1: its tag, and where its content begins and ends; `end` None: at the next end mark (BER)."""

    tag: int
    start: int
    end: int | None


def signed_content(content: bytes) -> bytes | None:
    """What was signed; None when it is not there, or not to be read."""
    try:
        return _Reading(content).encapsulated() or None
    except (_Broken, IndexError, StopIteration):
        return None


class _Reading:
    """Goes through the values of one file, and counts them: empty ones by the million are no letter."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.left = _MOST_VALUES

    def encapsulated(self) -> bytes:
        """ContentInfo → SignedData → what it encapsulates → its octets, each of which comes first of its kind."""
        outer = self._in(self._value(0))
        kind = next(outer)
        if kind.tag != _OBJECT or self.content[kind.start : kind.end] != _SIGNED_DATA:
            raise _Broken
        signed = self._in(next(self._in(next(outer))))
        next(signed), next(signed)  # the version, the digests
        encapsulated = self._in(next(signed))
        next(encapsulated)  # its kind
        return b"".join(self._octets(next(self._in(next(encapsulated))), 0))

    def _octets(self, value: _Value, depth: int) -> Iterator[bytes]:
        """A string of octets, whole or in pieces."""
        if value.tag & ~_CONSTRUCTED != _OCTETS or depth > _DEEPEST:
            raise _Broken
        if not value.tag & _CONSTRUCTED:
            yield self.content[value.start : value.end]
            return
        for piece in self._in(value):
            yield from self._octets(piece, depth + 1)

    def _in(self, value: _Value) -> Iterator[_Value]:
        """The values in a value."""
        at = value.start
        while at != value.end and (value.end is not None or not self._ends(at)):
            child = self._value(at)
            yield child
            at = self._after(child, 0)

    def _value(self, at: int) -> _Value:
        self.left -= 1
        if self.left < 0:
            raise _Broken
        tag, length = self.content[at], self.content[at + 1]
        if length == _INDEFINITE:
            return _Value(tag, at + 2, None)
        many = length & 0x7F if length > _INDEFINITE else 0
        if many > 4:
            raise _Broken
        size = int.from_bytes(self.content[at + 2 : at + 2 + many], "big") if many else length
        return _Value(tag, at + 2 + many, at + 2 + many + size)

    def _after(self, value: _Value, depth: int) -> int:
        """Where the next value begins."""
        if value.end is not None:
            return value.end
        if depth > _DEEPEST:
            raise _Broken
        at = value.start
        while not self._ends(at):
            at = self._after(self._value(at), depth + 1)
        return at + 2

    def _ends(self, at: int) -> bool:
        return self.content[at : at + 2] == b"\0\0"
