"""What the carrier was handed is counted: once, twice, never. How fast anything is, no test says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from benchmarks import outbox, rungs, stage, waiting
from benchmarks.left import AIMS, Burst, Figures, Pass, Plan, document, table
from benchmarks.slow_carrier import Counted, answering
from callbacks import climb
from callbacks.carrier import NotThere, Sms, TwilioCarrier
from callbacks.tables import outbox as rows
from config.assembly import house_of
from config.clock import Moment
from config.database import real_now
from config.servers import Urls
from config.settings import Settings, load

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALL = Counted(200, 0, 0, 0)
PASS = Pass(processes=1, hands=5, messages=200, seconds=4.0, ours=2.0, postgres=0.4, told=ALL)
BURST = Burst("reminder", 1, 400, 8.0, [1.0, 3.0, 7.0], Counted(403, 0, 0, 0))
TINY = Plan(each=12, rounds=1, workers=(1, 2), burst=15, burst_workers=(1,))
FIGURES = Figures(TINY, {1: [PASS], 2: [PASS]}, {1: [PASS], 2: [PASS]}, [BURST])


# Judging ------------------------------------------------------------------------------------------------------------


def test_what_the_carrier_allows_is_its_hundred_milliseconds_for_each_hand() -> None:
    assert (PASS.per_second, PASS.allowed, PASS.of_allowed) == pytest.approx((50.0, 50.0, 1.0))
    assert replace(PASS, processes=4).allowed == pytest.approx(200.0)


def test_the_ratio_to_the_floor_is_taken_round_by_round() -> None:
    """The machine was three times as slow in the second round, for both: the ratio does not see it."""
    own = [replace(PASS, seconds=seconds) for seconds in (5.0, 15.0, 5.0)]
    floor = [replace(PASS, seconds=seconds) for seconds in (4.0, 12.0, 4.0)]
    assert replace(FIGURES, ours={1: own}, floor={1: floor}).of_floor(1) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (FIGURES, [False, False, False]),
        (replace(FIGURES, ours={1: [replace(PASS, seconds=4.6)], 2: [PASS]}), [True, False, False]),
        (replace(FIGURES, ours={1: [PASS], 2: [replace(PASS, seconds=40.0)]}), [False, False, False]),
        (replace(FIGURES, bursts=[replace(BURST, waited=[1.0, 61.0])]), [False, True, False]),
        (replace(FIGURES, ours={1: [replace(PASS, told=Counted(200, 1, 0, 0))]}), [False, False, True]),
        (replace(FIGURES, bursts=[replace(BURST, told=Counted(402, 0, 1, 0))]), [False, False, True]),
    ],
)
def test_an_aim_is_missed_by_what_falls_short_of_it(found: Figures, missed: list[bool]) -> None:
    assert [not met(found) for _, met in AIMS] == missed
    assert [aim["met"] for aim in document(found)["aims"]] == [not each for each in missed]
    assert table(found).count(": missed") == sum(missed)


# The carrier and its book -------------------------------------------------------------------------------------------


def an_sms(body: str) -> Sms:
    return Sms("+33639980001", "+33199000024", body, "http://127.0.0.1/status", 3600)


def handed(bodies: Sequence[str], expected: Sequence[str]) -> Counted:
    with answering(seconds=0.0) as carrier:
        client = TwilioCarrier("AC" + "0" * 32, "t" * 32, carrier.address)
        for each in bodies:
            client.send_sms(an_sms(each))
        return carrier.book.counted(expected)


def test_a_message_that_comes_once_is_right() -> None:
    assert handed(["one", "two"], ["one", "two"]) == Counted(arrived=2, twice=0, missing=0, others=0)


def test_a_message_that_is_doubled_or_missing_is_noticed() -> None:
    assert handed(["one", "one", "two"], ["one", "two"]) == Counted(arrived=2, twice=1, missing=0, others=0)
    assert handed(["one"], ["one", "two"]) == Counted(arrived=1, twice=0, missing=1, others=0)
    assert handed(["one", "else"], ["one"]) == Counted(arrived=1, twice=0, missing=0, others=1)
    assert not Counted(2, 1, 0, 0).right
    assert not Counted(1, 0, 1, 0).right


def test_the_houses_own_client_understands_this_carrier() -> None:
    with answering(seconds=0.0) as carrier:
        client = TwilioCarrier("AC" + "0" * 32, "t" * 32, carrier.address)
        sid = client.send_sms(an_sms("one"))
        assert client.message(sid).status == "queued"
        [heard] = carrier.book.heard
        assert (heard.sid, heard.form["To"], heard.form["ValidityPeriod"]) == (sid, "+33639980001", "3600")
        assert client.messages_like("+33639980001", "one", LONG_AGO) == [sid]
        assert client.messages_like("+33639980002", "one", LONG_AGO) == []
        with pytest.raises(NotThere):
            client.message("SM" + "0" * 32)


# The outbox ---------------------------------------------------------------------------------------------------------


def test_an_alert_lies_there_as_one_that_a_rung_left(servers: Urls, worker_id: str, tmp_path: Path) -> None:
    settings = load(stage.environment(servers, tmp_path, "t" * 32), Settings, dotenv=None)
    with rungs.register(servers, f"waiting_{worker_id}", 3) as engine:
        rungs.fall_due(engine, rungs.FIRST, 3, seed=1)
        with engine.begin() as conn:
            moment = Moment(rungs.NOW, real_now(conn))
            climb.climb(conn, rungs.due(engine)[0], moment, house=house_of(settings))
            left = conn.execute(select(rows).where(rows.c.purpose == "alert")).first()
            conn.execute(text("delete from outbox"))
            waiting.put(conn, waiting.ALERT, 1)
            made = conn.execute(select(rows)).one()
    assert left is not None
    own = {"id", "token", "key", "recipient", "person_id", "request_id", "body", "due_at", "created_at"}
    assert {**made._mapping, **dict.fromkeys(own)} == {**left._mapping, **dict.fromkeys(own)}
    assert made.key == f"{made.request_id}:first:{made.person_id}:sms"
    assert left.key == f"{left.request_id}:first:{left.person_id}:sms"


def test_each_has_words_of_its_own(servers: Urls, worker_id: str) -> None:
    with rungs.register(servers, f"waiting_{worker_id}", 20) as engine:
        for purpose in (waiting.ALERT, waiting.REMINDER, waiting.NEWS):
            waiting.emptied(engine)
            with engine.begin() as conn:
                made = [*waiting.put(conn, purpose, 10), *waiting.put(conn, purpose, 10, first=10)]
            assert len({each.body for each in made}) == 20
            assert waiting.unsent(engine) == 20


# All of it ----------------------------------------------------------------------------------------------------------


def test_every_message_reaches_the_carrier_once(servers: Urls, redis_url: str, tmp_path: Path) -> None:
    found, around = outbox.figures(Urls(servers.database, redis_url), tmp_path, TINY)
    for workers in (1, 2):
        assert [each.told for each in found.ours[workers]] == [Counted(12 * workers, 0, 0, 0)]
        assert [each.told for each in found.floor[workers]] == [Counted(12 * workers, 0, 0, 0)]
    assert [(each.purpose, each.told.twice, each.told.missing) for each in found.bursts] == [
        ("reminder", 0, 0),
        ("shift_start", 0, 0),
    ]
    assert all(each.told.arrived == 15 + len(each.waited) for each in found.bursts)
    assert all(each.waited for each in found.bursts), "an alert came meanwhile"
    assert found.right
    written = {**around, **document(found)}
    assert {"date", "commit", "machine", "versions", "plan", "workers", "bursts", "aims"} <= written.keys()
