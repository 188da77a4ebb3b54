"""The page on which a senior answers in writing: templates, a draft that is kept, and the sending, which closes.

One form, one door: what he wrote is kept before anything else is done with it, also when his PIN is asked again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps

from flask import Blueprint, abort, render_template, request

from callbacks import sheet
from callbacks.answers import drafts, records, sending, templates
from callbacks.answers.templates import Template
from callbacks.outcomes import Group
from callbacks.sheet import Part
from config.doors import Who, admits
from web import proof
from web.answered import Answered
from web.visit import Answer, Back, Door, Visit, with_link, with_pin

blueprint = Blueprint("answering", __name__, url_prefix="/r/<token>/answer")
HERE = "answering.see"


@blueprint.get("")
@with_pin
def see(visit: Visit) -> Answer:
    """What the GP wrote, what he has written so far, how it will go."""
    page = Page(visit)
    return render_template("answering.html", page=page, say=page.say, language=visit.language)


def _writing(view: Callable[[Visit], Answer]) -> Door:
    """Open to who proved his PIN; what he wrote until it was asked again is kept, and shown to nobody without it."""

    @wraps(view)
    def checked(visit: Visit) -> Answer:
        if visit.proof is not None:
            return view(visit)
        if not proof.given_before(visit.link):
            return Back("pin_again", good=False)
        kept = bool(_words()) and _keep(visit)  # an empty page takes no draft away without a proof
        return Back("answering_pin" if kept else "pin_again", good=False)

    return admits(Who.PIN)(with_link(checked))


@blueprint.post("")
@_writing
def write(visit: Visit) -> Answer:
    """He keeps his draft, puts a template under it, keeps it as a template, takes one away, or sends it."""
    act = _ACTS.get(request.form.get("do", ""))
    if act is None:
        abort(400)
    return act(visit)


def _save(visit: Visit) -> Answer:
    kept = _keep(visit)
    note = "answering_saved" if kept else "answering_emptied"
    return Back("" if "quietly" in request.form else note, page=HERE, proof=visit.proof)


def _insert(visit: Visit) -> Answer:
    """The template's text goes under what he has."""
    chosen = _template(visit)
    _keep(visit, chosen.body if chosen else "")
    if chosen is None:
        return Back("answering_no_template", good=False, page=HERE, proof=visit.proof)
    return Back("answering_inserted", values={"title": chosen.title}, page=HERE, proof=visit.proof)


def _keep_template(visit: Visit) -> Answer:
    """What he wrote becomes a text that every colleague of the ward may begin with."""
    _keep(visit)
    title, ward_id, words = request.form.get("title", ""), _ward_of(visit), _words()
    kept = templates.keep(visit.conn, ward_id, title, words, visit.link.person_id, visit.moment)
    note = "answering_template_kept" if kept else "answering_template_missing"
    return Back(note, good=kept, page=HERE, proof=visit.proof)


def _drop_template(visit: Visit) -> Answer:
    _keep(visit)
    chosen = _template(visit)
    dropped = chosen is not None and templates.remove(visit.conn, _ward_of(visit), chosen.id)
    note = "answering_template_gone" if dropped else "answering_no_template"
    return Back(note, good=dropped, page=HERE, proof=visit.proof)


def _send(visit: Visit) -> Answer:
    link = visit.link
    outcome = request.form.get("outcome", "")
    told = sending.send(visit.conn, visit.desk, link.request_id, link.person_id, _words(), outcome, visit.moment)
    if isinstance(told, sending.Sent):
        return Back("answering_sent", climbs=True, delivers=told.outbox_id, proof=visit.proof)
    gone = told in (sending.Refusal.OVER, sending.Refusal.TAKEN)
    page = "link.see" if gone else HERE
    return Back(f"answering_{told}", good=False, page=page, proof=visit.proof)


_ACTS: Mapping[str, Callable[[Visit], Answer]] = {
    "save": _save,
    "insert": _insert,
    "keep_template": _keep_template,
    "drop_template": _drop_template,
    "send": _send,
}


def _words() -> str:
    return drafts.tidy(request.form.get("words", ""))


def _keep(visit: Visit, more: str = "") -> bool:
    """Keep what he has written; whether there is a draft now."""
    words, link = "\n\n".join(each for each in (_words(), more) if each), visit.link
    return drafts.save(visit.conn, visit.desk.box, link.request_id, link.person_id, words, visit.moment) is not None


def _template(visit: Visit) -> Template | None:
    chosen = request.form.get("template", "")
    known = templates.offered(visit.conn, _ward_of(visit), visit.language)
    return next((each for each in known if str(each.id) == chosen), None)


def _ward_of(visit: Visit) -> int:
    return sheet.read(visit.conn, visit.link.request_id).ward_id


@dataclass(frozen=True)
class Page(Answered):
    """The writing page."""

    LONGEST = records.LONGEST

    @cached_property
    def sheet(self) -> sheet.Sheet:
        """The request as its ward sees it."""
        return sheet.read(self.visit.conn, self.visit.link.request_id)

    @property
    def reference(self) -> str:
        """Six digits, in two threes."""
        return f"{self.sheet.reference[:3]} {self.sheet.reference[3:]}"

    @property
    def open_for(self) -> int:
        """For how many seconds of real time more the page may show what the PIN opened; 0: he is signed in."""
        shown = self.visit.proof
        if shown is None or shown.by_account:
            return 0
        return int((shown.until - self.visit.moment.real).total_seconds()) + 1

    @property
    def read_here(self) -> list[tuple[str, str]]:
        """The GP's written messages that he opened just now: when each came, and its words."""
        opened = self.visit.proof.opened if self.visit.proof else frozenset()
        found = [part for part in self.sheet.parts if part.id in opened and not part.is_voice]
        return [(self.time(part.created_at), self._text(part)) for part in found]

    @property
    def unheard(self) -> int:
        """How many messages nobody has heard or read."""
        return sum(part.heard_at is None for part in self.sheet.parts)

    @property
    def words(self) -> str:
        """His draft."""
        return self.draft.words if self.draft else ""

    @cached_property
    def templates(self) -> list[Template]:
        """What he may begin with."""
        return list(templates.offered(self.visit.conn, self.sheet.ward_id, self.visit.language))

    @property
    def outcomes(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """How it may end, by heading: each code with its words."""
        allowed = sending.outcomes_in_writing(self.visit.conn, self.sheet.ward_id, self.sheet.kind)
        return [
            (self.say(f"outcomes_{group}"), [(each.code, self.say(f"outcome_{each.code.lower()}")) for each in found])
            for group in Group
            if (found := [each for each in allowed if each.group is group])
        ]

    def _text(self, part: Part) -> str:
        return sheet.text_of(self.visit.desk.box, part)
