"""A call that the release before this one began is gone on with by this one: it knows each step, and each key of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.flow import FLOW
from tests.machines import previous

# Of each step: what it is, and the keys that its prompt offers.
TELLS = """
import json
from ivr.flow import FLOW
kinds = {name: [type(step).__name__, sorted(getattr(step, "keys", {}))] for name, step in FLOW.steps.items()}
print(json.dumps({"steps": kinds, "starts": FLOW.starts}))
"""
# What it was -> what it may have become: who hears an announcement may answer it too; after an end nobody answers.
BECAME = {"Tell": {"Announce"}, "End": {"Tell"}}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """Its steps: the kind of each, and its keys."""
    try:
        tree = previous.tree(tmp_path_factory.mktemp("previous"), "ivr")
    except previous.NoHistory as none:
        pytest.skip(str(none))
    return steps_of(tree)


def steps_of(tree: Path) -> dict[str, tuple[str, list[str]]]:
    said = subprocess.run([sys.executable, "-c", TELLS], cwd=tree, check=True, capture_output=True, text=True).stdout
    return {name: (kind, keys) for name, (kind, keys) in json.loads(said)["steps"].items()}


def test_every_step_of_the_previous_release_is_known_here(before: dict[str, tuple[str, list[str]]]) -> None:
    assert len(before) > 100
    assert sorted(set(before) - set(FLOW.steps)) == []


def test_every_step_is_what_it_was(before: dict[str, tuple[str, list[str]]]) -> None:
    now = {name: type(step).__name__ for name, step in FLOW.steps.items()}
    changed = {name: (kind, now[name]) for name, (kind, _) in before.items() if name in now and now[name] != kind}
    assert {name: pair for name, pair in changed.items() if pair[1] not in BECAME.get(pair[0], set())} == {}


def test_every_key_that_a_caller_was_offered_still_leads_somewhere(
    before: dict[str, tuple[str, list[str]]],
) -> None:
    lost = {
        name: sorted(set(keys) - set(getattr(FLOW.steps[name], "keys", {})))
        for name, (_, keys) in before.items()
        if name in FLOW.steps
    }
    assert {name: keys for name, keys in lost.items() if keys} == {}
