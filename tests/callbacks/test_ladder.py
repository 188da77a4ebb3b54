"""The ladder's file: the rungs of design 3, and files that would not keep the promise."""

from datetime import timedelta
from pathlib import Path

import pytest

from callbacks import ladder
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


def test_a_promise_of_advice_is_24_hours() -> None:
    assert ladder.promises() == {"advice": timedelta(hours=24)}


def test_the_shortest_ladder_that_keeps_a_promise(tmp_path: Path) -> None:
    loaded = ladder.load(write(tmp_path, FIRST + HEAD + DUE))
    assert [rung.name for rung in loaded.above("first")] == ["head", "due"]
    assert loaded.above("due") == ()
    assert loaded.above(None) == loaded.rungs
    assert loaded.above("a rung of another release") == loaded.rungs


BAD = {
    "it has no rung": "",
    "two rungs have one name": FIRST + HEAD + HEAD + DUE,
    "the first rung is at once": HEAD + DUE,
    "needs either share or after_open": FIRST + FIRST.replace("first", "second") + HEAD + DUE,
    "the shares must rise": FIRST + HEAD + HEAD.replace('"head"\nto', '"later"\nto').replace("0.75", "0.5") + DUE,
    "the last rung": FIRST + HEAD + DUE.replace('repeat = "4h"', ""),
    "head of ward before the deadline": FIRST + DUE,
    "must tell somebody above": FIRST.replace('nobody = ["head"]', 'nobody = ["senior"]') + HEAD + DUE,
    "tells nobody": FIRST.replace('["senior"]', "[]") + HEAD + DUE,
    "unknown colour": FIRST.replace("by =", 'colour = "red"\nby =') + HEAD + DUE,
    "not a duration": FIRST + HEAD + DUE.replace("4h", "4 hours"),
    "rung “first”: 'janitor'": FIRST.replace('["senior"]', '["janitor"]').lower() + HEAD + DUE,
    "rung “first”: 'telex'": FIRST.replace('"sms"', '"telex"') + HEAD + DUE,
    "reminders must be at least 1": FIRST + HEAD + DUE + "[limits]\nreminders = 0\n",
}


@pytest.mark.parametrize(("reason", "text"), BAD.items(), ids=BAD)
def test_a_ladder_that_would_not_keep_the_promise_is_refused(reason: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(BadLadder) as refusal:
        ladder.load(write(tmp_path, text))
    assert reason.lower() in str(refusal.value).lower()
