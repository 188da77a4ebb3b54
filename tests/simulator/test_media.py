"""Pictures that come with an SMS: told one by one, handed out by a redirect, gone once they are deleted."""

from base64 import b64encode
from collections.abc import Callable

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import Enclosed, Handset, RestFault, Simulator
from simulator.server import Server
from tests.simulator.application import BASE, GP, LINE, Application

RASH = Enclosed("image/jpeg", b"\xff\xd8\xff\xe0 une plaque rouge")
ECG = Enclosed("application/pdf", b"%PDF-1.4 un ECG")


@pytest.fixture
def told(app: Application, gp: Handset) -> dict[str, str]:
    """What the application was told of two pictures."""
    app.pages["/sms"] = ""
    gp.sends(LINE, "dermato pour ceci", RASH, ECG)
    return app.last("/sms")


def signed(sim: Simulator) -> tuple[str, str]:
    return sim.account.sid, sim.account.auth_token


def test_every_picture_is_told_with_its_address_and_what_the_telephone_says_of_it(told: dict[str, str]) -> None:
    assert (told["NumMedia"], told["MessageSid"][:2], told["Body"]) == ("2", "MM", "dermato pour ceci")
    assert (told["MediaContentType0"], told["MediaContentType1"]) == ("image/jpeg", "application/pdf")
    assert f"/Messages/{told['MessageSid']}/Media/ME" in told["MediaUrl0"]
    assert told["MediaUrl0"] != told["MediaUrl1"]


def test_a_message_of_words_alone_has_none(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages["/sms"] = ""
    gp.sends(LINE, "cardio")
    told = app.last("/sms")
    assert (told["NumMedia"], told["MessageSid"][:2], "MediaUrl0" in told) == ("0", "SM", False)


def test_a_picture_is_fetched_by_who_has_an_account(sim: Simulator, told: dict[str, str]) -> None:
    assert sim.media(told["MediaUrl0"], signed(sim)) == (200, RASH.content)
    assert sim.media(told["MediaUrl1"], signed(sim)) == (200, ECG.content)
    assert sim.media(told["MediaUrl0"])[0] == 401


def test_over_http_its_address_passes_on_to_a_storage_that_takes_no_credentials(
    sim: Simulator, server: Server, app: Application, gp: Handset
) -> None:
    app.pages["/sms"] = ""
    gp.sends(LINE, "", RASH)
    url = app.last("/sms")["MediaUrl0"]
    assert url.startswith(server.url)
    first = requests.get(url, auth=signed(sim), allow_redirects=False, timeout=5)
    assert (first.status_code, first.content) == (307, b"")
    there = requests.get(first.headers["Location"], timeout=5)
    assert (there.status_code, there.headers["Content-Type"], there.content) == (200, "image/jpeg", RASH.content)
    assert requests.get(first.headers["Location"], auth=signed(sim), timeout=5).status_code == 400


def test_the_official_client_lists_describes_and_deletes_them(
    sim: Simulator, client: Client, told: dict[str, str]
) -> None:
    message = client.messages(told["MessageSid"])
    listed = message.media.list()
    assert [(each.content_type, each.parent_sid) for each in listed] == [
        ("image/jpeg", told["MessageSid"]),
        ("application/pdf", told["MessageSid"]),
    ]
    assert message.fetch().num_media == "2"
    assert message.media(listed[0].sid).fetch().content_type == "image/jpeg"
    assert message.media(listed[0].sid).delete()
    assert sim.media(told["MediaUrl0"], signed(sim))[0] == 404
    assert sim.media(told["MediaUrl1"], signed(sim))[0] == 200
    with pytest.raises(TwilioRestException) as refused:
        message.media(listed[0].sid).delete()
    assert refused.value.status == 404


def test_what_was_deleted_is_gone_from_the_storage_too(
    sim: Simulator, server: Server, app: Application, gp: Handset, client: Client
) -> None:
    app.pages["/sms"] = ""
    gp.sends(LINE, "", RASH)
    url, sid = app.last("/sms")["MediaUrl0"], app.last("/sms")["MessageSid"]
    kept = requests.get(url, auth=signed(sim), allow_redirects=False, timeout=5).headers["Location"]
    assert client.messages(sid).media(url.rpartition("/")[2]).delete()
    assert requests.get(kept, timeout=5).status_code == 404


def test_a_picture_of_one_message_is_not_found_under_another(sim: Simulator, told: dict[str, str]) -> None:
    elsewhere = told["MediaUrl0"].replace(told["MessageSid"], "MM" + "0" * 32)
    assert sim.media(elsewhere, signed(sim))[0] == 404


def test_a_picture_may_not_be_ready_yet_and_the_storage_may_be_away(
    app: Application, sim: Simulator, gp: Handset
) -> None:
    app.pages["/sms"] = ""
    sim.faults.picture_404 = 2
    gp.sends(LINE, "", RASH)
    url = app.last("/sms")["MediaUrl0"]
    assert [sim.media(url, signed(sim))[0] for _ in range(3)] == [404, 404, 200]
    sim.faults.rest_next(RestFault.UNAVAILABLE, on="GET */Media/*")
    assert [sim.media(url, signed(sim))[0] for _ in range(2)] == [503, 200]


def test_of_more_than_ten_ten_arrive(app: Application, gp: Handset) -> None:
    app.pages["/sms"] = ""
    gp.sends(LINE, "", *[RASH] * 12)
    assert app.last("/sms")["NumMedia"] == "10"
    assert "MediaUrl10" not in app.last("/sms")


def test_the_page_sends_a_picture_in_base64(app: Application, make: Callable[..., Simulator]) -> None:
    app.pages["/sms"] = ""
    sim = make()
    picture = {"type": "image/jpeg", "data": b64encode(RASH.content).decode()}
    with Server(sim) as server:
        door = f"{server.url}/sim/phones/{GP}/sms"
        sent = requests.post(door, json={"to": LINE, "body": "dermato", "pictures": [picture]}, timeout=5)
        wrong = requests.post(
            door, json={"to": LINE, "body": "dermato", "pictures": [{"type": "x", "data": "é"}]}, timeout=5
        )
        (phone,) = requests.get(f"{server.url}/sim/state", timeout=5).json()["phones"]
    sim.run_until_idle()
    assert (sent.status_code, wrong.status_code) == (200, 400)
    assert [(text["body"], text["pictures"]) for text in phone["sent"]] == [("dermato", 1)]
    assert app.last("/sms")["MediaContentType0"] == "image/jpeg"
    assert BASE in app.at("/sms")[-1].url
