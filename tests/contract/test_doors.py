"""The doors: machines sign or are refused, operators look, and nothing personal is told to anybody."""

import re
import urllib.request
from urllib.parse import urlencode

import pytest

from tests.contract import hospital
from tests.contract.conftest import gives_up
from tests.contract.hospital import CHLOE, HEAD
from tests.contract.installation import Installation
from tests.contract.wire import read, signature

pytestmark = pytest.mark.timeout(300)

DOORS = ["voice", "voice/status", "sms", "sms/status", "email"]
CALL = {"AccountSid": hospital.ACCOUNT, "CallSid": "CA" + "0" * 32, "From": "+33639980170", "To": hospital.LINE}


def test_the_telephone_carriers_signature_does_not_open_the_letters_door(line: Installation) -> None:
    signed = signature(hospital.AUTH_TOKEN, f"{line.url}/webhooks/email", CALL)
    answer = line.post("/webhooks/email", urlencode(CALL).encode(), {"X-Twilio-Signature": signed})
    assert answer.status == 403


def test_our_own_signature_is_the_documented_one() -> None:
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    assert signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", params) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("door", DOORS)
def test_who_does_not_sign_stays_outside(line: Installation, door: str) -> None:
    assert line.post(f"/webhooks/{door}", urlencode(CALL).encode()).status == 403


@pytest.mark.parametrize("door", DOORS)
def test_who_signs_wrongly_stays_outside(line: Installation, door: str) -> None:
    wrong = signature("another token", f"{line.url}/webhooks/{door}", CALL)
    assert line.post(f"/webhooks/{door}", urlencode(CALL).encode(), {"X-Twilio-Signature": wrong}).status == 403


def test_a_signature_for_other_words_or_another_door_opens_nothing(line: Installation) -> None:
    url = f"{line.url}/webhooks/voice"
    for signed in (signature(hospital.AUTH_TOKEN, url, {}), signature(hospital.AUTH_TOKEN, f"{url}/status", CALL)):
        request = urllib.request.Request(url, urlencode(CALL).encode(), {"X-Twilio-Signature": signed}, method="POST")
        assert read(request).status == 403


def test_every_further_url_of_a_call_is_refused_unsigned(line: Installation) -> None:
    gives_up(line, "+33639980171", "748#", HEAD)
    line.carrier.settle()
    urls = {sent.url.partition("#")[0] for sent in line.carrier.wire.sent}
    assert len(urls) >= 4
    for url in urls:
        assert read(urllib.request.Request(url, urlencode(CALL).encode(), method="POST")).status == 403, url


def test_the_urls_of_calls_and_texts_carry_no_number(line: Installation) -> None:
    gives_up(line, "+33639980172", "638#", CHLOE)
    line.carrier.settle()
    for sent in line.carrier.wire.sent:
        assert not re.search("(33|0)63998", sent.url)  # 63998 alone may stand in an id
        assert "99002400" not in sent.url


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_operators_look_without_a_key(line: Installation, path: str) -> None:
    answer = line.get(path)
    assert answer.status == 200
    # What stands in quotes, as JSON and labels do: a measured second may well end in 063998.
    assert not [said for said in re.findall('"([^"]*)"', answer.body) if "63998" in said]


@pytest.mark.parametrize("path", ["/webhooks/voice", "/webhooks/sms"])
def test_doors_for_machines_take_post_alone(line: Installation, path: str) -> None:
    assert line.get(path).status in (403, 405)
