"""Who is on call now, ward by ward; and who would ring, in what order, if a GP called at another time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from callbacks.promise import PROMISE
from config import numbers
from ivr.ringing import LAST_START, RING_SECONDS, Candidate, next_to_ring
from scheduling import board, store
from scheduling.board import Line
from scheduling.local_time import BadTime, read
from scheduling.rota import OnCall, Person, Ward
from web.office.guard import Answer, Visitor, signed_in
from web.office.page import page
from web.office.rota_words import local, moment, written

blueprint = Blueprint("now", __name__, url_prefix="/now")
AHEAD = timedelta(days=2)  # how far "until" is looked for


@dataclass(frozen=True)
class Answering:
    """A ward now: who answers for it, and until when that holds ("": for longer than is looked ahead)."""

    line: Line
    on_call: OnCall
    until: str
    opens: str
    shows_phones: bool

    @property
    def state(self) -> str:
        """covered, closed, nobody or answered."""
        if self.on_call.answering is None:
            return "closed"
        if not self.on_call.seniors:
            return "nobody"
        return "answered" if self.on_call.open else "covered"


@dataclass(frozen=True)
class Ring:
    """One ring of the cascade, so many seconds after the first if nobody answers."""

    after: int
    rank: int
    person: Person


@dataclass(frozen=True)
class Simulated:
    """What a call at that time would meet."""

    ward: Ward
    at: str
    on_call: OnCall
    rings: tuple[Ring, ...]
    deadline: str
    opening: str
    shows_phones: bool


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """His wards, each with who answers for it."""
    return _page(visitor)


@blueprint.get("/ring")
@signed_in
def ring(visitor: Visitor) -> Answer:
    """The same, with the answer to "who would ring at …?" above it."""
    ward = visitor.ward(request.args.get("ward", ""))
    try:
        at = read(request.args.get("at", ""), ward.timezone).at
    except BadTime as fault:
        refusal = visitor.say(f"remark.{fault.code}", text=request.args.get("at", "")[:40])
        return _page(visitor, asked=ward, refusal=refusal), 422
    return _page(visitor, asked=ward, simulated=_simulate(visitor, ward, at))


def rings(on_call: OnCall) -> list[Ring]:
    """Who is rung, in order, when nobody answers; by the rule of the call itself."""
    people = {ranked.person.id: ranked.person for ranked in on_call.seniors}
    candidates = [Candidate(each.person.id, each.person.phone, each.rank) for each in on_call.seniors]
    found: list[Ring] = []
    position, elapsed = 0, 0
    while (following := next_to_ring(candidates, position, (), (), elapsed)) is not None:
        candidate, position = following
        found.append(Ring(elapsed, candidate.rank, people[candidate.person_id]))
        elapsed += RING_SECONDS
    return found


def _page(visitor: Visitor, *, asked: Ward | None = None, simulated: Simulated | None = None, refusal: str = "") -> str:
    wards, now = visitor.wards(), visitor.moment.now
    lines = board.read(visitor.conn, [ward.id for ward in wards], now, now + AHEAD)
    found = [_answering(visitor, line) for line in lines]
    zone = (asked or wards[0]).timezone if wards else "Europe/Paris"
    return page(
        visitor,
        "now.html",
        "now",
        hospitals=_by_hospital(found),
        wards=wards,
        at=moment(now, zone, visitor.language),
        asked=asked,
        when=request.args.get("at") or (local(now, ZoneInfo(zone)) if wards else ""),
        simulated=simulated,
        refusal=refusal,
        seconds=RING_SECONDS,
        last=int(LAST_START),
        national=numbers.national,
    )


def _answering(visitor: Visitor, line: Line) -> Answering:
    first, zone = line.segments[0], line.ward.timezone
    last = first.end if len(line.segments) > 1 else None
    opens = first.on_call.next_opening
    return Answering(
        line=line,
        on_call=first.on_call,
        until=_when(last, zone, visitor) if last else "",
        opens=moment(opens, zone, visitor.language) if opens else "",
        shows_phones=_shows_phones(visitor, first.on_call),
    )


def _simulate(visitor: Visitor, ward: Ward, at: datetime) -> Simulated:
    on_call = store.on_call(visitor.conn, ward.id, at)
    opens = on_call.next_opening
    return Simulated(
        ward=ward,
        at=moment(at, ward.timezone, visitor.language),
        on_call=on_call,
        rings=tuple(rings(on_call)),
        deadline=moment(at + PROMISE, ward.timezone, visitor.language),
        opening=moment(opens, ward.timezone, visitor.language) if opens else "",
        shows_phones=_shows_phones(visitor, on_call),
    )


def _shows_phones(visitor: Visitor, on_call: OnCall) -> bool:
    """A number is for who may see the rota it stands on."""
    return on_call.answering is not None and visitor.account.may_see(on_call.answering.id)


def _when(at: datetime, timezone: str, visitor: Visitor) -> str:
    """The hour today, with its day on another."""
    there, now = (each.astimezone(ZoneInfo(timezone)) for each in (at, visitor.moment.now))
    if there.date() == now.date():
        return f"{there:%H:%M}"
    return f"{written(there.date(), 'EEEE', visitor.language)} {there:%H:%M}"


def _by_hospital(found: list[Answering]) -> list[tuple[str, list[Answering]]]:
    names = dict.fromkeys(each.line.ward.hospital for each in found)
    return [(name, [each for each in found if each.line.ward.hospital == name]) for name in names]
