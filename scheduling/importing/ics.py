"""A calendar's events as shifts: what repeats is worked out inside the wanted stretch and no further. Pure.

Endless repetition is bounded by that stretch; repetition that no rota has (by the second, minute or hour; rules that
never come true) is refused before anything is worked out, and the whole has a time it may take.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from config import numbers
from config.lazily import lazily
from scheduling.folding import fold
from scheduling.importing.said import BadFile, Finding, Place, Row, Who
from scheduling.importing.written import show

icalendar, recurring_ical_events = lazily("icalendar"), lazily("recurring_ical_events")

BEGINS: Final = b"BEGIN:VCALENDAR"
_LARGEST = 2 * 1024 * 1024
_MOST_LINES = 40_000
MOST_EVENTS: Final = 3000
_SECONDS: Final = 3.0  # of the processor: a busy machine is not the file's fault; a ward's year takes a tenth
_OLDEST = timedelta(days=10 * 366)  # a daily series is walked from its first day
_LONGEST = timedelta(days=31)
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"})
_DAYS_OF_MONTH = dict(zip(range(1, 13), (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))
_RANK = re.compile(r"\b(?:rang|rank|r)\s?([123])\b|\b([123])(?:er|e|eme|nd|st|rd)? rang\b")
_PHONE = re.compile(r"(?:\+|00)?\d[\d .()\u00a0\u202f-]{7,18}\d")
_EMAIL = re.compile(r"[^\s@,;:<>()]+@[^\s@,;:<>()]+\.[^\s@.,;:<>()]+")
_BROKEN = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, AssertionError),
    *(RecursionError, ArithmeticError, OSError),  # a zone is looked for as a file
)


def read(data: bytes, finding: Finding) -> None:
    """Every event that touches the wanted stretch. BadFile."""
    series = [one for one in _series(data) if _is_read(one, finding)]
    until = time.thread_time() + _SECONDS
    found = 0
    for one in series:
        for event in _occurrences(one, finding):
            found += 1
            if found > MOST_EVENTS:
                raise BadFile("too_many_events", most=MOST_EVENTS)
            if time.thread_time() > until:
                raise BadFile("too_slow")
            _read_event(event, finding)
        if time.thread_time() > until:
            raise BadFile("too_slow")


def _series(data: bytes) -> list[list[Any]]:
    """The events of each UID: a series and what was changed of it. BadFile."""
    if len(data) > _LARGEST:
        raise BadFile("calendar_too_large", most=_LARGEST // 1024 // 1024)
    if data.count(b"\n") > _MOST_LINES or data.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise BadFile("too_many_events", most=MOST_EVENTS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("not_utf8") from None
    try:
        # Several calendars may stand in one file, as several exports do that somebody put together.
        events = [event for book in icalendar.Calendar.from_ical(text, multiple=True) for event in _events(book)]
    except _BROKEN:
        raise BadFile("not_ics") from None
    if not events:
        raise BadFile("no_event")
    by_uid: dict[str, list[Any]] = {}
    for place, event in enumerate(events):
        by_uid.setdefault(str(event.get("UID", f"without {place}")), []).append(event)
    return list(by_uid.values())


def _events(book: Any) -> list[Any]:
    """Not `walk`: an event is of the calendar itself, and nesting is nobody's."""
    zone = str(book.get("X-WR-TIMEZONE", ""))
    events = [component for component in book.subcomponents if component.name == "VEVENT"]
    for event in events:
        event.calendar_zone = zone
    return events


def _is_read(events: Sequence[Any], finding: Finding) -> bool:
    """Whether a series can be worked out; what is wrong with it is listed."""
    bad = next((code for event in events if (code := _why_not(event, finding))), "")
    if bad:
        finding.fault(_place(events[0]), bad)
    return not bad


def _why_not(event: Any, finding: Finding) -> str:
    """Why an event is not a shift; empty: it may be one."""
    start, end, duration = (_property(event, name) for name in ("DTSTART", "DTEND", "DURATION"))
    if not isinstance(start, datetime):
        return "all_day" if isinstance(start, date) else "no_start"
    if not isinstance(end, datetime) and not isinstance(duration, timedelta):
        return "no_end"
    zone = ZoneInfo(finding.asked.timezone)
    # The library would put them the other way round.
    if isinstance(end, datetime) and _aware(end, zone) <= _aware(start, zone):
        return "ends_before_start"
    return next(filter(None, (_why_not_repeated(rule, start, finding) for rule in _rules(event))), "")


def _aware(at: datetime, zone: ZoneInfo) -> datetime:
    """A time that names no zone is the ward's."""
    return at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC)


def _property(event: Any, name: str) -> object:
    try:
        return getattr(event.get(name), "dt", None)
    except icalendar.InvalidCalendar:  # kept by the library as it was written: it is read by nobody
        return None


