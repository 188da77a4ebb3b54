"""Doctors who ask to be on file: an administrator compares what each says with the directory, and says yes or no."""

import re
from functools import partial
from uuid import UUID

from flask import Blueprint, request, url_for

from callbacks import registering
from callbacks.registering import Welcomed
from config import numbers
from config.numbers import PARIS
from scheduling.directories import newcomers
from scheduling.importing.practitioners import luhn
from web.office import entries
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

_NEW = "new"  # none of those who are alike
blueprint = Blueprint("registrations", __name__, url_prefix="/registrations")


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """Who proved himself and waits, the longest first; beside each, who on file may be him."""
    return page(
        visitor,
        "directories/registrations.html",
        "practitioners",
        found=registering.waiting(visitor.conn, visitor.desk.box),
        national=numbers.national,
        luhn=luhn,
        proved=newcomers.proved,
        when=partial(entries.when, visitor, zone=PARIS),
        public=f"{visitor.desk.house.public_url}{url_for('enrolment.see')}",
    )


@blueprint.post("/<uuid:registration_id>")
@admin
def decide(visitor: Visitor, registration_id: UUID) -> Answer:
    """On file, as somebody new or joined with who he is already, as was chosen; or not."""
    here = url_for("registrations.see")
    if request.form.get("do") == "refuse":
        over = registering.refuse(visitor.conn, visitor.moment, visitor.by, registration_id)
        return Back(here, f"partners.registration_{over or 'refused'}", good=over is None)
    desk, into = visitor.desk, request.form.get("into", "")
    if into != _NEW and re.fullmatch(r"[0-9]{1,9}", into) is None:
        return Back(here, "partners.registration_choose", good=False)
    answer = (visitor.conn, visitor.moment, desk.house, desk.box, visitor.by, registration_id)
    done = registering.approve(*answer, into=None if into == _NEW else int(into))
    if not isinstance(done, Welcomed):
        return Back(here, f"partners.registration_{done}", good=False)
    to = url_for("practitioners.practitioner", practitioner_id=done.practitioner_id)
    return Back(to, "partners.registration_approved", bell=("deliver", done.outbox_id))
