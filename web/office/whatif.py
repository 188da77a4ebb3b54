"""Et si ? What a ward's callers may expect of its rota, of another ring time, of a second line; nothing is saved."""

from flask import Blueprint, request

from callbacks.whatif import asking
from ivr.ringing import RING_SECONDS
from scheduling.rota import Ward
from web.office import whatif_shown
from web.office.guard import Answer, Visitor, editor
from web.office.page import page

blueprint = Blueprint("whatif", __name__, url_prefix="/rota/ward/<slug>/whatif")

RINGS = range(5, 41, 5)  # seconds that may be asked about: beyond, a mobile's voicemail has it


@blueprint.get("")
@editor
def see(visitor: Visitor, slug: str) -> Answer:
    """The last four weeks' calls by the rota as it was, by the one to come, and by what is asked."""
    ward = visitor.ward(slug, edit=True)
    asked = request.args.get("ring", RING_SECONDS, int)
    seconds = asked if asked in RINGS else RING_SECONDS
    second = visitor.ward(request.args["second"]) if request.args.get("second") else None
    look = asking.as_planned(visitor.conn, ward, visitor.moment.now, seconds, second)
    return page(
        visitor,
        "whatif.html",
        "rota",
        ward=ward,
        look=look,
        rows=whatif_shown.rows(visitor, look),
        doubts=list(whatif_shown.doubts(visitor, look, look.replayed)) if look.replayed else [],
        rings=RINGS,
        usual=RING_SECONDS,
        others=_others(visitor, ward),
        second=second.slug if second else "",
    )


def _others(visitor: Visitor, ward: Ward) -> list[Ward]:
    """The hospital's other wards, which may stand behind this one."""
    return [each for each in visitor.wards() if each.hospital == ward.hospital and each.id != ward.id]
