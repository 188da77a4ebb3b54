"""A hospital whose web can be down, with fixed documents elsewhere, and the carrier's lists to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests as http

from callbacks.carrier_lists import TwilioLists
from callbacks.reconciling import mending, run
from callbacks.reconciling.due import Asked, Why
from callbacks.reconciling.mending import Tools
from callbacks.reconciling.run import Report
from callbacks.reconciling.watch import Watch
from callbacks.written import sorting
from callbacks.written.sorting import ToSort
from config import clock
from config.commands.fallback import CALL, SMS, THANKS
from simulator import Request, Response, Simulator
from simulator.transport import ConnectFailed
from tests.calls.hospital import LINE, Hospital

ELSEWHERE = "https://fixed.test"  # where the documents lie that need nothing of ours


class SimulatedLists(TwilioLists):
    """The application's own reader of lists, without a socket between it and the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        account = simulator.account
        super().__init__(account.sid, account.auth_token)
        self._client.http_client = simulator.http_client(http.ConnectionError, http.ReadTimeout)


class FallibleHospital(Hospital):
    """Its web answers, unless it is down; fixed documents are handed out by another machine, to POST alone."""

    down = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self.documents: dict[str, str] = {}
        super().__init__(*args, **options | {"strict": False})
        self.lists = SimulatedLists(self.sim)
        self.reads_lists()

    def reads_lists(self) -> None:
        """From its first look on, with the register that it has now."""
        self.tools = Tools(self.app.extensions["desk"], self.shelf, self.lists)
        self.watch = Watch(self.tools, "tick:test")

    def falls_back_on_fixed_documents(self) -> None:
        """As an operator sets it up: the documents hosted elsewhere, their addresses in the carrier's console."""
        renderer = self.app.extensions["renderer"]
        self.documents = {
            CALL: renderer.fallback_call(THANKS),
            THANKS: renderer.fallback_thanks(),
            SMS: renderer.fallback_sms(),
        }
        line = self.sim.office.lines[LINE]
        line.fallback_url, line.fallback_method = f"{ELSEWHERE}/{CALL}", "POST"
        line.sms_fallback_url, line.sms_fallback_method = f"{ELSEWHERE}/{SMS}", "POST"

    def _carry(self, request: Request) -> Response:
        if request.url.startswith(ELSEWHERE):
            found = self.documents.get(urlsplit(request.url).path.lstrip("/"))
            if found is None or request.method != "POST":
                return Response(405 if found else 404)
            return Response(200, {"Content-Type": "application/xml"}, found.encode())
        if self.down and not request.url.startswith("https://api.twilio.com"):
            raise ConnectFailed("refused")
        return super()._carry(request)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Nothing of ours answers, and nothing of ours works."""
        self.down = self.silent = True
        self.sim.delivery.on_time, by_itself = None, self.sim.delivery.on_time
        yield
        self.down = self.silent = False
        self.sim.delivery.on_time = by_itself

    def looks(self) -> None:
        """What the tick does every so often: reads the lists when it is time."""
        self.now_is(self.sim.now)
        self.watch.look()
        self.ticks()

    def to_sort(self) -> list[ToSort]:
        """What waits for somebody to sort it."""
        with self.engine.begin() as conn:
            return sorting.waiting(conn, clock.read(conn).now)

    def sorts(self, ward: str) -> None:
        """The coordinator chooses the ward (its slug) of the one talk that waits."""
        ward_id = self.sql("select id from wards where slug = :slug", slug=ward).scalar_one()
        [waiting] = self.to_sort()
        with self.engine.begin() as conn:
            sorting.file_dialogue(conn, waiting.id, ward_id, clock.read(conn))
        self.ticks()

    def reconciles(self, **ago: float) -> Report:
        """Compares the lists, from so long ago on, and does what is due then."""
        self.sim.advance(minutes=3)  # past the grace
        self.now_is(self.sim.now)
        with self.engine.begin() as conn:
            since = clock.read(conn).real - (timedelta(**ago) if ago else timedelta(hours=6))
            run.ask(conn, Asked(Why.ASKED, since))
        report = run.run(self.tools, "test")
        assert report is not None
        assert report.error is None
        mending.place(self.tools)
        self.ticks()
        return report
