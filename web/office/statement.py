"""The accessibility statement that a French public service must publish (decree 2019-768): what is true, no more."""

from typing import cast

from flask import Blueprint, current_app

from callbacks.house import Desk
from config import numbers
from config.doors import anyone
from web.office import outside

blueprint = Blueprint("statement", __name__)


@blueprint.get("/accessibility")
@anyone
def see() -> str:
    """Where the pages stand, how that was found out, whom to tell, and who helps when nobody answers."""
    house = cast(Desk, current_app.extensions["desk"]).house
    return outside.show(
        "statement.html",
        switchboard=numbers.national(house.switchboard) if house.switchboard else "",
        dial=house.switchboard or "",
    )
