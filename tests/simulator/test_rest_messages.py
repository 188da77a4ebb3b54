"""Messages over REST, driven by the unmodified official client over real HTTP."""

from datetime import datetime

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import Handset, Simulator
from tests.simulator.application import LINE, SENIOR

# -- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"to": "15"}, 21211),
        ({"to": LINE}, 21211),
        ({"to": "+33199000077"}, 21614),
        ({"to": "+33932000000"}, 21614),
        ({"from_": "+33199009999"}, 21606),
        ({"from_": "0123456789012"}, 21212),
        ({"from_": "123"}, 21212),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused_with_its_code(
    client: Client, given: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**({"to": SENIOR, "from_": LINE, "body": "Bonjour"} | given))
    assert (refused.value.code, refused.value.status) == (code, 400)


@pytest.mark.parametrize("to", ["+33639980001", "+33712345678", "+262692123456", "+590690123456", "+33937123456"])
def test_mobiles_overseas_and_platform_numbers_receive_messages(client: Client, to: str) -> None:
    assert client.messages.create(to=to, from_=LINE, body="Bonjour").status == "queued"


def test_a_message_is_shown_as_the_carrier_shows_it(sim: Simulator, client: Client, senior: Handset) -> None:
    sid = client.messages.create(to=SENIOR, from_=LINE, body="ç" * 80).sid
    senior.reads("ç")
    message = client.messages(sid).fetch()
    assert (message.num_segments, message.direction, message.status) == ("2", "outbound-api", "delivered")
    assert isinstance(message.date_sent, datetime)
    assert message.date_sent.tzinfo
    assert (message.error_code, message.price) == (None, None)


def test_messages_are_listed_newest_first_over_all_pages(client: Client) -> None:
    for n in range(7):
        client.messages.create(to=SENIOR, from_=LINE, body=f"n° {n}")
    bodies = [message.body for message in client.messages.list(page_size=3)]
    assert bodies == [f"n° {n}" for n in reversed(range(7))]
    assert len(client.messages.list(limit=2)) == 2
    assert len(client.messages.list(to="+33639980099")) == 0


def test_messages_of_one_day_are_found(sim: Simulator, client: Client) -> None:
    for day in ("lundi", "mardi", "mercredi"):
        client.messages.create(to=SENIOR, from_=LINE, body=day)
        sim.advance(days=1)
    url = f"{client.api.base_url}/2010-04-01/Accounts/{sim.account.sid}/Messages.json"
    auth = (sim.account.sid, sim.account.auth_token)
    found = requests.get(url, params={"DateSent": "2026-11-24"}, auth=auth, timeout=20).json()["messages"]
    assert [message["body"] for message in found] == ["mardi"]


def test_a_filter_holds_over_all_pages(client: Client) -> None:
    for n in range(3):
        client.messages.create(to=SENIOR, from_=LINE, body=f"n° {n}")
        client.messages.create(to="+33639980099", from_=LINE, body="autre")
    assert [message.body for message in client.messages.list(to=SENIOR, page_size=1)] == ["n° 2", "n° 1", "n° 0"]


def test_new_messages_do_not_shift_the_pages(client: Client) -> None:
    for n in range(4):
        client.messages.create(to=SENIOR, from_=LINE, body=f"n° {n}")
    first = client.messages.page(page_size=2)
    client.messages.create(to=SENIOR, from_=LINE, body="nouveau")
    second = first.next_page()
    assert second is not None
    assert [message.body for message in second] == ["n° 1", "n° 0"]


def test_messages_sent_since_an_instant_are_found(sim: Simulator, client: Client) -> None:
    client.messages.create(to=SENIOR, from_=LINE, body="avant")
    sim.advance(minutes=5)
    since = sim.now
    sim.advance(seconds=2)
    client.messages.create(to=SENIOR, from_=LINE, body="après")
    sim.run_until_idle()
    assert [message.body for message in client.messages.list(to=SENIOR, date_sent_after=since)] == ["après"]
    assert [message.body for message in client.messages.list(to=SENIOR, date_sent_before=since)] == ["avant"]


def test_a_message_is_redacted_canceled_and_deleted(sim: Simulator, client: Client) -> None:
    sent = client.messages.create(to=SENIOR, from_=LINE, body="à effacer")
    late = client.messages.create(to=SENIOR, from_=LINE, body="à arrêter")
    assert client.messages(late.sid).update(status="canceled").status == "canceled"
    sim.run_until_idle()
    assert client.messages(sent.sid).update(body="").body == ""
    assert client.messages(sent.sid).delete() is True
    with pytest.raises(TwilioRestException) as gone:
        client.messages(sent.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert sim.phone(SENIOR).texts == [text for text in sim.phone(SENIOR).texts if text.body == "à effacer"]
