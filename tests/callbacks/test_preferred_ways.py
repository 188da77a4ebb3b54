"""As his record says that he prefers: the channel first, the window where he says nothing."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, insert, select

from callbacks import requests, ways
from callbacks.answers.ways import Left, best
from callbacks.requests import Filing
from callbacks.tables import requests as rows
from callbacks.ways import ALL, Way, in_order
from config import clock
from config.numbers import PARIS
from scheduling.store import Practitioner
from scheduling.tables import practitioners
from tests.callbacks.promised import GP, PRACTICE, Story

MOBILE, MAIL, SECURE = "+33639980102", "ines@example.org", "ines.morel@paris.mssante.fr"
RECORD = Practitioner(1, "Dr Inès Morel", MAIL, None, "", (PRACTICE, MOBILE), mssante=SECURE)


@pytest.mark.parametrize(
    ("preferred", "way"),
    [
        ("", Way("sms", GP)),
        ("sms", Way("sms", GP)),
        ("email", Way("email", MAIL)),
        ("mssante", Way("email", SECURE)),
        ("call", Way("call", GP)),
    ],
)
def test_he_is_told_as_he_prefers(preferred: str, way: Way) -> None:
    found = in_order((GP,), replace(RECORD, preferred=preferred), PARIS, ALL)
    assert found[0] == way
    assert {each.channel for each in found} == set(ALL)  # the others are there still, should that one fail


def test_who_wrote_is_answered_as_he_wrote() -> None:
    wrote = Way("sms", GP)
    assert in_order((GP,), replace(RECORD, preferred="email"), PARIS, ALL, wrote)[0] == wrote


def test_what_he_prefers_and_does_not_have_is_left_out() -> None:
    landline = replace(RECORD, phones=(PRACTICE,), email="", mssante="", preferred="sms")
    assert in_order((PRACTICE,), landline, PARIS, ALL) == [Way("call", PRACTICE)]


def test_while_the_house_sends_no_mail_what_he_prefers_is_no_way() -> None:
    assert in_order((GP,), replace(RECORD, preferred="email"), PARIS)[0] == Way("sms", GP)


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


@pytest.mark.parametrize(
    ("address", "first"), [("ligne@ap.mssante.fr", Way("email", SECURE)), ("ligne@example.org", Way("email", MAIL))]
)
def test_a_secure_mailbox_takes_mail_from_a_secure_one_alone(story: Story, address: str, first: Way) -> None:
    house = replace(story.house, mail_address=address)
    known = replace(RECORD, preferred="mssante")
    assert ways.reachable(house, known) == (known if first.recipient == SECURE else replace(known, mssante=""))
    assert in_order((), ways.reachable(house, known), PARIS, ALL)[0] == first


def test_an_answer_goes_whole_to_his_secure_mailbox(story: Story) -> None:
    house = replace(story.house, mail_address="ligne@ap.mssante.fr")
    way = best(house, Left(None, (GP,), (GP,)), RECORD)
    assert way is not None
    assert (way.recipient, way.code_to) == (SECURE, None)


@pytest.mark.parametrize(
    ("on_file", "said", "kept"), [("noon", None, "noon"), ("noon", "now", "now"), ("", None, "now")]
)
def test_his_window_counts_where_he_says_none(story: Story, on_file: str, said: str | None, kept: str) -> None:
    with story.engine.begin() as conn:
        row = insert(practitioners).values(name="Dr Inès Morel", reach=on_file).returning(practitioners.c.id)
        known = conn.execute(row).scalar_one()
        moment = clock.read(conn)
        filing = Filing(story.ward_id, "missed_call", GP, known, None, moment.now, moment, reach=said)
        filed = requests.file(conn, filing)
        assert conn.execute(select(rows.c.reach).where(rows.c.id == filed.id)).scalar_one() == kept
