"""The directory of seniors and of those in charge: list, search, one person and what he still holds."""

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, abort, current_app, request, url_for

from callbacks import directory
from callbacks.directory import StillInCharge
from config import numbers
from scheduling import store
from scheduling.accounts import store as accounts
from scheduling.directories import people, people_found
from scheduling.directories.forms import Fault, Refused, Saved, Stale, fingerprint, read_number
from scheduling.directories.people import Entry, Standing, StillOnDuty, Taken
from scheduling.directories.people_found import Scope
from scheduling.rota import Ward
from web.office import entries
from web.office.entries import Filled
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page

blueprint = Blueprint("people", __name__, url_prefix="/people")
CONFLICT = 409


@dataclass(frozen=True)
class _Seen:
    """A person on his page: the entry, what hangs on him, and what this visitor may do with both."""

    id: int
    entry: Entry
    standing: Standing
    owned: bool
    tickable: tuple[Ward, ...]  # wards this visitor may put him in or take him out of

    @property
    def edits(self) -> bool:
        """Whether there is anything here to change."""
        return bool(self.tickable)


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """The people of the wards he may see."""
    asked, scope = entries.asked("people"), Scope.of(visitor.account)
    found = people_found.search(visitor.conn, scope, visitor.wards(), asked, entries.page_asked())
    return page(
        visitor,
        "directories/people.html",
        "people",
        found=found,
        asked=asked,
        national=numbers.national,
        is_mobile=numbers.is_mobile,
    )


@blueprint.post("/search")
@signed_in
def search(visitor: Visitor) -> Answer:
    """What he looks for stays until he looks for something else."""
    entries.ask("people")
    return Back(url_for("people.see"))


@blueprint.get("/new")
@editor
def new(visitor: Visitor) -> Answer:
    """An empty form; an editor of one ward finds it ticked."""
    wards = _tickable(visitor)
    return _form(visitor, None, Filled({"wards": [str(wards[0].id)] if len(wards) == 1 else []}))


@blueprint.post("/new")
@editor
def create(visitor: Visitor) -> Answer:
    """A senior more; or whose number it is already."""
    return _submit(visitor, None)


@blueprint.post("/join")
@editor
def join(visitor: Visitor) -> Answer:
    """Somebody who is on file already belongs to these wards too. Who asks has shown that he knows the number."""
    wards = {ward.id: ward for ward in _tickable(visitor)}
    form = entries.form()
    chosen = form.some_of("wards", wards)
    phone, _ = read_number(form.text("phone"), {ward.timezone for ward in wards.values()})
    person = store.person_by_phone(visitor.conn, phone) if phone else None
    if person is None or not chosen:
        return Back(url_for("people.new"), "directories.fault_no_ward", good=False)
    people.join(visitor.conn, visitor.moment, visitor.by, person.id, chosen)
    return Back(
        url_for("people.person", person_id=person.id), "directories.person_joined", values={"name": person.name}
    )


@blueprint.get("/<int:person_id>")
@signed_in
def person(visitor: Visitor, person_id: int) -> Answer:
    """One person; of a ward that is not his, the visitor does not see him."""
    seen = _seen(visitor, person_id)
    return _form(visitor, seen, _filled(seen.entry))


@blueprint.post("/<int:person_id>")
@editor
def change(visitor: Visitor, person_id: int) -> Answer:
    """The entry is saved, unless somebody else changed it since it was shown."""
    seen = _seen(visitor, person_id)
    if not seen.edits:
        abort(403)
    return _submit(visitor, seen)


@blueprint.post("/<int:person_id>/leave")
@editor
def leave(visitor: Visitor, person_id: int) -> Answer:
    """He is gone; not while anything still rests on him."""
    seen = _seen(visitor, person_id)
    if not (seen.edits and seen.owned):
        abort(403)
    left = directory.part_with(visitor.conn, visitor.moment, visitor.by, person_id, request.form.get("seen", ""))
    filled, name = _filled(seen.entry), seen.entry.name
    match left:
        case Saved():
            return Back(url_for("people.see"), "directories.person_left", values={"name": name})
        case Stale(change=change):
            return _form(visitor, seen, filled, refusal=[entries.meanwhile(visitor, change)]), CONFLICT
        case StillInCharge(references=references):
            said = visitor.say("directories.still_in_charge", name=name, references=", ".join(references))
            return _form(visitor, seen, filled, refusal=[said]), CONFLICT
        case StillOnDuty():
            return _form(visitor, seen, filled, refusal=_still(visitor, name, left), held=left), CONFLICT


