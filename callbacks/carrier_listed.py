"""What the carrier lists: calls, messages and recordings as it has them. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Call:
    """A call. `began`: when the carrier entered it; `ended`: None while it lasts."""

    sid: str
    direction: str  # inbound | outbound-api | outbound-dial
    caller: str
    to: str
    status: str
    began: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Text:
    """An SMS; `pictures`: how many came with it."""

    sid: str
    direction: str  # inbound | outbound-api | outbound-reply | outbound-call
    sender: str
    to: str
    body: str
    status: str
    error: str | None
    began: datetime
    pictures: int = 0


@dataclass(frozen=True)
class Recording:
    """A recording of a call; `seconds` None until it is whole."""

    sid: str
    call_sid: str
    status: str
    seconds: int | None
    began: datetime
