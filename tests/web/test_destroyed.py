"""What was destroyed because its time was over is said to be gone, on the senior's page; nobody is alarmed."""

import pytest
from flask import Flask
from sqlalchemy import update

from callbacks.tables import parts, recordings
from callbacks.written_tables import answers, attachments
from config import clock
from tests.web.conftest import Ward
from tests.web.senior import Senior

PIN = "730418"


@pytest.fixture
def amelie(app: Flask, ward: Ward) -> Senior:
    """At a request with a voice message, a text with a photo and an answer, all of which have been destroyed."""
    filed = ward.request()
    ward.answers_in_writing(filed)
    ward.voice(filed)
    ward.picture(ward.text(filed, "ictere nu"))
    ward.sets_pin(PIN)
    with ward.engine.begin() as conn:
        now = clock.read(conn).now
        conn.execute(update(parts).values(purged_at=now))
        conn.execute(update(parts).where(parts.c.body.is_not(None)).values(body=b""))
        conn.execute(update(recordings).values(state="purged", file=None))
        conn.execute(update(attachments).values(state="purged", file=None, name=None))
        conn.execute(update(answers).values(body=b"", purged_at=now))
    return Senior(app.test_client(), ward.link(filed)).opens().gives_pin(PIN)


def test_the_page_says_so_of_each_message_and_of_the_answer(amelie: Senior, ward: Ward) -> None:
    assert amelie.text.count("Message effacé le") == 2
    assert "Réponse effacée le" in amelie.text
    assert "ne s'ouvre pas" not in amelie.text
    assert "/parts/" not in amelie.page
    assert ward.alarms() == []


def test_who_asks_for_one_all_the_same_hears_nothing_and_alarms_nobody(amelie: Senior, ward: Ward) -> None:
    with ward.engine.begin() as conn:
        ids = conn.execute(parts.select()).scalars().all()
    for part_id in ids:
        amelie.sends(f"parts/{part_id}")
    assert ward.hearings() == []
    assert ward.alarms() == []
