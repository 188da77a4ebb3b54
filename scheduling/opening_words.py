"""Opening hours as people type and read them: `lun-ven 8h30-18h30` for `mon-fri 08:30-18:30`. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from scheduling.folding import fold
from scheduling.opening import DAYS, Band, Opening, clock

_FRENCH: Final = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim", "fer")
_LONG: Final = {
    **dict(zip(("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), DAYS, strict=False)),
    **dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), DAYS, strict=False)),
    **dict.fromkeys(("ferie", "feries", "holiday", "holidays"), "hol"),
}
_TO_CODE: Final = {**_LONG, **dict(zip(_FRENCH, DAYS, strict=True))}
_SHOWN: Final = {"fr": dict(zip(DAYS, ("lun", "mar", "mer", "jeu", "ven", "sam", "dim", "férié"), strict=True))}
_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)
_HOUR: Final = re.compile(r"(\d{1,2})\s*h\s*(\d{2})?(?!\d)", re.IGNORECASE)
_LINKS: Final = {"a": "-", "au": "-", "to": "-", "et": ",", "and": ","}  # "du lundi au vendredi de 8h à 18h"
_NOISE: Final = frozenset({"du", "le", "de", "from", "the", "les", "jour", "jours", "public"})


@dataclass(frozen=True)
class Hours:
    """One line of what was understood: the days by number (7: holidays) in runs of first and last, and the clock."""

    runs: tuple[tuple[int, int], ...]
    start: str  # 08:30
    end: str
    overnight: bool  # it ends on the next day


def typed(text: str) -> str:
    """What `Opening.parse` reads, of what somebody typed; words nobody knows stay, for it to refuse them by name."""
    spelled = re.sub(r"[–—]", "-", text.replace("\n", ";"))
    spelled = _HOUR.sub(lambda hour: f"{int(hour[1]):02}:{hour[2] or '00'}", spelled)
    spelled = _WORD.sub(lambda word: _code(word[0]), spelled)
    return re.sub(r"\s*([-,])\s*", r"\1", " ".join(spelled.split()))


def shown(opening: str, language: str) -> str:
    """The canonical text in the words of a language; `typed` reads it back."""
    names = _SHOWN.get(language, {})
    return _WORD.sub(lambda word: names.get(word[0], word[0]), opening)


def understood(opening: Opening) -> list[Hours]:
    """Each band of the opening, in its order."""
    return [_hours(band) for band in opening.bands]


def _code(word: str) -> str:
    folded = fold(word)
    if folded in _NOISE:
        return ""
    return _LINKS.get(folded) or _TO_CODE.get(folded, word)


def _hours(band: Band) -> Hours:
    runs: list[tuple[int, int]] = []
    for day in band.days:
        if runs and day == runs[-1][1] + 1 and day < 7:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    midnight = 24 * 60
    end = band.end if band.end <= midnight else band.end - midnight
    return Hours(tuple(runs), clock(band.start), clock(end), band.end > midnight)
