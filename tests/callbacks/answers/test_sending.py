"""A senior answers in writing: what becomes of the request, what goes out, and what is kept nowhere in clear."""

from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from sqlalchemy import text
from twilio.twiml.voice_response import VoiceResponse

from callbacks import requests
from callbacks.answers import drafts, records, sending, ways
from callbacks.answers.sending import Refusal, Sent
from callbacks.states import Kind, State
from config import clock
from config.crypto import Unreadable
from config.texts import gsm7
from tests.callbacks.answers.conftest import HER_MOBILE, ORDINARY, SECURE, WORDS, Answering
from tests.callbacks.promised import AMELIE, BRUNO, GP, PRACTICE


def test_an_answer_claims_closes_with_its_outcome_and_is_on_the_timeline(ward: Answering) -> None:
    ward.asked()
    assert isinstance(ward.answers(outcome="EXAMENS"), Sent)
    view = ward.story.view
    assert (view.state, view.outcome, view.claimed_by) == (State.DONE, "EXAMENS", ward.story.ids[AMELIE])
    assert [ward.story.happened(kind) for kind in (Kind.CLAIMED, Kind.ANSWERED, Kind.DONE)] == [1, 1, 1]
    assert ward.story.standing.state is State.DONE
    assert ward.sent().author == "Amélie"


def test_the_notice_says_who_answered_where_to_read_it_and_nothing_of_what_stands_in_it(ward: Answering) -> None:
    ward.asked()
    ward.answers()
    (notice,) = ward.story.messages()
    assert (notice.purpose, notice.channel, notice.recipient) == ("answer", "sms", GP)
    assert "Dr Amélie (Cardiologie)" in notice.body
    assert "https://r24.example/a/" in notice.body
    assert gsm7.segments(notice.body) == 1
    assert "kaliémie" not in notice.body + str(notice.detail)


def test_to_an_ordinary_address_goes_a_notice_to_a_secure_one_the_whole_answer(ward: Answering) -> None:
    ward.asked(None, phones=(HER_MOBILE,), mail=ORDINARY, channel="email", message=False, ended=False)
    ward.answers()
    (notice,) = ward.story.messages()
    assert (notice.channel, notice.recipient) == ("email", ORDINARY)
    assert "https://r24.example/a/" in notice.body
    assert "kaliémie" not in notice.body
    assert ward.sent().code_to == HER_MOBILE


def test_what_is_sent_whole_is_opened_at_its_sending_and_never_lies_in_the_outbox(ward: Answering) -> None:
    ward.asked(None, mail=SECURE, channel="email", message=False, ended=False)
    sent = ward.answers()
    assert isinstance(sent, Sent)
    (letter,) = ward.story.messages()
    assert (letter.channel, letter.recipient, letter.body) == ("email", SECURE, "")
    assert letter.detail["answer"] == str(sent.answer_id)
    assert "kaliémie" not in str(letter.detail)
    body = ward.does(lambda conn: sending.letter(conn, ward.box, ward.desk.house, sent.answer_id))
    assert WORDS in str(body)
    assert "Dr Amélie, Cardiologie, Cochin" in str(body)


def test_the_words_lie_sealed_and_open_in_no_other_row(ward: Answering) -> None:
    ward.asked()
    ward.answers()
    row = ward.row(ward.sent().id)
    assert b"kali" not in bytes(row["body"])  # type: ignore[call-overload]
    assert records.words_of(ward.box, ward.sent()) == WORDS
    with pytest.raises(Unreadable):
        records.opened(ward.box, ward.story.view.id, bytes(row["body"]))  # type: ignore[arg-type, call-overload]


@pytest.mark.parametrize(
    ("words", "outcome", "why"),
    [("  \r\n ", "CONSEIL", Refusal.EMPTY), (WORDS, "", Refusal.OUTCOME), (WORDS, "NON_JOINT", Refusal.OUTCOME)],
)
def test_what_cannot_be_sent_so(ward: Answering, words: str, outcome: str, why: Refusal) -> None:
    ward.asked()
    assert ward.answers(words, outcome) is why
    assert ward.story.view.state is State.OPEN
    assert ward.story.written() == []


def test_nothing_is_sent_while_a_message_is_unheard_and_what_she_wrote_is_kept(ward: Answering) -> None:
    ward.asked(heard=False)
    assert ward.answers() is Refusal.UNHEARD
    kept = ward.does(lambda conn: drafts.read(conn, ward.box, ward.story.request_id, ward.story.ids[AMELIE]))
    assert isinstance(kept, drafts.Draft)
    assert kept.words == WORDS
    ward.story.hears_everything()
    assert isinstance(ward.answers(), Sent)
    assert ward.does(lambda conn: drafts.read(conn, ward.box, ward.story.request_id, ward.story.ids[AMELIE])) is None


def test_who_has_neither_mobile_nor_secure_address_must_be_telephoned(ward: Answering) -> None:
    ward.asked(PRACTICE)
    assert ward.answers() is Refusal.NO_WAY
    assert ward.story.view.state is State.OPEN


def test_the_code_goes_where_the_call_came_from_whatever_number_was_keyed_since(ward: Answering) -> None:
    ward.asked(GP)
    ward.does(lambda conn: requests.set_reach(conn, ward.story.request_id, ward.moment, caller=HER_MOBILE))
    ward.answers()
    assert (ward.sent().recipient, ward.sent().code_to) == (HER_MOBILE, GP)


def test_who_hides_her_number_and_keys_one_is_telephoned(ward: Answering) -> None:
    ward.asked(None)
    ward.does(lambda conn: requests.set_reach(conn, ward.story.request_id, ward.moment, caller=HER_MOBILE))
    assert ward.answers() is Refusal.NO_WAY


