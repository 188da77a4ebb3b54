"""The file of kinds, and settings that a hospital may not have."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callbacks.kinds import kind as kinds
from callbacks.kinds.kind import ADVICE, DEFAULTS, BadKind, Code, Team, defaults
from config import texts

LETTER = kinds.settings(defaults()["letter"])


def test_the_house_has_every_kind_the_programme_promised() -> None:
    said = {code: (str(kind.clock), kind.team.value, kind.rings, kind.key) for code, kind in defaults().items()}
    assert said == {
        "advice": ("24h", "ward", True, None),
        "admission": ("2h open, 24h at most", "bed_desk", True, "2"),
        "letter": ("1 working day", "secretariat", False, "31"),
        "appointment": ("1 working day", "consultations", False, "32"),
        "return_home": ("2h before event, else 4h open, 24h at most", "ward", False, None),
        "directory": ("5 working days", "referent", False, "33"),
        "feedback": ("5 working days", "referent", False, "34"),
        "partnership": ("10 working days", "referent", False, "35"),
    }


def test_advice_alone_carries_the_public_promise_and_one_kind_goes_the_other_way() -> None:
    assert [code for code, kind in defaults().items() if kind.public] == [ADVICE]
    assert [code for code, kind in defaults().items() if kind.reverse] == ["return_home"]


def test_a_letter_is_a_breach_two_days_after_the_discharge_whatever_was_promised() -> None:
    left = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert defaults()["letter"].breach_at(left) == left + timedelta(hours=48)
    assert defaults()["letter"].breach_at(None) is None
    assert defaults()["advice"].breach_at(left) is None


@pytest.mark.parametrize("code", [*Code])
def test_settings_are_read_as_they_are_written(code: str) -> None:
    assert kinds.read(code, kinds.settings(defaults()[code])) == defaults()[code]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_kind_and_every_team_has_words(language: str) -> None:
    for code in Code:
        assert texts.say(f"kinds.{code}", language)
        assert texts.say(f"ladders.kind_{code}", language)
    for team in Team:
        assert texts.say(f"kinds.role_{team}", language)
    for reason in kinds.REASONS:
        assert texts.say(f"kinds.fault_{reason}", language, part="x")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("letter", {"clock": "soon"}, "clock"),
    ("letter", {"team": "pharmacy"}, "team"),
    ("letter", {"rings": "yes"}, "flag"),
    ("letter", {"offered": 1}, "flag"),
    ("letter", {"key": "1"}, "key"),
    ("letter", {"key": "3"}, "key"),
    ("letter", {"key": "37"}, "key"),
    ("letter", {"outcomes": ["GUERI", "AUTRE"]}, "outcome"),
    ("letter", {"outcomes": ["AUTRE", "AUTRE"]}, "outcome_twice"),
    ("letter", {"outcomes": ["DOCUMENT"]}, "no_other"),
    ("letter", {"colour": "red"}, "unknown"),
    ("letter", {"reverse": True}, "unknown"),
    ("advice", {"clock": "25h", "rings": True}, "public"),
    ("advice", {"clock": "1 working day", "rings": True}, "public"),
    ("advice", {"clock": "24h", "rings": True, "offered": False}, "advice"),
    ("advice", {"clock": "24h", "rings": True, "key": "36"}, "advice"),
    ("advice", {"clock": "24h", "rings": False}, "advice"),
    ("advice", {"clock": "24h", "rings": True, "team": "bed_desk"}, "advice"),
]


@pytest.mark.parametrize(("code", "changed", "fault"), BAD)
def test_settings_that_would_break_a_promise_are_refused(code: str, changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadKind) as refusal:
        kinds.read(code, ({} if code == ADVICE else LETTER) | changed)
    assert [each.code for each in refusal.value.faults] == [fault]


def test_a_shorter_promise_of_advice_is_welcome() -> None:
    assert str(kinds.read(ADVICE, {"clock": "12h", "rings": True}).clock) == "12h"


FILES = {
    "no [advice]": ("[advice]", "[advise]"),
    "kinds.toml [letter]: no clock": ('[letter]\nclock = "1 working day"', '[letter]\nclock = "1 day"'),
    "two kinds have one key: “32”": ('key = "31"', 'key = "32"'),
}


@pytest.mark.parametrize(("reason", "change"), FILES.items(), ids=FILES.keys())
def test_a_file_that_cannot_count_is_refused_with_a_sentence(
    tmp_path: Path, reason: str, change: tuple[str, str]
) -> None:
    path = tmp_path / "kinds.toml"
    path.write_text(DEFAULTS.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(BadKind) as refusal:
        defaults(path)
    assert reason in str(refusal.value)
