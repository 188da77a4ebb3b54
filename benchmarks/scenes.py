"""The register made ready for webhooks: each function sees to `count` of them and returns their addresses and forms.

Every webhook is of a call, an SMS or a message of its own, so that none finds its answer already kept; but for the
repeats, which must.
"""

from collections.abc import Callable
from random import randrange, sample
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from benchmarks import carrier
from benchmarks.floors import ANSWER

Asked = list[tuple[str, dict[str, str]]]
Scene = Callable[[Connection, int], Asked]

PREFIX = "/webhooks/voice"
SMS = "/webhooks/sms"
WAITS_AT = "welcome"
# The last four digits of mobiles kept for fiction: of no senior and no GP of the samples, and not `intake`'s.
STRANGERS = range(4_000, 8_000)
WORDS = "avis Cardiologie Cochin svp : INR à 6 sous AVK, pas de saignement, que faire ?"

# Calls that wait for a key ------------------------------------------------------------------------------------------

_CALLS = text(
    """
    insert into calls (id, sid, caller, turn, step, memory, started_at)
    select each, 'CA' || replace(each::text, '-', ''), '+3319900' || lpad(trunc(random() * 10000)::text, 4, '0'),
      :turn, :step, '{}', app_now()
    from unnest(cast(:ids as uuid[])) each
    """
)
_TURNS = text(
    "insert into turns (call_id, turn, answer) select each, 1, :answer from unnest(cast(:ids as uuid[])) each"
)
# Three letters that more than one ward answers to: the caller is asked which, and nobody is rung.
_SHARED_CODE = text(
    "select keypad from wards where role = 'ward' group by keypad having count(*) > 1 order by keypad limit 1"
)


def calls(connection: Connection, count: int, turn: int = 1) -> list[UUID]:
    """So many callers who have heard the first prompt."""
    ids = [uuid4() for _ in range(count)]
    connection.execute(_CALLS, {"ids": ids, "turn": turn, "step": WAITS_AT})
    return ids


def keys(connection: Connection, count: int) -> Asked:
    """He presses 9: what is done with what he says."""
    return [_turn(each, "9") for each in calls(connection, count)]


def codes(connection: Connection, count: int) -> Asked:
    """He keys three letters, and is asked in which of two wards."""
    code = connection.execute(_SHARED_CODE).scalar_one()
    return [_turn(each, code) for each in calls(connection, count)]


def arrivals(connection: Connection, count: int) -> Asked:
    """Somebody calls the line."""
    return [(PREFIX, carrier.call(CallStatus="ringing", From=f"+3319900{randrange(10_000):04}")) for _ in range(count)]


def repeats(connection: Connection, count: int) -> Asked:
    """The carrier sends again what it has had an answer to."""
    ids = calls(connection, count, turn=2)
    connection.execute(_TURNS, {"ids": ids, "answer": ANSWER})
    return [_turn(each, "9") for each in ids]


def progress(connection: Connection, count: int) -> Asked:
    """A senior's telephone rings: nothing is done about it."""
    return [(f"{PREFIX}/leg/{uuid4()}", carrier.call(CallStatus="ringing")) for _ in range(count)]


def _turn(call_id: UUID, digits: str) -> tuple[str, dict[str, str]]:
    return f"{PREFIX}/{call_id}/1", carrier.call(CallSid=f"CA{call_id.hex}", Digits=digits)


# Calls in which a senior has not answered ---------------------------------------------------------------------------

