"""The threat model says only what a test or a command of this repository shows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+)`", MODEL)))
MAKES = sorted(set(re.findall(r"`make (\w+)", MODEL)))
WRITTEN = re.compile(r"^ *def (test_\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def there() -> set[str]:
    """Every test there is."""
    return {name for path in (ROOT / "tests").rglob("test_*.py") for name in WRITTEN.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_the_threat_model_names_is_there(there: set[str], name: str) -> None:
    assert name in there


@pytest.mark.parametrize("target", MAKES)
def test_every_command_that_it_names_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_every_line_of_it_says_what_shows_it() -> None:
    lines = [line for line in MODEL.splitlines() if line.startswith("| ") and not line.startswith("| how he tries")]
    assert len(lines) > 30
    assert [line for line in lines if not re.search(r"`(test_|make )\w+", line.rsplit("|", 2)[1])] == []
