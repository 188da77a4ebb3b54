"""What a GP said or wrote, at rest: AES-256-GCM, the key's id in front, the row's id bound to it.

Layout: version (1 byte), key id (4 bytes), nonce (12 bytes), ciphertext and tag. The context (table and row id) is
authenticated, so that a ciphertext moved to another row does not open. New text is sealed with the first key; every
key given opens, which is how keys are rotated.
"""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
HEAD_BYTES = len(VERSION) + KEY_ID_BYTES
_BODY_AT = HEAD_BYTES + NONCE_BYTES


class Unreadable(Exception):
    """A sealed text that no key we were given opens; it was changed, moved, or its key is gone."""


class Box:
    """Seals with the first of `keys` (32 bytes each, newest first), opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"an encryption key has {KEY_BYTES} bytes")
        self._keys = [(key_id(key), AESGCM(key)) for key in keys]

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """`plain`, readable again only with this key and this `context`."""
        newest, cipher = self._keys[0]
        head, nonce = VERSION + newest, os.urandom(NONCE_BYTES)
        return head + nonce + cipher.encrypt(nonce, plain, head + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed; raises Unreadable."""
        head, nonce, body = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:_BODY_AT], sealed[_BODY_AT:]
        if len(nonce) < NONCE_BYTES or not head.startswith(VERSION):
            raise Unreadable("not a sealed text")
        for cipher in (cipher for known, cipher in self._keys if VERSION + known == head):
            try:
                return cipher.decrypt(nonce, body, head + context)
            except InvalidTag:
                continue
        raise Unreadable("no key opens this text here")

    def is_current(self, sealed: bytes) -> bool:
        """Whether `sealed` was sealed with the newest key; false once the keys were rotated."""
        return sealed.startswith(self.head)

    def reseal(self, sealed: bytes, context: bytes) -> bytes:
        """The same words under the newest key; raises Unreadable."""
        return self.seal(self.open(sealed, context), context)

    @property
    def head(self) -> bytes:
        """How everything begins that the newest key sealed."""
        return VERSION + self._keys[0][0]

    @property
    def key_ids(self) -> tuple[bytes, ...]:
        """The names of the keys we were given, newest first."""
        return tuple(known for known, _ in self._keys)


def sealed_by(sealed: bytes) -> bytes | None:
    """The name of the key that sealed it (its first bytes are enough); None: this was never sealed."""
    return sealed[len(VERSION) : HEAD_BYTES] if sealed.startswith(VERSION) and len(sealed) >= HEAD_BYTES else None


def key_id(key: bytes) -> bytes:
    """Names a key without telling it."""
    return hashlib.sha256(b"rappel24 key id" + key).digest()[:KEY_ID_BYTES]
