"""Practitioners as an administrator imports them: by RPPS, else by phone."""

import pytest

from scheduling import store
from scheduling.importing import Report
from scheduling.importing.practitioners import luhn
from tests.scheduling.register import Register

# Test identities of the national agency (domain.md 2.7).
RPPS, OTHER_RPPS = "99700218896", "99700296140"


def counts(report: Report) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def on_file(register: Register) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(one.name, one.rpps, one.phones) for one in store.practitioners(register.connection)]


def file(*rows: str) -> str:
    return "\n".join(["name,phone,rpps,email,practice", *rows, ""])


ODILE = f"Odile,06 39 98 90 01;01 99 00 30 01,{RPPS},odile@cabinet.example,Cabinet Didot"
MARC = "Marc,01 99 00 30 01,,,"
PHONES = ("+33639989001", "+33199003001")


def test_a_practitioner_may_have_several_numbers_the_first_preferred(register: Register) -> None:
    assert counts(register.practitioners(file(ODILE))) == (1, 0, 0)
    odile = store.practitioners_by_phone(register.connection, "+33199003001")[0]
    assert (odile.name, odile.phones, odile.rpps) == ("Odile", PHONES, RPPS)
    assert (odile.email, odile.practice) == ("odile@cabinet.example", "Cabinet Didot")


def test_a_name_and_a_number_are_enough(register: Register) -> None:
    assert counts(register.practitioners("name;phone\nMarc;01 99 00 30 01\n")) == (1, 0, 0)
    assert on_file(register) == [("Marc", None, ("+33199003001",))]


def test_importing_twice_changes_nothing(register: Register) -> None:
    assert counts(register.practitioners(file(ODILE, MARC))) == (2, 0, 0)
    before = on_file(register)
    assert counts(register.practitioners(file(ODILE, MARC))) == (0, 0, 2)
    assert counts(register.practitioners(file(MARC, ODILE))) == (0, 0, 2)
    assert on_file(register) == before


@pytest.mark.parametrize(
    "row",
    [
        f"Odile Fontaine,06 39 98 90 01;01 99 00 30 01,{RPPS},odile@cabinet.example,Cabinet Didot",
        f"Odile,01 99 00 30 01;06 39 98 90 01,{RPPS},odile@cabinet.example,Cabinet Didot",
        f"Odile,06 39 98 90 02,{RPPS},odile@cabinet.example,Cabinet Didot",
        f"Odile,06 39 98 90 01;01 99 00 30 01,{RPPS},,Cabinet Didot",
        f"Odile,06 39 98 90 01;01 99 00 30 01,{RPPS},odile@cabinet.example,",
    ],
)
def test_each_thing_can_be_changed_once_for_who_has_that_rpps(register: Register, row: str) -> None:
    register.practitioners(file(ODILE))
    assert counts(register.practitioners(file(row))) == (0, 1, 0)
    assert counts(register.practitioners(file(row))) == (0, 0, 1)
    assert len(on_file(register)) == 1


def test_without_rpps_the_phone_says_who_it_is(register: Register) -> None:
    register.practitioners(file(MARC))
    assert counts(register.practitioners(file("Marc Lemoine,01 99 00 30 01;06 39 98 90 02,,,"))) == (0, 1, 0)
    assert on_file(register) == [("Marc Lemoine", None, ("+33199003001", "+33639989002"))]


def test_an_rpps_learnt_later_joins_the_same_person(register: Register) -> None:
    register.practitioners(file(MARC))
    assert counts(register.practitioners(file(f"marc,01 99 00 30 01,{RPPS},,"))) == (0, 1, 0)
    assert on_file(register) == [("marc", RPPS, ("+33199003001",))]
    assert counts(register.practitioners(file("marc,01 99 00 30 01,,,"))) == (0, 0, 1)  # not said is not erased


def test_two_doctors_of_one_practice_stay_two(register: Register) -> None:
    shared = file("Marc,01 99 00 30 01,,,", "Sonia,01 99 00 30 01,,,", f"Odile,01 99 00 30 01,{RPPS},,")
    assert counts(register.practitioners(shared)) == (3, 0, 0)
    assert counts(register.practitioners(shared)) == (0, 0, 3)
    assert len(store.practitioners_by_phone(register.connection, "+33199003001")) == 3


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (f"Odile,01 99 00 30 01,{RPPS},,", f"Marc,01 99 00 30 01,{OTHER_RPPS},,"),
        (f"Odile,01 99 00 30 01,{RPPS},,", f"Odile,01 99 00 30 01,{OTHER_RPPS},,"),
        (f"Odile,01 99 00 30 01,{RPPS},,", "Marc,01 99 00 30 01,,,"),
        ("Odile,01 99 00 30 01,,,", f"Marc,01 99 00 30 01,{RPPS},,"),
    ],
)
def test_a_newcomer_on_a_known_line_is_not_taken_for_who_was_there(register: Register, first: str, then: str) -> None:
    register.practitioners(file(first))
    assert counts(register.practitioners(file(then))) == (1, 0, 0)
    assert len(store.practitioners_by_phone(register.connection, "+33199003001")) == 2


