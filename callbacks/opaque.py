"""The token of a row that a UUID names: the UUID, and a signature over it.

A wrong token is known for wrong without asking the database.
"""

import base64
import hmac
from hashlib import sha256
from uuid import UUID

SIGNATURE_BYTES = 6


def sign(row_id: UUID, label: bytes, secret: bytes) -> str:
    """Thirty characters for an address. `label`: which table's, lest one signature stand for another."""
    return base64.urlsafe_b64encode(row_id.bytes + _signature(row_id, label, secret)).rstrip(b"=").decode()


def unsign(token: str, label: bytes, secret: bytes) -> UUID | None:
    """The row's id, or None for a token that we did not write."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + SIGNATURE_BYTES:
        return None
    row_id = UUID(bytes=raw[:16])
    # To the letter: the decoder passes over whatever it does not know, and one row would have many addresses.
    return row_id if hmac.compare_digest(token.encode(), sign(row_id, label, secret).encode()) else None


def _signature(row_id: UUID, label: bytes, secret: bytes) -> bytes:
    # The secret signs sessions and other links too.
    return hmac.digest(secret, label + b":" + row_id.bytes, sha256)[:SIGNATURE_BYTES]
