"""What we depend on is audited: a known fault is red, a lock with a hole is red, and silence is no good news."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HASH = "sha256:" + "0" * 64
NOBODY = "http://127.0.0.1:9/v1/query"
FAULT = {
    "id": "PYSEC-2026-1",
    "summary": "opens to whoever asks",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@pytest.fixture
def service() -> Iterator[str]:
    """Knows one fault, of the package `leaky`."""

    class Known(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = {"vulns": [FAULT]} if asked["package"]["name"] == "leaky" else {}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Known)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def locked(tmp_path: Path) -> Callable[..., list[str]]:
    """Where these locks lie."""

    def write(tests: str, runs: str = "", watch: str = "") -> list[str]:
        (tmp_path / "requirements-dev.lock").write_text(f"# made\n{tests}")
        (tmp_path / "requirements.lock").write_text(runs)
        (tmp_path / "requirements-watch.lock").write_text(watch)
        return ["--locks", str(tmp_path)]

    return write


def audit(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / ".ci/audit"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def lines(**versions: str) -> str:
    return "".join(f"{name}=={version} \\\n    --hash={HASH}\n    # via us\n" for name, version in versions.items())


def test_a_known_fault_is_red_and_says_where_it_is_mended(service: str, locked: Callable[..., list[str]]) -> None:
    code, said = audit(*locked(lines(leaky="1.0", sound="2.0")), "--osv-url", service)
    assert code == 1
    assert "WRONG: leaky 1.0: PYSEC-2026-1 (mended in 1.1)" in said
    assert "2 packages asked about, 1 known faults" in said


def test_no_known_fault_is_well(service: str, locked: Callable[..., list[str]]) -> None:
    code, said = audit(*locked(lines(sound="2.0"), lines(sound="2.0")), "--osv-url", service)
    assert (code, said.strip()) == (0, "1 packages asked about, 0 known faults")


def test_when_nobody_can_be_asked_it_says_so_and_is_not_well(locked: Callable[..., list[str]]) -> None:
    code, said = audit(*locked(lines(sound="2.0")), "--osv-url", NOBODY)
    assert code == 2
    assert said.startswith("NOT AUDITED")


@pytest.mark.parametrize(
    ("tests", "runs", "said"),
    [
        ("sound==2.0\n", "", "requirements-dev.lock: sound==2.0 has no hash"),
        (f"sound>=2.0 --hash={HASH}\n", "", "requirements-dev.lock: sound>=2.0 is not one version"),
        (f"sound @ https://elsewhere.example/x.whl --hash={HASH}\n", "", "is not one version"),
        (lines(sound="2.0"), lines(other="1.0"), "other==1.0 runs, and stands not in requirements-dev.lock"),
        (lines(sound="2.0"), lines(sound="1.9"), "sound==1.9 runs, and stands not in requirements-dev.lock"),
    ],
    ids=["no hash", "any version", "from anywhere", "untested", "another version"],
)
def test_a_lock_with_a_hole_is_red_before_anybody_is_asked(
    locked: Callable[..., list[str]], tests: str, runs: str, said: str
) -> None:
    code, told = audit(*locked(tests, runs), "--osv-url", NOBODY)
    assert code == 1
    assert said in told


def test_what_is_installed_to_watch_the_line_is_tested_and_audited_too(locked: Callable[..., list[str]]) -> None:
    code, told = audit(*locked(lines(sound="2.0"), lines(sound="2.0"), lines(other="1.0")), "--osv-url", NOBODY)
    assert code == 1
    assert "other==1.0 runs, and stands not in requirements-dev.lock" in told


def test_our_own_locks_have_no_hole() -> None:
    code, said = audit("--osv-url", NOBODY)
    assert (code, "WRONG" in said) == (2, False)


def test_all_that_is_installed_for_the_line_is_installed_by_its_hash() -> None:
    script = (ROOT / ".ci/environment").read_text()
    installs = [line for line in script.splitlines() if "pip install" in line or "pip sync" in line]
    assert installs
    assert any("--require-hashes" in line for line in installs), installs
