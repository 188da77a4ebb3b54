"""What an editor orders on the page of patterns, read from its address; and the same order as fields again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from scheduling.planning.building import Order
from scheduling.planning.patterns import Template
from scheduling.planning.rotation import Mode
from scheduling.planning.team import Member
from web.office.period import WEEK, monday_of, next_month

LOOK_BACKS = (0, 1, 3, 6)  # months
_FAR = timedelta(days=2 * 366)


@dataclass(frozen=True)
class Choices:
    """What there is to choose from."""

    members: Sequence[Member]  # in the order of the page
    templates: Sequence[Template]
    today: date

    @property
    def seniors(self) -> list[int]:
        """Their ids."""
        return [member.person.id for member in self.members]


@dataclass(frozen=True)
class Preset:
    """Days that are often wanted."""

    name: str  # of the catalogue: month, weeks
    first: date
    last: date


def usual(choices: Choices) -> Order:
    """Next month, everybody, every template: what most want."""
    month = presets(choices.today)[0]
    return Order(month.first, month.last, tuple(choices.seniors), tuple(choices.templates))


def presets(today: date) -> list[Preset]:
    """Next month, the one after, four whole weeks and eight."""
    one = next_month(today)
    two = next_month(one)
    monday = monday_of(today) + WEEK
    months = [Preset("month", one, two - timedelta(1)), Preset("month", two, next_month(two) - timedelta(1))]
    return months + [Preset("weeks", monday, monday + count * WEEK - timedelta(1)) for count in (4, 8)]


def is_order(sent: MultiDict[str, str]) -> bool:
    """Whether it is an order, and not the page's bare address."""
    return "from" in sent


def read(sent: MultiDict[str, str], choices: Choices) -> Order:
    """The order; what cannot be read is as usual, and who or what is not to be chosen is left out."""
    plain = usual(choices)
    wanted = _numbers(sent.getlist("template"))
    return replace(
        plain,
        first=_day(sent.get("from", ""), plain.first, choices.today),
        last=_day(sent.get("to", ""), plain.last, choices.today),
        seniors=_in_order(sent, choices.seniors),
        templates=tuple(template for template in choices.templates if template.id in wanted),
        mode=Mode.WEEK if sent.get("mode") == Mode.WEEK else Mode.FAIR,
        together=sent.get("weekend") != "cut",
        replace=sent.get("held") == "replace",
        look_back=next((months for months in LOOK_BACKS if sent.get("back") == str(months)), plain.look_back),
    )


def fields(order: Order) -> list[tuple[str, str]]:
    """The order as the fields of a form that sends it again."""
    return [
        ("from", order.first.isoformat()),
        ("to", order.last.isoformat()),
        *(("senior", str(person_id)) for person_id in order.seniors),
        *((f"place{person_id}", str(place)) for place, person_id in enumerate(order.seniors, 1)),
        *(("template", str(template.id)) for template in order.templates),
        ("mode", order.mode.value),
        ("weekend", "whole" if order.together else "cut"),
        ("held", "replace" if order.replace else "keep"),
        ("back", str(order.look_back)),
    ]


def _in_order(sent: MultiDict[str, str], seniors: Sequence[int]) -> tuple[int, ...]:
    """Those ticked, by the number beside their name; equal numbers, and none, follow the page."""
    ticked = _numbers(sent.getlist("senior"))
    places = {each: min(_numbers([sent.get(f"place{each}", "")]), default=len(seniors)) for each in seniors}
    return tuple(sorted((each for each in seniors if each in ticked), key=lambda each: places[each]))


def _numbers(texts: Iterable[str]) -> set[int]:
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10}


def _day(text: str, otherwise: date, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if abs(day - today) < _FAR else otherwise
