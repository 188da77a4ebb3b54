"""The demo's accounts: an administrator and the editor of one ward, with a password that is made at the first start."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select

from config import clock
from config.crypto import Box
from scheduling.accounts import credentials, proofs, store
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import accounts
from scheduling.accounts.wish import Wish
from scheduling.planning.trail import Actor
from scheduling.tables import wards

ADMIN = "admin@rappel24.example"
EDITOR = "cardio@rappel24.example"
WARD = "cochin-cardiologie"
BY = Actor(None, "demo")


@dataclass(frozen=True)
class Sample:
    """Somebody to try the office as."""

    email: str
    name: str
    role: Role
    ward: str = ""  # slug


SAMPLES = (
    Sample(ADMIN, "Nadia Administratrice", Role.ADMIN),
    Sample(EDITOR, "Sofia Secrétaire", Role.EDITOR, WARD),
)


def settle(conn: Connection, box: Box, password: str, language: str) -> bool:
    """Make them while there is no account at all; whether it did. Their application is `rappel24 admin code`."""
    if conn.execute(select(accounts.c.id).limit(1)).first() is not None:
        return False
    password_hash = credentials.hashed(password)
    for sample in SAMPLES:
        _make(conn, box, sample, password_hash, language)
    return True


def _make(conn: Connection, box: Box, sample: Sample, password_hash: str, language: str) -> None:
    moment, secret = clock.read(conn), credentials.new_secret()
    named = frozenset(conn.execute(select(wards.c.id).where(wards.c.slug == sample.ward)).scalars())
    made = store.create(conn, moment, BY, Wish(sample.email, sample.name, sample.role, named, language=language))
    known = proofs.by_email(conn, sample.email)
    assert known is not None, made
    proofs.set_password(conn, moment, known, password_hash)
    # The period before last: the code of now is still to be taken.
    earlier = clock.Moment(moment.now, moment.real - timedelta(seconds=2 * credentials.PERIOD))
    proofs.enrol(conn, earlier, box, known, secret, credentials.code_at(secret, earlier.real))
