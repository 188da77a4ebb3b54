"""Reaching a GP who wrote: the way he wrote, in words of that way, each once; and another way when that fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

from callbacks import letters, requests
from callbacks.requests import Filing
from callbacks.written_tables import written
from config import texts
from config.texts import gsm7
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE, GP, HOUSE, PRACTICE, Story
from tests.callbacks.rotas import PARIS, paris

MAIL, SECURE = "ines.morel@cabinet.test", "ines.morel@medecin.mssante.fr"
NOT_SECURED = texts.say("mail.not_secured")


class Letters(Story):
    """A house with an address, and GPs who write to it."""

    def writes(self, sender: str = MAIL, channel: str = "email", **more: object) -> int:
        """A GP's message is a request at once."""
        by_mail = channel == "email"
        filing = Filing(
            self.ward_id, channel, None if by_mail else sender, None, None, self.moment.now, self.moment,
            mail=sender if by_mail else None,
        )  # fmt: skip
        with self.engine.begin() as conn:
            self.request_id = requests.file(conn, replace(filing, **more)).id  # type: ignore[arg-type]
        self.adds(sender, channel)
        return self.request_id

    def adds(self, sender: str = MAIL, channel: str = "email", reason: str | None = None) -> UUID:
        """One more message of this request."""
        written_id = uuid4()
        row = {
            "id": written_id,
            "key": f"{channel}:{written_id}",
            "channel": channel,
            "sender": sender,
            "recipient": "avis@rappel24.test",
            "body": b"sealed",
            "verdict": "joined",
            "reason": reason,
            "at": self.moment.now,
            "request_id": self.request_id,
        }
        with self.engine.begin() as conn:
            conn.execute(insert(written).values(row))
            requests.add_text_part(conn, self.request_id, written_id, b"sealed", self.moment)
        self.works()
        return written_id

    def letter(self, purpose: str) -> tuple[str, str]:
        """Subject and body of the last e-mail of this purpose."""
        self._read = 0
        found = [row for row in self.messages() if (row.purpose, row.channel) == (purpose, "email")]
        return found[-1].detail["subject"], found[-1].body

    def to_gp(self) -> list[str]:
        """What the house wrote to the GP since the last look."""
        return [line for line in self.written() if not line.endswith((" to Amélie", " to Bruno", " to Chloé"))]


@pytest.fixture
def story(database: Engine) -> Letters:
    return Letters(database, house=replace(HOUSE, mail_address="avis@rappel24.test"))


@pytest.fixture
def known(story: Letters) -> int:
    """Inès Morel is on file, with her practice's number and an e-mail address."""
    with story.engine.begin() as conn:
        conn.execute(insert(practitioners).values(id=7, name="Dr Inès Morel", email=MAIL))
        conn.execute(insert(practitioner_phones).values(practitioner_id=7, phone=PRACTICE))
    return 7


# Confirmations ----------------------------------------------------------------------------------------------------


def test_who_writes_an_e_mail_is_confirmed_by_e_mail(story: Letters) -> None:
    story.writes()
    assert story.to_gp() == [f"11:00 confirmation email to {MAIL}"]
    subject, body = story.letter("confirmation")
    reference = story.view.reference
    assert subject == f"Rappel24 – demande {reference} enregistrée"
    assert f"adressée au service Cardiologie (Cochin) est enregistrée sous la référence {reference}" in body
    assert "Un médecin senior vous rappelle avant le mardi 24 novembre à 11\u00a0h\u00a000." in body
    assert "composez le 15" in body
    assert f"https://r24.example/g/{reference}" in body


def test_who_left_no_number_is_asked_for_one(story: Letters) -> None:
    story.writes()
    assert "Nous n'avons pas de numéro où vous rappeler." in story.letter("confirmation")[1]


def test_whose_number_is_on_file_is_not(story: Letters, known: int) -> None:
    story.writes(practitioner_id=known)
    assert "pas de numéro" not in story.letter("confirmation")[1]


# To which address; whether it is told what not to send there.
SPACES = {"an ordinary one": (MAIL, True), "a secure one": (SECURE, False), "a look-alike": ("a@notmssante.fr", True)}


@pytest.mark.parametrize(("address", "warned"), SPACES.values(), ids=SPACES)
def test_an_ordinary_address_is_told_what_not_to_send(story: Letters, address: str, warned: bool) -> None:
    story.writes(address)
    assert (NOT_SECURED in story.letter("confirmation")[1]) is warned


def test_who_writes_an_sms_is_confirmed_by_sms_and_told_which_ward_has_it(story: Letters) -> None:
    story.writes(GP, "sms")
    (message,) = [each for each in story.messages() if each.purpose == "confirmation"]
    assert (message.channel, message.recipient) == ("sms", GP)
    assert message.body == (
        f"Rappel24 Cochin : demande {story.view.reference} enregistrée, Cardiologie. Rappel par un senior avant le"
        " 24/11 à 11h00. Urgence vitale : 15. SMS sans réponse possible."
    )