def test_who_texted_gets_the_code_there_and_no_other_number_once_one_was_keyed(ward: Answering) -> None:
    ward.asked(GP, channel="sms", call_id=None, message=False, ended=False)
    assert isinstance(ward.does(lambda conn: ways.of(conn, ward.desk.house, ward.story.view)), ways.Way)
    ward.does(lambda conn: requests.set_reach(conn, ward.story.request_id, ward.moment, caller=HER_MOBILE))
    assert ward.answers() is Refusal.NO_WAY
    came = "insert into written (key, channel, sender, recipient, body, verdict, at, request_id)"
    values = {"sender": GP, "id": ward.story.request_id, "now": ward.moment.now}
    with ward.story.engine.begin() as conn:
        conn.execute(text(f"{came} values ('sms:1', 'sms', :sender, '+33199000024', '', 'filed', :now, :id)"), values)
    ward.answers()
    assert ward.sent().code_to == GP


def test_what_a_colleague_has_in_hand_is_not_answered_by_another(ward: Answering) -> None:
    ward.asked()
    ward.story.claims(BRUNO)
    assert ward.answers() is Refusal.TAKEN
    assert ward.story.view.claimed_by == ward.story.ids[BRUNO]
    assert ward.story.written() == []


def test_a_closed_request_is_not_answered_again(ward: Answering) -> None:
    ward.asked()
    ward.story.claims(BRUNO)
    ward.story.closes(BRUNO)
    assert ward.answers() is Refusal.OVER


def test_two_taps_send_one_answer(ward: Answering) -> None:
    ward.asked()
    with ThreadPoolExecutor(2) as hands:
        told = [each.result() for each in [hands.submit(ward.answers) for _ in range(2)]]
    assert sorted(each.outbox_id is None for each in told if isinstance(each, Sent)) == [False, True]
    assert ward.story.written() == ["11:00 answer sms to GP"]
    assert ward.story.happened(Kind.ANSWERED) == 1


def test_who_was_answered_in_writing_is_not_asked_whether_he_was_called_back(ward: Answering) -> None:
    ward.asked()
    ward.answers()
    ward.story.works()
    assert ward.story.written() == ["11:00 answer sms to GP"]


def test_after_a_follow_up_that_is_closed_by_telephone_he_is_asked_again(ward: Answering) -> None:
    ward.asked()
    ward.answers()
    ward.story.after(minutes=5)
    ward.story.leaves_message()
    ward.story.works()
    assert ward.story.view.state is State.OPEN
    ward.story.hears_everything()
    ward.story.claims(AMELIE)
    ward.story.closes(AMELIE)
    ward.story.works()
    assert [line for line in ward.story.written() if "asked" in line] == ["11:05 asked sms to GP"]


def test_a_draft_is_his_alone_and_the_last_one_counts(ward: Answering) -> None:
    ward.asked()
    ids = ward.story.ids

    def keeps(phone: str, words: str) -> None:
        ward.does(lambda conn: drafts.save(conn, ward.box, ward.story.request_id, ids[phone], words, ward.moment))

    def has(phone: str) -> str | None:
        found = ward.does(lambda conn: drafts.read(conn, ward.box, ward.story.request_id, ids[phone]))
        return found.words if isinstance(found, drafts.Draft) else None

    keeps(AMELIE, "Un début")
    keeps(AMELIE, "Un début\r\n\r\net une suite  ")
    keeps(BRUNO, "Autre chose")
    assert (has(AMELIE), has(BRUNO)) == ("Un début\n\net une suite", "Autre chose")
    keeps(BRUNO, "   ")
    assert has(BRUNO) is None
    assert ward.story.view.state is State.OPEN


@pytest.mark.parametrize("pasted", ["\x00", "\x02", "\x0b", "\x1b", "\x7f", "\ufffe"])
def test_what_is_pasted_from_a_document_can_be_read_aloud(pasted: str) -> None:
    said = VoiceResponse()
    said.say(drafts.tidy(f"Poursuivre le trai{pasted}tement\r\n\tjeudi 🙂"))
    (words,) = ElementTree.fromstring(str(said))
    assert words.text == "Poursuivre le traitement\n\tjeudi 🙂"


def test_a_draft_of_what_is_long_over_is_kept_nowhere(ward: Answering) -> None:
    ward.asked()
    ids = ward.story.ids
    with ward.story.engine.begin() as conn:
        clock.start_at(conn, ward.story.now, 1)  # the chore reads it
        for phone in (AMELIE, BRUNO):
            drafts.save(conn, ward.box, ward.story.request_id, ids[phone], "Un début", ward.moment)
    ward.answers()
    ward.does(drafts.purge)
    assert ward.count() == {"draft": 1, "sent": 1}
    with ward.story.engine.begin() as conn:
        conn.execute(text("update requests set closed_at = app_now() - interval '8 days'"))
    ward.does(drafts.purge)
    assert ward.count() == {"sent": 1}


def test_a_second_answer_after_a_follow_up_stands_beside_the_first(ward: Answering) -> None:
    ward.asked()
    ward.answers("Premier avis.")
    ward.story.after(hours=1)
    ward.story.leaves_message()
    ward.story.hears_everything()
    assert isinstance(ward.answers("Second avis."), Sent)
    with ward.story.engine.begin() as conn:
        found = records.of_request(conn, ward.story.request_id)
        assert [records.words_of(ward.box, each) for each in found] == ["Premier avis.", "Second avis."]
        assert conn.execute(text("select count(distinct key) from outbox where purpose = 'answer'")).scalar() == 2
