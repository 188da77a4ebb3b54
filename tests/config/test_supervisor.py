"""A process that dies is back within a second; all stop in reverse; nobody is left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path

import pytest

from config import orphans
from config.embedded.keeper import environment
from config.supervisor import Life, next_restart

READY = Life(started=0, ready=1, died=2)
STILLBORN = Life(started=0, ready=None, died=1)


@pytest.mark.parametrize(
    ("history", "waits"),
    [
        ([READY], 0.05),
        ([STILLBORN], 0.05),
        ([STILLBORN] * 2, 0.05),
        ([STILLBORN] * 3, 0.5),
        ([STILLBORN] * 4, 1.0),
        ([STILLBORN] * 5, 2.0),
        ([STILLBORN] * 6, 4.0),
        ([STILLBORN] * 7, 5.0),
        ([STILLBORN] * 21, 5.0),
        ([STILLBORN] * 9 + [READY], 0.05),
        ([READY] * 9 + [STILLBORN] * 2, 0.05),
        ([READY] * 21, 0.05),
    ],
)
def test_only_who_died_three_times_before_being_ready_waits(history: list[Life], waits: float) -> None:
    assert next_restart(history, now=100.0) == pytest.approx(100 + waits)


# A supervisor of its own. Each child writes a line into `said` with its name and its number, then does as it is told.
HOUSE = """
import sys, socket
from pathlib import Path
from config.supervisor import Process, run
said = Path(sys.argv[1])
CHILD = '''
import os, signal, socket, subprocess, sys, time
def say(*words):
    with open(sys.argv[1], "a") as file: file.write(" ".join(map(str, words)) + chr(10))
def leave(*_):
    say(sys.argv[2], "leaves"); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
say(sys.argv[2], os.getpid())
'''
def child(name, does="time.sleep(60)", **options):
    return Process(name, (sys.executable, "-c", CHILD + does, str(said), name), **options)
options = {{}}
{body}
sys.exit(run(processes, **options))
"""


class House:
    """A supervisor in a process of its own, and what its children said."""

    def __init__(self, folder: Path, body: str) -> None:
        self.said_in = folder / "said"
        self.said_in.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOUSE.format(body=body), str(self.said_in)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment()},
            text=True,
            start_new_session=True,
        )

    def said(self) -> list[str]:
        return self.said_in.read_text().splitlines()

    def numbers(self, name: str) -> list[int]:
        """The process numbers of all lives of that child, oldest first."""
        return [int(line.split()[1]) for line in self.said() if re.fullmatch(rf"{name} \d+", line)]

    def waits_for(self, *lines: str) -> None:
        eventually(lambda: all(any(re.fullmatch(line, each) for each in self.said()) for line in lines))

    def stops(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code, and what was written on standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        assert out == ""
        return self.process.returncode, err


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[[str], House]]:
    with ExitStack() as houses:

        def build(body: str) -> House:
            built = House(tmp_path, body)
            houses.callback(built.process.communicate)
            houses.callback(built.process.kill)
            return built

        yield build


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> float:
    """Seconds it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, "it did not come to pass"
        time.sleep(0.01)
    return time.monotonic() - start


