"""E-mail out: what a letter carries, what an answer to it belongs to, what happens when it does not arrive."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import alarms, delivery, leases, post
from callbacks.carrier import CarrierError
from callbacks.leases import Claimed
from callbacks.outbox import Message
from callbacks.post import Draft, Mailer, Thread
from callbacks.purposes import Purpose
from config import clock
from config.crypto import Unreadable
from tests.callbacks.mailroom import ADDRESS, Mailroom, letter, mailroom, outgoing, takes_and_hangs_up
from tests.callbacks.sending import HOUSE, Hands, MemoryCarrier, a_request, message, put, row

GP = "ines.morel@cabinet.test"
HIS = "<1a2b3c@cabinet.test>"
AT = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def claimed(**changes: object) -> Claimed:
    """A confirmation to a GP, ours to send."""
    one = Claimed(
        id=7,
        token=UUID(int=7),
        channel="email",
        purpose=Purpose.CONFIRMATION,
        recipient=GP,
        person_id=None,
        request_id=None,
        body="",
        attempts=1,
        ambiguous=False,
        attempted_real=AT,
        asked_real=None,
        detail={"subject": "Rappel24 – demande 724193 enregistrée"},
        worker="worker",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.fixture
def room() -> Iterator[Mailroom]:
    with mailroom() as opened:
        yield opened


def sent(room: Mailroom, one: Claimed, draft: Draft) -> EmailMessage:
    """As it arrives."""
    post.send(outgoing(room), one, draft)
    return room.letters[-1]


# What it carries --------------------------------------------------------------------------------------------------


def test_a_letter_says_who_writes_to_whom_about_what(room: Mailroom) -> None:
    got = sent(room, claimed(), Draft("Bonjour docteur,\n\nà l'hôpital – bientôt.\n"))
    assert (got["From"], got["To"]) == (f"Rappel24 <{ADDRESS}>", GP)
    assert got["Subject"] == "Rappel24 – demande 724193 enregistrée"
    assert got["Message-ID"] == f"<{UUID(int=7)}@rappel24.test>"
    assert got["Date"].datetime == AT
    assert got.get_content().splitlines() == ["Bonjour docteur,", "", "à l'hôpital – bientôt."]
    assert room.got[0].rcpt_tos == [GP]


def test_no_line_is_too_long_for_a_server(room: Mailroom) -> None:
    names = [f"<{'a' * 200}{n}@cabinet.test>" for n in range(post.MOST_NAMES)]
    sent(room, claimed(detail={"subject": "é" * 200}), Draft("mot " * 500, names))
    content = room.got[0].original_content
    assert content is not None
    assert max(len(line) for line in content.splitlines()) <= 998
    assert content.isascii()
    assert room.letters[0]["References"].split() == names
    assert room.letters[0]["In-Reply-To"] == names[-1]


# Why it is written; what it says of itself, and who hears when it comes back.
KINDS = {
    "a confirmation": (Purpose.CONFIRMATION, {}, "auto-replied", "<>"),
    "a question": (Purpose.QUESTION, {}, "auto-replied", "<>"),
    "an apology": (Purpose.APOLOGY, {}, "auto-generated", ADDRESS),
    "the notice of an answer": (Purpose.ANSWER, {"answer": str(UUID(int=3))}, "auto-generated", ADDRESS),
    "a senior's own words": (Purpose.ANSWER, {"answer": str(UUID(int=3)), "whole": True}, None, ADDRESS),
}


@pytest.mark.parametrize(("purpose", "detail", "submitted", "sender"), KINDS.values(), ids=KINDS)
def test_no_machine_is_asked_to_answer(
    room: Mailroom, purpose: Purpose, detail: dict[str, object], submitted: str | None, sender: str
) -> None:
    got = sent(room, claimed(purpose=purpose, detail=detail), Draft("Bonjour."))
    assert got["Auto-Submitted"] == submitted
    assert (got["X-Auto-Response-Suppress"], got[post.OWN_MARK]) == ("All", "1")
    assert room.got[0].mail_from == sender


def test_sent_again_it_is_the_same_letter() -> None:
    with mailroom() as room:
        there = outgoing(room)
        first, second = (post.compose(there, claimed(), GP, Draft("Bonjour.", (HIS,))).as_bytes() for _ in range(2))
    assert first == second


# What stands in a subject or a name; what becomes of it.
TRICKS = {
    "a subject of two lines": ({"subject": "Bonjour\r\nBcc: tous@exemple.test"}, "Bonjour Bcc: tous@exemple.test"),
    "no subject": ({}, "Rappel24"),
}


@pytest.mark.parametrize(("detail", "subject"), TRICKS.values(), ids=TRICKS)
def test_a_subject_is_one_line(room: Mailroom, detail: dict[str, object], subject: str) -> None:
    got = sent(room, claimed(detail=detail), Draft("Bonjour."))
    assert (got["Subject"], got["Bcc"]) == (subject, None)


# An address as it may stand on file; how it is written, None: nobody can be written to there.
ADDRESSES = {
    "an ordinary one": ("ines.morel@cabinet.test", "ines.morel@cabinet.test"),
    "a domain with an accent": ("ines@médecins.test", "ines@xn--mdecins-bya.test"),
    "a local part with an accent": ("inès@cabinet.test", None),
    "two": ("ines@cabinet.test,bruno@cabinet.test", None),
    "a line break": ("ines@cabinet.test\r\nRCPT TO:<bruno@cabinet.test>", None),
    "a parameter": ("ines@cabinet.test> SIZE=1", None),
    "a name in front": ("Inès <ines@cabinet.test>", None),
    "no domain": ("ines", None),
    "an empty label": ("ines@cabinet..test", None),
    "nothing": ("", None),
    "two dots together": ("ines..morel@cabinet.test", None),  # an old telephone's; no header of ours could say it
    "a dot at an end": ("ines.@cabinet.test", None),
}


@pytest.mark.parametrize(("address", "written"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_as_it_is_written(address: str, written: str | None) -> None:
    assert post.ascii_address(address) == written


def test_who_cannot_be_written_to_is_not_tried_again(room: Mailroom) -> None:
    with pytest.raises(CarrierError) as caught:
        post.send(outgoing(room), claimed(recipient="inès@cabinet.test"), Draft("Bonjour."))
    assert (caught.value.code, caught.value.permanent) == ("address", True)


# Whom it belongs to -----------------------------------------------------------------------------------------------


def write_in(
    conn: Connection,
    message_id: str,
    *,
    request_id: int | None = None,
    dialogue_id: int | None = None,
    sender: str = GP,
    minutes: int = 0,
) -> None:
    """A GP's e-mail, on file."""
    conn.execute(
        text(
            "insert into written (key, channel, sender, recipient, body, message_id, verdict, at, request_id,"
            " dialogue_id) values (:key, 'email', :sender, 'avis@rappel24.test', '', :message_id, 'filed',"
            " app_now() + make_interval(mins => :minutes), :request_id, :dialogue_id)"
        ),
        {
            "key": f"mail:{uuid4()}",
            "sender": sender,
            "message_id": message_id,
            "request_id": request_id,
            "dialogue_id": dialogue_id,
            "minutes": minutes,
        },
    )


