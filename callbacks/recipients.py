"""What is on record of who a message goes to, as `permitted` asks for it. Nothing is changed here."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    ScalarSelect,
    Uuid,
    cast,
    exists,
    func,
    literal_column,
    select,
)

from callbacks import permitted
from callbacks.house import House
from callbacks.leases import Claimed
from callbacks.permitted import DAY, TO_STRANGERS, Recipient, Refusal, Told, Whose
from callbacks.purposes import TRIGGERED, Purpose
from callbacks.tables import calls, events, outbox, requests
from callbacks.written_tables import written
from config import numbers
from config.clock import Moment
from scheduling.accounts.tables import accounts
from scheduling.partner_tables import practice_phones, registrations
from scheduling.tables import hospitals, people, practitioner_phones

REMEMBERED = timedelta(days=7)  # so long, who wrote to us may be answered
LEFT = ("sending", "sent", "delivered", "undelivered")  # what was refused, by us or the carrier, went nowhere


def refusal(conn: Connection, house: House, claimed: Claimed, moment: Moment) -> Refusal | None:
    """Why this row must not leave; None: it may. The house's last resort is the operator's own choice."""
    if claimed.recipient == house.alert_phone:
        return None
    to = _recipient(conn, claimed, moment)
    if claimed.purpose in TRIGGERED and to.whose is not Whose.OURS:
        to = replace(to, told=_told(conn, claimed, moment), strangers=_strangers(conn, claimed, moment))
    return permitted.refusal(to, claimed.purpose, moment.now, house.abroad)


def known_numbers(conn: Connection) -> list[str]:
    """Every number of somebody of ours who has not left."""
    return list(conn.execute(select(people.c.phone).where(people.c.left_at.is_(None))).scalars())


def zones(conn: Connection) -> Collection[str]:
    """Of our hospitals."""
    return conn.execute(select(_ZONES)).scalar_one() or (numbers.PARIS,)


def _recipient(conn: Connection, claimed: Claimed, moment: Moment) -> Recipient:
    number = claimed.recipient
    if claimed.channel == "email":
        return Recipient(number, claimed.channel, Whose.NOBODYS)
    row = conn.execute(
        select(
            (_any(people.c.phone == number) | _any(accounts.c.phone == number)).label("ours"),
            (_any(practitioner_phones.c.phone == number) | _any(practice_phones.c.phone == number)).label("on_file"),
            _own(claimed, moment).label("own"),
            _ZONES.label("zones"),
        )
    ).one()
    whose = next((whose for whose in Whose if whose is not Whose.NOBODYS and getattr(row, whose)), Whose.NOBODYS)
    return Recipient(number, claimed.channel, whose, row.zones or (numbers.PARIS,))


_ZONES: ScalarSelect[list[str]] = select(func.array_agg(hospitals.c.timezone.distinct())).scalar_subquery()


def _own(claimed: Claimed, moment: Moment) -> ColumnElement[bool]:
    """Whether the request, or a message of these days, came from this number or left it to be called back on."""
    number = claimed.recipient
    if claimed.purpose == Purpose.REGISTRATION:  # he has typed it a moment ago, and `registering` counts how often
        return _any(registrations.c.id == UUID(str(claimed.detail["registration"])))
    wrote = _any((written.c.channel == "sms") & (written.c.sender == number) & (written.c.at > moment.now - REMEMBERED))
    if claimed.request_id is None:
        return wrote
    left = _any((requests.c.id == claimed.request_id) & (requests.c.caller == number))
    filed = (events.c.request_id == claimed.request_id) & (events.c.kind == "filed")
    called = filed & (calls.c.id == cast(events.c.detail["call"].astext, Uuid)) & (calls.c.caller == number)
    sent = _any((written.c.request_id == claimed.request_id) & (written.c.sender == number))
    return wrote | left | _any(called) | sent


def _any(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(condition)


def _told(conn: Connection, claimed: Claimed, moment: Moment) -> list[Told]:
    """What was triggered and went to this number within the day."""
    went = select(outbox.c.purpose, outbox.c.created_at).where(
        outbox.c.recipient == claimed.recipient, _triggered(moment.now - DAY), outbox.c.id != claimed.id
    )
    return [Told(row.purpose, row.created_at) for row in conn.execute(went)]


def _strangers(conn: Connection, claimed: Claimed, moment: Moment) -> int:
    """How many SMS and calls were triggered within the hour, but about requests of practitioners on file."""
    theirs = outbox.outerjoin(requests, requests.c.id == outbox.c.request_id)
    went = select(func.count()).select_from(theirs)
    went = went.where(
        _triggered(moment.now - TO_STRANGERS.within),
        requests.c.practitioner_id.is_(None),
        outbox.c.person_id.is_(None),
        outbox.c.channel != "email",
        outbox.c.id != claimed.id,
    )
    count: int = conn.execute(went).scalar_one()
    return count


def _triggered(since: datetime) -> ColumnElement[bool]:
    return (outbox.c.created_at > since) & outbox.c.state.in_(LEFT) & _IS_TRIGGERED


# Written out, as the index has it: a plan that is kept cannot see into a parameter.
_IS_TRIGGERED: ColumnElement[bool] = literal_column(
    "outbox.purpose in (" + ", ".join(f"'{each}'" for each in sorted(TRIGGERED)) + ")", Boolean
)
