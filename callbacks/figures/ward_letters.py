"""Each line's week, looked at once by day: its figures to its head and coordinator by e-mail, an alarm of what drifts.

A line that nobody called and that owed nothing is written nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from callbacks import alarms, outbox
from callbacks.figures import compared, drift, gathering, post, read, weeks, words
from callbacks.figures import store as sums
from callbacks.figures.definitions import BY_CODE, Unit
from callbacks.figures.drift import Drift
from callbacks.figures.periods import Period, Scope
from callbacks.figures.post import Copy
from callbacks.figures.report import Figure, Report
from callbacks.figures.statistics import LEAST
from callbacks.figures.weeks import WATCHED
from callbacks.house import House
from config import clock, texts
from config.clock import Moment
from scheduling import store
from scheduling.rota import Ward

ALARM = "drift"
# What a ward is written of, in this order; the page has the rest.
TOLD = (
    *("presented", "answered", "access_time", "requests", "tried_in_time", "reached_in_time", "overdue"),
    *("coverage", "outcome_known", "wrong_line"),
)


@dataclass
class Watch:
    """Looks at each line's week once, in a transaction of its own; after a restart once more, which changes nothing."""

    engine: Engine
    house: House
    _looked: dict[int, Period] = field(default_factory=dict)

    def look(self) -> int:
        """What is to be looked at by now. How many letters were written."""
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            due = list(self._due(conn, moment))
        return sum(
            post.of_line(ward, "ward_letter.failed", partial(self._look, ward, last, moment)) for ward, last in due
        )

    def _due(self, conn: Connection, moment: Moment) -> Iterator[tuple[Ward, Sequence[Period]]]:
        """The lines whose last week is over and added up, and was not looked at; with their weeks."""
        made, begins = sums.made_days(conn), gathering.begins(conn)
        hospital_of = {line.id: line.hospital_id for line in gathering.lines(conn, Scope.everything())}
        for ward in store.wards(conn):
            last, hospital = weeks.over(moment.now, ZoneInfo(ward.timezone)), hospital_of[ward.id]
            if self._looked.get(ward.id) == last[-1] or not post.is_day(ward, moment):
                continue
            known = to_look_at(last, made.get(hospital, ()), begins.get(hospital, date.max))
            if known:
                yield ward, known

    def _look(self, ward: Ward, last: Sequence[Period], moment: Moment) -> int:
        with self.engine.begin() as conn:
            found = read.series(conn, Scope.ward(ward.id), last, moment.now)
            drifting = drifts(found)
            _alarm(conn, ward, drifting)
            written = self._write(conn, moment, ward, found[-1], drifting)
        self._looked[ward.id] = last[-1]
        return written

    def _write(
        self, conn: Connection, moment: Moment, ward: Ward, report: Report, drifting: Mapping[str, Drift]
    ) -> int:
        if self.house.mail_address is None or not has_anything(report):
            return 0
        wanted = post.unwritten(conn, list(post.copies(f"week:{report.period.name}", ward)))
        if not wanted:
            return 0
        group = compared.beside(conn, report.period, ward.role)
        return outbox.put(conn, [message(each, report, group, drifting, self.house, moment) for each in wanted], moment)


def to_look_at(last: Sequence[Period], made: Collection[date], begins: date) -> Sequence[Period]:
    """Those of these weeks since anything began; none, while a day of them is not added up. Pure."""
    known = [week for week in last if week.last >= begins]
    return known if all(day in made for week in known for day in week.days() if day >= begins) else []


def drifts(found: Sequence[Report]) -> dict[str, Drift]:
    """What got worse for good, by figure; the oldest week first. Pure."""
    standing = {code: drift.standing([each.of(code).value for each in found]) for code in WATCHED}
    return {code: each for code, each in standing.items() if each is not None and each.way is WATCHED[code]}


def has_anything(report: Report) -> bool:
    """Whether anybody called, or was owed a call. Pure."""
    return any((report.of(code).numerator or 0) > 0 for code in ("presented", "requests"))


def _alarm(conn: Connection, ward: Ward, drifting: Mapping[str, Drift]) -> None:
    for code in WATCHED:
        key = f"{ALARM}:{ward.id}:{code}"
        if code in drifting:
            alarms.raise_alarm(conn, ALARM, key, {"ward": ward.id, "figure": code})
        else:
            alarms.clear(conn, key)


# The letter -----------------------------------------------------------------------------------------------------------


def message(
    copy: Copy, report: Report, group: Mapping[str, float], drifting: Mapping[str, Drift], house: House, moment: Moment
) -> outbox.Message:
    """One reader's letter."""
    language, week = house.language, report.period
    worse = [_worse(code, each, language) for code, each in drifting.items()]
    values = {
        "ward": copy.ward.name,
        "hospital": copy.ward.hospital,
        "first": f"{week.first:%d/%m/%Y}",
        "last": f"{week.last:%d/%m/%Y}",
        "lines": "\n".join(lines(report, group, language)),
        "drifts": "".join(f"{each}\n\n" for each in worse),
        "link": f"{house.public_url}/figures?place={copy.ward.slug}&period={week.name}",
    }
    subject, body = (texts.say(f"mail.figures_week{part}", language, **values) for part in ("_subject", ""))
    return copy.message(subject, body, moment)


def lines(report: Report, group: Mapping[str, float], language: str) -> Iterator[str]:
    """A line a figure; what cannot be measured is left out. Pure."""
    for figure in map(report.of, TOLD):
        if figure.suppressed or figure.value is not None:
            yield _line(figure, group.get(figure.indicator.code), language)


def _line(figure: Figure, median: float | None, language: str) -> str:
    indicator = figure.indicator
    if figure.suppressed or figure.value is None:
        value = texts.say("mail.figures_few", language, small=LEAST)
    else:
        value = words.value(indicator, figure.value, language)
    beside = "" if median is None else words.value(indicator, median, language)
    return texts.say(
        "mail.figures_week_line",
        language,
        title=words.title(indicator, language),
        value=value,
        share=_share(figure, language),
        group=texts.say("mail.figures_week_group", language, value=beside) if beside else "",
    )


def _share(figure: Figure, language: str) -> str:
    """How many of how many; of hours there is no such count."""
    indicator = figure.indicator
    if indicator.unit is not Unit.SHARE or indicator.per or figure.numerator is None or figure.denominator is None:
        return ""
    numbers = {
        "numerator": words.count(figure.numerator, language),
        "denominator": words.count(figure.denominator, language),
    }
    return texts.say("mail.figures_week_share", language, **numbers)


def _worse(code: str, found: Drift, language: str) -> str:
    rule = texts.say(f"figures_page.drift_{found.rule}_{found.way}", language)
    return texts.say("mail.figures_week_drift", language, title=words.title(BY_CODE[code], language), rule=rule)
