"""Requests as the carrier sends them: its fields, its signature, the bytes on the line."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

LINE = "+33199000024"
GP = "+33199000011"

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
# What it sends with an SMS, or with what became of one.
SMS_FIELDS = {
    "AccountSid": "AC" + "0" * 32,
    "ApiVersion": "2010-04-01",
    "FromCity": "",
    "FromCountry": "FR",
    "FromState": "",
    "FromZip": "",
    "NumMedia": "0",
    "NumSegments": "1",
    "To": LINE,
    "ToCity": "",
    "ToCountry": "FR",
    "ToState": "",
    "ToZip": "",
}


@dataclass(frozen=True)
class Web:
    """A web server: its port on this machine, and the process at its head."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def call(**fields: str) -> dict[str, str]:
    """The form of a turn of a call: of one nobody has heard of, unless these fields say so."""
    return FIELDS | {"CallSid": f"CA{uuid4().hex}"} | fields


def sms(sid: str, **fields: str) -> dict[str, str]:
    """The form of an SMS, which the carrier names three times."""
    return SMS_FIELDS | dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid) | fields


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