def open_talk(conn: Connection) -> int:
    """A talk with the GP that is not clear yet."""
    return int(
        conn.execute(
            text(
                "insert into dialogues (channel, sender, created_at, due_at, sort_at)"
                " values ('email', :sender, app_now(), app_now(), app_now()) returning id"
            ),
            {"sender": GP},
        ).scalar_one()
    )


def to_gp(key: str = "confirmation", **changes: object) -> Message:
    """An e-mail to the GP."""
    return message(key, channel="email", recipient=GP, purpose=Purpose.CONFIRMATION, body="Bonjour.", **changes)


def own_name(engine: Engine, outbox_id: int) -> str:
    return post.name_of(row(engine, outbox_id).token, "rappel24.test")


class TestThreads:
    def test_an_answer_to_our_letter_belongs_to_its_request(self, database: Engine) -> None:
        request_id = a_request(database)
        (one,) = put(database, to_gp(request_id=request_id))
        with database.begin() as conn:
            assert post.thread_of(conn, [own_name(database, one)]) == Thread(request_id, None)

    def test_whatever_domain_we_wrote_from(self, database: Engine) -> None:
        request_id = a_request(database)
        (one,) = put(database, to_gp(request_id=request_id))
        with database.begin() as conn:
            assert post.thread_of(conn, [post.name_of(row(database, one).token, "OLD.test").upper()]) == Thread(
                request_id, None
            )

    def test_an_answer_to_his_own_message_belongs_to_what_that_is_part_of(self, database: Engine) -> None:
        request_id = a_request(database)
        with database.begin() as conn:
            write_in(conn, HIS, request_id=request_id)
            assert post.thread_of(conn, [HIS]) == Thread(request_id, None)

    def test_an_answer_to_our_question_belongs_to_the_talk(self, database: Engine) -> None:
        with database.begin() as conn:
            dialogue_id = open_talk(conn)
            write_in(conn, HIS, dialogue_id=dialogue_id)
        (one,) = put(database, to_gp(detail={"in_reply_to": HIS}))
        with database.begin() as conn:
            assert post.thread_of(conn, [own_name(database, one)]) == Thread(None, dialogue_id)

    def test_the_nearest_counts(self, database: Engine) -> None:
        (older,) = put(database, to_gp(request_id=a_request(database)))
        with database.begin() as conn:
            dialogue_id = open_talk(conn)
            write_in(conn, "<nearer@cabinet.test>", dialogue_id=dialogue_id)
            names = ["<nobody@cabinet.test>", "<nearer@cabinet.test>", own_name(database, older)]
            found = post.thread_of(conn, names)
        assert found == Thread(None, dialogue_id)

    @pytest.mark.parametrize(
        "names", [[], [HIS], [f"<{uuid4()}@rappel24.test>"], ["<'; drop table outbox@x>", "<\x00@x>", "é"]]
    )
    def test_what_nobody_wrote_belongs_to_nothing(self, database: Engine, names: list[str]) -> None:
        with database.begin() as conn:
            assert post.thread_of(conn, names) is None

    def test_an_sms_of_ours_is_nobodys_thread(self, database: Engine) -> None:
        request_id = a_request(database)
        (one,) = put(database, message(request_id=request_id))
        with database.begin() as conn:
            assert post.thread_of(conn, [own_name(database, one)]) is None


