"""SMS both ways: delivery by plan, status callbacks, opt-out, replies by TwiML."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin

from simulator import parameters
from simulator.media import Enclosed, Media, Storage
from simulator.office import Line, Office
from simulator.phones import Delivered, Phone, SmsPlan, Text
from simulator.segments import segments
from simulator.tasks import sleep
from simulator.twiml import parse
from simulator.verbs import Document, TwimlError
from simulator.verbs import Message as Reply
from simulator.webhooks import Answer, Params, Undelivered, Webhook

STOP_WORDS = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"])
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])
AUTO_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
QUEUE_SECONDS = 0.2
MAX_REPLIES = 10
MAX_MEDIA = 10
LOOP_REPLIES, LOOP_SECONDS = 15, 30.0
MOBILE_PREFIXES = (
    "+336",
    "+337",
    "+262692",
    "+262693",
    "+262639",
    "+590690",
    "+590691",
    "+594694",
    "+596696",
    "+596697",
)
PLATFORM_PREFIXES = ("+33937", "+33938", "+33939")
FRENCH_PREFIXES = ("+33", "+262", "+590", "+594", "+596")


@dataclass
class Message:
    """As REST shows it."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    created: datetime
    status_callback: str = ""
    sent: datetime | None = None
    updated: datetime | None = None
    error_code: int | None = None
    num_segments: int = 1
    num_media: int = 0
    deleted: bool = False


def is_alphanumeric(sender: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9 ]{1,11}", sender)) and any(letter.isalpha() for letter in sender)


def is_french_landline(number: str) -> bool:
    """Refused synchronously with 21614; technical-platform numbers are not."""
    return number.startswith(FRENCH_PREFIXES) and not number.startswith(MOBILE_PREFIXES + PLATFORM_PREFIXES)


def opt_out_type(body: str) -> str | None:
    """STOP, START or HELP when the whole message is one such word."""
    word = body.strip().upper()
    kinds = (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS))
    return next((kind for kind, words in kinds if word in words), None)


