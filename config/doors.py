"""Every door says who may enter, even "anyone"; the application does not start with a door that is silent."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., object])
_MARK = "_who_may_enter"


class Who(StrEnum):
    """Who may come in. Written on the guard that checks it, never beside a check that is missing."""

    ANYONE = "anyone"
    CARRIER = "carrier"  # a request the carrier signed
    MAILER = "mailer"  # who brings letters that came to us, and signed them
    CALL = "call"  # the carrier, for a live call in which a senior has proved his PIN
    LINK = "link"  # who holds the link of an alert
    GP = "gp"  # a GP who holds a link of his: of a request, an answer, a poll
    PIN = "pin"  # who holds the link and has proved his PIN
    FEED = "feed"  # who holds the link of a calendar
    INVITED = "invited"  # who holds an invitation that is open
    HALFWAY = "halfway"  # who has given his password a moment ago, and not yet his code
    READER = "reader"  # every account that is signed in
    EDITOR = "editor"  # accounts that edit the rota of some ward, and administrators
    ADMIN = "admin"  # administrators


class SilentDoor(RuntimeError):
    """A route that does not say who may enter; names the endpoint."""


def admits(who: Who) -> Callable[[View], View]:
    """Mark a guard (a wrapped view, or a blueprint's `before_request`) with whom it lets in."""

    def mark(guard: View) -> View:
        setattr(guard, _MARK, who)
        return guard

    return mark


anyone = admits(Who.ANYONE)


def who_may_enter(app: Flask, endpoint: str) -> Who:
    """Whom `endpoint` lets in, by its own word or its blueprint's guard; raises SilentDoor."""
    blueprint = endpoint.rpartition(".")[0]
    for guard in (app.view_functions[endpoint], *app.before_request_funcs.get(blueprint, ())):
        who = getattr(guard, _MARK, None)
        if isinstance(who, Who):
            return who
    raise SilentDoor(f"{endpoint} does not say who may enter")


def doors(app: Flask) -> dict[str, Who]:
    """Whom each endpoint lets in; raises SilentDoor at the first that does not say."""
    return {rule.endpoint: who_may_enter(app, rule.endpoint) for rule in app.url_map.iter_rules()}
