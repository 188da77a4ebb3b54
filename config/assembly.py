"""Settings made into the parts that the web, the worker, the tick and the mail process are put together from."""

from pathlib import Path
from typing import TYPE_CHECKING

from callbacks.house import House
from callbacks.shelf import Shelf
from config import sealed_numbers
from config.crypto import Box
from config.lazily import lazily
from config.settings import Settings, Storage

if TYPE_CHECKING:
    from webhooks.mail import guards
else:
    guards = lazily("webhooks.mail.guards")

RECORDINGS = "recordings"  # the folder below RAPPEL24_HOME


class ServersMissing(RuntimeError):
    """Web, worker, tick and mail start no servers."""


def house_of(settings: Settings) -> House:
    """How we present ourselves."""
    return House(
        line_number=settings.line_number,
        sms_sender=settings.sms_sender,
        alert_caller=settings.alert_caller,
        public_url=settings.public_url.rstrip("/"),
        alert_phone=settings.alert_phone,
        alert_email=settings.alert_email,
        switchboard=settings.switchboard_number,
        shows_caller=settings.alert_shows_caller,
        language=settings.language,
        secret_key=settings.secret_key.get_secret_value().encode(),
        speech=settings.speech,
        mail_address=settings.mail_address,
        canary_number=settings.canary_number,
        abroad=settings.calls_abroad,
        fallback_url=settings.fallback_url,
        secure_domains=settings.secure_mail_domains,
    )


def ours_of(settings: Settings) -> "guards.Ours | None":
    """The addresses we are written to: our own, and those of mailboxes that are called by theirs. None: no e-mail."""
    if settings.mail_address is None:
        return None
    users = (server.user.lower() for server in settings.imap_urls)
    return guards.Ours(settings.mail_address, frozenset(user for user in users if "@" in user))


def box_of(settings: Settings) -> Box:
    """What seals and opens what GPs said and wrote."""
    return Box(settings.keys)


def numbers_at_rest(storage: Storage) -> None:
    """From here on this process opens numbers with our keys, and seals them when it is asked to."""
    sealed_numbers.configure(storage.keys, sealing=storage.seals)


def shelf_of(settings: Settings) -> Shelf:
    """Where recordings are kept; the folder is made with the first of them."""
    return Shelf(Path(settings.home) / RECORDINGS, box_of(settings))


def tokens_of(settings: Settings) -> list[str]:
    """The carrier's tokens, both while one replaces the other."""
    tokens = (settings.twilio_auth_token, settings.twilio_auth_token_secondary)
    return [token.get_secret_value() for token in tokens if token is not None]


def database_url(settings: Settings) -> str:
    """Where the register is; `rappel24 serve` says it to its children, which start none."""
    if settings.database_url is None:
        raise ServersMissing("DATABASE_URL: `rappel24 serve` hands it to its children")
    return settings.database_url.get_secret_value()


def redis_url(settings: Settings) -> str:
    """Where the doorbell is."""
    if settings.redis_url is None:
        raise ServersMissing("REDIS_URL: `rappel24 serve` hands it to its children")
    return settings.redis_url.get_secret_value()
