"""A small day on which everything breaks loses nothing; the same day with a broken outbox is found out."""

import pytest

from tests.faults.day.__main__ import main

pytestmark = [pytest.mark.timeout(600), pytest.mark.alone]

SMALLER = ("--calls", "8", "--texts", "3", "--letters", "3", "--kills", "8")


def test_a_small_day_on_which_everything_breaks_loses_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["--small", "--seed", "24"])
    said = capfd.readouterr().out
    assert code == 0, said
    assert "all of it holds" in said


def test_a_broken_outbox_is_found_out(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["--small", "--seed", "24", *SMALLER, "--broken", "outbox"])
    said = capfd.readouterr().out
    assert code == 1, said
    assert "!!      4  no SMS is missing" in said
    assert "was never at the carrier" in said
