"""What people may do to telephones from outside: the JSON behind `/sim/…`."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.legs import Done, Leg, Sound, Status
from simulator.media import Enclosed
from simulator.party import answer, press, speak_now
from simulator.phones import (
    Behaviour,
    Phone,
    SmsPlan,
    Text,
    busy,
    invalid,
    network_voicemail,
    no_answer,
    reject,
    rings,
    sms_delivered,
    sms_never_final,
    sms_undelivered,
    takes_the_call,
    unreachable,
)
from simulator.simulator import Simulator
from simulator.switch import CallRefused

BEHAVIOURS: dict[str, Callable[[], Behaviour]] = {
    "rings": rings,
    "unattended": no_answer,
    "takes": takes_the_call,
    "voicemail": lambda: network_voicemail(after=8.0),
    "busy": busy,
    "declines": reject,
    "unreachable": unreachable,
    "invalid": invalid,
}
SMS_PLANS: dict[str, Callable[[], SmsPlan]] = {
    "delivered": sms_delivered,
    "undelivered": sms_undelivered,
    "never_final": sms_never_final,
}
SHOWN_SOUNDS = frozenset({"say", "play", "voice", "error", "beep", "ringback", "bridge"})
MAX_TEXTS, MAX_LINES = 50, 60


class Refused(Exception):
    """The visitor asked for what cannot be done now; the text says why."""


@dataclass
class Control:
    """Every method is safe from any thread; names and values are those of the JSON."""

    simulator: Simulator

    def act(self, number: str, action: str, given: dict[str, Any]) -> None:
        """One action on one telephone; Refused or KeyError when it makes no sense."""
        actions: dict[str, Callable[[Phone, dict[str, Any]], None]] = {
            "dial": self._dial,
            "answer": self._answer,
            "decline": self._decline,
            "press": self._press,
            "say": self._say,
            "hangup": self._hang_up,
            "behaviour": self._behave,
            "sms": self._sms,
        }
        if action not in actions:
            raise Refused(f"no such action: {action}")
        with self.simulator.clock.lock:
            actions[action](self.simulator.office.telephone(number), given)
            self.simulator.trace.add("control", f"{number} {action}", number=number)

    def register(self, number: str, name: str, role: str) -> None:
        self.simulator.phone(number, name, role)
        self.simulator.trace.add("control", f"{number} is here", number=number)

    # -- actions -------------------------------------------------------------------------------------------------

    def _dial(self, phone: Phone, given: dict[str, Any]) -> None:
        if phone.leg:
            raise Refused("this telephone is in a call")
        shown = given.get("shown_as")
        try:
            self.simulator.switch.incoming(phone, str(given["to"]), None if shown is None else str(shown))
        except CallRefused as refusal:
            raise Refused(str(refusal)) from None

    def _answer(self, phone: Phone, given: dict[str, Any]) -> None:
        answer(_ringing(phone))

    def _decline(self, phone: Phone, given: dict[str, Any]) -> None:
        _ringing(phone).picked_up.set(Status.BUSY)

    def _press(self, phone: Phone, given: dict[str, Any]) -> None:
        keys = str(given["keys"])
        if set(keys) - set("0123456789*#"):
            raise Refused("only the keys 0 to 9, * and #")
        self.simulator.clock.spawn(press(self.simulator.switch, _talking(phone), keys))

    def _say(self, phone: Phone, given: dict[str, Any]) -> None:
        seconds = given.get("seconds")
        length = None if seconds is None else min(600.0, max(0.0, float(seconds)))
        speak_now(self.simulator.switch, _talking(phone), str(given.get("text", ""))[:1000], length)

    def _hang_up(self, phone: Phone, given: dict[str, Any]) -> None:
        if phone.leg:
            self.simulator.switch.party_hung_up(phone.leg)

    def _behave(self, phone: Phone, given: dict[str, Any]) -> None:
        if "call" in given:
            phone.behaviour = _choice(BEHAVIOURS, given["call"])()
            phone.queue.clear()
        if "sms" in given:
            phone.sms_plan = _choice(SMS_PLANS, given["sms"])()

    def _sms(self, phone: Phone, given: dict[str, Any]) -> None:
        pictures = [_picture(each) for each in given.get("pictures", [])]
        self.simulator.messages.receive(phone, str(given["to"]), str(given["body"])[:1600], pictures=pictures)

    # -- what is shown -------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Lines and telephones as the page draws them."""
        with self.simulator.clock.lock:
            return {
                "now": self.simulator.now.isoformat(),
                "lines": [line.number for line in self.simulator.office.lines.values()],
                "phones": [self._phone(phone) for phone in self.simulator.phones()],
            }

    def _phone(self, phone: Phone) -> dict[str, Any]:
        leg = phone.leg or (phone.legs[-1] if phone.legs else None)
        return {
            "number": phone.number,
            "name": phone.name,
            "role": phone.role,
            "behaviour": _name_of(BEHAVIOURS, phone.behaviour),
            "sms_plan": _name_of(SMS_PLANS, phone.sms_plan),
            "call": self._call(leg) if leg else None,
            "texts": [_text(text) for text in phone.texts[-MAX_TEXTS:]],
            "sent": [_text(text) for text in phone.sent[-MAX_TEXTS:]],
        }

    def _call(self, leg: Leg) -> dict[str, Any]:
        outward = leg.direction == "inbound"
        return {
            "sid": leg.sid,
            "status": str(leg.status),
            "live": leg.live,
            "direction": "out" if outward else "in",
            "with": leg.to if outward else leg.from_,
            "bridged_to": leg.bridged_to.party if leg.bridged_to else None,
            "recording": leg.recording,
            "seconds": leg.seconds,
            "lines": self._lines(leg),
        }

    def _lines(self, leg: Leg) -> list[dict[str, Any]]:
        """What was heard, and what this telephone keyed or said, by time. `over`: it is silent now."""
        shown = [sound for sound in leg.sounds if sound.kind in SHOWN_SOUNDS]
        lines = [_heard(sound) for sound in shown] + [_did(done) for done in leg.done]
        return sorted(lines, key=lambda line: float(line["at"]))[-MAX_LINES:]


