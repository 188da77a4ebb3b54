"""What a door hands to the intake: the words, who wrote them, and what they came with. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How it was written."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"  # spoken, in truth: a message left while nobody could say for which ward


@dataclass(frozen=True)
class Attached:
    """A picture or a document: its `content`, or the address `source` at which the carrier keeps it.

    `media_type` is what its sender says; what its bytes say is found out before it is kept. `refused`: a code, when the
    door did not take it (too_large, too_many, unreadable …); then there is no content.
    """

    name: str = ""
    media_type: str = ""
    content: bytes | None = None
    source: str | None = None
    refused: str = ""


@dataclass(frozen=True)
class Incoming:
    """One message as it came in, once its door has read it."""

    key: str  # what makes it one, whichever door it came by: "sms:SM…", "mail:<hash>"
    channel: Channel
    sender: str  # E.164 (or what the carrier says instead of it), or an address in small letters
    recipient: str  # the number or address it was sent to, which may name a ward
    text: str  # what is new: without quotes and signature
    subject: str = ""
    message_id: str = ""  # an e-mail's own name
    thread: tuple[str, ...] = ()  # the names of those it answers, nearest first
    attached: tuple[Attached, ...] = ()
    ignored: str = ""  # why it is kept and nothing is made of it: bounce, out_of_office, own … ("": it counts)
    silent: str = ""  # why its sender gets no automatic answer, though it counts: list, bulk … ("": he may)
    opt_out: str = ""  # the carrier's own word on STOP and START
    came: datetime | None = None  # on the one clock, when it came long before it is taken in; None: now
