"""Delivery of webhooks: signature, connection overrides, retries, redirects, cookies, time limits, faults."""

import base64
import http.cookies
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

from simulator.clock import Clock
from simulator.faults import Faults, Unknowns
from simulator.signing import sign
from simulator.tasks import Event, sleep
from simulator.trace import Trace
from simulator.transport import ConnectFailed, ReadTimedOut, Request, Response, Transport

Params = tuple[tuple[str, str], ...]
REDIRECTS = {301, 302, 303, 307, 308}
MAX_REDIRECTS = 10
HOLD_SECONDS = 30.0


@dataclass(frozen=True)
class Webhook:
    """One request to the application. `jar` names its cookie jar (a call, or a pair of numbers)."""

    kind: str
    url: str
    params: Params
    method: str = "POST"
    sid: str = ""
    jar: str = ""


@dataclass(frozen=True)
class Answer:
    """A 2xx answer and the URL it finally came from."""

    url: str
    response: Response


class Undelivered(Exception):
    """No usable answer. `code` as the debugger has it."""

    def __init__(self, code: int, reason: str, url: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.url = url


@dataclass(frozen=True)
class Overrides:
    """Connection overrides of a URL fragment; times in seconds."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "Overrides":
        given = dict(parse_qsl(urldefrag(url).fragment))
        times = {name: _clamp(given.get(key), low, 15000 if key != "ct" else 10000) for name, key, low in _TIMES}
        found = {name: value / 1000 for name, value in times.items() if value is not None}
        retries = _clamp(given.get("rc"), 0, 5)
        policy = frozenset(given.get("rp", "ct").split(","))
        return cls(**found, retries=1 if retries is None else retries, retry_on=policy)

    def retries_after(self, failure: str) -> bool:
        return bool({failure, "all"} & self.retry_on)


_TIMES = (("connect", "ct", 100), ("read", "rt", 100), ("total", "tt", 100))


def _clamp(text: str | None, low: int, high: int) -> int | None:
    return min(high, max(low, int(text))) if text and text.isdigit() else None


@dataclass(frozen=True)
class _Failure:
    """Why an attempt failed: the key of `rp`, the debugger's code, seconds it took."""

    policy: str
    code: int
    reason: str
    seconds: float = 0.0


@dataclass
class Signer:
    """The secret in force; `shared_key` switches to HMAC-SHA256 and its header."""

    token: str
    shared_key: str | None = None
    shared_key_sid: str = "webhooks_sharedkey_00000000000000000000000000"

    def headers(self, url: str, params: Params) -> dict[str, str]:
        if self.shared_key is None:
            return {"X-Twilio-Signature": sign(url, params, self.token)}
        settings = f"key={self.shared_key_sid},algorithm=HMAC_SHA256"
        signature = sign(url, params, self.shared_key, "sha256")
        return {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}


@dataclass
class Delivery:
    """Sends webhooks on the clock. `latency`: virtual seconds an answered request takes."""

    clock: Clock
    transport: Transport
    signer: Signer
    trace: Trace
    faults: Faults
    unknowns: Unknowns
    new_token: Callable[[], str]
    on_time: Callable[[datetime], None] | None = None
    latency: float = 0.1
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    _held: list[Event[None]] = field(default_factory=list)

    async def fetch(self, hook: Webhook) -> Answer:
        """The answer that counts; Undelivered when there is none after all retries."""
        fault = self.faults.for_webhook(hook.kind)
        await sleep(self.clock, fault.delay)
        overrides, token = Overrides.of(hook.url), self.new_token()
        if fault.lost:
            self.trace.add("webhook-lost", f"{hook.kind} {hook.url}", hook.sid)
            await sleep(self.clock, overrides.connect)
            raise Undelivered(11205, "lost on the way", hook.url)
        for _ in range(fault.copies - 1):
            await self._attempts(hook, overrides, token)
        answer = await self._attempts(hook, overrides, token)
        if fault.answer_lost:
            await sleep(self.clock, overrides.read)
            raise Undelivered(11200, "the answer was lost on the way", hook.url)
        return answer

    def notify(self, hook: Webhook) -> None:
        """A callback whose body nobody reads: failures are only logged."""
        self.clock.spawn(self._notify(hook))

    async def _notify(self, hook: Webhook) -> None:
        fault = self.faults.for_webhook(hook.kind)
        if fault.lost:
            self.trace.add("webhook-lost", f"{hook.kind} {hook.url}", hook.sid)
            return
        if fault.hold:
            await self._hold()
        await sleep(self.clock, fault.delay)
        await self._send_copies(hook, fault.copies)
        if not fault.hold:
            self._release()

    async def _send_copies(self, hook: Webhook, copies: int) -> None:
        token = self.new_token()
        for _ in range(copies):
            try:
                await self._attempts(hook, Overrides.of(hook.url), token)
            except Undelivered as failure:
                self.trace.complain(failure.code, f"{hook.kind} callback: {failure.reason}", hook.sid, level="error")

    async def _hold(self) -> None:
        turn: Event[None] = Event()
        self._held.append(turn)
        self.clock.after(HOLD_SECONDS, lambda: turn.set(None))
        await turn

    def _release(self) -> None:
        held, self._held = self._held, []
        for turn in held:
            turn.set(None)

    async def _attempts(self, hook: Webhook, overrides: Overrides, token: str) -> Answer:
        if not hook.url.startswith(("http://", "https://")):
            raise Undelivered(11100, "not an absolute URL", hook.url)
        deadline = self.clock.seconds() + self.clock.on_the_network(overrides.total)
        attempt = 0
        while True:
            result = await self._follow(hook, overrides, token if self._shows_token(attempt) else None)
            if isinstance(result, Answer):
                return result
            await self._charge(result.seconds)
            again = attempt < overrides.retries and self.clock.seconds() < deadline
            if not (again and overrides.retries_after(result.policy)):
                raise Undelivered(result.code, result.reason, urldefrag(hook.url).url)
            attempt += 1

    def _shows_token(self, attempt: int) -> bool:
        return self.unknowns.idempotency_token == "always" or (
            attempt > 0 and self.unknowns.idempotency_token == "retries"
        )

    async def _follow(self, hook: Webhook, overrides: Overrides, token: str | None) -> Answer | _Failure:
        authorized = False
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._once(hook, overrides, token, authorized)
            if isinstance(answer, _Failure):
                return answer
            if answer.response.status == 401 and urlsplit(hook.url).username and not authorized:
                authorized = True
            elif answer.response.status in REDIRECTS:
                hook = _redirected(hook, answer)
            else:
                return _judged(answer)
        return _Failure("none", 11215, "too many redirects")

    async def _once(
        self, hook: Webhook, overrides: Overrides, token: str | None, authorized: bool
    ) -> Answer | _Failure:
        request = self._request(hook, overrides, token, authorized)
        self.trace.add(
            "webhook", f"{hook.kind} {hook.method} {request.url}", hook.sid,
            webhook=hook.kind, url=request.url, method=hook.method, params=dict(hook.params), headers=request.headers,
        )  # fmt: skip
        response = await self.clock.outside(lambda: self._send(request))
        if not isinstance(response, Response):
            return self._failed(hook, overrides, response)
        await self._charge(self.latency)
        self._keep_cookies(hook, response)
        text = response.body.decode("utf-8", "replace")
        self.trace.add("answer", f"{hook.kind} {response.status}", hook.sid, status=response.status, body=text)
        return Answer(request.url, response)

    def _send(self, request: Request) -> Response | ConnectFailed | ReadTimedOut:
        """What came of it. A failure is a value: who has hung up meanwhile waits for it no more, and nothing broke."""
        if self.on_time:
            self.on_time(self.clock.now)
        try:
            return self.transport(request)
        except (ConnectFailed, ReadTimedOut) as error:
            return error

    def _failed(self, hook: Webhook, overrides: Overrides, error: Exception) -> _Failure:
        self.trace.add("answer", f"{hook.kind} {type(error).__name__}", hook.sid, status=None)
        if isinstance(error, ConnectFailed):
            return _Failure("ct", 11205, "no connection", overrides.connect)
        return _Failure("rt", 11200, "no answer in time", min(overrides.read, overrides.total))

    async def _charge(self, seconds: float) -> None:
        if self.clock.virtual:
            await sleep(self.clock, seconds)

    def _request(self, hook: Webhook, overrides: Overrides, token: str | None, authorized: bool) -> Request:
        url, params, body = urldefrag(hook.url).url, hook.params, b""
        if hook.method == "GET":
            url, params = _with_query(url, params), ()
        else:
            body = urlencode(params).encode()
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "text/xml, application/xml, text/html, */*"}
        headers |= self.signer.headers(url, params)
        if hook.method != "GET":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        if token:
            headers["I-Twilio-Idempotency-Token"] = token
        if jar := self.cookies.get(hook.jar):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        bare, credentials = _without_credentials(url)
        if authorized:
            headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        return Request(hook.method, bare, headers, body, overrides.connect, overrides.read)

    def _keep_cookies(self, hook: Webhook, response: Response) -> None:
        if given := response.header("Set-Cookie"):
            jar = self.cookies.setdefault(hook.jar, {})
            jar.update({name: morsel.value for name, morsel in http.cookies.SimpleCookie(given).items()})


def _judged(answer: Answer) -> Answer | _Failure:
    status = answer.response.status
    if 200 <= status < 300:
        return answer
    return _Failure(f"{status // 100}xx", 11200, f"HTTP status {status}")


def _redirected(hook: Webhook, answer: Answer) -> Webhook:
    """307 and 308 keep the method; after the others Twilio asks with GET."""
    url = urljoin(answer.url, answer.response.header("Location") or "")
    kept = answer.response.status in (307, 308)
    return replace(hook, url=url) if kept else replace(hook, url=url, method="GET")


def _with_query(url: str, params: Params) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url


def _without_credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    return (urlunsplit(parts._replace(netloc=host)) if credentials else url), credentials
