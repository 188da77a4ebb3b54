"""systemd runs what the Procfile says, long enough to end well, and lets it touch nothing that it does not need."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from config import mail, queue
from tests.deploy.consoles import ROOT, blocks, document

UNITS = ROOT / "deploy/systemd"
CURRENT = "/opt/rappel24/current/"
PARTS = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
ANALYZE = shutil.which("systemd-analyze")
SYSTEM = Path("/usr/lib/systemd/system")
EXPOSED = 15  # tenths of systemd's ten: what is left is the network, which a line cannot do without
NEEDED = pytest.mark.skipif(
    not (ANALYZE and (SYSTEM / "sysinit.target").exists()), reason="this machine has no systemd-analyze"
)


def read(file: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(file.read_text(encoding="utf-8"))
    return parser


def unit(part: str) -> ConfigParser:
    return read(next(UNITS.glob(f"rappel24-{part}*.service")))


def seconds(part: str) -> int:
    return int(unit(part)["Service"]["TimeoutStopSec"])


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_run_as_the_procfile_says(part: str) -> None:
    assert unit(part)["Service"]["ExecStart"] == CURRENT + PARTS[part]


@pytest.mark.parametrize("part", PARTS)
def test_who_dies_is_back_for_ever(part: str) -> None:
    assert unit(part)["Service"]["Restart"] == "always"
    assert unit(part)["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit(part)["Service"]["KillMode"] == "mixed"  # a worker's job dies of a SIGTERM of its own


def test_what_was_begun_is_ended_before_anybody_is_killed() -> None:
    graceful = int(re.findall(r"^graceful_timeout = (\d+)", (ROOT / "config/gunicorn.py").read_text(), re.MULTILINE)[0])
    assert seconds("web") > graceful
    assert seconds("worker@") > queue.JOB_SECONDS
    assert seconds("tick") > queue.JOB_SECONDS
    assert seconds("mail") > mail.LAST_LETTER_SECONDS


def test_every_unit_is_switched_on_by_the_page_that_installs_it() -> None:
    typed = "\n".join(blocks(document("run.md")))
    enabled = {
        word for line in re.findall(r"^systemctl enable --now (.+)$", typed, re.MULTILINE) for word in line.split()
    }
    wanted = {
        file.name.removesuffix(".service") for file in UNITS.iterdir() if file.is_file() and "Install" in read(file)
    }
    assert {re.sub(r"@\d$", "@", name) for name in enabled if name.startswith("rappel24")} == wanted


def test_the_page_restarts_every_part() -> None:
    lines = [
        line for block in blocks(document("run.md")) for line in block.splitlines() if "systemctl restart rap" in line
    ]
    assert len(lines) > 2
    for line in lines:
        restarted = set(re.findall(r"rappel24-(\w+)", line))
        assert restarted in (set(PARTS), set(PARTS) - {"mail"})


def test_the_proxies_find_the_web_where_it_listens() -> None:
    listens = read(UNITS / "rappel24-web.socket")["Socket"]["ListenStream"]
    assert set(re.findall(r"reverse_proxy (\S+)", (ROOT / "deploy/Caddyfile").read_text())) == {listens}
    assert set(re.findall(r"proxy_pass http://(\S+);", (ROOT / "deploy/nginx.conf").read_text())) == {listens}


def test_one_machine_of_many_listens_for_the_balancer_and_still_for_itself() -> None:
    many = document("machines.md")
    added = re.search(r"```ini\n\[Socket\]\n((?:ListenStream=.*\n)+)```", many)
    assert added
    forgets, here, inside = added[1].splitlines()
    assert forgets == "ListenStream="  # else systemd adds to what the unit has, and cannot bind it twice
    listens = read(UNITS / "rappel24-web.socket")["Socket"]["ListenStream"]
    assert here == f"ListenStream={listens}"
    assert set(re.findall(r"http://(127[^/\s]+)", document("run.md"))) == {listens}
    assert re.search(rf"server one +{inside.removeprefix('ListenStream=')}$", many, re.MULTILINE)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system with our units, systemd's own targets, and something to start."""
    root = tmp_path_factory.mktemp("debian")
    shutil.copytree(UNITS, root / "etc/systemd/system")
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    for file in (*SYSTEM.glob("*.target"), *SYSTEM.glob("*.slice")):
        shutil.copy(file, root / "usr/lib/systemd/system", follow_symlinks=False)
    for program in (".venv/bin/python", "deploy/nightly"):
        file = root / CURRENT.lstrip("/") / program
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    return root


def names() -> list[str]:
    files = sorted(file.name for file in UNITS.iterdir() if file.is_file())
    return [name.replace("@.", "@1.") for name in files]


def analyze(root: Path, *words: str) -> tuple[int, str]:
    assert ANALYZE
    done = subprocess.run([ANALYZE, *words, f"--root={root}"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@NEEDED
def test_systemd_understands_every_line(installed: Path) -> None:
    assert analyze(installed, "verify", *(name for name in names())) == (0, "")


@NEEDED
def test_systemd_sees_little_that_could_be_touched(installed: Path) -> None:
    services = [name for name in names() if name.endswith(".service")]
    code, said = analyze(installed, "security", "--offline=true", f"--threshold={EXPOSED}", "--no-pager", *services)
    assert said.count("Overall exposure level") == len(services) == len(PARTS) + 1
    assert code == 0, re.findall(r"→.*", said)


@NEEDED
def test_a_line_that_systemd_does_not_know_would_be_seen(installed: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(installed, tmp_path / "debian", symlinks=True)
    with open(copied / "etc/systemd/system/rappel24-tick.service", "a", encoding="utf-8") as file:
        file.write("[Service]\nNoNewPrivilege=yes\n")
    assert "NoNewPrivilege" in analyze(copied, "verify", "rappel24-tick.service")[1]
