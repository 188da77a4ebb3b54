"""A senior who asks for a callback, and what the register knows of it afterwards."""

from dataclasses import dataclass
from typing import Any

from callbacks import bridge
from callbacks.bridge import Bridge
from config import clock
from simulator import rings
from tests.calls.hospital import AMELIE, Hospital
from tests.calls.test_the_promise_to_its_end import leaves_a_request


@dataclass(frozen=True)
class Owed:
    """A request that waits for its callback."""

    id: int
    reference: str


def owed(hospital: Hospital, mobile: bool = True, heard: bool = True) -> Owed:
    """A GP has left a message, and the telephones are in people's hands again. `heard`: by somebody."""
    leaves_a_request(hospital, mobile)
    for phone in (hospital.amelie, hospital.bruno, hospital.gp, hospital.mobile_gp):
        phone.behaves(rings())
    if heard:
        hospital.sql("update parts set heard_at = app_now()")
    row = hospital.sql("select id, reference from requests order by id desc limit 1").one()
    return Owed(row.id, row.reference)


def asks(hospital: Hospital, request: Owed, phone: str = AMELIE, how: str = "page") -> Any:
    """A touch: what it was answered."""
    hospital.now_is(hospital.sim.now)
    with hospital.engine.begin() as conn:
        person = person_id(hospital, phone)
        return bridge.ask(conn, request.id, person, clock.read(conn), how)


def person_id(hospital: Hospital, phone: str) -> int:
    found: int = hospital.sql("select id from people where phone = :phone", phone=phone).scalar_one()
    return found


def bridge_of(hospital: Hospital, request: Owed) -> Bridge:
    """The request's bridge as it stands."""
    with hospital.engine.begin() as conn:
        found = bridge.latest(conn, request.id)
    assert found is not None
    return found


def tries(hospital: Hospital) -> list[tuple[str, int | None]]:
    """What came of the tries, and how long the two talked."""
    rows = hospital.sql("select detail from events where kind = 'attempted' order by id")
    return [(row.detail["result"], row.detail.get("seconds")) for row in rows]


def live(hospital: Hospital) -> int:
    """How many bridges are not over."""
    found: int = hospital.sql("select count(*) from bridges where outcome is null").scalar_one()
    return found