def alive(pid: int) -> bool:
    """Zombies are dead."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_who_is_not_awaited_holds_nobody_up(house: Callable[[str], House]) -> None:
    """Worker, tick and mail start together: what they load they load at once, on as many cores as there are."""
    slow = house('processes = [child("slow", ready=lambda: False, awaited=False), child("next")]')
    slow.waits_for("slow .*", "next .*")
    assert slow.stops()[0] == 0
    assert sorted(slow.said()[2:]) == ["next leaves", "slow leaves"]


def test_who_started_together_stops_together_and_before_whom_they_awaited(house: Callable[[str], House]) -> None:
    both = "iter(lambda: open(sys.argv[1]).read().count('hears') < 2, False)"
    hears = f"lambda *_: (say(sys.argv[2], 'hears'), [time.sleep(0.01) for _ in {both}], leave())"
    stays = f"signal.signal(signal.SIGTERM, {hears}); say(sys.argv[2], 'stays until 2 hear'); time.sleep(60)"
    three = house(
        f'web, one = child("web", ready=lambda: True), child("one", does="""{stays}""", awaited=False)\n'
        f'processes = [web, one, child("two", does="""{stays}""")]'
    )
    three.waits_for("web .*", "one stays.*", "two stays.*")
    assert three.stops()[0] == 0
    told = [line for line in three.said() if not re.search(r"\d", line)]
    assert sorted(told[:2]) == ["one hears", "two hears"]
    assert (sorted(told[2:4]), told[4:]) == (["one leaves", "two leaves"], ["web leaves"])


def test_a_killed_process_is_back_within_a_second_and_the_others_stay(house: Callable[[str], House]) -> None:
    running = house('processes = [child("web", ready=lambda: True), child("tick", ready=lambda: True)]')
    running.waits_for(r"web \d+", r"tick \d+")
    took = []
    for life in (1, 2, 3, 4):
        os.kill(running.numbers("web")[-1], signal.SIGKILL)
        took.append(eventually(lambda life=life: len(running.numbers("web")) > life))  # type: ignore[misc]
    assert sorted(took)[1] < 1.0, took  # a machine that is busy elsewhere may hold up some of them
    assert len(running.numbers("tick")) == 1
    assert running.stops()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_all_stop_in_reverse_order(house: Callable[[str], House], number: signal.Signals) -> None:
    running = house('processes = [child(name, ready=lambda: True) for name in ("web", "worker", "tick")]')
    running.waits_for(r"web \d+", r"worker \d+", r"tick \d+")
    code, _ = running.stops(number)
    assert code == 0
    assert running.said()[-3:] == ["tick leaves", "worker leaves", "web leaves"]


def test_each_starts_when_the_one_before_is_ready(house: Callable[[str], House]) -> None:
    body = """
servers = "time.sleep(0.3); say('servers', 'answer'); time.sleep(60)"
processes = [
    child("servers", servers, ready=lambda: "servers answer" in said.read_text()),
    child("migrate", "time.sleep(0.2); say('migrate', 'done'); sys.exit(0)", once=True),
    child("web"),
]"""
    running = house(body)
    running.waits_for(r"web \d+")
    order = [re.sub(r"\d+", "starts", line) for line in running.said()]
    assert order == ["servers starts", "servers answer", "migrate starts", "migrate done", "web starts"]
    running.stops()


def test_a_task_that_fails_stops_the_house_with_its_code(house: Callable[[str], House]) -> None:
    body = (
        'processes = [child("servers", ready=lambda: True), child("migrate", "sys.exit(3)", once=True), child("web")]'
    )
    running = house(body)
    _, err = running.process.communicate(timeout=30)
    assert running.process.returncode == 3
    assert running.numbers("web") == []
    assert running.said()[-1] == "servers leaves"
    assert "migrate | ended (code 3)" in err


def test_a_task_that_is_told_to_stop_has_not_failed(house: Callable[[str], House]) -> None:
    running = house('processes = [child("migrate", once=True), child("web")]')
    running.waits_for(r"migrate \d+")
    assert running.stops()[0] == 0


def test_what_cannot_be_started_is_tried_again_and_the_others_stay(house: Callable[[str], House]) -> None:
    running = house('processes = [child("web", ready=lambda: True), Process("tick", ("/no/such/program",))]')
    running.waits_for(r"web \d+")
    assert running.process.stderr
    failed = "tick | ended ([Errno 2] No such file or directory: '/no/such/program')"
    tried = (line for line in running.process.stderr if failed in line)
    assert len([*islice(tried, 3)]) == 3
    running.stops()
    assert running.said()[-1] == "web leaves"


def test_every_line_says_whose_it_is_and_none_goes_to_standard_output(house: Callable[[str], House]) -> None:
    body = """
