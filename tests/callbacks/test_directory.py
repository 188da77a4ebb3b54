"""A senior changes his telephone, or leaves: what hung on the old one, and what he still has in hand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection, Engine, insert, select

from callbacks import directory, links, pins, requests
from callbacks.directory import StillInCharge
from callbacks.requests import Claimed, Filed, Filing
from callbacks.tables import alarms
from callbacks.tables import requests as rows
from callbacks.trust_tables import holds
from config import clock
from config.clock import Moment
from scheduling import practices, store
from scheduling.directories import people, practitioners
from scheduling.directories.forms import Saved, fingerprint
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, ward_seniors, wards
from scheduling.tables import people as persons

SECRET = b"a secret of thirty-two characters"
SOPHIE = Actor(None, "Sophie")
DR_ROUX = "+33639980011"


@dataclass
class House:
    """Cardiology, Amélie who is on its rota, and a request of Dr Roux that she has a link to."""

    conn: Connection
    moment: Moment
    ward: int
    amelie: int
    filed: Filed
    token: str

    def entry(self) -> people.Entry:
        found = people.read(self.conn, self.amelie)
        assert found is not None
        return found[0]

    def change(self, **fields: str) -> object:
        seen = self.entry()
        draft = replace(seen, **fields)  # type: ignore[arg-type]
        return directory.save_person(self.conn, self.moment, SOPHIE, self.amelie, draft, fingerprint(seen))

    def leave(self) -> object:
        return directory.part_with(self.conn, self.moment, SOPHIE, self.amelie, fingerprint(self.entry()))


@pytest.fixture
def house(database: Engine) -> Iterator[House]:
    with database.connect() as conn:
        moment = clock.read(conn)
        hospital = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
        cardio = {"slug": "cardio", "hospital_id": hospital, "name": "Cardiologie", "keypad": "227"}
        ward = conn.execute(insert(wards).values(cardio).returning(wards.c.id)).scalar_one()
        row = insert(persons).values(name="Amélie", phone="+33639980001").returning(persons.c.id)
        amelie = conn.execute(row).scalar_one()
        conn.execute(insert(ward_seniors).values(ward_id=ward, person_id=amelie))
        filed = requests.file(conn, Filing(ward, "missed_call", DR_ROUX, None, None, moment.now, moment))
        assert isinstance(filed, Filed)
        token = links.token_for(conn, filed.id, amelie, moment.now, SECRET)
        yield House(conn, moment, ward, amelie, filed, token)


def test_the_links_on_a_lost_telephone_open_nothing_once_its_number_is_changed(house: House) -> None:
    assert links.resolve(house.conn, house.token, SECRET) is not None
    assert isinstance(house.change(phone="+33639980002"), Saved)
    assert links.resolve(house.conn, house.token, SECRET) is None
    fresh = links.token_for(house.conn, house.filed.id, house.amelie, house.moment.now, SECRET)
    assert fresh != house.token
    assert links.resolve(house.conn, fresh, SECRET) is not None


def test_who_changes_a_number_does_not_win_the_pin_with_it(house: House) -> None:
    assert pins.set_first(house.conn, house.amelie, "730418") is None
    house.change(phone="+33639980002")
    assert pins.set_first(house.conn, house.amelie, "915263") is pins.Refusal.ALREADY_SET
    assert isinstance(pins.check(house.conn, house.amelie, "730418"), pins.Right)


def test_another_title_leaves_the_links_as_they_are(house: House) -> None:
    house.change(title="Pr")
    assert links.resolve(house.conn, house.token, SECRET) is not None


def test_who_has_a_request_in_hand_does_not_leave(house: House) -> None:
    claimed = requests.claim(house.conn, house.filed.id, house.amelie, house.moment, "page")
    assert isinstance(claimed, Claimed)
    reference = house.conn.execute(select(rows.c.reference)).scalar_one()
    assert house.leave() == StillInCharge((reference,))
    requests.release(house.conn, house.filed.id, house.amelie, house.moment)
    assert isinstance(house.leave(), Saved)


def test_with_a_senior_leave_his_links_his_pin_and_its_alarm(house: House) -> None:
    pins.set_first(house.conn, house.amelie, "730418")
    for _ in range(pins.TRIES):
        pins.check(house.conn, house.amelie, "000000")
    assert house.conn.execute(select(alarms)).all() != []
    assert isinstance(house.leave(), Saved)
    assert links.resolve(house.conn, house.token, SECRET) is None
    assert isinstance(pins.standing(house.conn, house.amelie), pins.Unset)
    assert house.conn.execute(select(alarms.c.cleared_at)).scalar_one() is not None


def test_a_forgotten_practitioner_leaves_his_request_its_number(house: House) -> None:
    roux = practitioners.Entry("Dr Roux", "", None, "", (DR_ROUX,))
    saved = practitioners.save(house.conn, house.moment, SOPHIE, None, roux)
    assert isinstance(saved, Saved)
    house.conn.execute(rows.update().values(practitioner_id=saved.id))
    gone = directory.forget_practitioner(house.conn, house.moment, SOPHIE, saved.id, fingerprint(roux))
    assert isinstance(gone, Saved)
    assert store.practitioners_by_phone(house.conn, DR_ROUX) == []
    left = house.conn.execute(select(rows.c.practitioner_id, rows.c.caller)).one()
    assert (left.practitioner_id, left.caller) == (None, DR_ROUX)


def test_a_practice_of_a_forgotten_practitioner_alone_goes_with_her_and_one_of_several_stays(house: House) -> None:
    roux = practitioners.Entry("Dr Roux", "", None, "", (DR_ROUX,))
    hers, other = (practitioners.save(house.conn, house.moment, SOPHIE, None, roux) for _ in range(2))
    assert isinstance(hers, Saved)
    assert isinstance(other, Saved)
    for name, members in (("Cabinet Roux", {hers.id}), ("Maison des Lilas", {hers.id, other.id})):
        entry = practices.Entry(name, "practice", "", "", None, ("+33199003009",), frozenset(members))
        practices.write(house.conn, None, entry)
    directory.forget_practitioner(house.conn, house.moment, SOPHIE, hers.id, fingerprint(roux))
    left = [(one.entry.name, one.entry.members) for one in practices.every(house.conn)]
    assert left == [("Maison des Lilas", frozenset({other.id}))]


def test_a_gp_who_is_on_hold_stays_in_the_register(house: House) -> None:
    roux = practitioners.Entry("Dr Roux", "", None, "Cabinet du Port", (DR_ROUX,))
    saved = practitioners.save(house.conn, house.moment, SOPHIE, None, roux)
    assert isinstance(saved, Saved)
    house.conn.execute(insert(holds).values(practitioner_id=saved.id, reason="Réquisition", placed_at=house.moment.now))
    gone = directory.forget_practitioner(house.conn, house.moment, SOPHIE, saved.id, fingerprint(roux))
    assert gone == directory.OnHold()
    assert [one.name for one in store.practitioners_by_phone(house.conn, DR_ROUX)] == ["Dr Roux"]
