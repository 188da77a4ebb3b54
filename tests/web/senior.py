"""A senior at a browser without a screen: she opens links, fills forms in as they stand on the page, and reads."""

import re
from dataclasses import dataclass, field
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
TAGS = re.compile(r"<[^>]+>")


@dataclass
class Senior:
    """What she holds: a browser with its cookies, and the page she looks at."""

    browser: FlaskClient
    path: str
    page: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def opens(self, query: str = "") -> "Senior":
        """She taps the link."""
        return self._reads(self.browser.get(self.path + query))

    def sends(self, door: str, **fields: str) -> "Senior":
        """She sends the form whose address ends so, from the page before her, and follows where it leads."""
        offered = [(action, body) for action, body in FORM.findall(self.page) if f"/{door}" in action]
        # A form that is not offered to her: she sends it all the same.
        action, body = offered[0] if offered else (f"{self.path}/{door}", self.page)
        token = TOKEN_FIELD.search(body)
        fields = {"csrf_token": token[1] if token else "", **fields}
        return self._reads(self.browser.post(unescape(action), data=fields, follow_redirects=True))

    def gives_pin(self, pin: str) -> "Senior":
        """She gives her PIN."""
        return self.sends("pin", pin=pin)

    def chooses_pin(self, pin: str, again: str | None = None) -> "Senior":
        """She sets her first PIN."""
        return self.sends("pin/first", pin=pin, again=pin if again is None else again)

    def reads(self, words: str) -> bool:
        """Whether the words stand on her page, whatever the markup between them."""
        return words in self.text

    @property
    def text(self) -> str:
        """Her page without its markup."""
        return " ".join(unescape(TAGS.sub(" ", self.page)).split())

    def offered(self, door: str) -> bool:
        """Whether a form leads there."""
        return any(action.split("?")[0].endswith(f"/{door}") for action, _ in FORM.findall(self.page))

    def _reads(self, reply: TestResponse) -> "Senior":
        self.page, self.status = reply.text, reply.status_code
        self.headers = dict(reply.headers)
        return self
