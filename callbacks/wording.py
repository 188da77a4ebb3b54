"""The words of every SMS about a request, from the catalogue, kept to one segment where that can be done.

No patient data, no name. The GP's number stands in an alert only where the hospital allows it (ALERT_SHOWS_CALLER).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks import kind_words
from callbacks.house import House
from callbacks.kinds.kind import ADVICE
from callbacks.promise import RequestView
from callbacks.register import Open
from config import texts
from config.numbers import national
from config.texts import gsm7


def to_ward(house: House, key: str, view: RequestView, link: str) -> str:
    """An alert about one request (`alert`, `reminder`, `escalation`, …) for somebody who can act on the link."""
    values = {
        "reference": view.reference,
        **_what(house, view),
        "ward": f"{view.ward} ({view.about})" if view.about else view.ward,
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
        **_what(house, view),
        "ward": view.ward,
        "hospital": view.hospital,
        "deadline": texts.written_time(view.due_at, view.zone, house.language),
        "line": national(house.line_number),
    }
    return _fit(house, "last_resort", values, shorten=("ward", "hospital"))


def summary(house: House, waiting: Sequence[Open], zone: ZoneInfo, link: str, taken: Sequence[Open] = ()) -> str:
    """Several reminders in one, each named by its reference, and what colleagues have `taken`; one of the two may be
    empty. The link is of the first that waits, the most urgent.
    """
    theirs = {"taken": ", ".join(request.reference for request in taken), "count": len(taken)}
    if not waiting:
        return _fit(house, "summary_taken", theirs)
    key = "summary_both" if taken else "summary"
    return _fit(house, key, theirs | _several(house, waiting, zone, link))


def shift_start(
    house: House, ward: str, waiting: Sequence[Open], end: datetime, now: datetime, zone: ZoneInfo, link: str
) -> str:
    """What the incoming senior finds, and until when he holds the line of this ward."""
    values = _several(house, waiting, zone, link) | {"ward": ward, "until": until_words(end, now, zone, house.language)}
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


def shift_end(house: House, ward: str, waiting: Sequence[Open], end: datetime, zone: ZoneInfo, link: str) -> str:
    """What the outgoing senior still has in hand."""
    values = _several(house, waiting, zone, link) | {"ward": ward}
    return _fit(house, "shift_end", values | {"end": texts.written_clock(end, zone, house.language)}, shorten=("ward",))


def given_back(house: House, ward: str, requests: Sequence[Open]) -> str:
    """To who has left: these are the ward's again."""
    values: dict[str, object] = {"ward": ward, "references": ", ".join(request.reference for request in requests)}
    return _fit(house, "given_back", values, shorten=("ward",))


def to_gp(house: House, key: str, view: RequestView, told: bool = False) -> str:
    """To the GP (`confirmation`, `apology`, …); `told`: the head of ward knows that the promise was broken."""
    values = _of_his(house, view) | {
        "told": texts.say("sms.apology_told", house.language) if told else "",
        "one_way": "" if house.hears_replies else texts.say("sms.one_way", house.language),
    }
    return _fit(house, key_for(view, key), values, shorten=("hospital", "ward"), drop=("one_way",))


def taken_in(house: House, view: RequestView) -> str:
    """To the GP who wrote: which ward has his request, and how he says that it is another; or, of another kind than
    advice, that he meant advice."""
    instead = "other_ward" if view.kind == ADVICE else "for_advice"
    end, key = instead if house.hears_replies else "one_way", key_for(view, "confirmation_written")
    values = _of_his(house, view) | {"end": texts.say(f"sms.{end}", house.language)}
    named_whole = _fit(house, key, values, shorten=("hospital",), drop=("end",))
    if gsm7.segments(named_whole) == 1:
        return named_whole
    return _fit(house, key, values | {"end": ""}, shorten=("hospital", "ward"))


def booking(house: House, view: RequestView, link: str) -> str:
    """To the GP who asks for an appointment: it is on file, and where he may book one by himself at once."""
    values = _of_his(house, view) | {"link": link, "emergency": texts.say("sms.life_at_risk", house.language)}
    return _fit(house, "kind_booking", values, shorten=("hospital", "ward"), drop=("emergency",))


# What is said in other words of another kind than advice: it carries no promise of 24 hours, and no senior's name.
_OF_KIND = {
    "confirmation": "kind_confirmation",
    "confirmation_missed": "kind_confirmation",
    "confirmation_written": "kind_written",
    "apology": "kind_apology",
    "tried": "kind_tried",
    "asked": "kind_asked",
}


def key_for(view: RequestView, key: str) -> str:
    """Under which name the catalogues have these words for a request of this kind."""
    return key if view.kind == ADVICE else _OF_KIND.get(key, key)


def named(house: House, view: RequestView, name: str, link: str, now: datetime) -> str:
    """To the GP: which senior has his request in hand; no time is promised once the promise is broken."""
    values = _of_his(house, view) | {"name": without_title(name), "link": f" {link}"}
    key = "named" if now < view.due_at else "named_late"
    return _fit(house, key, values, shorten=("ward", "hospital"), drop=("link",))


def tried(house: House, view: RequestView, at: datetime, now: datetime) -> str:
    """To the GP: a senior tried to call him back at `at`; when he tries again, and how to call first."""
    time = texts.written_clock(at, view.zone, house.language)
    values = _of_his(house, view) | {"time": time, "again": again(house, view, now)}
    values["urgent"] = texts.say("sms.urgent", house.language)
    return _fit(house, key_for(view, "tried"), values, shorten=("hospital",), drop=("urgent",))


def asked(house: House, view: RequestView, link: str) -> str:
    """To the GP: was he called back? One touch on the link, or a digit on the telephone."""
    values = _of_his(house, view) | {"link": link}
    values["by_phone"] = texts.say("sms.asked_by_phone", house.language, **values)
    return _fit(house, key_for(view, "asked"), values, shorten=("ward", "hospital"), drop=("by_phone",))


def _of_his(house: House, view: RequestView) -> dict[str, str]:
    """He asked a ward, whichever team has it now."""
    return {
        "hospital": view.hospital,
        "ward": view.about or view.ward,
        **_what(house, view),
        "reference": view.reference,
        "deadline": texts.written_time(view.due_at, view.zone, house.language),
        "line": national(house.line_number),
    }


def _what(house: House, view: RequestView) -> dict[str, str]:
    """What is asked for, in the middle of a sentence and at its beginning."""
    what = kind_words.of_kind("sms.what", view.kind, house.language)
    return {"what": what, "What": what[0].upper() + what[1:]}


def again(house: House, view: RequestView, now: datetime, written: Callable[..., str] = texts.written_time) -> str:
    """When the next try is: as who has it said, else before the deadline, else soon; `written`: how times look."""
    key, at = "again_soon", now
    if view.retry_at is not None and now < view.retry_at:
        key, at = "again_at", view.retry_at
    elif now < view.due_at:
        key, at = "again_before", view.due_at
    return texts.say(f"sms.{key}", house.language, time=written(at, view.zone, house.language))


def without_title(name: str) -> str:
    """`Dr Hugo Petit` is spoken of as "le Dr Hugo Petit", greeted as "docteur Hugo Petit"."""
    title, _, rest = name.partition(" ")
    return rest if rest and title.rstrip(".").lower() in ("dr", "docteur", "pr", "professeur") else name


def _several(house: House, waiting: Sequence[Open], zone: ZoneInfo, link: str) -> dict[str, object]:
    return {
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