def _submit(visitor: Visitor, seen: _Seen | None) -> Answer:
    before = seen.entry if seen else None
    draft = people.read_form(
        entries.form(),
        seen.tickable if seen else _tickable(visitor),
        before,
        owned=seen is None or seen.owned,
        everything=visitor.account.administers,
    )
    filled = Filled(entries.sent() if seen is None or seen.owned else _typed_wards(seen))
    if not isinstance(draft, Refused) and _lends_a_key(visitor, before, draft):
        draft = Refused((Fault("email", "email_signs_in"),))
    if isinstance(draft, Refused):
        return _form(visitor, seen, Filled(filled.typed, entries.in_words(visitor, draft.faults))), 422
    saved = directory.save_person(
        visitor.conn, visitor.moment, visitor.by, seen.id if seen else None, draft, request.form.get("seen", "")
    )
    match saved:
        case Saved():
            return _saved(visitor, saved, before, draft)
        case Taken():
            return _form(visitor, seen, filled, taken=saved), CONFLICT
        case Stale(change=change):
            return _form(visitor, seen, filled, stale=entries.meanwhile(visitor, change)), CONFLICT
        case StillOnDuty():
            return _form(visitor, seen, filled, refusal=_still(visitor, draft.name, saved), held=saved), CONFLICT


def _lends_a_key(visitor: Visitor, before: Entry | None, draft: Entry) -> bool:
    """Whether an editor gives this person an address that signs in: it would open, as his, what GPs said."""
    kept = before is not None and before.email.lower() == draft.email.lower()
    return not (visitor.account.administers or kept) and accounts.id_of(visitor.conn, draft.email) is not None


def _saved(visitor: Visitor, saved: Saved, before: Entry | None, draft: Entry) -> Back:
    """To the person's page; to the list, when he took her out of the last ward in which he sees her."""
    found = people.read(visitor.conn, saved.id)
    still = found is not None and Scope.of(visitor.account).sees(*found)
    to = url_for("people.person", person_id=saved.id) if still else url_for("people.see")
    return Back(to, _note(saved, before, draft), values={"name": draft.name})


def _note(saved: Saved, before: Entry | None, draft: Entry) -> str:
    if not saved.changed:
        return "directories.unchanged"
    moved = before is not None and before.phone != draft.phone
    return "directories.person_saved_number" if moved else "directories.person_saved"


def _still(visitor: Visitor, name: str, left: StillOnDuty) -> list[str]:
    said = []
    if left.shifts:
        said.append(visitor.say("directories.still_on_duty", name=name, count=len(left.shifts)))
    if left.wards:
        said.append(visitor.say("directories.still_above", name=name, wards=", ".join(left.wards)))
    return said


def _seen(visitor: Visitor, person_id: int) -> _Seen:
    """The person, if he exists for this visitor (404)."""
    found, scope = people.read(visitor.conn, person_id), Scope.of(visitor.account)
    if found is None or found[1].left_at is not None or not scope.sees(*found):
        abort(404)
    tickable = tuple(_tickable(visitor)) if visitor.account.edits else ()
    return _Seen(person_id, *found, owned=visitor.account.edits and scope.owns(*found), tickable=tickable)


def _tickable(visitor: Visitor) -> list[Ward]:
    return [ward for ward in visitor.wards() if visitor.account.may_edit(ward.id)]


def _filled(said: Entry) -> Filled:
    plain = {name: [getattr(said, name)] for name in ("name", "title", "category", "email")}
    return Filled({**plain, "phone": [numbers.national(said.phone)], "wards": [str(ward) for ward in said.ward_ids]})


def _typed_wards(seen: _Seen) -> dict[str, list[str]]:
    """What may be typed of somebody who belongs elsewhere too: his wards here."""
    return {**_filled(seen.entry).typed, "wards": entries.sent().get("wards", [])}  # type: ignore[dict-item]


def _form(
    visitor: Visitor,
    seen: _Seen | None,
    filled: Filled,
    *,
    taken: Taken | None = None,
    stale: str = "",
    refusal: list[str] | None = None,
    held: StillOnDuty | None = None,
) -> str:
    shown = {ward.id for ward in visitor.wards()}
    theirs = seen.entry.ward_ids | seen.standing.above_ids if seen else frozenset()
    names = {ward.id: ward for ward in store.wards(visitor.conn)} if theirs else {}
    # Read anew: what he saves next is compared with what is on file now.
    on_file = people.read(visitor.conn, seen.id) if seen else None
    return page(
        visitor,
        "directories/person.html",
        "people",
        person=seen,
        filled=filled,
        seen=fingerprint(on_file[0]) if on_file else "",
        wards=seen.tickable if seen else _tickable(visitor),
        elsewhere=[names[one].name for one in sorted(theirs) if seen and one not in {w.id for w in seen.tickable}],
        above=[names[one] for one in sorted(seen.standing.above_ids)] if seen else [],
        shown=shown,
        shifts=held.shifts
        if held and held.shifts
        else people.future(visitor.conn, seen.id, visitor.moment.now)
        if seen
        else (),
        taken=taken,
        stale=stale,
        refusal=refusal or [],
        categories=people.CATEGORIES,
        is_mobile=numbers.is_mobile,
        when=partial(entries.when, visitor),
        stretch=partial(entries.stretch, visitor),
        zone=next(iter(visitor.wards()), None),
        verify=_verify(seen),
    )


def _verify(seen: _Seen | None) -> str:
    """Where the number is verified, when that door is there and the visitor may open it."""
    there = "checks.verify" in current_app.view_functions
    return url_for("checks.verify", person_id=seen.id) if there and seen and seen.edits else ""
