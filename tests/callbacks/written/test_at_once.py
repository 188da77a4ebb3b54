"""What is written at the same instant, twice, or while the process dies: kept once, understood once, never lost."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, TimeoutError

from callbacks import requests
from callbacks.written import filing
from callbacks.written.incoming import Attached, Channel, Incoming
from config import clock
from tests.callbacks.written.desk import BLANC, LINE, ROUX, STRANGER, Line

CARDIO = "avis cardio cochin pour un patient sous AVK"


def sms(key: str, words: str, sender: str = ROUX, attached: tuple[Attached, ...] = ()) -> Incoming:
    return Incoming(f"sms:{key}", Channel.SMS, sender, LINE, words, attached=attached)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each gives back, or the exception that it ends in; all begin together."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        together.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as hands:
        futures = [hands.submit(run, act) for act in acts]
    return [future.exception() or future.result() for future in futures]


def taken_at_once(line: Line, messages: Sequence[Incoming]) -> list[object]:
    return at_once(*(partial(line.takes, each) for each in messages))


@pytest.mark.parametrize("words", [CARDIO, "nephro", "merci", "SUIVI"])
def test_the_same_message_by_ten_doors_at_once_is_one(line: Line, words: str) -> None:
    assert Counter(taken_at_once(line, [sms("SM1", words)] * 10)) == {True: 1, False: 9}
    assert len(line.verdicts()) == 1
    assert len(line.said()) <= 1


def test_two_messages_of_one_sender_at_once_make_one_talk_and_one_question(line: Line) -> None:
    taken_at_once(line, [sms(f"SM{number}", "bonjour docteur, un avis") for number in range(6)])
    assert line.talks() == [("open", "ward")]
    assert line.verdicts() == ["waiting"] * 6
    assert len(line.said()) == 1


def test_ward_and_hospital_at_once_are_one_request_with_both(line: Line) -> None:
    taken_at_once(line, [sms("SM1", "nephro"), sms("SM2", "cochin")])
    assert line.wards_asked() == ["cochin nephr"]
    assert sorted(line.words_in(line.requests()[0].id)) == ["cochin", "nephro"]
    assert line.verdicts() == ["filed", "filed"]


def test_the_same_answer_sent_twice_files_once(line: Line) -> None:
    line.sms(ROUX, "nephro")
    taken_at_once(line, [sms("A", "2"), sms("B", "2")])
    assert line.wards_asked() == ["cochin nephr"]
    assert sorted(line.verdicts()) == ["command", "filed", "idle"]


def test_senders_do_not_wait_for_each_other_nor_lock_each_other_out(line: Line) -> None:
    for hospital in ("Cochin", "Avicenne"):
        line.policy(hospital, "accept")
    words = ("nephro", "cochin", "SUIVI", "merci")
    senders = (ROUX, BLANC, STRANGER, "+33639980055")
    results = taken_at_once(
        line, [sms(f"{sender}{number}", each, sender) for sender in senders for number, each in enumerate(words)]
    )
    assert results == [True] * 16
    assert line.wards_asked() == ["cochin nephr"] * 4


def test_somebody_sorts_it_while_he_answers_and_it_is_one_request(line: Line) -> None:
    for round_ in range(5):
        line.sms(BLANC, "nephro", key=f"sms:first{round_}")
        talk, before = line.talk_id(), len(line.requests())

        def sorts(talk: int = talk) -> object:
            with line.engine.begin() as conn:
                return filing.file_dialogue(conn, talk, line.ward["cochin nephr"], clock.read(conn))

        answered, by_desk = at_once(partial(line.takes, sms(f"answer{round_}", "2", BLANC)), sorts)
        assert answered is True
        assert isinstance(by_desk, requests.Filed | filing.NotOpen)
        filed = line.requests()
        assert len(filed) == before + 1
        # His number is of no use any more when he was first; else the ward sees what he would have chosen.
        sorted_first = isinstance(by_desk, requests.Filed)
        assert line.words_in(filed[-1].id) == (["nephro", "2"] if sorted_first else ["nephro"])
        line.closes(filed[-1].id)


def test_what_he_adds_while_it_is_closed_is_read_all_the_same(line: Line) -> None:
    for round_ in range(5):
        filed = line.calls(BLANC, "cochin cardi")

        def closes(request_id: int = filed.id) -> object:
            with line.engine.begin() as conn:
                return requests.close(conn, request_id, line.amelie, "CONSEIL", clock.read(conn))

        added = sms(f"added{round_}", f"{filed.reference} : il va moins bien", BLANC)
        taken, _ = at_once(partial(line.takes, added), closes)
        assert taken is True
        [after] = [request for request in line.requests() if request.id == filed.id]
        assert (after.state, after.unheard) == ("open", 1)
        line.closes(filed.id)


def test_what_he_adds_while_it_is_withdrawn_becomes_a_request_of_its_own(line: Line) -> None:
    filed = line.calls(BLANC, "cochin cardi")
    with ThreadPoolExecutor(1) as hands, line.engine.begin() as conn:
        assert requests.withdraw(conn, filed.id, clock.read(conn))
        taken = hands.submit(line.takes, sms("added", f"{filed.reference} : il va moins bien", BLANC))
        while not line.rows("select from pg_stat_activity where wait_event_type = 'Lock'"):
            assert not taken.done()
        conn.commit()
        assert taken.result()
    assert line.wards_asked() == ["withdrawn", "cochin cardi"]
    assert line.words_in(filed.id) == []


# Faults -----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing catches it."""


