"""The ways to a GP: as he wrote, else the best that he has. Landlines are never texted, and nobody is rung at night."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callbacks import gp, outbox
from callbacks.answers.ways import stays_secure
from callbacks.errand import Errand
from callbacks.house import House
from callbacks.letters import Letter
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from config import numbers
from scheduling import store
from scheduling.store import Practitioner


@dataclass(frozen=True)
class Way:
    """How a GP is told something: sms, email or call; and where."""

    channel: str
    recipient: str


@dataclass(frozen=True)
class Word:
    """What he is told, in the form of each channel; `call` is a key of the catalogue, None what is never phoned."""

    purpose: Purpose
    key: str
    sms: str
    letter: Callable[[str], Letter]  # to an address
    call: str | None = None
    at: datetime | None = None  # not before; None: at once

    def fits(self, way: Way) -> bool:
        """Whether it can be said that way."""
        return way.channel != "call" or self.call is not None


ALL = ("sms", "email", "call")
WITHOUT_MAIL = ("sms", "call")  # of a house that has no mail server


def in_order(
    own: Sequence[str],
    practitioner: Practitioner | None,
    timezone: str,
    channels: Collection[str] = WITHOUT_MAIL,
    wrote: Way | None = None,
    abroad: Collection[str] = (),
) -> list[Way]:
    """Every way to him, the best first: as he wrote to us, unless that was by SMS from what is no mobile here; as his
    record says that he prefers; a mobile he called from or keyed (`own`); the mobile, then the e-mail, of his record; a
    voice call to his number. None at all: he left nothing to reach him on.
    """
    recorded = practitioner.phones if practitioner else ()
    # What may be anybody's is not rung at the ends of the world, which earns whoever sent us there (`permitted`).
    near = [each for each in own if each in recorded or numbers.callable_unknown(each, timezone, abroad)]
    all_numbers = (*near, *recorded)
    recipients = {
        "sms": [number for number in all_numbers if numbers.is_mobile(number)],
        "email": _mails(practitioner) if practitioner else [],
        "call": [number for number in all_numbers if numbers.callable_back(number, timezone, abroad)],
    }
    preferred = _CHANNELS.get(practitioner.preferred, "") if practitioner else ""
    order = sorted(recipients, key=lambda channel: channel != preferred)
    found = [Way(channel, each) for channel in order for each in recipients[channel]]
    each_once = dict.fromkeys([*([wrote] if wrote else []), *found])
    return [way for way in each_once if way.channel in channels and _arrives(way)]


# The channel of what a record says that he prefers.
_CHANNELS = {"sms": "sms", "email": "email", "mssante": "email", "call": "call"}


def _mails(practitioner: Practitioner) -> list[str]:
    """His ordinary address, then the secure one; in the order that he prefers."""
    both = [practitioner.email, practitioner.mssante]
    return [mail for mail in (both[::-1] if practitioner.preferred == "mssante" else both) if mail]


def _arrives(way: Way) -> bool:
    """Some boxes at home, and telephones abroad, send SMS that we may not answer."""
    return way.channel != "sms" or numbers.is_mobile(way.recipient)


# How --------------------------------------------------------------------------------------------------------------


def tell(errand: Errand, word: Word, first: Way | None = None) -> bool:
    """The best way that the word can be said by, `first` before all others; False: there is none."""
    way = next(filter(word.fits, to(errand, first)), None)
    if way is not None:
        put(errand, word, way)
    return way is not None


def put(errand: Errand, word: Word, way: Way) -> None:
    """Write it, to be sent this way; nobody is rung at night."""
    now, subject = errand.moment.now, {}
    if way.channel == "email":
        letter = word.letter(way.recipient)
        body, subject = letter.body, {"subject": letter.subject}
    else:
        body = word.sms if way.channel == "sms" else word.call or ""
    at = by_day(now, errand.view.zone) if way.channel == "call" else word.at or now
    message = Message(word.key, word.purpose, way.channel, way.recipient, None, errand.view.id, body, at, dict(subject))
    outbox.put(errand.conn, [message], errand.moment)


def to(errand: Errand, first: Way | None = None) -> list[Way]:
    """Every way to the GP of this request, the best first; `first`: as he has just written."""
    view = errand.view
    channels = WITHOUT_MAIL if errand.house.mail_address is None else ALL
    wrote = first or _wrote(errand)
    own, known = gp.own_numbers(errand.conn, view), _practitioner(errand)
    record = None if known is None else reachable(errand.house, known)
    return in_order(own, record, view.timezone, channels, wrote, errand.house.abroad)


def reachable(house: House, known: Practitioner) -> Practitioner:
    """His record without what this house cannot write to: the secure space takes no mail from outside."""
    return known if stays_secure(house, known.mssante) else replace(known, mssante="")


def _wrote(errand: Errand) -> Way | None:
    """As he wrote to us."""
    view = errand.view
    if view.channel == "sms" and view.caller is not None:
        return Way("sms", view.caller)
    return None if view.mail is None else Way("email", view.mail)


def _practitioner(errand: Errand) -> Practitioner | None:
    practitioner_id = errand.view.practitioner_id
    return None if practitioner_id is None else store.practitioner(errand.conn, practitioner_id)


def numbers_of(errand: Errand) -> list[str]:
    """Where he can be called back."""
    known = _practitioner(errand)
    return [*gp.own_numbers(errand.conn, errand.view), *(known.phones if known else ())]
