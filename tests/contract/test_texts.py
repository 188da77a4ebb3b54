"""Texts that do not arrive, texts that come in: who is telephoned instead, what is answered, what STOP does."""

from typing import Any

import pytest

from tests.contract.conftest import gives_up
from tests.contract.hospital import AMELIE, CHLOE, DENIS
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Delivery, Does, Telephone

pytestmark = pytest.mark.timeout(300)


def leaves_a_message(line: Installation, number: str, ward: str) -> None:
    """A GP who reaches nobody."""
    line.carrier.connect(Telephone(number))
    line.carrier.dials(Caller(number, [ward]))


def request_of(line: Installation, number: str) -> dict[str, Any]:
    (row,) = [row for row in line.export("requests") if row["caller"] == number]
    return row


def test_whose_text_does_not_arrive_is_telephoned_and_claims_with_1(line: Installation) -> None:
    chloe = line.carrier.telephones[CHLOE]
    chloe.delivery = Delivery.UNDELIVERED
    leaves_a_message(line, "+33639980180", "638#")
    rung_by_the_gp = chloe.rung
    chloe.usual = Does.TAKES
    wait_until(lambda: chloe.rung > rung_by_the_gp, 30)
    line.carrier.settle()
    request = request_of(line, "+33639980180")
    assert (request["state"], request["claimed_by"]) == ("claimed", CHLOE)
    about = [row for row in line.export("messages") if row["reference"] == request["reference"]]
    alerts = [row for row in about if row["to"] == CHLOE]
    assert [(row["channel"], row["state"]) for row in alerts] == [("sms", "undelivered"), ("call", "delivered")], alerts
    assert not any("0180" in heard.replace(", ", "") for heard in chloe.heard)


def test_a_text_to_the_line_is_answered_with_how_to_reach_it_and_the_emergency_number(line: Installation) -> None:
    gp = Telephone("+33639980182")
    line.carrier.connect(gp)
    line.carrier.wire.repeats = True
    answer = line.carrier.texts(gp.number, "Bonjour, un avis pour un patient svp")
    line.carrier.wire.repeats = False
    assert "<Message" not in answer.body
    wait_until(lambda: len(gp.texts), 30)
    line.carrier.settle()
    (text,) = gp.texts
    assert "15" in text.body
    assert "01 99 00 24 00" in text.body
    assert "patient svp" not in text.body


def test_a_senior_who_texted_stop_is_telephoned(line: Installation) -> None:
    denis = line.carrier.telephones[DENIS]
    line.carrier.texts(DENIS, "STOP")
    leaves_a_message(line, "+33639980183", "437#")
    rung_by_the_gp = denis.rung
    denis.usual = Does.TAKES
    wait_until(lambda: denis.rung > rung_by_the_gp, 30, lambda: str(line.export("messages")[-3:]))
    line.carrier.settle()
    request = request_of(line, "+33639980183")
    assert (request["state"], request["claimed_by"]) == ("claimed", DENIS)
    assert denis.texts == []
    line.carrier.opted_out.discard(DENIS)
    line.carrier.texts(DENIS, "START")


def test_a_senior_claims_by_text_with_the_reference(line: Installation) -> None:
    gives_up(line, "+33639980184", "633#", AMELIE)
    line.carrier.texts(AMELIE, f"PRIS {request_of(line, '+33639980184')['reference']}")
    request = request_of(line, "+33639980184")
    assert (request["state"], request["claimed_by"]) == ("claimed", AMELIE)


def test_a_senior_who_telephones_the_line_hears_how_many_wait_and_no_names(line: Installation) -> None:
    gives_up(line, "+33639980185", "437#", DENIS)
    denis = Caller(DENIS, ["1", ""])
    line.carrier.dials(denis)
    line.carrier.settle()
    (row,) = [row for row in line.export("calls") if row["caller"] == DENIS][-1:]
    assert row["result"] == "senior"
    assert "0185" not in " ".join(denis.heard).replace(", ", "")


def test_nothing_is_texted_twice(line: Installation) -> None:
    gives_up(line, "+33639980186", "633#", AMELIE)
    telephones = line.carrier.telephones
    wait_until(lambda: telephones["+33639980186"].texts, 30)
    line.carrier.settle()
    assert [len(telephones[number].texts) for number in (AMELIE, "+33639980186")] == [1, 1]
