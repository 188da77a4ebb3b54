"""Who read what: the log of readings, by request, by person, by day; taken away as CSV. The administrators' alone."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, session, url_for

from callbacks import readings
from callbacks.readings import Asked, Mark, Reader, Reading, What
from config.numbers import PARIS
from web.office import entries
from web.office.cells import harmless
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("readings", __name__, url_prefix="/readings")
PAGE = 50
MOST_EXPORTED = 10_000
COLUMNS = ("at", "who", "what", "object", "reference", "ward", "how")
_FILTER, _LONGEST = "readings", 20


@dataclass(frozen=True)
class Filter:
    """What he looks for, as it stands in the form: six digits, "p12" or "a3", a code, two days (both of them in)."""

    reference: str = ""
    reader: str = ""
    what: str = ""
    since: str = ""
    until: str = ""

    @property
    def narrows(self) -> bool:
        """Whether he looks for anything in particular."""
        return self != Filter()

    def asked(self, before: Mark | None) -> Asked:
        """The same for the register; what means nothing narrows nothing."""
        kind, id = self.reader[:1], _number(self.reader[1:])
        until = _day(self.until)
        return Asked(
            reference="".join(self.reference.split()) or None,
            person_id=id if kind == "p" else None,
            account_id=id if kind == "a" else None,
            what=self.what if self.what in set(What) else None,
            since=_day(self.since),
            until=until + timedelta(days=1) if until else None,
            before=before,
        )


@dataclass(frozen=True)
class Shown:
    """One line in the visitor's words."""

    visitor: Visitor
    reading: Reading

    @property
    def who(self) -> str:
        """Somebody of ours; else the GP who reads his answer, or who sits at the machine."""
        found, key = self.reading, "command" if self.reading.how == readings.COMMAND else "the_gp"
        return found.person or found.account or self.visitor.say(f"readings.{key}")

    @property
    def what(self) -> str:
        """What it was; a code of another release stands for itself."""
        known = self.reading.what in set(What)
        return self.visitor.say(f"readings.what_{self.reading.what}") if known else self.reading.what

    @property
    def how(self) -> str:
        """By page, by telephone, …"""
        known = self.reading.how in set(readings.How)
        return self.visitor.say(f"readings.how_{self.reading.how}") if known else self.reading.how

    @property
    def when(self) -> str:
        """Its instant on our clock."""
        return entries.short(self.visitor, self.reading.at, PARIS)

    @property
    def object(self) -> str:
        """Which table, or which row."""
        return self.reading.object

    @property
    def cells(self) -> list[str]:
        """The same for a spreadsheet."""
        found = self.reading
        said = (self.who, self.what, self.object, found.reference or "", found.ward or "", self.how)
        return [found.at.isoformat(), *map(harmless, said)]


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """The newest lines first, fifty at a time."""
    wanted, before = _filter(), _mark(request.args.get("before", ""))
    found = readings.read(visitor.conn, wanted.asked(before), PAGE + 1)
    return page(
        visitor,
        "readings.html",
        "privacy",
        lines=[Shown(visitor, each) for each in found[:PAGE]],
        asked=wanted,
        whats=list(What),
        readers=list(_named(readings.readers(visitor.conn))),
        older=_written(found[PAGE - 1].mark) if len(found) > PAGE else None,
        paged=before is not None,
    )


@blueprint.post("/search")
@admin
def search(visitor: Visitor) -> Answer:
    """What he looks for is kept in the browser's signed cookie: a reference belongs in no address."""
    session[_FILTER] = {name: request.form.get(name, "").strip()[:_LONGEST] for name in Filter.__dataclass_fields__}
    return Back(url_for("readings.see"))


@blueprint.get("/export.csv")
@admin
def export(visitor: Visitor) -> Answer:
    """What the filter finds, the newest ten thousand lines; that he takes it is a line of the log itself."""
    found = readings.read(visitor.conn, _filter().asked(None), MOST_EXPORTED)
    visitor.reads(What.EXPORT, "readings")
    reply = Response(_as_csv(visitor, found).encode("utf-8-sig"), mimetype="text/csv")
    reply.headers["Content-Disposition"] = 'attachment; filename="rappel24-readings.csv"'
    return reply


def _as_csv(visitor: Visitor, found: Sequence[Reading]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(visitor.say(f"readings.column_{name}") for name in COLUMNS)
    writer.writerows(Shown(visitor, each).cells for each in found)
    return written.getvalue()


def _named(found: Sequence[Reader]) -> Iterator[tuple[str, str]]:
    """Each reader as the form names him, and by name."""
    for each in found:
        yield (f"p{each.person_id}" if each.person_id is not None else f"a{each.account_id}", each.name)


def _filter() -> Filter:
    kept: Any = session.get(_FILTER)
    known = kept if isinstance(kept, dict) else {}
    return Filter(**{name: str(known.get(name, "")) for name in asdict(Filter())})


def _written(mark: Mark) -> str:
    """Where a page ends, for the address of the next."""
    return f"{mark.at.isoformat()}_{mark.source}_{mark.id}"


def _mark(said: str) -> Mark | None:
    try:
        at, source, id = said.split("_")
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    numbers = _number(source), _number(id)
    if found.tzinfo is None or numbers[0] is None or numbers[1] is None:
        return None
    return Mark(found, numbers[0], numbers[1])


def _day(said: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(said), time(), ZoneInfo(PARIS))
    except ValueError:
        return None


def _number(said: str) -> int | None:
    """A positive integer that the register's smallest key can hold."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
