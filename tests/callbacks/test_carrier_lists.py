"""The carrier's lists through its own client: page after page, oldest first, ours alone; every refusal in our words."""

from datetime import UTC, datetime, timedelta

import pytest
import requests as http

from callbacks.carrier_faults import CarrierError, NotThere
from callbacks.carrier_lists import TwilioLists
from simulator import Enclosed, Line, RestFault, Simulator
from tests.web.conftest import PHOTO

LINE, OTHER, GP = "+33199000024", "+33199000077", "+33639980101"


class Lists(TwilioLists):
    """Without a socket."""

    def __init__(self, simulator: Simulator, page: int = 50, most: int = 1000) -> None:
        super().__init__(simulator.account.sid, simulator.account.auth_token, page=page, most=most)
        self._client.http_client = simulator.http_client(http.ConnectionError, http.ReadTimeout)


@pytest.fixture
def sim() -> Simulator:
    """Two numbers that lead to nobody."""
    return Simulator([Line(LINE), Line(OTHER)], start=datetime(2026, 11, 23, 9, 0, tzinfo=UTC), strict=False)


def test_sms_come_oldest_first_whatever_their_number(sim: Simulator) -> None:
    began = sim.now
    for number in range(5):
        sim.phone(GP).sends(LINE, f"message {number}")
        sim.advance(minutes=1)
    sim.phone(GP).sends(OTHER, "to another service")
    listed = Lists(sim, page=2).texts_to(LINE, began)
    assert [each.body for each in listed] == [f"message {number}" for number in range(5)]
    assert {(each.direction, each.sender, each.to) for each in listed} == {("inbound", GP, LINE)}
    pages = [entry.text for entry in sim.trace.entries if "GET" in entry.text and "Messages.json" in entry.text]
    assert len(pages) == 3


def test_what_was_before_is_left_out_though_the_carrier_lists_whole_days(sim: Simulator) -> None:
    sim.phone(GP).dials(LINE)
    sim.advance(minutes=10)
    since = sim.now
    sim.phone(GP).dials(LINE)
    sim.advance(minutes=10)
    assert [each.began >= since for each in Lists(sim).calls_to(LINE, since)] == [True]


def test_a_call_of_yesterday_is_there_when_it_is_asked_for(sim: Simulator) -> None:
    since = sim.now
    sim.phone(GP).dials(LINE)
    sim.advance(hours=30)
    [call] = Lists(sim).calls_to(LINE, since)
    assert (call.direction, call.caller, call.status) == ("inbound", GP, "failed")
    assert call.ended is not None


def test_pictures_are_named_by_the_address_that_a_webhook_would_have_told(sim: Simulator) -> None:
    sim.phone(GP).sends(LINE, "avec photo", Enclosed("image/jpeg", PHOTO))
    sim.advance(seconds=5)
    lists = Lists(sim)
    [message] = lists.texts_to(LINE, sim.now - timedelta(hours=1))
    assert message.pictures == 1
    [picture] = lists.enclosed(message.sid)
    assert picture.media_type == "image/jpeg"
    account = sim.account
    assert sim.media(picture.source, (account.sid, account.auth_token)) == (200, PHOTO)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (RestFault.TOO_MANY, "no answer"),  # a list does not tell its status (twilio.md 3.6)
        (RestFault.SERVER_ERROR, "no answer"),
        (RestFault.REFUSE_CUT, "no answer"),
        (RestFault.ACCEPT_HANG, "no answer"),
    ],
)
def test_a_carrier_that_refuses_is_said_in_our_words(sim: Simulator, fault: RestFault, code: str) -> None:
    sim.faults.rest_next(fault)
    with pytest.raises(CarrierError) as raised:
        Lists(sim).recordings(sim.now - timedelta(hours=1))
    assert (raised.value.code, raised.value.permanent) == (code, False)


def test_a_call_that_the_carrier_does_not_know_is_not_there(sim: Simulator) -> None:
    with pytest.raises(NotThere):
        Lists(sim).call("CA" + "0" * 32)


def test_more_than_anybody_has_is_a_mistake_in_the_date(sim: Simulator) -> None:
    for _ in range(3):
        sim.phone(GP).sends(LINE, "message")
        sim.advance(seconds=1)
    with pytest.raises(CarrierError, match="too many"):
        Lists(sim, most=2).texts_to(LINE, sim.now - timedelta(hours=1))
