"""A browser without scripts: follows a link, reads the page, fills in a form, presses its button, keeps cookies."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import IO
from urllib.parse import urlencode, urljoin

PATIENCE = 10.0


@dataclass
class Form:
    """A form of a page: its own fields as they stand, and the words on its button."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    button: str = ""


class Reader(HTMLParser):
    """All forms, all sounds and all words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.sounds: list[str] = []
        self.words: list[str] = []
        self._select = ""
        self._button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag in ("audio", "source") and "src" in given:
            self.sounds.append(given["src"])
        elif self.forms:
            self._inside(tag, given)

    def _inside(self, tag: str, given: dict[str, str]) -> None:
        form = self.forms[-1]
        if tag == "select":
            self._select = given.get("name", "")
        elif tag == "option":
            form.choices.setdefault(self._select, []).append(given.get("value", ""))
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag in ("input", "textarea") and "name" in given:
            form.fields[given["name"]] = given.get("value", "")
        elif tag == "button":
            self._button = True
            if "name" in given:
                form.choices.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._button = self._button and tag != "button"

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button:
            self.forms[-1].button += data.strip()


@dataclass
class Page:
    """What stands on the screen."""

    url: str
    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._read().words).split())

    @property
    def forms(self) -> list[Form]:
        return self._read().forms

    @property
    def sounds(self) -> list[str]:
        return [urljoin(self.url, source) for source in self._read().sounds]

    def form(self, button: str) -> Form:
        """The form whose button says so."""
        for form in self.forms:
            if button in form.button:
                return form
        raise AssertionError(f"no button says {button!r}, only {[form.button for form in self.forms]}: {self.text}")

    def _read(self) -> Reader:
        reader = Reader()
        reader.feed(self.body.decode())
        return reader


class Visitor:
    """One person's telephone, with its cookies."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def opens(self, url: str) -> Page:
        return self._fetch(urllib.request.Request(url))

    def presses(self, page: Page, button: str, **filled: str) -> Page:
        """The page that comes after the button, redirects followed."""
        form = page.form(button)
        assert form.method == "post", "a button that changes something is a POST"
        body = urlencode(form.fields | filled).encode()
        return self._fetch(urllib.request.Request(urljoin(page.url, form.action), body))

    def _fetch(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=PATIENCE) as reply:
                return _page(reply, reply.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return _page(refused, refused.code)


def _page(reply: "IO[bytes]", status: int) -> Page:
    headers = getattr(reply, "headers", {})
    return Page(str(getattr(reply, "url", "")), status, headers.get("Content-Type", ""), reply.read())
