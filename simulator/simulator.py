"""The front door: one simulated Twilio account with its lines, telephones, clock, REST side and trace."""

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

from simulator.client import InProcessClient
from simulator.clock import DEFAULT_START, Clock
from simulator.engine import Engine
from simulator.faults import Faults, Unknowns
from simulator.handset import Handset
from simulator.messages import Messages
from simulator.office import Account, Line, Office, Sids
from simulator.phones import Phone
from simulator.recordings import Recordings
from simulator.rest import Rest, RestRequest, parse_query
from simulator.rest_calls import Calls
from simulator.rest_media import MediaResource
from simulator.rest_messages import MessageResource
from simulator.rest_numbers import NumberResource
from simulator.rest_permissions import PermissionResource
from simulator.rest_recordings import RecordingResource
from simulator.switch import Switch
from simulator.trace import Trace
from simulator.transport import Transport, over_http
from simulator.webhooks import Delivery, Signer


class Simulator:
    """Everything hangs together here; each part may be used by itself.

    `transport`: `over_http` (default), `wsgi(app)` or `calling(function)`. `on_time(now)` is called before each
    webhook leaves. `strict` raises on what Twilio's debugger would warn about. `clock`: virtual unless given.
    """

    def __init__(
        self,
        lines: Iterable[Line] = (),
        *,
        account: Account | None = None,
        transport: Transport = over_http,
        start: datetime = DEFAULT_START,
        clock: Clock | None = None,
        strict: bool = True,
        faults: Faults | None = None,
        unknowns: Unknowns | None = None,
        on_time: Callable[[datetime], None] | None = None,
        api_url: str = "https://api.twilio.com",
        latency: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.clock = clock or Clock(start)
        self.account = account or Account()
        self.faults = faults or Faults(seed)
        self.trace = Trace(lambda: self.clock.now, strict)
        sids, unknowns = Sids(seed), unknowns or Unknowns()
        self.delivery = Delivery(
            self.clock, transport, Signer(self.account.auth_token), self.trace, self.faults, unknowns, sids.token,
            on_time, latency,
        )  # fmt: skip
        self.office = Office(
            self.clock, self.account, self.trace, self.faults, unknowns, self.delivery, Recordings(), sids, api_url
        )
        self.switch = Switch(self.office)
        self.engine = Engine(self.office, self.switch)
        self.switch.conversation = self.engine
        self.messages = Messages(self.office)
        calls = Calls(self.office, self.switch, self.engine)
        messages = MessageResource(self.messages), MediaResource(self.messages)
        numbers = NumberResource(self.office), PermissionResource(self.office)
        resources = (calls, *messages, RecordingResource(self.office), *numbers)
        self.rest = Rest(self.office, [route for resource in resources for route in resource.routes()])
        for line in lines:
            self.office.add_line(line)
        self._handsets: dict[str, Handset] = {}

    @property
    def unknowns(self) -> Unknowns:
        return self.office.unknowns

    @property
    def now(self) -> datetime:
        return self.clock.now

    def phone(self, number: str, name: str = "", role: str = "") -> Handset:
        """The handle of a telephone; the same one for the same number."""
        with self.clock.lock:
            phone = self.office.telephone(number)
            phone.name, phone.role = name or phone.name, role or phone.role
            if number not in self._handsets:
                self._handsets[number] = Handset(self, phone)
            return self._handsets[number]

    def phones(self) -> list[Phone]:
        return list(self.office.phones.values())

    def advance(self, **delta: float) -> None:
        """`advance(hours=24)`."""
        self.clock.advance(**delta)

    def run_until_idle(self, limit: float = 86400.0) -> None:
        """Until every call, message and callback has come to rest."""
        self.clock.run_until_idle(limit)

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` for ever, such as an application's tick; does not count for `run_until_idle`."""
        self.clock.every(seconds, action)

    def http_client(
        self, cut: type[Exception] = ConnectionError, hang: type[Exception] = TimeoutError
    ) -> InProcessClient:
        """For `twilio.rest.Client(..., http_client=...)`; pass the exceptions your HTTP library raises."""
        return InProcessClient(self.rest, cut, hang)

    def media(self, url: str, auth: tuple[str, str] | None = None) -> tuple[int, bytes]:
        """GET of the URL of a recording or a picture, without a socket: as a client does that follows redirects."""
        parts = urlsplit(url)
        query = parse_query(parts.query)
        answer = self.rest.handle(RestRequest("GET", parts.path, query, (), auth))
        if answer.status == 307:
            status, _, content = self.stored(answer.headers["Location"], authorized=False)
            return status, content
        return answer.status, answer.body

    def stored(self, url: str, *, authorized: bool) -> tuple[int, str, bytes]:
        """GET where pictures lie: status, content type, content; `authorized`: it comes with credentials."""
        with self.clock.lock:
            answer = self.messages.media.handed_out(url, authorized)
            self.trace.add("rest", f"GET {urlsplit(url).path} → {answer[0]}", status=answer[0])
            return answer

    def rotate_token(self, token: str) -> None:
        """The secondary token is promoted; the old one dies at once."""
        with self.clock.lock:
            self.account.auth_token = token
            self.delivery.signer.token = token

    def transcript(self, sid: str = "", last: int = 60) -> str:
        return self.trace.dump(sid, last)
