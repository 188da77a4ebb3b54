"""The carrier asks again when we are slow to answer: the second webhook comes while the first is still at work."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.calls.hospital import GP, LINE, Hospital
from tests.calls.test_the_voice_doors import post
from tests.locks import until_waiting

SID = "CA" + "5" * 32
FORM = {"CallSid": SID, "From": GP, "To": LINE, "CallStatus": "in-progress", "Direction": "inbound"}
PATIENCE = 4.0  # seconds, below the lock's own


@contextmanager
def held(hospital: Hospital, statement: str) -> Iterator[None]:
    """Somebody else has the rows of `statement` until three webhooks wait for them or for one another."""
    with hospital.engine.connect() as connection:
        connection.execute(text(statement), {"sid": SID})
        yield
        until_waiting(hospital.engine, 3, PATIENCE)
        connection.rollback()


def three_times(hospital: Hospital, pool: ThreadPoolExecutor, path: str, form: dict[str, str]) -> list[Future[str]]:
    return [pool.submit(lambda: post(hospital, path, form).text) for _ in range(3)]


@pytest.mark.parametrize("digits", ["9", "748", "227", ""], ids=["privacy", "two wards", "one ward", "silence"])
def test_a_turn_is_taken_once_and_answered_alike(hospital: Hospital, digits: str) -> None:
    post(hospital, "/webhooks/voice", FORM)
    path = f"/webhooks/voice/{call_of(hospital)}/1"
    with ThreadPoolExecutor(3) as pool:
        with held(hospital, "select 1 from calls where sid = :sid for update"):
            answers = three_times(hospital, pool, path, FORM | {"Digits": digits})
        heard = {answer.result() for answer in answers}
    assert len(heard) == 1, heard
    assert "/2#" in heard.pop()
    assert hospital.sql("select turn from calls").scalars().all() == [2]


def test_the_end_of_the_announcement_rings_one_senior_once(hospital: Hospital) -> None:
    post(hospital, "/webhooks/voice", FORM)
    path = f"/webhooks/voice/{call_of(hospital)}"
    post(hospital, f"{path}/1", FORM | {"Digits": "227"})
    assert hospital.sql("select count(*) from attempts").scalar_one() == 0
    with ThreadPoolExecutor(3) as pool:
        with held(hospital, "select 1 from calls where sid = :sid for update"):
            answers = three_times(hospital, pool, f"{path}/2", FORM | {"Digits": ""})
        heard = {answer.result() for answer in answers}
    assert len(heard) == 1, heard
    assert "<Dial" in heard.pop()
    assert hospital.sql("select count(*) from attempts").scalar_one() == 1


def test_a_call_comes_in_once_and_is_answered_alike(hospital: Hospital) -> None:
    """Whoever holds that sid changes his mind: one of the three enters the call, the others wait for him."""
    with ThreadPoolExecutor(3) as pool:
        with held(hospital, "insert into calls (sid, step, started_at) values (:sid, 'welcome', app_now())"):
            answers = three_times(hospital, pool, "/webhooks/voice", FORM)
        heard = {answer.result() for answer in answers}
    assert len(heard) == 1, heard
    assert f"/{call_of(hospital)}/1#" in heard.pop()


def call_of(hospital: Hospital) -> UUID:
    found: UUID = hospital.sql("select id from calls").scalar_one()
    return found


def test_a_repeat_whose_answer_was_purged_changes_nothing(hospital: Hospital) -> None:
    post(hospital, "/webhooks/voice", FORM)
    path = f"/webhooks/voice/{call_of(hospital)}/1"
    post(hospital, path, FORM | {"Digits": "748"})
    hospital.sql("delete from turns")
    assert "voice/late/" in post(hospital, path, FORM | {"Digits": "748"}).text
    assert hospital.sql("select step, turn from calls").one() == ("at_which", 2)
