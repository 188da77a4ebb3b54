"""The words of every e-mail about a request, from the catalogue. No patient data, no word of what was written to us.

To an ordinary address each letter says what must not be sent there; one below a secure domain needs no such word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from babel.dates import format_date

from callbacks import gp, kind_words, wording
from callbacks.answers.ways import is_secure
from callbacks.house import House
from callbacks.kinds.kind import ADVICE
from callbacks.promise import RequestView
from config import texts
from config.numbers import national

_AT_THE_END = ("emergency", "signature", "information")


@dataclass(frozen=True)
class Letter:
    """What an e-mail says."""

    subject: str
    body: str


def framed(house: House, hospital: str, paragraphs: Sequence[str]) -> str:
    """A whole letter around its sentences: greeted, with the 15, and signed by the line."""
    frame = {"hospital": hospital, "line": national(house.line_number), "link": f"{house.public_url}/informations"}
    emergency, *below = (texts.say(f"mail.{key}", house.language, **frame) for key in _AT_THE_END)
    last = [emergency, "\n".join(below)]
    return "\n\n".join([texts.say("mail.greeting", house.language), *filter(None, paragraphs), *last]) + "\n"


def day(at: datetime, zone: tzinfo, language: str) -> str:
    """A day and a time in full: "mardi 24 novembre à 11 h 00", "Tuesday 24 November at 11:00"."""
    local = at.astimezone(zone)
    which = f" ({said})" if (said := texts.which_hour(local, language)) else ""
    joined = "à" if language == "fr" else "at"
    return f"{format_date(local.date(), 'EEEE d MMMM', locale=language)} {joined} {clock(at, zone, language)}{which}"


def clock(at: datetime, zone: tzinfo, language: str) -> str:
    """A time of day: "9 h 05", its parts never parted at the end of a line; "9:05"."""
    local = at.astimezone(zone)
    return f"{local.hour}\u00a0h\u00a0{local.minute:02d}" if language == "fr" else f"{local.hour}:{local.minute:02d}"


# To the GP --------------------------------------------------------------------------------------------------------


def confirmation(
    house: House, view: RequestView, recipient: str, numbers: Sequence[str], booking: str | None = None
) -> Letter:
    """His request is on file; `numbers`: where he can be called back, and without any he is asked for one; `booking`:
    where the ward's appointments are taken online."""
    key = "confirmation" if view.parts else "confirmation_missed"
    asked = "" if numbers else _say(house, view, "no_number")
    online = "" if booking is None else texts.say("mail.kind_booking", house.language, link=booking)
    meant = "" if view.kind == ADVICE else texts.say("mail.for_advice", house.language)
    notes = (online, asked, _say(house, view, "adding"), meant, _say(house, view, "follow"))
    return _letter(house, view, recipient, key, notes=notes)


def addition(house: House, view: RequestView, recipient: str) -> Letter:
    """His new message is part of his request; the deadline stays."""
    return _letter(house, view, recipient, "addition", notes=(_say(house, view, "follow"),))


def apology(house: House, view: RequestView, recipient: str, told: bool) -> Letter:
    """The promise is broken; `told`: the head of ward knows."""
    note = texts.say("mail.apology_told", house.language) if told else ""
    return _letter(house, view, recipient, "apology", notes=(note,))


def named(house: House, view: RequestView, recipient: str, name: str, now: datetime) -> Letter:
    """Which senior has his request in hand; no time is promised once the promise is broken."""
    key = "named" if now < view.due_at else "named_late"
    values = {"name": wording.without_title(name)}
    return _letter(house, view, recipient, key, values, notes=(_say(house, view, "follow"),))


def tried(house: House, view: RequestView, recipient: str, at: datetime, now: datetime) -> Letter:
    """A senior tried to call him back at `at`; when he tries again, and how to call first."""
    values = {"time": clock(at, view.zone, house.language), "again": wording.again(house, view, now, written=day)}
    return _letter(house, view, recipient, "tried", values)


def asked(house: House, view: RequestView, recipient: str) -> Letter:
    """Was he called back? One touch on the link."""
    return _letter(house, view, recipient, "asked")


def unreached(house: House, view: RequestView, recipient: str) -> Letter:
    """It was closed because he could not be reached, and how he opens it again."""
    return _letter(house, view, recipient, "unreached")


def _letter(
    house: House,
    view: RequestView,
    recipient: str,
    key: str,
    values: dict[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Letter:
    more, key = values or {}, wording.key_for(view, key)
    ordinary = "" if is_secure(recipient, house.secure_domains) else texts.say("mail.not_secured", house.language)
    body = framed(house, view.hospital, [_say(house, view, key, more), *notes, ordinary])
    return Letter(_say(house, view, f"{key}_subject", more), body)


def _say(house: House, view: RequestView, key: str, more: dict[str, str] | None = None) -> str:
    said = {
        "hospital": view.hospital,
        "ward": view.about or view.ward,
        "what": kind_words.of_kind("voice.named", view.kind, house.language),
        "reference": view.reference,
        "deadline": day(view.due_at, view.zone, house.language),
        "line": national(house.line_number),
        "link": gp.url(house.public_url, view.reference, house.secret_key),
    }
    return texts.say(f"mail.{key}", house.language, **said | (more or {}))
