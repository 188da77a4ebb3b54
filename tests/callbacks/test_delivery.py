"""An alert leaves once: not lost when a worker dies, not doubled when the carrier is not understood."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import alarms, delivery, leases
from callbacks.carrier import CarrierError
from config.clock import Moment
from tests.callbacks.sending import AMELIE, HOUSE, LOST_ANSWER, Hands, MemoryCarrier, message, put, row

BUSY_CARRIER = CarrierError("20429")
STOPPED = CarrierError("21610", permanent=True)
BROKEN_CARRIER = CarrierError("500", ambiguous=True)


@pytest.fixture
def hands(database: Engine) -> Hands:
    return Hands(database)


@pytest.fixture
def carrier(hands: Hands) -> MemoryCarrier:
    return MemoryCarrier(now=hands.now)


@pytest.fixture
def deliver(database: Engine, carrier: MemoryCarrier) -> "Deliver":
    return Deliver(database, carrier)


class Deliver:
    """A worker, each time another."""

    def __init__(self, engine: Engine, carrier: MemoryCarrier) -> None:
        self.engine, self.carrier, self.times = engine, carrier, 0

    def __call__(self, outbox_id: int) -> None:
        self.times += 1
        delivery.deliver(self.engine, self.carrier, HOUSE, outbox_id, f"worker {self.times}")


def test_an_sms_leaves_with_its_text_and_where_to_report(
    database: Engine, carrier: MemoryCarrier, deliver: Deliver
) -> None:
    (one,) = put(database, message(body="Demande 724193"))
    deliver(one)
    (sms,) = carrier.sms
    token = row(database, one).token
    assert (sms.to, sms.sender, sms.body) == (AMELIE, "Rappel24", "Demande 724193")
    assert sms.status_url.startswith(f"https://rappel24.test/webhooks/sms/status/{token}#rc=2&rp=5xx")
    found = row(database, one)
    assert (found.state, found.provider_sid, found.attempts) == ("sent", carrier.accepted[0].sid, 1)


@pytest.mark.parametrize(("purpose", "elsewhere"), [("alert", True), ("test_call", False), ("verification", False)])
def test_whom_we_call_by_ourselves_hears_that_he_is_told_again_and_nobody_else(
    database: Engine, carrier: MemoryCarrier, purpose: str, elsewhere: bool
) -> None:
    house = replace(HOUSE, fallback_url="https://elsewhere.example/broken.xml")
    (one,) = put(database, message(channel="call", body=purpose, purpose=purpose))
    delivery.deliver(database, carrier, house, one, "worker")
    (call,) = carrier.calls
    assert call.fallback_url == (house.fallback_url if elsewhere else None)


def test_a_call_is_placed_to_our_own_words(database: Engine, carrier: MemoryCarrier, deliver: Deliver) -> None:
    (one,) = put(database, message(channel="call", body="alert"))
    deliver(one)
    (call,) = carrier.calls
    token = row(database, one).token
    assert (call.to, call.caller) == (AMELIE, HOUSE.alert_caller)
    assert call.url.split("#")[0] == f"https://rappel24.test/webhooks/voice/out/{token}"
    assert call.status_url.split("#")[0] == f"https://rappel24.test/webhooks/voice/out/{token}/status"
    assert row(database, one).state == "sent"


def test_ringing_twice_sends_once(database: Engine, carrier: MemoryCarrier, deliver: Deliver) -> None:
    (one,) = put(database, message())
    deliver(one)
    deliver(one)
    assert len(carrier.accepted) == 1


def test_no_connection_is_held_while_the_carrier_is_asked(
    database: Engine, carrier: MemoryCarrier, deliver: Deliver, held: set[object]
) -> None:
    seen: list[int] = []
    carrier.before_answering = lambda: seen.append(len(held))
    (one,) = put(database, message())
    deliver(one)
    assert seen == [0]


def test_a_worker_that_stood_still_before_sending_leaves_the_row_to_the_next(
    database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
) -> None:
    (one,) = put(database, message())
    stopwatch = iter([0.0, delivery.SEND_WITHIN_SECONDS + 0.1])
    delivery.deliver(database, carrier, HOUSE, one, "stopped", stopwatch.__next__)
    assert carrier.sms == []
    hands.pass_seconds(leases.LEASE_SECONDS + 1)
    deliver(one)
    hands.pass_seconds(delivery.ASK_AGAIN_SECONDS + 1)
    deliver(one)
    assert (len(carrier.sms), row(database, one).state) == (1, "sent")


class TestDoubt:
    def test_an_sms_whose_answer_was_lost_is_found_and_not_sent_again(
        self, database: Engine, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(LOST_ANSWER)
        (one,) = put(database, message())
        deliver(one)
        assert row(database, one).state == "waiting"
        deliver(one)
        found = row(database, one)
        assert (found.state, found.provider_sid) == ("sent", carrier.accepted[0].sid)
        assert len(carrier.accepted) == 1

    def test_a_carrier_that_knows_nothing_is_asked_again_after_ten_seconds_before_it_is_sent_again(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(BROKEN_CARRIER)
        (one,) = put(database, message())
        deliver(one)
        deliver(one)
        assert (carrier.asked, len(carrier.sms)) == (1, 1)
        hands.pass_seconds(9)
        deliver(one)
        assert (carrier.asked, len(carrier.sms)) == (1, 1)
        hands.pass_seconds(1.5)
        deliver(one)
        assert (carrier.asked, len(carrier.sms), len(carrier.accepted)) == (2, 2, 1)
        assert (row(database, one).state, row(database, one).attempts) == ("sent", 2)

    def test_an_sms_that_the_carrier_accepts_late_is_found_at_the_second_asking(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(LOST_ANSWER)
        (one,) = put(database, message())
        deliver(one)
        late = carrier.accepted.pop()
        deliver(one)
        carrier.accepted.append(late)
        hands.pass_seconds(10.5)
        deliver(one)
        assert (len(carrier.sms), row(database, one).provider_sid) == (1, late.sid)

    def test_a_second_doubt_is_asked_about_as_long_as_the_first(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.extend([BROKEN_CARRIER, BROKEN_CARRIER])
        (one,) = put(database, message())
        deliver(one)
        deliver(one)
        hands.pass_seconds(10.5)
        deliver(one)
        deliver(one)
        assert (carrier.asked, len(carrier.sms)) == (3, 2)
        hands.pass_seconds(10.5)
        deliver(one)
        assert (carrier.asked, len(carrier.sms), row(database, one).state) == (4, 3, "sent")

    def test_a_worker_killed_after_the_carrier_took_it_is_not_repeated(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        (one,) = put(database, message())

        def killed() -> None:
            raise KeyboardInterrupt

        carrier.before_answering = killed
        with pytest.raises(KeyboardInterrupt):
            deliver(one)
        carrier.before_answering = lambda: None
        hands.pass_seconds(leases.LEASE_SECONDS + 1)
        deliver(one)
        assert (len(carrier.accepted), row(database, one).state) == (1, "sent")

    def test_the_same_words_sent_before_are_not_taken_for_these(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        first, second = put(database, message("a", body="Rappel: 724193"), message("b", body="Rappel: 724193"))
        deliver(first)
        carrier.answers.append(BROKEN_CARRIER)
        deliver(second)
        deliver(second)
        hands.pass_seconds(10.5)
        deliver(second)
        assert len(carrier.accepted) == 2
        assert row(database, first).provider_sid != row(database, second).provider_sid

    def test_words_sent_an_hour_ago_are_not_taken_for_these(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        (old,) = put(database, message("a", body="Rappel: 724193"))
        deliver(old)
        with database.begin() as conn:
            conn.execute(text("delete from outbox"))
        hands.pass_seconds(3600)
        (one,) = put(database, message("b", body="Rappel: 724193"))
        carrier.answers.append(BROKEN_CARRIER)
        deliver(one)
        deliver(one)
        assert row(database, one).state == "waiting"

    def test_two_in_doubt_with_the_same_words_do_not_share_one_sms(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.extend([LOST_ANSWER, BROKEN_CARRIER])
        both = put(database, message("a", body="Rappel: 724193"), message("b", body="Rappel: 724193"))
        for _ in range(2):
            for each in both:
                deliver(each)
        hands.pass_seconds(10.5)
        for each in both:
            deliver(each)
        assert len(carrier.accepted) == 2
        assert len({row(database, each).provider_sid for each in both}) == 2

    def test_a_row_adopted_away_while_it_was_being_sent_is_in_doubt_itself(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(BROKEN_CARRIER)
        first, second = put(database, message("a", body="Rappel: 724193"), message("b", body="Rappel: 724193"))
        deliver(first)

        def meanwhile() -> None:
            carrier.before_answering = lambda: None
            deliver(first)

        carrier.before_answering = meanwhile
        deliver(second)
        assert row(database, first).provider_sid == carrier.accepted[0].sid
        assert (row(database, second).state, row(database, second).ambiguous) == ("waiting", True)
        deliver(second)
        hands.pass_seconds(10.5)
        deliver(second)
        assert (row(database, second).state, len(carrier.accepted)) == ("sent", 2)

    def test_a_carrier_that_cannot_be_asked_is_not_sent_to(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(BROKEN_CARRIER)
        (one,) = put(database, message())
        deliver(one)
        carrier.away = True
        for _ in range(4):
            deliver(one)
            hands.pass_seconds(61)
        assert len(carrier.sms) == 1
        assert row(database, one).ambiguous

    def test_a_call_in_doubt_is_found_by_its_number(
        self, database: Engine, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(LOST_ANSWER)
        (one,) = put(database, message(channel="call"))
        deliver(one)
        deliver(one)
        assert (len(carrier.calls), row(database, one).state) == (1, "sent")


class TestRefusals:
    def test_a_carrier_that_is_busy_is_tried_later(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(BUSY_CARRIER)
        (one,) = put(database, message())
        deliver(one)
        deliver(one)
        assert len(carrier.sms) == 1
        hands.pass_seconds(2)
        deliver(one)
        assert (len(carrier.accepted), carrier.asked) == (1, 0)

    def test_a_number_that_cannot_be_texted_is_not_tried_again(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.append(STOPPED)
        (one,) = put(database, message())
        deliver(one)
        hands.pass_seconds(1000)
        deliver(one)
        assert len(carrier.sms) == 1
        assert (row(database, one).state, row(database, one).error) == ("failed", "21610")

    def test_an_email_has_nobody_to_carry_it_yet(
        self, database: Engine, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        (one,) = put(database, message(channel="email", recipient="roux@cabinet.test"))
        deliver(one)
        assert row(database, one).state == "failed"

    def test_an_operator_hears_of_a_carrier_that_stays_away_and_of_its_return(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        carrier.answers.extend([CarrierError("unreachable")] * delivery.ALARM_ATTEMPTS)
        (one,) = put(database, message())
        for _ in range(delivery.ALARM_ATTEMPTS):
            assert _alarms(database) == []
            deliver(one)
            hands.pass_seconds(61)
        assert _alarms(database) == ["carrier"]
        deliver(one)
        assert _alarms(database) == []

    def test_a_message_nobody_will_take_ends_as_failed_with_an_alarm(
        self, database: Engine, carrier: MemoryCarrier, deliver: Deliver
    ) -> None:
        (one,) = put(database, message())
        with database.begin() as conn:
            conn.execute(text("update outbox set attempts = :most"), {"most": delivery.MOST_ATTEMPTS})
        deliver(one)
        assert (row(database, one).state, _alarms(database)) == ("failed", ["message_given_up"])

    @pytest.mark.parametrize(("attempts", "least", "most"), [(1, 0.8, 1.2), (3, 3.2, 4.8), (7, 48, 72), (400, 48, 72)])
    def test_pauses_grow_to_a_minute(self, attempts: int, least: float, most: float) -> None:
        assert delivery.pause_seconds(attempts, 0.0) == pytest.approx(least)
        assert delivery.pause_seconds(attempts, 1.0) == pytest.approx(most)


class TestNotArrived:
    @pytest.fixture
    def followed(self, database: Engine, carrier: MemoryCarrier, deliver: Deliver) -> "Followed":
        return Followed(database, carrier)

    def test_an_sms_not_delivered_in_three_minutes_is_asked_for_and_then_acted_upon_once(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver, followed: "Followed"
    ) -> None:
        (one,) = put(database, message())
        deliver(one)
        followed(one)
        assert (carrier.asked, followed.acted) == (0, [])
        hands.pass_seconds(181)
        followed(one)
        followed(one)
        assert (carrier.asked, followed.acted) == (1, [one])

    def test_an_sms_whose_delivery_was_reported_in_vain_is_well(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver, followed: "Followed"
    ) -> None:
        (one,) = put(database, message())
        deliver(one)
        carrier.accepted[0].status = "delivered"
        hands.pass_seconds(181)
        followed(one)
        assert (followed.acted, row(database, one).state) == ([], "delivered")

    def test_an_sms_whose_failure_was_reported_in_vain_says_why(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver, followed: "Followed"
    ) -> None:
        (one,) = put(database, message())
        deliver(one)
        carrier.accepted[0].status, carrier.accepted[0].error = "undelivered", "30005"
        hands.pass_seconds(181)
        followed(one)
        assert (followed.acted, row(database, one).error) == ([one], "30005")

    def test_a_carrier_that_cannot_say_is_not_waited_for(
        self, database: Engine, hands: Hands, carrier: MemoryCarrier, deliver: Deliver, followed: "Followed"
    ) -> None:
        (one,) = put(database, message())
        deliver(one)
        hands.pass_seconds(181)
        carrier.away = True
        followed(one)
        assert followed.acted == [one]

    def test_what_could_not_be_done_about_it_is_done_next_time(
        self, database: Engine, carrier: MemoryCarrier, deliver: Deliver, followed: "Followed"
    ) -> None:
        carrier.answers.append(STOPPED)
        (one,) = put(database, message())
        deliver(one)
        followed.breaks = True
        with pytest.raises(ZeroDivisionError):
            followed(one)
        followed.breaks = False
        followed(one)
        assert followed.acted == [one, one]
        assert row(database, one).answered_for


class Followed:
    """Somebody who looks whether messages arrived, and what he did about it."""

    def __init__(self, engine: Engine, carrier: MemoryCarrier) -> None:
        self.engine, self.carrier, self.breaks = engine, carrier, False
        self.acted: list[int] = []

    def __call__(self, outbox_id: int) -> None:
        delivery.follow_up(self.engine, self.carrier, outbox_id, self._act)

    def _act(self, conn: Connection, outbox_id: int, moment: Moment) -> None:
        self.acted.append(outbox_id)
        if self.breaks:
            raise ZeroDivisionError


def _alarms(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return [alarm.kind for alarm in alarms.standing(conn)]
