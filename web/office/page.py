"""The office's pages: what every one of them is handed, and which of them this visitor finds in its head."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, render_template, url_for

from config.doors import who_may_enter
from scheduling.accounts.roles import Role
from web.office.guard import LETS_IN, Visitor

# In the order of the day: who rings now, what is to be done about it, and what it rests on; each with its first page.
SECTIONS = {
    "now": "now.see",
    "requests": "board.see",
    "rota": "rota.find",
    "checks": "checks.see",
    "wards": "wards.see",
    "people": "people.see",
    "practitioners": "practitioners.see",
    "figures": "figures.see",
    "trail": "trail.see",
    "privacy": "readings.see",
    "ladders": "ladders.see",
    "accounts": "accounts.see",
}

# What stands below a section, on top of each of its pages.
BELOW = {
    "ladders": {"ladders": "ladders.see", "kinds": "kinds.see"},
    "practitioners": {
        "practitioners": "practitioners.see",
        "practices": "practices.see",
        "registrations": "registrations.see",
    },
    "figures": {"figures": "figures.see", "evaluation": "evaluation.see"},
    "privacy": {"readings": "readings.see", "information": "information.see", "retention": "retention.see"},
}


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
        below=list(_below(section, visitor.account.role)),
        **values,
    )


def _ways(role: Role) -> Iterator[Item]:
    """The sections that let him in."""
    for section, endpoint in SECTIONS.items():
        if role in LETS_IN[who_may_enter(current_app, endpoint)]:
            yield Item(section, url_for(endpoint))


def _below(section: str, role: Role) -> Iterator[Item]:
    """Those that are there and let him in; one alone leads nowhere else."""
    ways = [(name, to) for name, to in BELOW.get(section, {}).items() if to in current_app.view_functions]
    let_in = [(name, to) for name, to in ways if role in LETS_IN[who_may_enter(current_app, to)]]
    if len(let_in) > 1:
        yield from (Item(name, url_for(to)) for name, to in let_in)