def test_a_line_that_hears_replies_says_how_to_name_another_ward(story: Letters) -> None:
    story.house = replace(story.house, sms_sender="+33937000024")
    story.writes(GP, "sms")
    (message,) = [each for each in story.messages() if each.purpose == "confirmation"]
    assert message.body.endswith("Urgence vitale : 15. Autre service ? Écrivez-le.")


@pytest.mark.parametrize("sender", ["RAPPEL24", "+33937000024"])
def test_the_longest_ward_is_named_as_far_as_one_sms_holds(story: Letters, sender: str) -> None:
    story.house = replace(story.house, sms_sender=sender)
    with story.engine.begin() as conn:
        conn.execute(text("update hospitals set name = 'Hôpital européen Georges-Pompidou'"))
        conn.execute(text("update wards set name = 'Anesthésie-réanimation chirurgicale et douleur chronique'"))
    story.writes(GP, "sms")
    (message,) = [each for each in story.messages() if each.purpose == "confirmation"]
    assert gsm7.segments(message.body) == 1
    assert f"{story.view.reference} enregistrée, Anesthésie" in message.body


def test_a_landline_that_can_text_is_phoned_since_no_sms_reaches_it(story: Letters) -> None:
    story.writes(PRACTICE, "sms")
    assert story.to_gp() == ["11:00 confirmation call to practice"]


@pytest.mark.parametrize(("sender", "channel"), [(MAIL, "email"), (GP, "sms")])
def test_what_is_cleared_up_after_a_day_is_not_promised_for_a_time_that_is_past(
    story: Letters, sender: str, channel: str
) -> None:
    story.writes(sender, channel, created_at=story.moment.now - timedelta(hours=30))
    assert [line.split(" to ")[0] for line in story.to_gp()] == [f"11:00 apology {channel}"]
    story.after(hours=12)
    assert [line for line in story.to_gp() if "apology" in line] == []  # he is asked his pardon once


def test_a_house_without_an_address_texts_whose_e_mail_it_has(story: Letters) -> None:
    story.house = replace(story.house, mail_address=None)
    story.writes(caller=GP)
    assert story.to_gp() == ["11:00 confirmation sms to GP"]


def test_what_was_never_spoken_is_phoned_by_day(story: Letters) -> None:
    story.house = replace(story.house, mail_address=None)
    story.now = paris(23, 21)
    story.writes(caller=PRACTICE)
    assert story.to_gp() == ["21:00 confirmation call to practice at 08:00"]


def test_who_called_from_his_practice_is_confirmed_by_the_e_mail_of_his_record(story: Letters, known: int) -> None:
    story.files(PRACTICE, message=False, practitioner_id=known)
    assert story.to_gp() == [f"11:00 confirmation email to {MAIL}"]
    assert "s'est terminé sans message" in story.letter("confirmation")[1]


# Additions --------------------------------------------------------------------------------------------------------


def test_an_addition_is_confirmed_the_way_it_came(story: Letters) -> None:
    story.writes(GP, "sms")
    story.after(minutes=5)
    story.adds(MAIL)
    story.after(minutes=5)
    story.adds(GP, "sms")
    assert story.to_gp() == [
        "11:00 confirmation sms to GP", f"11:05 addition email to {MAIL}", "11:10 addition sms to GP",
    ]  # fmt: skip


def test_a_machine_that_confirms_our_confirmations_is_answered_once(story: Letters) -> None:
    story.writes()
    for _ in range(5):
        story.after(minutes=2)
        story.adds()
    assert story.to_gp() == [f"11:00 confirmation email to {MAIL}", f"11:02 addition email to {MAIL}"]


def test_a_telephone_that_sends_our_words_back_is_answered_five_times_an_hour(story: Letters) -> None:
    story.writes(GP, "sms")
    for _ in range(20):
        story.after(minutes=1)
        story.adds(GP, "sms")
    assert len([line for line in story.to_gp() if "addition" in line]) == 5
    story.after(hours=1)
    story.adds(GP, "sms")
    assert len([line for line in story.to_gp() if "addition" in line]) == 1


def test_the_next_day_an_addition_by_e_mail_is_confirmed_again(story: Letters) -> None:
    story.writes()
    story.claims(AMELIE)
    story.after(minutes=10)
    story.adds()
    story.to_gp()
    story.after(hours=23)
    story.adds()
    assert [line for line in story.to_gp() if "addition" in line] == []
    story.after(hours=2)
    story.adds()
    assert [line.split()[1] for line in story.to_gp() if "addition" in line] == ["addition"]


def test_what_says_that_a_machine_may_read_it_gets_no_confirmation(story: Letters) -> None:
    story.writes()
    story.adds(reason="list")
    assert story.to_gp() == [f"11:00 confirmation email to {MAIL}"]


def test_a_request_of_such_an_address_is_confirmed_another_way(story: Letters) -> None:
    with story.engine.begin() as conn:
        filing = Filing(
            story.ward_id, "email", GP, None, None, story.moment.now, story.moment, mail=MAIL,
        )  # fmt: skip
        story.request_id = requests.file(conn, filing).id
    story.adds(reason="list")
    assert story.to_gp() == ["11:00 confirmation sms to GP"]


