"""The directory of people: numbers that are refused, a number that changes, who leaves, who may change whom."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from scheduling import store
from scheduling import tables as t
from scheduling.accounts.roles import Account, Role
from scheduling.directories import people, people_found
from scheduling.directories.forms import Refused, Saved, Stale, fingerprint
from scheduling.directories.people import Entry, StillOnDuty, Taken
from scheduling.directories.people_found import Scope
from scheduling.planning import tables as p
from tests.scheduling.directories.conftest import Secretary, codes, form

EVERYTHING = Scope(everything=True, wards=frozenset())


def account(sophie: Secretary, role: Role, *slugs: str) -> Account:
    wards = frozenset(sophie.ward(slug) for slug in slugs)
    return Account(1, "s@h.example", "Sophie", None, "fr", role, all_wards=False, ward_ids=wards)


def entry(sophie: Secretary, name: str) -> Entry:
    found = people.read(sophie.conn, sophie.person(name))
    assert found is not None
    return found[0]


def read(sophie: Secretary, **typed: object) -> Entry | Refused:
    wards = [ward for ward in store.wards(sophie.conn) if ward.slug != "saint-pierre"]
    said = {"name": "Farid", "phone": "06 39 98 00 40", "wards": [sophie.ward("cardio")], **typed}
    return people.read_form(form(**said), wards, None, owned=True, everything=True)


def save(sophie: Secretary, name: str | None, draft: object, seen: Entry | None = None) -> object:
    assert isinstance(draft, Entry), draft
    person_id = sophie.person(name) if name else None
    return people.save(sophie.conn, sophie.moment, sophie.by, person_id, draft, fingerprint(seen) if seen else "")


def found(sophie: Secretary, asked: str, scope: Scope = EVERYTHING) -> list[str]:
    return [line.name for line in people_found.search(sophie.conn, scope, store.wards(sophie.conn), asked, 1).lines]


def test_a_new_senior_is_in_the_directory_of_his_ward_and_in_its_trail(sophie: Secretary) -> None:
    saved = save(sophie, None, read(sophie, title="Dr", category="PH", email="farid@cochin.example"))
    assert isinstance(saved, Saved)
    assert entry(sophie, "Farid").ward_ids == {sophie.ward("cardio")}
    assert sophie.lines() == [("person.created", "Farid"), ("person.joined", "Farid")]
    assert sophie.last().ward_id == sophie.ward("cardio")


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("", "empty"),
        ("pas encore", "number_garbage"),
        ("06 39 98", "number_short"),
        ("06 39 98 00 4", "number_not_ten"),
        ("15", "number_short"),
        ("3114", "number_short"),
        ("0899 12 34 56", "number_premium"),
        ("0690 00 00 01", "number_elsewhere"),
        ("0700 12 34 56", "number_machine"),
        ("+41 79 000 00 00", "number_foreign"),
        ("0044 7700 900123", "number_foreign"),
        ("+33 6", "number_incomplete"),
    ],
)
def test_a_number_that_cannot_ring_a_senior_is_refused_with_its_reason(
    sophie: Secretary, phone: str, code: str
) -> None:
    assert codes(read(sophie, phone=phone)) == [("phone", code)]


def test_an_overseas_number_is_taken_when_its_country_code_is_written(sophie: Secretary) -> None:
    draft = read(sophie, phone="+262 692 00 00 77")
    assert isinstance(draft, Entry)
    assert draft.phone == "+262692000077"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [({"name": ""}, ("name", "empty")), ({"email": "farid"}, ("email", "email"))],
)
def test_what_is_wrong_is_said_of_its_field(
    sophie: Secretary, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    assert codes(read(sophie, **typed)) == [fault]


def test_one_number_is_one_person(sophie: Secretary) -> None:
    taken = save(sophie, None, read(sophie, phone="06 39 98 00 01"))
    assert taken == Taken(sophie.person("Amélie"), "Amélie")
    bruno = entry(sophie, "Bruno")
    assert isinstance(save(sophie, "Bruno", replace(bruno, phone="+33639980001"), bruno), Taken)
    assert sophie.lines() == []


def test_a_number_that_changes_is_not_verified_any_more(sophie: Secretary) -> None:
    his = t.people.c.id == sophie.person("Amélie")
    proved = {"phone_verified_at": sophie.moment.now, "opted_out_at": sophie.moment.now, "pin_hash": "x"}
    sophie.conn.execute(update(t.people).where(his).values(proved))
    sophie.conn.execute(insert(p.phone_codes).values(person_id=sophie.person("Amélie"), phone="+33", code_hash="x"))
    seen = entry(sophie, "Amélie")
    save(sophie, "Amélie", replace(seen, email="a@cochin.example"), seen)
    row = sophie.conn.execute(select(t.people).where(his)).one()
    assert row.phone_verified_at is not None
    seen = entry(sophie, "Amélie")
    save(sophie, "Amélie", replace(seen, phone="+33639980050"), seen)
    row = sophie.conn.execute(select(t.people).where(his)).one()
    assert (row.phone_verified_at, row.opted_out_at, row.pin_hash) == (None, None, "x")
    assert sophie.conn.execute(select(p.phone_codes)).all() == []
    assert sophie.last().detail["before"] == {"phone": "+33639980001"}


def test_who_saves_second_is_told_who_was_first_and_overwrites_nothing(sophie: Secretary) -> None:
    seen = entry(sophie, "Amélie")
    save(sophie, "Amélie", replace(seen, category="PU-PH"), seen)
    second = save(sophie, "Amélie", replace(seen, email="a@cochin.example"), seen)
    assert isinstance(second, Stale)
    assert second.change is not None
    assert second.change.by == sophie.by
    assert entry(sophie, "Amélie") == replace(seen, category="PU-PH")


def test_who_still_holds_a_shift_neither_leaves_nor_parts_with_its_ward(sophie: Secretary) -> None:
    sophie.register.rota(
        "ward,start,end,rank,phone\ncardio,2026-11-24 08:30,2026-11-24 18:30,1,0639980001\n"
        "cardio,2026-11-20 08:30,2026-11-20 18:30,1,0639980001\n"
    )
    seen = entry(sophie, "Amélie")
    left = people.leave(sophie.conn, sophie.moment, sophie.by, sophie.person("Amélie"), fingerprint(seen))
    assert isinstance(left, StillOnDuty)
    assert [(shift.ward, shift.rank, shift.start.day) for shift in left.shifts] == [("Cardiologie", 1, 24)]
    parted = save(sophie, "Amélie", replace(seen, ward_ids=frozenset({sophie.ward("medecine")})), seen)
    assert isinstance(parted, StillOnDuty)
    without_medicine = replace(seen, ward_ids=frozenset({sophie.ward("cardio")}))
    assert isinstance(save(sophie, "Amélie", without_medicine, seen), Saved)
    assert sophie.last().what == "person.parted"


def test_who_stands_above_a_ward_does_not_leave(sophie: Secretary) -> None:
    seen = entry(sophie, "Dr Roux")
    left = people.leave(sophie.conn, sophie.moment, sophie.by, sophie.person("Dr Roux"), fingerprint(seen))
    assert left == StillOnDuty((), ("Cardiologie", "Médecine interne"))


def test_who_has_left_is_named_in_history_and_his_number_may_be_anothers(sophie: Secretary) -> None:
    amelie, seen = sophie.person("Amélie"), entry(sophie, "Amélie")
    sophie.register.rota("ward,start,end,rank,phone\ncardio,2026-11-20 08:30,2026-11-20 18:30,1,0639980001\n")
    assert isinstance(people.leave(sophie.conn, sophie.moment, sophie.by, amelie, fingerprint(seen)), Saved)
    assert store.person_by_phone(sophie.conn, seen.phone) is None
    assert found(sophie, "amelie") == []
    assert isinstance(save(sophie, None, read(sophie, phone="06 39 98 00 01")), Saved)
    successor = store.person_by_phone(sophie.conn, seen.phone)
    assert successor is not None
    assert (successor.name, successor.id != amelie) == ("Farid", True)
    day = sophie.moment.now - timedelta(days=5)
    held = store.shifts_between(sophie.conn, [sophie.ward("cardio")], day, sophie.moment.now)
    assert [shift.person.name for shift in held] == ["Amélie"]


def test_who_has_left_is_not_changed_any_more(sophie: Secretary) -> None:
    amelie, seen = sophie.person("Amélie"), entry(sophie, "Amélie")
    people.leave(sophie.conn, sophie.moment, sophie.by, amelie, fingerprint(seen))
    draft = replace(seen, title="Pr")
    assert isinstance(people.save(sophie.conn, sophie.moment, sophie.by, amelie, draft, fingerprint(seen)), Stale)
    assert isinstance(people.leave(sophie.conn, sophie.moment, sophie.by, amelie, fingerprint(seen)), Stale)
    assert people.join(sophie.conn, sophie.moment, sophie.by, amelie, frozenset({sophie.ward("cardio")})) is None


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("amélie", ["Amélie"]),
        ("AMELIE", ["Amélie"]),
        ("chlo", ["Chloé"]),
        ("06 39 98 00 02", ["Bruno"]),
        ("0002", ["Bruno"]),
        ("+262692", ["Denis", "Dr Payet", "Mme Hoarau"]),
        ("cca", ["Chloé"]),
        ("medecine interne", ["Amélie", "Bruno", "Chloé"]),
        ("interne bruno", ["Bruno"]),
        ("%", []),
        ("personne", []),
    ],
)
def test_a_person_is_found_by_name_number_title_or_ward(sophie: Secretary, asked: str, names: list[str]) -> None:
    assert found(sophie, asked) == names


def test_fifty_come_at_a_time_in_the_order_of_their_names(sophie: Secretary) -> None:
    rows = [{"name": f"Élodie {number:03}", "phone": f"+336399811{number:02}"} for number in range(60)]
    sophie.conn.execute(insert(t.people), rows)
    pages = [people_found.search(sophie.conn, EVERYTHING, [], "elodie", page) for page in (1, 2, 3)]
    assert [(len(page.lines), page.total, page.pages) for page in pages] == [(50, 60, 2), (10, 60, 2), (0, 60, 2)]
    assert [line.name for line in pages[1].lines] == [f"Élodie {number:03}" for number in range(50, 60)]


def test_an_editor_sees_the_people_of_his_wards_and_their_heads(sophie: Secretary) -> None:
    scope = Scope.of(account(sophie, Role.EDITOR, "cardio"))
    assert found(sophie, "", scope) == ["Amélie", "Bruno", "Dr Roux", "Mme Blanc"]
    assert found(sophie, "", Scope.of(account(sophie, Role.READER))) == []
    assert "Denis" in found(sophie, "", Scope.of(account(sophie, Role.ADMIN)))


@pytest.mark.parametrize(
    ("name", "wards", "sees", "owns"),
    [
        ("Amélie", ("cardio",), True, False),
        ("Amélie", ("cardio", "medecine"), True, True),
        ("Chloé", ("medecine",), True, True),
        ("Chloé", ("cardio",), False, False),
        ("Dr Roux", ("cardio",), True, False),
        ("Denis", ("cardio", "medecine"), False, False),
    ],
)
def test_an_editor_changes_who_belongs_to_no_ward_but_his(
    sophie: Secretary, name: str, wards: tuple[str, ...], sees: bool, owns: bool
) -> None:
    scope = Scope.of(account(sophie, Role.EDITOR, *wards))
    person = people.read(sophie.conn, sophie.person(name))
    assert person is not None
    assert (scope.sees(*person), scope.owns(*person)) == (sees, owns)


def test_of_somebody_elses_senior_an_editor_changes_his_own_ward_alone(sophie: Secretary) -> None:
    cardio = [ward for ward in store.wards(sophie.conn) if ward.slug == "cardio"]
    before = entry(sophie, "Amélie")
    typed = form(name="Autre", phone="06 39 98 00 99", wards=[sophie.ward("saint-pierre")])
    draft = people.read_form(typed, cardio, before, owned=False, everything=False)
    assert draft == replace(before, ward_ids=frozenset({sophie.ward("medecine")}))


def test_an_editor_puts_nobody_on_file_without_a_ward_of_his(sophie: Secretary) -> None:
    cardio = [ward for ward in store.wards(sophie.conn) if ward.slug == "cardio"]
    typed = form(name="Farid", phone="06 39 98 00 40", wards=[sophie.ward("medecine")])
    assert codes(people.read_form(typed, cardio, None, owned=True, everything=False)) == [("wards", "no_ward")]


def test_somebody_on_file_joins_another_ward_once(sophie: Secretary) -> None:
    chloe, cardio = sophie.person("Chloé"), frozenset({sophie.ward("cardio")})
    for changed in (True, False):
        assert people.join(sophie.conn, sophie.moment, sophie.by, chloe, cardio) == Saved(chloe, changed)
    assert entry(sophie, "Chloé").ward_ids == {sophie.ward("cardio"), sophie.ward("medecine")}
    assert sophie.lines() == [("person.joined", "Chloé")]
