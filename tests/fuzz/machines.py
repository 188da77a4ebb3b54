"""Shots at the doors for machines: calls that are played on and on, SMS, letters; signed, wrongly signed, unsigned."""

import json
import re
from collections import deque
from dataclasses import dataclass, field
from html import unescape
from random import Random

from tests.fuzz import forms, hostile, samples
from tests.fuzz.aims import ODD_HEADERS
from tests.fuzz.shots import Shot
from tests.fuzz.world import Door, World
from tests.web.conftest import HOUSE
from tests.webhooks.mail.bringing import BOUNDARY

NEXT = re.compile(rb"http://localhost(/webhooks/voice/[^\"<\s]+)")
LINE = HOUSE.line_number
CARRIER, WRONG, MAILER = "carrier", "wrong", "mailer"  # who signs
VOICE = {
    "CallSid": ("CA1", "CA2", "CA3", "CA" + "0" * 32),
    "From": ("+33639980011", "+33639980001", "+33199001212", "anonymous", "+266696687", "", "+33639980002"),
    "To": (LINE,),
    "CallStatus": ("in-progress", "ringing", "completed", "busy", "failed", "no-answer", "canceled"),
    "Digits": ("", "1", "2", "0", "9", "227", "227#", "763", "*", "#", "0639980011", "123456", "730418", "1", "1", "1"),
    "SpeechResult": ("", "", "cardiologie", "la cardio de Cochin"),
    "RecordingSid": ("", "RE1", "RE" + "a" * 32),
    "RecordingDuration": ("", "3", "0", "180"),
    "RecordingStatus": ("in-progress", "completed", "absent"),
    "DialCallStatus": ("", "completed", "no-answer", "busy", "failed", "answered", "canceled"),
    "DialBridged": ("", "true", "false"),
    "DialCallSid": ("", "CA9"),
    "ParentCallSid": ("", "CA1", "CA2"),
}
SMS = {
    "MessageSid": ("SM1", "SM2", ""),
    "From": ("+33639980011", "+33639980001", "+33639980041", "36105", "Rappel24", ""),
    "To": (LINE, LINE, LINE, "+33199009999"),
    "Body": (*hostile.WORDS, "nephro", "avis cardio cochin", ""),
    "OptOutType": ("", "", "", "STOP", "START", "HELP"),
    "NumMedia": ("0", "1", "99999", "-1", "x"),
    "MediaUrl0": ("", "http://localhost:1/2010-04-01/Accounts/AC/Messages/MM1/Media/ME1", "http://169.254.169.254/"),
    "MediaContentType0": ("", "image/jpeg", "text/x-vcard"),
    "MessageStatus": ("sent", "delivered", "undelivered", "failed", "read", "accepted"),
    "ErrorCode": ("", "30003", "21610", "x"),
}  # fmt: skip


@dataclass
class Machines:
    """Makes shots at the doors for machines; `hears` what was answered, so that a call goes on."""

    rng: Random
    world: World
    handed_out: deque[str] = field(default_factory=lambda: deque(maxlen=40))

    def hears(self, document: bytes) -> None:
        """Addresses in an answer are where the call goes on."""
        self.handed_out.extend(unescape(found.decode("utf-8", "replace")) for found in NEXT.findall(document))

    def at(self, door: Door, *, outside: bool = False) -> Shot:
        """One shot at this door; from `outside`: by nobody who may."""
        if door.endpoint.startswith("email."):
            return self._letter(door, outside)
        rng, table = self.rng, SMS if door.endpoint.startswith("sms.") else VOICE
        target = self._target(door)
        fields = [(name, rng.choice(values)) for name, values in table.items() if rng.random() < 0.9]
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            at = rng.randrange(len(fields)) if fields else 0
            if fields:
                fields[at] = (fields[at][0], hostile.value(rng, fields[at][1]))
        if rng.random() < 0.03:
            fields += [(f"MediaUrl{n}", hostile.value(rng)) for n in range(60)]
        body, kind = forms.written(rng, fields)
        seal = rng.choice(("", WRONG)) if outside else CARRIER if rng.random() < 0.97 else rng.choice(("", WRONG))
        return Shot("nobody", door.method, target, {"Content-Type": kind} | self._headers(), body, seal, door=door.name)

    def _target(self, door: Door) -> str:
        """Where a call goes on, when this door is one on its way; else somewhere like it."""
        rng, pattern = self.rng, re.compile(re.sub(r"<[^>]+>", "[^/?]+", door.rule) + r"(\?|#|$)")
        live = [each for each in self.handed_out if pattern.match(each)]
        if live and rng.random() < 0.85:
            return live[-1 - int(len(live) * rng.random() ** 3)].partition("#")[0]
        path = door.rule
        for name, value in self.world.path(door).items():
            value = hostile.value(rng, value).replace("/", "") if rng.random() < 0.1 else value
            path = re.sub(rf"<(\w+:)?{name}>", lambda _, value=value: value, path)  # type: ignore[misc]
        again = f"?again={rng.choice(('1', '2', '3', '-1', 'x', '9' * 30))}&held={hostile.value(rng)[:300]}"
        return _as_target(path + (again if rng.random() < 0.1 else ""))

    def _letter(self, door: Door, outside: bool) -> Shot:
        rng = self.rng
        envelope = {"to": [rng.choice(("avis@hopital.example", "avis+cardiologie@hopital.example", "x"))],
                    "from": rng.choice(hostile.ADDRESSES)}  # fmt: skip
        said = json.dumps(envelope) if rng.random() < 0.9 else hostile.value(rng, json.dumps(envelope))
        field = "email" if rng.random() < 0.97 else rng.choice(("rawEmail", "text", "x"))
        body = _brought(said, field, samples.letter(rng))
        seal = rng.choice(("", WRONG)) if outside else MAILER
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} | self._headers()
        return Shot("nobody", door.method, door.rule, headers, body, seal, door=door.name)

    def _headers(self) -> dict[str, str]:
        if self.rng.random() > 0.05:
            return {}
        name = self.rng.choice(tuple(ODD_HEADERS))
        return {name: self.rng.choice(ODD_HEADERS[name])}


def _brought(envelope: str, field: str, letter: bytes) -> bytes:
    pieces = (("envelope", envelope.encode("utf-8", "replace")), (field, letter))
    written = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (BOUNDARY.encode(), name.encode(), value)
        for name, value in pieces
    ]
    return b"".join(written) + f"--{BOUNDARY}--\r\n".encode()


def _as_target(path: str) -> str:
    return "".join(each if 32 < ord(each) < 127 and each not in "#" else f"%{ord(each) & 255:02X}" for each in path)
