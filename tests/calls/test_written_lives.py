"""Whole lives of requests that began in writing: asked, filed, claimed, answered, read; and what may come between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine

from simulator.handset import Handset
from simulator.media import Enclosed
from tests.calls.hospital import AMELIE, LINE
from tests.calls.written import SECURE, Correspondent, WrittenHospital, said, written_to
from tests.web.senior import Senior

PIN = "8305"
WORDS = "Arrêtez l'AVK ce soir.\nINR demain matin, et rappelez-moi s'il dépasse 5."
PETIT = "hugo.petit@cabinet.example"  # of Dr Petit, whose mobile is on file
LINK = re.compile(r"https://rappel24\.test(/[rga]/\w+)")
CODE = re.compile(r"\b\d{6}\b")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@dataclass
class Life:
    """Requests of Dr Petit's, and who has to do with them."""

    hospital: WrittenHospital
    pin_chosen: list[str] = field(default_factory=list)

    @property
    def petit(self) -> Correspondent:
        """Dr Petit at his mail program."""
        return self.hospital.correspondent(PETIT)

    def stands(self) -> list[tuple[str, str, str | None]]:
        """Each request: its ward, how it stands, with which outcome."""
        return [(each["ward"], each["state"], each["outcome"]) for each in self.hospital.requests()]

    def happened(self) -> list[str]:
        """All that happened, in order, but for the rungs of the ladder."""
        return list(self.hospital.sql("select kind from events where kind <> 'rung' order by id").scalars())

    def passes(self, **delta: float) -> None:
        """Time passes, and what is due is done."""
        self.hospital.passes(timedelta(hours=1), **delta)

    def opens(self, words: str) -> Senior:
        """Somebody opens a link, on the telephone or the screen where these words stand."""
        link = LINK.search(words)
        assert link is not None, words
        self.hospital.now_is(self.hospital.sim.now)
        return Senior(self.hospital.app.test_client(), link[1]).opens()

    def sends(self, page: Senior, door: str, **fields: str) -> Senior:
        """A touch on that page, and what the house does about it within a few seconds."""
        self.hospital.now_is(self.hospital.sim.now)
        page.opens().sends(door, **fields)
        assert page.status == 200, page.status
        self.hospital.ticks()
        self.hospital.sim.advance(seconds=3)
        return page

    def amelie_opens(self) -> Senior:
        """Amélie follows the newest alert, and gives her PIN; the first time she chooses one."""
        page = self.opens(self.hospital.amelie.reads("https://").body)
        if self.pin_chosen:
            return self.sends(page, "pin", pin=PIN)
        self.pin_chosen.append(PIN)
        return self.sends(page, "pin/first", pin=PIN, again=PIN)

    def reads_everything(self, page: Senior) -> Senior:
        """She opens each message that nobody has opened yet."""
        for part in self.hospital.sql(
            "select p.id from parts p where not exists (select from hearings h where h.part_id = p.id)"
            " order by p.created_at"
        ).scalars():
            self.sends(page, f"parts/{part}")
        return page

    def answers(self, page: Senior, words: str = WORDS, outcome: str = "CONSEIL") -> Senior:
        """She answers in writing, from her page."""
        writing = Senior(page.browser, f"{page.path}/answer")
        return self.sends(writing, "answer", do="send", words=words, outcome=outcome)

    def amelie_answers(self, words: str = WORDS) -> Senior:
        """All of it: the alert, the PIN, what the GP wrote, the answer."""
        return self.answers(self.reads_everything(self.amelie_opens()), words)

    def reads_behind_a_code(self, notice: str, mobile: Handset) -> Senior:
        """The GP opens the link of a notice, has a code sent to his mobile, and gives it."""
        page = self.opens(notice)
        assert WORDS.split("\n")[0] not in page.page
        before = len(mobile.texts)
        self.sends(page, "code")
        self.hospital.sim.advance(seconds=5)
        code = CODE.search(mobile.texts[before].body)
        assert code is not None
        return self.sends(page, "open", code=code[0])


