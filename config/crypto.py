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
_HEAD = len(VERSION) + KEY_ID_BYTES


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
        head, nonce, body = sealed[:_HEAD], sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
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
        return sealed[:_HEAD] == VERSION + self._keys[0][0]


def key_id(key: bytes) -> bytes:
    """Names a key without telling it."""
    return hashlib.sha256(b"rappel24 key id" + key).digest()[:KEY_ID_BYTES]