# Each call has somebody of its own to ring next: one who is being rung in another call is passed over.
_COLLEAGUES = text(
    """
    insert into people (name, phone, left_at)
    select 'Banc ' || each, '+33639988999', app_now() from generate_series(1, :missing) each
    """
)
_COUNT_COLLEAGUES = text("select count(*) from people where name like 'Banc %'")
_FREE = text("update attempts set ended_real = real_now() where ended_real is null")
# As if the first had begun to ring when the webhook comes, however long a pass takes: nobody is rung too late.
_RINGING = text(
    """
    with scenes as (
      select each, ward.id as ward_id, ward.name as ward, hospital.name as hospital, person.id as next,
        (select min(id) from people where name like 'Banc %') as first
      from unnest(cast(:ids as uuid[])) with ordinality as asked (each, number)
      join (select id, row_number() over (order by id) - 1 as number from people where name like 'Banc %') person
        using (number)
      cross join (select * from wards where slug = 'cochin-cardiologie') ward
      join hospitals hospital on hospital.id = ward.hospital_id
    ), called as (
      insert into calls (id, sid, caller, turn, step, memory, started_at, ward_id)
      select each, 'CA' || replace(each::text, '-', ''), '+3326191' || lpad(trunc(random() * 10000)::text, 4, '0'),
        3, 'ring',
        jsonb_build_object(
          'ward_id', ward_id, 'ward', ward, 'hospital', hospital, 'timezone', 'Europe/Paris', 'switchboard', null,
          'candidates', jsonb_build_array(
            jsonb_build_array(first, '+33639988998', 1), jsonb_build_array(next, '+33639988999', 2)),
          'position', 1, 'ringing_since', extract(epoch from real_now()) + 600, 'closed', false, 'offers', '[]'::jsonb,
          'options', '[]'::jsonb, 'told', true, 'lost', 0),
        app_now(), ward_id
      from scenes
    )
    insert into attempts (call_id, seq, person_id, phone, rank, rung_at, rung_real, ended_real)
    select each, 1, first, '+33639988998', 1, app_now(), real_now(), real_now()
    from scenes
    """
)


def dials(connection: Connection, count: int) -> Asked:
    """His telephone has rung out, and the carrier has said before that it is on the hook; another one is rung.

    Within a pass nobody hangs up, so that more telephones ring at its end than a line has; those of passes before it
    are on the hook.
    """
    connection.execute(_FREE)
    missing = max(0, count + 1 - connection.execute(_COUNT_COLLEAGUES).scalar_one())
    connection.execute(_COLLEAGUES, {"missing": missing})
    ids = [uuid4() for _ in range(count)]
    connection.execute(_RINGING, {"ids": ids})
    return [(f"{PREFIX}/{each}/3", _rang_out(each)) for each in ids]


def _rang_out(call_id: UUID) -> dict[str, str]:
    ended = {"DialCallStatus": "no-answer", "DialBridged": "false", "DialCallSid": f"CA{uuid4().hex}"}
    return carrier.call(CallSid=f"CA{call_id.hex}", **ended)


# SMS ----------------------------------------------------------------------------------------------------------------

_ACCEPT = text("update hospitals set unknown_senders = 'accept' where unknown_senders <> 'accept'")
# Who is owed a call already would be asked whether this is the same: what a pass before left is taken back.
_WITHDRAW = text(
    """
    update requests set state = 'withdrawn', closed_at = app_now(), next_rung = null, next_step_at = null,
      notice_at = null
    where channel = 'sms' and state in ('open', 'claimed')
    """
)
_SENT = text(
    """
    insert into outbox (token, key, purpose, channel, recipient, body, state, due_at, attempts, provider_sid,
      created_at, sent_at, sent_real)
    select each, 'bench:' || each, 'confirmation', 'sms', '+33639988997', 'Demande 724193', 'sent', app_now(), 1,
      'SM' || replace(each::text, '-', ''), app_now(), app_now(), real_now()
    from unnest(cast(:tokens as uuid[])) each
    """
)


def texts(connection: Connection, count: int) -> Asked:
    """Strangers write to a ward, each for the first time: each SMS becomes a request."""
    connection.execute(_ACCEPT)
    connection.execute(_WITHDRAW)
    numbers = (f"+3363998{each:04}" for each in sample(STRANGERS, count))
    return [(SMS, carrier.sms(f"SM{uuid4().hex}", From=each, Body=WORDS, SmsStatus="received")) for each in numbers]


def delivered(connection: Connection, count: int) -> Asked:
    """What the carrier took from us has arrived."""
    tokens = [uuid4() for _ in range(count)]
    connection.execute(_SENT, {"tokens": tokens})
    return [(f"{SMS}/status/{each}", _arrived(each)) for each in tokens]


def _arrived(token: UUID) -> dict[str, str]:
    whose = {"From": carrier.LINE, "To": "+33639988997"}
    return carrier.sms(f"SM{token.hex}", **whose, MessageStatus="delivered", SmsStatus="delivered")
