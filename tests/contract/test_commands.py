"""What an administrator types: a file with a fault changes nothing, a setting that is wrong is named."""

import re

import pytest

from tests.contract import hospital
from tests.contract.installation import Installation

pytestmark = pytest.mark.timeout(300)


def test_a_file_that_is_brought_in_again_changes_nothing(line: Installation) -> None:
    file = line.home / "rota.csv"
    assert file.read_text(encoding="utf-8") == hospital.rota_csv()
    assert line.run("import", "rota", str(file)).returncode == 0


def test_of_a_file_with_wrong_rows_nothing_is_brought_in_and_every_row_is_named(line: Installation) -> None:
    wards, seniors = line.home / "more-wards.csv", line.home / "more-seniors.csv"
    wards.write_text("name,hospital,ward\nHématologie,Cochin,cochin-hematologie\n,Cochin,x\n,Cochin,y\n", "utf-8-sig")
    seniors.write_text("name,phone,wards\nÉlise Fiction,06 39 98 00 05,cochin-hematologie\n", "utf-8")
    refused = line.run("import", "wards", str(wards))
    assert refused.returncode == 1
    assert re.search(r"\b3\b.*\n.*\b4\b", refused.stdout + refused.stderr)
    assert line.run("import", "seniors", str(seniors)).returncode == 1, "the ward was brought in after all"


WRONG = {
    "PUBLIC_URL": "http://rappel24.example.test",
    "SECRET_KEY": "too short",
    "ENCRYPTION_KEYS": "bm90IDMyIGJ5dGVz",
    "LINE_NUMBER": "",
}


def test_wrong_settings_are_named_their_secrets_are_not_shown_and_nothing_starts(running: Installation) -> None:
    refused = running.run("serve", **WRONG)
    assert refused.returncode != 0
    assert refused.stdout == ""
    for setting in WRONG:
        assert setting in refused.stderr
    assert WRONG["SECRET_KEY"] not in refused.stderr
    assert WRONG["ENCRYPTION_KEYS"] not in refused.stderr


def test_the_clock_is_not_touched_with_the_real_carrier(running: Installation) -> None:
    refused = running.run("serve", TWILIO_API_URL="")
    assert refused.returncode != 0
    assert "RAPPEL24_CLOCK_START" in refused.stderr
