"""SendGrid's Inbound Parse, raw: who signed it, and the letter's own bytes (twilio.md 6.1).

Flask reads every field of a form as UTF-8, which spoils a letter in any other charset; so the body is cut into its
parts here, as bytes.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from webhooks.mail.letterbox import Posted, bare, only

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
LETTER = ("email", "rawEmail")  # the field's name in the library, and in a text of 2026
MOST_PARTS = 100  # raw, it has some ten of them


class NotRaw(Exception):
    """Rightly signed, but the letter itself is not in it: the destination is not set to send it raw."""


def key_of(text: str) -> ec.EllipticCurvePublicKey:
    """The key of the setting, which was checked when it was read. Raises ValueError, TypeError."""
    key = load_der_public_key(base64.b64decode(text))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not an elliptic-curve key")
    return key


def signed(key: ec.EllipticCurvePublicKey, signature: str, timestamp: str, body: bytes) -> bool:
    """Whether SendGrid signed these bytes: ECDSA with SHA-256, over the timestamp's text and the body as it came."""
    try:
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read(body: bytes, content_type: str) -> Posted:
    """The letter in a posted form. Raises NotRaw."""
    fields = _fields(body, content_type)
    letter = next((fields[name] for name in LETTER if fields.get(name)), None)
    if letter is None:
        raise NotRaw
    sender, recipients = _envelope(fields.get("envelope", b""))
    return Posted(letter, sender, only(recipients))


def _envelope(text: bytes) -> tuple[str | None, tuple[str, ...]]:
    try:
        said = json.loads(text)
    except ValueError:
        return None, ()
    if not isinstance(said, Mapping):
        return None, ()
    sender, to = said.get("from"), said.get("to")
    recipients = tuple(each for each in to if isinstance(each, str)) if isinstance(to, list) else ()
    return bare(sender) if isinstance(sender, str) else None, recipients


def _fields(body: bytes, content_type: str) -> dict[str, bytes]:
    """Each field's bytes, by name; nothing of a body that is no form."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        return {}
    decoder = MultipartDecoder(options["boundary"].encode("latin-1", "replace"), max_parts=MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    found: dict[str, bytearray] = {}
    name = ""
    try:
        event = decoder.next_event()
        while not isinstance(event, Epilogue | NeedData):
            name = _collected(event, name, found)
            event = decoder.next_event()
    except (ValueError, RequestEntityTooLarge):  # cut short, or more parts than any letter has; what came before counts
        pass
    return {each: bytes(content) for each, content in found.items()}


def _collected(event: Event, name: str, found: dict[str, bytearray]) -> str:
    """Add what this event brings to the field at hand; the name of that field."""
    if isinstance(event, Field | File):
        found[event.name] = bytearray()
        return event.name
    if isinstance(event, Data):
        found[name] += event.data
    return name
