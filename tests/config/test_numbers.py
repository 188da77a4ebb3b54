"""Numbers as doctors write them, and numbers that nobody can be called back on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import numbers
from config.numbers import PARIS, BadNumber

GUADELOUPE, MARTINIQUE, CAYENNE = "America/Guadeloupe", "America/Martinique", "America/Cayenne"
REUNION, MAYOTTE, MIQUELON, NOUMEA = "Indian/Reunion", "Indian/Mayotte", "America/Miquelon", "Pacific/Noumea"


@pytest.mark.parametrize(
    ("written", "zone", "meant"),
    [
        ("0639980001", PARIS, "+33639980001"),
        ("06 39 98 00 01", PARIS, "+33639980001"),
        ("06.39.98.00.01", PARIS, "+33639980001"),
        ("06-39-98-00-01", PARIS, "+33639980001"),
        ("+33 6 39 98 00 01", PARIS, "+33639980001"),
        ("+33 (0)6 39 98 00 01", PARIS, "+33639980001"),
        ("0033 6 39 98 00 01", PARIS, "+33639980001"),
        ("+33\u00a06\u202f39\u202f98\u202f00\u202f01", PARIS, "+33639980001"),
        ("\u202a06\u201139\u201198\u201100\u201101\u202c", PARIS, "+33639980001"),
        ("01 99 00 12 34", PARIS, "+33199001234"),
        ("02 61 91 00 01", PARIS, "+33261910001"),
        ("03 53 01 00 01", PARIS, "+33353010001"),
        ("04 65 71 00 01", PARIS, "+33465710001"),
        ("05 36 49 00 01", PARIS, "+33536490001"),
        ("0690 27 12 34", GUADELOUPE, "+590690271234"),
        ("0590 27 12 34", "America/Marigot", "+590590271234"),
        ("0596 55 20 00", MARTINIQUE, "+596596552000"),
        ("0696 12 34 56", MARTINIQUE, "+596696123456"),
        ("0694 12 34 56", CAYENNE, "+594694123456"),
        ("0262 12 34 56", REUNION, "+262262123456"),
        ("0269 61 00 00", REUNION, "+262269610000"),  # Mayotte and Réunion share +262
        ("0639 01 02 03", MAYOTTE, "+262639010203"),
        ("06 39 98 00 01", MAYOTTE, "+33639980001"),  # fiction, though the rest of 0639 is Mayotte's
        ("01 99 00 12 34", REUNION, "+33199001234"),  # one plan: a Paris number is dialled the same from Réunion
        ("41 12 34", MIQUELON, "+508411234"),
        ("0508 41 12 34", MIQUELON, "+508508411234"),
        ("25 12 34", NOUMEA, "+687251234"),
        ("+590 690 27 12 34", PARIS, "+590690271234"),
        ("0800 12 34 56", PARIS, "+33800123456"),
        ("+32 470 12 34 56", PARIS, "+32470123456"),
        ("+33199001234", "Europe/Brussels", "+33199001234"),
    ],
)
def test_a_number_is_understood_as_its_territory_writes_it(written: str, zone: str, meant: str) -> None:
    assert numbers.parse(written, zone) == meant


@pytest.mark.parametrize(
    ("written", "zone", "why"),
    [
        ("", PARIS, "not a telephone number"),
        ("call me", PARIS, "not a telephone number"),
        ("0639980001 ext 5", PARIS, "not a telephone number"),
        ("+33639980001x", PARIS, "not a telephone number"),
        ("+", PARIS, "not a telephone number"),
        ("15", PARIS, "short number"),
        ("112", PARIS, "short number"),
        ("114", PARIS, "short number"),
        ("3114", PARIS, "short number"),
        ("3624", PARIS, "short number"),
        ("36651", PARIS, "short number"),
        ("116117", PARIS, "short number"),
        ("15", NOUMEA, "not a number of this territory"),
        ("116117", NOUMEA, "not a number of this territory"),
        ("+33 15", PARIS, "not a complete number"),
        ("+33 116 117", PARIS, "not a complete number"),
        ("06 39 98 00 0", PARIS, "not ten digits"),
        ("06 39 98 00 011", PARIS, "not ten digits"),
        ("07001234567890", PARIS, "not ten digits"),
        ("0700 12 34 56", PARIS, "machines"),
        ("+33 700 12 34 56", PARIS, "machines"),
        ("08 92 12 34 56", PARIS, "premium"),
        ("0899 12 34 56", PARIS, "premium"),
        ("0820 12 34 56", PARIS, "premium"),
        ("+33 899 12 34 56", PARIS, "premium"),
        ("+1 900 555 1234", PARIS, "premium"),
        ("+881 6 1234 5678", PARIS, "satellite"),
        ("+870 772 123456", PARIS, "satellite"),
        ("+882 16 1234567", PARIS, "satellite"),
        ("0690 27 12 34", PARIS, "write it +590"),
        ("0596 55 20 00", PARIS, "write it +596"),  # the library reads it as a valid +33 5 96
        ("0269 61 00 00", PARIS, "write it +262"),
        ("0708 40 12 34", PARIS, "write it +508"),
        ("0594 12 34 56", MARTINIQUE, "write it +594"),
        ("+33 5 96 55 20 00", PARIS, "write it +596"),
        ("01 99 00 12 34", "Europe/Brussels", "country code"),
        ("+999 12 34 56", PARIS, "not a complete number"),
    ],
)
def test_what_nobody_can_be_called_back_on_is_refused_with_the_reason(written: str, zone: str, why: str) -> None:
    with pytest.raises(BadNumber, match=why.replace("+", r"\+")):
        numbers.parse(written, zone)


@pytest.mark.parametrize("written", ["08 92 12 34 56", "0596 55 20 00", "06 39 98 00 011"])
def test_the_reason_never_repeats_the_number(written: str) -> None:
    with pytest.raises(BadNumber) as refused:
        numbers.parse(written)
    assert written[-5:] not in str(refused.value)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_whatever_is_typed_gives_a_number_or_a_reason(text: str) -> None:
    try:
        number = numbers.parse(text)
    except BadNumber:
        return
    assert numbers.parse(number) == number
    assert number[0] == "+"
    assert set(number[1:]) <= set("0123456789")


@pytest.mark.parametrize(
    "hidden",
    [
        *("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"),
        *("anonymous", "Anonymous", "unknown", "private", "", " ", "RAPPEL24", "sip:gp@example.org", "client:gp"),
        *("+15", "+33899123456", "+3315", "36651", "+", "++33639980001", "+33639980001'; drop table calls"),
    ],
)
def test_a_caller_who_hides_has_no_number(hidden: str) -> None:
    assert numbers.caller(hidden) is None


@pytest.mark.parametrize(
    ("sent", "caller"),
    [("+33639980001", "+33639980001"), (" +33639980001 ", "+33639980001"), ("+590690271234", "+590690271234")],
)
def test_a_caller_who_shows_himself_has_one(sent: str, caller: str) -> None:
    assert numbers.caller(sent) == caller


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+33639980001", True),
        ("+33612345678", True),
        ("+33712345678", True),
        ("+33700123456", False),
        ("+33199001234", False),
        ("+33937123456", False),
        ("+33800123456", False),
        ("+590690271234", True),
        ("+590590271234", False),
        ("+594694123456", True),
        ("+596696123456", True),
        ("+596596552000", False),
        ("+262692123456", True),
        ("+262639010203", True),
        ("+262262123456", False),
        ("+508551234", True),
        ("+508411234", False),
        ("+687751234", True),
        ("+687251234", False),
        ("+68987123456", True),
        ("+68940123456", False),
        ("+681821234", True),
        ("+681721234", True),
        ("+32470123456", False),
        ("", False),
    ],
)
def test_only_a_mobile_of_our_territories_is_texted(number: str, mobile: bool) -> None:
    assert numbers.is_mobile(number) is mobile


@pytest.mark.parametrize(
    ("number", "zone", "may"),
    [
        ("+33639980001", PARIS, True),
        ("+33199001234", PARIS, True),
        ("+590690271234", PARIS, True),
        ("+33199001234", REUNION, True),
        ("+33892123456", PARIS, False),
        ("+32470123456", PARIS, True),  # a practice across the border
        ("+32470123456", REUNION, False),
        ("+32900123456", PARIS, False),
        ("+447911123456", PARIS, False),
        ("+12125551234", PARIS, False),
        ("+19005551234", PARIS, False),
        ("+881612345678", PARIS, False),
        ("+2250708091011", PARIS, False),
        ("nonsense", PARIS, False),
    ],
)
def test_the_line_only_rings_where_fraud_does_not_pay(number: str, zone: str, may: bool) -> None:
    assert numbers.callable_back(number, zone) is may


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+33639980078", "+33 6 •• •• •• 78"),
        ("+590690271234", "+590 6 •• •• •• 34"),
        ("+687251234", "+687 2 •• • 34"),
        ("RAPPEL24", "••"),
        ("", "••"),
    ],
)
def test_a_log_shows_a_number_without_telling_it(number: str, masked: str) -> None:
    assert numbers.mask(number) == masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+33639980001", "06 39 98 00 01"),
        ("+33199001234", "01 99 00 12 34"),
        ("+590690271234", "0690 27 12 34"),
        ("+32470123456", "+32 470 12 34 56"),
        ("RAPPEL24", "RAPPEL24"),
    ],
)
def test_people_read_a_number_as_they_write_it(number: str, shown: str) -> None:
    assert numbers.national(number) == shown


@pytest.mark.parametrize(
    ("e164", "zone", "said"),
    [
        ("+33639980001", "Europe/Paris", "06 39 98 00 01"),
        ("+33199001000", "Indian/Reunion", "01 99 00 10 00"),
        ("+262692000001", "Indian/Reunion", "0692 00 00 01"),
        ("+262692000001", "Europe/Paris", "+262 692 00 00 01"),
        ("+33639980001", "", "+33 6 39 98 00 01"),
        ("+3225551212", "Europe/Paris", "+32 2 555 12 12"),
        ("+68987123456", "Pacific/Tahiti", "87 12 34 56"),
    ],
)
def test_a_number_is_written_so_that_its_zone_reads_it_back(e164: str, zone: str, said: str) -> None:
    assert numbers.written(e164, zone) == said
    assert numbers.parse(said, zone or numbers.PARIS) == e164