@pytest.fixture
def life(database: Engine, redis: Redis, tmp_path: Path) -> Iterator[Life]:
    """Monday, 14:00. Dr Petit has a mobile and an address on file."""
    with written_to(database, redis, tmp_path) as hospital:
        hospital.sql("update practitioners set email = :email where name = 'Dr Hugo Petit'", email=PETIT)
        yield Life(hospital)


def created(request: dict[str, str]) -> datetime:
    return datetime.fromisoformat(request["created_at"])


def digit_of_a_new_one(question: str) -> str:
    """What means a new request, as the question says."""
    found = re.search(r"(\d) : nouvelle demande", question)
    assert found is not None, question
    return found[1]


# To its end ---------------------------------------------------------------------------------------------------------


def test_an_sms_is_asked_for_its_ward_filed_answered_in_writing_and_read(life: Life) -> None:
    hospital, gp, began = life.hospital, life.hospital.mobile_gp, life.hospital.sim.now
    gp.sends(LINE, "bonjour, un avis svp pour un patient sous AVK")
    gp.reads("quel service")
    assert life.stands() == []
    hospital.sim.advance(minutes=5)
    gp.sends(LINE, "cardio, INR à 6")
    confirmation = gp.reads("enregistrée")
    [request] = hospital.requests()
    assert request["reference"] in confirmation.body
    assert (request["ward"], request["channel"], request["parts"]) == ("cardio", "sms", 2)
    assert created(request) == began, "its clock began with his first word"

    page = life.reads_everything(life.amelie_opens())
    assert "INR à 6" in page.text
    life.answers(page)
    assert life.stands() == [("cardio", "done", "CONSEIL")]
    notice = gp.reads("a répondu").body
    assert "AVK" not in notice
    read = life.reads_behind_a_code(notice, gp)
    assert "INR demain matin" in read.text
    assert "Amélie Blanc" in read.text
    assert life.happened() == ["filed", "part", "part", "claimed", "answered", "done", "read"]

    told = len(hospital.messages())
    life.passes(hours=30)
    assert len(hospital.messages()) == told, "nobody is asked whether he was called, and nobody reminded"


def test_an_email_is_filed_answered_in_writing_and_read_behind_link_and_code(life: Life) -> None:
    hospital = life.hospital
    life.petit.writes("Bonjour,\nINR à 6, que faire ?\n-- \nDr Petit", subject="avis cardiologie Cochin", picture=PNG)
    confirmation = life.petit.reads("est enregistrée")
    [request] = hospital.requests()
    assert (request["ward"], request["channel"]) == ("cardio", "email")
    assert request["reference"] in confirmation["Subject"]
    assert confirmation["Auto-Submitted"] == "auto-replied"
    assert hospital.mobile_gp.texts == [], "he is told on the channel he used"

    life.amelie_answers()
    notice = said(life.petit.reads("a répondu"))
    assert "AVK" not in notice
    assert "INR demain matin" in life.reads_behind_a_code(notice, hospital.mobile_gp).text
    assert life.stands() == [("cardio", "done", "CONSEIL")]
    assert life.happened()[-2:] == ["done", "read"]


def test_to_a_secure_mailbox_the_answer_goes_whole_and_a_touch_says_that_it_was_read(life: Life) -> None:
    hospital, address = life.hospital, f"hugo.petit@medecin.{SECURE}"
    hospital.sql("update practitioners set email = :email where name = 'Dr Hugo Petit'", email=address)
    petit = hospital.correspondent(address)
    petit.writes("Bonjour, INR à 6 sous AVK, que faire ?", subject="cardio cochin")
    petit.reads("est enregistrée")
    life.amelie_answers()
    letter = petit.reads("INR demain matin")
    assert "Dr Amélie Blanc, Cardiologie, Cochin" in said(letter)
    assert "AVK" not in letter["Subject"]
    assert WORDS not in "".join(hospital.sql("select body from outbox").scalars()), "no answer lies in the outbox"
    assert "read" not in life.happened()
    life.sends(life.opens(letter.get_content()), "noted")
    assert life.happened()[-1] == "read"


# Following up -------------------------------------------------------------------------------------------------------


