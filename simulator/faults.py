"""What may go wrong, seeded and reproducible; and what nobody outside Twilio knows, as switches."""

import random
from collections import deque
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatch


@dataclass(frozen=True)
class Unknowns:
    """Behaviours for which no source was found, or sources disagree. An application must be safe in every position.

    whisper_failure: the whisper URL itself fails: `drop` the leg, or `bridge` it as if accepted.
    dial_status_on_caller_hangup: caller gone while the other side rings: `canceled` or `no-answer`.
    dial_status_when_screened_out: answered but not bridged: `completed` (now) or `no-answer` (older versions).
    dial_duration_when_not_bridged: DialCallDuration for such a leg: `leg` (its length), `zero`, `absent`.
    dial_duration_when_busy: `absent` or `zero`.
    dial_bridged_parameter: whether `DialBridged` is sent at all.
    dial_timeout_extra: seconds added to a Dial's timeout (Twilio adds up to 5).
    only_finish_key: Gather with nothing but the finish key: `action` with empty Digits, or `fall_through`.
    initial_silence_in_record: does silence before the first word count towards Record's timeout.
    finish_key_clips: seconds of audio lost before the key that ends a recording (about 1 in one report).
    action_on_hangup_first: on a caller's hang-up, is the action requested before the terminal status callback.
    action_after_redirect: is the action of a Dial still requested (and its answer ignored) after a redirect by REST.
    idempotency_token: `always`, `retries` (only from the second attempt), `never`.
    call_token: whether an incoming call carries a `CallToken`.
    queued_messages_have_a_date: does a list filtered by DateSent show messages that were not sent yet.
    status_on_reject: final status of a call refused with `rejected`: `failed` or `no-answer`.
    """

    whisper_failure: str = "drop"
    dial_status_on_caller_hangup: str = "canceled"
    dial_status_when_screened_out: str = "completed"
    dial_duration_when_not_bridged: str = "leg"
    dial_duration_when_busy: str = "absent"
    dial_bridged_parameter: bool = True
    dial_timeout_extra: float = 2.0
    only_finish_key: str = "action"
    initial_silence_in_record: bool = True
    finish_key_clips: float = 0.0
    action_on_hangup_first: bool = True
    action_after_redirect: bool = True
    idempotency_token: str = "always"
    call_token: bool = True
    queued_messages_have_a_date: bool = True
    status_on_reject: str = "failed"


class RestFault(Enum):
    """How a REST request fails. The `accept_*` ones have done the work."""

    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    ACCEPT_CUT = "accept-cut"
    ACCEPT_HANG = "accept-hang"
    ACCEPT_500 = "accept-500"
    REFUSE_CUT = "refuse-cut"

    @property
    def accepted(self) -> bool:
        return self.value.startswith("accept")


@dataclass(frozen=True)
class WebhookFault:
    """What happens to one request. `delay` in seconds; duplicates carry the same idempotency token."""

    lost: bool = False
    answer_lost: bool = False
    copies: int = 1
    delay: float = 0.0
    hold: bool = False


@dataclass(frozen=True)
class _Rule:
    kind: str
    share: float
    times: int | None
    fault: WebhookFault


@dataclass(frozen=True)
class _RestRule:
    pattern: str
    share: float
    fault: RestFault


class Faults:
    """Rules for webhooks by kind and for REST requests by `METHOD path`; `*` matches all. Same seed, same faults.

    Kinds of webhooks: voice, redirect, gather, dial, record, whisper, fallback, play (they bring a document), and
    status, number-status, recording-status, sms, sms-status.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._rules: list[_Rule] = []
        self._used: dict[int, int] = {}
        self._burst: deque[tuple[str, RestFault]] = deque()
        self._rest: list[_RestRule] = []
        self.recording_delay = 2.0
        self.recording_media_404 = 0
        self.recording_lost = False
        self.picture_404 = 0
        self.clock_skew = 0.0

    # -- webhooks ------------------------------------------------------------------------------------------------

    def lose(self, kind: str = "*", share: float = 1.0, times: int | None = None) -> "Faults":
        """Never sent."""
        return self._add(kind, share, times, WebhookFault(lost=True))

    def lose_answer(self, kind: str = "*", share: float = 1.0, times: int | None = None) -> "Faults":
        """Processed by the application, but the answer never arrives (a read time-out)."""
        return self._add(kind, share, times, WebhookFault(answer_lost=True))

    def duplicate(self, kind: str = "*", share: float = 1.0, times: int | None = None, copies: int = 2) -> "Faults":
        return self._add(kind, share, times, WebhookFault(copies=copies))

    def delay(self, kind: str = "*", seconds: float = 5.0, share: float = 1.0, times: int | None = None) -> "Faults":
        return self._add(kind, share, times, WebhookFault(delay=seconds))

    def reorder(self, kind: str = "*status", share: float = 0.5, times: int | None = None) -> "Faults":
        """Held back until the next callback of any kind has left (30 s at most)."""
        return self._add(kind, share, times, WebhookFault(hold=True))

    def clear(self) -> None:
        """From here on all is well."""
        self._rules.clear()
        self._used.clear()
        self._rest.clear()
        self._burst.clear()

    def for_webhook(self, kind: str) -> WebhookFault:
        """The first rule that applies decides; chance is drawn for every matching rule, so seeds stay comparable."""
        drawn = [(i, rule) for i, rule in enumerate(self._rules) if fnmatch(kind, rule.kind) and self._draw(rule.share)]
        for index, rule in drawn:
            if rule.times is None or self._used.get(index, 0) < rule.times:
                self._used[index] = self._used.get(index, 0) + 1
                return rule.fault
        return WebhookFault()

    def _add(self, kind: str, share: float, times: int | None, fault: WebhookFault) -> "Faults":
        self._rules.append(_Rule(kind, share, times, fault))
        return self

    def _draw(self, share: float) -> bool:
        return share >= 1.0 or self._random.random() < share

    # -- REST ----------------------------------------------------------------------------------------------------

    def rest_next(self, fault: RestFault, times: int = 1, on: str = "*") -> "Faults":
        """The next `times` requests that match, such as `POST */Messages.json`, fail so."""
        self._burst.extend([(on, fault)] * times)
        return self

    def rest_share(self, fault: RestFault, share: float, on: str = "*") -> "Faults":
        self._rest.append(_RestRule(on, share, fault))
        return self

    def for_rest(self, method: str, path: str) -> RestFault | None:
        line = f"{method} {path}"
        for waiting in self._burst:
            if fnmatch(line, waiting[0]):
                self._burst.remove(waiting)
                return waiting[1]
        for rule in self._rest:
            if fnmatch(line, rule.pattern) and self._draw(rule.share):
                return rule.fault
        return None
