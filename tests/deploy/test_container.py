"""No engine is here to build the image. What is known without one: each step's files are there, what goes in starts."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.consoles import ROOT

FILE = ROOT / "deploy/Containerfile"
COMPOSE = ROOT / "deploy/compose.yaml"
PARTS = [line.split(":")[0] for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()]
KNOWN = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"}
KNOWN |= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}
# What is started, and what it reads first.
STARTED = """
from pathlib import Path
import config.app, config.cli, config.mail, config.tick, config.worker
from config import texts
from ivr.flow import FLOW
from ivr.checker import check
assert check(FLOW, texts.catalogues("voice")) == []
print(Path(config.cli.__file__).parents[1])
"""


@dataclass(frozen=True)
class Step:
    """One instruction and what follows it."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """Of the exec form; empty when a shell would be asked."""
        found = re.search(r"\[.*\]$", self.rest)
        return list(json.loads(found[0])) if found else []


def steps() -> list[Step]:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [Step(*line.split(" ", 1)) for line in lines]


def of(word: str) -> list[Step]:
    return [step for step in steps() if step.word == word]


def sent() -> list[str]:
    """The files of the tree that go into the image; later lines of the ignore file win, as the engines have it."""
    rules = (ROOT / "deploy/Containerfile.dockerignore").read_text(encoding="utf-8").split()
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if not _ignored(name, rules) and (ROOT / name).is_file()]


def _ignored(name: str, rules: list[str]) -> bool:
    above = [str(each) for each in (Path(name), *Path(name).parents)]
    ignored = False
    for rule in rules:
        if any(fnmatch.fnmatch(each, rule.lstrip("!")) for each in above if each != "."):
            ignored = not rule.startswith("!")
    return ignored


def test_every_instruction_is_one() -> None:
    assert {step.word for step in steps()} <= KNOWN  # ADD would fetch what no hash holds


def test_the_last_stage_takes_what_the_first_one_built() -> None:
    first, last = of("FROM")
    assert first.rest == "${PYTHON} AS build"
    assert last.rest == "${PYTHON}"
    assert ":latest" not in of("ARG")[0].rest
    folder = of("WORKDIR")[0].rest
    assert [step.rest for step in of("COPY")] == [". .", f"--from=build {folder} {folder}"]
    assert {step.rest for step in of("WORKDIR")} == {folder}  # an environment cannot be moved


def test_nobody_is_root_and_no_shell_stands_between_a_signal_and_its_part() -> None:
    (user,) = of("USER")
    made = next(step for step in of("RUN") if "useradd" in step.words)
    assert made.words[-1] == user.rest
    assert steps().index(user) < steps().index(of("ENTRYPOINT")[0])
    assert all(step.words for step in (*of("RUN"), *of("ENTRYPOINT"), *of("CMD"), *of("HEALTHCHECK")))


def test_what_is_run_goes_in_and_can_be_run() -> None:
    scripts = [step.words[0] for step in (*of("RUN"), *of("ENTRYPOINT"), *of("HEALTHCHECK"))]
    ours = {name for name in scripts if name.startswith("deploy/")} | {".ci/environment"}
    assert ours == {"deploy/build.sh", "deploy/start", "deploy/healthy", ".ci/environment"}
    assert ours < set(sent())
    assert all((ROOT / name).stat().st_mode & 0o111 for name in ours)
    assert of("CMD")[0].words[0] in PARTS


def test_no_test_and_no_secret_goes_in() -> None:
    names = set(sent())
    assert {"Procfile", "pyproject.toml", "requirements.lock"} < names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", ".git/", ".venv/", "var/", ".env"))]


def test_what_goes_in_is_enough_to_start(tmp_path: Path) -> None:
    for name in sent():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + STARTED
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    places = set(done.stdout.split())
    assert places == {str(tmp_path)}


def test_compose_runs_each_part_and_what_waits_for_the_register_is_a_command_of_its_own() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    services = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text.split("services:\n")[1], re.MULTILINE))
    ours = {name: re.findall(r"command: \[(\w+)\]", said)[0] for name, said in services.items() if "<<: *part" in said}
    assert ours == {name: name for name in PARTS}
    assert re.findall(r"^  (?:  )?depends_on:\n((?:    .*\n)+)", text, re.MULTILINE) == [
        "    postgres: {condition: service_healthy}\n    valkey: {condition: service_healthy}\n"
    ]
    assert "run --rm tick migrate --wait 60" in text
    assert re.findall(r"dockerfile: (\S+)", text) == ["deploy/Containerfile"]


# deploy/compose.yaml has its settings and passwords beside it: keys of what GPs said must not lie in an image.
SECRETS = (".env", "deploy/.env", "deploy/rappel24.env")


@pytest.mark.parametrize(
    ("name", "ignored"),
    [("tests/x.py", True), ("web/x.py", False), ("web/__pycache__/x.pyc", True), *((name, True) for name in SECRETS)],
)
def test_the_ignore_file_is_read_as_engines_read_it(name: str, ignored: bool) -> None:
    rules = (ROOT / "deploy/Containerfile.dockerignore").read_text(encoding="utf-8").split()
    assert _ignored(name, rules) == ignored
