"""What a call remembers, in words: the values that any voice prompt may ask for."""

from datetime import datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from callbacks import kind_words
from callbacks.house import House
from callbacks.kinds.kind import ADVICE
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
    values |= _of_its_kind(memory, language)
    values["or_say"] = texts.say("voice.or_say", language) if house.speech else ""
    values["line"] = texts.spoken_number(house.line_number, language)
    if memory.get("reference"):
        values["reference"] = texts.spoken_digits(memory["reference"], language)
    if memory.get("number"):
        values["number"] = texts.spoken_number(memory["number"], language)
    if memory.get("due_at"):
        values["deadline"] = _time(memory["due_at"], memory, now, language)
        then = now < datetime.fromisoformat(memory["due_at"])
        values["until"] = texts.say("voice.until_then", language, **values) if then else ""
    if memory.get("next_try_at"):
        values["next_try"] = _time(memory["next_try_at"], memory, now, language)
    values["kept"], values["whom"] = _of_his_data(memory, language)
    values["may_close"] = texts.say("voice.may_close", language) if memory.get("may_close") else ""
    return values | _of_a_request(memory, now, language)


def _of_its_kind(memory: Memory, language: str) -> dict[str, str]:
    """What is asked for, who answers it; and what else may be keyed, unless he has been told not long ago."""
    kind, about = memory.get("kind"), memory.get("about_ward")
    offers = memory.get("offers") or ()
    brief = "" if memory.get("told") else kind_words.offered_briefly(offers, language)
    asks = kind_words.of_kind("voice.asks", kind, language)
    besides = texts.say("voice.about", language, about=about) if about else ""
    plain = kind in (None, ADVICE)
    return {
        "kind": kind_words.of_kind("voice.kind", kind, language),
        "answers": kind_words.of_kind("voice.answers", kind, language),
        "answers_him": kind_words.of_kind("voice.answers_him", kind, language),
        "calls": kind_words.calls(kind, memory["name"], language) if memory.get("name") else "",
        "asks": asks,
        "waits": texts.say("voice.waits", language) if plain else f"{asks}{besides}",
        "were_you": texts.say("voice.were_you" if plain else "voice.were_you_answered", language),
        "which": "" if plain else f", {kind_words.of_kind('voice.named', kind, language)}{besides}",
        "offers": kind_words.offered(offers, language),
        "instead": texts.say("voice.instead", language, offers=brief) if brief else "",
        "menu": kind_words.offered(memory.get("menu") or (), language),
    }


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
