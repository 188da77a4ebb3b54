"""The words of every SMS about a request, from the catalogue, kept to one segment where that can be done.

No patient data, no name. The GP's number stands in an alert only where the hospital allows it (ALERT_SHOWS_CALLER).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.house import House
from callbacks.promise import RequestView
from callbacks.register import Open
from config import texts
from config.numbers import national
from config.texts import gsm7


def to_ward(house: House, key: str, view: RequestView, link: str) -> str:
    """An alert about one request (`alert`, `reminder`, `escalation`, …) for somebody who can act on the link."""
    values = {
        "reference": view.reference,
        "ward": view.ward,
        "caller": f", {national(view.caller)}" if house.shows_caller and view.caller else "",
        "window": _window(view.reach, house.language),
        "deadline": texts.written_time(view.due_at, view.zone, house.language),
        "link": link,
    }
    return _fit(house, key, values, shorten=("ward",), drop=("window",))


def to_house(house: House, view: RequestView) -> str:
    """To ALERT_PHONE, when there is nobody else to tell."""
    values = {
        "reference": view.reference,
        "ward": view.ward,
        "hospital": view.hospital,
        "deadline": texts.written_time(view.due_at, view.zone, house.language),
        "line": national(house.line_number),
    }
    return _fit(house, "last_resort", values, shorten=("ward", "hospital"))


def summary(house: House, waiting: Sequence[Open], zone: ZoneInfo, link: str) -> str:
    """Several reminders in one, each named by its reference; the link is of the first, the most urgent."""
    return _fit(house, "summary", _several(house, waiting, zone, link))


def shift_start(house: House, waiting: Sequence[Open], end: datetime, now: datetime, zone: ZoneInfo, link: str) -> str:
    """What the incoming senior finds, and until when he holds the line."""
    values = _several(house, waiting, zone, link) | {"until": until_words(end, now, zone, house.language)}
    return _fit(house, "shift_start", values, shorten=("ward",), drop=("until",))


def shift_begins(house: House, ward: str, rank: int, end: datetime, now: datetime, zone: ZoneInfo) -> str:
    """He holds the line, or stands behind who does, and nothing waits for him."""
    key = "shift_begins" if rank == 1 else "shift_begins_behind"
    values: dict[str, object] = {"ward": ward, "rank": rank, "until": until_words(end, now, zone, house.language)}
    return _fit(house, key, values, shorten=("ward",))


def until_words(end: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """Such as “ jusqu'à 8h30”; with its day when the clock alone could mean another time."""
    if end - now < timedelta(hours=23):
        return texts.say("sms.until_clock", language, clock=texts.written_clock(end, zone, language))
    return texts.say("sms.until_day", language, time=texts.written_time(end, zone, language))


def shift_end(house: House, waiting: Sequence[Open], end: datetime, zone: ZoneInfo, link: str) -> str:
    """What the outgoing senior still has in hand."""
    values = _several(house, waiting, zone, link)
    return _fit(house, "shift_end", values | {"end": texts.written_clock(end, zone, house.language)}, shorten=("ward",))


def to_gp(house: House, key: str, view: RequestView, told: bool = False) -> str:
    """To the GP (`confirmation`, `apology`, …); `told`: the head of ward knows that the promise was broken."""
    values = {
        "hospital": view.hospital,
        "reference": view.reference,
        "deadline": texts.written_time(view.due_at, view.zone, house.language),
        "line": national(house.line_number),
        "told": texts.say("sms.apology_told", house.language) if told else "",
        "one_way": "" if house.hears_replies else texts.say("sms.one_way", house.language),
    }
    return _fit(house, key, values, shorten=("hospital",), drop=("one_way",))


def _several(house: House, waiting: Sequence[Open], zone: ZoneInfo, link: str) -> dict[str, object]:
    return {
        "ward": waiting[0].ward,
        "count": len(waiting),
        "references": ", ".join(request.reference for request in waiting),
        "deadline": texts.written_time(waiting[0].due_at, zone, house.language),
        "link": link,
    }


def _window(reach: str, language: str) -> str:
    return "" if reach == "now" else texts.say(f"sms.window_{reach}", language)


def _fit(
    house: House,
    key: str,
    values: dict[str, object] | dict[str, str],
    shorten: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> str:
    return gsm7.fit(texts.template(f"sms.{key}", house.language), values, shorten, drop)