speech = "print('to out', flush=True); print('to err', file=sys.stderr); sys.stderr.write('no newline'); leave()"
processes = [child("web", speech), child("worker")]"""
    running = house(body)
    running.waits_for("web leaves")
    _, err = running.stops()
    lines = err.splitlines()
    assert "web    | to out" in lines
    assert "web    | to err" in lines
    assert "web    | no newline" in lines


def test_who_does_not_leave_in_time_is_killed(house: Callable[[str], House]) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); say('worker', 'deaf'); time.sleep(60)"
    running = house(f'processes = [child("worker", {deaf!r}, grace=0.3)]')
    running.waits_for("worker deaf")
    start = time.monotonic()
    assert running.stops()[0] == 0
    assert time.monotonic() - start < 20
    assert not alive(running.numbers("worker")[0])


def test_a_second_ctrl_c_does_not_wait(house: Callable[[str], House]) -> None:
    deaf = "signal.signal(signal.SIGTERM, lambda *_: say('worker', 'stays')); say('worker', 'deaf'); time.sleep(90)"
    running = house(f'processes = [child("worker", {deaf!r}, grace=60)]')
    running.waits_for("worker deaf")
    running.process.send_signal(signal.SIGINT)
    running.waits_for("worker stays")  # two signals at once would be one
    start = time.monotonic()
    assert running.stops(signal.SIGINT)[0] == 0
    assert time.monotonic() - start < 20


def test_a_first_request_may_have_to_wait_for_others_a_second_one_does_not(house: Callable[[str], House]) -> None:
    body = """
def may_stop():
    with said.open("a") as file: file.write("asked" + chr(10))
processes = [child("servers")]; options = {"may_stop": may_stop}"""
    running = house(body)
    running.waits_for(r"servers \d+")
    running.process.send_signal(signal.SIGTERM)
    running.waits_for("asked")  # two signals at once would be one
    time.sleep(0.3)
    assert running.said()[-1] != "servers leaves"
    assert running.stops(signal.SIGTERM)[0] == 0
    assert running.said()[-1] == "servers leaves"


def test_children_die_with_a_killed_supervisor(house: Callable[[str], House]) -> None:
    running = house('processes = [child("web", ready=lambda: True), child("tick")]')
    running.waits_for(r"web \d+", r"tick \d+")
    running.process.kill()
    running.process.wait()
    pids = running.numbers("web") + running.numbers("tick")
    eventually(lambda: not any(alive(pid) for pid in pids))


def test_what_a_dead_process_left_behind_does_not_hold_its_port(house: Callable[[str], House]) -> None:
    """As a web server killed with -9 leaves its own children with the listening socket."""
    body = """
probe = socket.create_server(("127.0.0.1", 0)); port = probe.getsockname()[1]; probe.close()
serve = f'''
try: server = socket.create_server(("127.0.0.1", {port}))
except OSError: say("web", "port taken"); sys.exit(1)
os.set_inheritable(server.fileno(), True)
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
say("left", left.pid); say("web listens"); time.sleep(60)
'''
processes = [child("web", serve, ready=lambda: True)]"""
    running = house(body)
    running.waits_for("web listens")
    (left,) = running.numbers("left")
    os.kill(running.numbers("web")[0], signal.SIGKILL)
    eventually(lambda: running.said().count("web listens") == 2)
    eventually(lambda: not alive(left))
    assert "web port taken" not in running.said()


def test_where_the_kernel_cannot_tell_a_watchdog_does() -> None:
    """macOS: the other way for a child not to outlive us, here on any system."""
    watched = (
        "import subprocess, sys, time; from config import orphans\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "dog = orphans.Watchdog(child.pid, orphans.signal.SIGTERM)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    own = {**os.environ, **environment()}
    with subprocess.Popen([sys.executable, "-c", watched], stdout=subprocess.PIPE, env=own, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    eventually(lambda: not alive(child))


def test_a_released_watchdog_leaves_the_next_bearer_of_the_number_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as somebody:
        with orphans.Watchdog(somebody.pid, signal.SIGKILL):
            pass
        assert somebody.poll() is None
        somebody.kill()


def test_a_child_whose_parent_ended_before_it_could_ask_ends_too() -> None:
    code = "from config import orphans; orphans.die_with_parent(1, orphans.signal.SIGKILL)"
    ended = subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment()}, check=False)
    assert ended.returncode == -signal.SIGKILL
