"""The scripts of deploy/: settings are read as systemd reads them, and a part is the very process that was started."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.deploy.consoles import ROOT


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release whose `rappel24` says what it was given."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    program(tmp_path / ".venv/bin/rappel24", 'pwd; echo "$@"; printenv SECRET_KEY MAIL_ADDRESS OIDC_LABEL')
    return tmp_path


def program(file: Path, said: str) -> None:
    file.write_text(f"#!/bin/sh\n{said}\n")
    file.chmod(0o755)


def test_settings_are_values_and_never_commands(release: Path) -> None:
    settings = release / "settings"
    settings.write_text(
        f"# a note = nothing\nRAPPEL24_HOME={release}\nSECRET_KEY=a$(touch {release}/done)`id`=b #c\n"
        f"OIDC_LABEL=\"Pro Santé\"\nMAIL_ADDRESS='avis@hopital.example'"
    )
    said = subprocess.run(
        [release / "deploy/rappel24", "export", "two words"],
        env={"PATH": os.environ["PATH"], "RAPPEL24_SETTINGS": str(settings)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said == [
        str(release),
        "export two words",
        f"a$(touch {release}/done)`id`=b #c",
        "avis@hopital.example",
        "Pro Santé",
    ]
    assert not (release / "done").exists()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root becomes somebody else")
def test_root_becomes_whose_folder_it_is_before_he_enters_it() -> None:
    """As on NFS with root_squash: root may not enter, and needs not."""
    with tempfile.TemporaryDirectory() as name:
        release, home = Path(name), Path(name, "home")
        release.chmod(0o755)
        shutil.copytree(ROOT / "deploy", release / "deploy")
        (release / ".venv/bin").mkdir(parents=True)
        program(release / ".venv/bin/rappel24", 'pwd; id -un; echo "$@"')
        home.mkdir(mode=0o700)
        shutil.chown(home, "nobody", "nogroup")
        (release / "settings").write_text(f"RAPPEL24_HOME={home}\n")
        without = "-dac_override,-dac_read_search"
        squashed = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]
        told = {"PATH": os.environ["PATH"], "RAPPEL24_SETTINGS": str(release / "settings")}
        refused = subprocess.run([*squashed, "ls", home], env=told, capture_output=True, check=False)
        done = subprocess.run(
            [*squashed, release / "deploy/rappel24", "export", "two words"],
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode != 0
        assert (done.stdout.splitlines(), done.stderr) == ([str(home), "nobody", "export two words"], "")


def test_without_its_settings_nothing_is_run(release: Path) -> None:
    done = subprocess.run(
        [release / "deploy/rappel24", "doctor"],
        env={"PATH": os.environ["PATH"], "RAPPEL24_SETTINGS": str(release / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert "nowhere" in done.stderr


@pytest.mark.parametrize("part", ["web", "tick"])
def test_a_part_is_the_process_that_the_engine_started(release: Path, part: str) -> None:
    program(release / ".venv/bin/python", 'echo "$$ $*"')
    (release / "Procfile").write_text((ROOT / "Procfile").read_text())
    with subprocess.Popen([release / "deploy/start", part], stdout=subprocess.PIPE, text=True) as started:
        pid, *words = started.communicate(timeout=20)[0].split()
    assert int(pid) == started.pid  # so that SIGTERM reaches it
    assert words[:2] == ["-P", "-m"]
    assert words[2] == {"web": "gunicorn", "tick": "config.tick"}[part]


def test_what_is_no_part_is_a_command(release: Path) -> None:
    (release / "Procfile").write_text((ROOT / "Procfile").read_text())
    said = subprocess.run([release / "deploy/start", "migrate"], capture_output=True, text=True, check=False).stdout
    assert said.splitlines()[:2] == [str(release), "migrate"]


def test_old_copies_go_only_once_there_is_a_new_one(release: Path) -> None:
    copies = release / "copies"
    for name in ("2026-10-01T0220Z", "2026-11-21T0220Z", "first"):
        (copies / name).mkdir(parents=True)
    for name in ("2026-10-01T0220Z", "first"):
        os.utime(copies / name, (0, 0))
    program(release / ".venv/bin/rappel24", "exit 1")
    assert subprocess.run([release / "deploy/nightly", copies], check=False).returncode == 1
    assert len(list(copies.iterdir())) == 3
    program(release / ".venv/bin/rappel24", 'mkdir "$2"')
    subprocess.run([release / "deploy/nightly", copies], check=True)
    left = {each.name for each in copies.iterdir()}
    assert "2026-10-01T0220Z" not in left
    assert {"2026-11-21T0220Z", "first"} < left
    assert len(left) == 3


def test_a_copy_that_was_cut_off_goes_and_one_that_is_being_made_stays(release: Path) -> None:
    copies = release / "copies"
    for name in ("2026-11-20T0220Z.unfinished", "2026-11-21T0220Z.unfinished"):
        (copies / name / "recordings").mkdir(parents=True)
    os.utime(copies / "2026-11-20T0220Z.unfinished", (0, 0))
    program(release / ".venv/bin/rappel24", "exit 1")  # it goes whether a new one comes or not: it fills the disk
    subprocess.run([release / "deploy/nightly", copies], check=False)
    assert [each.name for each in copies.iterdir()] == ["2026-11-21T0220Z.unfinished"]
