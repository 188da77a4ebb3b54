"""Vectors of twilio.md 4.2, and what a door for the carrier does with what is not signed by it."""

from collections.abc import Sequence

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from config.doors import Who, doors
from webhooks import signature
from webhooks.signature import Signatures

TOKEN = "12345"
SHOP = "https://mycompany.com"
A = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
B = [
    ("Digits", "1234"),
    ("To", "+18005551212"),
    ("From", "+14158675310"),
    ("Caller", "+14158675310"),
    ("CallSid", "CA1234567890ABCDE"),
]
MULTI = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
JSON_DIGEST = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
ORDER = "/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    ("public_url", "target", "params", "expected"),
    [
        (SHOP, ORDER, A, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (SHOP, ORDER, A, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", ORDER, A, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234", ORDER, A, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (SHOP, ORDER, MULTI, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (SHOP, ORDER, B, "GvWf1cFY/Q7PnoempGyD5oXAezc="),
        ("https://example.org", "/voice", [], "4TxCIybGr1iQzDXxca+AW82mIgA="),
        ("https://example.org", "/voice", [("FromCity", ""), ("From", "+33145000000")], "p7vZXXSpX6n2xSNEVNN89arKwDQ="),
        (
            "https://example.org",
            "/sms",
            [("Body", "Décès à l'hôpital: ça va? €"), ("From", "+33612345678")],
            "OsY+kaNM6BSgMOsue2FOC6I69r0=",
        ),
    ],
    ids=["plain", "port left out", "http", "odd port", "repeated field", "other call", "no field", "blank", "accents"],
)
def test_what_the_carrier_signed_is_let_in(
    public_url: str, target: str, params: list[tuple[str, str]], expected: str
) -> None:
    reply = _machine(public_url).post(target, data=MultiDict(params), headers={signature.HEADER: expected})
    assert reply.status_code == 204


def test_a_json_body_is_covered_by_its_digest() -> None:
    target = f"{ORDER}&bodySHA256={JSON_DIGEST}"
    body = '{"property": "value", "boolean": true}'
    client = _machine(SHOP)
    headers = {signature.HEADER: "a9nBmqA0ju/hNViExpshrM61xv4="}
    assert client.post(target, data=body, content_type="application/json", headers=headers).status_code == 204
    forged = body.replace("true", "false")
    assert client.post(target, data=forged, content_type="application/json", headers=headers).status_code == 403


# What a URL and a form may look like on the way; the signature is made of the URL as it is written at the carrier.
@pytest.mark.parametrize(
    "target",
    [
        "/voice",
        "/voice/",
        "/voice?",
        "/voice?a",
        "/voice?a=&b=",
        "/voice?a=1&a=2&a=1",
        "/voice?b=2&a=1",
        "/voice?a=b+c&d=e%20f",
        "/voice?a=%2B33199000001",
        "/voice?a=1;b=2",
        "/voice/%2e%2e/x",
        "/voice/a%2Fb",
        "/voice/caf%c3%a9",
        "/voice/caf%C3%A9",
        "/voice/~tilde/(x)",
    ],
)
def test_a_url_counts_letter_by_letter_as_it_came(target: str) -> None:
    signed_for = SHOP + target.removesuffix("?")
    right = RequestValidator(TOKEN).compute_signature(signed_for, dict(A))
    client, headers = _machine(SHOP), {signature.HEADER: right}
    environ = {"RAW_URI": target.removesuffix("?"), "REQUEST_URI": target.removesuffix("?")}
    assert client.post(target, data=MultiDict(A), headers=headers, environ_overrides=environ).status_code == 204
    for other in (target + "x", target.swapcase(), target.replace("/voice", "/voicE")):
        environ = {"RAW_URI": other, "REQUEST_URI": other}
        assert client.post(other, data=MultiDict(A), headers=headers, environ_overrides=environ).status_code == 403


@pytest.mark.parametrize(
    ("typed", "signed_for"),
    [
        ("https://mycompany.com", "https://mycompany.com"),
        ("https://mycompany.com/", "https://mycompany.com"),
        ("https://mycompany.com", "https://mycompany.com:443"),
        ("https://mycompany.com:443", "https://mycompany.com"),
        ("https://mycompany.com:8443", "https://mycompany.com:8443"),
        ("https://mycompany.com:8443", "https://mycompany.com"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://mycompany.com/avis", "https://mycompany.com/avis"),
    ],
)
def test_the_carrier_may_leave_a_port_out_or_put_it_in(typed: str, signed_for: str) -> None:
    right = RequestValidator(TOKEN).compute_signature(signed_for + ORDER, dict(A))
    reply = _machine(typed).post(ORDER, data=MultiDict(A), headers={signature.HEADER: right})
    assert reply.status_code == 204


@pytest.mark.parametrize(
    "public_url", ["http://mycompany.com", "https://mycompany.com.evil.example", "https://mycompany.co"]
)
def test_a_signature_for_one_house_opens_no_other(public_url: str) -> None:
    headers = {signature.HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert _machine(public_url).post(ORDER, data=MultiDict(A), headers=headers).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        [*A, ("Digits", "1234")],  # twice the same is once
        [*reversed(A)],
    ],
    ids=["repeated", "in another order"],
)
def test_the_order_and_repeats_of_a_form_s_fields_say_nothing(form: list[tuple[str, str]]) -> None:
    headers = {signature.HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert _machine(SHOP).post(ORDER, data=MultiDict(form), headers=headers).status_code == 204


@pytest.mark.parametrize(
    "form",
    [
        [(name.lower(), value) for name, value in A],
        [(name, value.lower()) for name, value in A],
        [(name, value + " ") for name, value in A],
        [*A, ("Extra", "")],
        [*A, ("Digits", "12340")],
    ],
    ids=["names in small letters", "values in small letters", "a blank more", "an empty field more", "another value"],
)
def test_a_form_counts_letter_by_letter(form: list[tuple[str, str]]) -> None:
    headers = {signature.HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert _machine(SHOP).post(ORDER, data=MultiDict(form), headers=headers).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "RSOYDt4T1cUTdK1PDd93/VVr8B9=",
        "é" * 28,
        # Vector 11: right under the newer scheme, for which we hold no key.
        "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=",
    ],
    ids=["unsigned", "empty", "one letter off", "not ascii", "shared-key scheme"],
)
def test_what_the_carrier_did_not_sign_stays_out(header: str | None) -> None:
    headers = {
        "X-Twilio-Webhooks-Signature-Settings": "key=1,algorithm=HMAC_SHA256",
        **({} if header is None else {signature.HEADER: header}),
    }
    assert _machine(SHOP).post(ORDER, data=MultiDict(A), headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("target", "params"),
    [
        (ORDER + "&baz=3", A),
        ("/myapp.php", A),
        (ORDER, [*A, ("Digits", "1")]),
        (ORDER, A[1:]),
        (ORDER, []),
    ],
    ids=["query added", "query dropped", "value added", "field dropped", "no form"],
)
def test_a_signature_does_not_fit_another_request(target: str, params: list[tuple[str, str]]) -> None:
    headers = {signature.HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert _machine(SHOP).post(target, data=MultiDict(params), headers=headers).status_code == 403


def test_the_url_is_taken_as_it_was_sent_not_as_flask_reads_it() -> None:
    target = "/myapp.php/caf%C3%A9?ward=g%C3%A9riatrie&empty="
    right = RequestValidator(TOKEN).compute_signature(SHOP + target, {})
    assert _machine(SHOP).post(target, headers={signature.HEADER: right}).status_code == 204


@pytest.mark.parametrize("environ", [{"RAW_URI": "", "REQUEST_URI": ""}, {"RAW_URI": "http://elsewhere.example/x"}])
def test_the_host_the_sender_names_is_never_believed(environ: dict[str, str]) -> None:
    right = RequestValidator(TOKEN).compute_signature(SHOP + ORDER, {})
    client = _machine(SHOP)
    headers = {signature.HEADER: right, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert client.post(ORDER, headers=headers, environ_overrides=environ).status_code == 204


@pytest.mark.parametrize(
    ("tokens", "status"),
    [(("next", TOKEN), 204), ((TOKEN, ""), 204), (("next", "before"), 403)],
    ids=["rotating", "one token", "neither"],
)
def test_either_of_two_tokens_counts_while_they_are_rotated(tokens: Sequence[str], status: int) -> None:
    headers = {signature.HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert _machine(SHOP, tokens).post(ORDER, data=MultiDict(A), headers=headers).status_code == status


@pytest.mark.parametrize("tokens", [(), ("",)])
def test_an_empty_token_is_no_token(tokens: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="no token"):
        Signatures(SHOP, tokens)


def test_the_guard_says_whom_it_lets_in() -> None:
    app = _machine(SHOP).application
    assert doors(app) == {"machine.take": Who.CARRIER}


def _machine(public_url: str, tokens: Sequence[str] = (TOKEN,)) -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    app.extensions["signatures"] = Signatures(public_url, tokens)
    blueprint = Blueprint("machine", __name__)
    blueprint.before_request(signature.require)
    blueprint.add_url_rule("/<path:path>", "take", lambda path: ("", 204), methods=["POST"])
    app.register_blueprint(blueprint)
    return app.test_client()
