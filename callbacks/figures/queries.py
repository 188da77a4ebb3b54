"""What facts are read from: the register, by the day, ward by ward where an index lies so."""

from sqlalchemy import text

from callbacks.figures.periods import FOLLOWED
from callbacks.states import Kind
from callbacks.trying import Result

LINES = text(
    """
    select w.id, w.slug, w.role, w.hospital_id, h.name as hospital, h.timezone, w.opening
    from wards w join hospitals h on h.id = w.hospital_id
    where :level = 'everything' or :level = 'hospital' and h.id = :id or :level = 'ward' and w.id = :id
    order by w.id"""
)
BEGINS = text(
    """
    select h.id as hospital_id, h.timezone, min(first.at) as at
    from wards w join hospitals h on h.id = w.hospital_id
    cross join lateral (
        select least(
            (select min(started_at) from calls where ward_id = w.id),
            (select min(created_at) from requests where ward_id = w.id)) as at) as first
    where first.at is not null group by h.id, h.timezone
    union all
    (select 0, cast(:elsewhere as text), started_at from calls where ward_id is null order by started_at limit 1)"""
)
PRACTITIONERS = text(
    """
    select count(*) from practitioners
    where created_at < :until and (erased_at is null or erased_at >= :until)"""
)
_ASSESSED = "hospital.asked, hospital.outcome as outcome_said, hospital.otherwise"


def _assessed(what: str, of: str) -> str:
    """What the ward said of it while it was watched."""
    return f"""
        left join assessments hospital on hospital.{what} = {of}.id and {_SAID.format(side="hospital", of=of)}"""


_SAID = f"{{side}}.side = '{{side}}' and {{side}}.at <= {{of}}.at + interval '{FOLLOWED.days} days'"


_A_CALL = (
    "id, ward_id, direction, caller, practitioner_id, kind, result, outcome, started_at as at, answered_at, ended_at"
)
_THEIRS = "direction in ('inbound', 'canary') and started_at >= :before and started_at < :until"
_RINGS = """
        left join lateral (
            select count(*) as rung, min(rung_at) as first_rung,
                min(accepted_at) filter (where outcome = 'taken') as accepted
            from attempts where call_id = c.id) a on true"""


def _calls_in(source: str) -> str:
    return f"""
        select c.*, a.rung, a.first_rung, a.accepted, {_ASSESSED}
        from ({source}) as c {_RINGS} {_assessed("call_id", "c")}
        order by c.at, c.id"""


# Ward by ward, which is how the index lies.
CALLS = text(
    _calls_in(
        f"""select found.* from unnest(cast(:wards as integer[])) as ward(id)
            cross join lateral (select {_A_CALL} from calls where ward_id = ward.id and {_THEIRS}) as found"""
    )
)
LOST_CALLS = text(_calls_in(f"select {_A_CALL} from calls where ward_id is null and {_THEIRS}"))
_A_REQUEST = f"""
    select r.*, about.slug as about, {_ASSESSED}
    from (
        select id, ward_id, about_id, caller, mail, practitioner_id, kind, channel, created_at as at, due_at, event_at
        from requests where {{where}}) as r
    left join wards about on about.id = r.about_id {_assessed("request_id", "r")}
    order by r.at, r.id"""
REQUESTS = text(_A_REQUEST.format(where="ward_id = any(:wards) and created_at >= :before and created_at < :until"))
SOME_REQUESTS = text(_A_REQUEST.format(where="id = any(:ids)"))
KINDS = [
    str(kind)
    for kind in (
        Kind.CLAIMED,
        Kind.ACCEPTED,
        Kind.RELEASED,
        Kind.ATTEMPTED,
        Kind.ANSWERED,
        Kind.DONE,
        Kind.WITHDRAWN,
        Kind.UNREACHABLE,
        Kind.DENIED,
        Kind.REOPENED,
        Kind.RUNG,
    )
]
EVENTS = text(
    f"""
    select request_id, at, kind, case kind
        when 'attempted' then coalesce(detail ->> 'result', '{Result.NO_ANSWER}')
        when 'rung' then detail ->> 'rung'
        else detail ->> 'outcome' end as said
    from events where request_id = any(:ids) and kind = any(:kinds) order by request_id, id"""
)


def _of_a_poll(side: str) -> str:
    """What a side said of what the poll is about, while the poll was watched."""
    return f"""
        left join lateral (
            select outcome, otherwise from assessments {side}
            where ({side}.request_id = p.request_id or {side}.call_id = p.call_id)
                and {_SAID.format(side=side, of="p")}) {side} on true"""


POLLS = text(
    f"""
    select p.*, hospital.outcome as outcome_said, practice.outcome as outcome_gp, practice.otherwise as otherwise_gp
    from (
        select id, ward_id, request_id, call_id, asked_at as at, answered_at, access, admission, document,
            access_wanted, admission_wanted, document_wanted
        from polls where ward_id = any(:wards) and asked_at >= :since and asked_at < :until) as p
    {_of_a_poll("hospital")} {_of_a_poll("practice")} order by p.at, p.id"""
)
