"""What stands in the register now, as figures for an operator: one row a question, no names, no wards, no numbers.

Each statement reads a partial index or one ward's part of an index: what is closed, sent or over costs nothing here,
however many years of it there are. Which question each answers, and what to do: docs/watching.md.
"""

from dataclasses import dataclass
from typing import Final

from ivr.flow import FLOW
from ivr.vocabulary import Bridge, Record, Ring

SILENCE_SECONDS = 20  # of a process, after which it no longer counts as alive
PROCESSES = ("tick", "worker")  # without which nobody is alerted; mail where there is some
# Those that never gave a sign of life, too: what was never started is missing as much as what has died.
_KINDS = (
    f"(select unnest(array{list(PROCESSES)}) as kind union select split_part(process, ':', 1) from heartbeats)"
    " as needed left join heartbeats on split_part(process, ':', 1) = kind"
)


@dataclass(frozen=True)
class Gauge:
    """A figure: `query` gives a column for each label, then the number."""

    name: str
    says: str
    query: str
    labels: tuple[str, ...] = ()


def _steps(kind: type) -> str:
    return ", ".join(f"'{name}'" for name, step in FLOW.steps.items() if isinstance(step, kind))


_STAGE = f"""case
    when c.direction <> 'inbound' then c.direction
    when c.step in ({_steps(Bridge)}) then 'callback'
    when c.step in ({_steps(Record)}) then 'message'
    when c.step in ({_steps(Ring)}) then case when exists (
        select from attempts a where a.call_id = c.id and a.accepted_real is not null and a.ended_real is null)
        then 'talking' else 'ringing' end
    when c.request_id is not null then 'confirming'
    else 'choosing' end"""
# Ward by ward, since no index has all calls by their time: a thousand wards are a thousand looks into one index.
_LATELY = """(select c.result, c.answered_at - c.started_at as took from wards w cross join lateral (
    select result, started_at, answered_at from calls
    where ward_id = w.id and started_at > (select app_now()) - interval '1 hour' and direction = 'inbound') c)"""
_DUE = "state in ('waiting', 'sending') and due_at <= (select app_now())"
_OWED = "r.ward_id = w.id and r.state in ('open', 'claimed')"

CALLS: Final = (
    Gauge(
        "rappel24_calls",
        "Calls that are going on",
        f"select {_STAGE}, count(*) from calls c where ended_at is null group by 1",
        ("stage",),
    ),
    Gauge(
        "rappel24_calls_lately",
        "Calls of the last hour that chose a ward, by what came of them",
        f"select result, count(*) from {_LATELY} c group by 1",
        ("result",),
    ),
    Gauge(
        "rappel24_time_to_answer_seconds",
        "From the arrival of a call to a senior on the line, of the last hour's calls that reached one",
        "select cast(share as text), extract(epoch from percentile_disc(share) within group (order by c.took))"
        f" from {_LATELY} c, unnest(array[0.5, 0.9, 0.99]) as share where c.took is not null group by share",
        ("quantile",),
    ),
)

REQUESTS: Final = (
    Gauge(
        "rappel24_requests",
        "Requests still owed a call",
        "select 'claimed', (select count(*) from requests where state = 'claimed') union all"
        " select 'open', (select count(*) from requests where state in ('open', 'claimed'))"
        " - (select count(*) from requests where state = 'claimed')",
        ("state",),
    ),
    Gauge(
        "rappel24_requests_at_risk",
        "Requests not done whose promise ends within so many hours",
        "select cast(hours as text), (select count(*) from wards w cross join lateral (select from requests r"
        f" where {_OWED} and r.due_at >= (select app_now())"
        " and r.due_at < (select app_now()) + hours * interval '1 hour') r) from unnest(array[1, 4, 8]) as hours",
        ("hours",),
    ),
    Gauge(
        "rappel24_requests_overdue",
        "Requests whose promise is broken and which are not done",
        "select count(*) from wards w cross join lateral (select from requests r"
        f" where {_OWED} and r.due_at < (select app_now())) r",
    ),
    Gauge(
        "rappel24_rungs_due",
        "Requests whose next rung is due and not climbed",
        "select count(*) from requests where next_step_at <= (select app_now())",
    ),
    Gauge(
        "rappel24_ladder_late_seconds",
        "How late the oldest rung that is not climbed is, on the one clock",
        "select coalesce(greatest(0, extract(epoch from app_now() - min(next_step_at))), 0) from requests"
        " where next_step_at is not null",
    ),
    Gauge(
        "rappel24_to_sort",
        "Messages that somebody must sort",
        "select count(*) from dialogues where state = 'open' and sort_at <= (select app_now())",
    ),
)

