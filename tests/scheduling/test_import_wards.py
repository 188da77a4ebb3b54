"""Wards as an administrator imports them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from config import clock
from scheduling import desks, store
from scheduling import tables as t
from scheduling.directories import sheets
from scheduling.importing import Report
from scheduling.rota import ALWAYS, Ward
from tests.scheduling.conftest import WARDS
from tests.scheduling.register import Register


def ward(register: Register, slug: str) -> Ward:
    return store.ward(register.connection, register.ward_id(slug))


def reasons(report: Report) -> list[str]:
    return [str(error) for error in report.errors]


def counts(report: Report) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def test_a_ward_needs_its_slug_its_hospital_and_its_name(register: Register) -> None:
    report = register.wards("ward,hospital,name\ncardio,Cochin,Cardiologie\n")
    assert counts(report) == (1, 0, 0)
    cardio = ward(register, "cardio")
    assert (cardio.hospital, cardio.name, cardio.keypad) == ("Cochin", "Cardiologie", "227")
    assert (cardio.timezone, cardio.keywords, str(cardio.opening)) == ("Europe/Paris", (), "")
    assert (cardio.head, cardio.coordinator, cardio.switchboard, cardio.covered_by_id) == (None, None, None, None)


def test_a_ward_may_say_everything(register: Register) -> None:
    report = register.wards(
        """\
        timezone;switchboard;coordinator_email;coordinator_phone;coordinator_name;head_email;head_phone;head_name;covered_by;opening;keywords;keypad;name;hospital;ward;live
        Europe/Paris;01 99 00 10 00;blanc@cochin.example;06 39 98 00 91;Mme Blanc;roux@cochin.example;06 39 98 00 90;Dr Roux;nuit;"mon-fri 8:30-18:30; sat 08:30-12:30";"cœur; cardio";2273;Cardiologie;Cochin;cardio;yes
        ;;;;;;;;;;;;Service de garde;Cochin;nuit;yes
        """  # noqa: E501
    )
    assert counts(report) == (2, 0, 0)
    assert report.warnings == ()
    cardio = ward(register, "cardio")
    assert cardio.keypad == "2273"
    assert cardio.keywords == ("cœur", "cardio")
    assert str(cardio.opening) == "mon-fri 08:30-18:30; sat 08:30-12:30"
    assert cardio.covered_by_id == register.ward_id("nuit")
    assert cardio.switchboard == "+33199001000"
    assert cardio.head is not None
    assert (cardio.head.name, cardio.head.phone, cardio.head.email) == (
        "Dr Roux",
        "+33639980090",
        "roux@cochin.example",
    )
    assert cardio.coordinator is not None
    assert (cardio.coordinator.name, cardio.coordinator.email) == ("Mme Blanc", "blanc@cochin.example")
    assert ward(register, "nuit").keypad == "427"  # "Service de" is nobody's first letters


def test_importing_twice_changes_nothing(hospital: Register) -> None:
    before = [ward(hospital, slug) for slug in ("cardio", "medecine", "saint-pierre")]
    report = hospital.wards(WARDS)
    assert counts(report) == (0, 0, 3)
    assert [ward(hospital, slug) for slug in ("cardio", "medecine", "saint-pierre")] == before


@pytest.mark.parametrize(
    "file",
    [
        "ward,hospital,name\ncardio,Cochin,Cardiologie adulte\n",
        "ward,hospital,name,keypad\ncardio,Cochin,Cardiologie,2273\n",
        "ward,hospital,name,keywords\ncardio,Cochin,Cardiologie,coeur\n",
        "ward,hospital,name,opening\ncardio,Cochin,Cardiologie,mon-sat 08:30-18:30\n",
        "ward,hospital,name,opening\ncardio,Cochin,Cardiologie,\n",
        "ward,hospital,name,covered_by\ncardio,Cochin,Cardiologie,saint-pierre\n",
        "ward,hospital,name,covered_by\ncardio,Cochin,Cardiologie,\n",
        "ward,hospital,name,switchboard\ncardio,Cochin,Cardiologie,01 99 00 10 01\n",
        "ward,hospital,name,switchboard\ncardio,Cochin,Cardiologie,\n",
        "ward,hospital,name,head_name,head_phone\ncardio,Cochin,Cardiologie,Dr Noël,06 39 98 00 92\n",
        "ward,hospital,name,head_name,head_phone\ncardio,Cochin,Cardiologie,Pr Roux,06 39 98 00 90\n",
        "ward,hospital,name,head_name,head_phone\ncardio,Cochin,Cardiologie,,\n",
        "ward,hospital,name,head_phone,head_email\ncardio,Cochin,Cardiologie,06 39 98 00 90,roux@cochin.example\n",
        "ward,hospital,name\ncardio,Avicenne,Cardiologie\n",
    ],
)
def test_each_thing_a_ward_says_can_be_changed_once(hospital: Register, file: str) -> None:
    before = ward(hospital, "cardio")
    assert counts(hospital.wards(file)) == (0, 1, 0)
    after = ward(hospital, "cardio")
    assert after != before
    assert after.id == before.id
    assert counts(hospital.wards(file)) == (0, 0, 1)
    assert ward(hospital, "cardio") == after


def test_what_the_file_does_not_say_stays(hospital: Register) -> None:
    before = ward(hospital, "cardio")
    assert counts(hospital.wards("ward,hospital,name\ncardio,Cochin,Cardiologie\n")) == (0, 0, 1)
    assert ward(hospital, "cardio") == before


def test_a_code_follows_the_name_unless_somebody_chose_it(hospital: Register) -> None:
    hospital.wards("ward,hospital,name\ncardio,Cochin,Urologie\n")
    assert ward(hospital, "cardio").keypad == "876"
    hospital.wards("ward,hospital,name,keypad\ncardio,Cochin,Urologie,9999\n")
    hospital.wards("ward,hospital,name\ncardio,Cochin,Gériatrie\n")
    assert ward(hospital, "cardio").keypad == "9999"
    hospital.wards("ward,hospital,name,keypad\ncardio,Cochin,Gériatrie,\n")
    assert ward(hospital, "cardio").keypad == "437"


def test_the_territory_of_national_numbers_follows_the_zone(register: Register) -> None:
    report = register.wards(
        """\
        ward,hospital,name,timezone,head_name,head_phone,switchboard
        sud,Saint-Pierre,Cardiologie,Indian/Reunion,Dr Payet,0692 00 00 90,0262 00 00 00
        fort,Fort-de-France,Cardiologie,America/Martinique,Dr Zobel,0696 00 00 90,0596 55 20 00
        """
    )
    assert report.ok
    sud, fort = ward(register, "sud"), ward(register, "fort")
    assert sud.head is not None
    assert fort.head is not None
    assert (sud.head.phone, sud.switchboard) == ("+262692000090", "+262262000000")
    assert (fort.head.phone, fort.switchboard) == ("+596696000090", "+596596552000")
    assert sud.opening.timezone == "Indian/Reunion"


def test_an_empty_zone_is_that_of_the_hospital(hospital: Register) -> None:
    hospital.wards("ward,hospital,name,timezone\nnord,Réunion Sud,Urologie,\n")
    assert ward(hospital, "nord").timezone == "Indian/Reunion"
    report = hospital.wards("ward,hospital,name,timezone\nnord,Réunion Sud,Urologie,Indian/Mayotte\n")
    assert counts(report) == (0, 1, 0)
    assert ward(hospital, "saint-pierre").timezone == "Indian/Mayotte"  # a hospital stands in one place


BAD_ROWS = """\
ward,hospital,name,keypad,opening,covered_by,head_name,head_phone,head_email,switchboard,timezone
,Cochin,Cardiologie,,,,,,,,
a,,Cardiologie,,,,,,,,
b,Cochin,,,,,,,,,
c c,Cochin,Cardiologie,,,,,,,,
d,Cochin,Cardiologie,12,,,,,,,
e,Cochin,Cardiologie,2222222,,,,,,,
f,Cochin,7,,,,,,,,
g,Cochin,Cardiologie,,lundi 08:00-09:00,,,,,,
h,Cochin,Cardiologie,,,nowhere,,,,,
i,Cochin,Cardiologie,,,i,,,,,
j,Cochin,Cardiologie,,,,Dr Roux,,,,
k,Cochin,Cardiologie,,,,Dr Roux,15,,,
l,Cochin,Cardiologie,,,,Dr Roux,06 39 98 00 90,roux,,
m,Cochin,Cardiologie,,,,Dr Noël,06 39 98 00 90,,,
n,Cochin,Cardiologie,,,,,06 39 98 00 99,,,
o,Cochin,Cardiologie,,,,,,,0596 55 20 00,
p,Lille,Cardiologie,,,,,,,,Europe/Lille
q,Lyon,Cardiologie,,,,,,,,Europe/Paris
r,Lyon,Cardiologie,,,,,,,,Indian/Reunion
d,Cochin,Cardiologie,,,,,,,,
"""


def test_every_wrong_row_is_listed_and_nothing_is_imported(register: Register) -> None:
    report = register.wards(BAD_ROWS)
    expected = [
        "line 2: ward is empty",
        "line 3: hospital is empty",
        "line 4: name is empty",
        "line 5: ward: “c c” is not a slug (letters, digits, - _ .)",
        "line 6: keypad: “12” is not 2 to 6 digits from 2 to 9",
        "line 7: keypad: “2222222” is not 2 to 6 digits from 2 to 9",
        "line 8: keypad: the name has too few letters to make a code; give one",
        "line 9: opening: unknown day: “lundi” (mon tue wed thu fri sat sun hol)",
        "line 10: covered_by: no ward “nowhere”",
        "line 11: covered_by: a ward cannot cover itself",
        "line 12: head_phone is empty: the head could not be reached",
        "line 13: head_phone: a short number: nobody can be called back on it",
        "line 14: head_email: not an e-mail address",
        "line 15: Dr Noël has the telephone of Dr Roux (line 14)",
        "line 16: a telephone without a name",
        "line 17: switchboard: this range belongs to another territory: write it +596 …",
        "line 18: timezone: “Europe/Lille” is not a zone like Europe/Paris",
        "line 20: timezone: Lyon is in Europe/Paris on another line",
        "line 21: ward: “d” is already on line 6",
    ]
    assert reasons(report) == expected
    assert counts(report) == (0, 0, 0)
    for table in (t.wards, t.hospitals, t.people):
        assert register.connection.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("zone", ["../etc/passwd", "/etc/localtime", "Europe", "paris", "Europe/Paris\u200b"])
def test_a_zone_that_is_none_is_refused(register: Register, zone: str) -> None:
    report = register.wards(f"ward,hospital,name,timezone\ncardio,Cochin,Cardiologie,{zone}\n")
    assert len(report.errors) == 1
    assert "is not a zone" in reasons(report)[0]


def test_the_head_of_two_wards_is_one_person(hospital: Register) -> None:
    assert ward(hospital, "cardio").head == ward(hospital, "medecine").head


def test_an_empty_cell_does_not_erase_what_a_person_is_known_by(hospital: Register) -> None:
    hospital.wards(
        "ward,hospital,name,head_name,head_phone,head_email\n"
        "cardio,Cochin,Cardiologie,Dr Roux,06 39 98 00 90,roux@cochin.example\n"
    )
    hospital.wards(
        "ward,hospital,name,head_name,head_phone,head_email\nmedecine,Cochin,Médecine interne,,06 39 98 00 90,\n"
    )
    head = ward(hospital, "medecine").head
    assert head is not None
    assert (head.name, head.email) == ("Dr Roux", "roux@cochin.example")


def test_a_head_without_a_mobile_is_told(register: Register) -> None:
    report = register.wards(
        "ward,hospital,name,live,head_name,head_phone\ncardio,Cochin,Cardiologie,no,Dr Roux,01 99 00 00 90\n"
    )
    assert [str(warning) for warning in report.warnings] == ["line 2: Dr Roux has no mobile: alerts go by voice"]


@pytest.mark.dates
@pytest.mark.parametrize(
    ("opening", "covered_by", "said"),
    [
        ("mon-fri 08:30-18:30", "", "87 h without cover (from Fri 29/10 at 18:30 to Tue 02/11 at 8:30)"),
        ("mon-sun 08:30-18:30", "", "38 h without cover"),  # over a public holiday
        ("mon-sun,hol 08:30-18:30", "", None),
        ("mon-sun,hol 11:30-18:30", "", None),  # 18 h in the long night of October, to the minute
        ("mon-sun,hol 11:30-18:29", "", "18 h without cover (from Sat 30/10 at 18:29 to Sun 31/10 at 11:30)"),
        ("mon-fri 08:30-18:30", "nuit", None),
        ("mon-fri 08:30-18:30", "jour", "without cover"),
        ("", "", None),
    ],
)
def test_a_ward_that_can_be_closed_for_more_than_18_hours_without_cover_is_told(
    register: Register, opening: str, covered_by: str, said: str | None
) -> None:
    clock.start_at(register.connection, datetime(2026, 11, 23, 8, tzinfo=UTC), 1)
    report = register.wards(
        f"""\
        ward,hospital,name,live,opening,covered_by
        cardio,Cochin,Cardiologie,yes,"{opening}",{covered_by}
        jour,Cochin,Jour,yes,"mon-fri 08:00-20:00",
        nuit,Cochin,Nuit,yes,,
        """
    )
    told = [warning.reason for warning in report.warnings if warning.line == 2]
    assert len(told) == (said is not None)
    assert said is None or said in told[0]


TEAMS = """\
ward,hospital,name,keypad,role,booking_url,bed_desk
cardio,Cochin,Cardiologie,,,https://rdv.cochin.example/cardio,sud
nord,Cochin,Lits nord,235,bed_desk,,
sud,Cochin,Lits sud,235,bed_desk,,
"""


def test_a_file_says_which_line_is_a_desk_and_which_answers_for_a_ward(register: Register) -> None:
    assert counts(register.wards(TEAMS)) == (3, 0, 0)
    cardio, sud = ward(register, "cardio"), ward(register, "sud")
    assert (cardio.role, cardio.booking_url, sud.role) == ("ward", "https://rdv.cochin.example/cardio", "bed_desk")
    assert desks.chosen_for(register.connection, cardio.id) == {"bed_desk": sud.id}
    assert counts(register.wards(TEAMS)) == (0, 0, 3)
    assert counts(register.wards(TEAMS.replace(",sud\n", ",nord\n"))) == (0, 1, 2)
    assert desks.chosen_for(register.connection, cardio.id) == {"bed_desk": register.ward_id("nord")}
    assert counts(register.wards("ward,hospital,name\ncardio,Cochin,Cardiologie\n")) == (0, 0, 1)
    assert desks.chosen_for(register.connection, cardio.id)
    assert counts(register.wards(TEAMS.replace(",sud\n", ",\n"))) == (0, 1, 2)
    assert desks.chosen_for(register.connection, cardio.id) == {}


WRONG_TEAMS = {
    "role: “pharmacy” is not ward": TEAMS.replace("235,bed_desk", "235,pharmacy", 1),
    "bed_desk: “nord” is no line of this role": TEAMS.replace("235,bed_desk", "235,referent", 1).replace(
        ",sud\n", ",nord\n"
    ),
    "bed_desk: “nowhere” is no line": TEAMS.replace(",sud\n", ",nowhere\n"),
    "bed_desk: “sud” is no line of this role in this hospital": TEAMS.replace("sud,Cochin", "sud,Avicenne"),
    "bed_desk: “cardio” is no line": TEAMS.replace(",sud\n", ",cardio\n"),
    "booking_url: “rdv.example” is no https:// address": TEAMS.replace(
        "https://rdv.cochin.example/cardio", "rdv.example"
    ),
}


@pytest.mark.parametrize(("reason", "file"), WRONG_TEAMS.items(), ids=WRONG_TEAMS.keys())
def test_a_desk_that_is_none_is_refused(register: Register, reason: str, file: str) -> None:
    report = register.wards(file)
    assert not report.ok
    assert any(reason in said for said in reasons(report))


# When GPs reach it


@pytest.mark.parametrize(
    ("said", "live_from"),
    [
        ("", ALWAYS),
        ("oui", ALWAYS),
        ("no", None),
        ("2026-12-01 08:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
    ],
)
def test_a_ward_may_be_imported_before_gps_reach_it(register: Register, said: str, live_from: datetime | None) -> None:
    file = f"ward,hospital,name,live\ncardio,Cochin,Cardiologie,{said}\n"
    assert counts(register.wards(file)) == (1, 0, 0)
    assert ward(register, "cardio").live_from == live_from
    assert counts(register.wards(file)) == (0, 0, 1)


def test_a_file_that_does_not_say_leaves_it_prepared(register: Register) -> None:
    register.wards("ward,hospital,name,live\ncardio,Cochin,Cardiologie,non\n")
    assert counts(register.wards("ward,hospital,name\ncardio,Cochin,Cardiologie\n")) == (0, 0, 1)
    assert ward(register, "cardio").live_from is None


@pytest.mark.parametrize("said", ["no", "2099-12-01 08:00"])
def test_a_file_that_is_older_than_the_opening_takes_no_ward_off_the_line(register: Register, said: str) -> None:
    register.wards("ward,hospital,name\ncardio,Cochin,Cardiologie\n")
    report = register.wards(f"ward,hospital,name,live\ncardio,Cochin,Cardiologie,{said}\n")
    assert counts(report) == (0, 0, 1)
    assert ward(register, "cardio").live_from == ALWAYS
    [told] = report.warnings
    assert str(told).startswith(f"line 2: live: “{said}” is not followed")
    assert f"«\u202f{said}\u202f» n'est pas suivi" in told.words("fr")


def test_a_file_that_does_not_say_whether_its_new_wards_are_open_is_told_that_they_are(register: Register) -> None:
    register.wards("ward,hospital,name,live\ncardio,Cochin,Cardiologie,yes\n")
    file = """\
        ward,hospital,name,live,role
        cardio,Cochin,Cardiologie,,
        lits,Cochin,Gestion des lits,,bed_desk
        dermato,Cochin,Dermatologie,no,
        rhumato,Cochin,Rhumatologie,,
        pneumo,Cochin,Pneumologie,,
    """
    [told] = register.wards(file).warnings
    assert str(told).startswith("line 5: live: nothing is said, so GPs reach")
    assert "(new wards: 2)" in str(told)
    assert "(services ajoutés : 2)" in told.words("fr")
    assert ward(register, "pneumo").live_from == ALWAYS
    assert register.wards(file).warnings == ()  # they are open now, and the file changes nothing


def test_a_file_puts_off_an_opening_that_is_still_to_come(register: Register) -> None:
    for said, live_from in (("2099-12-01", datetime(2099, 11, 30, 23, tzinfo=UTC)), ("no", None)):
        report = register.wards(f"ward,hospital,name,live\ncardio,Cochin,Cardiologie,{said}\n")
        assert (report.warnings, ward(register, "cardio").live_from) == ((), live_from)


def test_when_gps_reach_it_must_be_readable(register: Register) -> None:
    [reason] = reasons(register.wards("ward,hospital,name,live\ncardio,Cochin,Cardiologie,bientôt\n"))
    assert "live" in reason


@pytest.mark.parametrize("said", ["yes", "no", "2026-12-01 08:00"])
def test_what_is_given_out_is_read_back(register: Register, said: str) -> None:
    register.wards(f"ward,hospital,name,live\ncardio,Cochin,Cardiologie,{said}\n")
    before = ward(register, "cardio").live_from
    given = sheets.give_out(register.connection, sheets.Kind.WARDS).decode("utf-8-sig")
    assert counts(register.wards(given)) == (0, 0, 1)
    assert ward(register, "cardio").live_from == before
