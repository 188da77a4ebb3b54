"""SendGrid, as it brings letters: raw, in a form, with its signature."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webhooks.mail.sendgrid import SIGNATURE, TIMESTAMP

PRIVATE = ec.derive_private_key(24, ec.SECP256R1())
PUBLIC = base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
BOUNDARY = "xYzZY"
WHEN = "1600112502"


@dataclass(frozen=True)
class Bringing:
    """What is posted."""

    body: bytes
    headers: Mapping[str, str]


def brought(letter: bytes, sender: str = "dr.roux@cabinet.example", *to: str, field: str = "email") -> Bringing:
    """A letter, rightly signed, from that envelope sender to those recipients."""
    envelope = json.dumps({"to": list(to or ("avis@hopital.example",)), "from": sender})
    return signed({"dkim": b"none", "envelope": envelope.encode(), field: letter, "SPF": b"pass"})


def signed(fields: Mapping[str, bytes], key: ec.EllipticCurvePrivateKey = PRIVATE) -> Bringing:
    """A form of those fields, and the signature over its bytes."""
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (BOUNDARY.encode(), name.encode(), value)
        for name, value in fields.items()
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    signature = base64.b64encode(key.sign(WHEN.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return Bringing(body, {SIGNATURE: signature, TIMESTAMP: WHEN, "Content-Type": kind})
