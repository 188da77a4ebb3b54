"""The exchange's state: account, lines, calls, telephones; shared by everything that acts on it."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from simulator.clock import Clock
from simulator.faults import Faults, Unknowns
from simulator.legs import Leg
from simulator.phones import Phone
from simulator.recordings import Recordings
from simulator.trace import Trace
from simulator.webhooks import Delivery

# Keypad words of callers who hide their number, and the words some networks send.
HIDDEN = frozenset(
    {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
    | {"anonymous", "Anonymous", "unknown", "private", ""}
)


def is_e164(number: str) -> bool:
    return re.fullmatch(r"\+[1-9]\d{6,14}", number) is not None


@dataclass(frozen=True)
class Dialing:
    """What may be dialled in a country: ordinary numbers, special services, ranges known for toll fraud."""

    low_risk: bool = True
    high_risk_special: bool = False
    high_risk_tollfraud: bool = False


@dataclass
class Account:
    """Credentials, and how many calls over REST it may begin a second (one, until the carrier is asked for more)."""

    sid: str = "AC" + "0" * 31 + "1"
    auth_token: str = "12345"
    calls_a_second: float = 1.0
    keys: dict[str, str] = field(default_factory=dict)
    kind: str = "Full"  # or Trial
    public_media: bool = False  # the carrier's default: whoever has the address of a recording hears it
    dialing: dict[str, Dialing] = field(default_factory=dict)  # by country; in no list: closed
    texting: set[str] = field(default_factory=set)  # countries that may be texted


@dataclass
class Line:
    """A number of the account and what is configured for it. An SMS-capable line has `sms` true."""

    number: str
    voice_url: str = ""
    status_url: str = ""
    sms_url: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms: bool = True
    sid: str = ""
    voice: bool = True
    voice_method: str = "POST"
    status_method: str = "POST"
    sms_method: str = "POST"
    # Each of these three takes the place of the addresses above; what then happens is not simulated.
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""
    receives: str = "voice"  # or fax
    looks_up_callers: bool = False

    @property
    def calls_lead_to(self) -> str:
        """Where a call is asked about; empty: nowhere that is simulated."""
        elsewhere = self.voice_application_sid or self.trunk_sid or self.receives != "voice" or not self.voice
        return "" if elsewhere else self.voice_url

    @property
    def texts_lead_to(self) -> str:
        """Where an SMS is handed over; empty: nowhere."""
        return "" if self.sms_application_sid or not self.sms else self.sms_url


class Sids:
    """Resource identifiers; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"sids {seed}")

    def new(self, prefix: str) -> str:
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def token(self) -> str:
        value = f"{self._random.getrandbits(128):032x}"
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


@dataclass
class Office:
    """Everything in one place; guarded by `clock.lock`."""

    clock: Clock
    account: Account
    trace: Trace
    faults: Faults
    unknowns: Unknowns
    delivery: Delivery
    recordings: Recordings
    sids: Sids
    api_url: str = "https://api.twilio.com"
    lines: dict[str, Line] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    legs: dict[str, Leg] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    play_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def add_line(self, line: Line) -> None:
        line.sid = line.sid or self.sids.new("PN")
        self.lines[line.number] = line

    def telephone(self, number: str) -> Phone:
        """The telephone with that number; a new one that just rings when nobody has it yet."""
        if number not in self.phones:
            self.phones[number] = Phone(number)
        return self.phones[number]

    def new_leg(self, from_: str, to: str, direction: str, parent: Leg | None = None) -> Leg:
        leg = Leg(self.sids.new("CA"), self.clock, from_, to, direction, parent)
        self.legs[leg.sid] = leg
        return leg

    def children(self, leg: Leg) -> Iterator[Leg]:
        return (other for other in self.legs.values() if other.parent is leg)

    def resource_url(self, path: str) -> str:
        return f"{self.api_url}/2010-04-01/Accounts/{self.account.sid}/{path}"

    def rfc2822(self, when: datetime) -> str:
        """As Twilio writes dates; a skewed clock is off by `faults.clock_skew` seconds."""
        return format_datetime((when + timedelta(seconds=self.faults.clock_skew)).replace(microsecond=0))
