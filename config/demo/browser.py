"""A senior's browser, as small as can be: opens a page, fills in one of its forms, keeps its cookies."""

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar

PATIENCE = 10.0  # seconds


class NoSuchForm(Exception):
    """The page does not offer that."""


@dataclass(frozen=True)
class Form:
    """Where it leads, and what it sends by itself."""

    action: str
    hidden: dict[str, str]


@dataclass
class Page(HTMLParser):
    """A page as it came: its forms, the sounds on it, its words."""

    url: str
    forms: list[Form] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(urllib.parse.urljoin(self.url, given.get("action", "")), {}))
        elif tag == "input" and given.get("type") == "hidden" and self.forms:
            self.forms[-1].hidden[given["name"]] = given.get("value", "")
        elif tag == "audio":
            self.sounds.append(urllib.parse.urljoin(self.url, given["src"]))

    def handle_data(self, data: str) -> None:
        self.text = f"{self.text} {data.strip()}" if data.strip() else self.text

    def form(self, part: str) -> Form:
        """The first form whose address contains `part`; NoSuchForm."""
        found = next((form for form in self.forms if part in urllib.parse.urlsplit(form.action).path), None)
        if found is None:
            raise NoSuchForm(part)
        return found


class Browser:
    """One visitor."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def open(self, url: str) -> Page:
        """Follow a link. Raises OSError when the page does not come (urllib.error.HTTPError for its status)."""
        return self._page(urllib.request.Request(url))

    def submit(self, page: Page, part: str, **fields: str) -> Page:
        """Send the form whose address contains `part`, and see where it leads. NoSuchForm, OSError."""
        form = page.form(part)
        body = urllib.parse.urlencode(form.hidden | fields).encode()
        # The page checks where a form comes from.
        return self._page(urllib.request.Request(form.action, body, {"Referer": page.url}))

    def fetch(self, url: str) -> bytes:
        """The bytes of a sound. OSError."""
        with self._opener.open(url, timeout=PATIENCE) as answer:
            return bytes(answer.read())

    def _page(self, request: urllib.request.Request) -> Page:
        with self._opener.open(request, timeout=PATIENCE) as answer:
            page = Page(answer.url)
            page.feed(answer.read().decode())
        return page
