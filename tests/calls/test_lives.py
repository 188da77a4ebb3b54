"""Whole lives of requests, from the GP's call to the last word about it: what people see, touch, hear and are told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from callbacks import handover
from config import clock
from simulator import no_answer, rings, takes_the_call
from simulator.handset import Handset
from tests.calls.hospital import AMELIE, BRUNO, PARIS, Hospital
from tests.calls.test_coming_back_with_a_reference import keys_it
from tests.calls.test_the_promise_to_its_end import leaves_a_request
from tests.web.senior import Senior

PIN = "8305"
LINK = re.compile(r"https://rappel24\.test(/[rg]/\w+)")


@dataclass
class Life:
    """A request of Dr Petit's, and the telephones of who has to do with it."""

    hospital: Hospital

    def stands(self) -> tuple[str, str | None, str | None]:
        """How it stands, in whose hands, with which outcome."""
        [request] = self.hospital.requests()
        return request["state"], request["claimed_by"], request["outcome"]

    def happened(self) -> list[str]:
        """All that happened to it, in order, but for the rungs of its ladder."""
        return list(self.hospital.sql("select kind from events where kind <> 'rung' order by id").scalars())

    def taps(self, phone: Handset, words: str) -> Senior:
        """Somebody opens the link of an SMS on the telephone that received it."""
        link = LINK.search(phone.reads(words, within=120).body)
        assert link is not None
        self.hospital.now_is(self.hospital.sim.now)
        return Senior(self.hospital.app.test_client(), link[1]).opens()

    def sends(self, page: Senior, door: str, **fields: str) -> Senior:
        """A touch on that page, and what the house does about it within a few seconds."""
        self.hospital.now_is(self.hospital.sim.now)
        page.opens().sends(door, **fields)
        assert page.status == 200, page.status
        self.hospital.ticks()  # the bell was rung
        self.hospital.sim.advance(seconds=3)
        return page

    def hears_it(self, page: Senior) -> None:
        """The first time, she chooses a PIN on her page; then she opens the message."""
        self.hospital.sim.advance(minutes=1)  # it is fetched from the carrier
        self.sends(page, "pin/first", pin=PIN, again=PIN)
        part = self.hospital.sql("select id from parts").scalar_one()
        self.sends(page, f"parts/{part}")
        assert self.hospital.sql("select count(*) from hearings").scalar_one() == 1

    def told(self, *purposes: str) -> list[tuple[str, str]]:
        """Who was told this, and why, in order."""
        found: Sequence[dict[str, str]] = self.hospital.messages()
        return [(each["purpose"], each["to"]) for each in found if each["purpose"] in purposes]

    def until(self, **when: int) -> None:
        """Time passes until this hour of a day of November."""
        hospital = self.hospital
        local = hospital.sim.now.astimezone(PARIS)
        target = local.replace(minute=0, second=0, microsecond=0, **when)  # type: ignore[arg-type]
        while hospital.sim.now < target:
            hospital.passes(seconds=min(600.0, (target - hospital.sim.now).total_seconds()))
            with hospital.engine.begin() as conn:
                handover.announce(conn, clock.read(conn), hospital.house)


@pytest.fixture
def life(hospital: Hospital) -> Life:
    """Monday, 14:00: Dr Petit has left a message, and everybody has the telephone in the hand again."""
    leaves_a_request(hospital)
    for phone in (hospital.amelie, hospital.bruno, hospital.mobile_gp, hospital.chloe, hospital.denis):
        phone.behaves(rings())
    return Life(hospital)


def test_called_back_through_the_line_and_closed_by_a_key_and_nobody_asks_the_gp_whether_it_is_true(life: Life) -> None:
    hospital = life.hospital
    page = life.taps(hospital.amelie, "rappel à faire")
    life.sends(page, "claim")
    assert life.stands() == ("claimed", AMELIE, None)
    assert "Dr Amélie Blanc" in hospital.mobile_gp.reads("en charge").body
    life.hears_it(page)
    life.sends(page, "call")
    amelie = hospital.amelie.rings(within=10).answers(after=2).hears("J'appelle le médecin")
    gp = hospital.mobile_gp.rings().answers().hears("Amélie Blanc vous rappelle").presses("1")
    gp.is_put_through(hospital.amelie)
    hospital.sim.advance(minutes=3)
    gp.hangs_up()
    amelie.hears("Conseil, 1").presses("1").hears("La demande est close").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert life.stands() == ("done", AMELIE, "CONSEIL")
    assert life.happened() == ["filed", "part", "reach", "claimed", "attempted", "done"]
    before = len(hospital.messages())
    hospital.passes(hours=30)
    assert len(hospital.messages()) == before
    assert life.told("asked", "reminder", "escalation", "apology") == []


def test_tried_in_three_windows_closed_as_not_reached_and_opened_again_by_telephone(life: Life) -> None:
    hospital = life.hospital
    hospital.mobile_gp.behaves(no_answer())
    page = life.taps(hospital.amelie, "rappel à faire")
    life.sends(page, "claim")
    life.hears_it(page)
    life.sends(page, "attempt", result="no-answer")
    life.sends(page, "close", outcome="NON_JOINT")
    assert life.stands() == ("claimed", AMELIE, None)  # one try is none
    life.until(hour=18)
    life.sends(page, "attempt", result="no-answer")
    life.until(day=24, hour=9)
    life.sends(page, "attempt", result="unaccepted")
    life.sends(page, "close", outcome="NON_JOINT")
    assert life.stands() == ("unreachable", AMELIE, "NON_JOINT")
    assert len(life.told("tried")) == 3
    hospital.mobile_gp.reads("Pour la rouvrir")

    told = len(hospital.bruno.texts)
    keys_it(hospital).hears("Nous n'avons pas pu vous joindre").presses("1").hears("rouverte").hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(seconds=30)
    assert life.stands() == ("open", None, None)
    assert life.happened()[-2:] == ["unreachable", "reopened"]
    assert len(hospital.bruno.texts) > told
    hospital.amelie.reads("est rouverte")


