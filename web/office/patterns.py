"""Building a rota from patterns: templates of shifts, who shares them over which days, a preview, and then the rota.

The preview is a GET and writes nothing. To apply it, it is made again; only when it is what was shown is it written.
"""

from flask import Blueprint, abort, request, url_for

from callbacks.whatif import asking
from scheduling import opening_words
from scheduling.opening import BadOpening, Opening
from scheduling.planning import building, desk, team, templates, wording
from scheduling.planning.building import Built, Order
from scheduling.planning.changes import Refused
from scheduling.planning.patterns import Kind, Template, offered
from scheduling.rota import Ward
from web.office import patterns_asked, whatif_shown
from web.office.guard import Answer, Back, Visitor, editor
from web.office.page import page
from web.office.patterns_asked import Choices
from web.office.patterns_shown import Preview, hours_in_words, presets
from web.office.period import today_in
from web.office.whatif_shown import Trial

blueprint = Blueprint("patterns", __name__, url_prefix="/patterns/<slug>")
CONFLICT = 409
UNREADABLE = 422


@blueprint.get("")
@editor
def see(visitor: Visitor, slug: str) -> Answer:
    """The order as it usually is; or, once it is sent, what it would put into the rota."""
    ward = visitor.ward(slug, edit=True)
    choices = _choices(visitor, ward)
    if not patterns_asked.is_order(request.args):
        return _page(visitor, ward, choices, patterns_asked.usual(choices))
    order = patterns_asked.read(request.args, choices)
    faults = order.faults(choices.today)
    built = None if faults else building.build(visitor.conn, ward, order, visitor.moment.now)
    shown = _page(visitor, ward, choices, order, built, *(visitor.say(f"patterns.fault_{fault}") for fault in faults))
    return (shown, UNREADABLE) if faults else shown


@blueprint.post("/apply")
@editor
def apply(visitor: Visitor, slug: str) -> Answer:
    """The preview becomes the rota, whole; if it would no longer be what was shown, the new one is shown instead."""
    ward = visitor.ward(slug, edit=True)
    desk.hold(visitor.conn, [ward.id])  # nobody changes it between the look and the deed
    choices = _choices(visitor, ward)
    order = patterns_asked.read(request.form, choices)
    if order.faults(choices.today):
        abort(400)
    built = building.build(visitor.conn, ward, order, visitor.moment.now)
    if built.plan.fingerprint != request.form.get("fingerprint"):
        return _page(visitor, ward, choices, order, built, visitor.say("patterns.changed_meanwhile")), CONFLICT
    why = request.form.get("why", "")
    plan = built.plan
    done = desk.apply(visitor.conn, visitor.moment, visitor.by, ward.id, "rota.pattern", plan.removed, plan.added, why)
    if isinstance(done, Refused):
        said = wording.all_said(done.remarks, visitor.language)
        return _page(visitor, ward, choices, order, built, *said), UNREADABLE
    to = url_for("rota.ward", slug=slug, month=f"{order.first:%Y-%m}")
    return Back(to, "patterns.applied", values={"count": len(plan.added), "ward": ward.name})


@blueprint.get("/templates")
@editor
def see_templates(visitor: Visitor, slug: str) -> Answer:
    """The ward's templates, and a form for one more."""
    return _templates(visitor, visitor.ward(slug, edit=True))


@blueprint.post("/templates")
@editor
def add_template(visitor: Visitor, slug: str) -> Answer:
    """One more."""
    ward = visitor.ward(slug, edit=True)
    try:
        template = _typed()
    except BadOpening as bad:
        fault = visitor.say(f"patterns.hours_{bad.code}", part=bad.part)
        return _templates(visitor, ward, fault), UNREADABLE
    refusal = templates.add(visitor.conn, visitor.moment, visitor.by, ward, template)
    if refusal is not None:
        return _templates(visitor, ward, visitor.say(f"patterns.refused_{refusal}", name=template.name)), UNREADABLE
    return Back(url_for("patterns.see_templates", slug=slug), "patterns.template_added", values={"name": template.name})


