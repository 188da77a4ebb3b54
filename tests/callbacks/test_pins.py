"""What is a secret and what is not, and who locks himself out."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from callbacks import alarms, pins
from callbacks.pins import Locked, Refusal, Right, Unset, Wrong, objection
from callbacks.tables import outbox
from config import clock
from config.texts.gsm7 import segments
from scheduling.tables import people
from tests.callbacks.promised import HOUSE

PIN = "730418"
PHONE = "+33639980001"


@pytest.fixture
def amelie(database: Engine) -> int:
    with database.begin() as conn:
        added = insert(people).values(name="Amélie Durand", phone=PHONE).returning(people.c.id)
        person_id: int = conn.execute(added).scalar_one()
        return person_id


def guesses(conn: Connection, amelie: int, times: int) -> list[object]:
    return [pins.check(conn, amelie, "000000") for _ in range(times)]


@pytest.mark.parametrize(
    ("pin", "refusal"),
    [
        ("7304", None),
        ("73041826", None),
        ("9042", None),
        ("730", Refusal.LENGTH),
        ("730418263", Refusal.LENGTH),
        ("73 04", Refusal.LENGTH),
        ("7304\n", Refusal.LENGTH),
        ("²³⁴⁵", Refusal.LENGTH),
        ("0000", Refusal.TRIVIAL),
        ("1234", Refusal.TRIVIAL),
        ("7890", Refusal.TRIVIAL),
        ("87654321", Refusal.TRIVIAL),
        ("1212", Refusal.TRIVIAL),
        ("730730", Refusal.TRIVIAL),
        ("1978", Refusal.TRIVIAL),
        ("2027", Refusal.TRIVIAL),
        ("2580", Refusal.TRIVIAL),
        ("980001", Refusal.TRIVIAL),
    ],
)
def test_what_a_thief_tries_first_is_refused(pin: str, refusal: Refusal | None) -> None:
    assert objection(pin, PHONE) == refusal


def test_a_pin_is_set_once_and_then_asked(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        assert pins.check(conn, amelie, PIN) == Unset() == pins.standing(conn, amelie)
        assert pins.set_first(conn, amelie, "1234") is Refusal.TRIVIAL
        assert pins.set_first(conn, amelie, PIN) is None
        assert pins.set_first(conn, amelie, "918273") is Refusal.ALREADY_SET
        assert pins.check(conn, amelie, "918273") == Wrong(4)
        assert pins.check(conn, amelie, PIN) == pins.standing(conn, amelie)


def test_the_pin_itself_is_kept_nowhere(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        pins.set_first(conn, amelie, PIN)
        assert PIN not in repr(conn.exec_driver_sql("select * from people").all())


def test_five_wrong_ones_lock_it_and_somebody_is_told(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        pins.set_first(conn, amelie, PIN)
        assert guesses(conn, amelie, 5) == [Wrong(4), Wrong(3), Wrong(2), Wrong(1), Locked()]
        assert pins.check(conn, amelie, PIN) == Locked()
        assert [alarm.key for alarm in alarms.standing(conn)] == [f"pin_locked:{amelie}"]


def told(conn: Connection) -> list[tuple[str, str]]:
    return [(row.recipient, row.body) for row in conn.execute(select(outbox).order_by(outbox.c.id))]


def test_its_owner_is_told_once_a_lock(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        moment = clock.read(conn)
        pins.set_first(conn, amelie, PIN)
        guesses(conn, amelie, 4)
        pins.tell_owner(conn, HOUSE, amelie, moment)
        assert told(conn) == []  # not locked yet
        guesses(conn, amelie, 2)
        for _ in range(2):
            pins.tell_owner(conn, HOUSE, amelie, moment)
        [(recipient, words)] = told(conn)
        assert recipient == PHONE
        assert "bloqué après cinq essais" in words
        assert PIN not in words
        assert segments(words) == 1
    with database.begin() as conn:  # another transaction, another lock
        pins.unlock(conn, PHONE)
        guesses(conn, amelie, 5)
        pins.tell_owner(conn, HOUSE, amelie, clock.read(conn))
        assert len(told(conn)) == 2


@pytest.mark.parametrize(
    "values", [{"opted_out_at": datetime(2027, 3, 15, tzinfo=UTC)}, {"phone": "+33199000001"}], ids=["stop", "landline"]
)
def test_who_cannot_be_texted_is_not(database: Engine, amelie: int, values: dict[str, object]) -> None:
    with database.begin() as conn:
        conn.execute(update(people).values(values))
        pins.set_first(conn, amelie, PIN)
        guesses(conn, amelie, 5)
        pins.tell_owner(conn, HOUSE, amelie, clock.read(conn))
        assert told(conn) == []
        assert [alarm.kind for alarm in alarms.standing(conn)] == ["pin_locked"]


def test_the_administrator_gives_five_new_tries(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        pins.set_first(conn, amelie, PIN)
        guesses(conn, amelie, 5)
        assert pins.unlock(conn, PHONE)
        assert guesses(conn, amelie, 4)[-1] == Wrong(1)
        assert isinstance(pins.check(conn, amelie, PIN), Right)
        assert alarms.standing(conn) == []
        assert not pins.unlock(conn, "+33639989999")


def test_who_forgot_his_pin_sets_another(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        pins.set_first(conn, amelie, PIN)
        before = pins.standing(conn, amelie)
        assert pins.forget(conn, PHONE)
        assert pins.set_first(conn, amelie, "918273") is None
        assert pins.standing(conn, amelie) != before


def test_guesses_at_the_same_time_count_one_by_one(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        pins.set_first(conn, amelie, PIN)
    answers: list[object] = []

    def guess() -> None:
        with database.begin() as conn:
            answers.append(pins.check(conn, amelie, "000000"))

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers)) == sorted(map(str, [Wrong(4), Wrong(3), Wrong(2), Wrong(1), Locked(), Locked()]))
