"""What our numbers must be set to at the carrier: fields by name, and whose they are. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from callbacks.carrier_account import INSTEAD, METHODS, Number
from callbacks.carrier_language import RETRIES

DOORS = {
    "voice_url": "/webhooks/voice",
    "status_callback": "/webhooks/voice/status",
    "sms_url": "/webhooks/sms",
}
FALLBACKS = ("voice_fallback_url", "sms_fallback_url")
NEVER = {"voice_receive_mode": "voice", "voice_caller_id_lookup": "false"}  # a fax; a lookup that costs and tells


@dataclass(frozen=True)
class Fallbacks:
    """Where the fixed documents for a call and for an SMS lie; None: not said, then any address elsewhere will do."""

    voice: str | None = None
    sms: str | None = None

    def of(self, field: str) -> str | None:
        """By the name of the field."""
        return self.voice if field == "voice_fallback_url" else self.sms


@dataclass(frozen=True)
class Want:
    """A field, what it is, what it must be. `should` None: an address elsewhere, and we do not know which."""

    field: str
    current: str
    should: str | None

    @property
    def differs(self) -> bool:
        """Whether it must be changed."""
        return self.current != self.should


def beside(fallback_url: str | None, broken: str, call: str, sms: str) -> Fallbacks:
    """The documents that lie beside FALLBACK_URL, as `rappel24 fallback` says to put them; unsaid when they do not."""
    if fallback_url is None or not urlsplit(fallback_url).path.endswith(f"/{broken}"):
        return Fallbacks()
    return Fallbacks(urljoin(fallback_url, call), urljoin(fallback_url, sms))


def wants(number: Number, public_url: str, fallbacks: Fallbacks) -> list[Want]:
    """Every field that decides where a call or an SMS goes, as it is and as it must be."""
    texts = number.able.get("sms", False)
    fixed = {field: public_url.rstrip("/") + path + RETRIES for field, path in DOORS.items()}
    fixed |= dict.fromkeys(METHODS, "POST") | dict.fromkeys(INSTEAD, "") | NEVER
    wanted = [Want(field, number.fields.get(field, ""), value) for field, value in fixed.items()]
    wanted += [_fallback(number, field, public_url, fallbacks.of(field)) for field in FALLBACKS]
    return [want for want in wanted if texts or not want.field.startswith("sms_")]


def _fallback(number: Number, field: str, public_url: str, said: str | None) -> Want:
    current = number.fields.get(field, "")
    if said is None and _lies_elsewhere(current, public_url):
        return Want(field, current, current)
    return Want(field, current, said)


def _lies_elsewhere(address: str, public_url: str) -> bool:
    """On a machine that may be up when ours is down."""
    parts = urlsplit(address)
    return parts.scheme == "https" and parts.hostname != urlsplit(public_url).hostname


def changes(wanted: list[Want]) -> Mapping[str, str]:
    """What must be written; what we cannot know is not."""
    return {want.field: want.should for want in wanted if want.differs and want.should is not None}
