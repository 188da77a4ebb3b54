"""`rappel24`: the command line. Standard output carries the result alone; everything else goes to standard error."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from sqlalchemy import Connection, Engine

from config import clock, numbers, register, serving
from config.commands.later import Later
from config.commands.shared import Needed, Refused, opened, settings_here, settings_of
from config.database import job_engine
from config.lazily import lazily
from config.sealed_numbers import MARK
from config.servers import BadServers
from config.settings import Addressed, BadSettings, Settings, Storage
from scheduling.accounts.roles import Role
from scheduling.accounts.wish import Wish

# `serve` and `migrate` stand between a restart and the next call: what only the other commands need, they load.
if TYPE_CHECKING:
    from callbacks import exports, pins, readings
    from config import admin as accounts
    from config import demo as playing
    from config import doctor as examination
    from config import texts
    from ivr import checker, drawing
    from ivr import flow as conversation
    from scheduling import importing
    from scheduling.directories import sheets
    from scheduling.importing import Report
    from scheduling.planning import trail
else:
    exports, pins, readings = lazily("callbacks.exports"), lazily("callbacks.pins"), lazily("callbacks.readings")
    accounts, playing, examination = lazily("config.admin"), lazily("config.demo"), lazily("config.doctor")
    texts, checker, drawing = lazily("config.texts"), lazily("ivr.checker"), lazily("ivr.drawing")
    conversation, trail = lazily("ivr.flow"), lazily("scheduling.planning.trail")
    importing, sheets = lazily("scheduling.importing"), lazily("scheduling.directories.sheets")

ROTA = "rota"
IMPORTS = ("wards", "seniors", ROTA, "practitioners", "practices")
ELSEWHERE = {
    "keys": "config.commands.keys:keys",
    "fallback": "config.commands.fallback:fallback",
    "evaluation": "config.commands.evaluation:evaluation",
    "reconcile": "config.commands.reconcile:reconcile",
    "retention": "config.commands.retention:retention",
    "practitioner": "config.commands.rights:practitioner",
    "newsletter": "config.commands.newsletter:newsletter",
    "person": "config.commands.rights:person",
    "backup": "config.commands.copies:backup",
    "restore": "config.commands.copies:restore",
    "whatif": "config.commands.whatif:whatif",
    "twilio": "config.commands.twilio:twilio",
}
BY_HAND = {"alarms": "config.commands.alarms:alarms", "clear-alarm": "config.commands.alarms:clear_alarm"}


@click.group(cls=Later, elsewhere=ELSEWHERE, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rappel24")
def main() -> None:
    """Rappel24: one number from a GP's practice to the senior on call, and a callback within 24 hours."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@main.command()
def serve() -> None:
    """Run web, worker and tick, with servers of our own where none are given."""
    settings = settings_of(Settings)
    try:
        sys.exit(serving.serve(settings))
    except BadServers as fault:
        raise Refused(str(fault)) from None


@main.command()
@click.option("--script", is_flag=True, help="Play it in the terminal, and check that the promise was kept.")
@click.option("--port", type=int, default=8000, show_default=True, help="Of the web; the telephones are on the next.")
def demo(script: bool, port: int) -> None:
    """A whole hospital on this machine, with a page of telephones."""
    try:
        sys.exit(playing.demo(settings_of(Storage), script=script, port=port))
    except BadServers as fault:
        raise Refused(str(fault)) from None