MESSAGES: Final = (
    Gauge(
        "rappel24_messages",
        "Messages due and not sent yet",
        "select channel, coalesce(found.number, 0) from unnest(array['sms', 'call', 'email']) as channel left join ("
        f"select o.channel, count(*) as number from outbox o where {_DUE} group by 1) as found using (channel)",
        ("channel",),
    ),
    Gauge(
        "rappel24_message_age_seconds",
        "Since when the oldest message that is due has not been sent, on the one clock",
        "select channel, coalesce(extract(epoch from app_now() - found.oldest), 0)"
        " from unnest(array['sms', 'call', 'email']) as channel left join ("
        f"select o.channel, min(o.due_at) as oldest from outbox o where {_DUE} group by 1) as found using (channel)",
        ("channel",),
    ),
    Gauge(
        "rappel24_messages_put_off",
        "Messages due that were tried in vain and will be tried again",
        f"select channel, count(*) from outbox where {_DUE} and attempts > 0 and error is not null group by 1",
        ("channel",),
    ),
    Gauge(
        "rappel24_recordings",
        "Recordings not in the house yet, or to be deleted at the carrier",
        "select state, count(*) from recordings where retry_real is not null group by state",
        ("state",),
    ),
    Gauge(
        "rappel24_pictures",
        "Pictures of SMS not in the house yet, or to be deleted at the carrier",
        "select state, count(*) from attachments where retry_real is not null group by state",
        ("state",),
    ),
)

HOUSE: Final = (
    Gauge(
        "rappel24_lists_seconds",
        "Since the moment up to which the carrier's lists were last compared with ours",
        "select extract(epoch from real_now() - max(until_real)) from reconciliations where ended_real is not null"
        " having max(until_real) is not null",
    ),
    Gauge(
        "rappel24_missed",
        "Calls, SMS and messages of the last day that the carrier had and we did not",
        "select kind, sum(count::int) from reconciliations, jsonb_each_text(missed) as found(kind, count)"
        " where began_real > real_now() - interval '1 day' group by kind",
        ("kind",),
    ),
    Gauge(
        "rappel24_differing",
        "Messages and calls of the last day that the carrier had otherwise than we",
        "select kind, sum(count::int) from reconciliations, jsonb_each_text(differing) as found(kind, count)"
        " where began_real > real_now() - interval '1 day' group by kind",
        ("kind",),
    ),
    Gauge(
        "rappel24_alarms",
        "Alarms that stand",
        "select kind, count(*) from alarms where cleared_at is null group by kind",
        ("kind",),
    ),
    Gauge(
        "rappel24_canary_seconds",
        "Since a call of the line to itself was last answered and understood",
        "select extract(epoch from real_now() - placed_real) from canaries where state = 'well'"
        " order by placed_real desc limit 1",
    ),
    Gauge(
        "rappel24_backup_seconds",
        "Age of what the last copy of the register shows",
        "select extract(epoch from real_now() - max(snapshot_real)) from backups where kind = 'taken'"
        " having count(*) > 0",
    ),
    Gauge(
        "rappel24_silence_seconds",
        "Since the last sign of life of a kind of process, on any machine; +Inf: never, or not for a day",
        f"select kind, coalesce(extract(epoch from real_now() - max(real)), 'infinity') from {_KINDS} group by 1",
        ("process",),
    ),
    Gauge(
        "rappel24_processes",
        "Processes of a kind that gave a sign of life within twenty seconds, on all machines",
        f"select kind, count(*) filter (where real > real_now() - interval '{SILENCE_SECONDS} seconds')"
        f" from {_KINDS} group by 1",
        ("process",),
    ),
    Gauge(
        "rappel24_database_connections",
        "Connections to the register, of all machines",
        "select coalesce(state, 'other'), count(*) from pg_stat_activity"
        " where datname = current_database() and backend_type = 'client backend' group by 1",
        ("state",),
    ),
    Gauge(
        "rappel24_database_connections_most",
        "Connections that PostgreSQL allows in all, to all its databases",
        "select cast(current_setting('max_connections') as integer)",
    ),
)

GAUGES: Final = (*CALLS, *REQUESTS, *MESSAGES, *HOUSE)
