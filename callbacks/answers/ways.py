"""By which way an answer goes to a GP: whole to a secure address, else a notice without content, and a code."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

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


@dataclass(frozen=True)
class Left:
    """What a GP left with his request: the address he wrote from; the numbers to reach him on, by his own word too;
    and those that his message or his call itself came from."""

    mail: str | None
    own: Sequence[str]
    came_from: Sequence[str]


def of(conn: Connection, house: House, view: RequestView) -> Way | None:
    """The way to this request's GP; None: he has neither a secure address nor a mobile, and must be telephoned."""
    known = None if view.practitioner_id is None else store.practitioner(conn, view.practitioner_id)
    return best(house, Left(view.mail, gp.own_numbers(conn, view), _came_from(conn, view)), known)


def best(house: House, left: Left, known: Practitioner | None) -> Way | None:
    """The channel he used comes first. The code goes to the mobile on his record, else to one that the message or the
    call came from: never to a number that was only keyed, which could be anybody's."""
    on_file = (known.mssante, known.email) if known else ()
    mails = [mail for mail in (left.mail, *on_file) if mail and house.mail_address]
    secure = next((mail for mail in mails if stays_secure(house, mail)), None)
    if secure is not None:
        return Way(WHOLE, secure, None)
    recorded = [phone for phone in (known.phones if known else ()) if numbers.is_mobile(phone)]
    code_to = next(iter([*recorded, *(phone for phone in left.came_from if numbers.is_mobile(phone))]), None)
    if code_to is None:
        return None
    if left.mail and house.mail_address:
        return Way(BY_MAIL, left.mail, code_to)
    used = (phone for phone in left.own if numbers.is_mobile(phone))
    return Way(BY_SMS, next(used, code_to), code_to)


def stays_secure(house: House, address: str) -> bool:
    """Whether both ends lie in the secure space: from an ordinary mailbox the words would cross the open network."""
    return all(is_secure(end, house.secure_domains) for end in (house.mail_address or "", address))


def is_secure(address: str, domains: Sequence[str]) -> bool:
    """Whether mail to this address stays inside the secure space: its domain is one of these, or below one."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not (local and at and address.isascii()) or set(address) & set(' ,;:<>"()[]\\\r\n\t') or "@" in local:
        return False
    return any(domain == each or domain.endswith(f".{each}") for each in (one.lower().lstrip(".") for one in domains))


# A call says where it came from; who wrote is whom the request was filed for, unless another number was keyed since.
_CAME_FROM = text(
    """
    select coalesce(c.caller, case when e.detail ->> 'call' is null and not exists (
            select from events later where later.request_id = :id and later.kind = 'reach'
            and cast(later.detail ->> 'number' as boolean)) then :caller end) as number
    from events e left join calls c on c.id = cast(e.detail ->> 'call' as uuid)
    where e.request_id = :id and e.kind = 'filed'
    union
    select sender from written where request_id = :id and channel = 'sms' and verdict = 'filed'"""
)


def _came_from(conn: Connection, view: RequestView) -> list[str]:
    found = conn.execute(_CAME_FROM, {"id": view.id, "caller": view.caller}).scalars()
    return list(dict.fromkeys(number for number in found if number))
