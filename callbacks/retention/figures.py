"""The figures of the line, by ward and month of its hospital: what no destroying changes. One SELECT each.

Nothing in them is anybody's: what a ward was asked, what came of it, how long it took.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

Place = tuple[str, str]  # ward ("" when none was chosen), month (2026-11)


@dataclass
class Figures:
    """What one ward's month adds up to; each count by what was counted ("answered", "CONSEIL", "sms delivered")."""

    calls: dict[str, int] = field(default_factory=dict)  # by result
    rung: dict[str, int] = field(default_factory=dict)  # attempts to ring a senior, by outcome
    requests: dict[str, int] = field(default_factory=dict)  # by channel and state
    outcomes: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, float] = field(default_factory=dict)  # to the claim, to the end, talked: sums
    in_time: dict[str, int] = field(default_factory=dict)  # ended before they were due, or after
    parts: dict[str, int] = field(default_factory=dict)  # voice, seconds of it, written, files
    tries: dict[str, int] = field(default_factory=dict)  # to call back, by result
    events: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)  # by purpose, channel and state
    answers: dict[str, int] = field(default_factory=dict)  # by way, and whether they were read
    assessed: dict[str, int] = field(default_factory=dict)  # by side, request × answer × otherwise
    polls: dict[str, int] = field(default_factory=dict)  # asked, answered, and each question's yes and no


def read(conn: Connection) -> Mapping[Place, Figures]:
    """Every ward's months, whole."""
    found: dict[Place, Figures] = {}
    for name, query in _QUERIES.items():
        for ward, month, what, count in conn.execute(query):
            getattr(found.setdefault((ward, month), Figures()), name)[what] = count
    return found


def _by(what: str, count: str, source: str, at: str) -> Any:
    """`what` is counted by `count` in `source` (which names a ward w), each in the month of `at`."""
    return text(
        f"""
        select coalesce(w.slug, '') as ward, to_char({at} at time zone coalesce(h.timezone, 'Europe/Paris'), 'YYYY-MM')
            as month, {what} as what, {count} as count
        from {source} left join hospitals h on h.id = w.hospital_id
        group by 1, 2, 3 order by 1, 2, 3"""
    )


_CALLS = "calls c left join wards w on w.id = c.ward_id"
_REQUESTS = "requests r join wards w on w.id = r.ward_id"
_INCOMING = f"(select * from calls where direction = 'inbound') {_CALLS.removeprefix('calls ')}"
_ENDED = f"(select * from requests where closed_at is not null) {_REQUESTS.removeprefix('requests ')}"
_LENGTHS = """(
    select r.ward_id, r.created_at, step.name, extract(epoch from step.at - r.created_at) / 60 as minutes
    from requests r
    cross join lateral (values ('claimed', r.claimed_at), ('ended', r.closed_at)) step(name, at)
    where step.at is not null
    union all
    select r.ward_id, r.created_at, 'talked', b.seconds / 60.0
    from bridges b join requests r on r.id = b.request_id where b.seconds is not null) s
    join wards w on w.id = s.ward_id"""
_PARTS = """(
    select r.ward_id, r.created_at, case when p.recording_id is null then 'written' else 'voice' end as name, 1 as many
    from parts p join requests r on r.id = p.request_id
    union all
    select r.ward_id, r.created_at, 'seconds', coalesce(s.seconds, 0)
    from parts p join requests r on r.id = p.request_id join recordings s on s.id = p.recording_id
    union all
    select r.ward_id, r.created_at, 'files', 1
    from parts p join requests r on r.id = p.request_id join attachments a on a.written_id = p.id) s
    join wards w on w.id = s.ward_id"""
_ASSESSED = """(
    select coalesce(r.ward_id, c.ward_id) as ward_id, coalesce(r.created_at, c.started_at) as at,
        concat_ws(' ', a.side, coalesce(a.asked, '-'), coalesce(a.outcome, '-'), coalesce(a.otherwise, '-')) as what
    from assessments a left join requests r on r.id = a.request_id left join calls c on c.id = a.call_id) s
    left join wards w on w.id = s.ward_id"""
_POLLED = """(
    select p.ward_id, p.asked_at, said.what
    from polls p cross join lateral (values
        ('asked'), (case when p.answered_at is not null then 'answered' end),
        ('access ' || p.access), ('admission ' || p.admission), ('document ' || p.document),
        ('access wanted ' || p.access_wanted), ('admission wanted ' || p.admission_wanted),
        ('document wanted ' || p.document_wanted)) said(what)
    where said.what is not null) s
    join wards w on w.id = s.ward_id"""
_OF_REQUESTS = "join requests r on r.id = x.request_id join wards w on w.id = r.ward_id"
_QUERIES = {
    "calls": _by("c.result", "count(*)", _INCOMING, "c.started_at"),
    "rung": _by(
        "coalesce(a.outcome, 'open')",
        "count(*)",
        "attempts a join calls c on c.id = a.call_id left join wards w on w.id = c.ward_id",
        "a.rung_at",
    ),
    "requests": _by("r.channel || ' ' || r.state", "count(*)", _REQUESTS, "r.created_at"),
    "outcomes": _by("coalesce(r.outcome, '')", "count(*)", _ENDED, "r.closed_at"),
    "minutes": _by("s.name", "round(sum(s.minutes), 3)::float8", _LENGTHS, "s.created_at"),
    "in_time": _by(
        "case when r.closed_at <= r.due_at then 'in time' else 'late' end", "count(*)", _ENDED, "r.closed_at"
    ),
    "parts": _by("s.name", "sum(s.many)::int", _PARTS, "s.created_at"),
    "tries": _by(
        "coalesce(x.detail ->> 'result', 'no-answer')",
        "count(*)",
        f"(select * from events where kind = 'attempted') x {_OF_REQUESTS}",
        "x.at",
    ),
    "events": _by("x.kind", "count(*)", f"events x {_OF_REQUESTS}", "x.at"),
    "messages": _by(
        "x.purpose || ' ' || x.channel || ' ' || x.state",
        "count(*)",
        "outbox x left join requests r on r.id = x.request_id left join wards w on w.id = r.ward_id",
        "x.created_at",
    ),
    "answers": _by(
        "x.way || case when x.read_at is null then ' unread' else ' read' end",
        "count(*)",
        f"(select * from answers where state = 'sent') x {_OF_REQUESTS}",
        "x.sent_at",
    ),
    "assessed": _by("s.what", "count(*)", _ASSESSED, "s.at"),
    "polls": _by("s.what", "count(*)", _POLLED, "s.asked_at"),
}
