"""Gathers what is left of a day: from the carrier, from the register, from what the processes wrote."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, text

from callbacks import wav
from callbacks.shelf import Shelf
from config.crypto import Box, Unreadable
from simulator.legs import Leg, Sound
from simulator.recordings import Recording
from tests.faults.day.evidence import (
    Accepted,
    CallRow,
    Evidence,
    Heard,
    MessageRow,
    RecordingSeen,
    RequestRow,
    Said,
    Step,
)
from tests.faults.day.injuries import Injuries
from tests.faults.day.plan import COMPLAINTS, PATIENTS, Caller, Plan
from tests.faults.day.town import KEY, SWITCHBOARD, Town
from tests.faults.day.watch import Watch

# Heard only after a ward was chosen, and kept.
CHOSEN = re.compile("J'appelle|vous rappelle avant|est en cours|complète la demande")
SPOKEN = re.compile(r"référence : (\d(?:, \d){5})")
# Edges at which anything that was raised is written down; a register or a doorbell that is away is expected there.
EDGES = ("a turn failed", "a work failed", "job.failed", "chore.failed", "tick.failed", "Exception on /")
AWAY = re.compile(r"OperationalError|AdminShutdown|ConnectionError|ConnectionRefusedError|PoolTimeout|QueuePool limit")


def collect(
    stage: Town, plan: Plan, injuries: Injuries, watch: Watch, still_due: tuple[str, ...], seconds: float
) -> Evidence:
    """Everything, once all is quiet."""
    with stage.engine.connect() as conn:
        requests = tuple(_requests(conn))
        return Evidence(
            plan=plan,
            done=injuries.done,
            kills=tuple(stage.house.kills),
            marks=tuple(injuries.marks),
            away=tuple(injuries.away),
            heard=tuple(_heard(stage, caller) for caller in plan.callers if caller.number in stage.people.legs),
            calls=dict(_calls(conn)),
            requests=requests,
            messages=tuple(_messages(conn)),
            texts=tuple(_accepted(stage)),
            steps=tuple(_steps(conn)),
            recordings=tuple(_recordings(stage, conn)),
            exchanges=tuple(stage.wire.seen),
            said=_said(stage, plan),
            sms_by_sender=_sms_by_sender(conn),
            letters_by_sender=Counter(request.mail for request in requests if request.mail),
            letters_sent=len(stage.post.taken),
            staff=frozenset(stage.people.staff),
            errors=_errors(stage, "outbound-api"),
            unscreened=len(_errors(stage, "outbound-dial")),
            idle_seconds=watch.idle_seconds,
            forged=tuple(injuries.forged),
            overlaps=_one(conn, _OVERLAPS),
            off_duty=_one(conn, _OFF_DUTY),
            ended=tuple(stage.house.ended),
            still_due=still_due,
            seconds=seconds,
        )


# The carrier's side -----------------------------------------------------------------------------------------------


def _heard(stage: Town, caller: Caller) -> Heard:
    leg = stage.people.legs[caller.number]
    said = [sound for sound in leg.sounds if sound.kind in ("say", "play")]
    words = " ".join(_spoken(sound) for sound in said)
    bridged = [sound.text for sound in leg.sounds if sound.kind == "bridge"]
    return Heard(
        sid=leg.sid,
        number=_kept(caller, leg) if caller.hidden else caller.number,
        ward=caller.ward.slug,
        chose=CHOSEN.search(" ".join(sound.text for sound in said)) is not None,
        bridged=tuple(number for number in bridged if number != SWITCHBOARD),
        took=frozenset(_took(stage, leg)),
        switchboard=SWITCHBOARD in bridged,
        references=frozenset(found.replace(", ", "") for found in SPOKEN.findall(words)),
        said_recorded="C'est noté. Un médecin senior" in words,
        moments=sum("Un instant" in sound.text for sound in said),
        error=any(sound.kind == "error" for sound in leg.sounds),
        incident="incident" in words or "n'a pas pu être enregistrée" in words,
    )


def _kept(caller: Caller, leg: Leg) -> str | None:
    """The number that who hides his has keyed, and said to be right; who hung up before that is reached nowhere."""
    keyed = "".join(done.text for done in leg.done if done.kind == "key")
    return caller.call_back if f"0{caller.call_back.removeprefix('+33')}#1" in keyed else None


def _spoken(sound: Sound) -> str:
    """As much of it as was heard before he hung up or keyed."""
    return sound.heard_by(sound.end if sound.end is not None else sound.start + (sound.seconds or 0.0))


def _took(stage: Town, leg: Leg) -> Iterator[str]:
    """Whose telephones were rung in this call, and pressed 1."""
    for other in stage.exchange.office.legs.values():
        if other.parent is leg and any(done.kind == "key" and done.text == "1" for done in other.done):
            yield other.to


def _accepted(stage: Town) -> Iterator[Accepted]:
    for sms in stage.exchange.messages.by_sid.values():
        if sms.direction == "outbound-api":
            yield Accepted(sms.sid, sms.to, sms.body, sms.status, sms.created.timestamp())


def _errors(stage: Town, direction: str) -> tuple[str, ...]:
    """What went wrong for each whom the line rang so and who heard the carrier's apology."""
    legs = [leg for leg in stage.exchange.office.legs.values() if leg.direction == direction]
    unlucky = [leg.sid for leg in legs if any(sound.kind == "error" for sound in leg.sounds)]
    complaints = stage.exchange.trace.debugger
    return tuple(
        ", then ".join(f"{each.code} {each.text}" for each in complaints if each.sid == sid) for sid in unlucky
    )


