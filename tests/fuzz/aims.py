"""Shots at the doors for people: each door as each role, with the forms of its own pages, spoiled."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, urlsplit

from werkzeug.exceptions import HTTPException

from config.doors import Who
from tests.fuzz import fields, forms, hostile, pages, samples
from tests.fuzz.forms import File
from tests.fuzz.furniture import OFFICE
from tests.fuzz.shots import Shot
from tests.fuzz.world import Door, World

# Whom a door is meant for.
MEANT: Mapping[Who, tuple[str, ...]] = {
    Who.LINK: ("holder", "proved"),
    Who.PIN: ("proved", "proved", "holder"),
    Who.GP: ("guest",),
    Who.HALFWAY: ("halfway",),
    Who.READER: ("admin", "editor", "reader", "switchboard"),
    Who.EDITOR: ("admin", "editor"),
    Who.ADMIN: ("admin",),
}
ROLES = ("nobody", "holder", "proved", "guest", "halfway", *OFFICE)
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "GET", "POST", "\xe9", "A" * 100)
ODD_HEADERS = {
    "Accept-Language": ("fr", "en;q=nan", "*;q=1e9", "x" * 5000, "é", "fr;q=\x00"),
    "Cookie": ("rappel24=.eJ", "rappel24=", "rappel24=" + "a" * 5000, "é=é", ";;;=", "session=1; rappel24=x"),
    "X-Forwarded-For": ("127.0.0.1", "é", "10.0.0.1, " * 500, "::1"),
    "X-Forwarded-Host": ("evil.example",),
    "Host": ("evil.example", "", "localhost:99999", "a@b", "[::1", "é", "x" * 3000),
    "Range": ("bytes=0-", "bytes=5-1", "bytes=-1", "bytes=0-0,1-1," + "2-2," * 500, "x", "bytes=99999999999999999999-"),
    "If-Range": ("Thu, 01 Jan 1970 00:00:00 GMT", "x"),
    "If-Modified-Since": ("Thu, 99 Jan 99999 00:00:00 GMT", "x", "0"),
    "If-None-Match": ('W/"', "*", '"' + "a" * 3000),
    "X-CSRFToken": ("", "x", "é", "a" * 3000),
    "X-HTTP-Method-Override": ("DELETE",),
    "Referer": ("http://evil.example/", "é", "/"),
    "Content-Length": ("0", "-1", "1", "x", "99999999999", "9" * 400, "٣"),
    "Transfer-Encoding": ("chunked", "identity"),
    "Content-Encoding": ("gzip", "br"),
    "Expect": ("100-continue",),
    "Authorization": ("Basic YTpi", "Basic é", "Bearer x"),
    "X-By-Itself": ("1",),
    "Accept": ("application/json", "text/html;q=x", "é"),
}


@dataclass
class Known:
    """What is known of the forms of each door: as they stood in the pages that were seen in this house."""

    world: World
    forms: dict[str, list[dict[str, list[str]]]] = field(default_factory=lambda: defaultdict(list))
    seen: set[int] = field(default_factory=set)

    def reads(self, page: str) -> None:
        """Look for forms in a page; one that looks like an earlier one is passed over."""
        likeness = hash(page[:200]) ^ len(page) // 64
        if likeness in self.seen or len(self.seen) > 400:
            return
        self.seen.add(likeness)
        adapter = self.world.app.url_map.bind("localhost")
        for form in pages.forms(page):
            try:
                endpoint, _ = adapter.match(urlsplit(form.action).path, method=form.method)
            except HTTPException:
                continue
            known = self.forms[f"{form.method} {endpoint}"]
            if len(known) < 12:
                known.append(form.choices)


@dataclass(frozen=True)
class Aim:
    """Makes shots at the doors for people. What it does is decided by `rng` alone, and by the pages that were read."""

    rng: Random
    known: Known

    def at(self, door: Door, *, outside: bool = False) -> Shot:
        """One shot at this door; from `outside`: by somebody who may not enter."""
        rng = self.rng
        role = "nobody" if outside else rng.choice(MEANT.get(door.who, ROLES) if rng.random() < 0.8 else ROLES)
        method = rng.choice(METHODS) if rng.random() < 0.03 else door.method
        target, headers = self.path(door, spoil=0.12, forged=outside), self._headers()
        said = self._fields(door)
        if door.method == "GET":
            query = forms.urlencoded(said).decode() if said else ""
            return Shot(role, method, f"{target}?{query}" if query else target, headers, place=self._place(),
                        door=door.name)  # fmt: skip
        if rng.random() < 0.95:
            said.append(("csrf_token", self.known.world.furniture.form_token))
        if rng.random() < 0.1:
            headers["X-CSRFToken"] = self.known.world.furniture.form_token
        body, kind = forms.written(rng, said, self._files(door))
        return Shot(role, method, target, {"Content-Type": kind} | headers, body, place=self._place(), door=door.name)

    def path(self, door: Door, *, spoil: float = 0.0, forged: bool = False) -> str:
        """The door's path with its variables filled in; with that chance one of them is spoiled."""
        rng, filled = self.rng, self.known.world.path(door)
        if filled and rng.random() < spoil:
            name = rng.choice(sorted(filled))
            filled[name] = hostile.value(rng, filled[name])
        if forged and "token" in filled:
            other = hostile.value(rng, filled["token"])
            filled["token"] = other if other != filled["token"] and rng.random() < 0.5 else "1aaaaaaaaaaaa"
        path = door.rule
        for name, value in filled.items():
            path = re.sub(rf"<([^<>]*:)?{name}>", lambda _, value=value: value, path)  # type: ignore[misc]
        return quote(path, safe="/%", errors="surrogatepass")

    def _headers(self) -> dict[str, str]:
        rng = self.rng
        if rng.random() > 0.08:
            return {}
        name = rng.choice(tuple(ODD_HEADERS))
        return {name: rng.choice(ODD_HEADERS[name])}

    def _fields(self, door: Door) -> list[tuple[str, str]]:
        """As a form of its pages would be sent; then with faults."""
        rng, shown = self.rng, self.known.forms.get(f"{door.method} {door.endpoint}")
        said: list[tuple[str, str]] = []
        if shown and rng.random() < 0.85:
            said = [(name, rng.choice(values)) for name, values in rng.choice(shown).items() if name != "csrf_token"]
        asked = [name for name in fields.asked(door.endpoint) if name not in ("csrf_token", "file")]
        if asked and (not said or rng.random() < 0.3):
            said += [
                (name, hostile.value(rng)) for name in rng.sample(asked, min(len(asked), rng.choice((1, 2, 4, 8))))
            ]
        return self._spoiled(said)

    def _spoiled(self, said: list[tuple[str, str]]) -> list[tuple[str, str]]:
        rng = self.rng
        for _ in range(rng.choice((0, 1, 1, 1, 2, 4)) if said else 0):
            at = rng.randrange(len(said))
            name, value = said[at]
            match rng.randrange(12):
                case 0:
                    del said[at]
                    if not said:
                        break
                case 1:
                    said.insert(at, (name, hostile.value(rng, value)))
                case 2:
                    said[at] = (hostile.value(rng, name)[:200], value)
                case 3:
                    said[at] = (name, rng.choice(said)[1])
                case 4:
                    said[at] = (name, rng.choice(sorted(self.known.world.furniture.values.values())))
                case _:
                    said[at] = (name, hostile.value(rng, value))
        if rng.random() < 0.003:
            said += [(f"x{n}", "") for n in range(2000)]
        return said

    def _files(self, door: Door) -> list[File]:
        if "file" not in fields.asked(door.endpoint) or self.rng.random() < 0.05:
            return []
        return [samples.upload(self.rng, door.rule)]

    def _place(self) -> str:
        """Each from elsewhere: who tries too often from one place is sent away before he is looked at."""
        rng = self.rng
        return f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