# How it leaves ----------------------------------------------------------------------------------------------------


def no_answers(conn: Connection, answer_id: UUID) -> str:
    raise LookupError(answer_id)


class Deliver:
    """A worker with a mail server, each time another."""

    def __init__(self, engine: Engine, mailer: Mailer | None) -> None:
        self.engine, self.mailer, self.times = engine, mailer, 0

    def __call__(self, outbox_id: int) -> None:
        self.times += 1
        worker = f"worker {self.times}"
        delivery.deliver(self.engine, MemoryCarrier(), HOUSE, outbox_id, worker, mailer=self.mailer)


@pytest.fixture
def hands(database: Engine) -> Hands:
    return Hands(database)


@pytest.fixture
def deliver(database: Engine, room: Mailroom) -> Deliver:
    return Deliver(database, Mailer(outgoing(room), no_answers))


def test_a_letter_leaves_once_and_is_not_waited_for(
    database: Engine, hands: Hands, room: Mailroom, deliver: Deliver
) -> None:
    (one,) = put(database, to_gp(detail={"subject": "Rappel24 – demande 724193 enregistrée"}))
    deliver(one)
    deliver(one)
    (got,) = room.letters
    found = row(database, one)
    assert (found.state, found.provider_sid, found.answered_for) == ("sent", got["Message-ID"], True)
    hands.pass_seconds(600)
    with database.begin() as conn:
        assert leases.take_to_send(conn, 10) + leases.take_unanswered(conn, 10) == []


def test_a_letter_follows_what_he_wrote_of_the_same_request(database: Engine, room: Mailroom, deliver: Deliver) -> None:
    request_id = a_request(database)
    with database.begin() as conn:
        write_in(conn, HIS, request_id=request_id)
        write_in(conn, "<second@cabinet.test>", request_id=request_id)
        conn.execute(text("update written set at = at + interval '1 second' where message_id like '<second%'"))
        write_in(conn, "<later@cabinet.test>", request_id=request_id, minutes=60)
        write_in(conn, "<another@elsewhere.test>", request_id=request_id, sender="bruno@elsewhere.test")
        conn.execute(text("update written set at = at - interval '1 minute' where message_id not like '<later%'"))
    (one,) = put(database, to_gp(request_id=request_id))
    deliver(one)
    (got,) = room.letters
    assert got["References"].split() == [HIS, "<second@cabinet.test>"]
    assert got["In-Reply-To"] == "<second@cabinet.test>"


def test_what_a_stranger_calls_his_message_breaks_no_header(database: Engine, room: Mailroom, deliver: Deliver) -> None:
    names = ["<a b@x>", "<a@x>\r\nBcc: tous@exemple.test", "<é@x>", f"<{'a' * 300}@x>", "a@x", 7, HIS]
    (one,) = put(database, to_gp(detail={"references": names, "in_reply_to": HIS}))
    deliver(one)
    (got,) = room.letters
    assert (got["References"], got["Bcc"]) == (HIS, None)


