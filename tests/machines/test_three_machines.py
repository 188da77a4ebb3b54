"""Three machines, one of which is switched off in the middle of an hour: no caller notices."""

import pytest

from tests.machines import previous
from tests.machines.__main__ import main

pytestmark = [pytest.mark.timeout(900), pytest.mark.alone]
SEED = "24"


def test_one_is_switched_off_and_no_caller_notices(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", SEED]) == 0, capfd.readouterr().out


def test_a_machine_that_keeps_recordings_for_itself_is_found_out(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["--seed", SEED, "--apart"])
    said = capfd.readouterr().out
    assert code == 1, said
    assert "is stored and does not open" in said


def test_machines_get_this_release_one_after_the_other(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(["--seed", SEED, "--upgrade"])
    except previous.NoHistory as none:
        pytest.skip(str(none))
    assert code == 0, capfd.readouterr().out
