"""A senior and the link in her text: looking changes nothing; she claims, chooses a PIN, hears, calls back, closes."""

import re

import pytest

from tests.contract.conftest import gives_up
from tests.contract.hospital import AMELIE, CHLOE, DENIS
from tests.contract.installation import Installation, wait_until
from tests.contract.visitor import Visitor

pytestmark = pytest.mark.timeout(300)

PIN = "4827"


def leave_a_message(line: Installation, number: str, ward: str, senior: str) -> tuple[str, bytes]:
    """The link that the senior is texted, and the sound of what the GP said."""
    call = gives_up(line, number, ward, senior)
    (recording,) = line.carrier.recordings.of(call.sid)
    wait_until(lambda: recording.deleted, 30)
    (link,) = re.findall(r"http\S+", line.carrier.telephones[senior].texts[-1].body)
    return link, recording.media()


def test_a_senior_claims_hears_and_closes(line: Installation) -> None:
    link, said = leave_a_message(line, "+33639980173", "638#", CHLOE)
    chloe = Visitor()
    page = chloe.presses(chloe.opens(link), "Je la prends en charge")
    assert "06 39 98 01 73" not in page.text
    page = chloe.presses(page, "Enregistrer le code", pin=PIN, again=PIN)
    assert "06 39 98 01 73" in page.text
    page = chloe.presses(page, "Écouter")
    (sound,) = page.sounds
    assert chloe.opens(sound).body == said
    page = chloe.presses(chloe.opens(link), "Conseil seul", outcome="CONSEIL")
    assert "close" in page.text
    (row,) = [row for row in line.export("requests") if row["caller"] == "+33639980173"]
    assert (row["state"], row["outcome"], row["claimed_by"]) == ("done", "CONSEIL", CHLOE)
    assert row["created_at"] < row["claimed_at"] < row["closed_at"]


def test_looking_changes_nothing_and_shows_neither_number_nor_message(line: Installation) -> None:
    link, _ = leave_a_message(line, "+33639980174", "437#", DENIS)
    before = line.export("requests")
    for _ in range(3):
        page = Visitor().opens(link)
        assert page.status == 200
        assert "98 01 74" not in page.text
        assert page.sounds == []
    for form in page.forms:
        Visitor().opens(f"{line.url}{form.action}")  # a preview that follows every address it finds
    assert line.export("requests") == before


def test_a_request_with_an_unheard_message_is_not_closed(line: Installation) -> None:
    link, _ = leave_a_message(line, "+33639980175", "633#", AMELIE)
    amelie = Visitor()
    page = amelie.presses(amelie.opens(link), "Je la prends en charge")
    amelie.presses(page, "Conseil seul", outcome="CONSEIL")
    (row,) = [row for row in line.export("requests") if row["caller"] == "+33639980175"]
    assert (row["state"], row["closed_at"]) == ("claimed", None)


def test_a_button_without_the_pages_own_token_does_nothing(line: Installation) -> None:
    link, _ = leave_a_message(line, "+33639980176", "633#", AMELIE)
    form = Visitor().opens(link).form("Je la prends en charge")
    assert line.post(form.action).status in (400, 403)
    assert Visitor().opens(link).form("Je la prends en charge").action


def test_a_link_that_nobody_was_sent_opens_nothing(line: Installation) -> None:
    link, _ = leave_a_message(line, "+33639980177", "633#", AMELIE)
    other = "a" if link[-1] != "a" else "b"
    for altered in (link[:-1] + other, link[:-6], link + "0"):
        assert Visitor().opens(altered).status == 404, altered


def test_a_released_request_goes_back_to_the_ward(line: Installation) -> None:
    link, _ = leave_a_message(line, "+33639980178", "633#", AMELIE)
    amelie = Visitor()
    page = amelie.presses(amelie.opens(link), "Je la prends en charge")
    page = amelie.presses(page, "La rendre au service")
    (row,) = [row for row in line.export("requests") if row["caller"] == "+33639980178"]
    assert (row["state"], row["claimed_by"]) == ("open", None)
    assert page.form("Je la prends en charge").action
