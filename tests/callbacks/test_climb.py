"""The ladder against a real database: what is written, once, in one transaction, and what is planned next."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, EMMA, GP, PRACTICE, Story
from tests.callbacks.rotas import paris


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def test_a_promise_left_alone(story: Story) -> None:
    story.files()
    story.at(paris(24, 15, 30))
    assert story.written() == [
        "11:00 confirmation sms to GP",
        "11:00 alert sms to Amélie",
        "11:30 reminder call to Amélie",
        "17:00 alert sms to Bruno",
        "23:00 reminder sms to Amélie",
        "23:00 reminder sms to Bruno",
        "08:00 escalation sms to Chloé",
        "08:00 escalation call to Chloé",
        "08:36 escalation sms to Denis",
        "11:00 overdue sms to Chloé",
        "11:00 overdue sms to Denis",
        "11:00 apology sms to GP",
        "15:00 overdue sms to Chloé",
        "15:00 overdue sms to Denis",
    ]
    assert story.view.next_step_at == paris(24, 19)
