"""HAProxy stands before the machines of the hour with the settings that the document gives a hospital."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.machines.fronts import Ours, settings

MACHINES = ("127.0.1.1:8001", "127.0.1.2:8001", "127.0.1.3:8001")
HAPROXY = shutil.which("haproxy")


def test_what_the_document_says_is_changed_in_its_addresses_alone(tmp_path: Path) -> None:
    text = settings(8080, MACHINES, tmp_path / "told")
    assert "bind 127.0.0.1:8080\n" in text
    assert [text.count(address) for address in MACHINES] == [3, 3, 3]  # for calls, for pages, and when all are away
    assert "10." not in text.replace("127.0.1.", "")
    assert "retry-on conn-failure empty-response response-timeout 502" in text


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy (Debian's package haproxy) is not on this machine")
def test_haproxy_reads_it(tmp_path: Path) -> None:
    written = tmp_path / "haproxy.cfg"
    written.write_text(settings(8080, MACHINES, tmp_path / "told"), encoding="utf-8")
    read = subprocess.run(["haproxy", "-c", "-f", written], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stdout + read.stderr
    assert "WARNING" not in read.stdout + read.stderr


def test_a_front_that_was_never_started_stops(tmp_path: Path) -> None:
    Ours(8080, MACHINES, tmp_path / "log").stop()
