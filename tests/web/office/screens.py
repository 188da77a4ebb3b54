"""The office on a real screen: who sits before it is signed in; axe reads the page, and it must fit."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.browser import DESK
from tests.browser import is_accessible as is_accessible

_COOKIE = "rappel24"
_OUR_REFUSALS = ("409", "422")  # the browser itself reports the status of a form that is shown again


@dataclass
class Seats:
    """Browsers for whoever has an account. `said`: what their consoles complained of."""

    chromium: Browser
    site: str
    browse: Callable[[str], FlaskClient]
    said: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def sit(self, name: str, screen: ViewportSize = DESK) -> Page:
        """A page in which that account is signed in; "": nobody."""
        context = self.chromium.new_context(
            base_url=self.site, viewport=screen, locale="fr-FR", timezone_id="Europe/Paris"
        )
        self._contexts.append(context)
        if name:
            cookie = self.browse(name).get_cookie(_COOKIE)
            assert cookie is not None
            context.add_cookies([{"name": _COOKIE, "value": cookie.value, "url": self.site}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if not any(status in message.text for status in _OUR_REFUSALS):
            self.said.append(message.text)

    def close(self) -> None:
        """Everybody leaves."""
        for context in self._contexts:
            context.close()


@dataclass
class Keyboard:
    """Somebody without a mouse. `strokes` counts what he pressed; a text or a date counts as its keys."""

    page: Page
    strokes: int = 0

    def goes_to(self, role: str, name: str) -> None:
        """Tab until that control has the focus; a control that the keyboard does not reach fails."""
        wanted = self.page.get_by_role(role, name=name, exact=True).element_handle()  # type: ignore[arg-type]
        for _ in range(200):
            self.press("Tab")
            if self.page.evaluate("element => element === document.activeElement", wanted):
                return
        raise AssertionError(f"the keyboard does not reach {role} “{name}”")

    def press(self, key: str) -> None:
        """One key."""
        self.strokes += 1
        self.page.keyboard.press(key)

    def types(self, text: str) -> None:
        """Several."""
        self.strokes += len(text)
        self.page.keyboard.type(text)
