"""The link in an alert: one person, one request. Its token is the row's number and a signature over it.

A link that was revoked opens nothing; his next alert about that request has another number, hence another token.

A wrong token is known for wrong without asking the database, so guessing costs us nothing (62 bits).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, func, select, text, update

from callbacks.tables import links, requests

SIGNATURE_LENGTH = 12
LINK = b"link"
# A GP may follow up for seven days after the end (design 3); then the link has done its work.
AFTER_THE_END = timedelta(days=7)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Link:
    """Who holds the link, and for which request; `closed_at` is when that request ended."""

    id: int
    request_id: int
    person_id: int
    closed_at: datetime | None

    def worn_out(self, now: datetime) -> bool:
        """Whether its request ended so long ago that nothing may be done or heard there any more."""
        return self.closed_at is not None and now - self.closed_at > AFTER_THE_END


def url(public_url: str, token: str) -> str:
    """The address that stands in the SMS."""
    return f"{public_url}/r/{token}"


def token_for(conn: Connection, request_id: int, person_id: int, now: datetime, secret: bytes) -> str:
    """The token of this person's link to this request: the same one each time, a new one after a revocation."""
    values = {"request_id": request_id, "person_id": person_id, "now": now}
    return sign(conn.execute(_TOKEN, values).scalar_one(), secret)


# A link that stands is read, and nobody waits for who writes to it: a summary links to a request that another hand may
# be at. Where two write it at one instant, an update that changes nothing makes the first one's come back. One that was
# revoked takes the number that was drawn for the new one: the constraint of one row for one person and request is also
# the previous release's.
_TOKEN = text(
    """
    with standing as (
        select id from links where request_id = :request_id and person_id = :person_id and revoked_at is null),
    written as (
        insert into links as kept (request_id, person_id, created_at)
        select :request_id, :person_id, :now where not exists (select from standing)
        on conflict (request_id, person_id) do update set
            id = case when kept.revoked_at is null then kept.id else excluded.id end,
            created_at = case when kept.revoked_at is null then kept.created_at else excluded.created_at end,
            revoked_at = null
        returning id)
    select id from standing union all select id from written"""
)


def resolve(conn: Connection, token: str, secret: bytes) -> Link | None:
    """The link of a token; None when it is not ours or was withdrawn."""
    link_id = unsign(token, secret)
    if link_id is None:
        return None
    columns = (links.c.id, links.c.request_id, links.c.person_id, requests.c.closed_at)
    found = select(*columns).join(requests).where(links.c.id == link_id, links.c.revoked_at.is_(None))
    row = conn.execute(found).one_or_none()
    return None if row is None else Link(*row)


def withdraw(conn: Connection, person_id: int) -> None:
    """The links that somebody was texted open nothing any more; his next alert has a new one."""
    # Taken out, not marked: `token_for` would hand out a marked one again.
    conn.execute(delete(links).where(links.c.person_id == person_id))


def revoke(conn: Connection, request_id: int, person_id: int) -> bool:
    """This one link opens nothing any more; False when there was none to revoke."""
    his = (links.c.request_id == request_id) & (links.c.person_id == person_id) & links.c.revoked_at.is_(None)
    return conn.execute(update(links).where(his).values(revoked_at=func.app_now())).rowcount == 1


def sign(row_id: int, secret: bytes, of: bytes = LINK) -> str:
    """The token of a row: its number in base 36, then twelve characters that only we can write. `of`: which table's."""
    return _base36(row_id) + signature(_label(row_id, of), secret)


def unsign(token: str, secret: bytes, of: bytes = LINK) -> int | None:
    """The row's number, or None for a token we did not write. Pure: no database."""
    number, signed = token[:-SIGNATURE_LENGTH], token[-SIGNATURE_LENGTH:]
    # Ten digits are more links than there will ever be, and keep int() from a long line of garbage.
    if not 0 < len(number) <= 10 or not (token.isascii() and number.isalnum() and number == number.lower()):
        return None
    row_id = int(number, 36)
    right = hmac.compare_digest(signed, signature(_label(row_id, of), secret)) and number == _base36(row_id)
    return row_id if right else None


def signature(label: bytes, secret: bytes) -> str:
    """Twelve characters over a label that only we can write."""
    digest = hmac.digest(secret, label, sha256)
    return _base36(int.from_bytes(digest) % 36**SIGNATURE_LENGTH).rjust(SIGNATURE_LENGTH, "0")


def _label(row_id: int, of: bytes) -> bytes:
    # The secret signs sessions too: the label keeps one signature from standing for another.
    return b"%b:%d" % (of, row_id)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
