"""`rappel24 retention`: how long what is kept, what is destroyed now, what is on hold, and the register of it all."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click
from sqlalchemy import Column, Connection, Engine, select

from callbacks.retention import disposals, holds, kinds, purging, rules
from callbacks.retention.holds import Hold, On
from callbacks.retention.kinds import Bounds, Kind, Rule
from callbacks.rights import subjects
from callbacks.shelf import Shelf
from callbacks.tables import requests
from config import admin, clock, serving
from config.assembly import shelf_of
from config.commands.rights import meant
from config.commands.shared import Refused, opened, settings_of
from config.settings import BadSettings, Settings, Storage
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards

BY = Actor(None, "rappel24 retention")
REFUSED = {
    rules.Refusal.NOBODY: "say who approves it: --by “Mme Dupré, DPO”",
    rules.Refusal.TOO_SHORT: "not so short: at least {least} days",
    rules.Refusal.TOO_LONG: "not so long: at most {most} days",
    rules.Refusal.NOT_OF_A_HOSPITAL: "of this kind there is one rule for the whole house",
    rules.Refusal.NO_SUCH_HOSPITAL: "no such hospital",
    holds.Refusal.NO_REASON: "say why: --why",
    holds.Refusal.SEVERAL: "a hold is on one thing; for another, place another",
    holds.Refusal.STANDS: "it is on hold already",
}
KEPT = "keep"


@click.group()
def retention() -> None:
    """How long what people said and wrote is kept. Nothing is destroyed until somebody has approved a rule for it."""


@retention.command()
def show() -> None:
    """Each kind of data: its rule and who approved it, what is proposed, how much of it is due now; then the holds."""
    with opened(settings_of(Storage)) as engine, engine.begin() as conn:
        names = {row.id: row.name for row in conn.execute(select(hospitals.c.id, hospitals.c.name))}
        approved, due = rules.standing(conn), purging.due_now(conn)
        for kind, bounds in kinds.proposals().items():
            click.echo(f"{kind}: {_bounds(bounds)}; {due[kind]} due now")
            for rule in (rule for (of, _), rule in approved.items() if of is kind):
                click.echo(f"  {_rule(rule, names)}")
        for hold in holds.listed(conn):
            if hold.lifted_at is None:
                click.echo(_hold(hold))


@retention.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("days")
@click.option("--by", "approved_by", required=True, help="Who answers for it: the data protection officer, say.")
@click.option("--hospital", help="For this hospital alone; else for all that have no rule of their own.")
def approve(kind: str, days: str, approved_by: str, hospital: str | None) -> None:
    """From now on this KIND is kept for so many DAYS (or `keep`: until another rule), then destroyed."""
    if days != KEPT and not (days.isascii() and days.isdigit() and len(days) < 6):
        raise Refused(f"days: a number, or `{KEPT}`")
    wanted = None if days == KEPT else int(days)
    with opened(settings_of(Storage)) as engine, engine.begin() as conn:
        moment, hospital_id = clock.read(conn), _hospital(conn, hospital)
        done = rules.approve(conn, moment, BY, Kind(kind), wanted, approved_by, hospital_id)
    if isinstance(done, rules.Refusal):
        bounds = kinds.proposals()[Kind(kind)]
        raise Refused(REFUSED[done].format(least=bounds.least, most=bounds.most))
    click.echo(f"{kind}: {days if wanted is None else f'{days} days'}, as {done.approved_by} says")


@retention.command()
@click.option("--dry-run", is_flag=True, help="Count what is due; destroy nothing.")
def purge(dry_run: bool) -> None:
    """Destroy now what is due by the approved rules; the tick does so every hour."""
    settings = _settings()
    with opened(settings) as engine:
        if dry_run:
            with engine.begin() as conn:
                done = purging.due_now(conn)
        else:
            done = _purged(engine, shelf_of(settings))
    for kind in Kind:
        click.echo(f"{kind}: {done[kind]}")


def _purged(engine: Engine, shelf: Shelf) -> Counter[Kind]:
    try:
        return purging.purge(engine, shelf)
    except purging.Stopped as stopped:
        raise Refused(f"not all of this went, the log says why: {stopped}; all else that is due did") from None


@retention.command()
@click.option("--request", "reference", help="The six digits of one request.")
@click.option("--practitioner", "who", help="A GP's telephone number, RPPS number or e-mail address.")
@click.option("--ward", "slug", help="The slug of a ward.")
@click.option("--everything", is_flag=True)
@click.option("--why", "reason", required=True, help="Why: who asked for it, and the number of the case.")
def hold(reference: str | None, who: str | None, slug: str | None, everything: bool, reason: str) -> None:
    """Destroy nothing of a request, of a GP, of a ward, or at all, until `lift`. Prints its number."""
    if sum((reference is not None, who is not None, slug is not None, everything)) != 1:
        raise Refused("one of --request, --practitioner, --ward, --everything")
    with opened(settings_of(Storage)) as engine, engine.begin() as conn:
        on = On(
            request_id=_id(conn, requests.c.reference, reference),
            practitioner_id=None if who is None else _entry(conn, who),
            ward_id=_id(conn, wards.c.slug, slug),
        )
        placed = holds.place(conn, clock.read(conn), BY, on, reason)
    if isinstance(placed, holds.Refusal):
        raise Refused(REFUSED[placed])
    click.echo(placed)


@retention.command()
@click.argument("number", type=int)
def lift(number: int) -> None:
    """Let the rules count again for what hold NUMBER is on."""
    with opened(settings_of(Storage)) as engine, engine.begin() as conn:
        if not holds.lift(conn, clock.read(conn), BY, number):
            raise Refused("no hold of this number stands")


@retention.command()
def register() -> None:
    """What was destroyed, as CSV on standard output: which, when, by which rule; never what stood in it."""
    with opened(settings_of(Storage)) as engine, engine.begin() as conn:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_lines(conn))


def _lines(conn: Connection) -> Iterator[tuple[object, ...]]:
    yield ("id", "at", "kind", "object", "request", "dated", "why", "days", "account")
    for line in disposals.every(conn):
        dated = line.dated.isoformat() if line.dated else ""
        what = (line.kind, line.object, line.reference, dated)
        yield (line.id, line.at.isoformat(), *what, line.why, line.days, line.account)


def _bounds(bounds: Bounds) -> str:
    most = f" to {bounds.most}" if bounds.most else " or more"
    return f"proposed {bounds.proposed} days ({bounds.least}{most})"


def _rule(rule: Rule, names: dict[int, str]) -> str:
    where = names.get(rule.hospital_id, "?") if rule.hospital_id is not None else "everywhere else"
    what = "kept until another rule" if rule.days is None else f"{rule.days} days"
    return f"{where}: {what}, approved by {rule.approved_by} on {rule.approved_at:%Y-%m-%d}"


def _hold(hold: Hold) -> str:
    return f"hold {hold.id} since {hold.placed_at:%Y-%m-%d}: {hold.name or 'everything'}"


def _hospital(conn: Connection, name: str | None) -> int | None:
    return _id(conn, hospitals.c.name, name)


def _entry(conn: Connection, who: str) -> int:
    """The id of a GP who is on file. Raises Refused."""
    subject = meant(lambda: subjects.practitioner(conn, who))
    if subject.id is None:
        raise Refused("he is not in the directory; put his requests on hold, one by one")
    return subject.id


def _id(conn: Connection, column: Column[Any], value: str | None) -> int | None:
    """The id of the row of which this is said; None when nothing is named. Raises Refused."""
    if value is None:
        return None
    found: int | None = conn.execute(select(column.table.c.id).where(column == value)).scalar_one_or_none()
    if found is None:
        raise Refused(f"there is no {value}")
    return found


def _settings() -> Settings:
    try:
        return admin.settings_of(serving.environment(), Settings)
    except BadSettings as faults:
        raise Refused(str(faults)) from None