def _rules(event: Any) -> list[Any]:
    rules = event.get("RRULE") or []
    return rules if isinstance(rules, list) else [rules]


def _why_not_repeated(rule: Any, start: datetime, finding: Finding) -> str:
    """Why a repetition is not worked out; empty: it is."""
    try:
        parts = {str(name).upper(): values for name, values in rule.items()}
    except icalendar.InvalidCalendar:
        return "repeats_strangely"
    if {str(value).upper() for value in parts.get("FREQ", [])} - _FREQUENCIES or len(parts.get("FREQ", [])) != 1:
        return "repeats_too_often"
    if parts.keys() - _PARTS or not _comes_true(parts):
        return "repeats_strangely"
    began = start.replace(tzinfo=None) < (finding.asked.start - _OLDEST).replace(tzinfo=None)
    return "repeats_for_ever" if began else ""


def _comes_true(parts: dict[str, Any]) -> bool:
    """Whether there is ever such a day: 30 February would be looked for until the year 9999."""
    months = parts.get("BYMONTH") or list(_DAYS_OF_MONTH)
    days = parts.get("BYMONTHDAY") or [1]
    exists = any(abs(int(day)) <= _DAYS_OF_MONTH.get(int(month), 0) for month in months for day in days)
    frequency = str(parts["FREQ"][0]).upper()
    places = [int(place) for place in parts.get("BYSETPOS", [])]
    interval = int((parts.get("INTERVAL") or [1])[0])
    return exists and interval > 0 and (not places or (frequency == "MONTHLY" and all(0 < abs(n) <= 5 for n in places)))


def _occurrences(series: Sequence[Any], finding: Finding) -> Iterator[Any]:
    book = icalendar.Calendar()
    if series[0].calendar_zone:
        book.add("X-WR-TIMEZONE", series[0].calendar_zone)
    book.subcomponents.extend(series)
    asked = finding.asked
    try:
        for one in recurring_ical_events.of(book).series:
            for occurrence in one.between(asked.start, asked.end):
                yield occurrence.as_component(keep_recurrence_attributes=False)
    except (*_BROKEN, recurring_ical_events.errors.InvalidCalendar):
        finding.fault(_place(series[0]), "repeats_strangely")


def _read_event(event: Any, finding: Finding) -> None:
    place = _place(event)
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        finding.note(place, "cancelled")
        return
    start, end = (_instant(event[name].dt, finding) for name in ("DTSTART", "DTEND"))
    if start is None or end is None:
        finding.fault(place, "no_such_hour", text=show(event["DTSTART" if start is None else "DTEND"].dt))
    elif end - start > _LONGEST:
        finding.fault(place, "too_long_event")
    else:
        finding.row(Row(place, _who(event, finding.asked.timezone), _rank(event), start, end))


def _instant(at: datetime, finding: Finding) -> datetime | None:
    """In UTC, without seconds; None: the clock skips it."""
    zone: tzinfo = at.tzinfo or ZoneInfo(finding.asked.timezone)
    local = at.replace(tzinfo=zone, second=0, microsecond=0)
    there = local.astimezone(UTC)
    return there if there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _who(event: Any, timezone: str) -> Who:
    """Whoever is invited, else whoever the description or the title names."""
    summary, description = _text(event, "SUMMARY"), _text(event, "DESCRIPTION")
    emails = tuple(dict.fromkeys(email.casefold() for email in (*_invited(event), *_EMAIL.findall(description))))
    phones = list(dict.fromkeys(_phones(f"{summary} {description}", timezone)))
    text = summary if summary.strip() else description
    return Who(text, phone=phones[0] if len(phones) == 1 else "", emails=emails, sentence=True)


def _text(event: Any, name: str) -> str:
    return " ".join(str(event.get(name, "")).split())[:300]


def _invited(event: Any) -> list[str]:
    said = event.get("ATTENDEE") or []
    guests: Iterable[object] = said if isinstance(said, list) else [said]
    return [address for guest in guests for address in _EMAIL.findall(re.sub("(?i)mailto:", " ", str(guest)))]


def _phones(text: str, timezone: str) -> Iterator[str]:
    for said in _PHONE.findall(text):
        try:
            yield numbers.parse(said, timezone)
        except numbers.BadNumber:
            continue  # a date, a room, a reference


def _rank(event: Any) -> int:
    for name in ("SUMMARY", "CATEGORIES", "DESCRIPTION"):
        value = event.get(name)
        said = _RANK.search(fold(value.to_ical().decode() if name == "CATEGORIES" and value else str(value or "")))
        if said:
            return int(said[1] or said[2])
    return 1


def _place(event: Any) -> Place:
    """Its title and its day, as a calendar shows it."""
    start = _property(event, "DTSTART")
    day = start.strftime("%Y-%m-%d") if isinstance(start, date) else ""
    return Place("event", " · ".join(filter(None, (_text(event, "SUMMARY")[:80], day))))
