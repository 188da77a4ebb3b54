"""When more waits than can leave at once: who must act is told first, and nobody is forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from callbacks import leases
from callbacks.purposes import AT_ONCE, NEWS, TRIGGERED, Purpose
from config import clock
from tests.callbacks.sending import message, put

LATER = (Purpose.REMINDER, Purpose.SUMMARY, Purpose.CONFIRMATION, Purpose.APOLOGY, Purpose.TAKEN)


def ago(engine: Engine, **time: float) -> datetime:
    with engine.connect() as conn:
        return clock.read(conn).now - timedelta(**time)


def waits(engine: Engine, many: int, purpose: str, **time: float) -> list[int]:
    """So many of this purpose fell due so long ago."""
    due_at = ago(engine, **time)
    return put(engine, *(message(f"{purpose} {n}", purpose=purpose, due_at=due_at) for n in range(many)))


def leave(engine: Engine, limit: int) -> list[object]:
    """So many hands are free."""
    with engine.begin() as conn:
        return [row.id for row in leases.take_in_hand(conn, limit)]


def rung_for(engine: Engine, limit: int = 50) -> list[object]:
    with engine.begin() as conn:
        return [row.id for row in leases.take_to_send(conn, limit)]


def test_an_alert_filed_in_the_midst_of_a_burst_leaves_before_the_reminders_that_waited(database: Engine) -> None:
    reminders = waits(database, 30, "reminder", minutes=10)
    assert leave(database, 5) == reminders[:5]
    (alert,) = waits(database, 1, "alert", seconds=0)
    assert leave(database, 5) == [alert, *reminders[5:9]]


@pytest.mark.parametrize("purpose", sorted(AT_ONCE))
@pytest.mark.parametrize("later", LATER)
def test_who_must_act_is_told_before_who_is_only_reminded(database: Engine, purpose: str, later: str) -> None:
    waits(database, 1, later, minutes=14)
    (first,) = waits(database, 1, purpose, seconds=0)
    assert leave(database, 1) == [first]


def test_alerts_among_themselves_leave_in_the_order_in_which_they_fell_due(database: Engine) -> None:
    second, first = waits(database, 1, "alert", seconds=5) + waits(database, 1, "overdue", seconds=9)
    assert leave(database, 2) == [first, second]


def test_no_stranger_can_have_himself_told_before_a_senior() -> None:
    assert not AT_ONCE & (TRIGGERED | NEWS)


def test_a_reminder_is_not_passed_for_ever_by_alerts(database: Engine) -> None:
    """After a quarter of an hour it is its turn, however many alerts come."""
    (reminder,) = waits(database, 1, "reminder", minutes=15, seconds=1)
    waits(database, 20, "alert", seconds=0)
    assert leave(database, 1) == [reminder]


def test_news_are_not_passed_for_ever_by_all_else(database: Engine) -> None:
    (news,) = waits(database, 1, "shift_start", minutes=60, seconds=1)
    waits(database, 20, "reminder", minutes=10)
    waits(database, 20, "alert", seconds=0)
    assert leave(database, 1) == [news]


def test_news_of_this_hour_leave_when_nothing_else_does(database: Engine) -> None:
    news = waits(database, 1, "shift_start", minutes=59)
    reminders = waits(database, 2, "reminder", seconds=0)
    assert leave(database, 2) == reminders
    assert leave(database, 2) == news


def test_an_alert_whose_ring_stands_behind_other_jobs_leaves_by_the_next_free_hand(database: Engine) -> None:
    alert = waits(database, 1, "alert", seconds=0)
    assert rung_for(database) == alert
    assert rung_for(database) == []
    assert leave(database, 5) == alert
    assert leave(database, 5) == []


def test_what_a_killed_worker_had_taken_is_found_when_its_mark_runs_out(database: Engine) -> None:
    alert = waits(database, 1, "alert", seconds=0)
    assert leave(database, 5) == alert
    with database.begin() as conn:
        conn.execute(text("update outbox set lease_real = lease_real - interval '5 seconds'"))
        assert leases.take_to_send(conn, 5) == [leases.Due(alert[0], late=True)]


def test_who_was_rung_for_it_may_still_send_what_another_worker_means_to(database: Engine) -> None:
    (alert,) = waits(database, 1, "alert", seconds=0)
    assert leave(database, 5) == [alert]
    with database.begin() as conn:
        assert leases.claim(conn, alert, "rung for") is not None
    with database.begin() as conn:
        assert leases.claim(conn, alert, "means to") is None
