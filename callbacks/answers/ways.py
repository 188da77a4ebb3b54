"""By which way an answer goes to a GP: whole to a secure address, else a notice without content, and a code."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from callbacks import gp
from callbacks.house import House
from callbacks.promise import RequestView
from config import numbers
from scheduling import store
from scheduling.store import Practitioner

WHOLE, BY_SMS, BY_MAIL = "mssante", "sms", "email"


@dataclass(frozen=True)
class Way:
    """How the answer, or the notice of it, goes; `code_to`: the mobile that the code to read it goes to."""

    name: str  # sms | email: a notice without content; mssante: sent whole
    recipient: str
    code_to: str | None


def of(conn: Connection, house: House, view: RequestView) -> Way | None:
    """The way to this request's GP; None: he has neither a secure address nor a mobile, and must be telephoned."""
    known = None if view.practitioner_id is None else store.practitioner(conn, view.practitioner_id)
    return best(house, view.mail, gp.own_numbers(conn, view), known)


def best(house: House, wrote_from: str | None, own: Sequence[str], known: Practitioner | None) -> Way | None:
    """`own`: numbers he called or wrote from. The channel he used comes first; the code goes to what is on record."""
    mails = [mail for mail in (wrote_from, known.email if known else "") if mail and house.mail_address]
    secure = next((mail for mail in mails if is_secure(mail, house.secure_domains)), None)
    if secure is not None:
        return Way(WHOLE, secure, None)
    recorded = [phone for phone in (known.phones if known else ()) if numbers.is_mobile(phone)]
    used = [phone for phone in own if numbers.is_mobile(phone)]
    code_to = next(iter([*recorded, *used]), None)
    if code_to is None:
        return None
    if wrote_from and house.mail_address:
        return Way(BY_MAIL, wrote_from, code_to)
    return Way(BY_SMS, next(iter([*used, *recorded])), code_to)


def is_secure(address: str, domains: Sequence[str]) -> bool:
    """Whether mail to this address stays inside the secure space: its domain is one of these, or below one."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not (local and at and address.isascii()) or set(address) & set(' ,;:<>"()[]\\\r\n\t') or "@" in local:
        return False
    return any(domain == each or domain.endswith(f".{each}") for each in (one.lower().lstrip(".") for one in domains))