@main.command()
@click.option("--clock", is_flag=True, hidden=True, help="Set the clock as the settings say, too.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, help="Seconds for a database that is starting.")
def migrate(clock: bool, wait: float) -> None:
    """Bring the database to this release."""
    if not clock:
        with opened(settings_of(Storage), wait):
            return
    settings = settings_of(Settings)
    try:
        with register.addresses(settings) as where:
            engine = job_engine(where.database)
            register.migrate(engine, wait)
            register.start_clock(engine, settings)
            engine.dispose()
    except BadServers as fault:
        raise Refused(str(fault)) from None


@main.command(name="import")
@click.argument("what", type=click.Choice(IMPORTS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--replace", nargs=2, metavar="START END", help="Rota: take out what stands between these local times.")
def import_(what: str, file: Path, dry_run: bool, replace: tuple[str, str] | None) -> None:
    """Import wards, seniors, rota, practitioners or practices from a CSV file; all of it or nothing."""
    if replace and what != ROTA:
        raise click.UsageError("--replace is for the rota")
    data = file.read_bytes()
    with opened(settings_of(Storage)) as engine:
        take_in = _what_to_do(engine, what, data, replace or None)
        with engine.connect() as connection:
            report = take_in(connection)
            if report.ok and not dry_run:
                connection.commit()
            else:
                connection.rollback()
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    for error in report.errors:
        click.echo(str(error), err=True)
    if not report.ok:
        raise Refused(f"{file.name}: {len(report.errors)} wrong, nothing was imported")
    click.echo(_summary(what, report, dry_run))


@main.command()
@click.argument("what", type=click.Choice(["calls", "requests", "messages"]))
@click.option("--format", "style", type=click.Choice(["json", "csv"]), default="json", show_default=True)
def export(what: str, style: str) -> None:
    """Write calls, requests or messages to standard output."""
    with opened(settings_here(Storage)) as engine, engine.begin() as connection:
        moment = clock.read(connection)
        readings.note(connection, readings.What.EXPORT, what, how=readings.How.COMMAND, moment=moment)
        written = exports.export(connection, what, style)
    click.echo(written, nl=False)
    if MARK in written:
        click.echo("numbers that stayed sealed: give ENCRYPTION_KEYS, with the key of rappel24 keys status", err=True)


@main.command()
@click.option("--draw", "drawn", is_flag=True, help="Draw it, with the words of each step.")
@click.option("--check", "checking", is_flag=True, help="Refuse a dead target, a step nobody reaches, missing words.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def flow(drawn: bool, checking: bool, language: str) -> None:
    """The conversation, for those who approve it."""
    faults = checker.check(conversation.FLOW, texts.catalogues("voice"))
    for fault in faults:
        click.echo(str(fault), err=True)
    if drawn:
        click.echo(drawing.draw(conversation.FLOW, lambda key: texts.template(key, language)))
    if faults:
        sys.exit(1)
    if checking:
        click.echo(f"{len(conversation.FLOW.steps)} steps, nothing wrong")


@main.command()
def doctor() -> None:
    """Say in plain words what is missing, and how to mend it."""
    findings = examination.examine(serving.environment())
    for finding in findings:
        click.echo(str(finding))
    if not findings:
        click.echo("Nothing is missing.")
    sys.exit(1 if any(finding.serious for finding in findings) else 0)


@main.group(cls=Later, elsewhere=BY_HAND)
def admin() -> None:
    """What an administrator does by hand."""


@admin.command(name="unlock-pin")
@click.argument("phone")
def unlock_pin(phone: str) -> None:
    """Give a senior whose PIN is locked five new tries."""
    _on_person(phone, pins.unlock, "may try again")


@admin.command(name="forget-pin")
@click.argument("phone")
def forget_pin(phone: str) -> None:
    """Let a senior who forgot his PIN choose another at his next link."""
    _on_person(phone, pins.forget, "may choose a new PIN")


@admin.command(name="create")
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="admin", show_default=True)
@click.option("--ward", "slugs", multiple=True, metavar="SLUG", help="One that he edits or reads; as often as needed.")
@click.option("--all-wards", is_flag=True, help="A reader of the whole house: the switchboard.")
def create_account(email: str, name: str, role: str, slugs: tuple[str, ...], all_wards: bool) -> None:
    """Make an account; prints the link with which its owner chooses a password, once, within seven days."""
    wish = Wish(email, name, Role(role), frozenset(), all_wards)
    _on_accounts(Addressed, lambda conn, settings: accounts.create(conn, settings, wish, slugs))


@admin.command(name="reset")
@click.argument("email")
def reset_account(email: str) -> None:
    """Forget an account's password, application and sessions; prints the link to begin anew."""
    _on_accounts(Addressed, lambda conn, settings: accounts.reset(conn, settings, email))


@admin.command(name="code")
@click.argument("email")
def show_code(email: str) -> None:
    """Demo only: what the authenticator application of an account shows now."""
    _on_accounts(Settings, lambda conn, settings: accounts.code(conn, settings, email))


def _on_accounts(need: type[Needed], act: Callable[[Connection, Needed], str]) -> None:
    try:
        settings = accounts.settings_of(serving.environment(), need)
        with opened(settings) as engine, engine.begin() as connection:
            done = act(connection, settings)
    except (BadSettings, accounts.NotDone) as reason:
        raise Refused(str(reason)) from None
    click.echo(done)


def _on_person(phone: str, act: Callable[[Connection, str], bool], done: str) -> None:
    try:
        number = numbers.parse(phone)
    except numbers.BadNumber as reason:
        raise Refused(f"not a number: {reason}") from None
    with opened(settings_of(Storage)) as engine, engine.begin() as connection:
        if not act(connection, number):
            raise Refused("nobody has this number")
    click.echo(f"{numbers.mask(number)} {done}")


def _what_to_do(
    engine: Engine, what: str, data: bytes, replace: tuple[str, str] | None
) -> Callable[[Connection], "Report"]:
    """The import, in one transaction. Practitioners are read before it begins: a hundred thousand take longer than a
    transaction may idle."""
    if what == ROTA:
        return lambda conn: importing.import_rota(conn, data, replace=replace)
    kind, by = sheets.Kind(what), trail.Actor(None, "import")
    if kind is not sheets.Kind.PRACTITIONERS:
        return lambda conn: sheets.take_in(conn, clock.read(conn), by, kind, data)
    with engine.connect() as connection:
        zones = importing.zones(connection)
    read = importing.read_practitioners(data, zones)
    return lambda conn: sheets.take_in_practitioners(conn, clock.read(conn), by, read)


def _summary(what: str, report: "Report", dry_run: bool) -> str:
    counts = f"{report.created} created, {report.changed} changed, {report.unchanged} unchanged"
    removed = f", {report.removed} removed" if report.removed else ""
    return f"{what}: {counts}{removed}" + (" (dry run: nothing was written)" if dry_run else "")


if __name__ == "__main__":
    main()
