"""The judge of a day: a day on which all went well holds in every line, and each thing that can go wrong breaks one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.day import judge, table
from tests.faults.day.evidence import (
    Accepted,
    Away,
    CallRow,
    Evidence,
    Heard,
    Mark,
    MessageRow,
    RecordingSeen,
    RequestRow,
    Said,
    Step,
)
from tests.faults.day.house import Kill
from tests.faults.day.judge import Line
from tests.faults.day.lateness import wall_of
from tests.faults.day.plan import WARDS, Breaks, Caller, Leaves, Plan, Texter, Writer
from tests.faults.day.scale import FULL
from tests.faults.day.wire import Exchange

CARDIO = WARDS[0]
GP, TEXTER, AMELIE = "+33639983001", "+33639985001", "+33639980001"
MAIL = "dr.1.ormeaux@cabinet.example"
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
WALL = 1_000_000.0
RATE = 60.0  # a minute a second

HEARD = Heard("CA1", GP, CARDIO.slug, chose=True, references=frozenset({"724193"}), said_recorded=True)
HUNG_UP = Heard("CA3", GP, CARDIO.slug, chose=False)
TAKEN = Heard("CA2", GP, CARDIO.slug, chose=True, bridged=(AMELIE,), took=frozenset({AMELIE}))
FILED = CallRow("request", CARDIO.slug, "724193", None, GP)
LOST = CallRow("lost", CARDIO.slug, None, None, GP)
ANSWERED = CallRow("answered", CARDIO.slug, None, AMELIE, GP)
REQUEST = RequestRow(
    id=1, reference="724193", ward=CARDIO.slug, channel="voice", state="open", caller=GP, mail=None, created_at=NOON,
    due_at=NOON + timedelta(days=1), planned=True, parts=1, deadline_told=1, head_told_at=NOON + timedelta(hours=18),
    climbed=judge.LADDER, apologies=1,
)  # fmt: skip
BY_MAIL = replace(REQUEST, id=2, reference="724194", caller=None, mail=MAIL)
SMS = MessageRow(1, "sms", "alert", AMELIE, "Rappel24", "delivered", "SM1", 1, answered_for=False, due=True)
THERE = Accepted("SM1", AMELIE, "Rappel24", "delivered", WALL)
ASKED = Exchange(WALL, 0.1, "token", "http://127.0.0.1/webhooks/voice", 200, "digest")
RECORDING = RecordingSeen("RE1", 6, gone=True, state="stored", opens=True)
PLANNED = Step(1, "second", NOON + timedelta(hours=6), None, WALL)
CLIMBED = Step(1, "both", NOON + timedelta(hours=12), NOON + timedelta(hours=6), WALL + 361.0)

WELL = Evidence(
    plan=Plan(
        7,
        FULL,
        (Caller(0.0, GP, CARDIO, Leaves.AT_THE_END),),
        (Texter(0.0, TEXTER, CARDIO, "avis", asked=False),),
        (Writer(0.0, MAIL, CARDIO, "avis", by_smtp=False),),
        (),
    ),
    done=Counter({Breaks.KILL: 1, Breaks.REDIS_EMPTIED: 2}),
    kills=(Kill(WALL, "worker-1"),),
    marks=(Mark(WALL, NOON, RATE),),
    away=(),
    heard=(HEARD, TAKEN),
    calls={"CA1": FILED, "CA2": ANSWERED},
    requests=(REQUEST, BY_MAIL),
    messages=(SMS,),
    texts=(THERE,),
    steps=(PLANNED, CLIMBED),
    recordings=(RECORDING,),
    exchanges=(ASKED, ASKED),
    said=Said(scanned=2048),
    sms_by_sender={TEXTER: 1},
    letters_by_sender={MAIL: 1},
    letters_sent=1,
    staff=frozenset({AMELIE}),
    errors=(),
    unscreened=0,
    idle_seconds=0.1,
    forged=(403,),
    overlaps=0,
    off_duty=0,
    ended=(),
    still_due=(),
    seconds=60.0,
)

Change = Callable[[Evidence], Evidence]


def with_(**changes: Any) -> Change:
    """The good day, with this otherwise."""
    return lambda evidence: replace(evidence, **changes)


def heard(**changes: Any) -> Change:
    return with_(heard=(replace(HEARD, **changes), TAKEN))


def calls(**rows: CallRow) -> Change:
    return with_(calls={"CA1": FILED, "CA2": ANSWERED} | rows)


def request(**changes: Any) -> Change:
    return with_(requests=(replace(REQUEST, **changes), BY_MAIL))


def sms(**changes: Any) -> Change:
    return with_(messages=(replace(SMS, **changes),))


def recording(**changes: Any) -> Change:
    return with_(recordings=(replace(RECORDING, **changes),))


CHOSE = "who chose a ward is connected, or on file, or lost with his ward"
ON_RECORD = "every call is on record, once, with its end"
NOTED = "a reference that was spoken is on file"
SAME = "a webhook that comes again gets the same answer"
STICKY = "what became of an SMS is the same here and there"
NO_SMS = "no SMS is missing"
DOUBLED = "an SMS is doubled once a kill at the most"
TEXTS = "every SMS to the line is on file"
LETTERS = "every e-mail is one request"
ONCE = "no request is doubled"
IN_TIME = "every rung is climbed within 30 s of its time"
LADDER = "who is not called back: head before the deadline, one apology after it"
EARLY = "a webhook is answered before the carrier gives up"
NEXT = "a request that is not closed has a next step"
ON_CALL = "who was rung was on call, and nobody else held his rank"
RAISED = "nothing raised that is not an answer"
PERSONAL = "nothing that GPs said, and none of their numbers, is in them"
HELD = "no transaction stands open while the carrier is asked"
STORED = "what was recorded is stored whole before it is deleted there"
DOORS = "who is not the carrier is refused"
ERROR = "nobody heard an error"
LEFT = "nothing is left to do"

BROKEN: list[tuple[str, str, Change]] = [
    ("a caller is neither on file nor connected", CHOSE, calls(CA1=LOST)),
    ("on file for another ward", CHOSE, request(ward="cochin-urologie")),
    ("connected to who pressed nothing", CHOSE, with_(heard=(HEARD, replace(TAKEN, took=frozenset())))),
    ("connected, and a request is on record", CHOSE, calls(CA2=LOST)),
    ("a call without end", ON_RECORD, calls(CA3=replace(LOST, result="open"))),
    ("who chose nothing is not on record", ON_RECORD, with_(heard=(HEARD, TAKEN, HUNG_UP))),
    ("a reference that nobody knows was spoken", NOTED, heard(references=frozenset({"111111"}))),
    ("a repeat was answered otherwise", SAME, with_(exchanges=(ASKED, replace(ASKED, answer="another")))),
    ("undelivered there, delivered here", STICKY, with_(texts=(replace(THERE, status="undelivered"),))),
    ("an SMS still waits", NO_SMS, sms(state="waiting", sid=None)),
    ("an SMS that the carrier never had", NO_SMS, with_(texts=())),
    ("an SMS was given up", NO_SMS, sms(state="failed", sid=None, error="500")),
    ("more doubled than kills", DOUBLED, with_(texts=(THERE, replace(THERE, sid="SM2"), replace(THERE, sid="SM3")))),
    ("a GP's SMS is nowhere", TEXTS, with_(sms_by_sender={})),
    ("a letter is nowhere", LETTERS, with_(letters_by_sender={})),
    ("a letter is two requests", LETTERS, with_(letters_by_sender={MAIL: 2})),
    ("a call is two requests", ONCE, with_(requests=(REQUEST, replace(REQUEST, id=3, reference="724195"), BY_MAIL))),
    ("a rung came late", IN_TIME, with_(steps=(PLANNED, replace(CLIMBED, wall=WALL + 391.0)))),
    ("the deadline was never told", LADDER, request(deadline_told=0)),
    ("two apologies", LADDER, request(apologies=2)),
    ("the head heard of it after the deadline", LADDER, request(head_told_at=NOON + timedelta(days=2))),
    ("the head never heard of it", LADDER, request(head_told_at=None)),
    ("rungs in another order", LADDER, request(climbed=("second", "first"))),
    ("a webhook waited too long", EARLY, with_(exchanges=(replace(ASKED, seconds=5.0),))),
    ("a webhook hung", EARLY, with_(exchanges=(replace(ASKED, status=None, seconds=4.0),))),
    ("no next step", NEXT, request(planned=False)),
    ("two hold one rank", ON_CALL, with_(overlaps=1)),
    ("somebody off duty was rung", ON_CALL, with_(off_duty=1)),
    ("a job raised", RAISED, with_(said=Said({"KeyError": 1}))),
    ("a process ended by itself", RAISED, with_(ended=("tick-1 ended with 1",))),
    ("a name in the logs", PERSONAL, with_(said=Said(leaks=("Fontanelle in the logs",)))),
    ("a transaction stood open", HELD, with_(idle_seconds=5.0)),
    ("a recording was not fetched", STORED, recording(state="ready", gone=False, opens=False)),
    ("a recording is unknown here", STORED, recording(state=None, gone=False, opens=False)),
    ("a recording is nobody's", STORED, recording(belongs=False)),
    ("a recording does not open", STORED, recording(opens=False)),
    ("a forged webhook was let in", DOORS, with_(forged=(204,))),
    ("the carrier's apology was heard", ERROR, heard(error=True)),
    ("whom we called heard it", ERROR, with_(errors=("11200 voice: 502",))),
    ("messages are left", LEFT, with_(still_due=("3 messages to send",))),
]  # fmt: skip


def test_a_day_on_which_all_went_well_holds_in_every_line() -> None:
    lines = judge.judge(WELL)
    assert [line.sentence for line in lines if not line.holds] == []
    assert {line.what for line in lines} == {*(str(number) for number in range(1, 13)), "caller", "end"}


@pytest.mark.parametrize(("what", "sentence", "change"), BROKEN, ids=[what for what, _, _ in BROKEN])
def test_what_goes_wrong_is_seen_in_its_line(what: str, sentence: str, change: Change) -> None:
    assert [line.sentence for line in judge.judge(change(WELL)) if not line.holds] == [sentence]


def test_every_line_can_break() -> None:
    assert {line.sentence for line in judge.judge(WELL)} == {sentence for _, sentence, _ in BROKEN}


def test_a_caller_without_a_number_is_lost_with_his_ward_and_owed_nothing() -> None:
    hidden = replace(HEARD, number=None, references=frozenset(), said_recorded=False)
    lost = CallRow("lost", CARDIO.slug, None, None, None)
    evidence = replace(WELL, heard=(hidden, TAKEN), calls={"CA1": lost, "CA2": ANSWERED})
    assert broken(evidence) == []
    assert broken(replace(evidence, calls={"CA1": replace(lost, ward=None), "CA2": ANSWERED})) == [CHOSE]


def test_a_call_that_was_put_through_after_its_request_was_filed_is_connected() -> None:
    evidence = replace(WELL, calls={"CA1": FILED, "CA2": replace(ANSWERED, reference="724193")})
    assert broken(evidence) == []


def test_while_postgresql_is_away_no_rung_is_late() -> None:
    late = replace(WELL, steps=(PLANNED, replace(CLIMBED, wall=WALL + 395.0)))
    assert broken(late) == [IN_TIME]
    assert broken(replace(late, away=(Away(WALL + 360.0, WALL + 370.0),))) == []


def test_a_message_whose_time_has_not_come_is_not_missing() -> None:
    assert broken(sms(state="waiting", sid=None, due=False)(replace(WELL, texts=()))) == []


def test_who_waited_and_is_answered_the_next_time_got_one_answer() -> None:
    moment = replace(ASKED, answer="another", one_moment=True)
    assert broken(replace(WELL, exchanges=(moment, ASKED, replace(ASKED, status=503, answer="no")))) == []


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(0, 0.0), (30, 30.0), (60, 60.0), (90, 60.0), (120, 60.0), (150, 65.0), (-10, 0.0)],
    ids=["at the start", "a minute a second", "when it leaps", "in the leap", "where it leaps to", "later", "before"],
)  # fmt: skip
def test_an_instant_of_the_promise_is_found_on_the_wall(minutes: int, seconds: float) -> None:
    leap = (Mark(WALL, NOON, 60.0), Mark(WALL + 60, NOON + timedelta(hours=2), 360.0))
    assert wall_of(NOON + timedelta(minutes=minutes), leap) == WALL + seconds


def test_the_table_says_what_is_broken_and_what_was_done() -> None:
    evidence = replace(WELL, forged=(204,))
    said = table.in_words(evidence, judge.judge(evidence))
    assert "!!     12  who is not the carrier is refused" in said
    assert "answered 204" in said
    assert "1 SIGKILLs; Redis is emptied 2 times" in said
    page = table.as_markdown({7: (evidence, judge.judge(evidence))})
    assert "| 12 | who is not the carrier is refused | **broken**: 1 came unsigned; answered 204 |" in page


def test_the_table_goes_between_the_markers_of_the_page(tmp_path: Any) -> None:
    page = tmp_path / "reliability.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.write_into(page, "new")
    assert page.read_text() == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter\n"
    page.write_text("no place")
    with pytest.raises(ValueError, match="no place for the table"):
        table.write_into(page, "new")


def test_only_the_first_few_examples_are_shown() -> None:
    assert judge.examples("abcdef") == "a; b; c; d, and 2 more"


def broken(evidence: Evidence) -> list[str]:
    return [line.sentence for line in judge.judge(evidence) if not line.holds]


def test_a_line_holds_when_nothing_is_against_it() -> None:
    assert Line("1", "it holds", "seen").holds
    assert not Line("1", "it holds", "seen", ("not",)).holds
