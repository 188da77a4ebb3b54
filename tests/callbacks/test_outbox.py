"""What must be sent is sent by one, once, and its state never goes back."""

from itertools import permutations
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import leases, outbox, reminders
from callbacks.leases import Claimed
from config import clock
from tests.callbacks.sending import AMELIE, BRUNO, Hands, a_request, message, put, row


@pytest.fixture
def hands(database: Engine) -> Hands:
    return Hands(database)


def claim(engine: Engine, outbox_id: int, worker: str = "worker") -> Claimed | None:
    with engine.begin() as conn:
        return leases.claim(conn, outbox_id, worker)


def claimed(engine: Engine, outbox_id: int, worker: str = "worker") -> Claimed:
    found = claim(engine, outbox_id, worker)
    assert found is not None
    return found


def due(engine: Engine, limit: int = 50) -> list[tuple[object, bool]]:
    with engine.begin() as conn:
        return [(each.id, each.late) for each in taken(conn, limit)]


def taken(conn: Connection, limit: int) -> list[leases.Due]:
    return leases.take_to_send(conn, limit) + leases.take_unanswered(conn, limit)


def send(engine: Engine, outbox_id: int, sid: str) -> None:
    ours = claimed(engine, outbox_id)
    with engine.begin() as conn:
        assert leases.sent(conn, ours, sid)


def told(engine: Engine, outbox_id: int, word: str, sid: str | None = None, error: str | None = None) -> int | None:
    with engine.begin() as conn:
        token = conn.execute(text("select token from outbox where id = :id"), {"id": outbox_id}).scalar_one()
        return outbox.record_status(conn, token, word, error, provider_sid=sid)


def acted_upon(engine: Engine, outbox_id: int) -> bool:
    with engine.begin() as conn:
        found = leases.unanswered(conn, outbox_id)
        return found is not None and leases.answer(conn, found)


def test_the_news_of_a_whole_morning_never_stands_before_an_alert(database: Engine) -> None:
    news = [message(f"shift:{n}", purpose="shift_start", request_id=None) for n in range(30)]
    put(database, *news)
    (alert,) = put(database, message("r1:first:1:sms"))
    taken = [id for id, _ in due(database)]
    assert taken[0] == alert
    assert len(taken) == 1 + leases.NEWS_AT_ONCE
    everybody = set(taken)
    while more := due(database):
        assert len(more) <= leases.NEWS_AT_ONCE
        everybody |= {id for id, _ in more}
    assert len(everybody) == 31


class TestWriting:
    def test_an_alert_written_twice_is_one_alert(self, database: Engine) -> None:
        both = message("r1:first:1:sms"), message("r1:first:2:sms")
        assert put(database, *both) == put(database, *both)
        with database.begin() as conn:
            assert outbox.put(conn, both, clock.read(conn)) == 0

    def test_an_alert_is_gone_with_the_cause_that_failed(self, database: Engine) -> None:
        with database.connect() as conn:
            assert outbox.put(conn, [message()], clock.read(conn)) == 1
            conn.rollback()
        with database.connect() as conn:
            assert conn.execute(text("select count(*) from outbox")).scalar_one() == 0

    def test_what_waits_for_a_request_is_taken_back_but_not_what_is_being_sent(self, database: Engine) -> None:
        request_id = a_request(database)
        waiting, going, apology = put(
            database,
            message("a", request_id=request_id),
            message("b", request_id=request_id),
            message("c", request_id=request_id, purpose="apology"),
        )
        ours = claimed(database, going)
        with database.begin() as conn:
            assert outbox.waiting_for(conn, request_id) == [waiting, apology]
            assert outbox.drop_waiting(conn, request_id, {"alert"}) == 1
        assert [row(database, each).state for each in (waiting, going, apology)] == ["dropped", "sending", "waiting"]
        with database.begin() as conn:
            leases.postponed(conn, ours, 1.0, "20429", in_doubt=False)
        assert row(database, going).state == "dropped"

    def test_what_was_taken_back_while_its_sender_died_is_not_sent_again(self, database: Engine, hands: Hands) -> None:
        request_id = a_request(database)
        (one,) = put(database, message(request_id=request_id))
        claimed(database, one, "killed")
        with database.begin() as conn:
            outbox.drop_waiting(conn, request_id)
        hands.pass_seconds(leases.LEASE_SECONDS + 1)
        again = claimed(database, one, "other")
        with database.begin() as conn:
            leases.asked(conn, again, 10.0)
        assert row(database, one).state == "dropped"


