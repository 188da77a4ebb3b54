"""The floor says again what the application said, with another webhook's own values in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text

from benchmarks import replay
from benchmarks.recording import Asked, NotTheSame, Recorded, lines, taken_down
from benchmarks.replay import Answer, Astray, Border, Field, Made, Own, Script, Spelt, Statement, filled

MINE, HIS, THIRD = (UUID(int=number, version=4) for number in (1, 2, 3))
DREW, DREW_TOO = (UUID(int=number, version=4) for number in (10, 11))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def asked(parameters: dict[str, Any], rows: Sequence[Any] = (), words: str = "select 1") -> Asked:
    return Asked(words, parameters, rows, bool(rows))


def again(mine: Asked, his: Asked, before: tuple[Any, Any] = ((), ())) -> dict[str, Any]:
    """The parameters of a third webhook for whose statement two recordings stand; `before`: what was answered."""
    first = [asked({}, rows) for rows in before]
    recorded = (
        Recorded(f"/call/{MINE}", {"CallSid": "CA1", "To": "line"}, (first[0], mine)),
        Recorded(f"/call/{HIS}", {"CallSid": "CA2", "To": "line"}, (first[1], his)),
    )
    *_, statement = lines(*recorded)
    assert isinstance(statement, Statement)
    own = Own(f"/floor/same/x/call/{THIRD}", {"CallSid": "CA3", "To": "line"}, rows=[[(30, {"at": [{"id": "c"}]})]])
    found: dict[str, Any] = filled(statement.parameters, own)
    return found


@pytest.mark.parametrize(
    ("mine", "his", "third"),
    [
        ("fr", "fr", "fr"),
        (MINE, HIS, THIRD),
        (str(MINE), str(HIS), str(THIRD)),
        ("CA1", "CA2", "CA3"),
        (f"sms:CA1 of {MINE}, {MINE}", f"sms:CA2 of {HIS}, {HIS}", f"sms:CA3 of {THIRD}, {THIRD}"),
        (10, 20, 30),
        (["CA1", "x"], ["CA2", "x"], ["CA3", "x"]),
        ({"id": "a", "n": [10]}, {"id": "b", "n": [20]}, {"id": "c", "n": [30]}),
        (b"sealed", b"otherwise", b"sealed"),
        (NOON, NOON.replace(minute=1), NOON),
        (["CA1"], [], ["CA1"]),
        (None, "CA2", None),
    ],
)
def test_what_differs_is_found_where_the_application_found_it(mine: Any, his: Any, third: Any) -> None:
    before = ([(10, {"at": [{"id": "a"}]})], [(20, {"at": [{"id": "b"}]})])
    assert again(asked({"value": mine}), asked({"value": his}), before) == {"value": third}


def test_what_was_in_json_is_in_json_again() -> None:
    mine, his = ({"memory": Jsonb({"sid": sid, "lost": 0})} for sid in ("CA1", "CA2"))
    found = again(asked(mine), asked(his))["memory"]
    assert isinstance(found, Jsonb)
    assert found.obj == {"sid": "CA3", "lost": 0}


def test_what_was_nowhere_before_is_made_anew_once() -> None:
    mine = asked({"answer": f"leg/{DREW}", "id": DREW, "reference": "724193"})
    his = asked({"answer": f"leg/{DREW_TOO}", "id": DREW_TOO, "reference": "118204"})
    one, other = again(mine, his), again(mine, his)
    assert one["answer"] == f"leg/{one['id']}"
    assert one["id"] not in (DREW, DREW_TOO, other["id"])
    assert isinstance(one["id"], UUID)
    assert len(one["reference"]) == 6
    assert one["reference"] not in ("724193", other["reference"])


@pytest.mark.parametrize(
    "course",
    [
        (),
        (asked({}, words="select 2"),),
        (asked({}, rows=[(1,)]),),
        (asked({}), Border.COMMIT),
    ],
)
def test_two_webhooks_that_do_not_ask_the_same_are_no_script(course: tuple[Asked | Border, ...]) -> None:
    with pytest.raises(NotTheSame):
        lines(Recorded("/", {}, (asked({}),)), Recorded("/", {}, course))


# On a register ----------------------------------------------------------------------------------------------------

NOTHING = Answer(204, None, b"")
DRAW = "insert into drawn values (%(word)s) on conflict do nothing returning word"


@pytest.fixture
def drawn(database: Engine) -> Engine:
    with database.begin() as connection:
        connection.execute(text("create table drawn (word text primary key)"))
        connection.execute(text("insert into drawn values ('taken')"))
    return database


def words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("select word from drawn order by word")).scalars())


def test_it_is_taken_down_what_is_asked_and_who_asked_still_hears_it(drawn: Engine) -> None:
    with taken_down(drawn) as course:
        with drawn.begin() as connection:
            heard = connection.execute(text("select word from drawn where word = :word"), {"word": "taken"}).all()
            assert connection.execute(text("update drawn set word = 'x' where word = 'none'")).rowcount == 0
        with drawn.begin() as connection:
            connection.execute(text("insert into drawn values ('not kept')"))
            connection.rollback()
    words(drawn)
    assert heard == [("taken",)]
    read, update, committed, insert, rolled_back = course
    assert isinstance(read, Asked)
    assert (read.parameters, read.rows, read.finds) == ({"word": "taken"}, [("taken",)], True)
    assert isinstance(update, Asked)
    assert isinstance(insert, Asked)
    assert (update.finds, insert.finds) == (False, True)
    assert (committed, rolled_back) == (Border.COMMIT, Border.ROLLBACK)


def test_a_script_is_played_to_its_borders(drawn: Engine, tmp_path: Path) -> None:
    parameters = replay.Branch(dict, {"word": Spelt(("sms:", Field("MessageSid")))})
    say = Statement(DRAW, parameters, finds=True)
    script = Script((say, Border.COMMIT, Statement(DRAW, {"word": "lost"}, finds=True), Border.ROLLBACK), NOTHING)
    replay.keep({"sms": script}, tmp_path / "scripts")
    replay.kept(tmp_path / "scripts")["sms"].play(drawn, Own("/", {"MessageSid": "SM1"}))
    assert words(drawn) == ["sms:SM1", "taken"]


def test_what_was_made_and_is_taken_is_made_once_more(drawn: Engine) -> None:
    parameters = replay.Branch(dict, {"word": replay.Fill(Made(0, digits=2), str)})
    script = Script((Statement(DRAW, parameters, finds=True, makes=frozenset({0})), Border.COMMIT), NOTHING)
    own = Own("/", {}, made={0: "taken"})
    script.play(drawn, own)
    assert words(drawn) == [own.made[0], "taken"]
    assert len(own.made[0]) == 2


@pytest.mark.parametrize(
    ("statement", "finds"),
    [
        (DRAW, True),
        ("select word from drawn where word = %(word)s", False),
        ("update drawn set word = 'other' where word = %(word)s", False),
        ("delete from drawn where word = %(word)s and false", True),
    ],
)
def test_who_does_not_find_what_was_found_has_not_done_the_same(drawn: Engine, statement: str, finds: bool) -> None:
    script = Script((Statement(statement, {"word": "taken"}, finds), Border.COMMIT), NOTHING)
    with pytest.raises(Astray):
        script.play(drawn, Own("/", {}))
    assert words(drawn) == ["taken"]
