"""What is done with an SMS to the line, and with what the carrier says of ours."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.range import TimestamptzRange
from sqlalchemy import Engine, insert, select

from callbacks import alarms, holding, outbox, register, sheet
from callbacks.house import Desk, House
from callbacks.outbox import Message
from callbacks.requests import Filed
from callbacks.shelf import Shelf
from callbacks.tables import outbox as outbox_rows
from callbacks.written import intake
from callbacks.written.incoming import Channel, Incoming
from callbacks.written_tables import attachments, dialogues, written
from config import clock
from config.crypto import Box
from config.texts import gsm7
from scheduling.tables import people, shifts
from tests.web.conftest import DR_ROUX, Bell, Ward
from tests.webhooks.conftest import Post

LINE = "+33199002424"
AMELIE, BRUNO = "+33639980001", "+33639980002"
ADVICE = "Bonjour, que faire pour cette patiente ?"


def writes(carrier: Post, sender: str, body: str, sid: str = "SM1", **more: str) -> None:
    """An SMS comes in; it is acknowledged, and the answer itself says nothing."""
    reply = carrier("/webhooks/sms", MessageSid=sid, From=sender, To=LINE, Body=body, NumMedia="0", **more)
    assert (reply.status_code, reply.text, reply.mimetype) == (200, "<Response/>", "text/xml")


def sms(sid: str, sender: str, words: str) -> Incoming:
    """The same, past the door."""
    return Incoming(f"sms:{sid}", Channel.SMS, sender, LINE, words)


def said(database: Engine) -> list[tuple[str, str]]:
    """What waits to be said, to whom, in order."""
    with database.connect() as conn:
        rows = conn.execute(select(outbox_rows).order_by(outbox_rows.c.id)).all()
    assert all(gsm7.segments(row.body) == 1 for row in rows)
    return [(row.recipient, row.body) for row in rows]


def kept_words(database: Engine, box: Box) -> list[str]:
    """What is on file, opened."""
    with database.connect() as conn:
        rows = conn.execute(select(written).order_by(written.c.at)).all()
    return [box.open(row.body, sheet.context(row.id)).decode() for row in rows]


def test_a_gp_s_sms_is_kept_sealed_and_he_is_asked_for_the_ward(
    carrier: Post, database: Engine, box: Box, bell: Bell, ward: Ward
) -> None:
    writes(carrier, DR_ROUX, ADVICE)
    assert kept_words(database, box) == [ADVICE]
    with database.connect() as conn:
        assert b"patiente" not in conn.execute(select(written.c.body)).scalar_one()
    [(to, body)] = said(database)
    assert to == DR_ROUX
    assert "01 99 00 24 24" in body
    assert body.endswith("Urgence vitale : 15.")
    assert [kind for kind, _ in bell.rung] == ["deliver"]


def test_the_same_sms_twice_is_one(carrier: Post, database: Engine) -> None:
    writes(carrier, DR_ROUX, ADVICE)
    writes(carrier, DR_ROUX, ADVICE)
    assert len(said(database)) == 1


def test_he_is_told_once_an_hour_and_all_he_wrote_is_kept(carrier: Post, database: Engine, ward: Ward) -> None:
    for number in range(5):
        writes(carrier, DR_ROUX, ADVICE, sid=f"SM{number}")
    assert len(said(database)) == 1
    ward.waits(timedelta(minutes=61))
    writes(carrier, DR_ROUX, ADVICE, sid="SM9")
    assert len(said(database)) == 2
    with database.connect() as conn:
        assert len(conn.execute(select(written)).all()) == 6


@pytest.mark.parametrize(
    "sender",
    ["Doctolib", "36665", "", "anonymous", "+266696687", LINE, "+33199001234", "+3312", "+33639980011\0", "é" * 400],
    ids=["a name", "short code", "empty", "hidden", "hidden, keyed", "ourselves", "landline", "cut", "NUL", "long"],
)
def test_who_cannot_be_answered_is_not_but_his_sms_is_kept(carrier: Post, database: Engine, sender: str) -> None:
    writes(carrier, sender, ADVICE)
    with database.connect() as conn:
        assert len(conn.execute(select(written)).all()) == 1
    assert [to for to, _ in said(database)] in ([], [DR_ROUX])


def test_we_never_answer_ourselves(database: Engine, box: Box, bell: Bell, house: House, shelf: Shelf) -> None:
    """A mobile as sender is unwise, and allowed: it could be answered."""
    mobile = "+33639980099"
    for number, own in enumerate(
        (
            replace(house, line_number=mobile),
            replace(house, sms_sender=mobile),
            replace(house, alert_caller=mobile),
            replace(house, switchboard=mobile),
        )
    ):
        intake.take(Desk(database, bell, box, own), shelf, sms(f"SM{number}", mobile, ADVICE))
    assert said(database) == []
    assert bell.rung == []


def test_an_sms_without_a_name_is_not_lost(carrier: Post, database: Engine) -> None:
    for _ in range(2):
        assert carrier("/webhooks/sms", From=DR_ROUX, Body=ADVICE).status_code == 200
    assert carrier("/webhooks/sms").status_code == 200
    with database.connect() as conn:
        assert len(conn.execute(select(written)).all()) == 2


@pytest.mark.parametrize("body", ["", "x" * 64_000, "\0\0", "🩺" * 70])
def test_any_body_is_taken(carrier: Post, database: Engine, box: Box, body: str) -> None:
    writes(carrier, DR_ROUX, body)
    assert kept_words(database, box) == [body]


def test_every_picture_is_announced_whatever_the_count_says(carrier: Post, database: Engine, ward: Ward) -> None:
    media = {f"MediaUrl{number}": f"https://api.twilio.com/media/ME{number}" for number in range(3)}
    types = {f"MediaContentType{number}": "image/jpeg" for number in range(3)}
    writes(carrier, DR_ROUX, "avis cardio, photo de l'ECG", **media, **types)
    with database.connect() as conn:
        rows = conn.execute(select(attachments).order_by(attachments.c.seq)).all()
    assert [(row.state, row.source) for row in rows] == [("announced", url) for url in media.values()]


def test_a_picture_without_a_word_is_asked_about(carrier: Post, database: Engine, ward: Ward) -> None:
    writes(carrier, DR_ROUX, "", MediaUrl0="https://api.twilio.com/media/ME0", MediaContentType0="image/jpeg")
    assert len(said(database)) == 1
    with database.connect() as conn:
        assert conn.execute(select(dialogues.c.state)).scalars().all() == ["open"]


# What a senior writes ---------------------------------------------------------------------------------------------


def test_amelie_writes_pris_and_has_it(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    link = ward.link(filed)
    writes(carrier, AMELIE, f"PRIS {filed.reference}")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    [(to, body)] = said(database)
    assert to == AMELIE
    assert f"{filed.reference} est entre vos mains" in body
    assert body.endswith(f"http://localhost{link}")
    assert "6399800" not in body


def test_bruno_writes_second_and_is_told_so(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    ward.link(filed), ward.link(filed, ward.bruno)
    writes(carrier, AMELIE, f"PRIS {filed.reference}", sid="SM1")
    for number, word in enumerate(("PRIS", "FAIT", "RENDU"), start=2):
        writes(carrier, BRUNO, f"{word} {filed.reference}", sid=f"SM{number}")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    texts = [body for to, body in said(database) if to == BRUNO]
    assert ["confrère" in body for body in texts] == [True, True, False]
    assert "n'est pas entre vos mains" in texts[2]


def test_amelie_writes_fait_and_it_is_closed(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"FAIT {filed.reference}")
    assert ward.state(filed) == ("done", ward.amelie, "AUTRE")
    writes(carrier, AMELIE, f"FAIT {filed.reference}", sid="SM2")
    assert [body.split(" : ")[1] for _, body in said(database)] == [
        f"{filed.reference} est close. Merci.",
        f"{filed.reference} est déjà close.",
    ]


def test_fait_does_not_close_over_an_unheard_message(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    link = ward.link(filed)
    ward.voice(filed)
    writes(carrier, AMELIE, f"FAIT {filed.reference}")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    [(_, body)] = said(database)
    assert body.endswith(link)


def test_amelie_gives_it_back(carrier: Post, database: Engine, ward: Ward, bell: Bell) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"PRIS {filed.reference}", sid="SM1")
    writes(carrier, AMELIE, f"RENDU {filed.reference}", sid="SM2")
    assert ward.state(filed) == ("open", None, None)
    assert ("climb", filed.id) in bell.rung


def test_amelie_notes_a_try(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"ESSAI {filed.reference}")
    assert "essai noté" in said(database)[0][1]
    assert ward.state(filed) == ("claimed", ward.amelie, None)


def test_no_try_is_noted_of_what_is_a_colleagues_or_closed(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    ward.link(filed), ward.link(filed, ward.bruno)
    writes(carrier, AMELIE, f"PRIS {filed.reference}", sid="SM1")
    writes(carrier, BRUNO, f"ESSAI {filed.reference}", sid="SM2")
    writes(carrier, AMELIE, f"FAIT {filed.reference}", sid="SM3")
    writes(carrier, AMELIE, f"ESSAI {filed.reference}", sid="SM4")
    bodies = [body for _, body in said(database)]
    assert "confrère" in bodies[1]
    assert "déjà close" in bodies[3]
    with database.connect() as conn:
        assert register.tries(conn, filed.id) == []


@pytest.mark.parametrize("word", ["PRIS", "FAIT", "RENDU", "ESSAI"])
def test_a_reference_alone_opens_nothing_to_who_was_not_alerted(
    carrier: Post, database: Engine, ward: Ward, word: str
) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, BRUNO, f"{word} {filed.reference}", sid="SM1")
    writes(carrier, "+33639980012", f"{word} {filed.reference}", sid="SM2")
    assert ward.state(filed) == ("open", None, None)
    assert ["pas de demande" in body for _, body in said(database)] == [True, False]


def test_chatting_with_a_senior_tells_him_the_words(carrier: Post, database: Engine, ward: Ward) -> None:
    writes(carrier, AMELIE, "Merci !")
    [(_, body)] = said(database)
    assert "PRIS, RAPPEL, ESSAI, FAIT, RENDU" in body


# In more words ---------------------------------------------------------------------------------------------------


def alerted(ward: Ward, count: int, person_id: int | None = None) -> list[Filed]:
    """So many requests of which she (or he) was alerted, and is on call for."""
    now = datetime.now(UTC)
    values = {"ward_id": ward.id, "person_id": person_id or ward.amelie, "rank": 1}
    during = TimestamptzRange(now - timedelta(hours=1), now + timedelta(hours=9))
    filed = [ward.request() for _ in range(count)]
    with ward.engine.begin() as conn:
        conn.execute(insert(shifts).values(**values, during=during))
    return filed


def test_a_word_alone_is_about_the_only_request_that_waits(carrier: Post, database: Engine, ward: Ward) -> None:
    [filed] = alerted(ward, 1)
    writes(carrier, AMELIE, "pris", sid="SM1")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    writes(carrier, AMELIE, "fait, merci", sid="SM2")
    assert ward.state(filed)[0] == "done"
    writes(carrier, AMELIE, "fait", sid="SM3")
    assert said(database)[-1][1] == "Rappel24 : aucune demande ne vous attend."


def test_a_word_alone_is_about_the_one_in_her_hands(carrier: Post, ward: Ward) -> None:
    hers, other = alerted(ward, 2)
    writes(carrier, AMELIE, f"pris {hers.reference}", sid="SM1")
    writes(carrier, AMELIE, "rendu", sid="SM2")
    assert [ward.state(filed)[0] for filed in (hers, other)] == ["open", "open"]
    writes(carrier, AMELIE, f"pris {hers.reference}", sid="SM3")
    writes(carrier, AMELIE, "pris", sid="SM4")  # of the other: this one she has
    assert ward.state(other)[0] == "claimed"


@pytest.mark.parametrize("replies", [True, False])
def test_who_may_mean_several_is_asked_which(
    database: Engine, box: Box, bell: Bell, house: House, shelf: Shelf, ward: Ward, replies: bool
) -> None:
    filed = alerted(ward, 3)
    desk = Desk(database, bell, box, house if replies else replace(house, sms_sender="RAPPEL24"))
    intake.take(desk, shelf, sms("SM1", AMELIE, "pris"))
    [(_, body)] = said(database)
    assert [each.reference for each in filed if each.reference not in body] == []
    assert ("Ajoutez la référence" in body) == replies
    assert {ward.state(each)[0] for each in filed} == {"open"}


def test_where_nobody_can_answer_no_text_invites_to(
    database: Engine, box: Box, bell: Bell, house: House, shelf: Shelf, ward: Ward
) -> None:
    desk = Desk(database, bell, box, replace(house, sms_sender="RAPPEL24"))
    [filed] = alerted(ward, 1)
    for number, (sender, words) in enumerate(((BRUNO, "bonjour"), (BRUNO, "rendu"), (AMELIE, "pris"))):
        intake.take(desk, shelf, sms(f"SM{number}", sender, words))
    ward.link(filed, ward.bruno)
    intake.take(desk, shelf, sms("SM9", BRUNO, f"rendu {filed.reference}"))
    bodies = [body for _, body in said(database)]
    assert len(bodies) == 4
    assert [body for body in bodies if "PRIS" in body or "crivez" in body] == []


def test_the_status_of_all_that_waits_names_reference_ward_and_deadline(
    carrier: Post, database: Engine, ward: Ward
) -> None:
    hers, other = alerted(ward, 2)
    writes(carrier, AMELIE, f"pris {hers.reference}", sid="SM1")
    writes(carrier, AMELIE, "Statut", sid="SM2")
    body = said(database)[-1][1]
    assert re.search(rf"{hers.reference} Cardiologie avant le \d\d/\d\d à \d+h\d\d \(à vous\)", body)
    assert re.search(rf"{other.reference} Cardiologie avant le [^(]*\.$", body)


@pytest.mark.parametrize(("count", "segments"), [(9, 2), (25, 2), (60, 4)])
def test_a_status_of_many_names_every_one(
    carrier: Post, database: Engine, ward: Ward, count: int, segments: int
) -> None:
    filed = alerted(ward, count)
    writes(carrier, AMELIE, "STATUS")
    with database.connect() as conn:
        [body] = conn.execute(select(outbox_rows.c.body)).scalars()
    assert [each.reference for each in filed if each.reference not in body] == []
    assert gsm7.segments(body) <= segments


@pytest.mark.parametrize(
    ("standing", "words"),
    [("open", "attend une prise en charge"), ("hers", "entre vos mains"), ("bruno's", "confrère"), ("done", "close")],
)
def test_a_reference_alone_asks_how_it_stands(
    carrier: Post, database: Engine, ward: Ward, standing: str, words: str
) -> None:
    filed = ward.request()
    ward.link(filed), ward.link(filed, ward.bruno)
    if standing in ("hers", "done"):
        writes(carrier, AMELIE, f"{'pris' if standing == 'hers' else 'fait'} {filed.reference}", sid="SM1")
    if standing == "bruno's":
        writes(carrier, BRUNO, f"pris {filed.reference}", sid="SM1")
    before = ward.state(filed)
    writes(carrier, AMELIE, filed.reference, sid="SM2")
    writes(carrier, AMELIE, f"fait {filed.reference} ?", sid="SM3")
    answers = [body for to, body in said(database) if to == AMELIE][-2:]
    assert [words in body for body in answers] == [True, True]
    assert ward.state(filed) == before


def test_rappel_rings_her_telephone_and_claims(carrier: Post, database: Engine, ward: Ward, bell: Bell) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"Rappel {filed.reference}", sid="SM1")
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    with database.connect() as conn:
        calls = conn.execute(select(outbox_rows).where(outbox_rows.c.channel == "call")).all()
    assert [(call.purpose, call.recipient) for call in calls] == [("callback", AMELIE)]
    assert ("deliver", calls[0].id) in bell.rung
    assert "Tapez 1" in [body for _, body in said(database)][-1]
    writes(carrier, AMELIE, f"Rappel {filed.reference}", sid="SM2")
    assert "déjà en cours" in said(database)[-1][1]


def test_rappel_of_a_number_that_cannot_be_called_shows_the_page(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request(caller=None)
    link = ward.link(filed)
    writes(carrier, AMELIE, f"CALL {filed.reference}")
    assert said(database)[-1][1].endswith(link)


def test_who_is_asked_to_take_it_over_says_no_or_yes(carrier: Post, database: Engine, ward: Ward) -> None:
    filed = ward.request()
    ward.link(filed), ward.link(filed, ward.bruno)
    writes(carrier, AMELIE, f"pris {filed.reference}", sid="SM1")
    for word in ("non", "rendu"):
        with database.begin() as conn:
            holding.offer(conn, filed.id, ward.bruno, clock.read(conn), by=ward.amelie)
        writes(carrier, BRUNO, f"{word} {filed.reference}", sid=f"SM{word}")
        assert "vous ne prenez pas" in said(database)[-1][1]
    writes(carrier, BRUNO, f"non {filed.reference}", sid="SM4")
    assert "pas proposée" in said(database)[-1][1]
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    with database.begin() as conn:
        holding.offer(conn, filed.id, ward.bruno, clock.read(conn), by=ward.amelie)
    writes(carrier, BRUNO, f"oui {filed.reference}", sid="SM5")
    assert ward.state(filed) == ("claimed", ward.bruno, None)


def test_whoever_must_be_told_of_it_is_told_at_once(carrier: Post, ward: Ward, bell: Bell) -> None:
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"pris {filed.reference}")
    assert ("climb", filed.id) in bell.rung


# How often ---------------------------------------------------------------------------------------------------------


def test_ten_answers_an_hour_then_it_is_done_in_silence_and_an_alarm_counts(
    carrier: Post, database: Engine, ward: Ward
) -> None:
    filed = ward.request()
    ward.link(filed)
    for number in range(13):
        writes(carrier, AMELIE, f"{'rendu' if number % 2 else 'pris'} {filed.reference}", sid=f"SM{number}")
    assert len(said(database)) == 10
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    with database.connect() as conn:
        [alarm] = alarms.standing(conn)
    assert (alarm.kind, alarm.count, alarm.detail) == ("replies_held", 3, {"person": ward.amelie})
    ward.waits(timedelta(minutes=61))
    writes(carrier, AMELIE, f"statut {filed.reference}", sid="SM99")
    assert len(said(database)) == 11


def test_two_machines_never_answer_each_other_for_ever(carrier: Post, database: Engine, ward: Ward) -> None:
    """Her telephone sends back whatever it is sent."""
    filed = ward.request()
    ward.link(filed)
    writes(carrier, AMELIE, f"pris {filed.reference}", sid="SM0")
    heard = 0
    for number in range(1, 40):
        answers = said(database)
        if len(answers) == heard:
            break
        heard = len(answers)
        writes(carrier, AMELIE, answers[-1][1], sid=f"SM{number}")
    assert heard == 2  # that it is hers; how to write to us; then silence
    assert ward.state(filed) == ("claimed", ward.amelie, None)


# STOP -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "more"), [("STOP", {}), ("Arret", {}), ("assez", {"OptOutType": "STOP"})])
def test_a_senior_who_writes_stop_is_an_alarm_until_he_writes_start(
    carrier: Post, database: Engine, ward: Ward, body: str, more: dict[str, str]
) -> None:
    writes(carrier, AMELIE, body, **more)
    with database.connect() as conn:
        opted_out = select(people.c.opted_out_at).where(people.c.id == ward.amelie)
        assert conn.execute(opted_out).scalar_one() is not None
        assert [alarm.key for alarm in alarms.standing(conn)] == [f"opted_out:{ward.amelie}"]
    writes(carrier, AMELIE, "START", sid="SM2")
    with database.connect() as conn:
        assert conn.execute(opted_out).scalar_one() is None
        assert alarms.standing(conn) == []
    assert said(database) == []


def test_nobody_is_written_to_who_writes_stop(carrier: Post, database: Engine) -> None:
    writes(carrier, DR_ROUX, "STOP")
    writes(carrier, DR_ROUX, "INFO", sid="SM2", OptOutType="HELP")
    assert said(database) == []


# What became of ours ----------------------------------------------------------------------------------------------


@pytest.fixture
def sent(database: Engine) -> str:
    """An alert that the carrier has; its token."""
    with database.begin() as conn:
        moment = clock.read(conn)
        outbox.put(conn, [Message("k", "alert", "sms", AMELIE, None, None, "Rappel24", moment.now)], moment)
        sent = {"state": "sent", "provider_sid": "SM7", "attempts": 1, "sent_at": moment.now, "sent_real": moment.real}
        return str(conn.execute(outbox_rows.update().values(sent).returning(outbox_rows.c.token)).scalar_one())


def state(database: Engine) -> str:
    with database.connect() as conn:
        found: str = conn.execute(select(outbox_rows.c.state)).scalar_one()
        return found


@pytest.mark.parametrize("named", ["token", "sid"])
def test_a_status_is_recorded_once_and_sticks(
    carrier: Post, database: Engine, bell: Bell, sent: str, named: str
) -> None:
    path = f"/webhooks/sms/status/{sent}" if named == "token" else "/webhooks/sms/status"
    for word in ("undelivered", "sent", "undelivered", "delivered"):
        reply = carrier(path, MessageSid="SM7", MessageStatus=word, ErrorCode="30003")
        assert (reply.status_code, reply.data) == (204, b"")
        assert state(database) == "undelivered"
    assert [kind for kind, _ in bell.rung] == ["deliver"]


@pytest.mark.parametrize("word", ["sending", "sent", "delivered", "read"])
def test_no_worker_is_woken_because_an_sms_is_on_its_way_or_has_arrived(
    carrier: Post, database: Engine, bell: Bell, sent: str, word: str
) -> None:
    """Two words come of each SMS that arrives; a worker forks for every ring."""
    with database.begin() as conn:
        conn.execute(outbox_rows.update().values(state="sending"))
    assert carrier(f"/webhooks/sms/status/{sent}", MessageSid="SM7", MessageStatus=word).status_code == 204
    assert state(database) == outbox.STATES[word]
    assert bell.rung == []


@pytest.mark.parametrize(
    "form",
    [{}, {"MessageStatus": "delivered"}, {"MessageSid": "SM7", "MessageStatus": "vanished"}, {"MessageSid": "SM\0"}],
    ids=["empty", "unnamed", "unknown word", "NUL"],
)
@pytest.mark.parametrize("path", ["", "/nothing-of-ours", "/00000000-0000-0000-0000-000000000000"])
def test_a_status_of_nothing_changes_nothing(
    carrier: Post, database: Engine, sent: str, path: str, form: dict[str, str]
) -> None:
    assert carrier(f"/webhooks/sms/status{path}", **form).status_code == 204
    assert state(database) == "sent"


def test_nothing_is_acknowledged_that_is_not_kept(carrier: Post, database: Engine) -> None:
    with database.begin() as conn:
        conn.exec_driver_sql("alter table written rename to elsewhere")
    reply = carrier("/webhooks/sms", MessageSid="SM1", From=DR_ROUX, To=LINE, Body=ADVICE)
    assert (reply.status_code, reply.data, reply.mimetype) == (500, b"", "text/xml")