class TestClaiming:
    def test_nobody_is_told_before_it_is_due(self, database: Engine, hands: Hands) -> None:
        (later,) = put(database, message(due_at=hands.now().replace(year=2050)))
        assert due(database) == []
        assert claim(database, later) is None

    def test_two_workers_at_once_are_one_sender(self, database: Engine) -> None:
        (one,) = put(database, message())
        together, winners = Barrier(4), []

        def try_it(name: str) -> None:
            together.wait()
            if claim(database, one, name):
                winners.append(name)

        workers = [Thread(target=try_it, args=(f"w{n}",)) for n in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(winners) == 1

    def test_two_ticks_at_once_take_each_row_once(self, database: Engine) -> None:
        ids = put(database, *(message(str(n)) for n in range(60)))
        together = Barrier(3)
        taken: list[object] = []

        def tick() -> None:
            together.wait()
            for _ in range(10):
                taken.extend(id for id, _ in due(database, limit=7))

        ticks = [Thread(target=tick) for _ in range(3)]
        for each in ticks:
            each.start()
        for each in ticks:
            each.join()
        assert sorted(map(str, taken)) == sorted(map(str, ids))

    def test_a_row_rung_for_is_late_when_nobody_came(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        assert due(database) == [(one, False)]
        assert due(database) == []
        hands.pass_seconds(leases.BELL_SECONDS + 0.1)
        assert due(database) == [(one, True)]

    def test_a_worker_that_was_rung_for_takes_the_row_at_once(self, database: Engine) -> None:
        (one,) = put(database, message())
        due(database)
        assert claim(database, one) is not None

    def test_a_worker_killed_while_sending_leaves_the_row_in_doubt(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        first = claimed(database, one, "killed")
        hands.pass_seconds(leases.LEASE_SECONDS - 1)
        assert claim(database, one, "other") is None
        hands.pass_seconds(2)
        assert due(database) == [(one, False)]
        second = claimed(database, one, "other")
        assert (first.ambiguous, second.ambiguous) == (False, True)
        assert second.attempted_real == first.attempted_real
        assert second.attempts == 1

    def test_a_worker_that_wakes_after_its_lease_changes_nothing(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        asleep = claimed(database, one, "asleep")
        hands.pass_seconds(leases.LEASE_SECONDS + 1)
        with database.begin() as conn:
            assert not leases.send_again(conn, asleep)
        awake = claimed(database, one, "awake")
        with database.begin() as conn:
            assert not leases.sent(conn, asleep, "SM1")
            assert not leases.failed(conn, asleep, "21211")
            assert leases.sent(conn, awake, "SM2")
        assert row(database, one).provider_sid == "SM2"

    def test_a_message_put_off_waits_its_time(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        ours = claimed(database, one)
        with database.begin() as conn:
            leases.postponed(conn, ours, 8.0, "429", in_doubt=False)
        hands.pass_seconds(7)
        assert due(database) == []
        assert claim(database, one) is None
        hands.pass_seconds(2)
        again = claimed(database, one)
        assert (again.attempts, again.ambiguous) == (2, False)

    def test_a_telephone_is_rung_by_one_call_at_a_time(self, database: Engine, hands: Hands) -> None:
        first, second, other = put(
            database,
            message("a", channel="call"),
            message("b", channel="call"),
            message("c", channel="call", recipient=BRUNO),
        )
        ours = claimed(database, first)
        assert claim(database, second) is None
        assert claim(database, other) is not None
        with database.begin() as conn:
            leases.sent(conn, ours, "CA1")
        assert claim(database, second) is None
        assert told(database, first, "no-answer") == first
        assert claim(database, second) is not None

    def test_a_call_whose_end_is_never_told_holds_its_telephone_for_a_minute(
        self, database: Engine, hands: Hands
    ) -> None:
        first, second = put(database, message("a", channel="call"), message("b", channel="call"))
        send(database, first, "CA1")
        hands.pass_seconds(61)
        assert claim(database, second) is not None

    def test_a_telephone_in_conversation_with_us_is_left_alone(self, database: Engine) -> None:
        first, second = put(database, message("a", channel="call"), message("b", channel="call"))
        send(database, first, "CA1")
        told(database, first, "delivered")
        with database.begin() as conn:
            conn.execute(
                text("insert into calls (sid, direction, step, started_at) values ('CA1', 'alert', 'x', app_now())")
            )
        assert (due(database), claim(database, second)) == ([], None)
        with database.begin() as conn:
            conn.execute(text("update calls set ended_at = app_now()"))
        assert claim(database, second) is not None

    def test_a_row_in_somebodys_hands_holds_up_no_other(self, database: Engine) -> None:
        first, second = put(database, message("a"), message("b"))
        with database.begin() as conn:
            conn.execute(text("select from outbox where id = :id for update"), {"id": first})
            assert due(database) == [(second, False)]


class TestStates:
    @pytest.mark.parametrize(
        ("words", "state"),
        [
            (("sent", "delivered"), "delivered"),
            (("sending", "sent", "undelivered"), "undelivered"),
            (("queued", "failed"), "failed"),
            (("initiated", "ringing", "busy"), "undelivered"),
            (("ringing", "no-answer"), "undelivered"),
            (("canceled",), "failed"),
            (("ringing", "in-progress", "completed"), "sent"),
            (("accepted",), "sent"),
        ],
    )
    def test_in_any_order_and_twice_the_carrier_is_understood_the_same(
        self, database: Engine, words: tuple[str, ...], state: str
    ) -> None:
        orders = list(permutations(words))
        ids = put(database, *(message(str(n)) for n in range(len(orders))))
        for n, (outbox_id, order) in enumerate(zip(ids, orders, strict=True)):
            send(database, outbox_id, f"SM{n}")
            for word in order * 2:
                told(database, outbox_id, word)
            assert row(database, outbox_id).state == state, order

    @pytest.mark.parametrize("later", ["undelivered", "failed", "sent"])
    def test_delivered_stays_delivered(self, database: Engine, later: str) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        assert told(database, one, "delivered") == one
        assert told(database, one, later) is None
        assert row(database, one).state == "delivered"

    def test_a_status_that_comes_before_the_sender_wrote_settles_the_row(self, database: Engine) -> None:
        (one,) = put(database, message())
        ours = claimed(database, one)
        assert told(database, one, "delivered", sid="SM9") == one
        with database.begin() as conn:
            assert not leases.sent(conn, ours, "SM9")
        found = row(database, one)
        assert (found.state, found.provider_sid, found.ambiguous) == ("delivered", "SM9", False)
        assert found.sent_at is not None

    def test_a_status_settles_a_row_in_doubt_without_asking(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        claimed(database, one, "killed")
        hands.pass_seconds(leases.LEASE_SECONDS + 1)
        assert told(database, one, "sent", sid="SM9") == one
        assert claim(database, one) is None

    def test_a_row_is_named_by_the_carriers_own_name_too(self, database: Engine) -> None:
        (one,) = put(database, message())
        send(database, one, "SM7")
        with database.begin() as conn:
            assert outbox.record_status(conn, "SM7", "undelivered", "30003") == one
        assert (row(database, one).state, row(database, one).error) == ("undelivered", "30003")

    @pytest.mark.parametrize("name", ["SMunknown", "", "00000000-0000-0000-0000-000000000000", "é" * 300])
    def test_a_status_of_what_we_never_sent_changes_nothing(self, database: Engine, name: str) -> None:
        (one,) = put(database, message())
        with database.begin() as conn:
            assert outbox.record_status(conn, name, "delivered") is None
        assert row(database, one).state == "waiting"

    def test_a_word_the_carrier_never_used_before_changes_nothing(self, database: Engine) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        assert told(database, one, "teleported") is None
        assert row(database, one).state == "sent"

    def test_a_message_never_attempted_cannot_be_delivered(self, database: Engine) -> None:
        (one,) = put(database, message())
        assert told(database, one, "delivered", sid="SM1") is None

    def test_what_was_taken_back_in_doubt_and_yet_was_sent_is_shown_as_sent(
        self, database: Engine, hands: Hands
    ) -> None:
        request_id = a_request(database)
        (one,) = put(database, message(request_id=request_id))
        ours = claimed(database, one)
        with database.begin() as conn:
            leases.postponed(conn, ours, 5.0, "no answer", in_doubt=True)
            assert outbox.drop_waiting(conn, request_id) == 1
        assert told(database, one, "delivered", sid="SM1") == one
        assert row(database, one).state == "delivered"

    def test_two_rows_never_share_a_message_of_the_carrier(self, database: Engine) -> None:
        first, second = put(database, message("a"), message("b"))
        send(database, first, "SM1")
        claimed(database, second)
        assert told(database, second, "delivered", sid="SM1") is None


class TestNotArrived:
    def test_an_sms_not_delivered_in_three_minutes_wants_somebody(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        hands.pass_seconds(179)
        assert due(database) == []
        hands.pass_seconds(2)
        assert due(database) == [(one, False)]

    def test_a_fast_clock_leaves_an_sms_two_real_seconds_to_arrive(self, database: Engine, hands: Hands) -> None:
        with database.begin() as conn:
            clock.set_rate(conn, 3600)
        (one,) = put(database, message())
        send(database, one, "SM1")
        hands.pass_seconds(1)
        assert due(database) == []
        hands.pass_seconds(1.1)
        assert due(database) == [(one, False)]

    @pytest.mark.parametrize("word", ["undelivered", "failed"])
    def test_a_refusal_wants_somebody_at_once(self, database: Engine, word: str) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        told(database, one, word, error="30005")
        assert due(database) == [(one, False)]
        with database.begin() as conn:
            found = leases.unanswered(conn, one)
            assert found is not None
            assert (found.state, found.provider_sid) == (word, "SM1")

    def test_an_alert_the_carrier_does_not_take_wants_somebody_while_it_is_still_tried(
        self, database: Engine, hands: Hands
    ) -> None:
        (one,) = put(database, message())
        ours = claimed(database, one)
        with database.begin() as conn:
            leases.postponed(conn, ours, 600.0, "unreachable", in_doubt=False)
        hands.pass_seconds(181)
        assert due(database) == [(one, False)]
        assert acted_upon(database, one)
        hands.pass_seconds(10)
        assert due(database) == []
        hands.pass_seconds(410)
        assert due(database) == [(one, True)]

    def test_one_alone_acts_upon_it(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        told(database, one, "undelivered")
        with database.begin() as first:
            found = leases.unanswered(first, one)
            assert found is not None
            assert leases.answer(first, found)
            assert not leases.answer(first, found)
        assert not acted_upon(database, one)
        hands.pass_seconds(60)
        assert due(database) == []

    def test_what_arrives_late_is_still_delivered(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        hands.pass_seconds(200)
        assert acted_upon(database, one)
        assert told(database, one, "delivered") == one
        assert row(database, one).state == "delivered"

    def test_nothing_is_done_about_what_was_delivered(self, database: Engine, hands: Hands) -> None:
        (one,) = put(database, message())
        send(database, one, "SM1")
        told(database, one, "delivered")
        hands.pass_seconds(1000)
        assert due(database) == []
        assert not acted_upon(database, one)


def test_a_url_names_whom_it_is_about(database: Engine) -> None:
    (one,) = put(database, message(channel="call", body="alert_voice", detail={"reference": "724193"}))
    with database.begin() as conn:
        found = outbox.by_token(conn, row(database, one).token)
        assert found is not None
        assert (found.id, found.recipient, found.detail) == (one, AMELIE, {"reference": "724193"})
        assert outbox.by_token(conn, "not-a-token") is None
        assert outbox.by_token(conn, "00000000-0000-0000-0000-000000000000") is None


def test_the_cost_of_a_look_follows_what_is_due_and_not_what_was_ever_sent(database: Engine, hands: Hands) -> None:
    with database.begin() as conn:
        conn.execute(
            text(
                "insert into outbox (key, purpose, channel, recipient, state, due_at, created_at, sent_at, sent_real)"
                " select 'old' || n, 'alert', case n % 2 when 0 then 'sms' else 'call' end, '+33639980001',"
                " 'delivered', app_now(), app_now(), app_now(), real_now() from generate_series(1, 20000) n"
            )
        )
        conn.execute(
            text(
                "insert into outbox (key, purpose, channel, recipient, due_at, created_at)"
                " select 'later' || n, 'reminder', 'sms', '+33639980001', app_now() + interval '9 hours', app_now()"
                " from generate_series(1, 5000) n"
            )
        )
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("analyze outbox"))
    put(database, message("now"), message("ring", channel="call", recipient=BRUNO))
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        before = _rows_read(conn)
        assert len(taken(conn, 50)) == 2
        assert _rows_read(conn) - before < 100


def _rows_read(conn: Connection) -> int:
    conn.execute(text("select pg_stat_force_next_flush()"))
    statement = "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables where relname = 'outbox'"
    found: int = conn.execute(text(statement)).scalar_one()
    return found


_UNDER_WAY = """
    insert into outbox
        (key, purpose, channel, recipient, person_id, state, due_at, created_at, sent_at, sent_real, detail)
    select cast(:channel as text) || n, 'first', cast(:channel as text), '+33639980001', :person, 'sent', now(), now(),
        now(), now(), cast(:detail as jsonb) from generate_series(1, :many) as n"""


def under_way(conn: Connection, channel: str, many: int, person: int, detail: str = "{}") -> None:
    values = {"channel": channel, "many": many, "person": person, "detail": detail}
    conn.execute(text(_UNDER_WAY), values)


def plan_of(conn: Connection, statement: str, **values: object) -> str:
    conn.execute(text("analyze outbox"))
    return "\n".join(conn.execute(text(f"explain {statement}"), values).scalars())


@pytest.fixture
def amelie(database: Engine) -> int:
    with database.begin() as conn:
        person = text("insert into people (name, phone) values ('Amélie', '+33639980001') returning id")
        return int(conn.execute(person).scalar_one())


def test_which_calls_ring_is_asked_of_those_alone_however_many_sms_are_under_way(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        under_way(conn, "sms", 3000, amelie)
        under_way(conn, "call", 20, amelie)
        assert "ix_outbox_rung" in plan_of(conn, leases._RINGING)


def test_what_counts_is_asked_of_that_alone_however_much_else_she_was_sent(database: Engine, amelie: int) -> None:
    with database.begin() as conn:
        under_way(conn, "sms", 3000, amelie)
        under_way(conn, "email", 20, amelie, '{"limited": true}')
        plan = plan_of(conn, reminders._TIMES.text, person_id=amelie, now=clock.read(conn).now)
        assert "ix_outbox_limited" in plan
