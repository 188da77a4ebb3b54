"""What happened to a request, each thing in a sentence. Values in, words out; nothing of the GP is in them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from callbacks.states import Kind
from callbacks.story import HEARD, Happening
from callbacks.trying import Result
from config import texts

_KEYS: Final = texts.keys("page")
# What tells two happenings of one kind apart: the end of the sentence's key.
_SHADES: Final[Mapping[str, Callable[[Happening], str]]] = {
    Kind.FILED: lambda it: str(it.detail.get("channel", "voice")),
    Kind.RUNG: lambda it: "" if it.others else "nobody",
    Kind.RELEASED: lambda it: str(it.detail.get("why") or ""),
    Kind.DONE: lambda it: "" if it.who else "line",
    Kind.REOPENED: lambda it: "office" if it.who else "",
    Kind.ATTEMPTED: lambda it: "" if it.who else "nobody",
    Kind.APOLOGY: lambda it: "" if it.detail.get("sent", True) else "unsent",
    Kind.READ: lambda it: str(it.detail.get("how") or "page"),
    Kind.UNHEEDED: lambda it: "" if it.who else "nobody",
    HEARD: lambda it: str(it.detail.get("what") or ("voice" if it.detail.get("voice") else "text")),
}

# Another release wrote no result: "no answer" was all that could be said.
_UNSAID: Final = {"result": Result.NO_ANSWER}


def retold(it: Happening, zone: ZoneInfo, language: str) -> str:
    """The sentence of one happening; "" for a kind that only another release knows."""
    shade = _SHADES[it.kind](it) if it.kind in _SHADES else ""
    key = f"page.story_{it.kind}" + (f"_{shade}" if shade else "")
    words = texts.say(key, language, **_values(it, zone, language)) if key in _KEYS else ""
    return words[:1].upper() + words[1:]


def _values(it: Happening, zone: ZoneInfo, language: str) -> dict[str, str]:
    def named(section: str, name: str) -> str:
        code = str(it.detail.get(name) or _UNSAID.get(name, ""))
        key = f"page.{section}_{code.lower().replace('-', '_')}"
        return _inside(texts.say(key, language)) if key in _KEYS else code

    until = it.detail.get("until")
    return {
        "who": it.who or texts.say("page.story_somebody", language),
        "others": it.others or "",
        "outcome": named("outcome", "outcome"),
        "result": named("result", "result"),
        "reason": named("reason", "reason"),
        "until": texts.written_time(datetime.fromisoformat(str(until)), zone, language) if until else "",
    }


def _inside(words: str) -> str:
    """Words of a button, as they stand inside a sentence."""
    return words[:1].lower() + words[1:]
