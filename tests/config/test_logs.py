"""Nothing personal in logs: numbers are masked and secrets dropped, whoever says them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from config.logs import DROPPED, discreet, mask

SAY = """
import logging, sys, threading, warnings
import structlog
early = structlog.get_logger("made.before")
from config import logs
logs.configure("worker")
{what}
"""


def say(what: str) -> list[dict[str, Any]]:
    """What a process of its own writes to standard error, line by line; standard output stays empty."""
    done = subprocess.run([sys.executable, "-c", SAY.format(what=what)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("+33639980078", "+33 6 •• •• •• 78"),
        ("06 39 98 00 78", "+33 6 •• •• •• 78"),
        ("06.39.98.00.78", "+33 6 •• •• •• 78"),
        ("0033 6 39 98 00 78", "+33 6 •• •• •• 78"),
        ("tel:+33199001234;x", "tel:+33 1 •• •• •• 34;x"),
        ("From=%2B33639980078&x", "From=+33 6 •• •• •• 78&x"),
        ("+590690123478", "•• •• •• 78"),
        ("whatsapp:+447700900123", "whatsapp:•• •• •• 23"),
        ("réf. 724193 avant 10h15", "réf. 724193 avant 10h15"),
        ("CA00112233445566778899aabbccddeeff", "CA00112233445566778899aabbccddeeff"),
        ("2026-11-21T20:51:02.123456+00:00", "2026-11-21T20:51:02.123456+00:00"),
        ("due 2026-11-21 20:51:02 in 86400 s", "due 2026-11-21 20:51:02 in 86400 s"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("no route to 192.168.100.200:5432", "no route to 192.168.100.200:5432"),
        ("tel0639980078x", "tel+33 6 •• •• •• 78x"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("ward 12, shift 34, 1500 ms", "ward 12, shift 34, 1500 ms"),
        ("duplicate key\nDETAIL:  Key (name)=(Amélie) already exists.", "duplicate key\nDETAIL: …"),
    ],
)
def test_numbers_are_masked_and_nothing_else(said: str, written: str) -> None:
    assert mask(said) == written


@pytest.mark.parametrize(
    "key", ["password", "auth_token", "Authorization", "cookie", "pin", "new_pin", "body", "SpeechResult", "secret_key"]
)
def test_secrets_are_dropped_by_their_name(key: str) -> None:
    assert discreet(None, "info", {"event": "x", key: "1234", "inner": {key: "1234"}}) == {
        "event": "x",
        key: DROPPED,
        "inner": {key: DROPPED},
    }


def test_numbers_are_found_wherever_they_stand() -> None:
    event = discreet(None, "info", {"event": "x", "tried": [("+33639980078", {"to": "+33639980078"})], "count": 3})
    assert event == {"event": "x", "tried": [["+33 6 •• •• •• 78", {"to": "+33 6 •• •• •• 78"}]], "count": 3}


def test_one_event_is_one_line_with_its_process_and_its_instant() -> None:
    (line,) = say("early.info('claimed', reference='724193', by='+33639980078')")
    assert line["event"] == "claimed"
    assert line["reference"] == "724193"
    assert line["by"] == "+33 6 •• •• •• 78"
    assert (line["process"], line["level"], line["logger"]) == ("worker", "info", "made.before")
    assert line["timestamp"].endswith("Z")


def test_libraries_pass_through_the_same_mask() -> None:
    (line,) = say("logging.getLogger('other').warning('cannot ring %s', '+33639980078')")
    assert line["event"] == "cannot ring +33 6 •• •• •• 78"


def test_the_carriers_library_does_not_tell_what_it_carries() -> None:
    assert say("logging.getLogger('twilio.http_client').info('POST Body=secret')") == []


def test_an_exception_is_one_line_and_masked() -> None:
    what = "try: raise ValueError('no route to +33639980078')\nexcept ValueError: early.exception('call failed')"
    (line,) = say(what)
    assert "no route to +33 6 •• •• •• 78" in line["exception"]
    assert "980078" not in json.dumps(line)


@pytest.mark.parametrize(
    "what",
    [
        "raise ValueError('no route to +33639980078')",
        "thread = threading.Thread(target=lambda: int('+33639980078x')); thread.start(); thread.join()",
        "warnings.warn('odd number 0639980078')",
    ],
)
def test_last_words_are_masked_too(what: str) -> None:
    (line,) = say(what)
    assert "980078" not in json.dumps(line)
    assert "78" in json.dumps(line, ensure_ascii=False)