def test_no_connection_is_held_while_the_mail_server_is_asked(
    database: Engine, room: Mailroom, deliver: Deliver, held: set[object]
) -> None:
    seen: list[int] = []

    def look(_: object) -> str:
        seen.append(len(held))
        return "250 OK"

    room.says("MAIL", look)
    room.says("DATA", look)
    (one,) = put(database, to_gp())
    deliver(one)
    assert seen == [0, 0]


class TestDoubt:
    def test_a_letter_whose_answer_was_lost_is_sent_again_as_the_same(
        self, database: Engine, hands: Hands, room: Mailroom, deliver: Deliver
    ) -> None:
        room.says("DATA", takes_and_hangs_up)
        (one,) = put(database, to_gp())
        deliver(one)
        assert row(database, one).state == "waiting"
        deliver(one)
        assert len(room.got) == 1  # first it is left for ten seconds
        hands.pass_seconds(delivery.ASK_AGAIN_SECONDS + 1)
        deliver(one)
        first, second = (letter(each) for each in room.got)
        assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
        assert room.got[0].original_content == room.got[1].original_content
        assert row(database, one).state == "sent"

    def test_a_worker_killed_after_sending_leaves_a_letter_in_doubt(
        self, database: Engine, hands: Hands, room: Mailroom, deliver: Deliver
    ) -> None:
        (one,) = put(database, to_gp())
        with database.begin() as conn:
            assert leases.claim(conn, one, "killed") is not None
        hands.pass_seconds(leases.LEASE_SECONDS + 1)
        deliver(one)
        assert room.got == []
        hands.pass_seconds(delivery.ASK_AGAIN_SECONDS + 1)
        deliver(one)
        assert (len(room.got), row(database, one).state) == (1, "sent")


class TestRefusals:
    def test_an_address_that_does_not_exist_is_not_tried_again(
        self, database: Engine, room: Mailroom, deliver: Deliver
    ) -> None:
        room.says("RCPT", "550 5.1.1 no such user")
        (one,) = put(database, to_gp())
        deliver(one)
        found = row(database, one)
        assert (found.state, found.error, found.answered_for) == ("failed", "550 5.1.1", False)
        with database.begin() as conn:
            assert alarms.standing(conn) == []

    def test_a_full_mailbox_is_tried_again(
        self, database: Engine, hands: Hands, room: Mailroom, deliver: Deliver
    ) -> None:
        room.says("RCPT", "452 4.2.2 mailbox full")
        (one,) = put(database, to_gp())
        deliver(one)
        assert row(database, one).state == "waiting"
        hands.pass_seconds(delivery.PAUSE_SECONDS)
        deliver(one)
        assert (row(database, one).state, len(room.got)) == ("sent", 1)

    def test_a_server_that_does_not_know_us_is_an_alarm_until_it_does(
        self, database: Engine, room: Mailroom, deliver: Deliver
    ) -> None:
        room.says("RCPT", "554 5.7.1 relay access denied")
        first, second = put(database, to_gp("one"), to_gp("two"))
        deliver(first)
        with database.begin() as conn:
            assert [(alarm.kind, alarm.detail) for alarm in alarms.standing(conn)] == [
                ("mail_out", {"code": "554 5.7.1"})
            ]
        deliver(second)
        with database.begin() as conn:
            assert alarms.standing(conn) == []

    def test_a_server_that_is_away_is_an_alarm_after_a_while(self, database: Engine, hands: Hands) -> None:
        with mailroom() as gone:
            pass
        deliver = Deliver(database, Mailer(outgoing(gone), no_answers))
        (one,) = put(database, to_gp())
        for _ in range(delivery.ALARM_ATTEMPTS):
            deliver(one)
            hands.pass_seconds(delivery.PAUSE_SECONDS * 1.3)
        with database.begin() as conn:
            assert [alarm.key for alarm in alarms.standing(conn)] == ["mail_out"]
        assert row(database, one).state == "waiting"

    def test_a_house_without_a_mail_server_says_so_at_once(self, database: Engine) -> None:
        (one,) = put(database, to_gp())
        Deliver(database, None)(one)
        found = row(database, one)
        assert (found.state, found.error) == ("failed", "no mail server")

    def test_an_answer_that_does_not_open_is_not_tried_again(self, database: Engine, room: Mailroom) -> None:
        def broken(conn: Connection, answer_id: UUID) -> str:
            raise Unreadable("key")

        (one,) = put(database, to_gp(detail={"answer": str(uuid4()), "whole": True}))
        Deliver(database, Mailer(outgoing(room), broken))(one)
        assert (row(database, one).state, room.got) == ("failed", [])


