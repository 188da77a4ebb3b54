"""A comparison from its asking to its end: killed, refused by the carrier, done by two at once; and what it mends."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callbacks import alarms
from callbacks.carrier_faults import CarrierError
from callbacks.carrier_lists import TOO_MANY, Enclosed
from callbacks.reconciling import mending, run
from callbacks.reconciling.due import Asked, Why
from callbacks.reconciling.mending import Tools
from callbacks.reconciling.run import Report
from callbacks.reconciling.watch import Watch
from config import clock
from tests.callbacks.reconciling.lists import UNAVAILABLE, Killed, MemoryLists
from tests.callbacks.sending import message, put
from tests.callbacks.written.conftest import line
from tests.callbacks.written.desk import BLANC, ROUX, Line

__all__ = ["line"]


@dataclass
class Comparing:
    """A house with a carrier's memory beside it."""

    line: Line
    lists: MemoryLists
    tools: Tools

    def asked(self, why: Why = Why.ASKED, **ago: float) -> int:
        with self.line.engine.begin() as conn:
            since = clock.read(conn).real - timedelta(**ago or {"hours": 6})
            return run.ask(conn, Asked(why, since))

    def compares(self) -> Report:
        """Asks, and does it."""
        id = self.asked()
        run.run(self.tools, "one")
        with self.line.engine.connect() as conn:
            return run.report(conn, id)

    def passes(self, seconds: float) -> None:
        """Leases and pauses of real time go by."""
        wait = text(
            "update reconciliations set lease_real = lease_real - make_interval(secs => :seconds),"
            " retry_real = retry_real - make_interval(secs => :seconds)"
        )
        with self.line.engine.begin() as conn:
            conn.execute(wait, {"seconds": seconds})

    def rows(self, query: str) -> Sequence[Any]:
        with self.line.engine.connect() as conn:
            return conn.execute(text(query)).all()

    def standing(self) -> list[str]:
        with self.line.engine.connect() as conn:
            return sorted(alarm.kind for alarm in alarms.standing(conn))


@pytest.fixture
def it(line: Line) -> Comparing:
    with line.engine.connect() as conn:
        lists = MemoryLists(clock.read(conn).real)
    return Comparing(line, lists, Tools(line.desk, line.shelf, lists))


# Missed -----------------------------------------------------------------------------------------------------------


def test_an_sms_is_taken_in_with_its_pictures_under_the_key_of_its_webhook(it: Comparing) -> None:
    sent = it.lists.is_written_to("avis cardio cochin svp", pictures=1)
    it.lists.pictures[sent.sid] = [Enclosed("https://api.twilio.com/x", "image/jpeg")]
    assert it.compares().missed == {"messages": 1}
    [row] = it.rows("select w.key, a.source, a.state from written w join attachments a on a.written_id = w.id")
    assert tuple(row) == (f"sms:{sent.sid}", "https://api.twilio.com/x", "announced")
    assert not it.line.sms(ROUX, sent.body, key=f"sms:{sent.sid}")  # the webhook comes after all


def test_answers_are_taken_in_the_order_in_which_they_were_written(it: Comparing) -> None:
    for words in ("avis svp", "cardio cochin", "merci"):
        it.lists.is_written_to(words)
    it.lists.texts.reverse()
    it.compares()
    kept = it.rows("select key from written order by at")
    assert [row.key for row in kept] == [f"sms:{each.sid}" for each in sorted(it.lists.texts, key=lambda e: e.began)]


def test_a_lost_call_is_on_record_when_it_was_and_nothing_is_owed(it: Comparing) -> None:
    call = it.lists.is_called(ROUX)
    it.compares()
    [row] = it.rows("select sid, result, caller, ended_at - started_at as lasted, practitioner_id from calls")
    assert (row.sid, row.result, row.lasted) == (call.sid, "lost", timedelta(seconds=40))
    assert row.practitioner_id is not None
    assert it.rows("select id from requests") == []


