"""What the house knows of itself, handed to whoever writes a message or opens a door."""

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine

from config.crypto import Box


class Bell(Protocol):
    """The doorbell of config.queue: best effort, never raises; the database knows what is due."""

    def ring(self, kind: str, id: int | str) -> None:
        """Tell a worker that work of `kind` (deliver, climb, fetch, picture) waits under `id`."""


@dataclass(frozen=True)
class House:
    """The settings that decide how we present ourselves. Numbers are E.164; `public_url` has no slash at its end."""

    line_number: str
    sms_sender: str  # a number, or at most eleven letters: then nobody can answer it
    alert_caller: str
    public_url: str
    alert_phone: str | None  # the last resort when nobody at all can be told
    alert_email: str | None
    switchboard: str | None
    shows_caller: bool  # ALERT_SHOWS_CALLER: the GP's number may stand in an SMS to the ward
    language: str
    secret_key: bytes = field(repr=False)
    speech: bool = False  # "or say its name" at the first prompt
    mail_address: str | None = None  # what we write from, and are written to; None: no e-mail
    abroad: frozenset[str] = frozenset()  # countries (two letters) whose ordinary numbers the line may call too
    canary_number: str | None = None  # what the line calls itself from; None: it does not
    fallback_url: str | None = None  # a document elsewhere: what whom we called hears when nothing of ours answers
    secure_domains: tuple[str, ...] = ("mssante.fr",)  # mail between these, and below them, is sent whole

    @property
    def hears_replies(self) -> bool:
        """Whether an SMS from us can be answered: never true of a name as sender."""
        return self.sms_sender.startswith("+")


@dataclass(frozen=True)
class Desk:
    """What a door needs to ask the desk for work: register, doorbell, cipher, and what we are called."""

    engine: Engine
    doorbell: Bell
    box: Box
    house: House
