"""What the administrator hears of the rota before a caller finds out."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from scheduling import tables as t
from scheduling import watch
from tests.scheduling.register import Register

pytestmark = pytest.mark.dates
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 08:30 in Paris


def said(register: Register, ward: str) -> list[str]:
    return [concern.what for concern in watch.concerns(register.connection, MONDAY) if concern.ward == ward]


def full_rota(register: Register, phone: str = "06 39 98 00 01") -> None:
    rows = f"medecine,2026-11-23 08:30,2026-12-07 08:30,1,{phone}\n"
    assert register.rota("ward,start,end,rank,phone\n" + rows).ok


def test_a_ward_with_a_full_rota_and_its_people_is_no_concern(hospital: Register) -> None:
    full_rota(hospital)
    assert said(hospital, "medecine") == []


def test_a_hole_of_the_next_two_weeks_is_told_with_its_hours(hospital: Register) -> None:
    hospital.rota(
        "ward,start,end,rank,phone\n"
        "medecine,2026-11-23 08:30,2026-11-25 18:30,1,06 39 98 00 01\n"
        "medecine,2026-11-26 08:30,2026-12-05 08:30,2,06 39 98 00 01\n"
    )
    assert said(hospital, "medecine") == [
        "nobody on call from 2026-11-25 18:30 to 2026-11-26 08:30 and 1 more in two weeks"
    ]


def test_a_closed_ward_has_no_hole(hospital: Register) -> None:
    days = ["23", "24", "25", "26", "27", "30"]
    rows = [f"cardio,2026-11-{day} 08:30,2026-11-{day} 18:30,1,06 39 98 00 01" for day in days]
    rows += [f"cardio,2026-12-0{day} 08:30,2026-12-0{day} 18:30,1,06 39 98 00 01" for day in (1, 2, 3, 4)]
    assert hospital.rota("\n".join(["ward,start,end,rank,phone", *rows])).ok
    assert said(hospital, "cardio") == []


def test_a_ward_without_head_or_coordinator_is_told(register: Register) -> None:
    register.wards("ward,hospital,name\nmedecine,Cochin,Médecine interne\n")
    assert said(register, "medecine")[:2] == [
        "no head of ward: the ladder skips it",
        "no coordinator: the ladder skips it",
    ]


def test_who_is_on_the_rota_and_texted_stop_is_told(hospital: Register) -> None:
    full_rota(hospital)
    stop = update(t.people).where(t.people.c.name == "Amélie").values(opted_out_at=MONDAY)
    hospital.connection.execute(stop)
    assert said(hospital, "medecine") == ["Amélie is on the rota and texted STOP: alerts go by voice"]


def test_who_is_on_the_rota_without_a_mobile_is_told(hospital: Register) -> None:
    hospital.seniors("name,phone,wards\nManon,01 99 00 00 05,medecine\n")
    full_rota(hospital, phone="01 99 00 00 05")
    assert said(hospital, "medecine") == ["Manon is on the rota without a mobile: alerts go by voice"]


def test_a_long_closing_without_cover_is_told(hospital: Register) -> None:
    hospital.wards("ward,hospital,name,opening,covered_by\ncardio,Cochin,Cardiologie,mon-fri 08:30-18:30,\n")
    assert said(hospital, "cardio")[-1] == (
        "cardio can be closed for 87 h without cover (from 2027-10-29 18:30 to 2027-11-02 08:30): name a covering ward"
    )
