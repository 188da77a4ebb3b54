"""How each kind of setting is written. A check raises ValueError; its text never quotes what was typed."""

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
import psycopg
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg import pq
from pydantic import SecretStr

from config import redis_address

REGISTERS = ("postgresql", "postgres", "postgresql+psycopg")
WRITES = ("read-write", "primary")
LOCAL = ZoneInfo("Europe/Paris")


def web_address(text: str) -> str:
    """http or https, without its last slash."""
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address that begins with https:// or http://")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("an address without ?, # or @")
    return text.rstrip("/")


def public_address(text: str) -> str:
    """Ours, as the carrier sees it: what callers said is never sent in clear across a network."""
    address = web_address(text)
    parts = _split(address)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("http only to this machine (127.0.0.1, localhost); https everywhere else")
    return address


def watch_address(address: SecretStr) -> SecretStr:
    """Of a watch elsewhere; what follows its host is a secret, so the text does not quote it."""
    parts = _split(address.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ValueError("not an address that begins with https://")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("http only to this machine (127.0.0.1, localhost); https everywhere else")
    return address


def sentry(address: SecretStr) -> SecretStr:
    """Of a project of a Sentry, with its key; the text does not quote it."""
    parts = _split(address.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
        raise ValueError("not an address like https://key@host/1")
    if not parts.path.rpartition("/")[2].isdigit():
        raise ValueError("no project: it ends with a number, like https://key@host/1")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("http only to this machine (127.0.0.1, localhost); https everywhere else")
    return address


def headers(text: SecretStr) -> SecretStr:
    """`name=value`, with commas between them."""
    for pair in text.get_secret_value().split(","):
        if "=" not in pair.strip().lstrip("="):
            raise ValueError("not like name=value, with commas between them")
    return text


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise ValueError("not an address") from None  # its own text would quote a password


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def doorbell(url: SecretStr) -> SecretStr:
    """A Redis, or the Sentinels before one; it may hold a password, so the text does not quote it."""
    address = url.get_secret_value()
    _split(address)
    for fault in redis_address.faults(address):
        raise ValueError(fault)
    return url


def register(url: SecretStr) -> SecretStr:
    """One PostgreSQL, or several of which one takes writes; it holds a password, so the text does not quote it."""
    address = url.get_secret_value()
    if _split(address).scheme not in REGISTERS:
        raise ValueError(f"not an address that begins with {' or '.join(f'{scheme}://' for scheme in REGISTERS)}")
    try:
        said = {
            option.keyword.decode(): (option.val or b"").decode()
            for option in pq.Conninfo.parse(f"postgresql:{address.partition(':')[2]}".encode())
        }
    except psycopg.OperationalError:
        raise ValueError("not an address that PostgreSQL's own programs understand") from None
    if "," in said["host"] and said["target_session_attrs"] not in WRITES:
        raise ValueError("several servers: ?target_session_attrs=read-write must follow, for one of them takes writes")
    return url


def long_enough(secret: SecretStr) -> SecretStr:
    """For signing."""
    if len(secret.get_secret_value()) < 32:
        raise ValueError("shorter than 32 characters")
    return secret


def keys(text: object) -> object:
    """Comma-separated base64, either alphabet, each of 32 bytes."""
    return tuple(_key(part.strip()) for part in text.split(",")) if isinstance(text, str) else text


def one_key(text: object) -> object:
    """Base64, either alphabet, of 32 bytes."""
    return _key(text.strip()) if isinstance(text, str) else text


def _key(text: str) -> bytes:
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("a key is not base64") from error
    if len(key) != 32:
        raise ValueError("a key is not 32 bytes long")
    return key


def e164(text: str) -> str:
    """Possible is enough (fiction ranges are): what is unwise, `doctor` says."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def sender(text: str) -> str:
    """A number, or the name some carriers show instead of one."""
    if re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", text):
        return text
    if re.search(r"[^\d+ ().-]", text):
        raise ValueError("as a name: at most 11 letters, digits and spaces, one letter at least")
    return e164(text)


def folder(path: Path) -> Path:
    """Wherever a process stands later."""
    return path.expanduser().absolute()


def email(text: str) -> str:
    """One address."""
    if not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", text):
        raise ValueError("not an e-mail address")
    return text


def one_address(text: str) -> str:
    """Ours, in small letters: what comes to it is compared with it."""
    return email(text).lower()


def domains(text: object) -> object:
    """Comma-separated names of domains, in small letters, without the @ that some write before them."""
    if not isinstance(text, str):
        return text
    names = tuple(part.strip().lower().lstrip("@.") for part in text.split(",") if part.strip())
    if not names or not all(re.fullmatch(r"[^@\s,;/]+\.[^@\s,;/.]{2,}", name) for name in names):
        raise ValueError("not names of domains like mssante.fr, with commas between them")
    return names


def countries(text: object) -> object:
    """Comma-separated countries in two letters (ISO 3166), as the numbering plans know them."""
    if not isinstance(text, str):
        return text
    codes = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    if not codes <= phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("not countries in two letters like BE,GB, with commas between them")
    return codes


def readable(path: Path) -> Path:
    """A file that this account can open."""
    try:
        with folder(path).open("rb"):
            return folder(path)
    except OSError:
        raise ValueError("not a file that can be read") from None


def public_key(text: str) -> str:
    """An elliptic-curve key as SendGrid shows it: base64 of its DER, in one line."""
    try:
        key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("not a public key in base64") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not an elliptic-curve key")
    return text


def instant(text: object) -> object:
    """Local time of the hospital when it names no offset."""
    if not isinstance(text, str):
        return text
    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("not a date and time like 2026-11-23T14:00:00") from error
    local = said if said.tzinfo else said.replace(tzinfo=LOCAL)
    if said.tzinfo is None and local.astimezone(UTC).astimezone(LOCAL).replace(tzinfo=None) != said:
        raise ValueError("a time that does not exist: the clocks go forward over it that night")
    return local.astimezone(UTC)
