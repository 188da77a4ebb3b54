"""What strangers try at the web itself: to stand for others, to slip a script in, to lead elsewhere."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

import web
from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from config.app import Parts, assemble
from config.crypto import Box
from config.queue import connect
from tests.engines import Engines
from tests.web.conftest import TOKEN, Bell, Ward
from tests.web.test_doors import FORGED, Door, Role, every_door, filled
from web import headers

TEMPLATES = sorted((Path(web.__file__).parent / "templates").rglob("*.html"))
# What would need a policy that lets a page run or dress itself, and with it whatever slips into the page.
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<base\b|<iframe|<object|<embed"
    r"|src\s*=\s*[\"']?(?:https?:)?//|href\s*=\s*[\"']?data:",
    re.IGNORECASE,
)
ELSEWHERE = "evil.example"
GUESS = f"/r/{FORGED}"
Behind = Callable[[int], FlaskClient]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_holds_a_script_a_style_or_anything_of_another_site(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not INLINE.findall(text)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)


@pytest.mark.parametrize(
    "slip",
    [
        "<script>alert(1)</script>",
        '<p style="x">',
        '<a onclick="x">',
        '<img src="//evil.example/a.png">',
        "<BASE href=x>",
    ],
)
def test_the_look_for_inline_scripts_would_find_one(slip: str) -> None:
    assert INLINE.search(slip)


def test_every_door_forbids_the_browser_what_no_page_needs(app: Flask) -> None:
    """Also where it refuses, fails, or is not there at all."""
    visitor = app.test_client()
    nobody = Role(visitor, FORGED, uuid4())
    paths = [(door.method, filled(door.path, nobody)) for door in every_door(app)]
    missing = []
    for method, path in [*paths, ("GET", "/nowhere"), ("PUT", "/signin"), ("TRACE", "/")]:
        with visitor.open(path, method=method) as reply:
            said = {name: reply.headers.get(name) for name in headers.HEADERS}
            policy = reply.headers.get("Content-Security-Policy", "")
        if said != headers.HEADERS or policy not in (headers.POLICY, headers.SCRIPT_POLICY):
            missing.append(f"{method} {path}")
    assert not missing
    assert len(paths) > 100


@pytest.mark.parametrize("policy", [headers.POLICY, headers.SCRIPT_POLICY])
def test_no_policy_lets_a_page_run_what_stands_in_it(policy: str) -> None:
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert set(" ".join(rules.values()).split()) == {"'none'", "'self'"}


@pytest.mark.parametrize("path", ["/", "/signin?next=/board", "/now", "/nowhere", GUESS])
def test_the_host_that_a_visitor_names_stands_in_no_answer(app: Flask, path: str) -> None:
    forged = {"Host": ELSEWHERE, "X-Forwarded-Host": ELSEWHERE, "Forwarded": f"host={ELSEWHERE}"}
    reply = app.test_client().get(path, headers=forged)
    assert ELSEWHERE not in reply.text + str(reply.headers)


def test_an_alert_s_link_is_ours_whatever_host_was_asked(app: Flask, ward: Ward) -> None:
    reply = app.test_client().get(ward.link(ward.request()), headers={"Host": ELSEWHERE})
    assert reply.status_code == 200
    assert ELSEWHERE not in reply.text


# Behind a proxy ---------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(
    house: House, box: Box, bell: Bell, shelf: Shelf, database_url: str, engines: Engines, redis_url: str
) -> Behind:
    engine = engines.web(database_url)

    def build(proxies: int) -> FlaskClient:
        parts = Parts(Desk(engine, bell, box, house), shelf, connect(redis_url), [TOKEN], "http://localhost:1")
        return assemble(replace(parts, proxies=proxies)).test_client()

    return build


def guesses(browser: FlaskClient, *forwarded: str) -> list[int]:
    """The status of a guess from each of these, as the proxies say."""
    return [browser.get(GUESS, headers={"X-Forwarded-For": each}).status_code for each in forwarded]


def test_without_a_proxy_nobody_says_of_himself_that_he_is_another(behind: Behind) -> None:
    assert guesses(behind(0), *(f"198.51.100.{n}" for n in range(22)))[-1] == 429


def test_behind_our_proxy_each_visitor_is_counted_by_himself(behind: Behind) -> None:
    browser = behind(1)
    assert guesses(browser, *["198.51.100.7"] * 22)[-2:] == [429, 429]
    assert guesses(browser, "198.51.100.8") == [404]


def test_behind_our_proxy_what_the_visitor_wrote_himself_counts_for_nothing(behind: Behind) -> None:
    assert guesses(behind(1), *(f"10.0.0.{n}, 198.51.100.7" for n in range(22)))[-1] == 429


def test_behind_our_proxy_the_scheme_and_host_are_still_ours(behind: Behind) -> None:
    forged = {"X-Forwarded-Host": ELSEWHERE, "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": "/evil"}
    reply = behind(1).get("/", headers=forged)
    assert reply.location == "/signin"


# Every route ------------------------------------------------------------------------------------------------------

REGISTER = Path(__file__).parent / "doors.txt"


def test_every_door_stands_in_the_register_with_whom_it_lets_in(app: Flask) -> None:
    """A new route needs its line in doors.txt, so that somebody has looked at whom it lets in."""
    there = {_line(door) for door in every_door(app)}
    listed = set(REGISTER.read_text(encoding="utf-8").splitlines())
    assert sorted(there - listed) == [], "add these lines to tests/web/doors.txt"
    assert sorted(listed - there) == [], "take these lines out of tests/web/doors.txt"


def _line(door: Door) -> str:
    return f"{door.who.value:<9} {door.method:<6} {door.path}"