def test_of_a_hidden_number_the_call_is_known_and_nobody_behind_it(it: Comparing) -> None:
    it.lists.is_called("+266696687")
    it.compares()
    assert [row.caller for row in it.rows("select caller from calls")] == [None]


def test_what_trips_us_up_stops_nothing_else_and_is_told(it: Comparing) -> None:
    it.lists.is_called()
    it.lists.is_written_to("avis cardio cochin svp", pictures=1)
    it.lists.pictures = None  # type: ignore[assignment]
    it.lists.is_written_to("avis gastro svp")
    report = it.compares()
    assert (report.missed, report.differing) == ({"calls": 1, "messages": 1}, {"failed": 1})
    assert it.standing() == ["missed_while_away", "not_taken_in"]


# Differing --------------------------------------------------------------------------------------------------------


def sent(it: Comparing, key: str, state: str, sid: str | None, **more: Any) -> int:
    """A message of ours as we know it."""
    [id] = put(it.line.engine, message(key, recipient=ROUX, **more))
    values = {"id": id, "state": state, "sid": sid, "attempts": 1}
    with it.line.engine.begin() as conn:
        conn.execute(
            text(
                "update outbox set state = :state, provider_sid = :sid, attempts = :attempts, answered_for = true,"
                " attempted_real = real_now() - interval '3 hours', sent_at = app_now() where id = :id"
            ),
            values,
        )
    return id


def test_a_word_that_was_lost_is_made_up_for(it: Comparing) -> None:
    there = it.lists.is_sent(ROUX, "Demande one", "delivered")
    sent(it, "one", "sent", there.sid)
    assert it.compares().differing == {"settled": 1}
    assert [row.state for row in it.rows("select state from outbox")] == ["delivered"]
    assert it.standing() == []


def test_what_did_not_arrive_after_all_is_acted_upon(it: Comparing) -> None:
    there = it.lists.is_sent(ROUX, "Demande one", "undelivered", error="30003")
    id = sent(it, "one", "delivered", there.sid)
    assert it.compares().differing == {"denied": 1}
    [row] = it.rows("select state, error, answered_for from outbox")
    assert tuple(row) == ("undelivered", "30003", False)
    assert ("deliver", id) in it.line.bell.rung


def test_a_message_in_doubt_finds_itself(it: Comparing) -> None:
    there = it.lists.is_sent(ROUX, "Demande one", "delivered")
    sent(it, "one", "dropped", None)
    assert it.compares().differing == {"found": 1}
    [row] = it.rows("select state, provider_sid from outbox")
    assert tuple(row) == ("delivered", there.sid)


def test_a_message_in_doubt_is_found_behind_one_of_the_same_words_that_was_refused(it: Comparing) -> None:
    there = it.lists.is_sent(ROUX, "Demande one", "delivered")
    sent(it, "one", "failed", None)
    sent(it, "two", "dropped", None, body="Demande one")
    assert it.compares().differing == {"found": 1}
    assert [tuple(row) for row in it.rows("select state, provider_sid from outbox order by id")] == [
        ("failed", None),
        ("delivered", there.sid),
    ]


def test_what_left_in_our_name_without_us_is_told_once(it: Comparing) -> None:
    it.lists.is_sent(BLANC, "Gagnez un voyage")
    assert it.compares().differing == {"unknown": 1}
    assert it.standing() == ["left_unknown"]
    assert it.compares().differing == {}


# Its life ---------------------------------------------------------------------------------------------------------


def test_killed_in_the_middle_it_is_begun_again_and_nothing_is_taken_twice(it: Comparing) -> None:
    texts = [it.lists.is_written_to(f"avis cardio cochin, {number}", pictures=1) for number in range(4)]
    id, it.lists.deadly = it.asked(), texts[2].sid
    with pytest.raises(Killed):
        run.run(it.tools, "one")
    assert len(it.rows("select id from written")) == 2
    it.lists.deadly = ""
    assert run.run(it.tools, "two") is None  # the lease of the dead still stands
    it.passes(run.LEASE_SECONDS)
    report = run.run(it.tools, "two")
    assert report is not None
    assert (report.id, report.missed, report.ended) == (id, {"messages": 4}, True)
    assert len(it.rows("select id from written")) == 4


