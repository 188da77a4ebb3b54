"""The steps that are measured: for each, a way to prepare as many signed requests as a pass will send.

Every request is a turn of a call of its own, so that none finds its answer already kept; but for the repeats, which
must.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import randrange
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from benchmarks.floors import ANSWER
from benchmarks.stage import LINE, Stage, Web

GP = "+33199000011"
WAITS_AT = "welcome"
PREFIX = "/webhooks/voice"

# As many fields as the carrier sends with a turn of a call.
FIELDS = {
    "AccountSid": "AC" + "0" * 32,
    "ApiVersion": "2010-04-01",
    "CallStatus": "in-progress",
    "CallToken": "%7B%22parentCallInfoToken%22%3A%22" + "e" * 200 + "%22%7D",
    "Called": LINE,
    "CalledCity": "",
    "CalledCountry": "FR",
    "CalledState": "",
    "CalledZip": "",
    "Caller": GP,
    "CallerCity": "",
    "CallerCountry": "FR",
    "CallerState": "",
    "CallerZip": "",
    "Direction": "inbound",
    "From": GP,
    "To": LINE,
    "FinishedOnKey": "",
    "msg": "Gather End",
}


class Kind(StrEnum):
    """What a step does to the register; its floor does as much of it as is bare."""

    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True)
class Step:
    """One kind of webhook. `prepare` makes the register ready for `count` of them and returns paths and forms."""

    name: str
    says: str
    kind: Kind
    prepare: Callable[[Connection, int], list[tuple[str, dict[str, str]]]]
    expected: bytes  # a caller always hears something: an answer of 200 alone proves nothing
    floor: bool = False


def requests(stage: Stage, step: Step, count: int) -> list[bytes]:
    """`count` signed requests for `step`, ready to be sent."""
    web = stage.floors if step.floor else stage.app
    with stage.engine.begin() as connection:
        asked = step.prepare(connection, count)
    return [signed(web, stage.token, path, form) for path, form in asked]


def signed(web: Web, token: str, path: str, form: dict[str, str]) -> bytes:
    """A request as the carrier sends it."""
    signature = sign(web.address + path, form, token)
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{web.port}\r\n"
        "User-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def sign(url: str, form: dict[str, str], token: str) -> str:
    """HMAC-SHA1 over address and form, in base64."""
    spelt = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), spelt.encode(), hashlib.sha1)).decode()


def _form(**fields: str) -> dict[str, str]:
    return FIELDS | {"CallSid": f"CA{uuid4().hex}"} | fields


# Calls that wait for a key ----------------------------------------------------------------------------------------

_CALLS = text(
    """
    insert into calls (id, sid, caller, turn, step, memory, started_at)
    select each, 'CA' || replace(each::text, '-', ''), '+331990' || lpad(trunc(random() * 100000)::text, 5, '0'),
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


def _calls(connection: Connection, count: int, turn: int = 1) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    connection.execute(_CALLS, {"ids": ids, "turn": turn, "step": WAITS_AT})
    return ids


def _turn(call_id: UUID, digits: str) -> tuple[str, dict[str, str]]:
    return f"{PREFIX}/{call_id}/1", _form(CallSid=f"CA{call_id.hex}", Digits=digits)


def _keys(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
    return [_turn(each, "9") for each in _calls(connection, count)]


def _codes(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
    code = connection.execute(_SHARED_CODE).scalar_one()
    return [_turn(each, code) for each in _calls(connection, count)]


def _arrivals(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
    return [(PREFIX, _form(CallStatus="ringing", From=f"+331990{randrange(100_000):05}")) for _ in range(count)]


def _repeats(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
    ids = _calls(connection, count, turn=2)
    connection.execute(_TURNS, {"ids": ids, "answer": ANSWER})
    return [_turn(each, "9") for each in ids]


def _progress(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
    return [(f"{PREFIX}/leg/{uuid4()}", _form(CallStatus="ringing")) for _ in range(count)]


def _floor(name: str) -> Callable[[Connection, int], list[tuple[str, dict[str, str]]]]:
    def prepare(connection: Connection, count: int) -> list[tuple[str, dict[str, str]]]:
        return [(f"/floor/{name}/{each}", _form(Digits="9")) for each in _calls(connection, count)]

    return prepare


FLOORS = {
    Kind.READS: Step("floor_read", "floor: signature, one SELECT", Kind.READS, _floor("read"), b"<Say>", floor=True),
    Kind.WRITES: Step("floor_write", "floor: the same, one INSERT", Kind.WRITES, _floor("write"), b"<Say>", floor=True),
}
STEPS: Sequence[Step] = (
    *FLOORS.values(),
    Step("key", "a key at the menu", Kind.WRITES, _keys, b"<Gather"),
    Step("code", "three letters, two wards", Kind.WRITES, _codes, b"<Gather"),
    Step("arrival", "a call comes in", Kind.WRITES, _arrivals, b"<Gather"),
    Step("repeat", "the same webhook again", Kind.READS, _repeats, b"<Say>"),
    Step("progress", "a telephone is ringing", Kind.READS, _progress, b""),
)
