"""Telephone numbers and addresses at rest: AES-SIV (RFC 5297), which gives one text for one number under one key.

So what is sealed can still be looked up, joined and kept unique: the sealed text is its own keyed hash. That two rows
have the same number shows; which number, nobody sees without the key (docs/decisions/0015). Until `configure` says
otherwise, numbers lie in clear. In statements: `config.sealed_types`.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.crypto import key_id

_SIV_BYTES = 64  # two keys of AES-256
_LABEL = b"rappel24 numbers"  # what seals a text never seals a number
_REMEMBERED = 4096  # numbers; the same ones come again and again


class Lying(str):
    """A number as it may lie in the register. A plain text that begins like one was typed by somebody, and is none."""


MARK = Lying("siv1:")  # no number begins so, and no address: a colon does not stand there


class Numbers:
    """Seals with the first of `keys` (32 bytes each, newest first) when `sealing`; opens with any of them.

    Layout: mark, the key's id in hexadecimal, a colon, base64 of the synthetic vector and what it hides.
    """

    def __init__(self, keys: Sequence[bytes] = (), *, sealing: bool = False) -> None:
        if sealing and not keys:
            raise ValueError("sealing needs a key")
        self._ciphers = {key_id(key).hex(): AESSIV(_derived(key)) for key in keys}
        self.sealing = sealing
        self.open = lru_cache(_REMEMBERED)(self._open)
        self.forms = lru_cache(_REMEMBERED)(self._forms)

    @property
    def head(self) -> Lying:
        """How every number begins that lies as it should; empty: they lie in clear."""
        return Lying(f"{MARK}{next(iter(self._ciphers))}:" if self.sealing else "")

    def seal(self, plain: str) -> Lying:
        """As it lies in the register. What is empty, or sealed with a key that we do not have, stays as it is."""
        return self.forms(plain)[0] if self.sealing else Lying(plain)

    def _forms(self, plain: str) -> tuple[Lying, ...]:
        """Every text that this number may lie as, the newest key's first and in clear last."""
        if not plain or plain.startswith(MARK):
            return (Lying(plain),)
        return (*(self._sealed(known, plain) for known in self._ciphers), Lying(plain))

    def _sealed(self, known: str, plain: str) -> Lying:
        hidden = self._ciphers[known].encrypt(plain.encode(), [_LABEL])
        return Lying(f"{MARK}{known}:{base64.urlsafe_b64encode(hidden).decode()}")

    def _open(self, lying: str) -> str:
        """In clear; what no key opens stays as it lies: better a strange number on a page than no page."""
        if not lying.startswith(MARK):
            return lying
        known, _, hidden = lying.removeprefix(MARK).partition(":")
        try:
            return self._ciphers[known].decrypt(base64.urlsafe_b64decode(hidden), [_LABEL]).decode()
        except (KeyError, InvalidTag, binascii.Error, ValueError):
            return lying


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), _SIV_BYTES, salt=None, info=_LABEL).derive(key)


# This process's ----------------------------------------------------------------------------------------------------

_ours = Numbers()


def ours() -> Numbers:
    """How this process seals and opens numbers."""
    return _ours


def configure(keys: Sequence[bytes], *, sealing: bool) -> None:
    """From now on; each process says it once, when it starts."""
    _become(Numbers(keys, sealing=sealing))


def _become(numbers: Numbers) -> None:
    global _ours
    _ours = numbers


@contextmanager
def configured(keys: Sequence[bytes], *, sealing: bool) -> Iterator[None]:
    """For as long as a command needs it."""
    before = _ours
    configure(keys, sealing=sealing)
    try:
        yield
    finally:
        _become(before)


def written(number: str | None) -> str | None:
    """A number as it is written from now on, for a statement whose parameters have no types."""
    return None if number is None else _ours.seal(number)
