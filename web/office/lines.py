"""The lines, for anybody: which ward has which code, when it is open, when that was checked; and cards to print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from flask import Blueprint, abort, current_app, request

from callbacks import kind_offers
from callbacks.house import Desk
from callbacks.kinds import store as kinds
from callbacks.kinds.kind import Kind
from config import numbers
from config.doors import anyone
from scheduling import lines, opening_words
from scheduling.lines import House, Line
from scheduling.opening import Opening
from web.office import outside
from web.office.rota_words import written
from web.office.wards_shown import hours
from web.qr import qr

blueprint = Blueprint("lines", __name__, url_prefix="/lignes")

ON_A_FACE = 45  # codes on one side of a card: three columns of fifteen
ON_A_SHEET = 5  # cards on a sheet of A4


@dataclass(frozen=True)
class Anybody:
    """Who needs no account, and what he reads."""

    language: str

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the catalogue in it."""
        return outside.say(key, **values)

    def hours(self, opening: Opening) -> list[str]:
        """Opening hours, a sentence a band."""
        return hours(self, opening)

    def short(self, opening: Opening) -> str:
        """The same for a card: lun-ven 08:30-18:30."""
        return opening_words.shown(str(opening), self.language) or self.say("lines.always")

    def day(self, day: date) -> str:
        """A day of the calendar: 23 novembre 2026."""
        return written(day, "d MMMM y", self.language)


@dataclass(frozen=True)
class Found:
    """The hospitals, and what may be asked of each besides advice, by its id."""

    houses: list[House]
    kinds: Mapping[int, Mapping[str, Kind]]

    def keys(self, house: House) -> list[tuple[str, str]]:
        """What is keyed after the ward: the kind's name in the voice's catalogue, and its key; the menu last."""
        return [(f"voice.kind_{code}", key) for code, key in kind_offers.offers(self.kinds[house.id])]

    def menu(self, house: House) -> list[tuple[str, str]]:
        """What stands in the menu."""
        return [(f"voice.kind_{code}", key) for code, key in kind_offers.menu(self.kinds[house.id])]


@blueprint.get("")
@anyone
def see() -> str:
    """Every hospital's lines, and how to reach them."""
    found = _found()
    return _show("lines.html", houses=found.houses, found=found)


@blueprint.get("/affiche")
@anyone
def poster() -> str:
    """One hospital's codes on a sheet of A4."""
    found = _found()
    house = _chosen(found.houses)
    return _show("lines_poster.html", house=house, found=found)


@blueprint.get("/cartes")
@anyone
def cards() -> str:
    """The same on cards of the size of a bank card, to cut out and fold: the number outside, the codes inside."""
    found = _found()
    house = _chosen(found.houses)
    return _show("lines_cards.html", house=house, found=found, cards=sheet(house))


def sheet(house: House) -> list[tuple[Line, ...]]:
    """The codes of each card on a sheet: the same card as often as it fits, or several that belong together."""
    faces = [house.lines[first : first + ON_A_FACE] for first in range(0, len(house.lines), ON_A_FACE)]
    return faces * max(ON_A_SHEET // len(faces), 1)


def _found() -> Found:
    with _desk().engine.begin() as conn:
        houses = lines.public(conn)
        return Found(houses, {house.id: kinds.every(conn, house.id) for house in houses})


def _chosen(houses: list[House]) -> House:
    """The hospital that was asked for, the first when none was; 404 when there is no such hospital."""
    asked = request.args.get("hospital", 0, int)
    return next((house for house in houses if asked in (0, house.id)), None) or abort(404)


def _desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])


def _show(template: str, **values: object) -> str:
    house = _desk().house
    address = f"{house.public_url}/lignes"
    return outside.show(
        template,
        reader=Anybody(outside.language()),
        line=numbers.national(house.line_number),
        dial=house.line_number,
        sms=numbers.national(house.sms_sender) if house.hears_replies else "",
        mail=house.mail_address or "",
        address=address,
        menu_key=kind_offers.MENU,
        code_of_line=qr(f"tel:{house.line_number}", fills=True),
        code_of_page=qr(address, fills=True),
        **values,
    )
