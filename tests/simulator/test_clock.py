"""Time: virtual and exact, or real and running by itself."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from simulator import Clock, Line, RealClock, Simulator, calling, takes_the_call
from simulator.tasks import Event, Mailbox, sleep
from tests.simulator.application import BASE, GP, LINE, SENIOR, Application

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


def test_a_day_passes_in_an_instant(clock: Clock) -> None:
    rung: list[datetime] = []
    clock.at(START + timedelta(hours=23), lambda: rung.append(clock.now))
    clock.advance(hours=24)
    assert rung == [START + timedelta(hours=23)]
    assert clock.now == START + timedelta(hours=24)


def test_what_is_due_at_one_instant_happens_in_the_order_it_was_asked_for(clock: Clock) -> None:
    order: list[int] = []
    for n in range(5):
        clock.after(1.0, lambda n=n: order.append(n))  # type: ignore[misc]
    clock.advance(seconds=1)
    assert order == [0, 1, 2, 3, 4]


def test_a_tick_goes_on_for_ever_and_does_not_count_as_work(clock: Clock) -> None:
    ticks: list[datetime] = []
    clock.every(60, lambda: ticks.append(clock.now))
    clock.after(150, lambda: None)
    clock.run_until_idle()
    assert clock.now == START + timedelta(seconds=150)
    assert len(ticks) == 2


def test_a_cancelled_timer_is_silent(clock: Clock) -> None:
    timer = clock.after(1, lambda: pytest.fail("was cancelled"))
    timer.cancel()
    clock.run_until_idle()
    assert clock.now == START


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Clock(datetime(2026, 11, 23))  # noqa: DTZ001 - that is what is refused


def test_a_hook_may_not_run_the_clock(clock: Clock) -> None:
    clock.at(START, lambda: clock.advance(seconds=1))
    with pytest.raises(RuntimeError, match="already running"):
        clock.advance(seconds=1)


def test_a_failing_hook_fails_whoever_runs_the_clock(clock: Clock) -> None:
    def fail() -> None:
        raise AssertionError("seen by the test")

    clock.every(1, fail)
    with pytest.raises(AssertionError, match="seen by the test"):
        clock.advance(seconds=2)


@pytest.mark.parametrize("event_first", [True, False])
def test_an_interruption_and_an_event_at_one_instant_wake_a_task_once(clock: Clock, event_first: bool) -> None:
    log: list[str] = []

    async def wait() -> None:
        try:
            await sleep(clock, 1)
        except KeyError:
            log.append("interrupted")
            await sleep(clock, 1)
            log.append(f"slept until {clock.seconds()}")

    task = clock.spawn(wait())
    if event_first:
        clock.advance(seconds=0)  # the task's own timer is now the older one
    clock.after(1, lambda: task.interrupt(KeyError()))
    clock.advance(seconds=5)
    assert log == ["interrupted", "slept until 2.0"]


def test_a_task_interrupted_before_it_began_never_begins(clock: Clock) -> None:
    async def never() -> None:
        pytest.fail("began")

    task = clock.spawn(never())
    task.interrupt(KeyError())
    clock.run_until_idle()
    assert task.done


def test_a_mailbox_gives_what_came_or_nothing_in_time(clock: Clock) -> None:
    box: Mailbox[str] = Mailbox(clock)
    got: list[str | None] = []

    async def read() -> None:
        got.append(await box.get(5))
        got.append(await box.get(5))

    clock.spawn(read())
    clock.after(2, lambda: box.put("key"))
    clock.run_until_idle()
    assert got == ["key", None]
    assert clock.seconds() == 7


def test_the_first_value_of_an_event_wins(clock: Clock) -> None:
    event: Event[int] = Event()
    event.set(1)
    event.set(2)
    seen: list[int] = []

    async def read() -> None:
        seen.append(await event)

    clock.spawn(read())
    clock.run_until_idle()
    assert seen == [1]


# -- real time ------------------------------------------------------------------------------------------------------


def test_real_time_runs_by_itself_and_faster_by_its_factor(app: Application) -> None:
    clock = RealClock(factor=100)
    sim = Simulator([Line(LINE, f"{BASE}/voice", f"{BASE}/status")], transport=calling(app), clock=clock)
    app.pages["/voice"] = f'<Dial action="/after"><Number url="/w">{SENIOR}</Number></Dial>'
    app.pages |= {"/w": "<Say>Appel</Say>", "/after": "<Say>Suite</Say>"}
    sim.phone(SENIOR).behaves(takes_the_call("appel", conversation=10))
    clock.start()
    try:
        began = time.monotonic()
        sim.phone(GP).dials(LINE).hears("suite").is_hung_up_on()
        assert time.monotonic() - began < 15  # a good half minute of theirs, and a busy machine
        assert app.last("/after")["DialBridged"] == "true"
    finally:
        clock.stop()


def test_however_fast_people_telephone_a_web_that_restarts_has_its_seconds() -> None:
    clock = RealClock(factor=100)
    answered: list[float] = []

    def restarts(method: str, url: str, headers: object, body: bytes) -> tuple[int, dict[str, str], bytes]:
        answered.append(clock.seconds())
        if len(answered) < 3:
            time.sleep(0.1)  # ten of the telephones' seconds
            return 503, {}, b""
        return 200, {"Content-Type": "text/xml"}, b"<Response/>"

    simulator = Simulator(
        [Line(LINE, f"{BASE}/voice#rc=2&rp=5xx&tt=14000")], transport=calling(restarts), clock=clock, strict=False
    )
    clock.start()
    gp = simulator.phone(GP).dials(LINE).is_hung_up_on()
    clock.stop()
    assert len(answered) == 3
    gp.expects_no("application error")


def test_in_real_time_several_requests_are_under_way_at_once() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def slow(method: str, url: str, headers: object, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if url.endswith("/voice"):
            meeting.wait()
        return 200, {"Content-Type": "text/xml"}, b"<Response><Say>Ensemble</Say></Response>"

    clock = RealClock(factor=20)
    sim = Simulator([Line(LINE, f"{BASE}/voice")], transport=calling(slow), clock=clock)
    clock.start()
    try:
        one, other = sim.phone(GP).dials(LINE), sim.phone("+33199000002").dials(LINE)
        one.hears("ensemble")
        other.hears("ensemble")
    finally:
        clock.stop()
