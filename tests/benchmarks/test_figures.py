"""The arithmetic of the bench."""

import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from benchmarks import cpu, load
from benchmarks.carrier import sign
from benchmarks.measure import Pass, Ratios, Row, middle, percentile, ratios
from benchmarks.profiling import Calls, packages, parts
from benchmarks.report import AIMS, table
from benchmarks.steps import STEPS

PASS = Pass(requests=100, per_second=200.0, p50=4.0, p99=9.0, app_cpu=2000.0, postgres_cpu=500.0, refused=0)
KEY = next(step for step in STEPS if step.name == "key")


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 99, 7.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([1.0, 9.0], 99, 9.0),
    ],
)
def test_a_percentile_is_a_value_that_was_seen(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_ratios_are_taken_round_by_round() -> None:
    """The machine was twice as slow in the second round, for both: the ratio does not see it."""
    floor = [PASS, replace(PASS, per_second=100.0, p99=18.0, app_cpu=4000.0)]
    own = [
        replace(PASS, per_second=160.0, p99=18.0, app_cpu=3000.0),
        replace(PASS, per_second=80.0, p99=36.0, app_cpu=6000.0),
    ]
    assert ratios(own, floor) == Ratios(per_second=0.8, p99=2.0, app_cpu=1.5)


def test_the_middle_pass_keeps_every_refusal() -> None:
    passes = [replace(PASS, per_second=speed, refused=refused) for speed, refused in ((1.0, 0), (9.0, 3), (5.0, 1))]
    assert middle(passes) == replace(PASS, requests=300, per_second=5.0, refused=4)


def test_where_processor_time_cannot_be_read_nothing_is_made_up() -> None:
    blind = replace(PASS, app_cpu=None, postgres_cpu=None)
    row = Row(KEY, 10, middle([blind, blind]), ratios([blind], [PASS]), ratios([blind], [PASS]))
    assert (row.median.app_cpu, row.ratios and row.ratios.app_cpu) == (None, None)
    assert "—" in table([row])


FINE = Ratios(per_second=0.8, p99=2.0, app_cpu=1.0)
BARE = Ratios(per_second=0.1, p99=9.0, app_cpu=9.0)  # of a floor that does less: no aim is about it


@pytest.mark.parametrize(
    ("row", "missed"),
    [
        (Row(KEY, 50, PASS, BARE, FINE), [False, False, False]),
        (Row(KEY, 10, PASS, BARE, replace(FINE, per_second=0.79)), [True, False, False]),
        (Row(KEY, 50, PASS, BARE, replace(FINE, p99=2.1)), [False, True, False]),
        (Row(KEY, 10, PASS, BARE, replace(FINE, p99=2.1)), [False, False, False]),
        (Row(KEY, 200, replace(PASS, refused=1), BARE, FINE), [False, False, True]),
        (Row(KEY, 50, replace(PASS, refused=1), None), [False, False, True]),
    ],
)
def test_an_aim_says_who_falls_short_of_it(row: Row, missed: list[bool]) -> None:
    assert [aim.missed(row) for aim in AIMS] == missed
    assert table([row]).count("missed by a key at the menu") == sum(missed)


def test_the_signature_is_the_carriers() -> None:
    """The worked example of the carrier's documentation."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(url, form, "12345") == "GvWf1cFY/Q7PnoempGyD5oXAezc="


# The load generator -----------------------------------------------------------------------------------------------


def served(*chunks: bytes) -> int:
    """The port of a server that takes one connection, says these chunks in answer to what it hears, and hangs up."""
    ear = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with ear, ear.accept()[0] as line:
            for chunk in chunks:
                line.recv(1000)
                line.sendall(chunk)

    threading.Thread(target=answer, daemon=True).start()
    port: int = ear.getsockname()[1]
    return port


def test_a_connection_is_kept_for_the_next_request() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
    done = load.run(served(answer, answer), [b"one", b"two"], at_once=1, expected=b"OK")
    assert (len(done.latencies), done.refused) == (2, 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nOK",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nNO",
        b"",
    ],
)
def test_what_is_no_right_answer_is_refused(answer: bytes) -> None:
    assert load.run(served(answer), [b"one"], at_once=1, expected=b"OK").refused == 1


# Processor time ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_the_work_of_children_counts_while_they_live_and_after() -> None:
    before = cpu.spent(os.getpid())
    work = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen((sys.executable, "-c", work), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert cpu.parent_of(child.pid) == os.getpid()
        alive = cpu.spent(os.getpid())
        child.communicate(b"\n")
    after = cpu.spent(os.getpid())
    assert before is not None
    assert alive is not None
    assert after is not None
    assert before + 0.15 <= alive <= after
    assert cpu.parent_of(child.pid) is None


# The profile ------------------------------------------------------------------------------------------------------


def test_a_part_is_counted_once() -> None:
    calls: Calls = {
        ("/x/flask/app.py", 1, "wsgi_app"): (1, 1, 0.2, 1.0, {}),
        ("/x/webhooks/signature.py", 1, "require"): (1, 1, 0.1, 0.5, {}),
        ("/x/werkzeug/wrappers/request.py", 1, "_load_form_data"): (1, 1, 0.3, 0.3, {}),
    }
    found = parts(calls)
    assert found["the form"] == 0.3
    assert found["the signature"] == pytest.approx(0.2)
    assert sum(found.values()) == pytest.approx(1.0)


def test_what_is_built_in_counts_for_who_called_it() -> None:
    here = ("/v/site-packages/flask/app.py", 1, "f")
    calls: Calls = {here: (1, 1, 0.25, 1.0, {}), ("~", 0, "<len>"): (1, 1, 0.5, 0.5, {here: (1, 1, 0.5, 0.5)})}
    assert packages(calls) == {"flask": 0.75}