@contextmanager
def failing(line: Line, at: int, fault: BaseException) -> Iterator[list[str]]:
    """The statement of that number goes wrong; the list fills with the statements."""
    seen: list[str] = []

    def note(*execution: Any) -> None:
        seen.append(str(execution[2]))
        if len(seen) == at:
            raise fault

    event.listen(line.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(line.engine, "before_cursor_execute", note)


LAST: dict[str, tuple[list[str], Incoming]] = {
    "a clear ward": ([], sms("LAST", CARDIO)),
    "an answer": (["nephro", "un patient de 60 ans"], sms("LAST", "2")),
    "a question": ([], sms("LAST", "nephro")),
    "one that joins": ([CARDIO, "INR à 7"], sms("LAST", "1")),
    "a change of mind": ([CARDIO, "non, plutôt néphro cochin"], sms("LAST", "1")),
    "a picture": ([], sms("LAST", "dermato cochin", attached=(Attached(source="https://api.twilio.com/ME1"),))),
    "a withdrawal": ([CARDIO], sms("LAST", "ANNULER")),
}


def story(line: Line) -> object:
    """All that a death must not change."""
    parts = [sorted(line.words_in(request.id)) for request in line.requests()]
    pictures = line.rows("select count(*) from attachments")
    return line.wards_asked(), parts, line.verdicts(), line.talks(), len(line.said()), pictures


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("fault", [Killed(), OperationalError("", {}, Exception()), TimeoutError()], ids=repr)
def test_whenever_it_dies_the_message_comes_again_and_is_taken_once(
    line: Line, last: str, fault: BaseException
) -> None:
    before, message = LAST[last]
    for number, words in enumerate(before):
        line.sms(ROUX, words, key=f"sms:{number}")
    at, untouched = 1, story(line)
    while True:
        with failing(line, at, fault):
            try:
                line.takes(message)
            except (Killed, OperationalError, TimeoutError):
                assert story(line) == untouched
            else:
                break
        at += 1
    assert at > 5
    assert not line.takes(message)
    assert len(line.verdicts()) == len(before) + 1
    assert "waiting" not in line.verdicts() or last == "a question"


@pytest.mark.parametrize("last", LAST)
def test_a_message_that_trips_us_is_kept_for_somebody_to_sort(line: Line, last: str) -> None:
    before, message = LAST[last]
    for number, words in enumerate(before):
        line.sms(ROUX, words, key=f"sms:{number}")
    filed = len(line.requests())
    with failing(line, 6, ZeroDivisionError()) as statements:
        assert line.takes(message)
    assert len(statements) > 6
    assert len(line.requests()) == filed
    assert line.verdicts()[-1] == "waiting"
    [(due,)] = line.rows("select sort_at <= app_now() from dialogues where state = 'open'")
    assert due
    assert [kind for (kind,) in line.rows("select kind from alarms")] == ["written_set_aside"]
    assert not line.takes(message)
