"""A line, an application behind it, and telephones."""

from collections.abc import Callable, Iterator

import pytest
from twilio.rest import Client

from simulator import Handset, Line, Simulator, calling
from simulator.server import Server
from tests.simulator.application import BASE, GP, LINE, SENIOR, Application
from tests.simulator.connecting import connect


def line() -> Line:
    return Line(LINE, f"{BASE}/voice", f"{BASE}/status", f"{BASE}/sms")


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
def make(app: Application) -> Callable[..., Simulator]:
    """A simulator in front of the application, with whatever options."""

    def build(**options: object) -> Simulator:
        return Simulator([line()], transport=calling(app), **options)  # type: ignore[arg-type]

    return build


@pytest.fixture
def sim(make: Callable[..., Simulator]) -> Iterator[Simulator]:
    simulator = make()
    yield simulator
    simulator.run_until_idle()
    assert not simulator.trace.debugger, "the debugger's log is not empty at the end"


@pytest.fixture
def gp(sim: Simulator) -> Handset:
    return sim.phone(GP, "Dr Amélie Roche")


@pytest.fixture
def senior(sim: Simulator) -> Handset:
    return sim.phone(SENIOR, "Dr Bruno Vidal")


@pytest.fixture
def server(sim: Simulator) -> Iterator[Server]:
    """The simulator on a port of its own."""
    with Server(sim) as server:
        yield server


@pytest.fixture
def client(sim: Simulator, server: Server) -> Client:
    """The unmodified official client, over real HTTP."""
    return connect(sim, server)
