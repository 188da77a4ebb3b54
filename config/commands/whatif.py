"""`rappel24 whatif`: the calls of four weeks against another rota, ring time or second line; nothing is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection, select

from callbacks import last_month
from callbacks.whatif import asking
from callbacks.whatif.asking import Look
from callbacks.whatif.past import MONTH
from callbacks.whatif.replay import Plan, Rate
from config import clock
from config.commands.shared import Refused, opened, settings_here
from config.settings import Storage
from ivr.ringing import RING_SECONDS
from scheduling import importing, store
from scheduling.local_time import BadTime, read
from scheduling.rota import Ward
from scheduling.tables import wards

SHORTEST, LONGEST = 5, 40  # seconds: beyond, a mobile's voicemail has it


@dataclass(frozen=True)
class Question:
    """What was typed: another rota and what it replaces, or another way to ring."""

    ring: int
    second: str | None
    rota: Path | None
    replace: tuple[str, str] | None


@click.command()
@click.argument("ward")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The four weeks before this day; default: up to now.")
@click.option("--ring", type=click.IntRange(SHORTEST, LONGEST), default=RING_SECONDS, show_default=True, help="Seconds")
@click.option("--second", metavar="WARD", help="Whose seniors are rung when those of the ward do not answer.")
@click.option("--rota", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A rota as for import, …")
@click.option("--replace", nargs=2, metavar="START END", help="… and what it replaces.")
def whatif(ward: str, until: datetime | None, **typed: Any) -> None:
    """Replay the last four weeks' calls of WARD (its slug): how many would be answered, and how sure that is."""
    question = Question(**typed)
    if (question.rota is None) != (not question.replace):
        raise click.UsageError("--rota and --replace go together")
    if question.rota and (question.second or question.ring != RING_SECONDS):
        raise click.UsageError("one question at a time: --rota, or --ring and --second")
    with opened(settings_here(Storage)) as engine, engine.connect() as connection:
        asked = _ward(connection, ward)
        now = _until(until, asked) or clock.read(connection).now
        look, names = _look(connection, asked, now, question)
        connection.rollback()
    for line in _told(look, names):
        click.echo(line)


def _look(conn: Connection, ward: Ward, now: datetime, question: Question) -> tuple[Look, tuple[str, ...]]:
    if question.rota and question.replace:
        look = _with_file(conn, ward, now, question.rota.read_bytes(), question.replace)
        return look, ("as it stands", "by the file")
    behind = _ward(conn, question.second) if question.second else None
    look = asking.as_planned(conn, ward, now, question.ring, behind)
    return look, ("the last four weeks", "the next four weeks", _named(question.ring, behind))


def _ward(conn: Connection, slug: str) -> Ward:
    found = conn.execute(select(wards.c.id).where(wards.c.slug == slug)).scalar_one_or_none()
    if found is None:
        raise Refused(f"no ward is called {slug!r}")
    return store.ward(conn, found)


def _until(day: datetime | None, ward: Ward) -> datetime | None:
    """The first instant of the day on the ward's clock."""
    return None if day is None else day.replace(tzinfo=ZoneInfo(ward.timezone))


def _with_file(conn: Connection, ward: Ward, now: datetime, data: bytes, replace: tuple[str, str]) -> Look:
    """By the rota as it stands, and as it would be with the file; the transaction is taken back."""
    try:
        start, end = (read(edge, ward.timezone).at for edge in replace)
    except BadTime as reason:
        raise Refused(f"--replace: {reason}") from None
    before = last_month.covers(conn, [ward.id], start, end)[ward.id]
    report = importing.import_rota(conn, data, replace=replace)
    if not report.ok:
        raise Refused("\n".join(str(error) for error in report.errors))
    after = last_month.covers(conn, [ward.id], start, end)[ward.id]
    return asking.compared(conn, ward, now, (start, end), Plan(before), Plan(after))


def _named(ring: int, behind: Ward | None) -> str:
    return f"ringing for {ring} s" + (f", then {behind.name}" if behind else "")


def _told(look: Look, names: tuple[str, ...]) -> Iterator[str]:
    count = len(look.past.at)
    yield f"{count} calls in {MONTH.days} days, {look.past.answered} answered ({look.past.share:.0%})"
    if look.replayed is None:
        yield "nothing to replay: no call would find anybody else"
        return
    yield f"{look.replayed.calls} replayed; nine times in ten between"
    for name, rate, change in zip(names, look.replayed.rates, look.replayed.changes, strict=True):
        against = "" if name == names[0] else f"   {_signed(change)} against {names[0]}"
        yield f"{name}: {rate.mean:.0%} ({rate.low:.0%} to {rate.high:.0%}){against}"
    if look.replayed.strangers:
        yield f"seldom rung so far, counted as their team: {len(look.replayed.strangers)} people"
    yield "not in it: two calls in one minute, somebody missing, a day unlike others"


def _signed(change: Rate) -> str:
    return f"{100 * change.mean:+.0f} points ({100 * change.low:+.0f} to {100 * change.high:+.0f})"
