"""Every door takes whatever comes: what was once found, a slice of `make fuzz`, and that faults are noticed at all."""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client

from config.doors import Who
from tests.databases import Databases
from tests.fuzz import judge, kept
from tests.fuzz.aims import MEANT
from tests.fuzz.firing import Range
from tests.fuzz.forms import URLENCODED
from tests.fuzz.growth import Held, grown
from tests.fuzz.hostile import MARK
from tests.fuzz.judge import Answer
from tests.fuzz.machines import CARRIER
from tests.fuzz.report import found
from tests.fuzz.rounds import play
from tests.fuzz.shots import Shot
from tests.fuzz.world import Door, House, World

HTML, XML = {"content-type": "text/html; charset=utf-8"}, {"content-type": "text/xml"}
SAFE = dict.fromkeys(judge.HEADERS, "x")
OFFICE = Door("/now", "now.see", "GET", Who.READER, {})
CARRIED = Door("/webhooks/sms", "sms.incoming", "POST", Who.CARRIER, {})
READY = Door("/readyz", "health.readyz", "GET", Who.ANYONE, {})
SHOTS = 400


@pytest.fixture
def shooting(_databases: Databases, _template: str, redis: redis_client.Redis, tmp_path: Path) -> Iterator[Range]:
    with Range(House(_databases, _template, redis, tmp_path)) as range_:
        yield range_


def test_what_once_found_a_fault_finds_none(shooting: Range) -> None:
    world = shooting.house.anew()
    by_name = {door.name: door for door in world.doors}
    for name, once in kept.kept():
        shot = kept.again(once, world.furniture)
        assert list(judge.complaints(shot, by_name.get(shot.door), shooting.fire(shot, world))) == [], name


def test_nothing_that_anybody_sends_is_an_error_of_ours(shooting: Range) -> None:
    tally = play(shooting, "rappel24", SHOTS)
    assert list(found(tally.faults)) == []
    assert tally.shots == SHOTS
    assert len(tally.doors) > 100
    assert tally.statuses[200] > 30  # whoever is let in gets something


def test_whoever_has_a_link_stands_in_the_house_with_one_that_opens_its_door(shooting: Range) -> None:
    world = shooting.house.anew()
    linked = [door for door in world.doors if re.fullmatch(r"/\w+/<token>(\.ics)?", door.rule) and door.method == "GET"]
    said = {door.rule: shooting.fire(_as_meant(world, door), world).status for door in linked}
    said["/inscription/code"] = shooting.fire(Shot("guest", "GET", "/inscription/code"), world).status
    assert len(said) == 8
    assert set(said.values()) == {200}, said


def _as_meant(world: World, door: Door) -> Shot:
    """Whom the door is meant for comes to it, and spoils nothing."""
    role = MEANT.get(door.who, ("nobody",))[0]
    return Shot(role, "GET", door.rule.replace("<token>", world.path(door)["token"]))


def test_a_house_that_is_broken_is_noticed(shooting: Range) -> None:
    world = shooting.house.anew()
    [door] = [door for door in world.doors if door.name == "POST /webhooks/sms"]
    with shooting.house.engine.begin() as conn:
        conn.exec_driver_sql("alter table written rename to elsewhere")
    shot = Shot("nobody", "POST", "/webhooks/sms", {"Content-Type": URLENCODED}, b"MessageSid=SM1&Body=x", CARRIER)
    said = list(judge.complaints(shot, door, shooting.fire(shot, world)))
    assert said[0] == "status 500"
    assert said[1].startswith("logged: ")


def answer(status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, **more: Any) -> Answer:
    return Answer(status, SAFE | (headers or {}), body, **{"worked": 0.01, "took": 0.02, **more})


@pytest.mark.parametrize(
    ("door", "found_in", "says"),
    [
        (OFFICE, answer(303, headers={"location": "/signin?next=%2Fnow"}), ""),
        (OFFICE, answer(404), ""),
        (READY, answer(503), ""),
        (OFFICE, answer(503), "status 503"),
        (OFFICE, answer(500), "status 500"),
        (OFFICE, answer(0, escaped="ValueError at x.py:1"), "escaped"),
        (OFFICE, answer(404, said=("request failed",)), "logged"),
        (OFFICE, answer(404, worked=2.0), "slow"),
        (OFFICE, answer(404, took=20.0), "slow"),
        (OFFICE, answer(404, b" " * 4_000_000), "large"),
        (OFFICE, answer(404, borrowed=1), "kept 1 connections"),
        (OFFICE, Answer(404, {}, b"", 0.01, 0.02), "without"),
        (OFFICE, answer(404, b"<p>" + MARK.encode(), HTML), "unescaped"),
        (OFFICE, answer(404, b"<p>" + escape(MARK).encode(), HTML), ""),
        (CARRIED, answer(403, b"<Response><Say>a", XML), "no TwiML"),
        (CARRIED, answer(403, b"<Response><Sag/></Response>", XML), "no TwiML"),
        (CARRIED, answer(403, b"<Response/>", XML), ""),
        (CARRIED, answer(200), "let in unsigned"),
        (OFFICE, answer(200), "let in without an account"),
        (OFFICE, answer(303, headers={"location": "/people"}), "let in without an account"),
        (READY, answer(303, headers={"location": "//evil.example"}), "leads off"),
        (READY, answer(303, headers={"location": "/\\evil.example"}), "leads off"),
        (READY, answer(303, headers={"location": "https://evil.example"}), "leads off"),
        (READY, answer(303, headers={"location": "/now"}), ""),
    ],
)
def test_each_thing_that_may_not_be_is_noticed(door: Door, found_in: Answer, says: str) -> None:
    said = list(judge.complaints(Shot("nobody", door.method, "/"), door, found_in))
    assert [line[: len(says)] for line in said] == ([says] if says else [])


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (Held(9000, 210 << 20, 1, 15), []),
        (Held(9000, 300 << 20, 1, 15), ["bytes"]),
        (Held(9000, 210 << 20, 9, 15), ["threads"]),
        (Held(9000, 210 << 20, 1, 99), ["open files"]),
    ],
)
def test_what_grows_is_noticed(last: Held, says: list[str]) -> None:
    said = grown([*(Held(n * 1000, 200 << 20, 1, 15) for n in range(6)), last, last, last])
    assert [what for what in ("bytes", "threads", "open files") if any(what in line for line in said)] == says


def test_what_is_kept_of_a_fault_is_the_same_request_in_another_house(shooting: Range) -> None:
    first = shooting.house.anew().furniture
    body = f"csrf_token={first.form_token}&x=%00".encode()
    shot = Shot("holder", "POST", f"/r/{first.tokens['r']}/claim", {"Content-Type": URLENCODED}, body)
    written = Shot.again(json.loads(json.dumps(shot.put(first.names).kept())))
    assert first.tokens["r"] not in written.target
    world = shooting.house.anew()
    again = kept.again(written, world.furniture)
    assert again.target == f"/r/{world.furniture.tokens['r']}/claim"
    assert shooting.fire(again, world).status == 303