def test_handed_to_a_colleague_who_refuses_then_to_another_who_accepts(life: Life) -> None:
    hospital = life.hospital
    hospital.sql("insert into ward_seniors (ward_id, person_id) select w.id, p.id from wards w, people p"
                 " where w.slug = 'cardio' and p.name = 'Emma Petit'")  # fmt: skip
    amelie = life.sends(life.taps(hospital.amelie, "rappel à faire"), "claim")
    life.sends(amelie, "hand", to=_id(hospital, BRUNO))
    bruno = life.taps(hospital.bruno, "un confrère vous confie")
    assert life.stands()[1] == AMELIE
    life.sends(bruno, "refuse")
    hospital.amelie.reads("votre confrère ne peut la prendre")
    emma = hospital.sim.phone("+33639980005", "Emma")
    life.sends(amelie, "hand", to=_id(hospital, emma.number))
    life.sends(life.taps(emma, "un confrère vous confie"), "claim")
    assert life.stands() == ("claimed", emma.number, None)
    hospital.amelie.reads("est prise en charge par un confrère")
    assert life.happened()[3:] == ["claimed", "offered", "refused", "offered", "accepted"]
    amelie.opens()
    assert not amelie.offered("close")


def test_put_off_and_forgotten_the_head_hears_of_it_before_the_promise_is_broken(life: Life) -> None:
    hospital = life.hospital
    hospital.chloe.behaves(no_answer())
    page = life.sends(life.taps(hospital.amelie, "rappel à faire"), "claim")
    retry = hospital.sim.now.astimezone(PARIS).replace(hour=19, minute=30, second=0, microsecond=0)
    life.sends(page, "later", until=str(int(retry.timestamp())), reason="busy")
    life.until(hour=19)
    assert life.told("reminder") == []  # it is put off: nobody reminds her of it
    life.until(hour=20)
    hospital.amelie.reads("il est l'heure de rappeler")
    life.until(day=24, hour=13)
    [request] = hospital.requests()
    to_the_head = [each for each in hospital.messages("escalation") if each["to"] == hospital.chloe.number]
    assert to_the_head
    assert to_the_head[0]["created_at"] < request["due_at"]
    assert life.stands() == ("claimed", AMELIE, None)
    hospital.passes(hours=2)
    assert len(life.told("apology")) == 1


def test_what_is_not_closed_half_an_hour_after_a_shift_is_the_wards_again(life: Life) -> None:
    hospital = life.hospital
    hospital.sql("delete from shifts")
    for phone, start, end in ((AMELIE, 8, 18), (BRUNO, 18, 23)):
        hospital.sql(
            "insert into shifts (ward_id, person_id, rank, during) select w.id, p.id, 1, tstzrange(:start, :end)"
            " from wards w, people p where w.slug = 'cardio' and p.phone = :phone",
            phone=phone,
            start=_monday(start),
            end=_monday(end),
        )
    life.sends(life.taps(hospital.amelie, "rappel à faire"), "claim")
    life.until(hour=18)
    assert ("shift_end", AMELIE) in life.told("shift_end")
    assert life.stands()[0] == "claimed"
    life.until(hour=19)
    assert life.stands() == ("open", None, None)
    hospital.bruno.reads("rendue en fin de garde")
    hospital.amelie.reads("votre garde")
    life.sends(life.taps(hospital.bruno, "rendue en fin de garde"), "claim")
    assert life.stands() == ("claimed", BRUNO, None)


def test_said_to_be_done_and_the_gp_says_no_by_one_touch_the_head_hears_at_once(life: Life) -> None:
    hospital = life.hospital
    hospital.chloe.behaves(no_answer())
    page = life.sends(life.taps(hospital.amelie, "rappel à faire"), "claim")
    life.hears_it(page)
    life.sends(page, "close", outcome="CONSEIL")
    assert life.stands() == ("done", AMELIE, "CONSEIL")
    his = life.taps(hospital.mobile_gp, "Avez-vous été rappelé")
    assert life.told("escalation") == []
    life.sends(his, "answer", called_back="no")
    assert life.stands() == ("open", None, None)
    assert life.happened()[-2:] == ["denied", "reopened"]
    hospital.amelie.reads("dit ne pas avoir été rappelé")
    hospital.bruno.reads("dit ne pas avoir été rappelé")
    hospital.sim.advance(seconds=60)
    assert ("escalation", hospital.chloe.number) in life.told("escalation")

    page = life.sends(life.taps(hospital.bruno, "dit ne pas avoir été rappelé"), "call")
    hospital.bruno.rings(within=10).answers().hears("J'appelle")
    hospital.mobile_gp.behaves(takes_the_call(conversation=60))
    hospital.mobile_gp.rings()
    hospital.bruno.hangs_up()
    hospital.sim.run_until_idle()
    assert life.stands()[:2] == ("claimed", BRUNO)


def _id(hospital: Hospital, phone: str) -> str:
    return str(hospital.sql("select id from people where phone = :phone", phone=phone).scalar_one())


def _monday(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=PARIS)
