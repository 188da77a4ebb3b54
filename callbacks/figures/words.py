"""Numbers as the reader of a figure writes them: shares in per cent, times in the unit that reads best. Pure."""

from babel.numbers import format_decimal, format_percent

from callbacks.figures.definitions import Comparator, Indicator, Statistic, Unit
from config import texts

_MINUTE, _HOUR = 60, 3600


def title(indicator: Indicator, language: str) -> str:
    """What a figure is called."""
    return texts.say(f"indicators.{indicator.code}", language)


def source(comparator: Comparator, language: str) -> str:
    """Who found what a figure is compared with."""
    return texts.say(f"sources.{comparator.source}", language)


def value(indicator: Indicator, value: float, language: str) -> str:
    """A value of this figure, in its unit."""
    match indicator.unit:
        case Unit.SHARE:
            return share(value, language)
        case Unit.SECONDS:
            return seconds(value)
        case Unit.MINUTES:
            return minutes(value)
        case Unit.NUMBER:
            return count(value, language) if indicator.statistic is Statistic.COUNT else mean(value, language)


def count(value: float, language: str) -> str:
    """A number of calls: "1 234"."""
    return str(format_decimal(round(value), locale=language))


def mean(value: float, language: str) -> str:
    """With one decimal: "1,4"."""
    return str(format_decimal(value, format="#,##0.0", locale=language))


def share(value: float, language: str) -> str:
    """Of 1: "82 %"; what is nearly nobody or nearly everybody keeps a decimal, for 99,6 % is not everybody."""
    if value in (0, 1) or 0 < round(value * 100) < 100:
        return str(format_percent(value, locale=language))
    near = min(max(round(value, 3), 0.001), 0.999)
    return str(format_percent(near, locale=language, decimal_quantization=False))


def seconds(value: float) -> str:
    """A time: "50 s", "3 min 12 s", "5 h 20"."""
    whole = round(value)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole >= _HOUR:
        return minutes(value / _MINUTE)
    of_them, left = divmod(whole, _MINUTE)
    return f"{of_them} min {left:02} s" if left else minutes(of_them)


def minutes(value: float) -> str:
    """A time that is counted in minutes: "12 min", "5 h 20"."""
    hours, left = divmod(round(value), _MINUTE)
    if not hours:
        return f"{left} min"
    return f"{hours} h {left:02}" if left else f"{hours} h"