# Later ------------------------------------------------------------------------------------------------------------


def test_every_later_word_comes_by_e_mail_too(story: Letters) -> None:
    story.writes()
    story.claims(AMELIE)
    story.works()
    story.after(minutes=30)
    story.tries(AMELIE)
    story.works()
    story.hears_everything()
    story.closes(AMELIE)
    story.works()
    assert story.to_gp() == [
        f"11:00 confirmation email to {MAIL}",
        f"11:00 named email to {MAIL}",
        f"11:30 tried email to {MAIL}",
        f"11:30 asked email to {MAIL}",
    ]
    reference = story.view.reference
    assert story.letter("named")[0] == f"Rappel24 – demande {reference} prise en charge"
    assert "Amélie (Cardiologie, Cochin) prend votre demande" in story.letter("named")[1]
    assert "a tenté de vous joindre à 11\u00a0h\u00a030" in story.letter("tried")[1]
    assert "Nouvel essai avant le mardi 24 novembre à 11\u00a0h\u00a000." in story.letter("tried")[1]
    assert "Avez-vous été rappelé ? Une touche suffit : https://r24.example/g/" in story.letter("asked")[1]


def test_who_could_not_be_reached_is_told_how_to_open_it_again(story: Letters) -> None:
    story.writes(caller=PRACTICE)
    story.claims(AMELIE)
    story.hears_everything()
    story.tries_in_three_windows(AMELIE)
    story.closes(AMELIE, "NON_JOINT")
    story.works()
    assert "répondez à ce courriel en indiquant où et quand vous joindre" in story.letter("unreached")[1]


def test_the_broken_promise_is_apologised_for_by_e_mail_once(story: Letters) -> None:
    story.writes()
    story.to_gp()
    story.after(hours=29)
    apologies = [line for line in story.to_gp() if "apology" in line]
    assert apologies == [f"11:00 apology email to {MAIL}"]
    subject, body = story.letter("apology")
    assert subject == f"Rappel24 – demande {story.view.reference} : toutes nos excuses"
    assert "Le chef de service est prévenu." in body


def test_no_letter_holds_what_was_written_to_us(story: Letters) -> None:
    story.writes()
    story.claims(AMELIE)
    story.after(hours=25)
    assert not [row for row in story.messages() if "sealed" in row.body]


# When it does not arrive ------------------------------------------------------------------------------------------


def test_a_confirmation_that_came_back_is_texted(story: Letters) -> None:
    story.writes(caller=GP)
    story.to_gp()
    story.loses("confirmation")
    assert story.to_gp() == ["11:00 confirmation sms to GP"]
    story.loses("confirmation")
    assert story.to_gp() == []


def test_a_confirmation_that_came_back_is_spoken_where_nothing_can_be_texted(story: Letters) -> None:
    story.writes(caller=PRACTICE)
    story.to_gp()
    story.loses("confirmation")
    assert story.to_gp() == ["11:00 confirmation call to practice"]


def test_nothing_is_confirmed_again_once_it_is_closed(story: Letters) -> None:
    story.writes(caller=GP)
    story.claims(AMELIE)
    story.hears_everything()
    story.closes(AMELIE)
    story.to_gp()
    story.loses("confirmation")
    assert story.to_gp() == []


def test_an_apology_goes_by_every_way_until_one_arrives(story: Letters) -> None:
    story.writes(caller=GP)
    story.after(hours=25)
    story.to_gp()
    said = []
    for _ in range(4):
        story.loses("apology")
        said += story.to_gp()
    assert said == ["12:00 apology sms to GP", "12:00 apology call to GP"]


def test_an_apology_that_cannot_be_spoken_is_written(story: Letters, known: int) -> None:
    story.files("+33899700000", practitioner_id=known)
    with story.engine.begin() as conn:
        conn.execute(text("update practitioner_phones set phone = :mobile"), {"mobile": GP})
    story.after(hours=25)
    story.to_gp()
    said = []
    for _ in range(4):
        story.loses("apology")
        said += story.to_gp()
    assert said == ["12:00 apology call to GP", f"12:00 apology email to {MAIL}"]


# Times in letters -------------------------------------------------------------------------------------------------

# An instant in UTC, the language; as it stands in a letter. The clock goes back on 31 October 2027 at three.
TIMES = {
    "in French": ("2026-11-24T10:00", "fr", "mardi 24 novembre à 11\u00a0h\u00a000"),
    "in English": ("2026-11-24T08:05", "en", "Tuesday 24 November at 9:05"),
    "the first 2:30 of that night": ("2027-10-31T00:30", "fr", "dimanche 31 octobre à 2\u00a0h\u00a030 (heure d'été)"),
    "the second": ("2027-10-31T01:30", "en", "Sunday 31 October at 2:30 (winter time)"),
}


@pytest.mark.dates
@pytest.mark.parametrize(("at", "language", "written_out"), TIMES.values(), ids=TIMES)
def test_a_time_in_a_letter_is_written_out(at: str, language: str, written_out: str) -> None:
    assert letters.day(datetime.fromisoformat(at).replace(tzinfo=UTC), PARIS, language) == written_out
