"""The letterbox: every door drops the bytes of a letter into it, and one intake reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from callbacks.house import Desk
from callbacks.shelf import Shelf
from callbacks.written import intake
from config.database import real_now
from config.lazily import lazily

if TYPE_CHECKING:
    from webhooks.mail import letter
    from webhooks.mail.guards import Ours
else:
    letter = lazily("webhooks.mail.letter")


@dataclass(frozen=True)
class Posted:
    """The bytes of a letter, and what its door knows of it."""

    content: bytes = field(repr=False)
    sender: str | None = None  # the envelope's; "": the null sender, None: the door does not know
    recipient: str | None = None
    arrived: datetime | None = None  # None: now


# When it returns, the letter is kept; False: it was already. Whatever it raises, the letter is not.
Drop = Callable[[Posted], bool]


def letterbox(desk: Desk, shelf: Shelf, ours: "Ours") -> Drop:
    """The house's own, which is written to at `ours`."""

    def drop(posted: Posted) -> bool:
        arrived = posted.arrived or _now(desk)
        return intake.take(desk, shelf, letter.read(posted.content, posted.sender, posted.recipient, ours, arrived))

    return drop


def bare(address: str | None) -> str | None:
    """An address as an envelope has it, without its angle brackets: of the null sender `<>` nothing is left."""
    return None if address is None else address.strip().removeprefix("<").removesuffix(">")


def _now(desk: Desk) -> datetime:
    with desk.engine.connect() as conn:
        return real_now(conn)


def only(recipients: Sequence[str]) -> str | None:
    """The one whom the envelope names; of several none is more right than the letter's own headers."""
    return bare(recipients[0]) if len(recipients) == 1 else None
