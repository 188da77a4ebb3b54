"""A small carrier of our own, written from the contract alone: it drives the line as Twilio would.

It takes the numbers of the hospital and of the practices, places and receives calls, carries texts, keeps recordings.
What no carrier or person should ever meet (a bad document, a stranger's number, a text to a landline) is a complaint.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from tests.contract.people import Caller, Delivery, Does, HungUp, Telephone, Text
from tests.contract.recordings import Recordings
from tests.contract.switch import RING, Call, Ended
from tests.contract.twiml import BadTwiml
from tests.contract.wire import Answer, Params, Wire

RETRIES = "#rc=5&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000"  # as an operator sets the number's URLs
MOBILES = ("+336", "+337")


@dataclass
class Message:
    """One SMS, of either direction."""

    recipient: str
    sender: str
    body: str
    direction: str
    status: str = "queued"
    error: int | None = None
    callback: str = ""
    sid: str = field(default_factory=lambda: f"SM{uuid4().hex}")
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


class Refused(Exception):
    """A REST request that the carrier refuses with its own code."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Carrier:
    """The account, its one number and everybody's telephones; `rest.serving` gives it its API."""

    account: str
    auth_token: str
    line: str
    public_url: str
    wire: Wire = field(init=False)
    recordings: Recordings = field(init=False)
    url: str = ""
    telephones: dict[str, Telephone] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    hesitates: float = 0.0  # seconds between taking a text over and saying so
    mute: bool = False  # says nothing of what becomes of texts
    opted_out: set[str] = field(default_factory=set)
    _busy: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wire = Wire(self.auth_token)

    def opened(self, url: str) -> None:
        """Its REST API answers there from now on."""
        self.url, self.recordings = url, Recordings(self.wire, self.account, url)

    @property
    def complaints(self) -> list[str]:
        return self.wire.complaints

    def telephone(self, number: str) -> Telephone | None:
        return self.telephones.get(number)

    def connect(self, *telephones: Telephone) -> None:
        """These numbers exist from now on."""
        self.telephones |= {telephone.number: telephone for telephone in telephones}

    def register(self, call: Call) -> None:
        self.calls[call.sid] = call

    # What people do

    def dials(self, caller: Caller) -> Call:
        """A whole call to the line, from its ring to its status callback."""
        call = Call(self, "inbound", caller.number, self.line, caller, status="ringing")
        self._live(call, f"{self.public_url}/webhooks/voice{RETRIES}")
        self.wire.tell(f"{self.public_url}/webhooks/voice/status{RETRIES}", self._over(call))
        return call

    def texts(self, sender: str, body: str) -> Answer:
        """A person sends an SMS to the line."""
        message = Message(self.line, sender, body, "inbound", "received")
        self.messages[message.sid] = message
        if body.strip().upper() == "STOP":
            self.opted_out.add(sender)
        return self.wire.ask(f"{self.public_url}/webhooks/sms{RETRIES}", self._received(message))

    def settle(self, within: float = 20.0) -> None:
        """Until every call is over and no callback is on its way."""
        end = time.monotonic() + within
        while self._busy:
            self._busy.pop().join(max(0.0, end - time.monotonic()))
        self.wire.settle(max(0.1, end - time.monotonic()))

    # What the application asks for

    def place(self, recipient: str, sender: str, url: str, callback: str, events: str) -> Call:
        """A call of the application's own; raises Refused."""
        telephone = self._known(recipient, "call")
        answering = telephone.rings()
        call = Call(self, "outbound-api", sender, recipient, answering)
        self._meanwhile(lambda: self._ring(call, answering.does, url, callback, events))
        return call

    def send(self, recipient: str, sender: str, body: str, callback: str) -> Message:
        """A text of the application's; raises Refused."""
        telephone = self._known(recipient, "text")
        if not recipient.startswith(MOBILES):
            self.complaints.append(f"a text to a landline: {recipient}")
            raise Refused(21614, "'To' number is not a valid mobile number")
        if recipient in self.opted_out:
            raise Refused(21610, "Attempt to send to unsubscribed recipient")
        message = Message(recipient, sender, body, "outbound-api", callback=callback)
        self.messages[message.sid] = message
        self._meanwhile(lambda: self._carry(message, telephone))
        time.sleep(self.hesitates)
        return message

    # How it goes on

    def _known(self, number: str, what: str) -> Telephone:
        telephone = self.telephones.get(number)
        if telephone is None:
            self.complaints.append(f"nobody expected a {what} to {number}")
            raise Refused(21211, "The 'To' number is not a valid phone number.")
        return telephone

    def _meanwhile(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._busy.append(thread)

    def _live(self, call: Call, url: str) -> None:
        try:
            call.follow(url)
        except (Ended, HungUp):
            pass
        except BadTwiml as error:
            self.complaints.append(f"{call.documents[-1] if call.documents else url}: {error}")
        if not call.ended:
            call.end("completed")

    def _ring(self, call: Call, does: Does, url: str, callback: str, events: str) -> None:
        for call.status, event in (("queued", "initiated"), ("ringing", "ringing")):
            call.progress(callback, events, event)
        time.sleep(RING)
        if does.answers:
            call.answer()
            call.progress(callback, events, "answered")
            self._live(call, url)
        else:
            call.end(does.value[0])
        call.progress(callback, events, "completed")

    def _carry(self, message: Message, telephone: Telephone) -> None:
        message.status = "sent"
        self._report(message)
        if telephone.delivery is Delivery.NEVER_KNOWN:
            return
        message.status = telephone.delivery.value
        if telephone.delivery is Delivery.DELIVERED:
            telephone.texts.append(Text(message.sid, message.sender, message.body))
        else:
            message.error = 30003
        self._report(message)

    def _report(self, message: Message) -> None:
        failed = {"ErrorCode": str(message.error)} if message.error else {}
        if message.callback and not self.mute:
            self.wire.tell(message.callback, self._status(message) | failed)

    def _status(self, message: Message) -> dict[str, str]:
        return {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            "To": message.recipient,
        }

    def _received(self, message: Message) -> dict[str, str]:
        places = {f"{who}{what}": "" for who in ("From", "To") for what in ("City", "Country", "State", "Zip")}
        more = {"Body": message.body, "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": message.sid}
        status = self._status(message)
        del status["MessageStatus"]
        return places | status | more

    def _over(self, call: Call) -> Params:
        return call.params() | call.news("completed")
