"""The code to read an answer: to whom it goes, how long it counts, and that it cannot be guessed or asked for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from callbacks.answers import codes
from callbacks.answers.codes import Refusal
from tests.callbacks.answers.conftest import HER_MOBILE, Answering
from tests.callbacks.promised import GP


@pytest.fixture
def answered(ward: Answering) -> Answering:
    """Dr Morel called from another mobile than the one on her record, and has her answer."""
    ward.asked(phones=(HER_MOBILE,))
    ward.answers()
    ward.story.written()
    return ward


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def asked(ward: Answering) -> str:
    code = ward.asks_for_code()
    assert isinstance(code, str)
    assert len(code) == 6
    return code


def test_the_code_goes_to_the_mobile_on_record_not_to_the_number_that_called(answered: Answering) -> None:
    asked(answered)
    (sms,) = answered.story.messages()
    assert (sms.purpose, sms.recipient) == ("answer_code", HER_MOBILE)
    assert sms.recipient != GP


def test_the_right_code_counts_once_also_with_blanks(answered: Answering) -> None:
    code = asked(answered)
    assert answered.tries_code(f" {code[:3]} {code[3:]} ") is None
    assert answered.tries_code(code) is Refusal.OVER


def test_of_two_browsers_that_give_it_at_once_one_is_let_in(answered: Answering) -> None:
    code = asked(answered)
    with ThreadPoolExecutor(4) as hands:
        told = list(hands.map(answered.tries_code, [code] * 4))
    assert sorted(map(str, told)) == sorted(["None", *["over"] * 3])


def test_of_two_touches_at_once_one_code_is_sent(answered: Answering) -> None:
    with ThreadPoolExecutor(4) as hands:
        told = [each.result() for each in [hands.submit(answered.asks_for_code) for _ in range(4)]]
    assert sorted(map(len, map(str, told))) == [0, 0, 0, 6]
    assert len(answered.story.written()) == 1


def test_it_lies_nowhere_but_in_its_sms(answered: Answering) -> None:
    code = asked(answered)
    with answered.story.engine.begin() as conn:
        kept = str(conn.execute(text("select * from answer_codes")).all())
    assert code not in kept


def test_five_wrong_ones_and_the_right_one_opens_nothing(answered: Answering) -> None:
    code = asked(answered)
    told = [answered.tries_code(wrong(code)) for _ in range(5)]
    assert told == [Refusal.WRONG] * 4 + [Refusal.OVER]
    assert answered.tries_code(code) is Refusal.OVER


def test_after_ten_minutes_it_is_too_old(answered: Answering) -> None:
    code = asked(answered)
    answered.waits(timedelta(minutes=9, seconds=50))
    assert answered.tries_code(wrong(code)) is Refusal.WRONG
    answered.waits(timedelta(seconds=15))
    assert answered.tries_code(code) is Refusal.OVER


def test_the_newest_alone_counts_and_one_that_waits_is_taken_back(answered: Answering) -> None:
    first = asked(answered)
    answered.waits(timedelta(minutes=1))
    second = asked(answered)
    if first != second:
        assert answered.tries_code(first) is Refusal.WRONG
    assert answered.tries_code(second) is None
    assert [row.state for row in answered.story.messages()] == ["dropped", "waiting"]


def test_asked_for_twice_at_once_one_is_sent(answered: Answering) -> None:
    code = asked(answered)
    assert answered.asks_for_code() == ""
    assert answered.tries_code(code) is None


def test_five_codes_an_hour_and_ten_a_day_for_one_answer(answered: Answering) -> None:
    for _ in range(5):
        asked(answered)
        answered.waits(timedelta(minutes=2))
    assert answered.asks_for_code() is Refusal.TOO_MANY
    answered.waits(timedelta(hours=1))
    for _ in range(5):
        asked(answered)
        answered.waits(timedelta(minutes=2))
    answered.waits(timedelta(hours=2))
    assert answered.asks_for_code() is Refusal.TOO_MANY
    answered.waits(timedelta(hours=22))
    asked(answered)


def test_the_number_is_spared_too_whatever_the_answer(answered: Answering) -> None:
    for _ in range(5):
        asked(answered)
        answered.waits(timedelta(minutes=1))
    answered.asked(practitioner_id=7)
    answered.answers("Un autre avis.")
    assert answered.asks_for_code() is Refusal.TOO_MANY


def test_a_code_of_another_answer_opens_nothing(answered: Answering) -> None:
    code = asked(answered)
    answered.asked(practitioner_id=7)
    answered.answers("Un autre avis.")
    assert answered.tries_code(code) is Refusal.OVER


def test_codes_that_open_nothing_any_more_are_wiped(answered: Answering) -> None:
    asked(answered)
    with answered.story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'delivered' where purpose = 'answer_code'"))
    answered.does(codes.purge)
    assert _bodies(answered) != [""]
    answered.waits(timedelta(minutes=11))
    answered.does(codes.purge)
    assert _bodies(answered) == [""]
    answered.waits(timedelta(days=2))
    answered.does(codes.purge)
    with answered.story.engine.begin() as conn:
        assert conn.execute(text("select count(*) from answer_codes")).scalar() == 0


def _bodies(ward: Answering) -> list[str]:
    with ward.story.engine.begin() as conn:
        return list(conn.execute(text("select body from outbox where purpose = 'answer_code'")).scalars())