def test_a_carrier_that_does_not_answer_is_asked_again(it: Comparing) -> None:
    it.lists.is_called()
    it.lists.faults = [UNAVAILABLE]
    report = it.compares()
    assert (report.error, report.ended, it.rows("select id from calls")) == ("503", False, [])
    assert run.run(it.tools, "one") is None  # not at once
    it.passes(run.RETRY_SECONDS)
    report = run.run(it.tools, "one") or report
    assert (report.error, report.ended, report.missed) == (None, True, {"calls": 1})


def test_more_than_the_lists_can_hold_is_compared_from_later_on(it: Comparing) -> None:
    """Somebody asked for years: what comes every hour would wait behind it for ever."""
    it.lists.faults = [CarrierError(TOO_MANY, permanent=True)]
    id = it.asked(days=4000)
    first = run.run(it.tools, "one")
    assert first is not None
    assert (first.error, first.ended) == (TOO_MANY, False)
    assert timedelta(days=1999) < first.until - first.since < timedelta(days=2001)
    it.passes(run.RETRY_SECONDS)
    second = run.run(it.tools, "one")
    assert second is not None
    assert (second.id, second.ended) == (id, True)


def test_several_at_once_do_it_once(it: Comparing) -> None:
    for _ in range(3):
        it.lists.is_called()
    it.asked()
    with ThreadPoolExecutor(4) as hands:
        done = list(hands.map(lambda worker: run.run(it.tools, worker), "abcd"))
    assert [report.missed for report in done if report] == [{"calls": 3}]


def test_whoever_asks_while_it_is_under_way_gets_another_look(it: Comparing) -> None:
    def meanwhile() -> list[Any]:
        it.asked(Why.OUTAGE, hours=1)
        it.lists.recordings = type(it.lists).recordings.__get__(it.lists)  # type: ignore[method-assign]
        return []

    it.lists.recordings = lambda since: meanwhile()  # type: ignore[method-assign]
    assert it.compares().ended is False
    it.passes(run.GRACE_SECONDS)
    report = run.run(it.tools, "one")
    assert report is not None
    assert report.ended


def test_after_an_outage_it_waits_for_the_last_moments_to_be_over(it: Comparing) -> None:
    it.asked(Why.OUTAGE)
    assert run.run(it.tools, "one") is None
    it.passes(run.GRACE_SECONDS)
    assert run.run(it.tools, "one") is not None


# Whoever looks ----------------------------------------------------------------------------------------------------


def look(it: Comparing, watch: Watch) -> list[str]:
    """What was asked for, and is done."""
    watch.look()
    it.passes(run.GRACE_SECONDS)
    watch.look()
    return [row.why for row in it.rows("select why from reconciliations where ended_real is not null order by id")]


def test_each_process_looks_when_it_begins_and_then_every_hour(it: Comparing) -> None:
    watch = Watch(it.tools, "one")
    assert look(it, watch) == ["start"]
    assert look(it, watch) == ["start"]
    with it.line.engine.begin() as conn:
        conn.execute(text("update reconciliations set until_real = until_real - interval '1 hour'"))
    assert look(it, watch) == ["start", "hourly"]


def test_a_copy_that_was_put_back_is_compared_from_the_moment_it_shows(it: Comparing) -> None:
    watch = Watch(it.tools, "one")
    look(it, watch)
    with it.line.engine.begin() as conn:
        conn.execute(
            text("insert into backups (kind, snapshot_real) values ('restored', real_now() - interval '3 days')")
        )
    assert look(it, watch) == ["start", "restore"]
    assert look(it, watch) == ["start", "restore"]
    [row] = it.rows("select until_real - since_real as reach from reconciliations where why = 'restore'")
    assert row.reach > timedelta(days=3)