@dataclass
class Messages:
    """The message log and what it sets in motion."""

    office: Office
    by_sid: dict[str, Message] = field(default_factory=dict)
    media: Storage = field(default_factory=Storage)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    _replies: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    # -- outbound ------------------------------------------------------------------------------------------------

    def send(self, from_: str, to: str, body: str, callback: str = "", direction: str = "outbound-api") -> Message:
        """Queued now, on its way by the telephone's plan."""
        message = self._log("queued", from_, to, body, direction, callback)
        self.office.clock.spawn(self._carry(message, self.office.telephone(to).next_sms_plan()))
        return message

    def _log(
        self, status: str, from_: str, to: str, body: str, direction: str, callback: str = "", media: int = 0
    ) -> Message:
        now, sid = self.office.now, self.office.sids.new("MM" if media else "SM")
        message = Message(sid, from_, to, body, direction, status, now, callback, num_media=media)
        message.updated, message.num_segments = now, segments(body)
        self.by_sid[message.sid] = message
        self.office.trace.add("sms", f"{from_} → {to}: {status}: {body}", message.sid, status=status, to=to,
                              number=to, body=body)  # fmt: skip
        return message

    async def _carry(self, message: Message, plan: SmsPlan) -> None:
        for status in ("sending", "sent"):
            await sleep(self.office.clock, QUEUE_SECONDS)
            if message.status == "canceled":
                return
            if plan.end is Delivered.FAILED and status == "sent":
                break
            self._change(message, status)
        await sleep(self.office.clock, plan.after)
        if plan.arrives:
            self._arrive(message)
        if plan.end is not Delivered.NEVER_FINAL:
            message.error_code = plan.code
            self._change(message, plan.end.value)

    def _arrive(self, message: Message) -> None:
        phone = self.office.telephone(message.to)
        phone.texts.append(Text(self.office.now, message.from_, message.body, message.sid))
        self.office.trace.add("sms", f"{message.to} reads: {message.body}", message.sid, number=message.to)

    def _change(self, message: Message, status: str) -> None:
        message.status, message.updated = status, self.office.now
        if status == "sent":
            message.sent = self.office.now
        self.office.trace.add("sms", f"{message.from_} → {message.to}: {status}", message.sid, status=status,
                              number=message.to)  # fmt: skip
        if message.status_callback:
            params = self._status_parameters(message)
            self.office.delivery.notify(Webhook("sms-status", message.status_callback, params, sid=message.sid))

    def _status_parameters(self, message: Message) -> Params:
        error = (("ErrorCode", str(message.error_code)),) if message.error_code else ()
        return (
            ("AccountSid", self.office.account.sid),
            ("ApiVersion", parameters.API_VERSION),
            *error,
            ("From", message.from_),
            ("MessageSid", message.sid),
            ("MessageStatus", message.status),
            ("SmsSid", message.sid),
            ("SmsStatus", message.status),
            ("To", message.to),
        )

    # -- inbound -------------------------------------------------------------------------------------------------

    def receive(
        self, phone: Phone, to: str, body: str, from_: str | None = None, pictures: Sequence[Enclosed] = ()
    ) -> Message:
        """A telephone texts one of our lines, with pictures or without. Opt-out words act, and are still delivered."""
        sender = phone.number if from_ is None else from_
        pictures = pictures[:MAX_MEDIA]
        message = self._log("received", sender, to, body, "inbound", media=len(pictures))
        message.sent = message.created
        for each in pictures:
            self._enclose(message, each)
        phone.sent.append(Text(self.office.now, sender, body, message.sid, len(pictures)))
        kind = opt_out_type(body)
        if kind:
            self._opt(kind, to, sender)
        line = self.office.lines.get(to)
        if line and line.texts_lead_to:
            self.office.clock.spawn(self._deliver(message, line))
        return message

    def _enclose(self, message: Message, picture: Enclosed) -> None:
        office = self.office
        sid, key = office.sids.new("ME"), office.sids.token()
        media = Media(sid, message.sid, picture.content_type, picture.content, office.now, key)
        media.not_ready = office.faults.picture_404
        self.media.add(media)
        said = f"{message.from_} encloses {picture.content_type}, {len(picture.content)} bytes"
        office.trace.add("sms", said, message.sid, number=message.from_, media=sid)

    def _opt(self, kind: str, line: str, sender: str) -> None:
        if kind == "STOP":
            self.opted_out.add((line, sender))
        elif kind == "START":
            self.opted_out.discard((line, sender))
        self.office.clock.soon(lambda: self._auto_reply(line, sender, AUTO_REPLIES[kind]))

    def _auto_reply(self, line: str, sender: str, body: str) -> None:
        self.send(line, sender, body, direction="outbound-reply")

    async def _deliver(self, message: Message, line: Line) -> None:
        params = self._inbound_parameters(message)
        hook = Webhook("sms", line.texts_lead_to, params, line.sms_method, message.sid, _pair(message))
        try:
            await self._answered(message, await self.office.delivery.fetch(hook))
        except (Undelivered, TwimlError) as failure:
            self.office.trace.complain(failure.code, f"sms: {failure}", message.sid, level="error")
            if line.sms_fallback_url:
                await self._fall_back(message, line, failure.code)

    async def _fall_back(self, message: Message, line: Line, code: int) -> None:
        params = (*self._inbound_parameters(message), ("ErrorCode", str(code)), ("ErrorUrl", line.sms_url))
        try:
            hook = Webhook(
                "sms-fallback", line.sms_fallback_url, params, line.sms_fallback_method, message.sid, _pair(message)
            )
            await self._answered(message, await self.office.delivery.fetch(hook))
        except (Undelivered, TwimlError) as failure:
            self.office.trace.complain(failure.code, f"sms fallback: {failure}", message.sid, level="error")

    async def _answered(self, message: Message, answer: Answer) -> None:
        """Replies of the application. A plain text is sent back as it stands."""
        content_type = (answer.response.header("Content-Type") or "").partition(";")[0].strip().lower()
        body = answer.response.body
        if answer.response.status == 204:
            return
        if content_type == "text/plain":
            self._reply(message, Reply(body.decode("utf-8", "replace")), answer.url)
        elif content_type in ("text/xml", "application/xml", "text/html"):
            self._replies_of(message, parse(body, "messaging"), answer.url)
        else:
            raise TwimlError(12300, f"content type {content_type or 'missing'!r}")

    def _replies_of(self, message: Message, document: Document, url: str) -> None:
        for issue in document.issues:
            self.office.trace.complain(issue.code, issue.text, message.sid, unsimulated=issue.unsimulated)
        replies = [verb for verb in document.verbs if isinstance(verb, Reply)]
        if len(replies) > MAX_REPLIES:
            self.office.trace.complain(14109, f"{len(replies)} replies to one message", message.sid, level="error")
        for reply in replies[:MAX_REPLIES]:
            self._reply(message, reply, url)

    def _reply(self, message: Message, reply: Reply, url: str) -> None:
        if not self._within_loop_guard(message):
            self.office.trace.complain(14107, "more than 15 replies in 30 s", message.sid, level="error")
            return
        callback = urljoin(url, reply.status_callback) if reply.status_callback else ""
        self.send(reply.from_ or message.to, reply.to or message.from_, reply.body, callback, "outbound-reply")

    def _within_loop_guard(self, message: Message) -> bool:
        now, times = self.office.clock.seconds(), self._replies.setdefault((message.to, message.from_), deque())
        times.append(now)
        while times[0] < now - LOOP_SECONDS:
            times.popleft()
        return len(times) <= LOOP_REPLIES

    def _inbound_parameters(self, message: Message) -> Params:
        to, sender, kind = message.to, message.from_, opt_out_type(message.body)
        pictures = self.media.of_message(message.sid)
        return (
            *parameters.geography("To", to),
            *parameters.geography("From", sender),
            ("SmsMessageSid", message.sid),
            ("NumMedia", str(len(pictures))),
            ("SmsSid", message.sid),
            ("SmsStatus", "received"),
            ("Body", message.body),
            ("To", to),
            ("NumSegments", str(message.num_segments)),
            ("MessageSid", message.sid),
            ("AccountSid", self.office.account.sid),
            ("From", sender),
            ("ApiVersion", parameters.API_VERSION),
            *((("OptOutType", kind),) if kind else ()),
            *(pair for place, media in enumerate(pictures) for pair in self._media_parameters(place, media)),
        )

    def _media_parameters(self, place: int, media: Media) -> Params:
        url = self.office.resource_url(f"Messages/{media.message_sid}/Media/{media.sid}")
        return ((f"MediaContentType{place}", media.content_type), (f"MediaUrl{place}", url))


def _pair(message: Message) -> str:
    return f"{message.from_} {message.to}"
