"""What a call remembers, in words: the values that any voice prompt may ask for."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from callbacks.house import House
from config import texts
from ivr.engine import Memory, Said

_PLAIN = ("ward", "hospital", "name", "last_ward", "count")


def spoken(said: Said, memory: Memory, now: datetime, house: House) -> str:
    """One sentence of the catalogue as this caller hears it."""
    return texts.say(f"voice.{said.key}", house.language, **(_values(memory, now, house) | dict(said.values)))


def plain(key: str, house: House) -> str:
    """A sentence that has no values, for when there is nothing to look up."""
    return texts.say(f"voice.{key}", house.language)


def _values(memory: Memory, now: datetime, house: House) -> dict[str, Any]:
    language = house.language
    values: dict[str, Any] = {name: memory[name] for name in _PLAIN if memory.get(name) is not None}
    values["or_say"] = texts.say("voice.or_say", language) if house.speech else ""
    values["line"] = texts.spoken_number(house.line_number, language)
    if memory.get("reference"):
        values["reference"] = texts.spoken_digits(memory["reference"], language)
    if memory.get("number"):
        values["number"] = texts.spoken_number(memory["number"], language)
    if memory.get("due_at"):
        zone = ZoneInfo(memory.get("timezone") or "Europe/Paris")
        values["deadline"] = texts.spoken_time(datetime.fromisoformat(memory["due_at"]), now, zone, language)
    return values
