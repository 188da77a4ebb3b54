"""One's own account."""

from flask import Blueprint

from scheduling.accounts import sessions
from web.office.guard import Visitor, signed_in
from web.office.page import page

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> str:
    """What he is called, what he may do, and where he is signed in."""
    found = sessions.of(visitor.conn, visitor.account.id, visitor.token)
    return page(visitor, "account.html", "account", sessions=found)