def _text(text: Text) -> dict[str, Any]:
    shown = {"at": text.at.isoformat(), "from": text.from_, "body": text.body, "sid": text.sid}
    return shown | ({"pictures": text.pictures} if text.pictures else {})


def _picture(given: dict[str, Any]) -> Enclosed:
    """`data` in base64, as the page reads a file; binascii.Error (a ValueError) when it is not."""
    return Enclosed(str(given["type"]), b64decode(given["data"], validate=True))


def _heard(sound: Sound) -> dict[str, Any]:
    over = sound.end is not None
    cut = sound.end is not None and sound.end < sound.said_at(len(sound.text)) - 0.01
    return {"at": sound.start, "who": "line", "kind": sound.kind, "text": sound.text, "over": over, "cut": cut}


def _did(done: Done) -> dict[str, Any]:
    return {"at": done.at, "who": "self", "kind": done.kind, "text": done.text, "over": True, "cut": False}


def _ringing(phone: Phone) -> Leg:
    leg = phone.leg
    if leg is None or leg.status is not Status.RINGING or leg.direction == "inbound":
        raise Refused("this telephone does not ring")
    return leg


def _talking(phone: Phone) -> Leg:
    if phone.leg is None or phone.leg.answered is None:
        raise Refused("this telephone is in no call")
    return phone.leg


def _choice(table: dict[str, Callable[[], Any]], name: object) -> Callable[[], Any]:
    if name not in table:
        raise Refused(f"one of {', '.join(table)}")
    return table[str(name)]


def _name_of(table: dict[str, Callable[[], Any]], value: object) -> str:
    return next((name for name, make in table.items() if make() == value), "own")