@blueprint.post("/templates/offered")
@editor
def take_offered(visitor: Visitor, slug: str) -> Answer:
    """The usual set, for a ward that has no template yet."""
    ward = visitor.ward(slug, edit=True)
    ranks = {"1": 1, "2": 2, "3": 3}.get(request.form.get("ranks", "1"), 1)
    names = {kind: visitor.say(f"patterns.kind_{kind}") for kind in Kind}
    made = templates.add_offered(visitor.conn, visitor.moment, visitor.by, ward, names, ranks)
    return Back(url_for("patterns.see", slug=slug), "patterns.offered_taken", values={"count": made})


@blueprint.post("/templates/<int:template_id>/remove")
@editor
def remove_template(visitor: Visitor, slug: str, template_id: int) -> Answer:
    """Forget one; its shifts stay."""
    ward = visitor.ward(slug, edit=True)
    gone = templates.remove(visitor.conn, visitor.moment, visitor.by, ward, template_id)
    to = url_for("patterns.see_templates", slug=slug)
    return Back(to, "patterns.template_removed", values={"name": gone.name}) if gone else Back(to)


def _typed() -> Template:
    """What was typed; BadOpening."""
    kind = request.form.get("kind", "")
    rank = request.form.get("rank", "")
    return Template(
        name=" ".join(request.form.get("name", "").split()),
        kind=Kind(kind) if kind in set(Kind) else abort(400),
        bands=Opening.parse(opening_words.typed(request.form.get("hours", ""))).bands,
        rank=int(rank) if rank in ("1", "2", "3") else abort(400),
    )


def _choices(visitor: Visitor, ward: Ward) -> Choices:
    members = team.of_wards(visitor.conn, [ward.id])
    stored = templates.of_ward(visitor.conn, ward.id)
    today = today_in(ward.timezone, visitor.moment.now)
    return Choices(members, stored, today)


def _page(
    visitor: Visitor, ward: Ward, choices: Choices, order: Order, built: Built | None = None, *faults: str
) -> str:
    return page(
        visitor,
        "patterns.html",
        "rota",
        ward=ward,
        choices=choices,
        order=order,
        fields=patterns_asked.fields(order),
        places={person_id: place for place, person_id in enumerate(order.seniors, 1)},
        look_backs=patterns_asked.LOOK_BACKS,
        presets=presets(visitor, ward, order, choices.today),
        offered=_offered(visitor, ward),
        hours=lambda template: hours_in_words(template, visitor.language),
        preview=None if built is None else Preview(ward, built, visitor.language),
        remarks=[] if built is None else wording.all_said(built.warnings, visitor.language),
        tried=None if built is None or not built.changes else _tried(visitor, ward, built),
        faults=faults,
    )


def _tried(visitor: Visitor, ward: Ward, built: Built) -> Trial:
    """What it would do for those who call."""
    edges = [(each.start, each.end) for each in (*built.added, *(held.shift for held in built.removed))]
    stretch = min(start for start, _ in edges), max(end for _, end in edges)
    shifts = [*(held.shift for held in built.kept), *built.added]
    return whatif_shown.trial(visitor, asking.instead(visitor.conn, ward, visitor.moment.now, stretch, shifts))


def _offered(visitor: Visitor, ward: Ward) -> list[Template]:
    return [
        Template(visitor.say(f"patterns.kind_{kind}"), kind, bands) for kind, bands in offered(ward.opening).items()
    ]


def _templates(visitor: Visitor, ward: Ward, fault: str = "") -> str:
    return page(
        visitor,
        "templates.html",
        "rota",
        ward=ward,
        templates=templates.of_ward(visitor.conn, ward.id),
        kinds=tuple(Kind),
        hours=lambda template: hours_in_words(template, visitor.language),
        typed=request.form,
        fault=fault,
    )
