"""What is asked after a request, and how an answer is read."""

import pytest

from callbacks.commitment_tables import polls
from callbacks.polls import questions
from config import texts
from config.texts import gsm7


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, {}),
        ({"access": "yes", "access_wanted": "no"}, {"access": 1, "access_wanted": 0}),
        ({"document": "no", "document_wanted": "", "admission": "maybe"}, {"document": 0}),
        ({"id": "yes", "declined_at": "yes"}, {}),
    ],
)
def test_what_is_left_open_stays_open(form: dict[str, str], said: dict[str, int]) -> None:
    assert questions.answers(form) == said


def test_each_answer_has_its_column() -> None:
    assert len(questions.FIELDS) == 6
    assert set(questions.FIELDS) <= set(polls.columns.keys())


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_it_is_one_sms_with_the_longest_hospital(language: str) -> None:
    link = f"https://rappel24.hopital-cochin.example/e/{'x' * 30}"
    values = {"hospital": "Hôpital européen Georges-Pompidou", "link": link}
    body = gsm7.fit(texts.template("sms.poll", language), values, shorten=("hospital",))
    assert gsm7.is_gsm7(body)
    assert gsm7.segments(body) == 1
    assert link in body
