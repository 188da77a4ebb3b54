"""Who read what: hearings of what a GP left, and whatever else of a request, or of a directory, somebody was shown.

A reading is noted in the transaction that hands the words out. What is shown again to the same person within five
minutes (a page that is drawn anew, a file that a browser asks for in pieces) is one reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from config.clock import Moment

ONE_READING = timedelta(minutes=5)
COMMAND = "command"  # `how` of who sits at the machine


class What(StrEnum):
    """What was read."""

    VOICE = "voice"  # a recording; noted as a hearing
    TEXT = "text"  # an SMS or an e-mail of a request; noted as a hearing
    ANSWER = "answer"  # what a senior answered in writing: by the ward, or by its GP
    FILE = "file"  # a picture or a document that came with a message
    TO_SORT = "to_sort"  # what nobody understood, by who sorts it
    EXPORT = "export"  # a table that left the register
    PERSON = "person"  # everything about one person


class How(StrEnum):
    """Where."""

    PAGE = "page"
    PHONE = "phone"
    MAIL = "mail"  # whole, in a secure mailbox; its GP says that he has read it
    COMMAND = COMMAND


@dataclass(frozen=True)
class Reading:
    """One line of the log. Nobody of ours: a GP read his answer, or (`how` command) an operator a table."""

    at: datetime
    what: str
    object: str
    how: str
    person: str | None
    account: str | None
    reference: str | None
    ward: str | None
    mark: "Mark"


@dataclass(frozen=True)
class Mark:
    """Where a line stands in the log, newest first: its instant, its table, its number there."""

    at: datetime
    source: int
    id: int


@dataclass(frozen=True)
class Asked:
    """Which lines are wanted; None: whatever it is. `until` is not in it."""

    reference: str | None = None
    person_id: int | None = None
    account_id: int | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Mark | None = None


def note(
    conn: Connection,
    kind: str,
    object: object,
    *,
    person_id: int | None = None,
    account_id: int | None = None,
    request_id: int | None = None,
    how: str,
    moment: Moment,
) -> None:
    """Write down that somebody reads this now. `kind`: a `What`; `object`: an id, the name of a table; never words."""
    values = {
        "at": moment.now,
        "since": moment.now - ONE_READING,
        "kind": kind,
        "object": str(object),
        "person_id": person_id,
        "account_id": account_id,
        "request_id": request_id,
        "how": how,
    }
    conn.execute(_NOTE, values)


def read(conn: Connection, asked: Asked, limit: int) -> list[Reading]:
    """The log, newest first."""
    return [_reading(row) for row in conn.execute(_READ, {**_values(asked), "limit": limit})]


@dataclass(frozen=True)
class Reader:
    """Somebody of whom there are readings; one of the two ids."""

    name: str
    person_id: int | None
    account_id: int | None


def readers(conn: Connection) -> list[Reader]:
    """Everybody of ours who has read anything, by name."""
    return [Reader(*row) for row in conn.execute(_READERS)]


def _values(asked: Asked) -> Mapping[str, Any]:
    before = asked.before
    return {
        "reference": asked.reference,
        "person_id": asked.person_id,
        "account_id": asked.account_id,
        "what": asked.what,
        "since": asked.since,
        "until": asked.until,
        "before_at": before and before.at,
        "before_source": before and before.source,
        "before_id": before and before.id,
    }


def _reading(row: Any) -> Reading:
    mark = Mark(row.at, row.source, row.id)
    return Reading(row.at, row.what, row.object, row.how, row.person, row.account, row.reference, row.ward, mark)


def of_request(request: str) -> str:
    """SQL: whether `readings`, as n, is of the request with this id; what was read before it was one, too."""
    return f"""(n.request_id = {request} or n.request_id is null and (n.kind, n.object) in (
        select '{What.TO_SORT}', cast(id as text) from dialogues where request_id = {request}
        union all select '{What.TO_SORT}', cast(dialogue_id as text) from written where request_id = {request}
        union all select '{What.VOICE}', cast(recording_id as text) from parts where request_id = {request}
        union all select '{What.FILE}', cast(f.id as text) from attachments f
            join written w on w.id = f.written_id where w.request_id = {request}))"""


_NOTE = text(
    """
    insert into readings (at, kind, object, person_id, account_id, request_id, how)
    select :at, :kind, :object, cast(:person_id as integer), cast(:account_id as integer),
        cast(:request_id as bigint), :how
    where not exists (
        select from readings
        where at > :since and at <= :at and kind = :kind and object = :object and how = :how
        and person_id is not distinct from cast(:person_id as integer)
        and account_id is not distinct from cast(:account_id as integer))"""
)
_WANTED = """
    (cast(:since as timestamptz) is null or l.at >= :since) and (cast(:until as timestamptz) is null or l.at < :until)
    and (cast(:before_at as timestamptz) is null
        or (l.at, l.source, l.id) < (:before_at, cast(:before_source as integer), cast(:before_id as bigint)))
    and (cast(:person_id as integer) is null or l.person_id = :person_id)
    and (cast(:account_id as integer) is null or l.account_id = :account_id)
    and (cast(:what as text) is null or l.what = :what)
    order by l.at desc, l.source desc, l.id desc limit :limit"""
# Each table gives as many lines as are wanted, by its own index; then both are laid together.
_ASKED = "(select id from requests where reference = :reference)"
_READ = text(
    f"""
    with hearing as (
        select * from (
            select h.at, 0 as source, h.id, case when m.recording_id is null then 'text' else 'voice' end as what,
                cast(m.id as text) as object, m.request_id, h.person_id, cast(null as integer) as account_id, h.how
            from hearings h join parts m on m.id = h.part_id
            where cast(:reference as text) is null or m.request_id = {_ASKED}) l
        where {_WANTED}),
    other as (
        select * from (
            select n.at, 1 as source, n.id, n.kind as what, n.object, n.request_id, n.person_id, n.account_id, n.how
            from readings n where cast(:reference as text) is null or {of_request(_ASKED)}) l
        where {_WANTED})
    select l.*, p.name as person, a.name as account, r.reference, w.name as ward
    from (select * from hearing union all select * from other) l
    left join people p on p.id = l.person_id left join accounts a on a.id = l.account_id
    left join requests r on r.id = l.request_id left join wards w on w.id = r.ward_id
    order by l.at desc, l.source desc, l.id desc limit :limit"""
)
_READERS = text(
    """
    select p.name, p.id as person_id, cast(null as integer) as account_id from people p
    where exists (select from hearings where person_id = p.id) or exists (select from readings where person_id = p.id)
    union all
    select a.name, null, a.id from accounts a where exists (select from readings where account_id = a.id)
    order by name, person_id, account_id"""
)
