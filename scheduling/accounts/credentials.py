"""What proves who somebody is: a password, the code of his application, a code for the day he has lost it."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from itertools import pairwise

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SHORTEST, LONGEST = 12, 128  # ANSSI-PG-078: twelve when a second factor stands behind it; the rest bounds the hashing
# What stays when all that a thief would try first is taken out must still be worth guessing.
REMAINING = 6
DISTINCT = 5
# Chunks that passwords are made of again and again, in the two languages and on the two keyboards of the house.
_COMMON = (
    *("motdepasse", "password", "passw0rd", "azertyuiop", "qwertyuiop", "azerty", "qwerty", "qsdfgh", "asdfgh"),
    *("1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "0987654321", "987654321", "4321"),
    *("bonjour", "soleil", "welcome", "bienvenue", "letmein", "changeme", "secret", "admin", "administrateur", "root"),
    *("hopital", "hospital", "service", "cardiologie", "medecin", "docteur", "doctor", "secretariat", "interne"),
    *("rappel24", "rappel", "cochin", "avicenne", "aphp", "paris", "france", "iloveyou", "jetaime", "doudou", "loulou"),
    *("printemps", "automne", "hiver", "summer", "winter", "janvier", "decembre", "abcdef", "abcd", "000000", "111111"),
)
_DISGUISES = str.maketrans("@4310$5", "aaeloss")  # p@ssw0rd
_YEAR = re.compile(r"(?:19|20)\d\d")
_AGAIN = re.compile(r"(.{1,12}?)\1+")

PERIOD = 30  # seconds that a code of the application stands (RFC 6238)
DRIFT = 1  # of the telephone's clock, in periods, on each side
CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without 0, o, 1, i, l
_GROUPS, _GROUP = 4, 4  # 79 bits: a plain hash of it cannot be gone through

# OWASP's least, one lane: eight threads may hash at once on the machine that answers calls; a code comes after it.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Objection(StrEnum):
    """Why a password would be no secret."""

    SHORT = "short"
    LONG = "long"
    PERSONAL = "personal"  # his own name or address
    REPEATED = "repeated"
    COMMON = "common"


def objection(password: str, *personal: str) -> Objection | None:
    """Why `password` would be no secret, or None; `personal`: his address and his name."""
    if len(password) < SHORTEST:
        return Objection.SHORT
    if len(password) > LONGEST:
        return Objection.LONG
    folded = _folded(password)
    if any(part in folded for part in _parts(personal)):
        return Objection.PERSONAL
    if len(set(folded)) < DISTINCT or _AGAIN.fullmatch(folded) or _is_run(folded):
        return Objection.REPEATED
    worth = min(len(_without_common(written)) for written in (folded, folded.translate(_DISGUISES)))
    return Objection.COMMON if worth < REMAINING else None


def _folded(text: str) -> str:
    """Small letters without accents: what a thief's list holds."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def _parts(personal: tuple[str, ...]) -> list[str]:
    """Words of four letters and more: "amelie.durand@…" is forbidden as "amelie" and as "durand"."""
    return [word for text in personal for word in re.split(r"[^a-z0-9]+", _folded(text.split("@")[0])) if len(word) > 3]


def _is_run(text: str) -> bool:
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return sum(abs(step) <= 1 for step in steps) > len(steps) * 0.8


def _without_common(text: str) -> str:
    for chunk in _COMMON:
        text = text.replace(chunk, "")
    return re.sub(r"\W", "", _YEAR.sub("", text))


def hashed(password: str) -> str:
    """What is kept of a password (Argon2id)."""
    return _hasher.hash(_typed(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is his password. Without a hash it takes as long to say no: time does not tell who has an account."""
    try:
        _hasher.verify(password_hash or _NOBODY, _typed(password))
    except VerifyMismatchError:
        return False
    return password_hash is not None


def _typed(password: str) -> bytes:
    # One é or two characters, whatever the keyboard sends; a novel is not hashed.
    return unicodedata.normalize("NFKC", password[: LONGEST + 1]).encode()


# Of sixteen bytes that nobody kept. Written down, since to make one costs every start as much as a sign-in.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$hGJnCx8RXUT5Y8ofEE5XsA$QJUpRzLg7Ta8+WzrPLp/VKIcCwev9dpGNQDZczVbKxU"


def seal_of(password_hash: str | None) -> str:
    """Changes with the password: what was begun with the old one ends with it."""
    return sha256((password_hash or "").encode()).hexdigest()[:16]


def new_secret() -> str:
    """For an authenticator application: 160 bits in base32."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """What the QR code says to the application (otpauth://…)."""
    return pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=email, issuer_name="Rappel24")


def code_at(secret: str, real: datetime) -> str:
    """The code that the application shows at an instant of real time."""
    return pyotp.TOTP(secret, interval=PERIOD).at(real)


def step_of(secret: str, code: str, real: datetime) -> int | None:
    """The number of the period whose code this is, one period early or late; None when it is none of them."""
    if not code.isascii():  # compare_digest takes no other letters
        return None
    present = int(real.timestamp()) // PERIOD
    application = pyotp.TOTP(secret, interval=PERIOD)
    steps = range(present - DRIFT, present + DRIFT + 1)
    return next((step for step in steps if compare_digest(application.generate_otp(step), code)), None)


@dataclass(frozen=True)
class RecoveryCode:
    """One of ten, for the day the telephone is lost."""

    text: str  # shown once: "k7mq-x3vt-9wpd-h4nc"

    @property
    def hash(self) -> str:
        """What is kept of it."""
        return recovery_hash(self.text)


def recovery_codes() -> list[RecoveryCode]:
    """Ten new ones."""
    return [RecoveryCode("-".join(_group() for _ in range(_GROUPS))) for _ in range(CODES)]


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))


def recovery_hash(text: str) -> str:
    """What is kept of a recovery code, however it is spaced."""
    return sha256(re.sub(r"[\s-]", "", text.lower()).encode()).hexdigest()
