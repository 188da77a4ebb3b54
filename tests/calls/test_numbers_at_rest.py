"""With numbers sealed the line behaves as ever, and whoever steals the register does not learn who called."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from callbacks.bridge import Asked
from callbacks.keys.rotating import rotate
from config import sealed_numbers
from config.database import metadata
from simulator import no_answer, rings
from tests.calls.callbacks_through_the_line import Owed, asks
from tests.calls.hospital import AMELIE, GP, GP_MOBILE, LINE, Hospital

STRANGER = "+33639980177"  # a GP who is in no directory
NEW, OLD = b"n" * 32, b"o" * 32
DIRECTORIES = {"people", "practitioners", "practitioner_phones", "wards", "accounts"}
# What was answered at each turn of a call, numbers to dial and to read aloud included: kept for a day or two.
BRIEFLY = {"turns"}


@pytest.fixture
def _sealed() -> Iterator[None]:
    with sealed_numbers.configured([NEW, OLD], sealing=True):
        yield


@pytest.fixture
def deserted(_sealed: None, build: Callable[..., Hospital]) -> Hospital:
    """Numbers lie sealed, and nobody answers."""
    hospital = build()
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    return hospital


def leaves_a_message(hospital: Hospital, number: str = STRANGER) -> Owed:
    gp = hospital.sim.phone(number, "Inès").dials(LINE)
    gp.presses("227#").hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#")
    gp.hears("valider").presses("1").hears("garder ce numéro").presses("1").hears("Quand").presses("1").hears("noté")
    gp.hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(seconds=30)
    row = hospital.sql("select id, reference from requests order by id desc limit 1").one()
    return Owed(row.id, row.reference)


def where(hospital: Hospital, number: str) -> set[str]:
    """Tables in which somebody without the key finds this number, spelled whichever way."""
    spelled = (number, number[3:], " ".join(_pairs(number)), ", ".join(_pairs(number)))
    url = hospital.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as stolen:
        return {name for name in metadata.tables if any(each in _whole(stolen, name) for each in spelled)}


def _pairs(number: str) -> list[str]:
    national = f"0{number[3:]}"
    return [national[at : at + 2] for at in range(0, 10, 2)]


def _whole(stolen: psycopg.Connection[tuple[str]], table: str) -> str:
    rows = stolen.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table)))
    return "\n".join(row[0] for row in rows)


def test_a_gp_who_left_a_message_is_told_found_again_and_called_back_and_his_number_lies_nowhere(
    deserted: Hospital,
) -> None:
    request = leaves_a_message(deserted)
    assert {each["to"] for each in deserted.messages("confirmation")} == {STRANGER}
    assert request.reference in deserted.sim.phone(STRANGER, "Inès").texts[-1].body
    again = deserted.sim.phone(STRANGER, "Inès").dials(LINE).presses("227#").hears("demande", within=10)
    again.presses("1").hangs_up()
    deserted.sim.run_until_idle()
    assert [each["caller"] for each in deserted.requests()] == [STRANGER]
    assert {each["caller"] for each in deserted.calls()} == {STRANGER}
    assert where(deserted, STRANGER) <= BRIEFLY
    assert where(deserted, AMELIE) <= BRIEFLY | DIRECTORIES


def test_a_senior_calls_him_back_at_his_number(deserted: Hospital) -> None:
    request = leaves_a_message(deserted)
    deserted.sql("update parts set heard_at = app_now()")
    deserted.amelie.behaves(rings())
    assert isinstance(asks(deserted, request), Asked)
    deserted.amelie.rings(within=10).answers().hears("J'appelle le médecin")
    deserted.sim.phone(STRANGER, "Inès").rings().answers().hears("tapez 1").presses("1").is_put_through(deserted.amelie)
    deserted.amelie.hangs_up()
    deserted.sim.run_until_idle()
    assert where(deserted, STRANGER) <= BRIEFLY


def test_he_writes_and_only_the_directory_has_his_number(deserted: Hospital) -> None:
    deserted.mobile_gp.sends(LINE, "Cardiologie: INR à 6, que faire ?")
    deserted.sim.run_until_idle()
    deserted.sim.advance(seconds=30)
    [request] = deserted.requests()
    assert (request["caller"], request["channel"]) == (GP_MOBILE, "sms")
    assert deserted.mobile_gp.texts
    assert where(deserted, GP_MOBILE) == {"practitioner_phones"}


@pytest.mark.parametrize("sealing", [False, True])
def test_who_called_before_the_change_is_known_while_it_lasts_and_after_it(
    build: Callable[..., Hospital], sealing: bool
) -> None:
    with sealed_numbers.configured([OLD], sealing=sealing):
        hospital = build()
        hospital.amelie.behaves(no_answer())
        hospital.bruno.behaves(no_answer())
        leaves_a_message(hospital, GP)
    with sealed_numbers.configured([NEW, OLD], sealing=True):
        for _ in range(2):
            again = hospital.sim.phone(GP, "Inès").dials(LINE).presses("227#").hears("demande", within=10)
            again.presses("1").hangs_up()
            hospital.sim.run_until_idle()
            rotate(hospital.engine, hospital.shelf, lambda place, number: None)
        assert len(hospital.requests()) == 1
        assert where(hospital, GP) <= BRIEFLY