def test_an_answer_that_is_sent_whole_is_opened_only_then(database: Engine, room: Mailroom) -> None:
    answer_id = uuid4()
    opened: list[UUID] = []

    def opens(conn: Connection, asked: UUID) -> str:
        opened.append(asked)
        return "Bonjour docteur,\n\nPoursuivez l'anticoagulant."

    (one,) = put(database, message(channel="email", recipient="ines@medecin.mssante.fr", purpose=Purpose.ANSWER,
                                   body="", detail={"answer": str(answer_id), "whole": True}))  # fmt: skip
    Deliver(database, Mailer(outgoing(room), opens))(one)
    assert opened == [answer_id]
    assert "anticoagulant" in room.letters[0].get_content()
    assert row(database, one).body == ""


# What comes back --------------------------------------------------------------------------------------------------


class TestBounces:
    def test_what_came_back_is_undelivered_and_is_acted_upon_once(
        self, database: Engine, room: Mailroom, deliver: Deliver
    ) -> None:
        (one,) = put(database, to_gp())
        deliver(one)
        name = own_name(database, one)
        with database.begin() as conn:
            assert post.bounced(conn, ["<other@x>", name]) == [one]
        found = row(database, one)
        assert (found.state, found.error, found.answered_for) == ("undelivered", "bounced", False)
        told: list[int] = []
        for _ in range(2):
            delivery.follow_up(database, MemoryCarrier(), one, lambda conn, outbox_id, moment: told.append(outbox_id))
        assert told == [one]
        with database.begin() as conn:
            assert post.bounced(conn, [name]) == []

    def test_a_bounce_that_comes_before_we_wrote_that_it_was_sent(self, database: Engine, deliver: Deliver) -> None:
        (one,) = put(database, to_gp())
        with database.begin() as conn:
            ours = leases.claim(conn, one, "slow")
            assert ours is not None
            assert post.bounced(conn, [own_name(database, one)]) == [one]
            assert not leases.sent(conn, ours, own_name(database, one))
        assert row(database, one).state == "undelivered"

    @pytest.mark.parametrize("state", ["never sent", "an SMS"])
    def test_nobody_says_so_of_what_did_not_leave_by_e_mail(self, database: Engine, state: str) -> None:
        changes = {} if state == "an SMS" else {"channel": "email", "recipient": GP}
        (one,) = put(database, message(**changes))
        if state == "an SMS":
            delivery.deliver(database, MemoryCarrier(), HOUSE, one, "worker")
        before = row(database, one).state
        with database.begin() as conn:
            assert post.bounced(conn, [own_name(database, one)]) == []
        assert row(database, one).state == before


def test_the_clock_of_the_house_does_not_date_letters(database: Engine, room: Mailroom, deliver: Deliver) -> None:
    with database.begin() as conn:
        conn.execute(text("update clock set anchor = anchor + interval '300 days'"))
        assert clock.read(conn).now - datetime.now(UTC) > timedelta(days=299)
    (one,) = put(database, to_gp())
    deliver(one)
    assert abs(room.letters[0]["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)


FAULTS = ("450 4.7.1 greylisted", "421 4.3.2 busy", "452 4.3.1 no space", takes_and_hangs_up)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_server_and_the_workers_do_every_letter_arrives_as_one(
    database: Engine, hands: Hands, room: Mailroom, deliver: Deliver, seed: int
) -> None:
    chance = random.Random(seed)
    ids = put(database, *(to_gp(f"letter {n}", detail={"subject": f"Lettre {n}"}) for n in range(3)))
    for command in ("MAIL", "RCPT", "DATA"):
        room.says(command, *(chance.choice(("250 OK", *FAULTS)) for _ in range(4)))
    for _ in range(300):
        one = chance.choice(ids)
        if chance.random() < 0.2:
            with database.begin() as conn:
                leases.claim(conn, one, "killed")
        else:
            deliver(one)
        hands.pass_seconds(chance.uniform(0, leases.LEASE_SECONDS * 1.5))
        if all(row(database, each).state == "sent" for each in ids):
            break
    copies: dict[str, set[bytes | None]] = {}
    for envelope in room.got:
        copies.setdefault(letter(envelope)["Subject"], set()).add(envelope.original_content)
    assert sorted(copies) == [f"Lettre {n}" for n in range(3)]
    assert {len(each) for each in copies.values()} == {1}
    assert {row(database, each).state for each in ids} == {"sent"}
