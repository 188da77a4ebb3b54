"""Read, unread, followed up: what the timeline says, whom an unread answer is told to, and what opens it again."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from callbacks.answers import access, reading, unread
from callbacks.answers.access import Access
from callbacks.answers.reading import Followed
from callbacks.states import Kind, State
from tests.callbacks.answers.conftest import SECURE, Answering
from tests.callbacks.promised import AMELIE, DENIS, NAMES
from tests.callbacks.rotas import paris


@pytest.fixture
def answered(ward: Answering) -> Answering:
    ward.asked()
    ward.answers()
    ward.story.written()
    return ward


def reads(ward: Answering, how: str = "page") -> object:
    return ward.does(lambda conn: reading.read(conn, ward.sent(), how, ward.moment))


def follows_up(ward: Answering, words: str = "", name: UUID | None = None) -> object:
    answer, form = ward.sent(), name or uuid4()
    return ward.does(lambda conn: reading.follow_up(conn, ward.box, answer, words, form, ward.moment))


def tells(ward: Answering) -> list[str]:
    ward.does(lambda conn: unread.tell(conn, ward.moment, ward.desk.house))
    return ward.story.written()


# Read -------------------------------------------------------------------------------------------------------------


def test_the_first_reading_is_on_the_timeline_and_no_other(answered: Answering) -> None:
    answered.story.after(hours=2)
    assert reads(answered, "phone") is True
    assert reads(answered, "page") is False
    assert answered.story.happened(Kind.READ) == 1
    assert (answered.sent().read_how, answered.sent().read_at) == ("phone", answered.moment.now)


def test_the_latest_link_alone_opens_an_answer_and_only_we_can_write_one(answered: Answering) -> None:
    secret, answer_id = answered.desk.house.secret_key, answered.sent().id
    first = answered.does(lambda conn: access.latest_of(conn, answer_id))
    second = answered.does(lambda conn: access.new_link(conn, answer_id))
    assert isinstance(first, int)
    assert isinstance(second, int)

    def arrives(link_id: int) -> Access:
        found = answered.does(lambda conn: access.arrive(conn, link_id))
        assert isinstance(found, Access)
        return found

    real = answered.moment.real
    assert arrives(first).spent(real)
    assert not arrives(second).spent(real)
    assert access.link_of(access.token_of(second, secret), secret) == second
    assert access.link_of(access.token_of(second, b"o" * 32), secret) is None


def test_a_link_that_was_opened_is_spent_half_an_hour_later(answered: Answering) -> None:
    link_id = answered.does(lambda conn: access.latest_of(conn, answered.sent().id))
    assert isinstance(link_id, int)
    answered.does(lambda conn: access.open_it(conn, link_id))
    found = answered.does(lambda conn: access.arrive(conn, link_id))
    assert isinstance(found, Access)
    assert not found.spent(answered.moment.real + timedelta(minutes=29))
    assert found.spent(answered.moment.real + timedelta(minutes=31))


# Unread -----------------------------------------------------------------------------------------------------------


def test_who_wrote_it_is_told_once_when_a_day_has_passed_unread(answered: Answering) -> None:
    answered.story.after(hours=23, minutes=59)
    answered.story.written()
    assert tells(answered) == []
    answered.story.after(minutes=1)
    assert tells(answered) == ["11:00 unread sms to Amélie"]
    assert answered.does(lambda conn: unread.tell(conn, answered.moment, answered.desk.house)) == 0
    answered.story.after(days=3)
    answered.story.written()
    assert tells(answered) == []


def test_who_answered_by_night_is_told_by_day(ward: Answering) -> None:
    ward.asked()
    ward.story.at(paris(23, 22))
    ward.answers()
    ward.story.after(hours=24)
    ward.story.written()
    assert tells(ward) == ["22:00 unread sms to Amélie at 08:00"]


def test_nobody_is_told_of_an_answer_that_was_read(answered: Answering) -> None:
    answered.story.after(hours=20)
    reads(answered)
    answered.story.after(hours=20)
    answered.story.written()
    assert tells(answered) == []


def test_a_notice_that_did_not_arrive_is_told_at_once(answered: Answering) -> None:
    with answered.story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'undelivered' where purpose = 'answer'"))
    answered.does(lambda conn: unread.tell(conn, answered.moment, answered.desk.house))
    (sms,) = answered.story.messages()
    assert (sms.purpose, NAMES[sms.recipient]) == ("unread", "Amélie")
    assert "n'est pas arrivé" in sms.body
    assert "kaliémie" not in sms.body


def test_when_its_senior_cannot_be_texted_the_coordinator_is_told(answered: Answering) -> None:
    answered.story.knows_stop_of(AMELIE)
    answered.story.after(hours=25)
    answered.story.written()
    assert tells(answered) == [f"12:00 unread sms to {NAMES[DENIS]}"]


def test_who_has_left_the_house_is_told_nothing_for_his_number_may_be_anybodys(answered: Answering) -> None:
    gone = text("update people set left_at = app_now(), pin_hash = null where phone = :phone")
    answered.does(lambda conn: conn.execute(gone, {"phone": AMELIE}))
    answered.story.after(hours=25)
    answered.story.written()
    assert tells(answered) == [f"12:00 unread sms to {NAMES[DENIS]}"]


def test_when_that_does_not_arrive_either_the_next_one_is_told_and_at_last_the_house(answered: Answering) -> None:
    answered.story.after(hours=25)
    answered.story.written()
    assert tells(answered) == ["12:00 unread sms to Amélie"]
    answered.story.loses("unread")
    assert answered.story.written() == [f"12:00 unread sms to {NAMES[DENIS]}"]
    while answered.story.alarms() == []:
        answered.story.loses("unread")
        assert len(answered.story.written()) <= 1
    assert answered.story.alarms() == ["answer_unread"]


def test_nobody_else_is_told_of_an_answer_that_was_read_meanwhile(answered: Answering) -> None:
    answered.story.after(hours=25)
    tells(answered)
    reads(answered)
    answered.story.loses("unread")
    assert (answered.story.written(), answered.story.alarms()) == ([], [])


def test_when_nobody_can_be_texted_an_alarm_stands(answered: Answering) -> None:
    answered.story.changes_ward(head_id=None, coordinator_id=None)
    answered.story.knows_stop_of(AMELIE)
    answered.story.after(hours=25)
    answered.story.written()
    assert tells(answered) == []
    assert "answer_unread" in answered.story.alarms()


def test_of_an_answer_sent_whole_nobody_is_told_that_it_is_unread_unless_it_came_back(ward: Answering) -> None:
    ward.asked(None, mail=SECURE, channel="email", message=False, ended=False)
    ward.answers()
    ward.story.after(hours=30)
    ward.story.written()
    assert tells(ward) == []
    with ward.story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'undelivered' where purpose = 'answer'"))
    assert tells(ward) == ["17:00 unread sms to Amélie"]


# Followed up ------------------------------------------------------------------------------------------------------


def test_a_follow_up_opens_the_request_again_and_its_words_are_a_part_of_it(answered: Answering) -> None:
    form = uuid4()
    assert follows_up(answered, "Et si la kaliémie est haute ?", form) is Followed.REOPENED
    assert follows_up(answered, "Et si la kaliémie est haute ?", form) is Followed.ADDED
    view = answered.story.view
    assert (view.state, view.parts, view.unheard) == (State.OPEN, 2, 1)
    assert answered.story.happened(Kind.REOPENED) == 1


def test_without_words_he_is_simply_called_back(answered: Answering) -> None:
    assert follows_up(answered) is Followed.REOPENED
    assert (answered.story.view.state, answered.story.view.unheard) == (State.OPEN, 0)


def test_after_seven_days_a_new_request_is_needed_and_nothing_is_kept_that_nobody_would_read(
    answered: Answering,
) -> None:
    answered.story.after(days=7, minutes=1)
    assert follows_up(answered, "Encore une question") is Followed.OVER
    assert (answered.story.view.state, answered.story.view.parts) == (State.DONE, 1)


def test_within_seven_days_it_is_open_again(answered: Answering) -> None:
    answered.story.after(days=6, hours=23)
    assert follows_up(answered, "Encore une question") is Followed.REOPENED
