"""A GP who was answered in writing, and writes again: what he is told, and what opens his request."""

import pytest
from sqlalchemy import update

from callbacks.answers import sending
from callbacks.promise import RequestView
from callbacks.tables import parts
from config import clock
from tests.callbacks.written.desk import ROUX, Line

WORDS = "Poursuivez le traitement et contrôlez la kaliémie jeudi."


@pytest.fixture
def answered(line: Line) -> RequestView:
    """Dr Roux asked by SMS, and Amélie has answered him."""
    line.sms(ROUX, "avis cardio cochin svp")
    [request] = line.requests()
    with line.engine.begin() as conn:
        moment = clock.read(conn)
        conn.execute(update(parts).values(heard_at=moment.now))
        told = sending.send(conn, line.desk, request.id, line.amelie, WORDS, "CONSEIL", moment)
        assert isinstance(told, sending.Sent)
    return line.requests()[0]


def test_suivi_says_that_an_answer_waits_and_how_it_is_heard(line: Line, answered: RequestView) -> None:
    line.sms(ROUX, f"SUIVI {answered.reference}")
    told = line.said(ROUX)[-1]
    assert f"{answered.reference} (Cardiologie) a une réponse écrite" in told
    assert "kaliémie" not in told
    assert "rappelé ?" not in told


@pytest.mark.parametrize(("words", "state"), [("Merci !", "done"), ("{} et si le patient est sous AOD ?", "open")])
def test_thanks_leave_it_closed_and_a_question_opens_it(
    line: Line, answered: RequestView, words: str, state: str
) -> None:
    line.sms(ROUX, words.format(answered.reference))
    assert [each.state for each in line.requests()] == [state]
