"""The office's pages: what every one of them is handed, and which of them this visitor finds in its head."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, render_template
from werkzeug.exceptions import HTTPException

from config.doors import who_may_enter
from scheduling.accounts.roles import Role
from web.office.guard import LETS_IN, Visitor

# In the order of the day: who rings now, what is to be done about it, and what it rests on.
SECTIONS = ("now", "rota", "checks", "wards", "people", "practitioners", "trail", "accounts")


@dataclass(frozen=True)
class Item:
    """A way to another section."""

    section: str
    url: str


def page(visitor: Visitor, template: str, section: str, **values: object) -> str:
    """A page of the office as HTML; `section` is the one that is lit in its head ("": none)."""
    return render_template(
        f"office/{template}",
        visitor=visitor,
        say=visitor.say,
        language=visitor.language,
        nav=list(_ways(visitor.account.role)),
        section=section,
        **values,
    )


def _ways(role: Role) -> Iterator[Item]:
    """The sections that are there and let him in."""
    routes = current_app.url_map.bind("")
    for section in SECTIONS:
        try:
            endpoint, _ = routes.match(f"/{section}", "GET")
        except HTTPException:
            continue
        if role in LETS_IN.get(who_may_enter(current_app, endpoint), ()):
            yield Item(section, f"/{section}")
