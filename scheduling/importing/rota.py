"""Import of the rota: shifts by what they say. An overlap is an error that names both doctors and their hours."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import Range

from config import clock
from scheduling import rota, store
from scheduling import tables as t
from scheduling.importing import contacts
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.local_time import BadTime, show
from scheduling.local_time import read as read_time
from scheduling.opening import Stretch, without
from scheduling.planning import desk, wording
from scheduling.planning.changes import MOST_AT_ONCE, Refused, Slot
from scheduling.planning.trail import Actor
from scheduling.rota import Overlap, Person, Shift, Ward
from scheduling.rows import SHIFT_COLUMNS, shift_or_none

# The name is for whoever reads the file: the telephone says who it is.
COLUMNS = Columns(required=("ward", "start", "end", "rank", "phone"), optional=("name",))
BY = Actor(None, "import")
WHY = "import"  # a published month asks for a reason
_Key = tuple[int, int, int, datetime, datetime]


@dataclass(frozen=True)
class Draft:
    """A row that could be read."""

    line: int
    shift: Shift


@dataclass(frozen=True)
class Plan:
    """What the import does to the rota of its wards."""

    kept: Sequence[Shift]  # untouched
    removed: Mapping[int, Shift]  # by id: deleted, or cut at the edge of the replaced stretch
    rest: Sequence[Shift]  # what is left of those that are cut
    new: Mapping[_Key, Draft]

    @property
    def result(self) -> list[Shift]:
        """The rota as it would be."""
        return [*self.kept, *self.added]

    @property
    def added(self) -> list[Shift]:
        """What is put in."""
        return [*self.rest, *(draft.shift for draft in self.new.values())]

    def changes(self) -> Iterator[tuple[int, list[int], list[Slot]]]:
        """For each ward the ids of what is taken out and what is put in; a great many in several changes."""
        removed: dict[int, list[int]] = defaultdict(list)
        added: dict[int, list[Slot]] = defaultdict(list)
        for shift_id, shift in self.removed.items():
            removed[shift.ward_id].append(shift_id)
        for shift in self.added:
            added[shift.ward_id].append(Slot(shift.rank, shift.person.id, shift.start, shift.end))
        for ward_id in removed.keys() | added.keys():
            for first in range(0, len(added[ward_id]) or 1, MOST_AT_ONCE):
                yield ward_id, removed.pop(ward_id, []), added[ward_id][first : first + MOST_AT_ONCE]


def import_rota(connection: Connection, data: bytes, *, replace: tuple[str, str] | None = None) -> Report:
    """Put the shifts of the file on the rota; those already there, to the word, stay.

    `replace` (start and end, local times as in the file, a date alone is its midnight) first empties that stretch of
    the rota of the wards in the file; a shift across its edge keeps the part outside.
    """
    findings = Findings()
    wards = {ward.slug: ward for ward in store.wards(connection)}
    seniors = _seniors(connection)
    drafts = [draft for line in read(data, COLUMNS, findings) if (draft := _draft(line, wards, seniors, findings))]
    concerned = [ward for ward in wards.values() if any(draft.shift.ward_id == ward.id for draft in drafts)]
    stretches = _stretches(replace, concerned, findings) if replace else {}
    if stretches is None:
        return findings.refusal()
    desk.hold(connection, [ward.id for ward in concerned])  # whoever writes there now has written when we look
    plan = _plan(connection, drafts, stretches)
    if _tell_overlaps(plan, concerned, findings) or findings.errors or not _write(connection, plan, findings):
        return findings.refusal()
    unchanged = len(drafts) - len(plan.new)
    return Report(len(plan.new), 0, unchanged, len(plan.removed), warnings=tuple(sorted(set(findings.warnings))))


def _seniors(connection: Connection) -> dict[str, tuple[Person, frozenset[int]]]:
    """By phone: every senior and the wards (ids) he belongs to."""
    members: dict[int, set[int]] = {}
    for row in connection.execute(select(t.ward_seniors)):
        members.setdefault(row.person_id, set()).add(row.ward_id)
    people = store.people(connection, members)
    return {person.phone: (person, frozenset(members[person.id])) for person in people}


def _draft(
    line: Line, wards: Mapping[str, Ward], seniors: Mapping[str, tuple[Person, frozenset[int]]], findings: Findings
) -> Draft | None:
    rank = int(line["rank"]) if re.fullmatch("[123]", line["rank"]) else None
    if line["rank"] and rank is None:
        findings.error(line.number, "said", said=f"rank: “{line['rank']}” is not 1, 2 or 3")
    ward = wards.get(line["ward"])
    if ward is None:
        if line["ward"]:
            findings.error(line.number, "said", said=f"ward: no ward “{line['ward']}”")
        return None
    start, end = (_time(line, column, ward, findings) for column in ("start", "end"))
    if start and end and end <= start:
        findings.error(line.number, "said", said="end: not after the start")
    phone = contacts.phone(line["phone"], ward.timezone, line.number, "phone", findings) if line["phone"] else None
    if phone and phone not in seniors:
        findings.error(line.number, "said", said="phone: no senior has this number; import the seniors first")
    if start is None or end is None or end <= start or rank is None or phone is None or phone not in seniors:
        return None  # its errors are listed
    person, ward_ids = seniors[phone]
    if ward.id not in ward_ids:
        findings.warn(line.number, "said", said=f"{person.name} is not a senior of {ward.slug}")
    if not ward.opening.open_time_between(start, end):
        findings.warn(line.number, "said", said=f"{ward.slug} is closed all that time: this shift rings nobody")
    return Draft(line.number, Shift(ward.id, rank, person, start, end))


def _time(line: Line, column: str, ward: Ward, findings: Findings) -> datetime | None:
    if not line[column]:
        return None
    try:
        found = read_time(line[column], ward.timezone)
    except BadTime as reason:
        findings.error(line.number, "said", said=f"{column}: {reason}")
        return None
    if found.twice:
        findings.warn(line.number, "said", said=f"{column}: the clock shows “{line[column]}” twice; the first is meant")
    return found.at


def _stretches(replace: tuple[str, str], wards: Iterable[Ward], findings: Findings) -> dict[int, Stretch] | None:
    """The replaced stretch of each ward, in its own zone; None when it is none."""
    stretches = {}
    for ward in wards:
        try:
            start, end = (read_time(text, ward.timezone).at for text in replace)
        except BadTime as reason:
            findings.error(0, "said", said=f"--replace: {reason}")
            return None
        if end <= start:
            findings.error(0, "said", said="--replace: its end is not after its start")
            return None
        stretches[ward.id] = (start, end)
    return stretches


def _plan(connection: Connection, drafts: Sequence[Draft], stretches: Mapping[int, Stretch]) -> Plan:
    said = {_key(draft.shift): draft for draft in reversed(drafts)}
    kept: list[Shift] = []
    rest: list[Shift] = []
    removed: dict[int, Shift] = {}
    for shift_id, shift in _present(connection, drafts, stretches).items():
        cut = [stretches[shift.ward_id]] if shift.ward_id in stretches else []
        pieces = without(shift.start, shift.end, cut)
        if _key(shift) in said or pieces == [(shift.start, shift.end)]:
            kept.append(shift)
            said.pop(_key(shift), None)
        else:
            removed[shift_id] = shift
            rest += [Shift(shift.ward_id, shift.rank, shift.person, *piece) for piece in pieces]
    return Plan(kept, removed, rest, said)


def _key(shift: Shift) -> _Key:
    return shift.ward_id, shift.rank, shift.person.id, shift.start, shift.end


def _present(connection: Connection, drafts: Sequence[Draft], stretches: Mapping[int, Stretch]) -> dict[int, Shift]:
    """By id: the shifts of the wards concerned that the file or the replaced stretch touches."""
    if not drafts:
        return {}
    spans = [(draft.shift.start, draft.shift.end) for draft in drafts] + list(stretches.values())
    touched = Range(min(start for start, _ in spans), max(end for _, end in spans), bounds="[)")
    ward_ids = {draft.shift.ward_id for draft in drafts}
    query = (
        select(*SHIFT_COLUMNS)
        .join(t.people, t.people.c.id == t.shifts.c.person_id)
        .where(t.shifts.c.ward_id.in_(list(ward_ids)), t.shifts.c.during.overlaps(touched))
    )
    return {row.shift_id: shift for row in connection.execute(query) if (shift := shift_or_none(row)) is not None}


def _tell_overlaps(plan: Plan, wards: Iterable[Ward], findings: Findings) -> bool:
    """List every overlap of the rota as it would be (invariant 7); whether there is one."""
    by_id = {ward.id: ward for ward in wards}
    for twice in rota.overlaps(plan.result, rota.person_of_ward):
        draft = plan.new.get(_key(twice.second)) or plan.new.get(_key(twice.first))
        if draft is not None:
            slug = by_id[draft.shift.ward_id].slug
            findings.warn(draft.line, "said", said=f"{draft.shift.person.name} holds two ranks of {slug} at once")
    found = rota.overlaps(plan.result)
    for overlap in found:
        _tell_overlap(overlap, by_id[overlap.first.ward_id], plan, findings)
    return bool(found)


def _tell_overlap(overlap: Overlap, ward: Ward, plan: Plan, findings: Findings) -> None:
    newcomer, other = overlap.second, overlap.first
    if _key(newcomer) not in plan.new:
        newcomer, other = other, newcomer
    line = plan.new[_key(newcomer)].line
    rival = plan.new.get(_key(other))
    where = f"line {rival.line}" if rival else "already on the rota"
    findings.error(
        line,
        "said",
        said=f"{newcomer.person.name} {_hours(newcomer, ward)} overlaps {other.person.name} {_hours(other, ward)}"
        f" ({where}): {ward.slug}, rank {newcomer.rank}",
    )


def _hours(shift: Shift, ward: Ward) -> str:
    return f"from {show(shift.start, ward.timezone)} to {show(shift.end, ward.timezone)}"


def _write(connection: Connection, plan: Plan, findings: Findings) -> bool:
    """A change of each ward, each with its line in the trail; whether all were made. One refused: none is."""
    moment = clock.read(connection)
    with connection.begin_nested() as all_of_it:
        for ward_id, removed, added in plan.changes():
            done = desk.apply(connection, moment, BY, ward_id, "rota.import", removed, added, WHY)
            if isinstance(done, Refused):
                for remark in done.remarks:
                    findings.error(0, "said", said=wording.said(remark, "en"))  # overlaps were told with their lines
        if findings.errors:
            all_of_it.rollback()
    return not findings.errors
