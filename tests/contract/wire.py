"""The carrier's side of a webhook: signed with its own HMAC, tried again as the URL's fragment says."""

import base64
import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urlencode

Params = Mapping[str, str]

PATIENCE = 15.0  # seconds a carrier waits for an answer, all attempts together
BETWEEN_ATTEMPTS = 0.25
UNHEARD = ": 0"  # how a complaint ends of what had no answer


@dataclass(frozen=True)
class Answer:
    """What the application said; status 0 when nobody was there."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True)
class Sent:
    """One webhook and its first answer. `token` accompanies every attempt and every repeat."""

    url: str
    params: dict[str, str]
    token: str
    answer: Answer


@dataclass
class Wire:
    """Asks for TwiML, tells what happened. `repeats`: everything is sent twice. `late`: callbacks wait so long."""

    auth_token: str
    repeats: bool = False
    late: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _on_their_way: list[threading.Thread] = field(default_factory=list)

    def ask(self, url: str, params: Params) -> Answer:
        """The answer to one webhook; what a repeat is told must be the same."""
        sent = Sent(url, dict(params), uuid.uuid4().hex, Answer(0, "", ""))
        answer = self._try(sent)
        self.sent.append(Sent(url, dict(params), sent.token, answer))
        if self.repeats:
            self._compare(url, answer, self._try(sent))
        return answer

    def tell(self, url: str, params: Params) -> None:
        """A callback: nobody waits for it, its answer is only looked at for a complaint."""
        thread = threading.Thread(target=self._deliver, args=(url, dict(params)), daemon=True)
        thread.start()
        self._on_their_way.append(thread)

    def again(self, sent: Sent) -> None:
        """The same webhook once more, long after: the same answer."""
        self._compare(sent.url, sent.answer, self._try(sent))

    def settle(self, within: float = 20.0) -> None:
        """Until no callback is on its way."""
        end = time.monotonic() + within
        while self._on_their_way:
            thread = self._on_their_way.pop()
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                self.complaints.append("a callback was never answered")

    def reached_nobody(self) -> None:
        """Callbacks for which nobody listened, because a test had killed who does: of those nothing is complained."""
        self.settle()
        self.complaints[:] = [said for said in self.complaints if not said.endswith(UNHEARD)]

    def _deliver(self, url: str, params: dict[str, str]) -> None:
        time.sleep(self.late)
        answer = self.ask(url, params)
        if answer.status not in (200, 204):
            self.complaints.append(f"callback {urldefrag(url).url}: {answer.status} {answer.body[:200]}".rstrip())

    def _try(self, sent: Sent) -> Answer:
        bare, fragment = urldefrag(sent.url)
        overrides = dict(parse_qsl(fragment))
        again_for = overrides.get("rp", "ct").split(",")
        end = time.monotonic() + PATIENCE
        for _ in range(1 + int(overrides.get("rc", "1"))):
            answer = self._post(bare, sent, max(0.1, end - time.monotonic()))
            if not _worth_another(answer, again_for):
                break
            time.sleep(BETWEEN_ATTEMPTS)
        return answer

    def _post(self, url: str, sent: Sent, within: float) -> Answer:
        request = urllib.request.Request(url, urlencode(sent.params).encode(), method="POST")
        request.add_header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        request.add_header("User-Agent", "TwilioProxy/1.1")
        request.add_header("I-Twilio-Idempotency-Token", sent.token)
        request.add_header("X-Twilio-Signature", signature(self.auth_token, url, sent.params))
        return read(request, within)

    def _compare(self, url: str, first: Answer, second: Answer) -> None:
        if first != second:
            self.complaints.append(f"a repeat of {urldefrag(url).url} was answered otherwise: {first} then {second}")


def signature(auth_token: str, url: str, params: Params) -> str:
    """twilio.md 4.1: the URL, then every name and value, sorted by name."""
    text = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def read(request: urllib.request.Request, within: float = 10.0) -> Answer:
    """One HTTP exchange; a refusal is an answer too, a cut connection has status 0."""
    try:
        with urllib.request.urlopen(request, timeout=within) as reply:
            return Answer(reply.status, reply.headers.get("Content-Type", ""), reply.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.headers.get("Content-Type", ""), refused.read().decode())
    except (urllib.error.URLError, OSError):
        return Answer(0, "", "")


def _worth_another(answer: Answer, again_for: list[str]) -> bool:
    kind = "ct" if answer.status == 0 else f"{answer.status // 100}xx"
    return kind in again_for or (kind in ("ct", "4xx", "5xx") and "all" in again_for)
