"""`rappel24 reconcile`: the carrier's lists beside ours, now, and from any moment on."""

import os
import time
from datetime import datetime, timedelta

import click
from sqlalchemy import Engine

from callbacks.house import Desk
from callbacks.jobs import process_name
from callbacks.reconciling import due, mending, run
from callbacks.reconciling.due import OVERLAP, Asked, Why
from callbacks.reconciling.mending import Tools
from callbacks.reconciling.run import Report
from config import clock, register
from config.assembly import box_of, house_of, shelf_of
from config.commands.shared import Refused, settings_of
from config.database import job_engine
from config.queue import Doorbell
from config.register import HOSPITALS_ZONE, Addresses
from config.servers import BadServers
from config.settings import Settings
from config.workshop import tools_of

PATIENCE = timedelta(minutes=10)
PAUSE_SECONDS = 1.0


@click.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    help="Local time, 2026-11-23T08:30; without it, a little before the last time.",
)
def reconcile(since: datetime | None) -> None:
    """Read the carrier's lists of calls, SMS and recordings, and take in what we missed."""
    settings = settings_of(Settings)
    try:
        with register.addresses(settings) as where:
            engine = job_engine(where.database)
            try:
                register.migrate(engine)
                report = _report(_tools(settings, engine, where), since)
            finally:
                engine.dispose()
    except BadServers as fault:
        raise Refused(str(fault)) from None
    click.echo(_said(report))


def _tools(settings: Settings, engine: Engine, where: Addresses) -> Tools:
    desk = Desk(engine, Doorbell(where.redis), box_of(settings), house_of(settings))
    return tools_of(settings, desk, shelf_of(settings))


def _report(tools: Tools, since: datetime | None) -> Report:
    """Ask for it, and do it; or wait for whoever is at it already. Raises Refused."""
    engine = tools.desk.engine
    with engine.begin() as conn:
        now = clock.read(conn).real
        usual = due.since(run.known_of(conn), now)
        wanted = usual if since is None else since.replace(tzinfo=HOSPITALS_ZONE) - OVERLAP
        asked = run.ask(conn, Asked(Why.ASKED, wanted))
    end = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < end:
        run.run(tools, process_name("command", os.getpid()))
        with engine.begin() as conn:
            report = run.report(conn, asked)
        if report.ended:
            mending.place(tools)
            return report
        if report.error is not None:
            raise Refused(f"the carrier does not answer ({report.error}): the tick goes on trying")
        time.sleep(PAUSE_SECONDS)
    raise Refused("another process is at it and does not come to its end: see the log of tick")


def _said(report: Report) -> str:
    zone = HOSPITALS_ZONE
    lines = [f"from {report.since.astimezone(zone):%Y-%m-%d %H:%M} to {report.until.astimezone(zone):%Y-%m-%d %H:%M}"]
    for name, figures in (("seen", report.seen), ("missed", report.missed), ("differing", report.differing)):
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.items())) or "nothing"
        lines.append(f"{name}: {told}")
    return "\n".join(lines)