def test_a_restore_of_long_ago_is_not_compared_again_when_a_rule_forgot_that_it_was(it: Comparing) -> None:
    with it.line.engine.begin() as conn:
        conn.execute(
            text(
                "insert into backups (kind, real, snapshot_real)"
                " values ('restored', real_now() - interval '200 days', real_now() - interval '201 days')"
            )
        )
    Watch(it.tools, "tick").look()
    assert it.rows("select why from reconciliations where why = 'restore'") == []


def test_a_recording_without_a_call_is_given_its_place(it: Comparing) -> None:
    recording = it.lists.is_spoken_to(it.lists.is_called("+33199000017"))
    it.lists.calls, listed = [], it.lists.calls
    with it.line.engine.begin() as conn:
        conn.execute(
            text("insert into recordings (sid, seconds, complete) values (:sid, 9, true)"), {"sid": recording.sid}
        )
    it.lists.faults = [UNAVAILABLE]
    assert mending.place(it.tools) == 0
    it.lists.calls = listed
    assert mending.place(it.tools) == 1
    assert [row.caller for row in it.rows("select caller from calls")] == ["+33199000017"]
    assert len(it.rows("select id from dialogues where channel = 'voice' and state = 'open'")) == 1
    assert mending.place(it.tools) == 0


def test_a_recording_whose_call_the_carrier_forgot_is_heard_all_the_same(it: Comparing) -> None:
    recording = it.lists.is_spoken_to(it.lists.is_called("+33199000017"))
    it.lists.calls = []
    insert = "insert into recordings (sid, complete, created_real) values (:sid, true, real_now() - interval '1 day')"
    with it.line.engine.begin() as conn:
        conn.execute(text(insert), {"sid": recording.sid})
    assert mending.place(it.tools) == 1
    assert [row.state for row in it.rows("select state from recordings")] == ["ready"]
    assert [row.caller for row in it.rows("select caller from calls")] == [None]


def test_a_recording_that_trips_us_up_does_not_hold_up_those_behind_it(it: Comparing) -> None:
    first, second = (it.lists.is_spoken_to(it.lists.is_called(caller)) for caller in (ROUX, BLANC))
    it.lists.left[0] = replace(first, seconds=10**12)  # more than the register takes
    with it.line.engine.begin() as conn:
        for minutes, recording in enumerate((second, first)):
            insert = (
                "insert into recordings (sid, complete, created_real)"
                " values (:sid, true, real_now() - make_interval(mins => :minutes))"
            )
            conn.execute(text(insert), {"sid": recording.sid, "minutes": minutes})
    assert mending.place(it.tools) == 1
    assert [row.caller for row in it.rows("select caller from calls")] == [BLANC]


def test_a_recording_that_the_carrier_no_longer_has_is_given_up_with_an_alarm(it: Comparing) -> None:
    with it.line.engine.begin() as conn:
        conn.execute(text("insert into recordings (sid, seconds, complete) values ('RE1', 9, true)"))
    mending.place(it.tools)
    assert [row.state for row in it.rows("select state from recordings")] == ["announced"]
    with it.line.engine.begin() as conn:
        conn.execute(text("update recordings set created_real = real_now() - interval '2 hours'"))
    mending.place(it.tools)
    assert [row.state for row in it.rows("select state from recordings")] == ["absent"]
    assert it.standing() == ["recording_late"]


def test_what_we_have_is_heard_though_the_carrier_forgot_whose_it_is(it: Comparing) -> None:
    with it.line.engine.begin() as conn:
        conn.execute(
            text("insert into recordings (sid, seconds, complete, state, file) values ('RE1', 9, true, 'stored', 'x')")
        )
    assert mending.place(it.tools) == 1
    assert [row.sender for row in it.rows("select sender from dialogues where channel = 'voice'")] == ["RE1"]


def test_a_recording_of_nothing_is_not_looked_for_for_ever(it: Comparing) -> None:
    recording = it.lists.is_spoken_to(it.lists.is_called(), status="absent", seconds=0)
    with it.line.engine.begin() as conn:
        conn.execute(text("insert into recordings (sid, complete) values (:sid, true)"), {"sid": recording.sid})
    assert mending.place(it.tools) == 0
    assert [row.state for row in it.rows("select state from recordings")] == ["absent"]
