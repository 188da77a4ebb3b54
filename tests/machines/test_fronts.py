"""HAProxy stands before the machines of the hour with the settings that the document gives a hospital."""

import http.client
import re
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.machines.fronts import HAProxy, Ours, settings, taken_out, written
from tests.ports import free_port

MACHINES = ("127.0.1.1:8001", "127.0.1.2:8001", "127.0.1.3:8001")
NEEDED = pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="HAProxy (Debian's package haproxy) is not on this machine"
)


def test_what_the_document_says_is_changed_in_its_addresses_alone(tmp_path: Path) -> None:
    text = settings(8080, MACHINES, tmp_path / "told")
    assert "bind 127.0.0.1:8080\n" in text
    assert [text.count(address) for address in MACHINES] == [3, 3, 3]  # for calls, for pages, and when all are away
    assert len(text.splitlines()) == len(written().splitlines())  # nothing that a hospital would not have
    assert f"stats socket {tmp_path / 'told'} mode 660 level admin" in text
    assert "10." not in text.replace("127.0.1.", "")
    assert "retry-on conn-failure empty-response response-timeout 502" in text


def test_a_machine_is_taken_out_of_every_backend_that_has_it() -> None:
    backends = re.findall(r"^backend (\w+)\n((?: .*\n)+)", written(), re.MULTILINE)
    having = [name for name, lines in backends if re.search(r"^ +server one ", lines, re.MULTILINE)]
    assert len(having) == 3
    assert taken_out() == [f"set server {name}/one state drain" for name in having]


@NEEDED
def test_haproxy_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(settings(8080, MACHINES, tmp_path / "told"), encoding="utf-8")
    read = subprocess.run(["haproxy", "-c", "-f", file], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stdout + read.stderr
    assert "WARNING" not in read.stdout + read.stderr


@NEEDED
def test_haproxy_leads_around_it_at_that_socket(tmp_path: Path) -> None:
    front = HAProxy(free_port(), MACHINES, tmp_path / "log")
    front.start()
    try:
        front.lead_to(MACHINES[1:])
        assert front.drained() == {(backend, "one") for backend in ("calls", "calls_all_the_same", "pages")}
        front.lead_to(MACHINES)
        assert front.drained() == set()
    finally:
        front.stop()


@NEEDED
@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/readyz/here", "/%6detrics", "/%72eadyz"])
def test_haproxy_tells_the_world_nothing_of_the_machines(tmp_path: Path, path: str) -> None:
    class Elsewhere(HAProxy):
        def command(self) -> Sequence[str]:
            command = super().command()
            file = Path(command[-1])
            file.write_text(file.read_text(encoding="utf-8").replace("127.0.0.0/8", "10.0.0.0/8"), encoding="utf-8")
            return command

    front = Elsewhere(free_port(), MACHINES, tmp_path / "log")
    front.start()
    try:
        front.drained()  # it listens
        assert [_status(front.port, each) for each in (path, "/healthz")] == [404, 503]  # 503: nobody is behind it
    finally:
        front.stop()


def _status(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_a_front_that_was_never_started_stops(tmp_path: Path) -> None:
    Ours(8080, MACHINES, tmp_path / "log").stop()
