"""The signature vectors of the official libraries, and agreement with the official validator."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.signing import sign, with_body_hash

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
A = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("From", "+14158675309"), ("To", "+18005551212"),
     ("Caller", "+14158675309")]  # fmt: skip
B = [("Digits", "1234"), ("To", "+18005551212"), ("From", "+14158675310"), ("Caller", "+14158675310"),
     ("CallSid", "CA1234567890ABCDE")]  # fmt: skip
MULTI = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
HASH = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        (URL, A, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", A, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", A, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", A, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (URL, MULTI, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (f"{URL}&{HASH}", [], "a9nBmqA0ju/hNViExpshrM61xv4="),
        (URL, B, "GvWf1cFY/Q7PnoempGyD5oXAezc="),
        ("https://example.org/voice", [], "4TxCIybGr1iQzDXxca+AW82mIgA="),
        ("https://example.org/voice", [("FromCity", ""), ("From", "+33145000000")], "p7vZXXSpX6n2xSNEVNN89arKwDQ="),
        ("https://example.org/sms", [("Body", "Décès à l'hôpital: ça va? €"), ("From", "+33612345678")],
         "OsY+kaNM6BSgMOsue2FOC6I69r0="),
    ],
)  # fmt: skip
def test_a_request_is_signed_as_the_official_vectors_say(
    url: str, params: list[tuple[str, str]], expected: str
) -> None:
    assert sign(url, params, TOKEN) == expected


def test_a_shared_key_signs_with_sha256() -> None:
    assert sign(URL, A, TOKEN, "sha256") == "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="


def test_the_fragment_is_neither_sent_nor_signed() -> None:
    assert sign(f"{URL}#rc=2&rp=5xx", A, TOKEN) == sign(URL, A, TOKEN)


def test_a_json_body_is_signed_through_its_hash_in_the_url() -> None:
    body = b'{"property": "value", "boolean": true}'
    assert with_body_hash(f"{URL}#rc=1", body) == f"{URL}&{HASH}#rc=1"
    validator = RequestValidator(TOKEN)
    url = with_body_hash(URL, body)
    assert json.loads(body)
    assert validator.validate(url, body.decode(), sign(url, [], TOKEN))


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=20), max_size=6))
def test_whatever_is_sent_the_official_validator_accepts_it(params: dict[str, str]) -> None:
    signature = sign("https://app.test/voice", params.items(), TOKEN)
    assert RequestValidator(TOKEN).validate("https://app.test/voice", params, signature)


@given(st.dictionaries(NAMES, st.text(max_size=5), max_size=3), NAMES)
def test_one_parameter_more_breaks_the_signature(params: dict[str, str], name: str) -> None:
    signature = sign("https://app.test/voice", params.items(), TOKEN)
    tampered = params | {name: params.get(name, "") + "x"}
    assert not RequestValidator(TOKEN).validate("https://app.test/voice", tampered, signature)
