"""From the ring of the SMS to the GP's telephone ringing: two touches, and less than fifteen seconds.

What people take is modelled (a table of seconds); what the house and the carrier take is read from the trace of calls.
"""

from datetime import timedelta
from types import MappingProxyType

import pytest

from simulator import rings
from simulator.trace import Entry
from tests.calls.hospital import AMELIE, GP_MOBILE, Hospital
from tests.calls.test_lives import LINK
from tests.calls.test_the_promise_to_its_end import leaves_a_request
from tests.web.senior import Senior

# Seconds of a person's, generous for who has the telephone in his hand.
PEOPLE_TAKE = MappingProxyType(
    {
        "notices the SMS and taps its link": 3.0,
        "waits for the page on a hospital's network": 1.0,
        "reads who asks, by when, and taps the button": 2.0,
        "takes the call that rings in his hand": 3.0,
    }
)
AT_MOST = 15.0
DOORBELL = 0.2  # seconds until a worker has heard it; with the bell away the tick looks every second


@pytest.mark.parametrize("bell", [True, False], ids=["the bell rings", "the bell is away"])
def test_two_touches_and_fifteen_seconds_from_the_sms_to_the_gps_ring(hospital: Hospital, bell: bool) -> None:
    hospital.silent = True  # we look when a worker, or the tick, would
    leaves_a_request(hospital)
    for phone in (hospital.amelie, hospital.mobile_gp):
        phone.behaves(rings())
    looks(hospital, bell)
    link = LINK.search(hospital.amelie.reads("rappel à faire").body)
    assert link is not None

    touches = 1  # the link
    takes(hospital, "notices the SMS and taps its link", "waits for the page on a hospital's network")
    page = Senior(hospital.app.test_client(), link[1]).opens()
    takes(hospital, "reads who asks, by when, and taps the button")
    touches += 1  # the button
    assert page.offered("call")
    page.sends("call")
    looks(hospital, bell)
    hospital.amelie.rings(within=10).answers(after=PEOPLE_TAKE["takes the call that rings in his hand"])
    hospital.mobile_gp.rings()

    assert touches == 2
    arrived = instant(hospital, "sms", f"{AMELIE} reads")
    rang = instant(hospital, "call", f"{GP_MOBILE}: ringing")
    took = (rang - arrived).total_seconds()
    assert sum(PEOPLE_TAKE.values()) < took < AT_MOST, hospital.sim.trace.dump()
    hospital.amelie.hangs_up()
    hospital.silent = False
    hospital.sim.run_until_idle()


def takes(hospital: Hospital, *steps: str) -> None:
    hospital.sim.advance(seconds=sum(PEOPLE_TAKE[step] for step in steps))
    hospital.now_is(hospital.sim.now)


def looks(hospital: Hospital, bell: bool) -> None:
    """A worker hears the bell; without it the tick comes by within a second."""
    hospital.sim.advance(seconds=DOORBELL if bell else 1.0)
    hospital.ticks()


def instant(hospital: Hospital, kind: str, words: str) -> timedelta:
    """When this happened, since the beginning."""
    found: list[Entry] = [entry for entry in hospital.sim.trace.of(kind) if words in entry.text]
    assert found, words
    return found[-1].at - hospital.sim.trace.start