def test_every_wrong_row_is_listed_and_nothing_is_imported(register: Register) -> None:
    report = register.practitioners(
        file(
            ODILE,
            ",01 99 00 30 02,,,",
            "Marc,,,,",
            "Sonia,01 99 00 30 03;15,,,",
            "Pierre,01 99 00 30 04,123,,",
            "Leila,01 99 00 30 05,,leila,",
            f"Thomas,01 99 00 30 06,{RPPS},,",
            "Awa,01 99 00 30 07,,,",
            "AWA,01 99 00 30 07,,,",
            "Jean,0596 55 20 00,,,",
        )
    )
    assert [str(error) for error in report.errors] == [
        "line 3: name is empty",
        "line 4: phone is empty",
        "line 5: phone: a short number: nobody can be called back on it",
        "line 6: rpps: not 11 digits",
        "line 7: email: not an e-mail address",
        "line 8: the same practitioner as on line 2",
        "line 10: the same practitioner as on line 9",
        "line 11: phone: this range belongs to another territory: write it +596 …",
    ]
    assert on_file(register) == []


def test_a_wrong_check_digit_is_told_and_not_refused(register: Register) -> None:
    report = register.practitioners(file("Marc,01 99 00 30 01,99700218897,,"))
    assert counts(report) == (1, 0, 0)
    assert [str(warning) for warning in report.warnings] == ["line 2: rpps: its check digit is wrong"]


@pytest.mark.parametrize(("digits", "right"), [(RPPS, True), (OTHER_RPPS, True), ("99700218897", False)])
def test_an_rpps_carries_its_check_digit(digits: str, right: bool) -> None:
    assert luhn(digits) is right


def test_a_number_is_read_where_our_hospitals_stand(hospital: Register) -> None:
    report = hospital.practitioners(
        file("Marc,01 99 00 30 01,,,", "Paulette,0692 00 30 01,,,", "Jean,0596 55 20 00,,,")
    )
    assert [str(error) for error in report.errors] == [
        "line 4: phone: this range belongs to another territory: write it +596 …"
    ]
    assert hospital.practitioners(file("Marc,01 99 00 30 01,,,", "Paulette,0692 00 30 01,,,")).ok
    assert on_file(hospital) == [("Marc", None, ("+33199003001",)), ("Paulette", None, ("+262692003001",))]


# Partners -------------------------------------------------------------------------------------------------------------

PARTNER = "name;phone;rpps;postcode;mssante;preferred;reach\n"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("75014;odile@a.mssante.fr;MSSanté;midi", ("75014", "odile@a.mssante.fr", "mssante", "noon")),
        ("1000;;Courriel;Après 18", ("01000", "", "email", "evening")),  # Excel took the 0 away
        (";;;", ("", "", "", "")),
    ],
)
def test_where_he_works_and_how_he_wants_to_be_reached_is_read_as_lists_say_it(
    register: Register, said: str, kept: tuple[str, ...]
) -> None:
    assert counts(register.practitioners(f"{PARTNER}Odile;06 39 98 90 01;;{said}\n")) == (1, 0, 0)
    (odile,) = store.practitioners(register.connection)
    assert (odile.postcode, odile.mssante, odile.preferred, odile.reach) == kept


def test_a_list_without_these_columns_leaves_them(register: Register) -> None:
    register.practitioners(f"{PARTNER}Odile;06 39 98 90 01;;75014;;sms;noon\n")
    assert counts(register.practitioners("name;phone\nOdile;06 39 98 90 01\n")) == (0, 0, 1)
    assert store.practitioners(register.connection)[0].preferred == "sms"


def test_a_word_that_nobody_knows_is_refused(register: Register) -> None:
    report = register.practitioners(f"{PARTNER}Odile;06 39 98 90 01;;7501x;odile@;pigeon;lundi\n")
    assert [error.code for error in report.errors] == ["email", "postcode", "unknown_word", "unknown_word"]


def test_who_is_called_so_at_that_place_is_him_and_that_is_told(register: Register) -> None:
    register.practitioners(f"{PARTNER}Dr Odile Fontaine;06 39 98 90 01;;75014;;;\n")
    report = register.practitioners(f"{PARTNER}FONTAINE Odile;06 39 98 90 09;{RPPS};75014;;;\n")
    assert counts(report) == (0, 1, 0)
    assert [(warning.line, warning.code) for warning in report.warnings] == [(2, "taken_for")]
    assert on_file(register) == [("FONTAINE Odile", RPPS, ("+33639989009",))]


@pytest.mark.parametrize(
    "known",
    [
        "Dr Odile Fontaine;06 39 98 90 01;;75015;;;",
        "Dr Odile Fontaine;06 39 98 90 01;;;;;",
        "Odile Fontaine;06 39 98 90 01;;75014;;;\nFontaine Odile;06 39 98 90 02;;75014;;;",  # two are called so there
    ],
)
def test_who_only_looks_like_somebody_is_new_and_that_is_told(register: Register, known: str) -> None:
    before = counts(register.practitioners(f"{PARTNER}{known}\n"))[0]
    report = register.practitioners(f"{PARTNER}FONTAINE Odile;06 39 98 90 09;;75014;;;\n")
    assert counts(report) == (1, 0, 0)
    assert [warning.code for warning in report.warnings] == ["looks_like"]
    assert len(on_file(register)) == before + 1


def test_a_colleague_on_a_shared_number_is_nothing_to_wonder_at(register: Register) -> None:
    register.practitioners(file(ODILE))
    assert register.practitioners(file(f"Marc,01 99 00 30 01,{OTHER_RPPS},,")).warnings == ()
