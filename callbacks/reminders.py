"""The limit on reminders to one person: what is beyond it leaves as one summary that names every reference."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, text

from callbacks import limits, outbox, wording
from callbacks.errand import Errand, Tidings
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.register import Open, open_requests
from scheduling.rota import Person

# Two hands that count for one person at once would each find room. Who counts for some people holds a lock for each of
# them, and with the others who count one for all; who learns only on the way whose it is (`mend`) holds that one alone,
# as every hand of the previous release does. The one for all first, then the people's in the order of their keys:
# nobody waits for who waits for him. (PostgreSQL sorts what it reads from before it takes a lock.)
_OF_ALL = text("select pg_advisory_xact_lock(hashtextextended('reminders', 0))")
_OF_SOME = text(
    """
    select case place when 0 then pg_advisory_xact_lock_shared(key) else pg_advisory_xact_lock(key) end
    from (
        select 0 as place, hashtextextended('reminders', 0) as key
        union select 1, hashtextextended('reminders', id) from unnest(cast(:ids as bigint[])) as id
        order by place, key) as in_order"""
)
# When what counts left, or will leave. What the carrier has not taken yet leaves now at the earliest.
_TIMES = text(
    """
    select coalesce(sent_at, case when attempts > 0 then greatest(due_at, :now) else due_at end) from outbox
    where person_id = :person_id and created_at > cast(:now as timestamptz) - interval '2 days'
    and (detail @> '{"limited": true}') and (state in ('waiting', 'sending') or sent_at is not null)"""
)
_SUMMARY = """
    select key, person_id, detail from outbox
    where purpose = 'summary' and channel = 'sms' and state = 'waiting' and not ambiguous and {which}
    order by due_at limit 100 for update"""
_TO_JOIN = text(_SUMMARY.format(which="person_id = :person_id and due_at <= :room"))
_NAMES_IT = "(detail -> 'requests' @> to_jsonb(:id) or detail -> 'taken' @> to_jsonb(:id))"
_NAMING = text(_SUMMARY.format(which=_NAMES_IT))
_IS_NAMED = text(
    f"""
    select exists (select from outbox
        where purpose = 'summary' and channel = 'sms' and state = 'waiting' and {_NAMES_IT})"""
)
_REWRITE = text(
    """
    update outbox set body = :body, request_id = :request_id, detail = detail || jsonb_build_object(
        'requests', cast(:requests as bigint[]), 'taken', cast(:taken as bigint[])) where key = :key"""
)
_HIS = text(
    """
    select id from requests where id = any(:ids)
    and (state = 'open' or state = 'claimed' and claimed_by = :person_id)"""
)
_THEIRS = text(
    "select id from requests where id = any(:ids) and state <> 'open' and claimed_by is distinct from :person_id"
)


@dataclass(frozen=True)
class _Named:
    """The ids that a summary stands for: what waits for him, and what a colleague has taken."""

    waiting: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()

    def having(self, request_id: int, taken: bool) -> "_Named":
        """With this one too, as it stands now."""
        one = frozenset({request_id})
        return _Named(self.waiting - one, self.taken | one) if taken else _Named(self.waiting | one, self.taken - one)


def count_alone(conn: Connection) -> None:
    """Until the end of this transaction nobody else counts what anybody gets. Not after `count_for`: two who did so
    would wait for each other.
    """
    conn.execute(_OF_ALL)


def count_for(conn: Connection, person_ids: Iterable[int]) -> None:
    """Until the end of this transaction nobody else counts what these people get. Once, for all of them."""
    conn.execute(_OF_SOME, {"ids": list(person_ids)})


def remind(errand: Errand, person: Person, tidings: Tidings) -> None:
    """Write an SMS that counts; beyond the limit the summary names its request instead.

    Whoever asks counts for this person already (`count_for`), or alone.
    """
    at = tidings.at or errand.moment.now
    room = limits.room_from(at, _times(errand, person), limits.load())
    alone = room == at
    if not errand.send(person, replace(tidings, detail={**tidings.detail, "limited": alone})):
        return  # he has been told
    if not alone:
        outbox.take_back(errand.conn, [tidings.key_for(person, Channel.SMS)])
        _gather(errand, person, room, tidings.purpose is Purpose.TAKEN)


def mend(errand: Errand) -> None:
    """Summaries that wait and name this request say no more than is still so."""
    if not errand.conn.execute(_IS_NAMED, {"id": errand.view.id}).scalar_one():
        return
    count_alone(errand.conn)  # before their rows: who counts already may wait for one of them
    for row in errand.conn.execute(_NAMING, {"id": errand.view.id}).all():
        named = _named(row.detail)
        so = _Named(_his(errand.conn, row.person_id, named.waiting), _theirs(errand.conn, row.person_id, named.taken))
        if so != named:
            _rewrite(errand, row.key, row.person_id, so)


def still_his(conn: Connection, request_id: int, person_id: int, detail: dict[str, list[int]]) -> int:
    """The request of a summary to speak of, when the summary did not arrive: its first, else one that still waits."""
    his = _his(conn, person_id, _named(detail).waiting)
    return request_id if request_id in his or not his else min(his)


def _times(errand: Errand, person: Person) -> Iterable[datetime]:
    return errand.conn.execute(_TIMES, {"person_id": person.id, "now": errand.moment.now}).scalars()


def _gather(errand: Errand, person: Person, room: datetime, taken: bool) -> None:
    """Name the request in the summary that this person gets by then; a new one at that time, if none waits."""
    row = errand.conn.execute(_TO_JOIN, {"person_id": person.id, "room": room}).first()
    if row is not None:
        _rewrite(errand, row.key, person.id, _named(row.detail).having(errand.view.id, taken))
        return
    named = _Named().having(errand.view.id, taken)
    first, body = _body(errand, person.id, named)
    key = f"summary:{person.id}:{int(room.timestamp())}:{errand.view.id}"
    detail: dict[str, object] = {"limited": True, "requests": sorted(named.waiting), "taken": sorted(named.taken)}
    message = Message(key, Purpose.SUMMARY, "sms", person.phone, person.id, first.id, body, room, detail)
    outbox.put(errand.conn, [message], errand.moment)


def _rewrite(errand: Errand, key: str, person_id: int, named: _Named) -> None:
    if not named.waiting | named.taken:
        outbox.take_back(errand.conn, [key])
        return
    first, body = _body(errand, person_id, named)
    lists = {"requests": sorted(named.waiting), "taken": sorted(named.taken)}
    errand.conn.execute(_REWRITE, {"key": key, "body": body, "request_id": first.id, **lists})


def _body(errand: Errand, person_id: int, named: _Named) -> tuple[Open, str]:
    """The most urgent request, whose page the link opens, and the words."""
    waiting, taken = open_requests(errand.conn, named.waiting), open_requests(errand.conn, named.taken)
    first = (waiting or taken)[0]
    link = errand.link(person_id, first.id)
    return first, wording.summary(errand.house, waiting, errand.view.zone, link, taken)


def _his(conn: Connection, person_id: int, request_ids: Collection[int]) -> frozenset[int]:
    """Those of them that still wait for this person."""
    return frozenset(conn.execute(_HIS, {"ids": list(request_ids), "person_id": person_id}).scalars())


def _theirs(conn: Connection, person_id: int, request_ids: Collection[int]) -> frozenset[int]:
    """Those of them that a colleague still has, or has closed."""
    return frozenset(conn.execute(_THEIRS, {"ids": list(request_ids), "person_id": person_id}).scalars())


def _named(detail: dict[str, list[int]]) -> _Named:
    return _Named(frozenset(detail["requests"]), frozenset(detail.get("taken", ())))