def _recordings(stage: Town, conn: Connection) -> Iterator[RecordingSeen]:
    shelf = Shelf(stage.home / "recordings", Box([KEY]))
    rows = {row.sid: row for row in conn.execute(text(_RECORDINGS))}
    for recording in stage.exchange.office.recordings.by_sid.values():
        row = rows.get(recording.sid)
        yield RecordingSeen(
            recording.sid,
            recording.duration,
            recording.deleted is not None,
            row.state if row else None,
            row is not None and _opens(shelf, row, recording),
            row is None or row.belongs,
        )


def _opens(shelf: Shelf, row: Any, recording: Recording) -> bool:
    try:
        return row.file is not None and wav.fault(shelf.get(row.id, row.file), recording.duration) is None
    except (OSError, Unreadable):
        return False


# The register -----------------------------------------------------------------------------------------------------

_OVERLAPS = """select count(*) from shifts a join shifts b
    on a.ward_id = b.ward_id and a.rank = b.rank and a.id < b.id and a.during && b.during"""
_OFF_DUTY = """select count(*) from attempts a join calls c on c.id = a.call_id join wards w on w.id = c.ward_id
    where not exists (select from shifts s where s.person_id = a.person_id
                      and s.during && tstzrange(c.started_at, a.rung_at, '[]')
                      and s.ward_id in (w.id, w.covered_by_id))"""
_CALLS = """select c.sid, c.result, w.slug as ward, r.reference, p.phone as answered_by, c.caller
    from calls c left join wards w on w.id = c.ward_id left join requests r on r.id = c.request_id
    left join people p on p.id = c.answered_by where c.direction = 'inbound'"""
_REQUESTS = """select r.id, r.reference, w.slug as ward, r.channel, r.state, r.caller, r.mail, r.created_at, r.due_at,
    r.next_step_at is not null and r.next_rung is not null as planned, r.closed_at,
    (select count(*) from parts p where p.request_id = r.id) as parts,
    (select count(*) from events e where e.request_id = r.id and e.kind = 'rung'
        and (e.detail ->> 'deadline')::boolean) as deadline_told,
    (select min(e.at) from events e where e.request_id = r.id and e.kind = 'rung'
        and e.detail -> 'told' @> '[{"role": "head"}]') as head_told_at,
    (select coalesce(array_agg(e.detail ->> 'rung' order by e.id), '{}') from events e
        where e.request_id = r.id and e.kind = 'rung') as climbed,
    (select count(*) from events e where e.request_id = r.id and e.kind = 'apology') as apologies
    from requests r join wards w on w.id = r.ward_id order by r.id"""
_MESSAGES = """select id, channel, purpose, recipient, body, state, provider_sid as sid, attempts, answered_for, error,
    due_at <= app_now() as due
    from outbox order by id"""
_STEPS = "select request_id, rung, due, climbed, extract(epoch from wall)::float8 as wall from watched order by id"
_RECORDINGS = """select id, sid, state, file, state <> 'stored' or dialogue_id is not null
    or exists (select from parts where recording_id = recordings.id) as belongs from recordings"""
# A text that came in is part of a request, or of a talk that somebody sorts, or was a command.
_WRITTEN = "select sender, count(*) as many from written where channel = 'sms' group by sender"


def _calls(conn: Connection) -> Iterator[tuple[str, CallRow]]:
    for row in conn.execute(text(_CALLS)):
        yield row.sid, CallRow(row.result, row.ward, row.reference, row.answered_by, row.caller)


def _requests(conn: Connection) -> Iterator[RequestRow]:
    for row in conn.execute(text(_REQUESTS)).mappings():
        yield RequestRow(**{**row, "climbed": tuple(row["climbed"])})


def _messages(conn: Connection) -> Iterator[MessageRow]:
    for row in conn.execute(text(_MESSAGES)).mappings():
        yield MessageRow(**row)


def _steps(conn: Connection) -> Iterator[Step]:
    for row in conn.execute(text(_STEPS)).mappings():
        yield Step(**row)


def _sms_by_sender(conn: Connection) -> Mapping[str, int]:
    return {row.sender: row.many for row in conn.execute(text(_WRITTEN))}


def _one(conn: Connection, query: str) -> int:
    return int(conn.execute(text(query)).scalar_one())


# What was said ----------------------------------------------------------------------------------------------------


def _said(stage: Town, plan: Plan) -> Said:
    log = "".join((stage.home / name).read_text(errors="replace") for name in ("house.log", "servers.log"))
    addresses = "\n".join(exchange.url for exchange in stage.wire.seen)
    texts = "\n".join(sms.body for sms in stage.exchange.messages.by_sid.values() if sms.direction != "inbound")
    places = {"the logs": log, "addresses": addresses, "SMS": texts}
    leaks = [f"{word} in {place}" for place, words in places.items() for word in _planted(plan) if word in words]
    raised = [line for line in log.splitlines() if any(edge in line for edge in EDGES) and not AWAY.search(line)]
    return Said(Counter(line[-300:] for line in raised), tuple(leaks), sum(map(len, places.values())))


def _planted(plan: Plan) -> Iterator[str]:
    """What people said and who they are: names, complaints, numbers as they are kept and as they are dialled."""
    yield from (*PATIENTS, *COMPLAINTS)
    yield from (writer.address for writer in plan.writers)
    for number in (*(each.number for each in plan.callers), *(each.number for each in plan.texters)):
        yield from (number, "0" + number.removeprefix("+33"))
