"""What a caller answered while we could not keep it, sealed into the address that he is sent on to."""

import base64
import binascii
import json
from collections.abc import Mapping

from config.crypto import Box, Unreadable

# Only what a turn is decided by; the carrier sends the rest again by itself.
FIELDS = (
    "Digits",
    "SpeechResult",
    "RecordingSid",
    "RecordingDuration",
    "DialCallStatus",
    "DialBridged",
    "DialCallSid",
)
CONTEXT = b"held"


def seal(box: Box, form: Mapping[str, str]) -> str:
    """The answer as text for a URL that tells nobody anything."""
    kept = {name: form[name] for name in FIELDS if form.get(name)}
    return base64.urlsafe_b64encode(box.seal(json.dumps(kept).encode(), CONTEXT)).decode()


def unseal(box: Box, text: str) -> Mapping[str, str]:
    """The answer again; nothing for what is not ours."""
    if not text:
        return {}
    try:
        kept: dict[str, str] = json.loads(box.open(base64.urlsafe_b64decode(text), CONTEXT))
    except (Unreadable, binascii.Error, ValueError):
        return {}
    return kept
