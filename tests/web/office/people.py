"""Somebody at a browser without a screen, who has no session yet: she follows what the pages say."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from scheduling.accounts import credentials

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
SECRET = re.compile(r'<code class="mono secret">([A-Z2-7 ]+)</code>')
CODES = re.compile(r'<li><code class="mono">([a-z0-9-]+)</code></li>')
TAGS = re.compile(r"<[^>]+>")
NEARLY_OVER = 4.0  # seconds: a busy machine takes as long to check her password
PASSWORD = "trois pommes sur un toit"


@dataclass
class Person:
    """What she holds: a browser, the page before her, her application's secret, her recovery codes."""

    browser: FlaskClient
    engine: Engine
    reply: TestResponse | None = None
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    def opens(self, url: str) -> "Person":
        """She goes there, and where it leads."""
        return self._reads(self.browser.get(url, follow_redirects=True))

    def sends(self, url: str, **form: str) -> "Person":
        """She sends a form from the page before her, and follows where it leads."""
        found = TOKEN.search(self.page)
        data: dict[str, Any] = {"csrf_token": unescape(found[1]) if found else "", **form}
        return self._reads(self.browser.post(url, data=data, follow_redirects=True))

    def comes_with(self, link: str, password: str = PASSWORD) -> "Person":
        """She opens her invitation and chooses her password."""
        return self.opens(link).sends(link, password=password, again=password)

    def enrols(self) -> "Person":
        """She puts the secret of the page into her application, types its code, and copies the recovery codes."""
        found = SECRET.search(self.page)
        assert found, self.text
        self.secret = found[1].replace(" ", "")
        self.sends("/signin/application", code=self.code())
        self.codes = CODES.findall(self.page)
        return self

    def signs_in(self, email: str, password: str = PASSWORD, code: str | None = None) -> "Person":
        """Address, password, and the code of her application; it leads to her account."""
        self.opens("/signin").sends("/signin", email=email, password=password, next="/account")
        if not self.is_at("/signin/code"):
            return self
        return self.sends("/signin/code", code=code or self.code())

    def code(self, periods: int = 0) -> str:
        """What her application shows now, or so many periods later; not at a period's very end, when she waits."""
        with self.engine.connect() as conn:
            real: datetime = conn.execute(text("select real_now()")).scalar_one()
        left = credentials.PERIOD - real.timestamp() % credentials.PERIOD
        if left < NEARLY_OVER:
            time.sleep(left)
            return self.code(periods)
        moment = datetime.fromtimestamp(real.timestamp() + periods * credentials.PERIOD, UTC)
        return credentials.code_at(self.secret, moment)

    @property
    def page(self) -> str:
        """The page as HTML."""
        return self.reply.text if self.reply is not None else ""

    @property
    def text(self) -> str:
        """The page without its markup."""
        return " ".join(unescape(TAGS.sub(" ", self.page)).split())

    @property
    def status(self) -> int:
        """Of the last answer."""
        return self.reply.status_code if self.reply is not None else 0

    def is_at(self, path: str) -> bool:
        """Whether that page is before her."""
        return self.reply is not None and self.reply.request.path == path

    def is_in(self) -> bool:
        """Whether the office lets her in."""
        return self.browser.get("/account").status_code == 200

    def _reads(self, reply: TestResponse) -> "Person":
        self.reply = reply
        return self
