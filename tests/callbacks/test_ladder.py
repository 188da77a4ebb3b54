"""The ladder's file: the rungs of design 3, and files that would not keep the promise."""

from datetime import timedelta
from pathlib import Path

import pytest

from callbacks import ladder
from callbacks.kinds.kind import Code
from callbacks.ladder import BadLadder, Channel, Role

RUNG = '[[rung]]\nname = "{name}"\nto = ["{to}"]\nnobody = ["head"]\nby = ["sms"]\n{when}\n'
FIRST = RUNG.format(name="first", to="senior", when="")
HEAD = RUNG.format(name="head", to="head", when="share = 0.75")
DUE = RUNG.format(name="due", to="head", when='share = 1.0\nrepeat = "4h"')


def write(folder: Path, text: str) -> Path:
    path = folder / "ladder.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_ladder_of_the_house() -> None:
    rungs = {rung.name: rung for rung in ladder.load().rungs}
    assert list(rungs) == ["first", "again", "second", "both", "head", "coordinator", "due"]
    assert [rung.share for rung in rungs.values()] == [None, None, 0.25, 0.5, 0.75, 0.9, 1.0]
    assert rungs["first"].at_once
    assert rungs["again"].after_open == timedelta(minutes=30)
    assert [name for name, rung in rungs.items() if rung.unclaimed_only] == ["first", "again"]
    assert rungs["again"].by == (Channel.CALL,)
    assert rungs["head"].by == (Channel.SMS, Channel.CALL)
    assert rungs["due"].to == (Role.HEAD, Role.COORDINATOR)
    assert rungs["due"].repeat == timedelta(hours=4)


@pytest.mark.parametrize("kind", [*Code])
def test_every_kind_of_request_has_a_ladder_that_tells_the_head_before_its_deadline(kind: str) -> None:
    rungs = ladder.load(kind=kind).rungs
    assert rungs[0].name == "first"
    assert any(Role.HEAD in rung.to for rung in rungs[:-1])


def test_a_bed_is_pressed_for_sooner_and_a_letter_later_than_advice() -> None:
    second = {kind: ladder.load(kind=kind).rungs[1] for kind in ("admission", "advice", "letter")}
    assert second["admission"].after_open == timedelta(minutes=15)
    assert second["advice"].after_open == timedelta(minutes=30)
    assert second["letter"].share == 0.5
    assert ladder.load(kind="return_home") == ladder.load()


def test_the_shortest_ladder_that_keeps_a_promise(tmp_path: Path) -> None:
    loaded = ladder.load(write(tmp_path, FIRST + HEAD + DUE))
    assert [rung.name for rung in loaded.above("first")] == ["head", "due"]
    assert loaded.above("due") == ()
    assert loaded.above(None) == loaded.rungs
    assert loaded.above("a rung of another release") == loaded.rungs


LATE = RUNG.format(name="late", to="senior", when='after_open = "30m"')
BAD = {
    "it has no rung": "",
    "more than 12 rungs": FIRST
    + "".join(LATE.replace("late", f"late{n}").replace("30m", f"{n}m") for n in range(30, 40))
    + HEAD
    + DUE,
    "two rungs have one name: “head”": FIRST + HEAD + HEAD + DUE,
    "the first rung is at once": HEAD + DUE,
    "is called “first”": FIRST.replace("first", "begin") + HEAD + DUE,
    "rung 1: the first rung tells who is on call": FIRST.replace("senior", "head") + HEAD + DUE,
    "rung 1: a name is letters": FIRST.replace('"first"', '"First!"') + HEAD + DUE,
    "rung 2: a rung after the first needs either": FIRST + FIRST.replace("first", "second") + HEAD + DUE,
    "rung 3: a rung by opening time comes before": FIRST + HEAD + LATE + DUE,
    "each later than the one before": FIRST + LATE + LATE.replace("late", "later") + HEAD + DUE,
    "rung 3: its share must be above": FIRST
    + HEAD
    + HEAD.replace('"head"\nto', '"later"\nto').replace("0.75", "0.5")
    + DUE,
    "rung 3: its share must be above the one before it, by a hundredth": FIRST + HEAD.replace("0.75", "0.999") + DUE,
    "rung 2: a share is above 0": FIRST + HEAD.replace("0.75", "75") + DUE,
    "the last rung": FIRST + HEAD + DUE.replace('repeat = "4h"', ""),
    "rung 3: it repeats after half an hour": FIRST + HEAD + DUE.replace("4h", "1m"),
    "rung 3: at the deadline the head": FIRST + HEAD + DUE.replace('to = ["head"]', 'to = ["senior"]'),
    "head of ward before the deadline": FIRST + DUE,
    "before the deadline, claimed or not": FIRST + HEAD.replace("by =", 'while = "unclaimed"\nby =') + DUE,
    "rung 1: when nobody is on call, the rung must tell": FIRST.replace('["head"]', '["senior"]') + HEAD + DUE,
    "rung 1: it tells nobody": FIRST.replace('["senior"]', "[]") + HEAD + DUE,
    "rung 1: it tells nobody: by sms": FIRST.replace('["sms"]', "[]") + HEAD + DUE,
    "unknown colour": FIRST.replace("by =", 'colour = "red"\nby =') + HEAD + DUE,
    "not a duration": FIRST + HEAD + DUE.replace("4h", "4 hours"),
    "rung 1: unknown role “janitor”": FIRST.replace('["senior"]', '["janitor"]') + HEAD + DUE,
    "rung 2: unknown role “house”": FIRST + HEAD.replace('["head"]', '["house"]') + DUE,
    "rung 1: unknown channel “telex”": FIRST.replace('"sms"', '"telex"') + HEAD + DUE,
    "not “sometimes”": FIRST.replace("by =", 'while = "sometimes"\nby =') + HEAD + DUE,
}


@pytest.mark.parametrize(("reason", "text"), BAD.items(), ids=BAD)
def test_a_ladder_that_would_not_keep_the_promise_is_refused(reason: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(BadLadder) as refusal:
        ladder.load(write(tmp_path, text))
    assert reason in str(refusal.value)
    assert str(refusal.value).startswith("ladder.toml: ")


def test_every_fault_is_told_at_once() -> None:
    entries = [ladder.written(rung) for rung in ladder.load().rungs]
    entries[1] |= {"by": ["telex"]}
    entries[3] |= {"to": ["janitor"]}
    with pytest.raises(BadLadder) as refusal:
        ladder.read(entries)
    assert [(fault.code, fault.rung) for fault in refusal.value.faults] == [("channel", 2), ("role", 4)]


@pytest.mark.parametrize(
    "entries", [["first"], [7], [{"name": "first", "to": "senior", "by": "sms"}], [{"name": 7}], {}]
)
def test_what_is_no_ladder_at_all_is_refused_not_misread(entries: object) -> None:
    with pytest.raises(BadLadder):
        ladder.read(entries)  # type: ignore[arg-type]


def test_what_is_written_is_read_as_the_same() -> None:
    rungs = ladder.load().rungs
    assert ladder.read(ladder.written(rung) for rung in rungs) == rungs


def test_a_request_keeps_its_place_when_a_rung_is_taken_out() -> None:
    loaded = ladder.load()
    assert loaded.above("a rung of another release", "both", "second")[0].name == "head"
