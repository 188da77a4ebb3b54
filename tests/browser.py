"""A real browser for tests: whether there is one, the screens it shows, and the application on a port of its own."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, ViewportSize
from werkzeug.serving import make_server

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
TELEPHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(
        PROGRAM is None and os.environ.get("REQUIRE_BROWSER") != "1", reason="no chromium on this machine"
    ),
]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def is_accessible(page: Page, name: str) -> None:
    """No fault that axe knows, nothing wider than the screen; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert found == [], (name, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found])
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
