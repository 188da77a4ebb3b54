"""Seniors as an administrator imports them."""

import pytest
from sqlalchemy import func, select

from scheduling import store
from scheduling import tables as t
from scheduling.importing import Report
from tests.scheduling.conftest import SENIORS
from tests.scheduling.register import Register


def counts(report: Report) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def wards_of(register: Register, phone: str) -> list[str]:
    query = (
        select(t.wards.c.slug)
        .join(t.ward_seniors, t.ward_seniors.c.ward_id == t.wards.c.id)
        .join(t.people, t.people.c.id == t.ward_seniors.c.person_id)
        .where(t.people.c.phone == phone)
        .order_by(t.wards.c.slug)
    )
    return list(register.connection.scalars(query))


def test_a_senior_is_known_by_his_phone_and_his_wards(hospital: Register) -> None:
    report = hospital.seniors("phone;name;wards\n06 39 98 00 04;David Nguyen;medecine\n")
    assert counts(report) == (1, 0, 0)
    david = store.person_by_phone(hospital.connection, "+33639980004")
    assert david is not None
    assert (david.name, david.title, david.email) == ("David Nguyen", "", "")
    assert wards_of(hospital, "+33639980004") == ["medecine"]
    assert wards_of(hospital, "+33639980001") == ["cardio", "medecine"]


def test_importing_twice_changes_nothing(hospital: Register) -> None:
    assert counts(hospital.seniors(SENIORS)) == (0, 0, 4)
    assert wards_of(hospital, "+33639980001") == ["cardio", "medecine"]


@pytest.mark.parametrize(
    "row",
    [
        "Amélie Martin,06 39 98 00 01,PH,,cardio;medecine",
        "Amélie,06 39 98 00 01,PU-PH,,cardio;medecine",
        "Amélie,06 39 98 00 01,PH,amelie@cochin.example,cardio;medecine",
        "Amélie,06 39 98 00 01,PH,,medecine",
        "Amélie,06 39 98 00 01,PH,,cardio;medecine;saint-pierre",
    ],
)
def test_each_thing_a_senior_says_can_be_changed_once(hospital: Register, row: str) -> None:
    file = f"name,phone,title,email,wards\n{row}\n"
    assert counts(hospital.seniors(file)) == (0, 1, 0)
    assert counts(hospital.seniors(file)) == (0, 0, 1)
    assert wards_of(hospital, "+33639980001") == sorted(row.split(",")[-1].split(";"))


def test_what_the_file_does_not_say_stays(hospital: Register) -> None:
    assert counts(hospital.seniors("name,phone,wards\nAmélie,06 39 98 00 01,cardio;medecine\n")) == (0, 0, 1)
    amelie = store.person_by_phone(hospital.connection, "+33639980001")
    assert amelie is not None
    assert amelie.title == "PH"


def test_a_head_of_ward_may_be_a_senior_too(hospital: Register) -> None:
    report = hospital.seniors("name,phone,wards\nDr Roux,06 39 98 00 90,cardio\n")
    assert counts(report) == (0, 1, 0)
    head = store.ward(hospital.connection, hospital.ward_id("cardio")).head
    assert head == store.person_by_phone(hospital.connection, "+33639980090")


def test_a_national_number_is_that_of_the_wards_territory(hospital: Register) -> None:
    assert store.person_by_phone(hospital.connection, "+262692000001") is not None
    report = hospital.seniors("name,phone,wards\nDenis,0692 00 00 02,cardio\n")
    assert [str(error) for error in report.errors] == [
        "line 2: phone: this range belongs to another territory: write it +262 …"
    ]


def test_every_wrong_row_is_listed_and_nothing_is_imported(hospital: Register) -> None:
    before = hospital.connection.scalar(select(func.count()).select_from(t.people))
    report = hospital.seniors(
        """\
        name,phone,email,wards
        Élise,06 39 98 00 05,,cardio
        ,06 39 98 00 06,,cardio
        Fabien,,,cardio
        Gaëlle,06 39 98 00 07,,
        Hugo,06 39 98 00 08,,cardio;nowhere
        Inès,06 39 98 00 0,,cardio
        Julien,08 92 00 00 00,,cardio
        Karine,06 39 98 00 09,karine(at)cochin,cardio
        Lucas,06 39 98 00 05,,medecine
        """
    )
    assert [str(error) for error in report.errors] == [
        "line 3: name is empty",
        "line 4: phone is empty",
        "line 5: wards is empty",
        "line 6: wards: no ward “nowhere”",
        "line 7: phone: not ten digits beginning with 0",
        "line 8: phone: a premium-rate number",
        "line 9: email: not an e-mail address",
        "line 10: phone: already that of Élise on line 2",
    ]
    assert hospital.connection.scalar(select(func.count()).select_from(t.people)) == before


def test_a_senior_without_a_mobile_is_told(hospital: Register) -> None:
    report = hospital.seniors("name,phone,wards\nManon,01 99 00 00 05,cardio\n")
    assert report.ok
    assert [str(warning) for warning in report.warnings] == ["line 2: Manon has no mobile: alerts go by voice"]


def test_a_telephone_that_changes_hands_is_told(hospital: Register) -> None:
    file = "name,phone,wards\nÉlise,06 39 98 00 03,medecine\n"  # Chloé's number: meant, or two digits swapped
    assert [str(warning) for warning in hospital.seniors(file).warnings] == [
        "line 2: this telephone was Chloé's; it is now Élise's"
    ]
    assert hospital.seniors(file).warnings == ()


def test_a_file_without_rows_changes_nothing(hospital: Register) -> None:
    assert counts(hospital.seniors("name,phone,wards\n")) == (0, 0, 0)
    assert counts(hospital.wards("ward,hospital,name\n")) == (0, 0, 0)
    assert counts(hospital.practitioners("name,phone\n")) == (0, 0, 0)
    assert counts(hospital.rota("ward,start,end,rank,phone\n", replace=("2026-11-01", "2026-12-01"))) == (0, 0, 0)
