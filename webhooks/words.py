"""What a call remembers, in words: the values that any voice prompt may ask for."""

from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from callbacks.house import House
from config import texts
from ivr.engine import Memory, Said

LONGEST_SAY = 1000  # characters in one <Say>
_PLAIN = ("ward", "hospital", "name", "last_ward", "count", "outcomes")


def spoken(said: Said, memory: Memory, now: datetime, house: House) -> str:
    """One sentence of the catalogue as this caller hears it."""
    return texts.say(f"voice.{said.key}", house.language, **(_values(memory, now, house) | dict(said.values)))


def aloud(words: str) -> list[str]:
    """What somebody wrote, as it is read out: a paragraph at a time, none too long for the carrier to say."""
    paragraphs = (" ".join(line.split()) for line in words.splitlines())
    return [piece for paragraph in paragraphs for piece in wrap(paragraph, LONGEST_SAY)]


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
        values["deadline"] = _time(memory["due_at"], memory, now, language)
        then = now < datetime.fromisoformat(memory["due_at"])
        values["until"] = texts.say("voice.until_then", language, deadline=values["deadline"]) if then else ""
    if memory.get("next_try_at"):
        values["next_try"] = _time(memory["next_try_at"], memory, now, language)
    values["kept"], values["whom"] = _of_his_data(memory, language)
    values["may_close"] = texts.say("voice.may_close", language) if memory.get("may_close") else ""
    return values | _of_a_request(memory, now, language)


def _of_his_data(memory: Memory, language: str) -> tuple[str, str]:
    """How long his message is kept, and whom he may ask; in general words where nobody has said it yet."""
    days, phone = memory.get("told_days"), memory.get("told_phone")
    kept = texts.say("voice.kept_days" if days else "voice.kept_undecided", language, days=days)
    number = texts.spoken_number(phone, language) if phone else ""
    return kept, texts.say("voice.ask_officer_at" if phone else "voice.ask_officer", language, number=number)


def _of_a_request(memory: Memory, now: datetime, language: str) -> dict[str, str]:
    """Who has it (by name to its GP alone), when he was tried at, when the next try is: a sentence each, or nothing."""
    claimer = memory.get("claimer")
    who = texts.say("voice.the_claimer", language, name=claimer) if claimer else texts.say("voice.a_senior", language)
    times = {name: memory.get(f"{name}_at") for name in ("tried", "retry")}
    return {"who": who} | {
        name: texts.say(f"voice.{name}_at", language, time=_time(at, memory, now, language)) if at else ""
        for name, at in times.items()
    }


def _time(at: str, memory: Memory, now: datetime, language: str) -> str:
    """An instant (ISO 8601) as the hospital's clock says it."""
    zone = ZoneInfo(memory.get("timezone") or "Europe/Paris")
    return texts.spoken_time(datetime.fromisoformat(at), now, zone, language)