def test_an_answer_to_the_answer_opens_the_request_again_within_seven_days(life: Life) -> None:
    life.petit.writes("INR à 6, que faire ?", subject="avis cardiologie cochin")
    life.petit.reads("est enregistrée")
    life.amelie_answers()
    notice = life.petit.reads("a répondu")
    life.passes(days=3)
    life.petit.writes("Merci. Et s'il saigne ?", subject=f"Re: {notice['Subject']}", answers=notice)
    assert life.stands() == [("cardio", "open", None)]
    life.passes(minutes=2)
    assert "rouverte" in life.hospital.amelie.reads("rouverte").body
    life.amelie_answers("Alors le 15, sans attendre.")
    assert life.stands() == [("cardio", "done", "CONSEIL")]


def test_thanks_for_the_answer_open_nothing(life: Life) -> None:
    life.petit.writes("INR à 6, que faire ?", subject="avis cardiologie cochin")
    life.petit.reads("est enregistrée")
    life.amelie_answers()
    notice = life.petit.reads("a répondu")
    before = len(life.petit.letters)
    life.petit.writes("Merci beaucoup !", subject=f"Re: {notice['Subject']}", answers=notice)
    life.passes(minutes=5)
    assert life.stands() == [("cardio", "done", "CONSEIL")]
    assert len(life.petit.letters) == before


def test_a_question_asked_on_the_page_of_the_answer_opens_it_again(life: Life) -> None:
    gp = life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    life.amelie_answers()
    page = life.reads_behind_a_code(gp.reads("a répondu").body, gp)
    life.sends(page, "more", wish="question", words="Et sous quel délai recontrôler ?")
    assert life.stands() == [("cardio", "open", None)]
    page = life.reads_everything(life.amelie_opens())
    assert "sous quel délai" in page.text


def test_an_answer_that_nobody_reads_for_a_day_is_told_to_who_wrote_it_once(life: Life) -> None:
    hospital, gp = life.hospital, life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    life.amelie_answers()
    gp.reads("a répondu")
    for _ in range(3):
        life.passes(hours=12)
        hospital.looks_for_unread()
        life.passes(minutes=1)
    assert [each["to"] for each in hospital.messages("unread")] == [AMELIE]


# Whose is it --------------------------------------------------------------------------------------------------------


def test_one_doctor_and_two_patients_are_two_requests_when_he_says_so(life: Life) -> None:
    gp = life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    life.passes(hours=1)
    gp.sends(LINE, "bonjour, un autre avis cardio svp, patiente en FA")
    asked = gp.reads("nouvelle demande").body
    assert len(life.stands()) == 1
    gp.sends(LINE, digit_of_a_new_one(asked))
    life.passes(minutes=1)
    assert life.stands() == [("cardio", "open", None)] * 2


def test_a_complement_joins_the_request_that_he_chooses(life: Life) -> None:
    gp = life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    life.passes(hours=1)
    gp.sends(LINE, "j'oubliais : il est aussi sous amiodarone")
    gp.reads("nouvelle demande")
    gp.sends(LINE, "1")
    gp.reads("complète")
    [request] = life.hospital.requests()
    assert request["parts"] == 2  # the number he chose is no message that somebody must open


def test_two_doctors_of_one_practice_with_one_address_keep_their_requests_apart(life: Life) -> None:
    practice = life.hospital.correspondent("cabinet@lilas.example")
    life.hospital.sql("update practitioners set email = 'cabinet@lilas.example' where practice = 'Cabinet des Lilas'")
    practice.writes("Bonjour, INR à 6.\nDr Morel", subject="avis cardiologie cochin")
    first = practice.reads("est enregistrée")
    life.passes(hours=1)
    practice.writes("Bonjour, patient en FA.\nDr Diallo", subject="avis cardiologie cochin")
    practice.reads("nouvelle demande")
    practice.writes("2", subject="Re: votre message", answers=practice.letters[-1])
    life.passes(minutes=1)
    assert life.stands() == [("cardio", "open", None)] * 2
    practice.writes("Pour Mme D., le contrôle est à 5.", subject=f"Re: {first['Subject']}", answers=first)
    assert [each["parts"] for each in life.hospital.requests()] == [2, 1]


def test_the_same_letter_by_two_doors_is_one_request(life: Life) -> None:
    letter = life.petit.writes("INR à 6, que faire ?", subject="avis cardiologie cochin")
    letter["Received"] = "from another.door.example"
    assert not life.petit.hands_over(letter)
    assert len(life.hospital.requests()) == 1


