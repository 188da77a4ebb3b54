"""What is at work behind the line: processes, the clock, messages that wait, alarms, rota."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from callbacks import alarms, ladders, permitted, recipients
from callbacks.permitted import Whose
from callbacks.tables import heartbeats, outbox
from callbacks.written_tables import dialogues
from config import clock, numbers
from config.database import job_engine
from config.doctor import commitments, lists, privacy, watch
from config.doctor.finding import Finding
from config.doctor.mends import mend_of
from config.settings import Settings
from scheduling import checks, store
from scheduling.check_words import words
from scheduling.checks import Concern, Place

SILENCE = timedelta(seconds=20)  # as /readyz counts it
LONG_AGO = timedelta(minutes=10)
OVERDUE = "5 minutes"
SHOWN = 20  # findings about wards; an empty rota has one a ward
PROCESSES = ("tick", "worker")


def at_hand(url: str, settings: Settings | None) -> Iterator[Finding]:
    """Everything a look into a migrated database tells."""
    engine = job_engine(url)
    try:
        if not inspect(engine).has_table("heartbeats"):
            return  # empty, which is said already
        with engine.connect() as connection:
            yield from _processes(connection, settings)
            yield from _clock(connection, settings)
            yield from _overdue(connection)
            yield from watch.canaries(connection, settings)
            yield from watch.copies(connection)
            yield from _alarms(connection)
            yield from _not_permitted(connection, settings)
            yield from lists.read_lately(connection)
            yield from _ladders(connection)
            yield from commitments.findings(connection)
            yield from privacy.told(connection)
            yield from _wards(connection)
    except SQLAlchemyError:
        return  # away or of another release, which is said already
    finally:
        engine.dispose()


def _processes(connection: Connection, settings: Settings | None) -> Iterator[Finding]:
    """Silent for long: nobody serves, which may be meant. Silent since a moment: it died."""
    kind = func.split_part(heartbeats.c.process, ":", 1)
    query = select(kind.label("kind"), (func.real_now() - func.max(heartbeats.c.real)).label("age")).group_by(kind)
    ages = {row.kind: row.age for row in connection.execute(query)}
    if all(ages.get(name, LONG_AGO) >= LONG_AGO for name in PROCESSES):
        yield Finding(False, "neither tick nor worker runs", "systemctl start rappel24.target, or rappel24 serve")
        return
    needed = (*PROCESSES, "mail") if settings is not None and settings.takes_mail else PROCESSES
    for name in needed:
        age = ages.get(name)
        if age is None or age > SILENCE:
            said = "has never reported" if age is None else f"has been silent for {age.total_seconds():.0f} s"
            yield Finding(
                name != "worker", f"the {name} {said}", f"see its log; start it with: python -m config.{name}"
            )


def _clock(connection: Connection, settings: Settings | None) -> Iterator[Finding]:
    rate = clock.rate(connection)
    if settings is not None and settings.real_carrier and rate != 1:
        yield Finding(
            True,
            f"the clock of this database runs {rate:g} times too fast: it belonged to a demo",
            "use another database for the real line",
        )


def _overdue(connection: Connection) -> Iterator[Finding]:
    late = outbox.c.due_at < func.app_now() - text(f"interval '{OVERDUE}'")
    waiting = outbox.c.state.in_(("waiting", "sending")) & late
    count = connection.execute(select(func.count()).where(waiting)).scalar_one()
    if count:
        yield Finding(
            True,
            f"{count} message{'s' if count > 1 else ''} should have left more than {OVERDUE} ago",
            "see the logs of tick and worker, and whether the carrier answers",
        )
    unsorted = dialogues.c.state == "open", dialogues.c.due_at < func.app_now()
    count = connection.execute(select(func.count()).where(*unsorted)).scalar_one()
    if count:
        yield Finding(
            True,
            f"{count} message{'s' if count > 1 else ''} waited more than a day to be sorted",
            "sort them on the board (/unsorted), and call the GPs back",
        )


def _alarms(connection: Connection) -> Iterator[Finding]:
    for alarm in alarms.standing(connection):
        often = f", {alarm.count} times" if alarm.count > 1 else ""
        about = ", ".join(f"{name} {value}" for name, value in alarm.detail.items())
        yield Finding(
            True,
            f"alarm {alarm.kind} ({about}) since {alarm.first_at:%Y-%m-%d %H:%M} UTC{often}",
            mend_of(alarm.kind),
        )


def _not_permitted(connection: Connection, settings: Settings | None) -> Iterator[Finding]:
    """People of ours whose number the line may not call: their alerts go to the next."""
    abroad = frozenset() if settings is None else settings.calls_abroad
    zones, known = recipients.zones(connection), recipients.known_numbers(connection)
    barred = [number for number in known if not permitted.in_range(number, Whose.OURS, zones, abroad)]
    if barred:
        shown = ", ".join(map(numbers.mask, barred[:SHOWN]))
        yield Finding(
            True,
            f"{len(barred)} of our people have a number that the line may not call: {shown}",
            "mend it on the people's page; for a number abroad set CALLS_ABROAD",
        )


def _ladders(connection: Connection) -> Iterator[Finding]:
    """Ladders that another release wrote and this one cannot read: it goes by the next that it can."""
    slugs = {ward.id: ward.slug for ward in store.all_line_names(connection)}
    for setting in ladders.settings(connection):
        if setting.rungs is None:
            whose = "of every ward" if setting.ward_id is None else f"of {slugs[setting.ward_id]}"
            yield Finding(
                True,
                f"this release cannot read the ladder {whose} ({setting.kind}): requests go by another",
                "look at it on the page of ladders, and save it again",
            )


def _wards(connection: Connection) -> Iterator[Finding]:
    if not store.hospitals(connection):
        yield Finding(True, "there is no ward: nobody can be reached", "rappel24 import wards, seniors, then rota")
        return
    found = checks.concerns(connection, clock.read(connection).now)
    grave = [alike for alike in _alike(found) if alike[0].code not in FOR_THE_SECRETARY]
    for first, *more in grave[:SHOWN]:
        others = f" and {len(more)} more" if more else ""
        yield Finding(False, f"{first.ward.slug}: {words(first, 'en')}{others}", WHERE[first.place])
    if len(grave) > SHOWN:
        yield Finding(False, f"{len(grave) - SHOWN} more of the kind", "mend these first, then ask again")
    for first, *more in _alike([each for each in found if each.code in FOR_THE_SECRETARY], by_ward=False):
        others = f", and {len(more)} more of the kind" if more else ""
        yield Finding(False, f"{first.ward.slug}: {words(first, 'en')}{others}", WHERE[first.place])


def _alike(found: Sequence[Concern], *, by_ward: bool = True) -> list[list[Concern]]:
    """Concerns of one kind together, in the order of the most pressing of each."""
    groups: dict[tuple[str, str], list[Concern]] = {}
    for concern in found:
        groups.setdefault((concern.code, concern.ward.slug if by_ward else ""), []).append(concern)
    return list(groups.values())


# Worked through ward by ward on the page; here they would bury the rest.
FOR_THE_SECRETARY = frozenset({"unverified", "unpublished", "double_booked"})
WHERE = {
    Place.ROTA: "the rota's page, or rappel24 import rota",
    Place.MONTH: "the rota's page: publish the month",
    Place.WARD: "the ward's page, or rappel24 import wards",
    Place.PERSON: "the people's page, or rappel24 import seniors",
    Place.PHONE: "the page of what is to be mended: verify the telephone there",
}
