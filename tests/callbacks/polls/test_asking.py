"""Who is asked three questions after his request, how often, and who is not asked again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, text, update

from callbacks import delivery
from callbacks.commitment_tables import polls
from callbacks.house import House
from callbacks.polls import answering, asking, declining
from callbacks.tables import calls, outbox, requests
from config.texts import gsm7
from scheduling.directories import opt_ins
from scheduling.tables import hospitals, practitioner_phones, practitioners, wards
from tests.callbacks.promised import AMELIE, GP, HOUSE, PRACTICE, Story
from tests.callbacks.rotas import paris
from tests.callbacks.sending import MemoryCarrier, row

OTHER = "+33639980102"
MAIL = "ines.morel@cabinet.example"
WITH_MAIL = replace(HOUSE, mail_address="avis@hopital.example")


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def on_file(story: Story, phone: str, email: str = "") -> int:
    with story.engine.begin() as conn:
        own = insert(practitioners).values(name="Dr Inès Morel", email=email).returning(practitioners.c.id)
        id: int = conn.execute(own).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=id, phone=phone))
        return id


def over(story: Story, caller: str = GP, practitioner_id: int | None = None, **columns: object) -> int:
    """He asked for advice, without a message; Amélie called him and closed it."""
    request_id = story.files(caller, message=False, practitioner_id=practitioner_id)
    story.claims(AMELIE)
    story.closes(AMELIE)
    if columns:
        with story.engine.begin() as conn:
            conn.execute(update(requests).where(requests.c.id == request_id).values(columns))
    return request_id


def asks(story: Story, house: House = HOUSE) -> list[tuple[str, str]]:
    """Whom the house asks now: by which channel, where."""
    story.messages()
    with story.engine.begin() as conn:
        count = asking.ask(conn, story.moment, house)
    asked = [each for each in story.messages() if each.purpose == "poll"]
    assert len(asked) == count
    return sorted((each.channel, each.recipient) for each in asked)


def test_he_is_asked_once_two_hours_later_in_one_sms_that_names_nobody(story: Story) -> None:
    request_id = over(story)
    assert asks(story) == []
    story.after(hours=2, minutes=1)
    assert asks(story) == [("sms", GP)]
    assert asks(story) == []
    with story.engine.begin() as conn:
        sent = conn.execute(select(outbox).where(outbox.c.purpose == "poll")).one()
        poll = answering.find(conn, UUID(sent.key.removeprefix("poll:")))
    assert poll is not None
    assert (poll.about.request_id, poll.ward) == (request_id, "Cardiologie")
    assert gsm7.segments(sent.body) == 1
    assert answering.url(HOUSE.public_url, poll.id, HOUSE.secret_key) in sent.body
    assert not {"Cardiologie", story.view.reference, "Amélie"} & set(sent.body.replace(":", " ").split())
    assert answering.poll_of(answering.token_for(poll.id, HOUSE.secret_key), HOUSE.secret_key) == poll.id


def test_it_may_leave_though_he_is_on_no_file(story: Story) -> None:
    """Whoever asked us is told of his own request where he called from (`permitted`)."""
    over(story)
    story.after(hours=3)
    asks(story)
    with story.engine.begin() as conn:
        conn.execute(update(outbox).where(outbox.c.purpose == "poll").values(due_at=text("app_now()")))
        outbox_id = conn.execute(select(outbox.c.id).where(outbox.c.purpose == "poll")).scalar_one()
    carrier = MemoryCarrier()
    delivery.deliver(story.engine, carrier, HOUSE, outbox_id, "worker")
    assert (row(story.engine, outbox_id).state, [each.to for each in carrier.sms]) == ("sent", [GP])


# What of a request keeps its GP from being asked; and by when it is looked at, three hours after its end.
KEPT: dict[str, dict[str, Any]] = {
    "its kind": {"kind": "feedback"},
    "a double": {"outcome": "DOUBLON"},
    "not a doctor": {"outcome": "HORS_CHAMP"},
    "he was not reached": {"state": "unreachable", "outcome": "NON_JOINT"},
    "he needed no call": {"state": "withdrawn", "outcome": "RETIRE"},
    "it is long ago": {"closed_at": paris(20, 11)},
}


def test_who_was_not_answered_or_cannot_be_texted_is_left_alone(story: Story) -> None:
    for number, columns in enumerate(KEPT.values()):
        over(story, f"+3363998015{number}", **columns)
    over(story, PRACTICE)  # a landline is not texted, and nobody is telephoned for this
    over(story, OTHER)
    story.after(hours=3)
    assert asks(story) == [("sms", OTHER)]


@pytest.mark.parametrize("column", ["email", "mssante"])
def test_a_secure_mailbox_is_not_asked_its_opinion(story: Story, column: str) -> None:
    """Nor after a request, though the house writes from a secure mailbox too."""
    secure = replace(HOUSE, mail_address="avis@hopital.mssante.fr")
    ines = on_file(story, PRACTICE)
    with story.engine.begin() as conn:
        conn.execute(update(practitioners).values({column: "ines.morel@paris.mssante.fr"}))
    over(story, PRACTICE, ines)
    story.after(hours=3)
    assert asks(story, secure) == []
    with story.engine.begin() as conn:
        conn.execute(update(practitioners).values(email=MAIL, mssante="ines.morel@paris.mssante.fr"))
    assert asks(story, secure) == [("email", MAIL)]


def test_nobody_is_asked_at_night(story: Story) -> None:
    story.at(paris(23, 18, 30))
    over(story)
    story.at(paris(23, 21))
    assert asks(story) == []
    story.at(paris(24, 8, 1))
    assert asks(story) == [("sms", GP)]


def test_a_month_lies_between_two_of_them_whichever_number_he_called_from(story: Story) -> None:
    ines = on_file(story, GP)
    over(story, GP, ines)
    over(story, OTHER, ines)  # twice on one day
    story.after(hours=3)
    assert len(asks(story)) == 1
    over(story, PRACTICE, ines)
    story.after(hours=3)
    assert asks(story) == []
    story.at(paris(24, 11) + timedelta(days=31))
    over(story, OTHER, ines)
    story.after(hours=3)
    assert asks(story) == [("sms", OTHER)]


def test_who_is_on_no_file_is_known_again_by_his_number(story: Story) -> None:
    for days, told in ((0, [("sms", GP)]), (10, []), (31, [("sms", GP)])):
        story.at(paris(23, 11) + timedelta(days=days))
        over(story)
        story.after(hours=3)
        assert asks(story) == told


def last_poll(story: Story) -> UUID:
    with story.engine.begin() as conn:
        id: UUID = conn.execute(select(polls.c.id).order_by(polls.c.asked_at.desc()).limit(1)).scalar_one()
        return id


@pytest.mark.parametrize("known", [True, False])
def test_who_declines_is_not_asked_again(story: Story, known: bool) -> None:
    ines = on_file(story, GP) if known else None
    over(story, GP, ines)
    story.after(hours=3)
    asks(story)
    with story.engine.begin() as conn:
        for _ in range(2):
            declining.decline(conn, story.moment, last_poll(story))
        assert ines is None or opt_ins.has_declined(conn, ines, opt_ins.Purpose.POLL)
    story.at(story.now + timedelta(days=40))
    over(story, GP, ines)
    story.after(hours=3)
    assert asks(story) == []


def test_who_wrote_stop_is_asked_nothing_though_he_was_never_asked_before(story: Story) -> None:
    ines = on_file(story, GP)
    with story.engine.begin() as conn:
        declining.stop(conn, story.moment, GP, ines)
    over(story, GP, ines)
    over(story, OTHER)
    story.after(hours=3)
    assert asks(story) == [("sms", OTHER)]
    with story.engine.begin() as conn:
        declining.stop(conn, story.moment, OTHER, None)
    story.at(story.now + timedelta(days=40))
    over(story, OTHER)
    story.after(hours=3)
    assert asks(story) == []


def test_where_the_carrier_was_told_stop_he_is_asked_by_mail(story: Story) -> None:
    ines = on_file(story, GP, MAIL)
    over(story, GP, ines)
    with story.engine.begin() as conn:
        told = {"purpose": "confirmation", "channel": "sms", "recipient": GP, "state": "failed", "error": "21610"}
        conn.execute(insert(outbox).values(key="refused", due_at=story.now, created_at=story.now, **told))
    story.after(hours=3)
    assert asks(story) == []
    assert asks(story, WITH_MAIL) == [("email", MAIL)]


def test_after_a_call_that_a_senior_took_a_doctor_on_file_is_asked(story: Story) -> None:
    ines = on_file(story, GP)
    with story.engine.begin() as conn:
        for sid, caller, practitioner_id in (("CA1", GP, ines), ("CA2", OTHER, None)):
            taken = {"result": "answered", "answered_by": story.ids[AMELIE], "ward_id": story.ward_id}
            times = {"started_at": story.now, "ended_at": story.now + timedelta(minutes=4)}
            who = {"sid": sid, "caller": caller, "practitioner_id": practitioner_id, "step": "goodbye"}
            conn.execute(insert(calls).values(**who, **taken, **times))
    story.after(hours=3)
    assert asks(story) == [("sms", GP)]
    with story.engine.begin() as conn:
        poll = answering.find(conn, last_poll(story))
    assert poll is not None
    assert (poll.about.request_id, poll.assessed) == (None, True)


def test_one_that_cannot_be_asked_does_not_stand_in_the_way(story: Story) -> None:
    with story.engine.begin() as conn:
        mars = conn.execute(insert(hospitals).values(name="Mars").returning(hospitals.c.id))
        elsewhere = {"slug": "mars", "name": "Mars", "keypad": "627", "hospital_id": mars.scalar_one()}
        ward_id = conn.execute(insert(wards).values(elsewhere).returning(wards.c.id)).scalar_one()
    over(story, OTHER, ward_id=ward_id)
    over(story, GP)
    story.after(hours=3)
    with story.engine.begin() as conn:
        conn.execute(update(hospitals).where(hospitals.c.name == "Mars").values(timezone="Mars/Olympus"))
    assert asks(story) == [("sms", GP)]


def test_an_answer_is_kept_and_a_second_one_replaces_it(story: Story) -> None:
    over(story)
    story.after(hours=3)
    asks(story)
    with story.engine.begin() as conn:
        answering.answer(conn, last_poll(story), {"access": 1, "document_wanted": 1}, story.moment)
        answering.answer(conn, last_poll(story), {"access": 0}, replace(story.moment, now=paris(24, 11)))
        kept = conn.execute(select(polls)).one()
    assert (kept.access, kept.document_wanted, kept.admission) == (0, 1, None)
    assert kept.answered_at == story.moment.now
