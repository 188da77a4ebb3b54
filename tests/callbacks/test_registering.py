"""A doctor puts himself on file: a code proves his number, the hospital says yes, what he wrote is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text, update

from callbacks import recipients, registering
from callbacks.leases import Claimed
from callbacks.permitted import Refusal as Unsent
from callbacks.registering import Begun, Refusal, Waiting, Welcomed
from callbacks.tables import outbox
from config import clock
from config.clock import Moment
from config.crypto import Box
from scheduling import store
from scheduling.directories import newcomers, opt_ins, practitioners
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.directories.practitioners import Entry
from scheduling.partner_tables import registrations
from scheduling.planning import trail
from scheduling.planning.tables import audit
from scheduling.planning.trail import Actor
from scheduling.tables import practitioner_phones
from scheduling.tables import practitioners as rows
from tests.callbacks.promised import HOUSE

SOPHIE, BOX = Actor(None, "Sophie"), Box([b"k" * 32])
MOBILE, MAIL, RPPS = "+33639980105", "ines@cabinet.example", "99700218896"
INES = Newcomer(Entry("Dr Inès Morel", MAIL, None, "Cabinet du Parc", (MOBILE,)), newsletter=True, proof=Proof.SMS)


@dataclass
class Desk:
    """A register in a transaction that nobody else sees, and a hand on the clock."""

    conn: Connection
    moment: Moment

    def begins(self, one: Newcomer = INES) -> Begun | Refusal:
        return registering.begin(self.conn, self.moment, HOUSE, BOX, one)

    def code(self) -> str:
        """What stands in the last message."""
        body = self.conn.execute(select(outbox.c.body).order_by(outbox.c.id.desc()).limit(1)).scalar_one()
        return next(word for word in str(body).replace(",", " ").split() if word.isdecimal() and len(word) == 6)

    def tries(self, id: UUID, code: str) -> Refusal | None:
        return registering.check(self.conn, self.moment, HOUSE, id, code)

    def proves(self, one: Newcomer = INES) -> UUID:
        begun = self.begins(one)
        assert isinstance(begun, Begun), begun
        assert self.tries(begun.id, self.code()) is None
        return begun.id

    def approves(self, id: UUID, into: int | None = None) -> Welcomed | Refusal:
        return registering.approve(self.conn, self.moment, HOUSE, BOX, SOPHIE, id, into)

    def waiting(self) -> list[Waiting]:
        return registering.waiting(self.conn, BOX)

    def after(self, **passed: float) -> None:
        by = timedelta(**passed)
        self.moment = replace(self.moment, now=self.moment.now + by, real=self.moment.real + by)

    def knows(self, name: str, phone: str, rpps: str | None = None) -> int:
        row = insert(rows).values(name=name, rpps=rpps).returning(rows.c.id)
        id: int = self.conn.execute(row).scalar_one()
        self.conn.execute(insert(practitioner_phones).values(practitioner_id=id, phone=phone))
        return id

    def messages(self) -> list[tuple[str, str]]:
        found = select(outbox.c.channel, outbox.c.recipient).where(outbox.c.purpose == "registration")
        return [(row.channel, row.recipient) for row in self.conn.execute(found.order_by(outbox.c.id))]

    def count(self) -> int:
        """Registrations of any state."""
        found: int = self.conn.execute(select(func.count()).select_from(registrations)).scalar_one()
        return found

    def garbles(self, id: UUID) -> None:
        """No key opens what he wrote."""
        self.conn.execute(update(registrations).where(registrations.c.id == id).values(said=b"?"))

    def state(self, id: UUID) -> tuple[str, bool]:
        """And whether what he wrote is still there."""
        row = self.conn.execute(select(registrations).where(registrations.c.id == id)).one()
        return row.state, row.said is not None


@pytest.fixture
def desk(database: Engine) -> Iterator[Desk]:
    with database.connect() as conn:
        yield Desk(conn, clock.read(conn))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# He -------------------------------------------------------------------------------------------------------------------


def test_he_proves_his_mobile_and_waits_for_a_yes(desk: Desk) -> None:
    id = desk.proves()
    assert desk.messages() == [("sms", MOBILE)]
    assert [(one.id, one.said, one.alike) for one in desk.waiting()] == [(id, INES, ())]


def test_who_proves_his_address_gets_a_letter(desk: Desk) -> None:
    desk.proves(replace(INES, proof=Proof.EMAIL))
    assert desk.messages() == [("email", MAIL)]


def test_what_he_wrote_does_not_lie_in_clear(desk: Desk) -> None:
    desk.proves()
    sealed = desk.conn.execute(select(registrations.c.said)).scalar_one()
    assert b"Morel" not in bytes(sealed)
    assert not desk.conn.execute(text("select count(*) from outbox where detail::text ~ 'Morel|cabinet'")).scalar_one()


def test_five_wrong_codes_and_the_right_one_is_none_either(desk: Desk) -> None:
    begun = desk.begins()
    assert isinstance(begun, Begun)
    told = [desk.tries(begun.id, wrong(desk.code())) for _ in range(5)]
    assert told == [Refusal.WRONG] * 4 + [Refusal.OVER]
    assert desk.tries(begun.id, desk.code()) is Refusal.OVER
    assert desk.waiting() == []


@pytest.mark.parametrize(("minutes", "told"), [(0, None), (15, None), (31, Refusal.WRONG)])
def test_a_code_is_good_for_a_quarter_of_an_hour_and_for_nothing_after_two(
    desk: Desk, minutes: int, told: Refusal | None
) -> None:
    begun = desk.begins()
    assert isinstance(begun, Begun)
    code = desk.code()
    desk.after(minutes=minutes)
    assert desk.tries(begun.id, f" {code[:3]} {code[3:]} ") is told
    assert desk.tries(begun.id, code) is told  # he tapped twice


def test_a_code_of_yesterday_proves_nothing(desk: Desk) -> None:
    begun = desk.begins()
    assert isinstance(begun, Begun)
    desk.moment = replace(desk.moment, now=desk.moment.now + timedelta(days=2))  # the one clock runs ahead
    assert desk.tries(begun.id, desk.code()) is Refusal.OVER


def test_nobody_is_annoyed_by_codes_that_he_did_not_ask_for(desk: Desk) -> None:
    told = [desk.begins() for _ in range(4)]
    assert [isinstance(each, Begun) for each in told] == [True, True, True, False]
    assert told[3] is Refusal.TOO_MANY
    other = replace(INES, entry=replace(INES.entry, phones=("+33639980106",)))
    assert isinstance(desk.begins(other), Begun)
    desk.after(hours=25)
    assert isinstance(desk.begins(), Begun)


def test_the_house_sends_so_many_an_hour_and_no_more(desk: Desk) -> None:
    asked = [{"proof": "sms", "created_at": desk.moment.now}] * registering.OF_ALL_AN_HOUR
    desk.conn.execute(insert(registrations), asked[1:])
    assert isinstance(desk.begins(), Begun)
    assert desk.begins() is Refusal.TOO_MANY
    desk.after(minutes=61)
    assert isinstance(desk.begins(), Begun)


def test_what_nobody_proved_within_a_day_is_kept_nowhere(desk: Desk) -> None:
    desk.begins()
    proved = desk.proves()
    desk.conn.execute(update(outbox).values(state="delivered"))
    desk.after(hours=25)
    registering.purge(desk.conn, desk.moment)
    assert desk.conn.execute(select(registrations.c.id)).scalars().all() == [proved]
    assert set(desk.conn.execute(select(outbox.c.body)).scalars()) == {""}
    assert desk.messages() == [("sms", ""), ("sms", MOBILE)]


def test_a_code_that_is_still_on_its_way_keeps_its_words_and_its_number(desk: Desk) -> None:
    desk.begins()
    desk.after(hours=25)
    registering.purge(desk.conn, desk.moment)
    assert desk.messages() == [("sms", MOBILE)]
    assert desk.code()
    desk.conn.execute(update(outbox).values(state="failed"))
    registering.purge(desk.conn, desk.moment)
    assert (desk.messages(), desk.count()) == ([("sms", "")], 0)


def test_the_code_may_leave_for_a_number_that_is_on_no_file_and_nothing_else(desk: Desk) -> None:
    begun = desk.begins()
    assert isinstance(begun, Begun)
    row = desk.conn.execute(select(outbox).where(outbox.c.id == begun.outbox_id)).one()
    said: dict[str, Any] = {name: getattr(row, name, None) for name in Claimed.__dataclass_fields__}
    claimed = Claimed(**said | {"worker": "w"})
    assert recipients.refusal(desk.conn, HOUSE, claimed, desk.moment) is None
    assert recipients.refusal(desk.conn, HOUSE, replace(claimed, purpose="confirmation"), desk.moment) is Unsent.UNKNOWN


# The hospital ---------------------------------------------------------------------------------------------------------


def test_somebody_new_goes_on_file_with_what_he_agreed_to_and_is_told(desk: Desk) -> None:
    id = desk.proves()
    done = desk.approves(id)
    assert isinstance(done, Welcomed)
    assert practitioners.entry(desk.conn, done.practitioner_id) == INES.entry
    (agreed,) = opt_ins.of(desk.conn, done.practitioner_id)
    assert (agreed.purpose, agreed.source) == (opt_ins.Purpose.NEWSLETTER, registering.SOURCE)
    assert desk.messages() == [("sms", MOBILE)] * 2
    assert desk.state(id) == ("approved", False)
    assert desk.approves(id) is Refusal.OVER
    assert len(store.practitioners(desk.conn)) == 1


def test_who_is_on_file_already_is_offered_and_joined(desk: Desk) -> None:
    known = desk.knows("MOREL Inès", "+33199003005")
    id = desk.proves()
    assert [each.one.id for each in desk.waiting()[0].alike] == [known]
    done = desk.approves(id, known)
    assert isinstance(done, Welcomed)
    assert done.practitioner_id == known
    (ines,) = store.practitioners(desk.conn)
    assert (ines.name, ines.phones, ines.email) == ("MOREL Inès", ("+33199003005", MOBILE), "")


def test_an_rpps_that_is_on_file_makes_no_second_doctor(desk: Desk) -> None:
    known, other = desk.knows("Dr I. Morel-Roux", "+33199003005", RPPS), desk.knows("Dr Roux", "+33199003006")
    id = desk.proves(replace(INES, entry=replace(INES.entry, rpps=RPPS)))
    assert desk.approves(id) is Refusal.TAKEN
    assert desk.approves(id, other) is Refusal.TAKEN
    assert desk.state(id) == ("proved", True)
    assert isinstance(desk.approves(id, known), Welcomed)


def test_the_rpps_of_one_with_a_common_name_is_found_behind_two_hundred_namesakes(desk: Desk) -> None:
    namesakes = [{"name": "Inès Morel"} for _ in range(newcomers.MOST_ALIKE)]
    desk.conn.execute(insert(rows), namesakes)
    known = desk.knows("Inès Morel", MOBILE, RPPS)
    id = desk.proves(replace(INES, entry=replace(INES.entry, rpps=RPPS)))
    assert desk.waiting()[0].alike[0].one.id == known
    assert desk.approves(id) is Refusal.TAKEN


def test_the_rpps_of_somebody_who_was_taken_off_the_file_is_a_clear_answer_too(desk: Desk) -> None:
    gone = desk.knows("Dr Roux", "+33199003006", RPPS)
    desk.conn.execute(update(rows).where(rows.c.id == gone).values(erased_at=desk.moment.now))
    id = desk.proves(replace(INES, entry=replace(INES.entry, rpps=RPPS)))
    assert desk.approves(id) is Refusal.TAKEN
    assert desk.state(id) == ("proved", True)


def test_what_no_key_opens_is_refused_and_in_nobody_s_way(desk: Desk) -> None:
    broken = desk.proves()
    desk.after(minutes=1)
    whole = desk.proves(replace(INES, entry=replace(INES.entry, phones=("+33639980106",))))
    desk.garbles(broken)
    assert [(one.id, one.said is None) for one in desk.waiting()] == [(broken, True), (whole, False)]
    assert desk.approves(broken) is Refusal.UNREADABLE
    assert registering.refuse(desk.conn, desk.moment, SOPHIE, broken) is None
    assert isinstance(desk.approves(whole), Welcomed)


def test_who_is_refused_is_forgotten_and_named_nowhere(desk: Desk) -> None:
    id = desk.proves()
    assert registering.refuse(desk.conn, desk.moment, SOPHIE, id) is None
    assert registering.refuse(desk.conn, desk.moment, SOPHIE, id) is Refusal.OVER
    assert desk.state(id) == ("refused", False)
    assert desk.messages() == [("sms", "")]
    assert store.practitioners(desk.conn) == []
    (line,) = trail.read(desk.conn)
    assert (line.what, line.subject, line.detail) == ("practitioner.refused", "", {})


def test_nobody_is_put_on_file_who_has_proved_nothing(desk: Desk) -> None:
    begun = desk.begins()
    assert isinstance(begun, Begun)
    assert desk.approves(begun.id) is Refusal.OVER
    assert registering.refuse(desk.conn, desk.moment, SOPHIE, begun.id) is Refusal.OVER
    assert registering.count_waiting(desk.conn) == 0
    assert desk.conn.execute(select(func.count()).select_from(audit)).scalar_one() == 0
