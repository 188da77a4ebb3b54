"""What the demo pretends to be: fiction numbers, secrets of its own, and no setting of a real hospital."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import BadServers
from config.settings import Settings

LINE = "+33199002424"
CANARY = "+33199002425"  # what the line calls itself from
SWITCHBOARD = "+33199001000"  # of the sample's Cochin
MAIL_DOMAIN = "rappel24.example"
MAIL_ADDRESS = f"avis@{MAIL_DOMAIN}"
SECURE_DOMAIN = "mssante.example"  # as mssante.fr is, whose addresses are not ours to invent
SECURE_DOMAINS = f"{SECURE_DOMAIN},{MAIL_DOMAIN}"  # both ends of an answer that is sent whole
LAST_RESORT = "+33639989990"  # ALERT_PHONE: the administrator on duty
FILE = "demo.env"
PASSWORD = "DEMO_PASSWORD"  # of its accounts
# What a visitor may set; everything else that he has set is a real hospital's, and stays out.
VISITORS = ("SPEECH", "ALERT_SHOWS_CALLER", "RAPPEL24_LANGUAGE", "RAPPEL24_CLOCK_RATE", "RAPPEL24_CLOCK_START")
CLIENT = ("TWILIO_REGION", "TWILIO_EDGE")  # the carrier's own client reads these


@dataclass(frozen=True)
class Ports:
    """Of the web, of the telephones (which are the carrier too), of the demo's clock, of the page of its mailboxes, of
    the mail server that our letters leave by, and of the door at which GPs leave theirs."""

    web: int
    telephones: int
    clock: int
    letters: int
    post: int
    mail_door: int

    @property
    def telephones_url(self) -> str:
        return f"http://127.0.0.1:{self.telephones}"

    @property
    def clock_url(self) -> str:
        return f"http://127.0.0.1:{self.clock}/clock"

    @property
    def letters_url(self) -> str:
        return f"http://127.0.0.1:{self.letters}"

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.web}"


def secrets_of(home: Path) -> dict[str, str]:
    """Made at the first start and kept in the home: a second run reads what the first one sealed."""
    known = _read(home / FILE)
    return {name: known.get(name) or make() for name, make in _MADE.items()}


_MADE: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "ENCRYPTION_KEYS": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "EVALUATION_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    PASSWORD: lambda: "-".join(secrets.token_hex(2) for _ in range(4)),
}


def environment(home: Path, ports: Ports, kept: Mapping[str, str], visitor: Mapping[str, str]) -> dict[str, str]:
    """Every setting of the demo's processes; those that must not be set are empty, which is the same as absent."""
    chosen = {name: visitor[name] for name in VISITORS if visitor.get(name, "").strip()}
    return {
        **dict.fromkeys((*_settings(), *CLIENT), ""),
        "RAPPEL24_HOME": str(home),
        "PORT": str(ports.web),
        "PUBLIC_URL": ports.public_url,
        "TWILIO_API_URL": ports.telephones_url,
        "LINE_NUMBER": LINE,
        "SWITCHBOARD_NUMBER": SWITCHBOARD,
        "CANARY_NUMBER": CANARY,
        "ALERT_PHONE": LAST_RESORT,
        "MAIL_ADDRESS": MAIL_ADDRESS,
        "SMTP_URL": f"smtp://127.0.0.1:{ports.post}",
        "SMTP_DOOR": str(ports.mail_door),
        "SECURE_MAIL_DOMAINS": SECURE_DOMAINS,
        "SPEECH": "on",
        "SEAL_NUMBERS": "on",
        **kept,
        **chosen,
    }


def keep(home: Path, env: Mapping[str, str]) -> None:
    """Write the settings down (0600), for the next start and for who wants to run `doctor` with them."""
    lines = [f"{name}='{value}'\n" for name, value in env.items() if value and not name.endswith("_URL")]
    lines += [f"{name}='{env[name]}'\n" for name in ("PUBLIC_URL", "TWILIO_API_URL", "SMTP_URL")]
    aside = home / f"{FILE}.new"
    aside.unlink(missing_ok=True)
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(lines)
    aside.rename(home / FILE)


def _settings() -> list[str]:
    return [str(field.validation_alias) for field in Settings.model_fields.values()]


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadServers(f"{path} cannot be read ({error.strerror}): use the account that owns it.") from error
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip("'") for name, _, value in pairs}