# What else he may send ----------------------------------------------------------------------------------------------


def test_a_picture_goes_with_his_words_and_is_seen_behind_the_pin(life: Life) -> None:
    hospital, gp = life.hospital, life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, ECG joint", Enclosed("image/png", PNG), Enclosed("image/png", PNG + b"2"))
    gp.reads("enregistrée")
    life.passes(minutes=2)
    assert hospital.sql("select count(*) from attachments where state = 'stored'").scalar_one() == 2
    page = life.reads_everything(life.amelie_opens())
    pictures = [page.browser.get(address).data for address in re.findall(r'<img src="([^"]+)"', page.page)]
    assert pictures == [PNG, PNG + b"2"]


def test_somebody_who_is_not_on_file_is_asked_who_he_is_and_then_has_his_answer(life: Life) -> None:
    hospital = life.hospital
    stranger = hospital.sim.phone("+33639985555", "Dr Inconnu")
    stranger.sends(LINE, "avis cardio cochin, INR à 6")
    stranger.reads("RPPS")
    assert life.stands() == []
    stranger.sends(LINE, "Dr Paul Lefort, 99700009999")
    stranger.reads("enregistrée")
    [request] = hospital.requests()
    assert (request["ward"], request["parts"], request["caller"]) == ("cardio", 2, "+33639985555")
    life.amelie_answers()
    assert "INR demain matin" in life.reads_behind_a_code(stranger.reads("a répondu").body, stranger).text


def test_a_call_about_a_written_request_hears_how_it_stands(life: Life) -> None:
    gp = life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    [request] = life.hospital.requests()
    gp.sends(LINE, f"suivi {request['reference']}")
    assert request["reference"] in gp.reads("attend").body
    gp.sends(LINE, "ANNULER")
    gp.reads("annulée")
    assert life.stands() == [("cardio", "withdrawn", "RETIRE")]


def test_who_answers_after_an_hour_still_has_his_request_and_its_clock_began_with_his_first_word(life: Life) -> None:
    hospital, gp, began = life.hospital, life.hospital.mobile_gp, life.hospital.sim.now
    gp.sends(LINE, "c'est pour le monsieur de ce matin, le bilan est revenu")
    gp.reads("quel service")
    life.passes(hours=1)
    assert life.stands() == []
    gp.sends(LINE, "cardio")
    gp.reads("enregistrée")
    [request] = hospital.requests()
    assert created(request) == began
    assert datetime.fromisoformat(request["due_at"]) - began == timedelta(hours=24)


def test_what_nobody_understands_is_sorted_with_the_same_clock_and_his_late_answer_joins_it(life: Life) -> None:
    hospital, gp, began = life.hospital, life.hospital.mobile_gp, life.hospital.sim.now
    gp.sends(LINE, "c'est pour le monsieur de ce matin, le bilan est revenu")
    gp.reads("quel service")
    life.passes(minutes=16)
    hospital.looks_for_unsorted()
    hospital.denis.reads("A classer avant 24/11 à 14h00")
    hospital.sorts("cardio")
    assert "Cardiologie" in gp.reads("enregistrée").body
    [request] = hospital.requests()
    assert created(request) == began
    gp.sends(LINE, "cardiologie, pardon")
    life.passes(minutes=1)
    assert [each["parts"] for each in hospital.requests()] == [2]
    life.amelie_answers()
    assert life.stands() == [("cardio", "done", "CONSEIL")]


def test_he_may_telephone_to_hear_the_answer(life: Life) -> None:
    gp = life.hospital.mobile_gp
    gp.sends(LINE, "avis cardio cochin, INR à 6")
    gp.reads("enregistrée")
    [request] = life.hospital.requests()
    life.amelie_answers()
    gp.reads("a répondu")
    gp.dials(LINE).hears("urgence").presses(f"{request['reference']}#").hears("a répondu par écrit").presses("1")
    gp.hears("dès qu'il arrive")
    code = CODE.search(gp.reads("est votre code").body)
    assert code is not None
    gp.presses(code[0]).hears("INR demain matin").presses("1").is_hung_up_on()
    assert life.happened()[-1] == "read"
