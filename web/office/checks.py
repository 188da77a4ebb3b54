"""What is to be mended, ward by ward; and the proofs: a test of a ward's line, a telephone that is verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for

from callbacks import test_call, verification
from callbacks.ladder import Channel
from callbacks.test_call import Test
from callbacks.verification import Sent
from config import numbers
from scheduling import checks, store
from scheduling.check_words import sentence
from scheduling.checks import Concern, Place, Severity
from scheduling.directories import people
from scheduling.directories.people import Entry, Standing
from scheduling.directories.people_found import Scope
from scheduling.rota import Ward
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page
from web.office.rota_words import moment

blueprint = Blueprint("checks", __name__, url_prefix="/checks")
FRESH = timedelta(minutes=30)  # a call to verify is waited for this long on the page
BADGES = {Severity.NOW: "bad", Severity.SOON: "soon", Severity.TIDY: "off"}


@dataclass(frozen=True)
class Item:
    """One line of the list. `url` is where it is mended; nothing for who may only read."""

    severity: str
    badge: str
    words: str
    place: str
    url: str


@dataclass(frozen=True)
class ToMend:
    """A ward and what there is to mend in it, the most pressing first."""

    ward: Ward
    items: tuple[Item, ...]


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """His wards, those first where somebody may be failed soon."""
    wards = visitor.wards()
    found = checks.concerns(visitor.conn, visitor.moment.now, wards)
    ids = dict.fromkeys(concern.ward.id for concern in found)  # in the order of their most pressing concern
    by_id = {ward.id: ward for ward in wards}
    return page(
        visitor,
        "checks.html",
        "checks",
        to_mend=[_to_mend(visitor, by_id[id], [each for each in found if each.ward.id == id]) for id in ids],
        well=[ward for ward in wards if ward.id not in ids],
        counts=[(_name(each), BADGES[each], sum(one.severity is each for one in found)) for each in Severity],
    )


@blueprint.get("/line/<slug>")
@signed_in
def line(visitor: Visitor, slug: str) -> Answer:
    """Who would be rung now, and what the last test of the line told."""
    ward = visitor.ward(slug)
    test = test_call.latest(visitor.conn, ward.id)
    return page(
        visitor,
        "check_line.html",
        "checks",
        ward=ward,
        on_call=store.on_call(visitor.conn, ward.id, visitor.moment.now),
        test=test,
        began=moment(test.began_at, ward.timezone, visitor.language) if test else "",
        reached=_reached(test),
        badges=RESULT_BADGES,
        may_edit=visitor.account.may_edit(ward.id),
    )


@blueprint.post("/line/<slug>")
@editor
def try_line(visitor: Visitor, slug: str) -> Answer:
    """Ring those who would be rung now, one after the other."""
    ward = visitor.ward(slug, edit=True)
    begun = test_call.begin(visitor.conn, visitor.moment, visitor.by, ward.id)
    here = url_for("checks.line", slug=slug)
    if isinstance(begun, test_call.Refusal):
        return Back(here, f"checks.test_{begun}", good=False)
    return Back(here, "checks.test_begun")


@blueprint.get("/phone/<int:person_id>")
@editor
def verify(visitor: Visitor, person_id: int) -> Answer:
    """Whether his telephone is proved, and the ways to prove it."""
    entry, standing = _person(visitor, person_id)
    zone = next((ward.timezone for ward in visitor.wards()), numbers.PARIS)
    last = verification.last(visitor.conn, person_id)
    waits = last is not None and last.channel is Channel.CALL and visitor.moment.now - last.at < FRESH
    return page(
        visitor,
        "check_phone.html",
        "checks",
        id=person_id,
        person=entry,
        number=numbers.national(entry.phone),
        texted=numbers.is_mobile(entry.phone),
        verified=moment(standing.verified_at, zone, visitor.language) if standing.verified_at else "",
        waits=waits and standing.verified_at is None,
    )


@blueprint.post("/phone/<int:person_id>/send")
@editor
def send(visitor: Visitor, person_id: int) -> Answer:
    """A code by SMS, or a call in which he presses 1."""
    _person(visitor, person_id)
    channel = {"sms": Channel.SMS, "call": Channel.CALL}.get(request.form.get("by", "")) or abort(400)
    sent = verification.send(visitor.conn, visitor.moment, visitor.desk.house, visitor.by, person_id, channel)
    here = url_for("checks.verify", person_id=person_id)
    if isinstance(sent, Sent):
        return Back(here, f"checks.phone_sent_{channel}", bell=("deliver", sent.outbox_id))
    return Back(here, f"checks.phone_{sent}", good=False)


@blueprint.post("/phone/<int:person_id>/code")
@editor
def give_code(visitor: Visitor, person_id: int) -> Answer:
    """The code that he read out."""
    entry, _ = _person(visitor, person_id)
    code = request.form.get("code", "")[:20]
    refusal = verification.check(visitor.conn, visitor.moment, visitor.desk.house, visitor.by, person_id, code)
    if refusal is not None:
        return Back(url_for("checks.verify", person_id=person_id), f"checks.phone_{refusal}", good=False)
    return Back(url_for("checks.see"), "checks.phone_done", values={"person": entry.name})


RESULT_BADGES = {"taken": "good", "passed": "good", "answered": "soon", "busy": "soon", "no-answer": "bad"} | {
    "failed": "bad"
}


def _reached(test: Test | None) -> bool:
    """Whether somebody pressed 1: a GP would have been put through."""
    return test is not None and any(ring.result is test_call.Result.TAKEN for ring in test.rings)


def _person(visitor: Visitor, person_id: int) -> tuple[Entry, Standing]:
    """Somebody of a ward that the visitor looks after; for others he does not exist."""
    found = people.read(visitor.conn, person_id)
    if found is None or found[1].left_at is not None or not Scope.of(visitor.account).sees(*found):
        abort(404)
    return found


def _to_mend(visitor: Visitor, ward: Ward, found: Sequence[Concern]) -> ToMend:
    edits = visitor.account.may_edit(ward.id)
    return ToMend(ward, tuple(_item(visitor, each, edits) for each in found))


def _item(visitor: Visitor, concern: Concern, edits: bool) -> Item:
    return Item(
        severity=_name(concern.severity),
        badge=BADGES[concern.severity],
        words=sentence(concern, visitor.language),
        place=concern.place.value,
        url=_url(concern) if edits else "",
    )


def _url(concern: Concern) -> str:
    """Where it is mended: the week of a hole, the month to publish, a ward, a person, his telephone."""
    slug, person_id = concern.ward.slug, concern.person.id if concern.person else 0
    match concern.place:
        case Place.ROTA:
            local = concern.at.astimezone(ZoneInfo(concern.ward.timezone)) if concern.at else None
            return url_for("rota.ward", slug=slug, week=f"{local:%Y-%m-%d}" if local else None)
        case Place.MONTH:
            return url_for("months.see", slug=slug, month=f"{concern.month:%Y-%m}")
        case Place.WARD:
            return url_for("wards.ward", slug=slug)
        case Place.PERSON:
            return url_for("people.person", person_id=person_id)
        case Place.PHONE:
            return url_for("checks.verify", person_id=person_id)


def _name(severity: Severity) -> str:
    return severity.name.lower()
